//! Lines and what they come to.

mod labels;
mod limits;
mod opaque;
mod properties;

use super::targets;
use crate::operation::{Target, shown_labels};

fn shown(line: &str) -> String {
    shown_labels(&targets(line, &[])).join(" ")
}

fn is_under(label: &str, above: &str) -> bool {
    crate::label::is_under(label, above)
}

/// Whether a deny pattern matches any target.
fn denied(targets: &[Target], pattern: &str) -> bool {
    targets.iter().any(|t| {
        is_under(&t.label, pattern)
            || t.also_denied.iter().any(|l| is_under(l, pattern))
            || (t.opaque && is_under(pattern, &t.label))
    })
}

/// Whether allow patterns match all targets.
fn allowed(targets: &[Target], pattern: &str) -> bool {
    targets
        .iter()
        .all(|t| is_under(t.allowed_as.as_ref().unwrap_or(&t.label), pattern))
}

fn is_opaque(targets: &[Target]) -> bool {
    targets.iter().any(|t| t.opaque && t.label == "op:cmd")
}

#[track_caller]
fn all_denied(line: &str, patterns: &[&str]) {
    let targets = targets(line, &[]);
    for pattern in patterns {
        assert!(denied(&targets, pattern), "{line}: {pattern}: {targets:?}");
    }
}
