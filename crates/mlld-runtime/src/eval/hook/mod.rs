//! Hooks (spec 03 §17): code of a module that runs before and after operations of that module's own code.
//!
//! | file | what |
//! |---|---|
//! | here | declaring, and keeping what is declared |
//! | `act` | an operation as hooks see it, and which hooks watch it |
//! | `around` | running hooks around an operation |
//! | `body` | what a hook's body is evaluated in, and what its names mean |
//!
//! A hook has no authority: what it returns is joined with the labels of what it replaces, what it does goes
//! through policy and guards, and a refusal of that stops the hook alone.

mod act;
mod around;
mod body;

pub(super) use act::Act;
pub(super) use around::{Watch, around, around_call, around_code};
pub(crate) use body::Seen;
pub(super) use body::{Answer, ambient};

use super::{Cx, Eval, Problem};
use ecow::eco_format;
use mlld_syntax::ast;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The hooks of a module, in order of declaration.
#[derive(Default)]
pub(crate) struct Hooks {
    declared: RwLock<Vec<Arc<Hook>>>,
    /// Whether there is any: asked before every operation.
    any: AtomicBool,
}

/// A hook that has been declared.
pub(super) struct Hook {
    /// Its number in the module, from 1.
    number: usize,
    /// As it is written.
    written: ast::Hook,
}

impl Hooks {
    /// Whether any is declared.
    pub(super) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Those declared so far.
    fn all(&self) -> Vec<Arc<Hook>> {
        self.declared
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// `hook …`: acts from here on. What it watches need not exist.
pub(super) fn declare(cx: &Cx<'_>, hook: &ast::Hook) -> Eval<()> {
    let hooks = &cx.module.hooks;
    let mut declared = hooks
        .declared
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = &hook.name {
        let taken = declared
            .iter()
            .any(|h| h.written.name.as_ref().is_some_and(|n| n.text == name.text));
        if taken {
            let message = eco_format!("Hook with name {} already exists", name.text);
            return Err(Problem::new("R0131", "MlldDirective", message)
                .hint("Hooks act side by side: give each a name of its own, or none.")
                .plain());
        }
    }
    let number = declared.len() + 1;
    declared.push(Arc::new(Hook {
        number,
        written: hook.clone(),
    }));
    hooks.any.store(true, Ordering::Release);
    Ok(())
}
