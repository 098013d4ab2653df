//! Files of mlld itself (keys, checkpoints): no operations of the script, which cannot reach them (spec 08 §2).
//!
//! Files are made with mode 0600, folders with 0700. A file is written beside its place and renamed, so that
//! whoever reads it, and a run that was killed, finds it whole or not at all.

use std::fs::{DirBuilder, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Mode of files.
const FILE: u32 = 0o600;
/// Mode of folders.
const FOLDER: u32 = 0o700;
/// Mode of files of the project, less what the user's settings take away.
const SHARED_FILE: u32 = 0o666;
/// The same for folders.
const SHARED_FOLDER: u32 = 0o777;

/// Makes a folder and those above it; folders that are there stay as they are.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)
}

/// Writes a file; one that is there is replaced.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    beside(path, content)?.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Writes a file of the project, which others may read as the user's settings say; one that is there is replaced and
/// keeps its mode. Where it is a link, what it leads to is replaced.
pub(crate) fn replace_shared(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().unwrap_or(Path::new("."));
    make_shared_folder(folder)?;
    let file = shared(folder, content)?;
    if let Some(mode) = mode(&path)? {
        file.as_file()
            .set_permissions(Permissions::from_mode(mode))?;
    }
    file.persist(&path).map_err(|e| e.error)?;
    Ok(())
}

/// As [`make`], for a file of the project, which others may read as the user's settings say.
pub(crate) fn make_shared(path: &Path, content: &[u8]) -> io::Result<bool> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_shared_folder(folder)?;
    made(shared(folder, content)?.persist_noclobber(path))
}

/// As [`make_folder`], for a folder of the project.
pub(crate) fn make_shared_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(SHARED_FOLDER)
        .create(path)
}

fn shared(folder: &Path, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".mlld-")
        .permissions(Permissions::from_mode(SHARED_FILE))
        .tempfile_in(folder)?;
    file.write_all(content)?;
    Ok(file)
}

/// Makes a file, whole; false if there is one already.
pub(crate) fn make(path: &Path, content: &[u8]) -> io::Result<bool> {
    made(beside(path, content)?.persist_noclobber(path))
}

/// False if there was a file already.
fn made(result: Result<std::fs::File, tempfile::PersistError>) -> io::Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(e.error),
    }
}

/// The content in a file of its own in the same folder.
fn beside(path: &Path, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".mlld-")
        .permissions(Permissions::from_mode(FILE))
        .tempfile_in(folder)?;
    file.write_all(content)?;
    Ok(file)
}

/// Adds a line with one write. A line that a killed run has left half written is ended first, so that it cannot
/// spoil this one.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn append_line(path: &Path, line: &str) -> io::Result<()> {
    make_folder(path.parent().unwrap_or(Path::new(".")))?;
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(FILE)
        .open(path)?;
    let mut text = String::with_capacity(line.len() + 2);
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push('\n');
        }
    }
    text.push_str(line);
    text.push('\n');
    file.write_all(text.as_bytes())
}

/// Removes a file; false if there was none.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn remove(path: &Path) -> io::Result<bool> {
    absent_is_false(std::fs::remove_file(path))
}

/// Removes a folder with everything in it; false if there was none. Links are removed, not followed.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn remove_folder(path: &Path) -> io::Result<bool> {
    absent_is_false(std::fs::remove_dir_all(path))
}

fn absent_is_false(done: io::Result<()>) -> io::Result<bool> {
    match done {
        Ok(()) => Ok(true),
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(false)
        }
        Err(e) => Err(e),
    }
}

/// The permission bits of a file; `None` if there is none.
pub(crate) fn mode(path: &Path) -> io::Result<Option<u32>> {
    match path.metadata() {
        Ok(about) => Ok(Some(about.permissions().mode() & 0o777)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_the_users_alone() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("a/b/c");
        replace(&file, b"1").unwrap();
        append_line(&temp.path().join("a/lines"), "x").unwrap();
        for (name, want) in [
            ("a", 0o700),
            ("a/b", 0o700),
            ("a/b/c", 0o600),
            ("a/lines", 0o600),
        ] {
            assert_eq!(mode(&temp.path().join(name)).unwrap(), Some(want), "{name}");
        }
    }

    #[test]
    fn a_file_that_is_there_is_not_made_again() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("key");
        assert!(make(&file, b"first").unwrap());
        assert!(!make(&file, b"second").unwrap());
        assert_eq!(crate::effect::read::own_file(&file).unwrap(), b"first");
        assert_eq!(temp.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_torn_line_does_not_spoil_the_next() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("lines");
        append_line(&file, "one").unwrap();
        replace(&file, b"one\ntw").unwrap();
        append_line(&file, "three").unwrap();
        assert_eq!(
            crate::effect::read::own_file(&file).unwrap(),
            b"one\ntw\nthree\n"
        );
    }
}
