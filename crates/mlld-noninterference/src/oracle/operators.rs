//! Operators (spec 01 §8).

use super::value::Value;
use crate::ast::Op;

/// A value as a number (spec 01 §8.3).
pub(super) fn number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Num(n) => *n,
        Value::Text(t) => match t.trim() {
            "" | "false" => 0.0,
            "true" => 1.0,
            t if t.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                t.parse().unwrap_or(f64::NAN)
            }
            _ => f64::NAN,
        },
        Value::List(_) | Value::Object(_) => f64::NAN,
    }
}

/// Spec 01 §8.2.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Text(t), Value::Bool(b)) | (Value::Bool(b), Value::Text(t)) => {
            t == if *b { "true" } else { "false" }
        }
        (Value::Text(t), Value::Num(n)) | (Value::Num(n), Value::Text(t)) => {
            let t = t.trim();
            (t.is_empty() || t.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
                && if t.is_empty() {
                    *n == 0.0
                } else {
                    t.parse::<f64>().is_ok_and(|t| t == *n)
                }
        }
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Num(a), Value::Num(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(other)) => {
            a.len() == other.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| equal(v, w)))
        }
        _ => false,
    }
}

/// `a op b`; `None` where two texts are added.
pub(super) fn binary(op: Op, a: &Value, b: &Value) -> Option<Value> {
    let (x, y) = (number(a), number(b));
    Some(match op {
        Op::Add => {
            if matches!((a, b), (Value::Text(_), Value::Text(_))) && x.is_nan() && y.is_nan() {
                return None;
            }
            Value::Num(x + y)
        }
        Op::Sub => Value::Num(x - y),
        Op::Mul => Value::Num(x * y),
        Op::Div => Value::Num(x / y),
        Op::Rem => Value::Num(x % y),
        Op::Eq => Value::Bool(equal(a, b)),
        Op::Ne => Value::Bool(!equal(a, b)),
        Op::Lt => Value::Bool(x < y),
        Op::Le => Value::Bool(x <= y),
        Op::Gt => Value::Bool(x > y),
        Op::Ge => Value::Bool(x >= y),
    })
}
