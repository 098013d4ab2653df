//! Policy: what a policy literal says, checked, compiled and asked (spec 06).

mod error;
mod layers;
mod node;
mod settings;

pub use error::{PolicyError, PolicyErrorCode, PolicyWarning};
pub use layers::Layers;
pub use node::{Node, NodeValue};
pub use settings::{Parsed, Policy};
