//! Values as text (spec 01 §12, 03 §15).

use super::value::Value;
use std::fmt::Write as _;

/// A number as ECMAScript writes it.
pub(super) fn number(n: f64) -> String {
    if n.is_nan() {
        "NaN".into()
    } else if n.is_infinite() {
        if n > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else if n == 0.0 {
        "0".into()
    } else {
        ryu_js::Buffer::new().format(n).to_owned()
    }
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// JSON; indented by two from `depth` on, or compact.
fn json_into(out: &mut String, value: &Value, indent: Option<usize>) {
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Num(n) if !n.is_finite() => out.push_str("null"),
        Value::Num(n) => out.push_str(&number(*n)),
        Value::Text(t) => quoted(out, t),
        Value::List(list) if list.is_empty() => out.push_str("[]"),
        Value::Object(entries) if entries.is_empty() => out.push_str("{}"),
        Value::List(list) => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                if let Some(depth) = indent {
                    line(out, depth + 1);
                }
                json_into(out, item, indent.map(|d| d + 1));
            }
            if let Some(depth) = indent {
                line(out, depth);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (i, (key, item)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                if let Some(depth) = indent {
                    line(out, depth + 1);
                }
                quoted(out, key);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                json_into(out, item, indent.map(|d| d + 1));
            }
            if let Some(depth) = indent {
                line(out, depth);
            }
            out.push('}');
        }
    }
}

/// Compact JSON.
pub(super) fn compact(value: &Value) -> String {
    let mut out = String::new();
    json_into(&mut out, value, None);
    out
}

/// Indented JSON.
pub(super) fn indented(value: &Value) -> String {
    let mut out = String::new();
    json_into(&mut out, value, Some(0));
    out
}

/// In a template (spec 01 §12.2), and between stages (spec 03 §3).
pub(super) fn template(value: &Value) -> String {
    match value {
        Value::Text(t) => t.clone(),
        Value::Num(n) => number(*n),
        value => compact(value),
    }
}

/// By `show` (spec 01 §12.1).
pub(super) fn show(value: &Value) -> String {
    let scalar = |v: &Value| !matches!(v, Value::List(_) | Value::Object(_));
    match value {
        Value::Null => String::new(),
        Value::List(list) => match list.as_slice() {
            [one] if scalar(one) && compact(one).chars().count() <= 58 => compact(value),
            _ => indented(value),
        },
        Value::Object(entries) => match entries.as_slice() {
            [(key, one)] if scalar(one) => {
                let mut out = String::from("{");
                quoted(&mut out, key);
                out.push_str(": ");
                out.push_str(&compact(one));
                out.push('}');
                out
            }
            _ => indented(value),
        },
        value => template(value),
    }
}

/// By `log`, `output`, `append` as directives (spec 03 §15).
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::List(_) | Value::Object(_) => indented(value),
        value => template(value),
    }
}

/// By `run` and call statements (spec 02 §7.3).
pub(super) fn printed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => template(value),
    }
}
