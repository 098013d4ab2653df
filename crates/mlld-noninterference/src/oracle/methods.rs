//! Methods and transformers (spec 01 §11, 03 §7), as far as generated scripts use them.

use super::render::{compact, template};
use super::value::Value;

/// A position that may count from the end, within `0..=len`.
fn position(value: Option<&Value>, len: usize, default: usize) -> usize {
    match value {
        None => default,
        Some(value) => clamp(super::operators::number(value), len),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
pub(super) fn clamp(n: f64, len: usize) -> usize {
    let n = n.trunc();
    let n = if n < 0.0 {
        (len as f64 + n).max(0.0)
    } else {
        n
    };
    (n as usize).min(len)
}

#[allow(clippy::cast_precision_loss, reason = "small numbers")]
pub(super) fn count(n: usize) -> Value {
    Value::Num(n as f64)
}

fn find(index: Option<usize>) -> Value {
    index.map_or(Value::Num(-1.0), count)
}

fn strict(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(_) | Value::Object(_), _) => false,
        (a, b) => a == b,
    }
}

fn part<T: Clone>(list: &[T], from: usize, to: usize) -> Vec<T> {
    list.iter().take(to).skip(from).cloned().collect()
}

/// `target.name(args)`; `None` if there is no such method.
pub(super) fn call(target: &Value, name: &str, args: &[Value]) -> Option<Value> {
    let predicate = match name {
        "isString" => Some("string"),
        "isNumber" => Some("number"),
        "isBoolean" => Some("boolean"),
        "isArray" => Some("array"),
        "isObject" => Some("object"),
        _ => None,
    };
    if let Some(kind) = predicate {
        return Some(Value::Bool(target.kind() == kind));
    }
    match target {
        Value::Text(text) => on_text(text, name, args),
        Value::List(list) => on_list(list, name, args),
        _ => None,
    }
}

fn on_text(text: &str, name: &str, args: &[Value]) -> Option<Value> {
    let arg = |i: usize| match args.get(i) {
        None | Some(Value::Null) => String::new(),
        Some(value) => template(value),
    };
    let chars: Vec<char> = text.chars().collect();
    Some(match name {
        "length" => count(chars.len()),
        "includes" => Value::Bool(text.contains(&arg(0))),
        "startsWith" => Value::Bool(text.starts_with(&arg(0))),
        "endsWith" => Value::Bool(text.ends_with(&arg(0))),
        "indexOf" => find(
            text.find(&arg(0))
                .map(|at| text.char_indices().take_while(|(i, _)| *i < at).count()),
        ),
        "toLowerCase" => Value::Text(text.to_lowercase()),
        "toUpperCase" => Value::Text(text.to_uppercase()),
        "trim" => Value::text(text.trim()),
        "slice" => {
            let (from, to) = (
                position(args.first(), chars.len(), 0),
                position(args.get(1), chars.len(), chars.len()),
            );
            Value::Text(part(&chars, from, to).into_iter().collect())
        }
        "replace" => Value::Text(text.replacen(&arg(0), &arg(1), 1)),
        "replaceAll" => Value::Text(text.replace(&arg(0), &arg(1))),
        "split" => {
            let separator = arg(0);
            if separator.is_empty() {
                Value::List(chars.iter().map(|c| Value::Text(c.to_string())).collect())
            } else {
                Value::List(text.split(&separator).map(Value::text).collect())
            }
        }
        "padStart" => {
            let width = position(args.first(), 1000, 0);
            let fill = if args.len() > 1 { arg(1) } else { " ".into() };
            let missing = width.saturating_sub(chars.len());
            let mut out: String = fill.chars().cycle().take(missing).collect();
            out.push_str(text);
            Value::Text(out)
        }
        "repeat" => Value::Text(text.repeat(position(args.first(), 1000, 0))),
        _ => return None,
    })
}

fn on_list(list: &[Value], name: &str, args: &[Value]) -> Option<Value> {
    let first = args.first().unwrap_or(&Value::Null);
    Some(match name {
        "length" => count(list.len()),
        "includes" => Value::Bool(list.iter().any(|v| strict(v, first))),
        "indexOf" => find(list.iter().position(|v| strict(v, first))),
        "join" => {
            let separator = args.first().map_or_else(|| ",".into(), template);
            let texts: Vec<String> = list
                .iter()
                .map(|v| {
                    if *v == Value::Null {
                        String::new()
                    } else {
                        template(v)
                    }
                })
                .collect();
            Value::Text(texts.join(&separator))
        }
        "slice" => {
            let (from, to) = (
                position(args.first(), list.len(), 0),
                position(args.get(1), list.len(), list.len()),
            );
            Value::List(part(list, from, to))
        }
        "at" => match args.first() {
            Some(Value::Num(n)) => at(list, *n),
            _ => at(list, 0.0),
        },
        "concat" => {
            let mut out = list.to_vec();
            for arg in args {
                match arg {
                    Value::List(more) => out.extend(more.iter().cloned()),
                    value => out.push(value.clone()),
                }
            }
            Value::List(out)
        }
        "reverse" => Value::List(list.iter().rev().cloned().collect()),
        "sort" => {
            let mut out = list.to_vec();
            out.sort_by_key(|v| template(v).encode_utf16().collect::<Vec<_>>());
            Value::List(out)
        }
        _ => return None,
    })
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
fn at(list: &[Value], n: f64) -> Value {
    let n = if n < 0.0 { n + list.len() as f64 } else { n };
    if n < 0.0 {
        Value::Null
    } else {
        list.get(n as usize).cloned().unwrap_or(Value::Null)
    }
}

/// A transformer as a stage or a function; `None` if it fails or is not known here.
pub(super) fn transform(name: &str, value: &Value) -> Option<Value> {
    Some(match name {
        "upper" => Value::Text(template(value).to_uppercase()),
        "lower" => Value::Text(template(value).to_lowercase()),
        "trim" => Value::text(template(value).trim()),
        "keep" => value.clone(),
        "typeof" => Value::text(value.kind()),
        "parse" => match value {
            Value::Text(text) => parse(text)?,
            value => value.clone(),
        },
        "sort" => match value {
            Value::List(list) => on_list(list, "sort", &[])?,
            _ => return None,
        },
        "pretty" => match value {
            Value::Text(text) => Value::Text(text.clone()),
            value => Value::Text(super::render::indented(value)),
        },
        _ => return None,
    })
}

/// JSON as text.
pub(super) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str::<serde_json::Value>(text.trim())
        .ok()
        .map(from_json)
}

fn from_json(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(b),
        serde_json::Value::Number(n) => Value::Num(n.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(s) => Value::Text(s),
        serde_json::Value::Array(list) => Value::List(list.into_iter().map(from_json).collect()),
        serde_json::Value::Object(map) => {
            Value::Object(map.into_iter().map(|(k, v)| (k, from_json(v))).collect())
        }
    }
}

/// The text that JavaScript makes of a scalar.
pub(super) fn js_text(value: &Value) -> String {
    match value {
        Value::List(_) | Value::Object(_) => compact(value),
        value => template(value),
    }
}
