//! `mlld vars list|allow|remove|clear`.

use super::root;
use crate::args::{self, CommandSpec};
use crate::environment::Environment;
use crate::terminal::Terminal;
use crate::{Status, codes};
use mlld_runtime::Host;
use mlld_runtime::project::Variables;
use mlld_runtime::report::{Report, visible};
use std::ffi::OsString;

/// What the names of variables that scripts can see begin with.
const PREFIX: &str = "MLLD_";

/// Does what the words ask for.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let (mut names, _) = args::read(command, words, usize::MAX)?;
    let variables = Variables::of(&root(environment)?);
    let what = if names.is_empty() {
        "list".into()
    } else {
        names.remove(0)
    };
    match (what.as_str(), names.as_slice()) {
        ("list", []) => list(terminal, &variables.list()?),
        ("clear", []) => each(terminal, "Removed", &variables.clear()?),
        ("list" | "clear", [word, ..]) => return Err(command.unknown_option(word)),
        ("allow" | "remove", []) => {
            let message = format!("mlld vars {what} needs the names of variables");
            return Err(Box::new(Report::usage(codes::MISSING_ARGUMENT, message)));
        }
        ("allow", names) => {
            let allowed = variables.allow(names)?;
            for name in names.iter().filter(|n| !n.starts_with(PREFIX)) {
                terminal.err(&format!(
                    "Warning: {} does not begin with {PREFIX}: scripts do not see it\n",
                    visible(name)
                ));
            }
            each(terminal, "Allowed", &allowed);
        }
        ("remove", names) => each(terminal, "Removed", &variables.remove(names)?),
        (other, _) => {
            let message = format!("Unknown vars subcommand: {}", visible(other));
            return Err(Box::new(
                Report::usage(codes::BAD_VALUE, message)
                    .with_hint("mlld vars list, allow, remove or clear"),
            ));
        }
    }
    Ok(Status::Good)
}

fn list(terminal: &Terminal, names: &[String]) {
    if names.is_empty() {
        terminal.print("No environment variables are allowed in @INPUT\n");
        return;
    }
    terminal.print("Environment variables allowed in @INPUT:\n");
    for name in names {
        terminal.print(&format!("  {}\n", visible(name)));
    }
}

/// A line for each name.
fn each(terminal: &Terminal, done: &str, names: &[String]) {
    if names.is_empty() {
        terminal.print("Nothing to change\n");
    }
    for name in names {
        terminal.print(&format!("{done} {}\n", visible(name)));
    }
}
