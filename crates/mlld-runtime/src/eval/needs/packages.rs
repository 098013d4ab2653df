//! Packages that a script or module needs (spec 06 §18.1). They are looked for, never loaded: that would run their code.

use crate::effect::read::{self, ReadError};
use crate::module::version::Version;
use ecow::{EcoString, eco_format};
use std::path::Path;

/// What is not as it has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lacking {
    /// Packages that are not there.
    missing: Vec<EcoString>,
    /// Packages that are there in another version.
    other: Vec<EcoString>,
}

impl Lacking {
    /// One sentence for each kind; none if nothing is lacking.
    pub(super) fn sentences(&self) -> Option<EcoString> {
        let sentence = |title: &str, list: &[EcoString]| {
            (!list.is_empty()).then(|| eco_format!("{title}: {}", list.join(", ")))
        };
        let missing = sentence("Missing packages", &self.missing);
        let other = sentence("Version mismatch", &self.other);
        match (missing, other) {
            (Some(missing), Some(other)) => Some(eco_format!("{missing}. {other}")),
            (missing, other) => missing.or(other),
        }
    }

    /// Looks for a package of node, from `folder` upwards.
    ///
    /// # Errors
    /// One sentence, when what is written is no package.
    pub(super) fn look_for(&mut self, written: &str, folder: &Path) -> Result<(), EcoString> {
        let (name, wanted) = split(written)?;
        match installed(name, folder) {
            None => self.missing.push(name.into()),
            Some(version) => {
                if let Some(wanted) = wanted
                    && !wanted.accepts(&version, "", &[])
                {
                    let line = eco_format!("{name} is {version}, needed is {wanted}");
                    self.other.push(line);
                }
            }
        }
        Ok(())
    }
}

/// `name`, `name@spec`, `name>=1.2`; the name may have a scope.
fn split(written: &str) -> Result<(&str, Option<Version>), EcoString> {
    let none = || eco_format!("'{written}' is no package");
    let text = written.trim();
    let scope = usize::from(text.starts_with('@'));
    let ends = |(at, c): (usize, char)| (at >= scope && "@<>=!~^ ".contains(c)).then_some(at);
    let end = text.char_indices().find_map(ends).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).ok_or_else(none)?;
    let part = |part: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(fits)
    };
    let known = match name.strip_prefix('@') {
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| part(scope) && part(name)),
        None => part(name),
    };
    if !known {
        return Err(none());
    }
    let rest = rest.trim_start_matches('@').trim();
    let wanted = (!rest.is_empty() && rest != "latest" && rest != "*")
        .then(|| Version::parse(rest))
        .transpose()
        .map_err(|why| eco_format!("'{written}' is no package: {why}"))?;
    Ok((name, wanted))
}

/// The version of a package that is installed in `folder` or above.
fn installed(name: &str, folder: &Path) -> Option<String> {
    folder.ancestors().find_map(|folder| {
        let about = folder.join("node_modules").join(name).join("package.json");
        match read::own_file(&about) {
            Ok(bytes) => Some(version(&bytes)),
            Err(ReadError::Missing | ReadError::Other(_)) => None,
        }
    })
}

fn version(about: &[u8]) -> String {
    let about: serde_json::Value = serde_json::from_slice(about).unwrap_or_default();
    let version = about.get("version").and_then(serde_json::Value::as_str);
    version.unwrap_or("without a version").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        let name = |text| split(text).map(|(n, v)| (n.to_owned(), v.map(|v| v.to_string())));
        let is = |text, n: &str, v: Option<&str>| {
            assert_eq!(
                name(text),
                Ok((n.to_owned(), v.map(str::to_owned))),
                "{text}"
            );
        };
        is("left-pad", "left-pad", None);
        is("left-pad@^1.2.0", "left-pad", Some("^1.2.0"));
        is("left-pad>=1.2", "left-pad", Some(">=1.2"));
        is("@a/b", "@a/b", None);
        is("@a/b@1.0.0", "@a/b", Some("1.0.0"));
        is("x@latest", "x", None);
        for bad in ["", "@a", "@/b", "../x", "@a/../b", "a/b", ".x", "x@^", "é"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
