//! Shadow environments: executables that blocks of a language call by name (spec 02 §8.6).

use crate::eval::{Cx, Eval, Problem, import, path};
use crate::value::{Executable, Value};
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::ast::{Lang, ShadowEnv};
use std::sync::Arc;

/// An executable that blocks can call.
#[derive(Clone)]
pub(crate) struct Helper {
    /// Its name in the script.
    pub(crate) name: EcoString,
    /// What it is.
    pub(crate) executable: Labelled<Arc<Executable>>,
}

/// `exe js = { a, b }`: blocks that follow can call them. Later declarations add to earlier ones.
pub(crate) fn declare(cx: &Cx<'_>, shadow: &ShadowEnv) -> Eval<()> {
    for name in &shadow.names {
        let unknown = || {
            let message = eco_format!("{} is not a defined exec function", name.text);
            Problem::new("R0720", "MlldDirective", message)
        };
        let imported = import::called(cx, &name.text);
        let Some(value) = imported.or_else(|| path::lookup(cx, &name.text)) else {
            return Err(unknown().plain());
        };
        let executable = cx.compute(|r| match value.read(r) {
            Value::Executable(e) => Ok(Arc::clone(e)),
            _ => Err(unknown()),
        })?;
        cx.run.add_shadow(
            cx.module.number,
            shadow.lang,
            Helper {
                name: name.text.clone(),
                executable,
            },
        );
    }
    Ok(())
}

/// The shadow functions of the module that a block names.
pub(super) fn helpers(cx: &Cx<'_>, lang: Lang, text: &str) -> Vec<Helper> {
    let mut helpers = cx.run.shadows(cx.module.number, lang);
    helpers.retain(|h| {
        let spelled: EcoString = h
            .name
            .chars()
            .map(|c| if c == '-' { '_' } else { c })
            .collect();
        text.contains(spelled.as_str())
    });
    helpers
}
