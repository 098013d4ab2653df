//! What is wrong with a policy literal (spec 06 §4).

use crate::place::Place;
use ecow::EcoString;
use std::fmt;

/// What kind of mistake a [`PolicyError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyErrorCode {
    /// A key that the schema does not have.
    UnknownKey,
    /// The same key twice in one object.
    DuplicateKey,
    /// A value of another type than the schema's.
    WrongType,
    /// A word that is not among those the schema lists.
    BadValue,
    /// A text that cannot be a label or a pattern of labels.
    BadLabel,
    /// A rule name that does not exist, in a locked policy.
    UnknownRule,
    /// A part of the schema that this version cannot enforce yet.
    NotSupported,
    /// `union()` without members.
    EmptyUnion,
    /// A member of a union that is not an object.
    NotAPolicy,
}

impl PolicyErrorCode {
    /// The stable code of machine interfaces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownKey => "POLICY_UNKNOWN_KEY",
            Self::DuplicateKey => "POLICY_DUPLICATE_KEY",
            Self::WrongType => "POLICY_WRONG_TYPE",
            Self::BadValue => "POLICY_BAD_VALUE",
            Self::BadLabel => "POLICY_BAD_LABEL",
            Self::UnknownRule => "POLICY_UNKNOWN_RULE",
            Self::NotSupported => "POLICY_NOT_SUPPORTED",
            Self::EmptyUnion => "POLICY_EMPTY_UNION",
            Self::NotAPolicy => "POLICY_NOT_A_POLICY",
        }
    }
}

/// Why a policy does not take effect. Nothing of a policy with an error is activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The kind of mistake.
    pub code: PolicyErrorCode,
    /// One sentence, in the words of spec 06 §4.
    pub message: EcoString,
    /// Where the mistake is written.
    pub place: Option<Place>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyError {}

/// Something about a policy that its author should know; the policy takes effect all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWarning {
    /// The stable code of machine interfaces: `unknown-policy-rule`.
    pub code: &'static str,
    /// One sentence, in the words of spec 06 §4.
    pub message: EcoString,
    /// What to do about it.
    pub suggestion: EcoString,
    /// Where it is written.
    pub place: Option<Place>,
}

impl fmt::Display for PolicyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
