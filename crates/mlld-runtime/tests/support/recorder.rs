//! Running scripts in tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use mlld_runtime::syntax::Mode;
use mlld_runtime::{Finished, Host, Report, RunOptions, Source, run};
use std::io;
use std::path::Path;
use std::sync::Mutex;

/// A host that keeps what is printed.
#[derive(Default)]
pub(crate) struct Recorder {
    out: Mutex<String>,
    err: Mutex<String>,
}

impl Recorder {
    /// What was printed on standard output.
    pub(crate) fn out(&self) -> String {
        self.out.lock().unwrap().clone()
    }

    /// What was printed on standard error.
    pub(crate) fn err(&self) -> String {
        self.err.lock().unwrap().clone()
    }
}

impl Host for Recorder {
    fn out(&self, text: &str) -> io::Result<()> {
        self.out.lock().unwrap().push_str(text);
        Ok(())
    }

    fn err(&self, text: &str) {
        self.err.lock().unwrap().push_str(text);
    }
}

/// What came of a run.
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) result: Result<Finished, Box<Report>>,
}

impl Ran {
    /// The error's code and message; empty if there is none.
    pub(crate) fn error(&self) -> String {
        self.result
            .as_ref()
            .err()
            .map_or_else(String::new, |r| format!("{} {}", r.code, r.message))
    }
}

/// Options of a test run.
pub(crate) fn options() -> RunOptions {
    RunOptions {
        environment: std::env::vars().filter(|(k, _)| k == "PATH").collect(),
        ..RunOptions::default()
    }
}

/// Runs a strict script that lies in `folder`.
pub(crate) fn script_in(folder: &Path, text: &str) -> Ran {
    let source = Source {
        name: "main.mld".into(),
        path: folder.join("main.mld"),
        text: text.into(),
        mode: Mode::Strict,
    };
    let host = Recorder::default();
    let result = run(&source, &host, &options());
    Ran {
        out: host.out.into_inner().unwrap(),
        err: host.err.into_inner().unwrap(),
        result,
    }
}

/// Runs a strict script in a fresh folder.
pub(crate) fn script(text: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    script_in(folder.path(), text)
}
