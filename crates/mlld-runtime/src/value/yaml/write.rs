//! Values to YAML, for `output … as yaml` (spec 03 §15.1).

use super::super::error::with_stack;
use super::super::{Value, json, number};
use super::scalar;
use ecow::EcoString;

/// A value as a YAML document in block style, without a line end at the end.
#[must_use]
pub fn text(value: &Value) -> EcoString {
    let mut out = String::new();
    block(value.data(), 0, true, &mut out);
    out.truncate(out.trim_end_matches('\n').len());
    out.into()
}

/// Writes a value that begins where the text stands; `inline` says that it stands at the start of a line that is indented
/// far enough already.
fn block(value: &Value, level: usize, inline: bool, out: &mut String) {
    match value.data() {
        Value::Array(items) if !items.is_empty() => with_stack(|| {
            for (index, item) in items.iter().enumerate() {
                begin(level, inline && index == 0, out);
                out.push_str("- ");
                block(item, level + 1, true, out);
            }
        }),
        Value::Object(entries) if !entries.is_empty() => with_stack(|| {
            for (index, (key, item)) in entries.iter().enumerate() {
                begin(level, inline && index == 0, out);
                out.push_str(&scalar_text(key));
                out.push(':');
                if is_block(item) {
                    out.push('\n');
                    // The elements of a list stand under their key, as js-yaml writes them.
                    block(item, level + 1, false, out);
                } else {
                    out.push(' ');
                    block(item, level + 1, true, out);
                }
            }
        }),
        data => {
            out.push_str(&match data {
                Value::Text(text) => scalar_text(text),
                Value::Number(number) if number.is_nan() => ".nan".into(),
                Value::Number(number) if number.is_infinite() => {
                    if *number > 0.0 { ".inf" } else { "-.inf" }.into()
                }
                Value::Number(number) => number::text(*number),
                data => json::text(data),
            });
            out.push('\n');
        }
    }
}

fn begin(level: usize, inline: bool, out: &mut String) {
    if !inline {
        out.extend(std::iter::repeat_n("  ", level));
    }
}

fn is_block(value: &Value) -> bool {
    match value.data() {
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        _ => false,
    }
}

/// A text without quotes where no reader could take it for anything else; otherwise as a JSON string, which YAML reads
/// the same.
fn scalar_text(text: &str) -> EcoString {
    let is_word = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, ' ' | '_' | '-' | '.' | '/' | '(' | ')' | '+' | ';')
            || c.is_alphabetic()
    };
    let is_plain = text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '/')
        && !text.ends_with(' ')
        && text.len() < 1000
        && text.chars().all(is_word)
        && matches!(scalar::core(text), Value::Text(_))
        && !["yes", "no", "on", "off", "y", "n"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word));
    if is_plain {
        text.into()
    } else {
        json::quote(text).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::tests::any_data;
    use crate::value::yaml::{Schema, parse};
    use crate::value::{compare, depth};
    use proptest::prelude::*;

    #[test]
    fn layout() {
        for (json, expected) in [
            (r#"[{"id":1,"tag":"x"}]"#, "- id: 1\n  tag: x"),
            (
                r#"{"a":[1,[2,3],[]],"b":{"c":{},"d":null}}"#,
                "a:\n  - 1\n  - - 2\n    - 3\n  - []\nb:\n  c: {}\n  d: null",
            ),
            (
                r#"{"t":"two\nlines","q":"yes","num":"12","e":"","s":"a: b","d":"2024-01-05"}"#,
                "t: \"two\\nlines\"\nq: \"yes\"\nnum: \"12\"\ne: \"\"\ns: \"a: b\"\nd: \"2024-01-05\"",
            ),
            (r#""plain words""#, "plain words"),
            ("5", "5"),
            ("[]", "[]"),
            (r#"{"true":1,"a b":2}"#, "\"true\": 1\na b: 2"),
        ] {
            assert_eq!(text(&json::parse(json).unwrap()), expected);
        }
    }

    #[test]
    fn deep_data_does_not_overflow() {
        let deep = depth::tests::nested(5000);
        assert!(text(&deep).starts_with("- - - "));
        depth::discard(deep);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_back(value in any_data()) {
            let written = text(&value);
            let read = parse(&written, Schema::Core).map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
            prop_assert!(compare::identical(&read, &value), "{}\n{}", written, json::text(&read));
        }
    }
}
