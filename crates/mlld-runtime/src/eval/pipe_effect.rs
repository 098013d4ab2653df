//! Effects in pipelines: they write something and pass the value on (spec 03 §6).

use super::pipe_context::PipeContext;
use super::{Cx, Eval, directive, expr};
use crate::value::{Value, render};
use ecow::EcoString;
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
            let text = text(cx, source.as_ref(), value)?;
            directive::show_text(cx, text)
        }
        StageKind::Log(source) => {
            let text = text(cx, source.as_ref(), value)?;
            directive::log_text(cx, text)
        }
        StageKind::Output(output) => {
            let source = data(cx, output.source.as_ref(), value)?;
            directive::output_value(cx, output, source, render::stage).map(|_| ())
        }
        StageKind::Append(append) => {
            let source = data(cx, append.source.as_ref(), value)?;
            directive::append_value(cx, append, source, render::stage).map(|_| ())
        }
        _ => cx.unsupported("A stage of this kind"),
    }
}

fn data(cx: &Cx<'_>, source: Option<&Expr>, value: &Labelled<Value>) -> Eval<Labelled<Value>> {
    match source {
        Some(e) => expr::value(cx, e),
        None => Ok(value.clone()),
    }
}

/// Structured values are compact JSON in a pipeline.
fn text(cx: &Cx<'_>, source: Option<&Expr>, value: &Labelled<Value>) -> Eval<Labelled<EcoString>> {
    Ok(data(cx, source, value)?.map(|v| render::stage(&v)))
}
