//! A registry: what modules there are, in which versions, with which hashes (spec 04 §10).
//!
//! A registry is a folder of documents. The same folder behind a static HTTP server is the same registry.
//!
//! ```text
//! acme/valve/index.json            what versions there are
//! acme/valve/1.2.0/valve.mld       the content of one
//! ```
//!
//! What a registry says is not trusted: names are names of this layout and nothing else, contents are checked against
//! the hash in the index, and whatever a project has locked is checked against its lock file.

mod index;
mod web;

pub(crate) use index::{Index, Published};

use super::cache::{Hash, Integrity};
use super::reference::is_plain_path;
use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use ecow::{EcoString, eco_format};
use std::path::{Path, PathBuf};

/// The registry of a user who has named none: a folder in the home folder.
const DEFAULT: &str = ".mlld/registry";

/// A registry, as a project asks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registry {
    site: Site,
    /// The root of the project, whose rules hold.
    root: PathBuf,
}

/// Where the documents of a registry are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Site {
    /// In a folder.
    Folder(PathBuf),
    /// Behind a static HTTP server; with a final slash.
    Http(EcoString),
}

/// A module cannot be had from the registry.
pub(crate) fn not_resolved(name: &str, why: impl std::fmt::Display) -> Problem {
    let message = eco_format!("Failed to resolve {name} from registry: {why}");
    Problem::new("R0922", "MlldImport", message).code("IMPORT_ERROR")
}

/// The content of a module is not what somebody said it is.
pub(crate) fn not_intact(name: &str, expected: &Integrity, got: &Hash) -> Problem {
    let message = eco_format!(
        "Module integrity check failed for {name}: expected {expected}, got sha256:{}",
        got.hex()
    );
    Problem::new("R0924", "MlldIntegrity", message).code("INTEGRITY_ERROR")
}

impl Registry {
    /// The registry that a text names, for the project at `root`: a URL, or a folder; a relative one starts at `base`,
    /// `~` is the home folder.
    pub(crate) fn at(written: &str, base: &Path, home: Option<&Path>, root: &Path) -> Self {
        let site = if crate::net::is_address(written) {
            Site::Http(eco_format!("{}/", written.trim_end_matches('/')))
        } else {
            match (written.strip_prefix("~/"), home) {
                (Some(rest), Some(home)) => Site::Folder(home.join(rest)),
                _ => Site::Folder(base.join(written)),
            }
        };
        Self {
            site,
            root: root.to_path_buf(),
        }
    }

    /// The registry of a user who has named none.
    pub(crate) fn of_home(home: &Path, root: &Path) -> Self {
        Self {
            site: Site::Folder(home.join(DEFAULT)),
            root: root.to_path_buf(),
        }
    }

    /// What versions of a module there are.
    ///
    /// # Errors
    /// There is no such module, or its index cannot be used.
    pub(crate) fn index(&self, name: &str) -> Result<Index, Problem> {
        let path = eco_format!("{}/index.json", name.trim_start_matches('@'));
        let bytes = self.document(name, &path)?;
        let bytes = bytes.ok_or_else(|| {
            not_resolved(name, eco_format!("{self} has no such module"))
                .hint("A registry is a folder or a URL: --registry, MLLD_REGISTRY, or `resolvers.registry` in mlld-config.json.")
        })?;
        Index::parse(name, &bytes)
            .map_err(|why| not_resolved(name, eco_format!("{path} of {self}: {why}")))
    }

    /// The content of a version, which is what the index says it is.
    ///
    /// # Errors
    /// It is not there, or it is something else.
    pub(crate) fn content(&self, name: &str, version: &Published) -> Result<Vec<u8>, Problem> {
        let path = version.path(name);
        let bytes = self.document(name, &path)?;
        let bytes =
            bytes.ok_or_else(|| not_resolved(name, eco_format!("{self} does not have {path}")))?;
        let hash = Hash::of(&bytes);
        if !version.integrity.fits(&hash) {
            return Err(not_intact(name, &version.integrity, &hash)
                .hint(eco_format!("The index of {self} expects another content. Nothing was installed; tell the author.")));
        }
        Ok(bytes)
    }

    /// From where a content comes, if that is the same for everybody: the address of a URL.
    pub(crate) fn address(&self, name: &str, version: &Published) -> Option<EcoString> {
        match &self.site {
            Site::Folder(_) => None,
            Site::Http(base) => Some(eco_format!("{base}{}", version.path(name))),
        }
    }

    /// A document of the registry; `None` if it has no such document. This is all that a registry is asked for.
    fn document(&self, name: &str, path: &str) -> Result<Option<Vec<u8>>, Problem> {
        if !is_plain_path(path) {
            return Err(not_resolved(
                name,
                eco_format!("'{path}' is no path of a registry"),
            ));
        }
        match &self.site {
            Site::Folder(folder) => in_folder(folder, path)
                .map_err(|why| not_resolved(name, eco_format!("{path} of {self}: {why}"))),
            Site::Http(base) => {
                web::document(&self.root, name, &eco_format!("{base}{path}")).map(Some)
            }
        }
    }
}

/// A file below a folder; links may not lead out of it.
fn in_folder(folder: &Path, path: &str) -> Result<Option<Vec<u8>>, String> {
    let file = folder.join(path);
    let (Ok(base), Ok(real)) = (folder.canonicalize(), file.canonicalize()) else {
        return Ok(None);
    };
    if !real.starts_with(&base) {
        return Err("it is a link that leads out of the registry".into());
    }
    match read::own_file(&real) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Missing) => Ok(None),
        Err(ReadError::Other(why)) => Err(why),
    }
}

impl std::fmt::Display for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.site {
            Site::Folder(folder) => write!(f, "the registry {}", folder.display()),
            Site::Http(url) => write!(f, "the registry {url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::own;
    use std::os::unix::fs::symlink;

    const INDEX: &str = "acme/valve/index.json";

    fn index(content: &str) -> String {
        format!(
            r#"{{"name":"@acme/valve","versions":{{"1.0.0":{{"integrity":"sha256:{}"}}}}}}"#,
            Hash::of(content.as_bytes()).hex()
        )
    }

    #[test]
    fn where_it_is() {
        let at = |text| {
            let (base, home) = (Path::new("/p"), Path::new("/h"));
            Registry::at(text, base, Some(home), base).site
        };
        assert_eq!(at("./reg"), Site::Folder("/p/./reg".into()));
        assert_eq!(at("~/reg"), Site::Folder("/h/reg".into()));
        assert_eq!(at("/reg"), Site::Folder("/reg".into()));
        assert_eq!(
            at("http://localhost:8000/r/"),
            Site::Http("http://localhost:8000/r/".into())
        );
    }

    #[test]
    fn contents_are_what_the_index_says() {
        let temp = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            own::replace(&temp.path().join(path), text.as_bytes()).unwrap()
        };
        let registry = Registry::at("", temp.path(), None, temp.path());
        let message = |p: Problem| p.message;
        assert!(registry.index("@acme/valve").is_err());
        put(INDEX, &index("good"));
        let found = registry.index("@acme/valve").unwrap();
        let version = &found.versions[0];
        let missing = registry.content("@acme/valve", version).map_err(message);
        assert!(
            missing
                .unwrap_err()
                .ends_with("does not have acme/valve/1.0.0/valve.mld")
        );
        put("acme/valve/1.0.0/valve.mld", "good");
        assert_eq!(registry.content("@acme/valve", version).unwrap(), b"good");
        put("acme/valve/1.0.0/valve.mld", "evil");
        assert_eq!(
            registry
                .content("@acme/valve", version)
                .map_err(message)
                .unwrap_err(),
            format!(
                "Module integrity check failed for @acme/valve: expected sha256:{}, got sha256:{}",
                Hash::of(b"good").hex(),
                Hash::of(b"evil").hex()
            )
        );
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test makes links")]
    fn nothing_outside_is_read() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("registry");
        own::replace(&temp.path().join("index.json"), index("x").as_bytes()).unwrap();
        own::make_folder(&folder.join("acme/valve")).unwrap();
        symlink(temp.path().join("index.json"), folder.join(INDEX)).unwrap();
        let registry = Registry::at("registry", temp.path(), None, temp.path());
        let why = registry
            .index("@acme/valve")
            .map_err(|p| p.message)
            .err()
            .unwrap();
        assert!(
            why.ends_with("it is a link that leads out of the registry"),
            "{why}"
        );
        for path in [
            "../index.json",
            "/etc/passwd",
            "a//b",
            "a/./b",
            "a/.x",
            "a b",
            "a\\b",
            "",
            "a%2e/b",
        ] {
            let refused = registry.document("@acme/valve", path);
            assert!(refused.is_err(), "{path}");
        }
    }
}
