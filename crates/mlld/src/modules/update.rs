//! `mlld update [@author/name[@version]…]`.

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
    let modules = modules::update(here.place(), &names)?;
    if modules.is_empty() {
        terminal.print("No modules found to update\n");
        return Ok(Status::Good);
    }
    let lines: String = modules.iter().filter_map(changed).collect();
    terminal.print(if lines.is_empty() {
        "All modules are up to date\n"
    } else {
        &lines
    });
    Ok(Status::Good)
}
