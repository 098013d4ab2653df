//! What went wrong, in one form for the person at the terminal and for machines (spec 01 §14, 09 §2).

mod build;
mod denial;
pub(crate) mod explain;
mod frame;
mod json;
#[cfg(test)]
mod tests;
mod text;
mod visible;

pub use text::Style;
pub use visible::visible;

use ecow::EcoString;
use mlld_security::{Denial, Place};
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
