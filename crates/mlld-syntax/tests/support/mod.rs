//! A compact notation of the syntax tree for tests, and the notation of findings.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod statements;
mod values;

/// Compares with the snapshot of the test; the scripts stand in it anyway, so the expression is left out.
macro_rules! snapshot {
    ($value:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($value) })
    };
}

pub(crate) use statements::shape;
pub(crate) use values::template;

use mlld_syntax::{Diagnostic, LineIndex, Mode, Severity, parse};
use std::fmt::Write;

/// The shapes of a script's items, one a line; findings behind them.
pub(crate) fn shapes(source: &str, mode: Mode) -> String {
    let parse = parse(source, mode);
    let mut out = shape(&parse.module, source);
    out.push_str(&findings(source, &parse.diagnostics));
    out
}

/// One line a finding: `L:C CODE message | hint`.
pub(crate) fn findings(source: &str, diagnostics: &[Diagnostic]) -> String {
    let index = LineIndex::new(source);
    let mut out = String::new();
    for d in diagnostics {
        let (line, column) = index.line_col(source, d.span.start);
        let mark = if d.severity == Severity::Warning {
            "warning "
        } else {
            ""
        };
        let _ = write!(out, "{line}:{column} {} {mark}{}", d.code, d.message);
        if let Some(hint) = &d.hint {
            let _ = write!(out, " | {hint}");
        }
        out.push('\n');
    }
    out
}

/// A list of scripts, each with what comes of it.
pub(crate) fn table(scripts: &[&str], mode: Mode, render: impl Fn(&str, Mode) -> String) -> String {
    let mut out = String::new();
    for script in scripts {
        for (i, line) in script.split('\n').enumerate() {
            let _ = writeln!(out, "{} {line}", if i == 0 { ">" } else { "." });
        }
        out.push_str(&render(script, mode));
        out.push('\n');
    }
    out
}
