//! The words of `defaults`: what data without a label is taken for, what contradictory trust leads to, whether branches
//! on data are followed (spec 05 §5.3, §9, §11; 06 §15).
//!
//! The order of each list is that of strictness: merging takes the greatest.

/// `defaults.unlabeled`: what data is taken for that entered without a label of a person (spec 05 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unlabeled {
    /// It gets the label `trusted`.
    Trusted,
    /// It gets the label `untrusted`.
    Untrusted,
}

/// `defaults.trustconflict`: what happens when something untrusted is called trusted (spec 05 §9). It stays untrusted
/// in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustConflict {
    /// Nothing is said.
    Silent,
    /// A line on standard error.
    #[default]
    Warn,
    /// The script ends.
    Error,
}

/// `defaults.implicitflows`: whether the labels of conditions are on the effects of their branches (spec 05 §11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImplicitFlows {
    /// On values only.
    Off,
    /// On effects, early exits and calls, too.
    Track,
}

/// A setting that is one of a few words.
pub(super) trait Words: Copy + Ord + 'static {
    /// The words, in the order in which a message lists them.
    const ALL: &'static [(&'static str, Self)];

    /// The setting that a word stands for.
    fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(w, _)| *w == word).map(|(_, s)| *s)
    }

    /// The word.
    fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, s)| *s == self)
            .map_or("", |(w, _)| w)
    }
}

impl Words for Unlabeled {
    const ALL: &'static [(&'static str, Self)] =
        &[("trusted", Self::Trusted), ("untrusted", Self::Untrusted)];
}

impl Words for TrustConflict {
    const ALL: &'static [(&'static str, Self)] = &[
        ("warn", Self::Warn),
        ("error", Self::Error),
        ("silent", Self::Silent),
    ];
}

impl Words for ImplicitFlows {
    const ALL: &'static [(&'static str, Self)] = &[("track", Self::Track), ("off", Self::Off)];
}

impl Unlabeled {
    /// The label that data gets.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.word()
    }
}
