//! `show`, `log`, and whatever else goes to a stream (spec 01 §13, 03 §15).

use super::hook::{Act, Watch};
use super::{Cx, Eval, Problem, directive, expr, foreach, import, output, run_stmt};
use crate::effect::print;
use crate::gate::{Printed, Run};
use crate::value::{Value, render};
use ecow::EcoString;
use mlld_security::{Labelled, OpKind, Operation, Permit};
use mlld_syntax::ast::{ExprKind, Log, Show};

/// What prints, and how hooks call it.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    /// `show`.
    Show,
    /// `log`.
    Log,
    /// `output … to stdout`.
    Stdout,
    /// `output … to stderr`.
    Stderr,
}

impl Stream {
    fn word(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::Log => "log",
            Self::Stdout | Self::Stderr => "output",
        }
    }

    fn operation(self, cx: &Cx<'_>) -> Operation {
        let place = cx.place(cx.stmt.span);
        match self {
            Self::Show => cx.run.plain_operation(OpKind::Show, "/show", place),
            Self::Log => cx.run.plain_operation(OpKind::Log, "/log", place),
            Self::Stdout => cx.run.output_to_stream(OpKind::Show, place),
            Self::Stderr => cx.run.output_to_stream(OpKind::Log, place),
        }
    }

    fn print(self, run: &Run<'_>, permit: Permit<Printed>) -> Eval<()> {
        match self {
            Self::Show => print::show(run, permit),
            Self::Stdout => print::stdout(run, permit),
            Self::Log | Self::Stderr => print::log(run, permit),
        }
    }
}

/// Prints a text that was made of `input`. What hooks after it return is printed in its place, if it may be: it
/// is judged like any other text. Gives what was printed.
pub(super) fn print(
    cx: &Cx<'_>,
    stream: Stream,
    input: Labelled<Value>,
    text: Labelled<EcoString>,
) -> Eval<Labelled<EcoString>> {
    let operation = stream.operation(cx);
    let judge =
        |text: &Labelled<EcoString>| cx.permit(operation.clone(), text.clone().map(Printed::line));
    let Some(mut watch) = Watch::new(cx, || Act::of(stream.word(), &operation)) else {
        stream.print(cx.run, judge(&text)?)?;
        return Ok(text);
    };
    watch.before(vec![input])?;
    let permit = match judge(&text) {
        Ok(permit) => permit,
        Err(failure) => return watch.failed(failure),
    };
    let (output, changed) = watch.after(text.clone().map(Value::Text))?;
    if !changed {
        stream.print(cx.run, permit)?;
        return Ok(text);
    }
    let text = directive::shown(cx, output);
    stream.print(cx.run, judge(&text)?)?;
    Ok(text)
}

/// `show` (spec 01 §13).
pub(super) fn show(cx: &Cx<'_>, show: &Show) -> Eval<Labelled<EcoString>> {
    let labels = directive::declared(cx, &show.labels)?;
    if let Some(module) = import::shown(cx, &show.value)? {
        let text = directive::shown(cx, module.clone());
        return print(cx, Stream::Show, module, cx.join(text, labels));
    }
    let (input, text) = match &show.value.kind {
        ExprKind::Foreach(f) if f.batch.is_none() => {
            let text = foreach::text(cx, f)?;
            (text.clone().map(Value::Text), text)
        }
        // What is streamed is printed as it comes; hooks around `show` need the whole of it first.
        _ if !cx.module.hooks.any() => {
            let (text, printed) = run_stmt::printing::shown(cx, &show.value, labels)?;
            if printed {
                return Ok(cx.join(text, labels));
            }
            (text.clone().map(Value::Text), text)
        }
        _ => {
            let value = expr::value(cx, &show.value)?;
            (value.clone(), directive::shown(cx, value))
        }
    };
    print(cx, Stream::Show, input, cx.join(text, labels))
}

/// `log` (spec 03 §15.2).
pub(super) fn log(cx: &Cx<'_>, log: &Log) -> Eval<Labelled<EcoString>> {
    let labels = directive::declared(cx, &log.labels)?;
    let value = match &log.value {
        Some(e) => expr::value(cx, e)?,
        None => output::document(cx),
    };
    let text = output::written(cx, value.clone(), log.format.as_ref(), render::directive)?;
    print(cx, Stream::Log, value, cx.join(text, labels))
}

/// Prints what a statement gives: text as it is, data compact, nothing for null and empty (spec 02 §7.3). Policy
/// is asked about `op:show`; guards and hooks have seen the call (spec 05 §10.2).
pub(super) fn print_value(cx: &Cx<'_>, value: Labelled<Value>) -> Eval<()> {
    let text = cx.compute(|r| Ok::<_, Problem>(render::statement(value.read(r))))?;
    let subject = ecow::eco_format!("/{}", cx.stmt.kind.word());
    let operation = cx
        .run
        .plain_operation(OpKind::Show, &subject, cx.place(cx.stmt.span));
    let payload = text.map(|t| {
        if t.is_empty() {
            Printed::nothing()
        } else {
            Printed::line(t)
        }
    });
    let permit = cx.permit(operation, payload)?;
    print::show(cx.run, permit)
}

/// The script's value (spec 02 §7.1): a `show` operation. Nothing is printed for null.
pub(super) fn script_value(cx: &Cx<'_>, value: Option<Labelled<Value>>) -> Eval<()> {
    let Some(value) = value else { return Ok(()) };
    let reader = cx.reader();
    if !matches!(value.read(&reader).data(), Value::Absent | Value::Null) {
        let text = directive::shown(cx, value.clone());
        return print(cx, Stream::Show, value, text).map(|_| ());
    }
    // That there is nothing to show may not be told either.
    let operation = Stream::Show.operation(cx);
    let nothing = value.map(|_| Printed::nothing());
    let permit = cx.permit(operation, nothing)?;
    print::show(cx.run, permit)
}
