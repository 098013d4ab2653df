//! `mlld-lock.json`: which modules a project uses, with the hashes of their content (spec 04 §10.2).

use super::cache;
use super::reference::Reference;
use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use crate::gate::Run;
use ecow::{EcoString, eco_format};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Names of the file, the present one first; the others are read only.
const FILES: [&str; 3] = ["mlld-lock.json", "mlld.lock.json", ".mlld/mlld.lock.json"];

/// The lock file of a run, read when it is first asked.
#[derive(Default)]
pub(crate) struct Locked(OnceLock<Result<LockFile, Problem>>);

/// The modules of a lock file.
#[derive(Clone, Debug, Default)]
pub(crate) struct LockFile(Vec<Module>);

/// A locked module.
#[derive(Clone, Debug)]
struct Module {
    name: EcoString,
    version: EcoString,
    /// The hash of its content: 64 hex digits.
    resolved: EcoString,
    /// The hash once more.
    integrity: cache::Integrity,
    /// Where it was fetched from.
    address: EcoString,
}

/// A locked module whose content lies in the cache and has been checked.
pub(crate) struct Resolved {
    /// Where its content lies.
    pub(crate) path: PathBuf,
    /// Its content, as it was checked.
    pub(crate) bytes: Vec<u8>,
    /// Where it was fetched from.
    pub(crate) address: EcoString,
}

fn broken(code: &'static str, message: EcoString) -> Problem {
    Problem::new("R0921", "MlldImport", message).code(code)
}

impl Locked {
    /// The locked module that a reference asks for.
    ///
    /// # Errors
    /// The lock file is broken, does not name the module, or names another version; the content is not what was locked.
    pub(crate) fn resolve(
        &self,
        run: &Run<'_>,
        reference: &Reference,
    ) -> Result<Resolved, Problem> {
        let lock = self.0.get_or_init(|| LockFile::read(&run.root));
        let lock = lock.as_ref().map_err(Clone::clone)?;
        let name = &reference.name;
        let not_resolved = |why: &str| {
            let message = eco_format!("Failed to resolve {name} from registry: {why}");
            Problem::new("R0922", "MlldImport", message).code("IMPORT_ERROR")
        };
        let Some(module) = lock.0.iter().find(|m| m.name == *name) else {
            return Err(not_resolved(
                "mlld-lock.json does not name it, and asking a registry is not supported yet",
            ));
        };
        if let Some(wanted) = &reference.version
            && !wanted.accepts(&module.version, &module.resolved)
        {
            let message = eco_format!(
                "{name}@{wanted} is asked for, but mlld-lock.json has version {}",
                module.version
            );
            return Err(Problem::new("R0923", "MlldImport", message).code("IMPORT_ERROR"));
        }
        let Some(home) = &run.options.home else {
            return Err(not_resolved(
                "there is no home folder, where the cache would be",
            ));
        };
        let content = cache::content(home, &module.resolved)?;
        let Some(content) = content else {
            return Err(not_resolved(
                "it is not in the cache, and fetching modules is not supported yet",
            ));
        };
        if !module.integrity.fits(&content.hash) {
            let message = eco_format!(
                "Module integrity check failed for {name}: expected {}, got sha256:{}",
                module.integrity,
                content.hash.hex()
            );
            return Err(Problem::new("R0924", "MlldIntegrity", message).code("INTEGRITY_ERROR"));
        }
        Ok(Resolved {
            path: content.path,
            bytes: content.bytes,
            address: module.address.clone(),
        })
    }
}

impl LockFile {
    /// The lock file of the project at `root`; without a file, no modules.
    fn read(root: &Path) -> Result<Self, Problem> {
        for name in FILES {
            match read::own_file(&root.join(name)) {
                Ok(bytes) => {
                    return Self::parse(&bytes).map_err(|why| {
                        broken("CONFIG_ERROR", eco_format!("Failed to load {name}: {why}"))
                    });
                }
                Err(ReadError::Missing) => {}
                Err(ReadError::Other(why)) => {
                    return Err(broken(
                        "CONFIG_ERROR",
                        eco_format!("Failed to load {name}: {why}"),
                    ));
                }
            }
        }
        Ok(Self::default())
    }

    fn parse(bytes: &[u8]) -> Result<Self, EcoString> {
        let value: Value = serde_json::from_slice(bytes).map_err(|e| eco_format!("{e}"))?;
        let object = value.as_object().ok_or("it is not an object")?;
        match object.get("lockfileVersion").map(Value::as_u64) {
            Some(Some(1)) | None => {}
            Some(_) => return Err("its 'lockfileVersion' is not 1".into()),
        }
        let modules = match object.get("modules") {
            None => return Ok(Self::default()),
            Some(modules) => modules.as_object().ok_or("'modules' must be an object")?,
        };
        let modules = modules.iter().map(|(name, entry)| {
            let entry = entry.as_object();
            entry
                .ok_or_else(|| "it is not an object".into())
                .and_then(|entry| module(name, entry))
                .map_err(|why: EcoString| eco_format!("the entry '{name}': {why}"))
        });
        modules.collect::<Result<_, _>>().map(Self)
    }
}

/// An entry. Without its hashes nothing can be checked, so they have to be there.
fn module(name: &str, entry: &Map<String, Value>) -> Result<Module, EcoString> {
    let text = |member: &str| match entry.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(eco_format!("'{member}' must be a text")),
    };
    let needed = |member: &str| text(member)?.ok_or_else(|| eco_format!("'{member}' is missing"));
    let resolved = needed("resolved")?;
    if !cache::is_hash(resolved) {
        return Err("'resolved' must be the 64 hex digits of a SHA-256 hash".into());
    }
    let integrity = cache::Integrity::parse(needed("integrity")?)
        .ok_or("'integrity' must be `sha256:` and hex digits or `sha256-` and Base64")?;
    let version = match text("version")? {
        Some(version) => version,
        None => text("registryVersion")?.unwrap_or_default(),
    };
    Ok(Module {
        name: name.into(),
        version: version.into(),
        resolved: resolved.into(),
        integrity,
        address: text("sourceUrl")?.unwrap_or(name).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_files_are_refused() {
        let hash = "0".repeat(64);
        let good = format!(
            r#"{{"lockfileVersion":1,"modules":{{"@a/b":{{"version":"1.0.0","resolved":"{hash}","integrity":"sha256:{hash}","x":1}}}},"y":2}}"#
        );
        let parsed = LockFile::parse(good.as_bytes()).unwrap();
        assert_eq!(parsed.0[0].address, "@a/b");
        for (bad, why) in [
            (
                "{".to_owned(),
                "EOF while parsing an object at line 1 column 1",
            ),
            ("[]".into(), "it is not an object"),
            (
                r#"{"lockfileVersion":2}"#.into(),
                "its 'lockfileVersion' is not 1",
            ),
            (r#"{"modules":[]}"#.into(), "'modules' must be an object"),
            (
                r#"{"modules":{"@a/b":1}}"#.into(),
                "the entry '@a/b': it is not an object",
            ),
            (
                r#"{"modules":{"@a/b":{}}}"#.into(),
                "the entry '@a/b': 'resolved' is missing",
            ),
            (
                good.replace("\"integrity\"", "\"i\""),
                "the entry '@a/b': 'integrity' is missing",
            ),
            (
                good.replace(
                    &format!("\"resolved\":\"{hash}\""),
                    "\"resolved\":\"../../x\"",
                ),
                "the entry '@a/b': 'resolved' must be the 64 hex digits of a SHA-256 hash",
            ),
            (
                good.replace("sha256:", "md5:"),
                "the entry '@a/b': 'integrity' must be `sha256:` and hex digits or `sha256-` and Base64",
            ),
        ] {
            assert_eq!(LockFile::parse(bad.as_bytes()).unwrap_err(), why, "{bad}");
        }
    }
}
