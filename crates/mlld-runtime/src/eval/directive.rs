//! Directives of the core: variables, output, the script's return (spec 01 §7, §13; 03 §15).

use super::scope::{Global, reserved};
use super::{
    Cx, Eval, Flow, Problem, block, call, expr, file, for_loop, loop_, path, policy, run_stmt, when,
};
use crate::effect::write::{FileContent, append_file, write_file};
use crate::gate::Printed;
use crate::value::format::Format;
use crate::value::{Value, json, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind};
use mlld_syntax::ast::{
    Append, Expr, ExprKind, Log, Name, Output, Return, Show, StmtKind, Target, Var,
};
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
        StmtKind::Append(append) => return text(exec_append(cx, append)?),
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
        StmtKind::File(f) => file::write::exec_file(cx, f)?,
        StmtKind::Files(f) => file::write::exec_files(cx, f)?,
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
            return Err(
                Problem::new("R0002", "MlldParse", "The script has a syntax error.").plain(),
            );
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
    if cx.running.is_none() || cx.whens == super::Whens::Drop {
        print_value(cx, value)
    } else {
        Ok(())
    }
}

/// Prints what a statement gives: text as it is, data compact, nothing for null and empty (spec 02 §7.3). Policy
/// is asked about `op:show`; guards have seen the call (spec 05 §10.2).
pub(super) fn print_value(cx: &Cx<'_>, value: Labelled<Value>) -> Eval<()> {
    let text = cx.compute(|r| Ok::<_, Problem>(render::statement(value.read(r))))?;
    let subject = eco_format!("/{}", cx.stmt.kind.word());
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
        Ok::<_, Problem>(if text.is_empty() {
            default.into()
        } else {
            text
        })
    })?;
    let operation = cx.run.operation(
        OpKind::Bail,
        "/bail".into(),
        vec![mlld_security::Target::shown("op:bail")].into(),
        cx.place(cx.stmt.span),
    );
    let descriptor = text.descriptor();
    let permit = cx.run.permit(operation, text)?;
    let problem = Problem::new("R0123", "MlldBail", permit.into_payload())
        .code("BAIL_EXIT")
        .fatal();
    Err(problem.about(descriptor))
}

/// The descriptor of labels that are written in a declaration or before an operand (spec 05 §3).
pub(super) fn declared(cx: &Cx<'_>, labels: &[Name]) -> Eval<Descriptor> {
    for label in labels {
        mlld_security::check_label(&label.text)
            .map_err(|e| Problem::new("R0110", "MlldDirective", e.to_string()).plain())?;
    }
    Ok(cx
        .run
        .store()
        .declared(labels.iter().map(|l| l.text.as_str())))
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
    cx.module
        .globals
        .define(name.text.clone(), Global { value, defined_at });
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
    show_text(cx, text.clone())?;
    Ok(text)
}

/// The operation `show` of a text.
pub(super) fn show_text(cx: &Cx<'_>, text: Labelled<EcoString>) -> Eval<()> {
    let operation = cx
        .run
        .plain_operation(OpKind::Show, "/show", cx.place(cx.stmt.span));
    let permit = cx.run.permit(operation, text.map(Printed::line))?;
    crate::effect::print::show(cx.run, permit)
}

/// The operation `log` of a text.
pub(super) fn log_text(cx: &Cx<'_>, text: Labelled<EcoString>) -> Eval<()> {
    let operation = cx
        .run
        .plain_operation(OpKind::Log, "/log", cx.place(cx.stmt.span));
    let permit = cx.run.permit(operation, text.map(Printed::line))?;
    crate::effect::print::log(cx.run, permit)
}

/// The operand of an effect: an undefined name is an error even where an expression would take it as null.
fn operand(cx: &Cx<'_>, value: &Expr) -> Eval<Labelled<Value>> {
    expr::value(cx, value)
}

/// `log` (spec 03 §15.2).
fn exec_log(cx: &Cx<'_>, log: &Log) -> Eval<Labelled<EcoString>> {
    let labels = declared(cx, &log.labels)?;
    let value = match &log.value {
        Some(e) => operand(cx, e)?,
        None => document(cx),
    };
    let text = cx.join(
        written(cx, value, log.format.as_ref(), render::directive)?,
        labels,
    );
    log_text(cx, text.clone())?;
    Ok(text)
}

/// The document so far (spec 03 §15.1): what was printed, with the labels of all of it.
fn document(cx: &Cx<'_>) -> Labelled<Value> {
    let printed = cx.run.printed();
    let text = crate::effect::document::normalise(&printed.document);
    let labels = cx.run.store().join_all(printed.labels.iter().copied());
    Labelled::entering(Value::Text(text.into()), labels)
}

/// The text of a value as `output` and `log` write it, in the format asked for (spec 03 §15.1).
fn written(
    cx: &Cx<'_>,
    value: Labelled<Value>,
    format: Option<&Name>,
    layout: fn(&Value) -> EcoString,
) -> Eval<Labelled<EcoString>> {
    cx.compute(|r| {
        let value = value.read(r);
        match format {
            None => Ok::<_, crate::value::ValueError>(layout(value)),
            Some(name) => Format::named(&name.text).map(|f| f.write(value)),
        }
    })
}

/// `output` (spec 03 §15.1).
fn exec_output(cx: &Cx<'_>, output: &Output) -> Eval<Labelled<EcoString>> {
    let source = match &output.source {
        Some(e) => written_operand(cx, e)?,
        None => document(cx),
    };
    output_value(cx, output, source, render::directive)
}

/// `output` of a value; `layout` is how structured values are written without a format.
pub(super) fn output_value(
    cx: &Cx<'_>,
    output: &Output,
    source: Labelled<Value>,
    layout: fn(&Value) -> EcoString,
) -> Eval<Labelled<EcoString>> {
    let labels = declared(cx, &output.labels)?;
    let place = cx.place(cx.stmt.span);
    let format = output.format.as_ref();
    match &output.target {
        Target::File(path) => {
            let text = cx.join(written(cx, source, format, layout)?, labels);
            let path = target_path(cx, path)?;
            let payload = text
                .clone()
                .zip(path, cx.run.store(), |content, path| FileContent {
                    path,
                    content,
                });
            let operation = cx.run.plain_operation(OpKind::Output, "/output", place);
            let permit = cx.run.permit(operation, payload)?;
            write_file(permit).map_err(not_written)?;
            Ok(text)
        }
        Target::Stdout => {
            let text = cx.join(written(cx, source, format, layout)?, labels);
            let operation = cx.run.output_to_stream(OpKind::Show, place);
            let permit = cx.run.permit(operation, text.clone().map(Printed::line))?;
            crate::effect::print::show(cx.run, permit)?;
            Ok(text)
        }
        Target::Stderr => {
            let text = cx.join(written(cx, source, format, layout)?, labels);
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

pub(super) fn not_written((message, labels): (EcoString, Descriptor)) -> Box<super::Failure> {
    Problem::new("R0301", "MlldOutput", message).about(labels)
}

/// The source of `output` or `append`: an undefined name has a message of its own (spec 03 §15.1).
fn written_operand(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<Value>> {
    let ExprKind::Path(p) = &e.kind else {
        return operand(cx, e);
    };
    match path::in_text(cx, p)? {
        Some(value) => Ok(value),
        None => {
            let message = eco_format!("Variable {} not found", p.name.text);
            Err(Problem::new("R0101", "MlldDirective", message).plain())
        }
    }
}

/// `append` (spec 03 §15.3).
fn exec_append(cx: &Cx<'_>, append: &Append) -> Eval<Labelled<EcoString>> {
    let Some(source) = &append.source else {
        return cx.unsupported("`append` without a source");
    };
    let source = written_operand(cx, source)?;
    append_value(cx, append, source, render::directive)
}

/// `append` of a value: one line.
pub(super) fn append_value(
    cx: &Cx<'_>,
    append: &Append,
    source: Labelled<Value>,
    layout: fn(&Value) -> EcoString,
) -> Eval<Labelled<EcoString>> {
    let labels = declared(cx, &append.labels)?;
    let path = target_path(cx, &append.path)?;
    let line = cx.compute(|r| {
        let path = path.read(r);
        appended(source.read(r), path, append.format.as_ref(), layout)
    })?;
    let line = cx.join(line, labels);
    let payload = line
        .clone()
        .zip(path, cx.run.store(), |content, path| FileContent {
            path,
            content,
        });
    let operation = cx
        .run
        .plain_operation(OpKind::Append, "/append", cx.place(cx.stmt.span));
    let permit = cx.run.permit(operation, payload)?;
    append_file(permit).map_err(not_written)?;
    Ok(line)
}

/// The line that is appended (spec 03 §15.3).
fn appended(
    value: &Value,
    path: &std::path::Path,
    format: Option<&Name>,
    layout: fn(&Value) -> EcoString,
) -> Result<EcoString, Problem> {
    let fail = |message: EcoString| Err(Problem::new("R0304", "MlldOutput", message));
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let format = format.map(|f| f.text.as_str());
    match format {
        Some("jsonl") if extension != "jsonl" => {
            return fail("JSONL format requires a .jsonl file extension.".into());
        }
        None | Some("jsonl" | "text") => {}
        Some(other) => {
            return fail(eco_format!(
                "Unsupported append format \"{other}\". Allowed formats: jsonl, text."
            ));
        }
    }
    if extension == "json" {
        return fail(
            "Cannot append to .json files. Use a .jsonl extension for JSON lines output.".into(),
        );
    }
    let mut line = if extension == "jsonl" && format != Some("text") {
        json::line(value).or_else(|_| {
            fail("Content appended to .jsonl must be valid JSON. Provide a variable or template that resolves to JSON data.".into())
        })?
    } else {
        layout(value)
    };
    if !line.ends_with('\n') {
        line.push('\n');
    }
    Ok(line)
}

fn unquoted(reference: &str) -> Box<super::Failure> {
    let head = reference.split('/').next().unwrap_or_default();
    Problem::new(
        "R0302",
        "MlldOutput",
        eco_format!(
            "Unquoted variable in output target: '{head}' is interpreted as a resolver name"
        ),
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
    let is_nothing = value
        .as_ref()
        .map(|v| matches!(v.data(), Value::Absent | Value::Null));
    let text = shown(cx, value.clone());
    let operation = cx
        .run
        .plain_operation(OpKind::Show, "/show", cx.place(cx.stmt.span));
    let payload = text.zip(is_nothing, cx.run.store(), |text, nothing| {
        if nothing {
            Printed::nothing()
        } else {
            Printed::line(text)
        }
    });
    let permit = cx.run.permit(operation, payload)?;
    crate::effect::print::show(cx.run, permit)
}
