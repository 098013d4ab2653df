//! Fields, indexes, slices, wildcards and filters (spec 01 §10).
//!
//! Each function answers for one access on one value. [`Cursor`] walks a whole path of them: it knows that a field
//! behind `[*]` is asked of every element.

mod cursor;
mod date;
mod filter;

pub use cursor::Cursor;
pub use filter::{Operand, filter};

use super::{Value, ValueError, number, render};

/// `.k`: a member of an object, an element of an array, the length of a text or array.
///
/// # Errors
/// On a text, number, boolean or executable.
pub fn field(value: &Value, name: &str) -> Result<Value, ValueError> {
    match value.data() {
        Value::Object(entries) => Ok(entries.get(name).cloned().unwrap_or(Value::Absent)),
        Value::Array(items) => Ok(match index_of(name) {
            Some(index) => items.get(index).cloned().unwrap_or(Value::Absent),
            None if name == "length" => items.len().into(),
            None => Value::Absent,
        }),
        Value::Absent | Value::Null | Value::Viewed(_) => Ok(Value::Absent),
        Value::Text(text) if name == "length" => Ok(text.chars().count().into()),
        Value::Text(text) if text.trim_start().starts_with(['{', '[']) => Err(field_error(
            "R0202",
            format!(
                "Cannot access field \"{name}\" on JSON string. Parse with `| @parse` first, \
                 or use `.mx.text` / `.mx.data` wrapper accessors."
            ),
        )),
        _ if is_number_like(name) => Err(no_array(value, name)),
        _ => Err(field_error(
            "R0201",
            format!(
                "Cannot access field \"{name}\" on non-object value ({})",
                value.kind()
            ),
        )),
    }
}

/// `["k"]`, `[k]`: as `.k`.
///
/// # Errors
/// As [`field`].
pub fn key(value: &Value, name: &str) -> Result<Value, ValueError> {
    field(value, name)
}

/// `[0]`: an element of an array; out of range, negative and broken indexes are absent.
///
/// # Errors
/// On anything that is no array, null excepted.
pub fn index(value: &Value, at: f64) -> Result<Value, ValueError> {
    match value.data() {
        Value::Array(items) => Ok(element(items, at)),
        Value::Absent | Value::Null | Value::Viewed(_) => Ok(Value::Absent),
        _ => Err(no_array(value, &number::text(at))),
    }
}

/// `[@v]`: by the value of `@v`, an index or a key.
///
/// # Errors
/// As [`field`] and [`index`], and where `@v` is neither a number nor a text.
pub fn dynamic(value: &Value, by: &Value) -> Result<Value, ValueError> {
    if value.is_nullish() {
        return Ok(Value::Absent);
    }
    match by.data() {
        Value::Number(at) if matches!(value.data(), Value::Object(_)) => {
            field(value, &number::text(*at))
        }
        Value::Number(at) => index(value, *at),
        Value::Text(name) => field(value, name),
        Value::Bool(_) if matches!(value.data(), Value::Object(_)) => {
            field(value, &render::template(by))
        }
        Value::Absent | Value::Null => Ok(Value::Absent),
        _ => Err(field_error(
            "R0204",
            format!(
                "Cannot use a value of type {} as an index or key",
                by.kind()
            ),
        )),
    }
}

/// `[a:b]`: elements a … b−1; negative bounds count from the end, bounds out of range are clipped, an absent or null
/// bound is open.
///
/// # Errors
/// On anything that is no array, null excepted, and for bounds that are no numbers.
pub fn slice(value: &Value, from: Option<&Value>, to: Option<&Value>) -> Result<Value, ValueError> {
    match value.data() {
        Value::Array(items) => {
            let (from, to) = (bound(from)?, bound(to)?);
            Ok(slice_items(
                items,
                from.unwrap_or(0.0),
                to.unwrap_or(f64::INFINITY),
            ))
        }
        Value::Absent | Value::Null | Value::Viewed(_) => Ok(Value::Absent),
        _ => Err(field_error(
            "R0204",
            format!("Cannot slice non-array value ({})", value.kind()),
        )),
    }
}

/// Elements between two bounds as `[a:b]` and `.slice(a, b)` count them.
pub(super) fn slice_items(items: &[Value], from: f64, to: f64) -> Value {
    let (start, end) = range(items.len(), from, to);
    Value::array(items.get(start..end).unwrap_or_default().to_vec())
}

/// Bounds in a sequence of some length: negative from the end, clipped; empty where they cross.
pub(super) fn range(length: usize, from: f64, to: f64) -> (usize, usize) {
    let resolve = |bound: f64| {
        let bound = if bound.is_nan() { 0.0 } else { bound.trunc() };
        let absolute = if bound < 0.0 {
            length as f64 + bound
        } else {
            bound
        };
        // Clipped to the length first, so that the conversion is exact.
        absolute.clamp(0.0, length as f64) as usize
    };
    let (start, end) = (resolve(from), resolve(to));
    (start, end.max(start))
}

fn bound(bound: Option<&Value>) -> Result<Option<f64>, ValueError> {
    let Some(value) = bound.filter(|value| !value.is_nullish()) else {
        return Ok(None);
    };
    let number = match value.data() {
        Value::Number(_) | Value::Text(_) => number::of(value),
        _ => f64::NAN,
    };
    if number.is_nan() {
        return Err(field_error(
            "R0204",
            format!("A bound of a slice must be a number (got {})", value.kind()),
        ));
    }
    Ok(Some(number))
}

fn element(items: &[Value], at: f64) -> Value {
    if at >= 0.0 && at.fract() == 0.0 && at < items.len() as f64 {
        items.get(at as usize).cloned().unwrap_or(Value::Absent)
    } else {
        Value::Absent
    }
}

/// A name that counts elements: `0`, `12`.
fn index_of(name: &str) -> Option<usize> {
    if is_number_like(name) {
        name.parse().ok()
    } else {
        None
    }
}

fn is_number_like(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn no_array(value: &Value, index: &str) -> ValueError {
    field_error(
        "R0203",
        format!(
            "Cannot access index {index} on non-array value ({})",
            value.kind()
        ),
    )
}

fn field_error(code: &'static str, message: String) -> ValueError {
    ValueError::new(code, "FieldAccess", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json;

    fn data() -> Value {
        json::parse(
            r#"{"a":{"b":[10,20,{"c":"deep"}]},"k y":1,"d-e":2,"0":"zero","length":9,"n":null,"s":"word","j":" {\"a\":1}","t":true,"x":5}"#,
        )
        .unwrap()
    }

    fn shown(result: Result<Value, ValueError>) -> String {
        match result {
            Ok(Value::Absent) => "absent".into(),
            Ok(value) => json::text(&value).into(),
            Err(error) => error.message.into(),
        }
    }

    #[test]
    fn fields() {
        let data = data();
        for (path, expected) in [
            (&["k y"][..], "1"),
            (&["d-e"], "2"),
            (&["0"], "\"zero\""),
            (&["length"], "9"),
            (&["nope"], "absent"),
            (&["nope", "deeper"], "absent"),
            (&["n", "x"], "absent"),
            (&["n"], "null"),
            (&["a", "b", "0"], "10"),
            (&["a", "b", "1"], "20"),
            (&["a", "b", "7"], "absent"),
            (&["a", "b", "-1"], "absent"),
            (&["a", "b", "length"], "3"),
            (&["a", "b", "frob"], "absent"),
            (&["a", "b", "2", "c"], "\"deep\""),
            (&["s", "length"], "4"),
            (
                &["s", "k"],
                "Cannot access field \"k\" on non-object value (string)",
            ),
            (
                &["x", "k"],
                "Cannot access field \"k\" on non-object value (number)",
            ),
            (
                &["t", "k"],
                "Cannot access field \"k\" on non-object value (boolean)",
            ),
            (
                &["x", "length"],
                "Cannot access field \"length\" on non-object value (number)",
            ),
            (
                &["s", "0"],
                "Cannot access index 0 on non-array value (string)",
            ),
            (
                &["j", "a"],
                "Cannot access field \"a\" on JSON string. Parse with `| @parse` first, or use `.mx.text` / `.mx.data` wrapper accessors.",
            ),
        ] {
            let mut at = Ok(data.clone());
            for name in path {
                at = at.and_then(|value| field(&value, name));
            }
            assert_eq!(shown(at), expected, "{path:?}");
        }
        assert_eq!(shown(field(&"né😀x".into(), "length")), "4");
        assert_eq!(shown(field(&Value::viewed(data, "text"), "x")), "5");
    }

    #[test]
    fn indexes() {
        let list = json::parse("[1,2,3]").unwrap();
        for (at, expected) in [
            (0.0, "1"),
            (2.0, "3"),
            (3.0, "absent"),
            (-1.0, "absent"),
            (0.5, "absent"),
            (f64::NAN, "absent"),
            (1e300, "absent"),
        ] {
            assert_eq!(shown(index(&list, at)), expected, "{at}");
        }
        for (value, expected) in [
            ("\"x\"", "Cannot access index 0 on non-array value (string)"),
            ("5", "Cannot access index 0 on non-array value (number)"),
            ("true", "Cannot access index 0 on non-array value (boolean)"),
            (
                "{\"0\":1}",
                "Cannot access index 0 on non-array value (object)",
            ),
            ("null", "absent"),
        ] {
            assert_eq!(shown(index(&json::parse(value).unwrap(), 0.0)), expected);
        }
    }

    #[test]
    fn dynamic_indexes_and_keys() {
        for (value, by, expected) in [
            ("[1,2]", "1", "2"),
            ("[1,2]", "\"1\"", "2"),
            ("[1,2]", "\"length\"", "2"),
            ("[1,2]", "-1", "absent"),
            ("{\"a\":1}", "\"a\"", "1"),
            ("{\"5\":1}", "5", "1"),
            ("{\"true\":1}", "true", "1"),
            ("{\"a\":1}", "null", "absent"),
            ("null", "\"a\"", "absent"),
            ("null", "[1]", "absent"),
            (
                "{\"a\":1}",
                "[1]",
                "Cannot use a value of type array as an index or key",
            ),
            (
                "\"x\"",
                "0",
                "Cannot access index 0 on non-array value (string)",
            ),
            (
                "\"x\"",
                "\"k\"",
                "Cannot access field \"k\" on non-object value (string)",
            ),
        ] {
            let result = dynamic(&json::parse(value).unwrap(), &json::parse(by).unwrap());
            assert_eq!(shown(result), expected, "{value}[{by}]");
        }
    }

    #[test]
    fn slices() {
        let list = json::parse("[1,2,3,4,5]").unwrap();
        for (from, to, expected) in [
            ("1", "3", "[2,3]"),
            ("null", "2", "[1,2]"),
            ("3", "null", "[4,5]"),
            ("-2", "null", "[4,5]"),
            ("null", "-1", "[1,2,3,4]"),
            ("null", "null", "[1,2,3,4,5]"),
            ("4", "9", "[5]"),
            ("3", "1", "[]"),
            ("-9", "1", "[1]"),
            ("9", "12", "[]"),
            ("\"1\"", "2.9", "[2]"),
            (
                "\"x\"",
                "2",
                "A bound of a slice must be a number (got string)",
            ),
            (
                "[0]",
                "2",
                "A bound of a slice must be a number (got array)",
            ),
        ] {
            let (from, to) = (json::parse(from).unwrap(), json::parse(to).unwrap());
            assert_eq!(
                shown(slice(&list, Some(&from), Some(&to))),
                expected,
                "{from:?}:{to:?}"
            );
        }
        assert_eq!(shown(slice(&Value::Null, None, None)), "absent");
        assert_eq!(
            shown(slice(&"x".into(), None, None)),
            "Cannot slice non-array value (string)"
        );
        assert_eq!(
            shown(slice(&list, None, Some(&Value::Number(f64::INFINITY)))),
            "[1,2,3,4,5]"
        );
    }
}
