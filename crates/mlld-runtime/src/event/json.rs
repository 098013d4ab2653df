//! Events for machines (spec 03 §20, 09 §7).

use super::{Effect, Security, StateWrite};
use ecow::EcoString;
use mlld_security::{BlockerKind, Denial};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What stands in place of a content that the caller may not see.
const REDACTED: &str = "[REDACTED]";

impl Security {
    /// `{ "labels": [], "taint": [], "sources": [] }`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let texts =
            |list: &[Arc<str>]| -> Vec<Value> { list.iter().map(|t| (**t).into()).collect() };
        json!({
            "labels": texts(&self.labels),
            "taint": texts(&self.taint),
            "sources": texts(&self.sources),
        })
    }
}

impl Effect {
    /// `{ type, content, path?, security }`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = Map::new();
        out.insert("type".into(), self.medium.word().into());
        let content = self.content.as_ref().map_or(REDACTED, EcoString::as_str);
        out.insert("content".into(), content.into());
        if let Some(path) = &self.path {
            out.insert("path".into(), path.to_string_lossy().into());
        }
        out.insert("security".into(), self.security.to_json());
        Value::Object(out)
    }
}

impl StateWrite {
    /// `{ path, value, operation, security, index, timestamp }`; the time is the caller's to tell.
    #[must_use]
    pub fn to_json(&self, timestamp: &str) -> Value {
        // Text that is no JSON cannot be here; should it be, it stays text.
        let value = serde_json::from_str::<Value>(&self.value)
            .unwrap_or_else(|_| self.value.as_str().into());
        json!({
            "path": self.path.as_str(),
            "value": value,
            "operation": "set",
            "security": self.security.to_json(),
            "index": self.index,
            "timestamp": timestamp,
        })
    }
}

/// A refusal as lists of refusals have it (spec 09 §7.6); the long form is [`crate::Report::to_json`].
#[must_use]
pub fn denial(denial: &Denial) -> Value {
    let guard = match denial.blocker.kind {
        BlockerKind::Guard => Some(denial.blocker.name.as_str()),
        BlockerKind::Policy => None,
    };
    let labels: Vec<&str> = denial.input_labels.iter().map(EcoString::as_str).collect();
    json!({
        "guard": guard,
        "operation": operation(&denial.operation),
        "reason": denial.reason.as_str(),
        "rule": denial.blocker.rule.as_deref(),
        "labels": labels,
        // Which argument was which is known to guards only, and none can be declared yet.
        "args": Value::Null,
    })
}

/// The name of a call, the type of every other operation: `send` of `/exe "send"`, `show` of `/show`.
pub(crate) fn operation(described: &str) -> &str {
    let (word, rest) = described.split_once(' ').unwrap_or((described, ""));
    let name = rest.trim_matches('"');
    match word.strip_prefix('/').unwrap_or(word) {
        "exe" if !name.is_empty() => name,
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Medium;

    #[test]
    fn operations_have_a_name_or_a_type() {
        assert_eq!(operation("/exe \"send\""), "send");
        assert_eq!(operation("/show"), "show");
        assert_eq!(operation("/run \"printf hi\""), "run");
    }

    #[test]
    fn what_may_not_be_seen_is_redacted() {
        let effect = Effect {
            medium: Medium::File,
            content: None,
            path: Some("/tmp/x".into()),
            security: Security::default(),
        };
        let json = effect.to_json();
        assert_eq!(json.get("content"), Some(&REDACTED.into()));
        assert_eq!(json.get("path"), Some(&"/tmp/x".into()));
    }

    #[test]
    fn state_values_keep_their_type() {
        let write = StateWrite {
            path: "a.b".into(),
            value: "{\"n\":[1,null]}".into(),
            security: Security::default(),
            index: 3,
        };
        let json = write.to_json("now");
        assert_eq!(json.get("value"), Some(&json!({ "n": [1, null] })));
        assert_eq!(json.get("index"), Some(&3.into()));
        assert_eq!(json.get("timestamp"), Some(&"now".into()));
    }
}
