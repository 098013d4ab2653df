//! Making reports of what the parser, and the reading of a script, have to say.

use super::{Frame, Report};
use crate::failure::Problem;
use crate::run::SourceError;
use crate::source::Unreadable;
use ecow::{EcoString, eco_format};
use mlld_security::Place;
use mlld_syntax::{Diagnostic, LineIndex, Severity};
use std::sync::Arc;

/// A mistake outside of any script.
impl From<Problem> for Box<Report> {
    fn from(problem: Problem) -> Self {
        let mut report = Report::new(problem.code, problem.number, problem.kind, problem.message);
        report.hint = problem.hint;
        report.details = problem.details;
        Self::new(report)
    }
}

/// Further mistakes that a report lists; the rest is counted.
const LISTED: usize = 10;

impl Report {
    /// A report that has a code and a sentence, and nothing else yet.
    #[must_use]
    pub fn new(
        code: &'static str,
        number: &'static str,
        kind: &'static str,
        message: impl Into<EcoString>,
    ) -> Self {
        Self {
            code,
            number,
            kind,
            message: message.into(),
            subject: None,
            place: None,
            frame: None,
            details: Vec::new(),
            hint: None,
            denial: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<EcoString>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A mistake in the arguments that the program was called with (spec 09 §2.2).
    #[must_use]
    pub fn usage(number: &'static str, message: impl Into<EcoString>) -> Self {
        Self::new("INVALID_ARGUMENTS", number, "Usage", message)
    }

    /// What the parser found, in the text of the file that messages call `file`.
    #[must_use]
    pub fn from_diagnostic(file: &Arc<str>, text: &str, found: &Diagnostic) -> Self {
        Self::from_indexed(file, text, &LineIndex::new(text), found)
    }

    /// The first error in full; further ones as details, with place and sentence. `None` without an error.
    ///
    /// This is what ends a run whose script does not parse (spec 01 §14).
    #[must_use]
    pub fn from_diagnostics(file: &Arc<str>, text: &str, found: &[Diagnostic]) -> Option<Self> {
        let mut errors = found.iter().filter(|d| d.severity == Severity::Error);
        let first = errors.next()?;
        let index = LineIndex::new(text);
        let mut report = Self::from_indexed(file, text, &index, first);
        let others: Vec<_> = errors.collect();
        if !others.is_empty() {
            let s = if others.len() == 1 { "" } else { "s" };
            report
                .details
                .push(eco_format!("… and {} more error{s}:", others.len()));
            for d in others.iter().take(LISTED) {
                let place = place_of(file, text, &index, d);
                report.details.push(eco_format!("{place} {}", d.message));
            }
            if others.len() > LISTED {
                report.details.push("…".into());
            }
        }
        Some(report)
    }

    /// All errors, each in full, in order of place.
    #[must_use]
    pub fn all_from_diagnostics(file: &Arc<str>, text: &str, found: &[Diagnostic]) -> Vec<Self> {
        let index = LineIndex::new(text);
        found
            .iter()
            .map(|d| Self::from_indexed(file, text, &index, d))
            .collect()
    }

    /// One finding, with the line index at hand.
    fn from_indexed(file: &Arc<str>, text: &str, index: &LineIndex, found: &Diagnostic) -> Self {
        let place = place_of(file, text, index, found);
        let mut report = Self::new(
            "PARSE_ERROR",
            found.code,
            "MlldParse",
            found.message.clone(),
        );
        report.frame = Frame::around(text, index, place.line);
        report.place = Some(place);
        report.hint.clone_from(&found.hint);
        report
    }

    /// Why a script cannot be read (spec 09 §1.5). `file` is the name that messages use.
    #[must_use]
    pub fn from_unreadable(file: &Arc<str>, failure: &Unreadable) -> Self {
        let mut report = match &failure.error {
            SourceError::Missing => Self::new(
                "FILE_NOT_FOUND",
                "E0001",
                "MlldFileNotFound",
                eco_format!("Input file does not exist: {file}"),
            ),
            SourceError::Folder => Self::usage("E0002", eco_format!("Input is a folder: {file}")),
            SourceError::NotUtf8(offset) => Self::new(
                "PARSE_ERROR",
                "E0003",
                "MlldParse",
                eco_format!("The text is not UTF-8: its byte {offset} (from 0) cannot stand there"),
            )
            .with_hint("Save the file as UTF-8."),
            SourceError::Binary(offset) => Self::new(
                "PARSE_ERROR",
                "E0004",
                "MlldParse",
                eco_format!("This is not a text: its byte {offset} (from 0) is NUL"),
            )
            .with_hint("A script is UTF-8 text without NUL characters."),
            SourceError::TooLarge => Self::new(
                "PARSE_ERROR",
                "E0005",
                "MlldParse",
                "The text is too large: a script has at most 4 GiB",
            ),
            SourceError::Unreadable(why) => Self::new(
                "RUNTIME_ERROR",
                "E0006",
                "MlldFile",
                eco_format!("Cannot read {file}: {why}"),
            ),
        };
        report.place = failure.line_col.map(|(line, column)| Place {
            file: file.clone(),
            line,
            column,
        });
        report
    }
}

/// Where a finding stands.
fn place_of(file: &Arc<str>, text: &str, index: &LineIndex, found: &Diagnostic) -> Place {
    let (line, column) = index.line_col(text, found.span.start);
    Place {
        file: file.clone(),
        line,
        column,
    }
}
