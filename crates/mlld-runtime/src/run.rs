//! Running a script: what the embedder gives, what it gets back.

use crate::report::Report;
use mlld_syntax::Mode;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A script's text and where it came from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name that messages use: a path relative to the current folder, `<eval>.mld`, `<stdin>.mld`.
    pub name: Arc<str>,
    /// The absolute path of the script; for code without a file, a name in the current folder.
    pub path: PathBuf,
    /// The text.
    pub text: Arc<str>,
    /// How it is read.
    pub mode: Mode,
}

/// Why a script cannot be read (spec 09 §1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// There is no such file.
    Missing,
    /// It is a folder.
    Folder,
    /// It is not UTF-8: the offset of the first bad byte.
    NotUtf8(usize),
    /// It holds a NUL byte, so it is no text: its offset.
    Binary(usize),
    /// It has more than 4 GiB.
    TooLarge,
    /// The system refuses: its words.
    Unreadable(String),
}

/// Where what a script prints goes (spec 01 §1.2, 09 §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To the host as it is produced; prose is not printed.
    Stream,
    /// Into [`Finished::document`], prose in its place, blank lines normalised.
    Document,
    /// Both.
    Both,
}

/// The world as a run sees it.
pub trait Host: Sync {
    /// Writes to standard output. An error (a closed pipe) ends the run quietly: no new effect starts.
    ///
    /// # Errors
    /// Those of the stream.
    fn out(&self, text: &str) -> io::Result<()>;

    /// Writes to standard error. Errors are of no consequence.
    fn err(&self, text: &str);
}

/// What a run may know and how it behaves.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Where output goes.
    pub output: Output,
    /// `@now`: `YYYY-MM-DDTHH:MM:SS.mmmZ` (spec 01 §9).
    pub now: Arc<str>,
    /// The environment that child processes get.
    pub environment: BTreeMap<String, String>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// Whether standard output is to have colours (spec 01 §12.4).
    pub colour_out: bool,
    /// Whether standard error is to have colours.
    pub colour_err: bool,
    /// Whether standard output is a terminal: untrusted control sequences are then shown escaped.
    pub terminal_out: bool,
    /// Whether standard error is a terminal.
    pub terminal_err: bool,
    /// Whether a failing command ends the script (`--error-behavior halt`, spec 02 §7.5).
    pub halt_on_command_failure: bool,
}

/// A run that came to its end.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// The document, with [`Output::Document`] and [`Output::Both`].
    pub document: Option<String>,
    /// Standard output was closed before the end.
    pub output_closed: bool,
}

/// Parses and runs a script. A parse error means that nothing is executed.
///
/// # Errors
/// What ended the script: a parse error (the first), a failure at run time, a denial.
pub fn run(
    source: &Source,
    host: &dyn Host,
    options: &RunOptions,
) -> Result<Finished, Box<Report>> {
    let _ = (source, host, options);
    Ok(Finished::default())
}
