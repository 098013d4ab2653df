//! `[?field op operand]`.

use super::super::{Value, ValueError, compare, render, truth};
use super::{date, field, field_error};
use ecow::EcoString;
use mlld_syntax::ast::{BinaryOp, FilterOp};

/// The right side of a filter.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A literal, or the value of a variable.
    Value(Value),
    /// `7d`, in milliseconds: compared with the age of a date.
    Duration(f64),
}

/// The elements whose field passes the test; without a test, whose field is truthy. `now` is the time in milliseconds
/// since 1970, to which the age of a date is counted.
///
/// # Errors
/// On anything that is no array, null excepted.
pub fn filter(
    value: &Value,
    path: &[EcoString],
    test: Option<(FilterOp, &Operand)>,
    now: f64,
) -> Result<Value, ValueError> {
    match value.data() {
        Value::Array(items) => Ok(Value::array(
            items
                .iter()
                .filter(|item| {
                    let found = lookup(item, path);
                    test.map_or_else(
                        || truth::truthy(&found),
                        |(op, operand)| passes(&found, op, operand, now),
                    )
                })
                .cloned()
                .collect(),
        )),
        Value::Absent | Value::Null | Value::Viewed(_) => Ok(Value::Absent),
        _ => Err(field_error(
            "R0204",
            format!("Cannot filter non-array value ({})", value.kind()),
        )),
    }
}

/// The field of an element; absent where the element has no fields.
fn lookup(item: &Value, path: &[EcoString]) -> Value {
    path.iter().fold(item.clone(), |at, name| {
        field(&at, name).unwrap_or(Value::Absent)
    })
}

fn passes(found: &Value, op: FilterOp, operand: &Operand, now: f64) -> bool {
    let operand = match operand {
        Operand::Value(value) => value,
        Operand::Duration(span) => {
            return date::millis(found).is_some_and(|then| {
                passes(
                    &Value::Number(now - then),
                    op,
                    &Operand::Value(Value::Number(*span)),
                    now,
                )
            });
        }
    };
    let op = match op {
        FilterOp::Equal => BinaryOp::Equal,
        FilterOp::NotEqual => BinaryOp::NotEqual,
        FilterOp::Less => BinaryOp::Less,
        FilterOp::LessEqual => BinaryOp::LessEqual,
        FilterOp::Greater => BinaryOp::Greater,
        FilterOp::GreaterEqual => BinaryOp::GreaterEqual,
        FilterOp::Contains => {
            return found
                .as_text()
                .is_some_and(|text| text.contains(render::template(operand).as_str()));
        }
    };
    compare::apply(op, found, operand).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json;
    use FilterOp::{Contains, Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};

    const ROWS: &str = r#"[{"n":"ab","v":1,"ok":true,"o":{"k":1}},{"n":"b","v":5},{"n":"abc","v":9,"ok":false},3,null]"#;

    /// The `n` of the elements that are left.
    fn left(field: &str, test: Option<(FilterOp, Operand)>) -> String {
        let path: Vec<EcoString> = field.split('.').map(EcoString::from).collect();
        let test = test.as_ref().map(|(op, operand)| (*op, operand));
        let day = 86_400_000.0;
        let rows = filter(&json::parse(ROWS).unwrap(), &path, test, 30.0 * day).unwrap();
        let names = rows.as_array().unwrap().iter().map(|row| {
            super::field(row, "n").map_or_else(|_| "?".into(), |name| render::template(&name))
        });
        names.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_operators() {
        let value = |text: &str| Operand::Value(json::parse(text).unwrap());
        for (field, op, operand, expected) in [
            ("v", Greater, "2", "b abc"),
            ("v", GreaterEqual, "5", "b abc"),
            ("v", Less, "5", "ab"),
            ("v", LessEqual, "5", "ab b"),
            ("n", Equal, "\"b\"", "b"),
            ("v", Equal, "9", "abc"),
            ("v", Equal, "\"9\"", "abc"),
            ("v", NotEqual, "5", "ab abc ? null"),
            ("n", Contains, "\"a\"", "ab abc"),
            ("v", Contains, "1", ""),
            ("ok", Equal, "false", "abc"),
            ("ok", Equal, "null", "b ? null"),
            ("o.k", Equal, "1", "ab"),
        ] {
            assert_eq!(
                left(field, Some((op, value(operand)))),
                expected,
                "?{field} {op:?} {operand}"
            );
        }
        assert_eq!(left("ok", None), "ab");
        assert_eq!(left("o.k", None), "ab");
    }

    #[test]
    fn dates_are_compared_by_age() {
        let day = 86_400_000.0;
        let rows =
            json::parse(r#"[{"d":"1970-01-30"},{"d":"1970-01-10T00:00:00Z"},{"d":"soon"},{}]"#)
                .unwrap();
        let count = |op, days: f64| {
            let operand = Operand::Duration(days * day);
            let rows = filter(&rows, &["d".into()], Some((op, &operand)), 30.0 * day).unwrap();
            rows.as_array().unwrap().len()
        };
        assert_eq!(count(Less, 7.0), 1);
        assert_eq!(count(Greater, 7.0), 1);
        assert_eq!(count(LessEqual, 100.0), 2);
    }

    #[test]
    fn a_filter_needs_an_array() {
        let run = |value: &str| filter(&json::parse(value).unwrap(), &["k".into()], None, 0.0);
        assert!(run("null").unwrap().is_absent());
        assert_eq!(
            run("{}").unwrap_err().message,
            "Cannot filter non-array value (object)"
        );
    }
}
