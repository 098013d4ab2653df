//! Operators (spec 01 §8). The result has the labels of every operand that was evaluated.

use super::expr::{self, Undefined};
use super::{Cx, Eval};
use crate::value::{Value, arithmetic, compare, truth};
use mlld_security::Labelled;
use mlld_syntax::ast::{BinaryOp, Expr};

/// `!`, several times.
pub(super) fn not(cx: &Cx<'_>, times: u32, inner: &Expr) -> Eval<Labelled<Value>> {
    let operand = expr::operand(cx, inner)?;
    let even = times.is_multiple_of(2);
    cx.compute(|r| truth::condition(operand.read(r), "operator !").map(|t| Value::Bool(t == even)))
}

/// A condition's truth, with the labels of what it looked at.
pub(super) fn condition(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<bool>> {
    let value = expr::operand(cx, e)?;
    cx.compute(|r| truth::condition(value.read(r), "condition"))
}

/// A left-associative chain of one level.
pub(super) fn binary(
    cx: &Cx<'_>,
    first: &Expr,
    rest: &[(BinaryOp, Expr)],
) -> Eval<Labelled<Value>> {
    let mut left = expr::operand(cx, first)?;
    for (op, right) in rest {
        left = match op {
            BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => {
                short_circuit(cx, *op, left, right)?
            }
            _ => {
                let right = expr::operand(cx, right)?;
                cx.compute(|r| apply(*op, left.read(r), right.read(r)))?
            }
        };
    }
    Ok(left.map(Value::stored))
}

/// `&&`, `||`, `??`: the right side only when needed; the left side's labels always stay.
fn short_circuit(
    cx: &Cx<'_>,
    op: BinaryOp,
    left: Labelled<Value>,
    right: &Expr,
) -> Eval<Labelled<Value>> {
    let decided = cx.compute(|r| {
        let left = left.read(r);
        Ok::<_, crate::value::ValueError>(match op {
            BinaryOp::And => !truth::condition(left, "operator &&")?,
            BinaryOp::Or => truth::condition(left, "operator ||")?,
            _ => !matches!(left.data(), Value::Null | Value::Absent),
        })
    })?;
    let looked_at = decided.descriptor();
    let reader = cx.reader();
    if decided.take(&reader) {
        cx.after_operand(looked_at, right)?;
        return Ok(left);
    }
    let e = right;
    let right = expr::operand(&cx.conditional(looked_at), e)?;
    cx.after_operand(looked_at, e)?;
    // In front: the operand was evaluated first.
    Ok(right.joined_before(cx.run.store(), looked_at))
}

/// A binary operator that evaluates both sides.
fn apply(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, crate::value::ValueError> {
    match compare::apply(op, left, right) {
        Some(answer) => Ok(Value::Bool(answer)),
        None => arithmetic::apply(op, left, right),
    }
}

/// `c ? a : b`: the branch with the labels of every condition that was evaluated.
pub(super) fn ternary(
    cx: &Cx<'_>,
    arms: &[(Expr, Expr)],
    otherwise: &Expr,
    undefined: Undefined,
) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    let mut chosen = otherwise;
    for (cond, branch) in arms {
        if condition(&cx.conditional(reader.seen()), cond)?.take(&reader) {
            chosen = branch;
            break;
        }
    }
    let conditions = reader.seen();
    let value = expr::eval(&cx.conditional(conditions), chosen, undefined)?;
    for e in arms.iter().map(|(_, branch)| branch).chain([otherwise]) {
        cx.after_operand(conditions, e)?;
    }
    Ok(value.joined_before(cx.run.store(), conditions))
}

/// Whether a condition asks for `denied` un-negated: such an arm belongs to refused operations (spec 07 §7.3).
pub(super) fn mentions_denied(e: &Expr) -> bool {
    match &e.kind {
        mlld_syntax::ast::ExprKind::Denied => true,
        mlld_syntax::ast::ExprKind::Binary(first, rest) => {
            mentions_denied(first) || rest.iter().any(|(_, e)| mentions_denied(e))
        }
        _ => false,
    }
}
