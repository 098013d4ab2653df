//! The environment of the process, read once (spec 09 §10): scripts see only what they are given of it.

use crate::codes;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use mlld_runtime::Host;
use mlld_runtime::report::Report;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

/// Variables of other versions that would switch off checks. Nothing does that here.
const IGNORED: [&str; 2] = ["MLLD_SKIP_HASH_VALIDATION", "MLLD_TRUST_"];

/// What the program knows about its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// The variables that are UTF-8.
    pub(crate) variables: BTreeMap<String, String>,
    /// The home folder.
    pub(crate) home: Option<PathBuf>,
    /// Whether standard input is a terminal: what is typed there is no input of a script.
    pub(crate) terminal_in: bool,
    /// Whether standard output is a terminal.
    pub(crate) terminal_out: bool,
    /// Whether standard error is a terminal.
    pub(crate) terminal_err: bool,
    /// Whether standard output is to have colours.
    pub(crate) colour_out: bool,
    /// Whether standard error is to have colours.
    pub(crate) colour_err: bool,
}

impl Environment {
    /// Reads the process's environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "whether a stream is a terminal can only be asked of the stream"
    )]
    pub(crate) fn read() -> Self {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let terminal_out = std::io::stdout().is_terminal();
        let terminal_err = std::io::stderr().is_terminal();
        Self {
            home: variables
                .get("HOME")
                .filter(|h| !h.is_empty())
                .map(PathBuf::from),
            colour_out: colours(&variables, terminal_out),
            colour_err: colours(&variables, terminal_err),
            terminal_in: std::io::stdin().is_terminal(),
            terminal_out,
            terminal_err,
            variables,
        }
    }

    /// Whether output is to be printed at the end, as with `--no-stream` (spec 02 §10).
    pub(crate) fn no_stream(&self) -> bool {
        let is = |name: &str, value: &str| self.variables.get(name).is_some_and(|v| v == value);
        is("MLLD_NO_STREAMING", "true")
            || is("MLLD_NO_STREAM", "true")
            || is("MLLD_STREAMING", "false")
    }

    /// Says which variables have no effect though their names promise one.
    pub(crate) fn warn_of_ignored(&self, host: &dyn Host) {
        for name in self.variables.keys() {
            if IGNORED.iter().any(|i| name.starts_with(i)) {
                host.err(&format!(
                    "Warning: {name} is ignored: no variable switches off policy, guards, signatures, the ledger or hash checks\n"
                ));
            }
        }
    }

    /// Whether a variable is set to `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.variables.get(name).is_some_and(|v| v == "true")
    }

    /// The time of the clock, in ISO form: what is recorded never follows `MLLD_MOCK_TIME` (spec 09 §10).
    pub(crate) fn clock() -> String {
        iso(Timestamp::now())
    }

    /// The time that `@now` shows: that of the clock, or `MLLD_MOCK_TIME` (spec 01 §9).
    pub(crate) fn now(&self) -> Result<Arc<str>, Box<Report>> {
        let time = match self.variables.get("MLLD_MOCK_TIME") {
            None => Timestamp::now(),
            Some(text) => parse_time(text).ok_or_else(|| {
                Box::new(Report::usage(
                    codes::ENVIRONMENT,
                    format!(
                        "MLLD_MOCK_TIME must be seconds since 1970 or an ISO date, not `{text}`"
                    ),
                ))
            })?,
        };
        Ok(iso(time).into())
    }
}

/// A time in ISO form, with milliseconds.
fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Whether a stream gets colours (spec 01 §12.4, 09 §2.1).
fn colours(variables: &BTreeMap<String, String>, is_terminal: bool) -> bool {
    let is = |name: &str, value: &str| variables.get(name).is_some_and(|v| v == value);
    if is("FORCE_COLOR", "1") || is("MLLD_FORCE_COLOR", "true") {
        return true;
    }
    is_terminal
        && !variables.contains_key("NO_COLOR")
        && !is("MLLD_NO_COLOR", "true")
        && !is("TERM", "dumb")
}

/// Seconds since 1970, or an ISO date: a day, a time in UTC, a time with its zone. Only years of four digits.
fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let time = if let Ok(seconds) = text.parse::<f64>() {
        let milliseconds = (seconds * 1000.0).round();
        // What does not fit a time is refused below; what does fits an `i64` exactly.
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        Timestamp::from_millisecond(milliseconds.is_finite().then_some(milliseconds as i64)?)
            .ok()?
    } else if let Ok(time) = text.parse::<Timestamp>() {
        time
    } else {
        let civil = text
            .parse::<DateTime>()
            .or_else(|_| text.parse::<Date>().map(|d| d.at(0, 0, 0, 0)))
            .ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()?
    };
    let year = TimeZone::UTC.to_datetime(time).year();
    (0..=9999).contains(&year).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An environment of these variables and nothing else.
    fn with(variables: &[(&str, &str)]) -> Environment {
        Environment {
            variables: variables
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            home: None,
            terminal_in: false,
            terminal_out: false,
            terminal_err: false,
            colour_out: false,
            colour_err: false,
        }
    }

    fn mocked(time: &str) -> Option<String> {
        with(&[("MLLD_MOCK_TIME", time)])
            .now()
            .ok()
            .map(|t| t.to_string())
    }

    #[test]
    fn mocked_time_is_seconds_or_an_iso_date() {
        let shows = |text: &str, want: &str| assert_eq!(mocked(text).as_deref(), Some(want));
        shows("0", "1970-01-01T00:00:00.000Z");
        shows("1700000000", "2023-11-14T22:13:20.000Z");
        shows("1700000000.25", "2023-11-14T22:13:20.250Z");
        shows("2024-05-01", "2024-05-01T00:00:00.000Z");
        shows("2024-05-01T12:30:00", "2024-05-01T12:30:00.000Z");
        shows("2024-05-01T12:30:00.5Z", "2024-05-01T12:30:00.500Z");
        shows("2024-05-01T12:30:00+02:00", "2024-05-01T10:30:00.000Z");
    }

    #[test]
    fn other_mocked_times_are_errors() {
        for text in ["", "soon", "2024-13-01", "NaN", "inf", "1e30", "-1e12"] {
            assert_eq!(mocked(text), None, "{text}");
        }
    }

    #[test]
    fn real_time_has_24_characters() {
        let now = with(&[]).now().unwrap();
        assert_eq!(now.len(), 24);
        assert!(now.ends_with('Z'));
    }

    #[test]
    fn colours_follow_terminal_and_variables() {
        let on =
            |variables: &[(&str, &str)], terminal| colours(&with(variables).variables, terminal);
        assert!(on(&[], true));
        assert!(!on(&[], false));
        assert!(!on(&[("NO_COLOR", "")], true));
        assert!(!on(&[("TERM", "dumb")], true));
        assert!(!on(&[("MLLD_NO_COLOR", "true")], true));
        assert!(on(&[("FORCE_COLOR", "1")], false));
        assert!(on(&[("MLLD_FORCE_COLOR", "true")], false));
        assert!(on(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false));
    }
}
