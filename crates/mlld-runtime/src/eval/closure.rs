//! What a body reads from outside of its parameters is an input of the call, too (spec 06 §11, 07 §2).
//!
//! The call is judged before its body runs, so what the body *may* read counts: every module variable that its source
//! names. That is a little more than what it will read, never less; the labels of the result do not depend on it.

use super::{Cx, ModuleEnv};
use crate::value::Home;
use ecow::EcoString;
use mlld_security::Descriptor;
use mlld_syntax::Span;
use std::sync::Arc;

/// The labels of the module variables that a body names, those in `hidden` (its parameters) excepted.
pub(super) fn inputs(
    cx: &Cx<'_>,
    module: &ModuleEnv,
    home: Home,
    body: Span,
    hidden: &[EcoString],
) -> Descriptor {
    let names = cx
        .run
        .named_by(home, || names(body.slice(&module.script.text)));
    let values = names
        .iter()
        .filter(|n| !hidden.contains(n))
        .filter_map(|n| module.globals.get(n));
    cx.run.store().join_all(values.map(|v| v.descriptor()))
}

/// Every name that stands behind an `@` or a `{{` in a source text.
fn names(source: &str) -> Arc<[EcoString]> {
    let mut found: Vec<EcoString> = Vec::new();
    let starts = source.match_indices('@').map(|(i, _)| i + 1);
    let braces = source.match_indices("{{").map(|(i, _)| i + 2);
    for start in starts.chain(braces) {
        let rest = source.get(start..).unwrap_or_default().trim_start();
        let name = name_at(rest);
        if !name.is_empty() && !found.iter().any(|f| f == name) {
            found.push(name.into());
        }
    }
    found.into()
}

/// The name that a text begins with (spec 01 §2).
fn name_at(text: &str) -> &str {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        let goes_on = word(c) || c == '-' && i > 0 && chars.peek().is_some_and(|(_, n)| word(*n));
        if !goes_on || i == 0 && c.is_ascii_digit() {
            break;
        }
        end = i + c.len_utf8();
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_of_a_body() {
        let found = names("`a @b.c {{ d-e }} @f-` when @g-h => @ i @@j @1");
        let found: Vec<&str> = found.iter().map(|n| n.as_str()).collect();
        assert_eq!(found, ["b", "f", "g-h", "i", "j", "d-e"]);
    }
}
