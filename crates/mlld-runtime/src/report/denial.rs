//! The report of a refusal for people (spec 06 §23).

use super::visible;
use mlld_security::{BlockerKind, Denial};
use std::fmt::Write;

/// The lines of the denial report: all parts that apply, in the order that the specification gives, then where
/// the data came from and where the rule is written.
pub(super) fn render(denial: &Denial) -> String {
    let mut out = String::from("Operation denied\n");
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "  {name}: {}", visible(text));
    };
    line("Operation", &denial.operation);
    let by = match denial.blocker.kind {
        BlockerKind::Policy => format!("Policy {}", denial.blocker.name),
        BlockerKind::Guard => format!("Guard @{}", denial.blocker.name),
    };
    line("Blocked by", &by);
    if let Some(rule) = &denial.blocker.rule {
        line("Rule", rule);
    }
    if !denial.input_labels.is_empty() {
        line(
            "Input labels",
            &format!("[{}]", denial.input_labels.join(", ")),
        );
    }
    if !denial.operation_labels.is_empty() {
        line(
            "Operation labels",
            &format!("[{}]", denial.operation_labels.join(", ")),
        );
    }
    line("Reason", &denial.reason);
    if !denial.suggestions.is_empty() {
        out.push_str("  Suggestions:\n");
        for s in &denial.suggestions {
            let _ = writeln!(out, "  - {}", visible(s));
        }
    }
    if !denial.input_sources.is_empty() {
        let _ = writeln!(
            out,
            "  Data from: {}",
            visible(&denial.input_sources.join(", "))
        );
    }
    if let Some(place) = &denial.blocker.place {
        let _ = writeln!(out, "  Rule written at: {}", visible(&place.to_string()));
    }
    out
}
