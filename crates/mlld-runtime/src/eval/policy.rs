//! `policy` (spec 06 §1): from the literal to a layer in force.

use super::{Cx, Eval, Problem, directive, path, template};
use crate::value::{Object, Value};
use ecow::{EcoString, eco_format};
use mlld_security::Reader;
use mlld_security::policy::{Node, NodeValue, Policy as Checked, PolicyError};
use mlld_syntax::ast::{
    DataEntry, DataItem, DataKind, DataObject, DataValue, Name, Policy, PolicyBody,
};
use std::sync::Arc;

/// Declares a policy: it is in force from here on, if all of it is understood.
pub(super) fn declare(cx: &Cx<'_>, policy: &Policy) -> Eval<()> {
    let reader = cx.reader();
    let name = policy.name.as_ref().map_or("policy", |n| n.text.as_str());
    let checked = match &policy.body {
        PolicyBody::Object(object) => {
            let node = object_node(cx, object, &reader)?;
            may_be_told(cx, &reader)?;
            check(cx, &reader, name, &node)?
        }
        PolicyBody::Union(members) => union(cx, name, members, &reader)?,
    };
    cx.run.policy_made_of(reader.seen());
    if let Some(name) = &policy.name {
        let value = reader.finish(cx.frame, to_value(&checked.to_node()));
        directive::bind(cx, name, value)?;
    }
    cx.run.layers_mut(|layers| layers.push(&checked));
    Ok(())
}

/// A policy's text stands in reports, warnings and `@mx.policy`: it cannot be made of what may not be shown.
fn may_be_told(cx: &Cx<'_>, reader: &Reader<'_>) -> Eval<()> {
    if cx.run.may_show(reader.seen()) {
        return Ok(());
    }
    let message = "A policy cannot be made of data that may not be shown.";
    let hint =
        "Reports name the rules of a policy: write them in the script, not into labelled data.";
    Err(Problem::new("R0605", "MlldPolicy", message)
        .hint(hint)
        .plain())
}

/// Validates as a whole; an error means that nothing of the policy takes effect (spec 06 §4).
fn check(cx: &Cx<'_>, reader: &Reader<'_>, name: &str, node: &Node) -> Eval<Checked> {
    match Checked::parse(name, node) {
        Ok(parsed) => {
            for warning in &parsed.warnings {
                crate::effect::print::policy_warning(cx.run, warning);
            }
            Ok(parsed.policy)
        }
        Err(errors) => cx.fail(reader, invalid(&errors)),
    }
}

fn invalid(errors: &[PolicyError]) -> Problem {
    let mut texts = errors.iter().map(|e| match &e.place {
        Some(place) => eco_format!("{} ({place})", e.message),
        None => e.message.clone(),
    });
    let first = texts
        .next()
        .unwrap_or_else(|| "The policy is not valid.".into());
    let mut problem = Problem::new("R0601", "MlldPolicy", first).code("POLICY_INVALID");
    problem.details.extend(texts);
    problem
}

/// `union(@a, @b)`: the members' layers under one name.
fn union(cx: &Cx<'_>, name: &str, members: &[Name], reader: &Reader<'_>) -> Eval<Checked> {
    if members.is_empty() {
        let message = "Policy union requires at least one reference";
        return Err(Problem::new("R0602", "MlldPolicy", message).plain());
    }
    let mut checked = Vec::with_capacity(members.len());
    for member in members {
        let Some(value) = path::lookup(cx, &member.text) else {
            let message = eco_format!("Policy reference '@{}' is not defined", member.text);
            return Err(Problem::new("R0603", "MlldPolicy", message).plain());
        };
        let Value::Object(object) = value.read(reader).data() else {
            let message = eco_format!(
                "Policy reference '@{}' is not a policy configuration",
                member.text
            );
            return Err(Problem::new("R0604", "MlldPolicy", message).plain());
        };
        // An object with a `config` object stands for that (spec 06 §1).
        let config = match object.get("config").map(Value::data) {
            Some(config @ Value::Object(_)) => config.clone(),
            _ => Value::Object(Arc::clone(object)),
        };
        let node = from_value(cx, &config, member);
        may_be_told(cx, reader)?;
        checked.push(check(cx, reader, &member.text, &node)?);
    }
    Checked::union(name, checked).map_err(|e| invalid(&[e]).plain())
}

fn object_node(cx: &Cx<'_>, object: &DataObject, reader: &Reader<'_>) -> Eval<Node> {
    let entries = object
        .entries
        .iter()
        .map(|e| entry_node(cx, e, reader))
        .collect::<Eval<Vec<_>>>()?;
    Ok(Node {
        value: NodeValue::Object(entries),
        place: Some(cx.place(object.span)),
    })
}

type NodeEntry = (EcoString, Option<mlld_security::Place>, Node);

fn entry_node(cx: &Cx<'_>, entry: &DataEntry, reader: &Reader<'_>) -> Eval<NodeEntry> {
    let place = Some(cx.place(entry.key.span));
    let value = match &entry.value {
        Some(value) => node(cx, value, reader)?,
        // A key alone means `key: true`.
        None => Node {
            value: NodeValue::Bool(true),
            place: place.clone(),
        },
    };
    Ok((entry.key.text.clone(), place, value))
}

fn node(cx: &Cx<'_>, value: &DataValue, reader: &Reader<'_>) -> Eval<Node> {
    let place = Some(cx.place(value.span));
    let value = match &value.kind {
        DataKind::Null => NodeValue::Null,
        DataKind::Bool(b) => NodeValue::Bool(*b),
        DataKind::Number(n) => NodeValue::Number(*n),
        DataKind::Text(text) => NodeValue::Text(text.clone()),
        DataKind::Template(t) => NodeValue::Text(template::text(cx, t)?.take(reader)),
        DataKind::Object(object) => return object_node(cx, object, reader),
        DataKind::List(items) => {
            let items = items
                .iter()
                .map(|item| match item {
                    DataItem::Value(v) => node(cx, v, reader),
                    DataItem::Pair(entry) => {
                        let entry = entry_node(cx, entry, reader)?;
                        let place = entry.1.clone();
                        Ok(Node {
                            value: NodeValue::Object(vec![entry]),
                            place,
                        })
                    }
                })
                .collect::<Eval<Vec<_>>>()?;
            NodeValue::List(items)
        }
        DataKind::Path(p) => {
            let value = path::value(cx, p, super::expr::Undefined::Error)?;
            return Ok(plain_node(value.read(reader), place.as_ref()));
        }
        DataKind::TemplateFile(_) => return cx.unsupported("A template file in a policy"),
    };
    Ok(Node { value, place })
}

fn from_value(cx: &Cx<'_>, value: &Value, member: &Name) -> Node {
    plain_node(value, Some(&cx.place(member.span)))
}

/// A value of the language as a literal that stands at `place`.
fn plain_node(value: &Value, place: Option<&mlld_security::Place>) -> Node {
    let value = match value.data() {
        Value::Bool(b) => NodeValue::Bool(*b),
        Value::Number(n) => NodeValue::Number(*n),
        Value::Text(t) => NodeValue::Text(t.clone()),
        Value::Array(items) => {
            NodeValue::List(items.iter().map(|i| plain_node(i, place)).collect())
        }
        Value::Object(object) => NodeValue::Object(
            object
                .iter()
                .map(|(k, v)| (k.clone(), place.cloned(), plain_node(v, place)))
                .collect(),
        ),
        Value::Null | Value::Absent | Value::Executable(_) | Value::Viewed(_) => NodeValue::Null,
    };
    Node {
        value,
        place: place.cloned(),
    }
}

/// A literal as a value of the language.
pub(super) fn to_value(node: &Node) -> Value {
    match &node.value {
        NodeValue::Null => Value::Null,
        NodeValue::Bool(b) => Value::Bool(*b),
        NodeValue::Number(n) => Value::Number(*n),
        NodeValue::Text(t) => Value::Text(t.clone()),
        NodeValue::List(items) => Value::Array(Arc::new(items.iter().map(to_value).collect())),
        NodeValue::Object(entries) => {
            let mut object = Object::default();
            for (key, _, value) in entries {
                object.insert(key.clone(), to_value(value));
            }
            Value::Object(Arc::new(object))
        }
    }
}
