//! Time spans (spec 02 §4.1).

use super::{PResult, Parser, codes};
use crate::ast::{Duration, ExprKind, Quote};

impl Parser<'_> {
    /// A time span: `500ms`, `2s`, a number of milliseconds, or a variable (spec 02 §4.1).
    pub(super) fn duration(&mut self) -> PResult<Duration> {
        match self.peek() {
            Some(b'@') => self.access_path().map(Duration::Path),
            Some(b'"' | b'\'') => {
                let quote = if self.peek() == Some(b'"') {
                    Quote::Double
                } else {
                    Quote::Single
                };
                let text = self.plain_quoted(quote)?;
                match duration_text(&text) {
                    Some(millis) => Ok(Duration::Millis(millis)),
                    None => self.fail_duration(),
                }
            }
            _ => match self.duration_literal() {
                Some(millis) => Ok(Duration::Millis(millis)),
                None if self.peek().is_some_and(|b| b.is_ascii_digit()) => {
                    match self.number()?.kind {
                        ExprKind::Number(n) => Ok(Duration::Millis(n)),
                        _ => self.fail_duration(),
                    }
                }
                None => self.fail_duration(),
            },
        }
    }

    fn fail_duration<T>(&mut self) -> PResult<T> {
        let message = match self.subject {
            "loop" => "Loop pacing expects a duration like 1s or 500ms.",
            "for" => "for parallel pacing expects a duration like 1s or 500ms.",
            _ => "Expected a duration like 1s or 500ms.",
        };
        self.fail(codes::BAD_DURATION, message)
    }

    /// Eats a number with a unit; its milliseconds.
    pub(super) fn duration_literal(&mut self) -> Option<f64> {
        let end = self.duration_end(self.pos)?;
        let millis = duration_text(self.text(self.pos, end))?;
        self.pos = end;
        Some(millis)
    }

    /// The offset behind the number with a unit at `at`.
    pub(super) fn duration_end(&self, at: usize) -> Option<usize> {
        let mut end = at;
        while self
            .byte(end)
            .is_some_and(|b| b.is_ascii_digit() || b == b'.')
        {
            end += 1;
        }
        if end == at {
            return None;
        }
        let unit = self.word_from(end);
        let known = matches!(unit, "ms" | "s" | "m" | "h" | "d" | "w" | "y");
        if known { Some(end + unit.len()) } else { None }
    }
}

/// The milliseconds of a text such as `2s`.
pub(super) fn duration_text(text: &str) -> Option<f64> {
    let digits = text
        .bytes()
        .take_while(|b| b.is_ascii_digit() || *b == b'.')
        .count();
    let (number, unit) = text.split_at_checked(digits)?;
    let number: f64 = number.parse().ok()?;
    let factor = match unit {
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 6e4,
        "h" => 3.6e6,
        "d" => 8.64e7,
        "w" => 6.048e8,
        "y" => 3.1536e10,
        _ => return None,
    };
    Some(number * factor)
}
