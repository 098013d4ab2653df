//! Shell: quotes, expansions, comments, here-documents.

use super::{Broken, MAX_LEVELS, line_end};

/// The offset of the closing brace.
pub(super) fn end(source: &[u8], start: usize) -> Result<usize, Broken> {
    Scanner {
        source,
        at: start,
        start,
        open: Vec::new(),
        braces: 0,
        documents: Vec::new(),
    }
    .run()
}

/// What is open around the position.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `"…"`.
    Quote,
    /// `$(…)`, with so many brackets open inside.
    Substitution(usize),
    /// `$((…))` or `((…))`, with so many brackets open inside.
    Arithmetic(usize),
    /// `${…}`, with so many braces open inside.
    Parameter(usize),
    /// `` `…` ``.
    Backquote,
}

struct Scanner<'s> {
    source: &'s [u8],
    at: usize,
    start: usize,
    open: Vec<Open>,
    braces: usize,
    /// End words of here-documents whose lines begin at the next line.
    documents: Vec<&'s [u8]>,
}

impl<'s> Scanner<'s> {
    fn peek(&self, n: usize) -> Option<u8> {
        self.source.get(self.at + n).copied()
    }

    fn at_text(&self, text: &[u8]) -> bool {
        self.source
            .get(self.at..)
            .is_some_and(|r| r.starts_with(text))
    }

    /// Whether a word begins at the position.
    fn word_begins(&self) -> bool {
        self.at == self.start
            || self
                .at
                .checked_sub(1)
                .and_then(|i| self.source.get(i))
                .is_some_and(|b| {
                    b.is_ascii_whitespace()
                        || matches!(b, b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
                })
    }

    fn push(&mut self, open: Open, len: usize) -> Result<(), Broken> {
        if self.open.len() >= MAX_LEVELS {
            return Err(Broken::TooDeep(self.at));
        }
        self.open.push(open);
        self.at += len;
        Ok(())
    }

    fn run(mut self) -> Result<usize, Broken> {
        while let Some(b) = self.peek(0) {
            let inner = self.open.last().copied();
            match (inner, b) {
                (_, b'\\') => self.at += 2,
                (Some(Open::Quote), b'"') | (Some(Open::Backquote), b'`') => {
                    self.open.pop();
                    self.at += 1;
                }
                (_, b'$') if self.at_text(b"$((") => self.push(Open::Arithmetic(0), 3)?,
                (_, b'$') if self.at_text(b"$(") => self.push(Open::Substitution(0), 2)?,
                (_, b'$') if self.at_text(b"${") => self.push(Open::Parameter(0), 2)?,
                (Some(Open::Quote), b'`') => self.push(Open::Backquote, 1)?,
                (Some(Open::Quote), _) => self.at += 1,
                (_, b'$') if self.at_text(b"$'") => self.ansi_string(),
                (Some(Open::Arithmetic(_)), b'\'') => self.at += 1,
                (_, b'\'') => self.single_quotes(),
                (_, b'"') => self.push(Open::Quote, 1)?,
                (_, b'`') => self.push(Open::Backquote, 1)?,
                (Some(Open::Arithmetic(n)), b'(' | b')') => self.arithmetic(n, b),
                (Some(Open::Parameter(n)), b'{' | b'}') => self.parameter(n, b),
                (Some(Open::Arithmetic(_) | Open::Parameter(_)), _) => self.at += 1,
                (_, b'\n') => {
                    self.at += 1;
                    self.skip_documents()?;
                }
                (_, b'#') if self.word_begins() => self.at = line_end(self.source, self.at),
                (_, b'<') if self.at_text(b"<<") => self.here_document(),
                (_, b'(') if self.at_text(b"((") && self.word_begins() => {
                    self.push(Open::Arithmetic(0), 2)?
                }
                (Some(Open::Substitution(n)), b'(' | b')') => self.substitution(n, b),
                (Some(Open::Substitution(_) | Open::Backquote), _) => self.at += 1,
                (None, b'{') => {
                    self.braces += 1;
                    self.at += 1;
                }
                (None, b'}') if self.braces == 0 => return Ok(self.at),
                (None, b'}') => {
                    self.braces -= 1;
                    self.at += 1;
                }
                (None, _) => self.at += 1,
            }
        }
        Err(Broken::Unclosed)
    }

    fn set(&mut self, open: Option<Open>) {
        self.open.pop();
        self.open.extend(open);
    }

    fn arithmetic(&mut self, n: usize, b: u8) {
        match b {
            b'(' => self.set(Some(Open::Arithmetic(n + 1))),
            _ if n > 0 => self.set(Some(Open::Arithmetic(n - 1))),
            _ => {
                self.set(None);
                self.at += usize::from(self.peek(1) == Some(b')'));
            }
        }
        self.at += 1;
    }

    fn parameter(&mut self, n: usize, b: u8) {
        self.set(match b {
            b'{' => Some(Open::Parameter(n + 1)),
            _ if n > 0 => Some(Open::Parameter(n - 1)),
            _ => None,
        });
        self.at += 1;
    }

    fn substitution(&mut self, n: usize, b: u8) {
        self.set(match b {
            b'(' => Some(Open::Substitution(n + 1)),
            _ if n > 0 => Some(Open::Substitution(n - 1)),
            _ => None,
        });
        self.at += 1;
    }

    fn single_quotes(&mut self) {
        let rest = self.source.get(self.at + 1..).unwrap_or_default();
        self.at = rest
            .iter()
            .position(|b| *b == b'\'')
            .map_or(self.source.len(), |n| self.at + n + 2);
    }

    /// `$'…'`, in which a backslash escapes.
    fn ansi_string(&mut self) {
        self.at += 2;
        while let Some(b) = self.peek(0) {
            match b {
                b'\\' => self.at += 2,
                b'\'' => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// `<<WORD`, `<<-WORD`, `<<'WORD'`; `<<<` is none.
    fn here_document(&mut self) {
        if self.at_text(b"<<<") {
            self.at += 3;
            return;
        }
        self.at += 2;
        self.at += usize::from(self.peek(0) == Some(b'-'));
        while matches!(self.peek(0), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let quote = self.peek(0).filter(|b| matches!(b, b'\'' | b'"'));
        self.at += usize::from(quote.is_some() || self.peek(0) == Some(b'\\'));
        let start = self.at;
        let is_word = |b: u8| match quote {
            Some(q) => b != q && b != b'\n',
            None => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || b >= 0x80,
        };
        while self.peek(0).is_some_and(is_word) {
            self.at += 1;
        }
        let word = self.source.get(start..self.at).unwrap_or_default();
        self.at += usize::from(quote.is_some() && self.peek(0) == quote);
        if !word.is_empty() {
            self.documents.push(word);
        }
    }

    /// Goes behind the lines of the here-documents that begin here.
    fn skip_documents(&mut self) -> Result<(), Broken> {
        for word in std::mem::take(&mut self.documents) {
            loop {
                if self.at >= self.source.len() {
                    return Err(Broken::Unclosed);
                }
                let end = line_end(self.source, self.at);
                let line = self
                    .source
                    .get(self.at..end)
                    .unwrap_or_default()
                    .trim_ascii();
                self.at = (end + 1).min(self.source.len());
                if line == word {
                    break;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(source: &str) -> Option<&str> {
        end(source.as_bytes(), 0).ok().and_then(|e| source.get(..e))
    }

    #[test]
    fn braces_in_quotes_comments_and_escapes_do_not_count() {
        assert_eq!(
            body("echo '}' \"}\" \\} # it's }\n x } y"),
            Some("echo '}' \"}\" \\} # it's }\n x ")
        );
        assert_eq!(body("echo ${#x} $# a#} y"), Some("echo ${#x} $# a#"));
    }

    #[test]
    fn expansions_nest_in_quotes() {
        assert_eq!(
            body(r#"echo "$(echo "a}" ${x:-"}"})" } y"#),
            Some(r#"echo "$(echo "a}" ${x:-"}"})" "#)
        );
        assert_eq!(
            body("f() { echo $((1<<2)); (( x<<y )); } } z"),
            Some("f() { echo $((1<<2)); (( x<<y )); } ")
        );
    }

    #[test]
    fn here_documents_are_skipped_up_to_their_end_word() {
        assert_eq!(
            body("cat <<EOF\n } it's\n  EOF\n} y"),
            Some("cat <<EOF\n } it's\n  EOF\n")
        );
        assert_eq!(
            body("cat <<-'E F' | wc\n}\nE F\n} y"),
            Some("cat <<-'E F' | wc\n}\nE F\n")
        );
        assert_eq!(body("cat <<< '}' } y"), Some("cat <<< '}' "));
        assert_eq!(body("cat <<EOF\n }"), None);
    }
}
