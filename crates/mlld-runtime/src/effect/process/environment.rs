//! What a child process gets: its program, its environment, its standard input (spec 02 §8.3, §9.3, §9.5).

use super::Variable;
use crate::code::shell_guard;
use crate::failure::Problem;
use crate::gate::Run;
use ecow::{EcoString, eco_format};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The environment of a child: that of the run, with what the script has set for later commands in front of it;
/// relative and empty entries of `PATH` dropped, since a `.` in it would make any file of a project a command
/// (spec 02 §9.5).
pub(super) fn of_run<'r>(
    run: &'r Run<'_>,
    exported: &'r [(EcoString, EcoString)],
) -> Vec<(&'r str, String)> {
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
    let exported = || exported.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    let own = run.options.environment.iter();
    own.map(|(k, v)| (k.as_str(), v.as_str()))
        .filter(|(k, _)| exported().all(|(name, _)| name != *k))
        .chain(exported())
        .map(|(k, v)| (k, clean(k, v)))
        .collect()
}

/// A program that is named without a folder, looked for in the absolute entries of `PATH` only.
pub(super) fn resolve(program: &str, environment: &[(&str, String)]) -> PathBuf {
    if program.contains('/') {
        return program.into();
    }
    let path = environment
        .iter()
        .find(|(name, _)| *name == "PATH")
        .map(|(_, value)| value.as_str());
    let folders = path.unwrap_or("/usr/local/bin:/usr/bin:/bin").split(':');
    folders
        .map(|f| Path::new(f).join(program))
        .find(|p| p.is_file())
        .unwrap_or_else(|| program.into())
}

/// What the shell gets.
pub(super) struct Handed {
    /// The text, with the reading of variables in front.
    pub(super) text: EcoString,
    /// Values that do not go through the environment, each with a NUL behind it, then standard input.
    pub(super) stdin: Vec<u8>,
}

/// Bytes of a value that still goes through the environment (spec 02 §8.3).
const ENVIRONMENT_VALUE: usize = 64 * 1024;
/// Bytes of all values that go through the environment.
const ENVIRONMENT_TOTAL: usize = 200 * 1024;

/// Hands variables over: small ones in the environment, where programs that the block starts see them, too;
/// large ones, and those whose names steer the shell or the programs it starts, are read from the front of
/// standard input after the shell has started, so that neither the limit on arguments nor a name matters.
pub(super) fn hand_over<'s>(
    text: &str,
    variables: &'s [Variable],
    stdin: &str,
    environment: &mut Vec<(&'s str, String)>,
) -> Handed {
    let mut reading = EcoString::new();
    let mut input = Vec::new();
    let mut total = 0;
    for v in variables {
        total += v.value.len();
        let small = v.value.len() <= ENVIRONMENT_VALUE && total <= ENVIRONMENT_TOTAL;
        environment.retain(|(name, _)| *name != v.name || shell_guard::is_steering(name));
        if small && !shell_guard::is_steering(&v.name) {
            environment.push((v.name.as_str(), v.value.to_string()));
        } else {
            reading.push_str(&eco_format!(
                "IFS= read -r -d '' {0}; typeset +x {0}\n",
                v.name
            ));
            input.extend_from_slice(v.value.as_bytes());
            input.push(0);
        }
    }
    reading.push_str(text);
    input.extend_from_slice(stdin.as_bytes());
    Handed {
        text: reading,
        stdin: input,
    }
}

/// Standard input in a file without a name: a reader takes exactly what it needs from one, the size does not matter,
/// and it can be filled after the process has started. It lies in memory where the system can do that.
pub(super) fn input_file(bytes: &[u8]) -> Result<File, Problem> {
    let make = || -> std::io::Result<File> {
        let file = nameless()?;
        fill(&file, bytes)?;
        Ok(file)
    };
    make().map_err(|e| {
        Problem::new(
            "R0709",
            "MlldCommand",
            eco_format!("Cannot prepare standard input: {e}"),
        )
    })
}

#[cfg(target_os = "linux")]
fn nameless() -> std::io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    match memfd_create("input", MemfdFlags::CLOEXEC) {
        Ok(fd) => Ok(File::from(fd)),
        Err(_) => tempfile::tempfile(),
    }
}

#[cfg(not(target_os = "linux"))]
fn nameless() -> std::io::Result<File> {
    tempfile::tempfile()
}

/// Writes the content without moving the place where a reader begins.
pub(super) fn fill(file: &File, bytes: &[u8]) -> std::io::Result<()> {
    file.write_all_at(bytes, 0)
}
