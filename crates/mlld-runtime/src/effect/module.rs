//! Reading modules: the text of a file, and which folders lie in a folder.

use crate::run::SourceError;
use crate::source::{self, Unreadable};
use mlld_security::Permit;
use std::path::{Path, PathBuf};

/// Folders that are looked at in a folder of modules.
const MOST_FOLDERS: usize = 10_000;

/// The text of a module, or of a data file, at a path whose links are resolved. It has to be UTF-8 throughout: what is
/// evaluated is what the author sees.
///
/// # Errors
/// The file is gone, cannot be read, or is no text.
pub(crate) fn text(permit: Permit<PathBuf>) -> Result<String, Unreadable> {
    let path = permit.into_payload();
    // Looked at before it is opened, since opening a pipe waits for a writer.
    let other = |why: &str| Unreadable::from(SourceError::Unreadable(why.into()));
    if path.exists() && !path.is_file() {
        return Err(other("it is not a regular file"));
    }
    let text = source::read_file(&path)?;
    // What was judged is the file without links on the way to it.
    match path.canonicalize() {
        Ok(now) if now == path => Ok(text),
        _ => Err(other("its path changed while it was read")),
    }
}

/// The names of the folders in a folder, sorted.
///
/// # Errors
/// The folder cannot be read, or holds too many.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn folders(permit: Permit<PathBuf>) -> Result<Vec<String>, String> {
    let path = permit.into_payload();
    let entries = std::fs::read_dir(&path).map_err(|e| e.to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| e.to_string())?;
        // What is no text cannot be a name of a script either.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if !is_folder(&path.join(&name)) {
            continue;
        }
        if names.len() >= MOST_FOLDERS {
            return Err(format!("it has more than {MOST_FOLDERS} folders"));
        }
        names.push(name);
    }
    names.sort_unstable();
    Ok(names)
}

fn is_folder(path: &Path) -> bool {
    path.is_dir()
}
