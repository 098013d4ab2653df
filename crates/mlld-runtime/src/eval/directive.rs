//! Directives: which is executed where; variables, returns, `bail` (spec 01 §7; 02 §1, §7).

use super::scope::{Global, reserved_here};
use super::{
    Cx, Eval, Flow, Problem, block, boxed, call, checkpoint, expr, file, for_loop, foreach, hook,
    import, loop_, needs, output, policy, printing, relabel, run_stmt, when,
};
use crate::value::{Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind};
use mlld_syntax::ast::{Expr, Name, Return, StmtKind, Var};

/// Executes the statement of `cx`.
pub(super) fn exec(cx: &Cx<'_>) -> Eval<Flow> {
    exec_with_text(cx).map(|(flow, _)| flow)
}

/// As [`exec`]; an effect also gives its text, which is its value as an action (spec 02 §3.3).
pub(super) fn exec_with_text(cx: &Cx<'_>) -> Eval<(Flow, Option<Labelled<Value>>)> {
    if import::is_quiet(cx)
        && let Some(outcome) = import::quiet_statement(cx)?
    {
        return Ok(outcome);
    }
    let text = |text: Labelled<EcoString>| Ok((Flow::Next, Some(text.map(Value::Text))));
    match &cx.stmt.kind {
        StmtKind::Show(show) => return text(printing::show(cx, show)?),
        StmtKind::Log(log) => return text(printing::log(cx, log)?),
        StmtKind::Output(o) => return text(output::output(cx, o)?),
        StmtKind::Append(append) => return text(output::append(cx, append)?),
        StmtKind::Run(run) => {
            let value = run_stmt::exec(cx, run)?;
            return Ok((Flow::Next, Some(value)));
        }
        StmtKind::Stream(e) => {
            let value = run_stmt::printing::stream(cx, e)?;
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
        StmtKind::Checkpoint(c) => checkpoint::exec(cx, c)?,
        StmtKind::Hook(hook) => hook::declare(cx, hook)?,
        StmtKind::Needs(n) => needs::exec(cx, n)?,
        StmtKind::Import(i) => import::exec(cx, i)?,
        StmtKind::Export(e) => import::exec_export(cx, e),
        StmtKind::Call(e) => call_statement(cx, e)?,
        StmtKind::File(f) => file::write::exec_file(cx, f)?,
        StmtKind::Files(f) => file::write::exec_files(cx, f)?,
        StmtKind::ShadowEnv(s) => run_stmt::declare_shadow(cx, s)?,
        StmtKind::Value(e) => {
            let _ = expr::operand(cx, e)?;
        }
        StmtKind::If(i) => return block::exec_if(cx, i),
        StmtKind::When(w) => return when::exec(cx, w),
        StmtKind::For(f) => return for_loop::exec(cx, f),
        StmtKind::Foreach(f) => {
            let _ = foreach::value(cx, f)?;
        }
        StmtKind::Loop(l) => return loop_::exec(cx, l),
        StmtKind::Box(b) => return boxed::exec(cx, b),
        StmtKind::Return(ret) => return block_return(cx, ret),
        StmtKind::Done(e) => return carried(cx, e.as_deref()).map(Flow::Done),
        StmtKind::Continue(e) => return carried(cx, e.as_deref()).map(Flow::Continue),
        StmtKind::Retry(e) => {
            // Bare or not: that it was asked tells what the conditions around it looked at.
            let hint = carried(cx, e.as_deref())?;
            let bare = || Labelled::entering(Value::Null, cx.pc());
            return Ok(Flow::Retry(Some(hint.unwrap_or_else(bare))));
        }
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
    Ok(Some(cx.join(value, cx.pc())))
}

/// `=>` (spec 02 §1.1): what it gives carries the labels of the conditions around it.
fn block_return(cx: &Cx<'_>, ret: &Return) -> Eval<Flow> {
    if ret.mods.is_empty() {
        return carried(cx, ret.value.as_ref()).map(Flow::Return);
    }
    let value = || {
        let value = carried(cx, ret.value.as_ref())?;
        Ok(value.unwrap_or_else(|| Labelled::literal(Value::Null)))
    };
    let value = relabel::modified(cx, &ret.mods, ret.value.as_ref(), value)?;
    Ok(Flow::Return(Some(value)))
}

/// A call statement (spec 02 §6.3): printed at script level and in loops, dropped in an executable.
fn call_statement(cx: &Cx<'_>, e: &Expr) -> Eval<()> {
    if (cx.running.is_none() && !cx.in_hook) || cx.whens == super::Whens::Drop {
        run_stmt::printing::call(cx, e)
    } else {
        expr::value(cx, e).map(|_| ())
    }
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
    let permit = cx.permit(operation, text)?;
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
    relabel::check_declared(cx, &var.labels, value.descriptor(), &var.value)?;
    let value = value.joined_before(cx.run.store(), labels);
    check_free(cx, &var.name)?;
    let act = || hook::Act::variable(&var.name, &var.labels);
    let value = hook::around(cx, act, vec![value], |inputs| {
        Ok(inputs
            .into_iter()
            .next()
            .unwrap_or_else(|| Labelled::literal(Value::Null)))
    })?;
    let value = cx.named(value, &var.name.text, labels);
    bind(cx, &var.name, value)
}

/// Binds a name of the module's top level, which must be free.
pub(super) fn bind(cx: &Cx<'_>, name: &Name, value: Labelled<Value>) -> Eval<()> {
    check_free(cx, name)?;
    let defined_at = cx.place(cx.stmt.span);
    cx.module.globals.define(
        name.text.clone(),
        Global {
            value,
            defined_at,
            imported: None,
        },
    );
    Ok(())
}

/// Whether a name of the module's top level can be defined.
fn check_free(cx: &Cx<'_>, name: &Name) -> Eval<()> {
    if let Some(message) = reserved_here(cx, &name.text) {
        return Err(Problem::new("R0103", "MlldDirective", message).plain());
    }
    if let Some(problem) = import::taken(cx, &name.text) {
        return Err(problem.plain());
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
    Ok(())
}

/// The text of a value as `show` prints it.
pub(super) fn shown(cx: &Cx<'_>, value: Labelled<Value>) -> Labelled<EcoString> {
    let reader = cx.reader();
    let text = render::show(value.read(&reader));
    reader.finish(cx.frame, text)
}
