//! Shadow environments: executables that blocks of a language may call (spec 02 §8.6).

use super::{Cx, Eval, Problem, path};
use crate::value::Value;
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::ast::{Lang, ShadowEnv};
use std::sync::{PoisonError, RwLock};

/// The shadow environments of a module: language, name of the function, executable. They travel with the
/// module's executables.
#[derive(Default)]
pub(crate) struct Shadows {
    functions: RwLock<Vec<Function>>,
}

#[derive(Clone)]
struct Function {
    lang: Lang,
    name: EcoString,
    executable: Labelled<Value>,
}

impl Shadows {
    /// The functions that blocks of `lang` see by now.
    pub(super) fn of(&self, lang: Lang) -> Vec<(EcoString, Labelled<Value>)> {
        let functions = self
            .functions
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let of_lang = functions.iter().filter(|f| f.lang == lang);
        of_lang
            .map(|f| (f.name.clone(), f.executable.clone()))
            .collect()
    }

    fn add(&self, function: Function) {
        let mut functions = self
            .functions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        functions.retain(|f| f.lang != function.lang || f.name != function.name);
        functions.push(function);
    }
}

/// `exe js = { a, b }`: later declarations add to earlier ones.
pub(super) fn declare(cx: &Cx<'_>, env: &ShadowEnv) -> Eval<()> {
    let mut functions = Vec::with_capacity(env.names.len());
    for name in &env.names {
        let unknown = || {
            let message = eco_format!("{} is not a defined exec function", name.text);
            Problem::new("R0124", "MlldDirective", message)
                .hint("Define it first: exe @name(…) = …")
        };
        let Some(executable) = path::lookup(cx, &name.text) else {
            return Err(unknown().plain());
        };
        let reader = cx.reader();
        if !matches!(executable.read(&reader).data(), Value::Executable(_)) {
            return cx.fail(&reader, unknown());
        }
        functions.push(Function {
            lang: env.lang,
            name: name.text.clone(),
            executable,
        });
    }
    functions.into_iter().for_each(|f| cx.module.shadows.add(f));
    Ok(())
}

/// Refuses a block whose language has functions of the script, until blocks can call them.
pub(super) fn check_block(cx: &Cx<'_>, lang: Lang) -> Eval<()> {
    if cx.module.shadows.of(lang).is_empty() {
        return Ok(());
    }
    cx.unsupported(eco_format!(
        "A `{0}` block that may call executables (`exe {0} = {{ … }}`)",
        lang.word()
    ))
}
