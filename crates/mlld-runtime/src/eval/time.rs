//! Time spans (spec 02 §4.1).

use super::{Cx, Eval, Problem, expr, path};
use crate::value::Value;
use mlld_security::Labelled;
use mlld_syntax::ast::Duration;
use std::time::Duration as Time;

/// A time span; a plain number is milliseconds. `message` says what is wrong with another value.
pub(super) fn duration(cx: &Cx<'_>, duration: &Duration, message: &'static str) -> Eval<Time> {
    match duration {
        Duration::Millis(n) => span(Some(*n), message),
        Duration::Path(p) => of_value(cx, &path::value(cx, p, expr::Undefined::Error)?, message),
    }
}

/// As [`duration`], of a value.
pub(super) fn of_value(cx: &Cx<'_>, value: &Labelled<Value>, message: &'static str) -> Eval<Time> {
    let reader = cx.reader();
    let millis = match value.read(&reader).data() {
        Value::Number(n) => Some(*n),
        Value::Text(t) => parse(t),
        _ => None,
    };
    span(millis, message)
}

fn span(millis: Option<f64>, message: &'static str) -> Eval<Time> {
    millis
        .and_then(|n| Time::try_from_secs_f64(n / 1000.0).ok())
        .ok_or_else(|| Problem::new("R0119", "TypeMismatch", message).plain())
}

/// Milliseconds of a text such as `1s`, `500ms`, `2`.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit {
        "" | "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        "w" => 604_800_000.0,
        "y" => 31_536_000_000.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|n| n * factor)
}

#[cfg(test)]
mod tests {
    #[test]
    fn units() {
        assert_eq!(super::parse("1.5s"), Some(1500.0));
        assert_eq!(super::parse("20"), Some(20.0));
        assert_eq!(super::parse("2m"), Some(120_000.0));
        assert_eq!(super::parse("fast"), None);
        assert_eq!(super::parse("1x"), None);
    }

    #[test]
    fn spans_beyond_all_clocks_are_mistakes() {
        for millis in [None, Some(f64::NAN), Some(-1.0), Some(1e300)] {
            assert!(super::span(millis, "no").is_err(), "{millis:?}");
        }
        assert!(super::span(Some(0.5), "no").is_ok());
    }
}
