//! `+=` and the spread of objects.

use super::{Object, Value, ValueError, depth, number, render};
use std::sync::Arc;

/// The new value of `@name += right` (spec 01 §7, 02 §1.2). An array, object or text that nobody else holds is changed in
/// place, so that a loop that gathers is linear: give the old value away.
///
/// # Errors
/// When the left side cannot take the right one.
pub fn augment(left: Value, right: &Value, name: &str) -> Result<Value, ValueError> {
    let left = match left {
        Value::Viewed(viewed) => viewed.data.clone(),
        left => left,
    };
    Ok(match left {
        Value::Number(sum) => Value::Number(sum + numeric(right).ok_or_else(|| not_numeric(name))?),
        Value::Text(mut text) => {
            text.push_str(&render::template(right));
            Value::Text(text)
        }
        Value::Array(mut items) => {
            if let Value::Array(more) = right.data() {
                more.iter().try_for_each(depth::check_element)?;
                Arc::make_mut(&mut items).extend(more.iter().cloned());
            } else {
                depth::check_element(right)?;
                Arc::make_mut(&mut items).push(right.clone().stored());
            }
            Value::Array(items)
        }
        Value::Object(mut entries) => {
            let Value::Object(more) = right.data() else {
                return Err(not_an_object(right, name));
            };
            more.values().try_for_each(depth::check_element)?;
            let target = Arc::make_mut(&mut entries);
            for (key, value) in more.iter() {
                target.insert(key.clone(), value.clone());
            }
            Value::Object(entries)
        }
        other => {
            return Err(ValueError::new(
                "R0222",
                "Operator",
                format!(
                    "+= requires array, number, string, or object target. @{name} is {}.",
                    other.kind()
                ),
            ));
        }
    })
}

/// Puts the members of `...@name` into an object literal: keys that are there keep their position (spec 01 §5).
///
/// # Errors
/// When the value is not an object.
pub fn spread(into: &mut Object, value: &Value, name: &str) -> Result<(), ValueError> {
    let Value::Object(entries) = value.data() else {
        return Err(ValueError::new(
            "R0224",
            "MlldDirective",
            format!(
                "Cannot spread non-object value from {name} (got {})",
                value.kind()
            ),
        ));
    };
    into.extend(
        entries
            .iter()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    Ok(())
}

/// A number, or a text that is one.
fn numeric(value: &Value) -> Option<f64> {
    match value.data() {
        Value::Number(number) => Some(*number),
        Value::Text(text) => Some(number::read(text)).filter(|number| !number.is_nan()),
        _ => None,
    }
}

fn not_numeric(name: &str) -> ValueError {
    ValueError::new(
        "R0223",
        "Operator",
        format!("Cannot += non-numeric value to number @{name}."),
    )
}

fn not_an_object(right: &Value, name: &str) -> ValueError {
    ValueError::new(
        "R0223",
        "Operator",
        format!(
            "Cannot += non-object to object @{name}. Target is object, source is {}.",
            right.kind()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json;

    fn shown(result: Result<Value, ValueError>) -> String {
        result.map_or_else(
            |error| error.message.into(),
            |value| json::text(&value).into(),
        )
    }

    fn parse(text: &str) -> Value {
        json::parse(text).unwrap()
    }

    #[test]
    fn the_table_of_augmented_assignment() {
        for (left, right, expected) in [
            ("1", "2", "3"),
            ("1", "\"5\"", "6"),
            ("1", "\" 2.5 \"", "3.5"),
            ("1", "\"x\"", "Cannot += non-numeric value to number @a."),
            ("1", "true", "Cannot += non-numeric value to number @a."),
            ("1", "null", "Cannot += non-numeric value to number @a."),
            ("1", "[1]", "Cannot += non-numeric value to number @a."),
            ("\"x\"", "5", "\"x5\""),
            ("\"x\"", "null", "\"xnull\""),
            ("\"x\"", "[1,{\"a\":2}]", "\"x[1,{\\\"a\\\":2}]\""),
            ("[1]", "[2,3]", "[1,2,3]"),
            ("[1]", "2", "[1,2]"),
            ("[1]", "{\"a\":1}", "[1,{\"a\":1}]"),
            ("[1]", "null", "[1,null]"),
            ("[1]", "[]", "[1]"),
            (
                "{\"a\":1,\"b\":2}",
                "{\"a\":3,\"c\":4}",
                "{\"a\":3,\"b\":2,\"c\":4}",
            ),
            (
                "{\"a\":1}",
                "[1]",
                "Cannot += non-object to object @a. Target is object, source is array.",
            ),
            (
                "{\"a\":1}",
                "\"x\"",
                "Cannot += non-object to object @a. Target is object, source is string.",
            ),
            (
                "null",
                "1",
                "+= requires array, number, string, or object target. @a is null.",
            ),
            (
                "true",
                "1",
                "+= requires array, number, string, or object target. @a is boolean.",
            ),
        ] {
            assert_eq!(
                shown(augment(parse(left), &parse(right), "a")),
                expected,
                "{left} += {right}"
            );
        }
        assert_eq!(shown(augment(parse("[]"), &Value::Absent, "a")), "[null]");
        assert_eq!(
            shown(augment(
                Value::viewed(parse("[1]"), "[ 1 ]"),
                &parse("2"),
                "a"
            )),
            "[1,2]"
        );
        let view = Value::viewed(parse("[1]"), "[ 1 ]");
        assert_eq!(shown(augment("x".into(), &view, "a")), "\"x[ 1 ]\"");
    }

    #[test]
    fn others_that_hold_the_old_value_keep_it() {
        let old = parse("[1]");
        augment(old.clone(), &parse("2"), "a").unwrap();
        assert_eq!(json::text(&old), "[1]");
    }

    #[test]
    fn gathering_is_linear_and_deep_data_is_refused() {
        let mut all = parse("[]");
        for n in 0..200_000 {
            all = augment(all, &Value::Number(f64::from(n)), "a").unwrap();
        }
        assert_eq!(all.as_array().map(|items| items.len()), Some(200_000));
        let deep = depth::tests::nested(depth::LIMIT);
        assert!(
            augment(
                parse("[]"),
                &Value::object([("k".into(), deep.clone())].into_iter().collect()),
                "a"
            )
            .is_err()
        );
        assert!(augment(parse("[]"), &Value::array(vec![deep.clone()]), "a").is_err());
        assert!(
            augment(
                parse("{}"),
                &Value::object([("k".into(), deep)].into_iter().collect()),
                "a"
            )
            .is_err()
        );
    }

    #[test]
    fn spreading() {
        let mut into = Object::default();
        into.insert("a".into(), 1.0.into());
        into.insert("b".into(), 2.0.into());
        spread(&mut into, &parse("{\"b\":3,\"c\":4}"), "o").unwrap();
        assert_eq!(
            json::text(&Value::object(into.clone())),
            "{\"a\":1,\"b\":3,\"c\":4}"
        );
        for (value, kind) in [("[1]", "array"), ("null", "null"), ("\"x\"", "string")] {
            let error = spread(&mut into, &parse(value), "list").unwrap_err();
            assert_eq!(
                error.message,
                format!("Cannot spread non-object value from list (got {kind})")
            );
        }
    }
}
