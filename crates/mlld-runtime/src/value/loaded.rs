//! The data of a loaded file (spec 04 §1.3).

use super::{FileMeta, Object, Value, ValueError, Viewed, json, meta, number};
use ecow::EcoString;
use std::sync::Arc;

/// What data a file holds, by its name and its text: `.json` and `.jsonl` must parse; any other text that parses as a
/// whole is what it says; everything else is text. The Markdown made of HTML is its loader's.
///
/// # Errors
/// `Failed to parse JSON from NAME (…)`, `Failed to parse JSONL from NAME at line N (…)`.
pub fn data(filename: &str, text: &EcoString) -> Result<Value, ValueError> {
    let extension = filename
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("json") => json::parse_relaxed(number::trim(text)).map_err(|error| {
            failed(format!(
                "Failed to parse JSON from {filename} ({})",
                error.message
            ))
        }),
        Some("jsonl") => json::parse_lines(text).map_err(|error| {
            failed(format!(
                "Failed to parse JSONL from {filename} at line {} ({})",
                error.line, error.error.message
            ))
        }),
        _ if may_be_json(text) => {
            Ok(json::parse_relaxed(number::trim(text))
                .unwrap_or_else(|_| Value::Text(text.clone())))
        }
        _ => Ok(Value::Text(text.clone())),
    }
}

/// The same file for code that wants its metadata, too: `.keep` (spec 04 §1.3). Nothing if it is no loaded file.
#[must_use]
pub fn kept(value: &Value) -> Option<Value> {
    let view = value.view()?;
    let meta = FileMeta {
        kept: true,
        ..FileMeta::clone(view.file.as_deref()?)
    };
    Some(Value::Viewed(Arc::new(Viewed {
        file: Some(Arc::new(meta)),
        ..Viewed::clone(view)
    })))
}

/// A value as a member of a literal: of a loaded file its data, so that its metadata is not reachable through the
/// container (spec 04 §1.3). A workspace stays one.
#[must_use]
pub fn member(value: Value) -> Value {
    let file = value.view().and_then(|view| view.file.as_deref());
    match file {
        Some(file) if !file.kept && file.workspace.is_none() => value.data().clone(),
        _ => value,
    }
}

/// What code gets for a file with `.keep`: an object with its type, text, data and metadata (spec 04 §1.3). Nothing for
/// any other value.
#[must_use]
pub fn wrapper(value: &Value) -> Option<Value> {
    let view = value.view()?;
    view.file.as_deref().filter(|file| file.kept)?;
    let mut object = Object::default();
    let kind = meta::field(value, "type").unwrap_or(Value::Null);
    object.insert("type".into(), kind);
    object.insert("text".into(), Value::Text(view.text.clone()));
    object.insert("data".into(), view.data.clone());
    object.insert("mx".into(), Value::object(meta::fields(value)));
    Some(Value::object(object))
}

/// Whether a look at its beginning leaves it open that a text is JSON: prose is not tried, which would be slow.
fn may_be_json(text: &str) -> bool {
    let text = number::trim(text);
    match text.bytes().next() {
        Some(b'{' | b'[' | b'"' | b'\'' | b'-' | b'+' | b'.' | b'/' | b'0'..=b'9') => true,
        Some(_) => matches!(text, "true" | "false" | "null" | "Infinity" | "NaN"),
        None => false,
    }
}

fn failed(message: String) -> ValueError {
    ValueError::new("R0233", "InvalidJson", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_by_name_and_content() {
        for (name, text, expected) in [
            ("a.json", "{\"a\":   1}", "{\"a\":1}"),
            ("a.JSON", "\u{feff}{a: 1, /* c */}", "{\"a\":1}"),
            ("a.json", "42", "42"),
            (
                "a.jsonl",
                "{\"a\":1}\n\n{\"a\":2}\r\n",
                "[{\"a\":1},{\"a\":2}]",
            ),
            ("a.jsonl", "", "[]"),
            ("a.txt", "  [1, 2]\n", "[1,2]"),
            ("a.txt", "null\n", "null"),
            ("LEDGER", "{x: 1}", "{\"x\":1}"),
            ("a.yaml", "a: 1\n", "\"a: 1\\n\""),
            ("a.csv", "a,b\n1,2\n", "\"a,b\\n1,2\\n\""),
            ("a.md", "", "\"\""),
            ("n.txt", "12345678901234567890", "12345678901234567000"),
        ] {
            assert_eq!(
                json::text(&data(name, &text.into()).unwrap()),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn bad_files_are_errors() {
        for (name, text, message) in [
            (
                "boiler.json",
                "{\"a\": }",
                "Failed to parse JSON from boiler.json (expected value at line 1 column 7)",
            ),
            (
                "empty.json",
                "",
                "Failed to parse JSON from empty.json (EOF while parsing a value at line 1 column 0)",
            ),
            (
                "events.jsonl",
                "{}\n{bad}\n",
                "Failed to parse JSONL from events.jsonl at line 2 (key must be a string at line 1 column 2)",
            ),
        ] {
            assert_eq!(data(name, &text.into()).unwrap_err().message, message);
        }
    }
}
