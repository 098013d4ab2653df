//! Prefixes of the configuration: `@parts/…` is a folder (spec 04 §9).

use crate::effect::read::FilePath;
use crate::eval::Cx;
use crate::failure::Problem;
use crate::load::fuzzy::{self, Found};
use crate::load::path;
use ecow::{EcoString, eco_format};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Folders that may lie between the folder of a prefix and a file behind it, if the configuration does not say.
const MAX_DEPTH: u64 = 10;

/// Resolvers that exist and are not built.
const LATER: [&str; 3] = ["GITHUB", "HTTP", "REGISTRY"];

/// A prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    /// With `@` and final slash.
    prefix: EcoString,
    resolver: EcoString,
    folder: Option<Folder>,
}

/// What `LOCAL` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Folder {
    base: PathBuf,
    extensions: Option<Vec<String>>,
    links: bool,
    depth: u64,
    fuzzy: bool,
}

/// The prefixes of a configuration; their folders start at `root`.
///
/// # Errors
/// One sentence, when a member is of the wrong type.
pub(crate) fn read(config: &Map<String, Value>, root: &Path) -> Result<Vec<Prefix>, EcoString> {
    let mut prefixes = Vec::new();
    if let Some(resolvers) = config.get("resolvers") {
        let resolvers = resolvers
            .as_object()
            .ok_or("'resolvers' must be an object")?;
        if let Some(list) = resolvers.get("prefixes") {
            prefixes.extend(list_of(list, "resolvers.prefixes", root)?);
        }
    }
    // The older place of the same list.
    if let Some(list) = config.get("resolverPrefixes") {
        prefixes.extend(list_of(list, "resolverPrefixes", root)?);
    }
    sort(&mut prefixes);
    Ok(prefixes)
}

/// The longest one that matches wins; of two that are the same, the first.
pub(crate) fn sort(prefixes: &mut [Prefix]) {
    prefixes.sort_by_key(|p| std::cmp::Reverse(p.prefix.len()));
}

fn list_of(list: &Value, name: &str, root: &Path) -> Result<Vec<Prefix>, EcoString> {
    let list = list
        .as_array()
        .ok_or_else(|| eco_format!("'{name}' must be an array"))?;
    let entry = |entry: &Value| {
        let entry = entry.as_object();
        let entry = entry.ok_or_else(|| eco_format!("'{name}' must hold objects"))?;
        prefix(entry, root).map_err(|why| eco_format!("'{name}': {why}"))
    };
    list.iter().map(entry).collect()
}

fn prefix(entry: &Map<String, Value>, root: &Path) -> Result<Prefix, EcoString> {
    let text = |member: &str| match entry.get(member) {
        Some(Value::String(text)) => Ok(text.as_str()),
        _ => Err(eco_format!("'{member}' must be a text")),
    };
    let written = text("prefix")?;
    let name = written.strip_prefix('@').unwrap_or_default();
    let name = name.trim_end_matches('/');
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
    if name.is_empty() || !name.chars().all(fits) {
        return Err(eco_format!("'{written}' is no prefix: write \"@name/\""));
    }
    let resolver = EcoString::from(text("resolver")?);
    let config = match entry.get("config") {
        None => None,
        Some(Value::Object(config)) => Some(config),
        Some(_) => return Err("'config' must be an object".into()),
    };
    let folder = match resolver.as_str() {
        "LOCAL" => {
            let config = config.ok_or("'config' must name a 'basePath'")?;
            Some(local(config, root)?)
        }
        _ => None,
    };
    Ok(Prefix {
        prefix: eco_format!("@{name}/"),
        resolver,
        folder,
    })
}

fn local(config: &Map<String, Value>, root: &Path) -> Result<Folder, EcoString> {
    let flag = |member: &str, default: bool| match config.get(member) {
        None => Ok(default),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(eco_format!("'{member}' must be true or false")),
    };
    let base = match config.get("basePath") {
        Some(Value::String(base)) if !base.is_empty() => path::lexical(&root.join(base)),
        _ => return Err("'basePath' must be a text".into()),
    };
    // Nothing is ever written behind a prefix, so there is nothing to keep from it.
    flag("readonly", true)?;
    let extensions = match config.get("allowedExtensions") {
        None => None,
        Some(Value::Array(list)) => {
            let text = |v: &Value| v.as_str().map(|e| e.trim_start_matches('.').to_lowercase());
            let list: Option<Vec<String>> = list.iter().map(text).collect();
            Some(list.ok_or("'allowedExtensions' must be an array of texts")?)
        }
        Some(_) => return Err("'allowedExtensions' must be an array of texts".into()),
    };
    let depth = match config.get("maxDepth") {
        None => MAX_DEPTH,
        Some(depth) => depth.as_u64().ok_or("'maxDepth' must be a number")?,
    };
    Ok(Folder {
        base,
        extensions,
        links: flag("followSymlinks", true)?,
        depth,
        fuzzy: flag("fuzzyMatch", true)?,
    })
}

/// Whether a name is that of a prefix: scripts cannot define it (spec 01 §9).
pub(crate) fn reserves(cx: &Cx<'_>, name: &str) -> bool {
    let prefixes = &cx.run.loads.config().prefixes;
    prefixes.iter().any(|p| {
        let own = p.prefix.trim_start_matches('@');
        own.split('/').next() == Some(name)
    })
}

/// Whether a reference begins with one of these prefixes.
pub(crate) fn is_among(prefixes: &[Prefix], reference: &str) -> bool {
    prefixes
        .iter()
        .any(|p| reference.starts_with(p.prefix.as_str()))
}

/// Whether a reference begins with a prefix.
pub(crate) fn begins(cx: &Cx<'_>, reference: &str) -> bool {
    is_among(&cx.run.loads.config().prefixes, reference)
}

/// The file behind a prefix, which need not exist; `None` if the reference begins with none.
///
/// # Errors
/// The file would lie outside the folder of the prefix, or the resolver does not give it.
pub(crate) fn find(cx: &Cx<'_>, reference: &str) -> Result<Option<FilePath>, Problem> {
    let prefixes = &cx.run.loads.config().prefixes;
    for prefix in prefixes {
        if let Some(rest) = reference.strip_prefix(prefix.prefix.as_str()) {
            return prefix.file(cx, rest, reference).map(Some);
        }
    }
    Ok(None)
}

impl Prefix {
    fn file(&self, cx: &Cx<'_>, rest: &str, reference: &str) -> Result<FilePath, Problem> {
        let Some(folder) = &self.folder else {
            if LATER.contains(&self.resolver.as_str()) {
                return Err(Problem::unsupported(eco_format!(
                    "The resolver '{}'",
                    self.resolver
                )));
            }
            let message = eco_format!("Resolver '{}' not found", self.resolver);
            return Err(Problem::new("R0930", "MlldImport", message).code("IMPORT_ERROR"));
        };
        let file = path::readable(cx, &folder.base, rest, reference)?;
        folder.check(&file, reference)?;
        if file.real.is_some() || !folder.fuzzy {
            return Ok(file);
        }
        match fuzzy::find(&folder.base, Path::new(rest)) {
            Found::File(found) => {
                let file = FilePath::resolve(found);
                path::may_read(cx, &file, reference)?;
                folder.check(&file, reference)?;
                Ok(file)
            }
            Found::Nothing => Ok(file),
            Found::Several(_) => {
                let message = eco_format!("Ambiguous file match for: {reference}");
                Err(Problem::new("R0405", "MlldFile", message)
                    .hint("Write the name of the one that is meant exactly."))
            }
        }
    }
}

impl Folder {
    /// Whether a file may be had through the prefix: it may not lie outside, neither by `..` nor by a link.
    fn check(&self, file: &FilePath, reference: &str) -> Result<(), Problem> {
        let denied = |why: EcoString| {
            let message = eco_format!("Access denied: {reference} {why}");
            Problem::new("R0931", "MlldSecurity", message).code("ACCESS_DENIED")
        };
        let real_base = path::resolved(&self.base);
        let real = file
            .real
            .clone()
            .unwrap_or_else(|| path::resolved(&file.path));
        let (Ok(below), Ok(real_below)) = (
            file.path.strip_prefix(&self.base),
            real.strip_prefix(&real_base),
        ) else {
            return Err(denied("is outside its prefix".into()));
        };
        if !self.links && below != real_below {
            return Err(denied("is a link, which its prefix does not follow".into()));
        }
        if below.components().count() as u64 > self.depth.saturating_add(1) {
            return Err(denied(eco_format!(
                "lies deeper than {} folders in its prefix",
                self.depth
            )));
        }
        let Some(extensions) = &self.extensions else {
            return Ok(());
        };
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_lowercase();
        let allowed = |e: &String| name.ends_with(&format!(".{e}"));
        // A folder has no extension; what it holds is asked for by itself.
        if real.is_dir() || !real.exists() || extensions.iter().any(allowed) {
            return Ok(());
        }
        Err(denied(
            "has an extension that its prefix does not allow".into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Prefix>, EcoString> {
        let value: Value = serde_json::from_str(text).unwrap();
        read(value.as_object().unwrap(), Path::new("/p"))
    }

    #[test]
    fn prefixes_of_both_places() {
        let found = parse(
            r#"{"resolvers":{"prefixes":[{"prefix":"@a/","resolver":"LOCAL","config":{"basePath":"./x/../stock"}}]},
                "resolverPrefixes":[{"prefix":"@a/b","resolver":"GITHUB"}]}"#,
        )
        .unwrap();
        assert_eq!(found[0].prefix, "@a/b/");
        assert_eq!(
            found[1].folder.as_ref().unwrap().base,
            Path::new("/p/stock")
        );
    }

    #[test]
    fn wrong_members_are_refused() {
        let one = |config: &str| {
            parse(&format!(
                r#"{{"resolverPrefixes":[{{"prefix":"@a/","resolver":"LOCAL","config":{config}}}]}}"#
            ))
        };
        assert!(one(r#"{"basePath":"x"}"#).is_ok());
        for bad in [
            "1",
            "{}",
            r#"{"basePath":1}"#,
            r#"{"basePath":"x","readonly":1}"#,
            r#"{"basePath":"x","allowedExtensions":[1]}"#,
            r#"{"basePath":"x","maxDepth":"x"}"#,
            r#"{"basePath":"x","followSymlinks":"no"}"#,
            r#"{"basePath":"x","fuzzyMatch":{}}"#,
        ] {
            assert!(one(bad).is_err(), "{bad}");
        }
        for bad in [
            r#"{"resolvers":[]}"#,
            r#"{"resolvers":{"prefixes":{}}}"#,
            r#"{"resolverPrefixes":[1]}"#,
            r#"{"resolverPrefixes":[{"prefix":"a/","resolver":"LOCAL"}]}"#,
            r#"{"resolverPrefixes":[{"prefix":"@a/"}]}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
