//! `.mx`: what is known about a value, and about where the script stands (spec 05 §2.2, 01 §9).

use super::hook::{self, Answer};
use super::path::{self, Named};
use super::{Cx, Eval, boxed, file};
use crate::value::{Object, Value, access, depth, meta};
use ecow::EcoString;
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Step, StepKind};
use std::sync::Arc;

/// `value.mx` and the steps behind it.
pub(super) fn of_value(
    cx: &Cx<'_>,
    value: Labelled<Value>,
    rest: &[Step],
) -> Eval<Labelled<Value>> {
    let Some((first, rest)) = rest.split_first() else {
        return whole(cx, value);
    };
    let field = match &first.kind {
        StepKind::Field(name) | StepKind::Key(name) => name,
        _ => {
            let object = whole(cx, value)?;
            return path::steps(cx, object, std::slice::from_ref(first), Named::Nothing)
                .and_then(|v| path::steps(cx, v, rest, Named::Nothing));
        }
    };
    // Behind `.mx.data`, `mx` is a key of the payload (spec 04 §14).
    if let ("data", Some((StepKind::Field(key), rest))) = (
        field.as_str(),
        rest.split_first().map(|(step, rest)| (&step.kind, rest)),
    ) && key == "mx"
    {
        let own = value.map(|v| access::key(v.data(), key).unwrap_or(Value::Null));
        return path::steps(cx, own, rest, Named::Nothing);
    }
    if field == "edits"
        && let Some(edits) = file::workspace::edits(cx, &value)
    {
        return path::steps(cx, edits, rest, Named::Nothing);
    }
    let answer = answer(cx, value, field)?;
    path::steps(cx, answer, rest, Named::Nothing)
}

/// One field of `.mx`.
fn answer(cx: &Cx<'_>, value: Labelled<Value>, field: &str) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let descriptor = value.descriptor();
    Ok(match field {
        // Looking at the list of labels must not label the answer, or no guard could look at it.
        // Where implicit flows are tracked, which labels there are may tell of data, too (spec 05 §2.2).
        "labels" => Labelled::entering(
            texts(store.label_names(descriptor)),
            told_by_labels(cx, descriptor),
        ),
        "taint" => {
            // A list that names folders tells where the data came from (spec 05 §2.2).
            let taint = store.taint_names(descriptor);
            let told = if taint.iter().any(|l| l.starts_with("dir:")) {
                let kept = taint.iter().filter(|l| {
                    ["src", "dir", "untrusted", "influenced"]
                        .iter()
                        .any(|p| mlld_security::is_under(l, p))
                });
                store.told(kept.map(AsRef::as_ref))
            } else {
                Descriptor::EMPTY
            };
            let told = store.join(told, told_by_labels(cx, descriptor));
            Labelled::entering(texts(taint), told)
        }
        "policy" => Labelled::literal(Value::Null),
        "sources" => Labelled::entering(texts(store.sources(descriptor)), descriptor),
        "tools" => Labelled::entering(Value::Array(Arc::default()), descriptor),
        _ => {
            // A primitive looks at the data (spec 05 §6.2).
            cx.frame.touch(descriptor);
            value.map(|data| meta::field(&data, field).unwrap_or(Value::Null))
        }
    })
}

/// What the list of a value's labels tells of.
fn told_by_labels(cx: &Cx<'_>, descriptor: Descriptor) -> Descriptor {
    match cx.run.tracks() {
        true => descriptor,
        false => Descriptor::EMPTY,
    }
}

/// `value.mx` as a whole: an object with the value's full descriptor.
fn whole(cx: &Cx<'_>, value: Labelled<Value>) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let descriptor = value.descriptor();
    let labels = texts(store.label_names(descriptor));
    let taint = texts(store.taint_names(descriptor));
    let sources = texts(store.sources(descriptor));
    Ok(value.map(|data| {
        let security = [("labels", labels), ("taint", taint), ("sources", sources)];
        let security = security.map(|(name, list)| (EcoString::from(name), list));
        let own = meta::fields(&data).into_iter();
        let is_file = data.view().is_some_and(|view| view.file.is_some());
        let object: Object = if is_file {
            // In the order of spec 04 §1.4.
            own.chain(security).collect()
        } else {
            let context = [
                ("tools".into(), Value::Array(Arc::default())),
                ("policy".into(), Value::Null),
            ];
            security.into_iter().chain(context).chain(own).collect()
        };
        Value::Object(Arc::new(object))
    }))
}

/// `@mx…` outside of any value: the context (spec 01 §9, 03 §10).
pub(super) fn ambient(cx: &Cx<'_>, steps: &[Step]) -> Eval<Labelled<Value>> {
    let empty = || Value::Array(Arc::default());
    let Some((first, rest)) = steps.split_first() else {
        let mut object = Object::default();
        for name in ["labels", "taint", "sources"] {
            object.insert(name.into(), empty());
        }
        return Ok(Labelled::literal(Value::Object(Arc::new(object))));
    };
    let (StepKind::Field(field) | StepKind::Key(field)) = &first.kind else {
        return cx.unsupported("`@mx[…]`");
    };
    // At the top level what is given is nothing, and what decided that it is reached is all (spec 05 §2.2).
    let around = match cx.running {
        Some(_) => cx.ambient,
        None => cx.run.store().join(cx.ambient, cx.inherited()),
    };
    let told = told_by_labels(cx, around);
    let listed =
        |names: Vec<Arc<str>>| Ok::<_, Box<super::Failure>>(Labelled::entering(texts(names), told));
    match hook::ambient(cx, field) {
        Some(Answer::Value(value)) => {
            return path::steps(cx, value, rest, Named::Variable("mx"));
        }
        Some(Answer::Arguments(args)) => return arguments(cx, args, rest),
        None => {}
    }
    let context = match field.as_str() {
        "labels" => Some(listed(cx.run.store().label_names(around))),
        "taint" => Some(listed(cx.run.store().taint_names(around))),
        "sources" => {
            let sources = texts(cx.run.store().sources(around));
            Some(Ok(Labelled::entering(sources, around)))
        }
        "while" => Some(Ok(super::while_stage::ambient(cx))),
        "for" => Some(Ok(super::for_loop::ambient(cx))),
        "loop" => Some(Ok(super::loop_::ambient(cx))),
        "errors" => Some(Ok(cx
            .errors
            .borrow()
            .clone()
            .unwrap_or_else(|| Labelled::literal(empty())))),
        _ => cx
            .pipe
            .and_then(|p| p.ambient(cx.run.store(), field))
            .map(Ok),
    };
    if let Some(context) = context {
        return path::steps(cx, context?, rest, Named::Variable("mx"));
    }
    let value = match field.as_str() {
        "env" | "box" => {
            let later = rest.first().and_then(|step| match &step.kind {
                StepKind::Field(name) | StepKind::Key(name) => {
                    boxed::LATER.into_iter().find(|l| name == l)
                }
                _ => None,
            });
            match later {
                Some(name) if cx.boxed.is_some() => {
                    return cx.unsupported(ecow::eco_format!("`@mx.{field}.{name}`"));
                }
                _ => boxed::ambient(cx),
            }
        }
        "tools" => match (cx.boxed.and_then(boxed::Boxed::allowed), rest.first()) {
            (
                Some(allowed),
                Some(Step {
                    kind: StepKind::Field(name),
                    ..
                }),
            ) if name == "allowed" => Value::Object(Arc::new(
                [("allowed".into(), allowed)].into_iter().collect(),
            )),
            _ => return cx.unsupported("`@mx.tools`"),
        },
        "tries" => empty(),
        "try" => Value::Number(1.0),
        "stage" => Value::Number(0.0),
        "isPipeline" => Value::Bool(false),
        "input" | "lastOutput" | "hint" | "profile" => Value::Null,
        "policy" => {
            // What a policy was made of, it tells.
            let context = Labelled::entering(policy_context(cx), cx.run.policy_labels());
            return path::steps(cx, context, rest, Named::Variable("mx"));
        }
        other => return cx.unsupported(ecow::eco_format!("`@mx.{other}`")),
    };
    path::steps(cx, Labelled::literal(value), rest, Named::Variable("mx"))
}

/// `@mx.args` in a hook: an argument that is named keeps labels of its own.
fn arguments(
    cx: &Cx<'_>,
    args: Vec<(EcoString, Labelled<Value>)>,
    steps: &[Step],
) -> Eval<Labelled<Value>> {
    if let Some((
        Step {
            kind: StepKind::Field(name) | StepKind::Key(name),
            ..
        },
        rest,
    )) = steps.split_first()
        && let Some((_, value)) = args.iter().find(|(n, _)| n == name)
    {
        return path::steps(cx, value.clone(), rest, Named::Variable("mx"));
    }
    let whole = cx.compute(|r| {
        let object = args.iter().map(|(n, v)| (n.clone(), v.read(r).clone()));
        depth::object(object.collect())
    })?;
    path::steps(cx, whole, steps, Named::Variable("mx"))
}

/// `@mx.policy` (spec 06 §23).
fn policy_context(cx: &Cx<'_>) -> Value {
    let active = cx.run.layers(mlld_security::policy::Layers::active);
    if active.is_empty() {
        return Value::Null;
    }
    let mut object = Object::default();
    object.insert("tier".into(), Value::Null);
    let merged = cx.run.layers(mlld_security::policy::Layers::merged);
    object.insert("configs".into(), super::policy::to_value(&merged));
    let names = active.into_iter().map(Value::Text).collect::<Vec<_>>();
    object.insert("activePolicies".into(), Value::Array(Arc::new(names)));
    Value::Object(Arc::new(object))
}

fn texts(names: Vec<Arc<str>>) -> Value {
    let list = names
        .iter()
        .map(|n| Value::Text(EcoString::from(&**n)))
        .collect::<Vec<_>>();
    Value::Array(Arc::new(list))
}
