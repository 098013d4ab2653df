//! What the body of a hook is evaluated in, and what its names mean (spec 03 §17).

use super::Hook;
use super::act::Act;
use crate::eval::checkpoint::Answered;
use crate::eval::scope::{Kind, Scope};
use crate::eval::{Cx, Errors, Eval, Flow, Passes, Whens, block, call, when};
use crate::value::{Object, Value, ValueError, depth, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Block, ExprKind, Timing, WatchFilter};
use std::sync::Arc;

/// What `@mx.op`, `@mx.args` and `@mx.hooks` say in the body of a hook.
pub(crate) struct Seen {
    kind: &'static str,
    name: Option<EcoString>,
    labels: Vec<EcoString>,
    /// The arguments of a call by parameter name, each with its own labels.
    args: Vec<(EcoString, Labelled<Value>)>,
    /// The errors of earlier hooks of this operation.
    errors: Labelled<Value>,
    /// How a call was answered.
    answered: Labelled<Value>,
}

/// Evaluates the body: what it returns, if it returns something. Operations in it run no hooks.
pub(super) fn run(
    cx: &Cx<'_>,
    hook: &Hook,
    (act, answered): (&Act, Option<&Answered>),
    inputs: &[Labelled<Value>],
    output: Option<&Labelled<Value>>,
    errors: Labelled<Value>,
) -> Eval<Option<Labelled<Value>>> {
    let store = cx.run.store();
    let given = store.join_all(inputs.iter().map(Labelled::descriptor));
    let after = hook.written.timing == Timing::After;
    let scope = Scope::outermost();
    scope.bind("input".into(), input(cx, inputs, after)?, Kind::Loop);
    if after {
        let output = output
            .cloned()
            .unwrap_or_else(|| Labelled::literal(Value::Null));
        scope.bind("output".into(), output, Kind::Loop);
    }
    let params = act.called.iter().flat_map(|c| &c.params).cloned();
    let seen = Seen {
        kind: act.kind,
        name: act.name.clone(),
        labels: act.labels(),
        args: params.zip(inputs.iter().cloned()).collect(),
        errors,
        // What is told of the call is made of its arguments.
        answered: Labelled::entering(checkpoint(answered), given),
    };
    let frame = Reader::new(store);
    let own_errors = Errors::default();
    let inner = Cx {
        scope: &scope,
        frame: &frame,
        // The hook runs because of the operation: what it makes carries what the operation was given.
        pc: store.join(cx.pc, given),
        ambient: given,
        whens: Whens::Give,
        passes: Passes::default(),
        errors: &own_errors,
        pipe: None,
        source: false,
        seen: Some(&seen),
        in_hook: true,
        // A hook belongs to the script, not to what it watches: its files are not those of a box.
        boxed: None,
        ..*cx
    };
    let flow = inner.deeper(|| match &hook.written.body.kind {
        ExprKind::Block(b) => returned(&inner, b),
        ExprKind::When(w) => when::exec(&inner, w),
        _ => inner.unsupported("A hook of this form"),
    })?;
    match flow {
        Flow::Return(Some(value)) => Ok(Some(cx.join(value.map(Value::stored), frame.seen()))),
        Flow::Return(None) | Flow::Next => Ok(None),
        other => other.stray(),
    }
}

fn returned(cx: &Cx<'_>, block: &Block) -> Eval<Flow> {
    block::run(cx, block).map(|exit| exit.flow)
}

/// `@input`: the inputs; after the operation a single one is not wrapped. As a text of its own it is the plain
/// values.
fn input(cx: &Cx<'_>, inputs: &[Labelled<Value>], after: bool) -> Eval<Labelled<Value>> {
    if let ([one], true) = (inputs, after) {
        return Ok(one.clone());
    }
    cx.compute(|r| {
        let plain = inputs.iter().map(|i| i.read(r).clone().stored()).collect();
        let array = depth::array(plain)?;
        Ok::<_, ValueError>(match inputs {
            [one] => Value::viewed(array, render::template(one.read(r))),
            _ => array,
        })
    })
}

/// The record of an error in a hook.
pub(super) fn error_record(hook: &Hook, message: EcoString) -> Value {
    let hook_name = hook.written.name.as_ref();
    let timing = match hook.written.timing {
        Timing::Before => "before",
        Timing::After | Timing::Always => "after",
    };
    let filter = match &hook.written.filter {
        WatchFilter::Function(..) => "function",
        WatchFilter::Operation(_) => "operation",
        WatchFilter::Label(_) => "data",
    };
    let text = |t: EcoString| Value::Text(t);
    let mut object = Object::default();
    object.insert("hookId".into(), text(eco_format!("hook-{}", hook.number)));
    object.insert(
        "hookName".into(),
        hook_name.map_or(Value::Null, |n| text(n.text.clone())),
    );
    object.insert("timing".into(), text(timing.into()));
    object.insert("filterKind".into(), text(filter.into()));
    object.insert("message".into(), text(message));
    Value::Object(Arc::new(object))
}

/// A field of `@mx` that hooks give a meaning; `None` for the others. Arguments keep labels of their own.
pub(in crate::eval) fn ambient(cx: &Cx<'_>, field: &str) -> Option<Answer> {
    let Some(seen) = cx.seen else {
        return match field {
            "hooks" => Some(Answer::Value(hooks(Labelled::literal(Value::Array(
                Arc::default(),
            ))))),
            "op" => operation_of_body(cx).map(|v| Answer::Value(Labelled::literal(v))),
            _ => None,
        };
    };
    Some(match field {
        "op" => Answer::Value(Labelled::literal(operation(
            seen.kind,
            seen.name.clone(),
            &seen.labels,
        ))),
        "args" => Answer::Arguments(seen.args.clone()),
        "hooks" => Answer::Value(hooks(seen.errors.clone())),
        "checkpoint" => Answer::Value(seen.answered.clone()),
        _ => return None,
    })
}

/// What a field of `@mx` is.
pub(in crate::eval) enum Answer {
    /// A value.
    Value(Labelled<Value>),
    /// An object whose members keep labels of their own.
    Arguments(Vec<(EcoString, Labelled<Value>)>),
}

fn hooks(errors: Labelled<Value>) -> Labelled<Value> {
    errors.map(|errors| Value::Object(Arc::new([("errors".into(), errors)].into_iter().collect())))
}

/// `@mx.checkpoint`: null unless checkpoints were asked about the call.
fn checkpoint(answered: Option<&Answered>) -> Value {
    let Some(answered) = answered else {
        return Value::Null;
    };
    let fields = [
        ("hit", Value::Bool(answered.hit)),
        ("key", Value::Text(answered.key.clone())),
    ];
    let object = fields.into_iter().map(|(k, v)| (k.into(), v)).collect();
    Value::Object(Arc::new(object))
}

fn operation(kind: &str, name: Option<EcoString>, labels: &[EcoString]) -> Value {
    let labels = labels.iter().cloned().map(Value::Text).collect();
    let fields = [
        ("type", Value::Text(kind.into())),
        ("name", name.map_or(Value::Null, Value::Text)),
        ("labels", Value::array(labels)),
    ];
    let object = fields.into_iter().map(|(k, v)| (k.into(), v)).collect();
    Value::Object(Arc::new(object))
}

/// `@mx.op` in the body of an executable: the call (spec 03 §10).
fn operation_of_body(cx: &Cx<'_>) -> Option<Value> {
    cx.running?;
    let exe = call::definition(cx.module, cx.home)?;
    let labels: Vec<EcoString> = exe.labels.iter().map(|l| l.text.clone()).collect();
    Some(operation("exe", Some(exe.name.text.clone()), &labels))
}

/// The join of the labels of all inputs.
pub(super) fn labels_of(cx: &Cx<'_>, inputs: &[Labelled<Value>]) -> Descriptor {
    cx.run
        .store()
        .join_all(inputs.iter().map(Labelled::descriptor))
}
