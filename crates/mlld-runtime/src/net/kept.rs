//! Documents that were fetched before: what `import cached(TTL)` uses again (spec 04 §7.8).
//!
//! For each URL a note says what it gave and when; the content lies in the cache of modules, under its hash, and is checked on
//! every read. Both lie in the user's home, where scripts cannot write. Whether an address may be fetched is asked
//! every time, also of those that its redirects led to.

use super::{Document, parse};
use crate::effect::own;
use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use crate::gate::Run;
use crate::module::cache;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use url::Url;

/// What a URL gave.
pub(crate) struct Kept {
    /// The addresses that were asked, the one that gave it last.
    pub(crate) hops: Vec<Url>,
    /// The body.
    pub(crate) bytes: Vec<u8>,
}

impl Kept {
    /// The address that gave it: what it names by a relative path lies there.
    pub(crate) fn url(&self) -> Option<&Url> {
        self.hops.last()
    }
}

impl From<Document> for Kept {
    fn from(document: Document) -> Self {
        Self {
            hops: document.hops,
            bytes: document.bytes,
        }
    }
}

/// What `url` gave less than `ttl` milliseconds ago, if that is known. A note that cannot be read is none.
///
/// # Errors
/// The content is not what was put there.
pub(crate) fn get(run: &Run<'_>, url: &Url, ttl: f64) -> Result<Option<Kept>, Problem> {
    let Some(home) = &run.options.home else {
        return Ok(None);
    };
    let note = match read::own_file(&note_of(home, url)) {
        Ok(note) => serde_json::from_slice::<Value>(&note).ok(),
        Err(ReadError::Missing | ReadError::Other(_)) => None,
    };
    let Some((hops, at, hash)) = note.as_ref().and_then(understood) else {
        return Ok(None);
    };
    let age = run.now_millis() - at;
    // A note from the future says that the clock has been set.
    let is_fresh = (0.0..ttl).contains(&age) && hops.first() == Some(url);
    if !is_fresh || !cache::is_hash(hash) {
        return Ok(None);
    }
    let content = cache::content(home, hash)?;
    Ok(content.map(|content| Kept {
        hops,
        bytes: content.bytes,
    }))
}

fn understood(note: &Value) -> Option<(Vec<Url>, f64, &str)> {
    let hops = note.get("hops")?.as_array()?;
    let hops = hops
        .iter()
        .map(|hop| parse(hop.as_str()?).ok())
        .collect::<Option<Vec<Url>>>()?;
    Some((
        hops,
        note.get("fetchedAt")?.as_f64()?,
        note.get("hash")?.as_str()?,
    ))
}

/// Keeps what was fetched. That it cannot be kept is of no consequence.
pub(crate) fn put(run: &Run<'_>, document: &Document) {
    let (Some(home), Some(first)) = (&run.options.home, document.hops.first()) else {
        return;
    };
    let last = document.url().unwrap_or(first);
    let note = cache::Note {
        name: first.as_str(),
        source: last.as_str(),
        now: &run.options.now,
        dependencies: &[],
    };
    let Ok(hash) = cache::put(home, &document.bytes, &note) else {
        return;
    };
    let hops: Vec<&str> = document.hops.iter().map(Url::as_str).collect();
    let note = json!({ "hops": hops, "fetchedAt": run.now_millis(), "hash": hash.hex() });
    let _ = own::replace(&note_of(home, first), note.to_string().as_bytes());
}

fn note_of(home: &Path, url: &Url) -> PathBuf {
    let name = cache::Hash::of(url.as_str().as_bytes()).hex();
    cache::folder(home)
        .join("urls")
        .join(format!("{name}.json"))
}
