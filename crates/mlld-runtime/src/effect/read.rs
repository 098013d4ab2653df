//! Reading files.

use ecow::EcoString;
use mlld_security::Permit;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes that a text file may have; more is an error, not a blow-up of memory.
const MAX_FILE: u64 = 256 * 1024 * 1024;

/// A file that was read.
pub(crate) struct Loaded {
    /// The path that was asked for.
    pub(crate) path: PathBuf,
    /// The path of the file itself, links resolved.
    pub(crate) real_path: PathBuf,
    /// Its content; invalid bytes are U+FFFD (spec 04 §1.3).
    pub(crate) text: EcoString,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// There is none.
    Missing,
    /// Something else, in words.
    Other(String),
}

/// Reads a file as text. What is opened is what was judged: the path that the check resolved.
pub(crate) fn text(permit: Permit<PathBuf>) -> Result<Loaded, ReadError> {
    let path = permit.into_payload();
    let real_path = path.canonicalize().map_err(|e| io_error(&e))?;
    let bytes = bytes(&real_path)?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => EcoString::from(text),
        Err(e) => EcoString::from(String::from_utf8_lossy(e.as_bytes()).as_ref()),
    };
    Ok(Loaded {
        path,
        real_path,
        text,
    })
}

/// Whether a regular file lies at the path.
pub(crate) fn is_file(permit: Permit<PathBuf>) -> bool {
    permit.into_payload().is_file()
}

/// Reads a file of mlld's own (configuration); not an operation of the script (spec 06 §8.1).
pub(crate) fn own_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    bytes(path)
}

#[expect(clippy::disallowed_methods, reason = "this is the effect")]
fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    let file = std::fs::File::open(path).map_err(|e| io_error(&e))?;
    let meta = file.metadata().map_err(|e| io_error(&e))?;
    if meta.is_dir() {
        return Err(ReadError::Other("it is a folder".into()));
    }
    if !meta.is_file() {
        return Err(ReadError::Other("it is not a regular file".into()));
    }
    if meta.len() > MAX_FILE {
        return Err(ReadError::Other(format!(
            "it has {} bytes; a text file may have {MAX_FILE}",
            meta.len()
        )));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0));
    // One byte more than allowed, in case the file grows while it is read.
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| io_error(&e))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ReadError::Other(format!(
            "it has more than {MAX_FILE} bytes"
        )));
    }
    Ok(bytes)
}

fn io_error(e: &std::io::Error) -> ReadError {
    match e.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ReadError::Missing,
        std::io::ErrorKind::PermissionDenied => ReadError::Other("permission denied".into()),
        std::io::ErrorKind::IsADirectory => ReadError::Other("it is a folder".into()),
        _ => ReadError::Other(e.to_string()),
    }
}
