//! `@name` and what follows it: accesses, methods, calls, `.mx` (spec 01 §10, §11).

use super::call::Callee;
use super::expr::{self, Undefined};
use super::pipe_context::PipeContext;
use super::scope::Local;
use super::{Cx, Eval, Problem, builtin, call, file, handover, import, meta, reserved};
use crate::value::access::{Cursor, Operand};
use crate::value::{Executable, Value, ValueError, methods};
use ecow::{EcoString, eco_format};
use mlld_security::{Labelled, Reader};
use mlld_syntax::Span;
use mlld_syntax::ast::{Bound, Expr, ExprKind, FilterOperand, Path, Step, StepKind};
use std::sync::Arc;

/// What the value that steps apply to is called in messages.
#[derive(Clone, Copy)]
pub(super) enum Named<'n> {
    /// A variable.
    Variable(&'n str),
    /// A literal, a file, the result of a call.
    Nothing,
}

/// The value of a path.
pub(super) fn value(cx: &Cx<'_>, path: &Path, undefined: Undefined) -> Eval<Labelled<Value>> {
    match found(cx, path)? {
        Some(value) => Ok(value),
        None if undefined == Undefined::Absent || is_predicate(path) => steps(
            cx,
            Labelled::literal(Value::Absent),
            &path.steps,
            Named::Variable(&path.name.text),
        ),
        None => cx.not_found(&path.name.text),
    }
}

/// The value of an interpolated path; `None` if its name is undefined.
pub(super) fn in_text(cx: &Cx<'_>, path: &Path) -> Eval<Option<Labelled<Value>>> {
    match found(cx, path)? {
        None if is_predicate(path) => value(cx, path, Undefined::Absent).map(Some),
        found => Ok(found),
    }
}

/// The value of a path whose name is defined.
fn found(cx: &Cx<'_>, path: &Path) -> Eval<Option<Labelled<Value>>> {
    let name = path.name.text.as_str();
    if let Some((local, outside)) = cx.scope.get(name) {
        if local.is_unset() {
            // A parameter that was not given hides an outer variable of its name (spec 02 §6.3).
            return Ok(None);
        }
        if outside {
            cx.frame.touch(local.value.descriptor());
        }
        if let Some(answer) = loop_meta(&local, &path.steps) {
            return Ok(Some(answer));
        }
        return steps(cx, local.value, &path.steps, Named::Variable(name)).map(Some);
    }
    if let Some((bound, imported)) = cx.module.globals.value(name) {
        if let Some(imported) = &imported {
            return follow(cx, import::reach(cx, bound, imported, path)?, name).map(Some);
        }
        cx.frame.touch(bound.descriptor());
        return steps(cx, bound, &path.steps, Named::Variable(name)).map(Some);
    }
    if name == "mx" {
        return meta::ambient(cx, &path.steps).map(Some);
    }
    if name == "state"
        && let Some(state) = handover::read_state(cx, &path.steps)?
    {
        return Ok(Some(state));
    }
    if let (Some(pipe), "p" | "pipeline") = (cx.pipe, name) {
        return history(cx, pipe, &path.steps).map(Some);
    }
    if let Some(bound) = reserved::value(cx, name)? {
        return steps(cx, bound, &path.steps, Named::Variable(name)).map(Some);
    }
    if let Some((result, rest)) = builtin::call(cx, path)? {
        return steps(cx, result, rest, Named::Nothing).map(Some);
    }
    if let Some(Step {
        kind: StepKind::Call(_),
        ..
    }) = path.steps.first()
    {
        let message = eco_format!("Command not found: {name}");
        return Err(Problem::new("R0104", "MlldDirective", message).plain());
    }
    Ok(None)
}

/// `@p…` in a stage (spec 03 §10).
fn history(cx: &Cx<'_>, pipe: &PipeContext, path: &[Step]) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let Some((first, rest)) = path.split_first() else {
        return Ok(pipe.whole(store));
    };
    let found = match &first.kind {
        StepKind::Index(n) => Some(pipe.history(*n)),
        StepKind::Field(name) | StepKind::Key(name) => match name.parse::<f64>() {
            Ok(n) => Some(pipe.history(n)),
            Err(_) => pipe.history_field(store, name),
        },
        _ => None,
    };
    match found {
        Some(value) => steps(cx, value, rest, Named::Variable("p")),
        None => steps(cx, pipe.whole(store), path, Named::Variable("p")),
    }
}

/// `@v.mx.index` and `@v.mx.key` of a variable of a loop (spec 02 §4.3).
fn loop_meta(local: &Local, steps: &[Step]) -> Option<Labelled<Value>> {
    let pass = local.pass.as_ref()?;
    let [
        Step {
            kind: StepKind::Field(mx),
            ..
        },
        Step {
            kind: StepKind::Field(field),
            ..
        },
    ] = steps
    else {
        return None;
    };
    let answer = match (mx.as_str(), field.as_str()) {
        ("mx", "index") if pass.key.is_none() => Value::Number(pass.index as f64),
        ("mx", "key") => pass.key.clone().map_or(Value::Null, Value::Text),
        _ => return None,
    };
    // Positions and keys are content of the collection.
    Some(Labelled::entering(answer, local.value.descriptor()))
}

/// What comes of a path whose beginning is imported.
fn follow(cx: &Cx<'_>, reached: import::Reached<'_>, name: &str) -> Eval<Labelled<Value>> {
    match reached.call {
        Some((args, at)) => {
            let value = call_value(cx, reached.value, (args, at), Named::Nothing)?;
            steps(cx, value, reached.rest, Named::Nothing)
        }
        None => steps(cx, reached.value, reached.rest, Named::Variable(name)),
    }
}

/// A module variable. Naming it is reading it (spec 05 §6.2).
fn global(cx: &Cx<'_>, name: &str) -> Option<Labelled<Value>> {
    let value = cx.module.globals.get(name)?;
    cx.frame.touch(value.descriptor());
    Some(value)
}

/// A local or a module variable, if it is set.
pub(super) fn lookup(cx: &Cx<'_>, name: &str) -> Option<Labelled<Value>> {
    match cx.scope.get(name) {
        Some((local, _)) if local.is_unset() => None,
        Some((local, outside)) => {
            if outside {
                cx.frame.touch(local.value.descriptor());
            }
            Some(local.value)
        }
        None => global(cx, name),
    }
}

/// Methods that may be asked of undefined names and missing fields.
const PREDICATES: [&str; 7] = [
    "isString",
    "isNumber",
    "isBoolean",
    "isArray",
    "isObject",
    "isNull",
    "isDefined",
];

/// Whether the path asks a predicate of something that may be undefined (spec 01 §11.3).
pub(super) fn is_predicate(path: &Path) -> bool {
    path.steps
        .iter()
        .any(|s| matches!(&s.kind, StepKind::Method(m, _) if PREDICATES.contains(&m.text.as_str())))
}

/// Applies accesses, methods and calls one after another.
pub(super) fn steps(
    cx: &Cx<'_>,
    value: Labelled<Value>,
    steps: &[Step],
    named: Named<'_>,
) -> Eval<Labelled<Value>> {
    let value = file::workspace::as_it_is(cx, value);
    let whole = value.clone();
    let mut at = value.map(Cursor::new);
    for (index, step) in steps.iter().enumerate() {
        at = match &step.kind {
            StepKind::Field(field) if field == "mx" => {
                let rest = steps.get(index + 1..).unwrap_or_default();
                return meta::of_value(cx, at.map(Cursor::finish), rest);
            }
            StepKind::Method(name, args) => method(
                cx,
                at.map(Cursor::finish),
                (&name.text, step.span),
                args,
                named,
            )?
            .map(Cursor::new),
            StepKind::Call(args) => {
                call_value(cx, at.map(Cursor::finish), (args, step.span), named)?.map(Cursor::new)
            }
            _ => match (access(cx, at, step), index) {
                (Ok(next), _) => next,
                (Err(failure), 0) => match call::instance(cx, &whole)? {
                    Some(made) => return self::steps(cx, made, steps, named),
                    None => return Err(failure),
                },
                (Err(failure), _) => return Err(failure),
            },
        };
    }
    Ok(file::workspace::as_it_is(cx, at.map(Cursor::finish)))
}

/// One access. The result carries the labels of the container, and of what chose the place in it.
fn access(cx: &Cx<'_>, at: Labelled<Cursor>, step: &Step) -> Eval<Labelled<Cursor>> {
    let plain = |f: &dyn Fn(Cursor) -> Result<Cursor, ValueError>| {
        let labels = at.descriptor();
        cx.frame.touch(labels);
        at.clone()
            .try_map(f)
            .map_err(|e| Problem::from(e).about(labels))
    };
    match &step.kind {
        StepKind::Field(name) | StepKind::Key(name) => plain(&|c| c.field(name)),
        StepKind::Index(n) => plain(&|c| c.index(*n)),
        StepKind::Wildcard => plain(&Cursor::wildcard),
        StepKind::Dynamic(path) => {
            let key = value(cx, path, Undefined::Error)?;
            cx.compute(|r| at.take(r).dynamic(key.read(r)))
        }
        StepKind::Slice(from, to) => {
            let from = bound(cx, from.as_ref())?;
            let to = bound(cx, to.as_ref())?;
            cx.compute(|r| {
                let from = from.as_ref().map(|v| v.read(r));
                let to = to.as_ref().map(|v| v.read(r));
                at.take(r).slice(from, to)
            })
        }
        StepKind::Filter(filter) => {
            let operand = match &filter.test {
                Some((_, FilterOperand::Literal(e))) => {
                    Some(expr::operand(cx, e)?.map(Operand::Value))
                }
                Some((_, FilterOperand::Path(p))) => {
                    Some(value(cx, p, Undefined::Error)?.map(Operand::Value))
                }
                Some((_, FilterOperand::Duration(ms))) => {
                    Some(Labelled::literal(Operand::Duration(*ms)))
                }
                None => None,
            };
            cx.compute(|r| {
                let test = filter
                    .test
                    .as_ref()
                    .map(|(op, _)| *op)
                    .zip(operand.as_ref().map(|o| o.read(r)));
                at.take(r).filter(&filter.field, test, cx.run.now_millis())
            })
        }
        StepKind::Method(..) | StepKind::Call(_) => Ok(at),
    }
}

/// What is called, and its arguments.
type Called = (Labelled<Arc<Executable>>, Vec<Labelled<Value>>);

/// What a path that ends in a call calls, and the arguments; `None` if it is no such path, or one whose parts in front
/// of the call act themselves. Nothing is evaluated twice that acts.
pub(super) fn last_call(cx: &Cx<'_>, path: &Path) -> Eval<Option<Called>> {
    let Some((last, before)) = path.steps.split_last() else {
        return Ok(None);
    };
    let plain = |s: &Step| {
        matches!(
            s.kind,
            StepKind::Field(_) | StepKind::Key(_) | StepKind::Index(_)
        )
    };
    if !before.iter().all(plain) {
        return Ok(None);
    }
    let (member, args) = match &last.kind {
        StepKind::Call(args) => (None, args),
        StepKind::Method(name, args) => (Some(&name.text), args),
        _ => return Ok(None),
    };
    let imported = import::callee(cx, path)?;
    let (before, member_of) = match imported {
        Some(_) => (&[][..], None),
        None => (before, member),
    };
    let Some(bound) = imported.or_else(|| lookup(cx, &path.name.text)) else {
        return Ok(None);
    };
    let named = Named::Variable(&path.name.text);
    let bound = steps(cx, bound, before, named)?;
    let reader = cx.reader();
    let executable = match member_of {
        Some(name) => callable_member(&bound, name, &reader),
        None => match bound.read(&reader) {
            Value::Executable(e) => Some(Arc::clone(e)),
            _ => None,
        },
    };
    let Some(executable) = executable else {
        return Ok(None);
    };
    let name = member.unwrap_or(&path.name.text);
    let args = args
        .iter()
        .map(|a| call_argument(cx, a, name))
        .collect::<Eval<Vec<_>>>()?;
    Ok(Some((bound.map(|_| executable), args)))
}

/// `(…)` behind a name or an index.
fn call_value(
    cx: &Cx<'_>,
    value: Labelled<Value>,
    (args, at): (&[Expr], Span),
    named: Named<'_>,
) -> Eval<Labelled<Value>> {
    let name = match named {
        Named::Variable(name) => name,
        Named::Nothing => "value",
    };
    let reader = cx.reader();
    match value.read(&reader) {
        Value::Executable(executable) => {
            let args = args
                .iter()
                .map(|a| call_argument(cx, a, name))
                .collect::<Eval<Vec<_>>>()?;
            let callee = Callee::of(executable, value.descriptor());
            call::call_at(cx, at, callee, args)
        }
        data => {
            let message = eco_format!(
                "Variable {name} is not executable (type: {})",
                data.kind().name()
            );
            cx.fail(&reader, Problem::new("R0105", "MlldDirective", message))
        }
    }
}

fn bound(cx: &Cx<'_>, bound: Option<&Bound>) -> Eval<Option<Labelled<Value>>> {
    match bound {
        None => Ok(None),
        Some(Bound::Number(n)) => Ok(Some(Labelled::literal(Value::Number(*n)))),
        Some(Bound::Path(p)) => value(cx, p, Undefined::Error).map(Some),
    }
}

/// `.name(args)`: the result has the labels of the target and of every argument (spec 01 §11).
fn method(
    cx: &Cx<'_>,
    value: Labelled<Value>,
    (name, at): (&EcoString, Span),
    args: &[Expr],
    named: Named<'_>,
) -> Eval<Labelled<Value>> {
    if let Some(member) = callable_member(&value, name, &cx.reader()) {
        let args = args
            .iter()
            .map(|a| call_argument(cx, a, name))
            .collect::<Eval<Vec<_>>>()?;
        let callee = Callee::of(&member, value.descriptor());
        return call::call_at(cx, at, callee, args);
    }
    let arguments = args
        .iter()
        .map(|a| argument(cx, a, name))
        .collect::<Eval<Vec<_>>>()?;
    let target = match named {
        Named::Variable(name) => name,
        Named::Nothing => "value",
    };
    cx.compute(|r| {
        let data = value.read(r);
        let arguments: Vec<methods::Arg> = arguments
            .iter()
            .map(|a| match a {
                Argument::Value(v) => methods::Arg::Value(v.read(r).clone()),
                Argument::Regex(pattern, flags) => {
                    methods::Arg::Regex((*pattern).clone(), (*flags).clone())
                }
            })
            .collect();
        methods::call(data, target, name, &arguments)
    })
}

/// The executable that is a member of an object under this name.
fn callable_member(
    value: &Labelled<Value>,
    name: &str,
    reader: &Reader<'_>,
) -> Option<Arc<Executable>> {
    match value.read(reader).data() {
        Value::Object(object) => match object.get(name) {
            Some(Value::Executable(e)) => Some(Arc::clone(e)),
            _ => None,
        },
        _ => None,
    }
}

enum Argument<'e> {
    Value(Labelled<Value>),
    Regex(&'e EcoString, &'e EcoString),
}

fn argument<'e>(cx: &Cx<'_>, e: &'e Expr, callee: &str) -> Eval<Argument<'e>> {
    if let ExprKind::Regex(pattern, flags) = &e.kind {
        return Ok(Argument::Regex(pattern, flags));
    }
    call_argument(cx, e, callee).map(Argument::Value)
}

/// An argument of a call: an undefined name has a message of its own (spec 02 §6.3).
pub(super) fn call_argument(cx: &Cx<'_>, e: &Expr, callee: &str) -> Eval<Labelled<Value>> {
    // What an argument calls is not called by `run`.
    let cx = &Cx {
        by_run: false,
        ..*cx
    };
    if let ExprKind::Path(p) = &e.kind {
        return match in_text(cx, p)? {
            Some(value) => Ok(value.map(Value::stored)),
            None => {
                let message = eco_format!(
                    "Undefined variable '@{}' passed to function @{callee}",
                    p.name.text
                );
                Err(Problem::new("R0106", "MlldDirective", message).plain())
            }
        };
    }
    Ok(expr::value(cx, e)?.map(Value::stored))
}
