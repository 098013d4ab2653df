//! Which files a call of `validate` means.

use crate::script::name_of;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Ends of the names of what is looked for in folders.
const ENDS: [&str; 4] = [".mld", ".mld.md", ".att", ".mtt"];

/// A file to check.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its absolute path.
    pub(super) absolute: PathBuf,
    /// The name that messages use: relative to the current folder.
    pub(super) name: Arc<str>,
    /// The name in a list: relative to the argument.
    pub(super) listed: String,
}

impl File {
    /// A file that lists call `listed`.
    pub(super) fn new(path: PathBuf, listed: String) -> Self {
        let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        Self {
            name: name_of(&path, &absolute),
            absolute,
            path,
            listed,
        }
    }
}

/// The files that the paths mean, and whether the call could have meant several. A path that does not exist
/// stands for itself: that it cannot be read is then the result of its check.
pub(super) fn find(paths: &[PathBuf]) -> (Vec<File>, bool) {
    let mut files = Vec::new();
    let mut several = paths.len() > 1;
    for path in paths {
        if path.is_dir() {
            several = true;
            let mut found = Vec::new();
            walk(path, &mut found);
            found.sort();
            files.extend(found.into_iter().map(|file| {
                let listed = file.strip_prefix(path).unwrap_or(&file);
                let listed = listed.to_string_lossy().into_owned();
                File::new(file, listed)
            }));
        } else {
            files.push(File::new(path.clone(), path.to_string_lossy().into_owned()));
        }
    }
    (files, several)
}

/// Adds what mlld reads under a folder. Links to folders are not followed: they can lead in circles. A folder
/// that cannot be read stands for itself, so that it is not passed over in silence.
#[expect(
    clippy::disallowed_methods,
    reason = "validation reads what the user names, without a script"
)]
fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            found.push(folder);
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
            if is_folder {
                folders.push(path);
            } else if is_ours(&entry.file_name()) && path.is_file() {
                found.push(path);
            }
        }
    }
}

/// Whether the name is that of a script or a template.
fn is_ours(name: &OsStr) -> bool {
    ENDS.iter()
        .any(|end| name.as_encoded_bytes().ends_with(end.as_bytes()))
}
