//! `mlld outdated`.

use super::Here;
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
    let modules = modules::outdated(here.place())?;
    if modules.is_empty() {
        terminal.print("No modules found in lock file.\n");
        return Ok(Status::Good);
    }
    let mut status = Status::Good;
    let mut lines = String::new();
    for module in &modules {
        let (name, version) = (&module.name, &module.version);
        let line = match &module.newest {
            Err(problem) => {
                status = Status::Bad;
                format!("{name}  {version}  {}", problem.message)
            }
            Ok(newest) => {
                let latest = &newest.latest;
                match &newest.allowed {
                    Some(allowed) if allowed != version && allowed == latest => {
                        format!("{name}  {version} → {latest}")
                    }
                    Some(allowed) if allowed != version => {
                        format!("{name}  {version} → {allowed}  (latest {latest})")
                    }
                    _ if latest != version => {
                        format!(
                            "{name}  {version}  (latest {latest}, which mlld-config.json does not allow)"
                        )
                    }
                    _ => continue,
                }
            }
        };
        lines.push_str(&visible(&line));
        lines.push('\n');
    }
    terminal.print(if lines.is_empty() {
        "All modules are up to date\n"
    } else {
        &lines
    });
    Ok(status)
}
