//! Names and what they are bound to (spec 01 §7, 02 §1.2–1.3).

use crate::module::{Imported, prefix};
use crate::value::Value;
use ecow::EcoString;
use indexmap::IndexMap;
use mlld_security::{Labelled, Place};
use rustc_hash::FxBuildHasher;
use std::cell::RefCell;
use std::sync::{Arc, PoisonError, RwLock};

/// A binding of a module's top level.
#[derive(Clone)]
pub(crate) struct Global {
    /// The value.
    pub(crate) value: Labelled<Value>,
    /// Where it was defined.
    pub(crate) defined_at: Place,
    /// How it came in, if it was imported.
    pub(crate) imported: Option<Arc<Imported>>,
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

    /// What `name` is bound to, and how it came to be.
    pub(crate) fn bound(&self, name: &str) -> Option<Global> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.get(name).cloned()
    }

    /// What `name` is bound to, and how it came in, if it was imported.
    pub(crate) fn value(&self, name: &str) -> Option<(Labelled<Value>, Option<Arc<Imported>>)> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let global = names.get(name)?;
        Some((global.value.clone(), global.imported.clone()))
    }

    /// How `name` came in, if it was imported.
    pub(crate) fn imported(&self, name: &str) -> Option<Arc<Imported>> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.get(name)?.imported.clone()
    }

    /// Where `name` was defined.
    pub(crate) fn defined_at(&self, name: &str) -> Option<Place> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.get(name).map(|g| g.defined_at.clone())
    }

    /// Binds `name`; whoever calls has made sure that it is free.
    pub(crate) fn define(&self, name: EcoString, global: Global) {
        self.names
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, global);
    }

    /// Replaces the value of `name`, keeping where it was defined.
    pub(crate) fn replace(&self, name: &str, value: Labelled<Value>) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(global) = names.get_mut(name) {
            global.value = value;
        }
    }

    /// All names in order of definition.
    pub(crate) fn all(&self) -> Vec<(EcoString, Global)> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.iter().map(|(n, g)| (n.clone(), g.clone())).collect()
    }
}

/// How a local name came to be (spec 02 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `let`: may be bound again in its block and changed by `+=`.
    Let,
    /// A parameter of an executable.
    Param,
    /// A parameter that was not given.
    Unset,
    /// A variable of a loop.
    Loop,
}

/// A local name.
#[derive(Clone)]
pub(crate) struct Local {
    /// The name.
    pub(crate) name: EcoString,
    /// The value; [`Value::Absent`] for a parameter that was not given.
    pub(crate) value: Labelled<Value>,
    /// How it came to be.
    pub(crate) kind: Kind,
    /// The pass of the loop whose variable it is: position, key (spec 02 §4.3).
    pub(crate) pass: Option<Pass>,
}

impl Local {
    /// Whether it is a parameter, given or not.
    pub(crate) fn is_parameter(&self) -> bool {
        matches!(self.kind, Kind::Param | Kind::Unset)
    }

    /// Whether it is a parameter that was not given.
    pub(crate) fn is_unset(&self) -> bool {
        self.kind == Kind::Unset
    }
}

/// Where a loop stands, as its variables know it.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    /// Position in the source, from 0.
    pub(crate) index: usize,
    /// Key, where an object is iterated.
    pub(crate) key: Option<EcoString>,
}

/// A scope inside a statement: the variables of a block, of a pass of a loop, of a call.
pub(crate) struct Scope<'p> {
    locals: RefCell<Vec<Local>>,
    parent: Option<&'p Scope<'p>>,
    /// A frame of its own: who names a variable further out has read it (spec 05 §6.2).
    frame: bool,
    /// The passes of a parallel loop may not change what lies further out (spec 02 §4.6).
    sealed: bool,
}

/// What became of an attempt to change a binding.
pub(crate) enum Change {
    /// It was changed.
    Done,
    /// There is no such local.
    NotLocal,
    /// It is a parameter or a variable of a loop.
    Fixed,
    /// It lies outside of a parallel pass.
    Sealed,
}

impl<'p> Scope<'p> {
    /// The outermost scope: the module's top level stands around it.
    pub(crate) fn outermost() -> Self {
        Self {
            locals: RefCell::default(),
            parent: None,
            frame: true,
            sealed: false,
        }
    }

    /// A scope for a pass on another thread: copies of all locals in sight, which it cannot change.
    pub(crate) fn sealed(locals: Vec<Local>) -> Self {
        Self {
            locals: RefCell::new(locals),
            parent: None,
            frame: true,
            sealed: true,
        }
    }

    /// A scope inside this one.
    pub(crate) fn inner(&'p self) -> Scope<'p> {
        Scope {
            locals: RefCell::default(),
            parent: Some(self),
            frame: false,
            sealed: false,
        }
    }

    /// A scope inside this one that is a frame.
    pub(crate) fn inner_frame(&'p self) -> Scope<'p> {
        Scope {
            frame: true,
            ..self.inner()
        }
    }

    /// Binds `name` here; a second binding replaces the first.
    pub(crate) fn bind(&self, name: EcoString, value: Labelled<Value>, kind: Kind) {
        self.bind_local(Local {
            name,
            value,
            kind,
            pass: None,
        });
    }

    /// As [`Self::bind`].
    pub(crate) fn bind_local(&self, local: Local) {
        let mut locals = self.locals.borrow_mut();
        match locals.iter_mut().find(|l| l.name == local.name) {
            Some(slot) => *slot = local,
            None => locals.push(local),
        }
    }

    /// What `name` is bound to here or further out, and whether it lies outside of the frame.
    pub(crate) fn get(&self, name: &str) -> Option<(Local, bool)> {
        let mut scope = Some(self);
        let mut outside = false;
        while let Some(s) = scope {
            if let Some(local) = s.locals.borrow().iter().find(|l| l.name == name) {
                return Some((local.clone(), outside || s.sealed));
            }
            outside |= s.frame;
            scope = s.parent;
        }
        None
    }

    /// Changes the nearest binding of `name`.
    ///
    /// # Errors
    /// Those of `change`.
    pub(crate) fn change<E>(
        &self,
        name: &str,
        change: impl FnOnce(Labelled<Value>) -> Result<Labelled<Value>, E>,
    ) -> Result<Change, E> {
        let mut scope = Some(self);
        while let Some(s) = scope {
            // Not borrowed while `change` runs: it may read variables.
            let found = s.locals.borrow().iter().position(|l| l.name == name);
            if let Some(index) = found {
                if s.sealed {
                    return Ok(Change::Sealed);
                }
                let old = match s.locals.borrow_mut().get_mut(index) {
                    Some(local) if local.kind == Kind::Let => {
                        std::mem::replace(&mut local.value, Labelled::literal(Value::Null))
                    }
                    _ => return Ok(Change::Fixed),
                };
                let new = change(old)?;
                if let Some(local) = s.locals.borrow_mut().get_mut(index) {
                    local.value = new;
                }
                return Ok(Change::Done);
            }
            scope = s.parent;
        }
        Ok(Change::NotLocal)
    }

    /// Whether this scope or one further out is sealed.
    pub(crate) fn is_sealed(&self) -> bool {
        let mut scope = Some(self);
        while let Some(s) = scope {
            if s.sealed {
                return true;
            }
            scope = s.parent;
        }
        false
    }

    /// All locals in sight, nearest first, each name once.
    pub(crate) fn visible(&self) -> Vec<Local> {
        let mut out: Vec<Local> = Vec::new();
        let mut scope = Some(self);
        while let Some(s) = scope {
            for local in s.locals.borrow().iter() {
                if !out.iter().any(|l| l.name == local.name) {
                    out.push(local.clone());
                }
            }
            scope = s.parent;
        }
        out
    }
}

/// Names that nobody may define (spec 01 §9).
const RESERVED: [&str; 6] = ["now", "base", "root", "input", "debug", "keychain"];

/// As [`reserved`], prefixes of the configuration included.
pub(crate) fn reserved_here(cx: &super::Cx<'_>, name: &str) -> Option<EcoString> {
    reserved(name).or_else(|| prefix::reserves(cx, name).then(|| taken(name)))
}

/// Why `name` cannot be defined, if it cannot.
pub(crate) fn reserved(name: &str) -> Option<EcoString> {
    if name == "mx" {
        return Some(
            "Cannot create variable '@mx': this name is reserved for the execution context".into(),
        );
    }
    RESERVED.contains(&name).then(|| taken(name))
}

fn taken(name: &str) -> EcoString {
    ecow::eco_format!(
        "Cannot create variable '@{name}': this name is already reserved by the system or a resolver prefix"
    )
}
