//! Which data a file's text is (spec 04 §1.3).

use crate::value::{Value, ValueError, json};
use ecow::{EcoString, eco_format};
use std::path::Path;

/// The data of a file: parsed JSON where name or content say so, else the text.
///
/// # Errors
/// When a file that is named as JSON does not parse.
pub(super) fn of_file(name: &str, text: &EcoString) -> Result<Value, ValueError> {
    let extension = Path::new(name)
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "json" => parse(text).map_err(|e| {
            error(eco_format!(
                "Failed to parse JSON from {name} ({})",
                e.message
            ))
        }),
        "jsonl" => json::parse_lines(text).map_err(|e| {
            error(eco_format!(
                "Failed to parse JSONL from {name} at line {} ({})",
                e.line,
                e.error.message
            ))
        }),
        _ if may_be_json(text) => Ok(parse(text).unwrap_or_else(|_| Value::Text(text.clone()))),
        _ => Ok(Value::Text(text.clone())),
    }
}

/// Strict JSON, else JSON5.
fn parse(text: &str) -> Result<Value, ValueError> {
    json::parse(text.trim()).or_else(|strict| json::parse_json5(text.trim()).map_err(|_| strict))
}

/// Whether a look at the first character leaves it open that a text is JSON: prose is not tried.
fn may_be_json(text: &str) -> bool {
    let text = text.trim();
    match text.bytes().next() {
        Some(b'{' | b'[' | b'"' | b'\'' | b'-' | b'+' | b'.' | b'/' | b'0'..=b'9') => true,
        Some(_) => matches!(text, "true" | "false" | "null" | "Infinity" | "NaN"),
        None => false,
    }
}

fn error(message: EcoString) -> ValueError {
    ValueError::new("R0403", "MlldFile", message)
}
