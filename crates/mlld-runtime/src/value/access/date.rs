//! Dates in data, for filters by age.

use super::super::Value;
use jiff::{Timestamp, civil, tz::TimeZone};

/// The time that a value says, in milliseconds since 1970: an ISO date, with or without a time of day and an offset (UTC
/// where it has none), or a number of milliseconds.
pub(super) fn millis(value: &Value) -> Option<f64> {
    match value.data() {
        Value::Number(millis) if millis.is_finite() => Some(*millis),
        Value::Text(text) => {
            let text = text.trim();
            let stamp = text.parse::<Timestamp>().ok().or_else(|| {
                let local = text
                    .parse::<civil::DateTime>()
                    .or_else(|_| {
                        text.parse::<civil::Date>()
                            .map(|date| date.to_datetime(civil::Time::midnight()))
                    })
                    .ok()?;
                TimeZone::UTC.to_timestamp(local).ok()
            })?;
            Some(stamp.as_millisecond() as f64)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for (text, expected) in [
            ("1970-01-02", Some(86_400_000.0)),
            ("1970-01-01T00:00:01Z", Some(1000.0)),
            ("1970-01-01T00:00:01.250Z", Some(1250.0)),
            ("1970-01-01T01:00:00+01:00", Some(0.0)),
            ("1970-01-01T00:01", Some(60_000.0)),
            ("1970-01-01 00:00:02", Some(2000.0)),
            (" 1970-01-01 ", Some(0.0)),
            ("yesterday", None),
            ("1970-13-01", None),
            ("", None),
        ] {
            assert_eq!(millis(&text.into()), expected, "{text}");
        }
        assert_eq!(millis(&Value::Number(5.0)), Some(5.0));
        assert_eq!(millis(&Value::Number(f64::NAN)), None);
        assert_eq!(millis(&Value::Null), None);
    }
}
