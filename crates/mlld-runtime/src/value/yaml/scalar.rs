//! Plain scalars of the core schema, as js-yaml reads them.

use super::super::{Value, number};
use jiff::{Timestamp, civil, tz::TimeZone};

/// What a plain scalar stands for.
pub(super) fn core(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => integer(text)
            .or_else(|| float(text))
            .map_or_else(|| date(text), Value::Number),
    }
}

fn integer(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let radix = |prefix: &str, radix: u32| {
        let digits = digits.strip_prefix(prefix)?;
        let each = digits.chars().map(|c| c.to_digit(radix));
        let value = each
            .map(|digit| digit.map(f64::from))
            .reduce(|sum, digit| Some(sum? * f64::from(radix) + digit?))??;
        Some(sign * value)
    };
    radix("0x", 16)
        .or_else(|| radix("0o", 8))
        .or_else(|| radix("0b", 2))
}

/// A decimal number, `.inf`, `.nan`.
fn float(text: &str) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    let begins = text
        .trim_start_matches(['-', '+'])
        .starts_with(|c: char| c == '.' || c.is_ascii_digit());
    Some(number::read(text)).filter(|value| begins && !value.is_nan())
}

/// A date becomes its ISO text with milliseconds; everything else is text.
fn date(text: &str) -> Value {
    let looks_like_one = text.len() >= 10
        && text.chars().take(4).all(|c| c.is_ascii_digit())
        && text.chars().nth(4) == Some('-');
    if !looks_like_one {
        return text.into();
    }
    let stamp = if text.len() == 10 {
        let date = text.parse::<civil::Date>().ok();
        date.and_then(|date| {
            TimeZone::UTC
                .to_timestamp(date.to_datetime(civil::Time::midnight()))
                .ok()
        })
    } else {
        let local = || {
            text.parse::<civil::DateTime>()
                .ok()
                .and_then(|local| TimeZone::UTC.to_timestamp(local).ok())
        };
        text.parse::<Timestamp>().ok().or_else(local)
    };
    match stamp.and_then(|stamp| Timestamp::from_millisecond(stamp.as_millisecond()).ok()) {
        Some(stamp) => format!("{stamp:.3}").into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json;

    #[test]
    fn scalars() {
        for (text, expected) in [
            ("0x1F", "31"),
            ("-0x10", "-16"),
            ("0b101", "5"),
            ("0x", "\"0x\""),
            ("0xg", "\"0xg\""),
            ("0o8", "\"0o8\""),
            ("12", "12"),
            ("-1.5e2", "-150"),
            ("1.", "1"),
            ("-", "\"-\""),
            (".", "\".\""),
            ("Infinity", "\"Infinity\""),
            (".inf", "null"),
            ("v1", "\"v1\""),
            ("2024-01-05", "\"2024-01-05T00:00:00.000Z\""),
            ("2024-01-05T10:20:30Z", "\"2024-01-05T10:20:30.000Z\""),
            (
                "2024-01-05T10:20:30.25+02:00",
                "\"2024-01-05T08:20:30.250Z\"",
            ),
            ("2024-01-05 10:20:30", "\"2024-01-05T10:20:30.000Z\""),
            ("2024-13-05", "\"2024-13-05\""),
            ("2024-01-05-draft", "\"2024-01-05-draft\""),
        ] {
            assert_eq!(json::text(&core(text)), expected, "{text}");
        }
        assert_eq!(core("-.inf").as_number(), Some(f64::NEG_INFINITY));
    }
}
