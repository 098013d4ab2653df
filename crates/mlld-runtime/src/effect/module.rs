//! Reading modules: the text of a file, and which folders lie in a folder.

use super::read::{self, FilePath, ReadError};
use crate::run::SourceError;
use crate::source::{self, Unreadable};
use mlld_security::Permit;

/// Folders that are looked at in a folder of modules.
const MOST_FOLDERS: usize = 10_000;

/// The text of a module, or of a data file. It has to be UTF-8 throughout: what is evaluated is what the author sees.
///
/// # Errors
/// The file is gone, cannot be read, or is no text.
pub(crate) fn text(permit: Permit<FilePath>) -> Result<String, Unreadable> {
    let failed = |e: ReadError| match e {
        ReadError::Missing => Unreadable::from(SourceError::Missing),
        ReadError::Other(why) => SourceError::Unreadable(why).into(),
    };
    let FilePath { real, .. } = permit.into_payload();
    let real = real.ok_or(SourceError::Missing)?;
    let (file, _) = read::open(&real).map_err(failed)?;
    if !read::is_at(&file, &real) {
        return Err(failed(read::changed()));
    }
    source::read_stream(file)
}

/// The names of the folders in a folder, sorted.
///
/// # Errors
/// The folder cannot be read, or holds too many.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn folders(permit: Permit<FilePath>) -> Result<Vec<String>, String> {
    let FilePath { path, real } = permit.into_payload();
    let path = real.unwrap_or(path);
    let entries = std::fs::read_dir(&path).map_err(|e| e.to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| e.to_string())?;
        // What is no text cannot be a name of a script either.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if !path.join(&name).is_dir() {
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
