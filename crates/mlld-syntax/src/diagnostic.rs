//! What the parser has to say about a text.

use crate::span::Span;
use ecow::EcoString;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The script cannot run.
    Error,
    /// The script runs; its author should know.
    Warning,
}

/// One finding, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable code such as `E0107`; the table stands in `docs/errors.md`.
    pub code: &'static str,
    /// One sentence in the author's terms (spec 01 §14.1).
    pub message: EcoString,
    /// What to do about it.
    pub hint: Option<EcoString>,
    /// Where. The start is the place that an error report names.
    pub span: Span,
}
