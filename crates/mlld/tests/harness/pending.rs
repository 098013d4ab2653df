//! The list of cases that wait for a feature.

use super::compare::read_text;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// `pending.txt`: `area/case  what it waits for`, one a line; `#` begins a comment line.
pub(crate) struct Pending {
    /// Case to feature.
    cases: BTreeMap<String, String>,
    /// Lines that are wrong in themselves.
    malformed: Vec<String>,
}

impl Pending {
    /// Reads the list; a list that does not exist is empty.
    pub(crate) fn read(path: &Path) -> Self {
        Self::parse(&read_text(path).unwrap_or_default())
    }

    /// Reads the text of a list.
    fn parse(text: &str) -> Self {
        let mut list = Self {
            cases: BTreeMap::new(),
            malformed: Vec::new(),
        };
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once(char::is_whitespace) {
                None => list
                    .malformed
                    .push(format!("`{line}` does not say what it waits for")),
                Some((case, feature)) => {
                    let feature = feature.trim().to_owned();
                    if list.cases.insert(case.to_owned(), feature).is_some() {
                        list.malformed.push(format!("`{case}` is listed twice"));
                    }
                }
            }
        }
        list
    }

    /// What the case waits for; `None` if it has to pass.
    pub(crate) fn feature(&self, case: &str) -> Option<&str> {
        self.cases.get(case).map(String::as_str)
    }

    /// What is wrong with the list, given the names of all cases.
    pub(crate) fn problems<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<String> {
        let names: BTreeSet<_> = names.collect();
        let unknown = self
            .cases
            .keys()
            .filter(|c| !names.contains(c.as_str()))
            .map(|c| format!("there is no case `{c}`"));
        self.malformed.iter().cloned().chain(unknown).collect()
    }
}
