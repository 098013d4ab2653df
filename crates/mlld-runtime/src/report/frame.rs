//! The source lines around a place, with a caret under the column (spec 01 §14).

use super::{Frame, visible};
use mlld_syntax::LineIndex;
use std::fmt::Write;
use std::sync::Arc;

/// Characters of a source line that are shown.
const WIDTH: usize = 120;
/// What stands where something was cut off.
const CUT: &str = "...";
/// Characters of a cut line that stand before the column.
const BEFORE: usize = 60;

impl Frame {
    /// The line, the one before it and the one behind it. `None` if the text has no such line.
    #[must_use]
    pub fn around(text: &str, index: &LineIndex, line: u32) -> Option<Self> {
        index.line(text, line)?;
        let first = line.saturating_sub(1).max(1);
        // A line end at the very end of a text begins no line that anyone has written.
        let is_last = |n| index.line(text, n + 1).is_none();
        let lines = (first..=line.saturating_add(1))
            .map_while(|n| index.line(text, n).map(|l| (n, l)))
            .filter(|(n, l)| *n == line || !(l.is_empty() && is_last(*n)))
            .map(|(_, l)| Arc::from(l))
            .collect();
        Some(Self { first, lines })
    }

    /// Appends the lines with their numbers, indented by four, and a caret under the place.
    pub(super) fn write(&self, out: &mut String, line: u32, column: u32) {
        let last = self
            .first
            .saturating_add(u32::try_from(self.lines.len()).unwrap_or(u32::MAX))
            .saturating_sub(1);
        let digits = last.to_string().len();
        for (number, text) in (self.first..).zip(&self.lines) {
            let here = number == line;
            let shown = Shown::new(text, if here { column } else { 1 });
            let _ = writeln!(out, "    {number:>digits$} | {}", shown.text);
            if here {
                let _ = writeln!(out, "    {:digits$}   {}^", "", shown.indent);
            }
        }
    }
}

/// A source line as it is shown.
struct Shown {
    /// The line, cut and without anything that steers the terminal.
    text: String,
    /// White space as wide as what stands before the column.
    indent: String,
}

impl Shown {
    /// Shows a line so that `column` (from 1) can be seen.
    fn new(line: &str, column: u32) -> Self {
        let column = (column as usize).saturating_sub(1);
        let skip = if column < WIDTH { 0 } else { column - BEFORE };
        let mut kept = line.chars().skip(skip);
        let window: String = kept.by_ref().take(WIDTH).collect();

        let mut text = String::new();
        if skip > 0 {
            text.push_str(CUT);
        }
        let before: String = window.chars().take(column - skip).collect();
        text.push_str(&visible(&before));
        let indent = blank(&text);
        let rest: String = window.chars().skip(column - skip).collect();
        text.push_str(&visible(&rest));
        if kept.next().is_some() {
            text.push_str(CUT);
        }
        Self { text, indent }
    }
}

/// White space as wide as the text on a terminal: tabs stay tabs, wide characters take two places.
fn blank(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\t' => out.push('\t'),
            c => out.extend(std::iter::repeat_n(
                ' ',
                unicode_width::UnicodeWidthChar::width(c).unwrap_or(0),
            )),
        }
    }
    out
}
