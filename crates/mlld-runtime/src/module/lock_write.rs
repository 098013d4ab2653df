//! Changes of `mlld-lock.json` (spec 04 §10.2): what nobody here knows stays, the same modules give the same file, and
//! the file is written whole or not at all.

use super::cache::Hash;
use super::lock::LockFile;
use crate::effect::own;
use crate::failure::Problem;
use ecow::{EcoString, eco_format};
use serde_json::{Map, Value};
use std::path::Path;

/// The file that is written.
const FILE: &str = "mlld-lock.json";

/// What is locked of a module.
pub(crate) struct Entry<'e> {
    /// `@author/name`.
    pub(crate) name: &'e str,
    /// Its version.
    pub(crate) version: &'e str,
    /// The hash of its content.
    pub(crate) hash: &'e Hash,
    /// When it was fetched.
    pub(crate) now: &'e str,
    /// Where it was fetched from, if that is the same for everybody.
    pub(crate) address: Option<&'e str>,
    /// The tags that point to it.
    pub(crate) tags: &'e [EcoString],
    /// Its content is a markdown document.
    pub(crate) markdown: bool,
    /// The modules that it needs, with their versions.
    pub(crate) dependencies: &'e [(EcoString, EcoString)],
}

impl LockFile {
    /// Locks a module; one that is locked is replaced, and keeps what nobody here knows of it.
    pub(crate) fn put(&mut self, new: &Entry<'_>) {
        self.change(|modules| {
            let entry = modules.entry(new.name);
            let entry = entry.or_insert_with(|| Map::new().into());
            if let Some(entry) = entry.as_object_mut() {
                new.fill(entry);
            }
        });
    }

    /// Takes a module out; false if it was not there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.change(|modules| modules.shift_remove(name).is_some())
    }

    /// Changes the list of modules; a file that was read has an object there, or nothing.
    fn change<T: Default>(&mut self, change: impl FnOnce(&mut Map<String, Value>) -> T) -> T {
        let modules = self.raw.entry("modules");
        let modules = modules.or_insert_with(|| Map::new().into());
        modules.as_object_mut().map(change).unwrap_or_default()
    }

    /// Writes the file of the project at `root`.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(mut self, root: &Path, now: &str) -> Result<(), Problem> {
        self.change(Map::sort_keys);
        let version = self.raw.shift_remove("lockfileVersion");
        self.raw.shift_insert(
            0,
            "lockfileVersion".into(),
            version.unwrap_or_else(|| 1.into()),
        );
        let metadata = self
            .raw
            .entry("metadata")
            .or_insert_with(|| Map::new().into());
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("mlldVersion".into(), env!("CARGO_PKG_VERSION").into());
            metadata.entry("createdAt").or_insert_with(|| now.into());
            metadata.insert("updatedAt".into(), now.into());
        }
        let text = format!("{:#}\n", Value::Object(self.raw));
        own::replace_shared(&root.join(FILE), text.as_bytes()).map_err(|e| {
            let message = eco_format!("{FILE} cannot be written: {e}");
            Problem::new("R0921", "MlldImport", message).code("CONFIG_ERROR")
        })
    }
}

impl Entry<'_> {
    /// Writes what is known of the module; other members stay.
    fn fill(&self, entry: &mut Map<String, Value>) {
        let hex = self.hash.hex();
        let mut set = |member: &str, value: Value| match value {
            // Removed with the order of the others kept.
            Value::Null => drop(entry.shift_remove(member)),
            value => drop(entry.insert(member.into(), value)),
        };
        set("version", self.version.into());
        set("resolved", hex.as_str().into());
        set("source", self.name.into());
        set("integrity", format!("sha256:{hex}").into());
        set("fetchedAt", self.now.into());
        set("sourceUrl", self.address.into());
        set("registryVersion", self.version.into());
        let tags: Vec<Value> = self.tags.iter().map(|t| t.as_str().into()).collect();
        set(
            "tags",
            if tags.is_empty() {
                Value::Null
            } else {
                tags.into()
            },
        );
        set("format", self.markdown.then_some("markdown").into());
        let mut dependencies: Map<String, Value> = self
            .dependencies
            .iter()
            .map(|(n, v)| (n.to_string(), v.as_str().into()))
            .collect();
        dependencies.sort_keys();
        set(
            "dependencies",
            match dependencies.is_empty() {
                true => Value::Null,
                false => dependencies.into(),
            },
        );
    }
}
