//! Checking one file.

use super::files::File;
use crate::mode;
use mlld_runtime::report::Report;
use mlld_runtime::source;
use mlld_syntax::ast::Quote;
use mlld_syntax::{Diagnostic, Severity};

/// What was found in a file.
#[derive(Debug)]
pub(super) struct Checked {
    /// The file.
    pub(super) file: File,
    /// What it is.
    pub(super) kind: Kind,
    /// What keeps it from running.
    pub(super) errors: Vec<Finding>,
    /// What its author should know.
    pub(super) warnings: Vec<Finding>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A script.
    Module,
    /// A template with `@name` references.
    Att,
    /// A template with `{{name}}` references.
    Mtt,
}

/// One finding.
#[derive(Debug)]
pub(super) struct Finding {
    /// Stable code.
    pub(super) code: &'static str,
    /// One sentence.
    pub(super) message: String,
    /// Line and column.
    pub(super) place: Option<(u32, u32)>,
    /// What to do.
    pub(super) hint: Option<String>,
}

/// Reads and parses the file.
pub(super) fn check(file: File) -> Checked {
    let kind = kind_of(&file);
    let mut checked = Checked {
        file,
        kind,
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    let file = &checked.file;
    match source::read_regular(&file.path) {
        Err(failure) => {
            let report = Report::from_unreadable(&file.name, &failure);
            checked.errors.push(error(&report));
        }
        Ok(text) => {
            let found = parse(file, kind, &text);
            let reports = Report::all_from_diagnostics(&file.name, &text, &found);
            for (diagnostic, report) in found.iter().zip(reports) {
                match diagnostic.severity {
                    Severity::Error => checked.errors.push(error(&report)),
                    Severity::Warning => checked.warnings.push(warning(&report)),
                }
            }
        }
    }
    checked
}

/// What the file is, by its name.
fn kind_of(file: &File) -> Kind {
    match file.path.extension().and_then(|e| e.to_str()) {
        Some("att") => Kind::Att,
        Some("mtt") => Kind::Mtt,
        _ => Kind::Module,
    }
}

/// What the parser finds.
fn parse(file: &File, kind: Kind, text: &str) -> Vec<Diagnostic> {
    match kind {
        Kind::Module => mlld_syntax::parse(text, mode::of_name(&file.path)).diagnostics,
        Kind::Att => mlld_syntax::parse_template_body(text, Quote::DoubleColon).1,
        Kind::Mtt => mlld_syntax::parse_template_body(text, Quote::TripleColon).1,
    }
}

/// An error: its sentence tells the place too, as in a run.
fn error(report: &Report) -> Finding {
    let message = if report.code == "PARSE_ERROR" {
        report.parse_error_message()
    } else {
        report.message.to_string()
    };
    Finding {
        message,
        ..warning(report)
    }
}

/// A warning: its sentence is the message.
fn warning(report: &Report) -> Finding {
    Finding {
        code: report.number,
        message: report.message.to_string(),
        place: report.place.as_ref().map(|p| (p.line, p.column)),
        hint: report.hint.as_ref().map(ToString::to_string),
    }
}
