//! Scripts in the real evaluator.

use crate::ast::Printed;
use crate::observe::{Ended, Kind, Observed, Seen};
use mlld_runtime::event::{Event, Medium};
use mlld_runtime::syntax::Mode;
use mlld_runtime::{Host, RunOptions, Source, run};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A host that keeps the effects of a run, and does not wait.
struct Recorder<'p> {
    folder: &'p Path,
    seen: Mutex<Vec<Seen>>,
}

impl Host for Recorder<'_> {
    fn out(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn err(&self, _: &str) {}

    fn listens(&self) -> bool {
        true
    }

    fn event(&self, event: &Event) {
        let Event::Effect(effect) = event else { return };
        let kind = match effect.medium {
            Medium::Doc | Medium::Both => Kind::Shown,
            Medium::Stdout => Kind::Stdout,
            Medium::Stderr => Kind::Stderr,
            Medium::File => Kind::Written,
        };
        let set = |list: &[std::sync::Arc<str>]| -> BTreeSet<String> {
            list.iter().map(|l| l.to_string()).collect()
        };
        let path = effect.path.as_ref().map(|p| {
            p.strip_prefix(self.folder)
                .unwrap_or(p)
                .to_string_lossy()
                .into_owned()
        });
        let seen = Seen {
            kind,
            path,
            content: effect.content.as_ref().map(ToString::to_string),
            labels: set(&effect.security.labels),
            taint: set(&effect.security.taint),
        };
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(seen);
    }

    fn wait(&self, _: Duration) -> bool {
        true
    }
}

/// The folder of one thread's scripts; their effects are the same in each of them.
pub struct Place {
    folder: tempfile::TempDir,
    path: std::path::PathBuf,
}

impl Place {
    /// A new folder.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().canonicalize()?;
        Ok(Self { folder, path })
    }

    /// The folder's path, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a script in a fresh folder below this one, always of the same name.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn run(&self, printed: &Printed) -> io::Result<Observed> {
        let folder = self.script_folder();
        clear(&folder)?;
        for (name, text) in &printed.files {
            write(&folder.join(name), text)?;
        }
        let source = Source {
            name: "main.mld".into(),
            path: folder.join("main.mld"),
            text: printed.main.as_str().into(),
            mode: Mode::Strict,
        };
        let host = Recorder {
            folder: &folder,
            seen: Mutex::default(),
        };
        let options = RunOptions {
            now: "2026-01-02T03:04:05.678Z".into(),
            ..RunOptions::default()
        };
        let result = run(&source, &host, &options);
        let ended = match result {
            Ok(_) => Ended::Well,
            Err(report) if report.code == "POLICY_LABEL_FLOW_DENIED" => Ended::Denied,
            Err(report) => Ended::Error(format!("{} {}", report.code, report.message)),
        };
        Ok(Observed {
            seen: host
                .seen
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
            ended,
        })
    }

    /// Where the scripts lie.
    #[must_use]
    pub fn script_folder(&self) -> std::path::PathBuf {
        let _ = self.folder.path();
        self.path.join("s")
    }
}

#[expect(clippy::disallowed_methods, reason = "the folder is the harness's own")]
fn clear(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)
}

#[expect(clippy::disallowed_methods, reason = "the folder is the harness's own")]
fn write(path: &Path, text: &str) -> io::Result<()> {
    std::fs::write(path, text)
}
