//! Policy: what a policy literal says, checked, compiled and asked (spec 06).

use crate::decision::{Denial, Place};
use crate::operation::Operation;
use crate::store::LabelStore;
use ecow::EcoString;

/// A literal, whatever it was written in: the form in which a policy reaches this crate.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: NodeValue,
    /// Where it is written.
    pub place: Option<Place>,
}

/// Values of a literal.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(EcoString),
    /// A list; an entry `key: value` inside a list is an object of one entry with `pair` set (spec 06 §3.2).
    List(Vec<Node>),
    /// An object in order of writing.
    Object(Vec<(EcoString, Option<Place>, Node)>),
}

/// The layers in force (spec 06 §2).
#[derive(Debug, Default)]
pub struct Layers {}

impl Layers {
    /// Asks every layer about an operation (spec 06 §11, §12).
    ///
    /// # Errors
    /// The refusal of the first layer, in order of activation, that does not allow it.
    pub fn check(&self, store: &LabelStore, operation: &Operation) -> Result<(), Box<Denial>> {
        let _ = (store, operation);
        Ok(())
    }
}
