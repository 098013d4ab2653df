//! Names that were imported, where they are used (spec 04 §7.4, §7.9; 05 §6.1).
//!
//! A member of a module carries its own labels and those of its file, not those of its neighbours. A call of an imported
//! executable carries what its module read, not that its text lay in a file.

use super::super::{Cx, Eval, Failure, Problem, path as paths};
use super::problem;
use crate::module::{Imported, Namespace};
use crate::value::{Value, methods};
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::Span;
use mlld_syntax::ast::{Expr, ExprKind, Path, Step, StepKind};
use std::sync::Arc;

/// Where the beginning of a path has led.
pub(in crate::eval) struct Reached<'p> {
    /// To this value.
    pub(in crate::eval) value: Labelled<Value>,
    /// Which is called with these arguments: a call that is written as a method of the module.
    pub(in crate::eval) call: Option<(&'p [Expr], Span)>,
    /// What follows.
    pub(in crate::eval) rest: &'p [Step],
}

/// Follows a path whose name is imported: through modules, and to executables that are called.
pub(in crate::eval) fn reach<'p>(
    cx: &Cx<'_>,
    value: Labelled<Value>,
    imported: &Imported,
    path: &'p Path,
) -> Eval<Reached<'p>> {
    let store = cx.run.store();
    let mut reached = Reached {
        value,
        call: None,
        rest: &path.steps,
    };
    let mut callable = imported.callable.clone();
    let mut namespace = imported.namespace.clone();
    while let Some(ns) = namespace.take() {
        let Some((step, rest)) = reached.rest.split_first() else {
            break;
        };
        let (name, args) = match &step.kind {
            StepKind::Field(name) | StepKind::Key(name) if name != "mx" => (name, None),
            StepKind::Method(name, args) => (&name.text, Some((args.as_slice(), step.span))),
            _ => break,
        };
        let Some(member) = ns.member(store, name) else {
            // What is not there may be asked whether it is.
            if args.is_some() && methods::exists(name) || paths::is_predicate(path) {
                break;
            }
            return Err(not_exported(&path.name.text, name, &ns));
        };
        callable = member.callable;
        namespace = member.namespace;
        reached.rest = rest;
        reached.value = member.value;
        if args.is_some() {
            reached.call = args;
            if let Some(callable) = callable.take() {
                reached.value = callable;
            }
            break;
        }
    }
    if let Some(Step {
        kind: StepKind::Call(_),
        ..
    }) = reached.rest.first()
        && let Some(callable) = callable
    {
        reached.value = callable;
    }
    cx.frame.touch(reached.value.descriptor());
    Ok(reached)
}

/// How a name came in that is imported and not hidden by a local one.
fn imported(cx: &Cx<'_>, name: &str) -> Option<Arc<Imported>> {
    if cx.scope.get(name).is_some() {
        return None;
    }
    cx.module.globals.imported(name)
}

/// The executable that a name stands for, if it is imported.
pub(in crate::eval) fn called(cx: &Cx<'_>, name: &str) -> Option<Labelled<Value>> {
    let callable = imported(cx, name)?.callable.clone()?;
    cx.frame.touch(callable.descriptor());
    Some(callable)
}

/// What `@exists` says of a name that a module does not export: that it is not there. Other failures stay.
pub(in crate::eval) fn not_exported_is_false(
    cx: &Cx<'_>,
    failure: Failure,
) -> Eval<Labelled<Value>> {
    match failure {
        Failure::Problem(problem) if problem.read(cx.frame).number == NOT_EXPORTED => {
            Ok(problem.map(|_| Value::Bool(false)))
        }
        other => Err(Box::new(other)),
    }
}

/// The number of the problem that a module does not export a name.
const NOT_EXPORTED: &str = "R0913";

/// The executable that a path names whose beginning is imported, its arguments aside; `None` where the path has to be
/// followed in the usual way.
pub(in crate::eval) fn callee(cx: &Cx<'_>, path: &Path) -> Eval<Option<Labelled<Value>>> {
    let Some(imported) = imported(cx, &path.name.text) else {
        return Ok(None);
    };
    let mut callable = imported.callable.clone();
    let mut namespace = imported.namespace.clone();
    for step in &path.steps {
        let name = match &step.kind {
            StepKind::Call(_) => break,
            StepKind::Field(name) | StepKind::Key(name) => name,
            StepKind::Method(name, _) => &name.text,
            _ => return Ok(None),
        };
        let Some(ns) = namespace.take() else {
            return Ok(None);
        };
        let Some(member) = ns.member(cx.run.store(), name) else {
            if methods::exists(name) {
                return Ok(None);
            }
            return Err(not_exported(&path.name.text, name, &ns));
        };
        callable = member.callable;
        namespace = member.namespace;
    }
    if let Some(callable) = &callable {
        cx.frame.touch(callable.descriptor());
    }
    Ok(callable)
}

fn not_exported(variable: &str, name: &str, namespace: &Namespace) -> Box<Failure> {
    let message = eco_format!(
        "Namespace @{variable} does not export \"{name}\". {} Imported from {}.",
        available(namespace),
        namespace.from()
    );
    problem(NOT_EXPORTED, "NAMESPACE_EXPORT_MISSING", message).about(namespace.labels())
}

/// `Available exports: a, b.`
pub(super) fn available(namespace: &Namespace) -> EcoString {
    const MOST: usize = 20;
    let names: Vec<&str> = namespace
        .names()
        .take(MOST)
        .map(EcoString::as_str)
        .collect();
    let more = match namespace.names().nth(MOST) {
        Some(_) => ", …",
        None => "",
    };
    if names.is_empty() {
        return "It exports nothing.".into();
    }
    eco_format!("Available exports: {}{more}.", names.join(", "))
}

/// What `show` prints of a whole module (spec 04 §7.4); `None` for anything else.
pub(in crate::eval) fn shown(cx: &Cx<'_>, e: &Expr) -> Eval<Option<Labelled<Value>>> {
    let ExprKind::Path(path) = &e.kind else {
        return Ok(None);
    };
    let Some(imported) = imported(cx, &path.name.text) else {
        return Ok(None);
    };
    let mut namespace = imported.namespace.clone();
    for step in &path.steps {
        let (StepKind::Field(name) | StepKind::Key(name)) = &step.kind else {
            return Ok(None);
        };
        let member = namespace.and_then(|ns| ns.member(cx.run.store(), name));
        namespace = member.and_then(|m| m.namespace);
    }
    let Some(namespace) = namespace else {
        return Ok(None);
    };
    let store = cx.run.store();
    let shown = namespace.shown(store).map_err(|e| {
        let labels = namespace.whole(store).descriptor();
        Problem::from(e).about(labels)
    })?;
    cx.frame.touch(shown.descriptor());
    Ok(Some(shown))
}
