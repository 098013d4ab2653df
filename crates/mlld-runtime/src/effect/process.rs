//! Running commands and shell blocks (spec 02 §7–§9).

use crate::code::shell_guard;
use crate::failure::Problem;
use crate::gate::Run;
use ecow::{EcoString, eco_format};
use mlld_security::Permit;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Who runs the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `/bin/sh`, for command lines.
    Shell,
    /// `bash`, for shell blocks.
    Bash,
}

/// What is to be started.
pub(crate) struct Start {
    /// Who runs it.
    pub(crate) program: Program,
    /// The text.
    pub(crate) text: EcoString,
    /// The working directory.
    pub(crate) folder: PathBuf,
    /// The command as messages show it.
    pub(crate) shown: EcoString,
    /// Standard input.
    pub(crate) stdin: EcoString,
    /// Variables of a shell block.
    pub(crate) variables: Vec<Variable>,
    /// What the script has set for later commands: they win over the environment of the run.
    pub(crate) exported: Vec<(EcoString, EcoString)>,
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
}

/// A failed command.
pub(crate) struct Failed {
    /// One sentence.
    pub(crate) message: EcoString,
    /// Command, exit status, what it said, its folder.
    pub(crate) details: Vec<EcoString>,
}

/// Lines of a command's output in a report.
const REPORTED_LINES: usize = 50;

/// Runs it and waits for its end.
pub(crate) fn run(run: &Run<'_>, permit: Permit<Start>) -> Result<Outcome, Problem> {
    let start = permit.into_payload();
    if start.text.contains('\0') {
        return Err(Problem::new(
            "R0703",
            "MlldCommand",
            "NUL character in the text of a command",
        ));
    }
    if let Some(v) = start.variables.iter().find(|v| v.value.contains('\0')) {
        let message = eco_format!("NUL character in variable '{}' of a shell block", v.name);
        return Err(Problem::new("R0703", "MlldCommand", message));
    }
    if !start.folder.is_dir() {
        return Err(Problem::new(
            "R0705",
            "MlldCommand",
            "Working directory does not exist.",
        ));
    }
    let output = spawn(run, &start)?;
    let stdout: EcoString = String::from_utf8_lossy(&output.stdout).trim_end().into();
    let stderr: EcoString = String::from_utf8_lossy(&output.stderr).into_owned().into();
    let status = output
        .status
        .code()
        .or_else(|| output.status.signal().map(|s| 128 + s))
        .unwrap_or(1);
    let failure = (status != 0).then(|| failed(&start, status, &stdout, &stderr));
    Ok(Outcome {
        stdout,
        stderr,
        failure,
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the effect")]
fn spawn(run: &Run<'_>, start: &Start) -> Result<std::process::Output, Problem> {
    let program = match start.program {
        Program::Shell => "/bin/sh",
        Program::Bash => run
            .options
            .environment
            .get("MLLD_BASH_BINARY")
            .map_or("bash", String::as_str),
    };
    let mut environment = environment(run, start);
    let program = resolve(
        program,
        environment
            .iter()
            .find(|(k, _)| *k == "PATH")
            .map(|(_, v)| v.as_str()),
    );
    let handed = handed_over(start, &mut environment);
    let mut command = Command::new(program);
    command
        .arg("-c")
        .arg(handed.text.as_str())
        .current_dir(&start.folder)
        .env_clear()
        .envs(environment)
        .stdin(if handed.stdin.is_empty() {
            Stdio::null()
        } else {
            stdin_file(&handed.stdin)?
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Its own group, so that a signal reaches it and everything it started.
        .process_group(0);
    command
        .output()
        .map_err(|e| match (e.kind(), start.program) {
            (std::io::ErrorKind::NotFound, Program::Bash) => Problem::new(
                "R0706",
                "MlldCommand",
                "bash is not installed or not in PATH.",
            ),
            (std::io::ErrorKind::ArgumentListTooLong, _) => {
                crate::code::command::too_large(start.text.len())
            }
            _ => Problem::new(
                "R0707",
                "MlldCommand",
                eco_format!("Cannot start '{}': {e}", start.shown),
            ),
        })
}

/// What the shell gets.
struct Handed {
    /// The text, with the reading of variables in front.
    text: EcoString,
    /// Values that do not go through the environment, each with a NUL behind it, then standard input.
    stdin: Vec<u8>,
}

/// Bytes of a value that still goes through the environment (spec 02 §8.3).
const ENVIRONMENT_VALUE: usize = 64 * 1024;
/// Bytes of all values that go through the environment.
const ENVIRONMENT_TOTAL: usize = 200 * 1024;

/// Hands variables over: small ones in the environment, where programs that the block starts see them, too;
/// large ones, and those whose names steer the shell or the programs it starts, are read from the front of
/// standard input after the shell has started, so that neither the limit on arguments nor a name matters.
fn handed_over<'s>(start: &'s Start, environment: &mut Vec<(&'s str, String)>) -> Handed {
    let mut text = EcoString::new();
    let mut stdin = Vec::new();
    let mut total = 0;
    for v in &start.variables {
        total += v.value.len();
        let small = v.value.len() <= ENVIRONMENT_VALUE && total <= ENVIRONMENT_TOTAL;
        environment.retain(|(name, _)| *name != v.name || shell_guard::is_steering(name));
        if small && !shell_guard::is_steering(&v.name) {
            environment.push((v.name.as_str(), v.value.to_string()));
        } else {
            text.push_str(&eco_format!(
                "IFS= read -r -d '' {0}; typeset +x {0}\n",
                v.name
            ));
            stdin.extend_from_slice(v.value.as_bytes());
            stdin.push(0);
        }
    }
    text.push_str(&start.text);
    stdin.extend_from_slice(start.stdin.as_bytes());
    Handed { text, stdin }
}

/// Standard input in an unnamed file: `read` of a shell takes exactly what it needs from one, and the size does
/// not matter.
fn stdin_file(bytes: &[u8]) -> Result<Stdio, Problem> {
    let write = || -> std::io::Result<std::fs::File> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    };
    let failed = |e: std::io::Error| {
        Problem::new(
            "R0709",
            "MlldCommand",
            eco_format!("Cannot prepare standard input: {e}"),
        )
    };
    write().map(Stdio::from).map_err(failed)
}

/// The environment of a child: that of the run, relative and empty entries of `PATH` dropped, since a `.` in
/// it would make any file of a project a command (spec 02 §9.5).
fn environment<'r>(run: &'r Run<'_>, start: &'r Start) -> Vec<(&'r str, String)> {
    let clean = |name: &str, value: &str| {
        if name == "PATH" {
            value
                .split(':')
                .filter(|e| e.starts_with('/'))
                .collect::<Vec<_>>()
                .join(":")
        } else {
            value.to_owned()
        }
    };
    let exported = || start.exported.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    let own = run.options.environment.iter();
    own.map(|(k, v)| (k.as_str(), v.as_str()))
        .filter(|(k, _)| exported().all(|(name, _)| name != *k))
        .chain(exported())
        .map(|(k, v)| (k, clean(k, v)))
        .collect()
}

/// A program that is named without a folder, looked for in the absolute entries of `PATH` only.
fn resolve(program: &str, path: Option<&str>) -> PathBuf {
    if program.contains('/') {
        return program.into();
    }
    let folders = path.unwrap_or("/usr/local/bin:/usr/bin:/bin").split(':');
    folders
        .map(|f| Path::new(f).join(program))
        .find(|p| p.is_file())
        .unwrap_or_else(|| program.into())
}

fn failed(start: &Start, status: i32, stdout: &str, stderr: &str) -> Failed {
    let message = match start.program {
        Program::Shell => eco_format!("Command execution failed: {}", start.shown.trim()),
        Program::Bash => "Code execution failed: bash".into(),
    };
    let mut details = vec![eco_format!("exit status: {status}")];
    for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
        let text = text.trim_end();
        if !text.is_empty() {
            let lines: Vec<&str> = text.lines().collect();
            let cut = lines.len().saturating_sub(REPORTED_LINES);
            let end = lines.get(cut..).unwrap_or_default().join("\n    ");
            details.push(eco_format!("{name}: {end}"));
        }
    }
    details.push(eco_format!("folder: {}", start.folder.display()));
    Failed { message, details }
}
