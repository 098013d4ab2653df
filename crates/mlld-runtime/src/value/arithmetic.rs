//! `+ - * / %` (spec 01 §8.3).

use super::{Value, ValueError, number};
use mlld_syntax::ast::BinaryOp;

/// The result of an arithmetic operator.
///
/// # Errors
/// `+` of two texts that are no numbers, and any operator that is not arithmetic.
pub fn apply(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, ValueError> {
    let (a, b) = (number::of(left), number::of(right));
    Ok(Value::Number(match op {
        BinaryOp::Add => {
            if is_word(left) && is_word(right) {
                return Err(concatenation());
            }
            a + b
        }
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => a / b,
        // Rust's remainder has the sign of the left side, as it has to be here.
        BinaryOp::Remainder => a % b,
        _ => {
            return Err(ValueError::new(
                "R0221",
                "Operator",
                "This operator does not calculate",
            ));
        }
    }))
}

/// A text that is no number.
fn is_word(value: &Value) -> bool {
    value.as_text().is_some() && number::of(value).is_nan()
}

fn concatenation() -> ValueError {
    ValueError::new(
        "R0220",
        "Operator",
        "String concatenation with + is not supported. Use template strings instead. Hint: write `@a@b`",
    )
    .with_hint("join texts in a template: `@a@b`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use BinaryOp::{Add, Divide, Multiply, Remainder, Subtract};

    #[test]
    fn the_table_of_arithmetic() {
        let n = Value::Number;
        for (left, op, right, expected) in [
            (n(1.0), Add, n(2.0), 3.0),
            (n(10.0), Subtract, n(2.0), 8.0),
            (n(7.0), Divide, n(2.0), 3.5),
            (n(-7.0), Remainder, n(3.0), -1.0),
            (n(7.0), Remainder, n(-3.0), 1.0),
            (n(5.5), Remainder, n(2.0), 1.5),
            ("3".into(), Add, n(4.0), 7.0),
            ("3".into(), Multiply, "4".into(), 12.0),
            ("3".into(), Add, "4".into(), 7.0),
            ("".into(), Add, "".into(), 0.0),
            (Value::Bool(true), Add, Value::Bool(true), 2.0),
            ("true".into(), Add, n(1.0), 2.0),
            (Value::Null, Add, n(1.0), 1.0),
            (n(1.0), Divide, n(0.0), f64::INFINITY),
            (n(-1.0), Divide, n(0.0), f64::NEG_INFINITY),
            (n(0.1), Add, n(0.2), 0.1 + 0.2),
        ] {
            let result = apply(op, &left, &right).unwrap();
            assert_eq!(
                result.as_number(),
                Some(expected),
                "{left:?} {op:?} {right:?}"
            );
        }
        for (left, op, right) in [
            ("x".into(), Add, n(1.0)),
            ("3".into(), Add, "x".into()),
            ("x".into(), Add, Value::Null),
            ("x".into(), Subtract, "y".into()),
            (Value::array(vec![n(1.0)]), Multiply, n(2.0)),
            (Value::object(Default::default()), Add, "x".into()),
            (Value::Absent, Add, n(1.0)),
            (n(0.0), Divide, n(0.0)),
            (n(1.0), Remainder, n(0.0)),
        ] {
            let result = apply(op, &left, &right).unwrap();
            assert!(
                result.as_number().is_some_and(f64::is_nan),
                "{left:?} {op:?} {right:?}"
            );
        }
    }

    #[test]
    fn texts_are_not_concatenated() {
        let error = apply(Add, &"x".into(), &"y".into()).unwrap_err();
        assert!(error.message.starts_with(
            "String concatenation with + is not supported. Use template strings instead. Hint: "
        ));
        assert_eq!(
            apply(BinaryOp::Or, &Value::Null, &Value::Null)
                .unwrap_err()
                .code,
            "R0221"
        );
    }
}
