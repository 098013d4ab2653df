//! What went wrong, in one form for the person at the terminal and for machines (spec 01 §14, 09 §2).

use crate::run::Source;
use ecow::EcoString;
use mlld_security::{Denial, Place};
use mlld_syntax::{Diagnostic, LineIndex, Severity};
use std::sync::Arc;

/// Source lines around a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Number of the first line in `lines`.
    pub first: u32,
    /// The lines, without their ends.
    pub lines: Vec<Arc<str>>,
}

/// Everything there is to say about an error that ends a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Stable code of machine interfaces: `PARSE_ERROR`, `RUNTIME_ERROR`, `POLICY_LABEL_FLOW_DENIED` … (spec 09 §2.2).
    pub code: &'static str,
    /// Stable code of this very mistake: `E0107`, `R0203` …
    pub number: &'static str,
    /// Class of the error: `MlldParse`, `FieldAccess`, `VariableRedefinition`, `MlldDirective` …
    pub kind: &'static str,
    /// One sentence.
    pub message: EcoString,
    /// The directive's word and its subject: `show @ghost`, for the first line of a run-time error.
    pub subject: Option<EcoString>,
    /// Where.
    pub place: Option<Place>,
    /// Source lines around the place.
    pub frame: Option<Frame>,
    /// `Details:` lines. Never a value that carries `secret`.
    pub details: Vec<EcoString>,
    /// What to do.
    pub hint: Option<EcoString>,
    /// The refusal, where that is what it was.
    pub denial: Option<Box<Denial>>,
}

impl Report {
    /// What is wrong with a text that did not parse: the first mistake, and the others as details.
    #[must_use]
    pub fn parse(source: &Source, diagnostics: &[Diagnostic]) -> Self {
        let lines = LineIndex::new(&source.text);
        let place = |d: &Diagnostic| {
            let (line, column) = lines.line_col(&source.text, d.span.start);
            Place { file: Arc::clone(&source.name), line, column }
        };
        let mut errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
        let Some(first) = errors.next() else {
            return Self::new("PARSE_ERROR", "E0000", "MlldParse", "The script does not parse.");
        };
        let mut report = Self::new("PARSE_ERROR", first.code, "MlldParse", first.message.clone());
        report.hint.clone_from(&first.hint);
        let at = place(first);
        let from = at.line.saturating_sub(1).max(1);
        let around = (from..=at.line + 1).map_while(|n| lines.line(&source.text, n)).map(Arc::from);
        report.frame = Some(Frame { first: from, lines: around.collect() });
        report.place = Some(at);
        report.details = errors.map(|d| ecow::eco_format!("{}: {}", place(d), d.message)).collect();
        report
    }

    /// A report that says this much; its other fields are set by whoever knows more.
    #[must_use]
    pub fn new(code: &'static str, number: &'static str, kind: &'static str, message: impl Into<EcoString>) -> Self {
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
}
