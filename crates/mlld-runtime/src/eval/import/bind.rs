//! Binding what was imported; names that are taken (spec 04 §7.6).

use super::super::scope::{Global, reserved_here};
use super::super::{Cx, Eval, Problem};
use super::{Request, problem};
use crate::module::{Imported, Member, Namespace};
use crate::value::{Value, access};
use ecow::eco_format;
use mlld_security::Labelled;
use mlld_syntax::ast::Name;
use std::sync::Arc;

/// Binds a name to what a module exports.
pub(super) fn member(cx: &Cx<'_>, request: &Request<'_>, name: &Name, member: Member) -> Eval<()> {
    let imported = member.imported(request.shown.clone());
    bind(cx, request, name, member.value, imported)
}

/// Binds a name to a whole module.
pub(super) fn module(
    cx: &Cx<'_>,
    request: &Request<'_>,
    name: &Name,
    namespace: Namespace,
) -> Eval<()> {
    let value = namespace.whole(cx.run.store());
    let imported = Imported {
        from: request.shown.clone(),
        by_name: false,
        callable: None,
        namespace: Some(namespace),
    };
    bind(cx, request, name, value, imported)
}

/// Binds a name to a value of a special source.
pub(super) fn value(
    cx: &Cx<'_>,
    request: &Request<'_>,
    name: &Name,
    value: Labelled<Value>,
) -> Eval<()> {
    let imported = Imported {
        from: request.shown.clone(),
        by_name: true,
        callable: None,
        namespace: None,
    };
    bind(cx, request, name, value, imported)
}

/// A field of a special source: null where there is none.
pub(super) fn field_of(value: &Value, name: &str) -> Value {
    access::field(value, name).unwrap_or(Value::Null).stored()
}

fn bind(
    cx: &Cx<'_>,
    request: &Request<'_>,
    name: &Name,
    value: Labelled<Value>,
    imported: Imported,
) -> Eval<()> {
    if let Some(problem) = refused(cx, name) {
        return request.fail(problem);
    }
    let global = Global {
        value: cx.imported(value, &name.text, request.declared),
        defined_at: cx.place(cx.stmt.span),
        imported: Some(Arc::new(imported)),
    };
    cx.module.globals.define(name.text.clone(), global);
    Ok(())
}

/// Why a name cannot be imported, if it cannot.
fn refused(cx: &Cx<'_>, name: &Name) -> Option<Problem> {
    let name = &name.text;
    if let Some(message) = reserved_here(cx, name) {
        return Some(Problem::new("R0103", "MlldDirective", message));
    }
    let global = cx.module.globals.bound(name)?;
    let at = &global.defined_at;
    let alias = eco_format!("Give the import a name of its own: {name} as @{name}2");
    Some(match &global.imported {
        Some(imported) => {
            let message = eco_format!(
                "Import collision - '{name}' already imported from {}. Alias one of the imports.",
                imported.from
            );
            let mut problem = problem("R0912", "IMPORT_NAME_CONFLICT", message).hint(alias);
            problem.details.push(eco_format!("First imported at {at}"));
            problem
        }
        None => {
            let message =
                eco_format!("Variable '{name}' is already defined locally and cannot be imported");
            let mut problem = Problem::new("R0102", "VariableRedefinition", message).hint(alias);
            problem.details.push(eco_format!("Defined at {at}"));
            problem
        }
    })
}

/// Why a name cannot be defined: because it is imported.
pub(in crate::eval) fn taken(cx: &Cx<'_>, name: &str) -> Option<Problem> {
    let global = cx.module.globals.bound(name)?;
    let imported = global.imported.as_ref()?;
    let message =
        eco_format!("Variable '{name}' is already imported and cannot be redefined locally");
    let mut problem = Problem::new("R0102", "VariableRedefinition", message).hint(eco_format!(
        "Choose another name, or give the import one: {name} as @{name}2"
    ));
    let at = &global.defined_at;
    problem
        .details
        .push(eco_format!("Imported at {at} from {}", imported.from));
    Some(problem)
}
