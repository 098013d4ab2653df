//! The folder in which a command finds the workspace of its box (spec 04 §6), and what it left there.
//!
//! The folder is this user's alone, and goes when the command is over, however it ended. What is in it is read without
//! following any link: processes that outlive the command may still change it.

use crate::failure::Problem;
use crate::load::workspace::{Changes, Snapshot, WorkspaceFile};
use ecow::{EcoString, eco_format};
use mlld_security::Descriptor;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};
use std::collections::{BTreeSet, HashMap};
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Files and folders that a workspace may have after a command.
const MAX_ENTRIES: usize = 50_000;
/// Bytes that its files may have together.
const MAX_BYTES: u64 = 256 << 20;
/// Folders in folders.
const MAX_DEPTH: usize = 64;

/// When files of a workspace were last changed, as commands see it; so it shows what they wrote.
fn laid_out() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(946_684_800)
}

/// A path at which a folder can be made: nobody can know it beforehand.
pub(crate) fn new_path() -> Result<PathBuf, Problem> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|e| not_made(&e))?;
    let name = format!("mlld-box-{:032x}", u128::from_ne_bytes(random));
    let parent = tempfile::env::temp_dir();
    Ok(parent.canonicalize().unwrap_or(parent).join(name))
}

/// A workspace, laid out for one command.
pub(super) struct Folder<'s> {
    snapshot: &'s Snapshot,
    temporary: Option<TempDir>,
    /// The numbers of the files as they were laid out.
    inodes: HashMap<&'s str, u64>,
}

impl<'s> Folder<'s> {
    /// Lays it out. What is there already is an error, never used.
    pub(super) fn lay_out(snapshot: &'s Snapshot) -> Result<Self, Problem> {
        let (Some(parent), Some(name)) = (snapshot.folder.parent(), snapshot.folder.file_name())
        else {
            return Err(not_made(&"it has no place"));
        };
        let temporary = tempfile::Builder::new()
            .prefix(name)
            .rand_bytes(0)
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(|e| not_made(&e))?;
        let mut folder = Self {
            snapshot,
            temporary: Some(temporary),
            inodes: HashMap::default(),
        };
        for path in &snapshot.folders {
            make_folder(&snapshot.folder.join(path.as_str())).map_err(|e| not_made(&e))?;
        }
        for (path, file) in &snapshot.files {
            let inode = write(&snapshot.folder.join(path.as_str()), file).map_err(|e| {
                let why = match e.kind() {
                    io::ErrorKind::AlreadyExists => {
                        eco_format!("this system does not tell '{path}' from another file")
                    }
                    _ => eco_format!("'{path}': {e}"),
                };
                not_made(&why)
            })?;
            folder.inodes.insert(path, inode);
        }
        Ok(folder)
    }

    /// What a command has made of it.
    pub(super) fn changes(&self) -> Result<Changes, Problem> {
        let mut found = Found::default();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let root = rustix::fs::open(&self.snapshot.folder, flags, Mode::empty())
            .map_err(|e| not_taken("", &e))?;
        self.look(root, "", 0, &mut found)?;
        let mut changes = Changes::default();
        let old = &self.snapshot.files;
        changes.deleted = old
            .keys()
            .filter(|p| !found.files.contains(*p))
            .cloned()
            .collect();
        changes.removed = self
            .snapshot
            .folders
            .difference(&found.folders)
            .cloned()
            .collect();
        // Folders with files in them are there because of the files.
        let was_there = |p: &EcoString| {
            let inside = eco_format!("{p}/");
            self.snapshot.folders.contains(p)
                || old
                    .range(inside.clone()..)
                    .next()
                    .is_some_and(|(f, _)| f.starts_with(inside.as_str()))
        };
        changes.folders = found
            .folders
            .into_iter()
            .filter(|p| !was_there(p))
            .collect();
        changes.written = found.written;
        Ok(changes)
    }

    /// Looks at what is in a folder.
    fn look(
        &self,
        folder: OwnedFd,
        above: &str,
        depth: usize,
        found: &mut Found,
    ) -> Result<(), Problem> {
        if depth > MAX_DEPTH {
            let why = eco_format!("folders may lie {MAX_DEPTH} deep");
            return Err(not_taken(above, &why));
        }
        let entries = Dir::read_from(&folder).map_err(|e| not_taken(above, &e))?;
        for entry in entries {
            let entry = entry.map_err(|e| not_taken(above, &e))?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let path: EcoString = match name.to_str() {
                Ok(name) if above.is_empty() => name.into(),
                Ok(name) => eco_format!("{above}/{name}"),
                Err(_) => {
                    let shown = eco_format!("{above}/{}", name.to_string_lossy());
                    return Err(not_taken(&shown, &"its name is not UTF-8"));
                }
            };
            found.count(&path)?;
            let fail = |e: rustix::io::Errno| not_taken(&path, &e);
            let about = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            match FileType::from_raw_mode(about.st_mode) {
                FileType::Directory => {
                    let inner = openat(&folder, name, flags | OFlags::DIRECTORY, Mode::empty())
                        .map_err(fail)?;
                    found.folders.insert(path.clone());
                    self.look(inner, &path, depth + 1, found)?;
                }
                FileType::RegularFile => {
                    let file = openat(&folder, name, flags, Mode::empty()).map_err(fail)?;
                    self.file(File::from(file), path, found)?;
                }
                FileType::Symlink => return Err(not_taken(&path, &"it is a symbolic link")),
                _ => return Err(not_taken(&path, &"it is not a regular file")),
            }
        }
        Ok(())
    }

    /// Takes a file in, if the command wrote it.
    fn file(&self, file: File, path: EcoString, found: &mut Found) -> Result<(), Problem> {
        let fail = |e: io::Error| not_taken(&path, &e);
        let about = file.metadata().map_err(fail)?;
        if !about.is_file() {
            return Err(not_taken(&path, &"it is not a regular file"));
        }
        let mut bytes = Vec::new();
        let left = MAX_BYTES.saturating_sub(found.bytes);
        let read = file.take(left + 1).read_to_end(&mut bytes).map_err(fail)?;
        if read as u64 > left {
            let why = eco_format!("the files of a workspace may have {MAX_BYTES} bytes together");
            return Err(not_taken(&path, &why));
        }
        found.bytes += read as u64;
        let executable = about.mode() & 0o100 != 0;
        // The same again is written, too: that it is the same tells of what it was made from.
        let untouched = self.snapshot.files.get(&path).is_some_and(|old| {
            old.executable == executable
                && old.bytes() == bytes
                && self.inodes.get(path.as_str()) == Some(&about.ino())
                && about.modified().is_ok_and(|m| m == laid_out())
        });
        if !untouched {
            found.written.push((path.clone(), made(bytes, executable)));
        }
        found.files.insert(path);
        Ok(())
    }
}

/// A file that a command wrote.
fn made(bytes: Vec<u8>, executable: bool) -> WorkspaceFile {
    let (text, binary) = match String::from_utf8(bytes) {
        Ok(text) => (EcoString::from(text), None),
        Err(error) => {
            let bytes = error.into_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            (text.into(), Some(bytes.into()))
        }
    };
    WorkspaceFile {
        text,
        binary,
        executable,
        labels: Descriptor::EMPTY,
    }
}

/// What was found in the folder.
#[derive(Default)]
struct Found {
    files: BTreeSet<EcoString>,
    folders: BTreeSet<EcoString>,
    written: Vec<(EcoString, WorkspaceFile)>,
    entries: usize,
    bytes: u64,
}

impl Found {
    fn count(&mut self, path: &str) -> Result<(), Problem> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            let why = eco_format!("a workspace may have {MAX_ENTRIES} files and folders");
            return Err(not_taken(path, &why));
        }
        Ok(())
    }
}

impl Drop for Folder<'_> {
    fn drop(&mut self) {
        let Some(temporary) = self.temporary.take() else {
            return;
        };
        if temporary.close().is_err() {
            remove_stubborn(&self.snapshot.folder);
        }
    }
}

/// Removes a folder in which a command has taken rights away, or still works.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
fn remove_stubborn(folder: &Path) {
    for _ in 0..3 {
        let inside = walkdir::WalkDir::new(folder).into_iter().flatten();
        for entry in inside.filter(|e| e.file_type().is_dir()) {
            let open = std::fs::Permissions::from_mode(0o700);
            let _ = std::fs::set_permissions(entry.path(), open);
        }
        if std::fs::remove_dir_all(folder).is_ok() {
            return;
        }
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a file that is not there; gives its number.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
fn write(path: &Path, content: &WorkspaceFile) -> io::Result<u64> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mode = if content.executable { 0o700 } else { 0o600 };
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(content.bytes())?;
    file.set_modified(laid_out())?;
    Ok(file.metadata()?.ino())
}

fn not_made(why: &dyn std::fmt::Display) -> Problem {
    let message = eco_format!("The workspace cannot be laid out for a command: {why}");
    Problem::new("R0452", "MlldWorkspace", message)
}

fn not_taken(path: &str, why: &dyn std::fmt::Display) -> Problem {
    let message = eco_format!(
        "What the command did to the workspace is not taken over, because of '{path}': {why}"
    );
    Problem::new("R0453", "MlldWorkspace", message).hint(
        "A workspace holds regular files and folders; remove the rest at the end of the command.",
    )
}
