//! `mlld module TYPE NAME`.

use super::{author, root};
use crate::args::{self, CommandSpec, Opt};
use crate::environment::Environment;
use crate::terminal::Terminal;
use crate::{Status, codes};
use mlld_runtime::project::{self, Kind};
use mlld_runtime::report::{Report, visible};
use std::ffi::OsString;

/// Does what the words ask for.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let (names, options) = args::read(command, words, 2)?;
    let kinds = Kind::NAMES.map(|(name, _)| name).join(", ");
    let [kind, name] = names.as_slice() else {
        let message = format!("mlld module needs a type and a name; types are {kinds}");
        return Err(Box::new(Report::usage(codes::MISSING_ARGUMENT, message)));
    };
    let Some(kind) = Kind::named(kind) else {
        let message = format!(
            "'{}' is no type of module; types are {kinds}",
            visible(kind)
        );
        return Err(Box::new(Report::usage(codes::BAD_VALUE, message)));
    };
    let is_global = args::has(&options, Opt::Global);
    let base = match (is_global, &environment.home) {
        (false, _) => root(environment)?,
        (true, Some(home)) => home.clone(),
        (true, None) => {
            let message = "There is no home folder: set HOME";
            return Err(Box::new(Report::usage(codes::ENVIRONMENT, message)));
        }
    };
    let shown = project::module(&base, kind, name, author(environment), is_global)?;
    let home = if is_global { "~/" } else { "" };
    terminal.print(&format!(
        "✔ Created {home}{shown}/\n  index.mld\n  module.yml\n  README.md\n"
    ));
    Ok(Status::Good)
}
