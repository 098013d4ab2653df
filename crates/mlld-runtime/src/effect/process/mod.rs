//! Running commands and code blocks of other languages (spec 02 §7–§9).
//!
//! Every child leads a process group of its own, which is ended when the run, its parallel part or its time ends
//! (Trap 19). No process runs two blocks (spec 02 §8.4): start-up is hidden by processes that have run no user code.

mod environment;
mod failed;
mod group;
mod node;
mod pump;
mod py;
mod workspace;

pub(crate) use failed::Failed;
pub(crate) use workspace::new_path;

use crate::failure::{Eval, Failure, Problem};
use crate::gate::Run;
use crate::load::workspace::{Changes, Snapshot};
use ecow::{EcoString, eco_format};
use group::Led;
use mlld_security::Permit;
use pump::{Cut, Left, Pipes};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What is to be started.
pub(crate) struct Start {
    /// Who runs what.
    pub(crate) what: What,
    /// The working directory.
    pub(crate) folder: PathBuf,
    /// The workspace that is to be found there.
    pub(crate) workspace: Option<Snapshot>,
    /// The command as messages show it.
    pub(crate) shown: EcoString,
    /// Standard input.
    pub(crate) stdin: EcoString,
    /// What the script has set for later commands: it wins over the environment of the run.
    pub(crate) exported: Vec<(EcoString, EcoString)>,
}

impl Start {
    /// A folder that outlives it, for processes that do.
    fn lasting_folder<'s>(&'s self, run: &'s Run<'_>) -> &'s Path {
        match self.workspace {
            Some(_) => &run.root,
            None => &self.folder,
        }
    }
}

/// Who runs what.
pub(crate) enum What {
    /// A command line for `/bin/sh`.
    Line(EcoString),
    /// A block for `bash`.
    Bash {
        /// The text.
        text: EcoString,
        /// Its variables.
        variables: Vec<Variable>,
    },
    /// A block for `node`: the request that its process understands.
    Node(Vec<u8>),
    /// A block for `python3`: the request that its process understands.
    Py(Vec<u8>),
}

/// A variable of a shell block. Its name is a legal identifier.
pub(crate) struct Variable {
    /// The name.
    pub(crate) name: EcoString,
    /// The value.
    pub(crate) value: EcoString,
}

/// What came of it.
pub(crate) struct Outcome {
    /// Standard output, white space at its end removed.
    pub(crate) stdout: EcoString,
    /// Standard error.
    pub(crate) stderr: EcoString,
    /// Why it counts as failed (spec 02 §7.5).
    pub(crate) failure: Option<Failed>,
    /// What became of its workspace.
    pub(crate) changes: Option<Changes>,
}

/// What is done while a process runs, on the thread that waits for it.
pub(crate) trait Watch {
    /// Something came on standard output.
    ///
    /// # Errors
    /// The process is ended, and the failure is that of its block.
    fn output(&mut self, chunk: &[u8]) -> Eval<()> {
        let _ = chunk;
        Ok(())
    }

    /// A message of the process; what is answered.
    ///
    /// # Errors
    /// The process is ended, and the failure is that of its block.
    fn asked(&mut self, message: &[u8]) -> Eval<Option<Vec<u8>>> {
        let _ = message;
        Ok(None)
    }
}

/// Why there is no outcome.
pub(crate) enum Broken {
    /// It could not be run, or took too long. The text may show what the process was given.
    Problem(Problem),
    /// The run ends, or what is done meanwhile failed; labelled already.
    Failure(Box<Failure>),
}

impl From<Problem> for Broken {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// The processes of a run that are not bound to one block.
#[derive(Default)]
pub(crate) struct Processes {
    /// Groups with members that outlived their block.
    left: Mutex<Vec<i32>>,
    node: node::Spare,
    py: py::Servers,
}

impl Processes {
    /// A group outlived its leader: it is ended if the run fails.
    fn left_behind(&self, group: i32) {
        self.left
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(group);
    }

    /// The run is over. What blocks left running on purpose goes on, unless the run failed (spec 02, Trap 19).
    pub(crate) fn end(&self, failed: bool) {
        self.node.end();
        self.py.end();
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        if failed && !left.is_empty() {
            group::end(&left, Instant::now() + group::GRACE);
        }
    }
}

/// Runs it and waits for its end.
pub(crate) fn run(
    run: &Run<'_>,
    permit: Permit<Start>,
    watch: &mut dyn Watch,
) -> Result<Outcome, Broken> {
    let start = permit.into_payload();
    let laid_out = start.workspace.as_ref().map(workspace::Folder::lay_out);
    let laid_out = laid_out.transpose()?;
    check(&start)?;
    let left = match &start.what {
        What::Line(text) => shell(run, &start, "/bin/sh", text, &[], watch),
        What::Bash { text, variables } => {
            let bash = run.options.environment.get("MLLD_BASH_BINARY");
            let bash = bash.map_or("bash", String::as_str);
            shell(run, &start, bash, text, variables, watch)
        }
        What::Node(request) => node::run(run, &start, request, watch),
        What::Py(request) => py::run(run, &start, request, watch),
    }?;
    let stdout: EcoString = String::from_utf8_lossy(&left.stdout).trim_end().into();
    let stderr: EcoString = String::from_utf8_lossy(&left.stderr).into_owned().into();
    let failure =
        (left.status != 0).then(|| Failed::new(run, &start, left.status, &stdout, &stderr));
    let changes = laid_out.as_ref().map(workspace::Folder::changes);
    Ok(Outcome {
        stdout,
        stderr,
        failure,
        changes: changes.transpose()?,
    })
}

/// What must not get as far as the system: a NUL would shorten what was judged.
fn check(start: &Start) -> Result<(), Problem> {
    let nul = |message: EcoString| Problem::new("R0703", "MlldCommand", message);
    match &start.what {
        What::Line(text) | What::Bash { text, .. } if text.contains('\0') => {
            return Err(nul("NUL character in the text of a command".into()));
        }
        What::Bash { variables, .. } => {
            if let Some(v) = variables.iter().find(|v| v.value.contains('\0')) {
                return Err(nul(eco_format!(
                    "NUL character in variable '{}' of a shell block",
                    v.name
                )));
            }
        }
        _ => {}
    }
    if start.folder.is_dir() {
        return Ok(());
    }
    Err(Problem::new(
        "R0705",
        "MlldCommand",
        "Working directory does not exist.",
    ))
}

fn shell(
    run: &Run<'_>,
    start: &Start,
    program: &str,
    text: &str,
    variables: &[Variable],
    watch: &mut dyn Watch,
) -> Result<Left, Broken> {
    let mut environment = environment::of_run(run, &start.exported);
    let path = environment::resolve(program, &environment);
    let handed = environment::hand_over(text, variables, &start.stdin, &mut environment);
    let stdin = if handed.stdin.is_empty() {
        Stdio::null()
    } else {
        Stdio::from(environment::input_file(&handed.stdin)?)
    };
    let mut command = command(path);
    command
        .arg("-c")
        .arg(handed.text.as_str())
        .current_dir(&start.folder)
        .env_clear()
        .envs(environment)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            missing("bash", "Install bash, or name it in MLLD_BASH_BINARY.")
        }
        std::io::ErrorKind::ArgumentListTooLong => crate::code::command::too_large(text.len()),
        _ => not_started(&start.shown, &e),
    })?;
    let pipes = match (child.stdout.take(), child.stderr.take()) {
        (Some(stdout), Some(stderr)) => Pipes {
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
            channel: None,
        },
        _ => return Err(not_started(&start.shown, &"no pipes").into()),
    };
    wait(run, start, &mut Led::new(child), pipes, watch)
}

/// Waits for a process that has been started.
fn wait(
    run: &Run<'_>,
    start: &Start,
    leader: &mut dyn group::Leader,
    pipes: Pipes,
    watch: &mut dyn Watch,
) -> Result<Left, Broken> {
    let limit = run.options.processes.command_timeout;
    pump::run(run, leader, pipes, limit, watch).map_err(|cut| match cut {
        Cut::Failed(failure) => Broken::Failure(failure),
        Cut::TimedOut => {
            let message = eco_format!(
                "Command timed out after {}ms: {}",
                limit.unwrap_or_default().as_millis(),
                start.shown.trim()
            );
            let problem = Problem::new("R0713", "MlldTimeout", message);
            Broken::Problem(problem.code("TIMEOUT").fatal())
        }
    })
}

/// A command in a process group of its own, so that a signal reaches it and everything it started.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
fn command(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.process_group(0);
    command
}

/// A program that is not there.
fn missing(program: &str, hint: &str) -> Problem {
    let message = eco_format!("{program} is not installed or not in PATH.");
    Problem::new("R0706", "MlldCommand", message).hint(hint)
}

/// A program that the system does not start.
fn not_started(shown: &str, why: &dyn std::fmt::Display) -> Problem {
    let message = eco_format!("Cannot start '{}': {why}", shown.trim());
    Problem::new("R0707", "MlldCommand", message)
}
