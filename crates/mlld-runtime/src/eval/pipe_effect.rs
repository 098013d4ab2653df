//! Effects in pipelines: they write something and pass the value on (spec 03 §6).

use super::pipe_context::PipeContext;
use super::printing::{self, Stream};
use super::{Cx, Eval, expr, import, output};
use crate::value::{Value, render};
use mlld_security::Labelled;
use mlld_syntax::ast::{Expr, Stage, StageKind};

/// The name of an effect as messages have it.
pub(super) fn name(stage: &Stage) -> &'static str {
    match &stage.kind {
        StageKind::Show(_) => "show",
        StageKind::Log(_) => "log",
        StageKind::Output(_) => "output",
        StageKind::Append(_) => "append",
        _ => "stage",
    }
}

/// Runs an effect on the passing value, or on what it names.
pub(super) fn run(
    cx: &Cx<'_>,
    stage: &Stage,
    value: &Labelled<Value>,
    context: &PipeContext,
) -> Eval<()> {
    if import::is_quiet(cx) {
        return Ok(());
    }
    let mut context = context.clone();
    context.pass(value);
    let scope = context.scope(cx);
    let cx = &Cx {
        scope: &scope,
        pipe: Some(&context),
        ..*cx
    };
    match &stage.kind {
        StageKind::Show(source) => {
            let value = data(cx, source.as_ref(), value)?;
            print(cx, Stream::Show, value)
        }
        StageKind::Log(source) => {
            let value = data(cx, source.as_ref(), value)?;
            print(cx, Stream::Log, value)
        }
        StageKind::Output(o) => {
            let source = data(cx, o.source.as_ref(), value)?;
            output::output_value(cx, o, source, render::stage).map(|_| ())
        }
        StageKind::Append(append) => {
            let source = data(cx, append.source.as_ref(), value)?;
            output::append_value(cx, append, source, render::stage).map(|_| ())
        }
        _ => cx.unsupported("A stage of this kind"),
    }
}

fn data(cx: &Cx<'_>, source: Option<&Expr>, value: &Labelled<Value>) -> Eval<Labelled<Value>> {
    match source {
        Some(e) => expr::value(cx, e),
        None => {
            // An effect looks at what it writes (spec 05 §6.2).
            cx.frame.touch(value.descriptor());
            Ok(value.clone())
        }
    }
}

/// Structured values are compact JSON in a pipeline.
fn print(cx: &Cx<'_>, stream: Stream, value: Labelled<Value>) -> Eval<()> {
    let text = value.clone().map(|v| render::stage(&v));
    printing::print(cx, stream, value, text).map(|_| ())
}
