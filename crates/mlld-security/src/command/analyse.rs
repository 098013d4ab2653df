//! From a text to the targets of everything that it would run.

use super::emit;
use super::reader::read;
use super::tables::steers;
use super::word::{Dialect, Redacted, Simple, Word};
use super::{COMMAND, unwrap};
use crate::operation::Target;
use indexmap::IndexSet;

/// Texts inside texts and commands behind wrappers beyond this are not analysed.
const DEPTH: u32 = 16;
/// More commands are not told apart.
const TARGETS: usize = 1024;

/// What all texts inside texts, and all words behind wrappers, may cost together, in bytes: the same text is
/// looked at once a level.
const INSIDE: usize = 1 << 20;
/// What a word costs besides its bytes.
const WORD: usize = 16;

/// What was found so far.
pub(super) struct Analysis {
    targets: IndexSet<Target>,
    opaque: bool,
    shown: bool,
    /// What is left of [`INSIDE`].
    inside: usize,
}

impl Analysis {
    pub(super) fn new(shown: bool) -> Self {
        Self {
            targets: IndexSet::new(),
            opaque: false,
            shown,
            inside: INSIDE,
        }
    }

    /// A text that a shell reads.
    pub(super) fn text(
        &mut self,
        text: &str,
        dialect: Dialect,
        redacted: Redacted<'_>,
        depth: u32,
    ) {
        if !self.affords(depth, text.len()) {
            self.opaque = true;
            return;
        }
        let script = read(text, dialect, redacted, depth);
        self.opaque |= script.opaque || script.assigned.iter().any(|n| steers(n));
        for simple in &script.commands {
            self.simple(simple, dialect, depth);
        }
    }

    /// Whether there is still room for something at this depth, which is taken.
    fn affords(&mut self, depth: u32, cost: usize) -> bool {
        if depth > 0 {
            self.inside = self.inside.saturating_sub(cost);
        }
        depth <= DEPTH && self.inside > 0
    }

    fn simple(&mut self, simple: &Simple, dialect: Dialect, depth: u32) {
        self.opaque |= simple.assigned.iter().any(|n| steers(n));
        if simple.words.is_empty() {
            if simple.redirected {
                self.unnamed();
            }
            return;
        }
        self.command(&simple.words, false, dialect, depth);
    }

    /// A command with its words; `more`: and others that are not known.
    pub(super) fn command(&mut self, words: &[Word], more: bool, dialect: Dialect, depth: u32) {
        let [word, arguments @ ..] = words else {
            self.opaque |= more;
            return;
        };
        let name = match emit::name_of(word) {
            // A name like an option is one that was not accounted for.
            Some(name) if name.starts_with('-') => return self.blind(),
            Some(name) if self.affords(depth, words.len() * WORD) => name,
            _ if word.constant() == Some("") => return self.unnamed(),
            _ => {
                self.opaque = true;
                return;
            }
        };
        if self.targets.len() >= TARGETS {
            self.opaque = true;
            return;
        }
        let targets = emit::targets(&name, word, arguments, more, self.shown);
        self.targets.extend(targets);
        let call = unwrap::Call {
            name: &name,
            arguments,
            more,
            dialect,
            depth: depth + 1,
        };
        self.inner(&call);
    }

    /// It may do something that is not among the targets.
    pub(super) fn blind(&mut self) {
        self.opaque = true;
    }

    /// Something of a command line without a name: a redirection alone.
    fn unnamed(&mut self) {
        let target = self.whole(false);
        self.targets.insert(target);
    }

    /// All command lines at once.
    fn whole(&self, opaque: bool) -> Target {
        Target {
            opaque,
            shown: self.shown,
            allowed_as: (!self.shown).then(Default::default),
            ..Target::shown(COMMAND)
        }
    }

    pub(super) fn finish(mut self) -> Vec<Target> {
        if self.opaque {
            self.targets.shift_remove(&self.whole(false));
            self.targets.insert(self.whole(true));
        } else if self.targets.is_empty() && self.shown {
            self.unnamed();
        }
        self.targets.into_iter().collect()
    }
}
