//! Data to JSON text (spec 01 §12).

use super::super::{Value, ValueError, error::with_stack, number};
use super::parse;
use ecow::EcoString;
use std::fmt::Write as _;

/// Compact JSON, without any spaces.
#[must_use]
pub fn text(value: &Value) -> EcoString {
    let mut writer = Writer {
        out: String::new(),
        indent: None,
    };
    writer.value(value, 0);
    writer.out.into()
}

/// JSON indented by two spaces; empty containers as `[]` and `{}`.
#[must_use]
pub fn indented(value: &Value) -> EcoString {
    let mut writer = Writer {
        out: String::new(),
        indent: Some(2),
    };
    writer.value(value, 0);
    writer.out.into()
}

/// What goes into a `.jsonl` file, without the line end: structured values, and text that parses (spec 03 §15.3).
///
/// # Errors
/// When the content is not JSON.
pub fn line(value: &Value) -> Result<EcoString, ValueError> {
    match value.data() {
        Value::Text(content) => match parse(content) {
            Ok(data) => Ok(text(&data)),
            Err(_) => Err(ValueError::new(
                "R0232",
                "InvalidJson",
                "Content appended to .jsonl must be valid JSON. Provide a variable or template that resolves to JSON data.",
            )),
        },
        data => Ok(text(data)),
    }
}

/// A text as a JSON string.
pub(in super::super) fn quote(text: &str) -> String {
    let mut writer = Writer {
        out: String::with_capacity(text.len() + 2),
        indent: None,
    };
    writer.string(text);
    writer.out
}

/// An object of one scalar as `show` prints it: `{"k": v}`.
pub(in super::super) fn spaced_pair(key: &str, value: &Value) -> EcoString {
    let mut writer = Writer {
        out: "{".to_owned(),
        indent: None,
    };
    writer.string(key);
    writer.out.push_str(": ");
    writer.value(value, 0);
    writer.out.push('}');
    writer.out.into()
}

/// The deepest level that is indented further than the one above it: otherwise a few megabytes of deeply nested JSON
/// from outside would be laid out as gigabytes of spaces.
const DEEPEST_INDENT: usize = 100;

struct Writer {
    out: String,
    /// Spaces a level; `None` writes all on one line.
    indent: Option<usize>,
}

impl Writer {
    fn value(&mut self, value: &Value, level: usize) {
        match value.data() {
            Value::Absent | Value::Null | Value::Viewed(_) => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Number(number) if number.is_finite() => number::write(*number, &mut self.out),
            Value::Number(_) => self.out.push_str("null"),
            Value::Text(text) => self.string(text),
            Value::Executable(_) => self.out.push_str("\"<function()>\""),
            Value::Array(items) if items.is_empty() => self.out.push_str("[]"),
            Value::Array(items) => with_stack(|| {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.separate(index, level + 1);
                    self.value(item, level + 1);
                }
                self.line_break(level);
                self.out.push(']');
            }),
            Value::Object(entries) if entries.is_empty() => self.out.push_str("{}"),
            Value::Object(entries) => with_stack(|| {
                self.out.push('{');
                for (index, (key, item)) in entries.iter().enumerate() {
                    self.separate(index, level + 1);
                    self.string(key);
                    self.out
                        .push_str(if self.indent.is_some() { ": " } else { ":" });
                    self.value(item, level + 1);
                }
                self.line_break(level);
                self.out.push('}');
            }),
        }
    }

    fn separate(&mut self, index: usize, level: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line_break(level);
    }

    fn line_break(&mut self, level: usize) {
        if let Some(width) = self.indent {
            self.out.push('\n');
            self.out
                .extend(std::iter::repeat_n(' ', width * level.min(DEEPEST_INDENT)));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            let (plain, tail) = rest.split_at(at);
            self.out.push_str(plain);
            let mut chars = tail.chars();
            match chars.next() {
                Some('"') => self.out.push_str("\\\""),
                Some('\\') => self.out.push_str("\\\\"),
                Some('\n') => self.out.push_str("\\n"),
                Some('\r') => self.out.push_str("\\r"),
                Some('\t') => self.out.push_str("\\t"),
                Some('\u{8}') => self.out.push_str("\\b"),
                Some('\u{c}') => self.out.push_str("\\f"),
                Some(control) => {
                    let _ = write!(self.out, "\\u{:04x}", u32::from(control));
                }
                None => {}
            }
            rest = chars.as_str();
        }
        self.out.push_str(rest);
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{compare, tests::any_data};
    use proptest::prelude::*;

    #[test]
    fn strings_are_escaped() {
        for (text, expected) in [
            ("say \"hi\"", "\"say \\\"hi\\\"\""),
            ("a\\b", "\"a\\\\b\""),
            ("\n\r\t\u{8}\u{c}", "\"\\n\\r\\t\\b\\f\""),
            ("\u{0}\u{1f}\u{7f}", "\"\\u0000\\u001f\u{7f}\""),
            ("a/b café 😀 \u{2028}", "\"a/b café 😀 \u{2028}\""),
        ] {
            assert_eq!(quote(text), expected);
        }
    }

    #[test]
    fn what_json_cannot_say_is_null() {
        let value = Value::array(vec![
            Value::Number(f64::NAN),
            Value::Number(f64::INFINITY),
            Value::Absent,
        ]);
        assert_eq!(text(&value), "[null,null,null]");
    }

    #[test]
    fn lines_of_jsonl() {
        assert_eq!(
            line(&parse("{\"a\": [1, 2]}").unwrap()).unwrap(),
            "{\"a\":[1,2]}"
        );
        assert_eq!(line(&"{\"k\": 1}".into()).unwrap(), "{\"k\":1}");
        assert_eq!(line(&Value::Null).unwrap(), "null");
        assert_eq!(
            line(&Value::viewed(parse("[1]").unwrap(), "[ 1 ]")).unwrap(),
            "[1]"
        );
        assert!(
            line(&"prose".into())
                .unwrap_err()
                .message
                .starts_with("Content appended to .jsonl must be valid JSON.")
        );
    }

    #[test]
    fn large_arrays_are_written_in_linear_time() {
        let value = Value::array(
            (0..1_000_000)
                .map(|n| Value::Number(f64::from(n)))
                .collect(),
        );
        assert!(indented(&value).len() > 8_000_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_back(value in any_data()) {
            for written in [text(&value), indented(&value)] {
                let read = parse(&written).unwrap();
                prop_assert!(compare::identical(&read, &value), "{written}");
                prop_assert_eq!(text(&read), text(&value));
            }
        }
    }
}
