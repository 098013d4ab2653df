//! A stage of a pipeline: how it gets its input, what becomes of its result (spec 03 §4, §5, §8).

use super::call::{self, How, Taker};
use super::pipe_context::PipeContext;
use super::{Cx, Eval, Failure, Flow, Problem, builtin, import, path, run_stmt};
use crate::event::{self, Event};
use crate::value::{Executable, Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::ast::{Entry, Expr, Path, Stage, StageKind, StepKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long is waited when a rate limit is met for the first time, and how often in all (spec 03 §8).
const FIRST_WAIT: Duration = Duration::from_millis(500);
const MOST_WAITS: u32 = 5;

/// Where a stage stands.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// The pipeline's number in the run.
    pub(super) pipeline: u64,
    /// From 1.
    pub(super) stage: usize,
    /// Which member of a group, from 0.
    pub(super) member: Option<usize>,
    /// It stands at the beginning of a pipeline without source: there is no input.
    pub(super) leading: bool,
}

/// What a stage leads to.
pub(super) enum StepResult {
    /// Its output.
    Value(Labelled<Value>),
    /// The stage before it is to run again, with this hint.
    Retry(Labelled<Value>),
}

/// Runs a stage. One that meets a rate limit is tried again, each time after twice the time (spec 03 §8).
pub(super) fn run(
    cx: &Cx<'_>,
    stage: &Stage,
    input: &Labelled<Value>,
    context: &PipeContext,
    at: Position,
) -> Eval<StepResult> {
    let began = Instant::now();
    let tell = |took| {
        cx.run.tell(|| {
            Event::Stage(event::Stage {
                pipeline: at.pipeline,
                stage: at.stage.saturating_sub(1),
                member: at.member,
                took,
            })
        });
    };
    tell(None);
    let mut wait = FIRST_WAIT;
    let mut waits = 0;
    let result = loop {
        let result = once(cx, stage, input, context, at.leading);
        match &result {
            Err(failure) if waits < MOST_WAITS && is_rate_limit(cx, failure) => {
                cx.run.sleep(wait)?;
                wait *= 2;
                waits += 1;
            }
            _ => break result,
        }
    };
    tell(Some(began.elapsed()));
    result
}

/// Whether a mistake says that too much was asked for at a time. Refusals and their like never do, whatever
/// their text. That a stage is tried again tells nothing but how long it takes.
fn is_rate_limit(cx: &Cx<'_>, failure: &Failure) -> bool {
    let Failure::Problem(problem) = failure else {
        return false;
    };
    let reader = cx.reader();
    let problem = problem.read(&reader);
    let says_so = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("rate limit") || text.contains("status: 429") || text.contains("status 429")
    };
    says_so(&problem.message) || problem.details.iter().any(|d| says_so(d))
}

fn once(
    cx: &Cx<'_>,
    stage: &Stage,
    input: &Labelled<Value>,
    context: &PipeContext,
    leading: bool,
) -> Eval<StepResult> {
    let scope = context.scope(cx);
    let here = Cx {
        scope: &scope,
        pipe: Some(context),
        ..*cx
    };
    match &stage.kind {
        StageKind::Call(callee) => call_stage(&here, callee, input, leading),
        StageKind::Object(entries) => object(&here, entries, input),
        StageKind::Cmd(code) => {
            let text = input.clone().map(|v| render::stage(&v));
            run_stmt::stage(&here, code, text).map(StepResult::Value)
        }
        StageKind::While(cap, pace, callee) => {
            super::while_stage::run(&here, cap, pace.as_ref(), callee, input).map(StepResult::Value)
        }
        _ => cx.unsupported("A stage of this kind"),
    }
}

/// An inline object: the literal, with `@input`; the labels of the input stay (spec 03 §14).
fn object(cx: &Cx<'_>, entries: &[Entry], input: &Labelled<Value>) -> Eval<StepResult> {
    let value = super::literal::object(cx, entries)?;
    Ok(StepResult::Value(
        value.joined_before(cx.run.store(), input.descriptor()),
    ))
}

fn call_stage(
    cx: &Cx<'_>,
    callee: &Path,
    input: &Labelled<Value>,
    leading: bool,
) -> Eval<StepResult> {
    let Some(executable) = named(cx, callee)? else {
        return builtin::transform_stage(cx, input.clone(), callee).map(StepResult::Value);
    };
    let labels = executable.descriptor();
    let reader = cx.reader();
    let executable = Arc::clone(executable.read(&reader));
    let mut args = Vec::new();
    let params = call::parameters(cx, &executable);
    if !leading && params > 0 {
        args.push(call::stage_input(cx, &executable, input.clone()));
    }
    for e in arguments(callee) {
        args.push(path::call_argument(cx, e, &callee.name.text)?);
    }
    if !leading {
        // Missing arguments of a stage are empty text (spec 03 §4).
        while args.len() < params {
            args.push(Labelled::literal(Value::Text(EcoString::new())));
        }
    }
    let input_of = if leading { None } else { Some(input) };
    let how = How {
        taker: Taker::Stage,
        pipe: cx.pipe,
        input: input_of,
        site: Some(callee.span),
        extra: super::run_stmt::Extra::default(),
    };
    let flow = call::call_for(cx, call::Callee::of(&executable, labels), args, how)?;
    // An executable that ignores its input still has its labels (spec 03 §14).
    let labels = cx.run.store().join(labels, input.descriptor());
    match flow.joined_first(cx, labels) {
        Flow::Return(Some(value)) => Ok(StepResult::Value(stage_output(value))),
        Flow::Retry(hint) => {
            let hint = hint.unwrap_or_else(|| Labelled::literal(Value::Null));
            Ok(StepResult::Retry(hint.joined(cx.run.store(), labels)))
        }
        Flow::Next | Flow::Return(None) => Ok(StepResult::Value(Labelled::entering(
            Value::Text(EcoString::new()),
            labels,
        ))),
        other => other.stray(),
    }
}

/// What a stage hands on: null and undefined are empty (spec 03 §8).
fn stage_output(value: Labelled<Value>) -> Labelled<Value> {
    value.map(|v| match v.data() {
        Value::Null | Value::Absent => Value::Text(EcoString::new()),
        _ => v,
    })
}

fn arguments(callee: &Path) -> &[Expr] {
    match callee.steps.last().map(|s| &s.kind) {
        Some(StepKind::Call(args) | StepKind::Method(_, args)) => args,
        _ => &[],
    }
}

/// The executable that a stage names; `None` for a transformer.
fn named(cx: &Cx<'_>, callee: &Path) -> Eval<Option<Labelled<Arc<Executable>>>> {
    let imported = import::callee(cx, callee)?;
    let steps = if imported.is_some() {
        &[]
    } else {
        callee.steps.as_slice()
    };
    let Some(mut bound) = imported.or_else(|| path::lookup(cx, &callee.name.text)) else {
        return Ok(None);
    };
    for step in steps {
        let member = match &step.kind {
            StepKind::Call(_) => break,
            StepKind::Field(name) => name,
            StepKind::Method(name, _) => &name.text,
            _ => return cx.unsupported("An index in the name of a stage"),
        };
        bound = cx.compute(|r| match bound.read(r) {
            Value::Executable(_) => Err(Problem::new(
                "R0502",
                "MlldPipeline",
                eco_format!(
                    "Pipeline function '{}' is not defined",
                    cx.text(callee.span)
                ),
            )),
            data => crate::value::access::field(data, member).map_err(Problem::from),
        })?;
    }
    cx.compute(|r| match bound.read(r) {
        Value::Executable(e) => Ok(Arc::clone(e)),
        Value::Absent => Err(Problem::new(
            "R0502",
            "MlldPipeline",
            eco_format!(
                "Pipeline function '{}' is not defined",
                cx.text(callee.span)
            ),
        )),
        _ => Err(Problem::new(
            "R0501",
            "MlldPipeline",
            "Cannot execute non-executable variable in pipeline",
        )),
    })
    .map(Some)
}
