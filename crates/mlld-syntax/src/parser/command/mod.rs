//! Command lines: `cmd { … }`, `run { … }`, `run "…"` (spec 02 §9.1, §9.2).
//!
//! The scanner follows the quoting of the shell as far as it has to know, for every interpolation, the innermost
//! context it stands in. Where two shells would read the text differently it takes no interpolation at all: a
//! value must never become syntax.

mod value;

use super::cursor::is_blank;
use super::{PResult, Parser, codes};
use crate::ast::{CmdPart, Command, Quote};
use crate::span::Span;
use ecow::{EcoString, eco_format};

/// What is open around the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// `"…"`.
    Double,
    /// `$(…)`, with so many brackets open inside.
    Substitution(u32),
    /// `$((…))`, with so many brackets open inside.
    Arithmetic(u32),
    /// `${…}`, with so many braces open inside.
    Parameter(u32),
    /// `` `…` ``.
    Backquote,
}

/// Levels of quotes and expansions.
const MAX_OPEN: usize = 200;

/// How the command line ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Close {
    /// At the `}` that belongs to its `{`.
    Brace,
    /// At the quote that closes a `run "…"`; a backslash before that quote gives the quote.
    Quote(u8),
}

/// A command line that is being read.
struct Line {
    close: Close,
    /// Where its text begins.
    start: usize,
    open: Vec<Open>,
    /// Open `{` outside of quotes.
    braces: u32,
    parts: Vec<CmdPart>,
    text: EcoString,
    /// Whether shells differ about what follows.
    unclear: bool,
    /// Whether the text ends in an interpolation.
    after_value: bool,
}

impl Line {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.after_value = false;
    }

    fn part(&mut self, part: CmdPart) {
        if !self.text.is_empty() {
            self.parts
                .push(CmdPart::Text(std::mem::take(&mut self.text)));
        }
        self.parts.push(part);
        self.after_value = true;
    }

    /// Whether shell syntax is in force here: outside of quotes and of expansions that have a syntax of their own.
    fn bare(&self) -> bool {
        matches!(self.open.last(), None | Some(Open::Substitution(_)))
    }

    fn in_quotes(&self) -> bool {
        self.open.contains(&Open::Double)
    }

    /// Whether some part of the surroundings is read by rules that no value can be made safe for.
    fn closed_to_values(&self) -> bool {
        self.unclear
            || self.open.iter().any(|o| {
                matches!(
                    o,
                    Open::Backquote | Open::Parameter(_) | Open::Arithmetic(_)
                )
            })
    }
}

impl Parser<'_> {
    /// `{ … }` as a command line.
    pub(super) fn braced_command(&mut self) -> PResult<Command> {
        let open = self.pos;
        self.pos += 1;
        match self.command_line(Close::Brace)? {
            Some(command) => Ok(command),
            None => self.fail_unclosed_code(open),
        }
    }

    /// `"…"` or `'…'` as a command line.
    pub(super) fn quoted_command(&mut self) -> PResult<Command> {
        let quote = self.peek().unwrap_or(b'"');
        let open = self.pos;
        self.pos += 1;
        match self.command_line(Close::Quote(quote))? {
            Some(command) => Ok(command),
            None => {
                self.pos = self.line_end(open);
                self.fail_unclosed(if quote == b'"' {
                    Quote::Double
                } else {
                    Quote::Single
                })
            }
        }
    }

    /// The text up to its end, which is eaten; `None` if there is no end.
    fn command_line(&mut self, close: Close) -> PResult<Option<Command>> {
        let mut line = Line {
            close,
            start: self.pos,
            open: Vec::new(),
            braces: 0,
            parts: Vec::new(),
            text: EcoString::new(),
            unclear: false,
            after_value: false,
        };
        loop {
            let Some(byte) = self.peek() else {
                return Ok(None);
            };
            match close {
                Close::Quote(quote) => {
                    if byte == quote {
                        break;
                    }
                    if matches!(byte, b'\n' | b'\r') && quote == b'"' {
                        return Ok(None);
                    }
                    if byte == b'\\' && self.peek_at(1) == Some(quote) {
                        self.pos += 1;
                        self.shell_byte(quote, &mut line)?;
                        continue;
                    }
                }
                Close::Brace if byte == b'}' && line.open.is_empty() && line.braces == 0 => break,
                Close::Brace => {}
            }
            self.shell_byte(byte, &mut line)?;
        }
        let span = Span::new(line.start, self.pos);
        self.pos += 1;
        if !line.text.is_empty() {
            line.parts.push(CmdPart::Text(line.text));
        }
        Ok(Some(Command {
            parts: line.parts,
            span,
        }))
    }

    /// One character, or one quoted or interpolated piece.
    fn shell_byte(&mut self, byte: u8, line: &mut Line) -> PResult<()> {
        match byte {
            b'\\' => self.shell_escape(line),
            b'\r' => {
                self.pos += 1;
                if self.peek() != Some(b'\n') {
                    line.push("\n");
                }
            }
            b'@' => return self.shell_at(line),
            b'"' => {
                if line.open.last() == Some(&Open::Double) {
                    line.open.pop();
                    self.take(1, line);
                } else if matches!(
                    line.open.last(),
                    Some(Open::Backquote | Open::Arithmetic(_))
                ) {
                    self.take(1, line);
                } else {
                    return self.enter(Open::Double, 1, line);
                }
            }
            b'\'' if line.bare() => return self.shell_single(line),
            b'\'' => {
                // Inside of `"${x:-'…'}"` one shell quotes, another does not.
                line.unclear |= matches!(line.open.last(), Some(Open::Parameter(_)));
                self.take(1, line);
            }
            b'`' if line.open.last() == Some(&Open::Backquote) => {
                line.open.pop();
                self.take(1, line);
            }
            b'`' if !matches!(line.open.last(), Some(Open::Arithmetic(_))) => {
                return self.enter(Open::Backquote, 1, line);
            }
            b'$' if line.open.last() != Some(&Open::Backquote) => return self.shell_dollar(line),
            b'{' | b'}' => self.shell_brace(byte, line),
            b'(' if line.bare() && self.at("((") && self.shell_word_begins(line) => {
                return self.enter(Open::Arithmetic(0), 2, line);
            }
            b'(' | b')' => self.shell_bracket(byte, line),
            b'#' if line.bare() && self.shell_word_begins(line) => self.shell_comment(line),
            b'c' | b'd' | b'l' | b't' | b'[' if line.bare() && self.shell_word_begins(line) => {
                line.unclear |= self.shell_trap(line);
                self.take(1, line);
            }
            b'&' | b'|' | b';' | b'<' | b'>' if line.bare() && !line.in_quotes() => {
                self.shell_operator(byte, line)?
            }
            b'<' if line.open.last() == Some(&Open::Double) => return self.shell_file(line),
            b'<' if line.bare() && self.at("<<") => {
                // A here-document has quoting rules of its own.
                line.unclear = true;
                self.take(1, line);
            }
            _ => {
                let len = self.char_end(self.pos) - self.pos;
                self.take(len, line);
            }
        }
        Ok(())
    }

    /// Takes `len` bytes as text.
    fn take(&mut self, len: usize, line: &mut Line) {
        let start = self.pos;
        self.pos = (start + len).min(self.end);
        line.push(self.text(start, self.pos));
    }

    fn enter(&mut self, open: Open, len: usize, line: &mut Line) -> PResult<()> {
        if line.open.len() >= MAX_OPEN {
            return self.fail_at(
                self.pos,
                codes::TOO_DEEP,
                "Nesting is deeper than 200 levels.",
                "",
            );
        }
        line.open.push(open);
        self.take(len, line);
        Ok(())
    }

    fn shell_escape(&mut self, line: &mut Line) {
        if self.peek_at(1) == Some(b'@') {
            line.push("@");
            self.pos += 2;
            return;
        }
        let next = self.pos + 1;
        if line.close == Close::Brace || self.byte(next) != Some(b'\n') {
            let len = self.char_end(next) - self.pos;
            self.take(len.max(1), line);
        } else {
            self.take(1, line);
        }
    }

    /// `'…'`: nothing in it means anything. In a `run '…'` its quotes have backslashes.
    fn shell_single(&mut self, line: &mut Line) -> PResult<()> {
        let start = self.pos;
        if line.text.ends_with('$') {
            // `$'…'` has escapes in some shells only.
            line.unclear = true;
        }
        let mut at = start + 1;
        let end = loop {
            match (self.byte(at), line.close) {
                (None, _) => break at,
                // The command line ends before the shell's quote does.
                (Some(b), Close::Quote(quote)) if b == quote => break at,
                (Some(b'\\'), Close::Quote(quote)) if self.byte(at + 1) == Some(quote) => {
                    at += 2;
                    if quote == b'\'' {
                        break at;
                    }
                }
                (Some(b'\''), _) => break at + 1,
                (Some(_), _) => at += 1,
            }
        };
        self.pos = end;
        let text = self.text(start, end);
        let text = match line.close {
            Close::Quote(b'"') => text.replace("\\\"", "\""),
            Close::Quote(_) => text.replace("\\'", "'"),
            Close::Brace => text.into(),
        };
        line.push(&text.replace("\r\n", "\n"));
        Ok(())
    }

    fn shell_dollar(&mut self, line: &mut Line) -> PResult<()> {
        if self.at("$((") {
            return self.enter(Open::Arithmetic(0), 3, line);
        }
        if self.at("$(") {
            return self.enter(Open::Substitution(0), 2, line);
        }
        if self.at("${") {
            return self.enter(Open::Parameter(0), 2, line);
        }
        self.take(1, line);
        Ok(())
    }

    fn shell_brace(&mut self, byte: u8, line: &mut Line) {
        match (line.open.last().copied(), byte) {
            (Some(Open::Parameter(n)), b'{') => {
                replace_last(&mut line.open, Open::Parameter(n + 1))
            }
            (Some(Open::Parameter(0)), _) => {
                line.open.pop();
            }
            (Some(Open::Parameter(n)), _) => replace_last(&mut line.open, Open::Parameter(n - 1)),
            (None, b'{') => line.braces += 1,
            (None, _) => line.braces = line.braces.saturating_sub(1),
            _ => {}
        }
        self.take(1, line);
    }

    fn shell_bracket(&mut self, byte: u8, line: &mut Line) {
        let mut len = 1;
        match (line.open.last().copied(), byte) {
            (Some(Open::Substitution(n)), b'(') => {
                replace_last(&mut line.open, Open::Substitution(n + 1))
            }
            (Some(Open::Substitution(0)), _) => {
                line.open.pop();
            }
            (Some(Open::Substitution(n)), _) => {
                replace_last(&mut line.open, Open::Substitution(n - 1))
            }
            (Some(Open::Arithmetic(n)), b'(') => {
                replace_last(&mut line.open, Open::Arithmetic(n + 1))
            }
            (Some(Open::Arithmetic(0)), _) => {
                line.open.pop();
                len += usize::from(self.peek_at(1) == Some(b')'));
            }
            (Some(Open::Arithmetic(n)), _) => replace_last(&mut line.open, Open::Arithmetic(n - 1)),
            _ => {}
        }
        self.take(len, line);
    }

    /// Whether a word of the shell begins at the position.
    fn shell_word_begins(&self, line: &Line) -> bool {
        !line.after_value && (self.pos == line.start || self.before().is_some_and(ends_word))
    }

    /// Whether a word begins here behind which the shell reads values by other rules: the patterns of `case`, and
    /// builtins that evaluate their words as arithmetic, command substitutions in subscripts included.
    fn shell_trap(&self, line: &Line) -> bool {
        if self.at("[[") {
            return true;
        }
        if self.at_word("case") {
            return !line.open.is_empty();
        }
        let words = ["let", "declare", "typeset"];
        words.iter().any(|w| self.at_word(w)) && {
            let before = self
                .text(line.start, self.pos)
                .trim_end_matches([' ', '\t']);
            before.is_empty() || before.ends_with(['\n', '\r', '|', '(', '&', ';'])
        }
    }

    /// A comment: up to the line end or the end of the command line. No value may stand in it: its line ends
    /// would end the comment.
    fn shell_comment(&mut self, line: &mut Line) {
        while let Some(b) = self.peek() {
            match b {
                b'\n' | b'\r' => return,
                b'}' if line.close == Close::Brace && line.open.is_empty() => {
                    if line.braces == 0 {
                        return;
                    }
                    line.braces -= 1;
                }
                b'{' if line.open.is_empty() => line.braces += 1,
                b if line.close == Close::Quote(b) => return,
                _ => {}
            }
            let len = self.char_end(self.pos) - self.pos;
            self.take(len, line);
        }
    }

    fn shell_operator(&mut self, byte: u8, line: &mut Line) -> PResult<()> {
        let double = self.peek_at(1) == Some(byte);
        let operator = match byte {
            b'&' if double => "operator AND (&&)",
            b'|' if double => "operator OR (||)",
            b'|' => {
                self.take(1, line);
                return Ok(());
            }
            b';' => "operator semicolon (;)",
            b'&' => {
                return self.fail_hint(
                    codes::SHELL_OPERATOR,
                    "Background execution (&) is not allowed in mlld.",
                    self.shell_hint(),
                );
            }
            _ => return self.fail_redirection(byte, double, line),
        };
        let message =
            eco_format!("Shell {operator} is not allowed in cmd {{ }}. Use shell blocks instead.");
        self.fail_hint(codes::SHELL_OPERATOR, message, self.shell_hint())
    }

    fn fail_redirection<T>(&mut self, byte: u8, double: bool, line: &Line) -> PResult<T> {
        let sign = char::from(byte);
        let digit = self
            .before()
            .filter(u8::is_ascii_digit)
            .filter(|_| self.pos > line.start);
        let word = self
            .pos
            .checked_sub(2)
            .and_then(|at| self.byte(at))
            .is_none_or(ends_word);
        let operator = match (double, digit) {
            (true, _) => eco_format!("{sign}{sign}"),
            (false, Some(digit)) if word => eco_format!("{}{sign}", char::from(digit)),
            _ => eco_format!("{sign}"),
        };
        let message = eco_format!(
            "Shell redirection ({operator}) is not allowed in cmd {{ }}. Use shell blocks instead."
        );
        self.fail_hint(codes::SHELL_OPERATOR, message, self.shell_hint())
    }

    fn shell_hint(&self) -> &'static str {
        if self.subject == "exe" {
            "Exe context: exe @fn(path) = sh { … } (exe parameters are available as $path)."
        } else {
            "Run context: run sh(@path) { ... }"
        }
    }
}

fn replace_last(open: &mut [Open], with: Open) {
    if let Some(last) = open.last_mut() {
        *last = with;
    }
}

/// Whether a word of the shell ends before `b`.
fn ends_word(b: u8) -> bool {
    is_blank(b) || matches!(b, b'|' | b'&' | b';' | b'(' | b')' | b'<' | b'>')
}
