//! `mlld alias --name NAME --path DIR`.

use super::{here, root};
use crate::args::{self, CommandSpec, Opt};
use crate::environment::Environment;
use crate::terminal::Terminal;
use crate::{Status, codes};
use mlld_runtime::project::{self, Alias};
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
    let name = args::last(&options, Opt::Name)?;
    let path = args::last(&options, Opt::Path)?;
    let (Some(name), Some(path)) = (name, path) else {
        let message = "Both --name and --path are required";
        return Err(Box::new(
            Report::usage(codes::MISSING_ARGUMENT, message)
                .with_hint("mlld alias --name parts --path ./parts"),
        ));
    };
    let is_global = args::has(&options, Opt::Global);
    let config = match is_global {
        false => root(environment)?.join("mlld-config.json"),
        true => project::global_config(&environment.variables, environment.home.as_deref())
            .ok_or_else(|| {
                let message = "There is no home folder: set HOME";
                Box::new(Report::usage(codes::ENVIRONMENT, message))
            })?,
    };
    let from = here()?;
    let alias = Alias {
        name,
        path,
        from: &from,
    };
    let shown = project::alias(&config, alias, is_global)?;
    let shown = visible(&shown);
    let name = name.trim_start_matches('@').trim_end_matches('/');
    let kind = if is_global { "global" } else { "local" };
    terminal.print(&format!(
        "✔ Created {kind} path alias: @{name}/ → {shown}\n\nUse it:\n  import {{ x }} from @{name}/module\n  show <@{name}/file.txt>\n"
    ));
    Ok(Status::Good)
}
