//! Running scripts against a host that remembers.
#![allow(dead_code, reason = "each test program uses a part of this")]

use mlld_runtime::event::Event;
use mlld_runtime::syntax::Mode;
use mlld_runtime::{Host, Report, RunOptions, Source};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// What a run has done.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
    /// What happened, in order.
    pub(crate) events: Vec<Event>,
    /// How long it would have waited.
    pub(crate) waits: Vec<Duration>,
    /// What ended it, if it did not end well.
    pub(crate) report: Option<Report>,
}

#[derive(Default)]
struct Remembering(Mutex<Told>);

impl Remembering {
    fn with(&self, f: impl FnOnce(&mut Told)) {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Host for Remembering {
    fn out(&self, text: &str) -> io::Result<()> {
        self.with(|t| t.out.push_str(text));
        Ok(())
    }

    fn err(&self, text: &str) {
        self.with(|t| t.err.push_str(text));
    }

    fn listens(&self) -> bool {
        true
    }

    fn event(&self, event: &Event) {
        self.with(|t| t.events.push(event.clone()));
    }

    fn wait(&self, time: Duration) {
        self.with(|t| t.waits.push(time));
    }
}

/// A folder in which scripts run.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for the test"))
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a script in strict mode.
    pub(crate) fn run(&self, script: &str) -> Told {
        let environment = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .filter(|(k, _)| k == "PATH")
            .collect();
        let options = RunOptions {
            environment,
            ..RunOptions::default()
        };
        let source = Source {
            name: "main.mld".into(),
            path: self.path("main.mld"),
            text: script.into(),
            mode: Mode::Strict,
        };
        let host = Remembering::default();
        let ended = mlld_runtime::run(&source, &host, &options);
        let mut told = host.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        told.report = ended.err().map(|r| *r);
        told
    }
}

/// Runs a script in a folder of its own.
pub(crate) fn run(script: &str) -> Told {
    Place::new().run(script)
}

impl Told {
    /// Standard output of a run that ended well.
    pub(crate) fn good(&self) -> &str {
        assert_eq!(self.report.as_ref().map(|r| r.message.as_str()), None);
        &self.out
    }

    /// The message of a run that did not.
    pub(crate) fn message(&self) -> &str {
        match &self.report {
            Some(report) => &report.message,
            None => panic!("no error: {}", self.out),
        }
    }
}
