//! The position in the text: looking, eating, white space, comments, names.

use super::{PResult, Parser, Place, codes};
use crate::ast::Name;
use crate::span::Span;

/// Stack that has to be left for one level of nesting.
const STACK_RED_ZONE: usize = 128 * 1024;

/// Stack that is added when less is left.
const STACK_CHUNK: usize = 1024 * 1024;

/// Whether `b` can begin a name (spec 01 §2).
pub(super) fn is_name_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_'
}

/// Whether `b` can stand inside a name; a hyphen needs a look at what follows.
pub(super) fn is_name_part(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// Whether `b` is a space, a tab or a line end.
pub(super) fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

/// Where a directive could go on, seen from its end so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ahead {
    /// Offset of the first byte that is neither white space nor comment.
    pub(super) at: usize,
    /// Line ends before it.
    pub(super) lines: u32,
    /// Whether an empty line stands before it.
    pub(super) blank: bool,
}

impl<'s> Parser<'s> {
    /// The byte at the position; `None` at the end.
    pub(super) fn peek(&self) -> Option<u8> {
        self.byte(self.pos)
    }

    /// The byte `n` bytes ahead.
    pub(super) fn peek_at(&self, n: usize) -> Option<u8> {
        self.byte(self.pos + n)
    }

    /// The byte at the offset `at`; `None` at the end.
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        if at < self.end {
            self.src.as_bytes().get(at).copied()
        } else {
            None
        }
    }

    /// The byte before the position.
    pub(super) fn before(&self) -> Option<u8> {
        self.pos
            .checked_sub(1)
            .and_then(|at| self.src.as_bytes().get(at).copied())
    }

    /// The text between two offsets.
    pub(super) fn text(&self, from: usize, to: usize) -> &'s str {
        self.src.get(from..to).unwrap_or_default()
    }

    /// Whether the text goes on with `text`.
    pub(super) fn at(&self, text: &str) -> bool {
        self.text_at(self.pos, text)
    }

    /// Whether `text` stands at the offset `at`.
    pub(super) fn text_at(&self, at: usize, text: &str) -> bool {
        self.src
            .as_bytes()
            .get(at..self.end)
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
        self.word_at(self.pos, word)
    }

    /// Whether the whole word `word` stands at the offset `at`.
    pub(super) fn word_at(&self, at: usize, word: &str) -> bool {
        self.text_at(at, word) && !self.byte(at + word.len()).is_some_and(is_name_part)
    }

    /// Eats the word `word` if it comes next as a whole word.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let yes = self.at_word(word);
        if yes {
            self.pos += word.len();
        }
        yes
    }

    /// The lower-case word at the offset `at`, empty if there is none; a hyphen ends it (spec 01 §1.1).
    pub(super) fn word_from(&self, at: usize) -> &'s str {
        let mut to = at;
        while self.byte(to).is_some_and(is_name_part) {
            to += 1;
        }
        if self.byte(at).is_some_and(|b| b.is_ascii_digit()) {
            ""
        } else {
            self.text(at, to)
        }
    }

    /// Whether the position is at the end of the text.
    pub(super) fn at_end(&self) -> bool {
        self.pos >= self.end
    }

    /// Whether the position is at a line end or the end of the text.
    pub(super) fn at_eol(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n' | b'\r'))
    }

    /// Eats one line end.
    pub(super) fn eat_eol(&mut self) -> bool {
        self.eat("\r\n") || self.eat("\n") || self.eat("\r")
    }

    /// Eats spaces and tabs.
    pub(super) fn skip_hws(&mut self) {
        self.pos = self.hws_end(self.pos);
    }

    /// The offset behind the spaces and tabs at `at`.
    pub(super) fn hws_end(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    }

    /// Eats spaces, tabs and line ends.
    pub(super) fn skip_ws(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.pos += 1;
        }
    }

    /// Whether a comment (`>>`, `<<`) begins here. The caller knows that one may (spec 01 §3).
    pub(super) fn at_comment(&self) -> bool {
        self.at(">>") || self.at("<<")
    }

    /// Eats everything up to, not including, the line end.
    pub(super) fn skip_line(&mut self) {
        self.pos = self.line_end(self.pos);
    }

    /// The offset of the line end at or behind `at`.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.src.as_bytes().get(at..self.end).unwrap_or_default();
        rest.iter()
            .position(|b| matches!(b, b'\n' | b'\r'))
            .map_or(self.end.max(at), |n| at + n)
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

    /// Where a directive could go on behind the position: on this line, or on a later one (spec 01 §1).
    ///
    /// The last answer is kept: the rules of several nested constructs ask at the same place.
    pub(super) fn ahead(&mut self) -> Ahead {
        if self.ahead.0 == self.pos {
            return self.ahead.1;
        }
        let mut found = Ahead {
            at: self.pos,
            lines: 0,
            blank: false,
        };
        let mut empty = false;
        loop {
            match self.byte(found.at) {
                Some(b' ' | b'\t') => found.at += 1,
                Some(b @ (b'\n' | b'\r')) => {
                    found.at += if b == b'\r' && self.byte(found.at + 1) == Some(b'\n') {
                        2
                    } else {
                        1
                    };
                    found.lines += 1;
                    found.blank |= empty;
                    empty = true;
                }
                Some(b'>' | b'<') if self.comment_at(found.at) => {
                    found.at = self.line_end(found.at);
                    empty = false;
                }
                _ => break,
            }
        }
        self.ahead = (self.pos, found);
        found
    }

    /// [`Parser::ahead`] as far as `place` lets a directive go on.
    pub(super) fn ahead_in(&mut self, place: Place) -> Ahead {
        if place.one_line {
            Ahead {
                at: self.hws_end(self.pos),
                lines: 0,
                blank: false,
            }
        } else {
            self.ahead()
        }
    }

    /// Whether a comment begins at `at`: white space or a line start stands before it (spec 01 §3).
    pub(super) fn comment_at(&self, at: usize) -> bool {
        let free = at
            .checked_sub(1)
            .and_then(|b| self.src.as_bytes().get(b).copied())
            .is_none_or(is_blank);
        free && (self.text_at(at, ">>") || self.text_at(at, "<<"))
    }

    /// The span from `start` to the position.
    pub(super) fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.pos.max(start))
    }

    /// The length of the name at the offset `at`; 0 if there is none (spec 01 §2).
    pub(super) fn name_len(&self, at: usize) -> usize {
        if !self.byte(at).is_some_and(is_name_start) {
            return 0;
        }
        let mut len = 1;
        loop {
            match self.byte(at + len) {
                Some(b) if is_name_part(b) => len += 1,
                Some(b'-') if self.byte(at + len + 1).is_some_and(is_name_part) => len += 2,
                _ => return len,
            }
        }
    }

    /// Eats a name (without `@`).
    pub(super) fn name(&mut self) -> Option<Name> {
        let len = self.name_len(self.pos);
        if len == 0 {
            return None;
        }
        let start = self.pos;
        self.pos += len;
        Some(self.name_from(start))
    }

    /// Eats `@name`.
    pub(super) fn at_name(&mut self) -> Option<Name> {
        if self.peek() == Some(b'@') && self.name_len(self.pos + 1) > 0 {
            self.pos += 1;
            return self.name();
        }
        None
    }

    /// The text from `start` to the position as a [`Name`].
    pub(super) fn name_from(&self, start: usize) -> Name {
        let span = self.span_from(start);
        Name {
            text: span.slice(self.src).into(),
            span,
        }
    }

    /// Runs `body` one nesting level deeper; too deep is an error (spec 01 §15, 26).
    pub(super) fn nested<T>(&mut self, body: impl FnOnce(&mut Self) -> PResult<T>) -> PResult<T> {
        if self.depth >= super::MAX_DEPTH {
            let at = self.pos;
            return self.fail_at(
                at,
                codes::TOO_DEEP,
                "Nesting is deeper than 200 levels.",
                "Bind an inner part to a variable.",
            );
        }
        self.depth += 1;
        // Two hundred levels fit into an ordinary stack; but a module may be parsed from deep inside a run.
        let result = stacker::maybe_grow(STACK_RED_ZONE, STACK_CHUNK, || body(self));
        self.depth -= 1;
        result
    }
}
