//! `@parse` and its variants (spec 03 §7.1).

use super::super::{Value, ValueError, json, number};
use super::{Input, input};

pub(super) fn loose(value: &Value) -> Result<Value, String> {
    parse(
        value,
        json::parse_json5,
        "JSON parsing failed",
        "use @parse.llm for LLM responses with code fences",
    )
}

pub(super) fn strict(value: &Value) -> Result<Value, String> {
    parse(
        value,
        json::parse,
        "Strict JSON parsing failed",
        "use @parse.loose for relaxed syntax",
    )
}

fn parse(
    value: &Value,
    read: fn(&str) -> Result<Value, ValueError>,
    failed: &str,
    advice: &str,
) -> Result<Value, String> {
    let text = match input(value) {
        Input::Data(data) => return Ok(data),
        Input::Text(text) => text,
    };
    let trimmed = number::trim(&text);
    read(trimmed).map_err(|error| {
        if is_fenced(trimmed) {
            format!(
                "{failed} - input appears to be wrapped in markdown code fences. \
                 Use @parse.llm to extract JSON from LLM responses."
            )
        } else {
            format!("{failed} ({advice})\n\n{}", error.message)
        }
    })
}

/// Whether a text begins with a fence that holds JSON.
fn is_fenced(text: &str) -> bool {
    text.strip_prefix("```").is_some_and(|rest| {
        rest.starts_with("json")
            || rest
                .strip_prefix("\r\n")
                .or_else(|| rest.strip_prefix('\n'))
                .is_some_and(|inside| inside.trim_start().starts_with(['{', '[']))
    })
}

/// The JSON that somebody put into prose, or null.
pub(super) fn llm(value: &Value) -> Result<Value, String> {
    let text = match input(value) {
        Input::Data(data) => return Ok(data),
        Input::Text(text) => text,
    };
    let candidates = [
        fenced(&text, true),
        fenced(&text, false),
        between(&text, '{', '}'),
        between(&text, '[', ']'),
    ];
    let found = candidates
        .into_iter()
        .flatten()
        .map(number::trim)
        .find(|candidate| is_candidate(candidate));
    Ok(found
        .and_then(|candidate| json::parse_json5(candidate).ok())
        .unwrap_or(Value::Null))
}

fn is_candidate(text: &str) -> bool {
    text.len() > 2
        && text.starts_with(['{', '['])
        && text.ends_with(['}', ']'])
        && text.contains([':', ','])
}

/// The inside of the first fence that is marked `json`, or that is not marked at all.
fn fenced(text: &str, marked: bool) -> Option<&str> {
    // What stands between fences is every second piece.
    let insides = text.split("```").skip(1).step_by(2);
    insides.into_iter().find_map(|inside| {
        let label_end = inside
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(inside.len());
        let (label, body) = inside.split_at(label_end);
        let fits = if marked {
            label.eq_ignore_ascii_case("json")
        } else {
            label.is_empty()
        };
        fits.then_some(body)
    })
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (start, end) = (text.find(open)?, text.rfind(close)?);
    text.get(start..=end)
}

/// Lines without white space at their right end and without empty ones.
pub(super) fn from_list(value: &Value) -> Result<Value, String> {
    Ok(match input(value) {
        Input::Data(data) => data,
        Input::Text(text) => Value::array(
            text.split(['\n', '\r'])
                .map(str::trim_end)
                .filter(|line| !line.is_empty())
                .map(Value::from)
                .collect(),
        ),
    })
}
