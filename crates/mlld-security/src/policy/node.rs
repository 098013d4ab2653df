//! Literals in a neutral form: how a policy reaches this crate and how its normal form leaves it.

use crate::place::Place;
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
