//! Pipelines (spec 03): values from stage to stage, effects, groups, retry, `while`.

use super::Failure;
use super::call::{self, How, Taker};
use super::expr;
use super::pipe_context::{Attempt, PipeContext};
use super::{Cx, Eval, Flow, Problem, builtin, file, parallel, path, pipe_effect, run_stmt};
use crate::value::{Executable, Value, json, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Entry, Expr, ExprKind, Path, Pipe, Stage, StageKind, StepKind};
use std::sync::Arc;

/// Requests of one stage, and repetitions of one stage in all (spec 03 §9).
const MAX_REQUESTS: u32 = 10;
const MAX_REPEATS: u32 = 20;

/// A step of a pipeline: a stage or a group, with the effects behind each member.
struct Step<'s> {
    members: Vec<Member<'s>>,
}

/// A stage and the effects that belong to it (spec 03 §6).
struct Member<'s> {
    stage: &'s Stage,
    effects: Vec<&'s Stage>,
}

/// The value of `source | …`.
pub(super) fn value(cx: &Cx<'_>, pipe: &Pipe) -> Eval<Labelled<Value>> {
    if pipe.cap.is_some() {
        return cx.unsupported("A limit of a parallel group");
    }
    let leading = pipe.source.is_none();
    let (before, steps) = split(&pipe.groups);
    // Whatever has to exist is looked for before the first stage runs (spec 03 §5).
    for step in &steps {
        for member in &step.members {
            check_exists(cx, member.stage)?;
        }
    }
    let source = match &pipe.source {
        Some(e) => expr::value(cx, e)?.map(Value::stored),
        None => Labelled::literal(Value::Null),
    };
    let one = |source| run(cx, pipe.source.as_ref(), source, &before, &steps, leading);
    match &pipe.source {
        Some(e) if matches!(e.kind, ExprKind::File(_)) => file::piped(cx, source, one),
        _ => one(source),
    }
}

/// Runs the stages of a batch pipeline or of a `with { pipeline }` on a value that is there already.
pub(super) fn stages(
    cx: &Cx<'_>,
    source: Labelled<Value>,
    groups: &[Vec<Stage>],
) -> Eval<Labelled<Value>> {
    let (before, steps) = split(groups);
    for step in &steps {
        for member in &step.members {
            check_exists(cx, member.stage)?;
        }
    }
    run(cx, None, source, &before, &steps, false)
}

fn is_effect(stage: &Stage) -> bool {
    matches!(
        stage.kind,
        StageKind::Show(_) | StageKind::Log(_) | StageKind::Output(_) | StageKind::Append(_)
    )
}

/// Attaches effects to the stage before them; those before the first stage stand alone.
fn split(groups: &[Vec<Stage>]) -> (Vec<&Stage>, Vec<Step<'_>>) {
    let mut before = Vec::new();
    let mut steps: Vec<Step<'_>> = Vec::new();
    for group in groups {
        let mut members: Vec<Member<'_>> = Vec::new();
        for stage in group {
            if !is_effect(stage) {
                members.push(Member {
                    stage,
                    effects: Vec::new(),
                });
                continue;
            }
            let last_of_step = steps.last_mut();
            match (members.last_mut(), last_of_step) {
                (Some(member), _) => member.effects.push(stage),
                // After a group: once for every member's result, in member order.
                (None, Some(step)) => step.members.iter_mut().for_each(|m| m.effects.push(stage)),
                (None, None) => before.push(stage),
            }
        }
        if !members.is_empty() {
            steps.push(Step { members });
        }
    }
    (before, steps)
}

fn check_exists(cx: &Cx<'_>, stage: &Stage) -> Eval<()> {
    let callee = match &stage.kind {
        StageKind::Call(callee) | StageKind::While(_, _, callee) => callee,
        _ => return Ok(()),
    };
    builtin::check_stage(cx, callee)
}

/// A retry that is going on.
struct Active {
    asking: usize,
    tries: Vec<Attempt>,
    hint: Labelled<Value>,
}

fn run(
    cx: &Cx<'_>,
    source_expr: Option<&Expr>,
    source: Labelled<Value>,
    before: &[&Stage],
    steps: &[Step<'_>],
    leading: bool,
) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let mut context = PipeContext::new(source.clone());
    for effect in before {
        pipe_effect::run(cx, effect, &source, &context).map_err(|e| {
            wrap(*e, |m| {
                eco_format!("Pre-effect @{} failed: {m}", pipe_effect::name(effect))
            })
        })?;
    }
    let mut outputs: Vec<Labelled<Value>> = vec![source];
    let mut requests = vec![0u32; steps.len() + 1];
    let mut repeats = vec![0u32; steps.len() + 1];
    let mut active: Option<Active> = None;
    let mut asked = Descriptor::EMPTY;
    let mut at = 1usize;
    while let Some(step) = at.checked_sub(1).and_then(|i| steps.get(i)) {
        let input = outputs
            .get(at - 1)
            .cloned()
            .unwrap_or_else(|| Labelled::literal(Value::Null));
        let repeated = active.as_ref().is_some_and(|a| a.asking == at + 1);
        let involved = repeated || active.as_ref().is_some_and(|a| a.asking == at);
        context.enter(at, &input);
        match &active {
            Some(a) if involved => {
                let hint = if repeated {
                    a.hint.clone()
                } else {
                    Labelled::literal(Value::Null)
                };
                context.retrying(a.tries.len() as u32 + 1, &a.tries, hint);
            }
            _ => context.first_try(),
        }
        match run_step(cx, step, input, &context, leading && at == 1)? {
            StepResult::Value(value) => {
                let value = if repeated {
                    let hint = active
                        .as_ref()
                        .map_or(Descriptor::EMPTY, |a| a.hint.descriptor());
                    value.joined(store, hint)
                } else {
                    value
                };
                if active.as_ref().is_some_and(|a| a.asking == at)
                    && let Some(done) = active.take()
                {
                    context.finished_retry(done.tries.into_iter().map(|t| t.output).collect());
                }
                if repeated
                    && let Some(a) = active.as_mut()
                    && let Some(last) = a.tries.last_mut()
                {
                    last.output = value.clone();
                }
                let empty = is_empty_output(cx, &value)?;
                outputs.truncate(at);
                outputs.push(value.clone());
                if empty {
                    // Silent, and part of the language; its labels stay (spec 03 §8).
                    return Ok(value
                        .map(|_| Value::Text(EcoString::new()))
                        .joined(store, asked));
                }
                at += 1;
            }
            StepResult::Retry(hint) => {
                asked = store.join(asked, hint.descriptor());
                count_request(&mut requests, at, &hint, cx)?;
                let target = at - 1;
                if let Some(n) = repeats.get_mut(target) {
                    *n += 1;
                    if *n > MAX_REPEATS {
                        let message = eco_format!(
                            "Stage {target} exceeded global retry limit ({MAX_REPEATS} attempts)."
                        );
                        return Err(Problem::new("R0505", "MlldPipeline", message).plain());
                    }
                }
                let mut tries = match active.take() {
                    Some(a) if a.asking == at => a.tries,
                    Some(other) => {
                        context.finished_retry(other.tries.into_iter().map(|t| t.output).collect());
                        Vec::new()
                    }
                    None => Vec::new(),
                };
                let attempt = tries.len() as u32 + 1;
                tries.push(Attempt {
                    attempt,
                    hint: hint.clone(),
                    output: Labelled::literal(Value::Null),
                });
                if target == 0 {
                    context.retrying(attempt + 1, &tries, hint.clone());
                    let here = Cx {
                        pipe: Some(&context),
                        source: true,
                        ..*cx
                    };
                    let again = rerun_source(&here, source_expr, &outputs)?;
                    if let Some(last) = tries.last_mut() {
                        last.output = again.clone();
                    }
                    outputs = vec![again.clone()];
                    context.source(again);
                    active = Some(Active {
                        asking: at,
                        tries,
                        hint,
                    });
                } else {
                    active = Some(Active {
                        asking: at,
                        tries,
                        hint,
                    });
                    at = target;
                }
            }
        }
    }
    let result = outputs
        .pop()
        .unwrap_or_else(|| Labelled::literal(Value::Null));
    Ok(result.map(settled).joined(store, asked))
}

/// The result of a pipeline: text that is a JSON object or array becomes data (spec 03 §3).
fn settled(value: Value) -> Value {
    match value {
        Value::Text(text) => json::pipeline_result(text),
        other => other,
    }
}

fn count_request(requests: &mut [u32], at: usize, hint: &Labelled<Value>, cx: &Cx<'_>) -> Eval<()> {
    let Some(n) = requests.get_mut(at) else {
        return Ok(());
    };
    *n += 1;
    if *n <= MAX_REQUESTS {
        return Ok(());
    }
    let reader = cx.reader();
    let mut message = eco_format!(
        "Pipeline aborted: Stage {at} exceeded retry limit for stage {} ({MAX_REQUESTS} attempts; max {MAX_REQUESTS}).",
        at - 1
    );
    if !matches!(hint.read(&reader), Value::Null | Value::Absent) {
        message = eco_format!("{message} Hint: {}", render::template(hint.read(&reader)));
    }
    cx.fail(&reader, Problem::new("R0504", "MlldPipeline", message))
}

/// The source again: what acts is executed anew, what stands there is replayed (spec 03 §9).
fn rerun_source(
    cx: &Cx<'_>,
    source: Option<&Expr>,
    outputs: &[Labelled<Value>],
) -> Eval<Labelled<Value>> {
    let acts = |e: &Expr| match &e.kind {
        ExprKind::Code(_) | ExprKind::Run(_) => true,
        ExprKind::Path(p) => p
            .steps
            .iter()
            .any(|s| matches!(s.kind, StepKind::Call(_) | StepKind::Method(..))),
        _ => false,
    };
    match source {
        Some(e) if acts(e) => Ok(expr::value(cx, e)?.map(Value::stored)),
        _ => Ok(outputs
            .first()
            .cloned()
            .unwrap_or_else(|| Labelled::literal(Value::Null))),
    }
}

/// Whether a stage's output ends the pipeline: empty text, null (spec 03 §8).
fn is_empty_output(cx: &Cx<'_>, value: &Labelled<Value>) -> Eval<bool> {
    let reader = cx.reader();
    Ok(match value.read(&reader).data() {
        Value::Text(t) => t.is_empty(),
        Value::Absent => true,
        _ => false,
    })
}

enum StepResult {
    Value(Labelled<Value>),
    Retry(Labelled<Value>),
}

fn run_step(
    cx: &Cx<'_>,
    step: &Step<'_>,
    input: Labelled<Value>,
    context: &PipeContext,
    leading: bool,
) -> Eval<StepResult> {
    if let [member] = step.members.as_slice() {
        let number = context.stage;
        let located = |e: Box<Failure>| {
            wrap(*e, |m| {
                eco_format!("Pipeline failed at stage {number}: {m}")
            })
        };
        let result = run_member(cx, member.stage, &input, context, leading).map_err(located)?;
        if let StepResult::Value(value) = &result {
            effects(cx, member, value, context)?;
        }
        return Ok(result);
    }
    let members: Vec<&Stage> = step.members.iter().map(|m| m.stage).collect();
    let run_one = |cx: &Cx<'_>, stage: &Stage, input: &Labelled<Value>| {
        run_member(cx, stage, input, context, leading).and_then(|r| match r {
            StepResult::Value(v) => Ok(v),
            StepResult::Retry(_) => {
                let message = "retry not supported in parallel stage";
                Err(Problem::new("R0503", "MlldPipeline", message)
                    .fatal()
                    .plain())
            }
        })
    };
    let (values, gathered) = parallel::group(cx, &members, &input, run_one)?;
    for (member, value) in step.members.iter().zip(&values) {
        effects(cx, member, value, context)?;
    }
    Ok(StepResult::Value(gathered))
}

fn effects(
    cx: &Cx<'_>,
    member: &Member<'_>,
    value: &Labelled<Value>,
    context: &PipeContext,
) -> Eval<()> {
    let number = context.stage;
    for effect in &member.effects {
        let name = pipe_effect::name(effect);
        pipe_effect::run(cx, effect, value, context).map_err(|e| {
            wrap(*e, |m| {
                eco_format!("Pipeline failed at stage {number}: Inline effect @{name} failed: {m}")
            })
        })?;
    }
    Ok(())
}

/// Puts words in front of a mistake's message; refusals stay as they are.
fn wrap(failure: Failure, message: impl FnOnce(&str) -> EcoString) -> Box<Failure> {
    match failure {
        Failure::Problem(p) => Box::new(Failure::Problem(p.map(|mut p| {
            // Once is enough: a stage that runs a pipeline of its own has said where.
            if !p.message.starts_with("Pipeline ") {
                p.message = message(&p.message);
            }
            p
        }))),
        other => Box::new(other),
    }
}

fn run_member(
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
    if !leading && !executable.params.is_empty() {
        args.push(call::stage_input(cx, &executable, input.clone()));
    }
    for e in arguments(callee) {
        args.push(path::call_argument(cx, e, &callee.name.text)?);
    }
    if !leading {
        // Missing arguments of a stage are empty text (spec 03 §4).
        while args.len() < executable.params.len() {
            args.push(Labelled::literal(Value::Text(EcoString::new())));
        }
    }
    let input_of = if leading { None } else { Some(input) };
    let how = How {
        taker: Taker::Stage,
        pipe: cx.pipe,
        input: input_of,
    };
    let flow = call::call_for(cx, &executable, args, how)?;
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
    let Some(mut bound) = path::lookup(cx, &callee.name.text) else {
        return Ok(None);
    };
    for step in &callee.steps {
        let member = match &step.kind {
            StepKind::Call(_) => break,
            StepKind::Field(name) => name,
            StepKind::Method(name, _) => &name.text,
            _ => return cx.unsupported("An index in the name of a stage"),
        };
        bound = cx.compute(|r| crate::value::access::field(bound.read(r), member))?;
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
