//! Pipelines that begin with a file (spec 04 §1.3, §1.8).

use super::super::{Cx, Eval};
use crate::load;
use crate::value::Value;
use mlld_security::Labelled;

/// Runs a pipeline on what a file reference gives: on every file of a pattern, and what comes of a file keeps what is
/// known of it.
pub(in super::super) fn piped(
    cx: &Cx<'_>,
    source: Labelled<Value>,
    mut pipeline: impl FnMut(Labelled<Value>) -> Eval<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    let labels = source.descriptor();
    let one = |item: &Value, made: Value| match item {
        Value::Viewed(view) => load::with_meta(made, view),
        _ => made,
    };
    match load::is_listed(source.read(&reader)) {
        None => {
            let item = source.read(&reader).clone();
            Ok(pipeline(source)?.map(|made| one(&item, made)))
        }
        Some(items) => {
            let mut made = Vec::with_capacity(items.len());
            for item in items.iter() {
                let piped = pipeline(Labelled::entering(item.clone(), labels))?;
                made.push(one(item, piped.take(&reader).stored()));
            }
            Ok(reader.finish(cx.frame, load::joined(made)))
        }
    }
}
