//! What a module says about itself: its file, its `export` lines, the value it returns (spec 04 §7.3, §7.4).

use super::{Entry, Exports};
use crate::eval::ModuleEnv;
use crate::failure::Problem;
use crate::value::Value;
use ecow::{EcoString, eco_format};
use indexmap::IndexMap;
use mlld_security::{LabelStore, Labelled};
use mlld_syntax::ast::{Export, Name};
use rustc_hash::FxBuildHasher;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use url::Url;

/// The name under which the value that a module returns is exported.
const DEFAULT: &str = "default";

/// Where a module comes from and what it gives.
#[derive(Default)]
pub(crate) struct Origin {
    /// Its file, links resolved where there is one.
    pub(crate) file: PathBuf,
    /// The URL that it was fetched from: what it names by a relative path lies there.
    pub(crate) url: Option<Url>,
    /// It came over the network, today or before: what it says is not the author's own.
    pub(crate) foreign: bool,
    /// It is imported, so effects of its top level do not happen (spec 04 §7.3).
    pub(crate) imported: bool,
    /// It stands for a package of node (spec 04 §7.11).
    pub(crate) package: bool,
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    /// There is an `export` that names things: only those are exported.
    listed: bool,
    /// `export { * }`.
    all: bool,
    names: Vec<(Name, EcoString)>,
    returned: Option<Labelled<Value>>,
}

impl Origin {
    /// The main script, which lies at `file` if it is a file.
    pub(crate) fn main(file: PathBuf) -> Self {
        Self {
            file,
            ..Self::default()
        }
    }

    /// A module that is imported.
    pub(crate) fn imported(file: PathBuf) -> Self {
        Self {
            imported: true,
            ..Self::main(file)
        }
    }

    /// A module that stands for a package of node.
    pub(crate) fn package(file: PathBuf) -> Self {
        Self {
            package: true,
            ..Self::imported(file)
        }
    }

    /// A module that was fetched; `file` is what it is known as.
    pub(crate) fn fetched(file: PathBuf, url: Url) -> Self {
        Self {
            url: Some(url),
            ..Self::locked(file)
        }
    }

    /// A module that was fetched some time ago and lies in the cache.
    pub(crate) fn locked(file: PathBuf) -> Self {
        Self {
            foreign: true,
            ..Self::imported(file)
        }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `export …`: several add up.
    pub(crate) fn export(&self, export: &Export) {
        let mut said = self.said();
        said.all |= export.all;
        said.listed |= !export.all;
        said.names.extend(export.items.iter().map(|item| {
            let alias = item.alias.as_ref().unwrap_or(&item.name);
            (item.name.clone(), alias.text.clone())
        }));
    }

    /// The value of a top-level `=>`.
    pub(crate) fn returned(&self, value: Labelled<Value>) {
        self.said().returned = Some(value);
    }
}

/// A name in an `export` that cannot be given, and why.
pub(crate) struct BadExport {
    /// The name.
    pub(crate) name: Name,
    /// Why.
    pub(crate) problem: Problem,
}

/// What a module gives, now that its evaluation has come to its end.
pub(crate) fn collect(store: &LabelStore, module: &ModuleEnv) -> Result<Exports, BadExport> {
    let said = module.origin.said();
    let mut entries: IndexMap<EcoString, Entry, FxBuildHasher> = IndexMap::default();
    if said.all || !said.listed {
        for (name, global) in module.globals.all() {
            // A whole module that was imported is not what this one defines.
            if global.imported.as_ref().is_none_or(|i| i.by_name) {
                entries.insert(name, Entry::new(store, global.value, global.imported));
            }
        }
    }
    for (name, exported) in &said.names {
        let bad = |code, message| BadExport {
            name: name.clone(),
            problem: Problem::new("R0909", "MlldImport", message).code(code),
        };
        let Some(global) = module.globals.bound(&name.text) else {
            let message = eco_format!(
                "Exported name '{}' is not defined in this module",
                name.text
            );
            return Err(bad("EXPORTED_NAME_NOT_FOUND", message));
        };
        let twice =
            |(other, under): &(Name, EcoString)| under == exported && other.text != name.text;
        if said.names.iter().any(twice) {
            let message = eco_format!("Two different things are exported as '{exported}'");
            return Err(bad("EXPORT_NAME_CONFLICT", message));
        }
        let entry = Entry::new(store, global.value, global.imported);
        entries.insert(exported.clone(), entry);
    }
    if let Some(value) = &said.returned {
        entries.insert(DEFAULT.into(), Entry::new(store, value.clone(), None));
    }
    Exports::new(store, entries, module.front_matter.clone()).map_err(|e| BadExport {
        name: Name {
            text: EcoString::new(),
            span: mlld_syntax::Span::default(),
        },
        problem: Problem::from(e),
    })
}
