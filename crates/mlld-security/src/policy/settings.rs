//! A policy as its author meant it: typed sections (spec 06 §3).

use super::defaults::{ImplicitFlows, TrustConflict, Unlabeled};
use super::read;
use super::rules::Rule;
use super::{Node, PolicyError, PolicyErrorCode, PolicyWarning, merge, normal};
use crate::decision::Place;
use ecow::EcoString;
use indexmap::IndexMap;
use std::sync::Arc;

/// A text of a policy and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) text: EcoString,
    pub(super) place: Option<Place>,
}

/// A rule of `labels`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LabelRule {
    pub(super) allow: Vec<Pattern>,
    pub(super) deny: Vec<Pattern>,
}

/// A name in `defaults.rules`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleUse {
    pub(super) name: EcoString,
    /// `None`: there is no such rule, about which the author was warned.
    pub(super) rule: Option<Rule>,
    pub(super) place: Option<Place>,
}

/// `defaults`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Defaults {
    pub(super) unlabeled: Option<Unlabeled>,
    pub(super) rules: Vec<RuleUse>,
    pub(super) trust_conflict: Option<TrustConflict>,
    pub(super) implicit_flows: Option<ImplicitFlows>,
}

/// What is said for people only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    pub(super) name: Option<EcoString>,
    pub(super) description: Option<EcoString>,
    pub(super) version: Option<EcoString>,
}

/// The sections of one layer, each in order of writing. A section that is not here is refused by
/// [`read`], so that nothing a policy says goes unheard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) about: About,
    pub(super) defaults: Defaults,
    pub(super) labels: IndexMap<EcoString, LabelRule>,
    pub(super) operations: IndexMap<EcoString, Vec<Pattern>>,
}

/// A checked policy: a name and one or several layers (spec 06 §2). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Policy {
    name: EcoString,
    layers: Arc<[Arc<Settings>]>,
}

/// A policy without errors, and what its author should know about it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The policy.
    pub policy: Policy,
    /// To be printed on standard error.
    pub warnings: Vec<PolicyWarning>,
}

impl Policy {
    /// Checks a literal against the schema of spec 06 §3.1; `name` is without `@`.
    ///
    /// # Errors
    /// Every mistake of it, in order of writing (spec 06 §4).
    pub fn parse(name: &str, node: &Node) -> Result<Parsed, Vec<PolicyError>> {
        let (settings, warnings) = read::settings(name, node)?;
        Ok(Parsed {
            policy: Self {
                name: name.into(),
                layers: Arc::new([Arc::new(settings)]),
            },
            warnings,
        })
    }

    /// One policy whose layers are those of `members`, in their order (spec 06 §1, §2).
    ///
    /// # Errors
    /// Without members.
    pub fn union(
        name: &str,
        members: impl IntoIterator<Item = Policy>,
    ) -> Result<Policy, PolicyError> {
        let mut layers: Vec<Arc<Settings>> = Vec::new();
        for member in members {
            layers.extend(member.layers.iter().cloned());
        }
        if layers.is_empty() {
            return Err(PolicyError {
                code: PolicyErrorCode::EmptyUnion,
                message: "Policy union requires at least one reference".into(),
                place: None,
            });
        }
        Ok(Self {
            name: name.into(),
            layers: layers.into(),
        })
    }

    /// The same policy under another name (`import policy @q`).
    #[must_use]
    pub fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            layers: Arc::clone(&self.layers),
        }
    }

    /// Its name, without `@`.
    #[must_use]
    pub fn name(&self) -> &EcoString {
        &self.name
    }

    /// The normal form that `show @p` prints; of a union the merged view (spec 06 §3.2, §15).
    #[must_use]
    pub fn to_node(&self) -> Node {
        normal::node(&merge::all(self.layers.iter().map(AsRef::as_ref)))
    }

    pub(super) fn layers(&self) -> &[Arc<Settings>] {
        &self.layers
    }
}
