//! File references (spec 04 §1), files that are written (§5), templates in files of their own (§4).

mod as_template;
mod definitions;
mod exists;
pub(super) mod external;
mod glob;
mod missing;
mod name;
mod pipe;
mod single;
mod url;
pub(super) mod workspace;
pub(super) mod write;

pub(super) use as_template::current;
pub(super) use exists::{exists, file_exists, reference_exists};
pub(super) use missing::cannot_read;
pub(super) use name::{Start, Written, file as find, is_root};
pub(super) use pipe::piped;

use super::hook::{self, Act};
use super::{Cx, Eval, Failure, Problem};
use crate::effect::print;
use crate::gate::Printed;
use crate::load;
use crate::load::section::Selector;
use crate::net;
use crate::value::Value;
use ecow::eco_format;
use mlld_security::{Descriptor, Labelled, OpKind, Operation};
use mlld_syntax::Span;
use mlld_syntax::ast::{Expr, FileRef, Part};
use name::Wanted;

/// Numbers of problems that say that a file cannot be loaded; `?` and templates get over these, never over a
/// denial (spec 04 §1.10).
const UNREADABLE: [&str; 5] = ["R0401", "R0402", "R0403", "R0404", "R0405"];

/// What a file reference asks for, besides the file.
struct Asked<'f> {
    /// In `{ }`.
    definitions: Option<definitions::Selector>,
    /// Behind `#`.
    section: Option<Selector>,
    /// Behind `as`.
    template: Option<&'f Expr>,
    /// How messages name the file.
    shown: ecow::EcoString,
    /// Where the reference stands.
    span: Span,
    /// The labels of path and section: what chose the content is on the content (spec 05 §6.1).
    labels: Descriptor,
}

/// Loads a file, or the files of a pattern.
pub(super) fn load(cx: &Cx<'_>, file: &FileRef) -> Eval<Labelled<Value>> {
    match load_now(cx, file) {
        Err(failure) if file.optional => match *failure {
            Failure::Problem(problem) if is_unreadable(&problem, cx) => {
                let is_url = matches!(file.path.first(), Some(Part::Text(t)) if net::is_address(t));
                let pattern = !is_url
                    && file
                        .path
                        .iter()
                        .any(|p| matches!(p, Part::Text(t) if load::glob::is_pattern(t)));
                // That it could not be loaded is something that the path's labels tell.
                Ok(problem.map(|_| match pattern {
                    true => load::joined(Vec::new()),
                    false => Value::Null,
                }))
            }
            other => Err(Box::new(other)),
        },
        other => other,
    }
}

fn load_now(cx: &Cx<'_>, file: &FileRef) -> Eval<Labelled<Value>> {
    if !file.selectors.is_empty() && file.section.is_some() {
        let message = "A file reference has a selector in { } or a section, not both.";
        return Err(Problem::new("R0407", "MlldFile", message).plain());
    }
    let reader = cx.reader();
    let has_template = file.rename.is_some();
    let definitions = definitions::selector(cx, &file.selectors, has_template, &reader)?;
    let section = match &file.section {
        None => None,
        Some(parts) => Some(name::section(cx, parts, &reader)?),
    };
    if let (Some(Selector::Headings(_)), Some(_)) = (&section, &file.rename) {
        let message = "A list of headings has no `as`.";
        return Err(Problem::new("R0407", "MlldFile", message).plain());
    }
    let written = name::written(cx, &file.path, &reader)?;
    let written = name::in_box(cx, written, &reader)?;
    let asked = Asked {
        definitions,
        section,
        template: file.rename.as_deref(),
        shown: written.shown.clone(),
        span: file.span,
        labels: reader.seen(),
    };
    cx.frame.touch(asked.labels);
    let wanted = match written.start {
        Start::Workspace(number) => Wanted::Workspace(number),
        _ => name::wanted(cx, &written).map_err(|p| p.about(asked.labels))?,
    };
    let act = || Act::of("read", &read_operation(cx, file.span));
    let named = Labelled::entering(Value::Text(written.shown.clone()), asked.labels);
    hook::around(cx, act, vec![named], |_| match wanted {
        Wanted::File(path) => single::load(cx, &asked, &written, path),
        Wanted::Pattern(pattern) => glob::load(cx, &asked, &written, pattern),
        Wanted::Url(url) => url::load(cx, &asked, url),
        Wanted::Workspace(number) => workspace::load(cx, &asked, &written, number),
    })
}

/// The operation of loading (spec 05 §10.2).
fn read_operation(cx: &Cx<'_>, span: Span) -> Operation {
    let mut operation = cx.run.plain_operation(OpKind::Read, "", cx.place(span));
    operation.subject = eco_format!("/read \"{}\"", cx.text(span));
    operation
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
    if let Ok(permit) = cx.permit(operation, text.map(Printed::line)) {
        print::warning(cx.run, permit);
    }
}
