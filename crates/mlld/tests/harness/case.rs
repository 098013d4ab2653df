//! One case folder: finding it, running it in a fresh copy, judging what came of it.

use super::compare::{file_mismatch, lines, missing_fragments, normalise, read_text};
use super::process::{self, Ended};
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

/// Files that tell what is to come of a case; the script does not see them.
const SPECIAL: [&str; 9] = [
    "stdout", "stderr", "error", "exit", "args", "env", "stdin", "note.md", "after",
];
/// Files that make a folder a case; the first that exists is run.
const MAIN: [&str; 3] = ["run.sh", "main.mld", "main.mld.md"];
/// What a case sees of our environment, apart from `PATH`.
const PASSED_ON: [&str; 4] = ["LANG", "TERM", "PYENV_ROOT", "CARGO_HOME"];
/// How long a case may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How much of standard error a failure shows.
const SHOWN: usize = 600;

/// A case folder.
pub(crate) struct Case {
    /// `area/case`.
    pub(crate) name: String,
    /// The folder.
    folder: PathBuf,
}

impl Case {
    /// All cases under `root`, by name. A case folder is not searched for further cases.
    pub(crate) fn find(root: &Path) -> Vec<Self> {
        let mut cases = Vec::new();
        find_in(root, root, &mut cases);
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    /// Runs the case in a fresh copy of its folder. What is returned is what is wrong; nothing: it passes.
    pub(crate) fn run(&self) -> Vec<String> {
        let temp = tempfile::tempdir().expect("a folder for the case");
        let work = temp.path().join("case");
        copy_folder(&self.folder, &work, &SPECIAL);
        match process::run(
            self.command(temp.path(), &work),
            self.special("stdin").unwrap_or_default().into_bytes(),
            LIMIT,
        ) {
            None => vec![format!("no end within {} s", LIMIT.as_secs())],
            Some(ended) => self.judge(&ended, &work),
        }
    }

    /// What to start: `run.sh`, or `mlld` with the script; with `mlld` on the path and an empty home.
    fn command(&self, temp: &Path, work: &Path) -> Command {
        let (home, bin) = (temp.join("home"), temp.join("bin"));
        fs::create_dir(&home).expect("a home folder");
        fs::create_dir(&bin).expect("a folder for the program");
        let mlld = bin.join("mlld");
        symlink(env!("CARGO_BIN_EXE_mlld"), &mlld).expect("a link to the program");

        let main = MAIN
            .iter()
            .find(|f| work.join(f).is_file())
            .expect("a case has a script");
        let mut command = if *main == "run.sh" {
            let mut sh = Command::new("sh");
            sh.arg(main);
            sh
        } else {
            let mut mlld = Command::new(mlld);
            mlld.arg(main).arg("--stdout");
            mlld
        };
        let args = self.special("args").unwrap_or_default();
        command.args(lines(&args)).current_dir(work).env_clear();
        for name in PASSED_ON {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("PATH", path_with(&bin))
            .env("HOME", home)
            .env("NO_COLOR", "1");
        for line in lines(&self.special("env").unwrap_or_default()) {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            command.env(name, value);
        }
        command
    }

    /// Everything that is not as the case wants it.
    fn judge(&self, ended: &Ended, work: &Path) -> Vec<String> {
        let mut wrong = Vec::new();
        let status = ended.status;
        let stderr = cut(&normalise(&ended.stderr));

        if let Some(want) = self.special("stdout").map(|s| normalise(&s)) {
            let got = normalise(&ended.stdout);
            if got != want {
                wrong.push(format!(
                    "stdout\n--- want\n{want}\n--- got\n{got}\n--- stderr\n{stderr}"
                ));
            }
        }

        let error = self.special("error");
        let exit = self.special("exit");
        if error.is_some() && status == 0 {
            wrong.push("exit status 0 where an error was due".into());
        }
        match &exit {
            Some(exit) if exit.trim().parse() != Ok(status) => {
                wrong.push(format!("exit status {status}, not {}", exit.trim()));
            }
            None if error.is_none() && status != 0 => {
                wrong.push(format!("exit status {status}: {stderr}"));
            }
            _ => {}
        }

        for fragments in [error, self.special("stderr")].into_iter().flatten() {
            for line in missing_fragments(&fragments, &ended.stderr) {
                wrong.push(format!("standard error lacks {line:?}: {stderr}"));
            }
        }

        let after = self.folder.join("after");
        for file in files_under(&after) {
            let want = read_text(&after.join(&file)).expect("it was found just now");
            if let Some(m) = file_mismatch(&want, read_text(&work.join(&file)).as_deref()) {
                wrong.push(format!("after/{}: {m}", file.display()));
            }
        }
        wrong
    }

    /// The text of one of the case's own files.
    fn special(&self, name: &str) -> Option<String> {
        read_text(&self.folder.join(name))
    }
}

/// Adds the cases in `folder` and under it.
fn find_in(root: &Path, folder: &Path, cases: &mut Vec<Case>) {
    if MAIN.iter().any(|f| folder.join(f).is_file()) {
        let relative = folder.strip_prefix(root).expect("it lies under the root");
        cases.push(Case {
            name: relative.to_str().expect("names are UTF-8").into(),
            folder: folder.into(),
        });
        return;
    }
    for (name, is_folder) in entries(folder) {
        if is_folder {
            find_in(root, &folder.join(name), cases);
        }
    }
}

/// The files under `folder`, relative to it; none if there is no such folder.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    if !folder.is_dir() {
        return Vec::new();
    }
    let mut files = Vec::new();
    for (name, is_folder) in entries(folder) {
        if is_folder {
            files.extend(
                files_under(&folder.join(&name))
                    .iter()
                    .map(|f| Path::new(&name).join(f)),
            );
        } else {
            files.push(name.into());
        }
    }
    files
}

/// Copies a folder, without the entries of its top level that are named in `without`.
fn copy_folder(from: &Path, to: &Path, without: &[&str]) {
    fs::create_dir(to).expect("a folder for the copy");
    for (name, is_folder) in entries(from) {
        if without.iter().any(|w| OsStr::new(w) == name) {
            continue;
        }
        let (from, to) = (from.join(&name), to.join(&name));
        if is_folder {
            copy_folder(&from, &to, &[]);
        } else {
            fs::copy(from, to).expect("a case's file can be copied");
        }
    }
}

/// Name of each entry of a folder and whether it is a folder itself, by name.
fn entries(folder: &Path) -> Vec<(OsString, bool)> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| {
            let entry = entry.expect("the folder can be read");
            (entry.file_name(), entry.path().is_dir())
        })
        .collect();
    entries.sort();
    entries
}

/// Our `PATH` with `first` in front.
fn path_with(first: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(first.to_owned()).chain(env::split_paths(&path)))
        .expect("the folder has no colon in its name")
}

/// The beginning of a text, for messages.
fn cut(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}
