//! Workspaces (spec 04 §6): trees of files in memory.

mod change;

pub(crate) use change::{Changes, Snapshot};

use crate::value::{FileMeta, Object, Value, Viewed, render};
use ecow::{EcoString, eco_format};
use indexmap::IndexMap;
use mlld_security::{Descriptor, LabelStore};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkspaceFile {
    /// Its text; of a binary file, what of it is text, with U+FFFD for the rest.
    pub(crate) text: EcoString,
    /// Its bytes, if these are no text: what a command wrote, the next one finds.
    pub(crate) binary: Option<Arc<[u8]>>,
    /// Commands may run it.
    pub(crate) executable: bool,
    /// The labels of the value that was written to it, and of its path; of what a command wrote, those of the command.
    pub(crate) labels: Descriptor,
}

impl WorkspaceFile {
    /// A file that a script wrote.
    pub(crate) fn of_text(text: EcoString, labels: Descriptor) -> Self {
        Self {
            text,
            binary: None,
            executable: false,
            labels,
        }
    }

    /// What lies in it.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.binary.as_deref().unwrap_or(self.text.as_bytes())
    }
}

/// A tree of files in memory. It begins empty; paths have no `.`, no `..`, and no slash in front.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    files: BTreeMap<EcoString, WorkspaceFile>,
    /// Folders that were made by a target of their own.
    folders: BTreeSet<EcoString>,
    /// Folders that commands have left; they are there, but no edits.
    left: BTreeSet<EcoString>,
    descriptions: IndexMap<EcoString, EcoString>,
    /// The labels of everything in it: of what a command in it may read, and of what its list tells.
    labels: Descriptor,
}

impl Workspace {
    /// Adds a file. `word` is the directive that does.
    ///
    /// # Errors
    /// When the path is taken, in words.
    pub(crate) fn add(
        &mut self,
        store: &LabelStore,
        word: &str,
        path: &EcoString,
        file: WorkspaceFile,
    ) -> Result<(), EcoString> {
        self.may_add(word, path)?;
        self.labels = store.join(self.labels, file.labels);
        self.files.insert(path.clone(), file);
        Ok(())
    }

    /// Whether a file may be added there.
    ///
    /// # Errors
    /// When the path is taken, in words.
    pub(crate) fn may_add(&self, word: &str, path: &EcoString) -> Result<(), EcoString> {
        if self.files.contains_key(path) {
            return Err(eco_format!(
                "{word} cannot overwrite '{path}' in the same workspace scope."
            ));
        }
        let mut folder = path.as_str();
        while let Some((above, _)) = folder.rsplit_once('/') {
            if self.files.contains_key(above) {
                return Err(eco_format!(
                    "{word} cannot write '{path}': '{above}' is a file of the workspace."
                ));
            }
            folder = above;
        }
        let inside = eco_format!("{path}/");
        let next = self.files.range(inside.clone()..).next();
        let is_folder = self.folders.contains(path) || self.left.contains(path);
        if is_folder || next.is_some_and(|(p, _)| p.starts_with(inside.as_str())) {
            return Err(eco_format!(
                "{word} cannot write '{path}': it is a folder of the workspace."
            ));
        }
        Ok(())
    }

    /// Notes that a folder was made by a target of its own.
    pub(crate) fn add_folder(&mut self, store: &LabelStore, path: EcoString, labels: Descriptor) {
        self.labels = store.join(self.labels, labels);
        self.folders.insert(path);
    }

    /// Describes a file.
    pub(crate) fn describe(&mut self, path: EcoString, text: EcoString) {
        self.descriptions.insert(path, text);
    }

    /// A file.
    pub(crate) fn file(&self, path: &str) -> Option<&WorkspaceFile> {
        self.files.get(path)
    }

    /// Paths and files, by code points.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&EcoString, &WorkspaceFile)> {
        self.files.iter()
    }

    /// The labels of everything in it.
    pub(crate) fn labels(&self) -> Descriptor {
        self.labels
    }

    /// `.mx.edits`: what became of it since it began.
    pub(crate) fn edits(&self) -> Value {
        let files = self.files.keys().map(|p| (p, "file"));
        let folders = self.folders.iter().map(|p| (p, "directory"));
        let mut all: Vec<(&EcoString, &str)> = files.chain(folders).collect();
        all.sort_unstable();
        let edit = |(path, entity): (&EcoString, &str)| {
            let mut edit = Object::default();
            edit.insert("path".into(), Value::Text(path.clone()));
            edit.insert("type".into(), Value::text("created"));
            edit.insert("entity".into(), Value::text(entity));
            Value::object(edit)
        };
        Value::array(all.into_iter().map(edit).collect())
    }

    /// The value of the variable that holds the workspace of this number.
    fn value(&self, number: u32) -> Value {
        let text = |t: &EcoString| Value::Text(t.clone());
        let mut object = Object::default();
        object.insert("type".into(), Value::text("workspace"));
        let files = self.files.keys().map(text).collect();
        object.insert("files".into(), Value::array(files));
        let descriptions = self.descriptions.iter();
        let descriptions = descriptions.map(|(path, d)| (path.clone(), text(d)));
        object.insert(
            "descriptions".into(),
            Value::object(descriptions.collect::<Object>()),
        );
        let data = Value::object(object);
        Value::Viewed(Arc::new(Viewed {
            text: render::template(&data),
            data,
            file: Some(Arc::new(FileMeta {
                workspace: Some(number),
                ..FileMeta::default()
            })),
        }))
    }
}

/// A file as a change to the state that its workspace began with, which is empty: a unified diff.
pub(crate) fn diff(path: &str, file: &WorkspaceFile) -> EcoString {
    if file.binary.is_some() {
        return eco_format!("Binary files /dev/null and b/{path} differ\n");
    }
    let diff = similar::TextDiff::from_lines("", file.text.as_str());
    let new = format!("b/{path}");
    let mut unified = diff.unified_diff();
    let written = unified.header("/dev/null", &new).to_string();
    written.into()
}

/// The workspaces of a run.
#[derive(Debug, Default)]
pub(crate) struct Workspaces(Mutex<All>);

#[derive(Debug, Default)]
struct All {
    workspaces: Vec<Workspace>,
    /// By module and name of their variables.
    named: FxHashMap<(u32, EcoString), u32>,
}

impl Workspaces {
    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new one that no variable holds.
    pub(crate) fn fresh(&self) -> u32 {
        let mut all = self.all();
        let next = u32::try_from(all.workspaces.len()).unwrap_or(u32::MAX);
        all.workspaces.push(Workspace::default());
        next
    }

    /// The module and the name of the variable that was made to hold the workspace of this number.
    pub(crate) fn owner(&self, number: u32) -> Option<(u32, EcoString)> {
        let all = self.all();
        let mut named = all.named.iter();
        let (owner, _) = named.find(|(_, n)| **n == number)?;
        Some(owner.clone())
    }

    /// The number of the one that the variable `name` of a module holds; whoever comes first makes it.
    pub(crate) fn begin(&self, module: u32, name: &EcoString) -> u32 {
        let mut all = self.all();
        let next = u32::try_from(all.workspaces.len()).unwrap_or(u32::MAX);
        let number = *all.named.entry((module, name.clone())).or_insert(next);
        if number == next {
            all.workspaces.push(Workspace::default());
        }
        number
    }

    /// Whether the variable `name` of a module was made to hold the workspace of this number.
    pub(crate) fn is_own(&self, module: u32, name: &EcoString, number: u32) -> bool {
        self.all().named.get(&(module, name.clone())) == Some(&number)
    }

    /// Looks at one, or changes it; nothing if there is none of this number.
    pub(crate) fn with<T>(&self, number: u32, look: impl FnOnce(&mut Workspace) -> T) -> Option<T> {
        self.all().workspaces.get_mut(number as usize).map(look)
    }

    /// The value of the variable that holds one, and its labels.
    pub(crate) fn value(&self, number: u32) -> Option<(Value, Descriptor)> {
        self.with(number, |w| (w.value(number), w.labels()))
    }
}

/// The number of the workspace that a value is.
pub(crate) fn number(value: &Value) -> Option<u32> {
    value.view()?.file.as_deref()?.workspace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_thing() {
        let store = LabelStore::new();
        let mut workspace = Workspace::default();
        let file = || WorkspaceFile::of_text("x".into(), Descriptor::EMPTY);
        let mut add = |path: &str| workspace.add(&store, "file", &path.into(), file());
        assert_eq!(add("a/b.md"), Ok(()));
        assert_eq!(add("c"), Ok(()));
        for (path, why) in [
            (
                "c",
                "file cannot overwrite 'c' in the same workspace scope.",
            ),
            (
                "c/d",
                "file cannot write 'c/d': 'c' is a file of the workspace.",
            ),
            (
                "a",
                "file cannot write 'a': it is a folder of the workspace.",
            ),
        ] {
            assert_eq!(add(path), Err(why.into()));
        }
        assert_eq!(add("a.md"), Ok(()));
        assert_eq!(add("ab"), Ok(()));
    }

    #[test]
    fn diffs() {
        let diff = |path: &str, text: &str| {
            super::diff(
                path,
                &WorkspaceFile::of_text(text.into(), Descriptor::EMPTY),
            )
        };
        assert_eq!(
            diff("d/b.md", "one\ntwo\n"),
            "--- /dev/null\n+++ b/d/b.md\n@@ -0,0 +1,2 @@\n+one\n+two\n"
        );
        assert_eq!(
            diff("x", "one"),
            "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+one\n\\ No newline at end of file\n"
        );
        assert_eq!(diff("x", ""), "");
    }
}
