//! Looking for the files that a pattern matches (spec 04 §1.8).

use crate::load::glob::{Pattern, Progress, is_left_out};
use mlld_security::Permit;
use std::path::PathBuf;
use walkdir::WalkDir;

/// Files that a pattern may match, and entries that may be looked at for it.
const MAX_MATCHES: usize = 250_000;
const MAX_LOOKED_AT: usize = 5_000_000;

/// Why looking stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMuch {
    /// More files match than a pattern may.
    Matches,
    /// More files and folders lie there than are looked at.
    Entries,
}

impl TooMuch {
    /// In words.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Matches => format!("it matches more than {MAX_MATCHES} files"),
            Self::Entries => {
                format!("more than {MAX_LOOKED_AT} files and folders lie where it looks")
            }
        }
    }
}

/// The regular files that the pattern matches, by the code points of their paths. Links to folders are followed,
/// a cycle of them is cut off; what cannot be looked into is left out.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn files(permit: Permit<Pattern>) -> Result<Vec<PathBuf>, TooMuch> {
    let pattern = permit.into_payload();
    let mut found = Vec::new();
    let mut looked_at = 0usize;
    // How far the folders above the entry have come.
    let mut above: Vec<Progress> = vec![pattern.begin()];
    let mut entries = WalkDir::new(pattern.start())
        .min_depth(1)
        .follow_links(true)
        .into_iter();
    while let Some(entry) = entries.next() {
        looked_at += 1;
        if looked_at > MAX_LOOKED_AT {
            return Err(TooMuch::Entries);
        }
        let Ok(entry) = entry else { continue };
        let is_folder = entry.file_type().is_dir();
        // Names that are no text cannot be written in a pattern; stars match them.
        let name = entry.file_name().to_string_lossy();
        above.truncate(entry.depth());
        let Some(folder) = above.last() else { continue };
        if is_folder && is_left_out(&name) {
            entries.skip_current_dir();
            continue;
        }
        let here = pattern.advance(folder, &name);
        if is_folder {
            if here.goes_on() {
                above.push(here);
            } else {
                entries.skip_current_dir();
            }
        } else if here.is_match() && entry.file_type().is_file() {
            if found.len() >= MAX_MATCHES {
                return Err(TooMuch::Matches);
            }
            found.push(entry.into_path());
        }
    }
    found.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    Ok(found)
}
