//! Definitions in source code (spec 04 §2): which there are, and what selects them.

mod language;
mod pattern;
mod walk;

pub(crate) use pattern::{Family, Kind, Pattern, PatternError, family};

use ecow::{EcoString, eco_format};
use language::Language;
use std::ops::Range;

/// Bytes that a source file may have: a syntax tree is many times as large.
const MAX_SOURCE: usize = 8 * 1024 * 1024;

/// Something that a source file defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Its name.
    pub(crate) name: EcoString,
    /// `function`, `class`, … as in the table of spec 04 §2.3.
    pub(crate) kind: &'static str,
    /// The line it begins on, from 1.
    pub(crate) line: usize,
    /// Where its code stands.
    pub(crate) code: Range<usize>,
    /// Where it stands exactly, which may be less than its lines.
    extent: Range<usize>,
    /// Where its body stands.
    body: Range<usize>,
}

/// The definitions of a file, in order; one that contains others stands in front of them. A text that is not what
/// the name of the file says has few.
///
/// # Errors
/// When the file is too large, in words.
pub(crate) fn find(filename: &str, text: &str) -> Result<Vec<Definition>, EcoString> {
    if text.len() > MAX_SOURCE {
        return Err(eco_format!(
            "it has {} bytes; a file whose definitions are looked for may have {MAX_SOURCE}",
            text.len()
        ));
    }
    Ok(walk::definitions(Language::of(filename), text))
}

/// A definition that was selected, or nothing for a pattern that selects none.
pub(crate) type Selected<'d> = Option<&'d Definition>;

/// What patterns select in a file.
#[derive(Debug)]
pub(crate) struct Selection<'d> {
    /// The definitions, in the order of the patterns.
    pub(crate) list: Vec<Selected<'d>>,
    /// Of each pattern, whether it selects something.
    pub(crate) matched: Vec<bool>,
}

/// What the patterns select: a definition inside of a selected one is dropped, one that contains selected ones takes
/// their place.
pub(crate) fn select<'d>(
    patterns: &[Pattern],
    definitions: &'d [Definition],
    text: &str,
) -> Selection<'d> {
    let mut list: Vec<Selected<'d>> = Vec::new();
    let mut matched = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        let matching = pattern.matching(definitions, text);
        matched.push(!matching.is_empty());
        if matching.is_empty() {
            list.push(None);
        }
        for definition in matching {
            add(&mut list, definition);
        }
    }
    Selection { list, matched }
}

fn add<'d>(selected: &mut Vec<Selected<'d>>, definition: &'d Definition) {
    let dropped = |s: &Selected<'_>| s.is_some_and(|s| s == definition || s.holds(definition));
    if selected.iter().any(dropped) {
        return;
    }
    let inner = |s: &Selected<'_>| s.is_some_and(|s| definition.holds(s));
    match selected.iter().position(inner) {
        None => selected.push(Some(definition)),
        Some(place) => {
            selected.retain(|s| !inner(s));
            selected.insert(place.min(selected.len()), Some(definition));
        }
    }
}

/// The names that listing patterns give: each once, by code points.
pub(crate) fn names(patterns: &[Pattern], definitions: &[Definition]) -> Vec<EcoString> {
    let mut names: Vec<EcoString> = Vec::new();
    for pattern in patterns {
        names.extend(pattern.listed(definitions).map(|d| d.name.clone()));
    }
    names.sort_unstable();
    names.dedup();
    names
}

impl Definition {
    /// Whether another one lies inside of it. Names that one statement defines lie beside each other.
    fn holds(&self, other: &Self) -> bool {
        self.extent != other.extent
            && self.extent.start <= other.extent.start
            && other.extent.end <= self.extent.end
    }
}

#[cfg(test)]
mod tests;
