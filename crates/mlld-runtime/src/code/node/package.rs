//! Packages of node: the blocks that look into one, call a function of it, make an instance of a class (spec 04 §7.11).

use ecow::{EcoString, eco_format};
use std::fmt::Write;

const COMMON: &str = include_str!("package.js");
const PROBE: &str = include_str!("probe.js");
const CALL: &str = include_str!("call.js");
const CONSTRUCT: &str = include_str!("construct.js");

/// Arguments that a function of a package may be given.
pub(crate) const MOST_ARGUMENTS: usize = 32;

/// Which of the two definitions of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// The function is called.
    Call,
    /// The class is used with `new`.
    Construct,
}

/// The names of the parameters of every definition.
pub(crate) fn parameters() -> Vec<EcoString> {
    (1..=MOST_ARGUMENTS)
        .map(|n| eco_format!("arg{n}"))
        .collect()
}

/// The text of the block that tells what a package gives of `names`.
pub(crate) fn probe(package: &str, names: &[&str]) -> EcoString {
    let names = serde_json::Value::from(names.to_vec());
    block(package, &PROBE.replace("$NAMES$", &names.to_string()))
}

/// A module that defines, for each name, what calls it and what makes an instance of it: two statements a name.
pub(crate) fn definitions(package: &str, names: &[&str]) -> String {
    let params = parameters().join(", ");
    let mut text = String::new();
    for name in names {
        for body in [CALL, CONSTRUCT] {
            let body = body
                .replace("$NAME$", &quoted(name))
                .replace("$ARGUMENTS$", &params);
            let block = block(package, &body);
            let _ = writeln!(text, "exe @f({params}) = node {{\n{block}\n}}");
        }
    }
    text
}

/// The place of a definition among the statements of [`definitions`].
pub(crate) fn place(index: usize, kind: Use) -> usize {
    2 * index + usize::from(kind == Use::Construct)
}

fn block(package: &str, body: &str) -> EcoString {
    let common = COMMON.replace("$PACKAGE$", &quoted(package));
    eco_format!("{common}{body}")
}

/// A text as code.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mlld_syntax::Mode;

    #[test]
    fn definitions_are_a_module_of_two_statements_a_name() {
        let text = definitions("a}\"\\'`b", &["one", "two"]);
        let parsed = mlld_syntax::parse(&text, Mode::Strict);
        assert_eq!(parsed.diagnostics, []);
        assert_eq!(parsed.module.items.len(), 4);
        assert_eq!(place(1, Use::Construct), 3);
    }
}
