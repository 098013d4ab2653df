//! File references (spec 04 §1): the plain ones. Sections, selectors, globs, templates and URLs come later.

use super::{Cx, Eval, Failure, Problem, path};
use crate::effect::print;
use crate::effect::read::{self, ReadError};
use crate::gate::Printed;
use crate::load;
use crate::value::{Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Labelled, OpKind};
use mlld_syntax::ast::{FileRef, Part};
use std::path::PathBuf;

/// Numbers of problems that say that a file cannot be loaded; `?` and templates get over these, never over a
/// denial (spec 04 §1.10).
const UNREADABLE: [&str; 3] = ["R0401", "R0402", "R0403"];

/// Loads a file.
pub(super) fn load(cx: &Cx<'_>, file: &FileRef) -> Eval<Labelled<Value>> {
    match load_now(cx, file) {
        Err(failure) if file.optional => match *failure {
            Failure::Problem(problem) if is_unreadable(&problem, cx) => {
                // That it could not be loaded is something that the path's labels tell.
                Ok(problem.map(|_| Value::Null))
            }
            other => Err(Box::new(other)),
        },
        other => other,
    }
}

fn load_now(cx: &Cx<'_>, file: &FileRef) -> Eval<Labelled<Value>> {
    if !file.selectors.is_empty() {
        return cx.unsupported("A definition selector in a file reference");
    }
    if file.section.is_some() {
        return cx.unsupported("A section of a file");
    }
    if file.rename.is_some() {
        return cx.unsupported("`as` in a file reference");
    }
    let written = path_text(cx, &file.path)?;
    let target = resolve(cx, written)?;
    let path_labels = target.descriptor();
    let subject = eco_format!("/read \"{}\"", cx.text(file.span));
    let mut operation = cx
        .run
        .plain_operation(OpKind::Read, "", cx.place(file.span));
    operation.subject = subject;
    let name = target.as_ref().map(|t| t.written.clone());
    let permit = cx.run.permit(operation, target.map(|t| t.path))?;
    match read::text(permit) {
        Ok(loaded) => {
            let descriptor = load::provenance(cx.run.store(), &loaded.real_path);
            let descriptor = cx.run.store().join(descriptor, path_labels);
            let folder = &cx.module.folder;
            load::file_value(loaded, folder)
                .map(|v| Labelled::entering(v, descriptor))
                .map_err(|e| {
                    let message = eco_format!("{}", e.message);
                    Problem::new("R0403", "MlldFile", message).about(descriptor)
                })
        }
        Err(error) => {
            let reader = cx.reader();
            let name = name.take(&reader);
            cx.fail(&reader, cannot_read(&name, &error))
        }
    }
}

/// A path as it was written, and resolved.
#[derive(Clone)]
struct Target {
    written: EcoString,
    path: PathBuf,
}

fn resolve(cx: &Cx<'_>, written: Labelled<EcoString>) -> Eval<Labelled<Target>> {
    cx.compute(|r| {
        let written = written.read(r).clone();
        if written.starts_with("http://") || written.starts_with("https://") {
            return Err(Problem::unsupported("Loading a URL"));
        }
        if written.contains(['*', '?', '[', ']', '{', '}']) {
            return Err(Problem::unsupported("A file pattern"));
        }
        let path = load::path::readable(cx, &written)?;
        Ok(Target { written, path })
    })
}

/// The path's text: an undefined name stays as written (spec 04 §1.2).
fn path_text(cx: &Cx<'_>, parts: &[Part]) -> Eval<Labelled<EcoString>> {
    let reader = cx.reader();
    let mut out = EcoString::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Interp(interp) => match path::in_text(cx, &interp.path)? {
                Some(value) => out.push_str(&render::template(value.read(&reader))),
                None => out.push_str(cx.text(interp.span)),
            },
            _ => return cx.unsupported("This in a file reference"),
        }
    }
    let trimmed = out.trim();
    let out = if trimmed.len() == out.len() {
        out
    } else {
        trimmed.into()
    };
    Ok(reader.finish(cx.frame, out))
}

fn cannot_read(written: &str, error: &ReadError) -> Problem {
    match error {
        ReadError::Missing => Problem::new(
            "R0401",
            "MlldFileNotFound",
            eco_format!("File not found: {written}"),
        )
        .code("FILE_NOT_FOUND")
        .hint("Paths resolve relative to the current mlld file directory. Use @root/... to resolve from the project root."),
        ReadError::Other(why) => Problem::new(
            "R0402",
            "MlldFile",
            eco_format!("Failed to load content: {written} ({why})"),
        )
        .hint("Paths are relative to mlld files. You can make them relative to your project root with the `@root/` prefix"),
    }
}

/// Whether a problem says that a file cannot be loaded.
pub(super) fn is_unreadable(problem: &Labelled<Problem>, cx: &Cx<'_>) -> bool {
    UNREADABLE.contains(&problem.read(cx.frame).number)
}

/// Says on standard error that a file in a text could not be read: the path, if it may be shown there.
pub(super) fn warn_unreadable(cx: &Cx<'_>, name: &str, problem: Labelled<Problem>) {
    let labels = problem.descriptor();
    let text = if cx.run.may_show(labels) {
        problem.map(|p| eco_format!("Warning: Failed to load file '{name}': {}", p.message))
    } else {
        let withheld = print::withheld_text(cx.run, labels);
        Labelled::literal(eco_format!(
            "Warning: Failed to load file '{name}': {withheld}"
        ))
    };
    let operation = cx
        .run
        .plain_operation(OpKind::Log, "/log", cx.place(cx.stmt.span));
    if let Ok(permit) = cx.run.permit(operation, text.map(Printed::line)) {
        print::warning(cx.run, permit);
    }
}

/// Whether a file lies at the text of a value. Looking is a read, so policy is asked.
pub(super) fn exists(cx: &Cx<'_>, text: Labelled<Value>) -> Eval<Labelled<Value>> {
    let written = cx.compute(|r| Ok::<_, Problem>(render::template(text.read(r))))?;
    let target = resolve(cx, written)?;
    let labels = target.descriptor();
    let mut operation = cx
        .run
        .plain_operation(OpKind::Read, "/exists", cx.place(cx.stmt.span));
    operation.inputs.push(labels);
    let permit = cx.run.permit(operation, target.map(|t| t.path))?;
    Ok(Labelled::entering(
        Value::Bool(read::is_file(permit)),
        labels,
    ))
}
