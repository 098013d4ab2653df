//! The command line of mlld (spec 09): arguments in, rendered results out.
//!
//! What the arguments mean is decided in [`args`], from one table of options and one of commands; help,
//! completions and man page come from the same tables. The environment is read once, in [`environment`].
//! Everything else belongs to `mlld-runtime`.

mod args;
mod checkpoint;
mod codes;
mod environment;
mod generate;
mod help;
mod mode;
mod modules;
mod observer;
mod output_file;
mod project;
mod run;
mod script;
mod signals;
mod terminal;
mod validate;

use args::{CommandId, CommandSpec, Invocation};
use environment::Environment;
use mlld_runtime::Host;
use mlld_runtime::report::{Report, Style};
use std::ffi::OsString;
use std::process::ExitCode;
use terminal::Terminal;

/// How the program ends when nothing failed (spec 09 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// 0.
    Good,
    /// 1, after what was wrong has been printed as a result.
    Bad,
}

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let environment = Environment::read();
    let terminal = Terminal::default();
    environment.warn_of_ignored(&terminal);

    let json = args::wants_json(&words);
    let ended = dispatch(words, &environment, &terminal).and_then(|status| {
        terminal.check()?;
        Ok(status)
    });
    match ended {
        Ok(Status::Good) => ExitCode::SUCCESS,
        Ok(Status::Bad) => ExitCode::FAILURE,
        Err(report) => {
            let text = if json {
                report.to_json_line() + "\n"
            } else {
                report.render(Style {
                    colour: environment.colour_err,
                })
            };
            terminal.err(&text);
            signals::status().map_or(ExitCode::FAILURE, ExitCode::from)
        }
    }
}

/// Does what the arguments ask for.
fn dispatch(
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    match args::parse(words)? {
        Invocation::Help => terminal.print(&help::program()),
        Invocation::Version => terminal.print(&help::version()),
        Invocation::Script(script) => script::run(&script, environment, terminal)?,
        Invocation::Command(command, words) => {
            return run_command(command, words, environment, terminal);
        }
    }
    Ok(Status::Good)
}

/// Runs a command with the words behind it. Its help needs nothing but the tables (spec 09 §11, 30).
fn run_command(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    if args::asks_for_help(&words) {
        terminal.print(&help::command(command));
        return Ok(Status::Good);
    }
    match command.id {
        CommandId::Validate => return validate::run(command, words, terminal),
        CommandId::Run => return run::run(command, words, environment, terminal),
        CommandId::Checkpoint => return checkpoint::run(command, words, environment, terminal),
        CommandId::Completions => terminal.print(&generate::completions(command, words)?),
        CommandId::Man => terminal.print(&generate::man(command, words)?),
        CommandId::Init => return project::init::run(command, words, environment, terminal),
        CommandId::Module => return project::module::run(command, words, environment, terminal),
        CommandId::Alias => return project::alias::run(command, words, environment, terminal),
        CommandId::Vars => return project::vars::run(command, words, environment, terminal),
        CommandId::Install => return modules::install::run(command, words, environment, terminal),
        CommandId::Ls => return modules::ls::run(command, words, environment, terminal),
        CommandId::Outdated => {
            return modules::outdated::run(command, words, environment, terminal);
        }
        CommandId::Update => return modules::update::run(command, words, environment, terminal),
        CommandId::Clean => return modules::clean::run(command, words, environment, terminal),
        CommandId::NeedsRegistry => {
            return Err(Box::new(Report::usage(
                codes::COMMAND_LATER,
                format!(
                    "mlld {} needs the module registry, which is not supported yet",
                    command.names.first
                ),
            )));
        }
        CommandId::Later => {
            return Err(Box::new(Report::usage(
                codes::COMMAND_LATER,
                format!("mlld {} is not supported yet", command.names.first),
            )));
        }
    }
    Ok(Status::Good)
}
