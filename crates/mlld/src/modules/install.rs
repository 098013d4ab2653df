//! `mlld install [@author/name[@version]…]`.

use super::{Here, changed};
use crate::Status;
use crate::args::{self, CommandSpec};
use crate::environment::Environment;
use crate::terminal::Terminal;
use mlld_runtime::modules;
use mlld_runtime::report::Report;
use std::ffi::OsString;

/// Does what the words ask for.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let (names, options) = args::read(command, words, usize::MAX)?;
    let here = Here::of(environment, &options)?;
    let installed = modules::install(here.place(), &names)?;
    if installed.is_empty() {
        terminal.print("✅ No modules to install\n");
        return Ok(Status::Good);
    }
    for module in &installed {
        match changed(module) {
            Some(line) => terminal.print(&line),
            None => terminal.print(&format!(
                "✅ {} {} is installed\n",
                module.name, module.version
            )),
        }
    }
    Ok(Status::Good)
}
