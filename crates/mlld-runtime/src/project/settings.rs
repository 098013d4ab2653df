//! What `mlld alias` and `mlld vars` change (spec 09 §4.4).

use super::document::{array, change, members, object};
use crate::checkpoint;
use crate::failure::Problem;
use crate::load::path;
use crate::report::Report;
use ecow::{EcoString, eco_format};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The user's own configuration file, for all projects.
#[must_use]
pub fn global_config(
    environment: &BTreeMap<String, String>,
    home: Option<&Path>,
) -> Option<PathBuf> {
    Some(checkpoint::config_folder(environment, home)?.join("mlld-config.json"))
}

/// A name for a folder of modules.
#[derive(Clone, Copy, Debug)]
pub struct Alias<'a> {
    /// The name, without `@`.
    pub name: &'a str,
    /// The folder as it was written, from `from` on.
    pub path: &'a str,
    /// The folder in which it was written.
    pub from: &'a Path,
}

/// Makes a name for a folder of modules in a configuration file: a prefix, `@name/`. One that is there is replaced.
/// Gives the path as it stands in the file.
///
/// # Errors
/// The name is none, the path is none of a folder, the file cannot be changed.
pub fn alias(config: &Path, alias: Alias<'_>, is_global: bool) -> Result<String, Box<Report>> {
    let name = alias.name.trim_start_matches('@').trim_end_matches('/');
    let wrong = |message: EcoString| {
        Box::<Report>::from(Problem::new("R0934", "MlldConfig", message).code("INVALID_ARGUMENTS"))
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(fits) {
        return Err(wrong(eco_format!(
            "'{}' is no name of an alias: lower-case letters, digits and '-'",
            alias.name
        )));
    }
    if ["base", "root", "project"].contains(&name) {
        return Err(wrong(eco_format!("'{name}' has a meaning of its own")));
    }
    let folder = path::lexical(&alias.from.join(alias.path));
    if !folder.exists() {
        return Err(wrong(eco_format!("Path does not exist: {}", alias.path)));
    }
    if !folder.is_dir() {
        return Err(wrong(eco_format!("Path is not a folder: {}", alias.path)));
    }
    let base = config.parent().unwrap_or(Path::new("/"));
    let shown = match is_global {
        true => folder.to_string_lossy().into_owned(),
        false => {
            let relative = path::relative(base, &folder);
            let relative = relative.strip_prefix("./").unwrap_or(&relative);
            if relative.is_empty() { "." } else { relative }.to_owned()
        }
    };
    let prefix = format!("@{name}/");
    let entry = json!({ "prefix": prefix, "resolver": "LOCAL", "config": { "basePath": shown } });
    change(config, |members| {
        let list = array(object(members, "resolvers")?, "prefixes")?;
        let is_same = |old: &&mut Value| {
            let old = old
                .get("prefix")
                .and_then(Value::as_str)
                .unwrap_or_default();
            old.trim_end_matches('/') == format!("@{name}")
        };
        match list.iter_mut().find(is_same) {
            Some(old) => *old = entry,
            None => list.push(entry),
        }
        Ok(())
    })?;
    Ok(shown)
}

/// The variables of the environment that scripts of a project may see: `security.allowedEnvVars` (spec 04 §13).
#[derive(Clone, Debug)]
pub struct Variables {
    config: PathBuf,
}

impl Variables {
    /// Those of the project at `root`.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self {
            config: root.join("mlld-config.json"),
        }
    }

    /// Their names.
    ///
    /// # Errors
    /// The configuration cannot be used.
    pub fn list(&self) -> Result<Vec<String>, Box<Report>> {
        let mut members = members(&self.config)?;
        let names = object(&mut members, "security").and_then(|security| {
            let list = array(security, "allowedEnvVars")?;
            let names: Option<_> = list.iter().map(|n| n.as_str().map(str::to_owned)).collect();
            names.ok_or_else(|| "'security.allowedEnvVars' must be an array of texts".into())
        });
        names.map_err(|why| super::document::failed(&self.config, why).into())
    }

    /// Adds names; gives those that were not there.
    ///
    /// # Errors
    /// A name is none, or the configuration cannot be changed.
    pub fn allow(&self, names: &[String]) -> Result<Vec<String>, Box<Report>> {
        for name in names {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !name.chars().all(fits) || name.starts_with(|c: char| c.is_ascii_digit()) {
                let message = eco_format!("'{name}' is no name of a variable");
                let problem = Problem::new("R0934", "MlldConfig", message);
                return Err(problem.code("INVALID_ARGUMENTS").into());
            }
        }
        let there = self.list()?;
        let mut new: Vec<String> = Vec::new();
        for name in names {
            if !there.contains(name) && !new.contains(name) {
                new.push(name.clone());
            }
        }
        self.change(|list| list.extend(new.iter().map(|n| n.as_str().into())))?;
        Ok(new)
    }

    /// Takes names away; gives those that were there.
    ///
    /// # Errors
    /// The configuration cannot be changed.
    pub fn remove(&self, names: &[String]) -> Result<Vec<String>, Box<Report>> {
        let mut gone = self.list()?;
        gone.retain(|n| names.contains(n));
        if !gone.is_empty() {
            self.change(|list| {
                list.retain(|n| n.as_str().is_none_or(|n| !gone.iter().any(|g| g == n)));
            })?;
        }
        Ok(gone)
    }

    /// Takes all away; gives those that were there.
    ///
    /// # Errors
    /// The configuration cannot be changed.
    pub fn clear(&self) -> Result<Vec<String>, Box<Report>> {
        self.remove(&self.list()?)
    }

    fn change(&self, with: impl FnOnce(&mut Vec<Value>)) -> Result<(), Box<Report>> {
        change(&self.config, |members| {
            with(array(object(members, "security")?, "allowedEnvVars")?);
            Ok(())
        })?;
        Ok(())
    }
}
