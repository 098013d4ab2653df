//! `mlld clean @author/name… | --all`.

use super::Here;
use crate::args::{self, CommandSpec, Opt};
use crate::environment::Environment;
use crate::terminal::Terminal;
use crate::{Status, codes};
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
    let all = args::has(&options, Opt::All);
    if all != names.is_empty() {
        let (code, message) = match all {
            true => (codes::CONFLICT, "--all cannot be combined with names"),
            false => (
                codes::MISSING_ARGUMENT,
                "mlld clean needs the names of modules, or --all",
            ),
        };
        return Err(Box::new(Report::usage(code, message)));
    }
    let here = Here::of(environment, &options)?;
    let gone = modules::clean(here.place(), &names)?;
    if gone.is_empty() {
        terminal.print("No modules to remove\n");
    }
    for name in gone {
        terminal.print(&format!("✅ Removed {name}\n"));
    }
    Ok(Status::Good)
}
