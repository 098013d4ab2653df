//! The normal form of a policy: what `show @p` and `@mx.policy.configs` show (spec 06 §3.2).

use super::defaults::Words;
use super::settings::{LabelRule, Pattern, Settings};
use super::{Node, NodeValue};
use crate::decision::Place;
use ecow::EcoString;

/// The sections in the order of spec 06 §3.2, what is only for people first; empty ones are left out.
pub(super) fn node(settings: &Settings) -> Node {
    let mut out = Entries::default();
    let about = &settings.about;
    for (key, value) in [
        ("name", &about.name),
        ("description", &about.description),
        ("version", &about.version),
    ] {
        if let Some(text) = value {
            out.add(key, plain(NodeValue::Text(text.clone())));
        }
    }
    let mut defaults = Entries::default();
    let written = &settings.defaults;
    defaults.add_word("unlabeled", written.unlabeled);
    let rules = written.rules.iter();
    defaults.add_list("rules", rules.map(|r| (&r.name, &r.place)));
    defaults.add_word("trustconflict", written.trust_conflict);
    defaults.add_word("implicitflows", written.implicit_flows);
    out.add_section("defaults", defaults);
    let mut labels = Entries::default();
    for (label, rule) in &settings.labels {
        labels.add_section(label, label_rule(rule));
    }
    out.add_section("labels", labels);
    let mut operations = Entries::default();
    for (class, patterns) in &settings.operations {
        operations.add_list(class, texts(patterns));
    }
    out.add_section("operations", operations);
    out.node()
}

fn label_rule(rule: &LabelRule) -> Entries {
    let mut out = Entries::default();
    out.add_list("allow", texts(&rule.allow));
    out.add_list("deny", texts(&rule.deny));
    out
}

fn texts(patterns: &[Pattern]) -> impl Iterator<Item = (&EcoString, &Option<Place>)> {
    patterns.iter().map(|p| (&p.text, &p.place))
}

/// A node that is not written anywhere.
pub(super) fn plain(value: NodeValue) -> Node {
    Node { value, place: None }
}

/// An object in the making.
#[derive(Default)]
struct Entries(Vec<(EcoString, Option<Place>, Node)>);

impl Entries {
    fn add(&mut self, key: &str, node: Node) {
        self.0.push((key.into(), None, node));
    }

    fn add_word<W: Words>(&mut self, key: &str, word: Option<W>) {
        if let Some(word) = word {
            self.add(key, plain(NodeValue::Text(word.word().into())));
        }
    }

    fn add_section(&mut self, key: &str, section: Entries) {
        if !section.0.is_empty() {
            self.add(key, section.node());
        }
    }

    fn add_list<'a>(
        &mut self,
        key: &str,
        items: impl Iterator<Item = (&'a EcoString, &'a Option<Place>)>,
    ) {
        let items: Vec<Node> = items
            .map(|(text, place)| Node {
                value: NodeValue::Text(text.clone()),
                place: place.clone(),
            })
            .collect();
        if !items.is_empty() {
            self.add(key, plain(NodeValue::List(items)));
        }
    }

    fn node(self) -> Node {
        plain(NodeValue::Object(self.0))
    }
}
