//! Code blocks (spec 02 §8): their text is the author's, values come in as parameters.

use super::place::Place;
use super::shadow::{self, Helper};
use super::watch::Watching;
use super::{Job, finish, operation};
use crate::code::wire::Message;
use crate::code::{node, py, shell_guard};
use crate::effect::process::{self, Start, Variable, What};
use crate::eval::{Cx, Eval, file, hook, path};
use crate::value::{Executable, Value, render};
use ecow::EcoString;
use mlld_security::{Descriptor, Labelled, OpKind, Target};
use mlld_syntax::ast::{Code, Lang};
use std::sync::Arc;

/// The values that a block gets as variables: the parameters of the executable whose body it is, or those
/// that are listed (spec 02 §8.1).
pub(super) fn parameters(
    cx: &Cx<'_>,
    code: &Code,
    in_call: bool,
) -> Eval<Vec<(EcoString, Labelled<Value>)>> {
    let listed = code.params.iter().map(|p| match path::lookup(cx, &p.text) {
        Some(value) => Ok((p.text.clone(), file::workspace::as_it_is(cx, value))),
        None => cx.not_found(&p.text),
    });
    let mut all = listed.collect::<Eval<Vec<_>>>()?;
    if in_call {
        for local in cx.scope.visible() {
            // `@input` is not visible to foreign code (spec 03 §4).
            let is_parameter = local.is_parameter();
            if is_parameter && !all.iter().any(|(n, _)| *n == local.name) {
                all.push((local.name, local.value));
            }
        }
    }
    Ok(all)
}

/// A block of `sh`.
pub(super) fn shell(cx: &Cx<'_>, text: &EcoString, job: Job<'_>) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    let mut variables = Vec::new();
    for (name, value) in parameters(cx, job.code, job.call.is_some())? {
        let value = render::shell(value.read(&reader));
        if let Err(problem) = shell_guard::check(text, &name, &value) {
            return cx.fail(&reader, problem);
        }
        variables.push(Variable {
            name: shell_guard::identifier(&name),
            value,
        });
    }
    let variables = reader.finish(cx.frame, variables);
    let what = variables.map(|variables| What::Bash {
        text: text.clone(),
        variables,
    });
    let asked = Asked {
        kind: OpKind::Sh,
        shown: "bash",
        targets: mlld_security::command::shell_targets(text),
        source: "src:sh",
        text: text.clone(),
    };
    let place = Place::of(cx, job.code)?;
    perform(cx, job, asked, (what, &place), |permit, labels, job| {
        let mut watch = Watching::output(cx, job, labels);
        let outcome = process::run(cx.run, permit, &mut watch);
        let outcome = place.take_over(cx, outcome, &watch, job);
        finish::output(cx, outcome, watch, job)
    })
}

/// A block of `py`.
pub(super) fn python(cx: &Cx<'_>, text: &EcoString, job: Job<'_>) -> Eval<Labelled<Value>> {
    let helpers = shadow::helpers(cx, Lang::Py, text);
    let stream = job.extra.stream;
    let place = Place::of(cx, job.code)?;
    let request = request(cx, &job, &place, |params, folder| {
        py::request(
            &py::Block {
                code: text,
                params,
                helpers: helpers.iter().map(|h| h.name.as_str()).collect(),
                stream,
            },
            folder,
        )
    })?;
    let asked = Asked {
        kind: OpKind::Py,
        shown: "python3",
        targets: vec![Target::shown("op:py")],
        source: "src:py",
        text: text.clone(),
    };
    let what = request.map(|(request, _)| What::Py(request));
    perform(cx, job, asked, (what, &place), |permit, labels, job| {
        let mut watch = Watching::output(cx, job, labels).answering(Lang::Py, helpers, Vec::new());
        let outcome = process::run(cx.run, permit, &mut watch);
        let outcome = place.take_over(cx, outcome, &watch, job);
        finish::output(cx, outcome, watch, job)
    })
}

/// A block of `node`.
pub(super) fn node(cx: &Cx<'_>, text: &EcoString, job: Job<'_>) -> Eval<Labelled<Value>> {
    let helpers = shadow::helpers(cx, Lang::Node, text);
    let place = Place::of(cx, job.code)?;
    let request = request(cx, &job, &place, |params, folder| {
        node::request(
            &node::Block {
                code: text,
                params,
                helpers: helpers.iter().map(|h| h.name.as_str()).collect(),
            },
            folder,
        )
    })?;
    let reader = cx.reader();
    let executables: Vec<Arc<Executable>> = request.read(&reader).1.clone();
    let asked = Asked {
        kind: OpKind::Node,
        shown: "node",
        targets: vec![Target::shown("op:node")],
        source: "src:node",
        text: text.clone(),
    };
    let what = request.map(|(request, _)| What::Node(request));
    perform(cx, job, asked, (what, &place), |permit, labels, job| {
        let mut watch =
            Watching::lines(cx, job, labels).answering(Lang::Node, helpers, executables);
        let outcome = process::run(cx.run, permit, &mut watch);
        let outcome = place.take_over(cx, outcome, &watch, job);
        finish::node(cx, outcome, watch, job)
    })
}

/// The request for a process that runs a block, and the executables that stand in it.
type Request = Labelled<(Vec<u8>, Vec<Arc<Executable>>)>;

/// Writes the request for a block.
fn request(
    cx: &Cx<'_>,
    job: &Job<'_>,
    place: &Place,
    write: impl FnOnce(Vec<(&str, &Value)>, &std::path::Path) -> Message,
) -> Eval<Request> {
    let given = parameters(cx, job.code, job.call.is_some())?;
    let reader = cx.reader();
    let params = given
        .iter()
        .map(|(name, value)| (name.as_str(), value.read(&reader)))
        .collect();
    let mut message = write(params, place.folder(&reader));
    let executables = std::mem::take(&mut message.executables);
    Ok(reader.finish(cx.frame, (message.bytes(), executables)))
}

/// What is asked of the gate.
struct Asked {
    kind: OpKind,
    /// How messages name the program.
    shown: &'static str,
    targets: Vec<Target>,
    /// Where the result comes from.
    source: &'static str,
    /// The text of the block.
    text: EcoString,
}

/// Asks the gate about a block and runs it, hooks around it; `run` gets the permit and the labels that the
/// result has.
fn perform<'h>(
    cx: &Cx<'_>,
    mut job: Job<'h>,
    asked: Asked,
    (what, place): (Labelled<What>, &Place),
    run: impl FnOnce(mlld_security::Permit<Start>, Descriptor, &Job<'h>) -> Eval<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let stdin = std::mem::replace(&mut job.stdin, Labelled::literal(EcoString::new()));
    cx.frame.touch(stdin.descriptor());
    let inputs = store.join_all([
        what.descriptor(),
        stdin.descriptor(),
        place.labels(),
        job.labels,
    ]);
    let subject = ecow::eco_format!("/run \"{}\"", asked.kind.word());
    let mut operation = operation(cx, asked.kind, subject, asked.targets, &mut job);
    operation.inputs.push(inputs);
    let start = place
        .files()
        .zip(what, store, |(folder, workspace), what| Start {
            what,
            folder,
            workspace,
            shown: asked.shown.into(),
            stdin: EcoString::new(),
            exported: Vec::new(),
        });
    let start = start.zip(stdin, store, |start, stdin| Start { stdin, ..start });
    let start = start.zip(cx.run.variables(), store, |start, exported| Start {
        exported,
        ..start
    });
    let block = Labelled::entering(Value::Text(asked.text), inputs);
    hook::around_code(cx, operation, block, |operation| {
        let permit = cx.permit(operation, start)?;
        if let Some(known) = job.known(cx) {
            return Ok(known);
        }
        let entered = store.provenance([asked.source], []);
        let labels = store.join_all([inputs, permit.input(), job.added(), entered]);
        run(permit, labels, &job)
    })
}

/// A shadow function of a block, for [`Watching`].
pub(super) type Helpers = Vec<Helper>;
