//! `mlld-lock.json`: which modules a project uses, with the hashes of their content (spec 04 §10.2).

use super::cache;
use super::reference::Reference;
use super::registry::{not_intact, not_resolved};
use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use crate::gate::Run;
use crate::load::strict_json;
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
pub(crate) struct LockFile {
    modules: Vec<Module>,
    /// The file as it was read: what nobody here knows is kept when it is written.
    pub(super) raw: Map<String, Value>,
}

/// A locked module.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// `@author/name`.
    pub(crate) name: EcoString,
    /// Its version.
    pub(crate) version: EcoString,
    /// The hash of its content: 64 hex digits.
    pub(crate) resolved: EcoString,
    /// The hash once more.
    pub(crate) integrity: cache::Integrity,
    /// Where it was fetched from.
    pub(crate) address: EcoString,
    /// The tags that pointed to it when it was locked.
    pub(crate) tags: Vec<EcoString>,
    /// Its content is a markdown document.
    pub(crate) markdown: bool,
}

/// A locked module whose content lies in the cache and has been checked.
pub(crate) struct Resolved {
    /// Where its content lies.
    pub(crate) path: PathBuf,
    /// Its content, as it was checked.
    pub(crate) bytes: Vec<u8>,
    /// Where it was fetched from.
    pub(crate) address: EcoString,
    /// It is a markdown document.
    pub(crate) markdown: bool,
}

fn broken(code: &'static str, message: EcoString) -> Problem {
    Problem::new("R0921", "MlldImport", message).code(code)
}

impl Locked {
    /// Reads the lock file, so that a broken one stops the run whatever the run needs of it (spec 04 §10.2).
    ///
    /// # Errors
    /// There is one that cannot be used.
    pub(crate) fn check(&self, root: &Path) -> Result<(), Problem> {
        self.file(root).map(drop)
    }

    fn file(&self, root: &Path) -> Result<&LockFile, Problem> {
        let lock = self.0.get_or_init(|| LockFile::read(root));
        lock.as_ref().map_err(Clone::clone)
    }

    /// The locked module that a reference asks for.
    ///
    /// # Errors
    /// The lock file is broken, does not name the module, or names another version; the content is not what was locked.
    pub(crate) fn resolve(
        &self,
        run: &Run<'_>,
        reference: &Reference,
    ) -> Result<Resolved, Problem> {
        let lock = self.file(&run.root)?;
        let name = &reference.name;
        let install = eco_format!("Run: mlld install {name}");
        let Some(module) = lock.find(name) else {
            let why = "mlld-lock.json does not name it, and only `mlld install` asks a registry";
            return Err(not_resolved(name, why).hint(install));
        };
        module.satisfies(reference, None)?;
        let Some(home) = &run.options.home else {
            let why = "there is no home folder, where the cache would be";
            return Err(not_resolved(name, why));
        };
        let Some(content) = module.cached(home)? else {
            let why = "it is not in the cache, and only `mlld install` asks a registry";
            return Err(not_resolved(name, why).hint("Run: mlld install"));
        };
        Ok(Resolved {
            path: content.path,
            bytes: content.bytes,
            address: module.address.clone(),
            markdown: reference.is_markdown().unwrap_or(module.markdown),
        })
    }
}

impl Module {
    /// Whether this is the version that a reference asks for; `by` says who asks.
    ///
    /// # Errors
    /// It is not: both versions are named.
    pub(crate) fn satisfies(&self, reference: &Reference, by: Option<&str>) -> Result<(), Problem> {
        let Some(wanted) = &reference.version else {
            return Ok(());
        };
        if wanted.accepts(&self.version, &self.resolved, &self.tags) {
            return Ok(());
        }
        let (name, version) = (&self.name, &self.version);
        let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
        let message = eco_format!(
            "{name}@{wanted} is asked for{by}, but mlld-lock.json has version {version}"
        );
        Err(Problem::new("R0923", "MlldImport", message)
            .code("IMPORT_ERROR")
            .hint(eco_format!("Run: mlld update {name}@{wanted}")))
    }

    /// Its content, if the cache has it: it is what both hashes say.
    ///
    /// # Errors
    /// It is not.
    pub(crate) fn cached(&self, home: &Path) -> Result<Option<cache::Content>, Problem> {
        let content = cache::content(home, &self.resolved)?;
        match content {
            Some(content) if !self.integrity.fits(&content.hash) => {
                Err(not_intact(&self.name, &self.integrity, &content.hash))
            }
            other => Ok(other),
        }
    }
}

impl LockFile {
    /// The modules, in the order of the file.
    pub(crate) fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The module with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|m| m.name == name)
    }

    /// The lock file of the project at `root`; without a file, no modules.
    ///
    /// # Errors
    /// There is one that cannot be used.
    pub(crate) fn read(root: &Path) -> Result<Self, Problem> {
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
        let value = strict_json::parse(bytes)?;
        let Value::Object(object) = value else {
            return Err("it is not an object".into());
        };
        match object.get("lockfileVersion").map(Value::as_u64) {
            Some(Some(1)) | None => {}
            Some(_) => return Err("its 'lockfileVersion' is not 1".into()),
        }
        let modules = match object.get("modules") {
            None => &Map::new(),
            Some(modules) => modules.as_object().ok_or("'modules' must be an object")?,
        };
        let modules = modules.iter().map(|(name, entry)| {
            let entry = entry.as_object();
            entry
                .ok_or_else(|| "it is not an object".into())
                .and_then(|entry| module(name, entry))
                .map_err(|why: EcoString| eco_format!("the entry '{name}': {why}"))
        });
        Ok(Self {
            modules: modules.collect::<Result<_, _>>()?,
            raw: object,
        })
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
    let version = match (text("version")?, text("registryVersion")?) {
        // Which of the two was meant, nobody can tell.
        (Some(version), Some(other)) if version != other => {
            return Err(eco_format!(
                "'version' is {version}, 'registryVersion' is {other}"
            ));
        }
        (Some(version), _) | (None, Some(version)) => version,
        (None, None) => "",
    };
    let tags = match entry.get("tags") {
        None => Some(Vec::new()),
        Some(tags) => tags.as_array().and_then(|tags| {
            let tags = tags.iter().map(|t| t.as_str().map(EcoString::from));
            tags.collect()
        }),
    };
    let markdown = match text("format")? {
        None | Some("strict") => false,
        Some("markdown") => true,
        Some(_) => return Err("'format' must be `strict` or `markdown`".into()),
    };
    Ok(Module {
        tags: tags.ok_or("'tags' must be an array of texts")?,
        markdown,
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
        assert_eq!(parsed.modules[0].address, "@a/b");
        let with = |member: &str| good.replace("\"x\":1", member);
        for (bad, why) in [
            (
                with(r#""tags":[1]"#),
                "the entry '@a/b': 'tags' must be an array of texts",
            ),
            (
                with(r#""format":"x""#),
                "the entry '@a/b': 'format' must be `strict` or `markdown`",
            ),
            (
                with(r#""registryVersion":"1.2.0""#),
                "the entry '@a/b': 'version' is 1.0.0, 'registryVersion' is 1.2.0",
            ),
            (
                good.replace("\"x\":1", &format!("\"resolved\":\"{hash}\"")),
                "'resolved' stands there twice at line 1 column 300",
            ),
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
