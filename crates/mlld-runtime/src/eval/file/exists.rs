//! `@exists` and `@fileExists` (spec 04 §1.11). Looking is a read, so policy is asked; a denial is an error.

use super::super::{Cx, Eval, Failure, path};
use super::name::{self, Start, Wanted, Written};
use super::{is_unreadable, load, workspace};
use crate::effect::read::{self, FilePath};
use crate::effect::walk;
use crate::load::glob as patterns;
use crate::module::prefix;
use crate::net;
use crate::value::{Value, render};
use mlld_security::{Descriptor, Labelled, OpKind, Operation};
use mlld_syntax::ast::{FileRef, Step};

/// `@exists("…")`: whether a file lies at the text, or, for a pattern, any.
pub(in super::super) fn exists(cx: &Cx<'_>, text: Labelled<Value>) -> Eval<Labelled<Value>> {
    look(cx, text, true)
}

/// `@fileExists(x)`: whether a file lies at the text of a value.
pub(in super::super) fn file_exists(cx: &Cx<'_>, text: Labelled<Value>) -> Eval<Labelled<Value>> {
    look(cx, text, false)
}

fn look(cx: &Cx<'_>, text: Labelled<Value>, patterns_too: bool) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    let text = render::template(text.read(&reader));
    let labels = reader.seen();
    cx.frame.touch(labels);
    let no = Ok(Labelled::entering(Value::Bool(false), labels));
    let text = text.trim();
    if text.is_empty() || net::is_address(text) {
        return no;
    }
    let written = name::in_box(cx, Written::of_text(text.into()), &reader)?;
    let labels = reader.seen();
    if name::base_url(cx, &written).is_some() {
        return Ok(Labelled::entering(Value::Bool(false), labels));
    }
    let mut operation = cx
        .run
        .plain_operation(OpKind::Read, "/exists", cx.place(cx.stmt.span));
    operation.inputs.push(labels);
    if let Start::Workspace(number) = written.start {
        return workspace::exists(cx, operation, number, text, patterns_too, labels);
    }
    let found = if patterns::is_pattern(text) && patterns_too {
        match name::wanted(cx, &written).map_err(|p| p.about(labels))? {
            Wanted::File(_) | Wanted::Url(_) | Wanted::Workspace(_) => return no,
            Wanted::Pattern(pattern) => {
                let permit = cx.permit(operation, Labelled::entering(pattern, labels))?;
                // So many that they are too much are some.
                walk::files(permit).map_or(true, |found| !found.is_empty())
            }
        }
    } else {
        let file = match prefix::begins(cx, text) {
            true => name::file(cx, &written),
            false => crate::load::path::readable(cx, written.base(cx), text, text),
        };
        let file = match file {
            Ok(file) => file,
            // No one file is meant.
            Err(problem) if problem.number == "R0405" => return no,
            Err(problem) => return Err(problem.about(labels)),
        };
        let payload = Labelled::entering(file, labels);
        if patterns_too && is_data(text) {
            return data(cx, operation, payload, labels);
        }
        read::is_file(cx.permit(operation, payload)?)
    };
    Ok(Labelled::entering(Value::Bool(found), labels))
}

/// Whether a file of this name has to be parsed to be loaded.
fn is_data(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".json") || name.ends_with(".jsonl")
}

/// Whether a file of data loads: what is in it is not what it should be tells of its content.
fn data(
    cx: &Cx<'_>,
    operation: Operation,
    file: Labelled<FilePath>,
    labels: Descriptor,
) -> Eval<Labelled<Value>> {
    let Ok(loaded) = read::text(cx.permit(operation, file)?) else {
        return Ok(Labelled::entering(Value::Bool(false), labels));
    };
    let store = cx.run.store();
    let entered = crate::load::provenance(store, [loaded.real_path.as_path()]);
    let content = crate::load::content(loaded, &cx.module.folder);
    let loads = crate::load::loaded(content).is_ok();
    let labels = store.join(entered, labels);
    cx.frame.touch(labels);
    Ok(Labelled::entering(Value::Bool(loads), labels))
}

/// `@exists(<…>)`, `@exists(<…>.a)`: whether the reference loads, and what the steps lead to is there.
pub(in super::super) fn reference_exists(
    cx: &Cx<'_>,
    file: &FileRef,
    steps: &[Step],
) -> Eval<Labelled<Value>> {
    let loaded = match load(cx, file) {
        Ok(loaded) => loaded,
        Err(failure) => {
            return match *failure {
                Failure::Problem(problem) if is_unreadable(&problem, cx) => {
                    Ok(problem.map(|_| Value::Bool(false)))
                }
                other => Err(Box::new(other)),
            };
        }
    };
    if steps.is_empty() {
        return Ok(loaded.map(|value| {
            Value::Bool(match value.data() {
                Value::Array(items) => !items.is_empty() || value.view().is_some_and(is_file),
                // `?` made it so.
                Value::Null => value.view().is_some(),
                _ => true,
            })
        }));
    }
    let found = path::steps(cx, loaded, steps, path::Named::Nothing)?;
    Ok(found.map(|value| Value::Bool(!value.is_absent())))
}

fn is_file(view: &std::sync::Arc<crate::value::Viewed>) -> bool {
    view.file.is_some()
}
