//! Directives of the core: variables, output, the script's return (spec 01 §7, §13; 03 §15).

use super::scope::{Global, reserved};
use super::{Cx, Eval, Flow, Problem, block, call, expr, for_loop, loop_, policy, run_stmt, when};
use crate::effect::write::{FileContent, write_file};
use crate::gate::Printed;
use crate::value::{Value, json, render, transform};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind};
use mlld_syntax::ast::{Expr, Log, Name, Output, Return, Show, StmtKind, Target, Var};
use std::path::PathBuf;

/// Executes the statement of `cx`.
pub(super) fn exec(cx: &Cx<'_>) -> Eval<Flow> {
    exec_with_text(cx).map(|(flow, _)| flow)
}

/// As [`exec`]; an effect also gives its text, which is its value as an action (spec 02 §3.3).
pub(super) fn exec_with_text(cx: &Cx<'_>) -> Eval<(Flow, Option<Labelled<Value>>)> {
    let text = |text: Labelled<EcoString>| Ok((Flow::Next, Some(text.map(Value::Text))));
    match &cx.stmt.kind {
        StmtKind::Show(show) => return text(exec_show(cx, show)?),
        StmtKind::Log(log) => return text(exec_log(cx, log)?),
        StmtKind::Output(output) => return text(exec_output(cx, output)?),
        StmtKind::Run(run) => {
            let value = run_stmt::exec(cx, run)?;
            return Ok((Flow::Next, Some(value)));
        }
        _ => {}
    }
    exec_silent(cx).map(|flow| (flow, None))
}

fn exec_silent(cx: &Cx<'_>) -> Eval<Flow> {
    match &cx.stmt.kind {
        StmtKind::Var(var) => define(cx, var)?,
        StmtKind::Let(l) => block::exec_let(cx, l)?,
        StmtKind::Augment(a) => block::exec_augment(cx, a)?,
        StmtKind::Policy(p) => policy::declare(cx, p)?,
        StmtKind::Exe(exe) => call::define(cx, exe)?,
        StmtKind::Call(e) => call_statement(cx, e)?,
        StmtKind::Value(e) => {
            let _ = expr::operand(cx, e)?;
        }
        StmtKind::If(i) => return block::exec_if(cx, i),
        StmtKind::When(w) => return when::exec(cx, w),
        StmtKind::For(f) => return for_loop::exec(cx, f),
        StmtKind::Foreach(f) => {
            let _ = for_loop::foreach(cx, f)?;
        }
        StmtKind::Loop(l) => return loop_::exec(cx, l),
        StmtKind::Return(ret) => return block_return(cx, ret),
        StmtKind::Done(e) => return carried(cx, e.as_deref()).map(Flow::Done),
        StmtKind::Continue(e) => return carried(cx, e.as_deref()).map(Flow::Continue),
        StmtKind::Retry(e) => return carried(cx, e.as_deref()).map(Flow::Retry),
        StmtKind::Skip => return Ok(Flow::Skip),
        StmtKind::Bail(e) => return bail(cx, e.as_deref()),
        StmtKind::Error => {
            return Err(Problem::new("R0002", "MlldParse", "The script has a syntax error.").plain());
        }
        other => return cx.unsupported(eco_format!("The directive '{}'", other.word())),
    }
    Ok(Flow::Next)
}

/// The value that `done`, `continue` or `retry` carries.
fn carried(cx: &Cx<'_>, e: Option<&Expr>) -> Eval<Option<Labelled<Value>>> {
    let Some(e) = e else { return Ok(None) };
    let value = expr::operand(cx, e)?.map(Value::stored);
    Ok(Some(cx.join(value, cx.pc)))
}

/// `=>` (spec 02 §1.1): what it gives carries the labels of the conditions around it.
fn block_return(cx: &Cx<'_>, ret: &Return) -> Eval<Flow> {
    if !ret.mods.is_empty() {
        return cx.unsupported("Label modification in `=>`");
    }
    carried(cx, ret.value.as_ref()).map(Flow::Return)
}

/// A call statement (spec 02 §6.3): printed at script level and in loops, dropped in an executable.
fn call_statement(cx: &Cx<'_>, e: &Expr) -> Eval<()> {
    let value = expr::value(cx, e)?;
    if cx.running.is_none() || cx.whens == super::Whens::Drop { print_value(cx, value) } else { Ok(()) }
}

/// Prints what a statement gives: text as it is, data compact, nothing for null and empty (spec 02 §7.3). Policy
/// is asked about `op:show`; guards have seen the call (spec 05 §10.2).
pub(super) fn print_value(cx: &Cx<'_>, value: Labelled<Value>) -> Eval<()> {
    let text = cx.compute(|r| Ok::<_, Problem>(render::statement(value.read(r))))?;
    let subject = eco_format!("/{}", cx.stmt.kind.word());
    let operation = cx.run.plain_operation(OpKind::Show, &subject, cx.place(cx.stmt.span));
    let payload = text.map(|t| if t.is_empty() { Printed::nothing() } else { Printed::line(t) });
    let permit = cx.run.permit(operation, payload)?;
    crate::effect::print::show(cx.run, permit)
}

/// `bail` (spec 02 §7.2): ends the script; nothing catches it. Its text is withheld where it may not be shown.
fn bail(cx: &Cx<'_>, e: Option<&Expr>) -> Eval<Flow> {
    let value = match e {
        None => Labelled::literal(Value::Null),
        Some(e) => expr::operand(cx, e)?,
    };
    let text = cx.compute(|r| {
        let text = match value.read(r).data() {
            Value::Null | Value::Absent => EcoString::new(),
            other => render::template(other),
        };
        let default = "Script terminated by bail directive.";
        Ok::<_, Problem>(if text.is_empty() { default.into() } else { text })
    })?;
    let operation = cx.run.operation(
        OpKind::Bail,
        "/bail".into(),
        vec![mlld_security::Target::shown("op:bail")].into(),
        cx.place(cx.stmt.span),
    );
    let descriptor = text.descriptor();
    let permit = cx.run.permit(operation, text)?;
    let problem = Problem::new("R0123", "MlldBail", permit.into_payload()).code("BAIL_EXIT").fatal();
    Err(problem.about(descriptor))
}

/// The descriptor of labels that are written in a declaration or before an operand (spec 05 §3).
pub(super) fn declared(cx: &Cx<'_>, labels: &[Name]) -> Eval<Descriptor> {
    for label in labels {
        mlld_security::check_label(&label.text)
            .map_err(|e| Problem::new("R0110", "MlldDirective", e.to_string()).plain())?;
    }
    Ok(cx.run.store().declared(labels.iter().map(|l| l.text.as_str())))
}

/// `var` (spec 01 §7).
fn define(cx: &Cx<'_>, var: &Var) -> Eval<()> {
    if var.tools {
        return cx.unsupported("A tool collection (`var tools`)");
    }
    let labels = declared(cx, &var.labels)?;
    let value = expr::value(cx, &var.value)?.map(Value::stored);
    let value = value.joined_before(cx.run.store(), labels);
    bind(cx, &var.name, value)
}

/// Binds a name of the module's top level, which must be free.
pub(super) fn bind(cx: &Cx<'_>, name: &Name, value: Labelled<Value>) -> Eval<()> {
    if let Some(message) = reserved(&name.text) {
        return Err(Problem::new("R0103", "MlldDirective", message).plain());
    }
    if let Some(first) = cx.module.globals.defined_at(&name.text) {
        let message = eco_format!(
            "Variable '{}' is already defined and cannot be redefined. Originally defined at {first}.",
            name.text
        );
        return Err(Problem::new("R0102", "VariableRedefinition", message)
            .hint("Variables are immutable: choose another name.")
            .plain());
    }
    let defined_at = cx.place(cx.stmt.span);
    cx.module.globals.define(name.text.clone(), Global { value, defined_at });
    Ok(())
}

/// The text of a value as `show` prints it.
pub(super) fn shown(cx: &Cx<'_>, value: Labelled<Value>) -> Labelled<EcoString> {
    let reader = cx.reader();
    let text = render::show(value.read(&reader));
    reader.finish(cx.frame, text)
}

/// `show` (spec 01 §13).
fn exec_show(cx: &Cx<'_>, show: &Show) -> Eval<Labelled<EcoString>> {
    let labels = declared(cx, &show.labels)?;
    let value = operand(cx, &show.value)?;
    let text = cx.join(shown(cx, value), labels);
    let operation = cx.run.plain_operation(OpKind::Show, "/show", cx.place(cx.stmt.span));
    let permit = cx.run.permit(operation, text.clone().map(Printed::line))?;
    crate::effect::print::show(cx.run, permit)?;
    Ok(text)
}

/// The operand of an effect: an undefined name is an error even where an expression would take it as null.
fn operand(cx: &Cx<'_>, value: &Expr) -> Eval<Labelled<Value>> {
    expr::value(cx, value)
}

/// `log` (spec 03 §15.2).
fn exec_log(cx: &Cx<'_>, log: &Log) -> Eval<Labelled<EcoString>> {
    let labels = declared(cx, &log.labels)?;
    let Some(value) = &log.value else {
        return cx.unsupported("`log` of the document so far");
    };
    let text = written(cx, value, log.format.as_ref())?;
    let text = cx.join(text, labels);
    let operation = cx.run.plain_operation(OpKind::Log, "/log", cx.place(cx.stmt.span));
    let permit = cx.run.permit(operation, text.clone().map(Printed::line))?;
    crate::effect::print::log(cx.run, permit)?;
    Ok(text)
}

/// The text of a value as `output` and `log` write it, in the format asked for (spec 03 §15.1).
fn written(cx: &Cx<'_>, value: &Expr, format: Option<&Name>) -> Eval<Labelled<EcoString>> {
    let value = operand(cx, value)?;
    cx.compute(|r| {
        let value = value.read(r);
        match format {
            None => Ok(render::directive(value)),
            Some(name) => formatted(value, &name.text),
        }
    })
}

/// The text of a value in a format of `output` and `log` (spec 03 §15.1).
fn formatted(value: &Value, format: &str) -> Result<EcoString, Problem> {
    match format {
        "json" => Ok(json::indented(value)),
        "text" => Ok(render::template(value)),
        "csv" | "xml" | "md" => {
            let Some(transformer) = transform::find(format, None) else {
                return Err(Problem::unsupported(eco_format!("The output format `{format}`")));
            };
            Ok(render::template(&transformer.stage(value)?))
        }
        "yaml" => Err(Problem::unsupported("The output format `yaml`")),
        _ => Err(Problem::new("R0303", "MlldOutput", eco_format!("Unknown output format \"{format}\""))
            .hint("Formats: json, yaml, text, csv, xml, md.")),
    }
}

/// `output` (spec 03 §15.1).
fn exec_output(cx: &Cx<'_>, output: &Output) -> Eval<Labelled<EcoString>> {
    let labels = declared(cx, &output.labels)?;
    let Some(source) = &output.source else {
        return cx.unsupported("`output` of the document so far");
    };
    let place = cx.place(cx.stmt.span);
    match &output.target {
        Target::File(path) => {
            let text = cx.join(written(cx, source, output.format.as_ref())?, labels);
            let path = target_path(cx, path)?;
            let payload = text.clone().zip(path, cx.run.store(), |content, path| FileContent { path, content });
            let operation = cx.run.plain_operation(OpKind::Output, "/output", place);
            let permit = cx.run.permit(operation, payload)?;
            write_file(cx.run, permit)
                .map_err(|(message, labels)| Problem::new("R0301", "MlldOutput", message).about(labels))?;
            Ok(text)
        }
        Target::Stdout => {
            let value = operand(cx, source)?;
            let text = match &output.format {
                None => shown(cx, value),
                Some(name) => cx.compute(|r| formatted(value.read(r), &name.text))?,
            };
            let text = cx.join(text, labels);
            let operation = cx.run.output_to_stream(OpKind::Show, place);
            let permit = cx.run.permit(operation, text.clone().map(Printed::line))?;
            crate::effect::print::show(cx.run, permit)?;
            Ok(text)
        }
        Target::Stderr => {
            let text = cx.join(written(cx, source, output.format.as_ref())?, labels);
            let operation = cx.run.output_to_stream(OpKind::Log, place);
            let permit = cx.run.permit(operation, text.clone().map(Printed::line))?;
            crate::effect::print::log(cx.run, permit)?;
            Ok(text)
        }
        Target::Env(_) => cx.unsupported("`output … to env`"),
        Target::State(_) => cx.unsupported("`output … to \"state://…\"`"),
        Target::Resolver(name) => Err(unquoted(&name.text)),
    }
}

fn unquoted(reference: &str) -> Box<super::Failure> {
    let head = reference.split('/').next().unwrap_or_default();
    Problem::new(
        "R0302",
        "MlldOutput",
        eco_format!("Unquoted variable in output target: '{head}' is interpreted as a resolver name"),
    )
    .hint("Put the path in double quotes to interpolate it.")
    .plain()
}

/// The path of a written file: relative ones start at the script's folder (spec 03 §15.1).
fn target_path(cx: &Cx<'_>, path: &Expr) -> Eval<Labelled<PathBuf>> {
    let text = expr::value(cx, path)?;
    cx.compute(|r| {
        let text = render::template(text.read(r));
        crate::load::path::writable(cx, &text)
    })
}

/// The script's value (spec 02 §7.1): a `show` operation. Nothing is printed for null.
pub(super) fn script_value(cx: &Cx<'_>, value: Option<Labelled<Value>>) -> Eval<()> {
    let Some(value) = value else { return Ok(()) };
    let is_nothing = value.as_ref().map(|v| matches!(v.data(), Value::Absent | Value::Null));
    let text = shown(cx, value.clone());
    let operation = cx.run.plain_operation(OpKind::Show, "/show", cx.place(cx.stmt.span));
    let payload = text.zip(is_nothing, cx.run.store(), |text, nothing| {
        if nothing { Printed::nothing() } else { Printed::line(text) }
    });
    let permit = cx.run.permit(operation, payload)?;
    crate::effect::print::show(cx.run, permit)
}
