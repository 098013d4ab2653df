//! The commands on modules of a registry, a file each (spec 04 §10.4). What they do, `mlld-runtime` knows.

pub(crate) mod clean;
pub(crate) mod install;
pub(crate) mod ls;
pub(crate) mod outdated;
pub(crate) mod update;

use crate::args::{self, Opt, Taken};
use crate::environment::Environment;
use crate::script;
use mlld_runtime::modules::{Installed, Place};
use mlld_runtime::project;
use mlld_runtime::report::Report;
use std::path::{Path, PathBuf};

/// The variable that names a registry.
const VARIABLE: &str = "MLLD_REGISTRY";

/// Digits of a hash that are shown.
const DIGITS: usize = 8;

/// Where a command works: what a [`Place`] borrows.
struct Here {
    root: PathBuf,
    home: Option<PathBuf>,
    registry: Option<String>,
    folder: PathBuf,
    now: String,
}

impl Here {
    /// The project of the current folder.
    fn of(environment: &Environment, options: &[Taken]) -> Result<Self, Box<Report>> {
        let folder = script::absolute(Path::new("."))?;
        let variable = environment.variables.get(VARIABLE);
        let variable = variable.filter(|v| !v.is_empty()).map(String::as_str);
        Ok(Self {
            root: project::root(&folder, environment.home.as_deref()),
            home: environment.home.clone(),
            registry: args::last(options, Opt::Registry)?
                .or(variable)
                .map(str::to_owned),
            folder,
            now: Environment::clock(),
        })
    }

    fn place(&self) -> Place<'_> {
        Place {
            root: &self.root,
            home: self.home.as_deref(),
            registry: self.registry.as_deref(),
            folder: &self.folder,
            now: &self.now,
        }
    }
}

/// The beginning of a hash.
fn short(hash: &str) -> &str {
    hash.get(..DIGITS).unwrap_or(hash)
}

/// What became of a module, as a line; `None` if nothing did.
fn changed(module: &Installed) -> Option<String> {
    let Installed {
        name,
        version,
        hash,
        before,
    } = module;
    let hash = short(hash);
    match before {
        None => Some(format!("✅ Installed {name} {version} ({hash})\n")),
        Some(before) if before != version => {
            Some(format!("✅ Updated {name} {before} → {version} ({hash})\n"))
        }
        Some(_) => None,
    }
}
