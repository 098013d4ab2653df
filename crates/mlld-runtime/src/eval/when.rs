//! `when` (spec 02 §3).

use super::implicit::Raised;
use super::{
    Cx, Eval, Flow, Whens, directive, expr, for_loop, foreach, import, loop_, operator, printing,
    relabel,
};
use super::{block, boxed};
use crate::value::{Value, compare};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Action, StmtKind, When, WhenArm, WhenCond, WhenEntry};

/// What a `when` came to.
pub(super) struct Outcome {
    /// What its action leads to, with its value.
    pub(super) flow: Flow,
    /// The value of the action; `None` if nothing matched or the action gives none.
    pub(super) value: Option<Labelled<Value>>,
    /// Whether the value is that of an effect, which neither returns nor is printed again (spec 02 §3.5).
    pub(super) effect: bool,
    /// The labels of every condition that was evaluated.
    pub(super) conditions: Descriptor,
}

/// `when` as a value: null without a match.
pub(super) fn value(cx: &Cx<'_>, when: &When) -> Eval<Labelled<Value>> {
    let raised = Raised::default();
    let inner = Cx {
        whens: Whens::Give,
        exits: cx.exits.in_value(&raised),
        ..*cx
    };
    let outcome = evaluate(&inner, when, true)?;
    cx.after_when_value(outcome.conditions, when)?;
    let value = match outcome.flow {
        Flow::Return(value) => value,
        Flow::Next => outcome.value,
        other => return other.stray(),
    };
    let value = value.unwrap_or_else(|| Labelled::literal(Value::Null));
    Ok(value.joined_before(cx.run.store(), outcome.conditions))
}

/// As [`value`], for the body of an executable that a `while` or a pipeline stage calls: `done`, `continue`
/// and `retry` go outward.
pub(super) fn body(cx: &Cx<'_>, when: &When) -> Eval<Flow> {
    let inner = Cx {
        whens: Whens::Give,
        ..*cx
    };
    let outcome = evaluate(&inner, when, true)?;
    cx.after_when_value(outcome.conditions, when)?;
    match outcome.flow {
        Flow::Next => {
            let value = outcome
                .value
                .unwrap_or_else(|| Labelled::literal(Value::Null));
            Ok(Flow::Return(Some(
                value.joined_before(cx.run.store(), outcome.conditions),
            )))
        }
        flow => Ok(flow.joined(cx, outcome.conditions)),
    }
}

/// `when` as a statement (spec 02 §3.3, §3.5).
pub(super) fn exec(cx: &Cx<'_>, when: &When) -> Eval<Flow> {
    let outcome = evaluate(cx, when, false)?;
    cx.after_when(outcome.conditions, when)?;
    if !matches!(outcome.flow, Flow::Next) {
        return Ok(outcome.flow.joined(cx, outcome.conditions));
    }
    let Some(value) = outcome.value else {
        return Ok(Flow::Next);
    };
    let value = value.joined_before(cx.run.store(), outcome.conditions);
    if outcome.effect {
        return Ok(Flow::Next);
    }
    let reader = cx.reader();
    let nothing = matches!(value.read(&reader).data(), Value::Null | Value::Absent);
    match cx.whens {
        _ if nothing || import::is_idle(cx) => Ok(Flow::Next),
        Whens::Give => Ok(Flow::Return(Some(value))),
        Whens::Drop => Ok(Flow::Next),
        Whens::Print => {
            printing::print_value(cx, value)?;
            Ok(Flow::Next)
        }
    }
}

/// `valued`: somebody takes the value, so that a loop as an action gives one (spec 02 §3.3).
fn evaluate(cx: &Cx<'_>, when: &When, valued: bool) -> Eval<Outcome> {
    // `let`s among the entries are seen by all that follow, and by nothing outside.
    let scope = cx.scope.inner();
    let cx = &Cx {
        scope: &scope,
        ..*cx
    };
    let looked_at = cx.reader();
    let subject = when
        .subject
        .as_ref()
        .map(|s| expr::operand(cx, s))
        .transpose()?;
    for entry in &when.entries {
        let arm = match entry {
            WhenEntry::Binding(stmt) => {
                let inner = Cx { stmt, ..*cx };
                directive::exec(&inner).map_err(|e| inner.locate(e))?;
                continue;
            }
            WhenEntry::Arm(arm) => arm,
        };
        if matches(cx, arm, subject.as_ref(), &looked_at)? {
            cx.frame.touch(looked_at.seen());
            return act(cx, &arm.action, looked_at.seen(), valued);
        }
    }
    let conditions = looked_at.seen();
    cx.frame.touch(conditions);
    Ok(Outcome {
        flow: Flow::Next,
        value: None,
        effect: false,
        conditions,
    })
}

fn matches(
    cx: &Cx<'_>,
    arm: &WhenArm,
    subject: Option<&Labelled<Value>>,
    looked_at: &Reader<'_>,
) -> Eval<bool> {
    let condition = match &arm.cond {
        WhenCond::Any | WhenCond::None => return Ok(true),
        WhenCond::Expr(e) => e,
    };
    if operator::mentions_denied(condition) {
        // Nothing was refused: the arm belongs to what happens then (spec 07 §7.3).
        return Ok(false);
    }
    // That it is evaluated tells that no condition before it was met.
    let cx = &cx.conditional(looked_at.seen());
    match subject {
        None => Ok(operator::condition(cx, condition)?.take(looked_at)),
        Some(subject) => {
            let pattern = expr::operand(cx, condition)?;
            Ok(compare::equal(
                subject.read(looked_at),
                pattern.read(looked_at),
            ))
        }
    }
}

/// Runs an action. The labels of the conditions are on what it makes (spec 05 §6.1).
fn act(cx: &Cx<'_>, action: &Action, conditions: Descriptor, valued: bool) -> Eval<Outcome> {
    let inner = cx.under(conditions);
    let outcome = |flow, value, effect| Outcome {
        flow,
        value,
        effect,
        conditions,
    };
    match action {
        Action::Block(b) => {
            // The block of a `when` takes the value of its own `=>`; one deeper goes to whoever takes it.
            let exit = block::run(&inner, b)?;
            let conditions = cx.run.store().join(conditions, exit.read);
            let outcome = |flow, value, effect| Outcome {
                flow,
                value,
                effect,
                conditions,
            };
            match exit.flow {
                Flow::Return(value) if exit.own && cx.whens == Whens::Give => {
                    let value = value.unwrap_or_else(|| Labelled::literal(Value::Null));
                    Ok(outcome(Flow::Next, Some(value), false))
                }
                // Empty, and counts as no value where something returns or is printed (spec 02 §3.3).
                Flow::Next => {
                    let empty = Labelled::literal(Value::Text(Default::default()));
                    Ok(outcome(Flow::Next, Some(empty), true))
                }
                flow => Ok(outcome(flow, None, false)),
            }
        }
        Action::Modified(mods, e) => {
            let value = || Ok(expr::operand(&inner, e)?.map(Value::stored));
            let value = relabel::modified(&inner, mods, Some(e), value)?;
            Ok(outcome(Flow::Next, Some(value), false))
        }
        Action::Stmt(stmt) => {
            let inner = Cx { stmt, ..inner };
            let located = |e| inner.locate(e);
            match &stmt.kind {
                StmtKind::Value(_) | StmtKind::Call(_) if import::is_idle(&inner) => {
                    Ok(outcome(Flow::Next, None, false))
                }
                StmtKind::Value(e) => {
                    let value = expr::operand(&inner, e)
                        .map_err(located)?
                        .map(Value::stored);
                    Ok(outcome(Flow::Next, Some(value), false))
                }
                StmtKind::Call(e) => {
                    let value = expr::value(&inner, e).map_err(located)?.map(Value::stored);
                    Ok(outcome(Flow::Next, Some(value), false))
                }
                StmtKind::Box(b) => {
                    let (flow, value) = boxed::action(&inner, b).map_err(located)?;
                    Ok(outcome(flow, value, false))
                }
                // Its value is that of this one, and so are its conditions, also where nothing matched.
                StmtKind::When(nested) => {
                    let nested = evaluate(&inner, nested, valued).map_err(located)?;
                    let conditions = cx.run.store().join(conditions, nested.conditions);
                    Ok(Outcome {
                        conditions,
                        ..nested
                    })
                }
                StmtKind::For(f) if valued => {
                    let value = for_loop::value(&inner, f).map_err(located)?;
                    Ok(outcome(Flow::Next, Some(value), false))
                }
                StmtKind::Foreach(f) if valued => {
                    let value = foreach::value(&inner, f).map_err(located)?;
                    Ok(outcome(Flow::Next, Some(value), false))
                }
                StmtKind::Loop(l) if valued => {
                    let value = loop_::value(&inner, l).map_err(located)?;
                    Ok(outcome(Flow::Next, Some(value), false))
                }
                StmtKind::Augment(_) | StmtKind::Let(_) => {
                    directive::exec(&inner).map_err(located)?;
                    Ok(outcome(Flow::Next, None, false))
                }
                _ => {
                    let (flow, text) = directive::exec_with_text(&inner).map_err(located)?;
                    Ok(outcome(flow, text, true))
                }
            }
        }
    }
}
