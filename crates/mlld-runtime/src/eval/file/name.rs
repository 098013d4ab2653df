//! What the text between `<` and `>` names (spec 04 §1.2, §3).

use super::super::{Cx, Eval, Failure, Problem, boxed, path};
use crate::effect::read::FilePath;
use crate::load::fuzzy::{self, Found};
use crate::load::glob::{self, Pattern};
use crate::load::path as paths;
use crate::load::section::{Chunk, Selector};
use crate::module::prefix;
use crate::net;
use crate::value::{Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::Reader;
use mlld_syntax::ast::{Interp, Part};
use std::path::{Path, PathBuf};
use url::Url;

/// Where a written path starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Start {
    /// At the folder of the file in which it is written.
    Folder,
    /// `@base/`, `@root/`.
    Root,
    /// At `/`.
    Absolute,
    /// In the workspace of this number.
    Workspace(u32),
}

/// A path as it is written in a script, its variables replaced.
#[derive(Clone, Debug)]
pub(in super::super) struct Written {
    /// How messages name it.
    pub(in super::super) shown: EcoString,
    /// Where it starts.
    pub(in super::super) start: Start,
    /// The path from there.
    pub(in super::super) rest: EcoString,
}

impl Written {
    /// A path that stands in a text.
    pub(in super::super) fn of_text(text: EcoString) -> Self {
        let start = if text.starts_with('/') {
            Start::Absolute
        } else {
            Start::Folder
        };
        Self {
            shown: text.clone(),
            start,
            rest: text,
        }
    }

    /// The folder that it starts at.
    pub(super) fn base<'c>(&self, cx: &'c Cx<'_>) -> &'c Path {
        match self.start {
            Start::Root => &cx.run.root,
            Start::Folder | Start::Absolute | Start::Workspace(_) => &cx.module.folder,
        }
    }
}

/// What is to be loaded.
pub(super) enum Wanted {
    /// A file, which need not exist.
    File(FilePath),
    /// The files that a pattern matches.
    Pattern(Pattern),
    /// What lies at this URL.
    Url(Url),
    /// Something in the workspace of this number.
    Workspace(u32),
}

/// The path of a reference; what it is made of is read into `reader`. An undefined name stays as written.
pub(super) fn written(cx: &Cx<'_>, parts: &[Part], reader: &Reader<'_>) -> Eval<Written> {
    if let [Part::Interp(first), rest @ ..] = parts {
        let start = if is_root(cx, first) {
            Some(Start::Root)
        } else {
            workspace(cx, first, reader).map(Start::Workspace)
        };
        if let Some(start) = start {
            let text = without_mark(text_of(cx, rest, reader)?);
            return Ok(Written {
                shown: eco_format!("{}{text}", cx.text(first.span)),
                start,
                rest: text.trim_start_matches('/').into(),
            });
        }
    }
    Ok(Written::of_text(without_mark(text_of(cx, parts, reader)?)))
}

/// What a path is in a box: relative ones begin in its workspace, and none leads out of it.
pub(super) fn in_box(cx: &Cx<'_>, written: Written, reader: &Reader<'_>) -> Eval<Written> {
    let Some(around) = cx.boxed else {
        return Ok(written);
    };
    let is_url = net::is_address(&written.rest);
    match written.start {
        Start::Workspace(_) => Ok(written),
        Start::Folder if is_url => Ok(written),
        Start::Folder if !prefix::begins(cx, &written.shown) => {
            reader.touch(around.chosen);
            Ok(Written {
                start: Start::Workspace(around.workspace),
                ..written
            })
        }
        _ => cx.fail(reader, boxed::outside(&written.shown)),
    }
}

/// The text of a path without blanks around it.
pub(super) fn text_of(cx: &Cx<'_>, parts: &[Part], reader: &Reader<'_>) -> Eval<EcoString> {
    let mut text = EcoString::new();
    for part in parts {
        match part {
            Part::Text(t) => text.push_str(t),
            Part::Interp(interp) => match interpolated(cx, interp, reader)? {
                Some(value) => text.push_str(&value),
                None => text.push_str(cx.text(interp.span)),
            },
            _ => return cx.unsupported("This in a file reference"),
        }
    }
    Ok(text.trim().into())
}

/// A question mark at the end of a path that is no pattern means nothing.
fn without_mark(text: EcoString) -> EcoString {
    match text.strip_suffix('?') {
        Some(without) if !glob::is_pattern(without) => without.into(),
        _ => text,
    }
}

/// The workspace that a path begins with.
fn workspace(cx: &Cx<'_>, interp: &Interp, reader: &Reader<'_>) -> Option<u32> {
    if !interp.path.steps.is_empty() {
        return None;
    }
    let (number, labels) = super::workspace::named(cx, &interp.path.name.text)?;
    reader.touch(labels);
    Some(number)
}

/// Whether a path begins with the project root.
pub(in super::super) fn is_root(cx: &Cx<'_>, interp: &Interp) -> bool {
    let name = interp.path.name.text.as_str();
    // A parameter may have the name.
    matches!(name, "base" | "root")
        && interp.path.steps.is_empty()
        && path::lookup(cx, name).is_none()
}

fn interpolated(cx: &Cx<'_>, interp: &Interp, reader: &Reader<'_>) -> Eval<Option<EcoString>> {
    match path::in_text(cx, &interp.path) {
        Ok(None) => Ok(None),
        Ok(Some(value)) => {
            let value = value.read(reader);
            // The text of anything else would be taken for the name of a file, or for a pattern.
            let what = match value.data() {
                Value::Array(_) => "an array",
                Value::Object(_) => "an object",
                Value::Executable(_) => "an executable",
                _ => return Ok(Some(render::template(value))),
            };
            let written = cx.text(interp.span);
            let message = eco_format!("A path is a text; {written} is {what}");
            let problem = Problem::new("R0414", "MlldFile", message);
            cx.fail(
                reader,
                problem.hint("To use what a variable holds, write it without < and >."),
            )
        }
        Err(failure) => Err(match *failure {
            // What was meant as the dot of a file's name was read as a field.
            Failure::Problem(problem) if !interp.path.steps.is_empty() => {
                let written = cx.text(interp.span);
                let escaped = written.replace('.', "\\.");
                Box::new(Failure::Problem(problem.map(|mut p| {
                    if matches!(p.number, "R0201" | "R0202") {
                        p.message = eco_format!(
                            "{}. '{written}' looks like field access. If you meant a file extension, escape the dot: '{escaped}'.",
                            p.message.trim_end_matches('.')
                        );
                    }
                    p
                })))
            }
            other => Box::new(other),
        }),
    }
}

/// What stands behind `#` (spec 04 §1.6).
pub(super) fn section(cx: &Cx<'_>, parts: &[Part], reader: &Reader<'_>) -> Eval<Selector> {
    let mut texts: Vec<(EcoString, bool)> = Vec::with_capacity(parts.len());
    for (i, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => texts.push((text.clone(), false)),
            Part::Interp(interp) => {
                let value = path::in_text(cx, &interp.path)?
                    .map(|v| render::template(v.read(reader)))
                    .unwrap_or_else(|| cx.text(interp.span).into());
                // At the beginning it is the selector; elsewhere it stands in quotes and is a part of a name.
                texts.push((value, i > 0));
            }
            _ => return cx.unsupported("This in the section of a file reference"),
        }
    }
    let chunks: Vec<Chunk<'_>> = texts
        .iter()
        .map(|(text, is_value)| match is_value {
            true => Chunk::Value(text),
            false => Chunk::Text(text),
        })
        .collect();
    match Selector::parse(&chunks) {
        Ok(selector) => Ok(selector),
        Err(error) => cx.fail(reader, Problem::new("R0404", "MlldFile", error.text())),
    }
}

/// What a written path names.
pub(super) fn wanted(cx: &Cx<'_>, written: &Written) -> Result<Wanted, Problem> {
    let rest = written.rest.as_str();
    if net::is_address(rest) {
        return net::parse(rest).map(Wanted::Url);
    }
    if let Some(base) = base_url(cx, written) {
        if glob::is_pattern(rest) {
            return Err(Problem::unsupported(
                "A file pattern in a module from a URL",
            ));
        }
        return net::below(base, rest).map(Wanted::Url);
    }
    if glob::is_pattern(rest) {
        if prefix::begins(cx, &written.shown) {
            return Err(Problem::unsupported("A file pattern behind a prefix"));
        }
        return pattern(cx, written).map(Wanted::Pattern);
    }
    file(cx, written).map(Wanted::File)
}

/// Where a path starts that is written in a module from a URL and does not say where else it starts.
pub(super) fn base_url<'c>(cx: &'c Cx<'_>, written: &Written) -> Option<&'c Url> {
    let base = cx.module.origin.url.as_ref()?;
    (written.start == Start::Folder && !prefix::begins(cx, &written.shown)).then_some(base)
}

/// The file that a written path names, which need not exist: the one that is found under a name like it is meant.
pub(in super::super) fn file(cx: &Cx<'_>, written: &Written) -> Result<FilePath, Problem> {
    if let Some(file) = prefix::find(cx, &written.shown)? {
        return Ok(file);
    }
    if base_url(cx, written).is_some() {
        return Err(Problem::unsupported("This path in a module from a URL"));
    }
    let rest = written.rest.as_str();
    let base = written.base(cx);
    let rest = match (rest, &written.start) {
        ("", Start::Root) => ".",
        (rest, _) => rest,
    };
    let file = paths::readable(cx, base, rest, &written.shown)?;
    if file.real.is_some() || written.start == Start::Absolute {
        return Ok(file);
    }
    match fuzzy::find(base, Path::new(rest)) {
        // What is judged from here on is the file that was found.
        Found::File(path) => {
            let file = FilePath::resolve(path);
            paths::may_read(cx, &file, &written.shown)?;
            Ok(file)
        }
        Found::Nothing => Ok(file),
        Found::Several(found) => Err(ambiguous(cx, written, &found)),
    }
}

fn pattern(cx: &Cx<'_>, written: &Written) -> Result<Pattern, Problem> {
    let bad = |why: EcoString| {
        let message = eco_format!("The file pattern '{}' is not valid: {why}", written.shown);
        Problem::new("R0406", "MlldFile", message)
    };
    let pattern = Pattern::parse(written.base(cx), &written.rest).map_err(bad)?;
    let start = FilePath::resolve(pattern.start().to_path_buf());
    paths::may_read(cx, &start, &written.shown)?;
    Ok(pattern)
}

fn ambiguous(cx: &Cx<'_>, written: &Written, found: &[PathBuf]) -> Problem {
    let message = eco_format!("Ambiguous file match for: {}", written.shown);
    let mut problem = Problem::new("R0405", "MlldFile", message)
        .hint("Write the name of the one that is meant exactly.");
    problem.details = found
        .iter()
        .map(|p| eco_format!("  - {}", paths::relative(&cx.module.folder, p)))
        .collect();
    problem
}
