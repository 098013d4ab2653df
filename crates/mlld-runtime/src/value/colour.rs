//! Colour markers, and control characters that must not reach a terminal (spec 01 §12.4, §15 trap 29).

use std::borrow::Cow;
use std::fmt::Write as _;

/// Puts terminal codes in place of the known markers `%NAME%`. Unknown ones stay as they are.
#[must_use]
pub fn paint(text: &str) -> Cow<'_, str> {
    replace(text, |out, code| {
        let _ = write!(out, "\x1b[{code}m");
    })
}

/// Removes the known markers `%NAME%`, for streams without colours. Unknown ones stay as they are.
#[must_use]
pub fn strip(text: &str) -> Cow<'_, str> {
    replace(text, |_, _| {})
}

/// Shows control characters as text (`\x1b`), except tabs and line ends: what comes from outside must not steer a
/// terminal. Apply it before [`paint`].
#[must_use]
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    let is_bad = |c: char| c.is_control() && !matches!(c, '\t' | '\n');
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // A carriage return can hide what stands before it, unless the line ends there anyway.
        let ends_line = c == '\r' && chars.peek() == Some(&'\n');
        if is_bad(c) && !ends_line {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// How much of a text can be painted before more of it comes: a marker that is not complete has to wait.
#[must_use]
pub fn settled(text: &str) -> usize {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('%') {
        rest = match behind.split_once('%') {
            Some((name, after)) if code(name).is_some() => after,
            Some(_) => behind,
            None if code_may_begin(behind) => return text.len() - behind.len() - 1,
            None => return text.len(),
        };
    }
    text.len()
}

/// Whether a name may become that of a code.
fn code_may_begin(name: &str) -> bool {
    name.len() <= "bg_bright_magenta".len()
        && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
}

fn replace(text: &str, put: impl Fn(&mut String, u8)) -> Cow<'_, str> {
    let mut out = String::new();
    let mut changed = false;
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('%') {
        out.push_str(before);
        let marker = behind
            .split_once('%')
            .and_then(|(name, after)| Some((code(name)?, after)));
        match marker {
            Some((code, after)) => {
                put(&mut out, code);
                changed = true;
                rest = after;
            }
            None => {
                out.push('%');
                rest = behind;
            }
        }
    }
    if !changed {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The number of a terminal code by its name, in any case, with or without the underscores behind prefixes.
fn code(name: &str) -> Option<u8> {
    // Longer than any name: whatever stands between two distant per cent signs is not looked at.
    if name.len() > "bg_bright_magenta".len() {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let style = match name.as_str() {
        "reset" => 0,
        "bold" => 1,
        "dim" => 2,
        "italic" => 3,
        "underline" => 4,
        "blink" => 5,
        "inverse" => 7,
        "hidden" => 8,
        "strikethrough" => 9,
        "gray" | "grey" => 90,
        _ => {
            let prefixed = |name: &str, prefix: &str| {
                name.strip_prefix(prefix)
                    .map(|rest| rest.strip_prefix('_').unwrap_or(rest).to_owned())
            };
            let (name, background) = match prefixed(&name, "bg") {
                Some(rest) => (rest, 10),
                None => (name, 0),
            };
            let (name, bright) = match prefixed(&name, "bright") {
                Some(rest) => (rest, 60),
                None => (name, 0),
            };
            let colours = [
                "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
            ];
            let colour = colours.iter().position(|colour| *colour == name)?;
            30 + background + bright + u8::try_from(colour).ok()?
        }
    };
    Some(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_markers_are_removed_or_painted() {
        for (text, stripped, painted) in [
            ("a %red%warm%reset%", "a warm", "a \x1b[31mwarm\x1b[0m"),
            ("%BOLD%b %bg_blue%c", "b c", "\x1b[1mb \x1b[44mc"),
            ("%bright_red%%brightred%", "", "\x1b[91m\x1b[91m"),
            (
                "%bg_bright_red%%bgbrightred%%bgBright_Red%",
                "",
                "\x1b[101m\x1b[101m\x1b[101m",
            ),
            ("%gray%%grey%", "", "\x1b[90m\x1b[90m"),
            (
                "%italic%%strikethrough%%hidden%%inverse%%blink%%underline%%dim%",
                "",
                "\x1b[3m\x1b[9m\x1b[8m\x1b[7m\x1b[5m\x1b[4m\x1b[2m",
            ),
            ("50%off%red%x", "50%offx", "50%off\x1b[31mx"),
        ] {
            assert_eq!(strip(text), stripped, "{text}");
            assert_eq!(paint(text), painted, "{text}");
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "50%off% and %nope%",
            "%red",
            "%",
            "%%",
            "100%",
            "%re d%",
            "%bg_gray%",
            "%b_old%",
            "%__red%",
            "%bg__red%",
            "%é%",
        ] {
            assert!(
                matches!(strip(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
            assert!(
                matches!(paint(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn many_signs_are_read_in_linear_time() {
        let text = "%a".repeat(500_000);
        assert_eq!(strip(&text).len(), text.len());
    }

    #[test]
    fn control_characters_are_shown() {
        for (text, expected) in [
            ("\x1b[31mred", "\\x1b[31mred"),
            ("a\tb\nc\r\nd", "a\tb\nc\r\nd"),
            ("x\ry\r\r\n", "x\\x0dy\\x0d\r\n"),
            ("\0\x07\x08\x7f\u{9b}2J", "\\x00\\x07\\x08\\x7f\\x9b2J"),
            ("é😀", "é😀"),
        ] {
            assert_eq!(escape_controls(text), expected);
        }
        assert!(matches!(escape_controls("plain"), Cow::Borrowed(_)));
    }
}
