//! Blocks for Python: what its process is told (spec 02 §8.5).

use super::wire::Message;
use crate::value::Value;
use ecow::EcoString;
use std::path::Path;

/// The server that forks a child for each block.
pub(crate) const SERVER: &str = include_str!("server.py");

/// A block and what it gets.
pub(crate) struct Block<'a> {
    /// The text.
    pub(crate) code: &'a str,
    /// Its parameters.
    pub(crate) params: Vec<(&'a str, &'a Value)>,
    /// The names of its shadow functions (spec 02 §8.6).
    pub(crate) helpers: Vec<&'a str>,
    /// Whether what it prints is to come at once.
    pub(crate) stream: bool,
}

/// The request for a block.
pub(crate) fn request(block: &Block<'_>, folder: &Path) -> Message {
    let mut message = Message::default();
    message.text("code", block.code);
    message.text("dir", &folder.to_string_lossy());
    message.texts("names", block.params.iter().map(|(n, _)| identifier(n)));
    message.values("values", block.params.iter().map(|(_, v)| *v));
    message.texts("helpers", block.helpers.iter().map(|n| identifier(n)));
    message.flag("stream", block.stream);
    message
}

/// A name in Python: what is no character of an identifier becomes `_` (spec 02 §8.2).
fn identifier(name: &str) -> EcoString {
    let mut identifier: EcoString = name
        .chars()
        .map(|c| {
            if c == '_' || c.is_alphanumeric() {
                c
            } else {
                '_'
            }
        })
        .collect();
    if identifier.starts_with(|c: char| c.is_numeric()) {
        identifier = ecow::eco_format!("_{identifier}");
    }
    identifier
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_become_identifiers() {
        assert_eq!(super::identifier("my-name"), "my_name");
        assert_eq!(super::identifier("ok_1"), "ok_1");
    }
}
