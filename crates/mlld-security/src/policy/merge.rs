//! The merged view: what several layers come to, for people and for single-valued settings (spec 06 §15).
//!
//! Decisions do not use it: they ask each layer.

use super::settings::{About, LabelRule, Pattern, Settings};
use ecow::EcoString;
use indexmap::IndexMap;

/// The merged view of `layers`; of one layer the layer itself.
pub(super) fn all<'a>(layers: impl IntoIterator<Item = &'a Settings>) -> Settings {
    let layers: Vec<&Settings> = layers.into_iter().collect();
    if let [one] = layers.as_slice() {
        return (*one).clone();
    }
    let mut merged = Settings {
        // Several policies have no common name, description or version.
        about: About::default(),
        labels: labels(&layers),
        ..Settings::default()
    };
    for layer in layers {
        let (ours, theirs) = (&mut merged.defaults, &layer.defaults);
        // None is the least of an option, the strictest word the greatest.
        ours.unlabeled = ours.unlabeled.max(theirs.unlabeled);
        ours.trust_conflict = ours.trust_conflict.max(theirs.trust_conflict);
        ours.implicit_flows = ours.implicit_flows.max(theirs.implicit_flows);
        for rule in &layer.defaults.rules {
            if merged.defaults.rules.iter().all(|r| r.name != rule.name) {
                merged.defaults.rules.push(rule.clone());
            }
        }
        for (class, patterns) in &layer.operations {
            unite(
                merged.operations.entry(class.clone()).or_default(),
                patterns,
            );
        }
    }
    merged
}

fn labels(layers: &[&Settings]) -> IndexMap<EcoString, LabelRule> {
    let mut by_label: IndexMap<&EcoString, Vec<&LabelRule>> = IndexMap::new();
    for (label, rule) in layers.iter().flat_map(|l| &l.labels) {
        by_label.entry(label).or_default().push(rule);
    }
    let mut out = IndexMap::new();
    for (label, rules) in by_label {
        let mut deny = Vec::new();
        for rule in &rules {
            unite(&mut deny, &rule.deny);
        }
        let allow = allows(&rules);
        if !(allow.is_empty() && deny.is_empty()) {
            out.insert(label.clone(), LabelRule { allow, deny });
        }
    }
    out
}

/// The allow list of several rules for one label: what all those with a list have in common; none if one
/// without a list denies anything.
fn allows(rules: &[&LabelRule]) -> Vec<Pattern> {
    let only_denies = |r: &&LabelRule| r.allow.is_empty() && !r.deny.is_empty();
    if rules.iter().any(only_denies) {
        return Vec::new();
    }
    let mut lists = rules.iter().map(|r| &r.allow).filter(|l| !l.is_empty());
    let mut common = lists.next().cloned().unwrap_or_default();
    for list in lists {
        common.retain(|p| list.iter().any(|q| q.text == p.text));
    }
    common
}

fn unite(ours: &mut Vec<Pattern>, theirs: &[Pattern]) {
    for pattern in theirs {
        if ours.iter().all(|p| p.text != pattern.text) {
            ours.push(pattern.clone());
        }
    }
}
