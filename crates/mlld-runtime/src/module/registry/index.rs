//! `index.json` of a module in a registry, and which version of it a project gets.

use crate::load::strict_json;
use crate::module::cache::Integrity;
use crate::module::reference::is_plain_path;
use crate::module::version::Version;
use ecow::{EcoString, eco_format};
use serde_json::{Map, Value};

/// The tag of the version that who asks for none gets.
const LATEST: &str = "latest";

/// Extensions of the content of a module.
const EXTENSIONS: [&str; 5] = [".mld", ".mlld", ".mld.md", ".mlld.md", ".md"];

/// What versions of a module there are.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// The versions, in the order of the document.
    pub(crate) versions: Vec<Published>,
}

/// A version of a module.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    /// The version.
    pub(crate) version: semver::Version,
    /// The hash of its content.
    pub(crate) integrity: Integrity,
    /// The tags that point to it, sorted.
    pub(crate) tags: Vec<EcoString>,
    /// Its content: a path from the folder of the module.
    file: EcoString,
}

impl Published {
    /// The path of its content in the registry.
    pub(crate) fn path(&self, name: &str) -> EcoString {
        eco_format!("{}/{}", name.trim_start_matches('@'), self.file)
    }

    /// Whether its content is a markdown document.
    pub(crate) fn is_markdown(&self) -> bool {
        self.file.ends_with(".md")
    }
}

impl Index {
    /// Reads the index of the module `name`.
    ///
    /// # Errors
    /// One sentence, when it is none, or that of another module.
    pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Self, EcoString> {
        let value = strict_json::parse(bytes)?;
        let object = value.as_object().ok_or("it is not an object")?;
        match object.get("name") {
            Some(Value::String(own)) if own == name => {}
            Some(Value::String(other)) => return Err(eco_format!("it is the index of '{other}'")),
            _ => return Err("'name' must be a text".into()),
        }
        let tags = match object.get("tags") {
            None => Vec::new(),
            Some(tags) => tags_of(tags)?,
        };
        let versions = object.get("versions").and_then(Value::as_object);
        let versions = versions.ok_or("'versions' must be an object")?;
        let versions = versions.iter().map(|(version, entry)| {
            entry
                .as_object()
                .ok_or_else(|| "it is not an object".into())
                .and_then(|entry| published(name, version, entry, &tags))
                .map_err(|why: EcoString| eco_format!("version '{version}': {why}"))
        });
        Ok(Self {
            versions: versions.collect::<Result<_, _>>()?,
        })
    }

    /// The version that satisfies all that is asked for: the newest that is no pre-release. Who asks for nothing gets
    /// the one that is tagged as latest, if one is.
    ///
    /// # Errors
    /// One sentence, when there is none, or when the beginning of a hash is that of several.
    pub(crate) fn choose(&self, wanted: &[&Version]) -> Result<&Published, EcoString> {
        let accepted = |p: &&Published| {
            let (version, hash) = (p.version.to_string(), p.integrity.hex());
            wanted.iter().all(|w| w.accepts(&version, &hash, &p.tags))
        };
        let candidates: Vec<&Published> = self.versions.iter().filter(accepted).collect();
        if let Some(start) = wanted.iter().find_map(|w| w.hash())
            && let [first, rest @ ..] = candidates.as_slice()
            && rest
                .iter()
                .any(|p| p.integrity.hex() != first.integrity.hex())
        {
            return Err(eco_format!(
                "several versions have a hash that begins with {start}"
            ));
        }
        let latest = candidates
            .iter()
            .find(|p| wanted.is_empty() && p.tags.iter().any(|t| t == LATEST));
        let newest = candidates
            .iter()
            .max_by_key(|p| (p.version.pre.is_empty(), &p.version));
        match latest.or(newest) {
            Some(chosen) => Ok(chosen),
            None if self.versions.is_empty() => Err("there are no versions".into()),
            None => {
                let mut all: Vec<_> = self.versions.iter().map(|p| &p.version).collect();
                all.sort();
                let all: Vec<_> = all.iter().map(ToString::to_string).collect();
                let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
                Err(eco_format!(
                    "no version satisfies {}; there are {}",
                    wanted.join(" and "),
                    all.join(", ")
                ))
            }
        }
    }

    /// This very version.
    pub(crate) fn exact(&self, version: &str) -> Option<&Published> {
        self.versions
            .iter()
            .find(|p| p.version.to_string() == version)
    }
}

/// Tags with the versions that they point to.
fn tags_of(tags: &Value) -> Result<Vec<(EcoString, &str)>, EcoString> {
    let tags = tags.as_object().ok_or("'tags' must be an object")?;
    let mut out = Vec::new();
    for (name, version) in tags {
        let version = version.as_str().ok_or("'tags' must hold texts")?;
        out.push((EcoString::from(name.as_str()), version));
    }
    out.sort();
    Ok(out)
}

fn published(
    name: &str,
    version: &str,
    entry: &Map<String, Value>,
    tags: &[(EcoString, &str)],
) -> Result<Published, EcoString> {
    if entry.contains_key("files") {
        return Err("modules of several files are not supported yet".into());
    }
    let parsed = semver::Version::parse(version).map_err(|e| eco_format!("it is none: {e}"))?;
    let integrity = entry.get("integrity").and_then(Value::as_str);
    let integrity = integrity
        .and_then(Integrity::parse)
        .ok_or("'integrity' must be `sha256:` and hex digits or `sha256-` and Base64")?;
    let file = match entry.get("file") {
        None => {
            let last = name.rsplit('/').next().unwrap_or_default();
            eco_format!("{version}/{last}.mld")
        }
        Some(Value::String(file)) if is_plain_path(file) => file.into(),
        Some(_) => {
            return Err(
                "'file' must be a path of plain names, below the folder of the module".into(),
            );
        }
    };
    if !EXTENSIONS.iter().any(|e| file.ends_with(e)) {
        return Err(eco_format!("'{file}' is no file of a module"));
    }
    let own = tags.iter().filter(|(_, v)| *v == version);
    Ok(Published {
        version: parsed,
        integrity,
        tags: own.map(|(tag, _)| tag.clone()).collect(),
        file,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    fn index() -> Index {
        let text = format!(
            r#"{{"name":"@a/b","versions":{{
                "1.0.0":{{"integrity":"{}"}},"1.2.0":{{"integrity":"{}"}},"1.10.0":{{"integrity":"{}"}},
                "2.0.0-rc.1":{{"integrity":"{}","file":"2.0.0-rc.1/doc.mld.md"}}}},
                "tags":{{"beta":"2.0.0-rc.1","stable":"1.2.0"}}}}"#,
            hash('1'),
            hash('2'),
            hash('3'),
            hash('4')
        );
        Index::parse("@a/b", text.as_bytes()).unwrap()
    }

    #[test]
    fn which_version_is_chosen() {
        let index = index();
        let choose = |wanted: &[&str]| {
            let wanted: Vec<_> = wanted.iter().map(|w| Version::parse(w).unwrap()).collect();
            let wanted: Vec<_> = wanted.iter().collect();
            index.choose(&wanted).map(|p| p.version.to_string())
        };
        for (wanted, version) in [
            (&[] as &[&str], "1.10.0"),
            (&["^1.0.0"], "1.10.0"),
            (&["~1.2.0"], "1.2.0"),
            (&["<1.10.0"], "1.2.0"),
            (&["<=1.2.0"], "1.2.0"),
            (&["!=1.10.0"], "1.2.0"),
            (&["==1.0.0"], "1.0.0"),
            (&["1.0.0"], "1.0.0"),
            (&["~=1.0.0"], "1.0.0"),
            (&[">1.0.0", "<1.10.0"], "1.2.0"),
            (&["beta"], "2.0.0-rc.1"),
            (&["stable"], "1.2.0"),
            (&["2222"], "1.2.0"),
            (&["2.0.0-rc.1"], "2.0.0-rc.1"),
        ] {
            assert_eq!(choose(wanted).as_deref(), Ok(version), "{wanted:?}");
        }
        assert_eq!(
            choose(&["^3.0.0", "beta"]).unwrap_err(),
            "no version satisfies ^3.0.0 and beta; there are 1.0.0, 1.2.0, 1.10.0, 2.0.0-rc.1"
        );
        assert!(index.versions[3].is_markdown() && !index.versions[0].is_markdown());
        assert_eq!(index.versions[3].path("@a/b"), "a/b/2.0.0-rc.1/doc.mld.md");
        assert_eq!(index.versions[0].path("@a/b"), "a/b/1.0.0/b.mld");
    }

    #[test]
    fn the_tagged_one_is_the_latest() {
        let text = format!(
            r#"{{"name":"@a/b","versions":{{"1.0.0":{{"integrity":"{0}"}},"1.1.0":{{"integrity":"{0}"}}}},"tags":{{"latest":"1.0.0"}}}}"#,
            hash('1')
        );
        let index = Index::parse("@a/b", text.as_bytes()).unwrap();
        assert_eq!(index.choose(&[]).unwrap().version.to_string(), "1.0.0");
        let caret = Version::parse("^1.0.0").unwrap();
        assert_eq!(
            index.choose(&[&caret]).unwrap().version.to_string(),
            "1.1.0"
        );
        // One hash for two versions is not ambiguous.
        let same = Version::parse("1111").unwrap();
        assert_eq!(index.choose(&[&same]).unwrap().version.to_string(), "1.1.0");
    }

    #[test]
    fn the_beginning_of_two_hashes_is_refused() {
        let text = format!(
            r#"{{"name":"@a/b","versions":{{"1.0.0":{{"integrity":"{}"}},"1.1.0":{{"integrity":"sha256:1111{}"}}}}}}"#,
            hash('1'),
            "2".repeat(60)
        );
        let index = Index::parse("@a/b", text.as_bytes()).unwrap();
        let wanted = Version::parse("1111").unwrap();
        assert!(index.choose(&[&wanted]).is_err());
        let wanted = Version::parse("11111").unwrap();
        assert!(index.choose(&[&wanted]).is_ok());
    }

    #[test]
    fn broken_indexes_are_refused() {
        let good = format!(
            r#"{{"name":"@a/b","versions":{{"1.0.0":{{"integrity":"{}"}}}}}}"#,
            hash('1')
        );
        assert!(Index::parse("@a/b", good.as_bytes()).is_ok());
        assert_eq!(
            Index::parse("@a/c", good.as_bytes()).unwrap_err(),
            "it is the index of '@a/b'"
        );
        let with =
            |member: &str| good.replace("{\"integrity\"", &format!("{{{member},\"integrity\""));
        for bad in [
            "".to_owned(),
            "[]".into(),
            r#"{"name":"@a/b"}"#.into(),
            good.replace("sha256:", "md5:"),
            good.replace("1.0.0", "../1"),
            good.replace("1.0.0", "1"),
            good.replace("\"versions\"", "\"tags\":{\"x\":1},\"versions\""),
            with(r#""file":"../x.mld""#),
            with(r#""file":"/x.mld""#),
            with(r#""file":"a/../../x.mld""#),
            with(r#""file":"x.sh""#),
            with(r#""file":1"#),
            with(r#""files":[]"#),
            with(r#""integrity":"sha256:0""#),
        ] {
            assert!(Index::parse("@a/b", bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
