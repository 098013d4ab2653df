//! `loop` (spec 02 §5.1).

use super::hook::{Act, Watch};
use super::implicit::Raised;
use super::scope::Kind;
use super::{Cx, Eval, Flow, Problem, Whens, block, expr, operator, time};
use crate::value::{Object, Value};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Loop, LoopLimit};
use std::sync::Arc;

/// Where a loop stands, for `@mx.loop`.
#[derive(Clone, Copy)]
pub(crate) struct LoopPass {
    /// From 1.
    pub(crate) iteration: u64,
    /// The limit, if it has one.
    pub(crate) limit: Option<f64>,
    /// Labels of what decided that this pass runs.
    pub(crate) labels: Descriptor,
}

/// `loop` as a value: that of `done`, else null.
pub(super) fn value(cx: &Cx<'_>, l: &Loop) -> Eval<Labelled<Value>> {
    let inner = Cx {
        whens: Whens::Give,
        ..*cx
    };
    match run(&inner, l)? {
        (Flow::Next, value) => Ok(value),
        (flow, _) => flow.stray(),
    }
}

/// `loop` as the body of an executable: a `=>` in an `if` leaves the executable.
pub(super) fn exec(cx: &Cx<'_>, l: &Loop) -> Eval<Flow> {
    run(cx, l).map(|(flow, _)| flow)
}

/// Runs the passes: what follows, and the value.
pub(super) fn run(cx: &Cx<'_>, l: &Loop) -> Eval<(Flow, Labelled<Value>)> {
    let raised = Raised::default();
    let decided = cx.reader();
    let inner = Cx {
        exits: cx.exits.in_loop(&raised),
        ..*cx
    };
    let ran = turns(&inner, l, &decided)?;
    let decided = cx.run.store().join(decided.seen(), raised.get());
    cx.after_loop(decided, l)?;
    Ok(ran)
}

/// All passes; what decides how many there are is noted in `decided`.
fn turns(cx: &Cx<'_>, l: &Loop, decided: &Reader<'_>) -> Eval<(Flow, Labelled<Value>)> {
    // That no pass ended it tells what all of them looked at.
    let looked_at = cx.reader();
    let limit = limit(cx, l, decided)?;
    let pace = l
        .pace
        .as_ref()
        .map(|p| time::duration(cx, p, "Loop pacing expects a duration like 1s or 500ms."))
        .transpose()?;
    // Whether there is a pass at all tells what the limit is.
    cx.frame.touch(decided.seen());
    let store = cx.run.store();
    let mut input = Labelled::literal(Value::Null);
    let mut iteration: u64 = 0;
    loop {
        if limit.is_some_and(|l| iteration as f64 >= l) {
            break;
        }
        let scope = cx.scope.inner_frame();
        scope.bind("input".into(), input.clone(), Kind::Loop);
        let frame = cx.reader();
        let here = LoopPass {
            iteration: iteration + 1,
            limit,
            labels: decided.seen(),
        };
        let inner = Cx {
            scope: &scope,
            frame: &frame,
            ..cx.under(decided.seen())
        };
        let inner = Cx {
            passes: super::Passes {
                loop_: Some(here),
                ..cx.passes
            },
            ..inner
        };
        if let Some(until) = &l.until
            && operator::condition(&inner, until)?.take(decided)
        {
            cx.frame.touch(frame.seen());
            break;
        }
        if iteration > 0
            && let Some(pace) = pace
        {
            cx.run.sleep(pace)?;
        }
        cx.run.check()?;
        iteration += 1;
        // What `until` looked at before this pass counts for what the pass makes.
        let inner = inner.under(decided.seen());
        let flow = turn(&inner, l, &input);
        cx.frame.touch(frame.seen());
        let flow = flow?;
        looked_at.touch(frame.seen());
        // How a pass ended tells what it looked at: later passes, and the value, carry it.
        match flow {
            Flow::Next => {}
            Flow::Continue(value) => {
                decided.touch(frame.seen());
                if let Some(value) = value {
                    input = value.joined(store, frame.seen());
                }
            }
            Flow::Done(value) => {
                decided.touch(frame.seen());
                let value = value.unwrap_or_else(|| Labelled::literal(Value::Null));
                return Ok((Flow::Next, value.joined(store, decided.seen())));
            }
            Flow::Retry(_) => {
                let message = "Use 'continue' instead of 'retry' in loop bodies";
                return Err(Problem::new("R0124", "MlldDirective", message).plain());
            }
            flow => {
                return Ok((
                    flow.joined(cx, decided.seen()),
                    Labelled::literal(Value::Null),
                ));
            }
        }
    }
    Ok((
        Flow::Next,
        Labelled::literal(Value::Null).joined(store, store.join(decided.seen(), looked_at.seen())),
    ))
}

/// One turn, with the hooks around it.
fn turn(cx: &Cx<'_>, l: &Loop, input: &Labelled<Value>) -> Eval<Flow> {
    let Some(mut watch) = Watch::new(cx, || Act::named("loop", None)) else {
        return block::run_in(cx, &l.body).map(|exit| exit.flow);
    };
    watch.before(vec![input.clone()])?;
    match block::run_in(cx, &l.body) {
        Ok(exit) => {
            let output = match &exit.flow {
                Flow::Done(Some(v)) | Flow::Continue(Some(v)) => v.clone(),
                _ => Labelled::literal(Value::Null),
            };
            // What a turn leads to is the script's to say: what hooks return is of no consequence.
            watch.ended(output)?;
            Ok(exit.flow)
        }
        Err(failure) => watch.failed(failure),
    }
}

fn limit(cx: &Cx<'_>, l: &Loop, decided: &Reader<'_>) -> Eval<Option<f64>> {
    let e = match &l.limit {
        None | Some(LoopLimit::Endless) => return Ok(None),
        Some(LoopLimit::Count(e)) => e,
    };
    let value = expr::operand(cx, e)?;
    let number = match value.read(decided).data() {
        Value::Number(n) => Some(*n),
        Value::Text(t) => t.trim().parse::<f64>().ok(),
        _ => None,
    };
    let fail =
        |message: &'static str| cx.fail(decided, Problem::new("R0121", "TypeMismatch", message));
    match number {
        None => fail("loop limit expects a number."),
        Some(n) if n < 0.0 || n.fract() != 0.0 || !n.is_finite() => {
            fail("loop limit expects a non-negative whole number.")
        }
        Some(n) => Ok(Some(n)),
    }
}

/// `@mx.loop`.
pub(super) fn ambient(cx: &Cx<'_>) -> Labelled<Value> {
    let Some(here) = cx.passes.loop_ else {
        return Labelled::literal(Value::Null);
    };
    let mut object = Object::default();
    object.insert("iteration".into(), Value::Number(here.iteration as f64));
    object.insert(
        "limit".into(),
        here.limit.map_or(Value::Null, Value::Number),
    );
    object.insert("active".into(), Value::Bool(true));
    Labelled::entering(Value::Object(Arc::new(object)), here.labels)
}
