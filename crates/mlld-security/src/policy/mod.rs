//! Policy: what a policy literal says, checked, compiled and asked (spec 06).
//!
//! [`Policy::parse`] reads a literal; [`Layers`] holds the policies in force and answers whether an operation
//! may happen.

mod classes;
mod defaults;
mod error;
mod flow;
mod layers;
mod memo;
mod merge;
mod node;
mod normal;
mod pattern;
mod read;
mod rules;
mod schema;
mod settings;
#[cfg(test)]
mod tests;

pub use defaults::{ImplicitFlows, TrustConflict, Unlabeled};
pub use error::{PolicyError, PolicyErrorCode, PolicyWarning};
pub use layers::Layers;
pub use node::{Node, NodeValue};
pub use settings::{Parsed, Policy};
