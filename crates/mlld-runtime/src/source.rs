//! Reading the text of a script, before anything of it is trusted or run (spec 09 §1).

use crate::run::SourceError;
use mlld_syntax::LineIndex;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The most bytes that a script may have: places in it are 32 bits wide.
const MAX_BYTES: u64 = u32::MAX as u64;
/// How much is read at a time. What is no text is refused without being read to its end.
const CHUNK: usize = 64 * 1024;

/// Why a script cannot be read, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Why.
    pub error: SourceError,
    /// Line and column of what is wrong, from 1, if the text before it is a text.
    pub line_col: Option<(u32, u32)>,
}

impl From<SourceError> for Unreadable {
    fn from(error: SourceError) -> Self {
        Self {
            error,
            line_col: None,
        }
    }
}

/// Reads a script from a file.
///
/// # Errors
/// The file does not exist, is a folder, cannot be read, or is no text.
#[expect(
    clippy::disallowed_methods,
    reason = "the script itself is not data: it is read before there is a policy to ask"
)]
pub fn read_file(path: &Path) -> Result<String, Unreadable> {
    let file = std::fs::File::open(path).map_err(|e| from_io(&e))?;
    let about = file.metadata().map_err(|e| from_io(&e))?;
    if about.is_dir() {
        return Err(SourceError::Folder.into());
    }
    if about.len() > MAX_BYTES {
        return Err(SourceError::TooLarge.into());
    }
    read_stream(file)
}

/// Reads a text from a regular file: unlike [`read_file`], it never waits for what a pipe or a device gives.
///
/// # Errors
/// As [`read_file`], or it is no regular file.
pub fn read_regular(path: &Path) -> Result<String, Unreadable> {
    let about = path.metadata().map_err(|e| from_io(&e))?;
    if about.is_dir() || about.is_file() {
        return read_file(path);
    }
    Err(SourceError::Unreadable("it is not a regular file".into()).into())
}

/// Reads a script from a stream, to its end.
///
/// # Errors
/// The stream fails, has more than 4 GiB, or is no text.
pub fn read_stream(mut stream: impl Read) -> Result<String, Unreadable> {
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        let read = stream
            .by_ref()
            .take(CHUNK as u64)
            .read_to_end(&mut bytes)
            .map_err(|e| from_io(&e))?;
        if let Some(at) = bytes.iter().skip(before).position(|b| *b == 0) {
            let at = before + at;
            return Err(Unreadable {
                error: SourceError::Binary(at),
                line_col: place_in(&bytes, at),
            });
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(SourceError::TooLarge.into());
        }
        if read == 0 {
            return text_of(bytes);
        }
    }
}

/// The bytes as text.
fn text_of(bytes: Vec<u8>) -> Result<String, Unreadable> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Unreadable {
            error: SourceError::NotUtf8(at),
            line_col: place_in(e.as_bytes(), at),
        }
    })
}

/// Line and column of a byte, if what stands before it is text.
fn place_in(bytes: &[u8], at: usize) -> Option<(u32, u32)> {
    let before = std::str::from_utf8(bytes.get(..at)?).ok()?;
    let end = u32::try_from(at).ok()?;
    Some(LineIndex::new(before).line_col(before, end))
}

/// What an error of the system means for a script.
fn from_io(error: &io::Error) -> Unreadable {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => SourceError::Missing,
        ErrorKind::IsADirectory => SourceError::Folder,
        ErrorKind::PermissionDenied => SourceError::Unreadable("Permission denied".into()),
        _ => SourceError::Unreadable(error.to_string()),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Unreadable> {
        read_stream(bytes)
    }

    #[test]
    fn text_is_text() {
        assert_eq!(read("a\u{e9}\n".as_bytes()).as_deref(), Ok("a\u{e9}\n"));
        assert_eq!(read(b"").as_deref(), Ok(""));
    }

    #[test]
    fn a_byte_that_is_no_utf8_has_a_place() {
        let e = read(b"ab\nc\xff").unwrap_err();
        assert_eq!(e.error, SourceError::NotUtf8(4));
        assert_eq!(e.line_col, Some((2, 2)));
    }

    #[test]
    fn a_nul_byte_ends_the_reading() {
        // Endless, so this test ends only if reading does.
        let e = read_stream(io::repeat(0)).unwrap_err();
        assert_eq!(e.error, SourceError::Binary(0));
        assert_eq!(e.line_col, Some((1, 1)));
    }

    #[test]
    fn a_nul_byte_in_a_later_chunk_is_found() {
        let mut bytes = vec![b'x'; CHUNK + 5];
        bytes.push(0);
        assert_eq!(
            read(&bytes).unwrap_err().error,
            SourceError::Binary(CHUNK + 5)
        );
    }

    #[test]
    fn what_is_not_there_and_what_is_a_folder() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(
            read_file(&here.join("no-such-file")).unwrap_err().error,
            SourceError::Missing
        );
        assert_eq!(
            read_file(&here.join("Cargo.toml/x")).unwrap_err().error,
            SourceError::Missing
        );
        assert_eq!(read_file(here).unwrap_err().error, SourceError::Folder);
    }
}
