//! A policy as its author meant it: typed sections (spec 06 §3).

use super::{Node, NodeValue, PolicyError, PolicyErrorCode, PolicyWarning};
use ecow::EcoString;

/// A checked policy: a name and one or several layers (spec 06 §2). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Policy {
    name: EcoString,
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
        Err(vec![PolicyError {
            code: PolicyErrorCode::NotSupported,
            message: ecow::eco_format!("Policy '@{name}' is not supported yet"),
            place: node.place.clone(),
        }])
    }

    /// One policy whose layers are those of `members`, in their order (spec 06 §1, §2).
    ///
    /// # Errors
    /// Without members.
    pub fn union(
        name: &str,
        members: impl IntoIterator<Item = Policy>,
    ) -> Result<Policy, PolicyError> {
        let _ = (name, members.into_iter().count());
        Err(PolicyError {
            code: PolicyErrorCode::EmptyUnion,
            message: "Policy union requires at least one reference".into(),
            place: None,
        })
    }

    /// The same policy under another name (`import policy @q`).
    #[must_use]
    pub fn renamed(&self, name: &str) -> Self {
        Self { name: name.into() }
    }

    /// Its name, without `@`.
    #[must_use]
    pub fn name(&self) -> &EcoString {
        &self.name
    }

    /// The normal form that `show @p` prints; of a union the merged view (spec 06 §3.2, §15).
    #[must_use]
    pub fn to_node(&self) -> Node {
        Node {
            value: NodeValue::Object(Vec::new()),
            place: None,
        }
    }
}
