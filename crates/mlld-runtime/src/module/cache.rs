//! The cache of fetched modules (spec 04 §10.3): whatever is read from it is checked against its hash, every time.

use crate::effect::own;
use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::{EcoString, eco_format};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

/// The hash of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hash(Vec<u8>);

impl Hash {
    /// Of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).to_vec())
    }

    /// Of 64 hex digits.
    pub(crate) fn parse(hex: &str) -> Option<Self> {
        is_hash(hex).then(|| from_hex(hex).map(Self))?
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

    /// The hash.
    pub(crate) fn hash(&self) -> Hash {
        Hash(self.hash.clone())
    }

    /// The hash in hex digits.
    pub(crate) fn hex(&self) -> String {
        self.hash().hex()
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

/// The folder of contents by their hashes.
fn cache_folder(home: &Path) -> PathBuf {
    folder(home).join("sha256")
}

/// The folder of the content with this hash.
fn folder_of(home: &Path, hash: &str) -> PathBuf {
    let (first, rest) = hash.split_at_checked(2).unwrap_or((hash, ""));
    cache_folder(home).join(first).join(rest)
}

/// Whether a file, links resolved, lies in the cache.
pub(crate) fn holds(home: &Path, real: &Path) -> bool {
    let cache = cache_folder(home);
    real.starts_with(cache.canonicalize().unwrap_or(cache))
}

/// What lies in the cache under a hash is not what belongs there.
fn corrupt(hash: &str, why: &str, found: &str) -> Problem {
    let message = eco_format!("Cache corruption detected: {why} for {hash}{found}");
    Problem::new("R0925", "MlldIntegrity", message)
        .code("INTEGRITY_ERROR")
        .hint("Nothing of the module was run. Find out who changed it; `mlld clean` removes it from the cache, `mlld install` puts it there again.")
}

/// The content with this hash (64 hex digits); `None` if the cache does not have it.
///
/// # Errors
/// What lies there is not what its hash says, is a link, or cannot be read.
pub(crate) fn content(home: &Path, hash: &str) -> Result<Option<Content>, Problem> {
    let folder = folder_of(home, hash);
    let corrupt = |why: &str| corrupt(hash, why, "");
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
        let found = format!(" (found {})", found.hex());
        return Err(self::corrupt(hash, "Content hash mismatch", &found));
    }
    // Its own note of the hash has to agree, if there is one.
    if let Some(metadata) = read(&folder.join("metadata.json"))?
        && !agrees(&metadata, &found)
    {
        return Err(corrupt("Integrity check failed"));
    }
    let real = path.canonicalize().map_err(|e| corrupt(&e.to_string()))?;
    // A link would make another folder the one at which the module's paths start.
    let cache = cache_folder(home).canonicalize();
    let own = cache.map(|c| c.join(path.strip_prefix(cache_folder(home)).unwrap_or(&path)));
    if own.map_err(|e| corrupt(&e.to_string()))? != real {
        return Err(corrupt("The entry is a link, which is no content"));
    }
    Ok(Some(Content {
        path: real,
        hash: found,
        bytes,
    }))
}

/// Whether what the cache has noted of a content fits it.
fn agrees(metadata: &[u8], found: &Hash) -> bool {
    let Ok(Value::Object(metadata)) = serde_json::from_slice(metadata) else {
        return false;
    };
    let integrity = metadata.get("integrity").and_then(Value::as_str);
    let integrity = integrity.and_then(Integrity::parse);
    let hash = metadata.get("hash").is_none_or(|h| *h == found.hex());
    integrity.is_some_and(|i| i.fits(found)) && hash
}

/// What is noted of a content.
pub(crate) struct Note<'n> {
    /// What scripts import it as.
    pub(crate) name: &'n str,
    /// From where it was fetched.
    pub(crate) source: &'n str,
    /// When.
    pub(crate) now: &'n str,
    /// The modules that it needs, with their versions.
    pub(crate) dependencies: &'n [(EcoString, EcoString)],
}

/// Puts a content into the cache, and gives its hash. One that is there stays; it has to be what its hash says.
///
/// # Errors
/// What lies there is something else, or the cache cannot be written.
pub(crate) fn put(home: &Path, bytes: &[u8], note: &Note<'_>) -> Result<Hash, Problem> {
    let hash = Hash::of(bytes);
    let hex = hash.hex();
    if content(home, &hex)?.is_some() {
        return Ok(hash);
    }
    let mut metadata = json!({
        "hash": hex,
        "integrity": format!("sha256-{}", STANDARD.encode(&hash.0)),
        "source": note.source,
        "cachedAt": note.now,
        "size": bytes.len(),
        "importPath": note.name,
    });
    if let (Some(metadata), false) = (metadata.as_object_mut(), note.dependencies.is_empty()) {
        let dependencies = note.dependencies.iter();
        let dependencies: Map<String, Value> = dependencies
            .map(|(n, v)| (n.to_string(), v.as_str().into()))
            .collect();
        metadata.insert("dependencies".into(), dependencies.into());
    }
    let folder = folder_of(home, &hex);
    let metadata = format!("{metadata:#}\n");
    // The content last: an entry that was cut off half-way is none.
    own::replace(&folder.join("metadata.json"), metadata.as_bytes())
        .and_then(|()| own::replace(&folder.join("content.mld"), bytes))
        .map_err(|e| not_written(&e))?;
    // The index is for people and other programs: nothing is resolved by it.
    change_index(home, |index| {
        index.insert(note.name.into(), hex.into());
    })?;
    Ok(hash)
}

/// Takes a content out of the cache; false if it was not there. Whether it is what its hash says does not matter.
///
/// # Errors
/// The cache cannot be written.
pub(crate) fn remove(home: &Path, hash: &str) -> Result<bool, Problem> {
    let removed = own::remove_folder(&folder_of(home, hash)).map_err(|e| not_written(&e))?;
    change_index(home, |index| index.retain(|_, h| h != hash))?;
    Ok(removed)
}

/// Changes the list of what is in the cache. One that cannot be read is begun anew.
fn change_index(home: &Path, change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), Problem> {
    let path = cache_folder(home).join("index.json");
    let old = read::own_file(&path).ok();
    let old = old.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let old: Map<String, Value> = old.unwrap_or_default();
    let mut index = old.clone();
    change(&mut index);
    if index == old {
        return Ok(());
    }
    index.sort_keys();
    let text = format!("{:#}\n", Value::Object(index));
    own::replace(&path, text.as_bytes()).map_err(|e| not_written(&e))
}

fn not_written(e: &std::io::Error) -> Problem {
    let message = eco_format!("The cache of modules cannot be written: {e}");
    Problem::new("R0928", "MlldImport", message).code("CONFIG_ERROR")
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
        let note = Note {
            name: "https://h/m.mld",
            source: "https://h/m.mld",
            now: "now",
            dependencies: &[],
        };
        let put = || put(home.path(), b"good", &note).map_err(|p| p.message);
        let hash = put().unwrap();
        assert_eq!(put().unwrap(), hash);
        let found = content(home.path(), &hash.hex()).ok().unwrap().unwrap();
        assert_eq!((found.bytes.as_slice(), found.hash), (&b"good"[..], hash));
    }

    #[test]
    fn what_was_changed_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let hash = Hash::of(b"good").hex();
        let folder = folder_of(home.path(), &hash);
        let get = || content(home.path(), &hash).map_err(|p| p.message);
        assert!(get().unwrap().is_none());
        own::replace(&folder.join("content.mld"), b"good").unwrap();
        assert_eq!(get().unwrap().unwrap().hash.hex(), hash);
        for bad in [
            "{}".to_owned(),
            "x".into(),
            format!(r#"{{"integrity":"sha256:{}"}}"#, "0".repeat(64)),
            format!(
                r#"{{"integrity":"sha256:{hash}","hash":"{}"}}"#,
                "0".repeat(64)
            ),
        ] {
            own::replace(&folder.join("metadata.json"), bad.as_bytes()).unwrap();
            assert!(get().is_err(), "{bad}");
        }
        assert_eq!(
            get().err().unwrap(),
            eco_format!("Cache corruption detected: Integrity check failed for {hash}")
        );
        own::replace(&folder.join("content.mld"), b"evil").unwrap();
        assert_eq!(
            get().err().unwrap(),
            eco_format!(
                "Cache corruption detected: Content hash mismatch for {hash} (found {})",
                Hash::of(b"evil").hex()
            )
        );
        own::replace(&folder.join("content.mld"), b"goo").unwrap();
        assert!(get().is_err(), "truncated");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test makes links")]
    fn links_are_no_contents() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let note = Note {
            name: "@a/b",
            source: "@a/b",
            now: "2026-01-01T00:00:00.000Z",
            dependencies: &[],
        };
        put(home.path(), b"good", &note).unwrap();
        let hash = Hash::of(b"good").hex();
        let folder = folder_of(home.path(), &hash);
        let away = home.path().join("away.mld");
        own::replace(&away, b"good").unwrap();
        own::remove(&folder.join("content.mld")).unwrap();
        symlink(&away, folder.join("content.mld")).unwrap();
        let refused = content(home.path(), &hash).map_err(|p| p.message);
        assert!(refused.err().unwrap().contains("is a link"));
        own::remove_folder(&folder).unwrap();
        let elsewhere = home.path().join("elsewhere");
        own::replace(&elsewhere.join("content.mld"), b"good").unwrap();
        symlink(&elsewhere, &folder).unwrap();
        assert!(content(home.path(), &hash).is_err());
        // A home folder that is reached by a link is fine.
        let other = tempfile::tempdir().unwrap();
        put(other.path(), b"good", &note).unwrap();
        let link = home.path().join("home");
        symlink(other.path(), &link).unwrap();
        assert!(content(&link, &hash).unwrap().is_some());
    }

    #[test]
    fn put_and_removed() {
        let home = tempfile::tempdir().unwrap();
        let dependencies = [("@c/d".into(), "1.0.0".into())];
        let note = Note {
            name: "@a/b",
            source: "@a/b",
            now: "2026-01-01T00:00:00.000Z",
            dependencies: &dependencies,
        };
        put(home.path(), b"good", &note).unwrap();
        let hash = Hash::of(b"good").hex();
        assert_eq!(content(home.path(), &hash).unwrap().unwrap().bytes, b"good");
        let index = home.path().join(".mlld/cache/sha256/index.json");
        let read =
            || -> Value { serde_json::from_slice(&read::own_file(&index).unwrap()).unwrap() };
        assert_eq!(read(), json!({ "@a/b": hash }));
        let metadata = folder_of(home.path(), &hash).join("metadata.json");
        let metadata: Value = serde_json::from_slice(&read::own_file(&metadata).unwrap()).unwrap();
        assert_eq!(metadata["size"], 4);
        assert_eq!(metadata["dependencies"]["@c/d"], "1.0.0");
        // What was changed is not overwritten in silence.
        own::replace(&folder_of(home.path(), &hash).join("content.mld"), b"evil").unwrap();
        assert!(put(home.path(), b"good", &note).is_err());
        assert!(remove(home.path(), &hash).unwrap());
        assert!(!remove(home.path(), &hash).unwrap());
        assert_eq!(read(), json!({}));
        assert!(content(home.path(), &hash).unwrap().is_none());
    }
}
