//! What is known about a value: its descriptor (spec 05 §2).

use crate::label::Label;
use crate::trail::StopId;
use std::sync::Arc;

/// Everything known about where a value came from and what it is, interned in a [`crate::LabelStore`].
///
/// Two descriptors of one store are equal exactly if their fields are, display order included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Descriptor(pub(crate) u32);

impl Descriptor {
    /// The descriptor of a literal: nothing.
    pub const EMPTY: Self = Self(0);

    /// Whether it says nothing at all.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }
}

/// The fields behind a [`Descriptor`], each in order of arrival and without duplicates (spec 05 §2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Fields {
    /// Labels put by a person or a rule.
    pub(crate) labels: Vec<Label>,
    /// `labels` plus provenance; a superset of `labels`.
    pub(crate) taint: Vec<Label>,
    /// Where it came from, for people.
    pub(crate) sources: Vec<Arc<str>>,
    /// The places that its parts have passed last (see [`crate::Stop`]). No decision looks at them.
    pub(crate) passed: Vec<StopId>,
    /// Whether some part of it entered without a label of a person (spec 05 §5.3).
    pub(crate) entered_unlabelled: bool,
}
