//! Reading files and looking into folders.

use ecow::EcoString;
use mlld_security::Permit;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that a text file may have; more is an error, not a blow-up of memory.
const MAX_FILE: u64 = 256 * 1024 * 1024;

/// Bytes that the files of one pattern may have together.
const MAX_TOGETHER: u64 = 1024 * 1024 * 1024;

/// Bytes that are read and decoded at a time.
const CHUNK: usize = 64 * 1024;

/// A file that a script names: where its path leads, as a check sees it.
///
/// Both forms are there for rules: what denies must hit either, what allows must match the resolved one
/// (spec 06 §8.2). What is opened is [`Self::real`], and nothing else: a link that is put in the way after the
/// check is noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilePath {
    /// The absolute path without `.` and `..`.
    pub(crate) path: PathBuf,
    /// The same with links resolved; `None` if there is no such file, or none that may be seen.
    pub(crate) real: Option<PathBuf>,
}

impl FilePath {
    /// Resolves an absolute path.
    pub(crate) fn resolve(path: PathBuf) -> Self {
        Self {
            real: path.canonicalize().ok(),
            path,
        }
    }
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The path that was asked for.
    pub(crate) path: PathBuf,
    /// The path of the file itself, links resolved.
    pub(crate) real_path: PathBuf,
    /// Its content; invalid bytes are U+FFFD (spec 04 §1.3).
    pub(crate) text: EcoString,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// There is none.
    Missing,
    /// Something else, in words.
    Other(String),
}

/// How much the files of one pattern have together.
#[derive(Debug, Default)]
pub(crate) struct Budget(AtomicU64);

impl Budget {
    /// Whether the files that were read so far are too much together.
    pub(crate) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MAX_TOGETHER
    }

    /// How much is allowed, for messages.
    pub(crate) fn limit() -> u64 {
        MAX_TOGETHER
    }

    fn spend(&self, bytes: u64) -> bool {
        self.0.fetch_add(bytes, Ordering::Relaxed) + bytes <= MAX_TOGETHER
    }
}

/// Reads a file as text. What is opened is what was judged: the path that the check resolved.
pub(crate) fn text(permit: Permit<FilePath>) -> Result<Loaded, ReadError> {
    text_within(permit, &Budget::default())
}

/// As [`text`], for one of several files that share a budget.
pub(crate) fn text_within(permit: Permit<FilePath>, budget: &Budget) -> Result<Loaded, ReadError> {
    let FilePath { path, real } = permit.into_payload();
    let Some(real_path) = real else {
        return Err(match path.canonicalize() {
            Err(e) => io_error(&e),
            Ok(_) => changed(),
        });
    };
    let (file, length) = open(&real_path)?;
    if !is_at(&file, &real_path) {
        return Err(changed());
    }
    if !budget.spend(length) {
        return Err(ReadError::Other("too much together".into()));
    }
    let text = decode(file, length)?;
    Ok(Loaded {
        path,
        real_path,
        text,
    })
}

/// Whether a regular file lies at the path.
pub(crate) fn is_file(permit: Permit<FilePath>) -> bool {
    permit
        .into_payload()
        .real
        .is_some_and(|real| real.is_file())
}

/// Reads a file of mlld's own (configuration); not an operation of the script (spec 06 §8.1).
pub(crate) fn own_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    let (file, length) = open(path).map_err(|e| match e {
        ReadError::Missing if is_dangling(path) => {
            ReadError::Other("it is a link that leads nowhere".into())
        }
        other => other,
    })?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    // One byte more than allowed, in case the file grows while it is read.
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| io_error(&e))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_large(None));
    }
    Ok(bytes)
}

/// Whether a link stands at the path, or on the way to it, that leads nowhere: then something is there that cannot be
/// read, which is not the same as nothing.
pub(crate) fn is_dangling(path: &Path) -> bool {
    path.ancestors()
        .any(|p| p.is_symlink() && p.metadata().is_err())
}

/// The names in a folder, sorted, at most `limit`; none if it cannot be read. Only to find which file a path
/// means: policy judges the path that comes of it (spec 04 §3.3).
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn names(folder: &Path, limit: usize) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .take(limit)
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    names
}

/// Opens a regular file that is not too large.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(super) fn open(path: &Path) -> Result<(std::fs::File, u64), ReadError> {
    // Looked at before it is opened, since opening a pipe waits for a writer.
    regular(&path.metadata().map_err(|e| io_error(&e))?)?;
    // Some files of the system are regular by their look, and wait for a reader all the same.
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .map_err(|e| io_error(&e))?;
    let meta = file.metadata().map_err(|e| io_error(&e))?;
    regular(&meta)?;
    if meta.len() > MAX_FILE {
        return Err(too_large(Some(meta.len())));
    }
    Ok((file, meta.len()))
}

fn regular(meta: &std::fs::Metadata) -> Result<(), ReadError> {
    if meta.is_dir() {
        return Err(ReadError::Other("it is a folder".into()));
    }
    if !meta.is_file() {
        return Err(ReadError::Other("it is not a regular file".into()));
    }
    Ok(())
}

/// Whether an open file is the one at `path`: a link may have appeared on the way since the path was resolved.
#[cfg(target_os = "linux")]
pub(super) fn is_at(file: &std::fs::File, path: &Path) -> bool {
    use std::os::fd::AsRawFd;
    // Without /proc there is nothing to compare with.
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
        .map_or(true, |opened| opened == path)
}

/// Whether an open file is the one at `path`.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_at(_: &std::fs::File, path: &Path) -> bool {
    path.canonicalize().is_ok_and(|now| now == path)
}

/// Decodes UTF-8 as it is read, so that a large file is in memory once.
pub(super) fn decode(file: impl Read, expected: u64) -> Result<EcoString, ReadError> {
    let mut text = EcoString::with_capacity(usize::try_from(expected).unwrap_or(0));
    let mut file = file.take(MAX_FILE + 1);
    let mut buffer = vec![0u8; CHUNK];
    // Bytes at the end of a chunk that may be the beginning of a character.
    let mut kept = 0;
    let mut total = 0u64;
    loop {
        let space = buffer.get_mut(kept..).unwrap_or_default();
        let read = match file.read(space) {
            Ok(read) => read,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(io_error(&e)),
        };
        total += read as u64;
        if total > MAX_FILE {
            return Err(too_large(None));
        }
        let bytes = buffer.get(..kept + read).unwrap_or_default();
        let whole = if read == 0 {
            bytes.len()
        } else {
            bytes.len() - unfinished(bytes)
        };
        for chunk in bytes.get(..whole).unwrap_or_default().utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push('\u{fffd}');
            }
        }
        if read == 0 {
            return Ok(text);
        }
        let end = bytes.len();
        kept = end - whole;
        buffer.copy_within(whole..end, 0);
    }
}

/// How many bytes at the end may be the beginning of a character of which the rest has not been read.
fn unfinished(bytes: &[u8]) -> usize {
    let last = bytes.iter().rev().take(3).enumerate();
    for (i, byte) in last {
        let width = match byte {
            0x80..=0xBF => continue,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            _ => 1,
        };
        return if width > i + 1 { i + 1 } else { 0 };
    }
    0
}

pub(super) fn changed() -> ReadError {
    ReadError::Other("it changed while it was being opened".into())
}

fn too_large(bytes: Option<u64>) -> ReadError {
    ReadError::Other(match bytes {
        Some(bytes) => format!("it has {bytes} bytes; a text file may have {MAX_FILE}"),
        None => format!("it has more than {MAX_FILE} bytes, which is what a text file may have"),
    })
}

fn io_error(e: &std::io::Error) -> ReadError {
    match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ReadError::Missing,
        ErrorKind::PermissionDenied => ReadError::Other("permission denied".into()),
        ErrorKind::IsADirectory => ReadError::Other("it is a folder".into()),
        _ => ReadError::Other(e.to_string()),
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests make the files that they read"
)]
mod tests {
    use super::*;

    /// A reader that gives a few bytes at a time.
    struct Slow<'b>(&'b [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(into.len());
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn decoding_does_not_depend_on_where_chunks_end() {
        let bytes = b"a\xc3\xa9\xf0\x9f\x98\x80\xff\xe2\x82\xf0\x9f\x98z\xe2\x82\xac\xc3";
        let expected = String::from_utf8_lossy(bytes);
        for at_a_time in 1..bytes.len() {
            assert_eq!(
                decode(Slow(bytes, at_a_time), 0).unwrap(),
                *expected,
                "{at_a_time}"
            );
        }
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            open(folder.path()).unwrap_err(),
            ReadError::Other("it is a folder".into())
        );
        assert_eq!(
            open(&folder.path().join("gone")).unwrap_err(),
            ReadError::Missing
        );
        #[cfg(target_os = "linux")]
        assert_eq!(
            open(Path::new("/dev/zero")).unwrap_err(),
            ReadError::Other("it is not a regular file".into())
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_nothing() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        symlink("nowhere", folder.path().join("link")).unwrap();
        let nowhere = ReadError::Other("it is a link that leads nowhere".into());
        for name in ["link", "link/file"] {
            let read = own_file(&folder.path().join(name));
            assert_eq!(read.unwrap_err(), nowhere, "{name}");
        }
        let missing = own_file(&folder.path().join("gone"));
        assert_eq!(missing.unwrap_err(), ReadError::Missing);
    }

    #[test]
    fn a_huge_file_is_refused_without_reading_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge");
        // A hole: it takes no room on the disk.
        std::fs::File::create(&path)
            .unwrap()
            .set_len(1 << 30)
            .unwrap();
        let Err(ReadError::Other(why)) = open(&path) else {
            panic!("it was opened");
        };
        assert_eq!(
            why,
            "it has 1073741824 bytes; a text file may have 268435456"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_file_at_the_path_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().canonicalize().unwrap();
        std::fs::write(here.join("a"), "a").unwrap();
        std::fs::write(here.join("b"), "b").unwrap();
        std::os::unix::fs::symlink(here.join("b"), here.join("link")).unwrap();
        let (file, _) = open(&here.join("link")).unwrap();
        assert!(!is_at(&file, &here.join("link")));
        assert!(is_at(&file, &here.join("b")));
    }
}
