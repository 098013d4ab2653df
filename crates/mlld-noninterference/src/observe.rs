//! What can be seen of a run from outside: its effects, each with its labels, and how it ended.

use std::collections::BTreeSet;
use std::fmt;

/// Where an effect went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Shown or printed.
    Shown,
    /// `output … to stdout`.
    Stdout,
    /// Standard error.
    Stderr,
    /// Written to a file.
    Written,
    /// Appended to a file.
    Appended,
}

impl Kind {
    /// The text with the line end that it gets.
    #[must_use]
    pub fn line(self, text: String) -> String {
        match self {
            Self::Written => text,
            // One is enough.
            Self::Appended if text.ends_with('\n') => text,
            _ => text + "\n",
        }
    }

    /// As hosts are told: they do not learn whether a file was written or something appended to it.
    #[must_use]
    pub fn told(self) -> Self {
        if self == Self::Appended {
            Self::Written
        } else {
            self
        }
    }

    /// The operation labels that policies know it by (spec 05 §10.2).
    #[must_use]
    pub fn operations(self) -> &'static [&'static str] {
        match self {
            Self::Shown => &["op:show"],
            Self::Stdout => &["op:output", "op:show"],
            Self::Stderr => &["op:log"],
            Self::Written => &["op:output"],
            Self::Appended => &["op:append"],
        }
    }
}

/// An effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where it went.
    pub kind: Kind,
    /// The file, by its name in the script's folder.
    pub path: Option<String>,
    /// What; `None` if the host was not told.
    pub content: Option<String>,
    /// Labels that a person or a rule put.
    pub labels: BTreeSet<String>,
    /// Labels and provenance.
    pub taint: BTreeSet<String>,
}

impl fmt::Display for Seen {
    /// Without the folders: they are the same for everything in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |set: &BTreeSet<String>| {
            let labels: Vec<&str> = set
                .iter()
                .map(String::as_str)
                .filter(|l| !l.starts_with("dir:"))
                .collect();
            labels.join(" ")
        };
        let path = self.path.as_deref().unwrap_or_default();
        let (labels, taint) = (list(&self.labels), list(&self.taint));
        write!(
            f,
            "{:?} {path} {:?} labels [{labels}] taint [{taint}]",
            self.kind, self.content
        )
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Well,
    /// An operation was refused.
    Denied,
    /// It was not worth running: too long, too large.
    TooMuch,
    /// The oracle does not know how.
    Unknown,
    /// A mistake, with its message.
    Error(String),
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Its effects, in order.
    pub seen: Vec<Seen>,
    /// How it ended.
    pub ended: Ended,
}
