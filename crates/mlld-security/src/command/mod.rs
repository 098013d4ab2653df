//! Operation labels of a command line (spec 05 §10.3): what a shell would run, without running it.

use crate::operation::Target;
use std::ops::Range;

/// The targets of a command line: the final text that the shell sees (spec 05 §10.3).
///
/// Words that overlap one of the byte ranges `redacted` serve for matching only; where labels are shown, `*`
/// stands in their place.
#[must_use]
pub fn targets(line: &str, redacted: &[Range<usize>]) -> Vec<Target> {
    let _ = (line, redacted);
    let mut all = Target::shown("op:cmd");
    all.opaque = true;
    vec![all]
}

/// The targets of a shell block: `op:sh`, and for deny rules only the `op:cmd:…` of each command in it.
#[must_use]
pub fn shell_targets(code: &str) -> Vec<Target> {
    let _ = code;
    let mut all = Target::hidden("op:cmd");
    all.opaque = true;
    vec![Target::shown("op:sh"), all]
}
