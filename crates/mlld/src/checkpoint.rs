//! `mlld checkpoint list|inspect|clean SCRIPT` (spec 03 §18.6, 09 §4.4).

use crate::args::{CommandSpec, Opt, Word, Words};
use crate::environment::Environment;
use crate::terminal::Terminal;
use crate::{Status, codes, script};
use mlld_runtime::checkpoint::{clean, inspect, list, script_name};
use mlld_runtime::report::{Report, visible};
use mlld_runtime::{Host, project};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// How the command is called.
const USAGE: &str = "Usage:\n  mlld checkpoint list <script>\n  mlld checkpoint inspect <script>\n  mlld checkpoint clean <script>\n";

/// What is done: its text, or why it cannot be done.
type Act = fn(&Path, &str) -> Result<String, String>;

/// Does what the words ask for.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let mut bare: Vec<OsString> = Vec::new();
    let mut folder = PathBuf::from(".");
    let mut words = Words::new(words);
    while let Some(word) = words.next(command.options, true)? {
        match word {
            Word::Bare(word) if bare.len() < 2 => bare.push(word),
            Word::Option(taken) if taken.spec.id == Opt::BasePath => {
                folder = taken.value.map(PathBuf::from).unwrap_or(folder);
            }
            Word::Option(_) => {}
            Word::Unknown(name, _) => return Err(command.unknown_option(&name)),
            Word::Bare(word) => return Err(command.unknown_option(&word.to_string_lossy())),
            Word::Rest(_) => return Err(command.unknown_option("--")),
        }
    }
    let mut bare = bare.iter().map(|w| w.to_string_lossy());
    let act: Option<Act> = match bare.next().as_deref() {
        None => None,
        Some("list") => Some(list),
        Some("inspect") => Some(inspect),
        Some("clean") => Some(clean),
        Some(other) => {
            let other = visible(other);
            terminal.err(&format!(
                "Unknown checkpoint subcommand: {other}\n\n{USAGE}"
            ));
            return Ok(Status::Bad);
        }
    };
    let name = bare.next().and_then(|n| script_name(Path::new(n.as_ref())));
    let (Some(act), Some(name)) = (act, name) else {
        terminal.err(&format!("Error: script name is required.\n\n{USAGE}"));
        return Ok(Status::Bad);
    };
    let root = project::root(&script::absolute(&folder)?, environment.home.as_deref());
    let text = act(&root, &name).map_err(|why| {
        Box::new(Report::new(
            "RUNTIME_ERROR",
            codes::CHECKPOINTS,
            "MlldCheckpoint",
            why,
        ))
    })?;
    terminal.print(&text);
    Ok(Status::Good)
}
