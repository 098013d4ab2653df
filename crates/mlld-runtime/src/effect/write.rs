//! Writing files (spec 03 §15.1): beside the target, then renamed, so that nobody sees half a file.

use crate::event::Medium;
use crate::gate::Run;
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, LabelStore, Labelled, Permit};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file that is to be written.
pub(crate) struct FileContent {
    /// Where.
    pub(crate) path: PathBuf,
    /// What, byte for byte.
    pub(crate) content: EcoString,
    /// The labels of the path by itself: whoever may not see the content may see where it went.
    named: Descriptor,
}

impl FileContent {
    /// A text for the file at `path`, with the labels of both.
    pub(crate) fn labelled(
        content: Labelled<EcoString>,
        path: Labelled<PathBuf>,
        store: &LabelStore,
    ) -> Labelled<Self> {
        let named = path.descriptor();
        content.zip(path, store, |content, path| Self {
            path,
            content,
            named,
        })
    }
}

/// Writes a file. Missing folders are made; an old file is replaced.
///
/// # Errors
/// One sentence, with the labels of what it tells: the path is data, too.
pub(crate) fn write_file(
    run: &Run<'_>,
    permit: Permit<FileContent>,
) -> Result<(), (EcoString, Descriptor)> {
    written(run, permit, replace)
}

/// Appends a line to a file with one `write`, so that lines of several writers do not mix. Missing folders and
/// the file are made.
///
/// # Errors
/// As [`write_file`].
pub(crate) fn append_file(
    run: &Run<'_>,
    permit: Permit<FileContent>,
) -> Result<(), (EcoString, Descriptor)> {
    written(run, permit, append)
}

fn written(
    run: &Run<'_>,
    permit: Permit<FileContent>,
    write: fn(&Path, &[u8]) -> std::io::Result<()>,
) -> Result<(), (EcoString, Descriptor)> {
    let labels = permit.input();
    let FileContent {
        path,
        content,
        named,
    } = permit.into_payload();
    write(&path, content.as_bytes()).map_err(|e| {
        (
            eco_format!("Cannot write '{}': {e}", path.display()),
            labels,
        )
    })?;
    run.tell_effect(Medium::File, || content, Some((path, named)), labels);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the effect")]
fn append(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?;
    file.write_all(content)
}

#[expect(clippy::disallowed_methods, reason = "this is the effect")]
fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::{Error, ErrorKind};
    let name = path
        .file_name()
        .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "it names no file"))?;
    if path.is_dir() {
        return Err(Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    // A link stays a link: what it leads to is replaced.
    let target = if path.is_symlink() {
        path.canonicalize()?
    } else {
        path.to_path_buf()
    };
    let folder = target.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder)?;
    let mut temporary = None;
    for attempt in 0..100u32 {
        let beside = folder.join(format!(
            ".{}.{}-{attempt}.tmp",
            name.to_string_lossy(),
            std::process::id()
        ));
        match std::fs::File::create_new(&beside) {
            Ok(file) => {
                temporary = Some((file, beside));
                break;
            }
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    let (mut file, beside) = temporary
        .ok_or_else(|| Error::new(ErrorKind::AlreadyExists, "no free temporary name beside it"))?;
    let written = file.write_all(content).and_then(|()| {
        if let Ok(old) = std::fs::metadata(&target) {
            file.set_permissions(old.permissions())?;
        }
        std::fs::rename(&beside, &target)
    });
    if written.is_err() {
        // The old file stays as it was; what was begun beside it goes.
        let _ = std::fs::remove_file(&beside);
    }
    written
}
