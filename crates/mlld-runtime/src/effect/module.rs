//! Reading modules: the text of a file, and what lies in a folder.

use super::read::{self, FilePath, ReadError};
use crate::run::SourceError;
use crate::source::{self, Unreadable};
use mlld_security::Permit;

/// Entries of a folder that are looked at.
const MOST_NAMES: usize = 10_000;

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

/// The names of what lies in a folder, sorted. Names that are no text are left out: no script can name them.
///
/// # Errors
/// The folder cannot be read, or holds too much.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn listing(permit: Permit<FilePath>) -> Result<Vec<String>, String> {
    let FilePath { path, real } = permit.into_payload();
    let path = real.unwrap_or(path);
    let entries = std::fs::read_dir(&path).map_err(|e| e.to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| e.to_string())?;
        if names.len() >= MOST_NAMES {
            return Err(format!("it holds more than {MOST_NAMES} entries"));
        }
        names.extend(entry.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}
