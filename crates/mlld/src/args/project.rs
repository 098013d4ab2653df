//! The commands `run` and `checkpoint`, and what the words behind `run` mean (spec 09 §4.1, §4.4).

use super::check::Check;
use super::commands::{CommandId, CommandSpec, Names};
use super::options::{self, Group, Opt, OptionSpec, Takes, later, one, ready};
use super::payload::Payload;
use super::take::{Taken, Word, Words};
use super::variables::Variables;
use super::{checkpoint, later_option};
use crate::codes;
use mlld_runtime::checkpoint::CheckpointOptions;
use mlld_runtime::report::Report;
use std::ffi::OsString;
use std::time::Duration;

/// `mlld run`.
pub(super) const RUN: CommandSpec = CommandSpec {
    id: CommandId::Run,
    names: Names {
        first: "run",
        others: &[],
    },
    arguments: "[NAME] [PAYLOAD FLAGS]",
    about: "Run a script of the project by its name, or list what there is",
    more: "Scripts lie in llm/run/ of the project (scriptDir of mlld-config.json) and in ~/.mlld/run/.\n\
           NAME.mld is called NAME; a folder is called by its own name if it has index.mld or main.mld.\n\
           Options that are not listed here become fields of @payload: mlld run report --topic reef",
    options: &[
        options::PAYLOAD,
        options::RUN_JSON,
        options::STRUCTURED,
        options::DEBUG,
        options::EXPLAIN_LABELS,
        ready(
            Opt::Timeout,
            None,
            &["timeout"],
            one("DURATION", Check::RunDuration),
            Group::Script,
            "End the script after this time: 500ms, 30s, 5m, 1h",
        ),
        ready(
            Opt::NoWarn,
            None,
            &["no-warn"],
            Takes::Nothing,
            Group::Errors,
            "Do not show the warnings of the check before the run",
        ),
        checkpoint::CHECKPOINT,
        checkpoint::NO_CHECKPOINT,
        checkpoint::FRESH,
        checkpoint::RESUME,
        checkpoint::FORK,
        options::HELP,
        later(Opt::Later, None, &["state"], one("VALUE", Check::Any)),
        options::MLLD_ENV,
    ],
};

/// `mlld checkpoint`.
pub(super) const CHECKPOINT: CommandSpec = CommandSpec {
    id: CommandId::Checkpoint,
    names: Names {
        first: "checkpoint",
        others: &[],
    },
    arguments: "list|inspect|clean SCRIPT",
    about: "Show or delete the recorded answers of a script",
    more: "list shows the recorded calls, inspect all that is known of them as JSON, clean deletes them.\n\
           SCRIPT is the name of the script: job for job.mld, pack for pack/index.mld.",
    options: &[BASE_PATH, options::HELP],
};

/// Where a command starts.
const BASE_PATH: OptionSpec = ready(
    Opt::BasePath,
    None,
    &["base-path"],
    one("DIR", Check::Any),
    Group::Script,
    "As if started in DIR",
);

/// What the words behind `run` ask for.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunCall {
    /// The script; none to list what there is.
    pub(crate) name: Option<String>,
    /// What the script is given.
    pub(crate) payload: Payload,
    /// `--mlld-env`.
    pub(crate) variables: Variables,
    /// What is asked of checkpoints.
    pub(crate) checkpoints: CheckpointOptions,
    /// `--json`.
    pub(crate) json: bool,
    /// `--structured`.
    pub(crate) structured: bool,
    /// `--debug`.
    pub(crate) debug: bool,
    /// `--no-warn`.
    pub(crate) no_warn: bool,
    /// `--timeout`.
    pub(crate) timeout: Option<Duration>,
    /// `--explain-labels`.
    pub(crate) explain_labels: Vec<String>,
}

/// Reads the words behind `run`.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
) -> Result<RunCall, Box<Report>> {
    let mut call = RunCall::default();
    let mut taken: Vec<Taken> = Vec::new();
    let mut refusal = None;
    let mut words = Words::new(words);
    while let Some(word) = words.next(command.options, call.name.is_some())? {
        match word {
            Word::Option(option) => {
                match option.spec.id {
                    Opt::Payload => call.payload.module(&option)?,
                    Opt::MlldEnv => call.variables.add(option.text()?)?,
                    // The script may want to know that it begins anew.
                    Opt::Fresh if option.name == "--new" => call.payload.given("new"),
                    _ => {}
                }
                if !option.spec.ready {
                    refusal.get_or_insert(Box::new(later_option(&option.name)));
                }
                taken.push(option);
            }
            Word::Unknown(name, value) if call.name.is_some() => {
                call.payload.flag(&name, value, &mut words)?;
            }
            Word::Rest(rest) if call.name.is_some() => call.payload.rest(rest)?,
            Word::Bare(word) if call.name.is_none() => {
                let name = word.into_string().map_err(|_| {
                    let message = "The name of the script is not UTF-8";
                    Box::new(Report::usage(codes::NOT_UTF8, message))
                })?;
                call.name = Some(name);
            }
            Word::Unknown(name, _) => return Err(command.unknown_option(&name)),
            Word::Rest(_) => return Err(command.unknown_option("--")),
            Word::Bare(word) => return Err(command.unknown_option(&word.to_string_lossy())),
        }
    }
    call.checkpoints = checkpoint::options(
        &taken,
        "--no-checkpoint cannot be combined with --new/--fresh, --resume, or --fork",
    )?;
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let has = |id: Opt| taken.iter().any(|t| t.spec.id == id);
    call.json = has(Opt::Json);
    call.structured = has(Opt::Structured);
    call.debug = has(Opt::Debug);
    call.no_warn = has(Opt::NoWarn);
    call.explain_labels = super::explained(&taken);
    if let Some(timeout) = taken.iter().rev().find(|t| t.spec.id == Opt::Timeout) {
        call.timeout = super::check::duration(timeout.text()?);
    }
    Ok(call)
}
