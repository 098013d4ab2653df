//! Directives of the core: variables, output, the script's return (spec 01 §7, §13; 03 §15).

use super::scope::{Global, reserved};
use super::{Cx, Eval, Flow, Problem, expr, policy, run_stmt};
use crate::effect::write::{FileContent, write_file};
use crate::gate::Printed;
use crate::value::Value;
use crate::value::render;
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind};
use mlld_syntax::ast::{Expr, ExprKind, Log, Name, Output, Return, Show, StmtKind, Target, Var};
use std::path::PathBuf;

/// Executes the statement of `cx`.
pub(super) fn exec(cx: &Cx<'_>) -> Eval<Flow> {
    match &cx.stmt.kind {
        StmtKind::Var(var) => define(cx, var)?,
        StmtKind::Show(show) => exec_show(cx, show)?,
        StmtKind::Log(log) => exec_log(cx, log)?,
        StmtKind::Output(output) => exec_output(cx, output)?,
        StmtKind::Run(run) => run_stmt::exec(cx, run)?,
        StmtKind::Policy(p) => policy::declare(cx, p)?,
        StmtKind::Return(ret) => return script_return(cx, ret),
        StmtKind::Error => return Err(Problem::new("R0002", "MlldParse", "The script has a syntax error.").plain()),
        other => return cx.unsupported(eco_format!("The directive '{}'", other.word())),
    }
    Ok(Flow::Next)
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
fn exec_show(cx: &Cx<'_>, show: &Show) -> Eval<()> {
    let labels = declared(cx, &show.labels)?;
    let value = operand(cx, &show.value)?;
    let text = cx.join(shown(cx, value), labels);
    let operation = cx.run.plain_operation(OpKind::Show, "/show", cx.place(cx.stmt.span));
    let permit = cx.run.permit(operation, text.map(Printed::line))?;
    crate::effect::print::show(cx.run, permit)
}

/// The operand of an effect: an undefined name is an error even where an expression would take it as null.
fn operand(cx: &Cx<'_>, value: &Expr) -> Eval<Labelled<Value>> {
    expr::value(cx, value)
}

/// `log` (spec 03 §15.2).
fn exec_log(cx: &Cx<'_>, log: &Log) -> Eval<()> {
    let labels = declared(cx, &log.labels)?;
    let Some(value) = &log.value else {
        return cx.unsupported("`log` of the document so far");
    };
    let text = written(cx, value, log.format.as_ref())?;
    let text = cx.join(text, labels);
    let operation = cx.run.plain_operation(OpKind::Log, "/log", cx.place(cx.stmt.span));
    let permit = cx.run.permit(operation, text.map(Printed::line))?;
    crate::effect::print::log(cx.run, permit)
}

/// The text of a value as `output` and `log` write it, in the format asked for (spec 03 §15.1).
fn written(cx: &Cx<'_>, value: &Expr, format: Option<&Name>) -> Eval<Labelled<EcoString>> {
    let value = operand(cx, value)?;
    cx.compute(|r| {
        let value = value.read(r);
        match format {
            None => Ok(render::written(value)),
            Some(name) => render::formatted(value, &name.text),
        }
    })
}

/// `output` (spec 03 §15.1).
fn exec_output(cx: &Cx<'_>, output: &Output) -> Eval<()> {
    let labels = declared(cx, &output.labels)?;
    let Some(source) = &output.source else {
        return cx.unsupported("`output` of the document so far");
    };
    let place = cx.place(cx.stmt.span);
    match &output.target {
        Target::File(path) => {
            let text = cx.join(written(cx, source, output.format.as_ref())?, labels);
            let path = target_path(cx, path)?;
            let payload = text.zip(path, cx.run.store(), |content, path| FileContent { path, content });
            let operation = cx.run.plain_operation(OpKind::Output, "/output", place);
            let permit = cx.run.permit(operation, payload)?;
            write_file(cx.run, permit).map_err(|(message, labels)| {
                Problem::new("R0301", "MlldOutput", message).about(labels)
            })
        }
        Target::Stdout => {
            let value = operand(cx, source)?;
            let text = match &output.format {
                None => shown(cx, value),
                Some(name) => cx.compute(|r| render::formatted(value.read(r), &name.text))?,
            };
            let text = cx.join(text, labels);
            let operation = cx.run.output_to_stream(OpKind::Show, place);
            let permit = cx.run.permit(operation, text.map(Printed::line))?;
            crate::effect::print::show(cx.run, permit)
        }
        Target::Stderr => {
            let text = cx.join(written(cx, source, output.format.as_ref())?, labels);
            let operation = cx.run.output_to_stream(OpKind::Log, place);
            let permit = cx.run.permit(operation, text.map(Printed::line))?;
            crate::effect::print::log(cx.run, permit)
        }
        Target::Env(_) => cx.unsupported("`output … to env`"),
        Target::State(_) => cx.unsupported("`output … to \"state://…\"`"),
        Target::Resolver(name) if name.text.starts_with('@') && is_variable(cx, &name.text) => Err(unquoted(&name.text)),
        Target::Resolver(name) => Err(unquoted(&name.text)),
    }
}

fn is_variable(cx: &Cx<'_>, reference: &str) -> bool {
    let name = reference.trim_start_matches('@');
    let end = name.find(['/', '.', '[']).unwrap_or(name.len());
    name.get(..end).is_some_and(|n| cx.module.globals.get(n).is_some())
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
        let text = render::interpolated(text.read(r));
        crate::load::path::writable(cx, &text)
    })
}

/// Top-level `=>` (spec 02 §7.1): a `show` operation, then the end of the script.
fn script_return(cx: &Cx<'_>, ret: &Return) -> Eval<Flow> {
    if !ret.mods.is_empty() {
        return cx.unsupported("Label modification in `=>`");
    }
    let Some(value) = &ret.value else {
        return Ok(Flow::Return(None));
    };
    let value = expr::value(cx, value)?;
    let is_nothing = cx.compute(|r| Ok::<_, Problem>(matches!(value.read(r), Value::Absent | Value::Null)))?;
    let text = shown(cx, value.clone());
    let operation = cx.run.plain_operation(OpKind::Show, "/show", cx.place(cx.stmt.span));
    let payload = text.zip(is_nothing, cx.run.store(), |text, nothing| {
        if nothing { Printed::nothing() } else { Printed::line(text) }
    });
    let permit = cx.run.permit(operation, payload)?;
    crate::effect::print::show(cx.run, permit)?;
    Ok(Flow::Return(Some(value)))
}

/// Whether an expression is a bare path: an undefined name is then an error of its own.
pub(super) fn is_bare_path(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Path(_))
}
