//! What the words of a call mean (spec 09 §1): read from left to right, against the tables in `options` and
//! `commands`.

mod check;
mod checkpoint;
mod commands;
mod modules;
mod options;
mod payload;
mod project;
mod take;
mod urls;
mod variables;

pub(crate) use commands::{CommandId, CommandSpec, READY_COMMANDS, commands};
pub(crate) use options::{Group, Opt, OptionSpec, PROGRAM_OPTIONS, Takes};
pub(crate) use payload::Payload;
pub(crate) use project::{RunCall, run as run_call};
pub(crate) use take::{Taken, Word, Words, has, last, read};
pub(crate) use variables::Variables;

use crate::codes;
use mlld_runtime::UrlOptions;
use mlld_runtime::checkpoint::CheckpointOptions;
use mlld_runtime::report::{Report, visible};
use mlld_syntax::Mode;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

/// What the program is asked to do.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// Print the usage.
    Help,
    /// Print the version.
    Version,
    /// Run a script.
    Script(Box<Script>),
    /// Run a command; the words are those behind it.
    Command(&'static CommandSpec, Vec<OsString>),
}

/// Where a script comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input: `-`, `/dev/stdin`.
    Stdin,
    /// `-e CODE`.
    Code(String),
}

/// A script to run, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// The script.
    pub(crate) input: Input,
    /// The root of the project in which it was found.
    pub(crate) root: Option<PathBuf>,
    /// `--mode` and its short forms; otherwise the name decides.
    pub(crate) mode: Option<Mode>,
    /// `-o`: where the document goes.
    pub(crate) output: Option<PathBuf>,
    /// `--stdout`: to standard output, even with `-o`.
    pub(crate) stdout: bool,
    /// `--no-stream`: standard output gets the whole document at the end.
    pub(crate) no_stream: bool,
    /// `--error-behavior halt`.
    pub(crate) halt: bool,
    /// `--structured`: one JSON object in place of the output.
    pub(crate) structured: bool,
    /// `--verbose`, `--debug`: each directive on standard error.
    pub(crate) directives: bool,
    /// `--debug`: what the run took, in parts.
    pub(crate) debug: bool,
    /// `--metrics`: what the run took.
    pub(crate) metrics: bool,
    /// `--show-progress`.
    pub(crate) progress: bool,
    /// What the script is given.
    pub(crate) payload: Payload,
    /// `--mlld-env`.
    pub(crate) variables: Variables,
    /// What is asked of checkpoints.
    pub(crate) checkpoints: CheckpointOptions,
    /// `--timeout`.
    pub(crate) timeout: Option<Duration>,
    /// `--command-timeout`.
    pub(crate) command_timeout: Option<Duration>,
    /// `--max-output-lines`.
    pub(crate) report_lines: Option<usize>,
    /// `--show-command-context`.
    pub(crate) show_context: bool,
    /// `--collect-errors`.
    pub(crate) collect_errors: bool,
    /// What may be fetched.
    pub(crate) urls: UrlOptions,
    /// `--allow-absolute`.
    pub(crate) allow_absolute: bool,
    /// `--explain-labels`: names, without `@`.
    pub(crate) explain_labels: Vec<String>,
}

impl Script {
    /// A script that is run without any options.
    pub(crate) fn plain(input: Input) -> Self {
        Self {
            input,
            root: None,
            mode: None,
            output: None,
            stdout: false,
            no_stream: false,
            halt: false,
            structured: false,
            directives: false,
            debug: false,
            metrics: false,
            progress: false,
            payload: Payload::default(),
            variables: Variables::default(),
            checkpoints: CheckpointOptions::default(),
            timeout: None,
            command_timeout: None,
            report_lines: None,
            show_context: false,
            collect_errors: false,
            urls: UrlOptions::default(),
            allow_absolute: false,
            explain_labels: Vec::new(),
        }
    }
}

/// The variables whose labels are to be explained.
pub(super) fn explained(taken: &[Taken]) -> Vec<String> {
    taken
        .iter()
        .filter(|t| t.spec.id == Opt::ExplainLabels)
        .filter_map(|t| t.value.as_ref()?.to_str())
        .flat_map(|names| names.split(','))
        .map(|name| name.trim().trim_start_matches('@').to_owned())
        .collect()
}

/// Whether errors are to be printed as JSON: that has to be known even if the words are wrong.
pub(crate) fn wants_json(words: &[OsString]) -> bool {
    let names = PROGRAM_OPTIONS
        .iter()
        .filter(|o| o.id == Opt::Json)
        .flat_map(|o| o.long);
    let names: Vec<_> = names.map(|n| format!("--{n}")).collect();
    words
        .iter()
        .take_while(|w| *w != "--")
        .any(|w| names.iter().any(|n| OsStr::new(n) == w))
}

/// Whether the words of a command ask for its usage.
pub(crate) fn asks_for_help(words: &[OsString]) -> bool {
    words
        .iter()
        .take_while(|w| *w != "--")
        .any(|w| w == "--help" || w == "-h")
}

/// Reads the words of a call, without the program's name.
pub(crate) fn parse(words: Vec<OsString>) -> Result<Invocation, Box<Report>> {
    let mut words = Words::new(words);
    let mut call = Call::default();
    while let Some(word) = words.next(PROGRAM_OPTIONS, call.input.is_some())? {
        match word {
            Word::Option(taken) => match taken.spec.id {
                Opt::Help => return Ok(Invocation::Help),
                Opt::Version => return Ok(Invocation::Version),
                _ => call.option(taken)?,
            },
            Word::Unknown(name, value) if call.input.is_some() => {
                call.payload.flag(&name, value, &mut words)?;
            }
            Word::Rest(rest) if call.input.is_some() => call.payload.rest(rest)?,
            Word::Unknown(name, _) => return Err(unknown(&name)),
            Word::Rest(_) => return Err(unknown("--")),
            Word::Bare(word) => {
                if call.input.is_none()
                    && let Some(command) = word.to_str().and_then(commands::find)
                {
                    call.nothing_before(command)?;
                    return Ok(Invocation::Command(command, words.rest()));
                }
                call.file(word)?;
            }
        }
    }
    call.finish().map(Box::new).map(Invocation::Script)
}

/// A call that is being read.
#[derive(Default)]
struct Call {
    /// The file or code, as soon as it is known.
    input: Option<Input>,
    /// What the script is given.
    payload: Payload,
    /// Variables that it is given.
    variables: Variables,
    /// Options in order.
    taken: Vec<Taken>,
    /// What is understood, but not built yet. Real mistakes are reported first.
    refusal: Option<Box<Report>>,
}

impl Call {
    /// Remembers why the call cannot be served; the first reason counts.
    fn refuse(&mut self, report: Report) {
        self.refusal.get_or_insert(Box::new(report));
    }

    /// An option.
    fn option(&mut self, taken: Taken) -> Result<(), Box<Report>> {
        if !taken.spec.ready {
            self.refuse(later_option(&taken.name));
        }
        match taken.spec.id {
            Opt::Eval => self.input(Input::Code(taken.text()?.to_owned()))?,
            Opt::Payload => self.payload.module(&taken)?,
            Opt::MlldEnv => self.variables.add(taken.text()?)?,
            _ => {}
        }
        self.taken.push(taken);
        Ok(())
    }

    /// A bare word that is no command.
    fn file(&mut self, word: OsString) -> Result<(), Box<Report>> {
        if let Some(Input::File(_) | Input::Stdin) = &self.input {
            return Err(unknown(&word.to_string_lossy()));
        }
        let input = if word == "-" || word == "/dev/stdin" {
            Input::Stdin
        } else {
            Input::File(word.into())
        };
        if let Input::File(path) = &input
            && let Some(url) = path.to_str()
            && (url.starts_with("http://") || url.starts_with("https://"))
        {
            self.refuse(Report::usage(
                codes::URL_LATER,
                format!("Scripts at a URL are not supported yet: {url}"),
            ));
        }
        self.input(input)
    }

    /// The one input of a call.
    fn input(&mut self, input: Input) -> Result<(), Box<Report>> {
        let message = match (&self.input, &input) {
            (None, _) => {
                self.input = Some(input);
                return Ok(());
            }
            (Some(Input::Code(_)), Input::Code(_)) => "--eval was given twice",
            _ => "Cannot specify both an input file and --eval",
        };
        Err(Box::new(Report::usage(codes::CONFLICT, message)))
    }

    /// Options in front of a command would be lost, so there may be none.
    fn nothing_before(&self, command: &CommandSpec) -> Result<(), Box<Report>> {
        match self.taken.first() {
            None => Ok(()),
            Some(taken) => Err(Box::new(Report::usage(
                codes::OPTION_PLACE,
                format!(
                    "{} does not belong in front of a command: options of mlld {} stand behind it",
                    taken.name, command.names.first
                ),
            ))),
        }
    }

    /// Whether an option was given.
    fn has(&self, id: Opt) -> bool {
        self.taken.iter().any(|t| t.spec.id == id)
    }

    /// The value of an option; of several the last.
    fn last(&self, id: Opt) -> Option<&Taken> {
        self.taken.iter().rev().find(|t| t.spec.id == id)
    }

    /// The text of the value of an option.
    fn text(&self, id: Opt) -> Option<&str> {
        self.last(id)?.value.as_ref()?.to_str()
    }

    /// All words are read.
    fn finish(mut self) -> Result<Script, Box<Report>> {
        let checkpoints = checkpoint::options(
            &self.taken,
            "Cannot combine --no-checkpoint with --new/--fresh, --resume, or --fork.",
        )?;
        let Some(input) = self.input.take() else {
            return Err(Box::new(
                Report::usage(codes::NO_INPUT, "No input file specified")
                    .with_hint("Run a file with `mlld FILE`, code with `mlld -e CODE`; `mlld --help` lists more."),
            ));
        };
        if self.has(Opt::Debug) && self.has(Opt::Json) {
            // Not errors as JSON, but the whole run as one object (spec 09 §5.2).
            self.refuse(Report::usage(
                codes::OPTION_LATER,
                "--debug with --json is not supported yet: use --structured",
            ));
        }
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        Ok(Script {
            input,
            root: None,
            mode: self.mode(),
            output: self
                .last(Opt::Output)
                .and_then(|t| t.value.clone())
                .map(PathBuf::from),
            stdout: self.has(Opt::Stdout),
            no_stream: self.has(Opt::NoStream),
            halt: self
                .last(Opt::ErrorBehavior)
                .is_some_and(|t| t.value.as_deref() == Some(OsStr::new("halt"))),
            structured: self.has(Opt::Structured),
            directives: self.has(Opt::Verbose) || self.has(Opt::Debug),
            debug: self.has(Opt::Debug),
            metrics: self.has(Opt::Metrics),
            progress: self
                .taken
                .iter()
                .rev()
                .find(|t| matches!(t.spec.id, Opt::ShowProgress | Opt::NoProgress))
                .is_some_and(|t| t.spec.id == Opt::ShowProgress),
            payload: std::mem::take(&mut self.payload),
            variables: std::mem::take(&mut self.variables),
            checkpoints,
            timeout: self.text(Opt::Timeout).and_then(check::duration),
            command_timeout: self
                .text(Opt::CommandTimeout)
                .and_then(|t| t.parse().ok())
                .map(Duration::from_millis),
            report_lines: self.text(Opt::MaxOutputLines).and_then(|t| t.parse().ok()),
            show_context: self.has(Opt::ShowCommandContext),
            collect_errors: self.has(Opt::CollectErrors),
            urls: urls::options(&self.taken)?,
            allow_absolute: self.has(Opt::AllowAbsolute),
            explain_labels: explained(&self.taken),
        })
    }

    /// The mode that was asked for; of several the last.
    fn mode(&self) -> Option<Mode> {
        let taken = self
            .taken
            .iter()
            .rev()
            .find(|t| matches!(t.spec.id, Opt::Mode | Opt::Markdown))?;
        let strict = taken
            .value
            .as_ref()
            .is_some_and(|v| v.eq_ignore_ascii_case("strict"));
        Some(if strict { Mode::Strict } else { Mode::Markdown })
    }
}

/// An option that does not exist, with a guess at what was meant.
fn unknown(name: &str) -> Box<Report> {
    let report = Report::usage(
        codes::UNKNOWN_OPTION,
        format!("Unknown option: {}", visible(name)),
    );
    Box::new(match options::closest(PROGRAM_OPTIONS, name) {
        Some(guess) => report.with_hint(format!("Did you mean {guess}?")),
        None => report,
    })
}

/// An option that exists, but is not built yet.
pub(crate) fn later_option(name: &str) -> Report {
    Report::usage(
        codes::OPTION_LATER,
        format!("Option {name} is not supported yet"),
    )
}

#[cfg(test)]
mod tests;
