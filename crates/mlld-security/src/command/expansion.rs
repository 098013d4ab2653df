//! Words, quotes and expansions of a shell text.

use super::reader::{Heredoc, Read, Reader, Unreadable, read};
use super::word::{Redacted, Word};

impl Reader<'_> {
    /// The word that begins here; `None` if none does.
    pub(super) fn word(&mut self) -> Read<Option<Word>> {
        let start = self.pos;
        let mut word = Word::default();
        let mut bytes = Vec::new();
        let (mut bracket, mut brace) = (None, None);
        while let Some(b) = self.peek() {
            match b {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' => break,
                b'<' | b'>' if self.peek_at(1) == Some(b'(') && self.pos == start => {
                    self.script.opaque |= !self.is_bash();
                    self.pos += 2;
                    flush(&mut bytes, &mut word);
                    word.mark_unknown(false);
                    self.substitution()?;
                    continue;
                }
                b'<' | b'>' => {
                    // In the middle of a word a substitution may begin, too.
                    if self.peek_at(1) == Some(b'(') {
                        return Err(Unreadable);
                    }
                    break;
                }
                0 => return Err(Unreadable),
                b'\\' | b'\'' | b'"' | b'`' | b'$' => {
                    flush(&mut bytes, &mut word);
                    self.special(b, &mut word)?;
                    continue;
                }
                b'*' | b'?' => unknown(&mut bytes, &mut word),
                b'~' if self.pos == start => unknown(&mut bytes, &mut word),
                b'[' => bracket = bracket.or(Some(word.text.len() + bytes.len())),
                b'{' => brace = brace.or(Some(word.text.len() + bytes.len())),
                b']' | b'}' => {
                    let (open, at) = match b {
                        b']' => (b'[', bracket),
                        _ => (b'{', brace),
                    };
                    // `{}` is text.
                    let empty = b == b'}' && bytes.last() == Some(&open);
                    if let Some(at) = at.filter(|_| !empty) {
                        flush(&mut bytes, &mut word);
                        word.unknown_at = Some(word.unknown_at.map_or(at, |u| u.min(at)));
                        word.splits = true;
                    }
                }
                _ => {}
            }
            bytes.push(b);
            self.pos += 1;
        }
        flush(&mut bytes, &mut word);
        if self.pos == start {
            return Ok(None);
        }
        word.hidden = self.redacted.touches(start, self.pos);
        self.no_line_break_since(start)?;
        Ok(Some(word))
    }

    /// A quote, an escape or an expansion outside double quotes.
    fn special(&mut self, b: u8, word: &mut Word) -> Read<()> {
        match b {
            b'\\' => {
                self.pos += 1;
                match self.peek() {
                    Some(b'\n') => self.pos += 1,
                    Some(0) => return Err(Unreadable),
                    Some(_) => {
                        word.mark_quoted();
                        let start = self.pos;
                        self.pos += 1;
                        while self.peek().is_some_and(|b| b & 0xc0 == 0x80) {
                            self.pos += 1;
                        }
                        word.text.push_str(&self.since(start));
                    }
                    None => word.text.push('\\'),
                }
                Ok(())
            }
            b'\'' => {
                word.mark_quoted();
                self.pos += 1;
                let text = self.single_quoted()?;
                word.text.push_str(&text);
                Ok(())
            }
            b'"' => {
                word.mark_quoted();
                self.pos += 1;
                self.double_quoted(word)
            }
            b'`' => {
                word.mark_unknown(true);
                self.backquoted(false)
            }
            _ => self.dollar(word, false),
        }
    }

    /// The text up to the closing quote, which is taken.
    fn single_quoted(&mut self) -> Read<String> {
        let start = self.pos;
        loop {
            match self.peek() {
                None | Some(0) => return Err(Unreadable),
                Some(b'\'') => break,
                Some(_) => self.pos += 1,
            }
        }
        let text = self.since(start);
        self.pos += 1;
        Ok(text)
    }

    /// The text up to the closing double quote, which is taken.
    fn double_quoted(&mut self, word: &mut Word) -> Read<()> {
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                None | Some(0) => return Err(Unreadable),
                Some(b'"') => break,
                Some(b) => self.quoted_byte(b, &mut bytes, word, b"$`\"\\")?,
            }
        }
        self.pos += 1;
        flush(&mut bytes, word);
        Ok(())
    }

    /// One byte of text in which only `$`, backquotes and the backslash before `escapable` mean something.
    fn quoted_byte(
        &mut self,
        b: u8,
        bytes: &mut Vec<u8>,
        word: &mut Word,
        escapable: &[u8],
    ) -> Read<()> {
        match b {
            b'\\' => match self.peek_at(1) {
                Some(b'\n') => self.pos += 2,
                Some(next) if escapable.contains(&next) => {
                    bytes.push(next);
                    self.pos += 2;
                }
                _ => {
                    bytes.push(b);
                    self.pos += 1;
                }
            },
            b'$' => {
                flush(bytes, word);
                self.dollar(word, true)?;
            }
            b'`' => {
                flush(bytes, word);
                word.mark_unknown(false);
                self.backquoted(escapable.contains(&b'"'))?;
            }
            _ => {
                bytes.push(b);
                self.pos += 1;
            }
        }
        Ok(())
    }

    /// What begins with `$`.
    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Read<()> {
        self.pos += 1;
        self.not_joined()?;
        match self.peek() {
            Some(b'(') => {
                word.mark_unknown(!quoted);
                if self.skip("((") {
                    return self.arithmetic();
                }
                self.pos += 1;
                self.not_joined()?;
                self.substitution()
            }
            Some(b'{') => {
                word.mark_unknown(!quoted);
                self.pos += 1;
                self.deeper(|r| r.parameter(quoted))
            }
            Some(b'[') => Err(Unreadable),
            Some(b'\'') if !quoted => {
                word.mark_quoted();
                word.mark_unknown(false);
                self.pos += 1;
                let text = self.single_quoted()?;
                // Where the text ends depends on whether the shell knows this kind of quote.
                let backslashes = text.bytes().rev().take_while(|b| *b == b'\\').count();
                if backslashes % 2 == 1 {
                    return Err(Unreadable);
                }
                Ok(())
            }
            Some(b'"') if !quoted => {
                word.mark_quoted();
                word.mark_unknown(false);
                self.pos += 1;
                self.double_quoted(word)
            }
            Some(b) if b.is_ascii_alphabetic() || b == b'_' => {
                word.mark_unknown(!quoted);
                self.name();
                Ok(())
            }
            Some(b) if b.is_ascii_digit() || b"@*#?-$!".contains(&b) => {
                // `"$@"` becomes several words even inside quotes.
                word.mark_unknown(!quoted || b == b'@');
                self.pos += 1;
                Ok(())
            }
            _ => {
                word.text.push('$');
                Ok(())
            }
        }
    }

    fn name(&mut self) -> String {
        let start = self.pos;
        while self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            self.pos += 1;
        }
        self.since(start)
    }

    /// The inside of `${…}`, up to and with its brace.
    fn parameter(&mut self, quoted: bool) -> Read<()> {
        let start = self.pos;
        // `${!name}` takes the name from a value.
        self.script.opaque |= self.at("!");
        self.skip("#");
        let name = self.name();
        // All elements: no subscript to work out.
        let _ = self.skip("[@]") || self.skip("[*]");
        match self.peek() {
            Some(b':') if self.peek_at(1) == Some(b'=') => self.script.assigned.push(name),
            Some(b'=') => self.script.assigned.push(name),
            Some(b':') if !matches!(self.peek_at(1), Some(b'-' | b'?' | b'+')) => {
                // A part of the text: its bounds are arithmetic.
                let rest = self.bytes.get(self.pos..).unwrap_or_default();
                let numbers = |b: &u8| b.is_ascii_digit() || b":- ".contains(b);
                let bounds = rest.iter().take_while(|b| numbers(b)).count();
                self.script.opaque |= rest.get(bounds) != Some(&b'}');
            }
            // A subscript is arithmetic, `@P` runs what a value says.
            Some(b'[') => self.script.opaque = true,
            Some(b'@') if !name.is_empty() => self.script.opaque = true,
            _ => {}
        }
        let mut scratch = Word::default();
        loop {
            match self.peek() {
                None | Some(0) => return Err(Unreadable),
                Some(b'}') => break,
                // Whether this quotes depends on the operator and on the shell.
                Some(b'\'') if quoted => return Err(Unreadable),
                Some(b'<' | b'>') if self.peek_at(1) == Some(b'(') => return Err(Unreadable),
                Some(b @ (b'\\' | b'\'' | b'"' | b'`')) => self.special(b, &mut scratch)?,
                Some(b'$') => self.dollar(&mut scratch, quoted)?,
                Some(_) => self.pos += 1,
            }
        }
        self.pos += 1;
        self.no_line_break_since(start)
    }

    /// The inside of `((…))`, up to and with its end.
    pub(super) fn arithmetic(&mut self) -> Read<()> {
        let start = self.pos;
        self.deeper(Self::arithmetic_text)?;
        self.no_line_break_since(start)
    }

    fn arithmetic_text(&mut self) -> Read<()> {
        let mut open = 0_u32;
        let mut scratch = Word::default();
        let mut before = b' ';
        while let Some(b) = self.peek() {
            match b {
                b'(' => open += 1,
                b')' if open > 0 => open -= 1,
                b')' => {
                    return if self.skip("))") {
                        Ok(())
                    } else {
                        Err(Unreadable)
                    };
                }
                b'$' => {
                    self.script.opaque = true;
                    self.dollar(&mut scratch, true)?;
                    before = b'$';
                    continue;
                }
                b'`' => {
                    self.script.opaque = true;
                    self.backquoted(true)?;
                    before = b'`';
                    continue;
                }
                0 | b'\'' | b'"' | b'\\' => return Err(Unreadable),
                b'#' if !before.is_ascii_digit() => return Err(Unreadable),
                b'<' | b'>' if self.peek_at(1) == Some(b'(') => return Err(Unreadable),
                // The content of a variable is arithmetic in its turn, substitutions in it included.
                _ if b.is_ascii_alphabetic() || b == b'_' => {
                    self.script.opaque |= !before.is_ascii_alphanumeric();
                }
                _ => {}
            }
            before = b;
            self.pos += 1;
        }
        Err(Unreadable)
    }

    /// What stands in backquotes, both taken: a text of its own after one level of backslashes.
    fn backquoted(&mut self, quoted: bool) -> Read<()> {
        let start = self.pos;
        self.pos += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                None | Some(0) => return Err(Unreadable),
                Some(b'`') => break,
                Some(b'\\') => match self.peek_at(1) {
                    Some(next) if b"`\\$".contains(&next) || (quoted && next == b'"') => {
                        bytes.push(next);
                        self.pos += 2;
                    }
                    _ => {
                        bytes.push(b'\\');
                        self.pos += 1;
                    }
                },
                Some(b) => {
                    bytes.push(b);
                    self.pos += 1;
                }
            }
        }
        self.pos += 1;
        self.no_line_break_since(start)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let hidden = Redacted::Whole(self.redacted.touches(start, self.pos));
        let (dialect, depth) = (self.dialect, self.depth + 1);
        let inner = self.deeper(|_| Ok(read(&text, dialect, hidden, depth)))?;
        self.script.commands.extend(inner.commands);
        self.script.assigned.extend(inner.assigned);
        self.script.opaque |= inner.opaque;
        Ok(())
    }

    /// The lines of a here-document, up to and with its last.
    pub(super) fn heredoc_body(&mut self, heredoc: &Heredoc, nested: bool) -> Read<()> {
        let start = self.pos;
        let end = loop {
            let rest = self.bytes.get(self.pos..).unwrap_or_default();
            if rest.is_empty() {
                if nested {
                    return Err(Unreadable);
                }
                break self.pos;
            }
            let length = rest.iter().position(|b| *b == b'\n');
            let line = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
            let tabs = line.iter().take_while(|b| **b == b'\t').count();
            let text = match heredoc.strips_tabs {
                true => line.get(tabs..).unwrap_or_default(),
                false => line,
            };
            let begins = self.pos;
            self.pos += length.map_or(rest.len(), |l| l + 1);
            if text == heredoc.delimiter.as_bytes() {
                break begins;
            }
            // Shells differ on whether a joined line can hold the last line.
            if !heredoc.literal && text.last() == Some(&b'\\') {
                return Err(Unreadable);
            }
        };
        if heredoc.literal {
            return Ok(());
        }
        let after = std::mem::replace(&mut self.pos, start);
        let all = self.bytes;
        self.bytes = all.get(..end).unwrap_or_default();
        let (mut bytes, mut scratch) = (Vec::new(), Word::default());
        while let Some(b) = self.peek() {
            self.quoted_byte(b, &mut bytes, &mut scratch, b"$`\\")?;
            bytes.clear();
        }
        self.bytes = all;
        self.pos = after;
        Ok(())
    }

    /// The inside of `[[ … ]]`, up to and with its end.
    pub(super) fn condition(&mut self) -> Read<()> {
        let mut words: Vec<Word> = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None | Some(b';' | b'#') => return Err(Unreadable),
                Some(b'&') if !self.at("&&") => return Err(Unreadable),
                Some(b'&') => self.pos += 2,
                Some(b'\n') if self.heredocs.is_empty() => self.pos += 1,
                Some(b'\n') => return Err(Unreadable),
                Some(b'|' | b'(' | b')') => self.pos += 1,
                Some(b'<' | b'>') if self.peek_at(1) != Some(b'(') => {
                    if self.at("<<") {
                        return Err(Unreadable);
                    }
                    self.pos += 1;
                }
                Some(_) => {
                    let word = self.word()?.ok_or(Unreadable)?;
                    if word.bare() == Some("]]") {
                        break;
                    }
                    words.push(word);
                }
            }
        }
        // Comparing numbers is arithmetic on both sides.
        let numeric = |w: &Word| {
            let operators = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v"];
            w.constant().is_some_and(|c| operators.contains(&c))
        };
        self.script.opaque |= words.iter().any(numeric);
        Ok(())
    }
}

fn flush(bytes: &mut Vec<u8>, word: &mut Word) {
    if !bytes.is_empty() {
        word.text.push_str(&String::from_utf8_lossy(bytes));
        bytes.clear();
    }
}

/// A part that is only known when it runs begins here.
fn unknown(bytes: &mut Vec<u8>, word: &mut Word) {
    flush(bytes, word);
    word.mark_unknown(true);
}
