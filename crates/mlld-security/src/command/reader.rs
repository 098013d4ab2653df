//! Reading a shell text: which simple commands it holds.
//!
//! Written here because the crates there are do not fit: one keeps texts in process-wide caches, recurses as
//! deep as its input nests and builds fifty crates; another has a licence that this project cannot take. What is
//! needed is also less than a syntax tree: a list of simple commands that is never too short. Whatever this
//! reader does not know makes the text opaque, which policy treats as every command at once.
//!
//! One pass, with a counted depth; only the text inside backquotes is read again, once a level.

use super::word::{Dialect, Redacted, Script, Simple, is_name};

/// Substitutions inside each other beyond this are not analysed.
const DEPTH: u32 = 32;

/// The text cannot be analysed: what was found until here is all there is.
pub(super) struct Unreadable;

pub(super) type Read<T> = Result<T, Unreadable>;

/// The simple commands of `text`.
pub(super) fn read(text: &str, dialect: Dialect, redacted: Redacted<'_>, depth: u32) -> Script {
    let mut reader = Reader {
        bytes: text.as_bytes(),
        pos: 0,
        dialect,
        redacted,
        depth,
        nested: false,
        heredocs: Vec::new(),
        script: Script::default(),
    };
    if reader.commands(None).is_err() {
        reader.script.opaque = true;
    }
    reader.script
}

pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) pos: usize,
    pub(super) dialect: Dialect,
    pub(super) redacted: Redacted<'a>,
    pub(super) depth: u32,
    /// Whether this is inside a substitution of the same text.
    nested: bool,
    pub(super) heredocs: Vec<Heredoc>,
    pub(super) script: Script,
}

/// A here-document whose body begins after the line.
pub(super) struct Heredoc {
    pub(super) delimiter: String,
    pub(super) literal: bool,
    pub(super) strips_tabs: bool,
}

/// What is open around the command that is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Paren,
    Brace,
    If,
    Loop,
    Case,
}

/// A list of commands in the making.
#[derive(Default)]
struct List {
    frames: Vec<Frame>,
    current: Simple,
    /// A compound command ended: only redirections and words of the grammar may follow.
    closed: bool,
}

impl List {
    /// Whether the next word may be a word of the grammar.
    fn at_start(&self) -> bool {
        let Simple {
            words,
            assigned,
            redirected,
        } = &self.current;
        words.is_empty() && assigned.is_empty() && !redirected
    }

    fn close(&mut self, frame: Frame) -> Read<()> {
        if self.frames.pop() == Some(frame) {
            self.closed = true;
            Ok(())
        } else {
            Err(Unreadable)
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.pos + offset).copied()
    }

    pub(super) fn at(&self, text: &str) -> bool {
        self.bytes
            .get(self.pos..)
            .is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    pub(super) fn skip(&mut self, text: &str) -> bool {
        let there = self.at(text);
        if there {
            self.pos += text.len();
        }
        there
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: usize) -> String {
        let bytes = self.bytes.get(start..self.pos).unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    }

    pub(super) fn is_bash(&self) -> bool {
        self.dialect == Dialect::Bash
    }

    /// Reads something that nests, one level deeper.
    pub(super) fn deeper<T>(&mut self, body: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEPTH {
            return Err(Unreadable);
        }
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }

    /// Reads what stands inside a substitution, up to and with its `)`.
    pub(super) fn substitution(&mut self) -> Read<()> {
        let start = self.pos;
        let outer = std::mem::take(&mut self.heredocs);
        let was_nested = std::mem::replace(&mut self.nested, true);
        self.deeper(|r| r.commands(Some(b')')))?;
        self.nested = was_nested;
        // Whether the body of a here-document begins inside or outside is a matter on which shells differ.
        let inner = std::mem::replace(&mut self.heredocs, outer);
        if !inner.is_empty() {
            return Err(Unreadable);
        }
        self.no_line_break_since(start)
    }

    /// While a here-document waits for its body a line break inside a word cannot be told from its beginning.
    pub(super) fn no_line_break_since(&self, start: usize) -> Read<()> {
        let read = self.bytes.get(start..self.pos).unwrap_or_default();
        if !self.heredocs.is_empty() && read.contains(&b'\n') {
            return Err(Unreadable);
        }
        Ok(())
    }

    /// Refuses an operator whose next character stands on the next line: where the operator ends depends on
    /// when a shell joins lines.
    pub(super) fn not_joined(&self) -> Read<()> {
        match self.at("\\\n") {
            true => Err(Unreadable),
            false => Ok(()),
        }
    }

    /// Blanks and joined lines.
    pub(super) fn blanks(&mut self) {
        while let Some(b) = self.peek() {
            match b {
                b' ' | b'\t' => self.pos += 1,
                b'\\' if self.peek_at(1) == Some(b'\n') => self.pos += 2,
                _ => break,
            }
        }
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|b| b != b'\n') {
            self.pos += 1;
        }
    }

    /// Blanks, comments and line breaks between the parts of a compound command.
    pub(super) fn line_breaks(&mut self) -> Read<()> {
        loop {
            self.blanks();
            match self.peek() {
                Some(b'#') => self.comment(),
                Some(b'\n') => self.line_break()?,
                _ => return Ok(()),
            }
        }
    }

    fn line_break(&mut self) -> Read<()> {
        self.pos += 1;
        for heredoc in std::mem::take(&mut self.heredocs) {
            self.heredoc_body(&heredoc, self.nested)?;
        }
        Ok(())
    }

    /// Reads commands up to the end, or up to and with `until`.
    fn commands(&mut self, until: Option<u8>) -> Read<()> {
        let mut list = List::default();
        loop {
            self.blanks();
            match self.peek() {
                None if until.is_some() || !list.frames.is_empty() => return Err(Unreadable),
                None => {
                    self.finish(&mut list);
                    return Ok(());
                }
                Some(b'#') => self.comment(),
                Some(b'\n') => {
                    self.finish(&mut list);
                    self.line_break()?;
                }
                Some(b';') => self.semicolon(&mut list)?,
                Some(b'&' | b'|') => self.operator(&mut list)?,
                Some(b'(') => self.open(&mut list)?,
                Some(b')') => {
                    self.finish(&mut list);
                    self.pos += 1;
                    if list.frames.is_empty() && until == Some(b')') {
                        return Ok(());
                    }
                    list.close(Frame::Paren)?;
                }
                Some(b'<' | b'>') if !self.at("<(") && !self.at(">(") => {
                    self.redirect(&mut list)?
                }
                Some(_) => self.word_of(&mut list)?,
            }
        }
    }

    /// The end of a simple or compound command.
    fn finish(&mut self, list: &mut List) {
        if !list.at_start() {
            self.script.commands.push(std::mem::take(&mut list.current));
        }
        list.closed = false;
    }

    fn semicolon(&mut self, list: &mut List) -> Read<()> {
        self.finish(list);
        if self.skip(";;&") || self.skip(";;") || self.skip(";&") {
            if list.frames.last() != Some(&Frame::Case) {
                return Err(Unreadable);
            }
            return self.case_pattern(list);
        }
        self.pos += 1;
        Ok(())
    }

    fn operator(&mut self, list: &mut List) -> Read<()> {
        if self.at("&>") {
            // Other shells end the command here and begin a new one with the redirection.
            self.script.opaque |= !self.is_bash();
            return self.redirect(list);
        }
        self.finish(list);
        if !(self.skip("&&") || self.skip("||") || self.skip("|&")) {
            self.pos += 1;
        }
        Ok(())
    }

    fn open(&mut self, list: &mut List) -> Read<()> {
        if list.closed || self.at("(\\\n") {
            return Err(Unreadable);
        }
        if list.at_start() {
            if self.skip("((") {
                // For other shells these are two groups.
                self.script.opaque |= !self.is_bash();
                self.arithmetic()?;
                list.closed = true;
            } else {
                self.pos += 1;
                list.frames.push(Frame::Paren);
            }
            return Ok(());
        }
        // The name of a function: what it stands for cannot be told from now on. Its body is read as commands.
        let current = &list.current;
        let names_function =
            current.words.len() == 1 && current.assigned.is_empty() && !current.redirected;
        self.pos += 1;
        self.blanks();
        if names_function && self.skip(")") {
            list.current = Simple::default();
            self.script.opaque = true;
            return self.line_breaks();
        }
        Err(Unreadable)
    }

    fn redirect(&mut self, list: &mut List) -> Read<()> {
        const OPERATORS: [&str; 12] = [
            "&>>", "&>", "<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">|", ">&", ">",
        ];
        let operator = OPERATORS.into_iter().find(|o| self.at(o));
        let operator = operator.ok_or(Unreadable)?;
        self.pos += operator.len();
        self.not_joined()?;
        self.blanks();
        let word = self.word()?.ok_or(Unreadable)?;
        if matches!(operator, "<<" | "<<-") {
            if word.unknown_at.is_some() {
                return Err(Unreadable);
            }
            self.heredocs.push(Heredoc {
                literal: word.quoted_at.is_some(),
                delimiter: word.text,
                strips_tabs: operator == "<<-",
            });
        }
        self.script.opaque |= operator == "<<<" && !self.is_bash();
        // A compound command's own redirection makes no simple command.
        list.current.redirected |= !list.closed;
        Ok(())
    }

    fn word_of(&mut self, list: &mut List) -> Read<()> {
        let start = self.pos;
        let word = self.word()?.ok_or(Unreadable)?;
        if list.at_start()
            && let Some(bare) = word.bare()
            && self.reserved(bare, list)?
        {
            return Ok(());
        }
        if matches!(self.peek(), Some(b'<' | b'>')) {
            let number = |b: &str| b.bytes().all(|b| b.is_ascii_digit());
            if word.bare().is_some_and(number) {
                return Ok(());
            }
            // bash puts the number of `{name}>file` into a variable.
            self.script.opaque |= self.bytes.get(start) == Some(&b'{');
        }
        if list.closed {
            return Err(Unreadable);
        }
        if list.current.words.is_empty()
            && let Some(name) = word.assigned()
        {
            list.current.assigned.push(name.to_owned());
            self.script.opaque |= word.lead().starts_with(&format!("{name}["));
            return self.array(start);
        }
        list.current.words.push(word);
        if self.peek() == Some(b'(') {
            self.array(start)?;
        }
        Ok(())
    }

    /// `(…)` right behind `name=`: the elements are words.
    fn array(&mut self, start: usize) -> Read<()> {
        let assigns = self.pos > start && self.bytes.get(self.pos - 1) == Some(&b'=');
        if self.peek() != Some(b'(') || !assigns {
            return Ok(());
        }
        if !self.is_bash() {
            return Err(Unreadable);
        }
        self.pos += 1;
        loop {
            self.line_breaks()?;
            if self.skip(")") {
                return Ok(());
            }
            let element = self.word()?.ok_or(Unreadable)?;
            // A subscript is arithmetic.
            self.script.opaque |= element.lead().starts_with('[');
        }
    }

    /// Takes a word of the grammar; says whether it was one.
    fn reserved(&mut self, word: &str, list: &mut List) -> Read<bool> {
        match word {
            "then" | "elif" | "else" if list.frames.last() == Some(&Frame::If) => {
                list.closed = false;
            }
            "do" if list.frames.last() == Some(&Frame::Loop) => list.closed = false,
            "fi" => list.close(Frame::If)?,
            "done" => list.close(Frame::Loop)?,
            "esac" => list.close(Frame::Case)?,
            "}" => list.close(Frame::Brace)?,
            _ if list.closed => return Ok(false),
            "!" => {}
            "{" => list.frames.push(Frame::Brace),
            "if" => list.frames.push(Frame::If),
            "while" | "until" => list.frames.push(Frame::Loop),
            "for" | "select" => self.for_head(list)?,
            "case" => {
                self.blanks();
                self.word()?.ok_or(Unreadable)?;
                self.line_breaks()?;
                if self.word()?.ok_or(Unreadable)?.bare() != Some("in") {
                    return Err(Unreadable);
                }
                list.frames.push(Frame::Case);
                self.case_pattern(list)?;
            }
            "function" => {
                self.script.opaque = true;
                self.blanks();
                self.word()?.ok_or(Unreadable)?;
                self.blanks();
                if self.skip("(") {
                    self.blanks();
                    if !self.skip(")") {
                        return Err(Unreadable);
                    }
                }
                self.line_breaks()?;
            }
            "coproc" => self.script.opaque = true,
            "[[" if self.is_bash() => {
                self.condition()?;
                list.closed = true;
            }
            "[[" => {
                self.script.opaque = true;
                return Ok(false);
            }
            "then" | "elif" | "else" | "do" => return Err(Unreadable),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `for name in words`, up to its separator.
    fn for_head(&mut self, list: &mut List) -> Read<()> {
        self.blanks();
        list.frames.push(Frame::Loop);
        if self.skip("((") {
            self.script.opaque |= !self.is_bash();
            self.arithmetic()?;
            self.blanks();
            self.skip(";");
            return Ok(());
        }
        let name = self.word()?.ok_or(Unreadable)?;
        let name = name.bare().filter(|n| is_name(n)).ok_or(Unreadable)?;
        self.script.assigned.push(name.to_owned());
        self.line_breaks()?;
        let ends = |b: Option<u8>| b.is_none_or(|b| b" \t\n;".contains(&b));
        if !(self.at("in") && ends(self.peek_at(2))) {
            // `for x; do`, `for x do`
            self.skip(";");
            return Ok(());
        }
        self.pos += 2;
        loop {
            self.blanks();
            match self.peek() {
                Some(b';' | b'\n') => return Ok(()),
                _ => self.word()?.ok_or(Unreadable)?,
            };
        }
    }

    /// The pattern of an arm, up to and with its `)`; or `esac`.
    fn case_pattern(&mut self, list: &mut List) -> Read<()> {
        self.line_breaks()?;
        let open = self.skip("(");
        loop {
            self.blanks();
            let word = self.word()?.ok_or(Unreadable)?;
            if !open && word.bare() == Some("esac") {
                return list.close(Frame::Case);
            }
            self.blanks();
            if self.skip(")") {
                return Ok(());
            }
            if !self.skip("|") {
                return Err(Unreadable);
            }
        }
    }
}
