//! Reserved variables (spec 01 §9).

use super::{Cx, Eval, debug};
use crate::value::{Object, Value};
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
        // No caller can give any yet: the command line refuses payload flags.
        "payload" => Value::Object(Arc::new(Object::default())),
        "debug" => text(&debug::text(cx)),
        _ => return Ok(None),
    };
    // What the author or the system says of the run itself carries no labels (spec 05 §5.1).
    Ok(Some(Labelled::literal(value)))
}
