//! Reserved variables (spec 01 §9).

use super::{Cx, Eval, debug};
use crate::value::Value;
use ecow::EcoString;
use mlld_security::Labelled;
use std::sync::Arc;

/// The value of a reserved variable that exists here.
pub(super) fn value(cx: &Cx<'_>, name: &str) -> Eval<Option<Labelled<Value>>> {
    let text = |s: &str| Value::Text(EcoString::from(s));
    let value = match name {
        "now" => text(&cx.run.options.now),
        "base" | "root" => text(&cx.run.root.to_string_lossy()),
        "fm" | "frontmatter" => match &cx.module.front_matter {
            Some(front_matter) => front_matter.clone(),
            None => return Ok(None),
        },
        "payload" => return Ok(Some(payload(cx))),
        "debug" => text(&debug::text(cx)),
        _ => return Ok(None),
    };
    // What the author or the system says of the run itself carries no labels (spec 05 §5.1).
    Ok(Some(Labelled::literal(value)))
}

/// `@payload`: data from outside. Every field of it carries where it came from; nobody has labelled it, so it is
/// unlabelled in the sense of `defaults.unlabeled` (spec 03 §19.2, 05 §5.1).
pub(super) fn payload(cx: &Cx<'_>) -> Labelled<Value> {
    const DYNAMIC: &str = "src:dynamic";
    let store = cx.run.store();
    let entered = store.provenance([DYNAMIC], ["dynamic-module", "dynamic://@payload"]);
    let labels = store.join(store.declared([DYNAMIC]), entered);
    Labelled::entering(Value::Object(Arc::clone(&cx.run.options.payload)), labels)
}
