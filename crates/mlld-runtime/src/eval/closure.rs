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
    let store = cx.run.store();
    let read = names.iter().filter_map(|n| {
        let (path, is_called) = called(n);
        let (name, member) = parts(path);
        if hidden.iter().any(|h| h == name) {
            return None;
        }
        let (value, imported) = module.globals.value(name)?;
        let named = imported.and_then(|i| i.named(store, member, is_called));
        Some(named.unwrap_or_else(|| value.descriptor()))
    });
    store.join_all(read)
}

/// What [`names`] found, without the sign that it is called; and whether it is.
pub(super) fn called(found: &str) -> (&str, bool) {
    match found.strip_suffix('(') {
        Some(path) => (path, true),
        None => (found, false),
    }
}

/// The name, and the member that is named behind it.
pub(super) fn parts(path: &str) -> (&str, Option<&str>) {
    match path.split_once('.') {
        Some((name, member)) => (name, Some(member)),
        None => (path, None),
    }
}

/// Every name that stands behind an `@` or a `{{` in a source text; with the member that is named behind it, since of a
/// module only that is read; and with a `(` behind it where it is called.
pub(super) fn names(source: &str) -> Arc<[EcoString]> {
    let mut found: Vec<EcoString> = Vec::new();
    let starts = source.match_indices('@').map(|(i, _)| i + 1);
    let braces = source.match_indices("{{").map(|(i, _)| i + 2);
    for start in starts.chain(braces) {
        let rest = source.get(start..).unwrap_or_default().trim_start();
        let name = name_at(rest);
        if name.is_empty() {
            continue;
        }
        let mut path = EcoString::from(name);
        let mut behind = rest.get(name.len()..).unwrap_or_default();
        let member = behind.strip_prefix('.').map_or("", name_at);
        if !member.is_empty() {
            path.push('.');
            path.push_str(member);
            behind = behind.get(1 + member.len()..).unwrap_or_default();
        }
        let before = source.get(..start - 1).unwrap_or_default();
        if behind.starts_with('(') || before.trim_end().ends_with('|') {
            path.push('(');
        }
        if !found.contains(&path) {
            found.push(path);
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
        let found =
            names("`a @b.c {{ d-e }} @f-` when @g-h => @ i @@j @1 @k(@l.m(@b.c)) | @n || @o");
        let found: Vec<&str> = found.iter().map(|n| n.as_str()).collect();
        assert_eq!(
            found,
            ["b.c", "f", "g-h", "i", "j", "k(", "l.m(", "n(", "o(", "d-e"]
        );
    }
}
