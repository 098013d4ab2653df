//! Words and simple commands as a shell would see them, without expanding anything.

use std::ops::Range;

/// A word with its quotes removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// The text; what is only known when it runs is left out.
    pub(super) text: String,
    /// Where in `text` the first part stands that is only known when it runs (an expansion, a glob, braces).
    pub(super) unknown_at: Option<usize>,
    /// Whether such a part may become several words.
    pub(super) splits: bool,
    /// Where in `text` the first quoted part stands.
    pub(super) quoted_at: Option<usize>,
    /// Whether it may not be shown.
    pub(super) hidden: bool,
}

impl Word {
    /// The text, if all of it is known.
    pub(super) fn constant(&self) -> Option<&str> {
        self.unknown_at.is_none().then_some(self.text.as_str())
    }

    /// The known beginning.
    pub(super) fn lead(&self) -> &str {
        match self.unknown_at {
            Some(at) => self.text.get(..at).unwrap_or_default(),
            None => &self.text,
        }
    }

    /// The text, if nothing in it is quoted or unknown: only then it can be a word of the grammar.
    pub(super) fn bare(&self) -> Option<&str> {
        match self.quoted_at {
            None => self.constant(),
            Some(_) => None,
        }
    }

    /// Whether it begins with `-`, as far as can be known.
    pub(super) fn is_option(&self) -> bool {
        self.lead().starts_with('-')
    }

    pub(super) fn mark_unknown(&mut self, splits: bool) {
        self.unknown_at.get_or_insert(self.text.len());
        self.splits |= splits;
    }

    pub(super) fn mark_quoted(&mut self) {
        self.quoted_at.get_or_insert(self.text.len());
    }

    /// What stands before an `=`, `+=` or `[` if that makes it an assignment: `x` of `x=1`, `x+=1`, `x[0]=1`.
    pub(super) fn assigned(&self) -> Option<&str> {
        let lead = self.lead();
        let unquoted = self.quoted_at.and_then(|at| lead.get(..at)).unwrap_or(lead);
        assigned_name(unquoted)
    }
}

/// `x` of `x=…`, `x+=…`, `x[…]=…`.
pub(super) fn assigned_name(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let (name, rest) = (text.get(..end)?, text.get(end..)?);
    let assigns = rest.starts_with('=') || rest.starts_with("+=") || rest.starts_with('[');
    (is_name(name) && assigns).then_some(name)
}

/// Whether the text can be the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Simple {
    /// Its words, without assignments and redirections.
    pub(super) words: Vec<Word>,
    /// Variables that it sets in front of its words.
    pub(super) assigned: Vec<String>,
    /// Whether it has a redirection.
    pub(super) redirected: bool,
}

/// What a shell would run.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// Every simple command, also in substitutions, groups and functions.
    pub(super) commands: Vec<Simple>,
    /// Whether it may do something that is not among `commands` (spec 06 §5.4).
    pub(super) opaque: bool,
    /// Variables that loops and expansions set.
    pub(super) assigned: Vec<String>,
}

/// Which parts of a text may not be shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Redacted<'a> {
    /// All of it, or nothing.
    Whole(bool),
    /// These bytes; in order and not overlapping.
    Ranges(&'a [Range<usize>]),
}

impl Redacted<'_> {
    pub(super) fn touches(self, start: usize, end: usize) -> bool {
        match self {
            Self::Whole(hidden) => hidden,
            Self::Ranges(ranges) => {
                let next = ranges.partition_point(|r| r.end <= start);
                ranges.get(next).is_some_and(|r| r.start < end)
            }
        }
    }
}

/// Which shell will read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `/bin/sh`, whichever it is: what shells read differently cannot be analysed.
    Posix,
    /// bash.
    Bash,
}
