//! From a literal to [`Settings`]: every mistake is reported, none is skipped (spec 06 §3, §4).

use super::defaults::Words;
use super::rules::{self, Known};
use super::schema::{self, Support};
use super::settings::{LabelRule, Pattern, RuleUse, Settings};
use super::{Node, NodeValue, PolicyError, PolicyErrorCode, PolicyWarning};
use crate::decision::Place;
use crate::text::escaped;
use ecow::{EcoString, eco_format};
use std::collections::BTreeSet;

use PolicyErrorCode::{
    BadLabel, BadValue, DuplicateKey, NotAPolicy, NotSupported, UnknownKey, UnknownRule, WrongType,
};

type Entries = [(EcoString, Option<Place>, Node)];

/// The sections of a literal and the warnings about it.
pub(super) fn settings(
    name: &str,
    node: &Node,
) -> Result<(Settings, Vec<PolicyWarning>), Vec<PolicyError>> {
    let mut reader = Reader {
        name,
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    let settings = reader.policy(node);
    if reader.errors.is_empty() {
        Ok((settings, reader.warnings))
    } else {
        // In order of writing, whatever the order in which they were found.
        let position = |e: &PolicyError| e.place.as_ref().map(|p| (p.line, p.column));
        reader.errors.sort_by_key(position);
        Err(reader.errors)
    }
}

struct Reader<'a> {
    name: &'a str,
    errors: Vec<PolicyError>,
    warnings: Vec<PolicyWarning>,
}

impl Reader<'_> {
    fn policy(&mut self, node: &Node) -> Settings {
        let mut out = Settings::default();
        let NodeValue::Object(entries) = &node.value else {
            let message = eco_format!("Policy '@{}' must be an object", escaped(self.name));
            self.errors.push(PolicyError {
                code: NotAPolicy,
                message,
                place: node.place.clone(),
            });
            return out;
        };
        let locked = entries
            .iter()
            .any(|(k, _, v)| k == "locked" && v.value == NodeValue::Bool(true));
        for (key, value) in self.known(entries, "", schema::TOP) {
            match key {
                "defaults" => self.defaults(value, locked, &mut out),
                "operations" => self.operations(value, &mut out),
                "labels" => self.labels(value, &mut out),
                "locked" => self.locked(value),
                "name" => out.about.name = self.text(value, key),
                "description" => out.about.description = self.text(value, key),
                "version" => out.about.version = self.text(value, key),
                other => self.not_supported(other, value),
            }
        }
        out
    }

    fn defaults(&mut self, node: &Node, locked: bool, out: &mut Settings) {
        let Some(entries) = self.object(node, "defaults") else {
            return;
        };
        for (key, value) in self.known(entries, "defaults", schema::DEFAULTS) {
            let path = eco_format!("defaults.{key}");
            match key {
                "rules" => {
                    for pattern in self.strings(value, &path) {
                        self.rule(pattern, locked, out);
                    }
                }
                "unlabeled" => out.defaults.unlabeled = self.word(value, &path),
                "trustconflict" => out.defaults.trust_conflict = self.word(value, &path),
                "implicitflows" => out.defaults.implicit_flows = self.word(value, &path),
                _ => self.not_supported(&path, value),
            }
        }
    }

    /// One of the few words that a key may have.
    fn word<W: Words>(&mut self, value: &Node, path: &str) -> Option<W> {
        let word = match &value.value {
            NodeValue::Text(word) => W::of(word),
            _ => None,
        };
        if word.is_none() {
            let words: Vec<&str> = W::ALL.iter().map(|(w, _)| *w).collect();
            let text = eco_format!("'{path}' must be {}", schema::alternatives(&words));
            self.error(BadValue, &text, value.place.as_ref());
        }
        word
    }

    fn rule(&mut self, pattern: Pattern, locked: bool, out: &mut Settings) {
        let Pattern { text: name, place } = pattern;
        let rule = match rules::by_name(&name) {
            Some(Known::Now(rule)) => Some(rule),
            Some(Known::Later) => {
                let text = eco_format!("rule '{name}' is not supported yet");
                return self.error(NotSupported, &text, place.as_ref());
            }
            None if locked => {
                let text = eco_format!("unknown built-in rule \"{}\"", escaped(&name));
                return self.error(UnknownRule, &text, place.as_ref());
            }
            None => {
                self.warnings.push(unknown_rule(&name, place.clone()));
                None
            }
        };
        out.defaults.rules.push(RuleUse { name, rule, place });
    }

    fn operations(&mut self, node: &Node, out: &mut Settings) {
        let Some(entries) = self.object(node, "operations") else {
            return;
        };
        self.no_duplicates(entries, "operations");
        for (class, place, value) in entries {
            let path = eco_format!("operations.{}", escaped(class));
            let place = place.as_ref().or(value.place.as_ref());
            if !self.is_label(class, "operations", place) {
                continue;
            }
            let patterns = self.label_patterns(value, &path);
            if !patterns.is_empty() {
                out.operations.insert(class.clone(), patterns);
            }
        }
    }

    fn labels(&mut self, node: &Node, out: &mut Settings) {
        let Some(entries) = self.object(node, "labels") else {
            return;
        };
        self.no_duplicates(entries, "labels");
        for (label, place, value) in entries {
            let path = eco_format!("labels.{}", escaped(label));
            let place = place.as_ref().or(value.place.as_ref());
            if label != "*" && !self.is_label(label, "labels", place) {
                continue;
            }
            let Some(entries) = self.object(value, &path) else {
                continue;
            };
            let mut rule = LabelRule::default();
            for (key, value) in self.known(entries, &path, schema::LABEL_RULE) {
                let patterns = self.label_patterns(value, &eco_format!("{path}.{key}"));
                match key {
                    "allow" => rule.allow = patterns,
                    _ => rule.deny = patterns,
                }
            }
            if rule != LabelRule::default() {
                out.labels.insert(label.clone(), rule);
            }
        }
    }

    fn locked(&mut self, node: &Node) {
        match &node.value {
            NodeValue::Bool(false) => {}
            NodeValue::Bool(true) => self.not_supported("locked", node),
            _ => self.wrong_type("locked", "true or false", node),
        }
    }

    /// The entries with keys of the schema; the others are mistakes.
    fn known<'n>(
        &mut self,
        entries: &'n Entries,
        section: &str,
        schema: &[(&'static str, Support)],
    ) -> Vec<(&'static str, &'n Node)> {
        self.no_duplicates(entries, section);
        let mut found = Vec::new();
        for (key, place, value) in entries {
            let place = place.as_ref().or(value.place.as_ref());
            match schema.iter().find(|(k, _)| k == key) {
                Some((key, _)) => found.push((*key, value)),
                None => {
                    let inside = match section {
                        "" => EcoString::new(),
                        _ => eco_format!(" in {section}"),
                    };
                    let near = schema::nearest(key, schema.iter().map(|(k, _)| *k))
                        .map(|near| eco_format!(" — did you mean '{near}'?"))
                        .unwrap_or_default();
                    let text = eco_format!("unknown key '{}'{inside}{near}", escaped(key));
                    self.error(UnknownKey, &text, place);
                }
            }
        }
        found
    }

    /// A second value for a key would silently replace the first.
    fn no_duplicates(&mut self, entries: &Entries, section: &str) {
        let mut seen = BTreeSet::new();
        for (key, place, value) in entries {
            if !seen.insert(key) {
                let inside = match section {
                    "" => EcoString::new(),
                    _ => eco_format!(" in {section}"),
                };
                let text = eco_format!("key '{}'{inside} is given twice", escaped(key));
                self.error(DuplicateKey, &text, place.as_ref().or(value.place.as_ref()));
            }
        }
    }

    fn object<'n>(&mut self, node: &'n Node, path: &str) -> Option<&'n Entries> {
        match &node.value {
            NodeValue::Object(entries) => Some(entries),
            _ => {
                self.wrong_type(path, "an object", node);
                None
            }
        }
    }

    fn text(&mut self, node: &Node, path: &str) -> Option<EcoString> {
        match &node.value {
            NodeValue::Text(text) => Some(text.clone()),
            _ => {
                self.wrong_type(path, "a string", node);
                None
            }
        }
    }

    /// A list of strings, or one; trimmed, without empty ones and duplicates (spec 06 §3.1).
    fn strings(&mut self, node: &Node, path: &str) -> Vec<Pattern> {
        let items = match &node.value {
            NodeValue::List(items) => items.as_slice(),
            NodeValue::Text(_) => std::slice::from_ref(node),
            _ => {
                self.wrong_type(path, "a list of strings", node);
                return Vec::new();
            }
        };
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for item in items {
            let NodeValue::Text(text) = &item.value else {
                self.wrong_type(path, "a list of strings", item);
                continue;
            };
            let text = text.trim();
            if !text.is_empty() && seen.insert(text) {
                out.push(Pattern {
                    text: text.into(),
                    place: item.place.clone().or_else(|| node.place.clone()),
                });
            }
        }
        out
    }

    fn label_patterns(&mut self, node: &Node, path: &str) -> Vec<Pattern> {
        let mut patterns = self.strings(node, path);
        patterns.retain(|p| p.text == "*" || self.is_label(&p.text, path, p.place.as_ref()));
        patterns
    }

    /// Whether a text of a policy can be a label at all (spec 05 §3.1, last row). What cannot would be a rule
    /// that never applies.
    fn is_label(&mut self, text: &str, path: &str, place: Option<&Place>) -> bool {
        let shown = escaped(text);
        let fault = if text.contains('*') {
            eco_format!(
                "'{shown}' in {path} uses a wildcard: a label covers everything under it, so leave out the '*'"
            )
        } else if text.is_empty()
            || text.contains(|c: char| c.is_whitespace() || c.is_control() || ",\"'`".contains(c))
            || text.split(':').any(str::is_empty)
        {
            eco_format!("'{shown}' in {path} is not a label")
        } else {
            return true;
        };
        self.error(BadLabel, &fault, place);
        false
    }

    fn not_supported(&mut self, path: &str, node: &Node) {
        let text = eco_format!("'{path}' is not supported yet");
        self.error(NotSupported, &text, node.place.as_ref());
    }

    fn wrong_type(&mut self, path: &str, expected: &str, node: &Node) {
        let text = eco_format!("'{path}' must be {expected}");
        self.error(WrongType, &text, node.place.as_ref());
    }

    fn error(&mut self, code: PolicyErrorCode, text: &str, place: Option<&Place>) {
        self.errors.push(PolicyError {
            code,
            message: eco_format!("Policy '@{}': {text}", escaped(self.name)),
            place: place.cloned(),
        });
    }
}

fn unknown_rule(name: &str, place: Option<Place>) -> PolicyWarning {
    let shown = escaped(name);
    let names = rules::NAMES.iter().map(|(n, _)| *n);
    let (message, suggestion) = match schema::nearest(name, names.clone()) {
        Some(near) => (
            eco_format!("Unknown built-in rule \"{shown}\" — did you mean \"{near}\"?"),
            eco_format!(
                "Replace \"{shown}\" with \"{near}\" if that was the intended built-in policy rule."
            ),
        ),
        None => (
            eco_format!("Unknown built-in rule \"{shown}\"."),
            eco_format!("Use one of: {}", names.collect::<Vec<_>>().join(", ")),
        ),
    };
    PolicyWarning {
        code: "unknown-policy-rule",
        message,
        suggestion,
        place,
    }
}
