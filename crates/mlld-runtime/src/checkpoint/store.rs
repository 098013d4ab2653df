//! The folder of a script's cache: `.mlld/checkpoints/SCRIPT/` in the project root (spec 03 §18.3).

use super::hash::is_sha256;
use super::record::{Manifest, Record};
use crate::effect::own;
use crate::effect::read::{self, ReadError};
use crate::load::path::resolved;
use indexmap::IndexMap;
use std::io;
use std::path::{Path, PathBuf};

/// Where caches lie in a project.
const CHECKPOINTS: &str = ".mlld/checkpoints";
/// The name of the manifest.
const MANIFEST: &str = "manifest.json";
/// The name of the list of calls.
const RECORDS: &str = "llm-cache.jsonl";
/// The name of the folder of answers.
const RESULTS: &str = "results";

/// Calls by their keys, in the order of first appearance.
pub(super) type Records = IndexMap<String, Record>;

/// The folder of one script.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) manifest: Option<Manifest>,
    pub(super) records: Records,
    /// It was written by a later mlld: nothing of it is used.
    pub(super) newer: bool,
    /// Most lines of the list are of calls that were recorded again later.
    pub(super) stale: bool,
}

impl Folder {
    /// The folder of `script` in the project at `root`.
    ///
    /// # Errors
    /// One sentence, if links lead out of the project: what is written and deleted there would be somebody
    /// else's.
    pub(super) fn of(root: &Path, script: &str) -> Result<Self, String> {
        let is_name = !script.is_empty()
            && !matches!(script, "." | "..")
            && !script.contains(['/', '\\', '\0']);
        let path = root.join(CHECKPOINTS).join(script);
        let inside = |p: &Path| resolved(p).starts_with(resolved(root));
        if !is_name || !inside(&path) || !inside(&path.join(RESULTS)) {
            return Err(format!(
                "Checkpoints cannot be kept in {}: it is no folder of the project",
                path.display()
            ));
        }
        Ok(Self { path })
    }

    /// The folder's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads manifest and calls. What is not there, or broken, is left out.
    pub(super) fn load(&self) -> Result<Loaded, String> {
        let manifest = self.read(MANIFEST)?;
        let manifest = manifest.and_then(|m| Manifest::read(&m));
        if manifest.as_ref().is_some_and(Manifest::is_newer) {
            return Ok(Loaded {
                newer: true,
                ..Loaded::default()
            });
        }
        let mut records = Records::new();
        let lines = self.read(RECORDS)?.unwrap_or_default();
        let mut count = 0;
        for line in String::from_utf8_lossy(&lines).lines() {
            count += 1;
            if let Some(record) = Record::read(line) {
                records.insert(record.key.clone(), record);
            }
        }
        Ok(Loaded {
            manifest,
            stale: count > 2 * records.len() + 100,
            records,
            newer: false,
        })
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        match read::own_file(&self.path.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(ReadError::Missing) => Ok(None),
            Err(ReadError::Other(why)) => Err(format!("Checkpoints cannot be read: {name}: {why}")),
        }
    }

    /// Adds a call.
    pub(super) fn append(&self, record: &Record) -> io::Result<()> {
        own::append_line(&self.path.join(RECORDS), &record.line())
    }

    /// Writes all calls anew.
    pub(super) fn write_records(&self, records: &Records) -> io::Result<()> {
        let mut text = String::new();
        for record in records.values() {
            text.push_str(&record.line());
            text.push('\n');
        }
        own::replace(&self.path.join(RECORDS), text.as_bytes())
    }

    /// Writes the manifest.
    pub(super) fn write_manifest(&self, manifest: &Manifest) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(manifest)?;
        text.push('\n');
        own::replace(&self.path.join(MANIFEST), text.as_bytes())
    }

    /// The text of an answer; `None` if there is none.
    pub(super) fn read_result(&self, key: &str) -> Result<Option<String>, String> {
        let Some(path) = self.result(key) else {
            return Ok(None);
        };
        match read::own_file(&path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(ReadError::Missing) => Ok(None),
            Err(ReadError::Other(why)) => Err(why),
        }
    }

    /// Writes an answer.
    pub(super) fn write_result(&self, key: &str, text: &str) -> io::Result<()> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "no key");
        own::replace(&self.result(key).ok_or_else(invalid)?, text.as_bytes())
    }

    /// Removes an answer.
    pub(super) fn remove_result(&self, key: &str) -> io::Result<()> {
        match self.result(key) {
            Some(path) => own::remove(&path).map(drop),
            None => Ok(()),
        }
    }

    /// Removes everything; false if there was nothing.
    pub(super) fn clear(&self) -> io::Result<bool> {
        own::remove_folder(&self.path)
    }

    fn result(&self, key: &str) -> Option<PathBuf> {
        let hex = key.strip_prefix("sha256:").filter(|_| is_sha256(key))?;
        Some(self.path.join(RESULTS).join(format!("sha256-{hex}.json")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_outside_of_the_project_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let (root, away) = (temp.path().join("project"), temp.path().join("away"));
        own::make_folder(&root.join(CHECKPOINTS)).unwrap();
        own::make_folder(&away).unwrap();
        assert!(Folder::of(&root, "job").is_ok());
        for bad in ["", ".", "..", "../x", "a/b", "a\0"] {
            assert!(Folder::of(&root, bad).is_err(), "{bad:?}");
        }
        #[expect(clippy::disallowed_methods, reason = "the test makes links")]
        let link = |to: &Path, at: &Path| std::os::unix::fs::symlink(to, at).unwrap();
        link(&away, &root.join(CHECKPOINTS).join("job"));
        assert!(Folder::of(&root, "job").is_err());
        own::make_folder(&root.join(CHECKPOINTS).join("other")).unwrap();
        link(&away, &root.join(CHECKPOINTS).join("other/results"));
        assert!(Folder::of(&root, "other").is_err());
    }

    #[test]
    fn what_a_later_version_wrote_is_not_used() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::of(temp.path(), "job").unwrap();
        let key = crate::checkpoint::hash::sha256(b"k");
        own::append_line(
            &folder.path().join(RECORDS),
            &format!(r#"{{"key":"{key}","fn":"f"}}"#),
        )
        .unwrap();
        assert_eq!(folder.load().unwrap().records.len(), 1);
        own::replace(&folder.path().join(MANIFEST), br#"{"version":2}"#).unwrap();
        let loaded = folder.load().unwrap();
        assert!(loaded.newer && loaded.records.is_empty());
    }
}
