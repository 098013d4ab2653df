//! Lexer, parser, syntax tree and diagnostics of mlld.
//!
//! Parsing cannot fail: [`parse`] gives a tree with holes and a list of diagnostics, for the evaluator, the
//! validator and the editor alike. Nothing here reads files, evaluates or prints.

pub mod ast;
mod diagnostic;
mod parser;
mod span;

pub use ast::Mode;
mod near;
pub use diagnostic::{Diagnostic, Severity};
pub use near::is_near;
pub use span::{LineIndex, Span};

/// A parsed text and what was found wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    /// The tree; statements and expressions that did not parse are holes.
    pub module: ast::Module,
    /// Findings in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parse {
    /// Whether nothing is wrong: only then may the module be evaluated.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.diagnostics
            .iter()
            .all(|d| d.severity != Severity::Error)
    }
}

pub use parser::{parse, parse_template_body};
