//! Tests of policy as a whole.

mod defaults;
mod literal;
mod oracle;
mod properties;
mod reading;
mod refusing;

use super::{Layers, Parsed, Policy};
use literal::literal;

/// A policy without warnings.
#[track_caller]
fn policy(name: &str, text: &str) -> Policy {
    let Parsed { policy, warnings } = Policy::parse(name, &literal(text)).expect(text);
    assert!(warnings.is_empty(), "{warnings:?}");
    policy
}

/// The policies `p`, `q`, `r` in force.
#[track_caller]
fn layers(texts: &[&str]) -> Layers {
    let mut layers = Layers::default();
    for (text, name) in texts.iter().zip(["p", "q", "r"]) {
        layers.push(&policy(name, text));
    }
    layers
}
