//! Operation labels of a command line (spec 05 §10.3): what a shell would run, without running it.
//!
//! A function of the text alone. Where the text does not tell what will run, the answer is not a guess but a
//! target that falls under every deny pattern (spec 06 §5.4).

mod analyse;
mod emit;
mod expansion;
mod git;
mod options;
mod reader;
mod tables;
#[cfg(test)]
mod tests;
mod unwrap;
mod word;

use crate::operation::Target;
use analyse::Analysis;
use std::ops::Range;
use word::{Dialect, Redacted};

/// The label above those of all commands.
const COMMAND: &str = "op:cmd";

/// The targets of a command line: the final text that `/bin/sh` sees (spec 05 §10.3). One for each simple
/// command, those in substitutions and behind wrappers included; further ones where something is only known
/// when it runs.
///
/// Words that overlap one of the byte ranges `redacted` serve for matching only; where labels are shown, `*`
/// stands in their place.
#[must_use]
pub fn targets(line: &str, redacted: &[Range<usize>]) -> Vec<Target> {
    let ranges = in_order(redacted);
    let mut analysis = Analysis::new(true);
    analysis.text(line, Dialect::Posix, Redacted::Ranges(&ranges), 0);
    analysis.finish()
}

/// The targets of a shell block, which bash runs: `op:sh`, and, for deny rules only, the `op:cmd:…` of each
/// command in it (spec 05 §10.2). Those are not shown.
#[must_use]
pub fn shell_targets(code: &str) -> Vec<Target> {
    let mut analysis = Analysis::new(false);
    analysis.text(code, Dialect::Bash, Redacted::Whole(true), 0);
    let mut all = vec![Target::shown("op:sh")];
    all.extend(analysis.finish());
    all
}

/// The ranges in order, those that touch as one.
fn in_order(ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut sorted: Vec<Range<usize>> = ranges.iter().filter(|r| !r.is_empty()).cloned().collect();
    sorted.sort_unstable_by_key(|r| r.start);
    let mut out: Vec<Range<usize>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}
