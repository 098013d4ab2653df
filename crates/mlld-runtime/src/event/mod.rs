//! What happens in a run, told to whoever runs it (spec 03 §20, 09 §5, §7.3).
//!
//! Events are told in the order in which things happen. They show nothing that the person at the terminal may
//! not see: what carries `secret`, or may not flow to `op:show`, is redacted before it is told, except where
//! the thing itself reached standard output or was handed to the caller with its labels.

mod json;

pub use json::denial as denial_json;

use ecow::EcoString;
use mlld_security::{Denial, Descriptor, LabelStore};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something was printed or written.
    Effect(Effect),
    /// A value was handed to the caller under a name (`output … to "state://…"`).
    StateWrite(StateWrite),
    /// An operation was refused, whatever came of it afterwards.
    Denied(Box<Denial>),
    /// A directive of a module's top level came to its end, well or not.
    Directive(Directive),
    /// A file of a pattern could not be read, so it is not in the list.
    LeftOut(LeftOut),
    /// A stage of a pipeline begins or has ended.
    Stage(Stage),
    /// A pass of a parallel loop, or a member of a parallel group, has ended.
    Progress(Progress),
    /// The run has ended.
    Complete(Metrics),
}

/// Where an effect went (spec 03 §20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Prose: into the document only.
    Doc,
    /// Shown, and in the document.
    Both,
    /// `output … to stdout`.
    Stdout,
    /// Standard error.
    Stderr,
    /// A file.
    File,
}

impl Medium {
    /// The word of machine interfaces.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Doc => "doc",
            Self::Both => "both",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::File => "file",
        }
    }
}

/// Something that was printed or written.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Where it went.
    pub medium: Medium,
    /// What; `None` if the caller may not see it.
    pub content: Option<EcoString>,
    /// The file.
    pub path: Option<PathBuf>,
    /// Its labels: those of its own content, not of what came before it.
    pub security: Security,
}

/// A value under a name (spec 03 §19.3, 09 §7.5).
#[derive(Clone, Debug, PartialEq)]
pub struct StateWrite {
    /// The name, perhaps dotted, without `state://`.
    pub path: EcoString,
    /// The value as JSON.
    pub value: EcoString,
    /// Its labels: the caller acts by them.
    pub security: Security,
    /// Which write of the run, from 0.
    pub index: u64,
}

/// A directive that came to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// The module as messages name it.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: u32,
    /// Its word: `show`.
    pub word: &'static str,
    /// How long it took.
    pub took: Duration,
}

/// A file that a pattern names and that could not be read (spec 04 §1.8).
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// The module that holds the pattern, as messages name it.
    pub file: Arc<str>,
    /// The line of the pattern, from 1.
    pub line: u32,
    /// The file; `None` if the caller may not see it.
    pub path: Option<EcoString>,
    /// Why.
    pub why: EcoString,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The pipeline: a number of the run.
    pub pipeline: u64,
    /// Its number in the pipeline, from 0.
    pub stage: usize,
    /// Which member of a parallel group.
    pub member: Option<usize>,
    /// How long it took; `None` when it begins.
    pub took: Option<Duration>,
}

/// How far parallel work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Ended.
    pub done: usize,
    /// All.
    pub total: usize,
    /// Since the first began.
    pub elapsed: Duration,
}

/// What a run took (spec 09 §7.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Everything.
    pub total: Duration,
    /// Parsing.
    pub parse: Duration,
    /// Evaluation.
    pub evaluate: Duration,
    /// Effects.
    pub effects: u64,
    /// State writes.
    pub state_writes: u64,
}

/// Labels as machine interfaces have them: always complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// Labels put by a person or a rule.
    pub labels: Vec<Arc<str>>,
    /// Labels and provenance.
    pub taint: Vec<Arc<str>>,
    /// Where it came from.
    pub sources: Vec<Arc<str>>,
}

impl Security {
    /// The names behind a descriptor.
    #[must_use]
    pub fn of(store: &LabelStore, descriptor: Descriptor) -> Self {
        Self {
            labels: store.label_names(descriptor),
            taint: store.taint_names(descriptor),
            sources: store.sources(descriptor),
        }
    }
}
