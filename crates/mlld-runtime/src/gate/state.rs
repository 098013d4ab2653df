//! What a script hands to its caller and finds again: `@state`, and variables for later commands
//! (spec 03 §15.1, §19.3).

use super::Run;
use crate::value::{Object, Value, ValueError, depth};
use ecow::EcoString;
use indexmap::IndexMap;
use mlld_security::{Labelled, Reader};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// `@state`: each top-level name with its own labels, so that one labelled write does not label the rest.
pub(crate) type State = IndexMap<EcoString, Labelled<Value>>;

/// What lies between one statement and the next.
#[derive(Default)]
pub(crate) struct Handed {
    state: Mutex<Option<State>>,
    variables: Mutex<IndexMap<EcoString, Labelled<EcoString>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run<'_> {
    /// `@state`; `None` before there is any: the name is then undefined.
    pub(crate) fn state(&self) -> Option<State> {
        lock(&self.handed.state).clone()
    }

    /// Sets a part of `@state`. A dotted path makes objects on its way; what lay there keeps its labels beside
    /// those of the new part.
    ///
    /// # Errors
    /// When the state would nest too deeply.
    pub(crate) fn set_state(&self, path: &str, value: Labelled<Value>) -> Result<(), ValueError> {
        let mut state = lock(&self.handed.state);
        let state = state.get_or_insert_default();
        let mut names = path.split('.');
        let top = names.next().unwrap_or_default();
        let rest: Vec<&str> = names.take(depth::LIMIT + 1).collect();
        if rest.len() > depth::LIMIT {
            return Err(depth::too_deep());
        }
        let new = match state.get(top) {
            Some(old) if !rest.is_empty() => old
                .clone()
                .zip(value, self.store(), |old, value| placed(old, &rest, value)),
            _ => value.map(|value| placed(Value::Null, &rest, value)),
        };
        state.insert(top.into(), new.try_map(|new| new)?);
        Ok(())
    }

    /// Sets a variable for all later commands.
    pub(crate) fn set_variable(&self, name: EcoString, value: Labelled<EcoString>) {
        lock(&self.handed.variables).insert(name, value);
    }

    /// The variables that were set for later commands: whatever starts a child counts them among its inputs.
    pub(crate) fn variables(&self) -> Labelled<Vec<(EcoString, EcoString)>> {
        let variables = lock(&self.handed.variables);
        let parts = variables
            .iter()
            .map(|(name, value)| value.clone().map(|value| (name.clone(), value)));
        Labelled::gather(self.store(), parts)
    }
}

/// `old` with `value` at the end of `path`.
fn placed(old: Value, path: &[&str], value: Value) -> Result<Value, ValueError> {
    let Some((first, rest)) = path.split_first() else {
        return Ok(value);
    };
    let mut object = match old.data() {
        Value::Object(object) => Object::clone(object),
        _ => Object::default(),
    };
    let below = object.get(*first).cloned().unwrap_or(Value::Null);
    object.insert((*first).into(), placed(below, rest, value)?);
    depth::object(object)
}

/// The whole of a state as one object, coarse.
pub(crate) fn whole(state: State, reader: &Reader<'_>) -> Value {
    let object: Object = state
        .into_iter()
        .map(|(name, value)| (name, value.take(reader)))
        .collect();
    Value::Object(Arc::new(object))
}
