//! Data in a report must not write lines of the report or steer the terminal (spec 06 §23).

use std::borrow::Cow;
use std::fmt::Write;

/// The text with control characters written as escapes: `\n`, `\x1b`, `\u{202e}`. A tab stays.
///
/// Characters that only turn the direction of writing count as well: they can make a line show something
/// else than it says.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hides) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if !hides(c) => out.push(c),
            // Writing to a `String` cannot fail.
            c if c.is_ascii() => drop(write!(out, "\\x{:02x}", u32::from(c))),
            c => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal acts on the character instead of showing it.
fn hides(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
