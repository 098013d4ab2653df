//! Texts of others inside our reports: data must not be able to write lines of a report or steer the
//! terminal (spec 06 §23).

use std::borrow::Cow;

/// The text with control characters, line breaks and characters that reorder or hide text as `\n`, `\x1b`,
/// `\u{202e}`.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if steers(c) && c <= '\u{ff}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if steers(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Control characters, and the invisible ones that change how the text around them is shown.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(escaped("plain é"), "plain é");
        assert_eq!(escaped("a\nb\x1b[2Jc\r\t\0"), "a\\nb\\x1b[2Jc\\r\\t\\x00");
        assert_eq!(
            escaped("x\u{202e}y\u{9b}\u{2028}"),
            "x\\u{202e}y\\x9b\\u{2028}"
        );
    }
}
