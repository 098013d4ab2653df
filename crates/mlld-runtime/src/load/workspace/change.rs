//! A workspace as a command sees it, and what the command makes of it (spec 04 §6).
//!
//! Every command gets a copy of its own, made of the workspace as it was when the command was judged: so it can read
//! nothing that its judges did not know of, however long it runs, and two commands at once do not see each other's work.

use super::{Workspace, WorkspaceFile};
use ecow::EcoString;
use mlld_security::{Descriptor, LabelStore};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A copy of a workspace for one command.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// Where the command is to find it: a path that does not exist yet.
    pub(crate) folder: PathBuf,
    /// The files.
    pub(crate) files: BTreeMap<EcoString, WorkspaceFile>,
    /// Folders that have to be there, be they empty or not.
    pub(crate) folders: BTreeSet<EcoString>,
}

/// What a command has made of its copy.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Files that it wrote; they have no labels of their own yet.
    pub(crate) written: Vec<(EcoString, WorkspaceFile)>,
    /// Files that are gone.
    pub(crate) deleted: Vec<EcoString>,
    /// Folders that it made.
    pub(crate) folders: Vec<EcoString>,
    /// Folders that are gone.
    pub(crate) removed: Vec<EcoString>,
}

impl Changes {
    /// Whether nothing happened.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Workspace {
    /// A copy, to be laid out at `folder`, and the labels of everything in it.
    pub(crate) fn snapshot(&self, folder: PathBuf) -> (Snapshot, Descriptor) {
        let snapshot = Snapshot {
            folder,
            files: self.files.clone(),
            folders: self.folders.union(&self.left).cloned().collect(),
        };
        (snapshot, self.labels)
    }

    /// Takes over what a command did that had, and read, data with these labels. What is there now, and what is not,
    /// tells of them. Of two commands at once, the one that ends last has its way with a file.
    pub(crate) fn take_over(&mut self, store: &LabelStore, changes: Changes, labels: Descriptor) {
        if changes.is_empty() {
            return;
        }
        self.labels = store.join(self.labels, labels);
        for path in changes.deleted {
            self.files.remove(&path);
            self.descriptions.shift_remove(&path);
        }
        for path in changes.removed {
            self.folders.remove(&path);
            self.left.remove(&path);
        }
        for path in changes.folders {
            self.clear_above(&path);
            self.files.remove(&path);
            self.left.insert(path);
        }
        for (path, file) in changes.written {
            self.clear_above(&path);
            self.clear_below(&path);
            self.files.insert(path, WorkspaceFile { labels, ..file });
        }
    }

    /// What lay where folders have to be now.
    fn clear_above(&mut self, path: &str) {
        let mut folder = path;
        while let Some((above, _)) = folder.rsplit_once('/') {
            self.files.remove(above);
            folder = above;
        }
    }

    /// What lay in a folder where a file has to be now.
    fn clear_below(&mut self, path: &EcoString) {
        let is_below = |p: &EcoString| {
            p.strip_prefix(path.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        };
        self.files.retain(|p, _| !is_below(p));
        for folders in [&mut self.folders, &mut self.left] {
            folders.retain(|p| p != path && !is_below(p));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> WorkspaceFile {
        WorkspaceFile::of_text(text.into(), Descriptor::EMPTY)
    }

    #[test]
    fn what_a_command_did_carries_its_labels() {
        let store = LabelStore::new();
        let secret = store.declared(["secret"]);
        let mut workspace = Workspace::default();
        for path in ["kept", "gone", "other/x"] {
            let added = workspace.add(&store, "file", &path.into(), file("x"));
            assert_eq!(added, Ok(()));
        }
        workspace.take_over(&store, Changes::default(), secret);
        assert!(workspace.labels().is_empty());
        let changes = Changes {
            written: vec![("new".into(), file("y")), ("other".into(), file("z"))],
            deleted: vec!["gone".into()],
            folders: vec!["empty".into()],
            removed: Vec::new(),
        };
        workspace.take_over(&store, changes, secret);
        let now: Vec<_> = workspace
            .files()
            .map(|(path, file)| (path.as_str(), file.labels))
            .collect();
        let none = Descriptor::EMPTY;
        assert_eq!(now, [("kept", none), ("new", secret), ("other", secret)]);
        assert_eq!(workspace.labels(), secret);
        assert!(workspace.may_add("file", &"empty".into()).is_err());
        assert!(workspace.may_add("file", &"gone".into()).is_ok());
    }
}
