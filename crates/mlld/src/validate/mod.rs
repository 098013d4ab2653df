//! `mlld validate PATH…`: what is wrong with scripts and templates, without running anything (spec 09 §6).
//!
//! Only syntax is checked so far. A file an idea: `files` finds what to check, `check` checks one file, `text`
//! and `json` show what was found.

mod check;
mod files;
mod json;
mod preflight;
mod text;

pub(crate) use preflight::preflight;

use crate::args::{CommandSpec, Opt, Word, Words, later_option};
use crate::terminal::Terminal;
use crate::{Status, codes};
use check::Checked;
use mlld_runtime::report::Report;
use std::ffi::OsString;
use std::path::PathBuf;

/// What the words behind `validate` ask for.
#[derive(Debug, Default)]
struct Wanted {
    /// Files and folders.
    paths: Vec<PathBuf>,
    /// JSON instead of text.
    json: bool,
    /// The full form for several files.
    verbose: bool,
    /// Warnings count as errors.
    error_on_warnings: bool,
}

/// Checks the files and prints what was found.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let wanted = parse(command, words)?;
    let (files, several) = files::find(&wanted.paths);
    if files.is_empty() {
        let message = "No mlld files found";
        return Err(Box::new(Report::usage(codes::NO_FILES, message)));
    }
    let checked: Vec<Checked> = files.into_iter().map(check::check).collect();
    let shown = if wanted.json {
        json::render(&checked, several)
    } else if several && !wanted.verbose {
        text::list(&checked)
    } else {
        checked.iter().map(text::full).collect()
    };
    terminal.print(&shown);
    let bad =
        |c: &Checked| !c.errors.is_empty() || (wanted.error_on_warnings && !c.warnings.is_empty());
    Ok(if checked.iter().any(bad) {
        Status::Bad
    } else {
        Status::Good
    })
}

/// Reads the words behind `validate`.
fn parse(command: &'static CommandSpec, words: Vec<OsString>) -> Result<Wanted, Box<Report>> {
    let mut wanted = Wanted::default();
    let mut ast = false;
    let mut refusal = None;
    let mut words = Words::new(words);
    while let Some(word) = words.next(command.options, true)? {
        match word {
            Word::Bare(path) => wanted.paths.push(path.into()),
            Word::Rest(paths) => wanted.paths.extend(paths.into_iter().map(PathBuf::from)),
            Word::Unknown(name, _) => return Err(command.unknown_option(&name)),
            Word::Option(taken) => {
                match taken.spec.id {
                    Opt::Json => wanted.json = true,
                    Opt::Format => wanted.json = is_json(taken.text()?)?,
                    Opt::Verbose => wanted.verbose = true,
                    Opt::ErrorOnWarnings => wanted.error_on_warnings = true,
                    Opt::Ast => ast = true,
                    _ => {}
                }
                if !taken.spec.ready {
                    refusal.get_or_insert(Box::new(later_option(&taken.name)));
                }
            }
        }
    }
    if ast && !wanted.json {
        let message = "--ast requires --format json";
        return Err(Box::new(Report::usage(codes::CONFLICT, message)));
    }
    if wanted.paths.is_empty() {
        return Err(Box::new(
            Report::usage(
                codes::MISSING_ARGUMENT,
                "File path or directory is required",
            )
            .with_hint("Usage: mlld validate [OPTIONS] PATH…"),
        ));
    }
    refusal.map_or(Ok(wanted), Err)
}

/// Whether the value of `--format` is JSON.
fn is_json(format: &str) -> Result<bool, Box<Report>> {
    match format {
        "json" => Ok(true),
        "text" => Ok(false),
        _ => Err(Box::new(Report::usage(
            codes::BAD_VALUE,
            "Invalid format. Must be: json or text",
        ))),
    }
}
