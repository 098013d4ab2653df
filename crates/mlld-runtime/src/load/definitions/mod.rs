//! Definitions in source code (spec 04 §2): which there are, and what selects them.

mod language;
mod pattern;
mod walk;

pub(crate) use pattern::{Family, Kind, Pattern, PatternError, family};

use ecow::{EcoString, eco_format};
use language::Language;
use std::collections::BTreeMap;
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
    let mut selecting = Selecting::default();
    let mut matched = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        let matching = pattern.matching(definitions, text);
        matched.push(!matching.is_empty());
        if matching.is_empty() {
            selecting.list.push(Some(None));
        }
        for definition in matching {
            selecting.add(definition);
        }
    }
    Selection {
        list: selecting.list.into_iter().flatten().collect(),
        matched,
    }
}

/// Definitions that were selected so far. No two of them lie in each other, so that the one around a place is found by
/// where they start.
#[derive(Default)]
struct Selecting<'d> {
    /// In order; nothing where one was taken out again.
    list: Vec<Option<Selected<'d>>>,
    /// The places in the list, by where the definitions start. One statement may define several.
    by_start: BTreeMap<usize, Vec<usize>>,
}

impl<'d> Selecting<'d> {
    fn at(&self, place: usize) -> Selected<'d> {
        self.list.get(place).copied().flatten().flatten()
    }

    fn add(&mut self, definition: &'d Definition) {
        let extent = &definition.extent;
        if let Some((_, places)) = self.by_start.range(..=extent.start).next_back() {
            let mut there = places.iter().filter_map(|p| self.at(*p));
            if there.any(|d| d == definition || d.holds(definition)) {
                return;
            }
        }
        let mut taken = Vec::new();
        for (start, places) in self
            .by_start
            .range(extent.start..extent.end.max(extent.start))
        {
            if places
                .iter()
                .filter_map(|p| self.at(*p))
                .any(|d| definition.holds(d))
            {
                taken.push((*start, places.clone()));
            }
        }
        let mut place = self.list.len();
        for (start, places) in taken {
            self.by_start.remove(&start);
            for inner in places {
                place = place.min(inner);
                if let Some(slot) = self.list.get_mut(inner) {
                    *slot = None;
                }
            }
        }
        match self.list.get_mut(place) {
            Some(slot) => *slot = Some(Some(definition)),
            None => self.list.push(Some(Some(definition))),
        }
        self.by_start.entry(extent.start).or_default().push(place);
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
