//! The check of a script before `mlld run` runs it (spec 09 §4.1).

use super::check::{self, Finding};
use super::files::File;
use std::path::Path;

/// What was found, a line a finding.
#[derive(Debug)]
pub(crate) struct Preflight {
    /// What keeps the script from running.
    pub(crate) errors: Vec<String>,
    /// What its author should know.
    pub(crate) warnings: Vec<String>,
}

/// Checks the script.
pub(crate) fn preflight(path: &Path) -> Preflight {
    let checked = check::check(File::new(path.to_owned(), String::new()));
    let name = &checked.file.name;
    let lines = |findings: &[Finding]| findings.iter().map(|f| line(name, f)).collect();
    Preflight {
        errors: lines(&checked.errors),
        warnings: lines(&checked.warnings),
    }
}

/// `FILE:L:C - MESSAGE`, and below it what to do.
fn line(file: &str, found: &Finding) -> String {
    use mlld_runtime::report::visible;
    let mut out = visible(file).into_owned();
    if let Some((line, column)) = found.place {
        out.push_str(&format!(":{line}:{column}"));
    }
    out.push_str(&format!(" - {}", visible(&found.message)));
    if let Some(hint) = &found.hint {
        out.push_str(&format!("\n    hint: {}", visible(hint)));
    }
    out
}
