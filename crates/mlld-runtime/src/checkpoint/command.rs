//! What `mlld checkpoint` shows and does (spec 03 §18.6).

use super::store::Folder;
use crate::value::colour::escape_controls;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// The recorded calls of a script, as lines for people.
///
/// # Errors
/// One sentence.
pub fn list(root: &Path, script: &str) -> Result<String, String> {
    let loaded = Folder::of(root, script)?.load()?;
    if loaded.records.is_empty() {
        return Ok(format!("No checkpoint entries found for \"{script}\".\n"));
    }
    let mut records: Vec<_> = loaded.records.values().collect();
    records.sort_by_key(|r| r.place.execution_order);
    let mut out = format!("Checkpoint entries for {script}:\n");
    for record in &records {
        // The file lies in the project: what it holds must not steer the terminal.
        let preview = match record.args_preview.as_str() {
            "" => "<empty>".into(),
            text => text.replace(['\n', '\r', '\t'], " "),
        };
        let _ = writeln!(
            out,
            "- {} | {} | {}",
            escape_controls(&record.function),
            escape_controls(&preview),
            record.key
        );
    }
    let _ = writeln!(out, "Total: {}", records.len());
    Ok(out)
}

/// Everything that is kept about the calls of a script, as indented JSON; the answers are not in it.
///
/// # Errors
/// One sentence.
pub fn inspect(root: &Path, script: &str) -> Result<String, String> {
    let folder = Folder::of(root, script)?;
    let loaded = folder.load()?;
    let mut records: Vec<_> = loaded.records.values().collect();
    records.sort_by_key(|r| r.place.execution_order);
    let manifest = match &loaded.manifest {
        Some(manifest) => serde_json::to_value(manifest).unwrap_or(Value::Null),
        None => Value::Null,
    };
    let records: Vec<Value> = records
        .into_iter()
        .map(|r| serde_json::to_value(r).unwrap_or(Value::Null))
        .collect();
    let all = json!({
        "script": script,
        "cacheDir": folder.path().to_string_lossy(),
        "manifest": manifest,
        "records": records,
    });
    Ok(format!("{all:#}\n"))
}

/// Deletes what is kept of a script; says what was done.
///
/// # Errors
/// One sentence.
pub fn clean(root: &Path, script: &str) -> Result<String, String> {
    let cleared = Folder::of(root, script)?
        .clear()
        .map_err(|e| format!("Checkpoints cannot be deleted: {e}"))?;
    Ok(if cleared {
        format!("Cleared checkpoint cache for \"{script}\".\n")
    } else {
        format!("No checkpoint cache found for \"{script}\".\n")
    })
}
