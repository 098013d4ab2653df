//! `output … to env` and `output … to "state://…"`: what is handed to later commands and to the caller
//! (spec 03 §15.1, §19.3).

use super::hook::{Act, around};
use super::{Cx, Eval, Problem, expr, path};
use crate::code::shell_guard;
use crate::effect::handover;
use crate::gate::state;
use crate::value::{Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind, Operation};
use mlld_syntax::ast::{Expr, Name, Step, StepKind};

/// Names that belong to mlld itself (spec 03 §15.1).
const OWN: [&str; 2] = ["MLLD_RUN", "MLLD_CONFIG_DIR"];
const OWN_PREFIXES: [&str; 3] = ["MLLD_VERIFY_", "MLLD_KC_", "MLLD_KEYCHAIN_"];
/// Names that look like steering variables and are free (spec 06 §19.1).
const FREE: [&str; 3] = ["GIT_TOKEN", "GIT_PASSWORD", "GIT_USERNAME"];

/// Sets a variable for later commands: the name given, or `MLLD_` and that of the variable.
pub(super) fn to_variable(
    cx: &Cx<'_>,
    source: Labelled<Value>,
    text: Labelled<EcoString>,
    name: Option<&Name>,
    variable: Option<&str>,
) -> Eval<Labelled<EcoString>> {
    let name = match name {
        Some(name) => {
            check_name(&name.text)?;
            name.text.clone()
        }
        None => {
            let own = shell_guard::identifier(variable.unwrap_or("output"));
            let name = eco_format!("MLLD_{}", own.to_uppercase());
            if is_own(&name) {
                return Err(not_set(&name));
            }
            name
        }
    };
    let payload = text.clone().map(|value| handover::Variable { name, value });
    let operation = operation(cx);
    let act = Act::of("output", &operation);
    around(
        cx,
        || act,
        vec![source],
        |_| {
            let permit = cx.permit(operation, payload)?;
            let labels = permit.input();
            handover::set_variable(cx.run, permit, cx.pc()).map_err(|p| p.about(labels))?;
            Ok(text.map(Value::Text))
        },
    )
    .map(|v| v.map(|v| render::template(&v)))
}

fn operation(cx: &Cx<'_>) -> Operation {
    cx.run
        .plain_operation(OpKind::Output, "/output", cx.place(cx.stmt.span))
}

/// Whether a script may set the variable: nothing that steers how programs are started, nothing of mlld's own.
fn check_name(name: &str) -> Eval<()> {
    let mut chars = name.chars();
    let begins = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !begins || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let message = eco_format!("'{name}' is no name of an environment variable");
        return Err(Problem::new("R0305", "MlldOutput", message)
            .hint("Names have letters, digits and _, and do not begin with a digit.")
            .plain());
    }
    if shell_guard::is_steering(name) && !FREE.contains(&name) {
        return Err(not_set(name));
    }
    Ok(())
}

fn is_own(name: &str) -> bool {
    OWN.contains(&name) || OWN_PREFIXES.iter().any(|p| name.starts_with(p))
}

fn not_set(name: &str) -> Box<super::Failure> {
    let message = eco_format!("'{name}' cannot be set by output");
    Problem::new("R0305", "MlldOutput", message)
        .hint("It decides how later commands are started, or belongs to mlld.")
        .plain()
}

/// Emits a state write, and changes `@state`.
pub(super) fn to_state(
    cx: &Cx<'_>,
    value: Labelled<Value>,
    text: Labelled<EcoString>,
    path: &Expr,
) -> Eval<Labelled<EcoString>> {
    let path = expr::value(cx, path)?;
    let path = cx.compute(|r| match render::template(path.read(r)) {
        path if path.split('.').any(str::is_empty) => Err(Problem::new(
            "R0306",
            "MlldOutput",
            "The path of a state write is names with dots between: \"state://a.b\".",
        )),
        path => Ok(path),
    })?;
    let store = cx.run.store();
    let input = value.clone();
    let payload = value.zip(path, store, |value, path| handover::StateChange {
        path,
        value,
    });
    let operation = operation(cx);
    let act = Act::of("output", &operation);
    around(
        cx,
        || act,
        vec![input],
        |_| {
            let permit = cx.permit(operation, payload)?;
            let labels = permit.input();
            handover::set_state(cx.run, permit, cx.pc())
                .map_err(|e| Problem::from(e).about(labels))?;
            Ok(text.map(Value::Text))
        },
    )
    .map(|v| v.map(|v| render::template(&v)))
}

/// `@state…` (spec 03 §19.3); `None` before there is any. What lies under one name carries the labels of what was
/// written there, and that it comes from a state (spec 05 §5.1).
pub(super) fn read_state(cx: &Cx<'_>, steps: &[Step]) -> Eval<Option<Labelled<Value>>> {
    let Some(mut entries) = cx.run.state() else {
        return Ok(None);
    };
    let named = match steps.split_first() {
        Some((
            Step {
                kind: StepKind::Field(name) | StepKind::Key(name),
                ..
            },
            rest,
        )) if name != "mx" => entries.shift_remove(name).map(|value| (value, rest)),
        _ => None,
    };
    let (value, rest) = match named {
        Some(found) => found,
        None => (
            cx.compute(|r| Ok::<_, Problem>(state::whole(entries, r)))?,
            steps,
        ),
    };
    let value = cx.join(value, entered(cx));
    cx.frame.touch(value.descriptor());
    path::steps(cx, value, rest, path::Named::Variable("state")).map(Some)
}

/// The descriptor of what comes out of a state.
fn entered(cx: &Cx<'_>) -> Descriptor {
    let store = cx.run.store();
    let from = store.provenance(["src:dynamic"], ["dynamic-module", "dynamic://@state"]);
    store.join(store.declared(["src:dynamic"]), from)
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn what_steers_programs_is_refused() {
        for bad in [
            "PATH",
            "LD_PRELOAD",
            "BASH_ENV",
            "MLLD_RUN",
            "MLLD_VERIFY_X",
            "MLLD_KC_A",
            "GIT_DIR",
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        for bad in ["", "1A", "A-B", "A=B"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        for good in ["SHELF", "GIT_TOKEN", "_x1"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
    }
}
