//! The commands that make projects and modules, and change the configuration, a file each (spec 04 §10.4, 09 §4.3,
//! §4.4). What they do, `mlld-runtime` knows.

pub(crate) mod alias;
pub(crate) mod init;
pub(crate) mod module;
pub(crate) mod vars;

use crate::environment::Environment;
use crate::script;
use mlld_runtime::project;
use mlld_runtime::report::Report;
use std::path::{Path, PathBuf};

/// The current folder.
fn here() -> Result<PathBuf, Box<Report>> {
    script::absolute(Path::new("."))
}

/// The root of the project of the current folder.
fn root(environment: &Environment) -> Result<PathBuf, Box<Report>> {
    Ok(project::root(&here()?, environment.home.as_deref()))
}

/// Who makes a module.
fn author(environment: &Environment) -> &str {
    environment.variables.get("USER").map_or("", String::as_str)
}
