//! `@sort`.

use super::super::methods::by_text;
use super::super::{Object, Value, compare, json};
use super::{Input, json_input};
use ecow::EcoString;

/// Elements by their text, keys by name, lines of text. What was text stays text.
pub(super) fn sort(value: &Value) -> Result<Value, String> {
    let was_text = value.as_text().is_some();
    let data = match json_input(value) {
        Input::Text(text) => return Ok(lines(&text).into()),
        Input::Data(data) => data,
    };
    let (sorted, text) = match &data {
        Value::Array(items) => {
            let sorted = Value::array(by_text(items));
            let text = json::text(&sorted);
            (sorted, text)
        }
        Value::Object(entries) => {
            let mut pairs: Vec<_> = entries.iter().collect();
            pairs.sort_by(|(a, _), (b, _)| compare::text_order(a, b));
            let sorted: Object = pairs
                .into_iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            let sorted = Value::object(sorted);
            let text = json::indented(&sorted);
            (sorted, text)
        }
        _ => return Ok(value.clone()),
    };
    Ok(if was_text {
        text.into()
    } else {
        Value::viewed(sorted, text)
    })
}

/// A line end at the end of the text stays there.
fn lines(text: &str) -> EcoString {
    let (body, end) = text
        .strip_suffix('\n')
        .map_or((text, ""), |body| (body, "\n"));
    let mut lines: Vec<&str> = body.split('\n').collect();
    lines.sort_by(|a, b| compare::text_order(a, b));
    (lines.join("\n") + end).into()
}
