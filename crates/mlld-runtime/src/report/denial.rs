//! The report of a refusal for people (spec 06 §23): the security crate writes it, for every embedder alike.

use mlld_security::Denial;

/// The lines of the denial report.
pub(super) fn render(denial: &Denial) -> String {
    let mut out = denial.render();
    out.push('\n');
    out
}
