//! What was found, for people (spec 09 §6.2).

use super::check::{Checked, Finding, Kind};
use mlld_runtime::report::visible;
use std::fmt::Write;

/// The full form of one file.
pub(super) fn full(checked: &Checked) -> String {
    let path = checked.file.absolute.to_string_lossy();
    let verdict = if checked.errors.is_empty() {
        "Valid"
    } else {
        "Invalid"
    };
    let kind = match checked.kind {
        Kind::Module => "module",
        Kind::Att => "template (.att)",
        Kind::Mtt => "template (.mtt)",
    };
    let mut out = format!("\n{}\n\n{verdict} {kind}\n", visible(&path));
    if checked.errors.is_empty() {
        if !checked.warnings.is_empty() {
            let _ = writeln!(out, "\nAnti-pattern warnings ({}):", checked.warnings.len());
            findings(&mut out, &checked.warnings, 2);
        }
    } else {
        findings(&mut out, &checked.errors, 2);
    }
    out
}

/// One line a file, what is wrong below it, and a count at the end.
pub(super) fn list(checked: &[Checked]) -> String {
    let mut out = String::from("\n");
    for c in checked {
        let (mark, found) = if !c.errors.is_empty() {
            ('✗', &c.errors)
        } else if !c.warnings.is_empty() {
            ('⚠', &c.warnings)
        } else {
            ('✓', &c.errors)
        };
        let _ = writeln!(out, "  {mark} {}", visible(&c.file.listed));
        findings(&mut out, found, 6);
    }
    let failed = checked.iter().filter(|c| !c.errors.is_empty()).count();
    let warned = checked
        .iter()
        .filter(|c| c.errors.is_empty() && !c.warnings.is_empty())
        .count();
    let parts: Vec<_> = [
        (checked.len() - failed, "passed"),
        (failed, "failed"),
        (warned, "with warnings"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, what)| format!("{n} {what}"))
    .collect();
    let s = if checked.len() == 1 { "" } else { "s" };
    let _ = writeln!(out, "\n{} file{s}: {}", checked.len(), parts.join(", "));
    out
}

/// Each finding on a line, with its place and, below, what to do.
fn findings(out: &mut String, found: &[Finding], indent: usize) {
    for f in found {
        let _ = write!(out, "{:indent$}{}", "", visible(&f.message));
        if let Some((line, column)) = f.place {
            let _ = write!(out, " (line {line}:{column})");
        }
        out.push('\n');
        if let Some(hint) = &f.hint {
            let _ = writeln!(out, "{:indent$}  hint: {}", "", visible(hint));
        }
    }
}
