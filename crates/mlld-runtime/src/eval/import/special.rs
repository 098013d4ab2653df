//! Sources that are no files (spec 04 §7.10).

use super::super::{Cx, Eval, Problem, handover, reserved};
use super::{Brought, Request, problem};
use crate::module::{Added, Entry, Exports, Namespace};
use crate::value::Value;
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use std::sync::Arc;

/// What `@name` gives.
pub(super) fn value(cx: &Cx<'_>, request: &Request<'_>, name: &str) -> Eval<Brought> {
    if name == "keychain" {
        let message =
            "Direct keychain imports are not available. Use policy.auth with using auth:*.";
        return Err(problem("R0910", "KEYCHAIN_DIRECT_ACCESS_DENIED", message).plain());
    }
    request.permit(cx, ())?.into_payload();
    match name {
        "now" => now(cx, request),
        "payload" => Ok(Brought::Value(reserved::payload(cx))),
        "state" => match handover::read_state(cx, &[])? {
            Some(state) => Ok(Brought::Value(state)),
            None => unknown(request, name),
        },
        // Without anything to give, every name of it is null.
        "input" => {
            Ok(Brought::Value(reserved::input(cx)?.unwrap_or_else(|| {
                Labelled::literal(Value::Object(Arc::default()))
            })))
        }
        _ => unknown(request, name),
    }
}

fn unknown<T>(request: &Request<'_>, name: &str) -> Eval<T> {
    let message = eco_format!("No resolver found for reference: @{name}");
    request.fail(Problem::new("R0911", "MlldImport", message).code("IMPORT_ERROR"))
}

/// `@now` in parts: text that the system says of the run itself.
fn now(cx: &Cx<'_>, request: &Request<'_>) -> Eval<Brought> {
    let iso = &cx.run.options.now;
    let (date, time) = iso.split_once('T').unwrap_or((iso, ""));
    let time = time.split('.').next().unwrap_or_default();
    let text = |text: &str| Value::Text(EcoString::from(text));
    let unix = Value::Number((cx.run.now_millis() / 1000.0).floor());
    let store = cx.run.store();
    let entries = [
        ("iso", text(iso)),
        ("unix", unix),
        ("date", text(date)),
        ("time", text(time.trim_end_matches('Z'))),
    ]
    .map(|(name, value)| {
        (
            name.into(),
            Entry::new(store, Labelled::literal(value), None),
        )
    });
    let exports = Exports::new(store, entries.into_iter().collect(), None)
        .map_err(|e| Problem::from(e).plain())?;
    let both = store.join(request.labels, request.declared);
    Ok(Brought::Module(Namespace::new(
        Arc::new(exports),
        Added::default().and(store, both),
        request.written.clone(),
    )))
}
