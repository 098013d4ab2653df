//! Names and what they are bound to (spec 01 §7, 02 §1.2–1.3).

use crate::value::Value;
use ecow::EcoString;
use indexmap::IndexMap;
use mlld_security::{Labelled, Place};
use rustc_hash::FxBuildHasher;
use std::cell::RefCell;
use std::sync::{PoisonError, RwLock};

/// A binding of a module's top level.
#[derive(Clone)]
pub(crate) struct Global {
    /// The value.
    pub(crate) value: Labelled<Value>,
    /// Where it was defined.
    pub(crate) defined_at: Place,
}

/// The top level of a module.
///
/// Locked, since executables on other threads read it; an entry is complete before it is visible.
#[derive(Default)]
pub(crate) struct Globals {
    names: RwLock<IndexMap<EcoString, Global, FxBuildHasher>>,
}

impl Globals {
    /// What `name` is bound to.
    pub(crate) fn get(&self, name: &str) -> Option<Labelled<Value>> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.get(name).map(|g| g.value.clone())
    }

    /// Where `name` was defined.
    pub(crate) fn defined_at(&self, name: &str) -> Option<Place> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.get(name).map(|g| g.defined_at.clone())
    }

    /// Binds `name`; whoever calls has made sure that it is free.
    pub(crate) fn define(&self, name: EcoString, global: Global) {
        self.names.write().unwrap_or_else(PoisonError::into_inner).insert(name, global);
    }

    /// All names in order of definition.
    pub(crate) fn all(&self) -> Vec<(EcoString, Global)> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.iter().map(|(n, g)| (n.clone(), g.clone())).collect()
    }
}

/// A scope inside a statement: the variables of a block, of a pass of a loop, of a call.
pub(crate) struct Scope<'p> {
    locals: RefCell<Vec<(EcoString, Labelled<Value>)>>,
    parent: Option<&'p Scope<'p>>,
}

impl<'p> Scope<'p> {
    /// The outermost scope: the module's top level stands around it.
    pub(crate) fn outermost() -> Self {
        Self { locals: RefCell::default(), parent: None }
    }

    /// A scope inside this one.
    pub(crate) fn inner(&'p self) -> Scope<'p> {
        Scope { locals: RefCell::default(), parent: Some(self) }
    }

    /// Binds `name` here; a second binding replaces the first.
    pub(crate) fn bind(&self, name: EcoString, value: Labelled<Value>) {
        let mut locals = self.locals.borrow_mut();
        match locals.iter_mut().find(|(n, _)| *n == name) {
            Some(slot) => slot.1 = value,
            None => locals.push((name, value)),
        }
    }

    /// What `name` is bound to here or further out.
    pub(crate) fn get(&self, name: &str) -> Option<Labelled<Value>> {
        let mut scope = Some(self);
        while let Some(s) = scope {
            if let Some((_, value)) = s.locals.borrow().iter().find(|(n, _)| n == name) {
                return Some(value.clone());
            }
            scope = s.parent;
        }
        None
    }
}

/// Names that nobody may define (spec 01 §9).
const RESERVED: [&str; 6] = ["now", "base", "root", "input", "debug", "keychain"];

/// Why `name` cannot be defined, if it cannot.
pub(crate) fn reserved(name: &str) -> Option<EcoString> {
    if name == "mx" {
        return Some("Cannot create variable '@mx': this name is reserved for the execution context".into());
    }
    RESERVED.contains(&name).then(|| {
        ecow::eco_format!(
            "Cannot create variable '@{name}': this name is already reserved by the system or a resolver prefix"
        )
    })
}
