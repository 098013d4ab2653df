//! What becomes of files: paths, provenance, data.

pub(crate) mod config;
pub(crate) mod definitions;
pub(crate) mod fuzzy;
pub(crate) mod glob;
mod html;
pub(crate) mod path;
pub(crate) mod section;
mod state;
mod values;
pub(crate) mod workspace;

pub(crate) use state::{ExternalTemplate, Loads};
pub(crate) use values::{
    Content, FileError, content, fetched, is_listed, item, joined, listed, loaded, part,
    section_of, with_meta, workspace_content,
};

use mlld_security::{Descriptor, LabelStore};
use rustc_hash::FxHashSet;
use std::borrow::Cow;
use std::path::Path;

/// The descriptor of what is read from files: `src:file`, and `dir:` of every folder above each of them, most specific
/// first (spec 05 §5.1, §5.2). The paths have their links resolved.
pub(crate) fn provenance<'p>(
    store: &LabelStore,
    real: impl IntoIterator<Item = &'p Path>,
) -> Descriptor {
    let mut taint = Vec::new();
    let mut sources = Vec::new();
    let mut seen: FxHashSet<&Path> = FxHashSet::default();
    for path in real {
        if taint.is_empty() {
            taint.push(Cow::Borrowed("src:file"));
        }
        for folder in path.ancestors().skip(1) {
            // The folders above one that was met before were met, too.
            if !seen.insert(folder) {
                break;
            }
            if folder.parent().is_some() {
                taint.push(Cow::Owned(format!("dir:{}", folder.display())));
            }
        }
        sources.push(path.to_string_lossy());
    }
    if taint.is_empty() {
        return Descriptor::EMPTY;
    }
    store.provenance(
        taint.iter().map(AsRef::as_ref),
        sources.iter().map(AsRef::as_ref),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_several_files_are_named_once() {
        let store = LabelStore::new();
        let paths = [
            Path::new("/a/b/x"),
            Path::new("/a/c/y"),
            Path::new("/a/b/z"),
        ];
        let d = provenance(&store, paths);
        let names =
            |list: Vec<std::sync::Arc<str>>| list.iter().map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(
            names(store.taint_names(d)),
            ["src:file", "dir:/a/b", "dir:/a", "dir:/a/c"]
        );
        assert_eq!(names(store.sources(d)), ["/a/b/x", "/a/c/y", "/a/b/z"]);
        assert!(provenance(&store, []).is_empty());
    }
}
