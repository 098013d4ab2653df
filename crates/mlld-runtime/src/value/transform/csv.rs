//! `@csv` (spec 03 §7.2).

use super::super::{Value, render};
use super::{Input, json_input};
use ecow::EcoString;

pub(super) fn run(value: &Value) -> Result<Value, String> {
    Ok(csv(value).into())
}

/// A value as CSV: records with a header line, a Markdown table's rows, or one field.
#[must_use]
pub fn csv(value: &Value) -> EcoString {
    match json_input(value) {
        Input::Data(Value::Array(items)) => records(&items),
        Input::Data(data @ Value::Object(_)) => records(&[data]),
        Input::Data(data) => field(&data),
        Input::Text(text) => table(&text).unwrap_or_else(|| quoted(&text)),
    }
}

fn records(items: &[Value]) -> EcoString {
    let objects: Option<Vec<_>> = items.iter().map(Value::as_object).collect();
    let rows: Vec<String> = match objects.as_deref() {
        Some([first, ..]) => {
            let header = line(first.keys().map(|key| quoted(key)));
            let columns = || first.keys();
            let row = |object: &&std::sync::Arc<super::super::Object>| {
                line(columns().map(|key| object.get(key).map_or_else(EcoString::new, field)))
            };
            std::iter::once(header)
                .chain(objects.iter().flatten().map(row))
                .collect()
        }
        _ => items.iter().map(|item| field(item).into()).collect(),
    };
    rows.join("\n").into()
}

fn line(fields: impl Iterator<Item = EcoString>) -> String {
    fields.collect::<Vec<_>>().join(",")
}

/// A value in a field; null is empty.
fn field(value: &Value) -> EcoString {
    if value.is_nullish() {
        EcoString::new()
    } else {
        quoted(&render::stage(value))
    }
}

fn quoted(text: &str) -> EcoString {
    if text.contains([',', '"', '\n', '\r']) {
        ecow::eco_format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}

/// The rows of the Markdown tables in a text.
fn table(text: &str) -> Option<EcoString> {
    let mut rows = Vec::new();
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(header) = lines.next() {
        if !header.starts_with('|') || lines.next_if(|next| is_rule(next)).is_none() {
            continue;
        }
        rows.push(row(header));
        while let Some(next) = lines.next_if(|next| next.starts_with('|')) {
            rows.push(row(next));
        }
    }
    if rows.is_empty() {
        None
    } else {
        Some(rows.join("\n").into())
    }
}

/// `|---|:-:|`.
fn is_rule(line: &str) -> bool {
    line.starts_with('|')
        && line.contains('-')
        && line
            .chars()
            .all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t'))
}

fn row(line: &str) -> String {
    let mut cells = vec![String::new()];
    let mut chars = line.strip_prefix('|').unwrap_or(line).chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' if chars.next_if_eq(&'|').is_some() => '|',
            '|' => {
                cells.push(String::new());
                continue;
            }
            c => c,
        };
        if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
    }
    // The bar at the end of the line closes the last cell and begins none.
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    self::line(cells.iter().map(|cell| quoted(cell.trim())))
}

#[cfg(test)]
mod tests {
    use crate::value::Value;
    use crate::value::transform::tests::{check, parse};

    #[test]
    fn csv_of_records_tables_and_text() {
        check(&[
            (
                "csv",
                parse(r#"[{"id":1,"tag":"a,b"},{"id":2,"tag":"c"},{"id":3,"other":"x"}]"#),
                "id,tag\n1,\"a,b\"\n2,c\n3,",
            ),
            ("csv", parse(r#"{"id":4,"tag":"d"}"#), "id,tag\n4,d"),
            (
                "csv",
                parse(r#"[{"n":0,"ok":false,"gone":null}]"#),
                "n,ok,gone\n0,false,",
            ),
            ("csv", parse(r#"[{"a":null,"b":1}]"#), "a,b\n,1"),
            (
                "csv",
                parse(r#"[{"a":[1,2],"b":"say \"x\""}]"#),
                "a,b\n\"[1,2]\",\"say \"\"x\"\"\"",
            ),
            ("csv", parse("[]"), ""),
            ("csv", "[]".into(), ""),
            (
                "csv",
                parse(r#"[1,"a,b",null,[1,2]]"#),
                "1\n\"a,b\"\n\n\"[1,2]\"",
            ),
            ("csv", parse(r#"[{"a":1},2]"#), "\"{\"\"a\"\":1}\"\n2"),
            ("csv", "5".into(), "5"),
            ("csv", Value::Bool(false), "false"),
            ("csv", Value::Null, ""),
            ("csv", "plain, text".into(), "\"plain, text\""),
            ("csv", "plain".into(), "plain"),
            ("csv", "a\nb".into(), "\"a\nb\""),
            (
                "csv",
                "intro\n| Name | Qty |\n|---|---|\n| nut | 4 |\n| bolt, long | 9 |\n\nafter | it"
                    .into(),
                "Name,Qty\nnut,4\n\"bolt, long\",9",
            ),
            ("csv", "|a|b|\n|:-|-:|\n|x \\| y||\n".into(), "a,b\nx | y,"),
            ("csv", "| not a table".into(), "| not a table"),
            ("csv()", parse(r#"[{"a":1}]"#), "a\n1"),
        ]);
    }
}
