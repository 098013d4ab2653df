//! The cache of fetched modules (spec 04 §10.3): whatever is read from it is checked against its hash, every time.

use crate::effect::own;
use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::{EcoString, eco_format};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::io;
use std::path::{Path, PathBuf};

/// The hash of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hash(Vec<u8>);

impl Hash {
    /// Of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).to_vec())
    }

    /// 64 hex digits.
    pub(crate) fn hex(&self) -> String {
        let mut out = String::with_capacity(64);
        for byte in &self.0 {
            let _ = write!(out, "{byte:02x}");
        }
        out
    }
}

/// Whether a text is a hash: only then may a path be made of it.
pub(crate) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A hash as it is written down: `sha256:<hex>` or `sha256-<base64>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Integrity {
    written: EcoString,
    hash: Vec<u8>,
}

impl Integrity {
    /// Reads one; `None` if it is neither.
    pub(crate) fn parse(written: &str) -> Option<Self> {
        let hash = match (
            written.strip_prefix("sha256:"),
            written.strip_prefix("sha256-"),
        ) {
            (Some(hex), _) if is_hash(hex) => from_hex(hex)?,
            (_, Some(base64)) => STANDARD.decode(base64).ok()?,
            _ => return None,
        };
        (hash.len() == 32).then(|| Self {
            written: written.into(),
            hash,
        })
    }

    /// Whether a content with this hash is the one that was meant.
    pub(crate) fn fits(&self, hash: &Hash) -> bool {
        self.hash == hash.0
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let pairs = (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2));
    pairs
        .map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect()
}

/// A content in the cache that is what its hash says.
pub(crate) struct Content {
    /// Where it lies, links resolved.
    pub(crate) path: PathBuf,
    /// Its hash.
    pub(crate) hash: Hash,
    /// The bytes that were checked.
    pub(crate) bytes: Vec<u8>,
}

/// The folder of all that was fetched and kept.
pub(crate) fn folder(home: &Path) -> PathBuf {
    home.join(".mlld/cache")
}

/// Where the content with this hash lies.
fn place(home: &Path, hash: &str) -> PathBuf {
    let (first, rest) = hash.split_at_checked(2).unwrap_or((hash, ""));
    folder(home).join("sha256").join(first).join(rest)
}

/// Puts a content into the cache that was fetched from `source` at `now`, as what scripts import as `import_path`.
///
/// # Errors
/// Those of the system.
pub(crate) fn put(
    home: &Path,
    bytes: &[u8],
    source: &str,
    import_path: &str,
    now: &str,
) -> io::Result<Hash> {
    let hash = Hash::of(bytes);
    let folder = place(home, &hash.hex());
    let about = json!({
        "hash": hash.hex(),
        "integrity": format!("sha256-{}", STANDARD.encode(&hash.0)),
        "source": source,
        "cachedAt": now,
        "size": bytes.len(),
        "importPath": import_path,
    });
    // One that is there already has the same content; if it has not, whoever reads it will be told.
    own::make(&folder.join("content.mld"), bytes)?;
    own::make(&folder.join("metadata.json"), about.to_string().as_bytes())?;
    Ok(hash)
}

/// The content with this hash (64 hex digits); `None` if the cache does not have it.
///
/// # Errors
/// What lies there is not what its hash says, or cannot be read.
pub(crate) fn content(home: &Path, hash: &str) -> Result<Option<Content>, Problem> {
    let folder = place(home, hash);
    let corrupt = |why: &str| {
        let message = eco_format!("Cache corruption detected: {why} for {hash}");
        Problem::new("R0925", "MlldIntegrity", message)
            .code("INTEGRITY_ERROR")
            .hint("Nothing of the module was run. Remove it from the cache, and find out who changed it.")
    };
    let path = folder.join("content.mld");
    let read = |path: &Path| match read::own_file(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Missing) => Ok(None),
        Err(ReadError::Other(why)) => Err(corrupt(&format!(
            "{} cannot be read ({why})",
            path.display()
        ))),
    };
    let Some(bytes) = read(&path)? else {
        return Ok(None);
    };
    let found = Hash::of(&bytes);
    if found.hex() != hash {
        return Err(corrupt("Content hash mismatch"));
    }
    // Its own note of the hash has to agree, if there is one.
    if let Some(metadata) = read(&folder.join("metadata.json"))? {
        let metadata: Option<Value> = serde_json::from_slice(&metadata).ok();
        let integrity = metadata.as_ref().and_then(|m| m.get("integrity")?.as_str());
        let fits = integrity
            .and_then(Integrity::parse)
            .is_some_and(|i| i.fits(&found));
        if !fits {
            return Err(corrupt("Integrity check failed"));
        }
    }
    let path = path.canonicalize().map_err(|e| corrupt(&e.to_string()))?;
    Ok(Some(Content {
        path,
        hash: found,
        bytes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_in_both_spellings() {
        let hash = Hash::of(b"x");
        let hex = format!("sha256:{}", hash.hex());
        let base64 = format!("sha256-{}", STANDARD.encode(&hash.0));
        for written in [hex, base64] {
            assert!(Integrity::parse(&written).unwrap().fits(&hash));
            assert!(!Integrity::parse(&written).unwrap().fits(&Hash::of(b"y")));
        }
        for bad in ["sha256:00", "sha256-AA==", "md5:00", ""] {
            assert!(Integrity::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_put_there_is_found() {
        let home = tempfile::tempdir().unwrap();
        let put = || {
            put(
                home.path(),
                b"good",
                "https://h/m.mld",
                "https://h/m.mld",
                "now",
            )
        };
        let hash = put().unwrap();
        assert_eq!(put().unwrap(), hash);
        let found = content(home.path(), &hash.hex()).ok().unwrap().unwrap();
        assert_eq!((found.bytes.as_slice(), found.hash), (&b"good"[..], hash));
    }

    #[test]
    fn what_was_changed_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let hash = Hash::of(b"good").hex();
        let folder = place(home.path(), &hash);
        let get = || content(home.path(), &hash).map_err(|p| p.message);
        assert!(get().unwrap().is_none());
        own::replace(&folder.join("content.mld"), b"good").unwrap();
        assert_eq!(get().unwrap().unwrap().hash.hex(), hash);
        own::replace(&folder.join("metadata.json"), b"{}").unwrap();
        assert_eq!(
            get().err().unwrap(),
            eco_format!("Cache corruption detected: Integrity check failed for {hash}")
        );
        own::replace(&folder.join("content.mld"), b"evil").unwrap();
        assert_eq!(
            get().err().unwrap(),
            eco_format!("Cache corruption detected: Content hash mismatch for {hash}")
        );
    }
}
