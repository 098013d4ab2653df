//! Risk classes: from labels of operations to names that rules speak of (spec 06 §13).

use super::pattern::{folded, prefixes};
use super::settings::Settings;
use crate::label::is_under;
use crate::operation::Target;
use ecow::EcoString;
use rustc_hash::FxHashMap;

/// The `operations` of one or several layers, with the classes that follow from classes worked out.
#[derive(Debug, Default)]
pub(super) struct Classes {
    names: Vec<EcoString>,
    /// The classes that list a pattern.
    listed: FxHashMap<EcoString, Vec<usize>>,
    /// The classes that list `*`.
    every: Vec<usize>,
}

impl Classes {
    /// Of all layers, for deny rules: any spelling of a command counts.
    pub(super) fn wide_of<'a>(layers: impl IntoIterator<Item = &'a Settings>) -> Self {
        let mut out = Self::default();
        let mut index = FxHashMap::default();
        for settings in layers {
            out.add(settings, &mut index, true);
        }
        out
    }

    /// Of one layer, for its allow rules: patterns as they are written.
    pub(super) fn narrow_of(layer: &Settings) -> Self {
        let mut out = Self::default();
        out.add(layer, &mut FxHashMap::default(), false);
        out
    }

    fn add(
        &mut self,
        settings: &Settings,
        index: &mut FxHashMap<EcoString, usize>,
        any_spelling: bool,
    ) {
        for (class, patterns) in &settings.operations {
            let number = *index.entry(class.clone()).or_insert_with(|| {
                self.names.push(class.clone());
                self.names.len() - 1
            });
            for pattern in patterns {
                if pattern.text == "*" {
                    push_new(&mut self.every, number);
                    continue;
                }
                if any_spelling && let Some(folded) = folded(&pattern.text) {
                    push_new(self.listed.entry(folded).or_default(), number);
                }
                push_new(self.listed.entry(pattern.text.clone()).or_default(), number);
            }
        }
    }

    /// The classes of a target for deny rules: by everything that deny patterns match.
    pub(super) fn wide(&self, target: &Target) -> Vec<&str> {
        let mut gained = Gained::new(self);
        gained.by_label(&target.label);
        for label in &target.also_denied {
            gained.by_label(label);
        }
        if target.opaque {
            for (pattern, classes) in &self.listed {
                if is_under(pattern, &target.label) {
                    gained.add(classes);
                }
            }
        }
        gained.close()
    }

    /// The classes of a target for allow rules: by what allow patterns match.
    pub(super) fn narrow(&self, target: &Target) -> Vec<&str> {
        let mut gained = Gained::new(self);
        gained.by_label(target.allowed_as.as_ref().unwrap_or(&target.label));
        gained.close()
    }
}

/// The classes of one target, as they are found.
struct Gained<'a> {
    classes: &'a Classes,
    has: Vec<bool>,
    order: Vec<usize>,
}

impl<'a> Gained<'a> {
    fn new(classes: &'a Classes) -> Self {
        let mut new = Self {
            classes,
            has: vec![false; classes.names.len()],
            order: Vec::new(),
        };
        new.add(&classes.every);
        new
    }

    fn by_label(&mut self, label: &str) {
        for prefix in prefixes(label) {
            if let Some(classes) = self.classes.listed.get(prefix) {
                self.add(classes);
            }
        }
    }

    fn add(&mut self, classes: &[usize]) {
        for number in classes {
            if let Some(has) = self.has.get_mut(*number)
                && !*has
            {
                *has = true;
                self.order.push(*number);
            }
        }
    }

    /// A class counts where another class lists it, until nothing new comes. Each class is looked at once, so
    /// cycles are harmless.
    fn close(mut self) -> Vec<&'a str> {
        let mut done = 0;
        while let Some(number) = self.order.get(done).copied() {
            done += 1;
            if let Some(name) = self.classes.names.get(number) {
                self.by_label(name);
            }
        }
        let names = &self.classes.names;
        self.order
            .iter()
            .filter_map(|n| names.get(*n))
            .map(EcoString::as_str)
            .collect()
    }
}

fn push_new(list: &mut Vec<usize>, number: usize) {
    // Classes come in order, so a number that is there is the last one.
    if list.last() != Some(&number) && !list.contains(&number) {
        list.push(number);
    }
}
