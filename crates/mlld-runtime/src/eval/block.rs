//! Blocks and what changes variables in them: `let`, `+=`, `if` (spec 02 §1, §2).

use super::directive::{self, declared};
use super::implicit::Raised;
use super::scope::{Change, Kind, reserved_here};
use super::{Cx, Eval, Flow, Problem, expr, import, operator, relabel};
use crate::value::{Value, augment};
use ecow::eco_format;
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Augment, Block, If, Let, StmtKind};

/// How a block ended.
pub(super) struct Exit {
    /// What follows.
    pub(super) flow: Flow,
    /// Whether it is the block's own `=>`, not one of an `if` or `when` inside it (spec 02 §1.1).
    pub(super) own: bool,
    /// What was read in it: whoever makes a value of a block that came to its end without one puts this on it, since
    /// that it did so tells what the conditions in it looked at (spec 05 §6.2).
    pub(super) read: Descriptor,
}

/// Runs a block in a scope and a frame of its own: what it leads to carries what was read in it (spec 05 §6.2).
pub(super) fn run(cx: &Cx<'_>, block: &Block) -> Eval<Exit> {
    let scope = cx.scope.inner_frame();
    let frame = cx.reader();
    let inner = Cx {
        scope: &scope,
        frame: &frame,
        ..*cx
    };
    let exit = run_in(&inner, block);
    let read = frame.seen();
    cx.frame.touch(read);
    let Exit { flow, own, .. } = exit.map_err(|e| Box::new(e.amid(cx.run.store(), read)))?;
    Ok(Exit {
        flow: flow.joined(cx, read),
        own,
        read,
    })
}

/// Runs a block in the scope of `cx`.
pub(super) fn run_in(cx: &Cx<'_>, block: &Block) -> Eval<Exit> {
    for stmt in &block.stmts {
        let inner = Cx { stmt, ..*cx };
        let flow = inner
            .deeper(|| directive::exec(&inner))
            .map_err(|e| inner.locate(e))?;
        if !matches!(flow, Flow::Next) {
            return Ok(Exit {
                flow,
                own: matches!(stmt.kind, StmtKind::Return(_)),
                read: cx.frame.seen(),
            });
        }
    }
    Ok(Exit {
        flow: Flow::Next,
        own: false,
        read: cx.frame.seen(),
    })
}

/// `if` (spec 02 §2). What the branch makes and assigns carries the condition's labels (spec 05 §6.1).
pub(super) fn exec_if(cx: &Cx<'_>, stmt: &If) -> Eval<Flow> {
    let condition = operator::condition(cx, &stmt.cond)?;
    let labels = condition.descriptor();
    let inner = cx.under(labels);
    let reader = cx.reader();
    let block = if condition.take(&reader) {
        Some(&stmt.then)
    } else {
        stmt.otherwise.as_ref()
    };
    let flow = match block {
        Some(block) => run(&inner, block)?.flow,
        None => Flow::Next,
    };
    cx.after_if(labels, stmt)?;
    Ok(flow)
}

/// `let` (spec 02 §1.2).
pub(super) fn exec_let(cx: &Cx<'_>, stmt: &Let) -> Eval<()> {
    let name = &stmt.name.text;
    if let Some(message) = reserved_here(cx, name) {
        return Err(Problem::new("R0103", "MlldDirective", message).plain());
    }
    if let Some((local, _)) = cx.scope.get(name)
        && local.kind != Kind::Let
    {
        return redefinition(name, None);
    }
    if let Some(first) = cx.module.globals.defined_at(name) {
        return redefinition(name, Some(eco_format!("{first}")));
    }
    let labels = declared(cx, &stmt.labels)?;
    let value = bound_value(cx, &stmt.value)?;
    relabel::check_declared(cx, &stmt.labels, value.descriptor(), &stmt.value)?;
    let value = cx.join(value.joined_before(cx.run.store(), labels), cx.pc());
    let value = cx.named(value, name, labels);
    cx.scope.bind(name.clone(), value, Kind::Let);
    Ok(())
}

/// The value of a `let`: an undefined name is null (spec 02 §6.8).
fn bound_value(cx: &Cx<'_>, e: &mlld_syntax::ast::Expr) -> Eval<Labelled<Value>> {
    Ok(expr::operand(cx, e)?.map(Value::stored))
}

fn redefinition<T>(name: &str, first: Option<ecow::EcoString>) -> Eval<T> {
    let mut message = eco_format!("Variable '{name}' is already defined and cannot be redefined.");
    if let Some(first) = first {
        message = eco_format!("{message} Originally defined at {first}.");
    }
    Err(Problem::new("R0102", "VariableRedefinition", message)
        .hint("Choose another name.")
        .plain())
}

/// `@x += …`: changes the nearest binding; the new value carries the labels of both (spec 02 §1.2).
pub(super) fn exec_augment(cx: &Cx<'_>, stmt: &Augment) -> Eval<()> {
    let name = &stmt.name.text;
    let labels = declared(cx, &stmt.labels)?;
    let value = expr::operand(cx, &stmt.value)?;
    let add = |old: Labelled<Value>| -> Eval<Labelled<Value>> {
        let reader = cx.reader();
        // Taken, not copied: an accumulator that grows in a loop is changed in place.
        let old = old.take(&reader);
        match augment::augment(old, value.read(&reader), name) {
            Ok(data) => {
                let new = reader.finish(cx.frame, data);
                let new = cx.join(cx.join(new, labels), cx.pc());
                Ok(cx.named(new, name, labels))
            }
            Err(error) => cx.fail(&reader, error),
        }
    };
    match cx.scope.change(name, add)? {
        Change::Done => Ok(()),
        Change::Fixed => redefinition(name, None),
        Change::Sealed => sealed(name),
        Change::NotLocal => {
            if let Some(problem) = import::taken(cx, name) {
                return Err(problem.plain());
            }
            let Some(old) = cx.module.globals.get(name) else {
                let message = eco_format!(
                    "Cannot use += on undefined variable @{name}. Use \"let @{name} = ...\" first."
                );
                return Err(Problem::new("R0108", "MlldDirective", message).plain());
            };
            if cx.parallel || cx.scope.is_sealed() {
                return sealed(name);
            }
            cx.module.globals.replace(name, add(old)?);
            Ok(())
        }
    }
}

fn sealed<T>(name: &str) -> Eval<T> {
    let message = eco_format!("Parallel for block cannot mutate outer variable @{name}.");
    Err(Problem::new("R0109", "MlldDirective", message)
        .fatal()
        .plain())
}

/// A block as a value: its `=>` gives the value (spec 01 §5).
pub(super) fn value(cx: &Cx<'_>, block: &Block) -> Eval<Labelled<Value>> {
    let raised = Raised::default();
    let inner = Cx {
        whens: super::Whens::Give,
        exits: cx.exits.in_value(&raised),
        ..*cx
    };
    let exit = run(&inner, block)?;
    let made = |value| Labelled::literal(value).joined(cx.run.store(), exit.read);
    match exit.flow {
        Flow::Return(Some(value)) => Ok(value),
        Flow::Return(None) => Ok(made(Value::Null)),
        Flow::Next => Ok(made(Value::Text(Default::default()))),
        other => other.stray(),
    }
}
