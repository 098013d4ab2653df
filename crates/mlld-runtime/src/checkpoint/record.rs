//! What is kept about the cache of a script as a whole, and about each call (spec 03 §18.3).

use super::hash::is_sha256;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Version of the form of a manifest that is written, and the highest that is read.
const VERSION: u32 = 1;

/// `manifest.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Manifest {
    version: u32,
    pub(super) script_name: String,
    pub(super) script_path: String,
    pub(super) created: String,
    pub(super) last_updated: String,
    pub(super) total_cached: usize,
    pub(super) total_size_bytes: u64,
    /// The script whose answers were served too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) forked_from: Option<String>,
    /// Where each named checkpoint stood in the order of calls when it was last passed.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) named_checkpoints: IndexMap<String, u64>,
    /// What `complete` said at the end of the scope of each.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) checkpoint_states: IndexMap<String, CheckpointState>,
}

/// Whether the scope of a checkpoint was complete when it ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckpointState {
    pub(super) complete: bool,
    pub(super) updated_at: String,
}

impl Manifest {
    /// That of a cache which begins.
    pub(super) fn new(script_name: &str, script_path: &str, now: &str) -> Self {
        Self {
            version: VERSION,
            script_name: script_name.into(),
            script_path: script_path.into(),
            created: now.into(),
            ..Self::default()
        }
    }

    /// Reads a manifest; `None` for a text that is none.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// Whether a later mlld has written it, in a form that is not known here.
    pub(super) fn is_newer(&self) -> bool {
        self.version > VERSION
    }

    /// Whether the scope of that name was complete.
    pub(super) fn is_complete(&self, name: &str) -> bool {
        self.checkpoint_states.get(name).is_some_and(|s| s.complete)
    }
}

/// A line of `llm-cache.jsonl`: a call that was answered. What it was answered stands in a result file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) key: String,
    #[serde(rename = "fn")]
    pub(super) function: String,
    #[serde(default)]
    pub(super) args_hash: String,
    #[serde(default)]
    pub(super) args_preview: String,
    #[serde(default)]
    pub(super) result_size: u64,
    #[serde(default)]
    pub(super) ts: String,
    #[serde(default)]
    pub(super) duration_ms: u64,
    #[serde(default, flatten)]
    pub(super) place: CallPlace,
    #[serde(default)]
    pub(super) fn_hash: String,
}

/// Where and when in a run a call was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CallPlace {
    /// `file#line:column`.
    pub(super) invocation_site: String,
    /// Which call site of the executable, in the order in which they were first reached, from 0.
    pub(super) invocation_index: u64,
    /// Which call at that site, from 0.
    pub(super) invocation_ordinal: u64,
    /// Which call of the run, from 0.
    pub(super) execution_order: u64,
}

impl Record {
    /// Reads a line; `None` for a broken one.
    pub(super) fn read(line: &str) -> Option<Self> {
        let record: Self = serde_json::from_str(line).ok()?;
        is_sha256(&record.key).then_some(record)
    }

    /// The line, without its end.
    pub(super) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::hash::sha256;

    #[test]
    fn a_record_has_the_fields_of_the_specification() {
        let record = Record {
            key: sha256(b"k"),
            function: "ask".into(),
            args_hash: "sha256:a".into(),
            args_preview: "one".into(),
            result_size: 7,
            ts: "t".into(),
            duration_ms: 3,
            place: CallPlace::default(),
            fn_hash: "sha256:f".into(),
        };
        let line = record.line();
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            names,
            [
                "key",
                "fn",
                "argsHash",
                "argsPreview",
                "resultSize",
                "ts",
                "durationMs",
                "invocationSite",
                "invocationIndex",
                "invocationOrdinal",
                "executionOrder",
                "fnHash"
            ]
        );
        assert_eq!(Record::read(&line), Some(record));
    }

    #[test]
    fn lines_that_are_no_records_are_ignored() {
        for line in ["", "{", "1", "{}", r#"{"key":"sha256:../../x","fn":"f"}"#] {
            assert_eq!(Record::read(line), None, "{line}");
        }
    }

    #[test]
    fn a_manifest_tells_its_version() {
        let of = |v: u32| Manifest::read(format!(r#"{{"version":{v}}}"#).as_bytes()).unwrap();
        assert!(!of(1).is_newer());
        assert!(of(2).is_newer());
        assert!(Manifest::read(b"{\"version\":").is_none());
    }
}
