//! Reserved variables (spec 01 §9).

use super::{Cx, Eval, debug};
use crate::effect;
use crate::value::{Object, Value};
use ecow::EcoString;
use mlld_security::{Labelled, OpKind};
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
        "input" => return input(cx),
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

/// Names of variables that never come in, whatever the configuration lists (spec 04 §13).
const NEVER: [&str; 2] = ["MLLD_KEYCHAIN_", "MLLD_KC_"];

/// `@input`: what came on standard input over the variables of the environment that the configuration lists
/// (spec 04 §7.10, §13). `None` if there is neither.
pub(super) fn input(cx: &Cx<'_>) -> Eval<Option<Labelled<Value>>> {
    let operation = cx
        .run
        .plain_operation(OpKind::Read, "@input", cx.place(cx.stmt.span));
    let permit = cx.permit(operation, Labelled::literal(()))?;
    let given = effect::input::fields(cx.run, permit)?;
    let variables = &cx.run.options.environment;
    let listed = cx.run.loads.config().allowed_env_vars.iter();
    let allowed = listed
        .filter(|name| name.starts_with("MLLD_") && !NEVER.iter().any(|n| name.starts_with(n)));
    let mut fields: Object = allowed
        .filter_map(|name| Some((name.into(), Value::Text(variables.get(name)?.into()))))
        .collect();
    if given.is_none() && fields.is_empty() {
        return Ok(None);
    }
    for (name, value) in given.iter().flat_map(|given| given.iter()) {
        fields.insert(name.clone(), value.clone());
    }
    let entered = cx.run.store().provenance(["src:user"], ["input"]);
    Ok(Some(Labelled::entering(
        Value::Object(Arc::new(fields)),
        entered,
    )))
}
