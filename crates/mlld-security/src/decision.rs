//! Why an operation was refused: one structure for the person at the terminal, the machine interfaces and
//! the ledger (spec 06 §23; architecture, invariant 6).

use crate::place::Place;
use crate::trail::Origin;
use ecow::EcoString;
use std::fmt;

/// Which check refused (spec 06 §23, 07 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenialCode {
    /// A label may not flow into the operation.
    LabelFlow,
    /// The operation itself is not among what the policy permits.
    Capability,
    /// A guard refused.
    Guard,
}

impl DenialCode {
    /// The stable code of machine interfaces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LabelFlow => "POLICY_LABEL_FLOW_DENIED",
            Self::Capability => "POLICY_CAPABILITY_DENIED",
            Self::Guard => "GUARD_DENIED",
        }
    }
}

/// Who refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockerKind {
    /// A policy.
    Policy,
    /// A guard.
    Guard,
}

/// Who refused, by which rule, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Policy or guard.
    pub kind: BlockerKind,
    /// Its name, without `@`.
    pub name: EcoString,
    /// The rule: `policy.labels.secret.deny`, `policy.defaults.rules.no-secret-exfil` …
    pub rule: Option<EcoString>,
    /// Where the rule is written.
    pub place: Option<Place>,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Which check.
    pub code: DenialCode,
    /// The operation as reports name it: `/show`, `/run "printf hi"`, `/exe "send"`. Never holds the text of a
    /// value that carries `secret`.
    pub operation: EcoString,
    /// Where the operation stands in the script.
    pub place: Option<Place>,
    /// Who refused.
    pub blocker: Blocker,
    /// The label that may not flow, for label-flow refusals.
    pub label: Option<EcoString>,
    /// How that label came onto what flows in: the places that it has passed, last ones first.
    pub trail: Vec<Origin>,
    /// Labels and provenance of everything that flows in.
    pub input_labels: Vec<EcoString>,
    /// Where what flows in came from (files, commands), for people.
    pub input_sources: Vec<EcoString>,
    /// Labels of the operation.
    pub operation_labels: Vec<EcoString>,
    /// One sentence, in the words of the specification.
    pub reason: EcoString,
    /// What to do about it.
    pub suggestions: Vec<EcoString>,
}

impl Denial {
    /// Puts `instead` in the place of all that tells where the data came from: its sources, and the labels that are
    /// made of folders. They are of the data, which may not be shown (spec 05 §2.2, §10.4).
    pub fn withhold_sources(&mut self, instead: &str) {
        self.input_labels.retain(|label| !label.starts_with("dir:"));
        if !self.input_sources.is_empty() {
            self.input_sources = vec![instead.into()];
        }
        self.trail.iter_mut().for_each(Origin::withhold_sources);
    }

    /// Keeps of the labels of the data only the one because of which it is refused, and forgets by which way that came.
    /// Which labels data has can depend on data (spec 05 §2.2).
    pub fn withhold_labels(&mut self) {
        self.input_labels = self.label.iter().cloned().collect();
        self.trail.clear();
    }

    /// Forgets which operation it was, and where: that it came to this one depends on data that may not be shown.
    pub fn withhold_operation(&mut self) {
        self.place = None;
        let word = self.operation.split(' ').next().unwrap_or_default();
        self.operation = word.into();
        self.operation_labels.clear();
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Denial {}
