//! Whether a `[` in a text begins an index (spec 01 §6.2): a look ahead that builds nothing.
//!
//! What was found to be no index is remembered, so that nested unclosed brackets are read once, not once a level.

use super::Parser;
use super::cursor::{is_blank, is_name_start};

/// Levels of indexes in indexes that are followed.
const MAX_NESTED: u32 = 100;

impl Parser<'_> {
    /// The offset behind the index that begins at `at`; `None` if the bracket is text.
    pub(super) fn index_end(&mut self, at: usize) -> Option<usize> {
        self.index_end_at(at, 0)
    }

    fn index_end_at(&mut self, at: usize, level: u32) -> Option<usize> {
        if level > MAX_NESTED || self.no_index.contains(&at) {
            return None;
        }
        let end = self
            .inside_end(at + 1, level)
            .map(|e| self.blanks_end(e))
            .filter(|e| self.byte(*e) == Some(b']'));
        if end.is_none() {
            self.no_index.insert(at);
        }
        end.map(|e| e + 1)
    }

    fn blanks_end(&self, mut at: usize) -> usize {
        while self.byte(at).is_some_and(is_blank) {
            at += 1;
        }
        at
    }

    fn inside_end(&mut self, at: usize, level: u32) -> Option<usize> {
        let at = self.blanks_end(at);
        match self.byte(at)? {
            b'*' => Some(at + 1),
            b'?' => self.filter_end(at + 1, level),
            b'"' | b'\'' => self.quoted_end(at),
            b':' => self.bound_end(at + 1, level),
            b'@' | b'-' | b'0'..=b'9' => {
                let end = self.bound_end(at, level)?;
                let colon = self.blanks_end(end);
                if self.byte(colon) == Some(b':') {
                    self.bound_end(colon + 1, level)
                } else {
                    Some(end)
                }
            }
            b if is_name_start(b) => Some(at + self.name_len(at)),
            _ => None,
        }
    }

    /// Behind a bound of a slice, which may be missing.
    fn bound_end(&mut self, at: usize, level: u32) -> Option<usize> {
        let at = self.blanks_end(at);
        match self.byte(at)? {
            b'@' => self.path_end(at, level),
            b'-' | b'0'..=b'9' => self.number_end(at),
            _ => Some(at),
        }
    }

    fn number_end(&self, at: usize) -> Option<usize> {
        let digits = |mut at: usize| {
            while self.byte(at).is_some_and(|b| b.is_ascii_digit()) {
                at += 1;
            }
            at
        };
        let start = if self.byte(at) == Some(b'-') {
            at + 1
        } else {
            at
        };
        let end = digits(start);
        if end == start {
            return None;
        }
        let fraction = digits(end + 1);
        let end = if self.byte(end) == Some(b'.') && fraction > end + 1 {
            fraction
        } else {
            end
        };
        if self.byte(end).is_some_and(super::cursor::is_name_part) {
            None
        } else {
            Some(end)
        }
    }

    fn path_end(&mut self, at: usize, level: u32) -> Option<usize> {
        let len = self.name_len(at + 1);
        if len == 0 {
            return None;
        }
        let mut end = at + 1 + len;
        loop {
            match self.byte(end) {
                Some(b'.') if self.name_len(end + 1) > 0 => end += 1 + self.name_len(end + 1),
                Some(b'.') if self.byte(end + 1).is_some_and(|b| b.is_ascii_digit()) => {
                    end += 1;
                    while self.byte(end).is_some_and(|b| b.is_ascii_digit()) {
                        end += 1;
                    }
                }
                Some(b'[') => end = self.index_end_at(end, level + 1)?,
                _ => return Some(end),
            }
        }
    }

    /// Behind a quoted text on one line.
    fn quoted_end(&self, at: usize) -> Option<usize> {
        let quote = self.byte(at)?;
        let mut end = at + 1;
        loop {
            match self.byte(end)? {
                b'\n' | b'\r' => return None,
                b'\\' => end += 2,
                b if b == quote => return Some(end + 1),
                _ => end += 1,
            }
        }
    }

    fn filter_end(&mut self, at: usize, level: u32) -> Option<usize> {
        let mut at = self.blanks_end(at);
        loop {
            let len = self.name_len(at);
            if len == 0 {
                return None;
            }
            at += len;
            if self.byte(at) != Some(b'.') {
                break;
            }
            at += 1;
        }
        at = self.blanks_end(at);
        let op = ["==", "=", "!=", "<=", "<", ">=", ">", "~"]
            .iter()
            .find(|op| self.text_at(at, op));
        let Some(op) = op else { return Some(at) };
        at = self.blanks_end(at + op.len());
        match self.byte(at)? {
            b'@' => self.path_end(at, level),
            b'"' | b'\'' => self.quoted_end(at),
            b'0'..=b'9' => self.duration_end(at).or_else(|| self.number_end(at)),
            b'-' => self.number_end(at),
            _ => ["true", "false", "null"]
                .iter()
                .find(|w| self.word_at(at, w))
                .map(|w| at + w.len()),
        }
    }
}
