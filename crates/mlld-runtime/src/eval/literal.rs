//! Array and object literals (spec 01 §5). A container carries the labels of all its members, and of what
//! decided which members it has.

use super::expr;
use super::{Cx, Eval, Problem, path, template};
use crate::value::{Object, Value, augment, depth, loaded, render, truth};
use ecow::EcoString;
use mlld_security::{Labelled, Reader};
use mlld_syntax::ast::{ArrayItem, Entry, Expr, ExprKind};

/// The text of an option: quoted text is always text, other values are what a template prints.
pub(super) fn as_text(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<EcoString>> {
    match &e.kind {
        ExprKind::Template(t) => template::text(cx, t),
        _ => {
            let value = expr::value(cx, e)?;
            cx.compute(|r| Ok::<_, Problem>(render::template(value.read(r))))
        }
    }
}

/// `[ … ]`.
pub(super) fn array(cx: &Cx<'_>, items: &[ArrayItem]) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        // Left out or not, what the condition looked at stays on the array (spec 01 §15, 2).
        if let Some(value) = member(cx, &item.value, item.conditional, &reader)? {
            out.push(value);
        }
    }
    match depth::array(out) {
        Ok(array) => Ok(reader.finish(cx.frame, array)),
        Err(error) => cx.fail(&reader, error),
    }
}

/// `{ … }`.
pub(super) fn object(cx: &Cx<'_>, entries: &[Entry]) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    let mut out = Object::with_capacity_and_hasher(entries.len(), rustc_hash::FxBuildHasher);
    for entry in entries {
        match entry {
            Entry::Spread(spread) => {
                let value = path::value(cx, spread, expr::Undefined::Error)?;
                let name = cx.text(spread.span).trim_start_matches('@');
                if let Err(error) = augment::spread(&mut out, value.read(&reader), name) {
                    return cx.fail(&reader, error);
                }
            }
            Entry::Pair(pair) => {
                if let Some(value) = member(cx, &pair.value, pair.conditional, &reader)? {
                    out.insert(pair.key.text.clone(), value);
                }
            }
        }
    }
    match depth::object(out) {
        Ok(object) => Ok(reader.finish(cx.frame, object)),
        Err(error) => cx.fail(&reader, error),
    }
}

/// A member's data, read into the container's reader; `None` if it is conditional and falsy.
fn member(cx: &Cx<'_>, e: &Expr, conditional: bool, reader: &Reader<'_>) -> Eval<Option<Value>> {
    let value = match &e.kind {
        // In literals a quoted text is always text (spec 01 §5).
        ExprKind::Template(t) => template::text(cx, t)?.map(Value::Text),
        ExprKind::Path(p) if conditional => path::value(cx, p, expr::Undefined::Absent)?,
        _ => expr::value(cx, e)?,
    };
    let data = value.take(reader);
    if conditional {
        match truth::condition(&data, "conditional member") {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return cx.fail(reader, error),
        }
    }
    Ok(Some(loaded::member(data.stored())))
}
