//! Running scripts in tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use mlld_runtime::event::Event;
use mlld_runtime::syntax::Mode;
use mlld_runtime::{Finished, Host, Report, RunOptions, Source, run};
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// A host that keeps what is printed and told, and does not wait unless it is patient.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) patient: bool,
    pub(crate) out: Mutex<String>,
    pub(crate) err: Mutex<String>,
    pub(crate) events: Mutex<Vec<Event>>,
    pub(crate) waits: Mutex<Vec<Duration>>,
}

impl Host for Recorder {
    fn out(&self, text: &str) -> io::Result<()> {
        self.out.lock().unwrap().push_str(text);
        Ok(())
    }

    fn err(&self, text: &str) {
        self.err.lock().unwrap().push_str(text);
    }

    fn listens(&self) -> bool {
        true
    }

    fn event(&self, event: &Event) {
        self.events.lock().unwrap().push(event.clone());
    }

    fn wait(&self, time: Duration) -> bool {
        self.waits.lock().unwrap().push(time);
        !self.patient
    }
}

/// What came of a run.
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    /// What happened, in order.
    pub(crate) events: Vec<Event>,
    /// How long it would have waited, each time.
    pub(crate) waits: Vec<Duration>,
    pub(crate) result: Result<Finished, Box<Report>>,
}

impl Ran {
    /// Standard output of a run that ended well.
    pub(crate) fn good(&self) -> &str {
        assert_eq!(self.error(), "", "after: {}", self.out);
        &self.out
    }

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
        now: "2026-01-02T03:04:05.678Z".into(),
        environment: std::env::vars().filter(|(k, _)| k == "PATH").collect(),
        ..RunOptions::default()
    }
}

/// What a host has kept of a run.
pub(crate) fn ran(host: Recorder, result: Result<Finished, Box<Report>>) -> Ran {
    Ran {
        out: host.out.into_inner().unwrap(),
        err: host.err.into_inner().unwrap(),
        events: host.events.into_inner().unwrap(),
        waits: host.waits.into_inner().unwrap(),
        result,
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
    ran(host, result)
}

/// Runs a strict script in a fresh folder.
pub(crate) fn script(text: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    script_in(folder.path(), text)
}
