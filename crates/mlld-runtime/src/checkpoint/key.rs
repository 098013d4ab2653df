//! The key of `system:mlld`, with which mlld signs what it keeps for itself (spec 08 §3).
//!
//! It lies in the user's config folder, outside of every project: whoever can write into a project cannot make
//! answers that a run takes for those of the model. It is made when something is signed for the first time.

use crate::effect::own;
use crate::effect::read::{self, ReadError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who signs.
pub(super) const IDENTITY: &str = "system:mlld";
/// The identity as the name of a file.
const FILE_STEM: &str = "system%3Amlld";
/// How the line of a private key begins.
const PRIVATE: &str = "mlld-ed25519-private:";
/// How the line of a public key begins.
const PUBLIC: &str = "mlld-ed25519-public:";
/// What the key of the codes is derived for.
const MAC_INFO: &[u8] = b"mlld-checkpoint";

/// The user's config folder (spec 08 §3.1).
pub(crate) fn config_folder(
    environment: &BTreeMap<String, String>,
    home: Option<&Path>,
) -> Option<PathBuf> {
    let set = |name: &str| environment.get(name).filter(|v| !v.is_empty());
    if let Some(folder) = set("MLLD_CONFIG_DIR") {
        return Some(folder.into());
    }
    match set("XDG_CONFIG_HOME") {
        Some(folder) => Some(Path::new(folder).join("mlld")),
        None => home.map(|h| h.join(".config/mlld")),
    }
}

/// The key pair, and the key of the codes that is derived from it. No `Debug`: it holds a secret.
pub(super) struct Keys {
    pair: SigningKey,
    id: String,
    mac: [u8; 32],
}

impl Keys {
    /// The keys in the config folder, made if there are none.
    ///
    /// # Errors
    /// One sentence: without keys nothing is signed and nothing believed.
    pub(super) fn open(config: Option<&Path>) -> Result<Self, String> {
        let keep = |why: &dyn std::fmt::Display| format!("Cannot keep signing keys: {why}");
        let config = config.ok_or_else(|| keep(&"there is no home folder"))?;
        let folder = config.join("keys");
        let private = folder.join(format!("{FILE_STEM}.key"));
        let seed = match read_seed(&private)? {
            Some(seed) => seed,
            None => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(|e| keep(&e))?;
                let line = format!("{PRIVATE}{}\n", STANDARD.encode(seed));
                own::make(&private, line.as_bytes()).map_err(|e| keep(&e))?;
                // Another run may have been faster: what lies there counts.
                read_seed(&private)?.ok_or_else(|| keep(&"the key that was just made is gone"))?
            }
        };
        let keys = Self::of_seed(&seed)?;
        let public = folder.join(format!("{FILE_STEM}.pub"));
        if !public.is_file() {
            let line = format!(
                "{PUBLIC}{} {IDENTITY}\n",
                STANDARD.encode(keys.pair.verifying_key().as_bytes())
            );
            own::make(&public, line.as_bytes()).map_err(|e| keep(&e))?;
        }
        if is_revoked(config, &keys.id)? {
            return Err(format!("The key of '{IDENTITY}' ({}) is revoked", keys.id));
        }
        Ok(keys)
    }

    fn of_seed(seed: &[u8; 32]) -> Result<Self, String> {
        let pair = SigningKey::from_bytes(seed);
        let digest = Sha256::digest(pair.verifying_key().as_bytes());
        let hex: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
        let mut mac = [0; 32];
        Hkdf::<Sha256>::new(None, seed)
            .expand(MAC_INFO, &mut mac)
            .map_err(|e| format!("Cannot derive a key: {e}"))?;
        Ok(Self {
            pair,
            id: format!("ed25519:{hex}"),
            mac,
        })
    }

    /// The id of the key (spec 08 §3.1).
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The signature of a text, in base64.
    pub(super) fn sign(&self, text: &str) -> String {
        STANDARD.encode(self.pair.sign(text.as_bytes()).to_bytes())
    }

    /// Whether this key has signed the text.
    pub(super) fn has_signed(&self, text: &str, signature: &str) -> bool {
        let bytes = STANDARD.decode(signature).ok();
        let signature = bytes.and_then(|b| Signature::from_slice(&b).ok());
        signature.is_some_and(|s| {
            let public = self.pair.verifying_key();
            public.verify_strict(text.as_bytes(), &s).is_ok()
        })
    }

    /// The code of a text, in base64: who does not have the key cannot make it.
    pub(super) fn code(&self, text: &str) -> Option<String> {
        let mac = self.mac_of(text)?;
        Some(STANDARD.encode(mac.finalize().into_bytes()))
    }

    /// Whether the code is that of the text.
    pub(super) fn is_code(&self, text: &str, code: &str) -> bool {
        let (Ok(code), Some(mac)) = (STANDARD.decode(code), self.mac_of(text)) else {
            return false;
        };
        mac.verify_slice(&code).is_ok()
    }

    fn mac_of(&self, text: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.mac).ok()?;
        mac.update(text.as_bytes());
        Some(mac)
    }
}

/// The seed in a key file; `None` if there is no file.
fn read_seed(path: &Path) -> Result<Option<[u8; 32]>, String> {
    let mode = own::mode(path).map_err(|e| format!("Cannot keep signing keys: {e}"))?;
    if let Some(mode) = mode.filter(|m| m & 0o077 != 0) {
        return Err(format!(
            "Private key of '{IDENTITY}' is readable by others (mode {mode:04o})"
        ));
    }
    let bytes = match read::own_file(path) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing) => return Ok(None),
        Err(ReadError::Other(why)) => return Err(format!("Cannot keep signing keys: {why}")),
    };
    let seed = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|line| line.trim_end().strip_prefix(PRIVATE))
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|seed| seed.try_into().ok());
    seed.map(Some)
        .ok_or_else(|| format!("Private key of '{IDENTITY}' cannot be read"))
}

/// Whether the user has revoked the key (spec 08 §3.3).
fn is_revoked(config: &Path, id: &str) -> Result<bool, String> {
    let bad = |why: &str| Err(format!("trusted.json cannot be read: {why}"));
    let bytes = match read::own_file(&config.join("trusted.json")) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing) => return Ok(false),
        Err(ReadError::Other(why)) => return bad(&why),
    };
    let Ok(serde_json::Value::Object(trusted)) = serde_json::from_slice(&bytes) else {
        return bad("it is no JSON object");
    };
    match trusted.get("revoked") {
        None => Ok(false),
        Some(serde_json::Value::Array(ids)) => Ok(ids.iter().any(|i| i.as_str() == Some(id))),
        Some(_) => bad("'revoked' is no list"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn the_key_is_made_once_and_is_the_users_alone() {
        let temp = folder();
        let config = temp.path().join("config");
        let first = Keys::open(Some(&config)).unwrap();
        let second = Keys::open(Some(&config)).unwrap();
        assert_eq!(first.id(), second.id());
        assert!(second.has_signed("text", &first.sign("text")));
        let private = config.join("keys/system%3Amlld.key");
        assert_eq!(own::mode(&private).unwrap(), Some(0o600));
        assert_eq!(own::mode(&config.join("keys")).unwrap(), Some(0o700));
        let public = read::own_file(&config.join("keys/system%3Amlld.pub")).unwrap();
        let public = String::from_utf8(public).unwrap();
        assert!(public.starts_with(PUBLIC) && public.ends_with(" system:mlld\n"));
    }

    #[test]
    fn many_runs_at_once_have_one_key() {
        let temp = folder();
        let ids: Vec<String> = std::thread::scope(|threads| {
            let runs: Vec<_> = (0..8)
                .map(|_| threads.spawn(|| Keys::open(Some(temp.path())).unwrap().id().to_owned()))
                .collect();
            runs.into_iter().map(|r| r.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]));
    }

    #[test]
    fn another_key_or_another_text_is_no_proof() {
        let keys = Keys::of_seed(&[1; 32]).unwrap();
        let other = Keys::of_seed(&[2; 32]).unwrap();
        let (signature, code) = (keys.sign("text"), keys.code("text").unwrap());
        assert!(keys.has_signed("text", &signature) && keys.is_code("text", &code));
        assert!(!keys.has_signed("texT", &signature) && !keys.is_code("texT", &code));
        assert!(!other.has_signed("text", &signature) && !other.is_code("text", &code));
        for bad in ["", "!", "AAAA"] {
            assert!(!keys.has_signed("text", bad) && !keys.is_code("text", bad));
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let temp = folder();
        Keys::open(Some(temp.path())).unwrap();
        let private = temp.path().join("keys/system%3Amlld.key");
        std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = Keys::open(Some(temp.path())).err().unwrap();
        assert_eq!(
            error,
            "Private key of 'system:mlld' is readable by others (mode 0644)"
        );
    }

    #[test]
    fn a_revoked_key_and_an_unreadable_list_are_refused() {
        let temp = folder();
        let id = Keys::open(Some(temp.path())).unwrap().id().to_owned();
        let list = temp.path().join("trusted.json");
        own::replace(&list, br#"{"revoked":[]}"#).unwrap();
        assert!(Keys::open(Some(temp.path())).is_ok());
        for text in [
            format!(r#"{{"revoked":["{id}"]}}"#),
            "{".into(),
            r#"{"revoked":1}"#.into(),
        ] {
            own::replace(&list, text.as_bytes()).unwrap();
            assert!(Keys::open(Some(temp.path())).is_err(), "{text}");
        }
    }

    #[test]
    fn the_config_folder_is_named_by_the_environment() {
        let home = Path::new("/home/a");
        let folder = |vars: &[(&str, &str)]| {
            let vars = vars.iter().map(|(n, v)| ((*n).into(), (*v).into()));
            config_folder(&vars.collect(), Some(home)).unwrap()
        };
        assert_eq!(folder(&[]), Path::new("/home/a/.config/mlld"));
        assert_eq!(folder(&[("XDG_CONFIG_HOME", "/x")]), Path::new("/x/mlld"));
        let both = [("XDG_CONFIG_HOME", "/x"), ("MLLD_CONFIG_DIR", "/m")];
        assert_eq!(folder(&both), Path::new("/m"));
        assert_eq!(config_folder(&BTreeMap::new(), None), None);
    }
}
