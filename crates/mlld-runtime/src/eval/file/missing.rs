//! What is said of a file that cannot be read (spec 04 §1.10).

use super::super::{Cx, Problem};
use super::name::{Start, Written};
use crate::effect::read::{FilePath, ReadError};
use crate::load::{fuzzy, path as paths};
use ecow::{EcoString, eco_format};

/// Suggestions at most.
const MAX_SUGGESTIONS: usize = 3;

/// The problem of a file that cannot be read.
pub(in super::super) fn cannot_read(
    cx: &Cx<'_>,
    written: &Written,
    file: &FilePath,
    error: &ReadError,
) -> Problem {
    match error {
        ReadError::Missing => not_found(cx, written, file),
        ReadError::Other(why) => {
            let message = eco_format!("Failed to load content: {} ({why})", written.shown);
            let problem = Problem::new("R0402", "MlldFile", message);
            match written.start {
                Start::Absolute | Start::Workspace(_) => problem,
                Start::Folder | Start::Root => problem.hint(
                    "Hint: Paths are relative to mlld files. You can make them relative to your project root with the `@root/` prefix",
                ),
            }
        }
    }
}

fn not_found(cx: &Cx<'_>, written: &Written, file: &FilePath) -> Problem {
    let mut message = eco_format!("File not found: {}", written.shown);
    if written.start == Start::Root {
        message = eco_format!("{message} (resolved to {})", file.path.display());
    }
    let mut problem = Problem::new("R0401", "MlldFileNotFound", message)
        .code("FILE_NOT_FOUND")
        .hint("Paths resolve relative to the current mlld file directory. Use @root/... to resolve from the project root.");
    let suggestions = suggestions(cx, written, file);
    if !suggestions.is_empty() {
        problem.details = vec!["Did you mean:".into()];
        let lines = suggestions.into_iter().take(MAX_SUGGESTIONS);
        problem
            .details
            .extend(lines.map(|s| eco_format!("  - {s}")));
    }
    problem
}

/// What may have been meant.
fn suggestions(cx: &Cx<'_>, written: &Written, file: &FilePath) -> Vec<EcoString> {
    let rest = written.rest.as_str();
    let leaves = rest.split('/').any(|part| part == "..");
    if written.start == Start::Absolute || leaves || rest.starts_with('@') {
        return Vec::new();
    }
    let mut found: Vec<EcoString> = Vec::new();
    if let (Some(folder), Some(name)) = (
        file.path.parent(),
        file.path.file_name().and_then(|n| n.to_str()),
    ) {
        for near in fuzzy::close(folder, name, MAX_SUGGESTIONS) {
            found.push(paths::relative(&cx.module.folder, &folder.join(near)));
        }
    }
    let (plain, dotted) = match rest.strip_prefix("./") {
        Some(plain) => (plain, true),
        None => (rest, false),
    };
    let here = (
        cx.module.folder.join(plain).is_file(),
        eco_format!("./{plain}"),
    );
    let at_root = (
        cx.run.root.join(plain).is_file(),
        eco_format!("@root/{plain}"),
    );
    let offered: Vec<(bool, EcoString)> = match (&written.start, dotted) {
        (Start::Root, _) => vec![here],
        (_, true) => vec![at_root],
        (_, false) => vec![here, at_root],
    };
    let any = offered.iter().any(|(exists, _)| *exists);
    for (exists, path) in offered {
        if (exists || !any) && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}
