//! JSON: reading it strictly and loosely, and writing it.

mod parse;
mod write;

pub use parse::{JsonLineError, is_json, parse, parse_json5, parse_lines, parse_relaxed};
pub use write::{indented, line, text};

pub(super) use write::{quote, spaced_pair};

use super::{Value, number};
use ecow::EcoString;

/// What the output of a command is as a value: white space at its end is dropped, then the JSON rule holds (spec 02 §7.4).
#[must_use]
pub fn command_output(output: &str) -> Value {
    rule(output.trim_end().into())
}

/// The JSON rule (spec 02 §7.4): an object or array is one, with the text as its view; a number, `true`, `false` or
/// `null` is one where the text is exactly how JSON spells it; everything else is text.
#[must_use]
pub fn rule(output: EcoString) -> Value {
    if let Some(structure) = structured(&output) {
        return Value::viewed(structure, output);
    }
    match output.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        // `show` prints nothing for null; what the command wrote is kept for the other readers.
        "null" => Value::viewed(Value::Null, output),
        text if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
            let value = number::read(text);
            if value.is_finite() && number::text(value) == text {
                Value::Number(value)
            } else {
                Value::Text(output)
            }
        }
        _ => Value::Text(output),
    }
}

/// What the text that leaves a pipeline is: an object or array becomes structured, with the text as its view; numbers
/// and words stay text (spec 03 §3).
#[must_use]
pub fn pipeline_result(text: EcoString) -> Value {
    match structured(&text) {
        Some(structure) => Value::viewed(structure, text),
        None => Value::Text(text),
    }
}

/// What a stage in JavaScript gets for a text: the value, where the text as a whole is a JSON object, array, number,
/// `true`, `false` or `null` (spec 03 §3).
#[must_use]
pub fn for_code(text: &str) -> Option<Value> {
    let trimmed = number::trim(text);
    if trimmed.starts_with(['{', '[']) {
        return parse(trimmed)
            .or_else(|_| parse(&escape_controls(trimmed)))
            .ok();
    }
    if trimmed.starts_with('"') {
        None
    } else {
        parse(trimmed).ok()
    }
}

/// An object or array, if the text is one.
fn structured(text: &str) -> Option<Value> {
    let trimmed = number::trim(text);
    if trimmed.starts_with(['{', '[']) {
        parse(trimmed).ok()
    } else {
        None
    }
}

/// Replaces control characters inside JSON strings by their escapes.
fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        if quoted && c < ' ' {
            let quote = quote(c.encode_utf8(&mut [0; 4]));
            out.push_str(quote.trim_matches('"'));
            escaped = false;
            continue;
        }
        match c {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind;

    #[test]
    fn the_rule_for_command_output() {
        for (output, kind) in [
            ("{\"a\":1}\n", Kind::Object),
            ("  [1, 2]\n\n", Kind::Array),
            ("12\n", Kind::Number),
            ("-1.5", Kind::Number),
            ("true", Kind::Boolean),
            ("false\n", Kind::Boolean),
            ("null", Kind::Null),
            ("007", Kind::String),
            ("1.0", Kind::String),
            ("12345678901234567890", Kind::String),
            ("1e3", Kind::String),
            ("-0", Kind::String),
            ("-", Kind::String),
            (" 5", Kind::String),
            ("\"quoted\"", Kind::String),
            ("{a: 1}", Kind::String),
            ("[1,", Kind::String),
            ("NaN", Kind::String),
            ("", Kind::String),
            ("True", Kind::String),
        ] {
            assert_eq!(command_output(output).kind(), kind, "{output:?}");
        }
        assert_eq!(
            command_output("  [1, 2]\n\n")
                .view()
                .map(|view| view.text.as_str()),
            Some("  [1, 2]")
        );
        assert_eq!(
            command_output("\"q\" ").as_text().map(EcoString::as_str),
            Some("\"q\"")
        );
    }

    #[test]
    fn the_result_of_a_pipeline() {
        assert_eq!(pipeline_result("[5,6]".into()).kind(), Kind::Array);
        assert_eq!(pipeline_result(" {} ".into()).kind(), Kind::Object);
        for text in ["56", "true", "null", "x", ""] {
            assert_eq!(pipeline_result(text.into()).kind(), Kind::String, "{text}");
        }
    }

    #[test]
    fn what_code_gets() {
        for (given, expected) in [
            ("[1]", Some("[1]")),
            (" {\"a\":1} ", Some("{\"a\":1}")),
            ("5", Some("5")),
            ("true", Some("true")),
            ("null", Some("null")),
            ("007", None),
            ("1,2", None),
            ("\"q\"", None),
            ("word", None),
            ("", None),
            (
                "{\"a\":\"line\nbreak\t\"}",
                Some("{\"a\":\"line\\nbreak\\t\"}"),
            ),
            ("{\"a\":\"q\\\"\n\\\\\"}", Some("{\"a\":\"q\\\"\\n\\\\\"}")),
        ] {
            assert_eq!(
                for_code(given).map(|value| text(&value)).as_deref(),
                expected,
                "{given:?}"
            );
        }
    }
}
