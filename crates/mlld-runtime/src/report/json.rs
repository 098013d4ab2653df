//! A report for machines (spec 09 §2.2).

use super::Report;
use mlld_security::{BlockerKind, Denial, Origin};
use serde_json::{Map, Value, json};

impl Report {
    /// `{"error": {…}}` on one line, without a line end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        json!({ "error": self.to_json() }).to_string()
    }

    /// The error object; what is unknown is left out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut error = Map::new();
        let mut put = |name: &str, value: Value| drop(error.insert(name.to_owned(), value));
        put("code", self.code.into());
        if !self.number.is_empty() {
            put("number", self.number.into());
        }
        put("kind", self.kind.into());
        put("message", self.message.as_str().into());
        if let Some(place) = &self.place {
            put("file", (*place.file).into());
            put("line", place.line.into());
            put("column", place.column.into());
        }
        if let Some(hint) = &self.hint {
            put("hint", hint.as_str().into());
        }
        if !self.details.is_empty() {
            let lines: Vec<_> = self.details.iter().map(|d| d.as_str()).collect();
            put("details", json!({ "lines": lines }));
        }
        if let Some(denial) = &self.denial {
            put("denial", denial_json(denial));
        }
        Value::Object(error)
    }
}

/// The machine form of a refusal (spec 06 §23), with what people are shown beside it: origin and place of the rule.
fn denial_json(denial: &Denial) -> Value {
    let blocker = &denial.blocker;
    let kind = match blocker.kind {
        BlockerKind::Policy => "policy",
        BlockerKind::Guard => "guard",
    };
    let texts = |list: &[ecow::EcoString]| -> Vec<Value> {
        list.iter().map(|s| s.as_str().into()).collect()
    };
    let mut by = json!({
        "type": kind,
        "name": blocker.name.as_str(),
        "rule": blocker.rule.as_deref(),
    });
    if let (Some(by), Some(place)) = (by.as_object_mut(), &blocker.place) {
        by.insert("file".into(), (*place.file).into());
        by.insert("line".into(), place.line.into());
        by.insert("column".into(), place.column.into());
    }
    let mut object = json!({
        "code": denial.code.as_str(),
        "operation": { "type": operation_type(&denial.operation), "description": denial.operation.as_str() },
        "blocker": by,
        "labels": { "input": texts(&denial.input_labels), "operation": texts(&denial.operation_labels) },
        "sources": texts(&denial.input_sources),
        "reason": denial.reason.as_str(),
        "suggestions": texts(&denial.suggestions),
    });
    if let (Some(object), false) = (object.as_object_mut(), denial.trail.is_empty()) {
        object.insert("trail".into(), trail(&denial.trail));
    }
    object
}

/// The places that the refused label has passed, each with those before it.
fn trail(origins: &[Origin]) -> Value {
    let one = |origin: &Origin| {
        let place = &origin.stop.place;
        let mut object = json!({
            "name": origin.stop.name.as_str(),
            "file": *place.file,
            "line": place.line,
            "column": place.column,
            "from": trail(&origin.from),
        });
        if let (Some(object), Some(how)) = (object.as_object_mut(), origin.how) {
            object.insert("how".into(), how.word().into());
        }
        object
    };
    origins.iter().map(one).collect()
}

/// `run` of `/run "printf hi"`.
fn operation_type(description: &str) -> &str {
    let word = description.split_whitespace().next().unwrap_or_default();
    word.strip_prefix('/').unwrap_or(word)
}
