//! `while` stages (spec 02 §5.3, 03 §13).

use super::call::{self, Callee, How, Taker};
use super::{Cx, Eval, Flow, Problem, expr, import, path, time};
use crate::value::{Object, Value};
use ecow::eco_format;
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Duration, Expr, Path, StepKind};
use std::sync::Arc;

/// Where a `while` stage stands, for `@mx.while`.
#[derive(Clone, Copy)]
pub(crate) struct WhilePass {
    iteration: u64,
    limit: f64,
    labels: Descriptor,
}

/// Calls the executable on the state until it is done.
pub(super) fn run(
    cx: &Cx<'_>,
    cap: &Expr,
    pace: Option<&Duration>,
    callee: &Path,
    input: &Labelled<Value>,
) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let reader = cx.reader();
    let cap = expr::operand(cx, cap)?;
    let limit = match cap.read(&reader).data() {
        Value::Number(n) if n.is_finite() && *n >= 1.0 => n.floor(),
        _ => {
            let message = "while() requires a maximum iteration count, e.g., while(10) @processor";
            return cx.fail(&reader, Problem::new("R0506", "MlldPipeline", message));
        }
    };
    let pace = pace
        .map(|p| time::duration(cx, p, "while pacing expects a duration like 1s or 500ms."))
        .transpose()?;
    let imported = import::callee(cx, callee)?;
    let Some(bound) = imported.or_else(|| path::lookup(cx, &callee.name.text)) else {
        let message = eco_format!("Pipeline command {} not found", callee.name.text);
        return Err(Problem::new("R0502", "MlldPipeline", message).plain());
    };
    let Value::Executable(executable) = bound.read(&reader).clone() else {
        let message =
            "while expects an executable reference like @processor after the iteration cap.";
        return cx.fail(&reader, Problem::new("R0507", "MlldPipeline", message));
    };
    let mut state = input.clone();
    let mut iteration = 0u64;
    while (iteration as f64) < limit {
        if iteration > 0
            && let Some(pace) = pace
        {
            cx.run.sleep(pace)?;
        }
        iteration += 1;
        let here = WhilePass {
            iteration,
            limit,
            labels: reader.seen(),
        };
        let inner = Cx {
            passes: super::Passes {
                while_: Some(here),
                ..cx.passes
            },
            // That there is another turn tells how the one before ended.
            ..cx.conditional(store.join(reader.seen(), state.descriptor()))
        };
        let mut args = vec![call::stage_input(cx, &executable, state.clone())];
        if let Some(StepKind::Call(more)) = callee.steps.last().map(|s| &s.kind) {
            for e in more {
                args.push(path::call_argument(cx, e, &callee.name.text)?);
            }
        }
        let how = How {
            taker: Taker::While,
            pipe: cx.pipe,
            input: Some(&state),
            site: Some(callee.span),
            extra: super::run_stmt::Extra::default(),
        };
        let told = state.descriptor();
        let callee = Callee::of(&executable, bound.descriptor());
        match call::call_for(&inner, callee, args, how)? {
            Flow::Done(value) => {
                let value = value.unwrap_or_else(|| state.clone());
                return Ok(value.joined(store, store.join(told, reader.seen())));
            }
            // How a turn ended is something that what it looked at tells (spec 05 §11.2).
            Flow::Continue(Some(value)) | Flow::Return(Some(value)) => {
                state = value.joined(store, told);
            }
            Flow::Continue(None) | Flow::Next | Flow::Return(None) => {}
            Flow::Retry(_) => {
                let message = "Use 'continue' instead of 'retry' in while processors";
                return Err(Problem::new("R0508", "MlldPipeline", message).plain());
            }
            other @ Flow::Skip => return other.stray(),
        }
    }
    let message = eco_format!(
        "While loop reached cap ({limit}) without 'done'. Consider increasing cap or check termination logic."
    );
    Err(Problem::new("R0509", "MlldPipeline", message).plain())
}

/// `@mx.while`.
pub(super) fn ambient(cx: &Cx<'_>) -> Labelled<Value> {
    let Some(here) = cx.passes.while_ else {
        return Labelled::literal(Value::Null);
    };
    let mut object = Object::default();
    object.insert("iteration".into(), Value::Number(here.iteration as f64));
    object.insert("limit".into(), Value::Number(here.limit));
    object.insert("active".into(), Value::Bool(true));
    Labelled::entering(Value::Object(Arc::new(object)), here.labels)
}
