//! Expressions: which construct is evaluated where (spec 01 §8).

use super::{
    Cx, Eval, Problem, block, boxed, file, for_loop, foreach, import, literal, loop_, operator,
    options, path, pipe, run_stmt, template, when,
};
use crate::value::Value;
use mlld_security::Labelled;
use mlld_syntax::ast::{Expr, ExprKind};

/// What an undefined name is, where an expression stands (spec 02 §6.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undefined {
    /// An error: right side of `var`, operand of an effect, members of literals.
    Error,
    /// Absent, like null: operands, conditions.
    Absent,
}

/// Evaluates an expression whose undefined names are errors.
pub(super) fn value(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<Value>> {
    eval(cx, e, Undefined::Error)
}

/// Evaluates an operand: an undefined name is absent.
pub(super) fn operand(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<Value>> {
    eval(cx, e, Undefined::Absent)
}

/// Evaluates an expression.
pub(super) fn eval(cx: &Cx<'_>, e: &Expr, undefined: Undefined) -> Eval<Labelled<Value>> {
    match &e.kind {
        // The common ones that do not nest need no look at the stack.
        ExprKind::Null => Ok(Labelled::literal(Value::Null)),
        ExprKind::Bool(b) => Ok(Labelled::literal(Value::Bool(*b))),
        ExprKind::Number(n) => Ok(Labelled::literal(Value::Number(*n))),
        ExprKind::Text(text, _) => Ok(Labelled::literal(Value::Text(text.clone()))),
        _ => cx.deeper(|| nested(cx, e, undefined)),
    }
}

fn nested(cx: &Cx<'_>, e: &Expr, undefined: Undefined) -> Eval<Labelled<Value>> {
    cx.run.check()?;
    match &e.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(..) => {
            eval(cx, e, undefined)
        }
        ExprKind::Template(t) => template::value(cx, t),
        ExprKind::Array(items) => literal::array(cx, items),
        ExprKind::Object(entries) => literal::object(cx, entries),
        ExprKind::Path(p) => path::value(cx, p, undefined),
        ExprKind::Postfix(base, steps) => {
            let base = value(cx, base)?;
            path::steps(cx, base, steps, path::Named::Nothing)
        }
        ExprKind::Not(times, inner) => operator::not(cx, *times, inner),
        ExprKind::Binary(first, rest) => operator::binary(cx, first, rest),
        ExprKind::Ternary(arms, otherwise) => operator::ternary(cx, arms, otherwise, undefined),
        ExprKind::File(f) => file::load(cx, f),
        ExprKind::Code(code) => run_stmt::code_value(cx, code),
        ExprKind::Run(run) => run_stmt::value(cx, run),
        ExprKind::Regex(..) => {
            cx.unsupported("A regular expression outside of a method's arguments")
        }
        ExprKind::Error => {
            Err(Problem::new("R0002", "MlldParse", "The script has a syntax error.").plain())
        }
        ExprKind::CurrentFile(fields) => file::current(cx, fields),
        ExprKind::Stream(_) => run_stmt::value_with(cx, e, run_stmt::Extra::default()),
        ExprKind::Block(b) => block::value(cx, b),
        ExprKind::When(w) => when::value(cx, w),
        ExprKind::For(f) => for_loop::value(cx, f),
        ExprKind::Foreach(f) => foreach::value(cx, f),
        ExprKind::Loop(l) => loop_::value(cx, l),
        ExprKind::Box(b) => boxed::value(cx, b),
        ExprKind::New(new) => import::construct(cx, new),
        ExprKind::Verify(_) => cx.unsupported("`verify`"),
        ExprKind::TemplateFile(_) => file::external::text(cx),
        ExprKind::Data(e) => value(cx, e),
        ExprKind::Mcp(_) => cx.unsupported("`mcp`"),
        ExprKind::Pipe(p) => pipe::value(cx, p),
        ExprKind::With(w) => options::value(cx, w, run_stmt::Extra::default()),
        ExprKind::Denied => cx.unsupported("`denied`"),
    }
}
