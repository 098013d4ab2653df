//! Running the program in a folder of its own.
#![allow(dead_code, reason = "each test program uses a part of this")]

#[path = "../harness/process.rs"]
mod process;

pub(crate) use process::Ended;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};
use tempfile::TempDir;

/// How long a run may take.
const LIMIT: Duration = Duration::from_secs(60);

/// An empty folder with a home beside it, in which the program can be run.
pub(crate) struct Place {
    /// Removed at the end.
    temp: TempDir,
}

impl Place {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().expect("a folder for the test");
        for name in ["work", "home"] {
            fs::create_dir(temp.path().join(name)).expect("a folder in it");
        }
        Self { temp }
    }

    /// The folder, or a path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join("work").join(name)
    }

    /// Puts a file there; folders are made.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder for the file");
        fs::write(path, content).expect("a file for the test");
    }

    /// The content of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The names of what lies in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("")).expect("the folder can be read");
        let mut names: Vec<_> = entries
            .map(|e| {
                let name = e.expect("the folder can be read").file_name();
                name.into_string().expect("names are UTF-8")
            })
            .collect();
        names.sort();
        names
    }

    /// Runs `mlld` with these words.
    pub(crate) fn mlld(&self, words: &[&str]) -> Ended {
        self.mlld_with(words, &[], b"")
    }

    /// Runs `mlld` with these words, variables and standard input.
    pub(crate) fn mlld_with(
        &self,
        words: &[&str],
        variables: &[(&str, &str)],
        stdin: &[u8],
    ) -> Ended {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_mlld")));
        command.args(words).envs(variables.iter().copied());
        self.run(command, stdin)
    }

    /// Runs a line of shell in which `$MLLD` is the program.
    pub(crate) fn shell(&self, line: &str) -> Ended {
        let mut command = self.command(Path::new("sh"));
        command.args(["-c", line]);
        self.run(command, b"")
    }

    /// A command in the folder, with an environment that does not depend on ours.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.temp.path().join("home"))
            .env("MLLD", env!("CARGO_BIN_EXE_mlld"));
        command
    }

    /// Runs a command that has to end.
    fn run(&self, command: Command, stdin: &[u8]) -> Ended {
        let shown = format!("{command:?}");
        process::run(command, stdin.to_vec(), LIMIT)
            .unwrap_or_else(|| panic!("no end within {} s: {shown}", LIMIT.as_secs()))
    }
}
