//! The text of a JavaScript block: which expression is its value, and what its parameters are called there.

use crate::code::js::names;
use ecow::{EcoString, eco_format};
use std::cell::RefCell;
use std::ops::Range;
use tree_sitter::{Node, Parser};

/// The bodies that the block may be, in the order in which they are tried: one that does not compile is none. The
/// value is that of a lone expression or of the last statement, where that is an expression (spec 02 §8.4).
pub(super) fn bodies(code: &str) -> Vec<EcoString> {
    let mut bodies = Vec::with_capacity(3);
    // `{k: x}` is an object before it is a block.
    if code.trim_start().starts_with('{') {
        bodies.push(eco_format!("return ({code}\n)"));
    }
    if let Some(value) = value(code)
        && let (Some(before), Some(expression), Some(after)) = (
            code.get(..value.start),
            code.get(value.clone()),
            code.get(value.end..),
        )
    {
        bodies.push(eco_format!("{before}return ({expression}\n){after}"));
    }
    bodies.push(code.into());
    bodies
}

/// The expression that the last statement is.
fn value(code: &str) -> Option<Range<usize>> {
    thread_local! {
        static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
    }
    PARSER.with_borrow_mut(|parser| {
        let parser = parser.get_or_insert_with(|| {
            let mut parser = Parser::new();
            // A language of another version is an error; then nothing parses, and the block has no value of its own.
            let _ = parser.set_language(&tree_sitter_javascript::LANGUAGE.into());
            parser
        });
        let tree = parser.parse(code, None)?;
        let root = tree.root_node();
        let statement = last_child(root).filter(|node| node.kind() == "expression_statement")?;
        let mut cursor = statement.walk();
        let expression = statement
            .named_children(&mut cursor)
            .find(|node| !node.is_extra())?;
        Some(expression.byte_range())
    })
}

fn last_child(root: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = root.walk();
    root.named_children(&mut cursor)
        .filter(|node| !node.is_extra())
        .last()
}

/// Words that Node's strict modules do not take for a name, besides those of the language.
const STRICT: [&str; 1] = ["yield"];

/// The places and identifiers of the names that code can refer to.
pub(super) fn usable<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<(usize, String)> {
    names::usable(names, &STRICT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_expression_is_the_value() {
        for (code, value) in [
            ("n + 1", Some("n + 1")),
            ("(x)", Some("(x)")),
            ("let a = 1; a * 2;", Some("a * 2")),
            ("f(\n1)\n// end", Some("f(\n1)")),
            ("let a = 1", None),
            ("for (const x of y) { x }", None),
            ("return 1", None),
            ("", None),
        ] {
            assert_eq!(
                super::value(code).and_then(|r| code.get(r)),
                value,
                "{code}"
            );
        }
    }

    #[test]
    fn an_object_is_tried_before_a_block() {
        assert_eq!(
            bodies("{k: x}").first().map(EcoString::as_str),
            Some("return ({k: x}\n)")
        );
        assert_eq!(bodies("let a = 1").len(), 1);
    }

    #[test]
    fn names_become_identifiers() {
        let names = usable(["a-b", "a_b", "class", "1x"]);
        assert_eq!(names, [(1, "a_b".into()), (3, "_1x".into())]);
    }
}
