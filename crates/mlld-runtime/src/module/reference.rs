//! References to modules of a registry: `@author/name@version` (spec 04 §7.1, §10.1).

use super::version::Version;
use crate::failure::Problem;
use ecow::{EcoString, eco_format};

/// Extensions that may stand behind the name; a module is known without it.
const EXTENSIONS: [&str; 5] = [".mlld.md", ".mld.md", ".mlld", ".mld", ".md"];

/// A reference, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// `@author/name`: without extension and version.
    pub(crate) name: EcoString,
    /// The extension that was written.
    extension: EcoString,
    /// What version is asked for.
    pub(crate) version: Option<Version>,
}

impl Reference {
    /// Takes a reference apart.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn parse(written: &str) -> Result<Self, Problem> {
        let bad = |why: &str| {
            let message = eco_format!("'{written}' is no reference to a module: {why}");
            Problem::new("R0920", "MlldImport", message)
                .code("IMPORT_ERROR")
                .hint("Write: import { name } from @author/module")
        };
        let body = written
            .strip_prefix('@')
            .ok_or_else(|| bad("it begins with '@'"))?;
        let (path, version) = match body.split_once('@') {
            Some((path, version)) => (path, Some(version)),
            None => (body, None),
        };
        let found = EXTENSIONS.iter().find(|e| path.ends_with(**e));
        let extension = found.copied().unwrap_or_default();
        let path = path.strip_suffix(extension).unwrap_or(path);
        if path.split('/').count() < 2 || !is_plain_path(path) || path.contains('+') {
            return Err(bad(
                "its parts are names of letters, digits, '_', '-' and '.'",
            ));
        }
        let version = version.map(Version::parse).transpose();
        Ok(Self {
            name: eco_format!("@{path}"),
            extension: extension.into(),
            version: version.map_err(|why| bad(&why))?,
        })
    }

    /// Whether the module is said to be a markdown document, or none; `None` if no extension was written.
    pub(crate) fn is_markdown(&self) -> Option<bool> {
        (!self.extension.is_empty()).then(|| self.extension.ends_with(".md"))
    }
}

/// Whether a text is a relative path of plain names: it cannot lead out of the folder where it starts, and means the
/// same in a folder and in a URL.
pub(crate) fn is_plain_path(path: &str) -> bool {
    path.split('/').all(|part| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+');
        !part.is_empty() && !part.starts_with('.') && part.chars().all(fits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_apart() {
        let parse = |text: &str| Reference::parse(text).map_err(|p| p.message);
        let valve = parse("@acme/valve").unwrap();
        assert_eq!(valve.name, "@acme/valve");
        assert!(valve.version.is_none() && valve.is_markdown().is_none());
        let guide = parse("@acme/sub/guide.mld.md@^1.2.0").unwrap();
        assert_eq!(guide.name, "@acme/sub/guide");
        assert!(guide.version.is_some() && guide.is_markdown() == Some(true));
        for bad in [
            "acme/x", "@acme", "@acme/", "@/x", "@a/../x", "@a/b c", "@a/b@", "@a/b@^x", "@a/.b",
            "@a/b+c",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
