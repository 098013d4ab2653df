//! The position in the text: looking, eating, white space, comments, names.

use super::{Failed, PResult, Parser};
use crate::ast::Name;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Span;
use ecow::EcoString;

/// Whether `b` can begin a name (spec 01 §2).
pub(super) fn is_name_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_'
}

/// Whether `b` can stand inside a name; a hyphen needs a look at what follows.
pub(super) fn is_name_part(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

impl<'s> Parser<'s> {
    /// The byte at the position; `None` at the end.
    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    /// The byte `n` bytes ahead.
    pub(super) fn peek_at(&self, n: usize) -> Option<u8> {
        let at = self.pos + n;
        if at < self.end {
            self.src.as_bytes().get(at).copied()
        } else {
            None
        }
    }

    /// The text from the position to the end.
    pub(super) fn rest(&self) -> &'s str {
        self.src.get(self.pos..self.end).unwrap_or_default()
    }

    /// Whether the text goes on with `text`.
    pub(super) fn at(&self, text: &str) -> bool {
        self.src
            .as_bytes()
            .get(self.pos..self.end)
            .is_some_and(|r| r.starts_with(text.as_bytes()))
    }

    /// Eats `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let yes = self.at(text);
        if yes {
            self.pos += text.len();
        }
        yes
    }

    /// Whether the word `word` comes next and no name character follows it.
    pub(super) fn at_word(&self, word: &str) -> bool {
        self.at(word) && !self.peek_at(word.len()).is_some_and(is_name_part)
    }

    /// Eats the word `word` if it comes next as a whole word.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let yes = self.at_word(word);
        if yes {
            self.pos += word.len();
        }
        yes
    }

    /// The next character.
    pub(super) fn peek_char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Eats one character.
    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek_char()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    /// Whether the position is at the end of the text.
    pub(super) fn at_end(&self) -> bool {
        self.pos >= self.end
    }

    /// Whether the position is at a line end or the end of the text.
    pub(super) fn at_eol(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n' | b'\r'))
    }

    /// Eats spaces and tabs.
    pub(super) fn skip_hws(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.pos += 1;
        }
    }

    /// Eats spaces, tabs and line ends.
    pub(super) fn skip_ws(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.pos += 1;
        }
    }

    /// Whether a comment (`>>`, `<<`) begins here. The caller knows that one may (spec 01 §3).
    pub(super) fn at_comment(&self) -> bool {
        self.at(">>") || self.at("<<")
    }

    /// Eats everything up to, not including, the line end.
    pub(super) fn skip_line(&mut self) {
        while !self.at_eol() {
            self.pos += 1;
        }
    }

    /// Eats white space, line ends and whole comments, as between statements of a block or between the
    /// lines of a directive that goes on (spec 01 §1, §3).
    pub(super) fn skip_trivia(&mut self) {
        loop {
            self.skip_ws();
            if self.at_comment() {
                self.skip_line();
            } else {
                return;
            }
        }
    }

    /// The span from `start` to the position.
    pub(super) fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.pos)
    }

    /// The length of the name that begins `n` bytes ahead; 0 if there is none (spec 01 §2).
    pub(super) fn name_len_at(&self, n: usize) -> usize {
        if !self.peek_at(n).is_some_and(is_name_start) {
            return 0;
        }
        let mut len = 1;
        loop {
            match self.peek_at(n + len) {
                Some(b) if is_name_part(b) => len += 1,
                Some(b'-') if self.peek_at(n + len + 1).is_some_and(is_name_part) => len += 2,
                _ => return len,
            }
        }
    }

    /// Eats a name (without `@`).
    pub(super) fn name(&mut self) -> Option<Name> {
        let len = self.name_len_at(0);
        if len == 0 {
            return None;
        }
        let start = self.pos;
        self.pos += len;
        Some(self.name_from(start))
    }

    /// The text from `start` to the position as a [`Name`].
    pub(super) fn name_from(&self, start: usize) -> Name {
        let span = self.span_from(start);
        Name {
            text: span.slice(self.src).into(),
            span,
        }
    }

    /// Reports an error at `span`; what is being parsed has failed.
    pub(super) fn fail<T>(
        &mut self,
        code: &'static str,
        message: impl Into<EcoString>,
        span: Span,
    ) -> PResult<T> {
        self.error(code, message, span, None);
        Err(Failed)
    }

    /// Reports an error with a hint; what is being parsed has failed.
    pub(super) fn fail_hint<T>(
        &mut self,
        code: &'static str,
        message: impl Into<EcoString>,
        span: Span,
        hint: impl Into<EcoString>,
    ) -> PResult<T> {
        self.error(code, message, span, Some(hint.into()));
        Err(Failed)
    }

    /// Reports an error and goes on.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<EcoString>,
        span: Span,
        hint: Option<EcoString>,
    ) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            hint,
            span,
        });
    }

    /// Reports a warning.
    pub(super) fn warn(&mut self, code: &'static str, message: impl Into<EcoString>, span: Span) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Warning,
            code,
            message: message.into(),
            hint: None,
            span,
        });
    }

    /// Runs `body` one nesting level deeper; too deep is an error (spec 01 §15, 26).
    pub(super) fn nested<T>(
        &mut self,
        start: usize,
        body: impl FnOnce(&mut Self) -> PResult<T>,
    ) -> PResult<T> {
        if self.depth >= super::MAX_DEPTH {
            return self.fail(
                "E0126",
                "Nesting is deeper than 200 levels.",
                Span::new(start, start + 1),
            );
        }
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }
}
