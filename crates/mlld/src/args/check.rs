//! What the value of an option may be, and what is said when it is not.

use crate::codes;
use mlld_runtime::report::Report;
use std::ffi::OsStr;
use std::time::Duration;

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Anything that is not empty.
    Any,
    /// A script: anything.
    Code,
    /// A positive duration (spec 09 §1.4).
    Duration,
    /// A whole number of milliseconds.
    Milliseconds,
    /// A number of at least 0.
    Number,
    /// A whole number above 0.
    Positive,
    /// `strict` or `markdown`, in any letter case.
    Mode,
    /// The same, in the words of `mlld run`.
    RunDuration,
    /// The name of a script.
    Script,
    /// One of a few words.
    OneOf(&'static [&'static str]),
}

/// An error if the value is none that the option takes.
pub(crate) fn check(check: Check, name: &str, value: &OsStr) -> Result<(), Box<Report>> {
    let text = value.to_str();
    let ok = match check {
        Check::Any | Check::Code | Check::Script => true,
        Check::Duration | Check::RunDuration => text.is_some_and(is_duration),
        Check::Milliseconds => text.is_some_and(|t| t.parse::<u64>().is_ok()),
        Check::Positive => text.is_some_and(|t| t.parse::<u64>().is_ok_and(|n| n > 0)),
        Check::Number => text.is_some_and(|t| t.parse::<f64>().is_ok_and(|n| n >= 0.0)),
        Check::Mode => {
            value.eq_ignore_ascii_case("strict") || value.eq_ignore_ascii_case("markdown")
        }
        Check::OneOf(words) => words.iter().any(|w| OsStr::new(w) == value),
    };
    if ok {
        return Ok(());
    }
    let message = match check {
        Check::Any | Check::Code | Check::Script => return Ok(()),
        Check::RunDuration if text.is_some_and(is_zero) => {
            format!("{name} must be a positive duration")
        }
        Check::Duration | Check::RunDuration => {
            format!("{name} must be a valid duration (e.g., 5m, 1h, 30s, or milliseconds)")
        }
        Check::Milliseconds => format!("{name} must be a positive number (milliseconds)"),
        Check::Positive => format!("{name} must be a positive number"),
        Check::Number => format!("{name} must be a number"),
        Check::Mode => "Invalid mode. Use 'strict' or 'markdown'.".into(),
        Check::OneOf(words) => format!("{name} must be {}", listed(words)),
    };
    Err(Box::new(Report::usage(codes::BAD_VALUE, message)))
}

/// The error for a value that is not there.
pub(crate) fn missing(check: Check, name: &str) -> Box<Report> {
    let message = match check {
        Check::Code => "--eval requires a code string".into(),
        Check::Script => format!("{name} requires a script name"),
        Check::Duration | Check::RunDuration => {
            format!("{name} requires a duration value (e.g., 5m, 1h, 30s)")
        }
        _ => format!("{name} requires a value"),
    };
    Box::new(Report::usage(codes::MISSING_VALUE, message))
}

/// Whether the text is milliseconds, or a number with a unit, and above zero.
fn is_duration(text: &str) -> bool {
    duration(text).is_some()
}

/// Whether the text is a duration of nothing.
fn is_zero(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    number.parse::<f64>().is_ok_and(|n| n == 0.0)
}

/// A positive duration (spec 09 §1.4).
pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits_end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(digits_end)?;
    let number = digits.parse::<f64>().ok().filter(|n| *n > 0.0)?;
    let seconds = match unit {
        "" if !digits.contains('.') => number / 1000.0,
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        "d" => number * 86_400.0,
        _ => return None,
    };
    // What no clock can count is as good as never.
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// `"a" or "b"`; `"a", "b", or "c"`.
fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|w| format!("\"{w}\"")).collect();
    match quoted.as_slice() {
        [a, b] => format!("{a} or {b}"),
        [first @ .., last] if !first.is_empty() => format!("{}, or {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}
