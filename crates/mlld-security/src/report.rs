//! A refusal as people and machines read it (spec 06 §23).

use crate::decision::{BlockerKind, Denial, Place};
use crate::policy::{Node, NodeValue};
use crate::text::escaped;
use crate::trail::{How, Origin, Stop, StopKind};
use ecow::{EcoString, eco_format};

/// A longer value is cut in the report for people.
const LONGEST: usize = 400;
/// Places of a trail that people are shown.
const SHOWN: usize = 8;

impl Denial {
    /// The report for the terminal: several lines, without a line break at the end. Values cannot write lines
    /// of it.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::from("Operation denied");
        line(&mut out, "Operation", &self.operation);
        let kind = match self.blocker.kind {
            BlockerKind::Policy => "Policy",
            BlockerKind::Guard => "Guard",
        };
        line(
            &mut out,
            "Blocked by",
            &eco_format!("{kind} {}", self.blocker.name),
        );
        if let Some(rule) = &self.blocker.rule {
            line(&mut out, "Rule", rule);
        }
        if let Some(place) = &self.blocker.place {
            line(&mut out, "Declared at", &eco_format!("{place}"));
        }
        list(&mut out, "Input labels", &self.input_labels);
        list(&mut out, "Input sources", &self.input_sources);
        list(&mut out, "Operation labels", &self.operation_labels);
        self.trail_lines(&mut out);
        line(&mut out, "Reason", &self.reason);
        if !self.suggestions.is_empty() {
            out.push_str("\n  Suggestions:");
            for suggestion in &self.suggestions {
                out.push_str("\n  - ");
                value(&mut out, suggestion);
            }
        }
        out
    }

    /// The way of the label to the operation, one way of several; the last place first.
    fn trail_lines(&self, out: &mut String) {
        let (Some(label), Some(mut here)) = (&self.label, self.trail.first()) else {
            return;
        };
        line(out, &eco_format!("How '{label}' came here"), "");
        out.truncate(out.trim_end().len());
        for _ in 0..SHOWN {
            out.push_str("\n  - ");
            value(out, &here.sentence());
            match here.from.first() {
                Some(before) => here = before,
                None => return,
            }
        }
        out.push_str("\n  - …");
    }

    /// The machine form: what SDK, JSON output and ledger hold.
    #[must_use]
    pub fn to_node(&self) -> Node {
        let kind = match self.blocker.kind {
            BlockerKind::Policy => "policy",
            BlockerKind::Guard => "guard",
        };
        let mut operation = vec![
            ("type", text(self.operation_type())),
            ("description", text(&self.operation)),
        ];
        operation.extend(self.place.as_ref().map(|p| ("place", place(p))));
        let mut blocker = vec![("type", text(kind)), ("name", text(&self.blocker.name))];
        blocker.extend(self.blocker.rule.as_ref().map(|r| ("rule", text(r))));
        blocker.extend(self.blocker.place.as_ref().map(|p| ("place", place(p))));
        object(vec![
            ("code", text(self.code.as_str())),
            ("operation", object(operation)),
            ("blocker", object(blocker)),
            (
                "labels",
                object(vec![
                    ("input", texts(&self.input_labels)),
                    ("operation", texts(&self.operation_labels)),
                ]),
            ),
            ("sources", texts(&self.input_sources)),
            ("trail", origins(&self.trail)),
            ("reason", text(&self.reason)),
            ("suggestions", texts(&self.suggestions)),
        ])
    }

    /// `run` of `/run "printf hi"`.
    fn operation_type(&self) -> &str {
        let description = self.operation.strip_prefix('/').unwrap_or(&self.operation);
        let mut words = description.split(char::is_whitespace);
        words.next().unwrap_or_default()
    }
}

fn line(out: &mut String, name: &str, content: &str) {
    out.push_str("\n  ");
    out.push_str(name);
    out.push_str(": ");
    value(out, content);
}

fn list(out: &mut String, name: &str, items: &[EcoString]) {
    if items.is_empty() {
        return;
    }
    out.push_str("\n  ");
    out.push_str(name);
    out.push_str(": [");
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        value(out, item);
    }
    out.push(']');
}

fn value(out: &mut String, content: &str) {
    match content.char_indices().nth(LONGEST) {
        None => out.push_str(&escaped(content)),
        Some((end, _)) => {
            let head = content.get(..end).unwrap_or_default();
            out.push_str(&escaped(head));
            out.push('…');
        }
    }
}

fn node(value: NodeValue) -> Node {
    Node { value, place: None }
}

fn text(content: &str) -> Node {
    node(NodeValue::Text(content.into()))
}

fn place(place: &Place) -> Node {
    node(NodeValue::Text(eco_format!("{place}")))
}

fn texts(items: &[EcoString]) -> Node {
    node(NodeValue::List(items.iter().map(|t| text(t)).collect()))
}

/// The places of a trail, with those before each.
fn origins(all: &[Origin]) -> Node {
    let nodes = all.iter().map(Origin::to_node);
    node(NodeValue::List(nodes.collect()))
}

impl Origin {
    /// The machine form.
    #[must_use]
    pub fn to_node(&self) -> Node {
        let kind = match self.stop.kind {
            StopKind::Variable => "variable",
            StopKind::Import => "import",
            StopKind::Call => "call",
        };
        let mut entries = vec![
            ("kind", text(kind)),
            ("name", text(&self.stop.name)),
            ("place", place(&self.stop.place)),
        ];
        entries.extend(self.how.map(|how| ("how", text(how.word()))));
        if !self.sources.is_empty() {
            let sources = self.sources.iter().map(|s| text(s));
            entries.push(("sources", node(NodeValue::List(sources.collect()))));
        }
        if !self.from.is_empty() {
            entries.push(("from", origins(&self.from)));
        }
        object(entries)
    }

    /// The place in a line for people: `@customers (main.mld:3:1): declared`.
    #[must_use]
    pub fn sentence(&self) -> EcoString {
        let Stop { kind, name, place } = &self.stop;
        let call = match kind {
            StopKind::Call => "()",
            StopKind::Variable | StopKind::Import => "",
        };
        let mut out = eco_format!("@{name}{call} at {place}");
        match self.how {
            Some(How::Declared) => out.push_str(": declared there"),
            Some(How::Executable) => out.push_str(": a label of the executable"),
            Some(How::Rule) => out.push_str(": put by a rule"),
            Some(How::Made) => out.push_str(": made there"),
            Some(How::Entered) => {
                out.push_str(": came in");
                if let Some(source) = self.sources.first() {
                    out.push_str(" from ");
                    out.push_str(source);
                }
            }
            None => {}
        }
        out
    }
}

fn object(entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(k, v)| (k.into(), None, v));
    node(NodeValue::Object(entries.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::{Blocker, DenialCode};

    fn denial(operation: &str, reason: &str) -> Denial {
        Denial {
            code: DenialCode::Guard,
            operation: operation.into(),
            place: None,
            blocker: Blocker {
                kind: BlockerKind::Guard,
                name: "g".into(),
                rule: None,
                place: None,
            },
            label: None,
            trail: Vec::new(),
            input_labels: Vec::new(),
            input_sources: Vec::new(),
            operation_labels: Vec::new(),
            reason: reason.into(),
            suggestions: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(
            denial("/show", "no").render(),
            "Operation denied\n  Operation: /show\n  Blocked by: Guard g\n  Reason: no"
        );
    }

    #[test]
    fn values_write_no_lines_of_the_report() {
        let report = denial("/run \"a\nb\"", "x\r\n  Rule: forged\u{1b}[31m\u{202e}").render();
        assert_eq!(report.lines().count(), 4);
        assert!(report.contains("/run \"a\\nb\""));
        assert!(report.contains("x\\r\\n  Rule: forged\\x1b[31m\\u{202e}"));
    }

    #[test]
    fn long_values_are_cut_for_people_only() {
        let long = "é".repeat(100_000);
        let denial = denial("/show", &long);
        assert!(denial.render().len() < 2_000);
        let whole = format!("{:?}", denial.to_node());
        assert!(whole.contains(&long));
    }

    #[test]
    fn the_type_is_the_first_word() {
        for (operation, kind) in [("/run \"printf hi\"", "run"), ("/show", "show"), ("", "")] {
            assert_eq!(denial(operation, "").operation_type(), kind);
        }
    }
}
