//! The top level of an imported module: its effects do not happen, its values are computed (spec 04 §7.3).
//!
//! What a value needs happens as anywhere, under policies and guards: commands, blocks, calls, and what the called
//! executables do, whose bodies are no top level. So a call for a condition (`if @f() […]`), for a variable, for the
//! value of a top-level `=>` is made, with its effects; a call whose value nobody takes is not. What a code block
//! prints beside its value is an effect of the statement that it stands in: at the top level it is not printed.

use super::super::{Cx, Eval, Flow, Whens, expr, foreach, printing, run_stmt};
use crate::value::Value;
use mlld_security::Labelled;
use mlld_syntax::ast::StmtKind;

/// Whether effects do not happen here: at the top level of an imported module, in its blocks too. What its executables
/// and hooks do is done.
pub(in crate::eval) fn is_quiet(cx: &Cx<'_>) -> bool {
    cx.module.origin.imported && cx.running.is_none() && !cx.in_hook
}

/// Whether, besides, nobody takes the value of a statement: what would be called or run for it is not.
pub(in crate::eval) fn is_idle(cx: &Cx<'_>) -> bool {
    is_quiet(cx) && cx.whens != Whens::Give
}

/// What becomes of a statement where effects do not happen; `None` if it is evaluated as anywhere.
pub(in crate::eval) fn statement(cx: &Cx<'_>) -> Eval<Option<(Flow, Option<Labelled<Value>>)>> {
    let value = match &cx.stmt.kind {
        StmtKind::Show(_)
        | StmtKind::Log(_)
        | StmtKind::Output(_)
        | StmtKind::Append(_)
        | StmtKind::Stream(_)
        | StmtKind::File(_)
        | StmtKind::Files(_) => None,
        StmtKind::Run(_) | StmtKind::Call(_) | StmtKind::Value(_) | StmtKind::Foreach(_)
            if is_idle(cx) =>
        {
            None
        }
        StmtKind::Run(run) => Some(run_stmt::value(cx, run)?),
        StmtKind::Call(e) | StmtKind::Value(e) => Some(expr::value(cx, e)?),
        StmtKind::Foreach(f) => Some(foreach::value(cx, f)?),
        _ => return Ok(None),
    };
    Ok(Some((Flow::Next, value)))
}

/// The value of a top-level `=>`: of the script it is shown, of a module it is the export `default`.
pub(in crate::eval) fn script_end(cx: &Cx<'_>, value: Option<Labelled<Value>>) -> Eval<()> {
    if !cx.module.origin.imported {
        return printing::script_value(cx, value);
    }
    let value = value.unwrap_or_else(|| Labelled::literal(Value::Null));
    cx.module.origin.returned(value.map(Value::stored));
    Ok(())
}
