//! `mlld ls`.

use super::{Here, short};
use crate::Status;
use crate::args::{self, CommandSpec};
use crate::environment::Environment;
use crate::terminal::Terminal;
use mlld_runtime::modules;
use mlld_runtime::report::{Report, visible};
use std::ffi::OsString;

/// Does what the words ask for.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let (_, options) = args::read(command, words, 0)?;
    let here = Here::of(environment, &options)?;
    let modules = modules::list(here.place())?;
    if modules.is_empty() {
        terminal.print(
            "No modules in lock file\nRun 'mlld install @username/module' to install modules\n",
        );
        return Ok(Status::Good);
    }
    let mut status = Status::Good;
    for module in &modules {
        let note = match &module.problem {
            Some(problem) => {
                status = Status::Bad;
                format!("  {}", problem.message)
            }
            None if module.cached => String::new(),
            None => "  (not in the cache: mlld install)".into(),
        };
        let (name, version) = (&module.name, &module.version);
        let line = format!("{name}  {version}  {}{note}", short(&module.hash));
        terminal.print(&format!("{}\n", visible(&line)));
    }
    Ok(status)
}
