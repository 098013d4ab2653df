//! Handing values to later commands and to the caller (spec 03 §15.1, §19.3).

use crate::failure::Problem;
use crate::gate::Run;
use crate::value::{Value, ValueError, json};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Permit};

/// A variable for all later commands of the run.
pub(crate) struct Variable {
    /// A legal name that a script may set.
    pub(crate) name: EcoString,
    /// Its value.
    pub(crate) value: EcoString,
}

/// A part of `@state`.
pub(crate) struct StateChange {
    /// Names with dots between.
    pub(crate) path: EcoString,
    /// The value.
    pub(crate) value: Value,
}

/// Sets a variable. `branch`: labels of the conditions around, which a later reader learns of.
///
/// # Errors
/// The value cannot be the content of a variable.
pub(crate) fn set_variable(
    run: &Run<'_>,
    permit: Permit<Variable>,
    branch: Descriptor,
) -> Result<(), Problem> {
    let labels = run.store().join(permit.input(), branch);
    let Variable { name, value } = permit.into_payload();
    if value.contains('\0') {
        let message = eco_format!("NUL character in variable '{name}'");
        return Err(Problem::new("R0305", "MlldOutput", message));
    }
    run.set_variable(name, Labelled::entering(value, labels));
    Ok(())
}

/// Tells the caller of a state write and changes `@state`. `branch` as in [`set_variable`].
///
/// # Errors
/// The state would nest too deeply.
pub(crate) fn set_state(
    run: &Run<'_>,
    permit: Permit<StateChange>,
    branch: Descriptor,
) -> Result<(), ValueError> {
    let labels = permit.input();
    let StateChange { path, value } = permit.into_payload();
    let text = json::text(&value);
    let stored = Labelled::entering(value, run.store().join(labels, branch));
    run.set_state(&path, stored)?;
    run.tell_state(path, text, labels);
    Ok(())
}
