//! Pipelines (spec 03): values from stage to stage, effects, groups, retry, `while`.

use super::Failure;
use super::expr;
use super::parallel::Limits;
use super::pipe_context::{Attempt, PipeContext};
use super::pipe_stage::{self, Position, StepResult};
use super::{Cx, Eval, Problem, builtin, file, options, parallel, pipe_effect};
use crate::value::{Value, json, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Expr, ExprKind, Pipe, Stage, StageKind, StepKind, WithExpr};

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

/// A pipeline that is to run.
struct Plan<'s> {
    /// What its source is made of; runs again when the first stage asks for it.
    source: Source<'s>,
    /// The effects before the first stage.
    before: Vec<&'s Stage>,
    steps: Vec<Step<'s>>,
    /// It begins with a group: there is no input.
    leading: bool,
    limits: Limits,
    /// Its number in the run.
    number: u64,
}

/// What the source of a pipeline is made of.
#[derive(Clone, Copy)]
enum Source<'s> {
    /// Nothing: a group begins, or the value is there already.
    None,
    /// An expression.
    Expr(&'s Expr),
    /// Something with options and the labels of its `run`.
    With(&'s WithExpr, Descriptor),
}

impl Source<'_> {
    fn value(self, cx: &Cx<'_>) -> Eval<Labelled<Value>> {
        let value = match self {
            Self::None => Labelled::literal(Value::Null),
            Self::Expr(e) => expr::value(cx, e)?,
            Self::With(w, labels) => options::source(cx, w, labels)?,
        };
        Ok(value.map(Value::stored))
    }

    /// Whether it does something: it is executed anew when the first stage asks (spec 03 §9).
    fn acts(self) -> bool {
        match self {
            Self::None => false,
            Self::Expr(e) => acts(e),
            Self::With(w, _) => acts(&w.value),
        }
    }
}

impl<'s> Plan<'s> {
    /// The stages of `groups`. Whatever has to exist is looked for before the first one runs (spec 03 §5).
    fn new(
        cx: &Cx<'_>,
        source: Source<'s>,
        groups: &'s [Vec<Stage>],
        limits: Limits,
    ) -> Eval<Self> {
        let (before, steps) = split(groups);
        for step in &steps {
            for member in &step.members {
                check_exists(cx, member.stage)?;
            }
        }
        Ok(Self {
            source,
            before,
            steps,
            leading: false,
            limits,
            number: cx.run.next_pipeline(),
        })
    }
}

/// The value of `source | …`.
pub(super) fn value(cx: &Cx<'_>, pipe: &Pipe) -> Eval<Labelled<Value>> {
    let limits = match &pipe.cap {
        None => parallel::default_limits(cx),
        Some((cap, pace)) => parallel::limits(cx, cap, pace.as_ref())?,
    };
    run_limited(cx, pipe, limits)
}

/// As [`value`], with limits that options give.
pub(super) fn limited(cx: &Cx<'_>, pipe: &Pipe, limits: Option<Limits>) -> Eval<Labelled<Value>> {
    match limits {
        Some(limits) => run_limited(cx, pipe, limits),
        None => value(cx, pipe),
    }
}

fn run_limited(cx: &Cx<'_>, pipe: &Pipe, limits: Limits) -> Eval<Labelled<Value>> {
    let source = pipe.source.as_ref().map_or(Source::None, Source::Expr);
    let mut plan = Plan::new(cx, source, &pipe.groups, limits)?;
    plan.leading = pipe.source.is_none();
    let value = source.value(cx)?;
    match source {
        Source::Expr(e) if matches!(e.kind, ExprKind::File(_)) => {
            file::piped(cx, value, |value| run(cx, &plan, value))
        }
        _ => run(cx, &plan, value),
    }
}

/// `with { pipeline: [ … ] }` on a value (spec 03 §1): its source may run again.
pub(super) fn with_pipeline(
    cx: &Cx<'_>,
    w: &WithExpr,
    groups: &[Vec<Stage>],
    limits: Limits,
    labels: Descriptor,
) -> Eval<Labelled<Value>> {
    let source = Source::With(w, labels);
    let plan = Plan::new(cx, source, groups, limits)?;
    let value = source.value(cx)?;
    run(cx, &plan, value)
}

/// Runs the stages of a batch pipeline on a value that is there already.
pub(super) fn stages(
    cx: &Cx<'_>,
    source: Labelled<Value>,
    groups: &[Vec<Stage>],
) -> Eval<Labelled<Value>> {
    run(
        cx,
        &Plan::new(cx, Source::None, groups, parallel::default_limits(cx))?,
        source,
    )
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

/// The effects before the first stage: once, before it, and again with a source that runs again.
fn effects_before(
    cx: &Cx<'_>,
    plan: &Plan<'_>,
    source: &Labelled<Value>,
    context: &PipeContext,
) -> Eval<()> {
    for effect in &plan.before {
        pipe_effect::run(cx, effect, source, context).map_err(|e| {
            wrap(*e, |m| {
                eco_format!("Pre-effect @{} failed: {m}", pipe_effect::name(effect))
            })
        })?;
    }
    Ok(())
}

fn run(cx: &Cx<'_>, plan: &Plan<'_>, source: Labelled<Value>) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let steps = &plan.steps;
    let mut context = PipeContext::new(source.clone());
    effects_before(cx, plan, &source, &context)?;
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
        // That a stage runs tells that the one before gave something, and a later attempt why the first was not enough.
        let reason = store.join(asked, input.descriptor());
        match run_step(&cx.conditional(reason), plan, step, input, &context)? {
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
                        ..cx.conditional(asked)
                    };
                    let again = if plan.source.acts() {
                        let again = plan.source.value(&here)?;
                        effects_before(&here, plan, &again, &context)?;
                        again
                    } else {
                        // What stands there is replayed.
                        outputs
                            .first()
                            .cloned()
                            .unwrap_or_else(|| Labelled::literal(Value::Null))
                    };
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

/// Whether an expression does something, as a source.
fn acts(source: &Expr) -> bool {
    match &source.kind {
        ExprKind::Code(_) | ExprKind::Run(_) => true,
        ExprKind::With(with) => acts(&with.value),
        ExprKind::Path(p) => p
            .steps
            .iter()
            .any(|s| matches!(s.kind, StepKind::Call(_) | StepKind::Method(..))),
        _ => false,
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

fn run_step(
    cx: &Cx<'_>,
    plan: &Plan<'_>,
    step: &Step<'_>,
    input: Labelled<Value>,
    context: &PipeContext,
) -> Eval<StepResult> {
    let number = context.stage;
    let at = |member| Position {
        pipeline: plan.number,
        stage: number,
        member,
        leading: plan.leading && number == 1,
    };
    if let [member] = step.members.as_slice() {
        let located = |e: Box<Failure>| {
            wrap(*e, |m| {
                eco_format!("Pipeline failed at stage {number}: {m}")
            })
        };
        let result =
            pipe_stage::run(cx, member.stage, &input, context, at(None)).map_err(located)?;
        if let StepResult::Value(value) = &result {
            effects(cx, member, value, context)?;
        }
        return Ok(result);
    }
    let members: Vec<&Stage> = step.members.iter().map(|m| m.stage).collect();
    let run_one =
        |cx: &Cx<'_>, n: usize, stage: &Stage, input: &Labelled<Value>| match pipe_stage::run(
            cx,
            stage,
            input,
            context,
            at(Some(n)),
        )? {
            StepResult::Value(v) => Ok(v),
            StepResult::Retry(_) => {
                let message = "retry not supported in parallel stage";
                Err(Problem::new("R0503", "MlldPipeline", message)
                    .fatal()
                    .plain())
            }
        };
    let (values, gathered) = parallel::group(cx, &members, &input, plan.limits, run_one)?;
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
