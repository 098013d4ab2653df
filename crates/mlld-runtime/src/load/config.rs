//! `mlld-config.json` (spec 04 §12).
//!
//! It may hold security settings. Until each of them is enforced, a file that has one stops the run: a setting
//! that is not enforced must not be accepted.

use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use crate::module::prefix::{self, Prefix};
use crate::module::wanted::{self, Wanted};
use crate::net::Domains;
use ecow::{EcoString, eco_format};
use serde_json::{Map, Value};
use std::path::Path;

/// Members whose meaning is not built yet.
const NOT_YET: [&str; 1] = ["policy"];

/// Members of `security` whose meaning is not built yet.
const SECURITY_NOT_YET: [&str; 7] = [
    "allowedEnvVars",
    "blockedPatterns",
    "allowGuardBypass",
    "identity",
    "trustedKeys",
    "trustOwnKeys",
    "audit",
];

/// Where scripts lie that are run by name, if the configuration does not say.
const SCRIPT_DIR: &str = "llm/run";

/// The configuration cannot be used.
pub(crate) fn failed(why: EcoString) -> Problem {
    let message = eco_format!("Failed to load mlld-config.json: {why}");
    Problem::new("R0420", "MlldConfig", message).code("CONFIG_ERROR")
}

impl Config {
    /// Adds the prefixes of the user; those of the project come first.
    pub(crate) fn add(&mut self, prefixes: Vec<Prefix>) {
        self.prefixes.extend(prefixes);
        prefix::sort(&mut self.prefixes);
    }
}

/// What the configuration of a project says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// `security.allowAbsolutePaths`: whether scripts may touch files outside the project root (spec 04 §3.2).
    pub(crate) allow_absolute_paths: bool,
    /// `security.allowedDomains`: if given, only these may be fetched from (spec 04 §8.1).
    pub(crate) allowed_domains: Option<Domains>,
    /// `security.trustedDomains`: these may give modules; if given, only these, unless a run approves others.
    pub(crate) trusted_domains: Option<Domains>,
    /// `scriptDir`: where `mlld run` looks for scripts, as it is written.
    pub(crate) script_dir: String,
    /// `resolvers.prefixes`: names that stand for folders, the longest first.
    pub(crate) prefixes: Vec<Prefix>,
    /// What it says of modules.
    pub(crate) modules: Wanted,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            allow_absolute_paths: true,
            allowed_domains: None,
            trusted_domains: None,
            script_dir: SCRIPT_DIR.to_owned(),
            prefixes: Vec::new(),
            modules: Wanted::default(),
        }
    }
}

/// Reads the configuration of the project at `root`; without a file, the defaults.
///
/// # Errors
/// When there is one that cannot be read, is no JSON, or holds what is wrong or not enforced yet.
pub(crate) fn read(root: &Path) -> Result<Config, Problem> {
    let config = match read::own_file(&root.join("mlld-config.json")) {
        Ok(bytes) => parse(&bytes, root),
        Err(ReadError::Missing) => Ok(Config::default()),
        Err(ReadError::Other(why)) => Err(why.into()),
    };
    config.map_err(failed)
}

/// What the configuration of the project at `root` says of modules: all that the commands on modules need, which
/// evaluate nothing.
///
/// # Errors
/// As [`read()`], but for settings that concern scripts alone.
pub(crate) fn of_modules(root: &Path) -> Result<(Wanted, Vec<Prefix>), Problem> {
    let read = |bytes: Vec<u8>| {
        let value: Value = serde_json::from_slice(&bytes).map_err(|e| eco_format!("{e}"))?;
        let object = value.as_object().ok_or("it is not an object")?;
        Ok((wanted::read(object)?, prefix::read(object, root)?))
    };
    match read::own_file(&root.join("mlld-config.json")) {
        Ok(bytes) => read(bytes).map_err(failed),
        Err(ReadError::Missing) => Ok((Wanted::default(), Vec::new())),
        Err(ReadError::Other(why)) => Err(failed(why.into())),
    }
}

/// The prefixes of the user's own configuration in `folder`, for all projects (spec 09 §4.4).
///
/// # Errors
/// When there is one that cannot be read, is no JSON, or holds what is wrong or not read there.
pub(crate) fn of_user(folder: &Path) -> Result<Vec<Prefix>, Problem> {
    let read = |bytes: Vec<u8>| {
        let value: Value = serde_json::from_slice(&bytes).map_err(|e| eco_format!("{e}"))?;
        let object = value.as_object().ok_or("it is not an object")?;
        if let Some(member) = ["policy", "security"]
            .iter()
            .find(|m| object.contains_key(**m))
        {
            return Err(eco_format!("'{member}' is not supported there yet"));
        }
        prefix::read(object, folder)
    };
    let path = folder.join("mlld-config.json");
    let prefixes = match read::own_file(&path) {
        Ok(bytes) => read(bytes),
        Err(ReadError::Missing) => Ok(Vec::new()),
        Err(ReadError::Other(why)) => Err(why.into()),
    };
    prefixes.map_err(|why| failed(eco_format!("{}: {why}", path.display())))
}

fn parse(bytes: &[u8], root: &Path) -> Result<Config, EcoString> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| eco_format!("{e}"))?;
    let object = value.as_object().ok_or("it is not an object")?;
    if let Some(member) = NOT_YET.iter().find(|m| object.contains_key(**m)) {
        return Err(eco_format!("'{member}' is not supported yet"));
    }
    let mut config = Config {
        prefixes: prefix::read(object, root)?,
        modules: wanted::read(object)?,
        ..Config::default()
    };
    match object.get("scriptDir") {
        None => {}
        Some(Value::String(dir)) => config.script_dir.clone_from(dir),
        Some(_) => return Err("'scriptDir' must be a text".into()),
    }
    if let Some(security) = object.get("security") {
        let security = security.as_object().ok_or("'security' must be an object")?;
        read_security(security, &mut config)?;
    }
    Ok(config)
}

fn read_security(security: &Map<String, Value>, config: &mut Config) -> Result<(), EcoString> {
    for (member, value) in security {
        match (member.as_str(), value) {
            ("allowAbsolutePaths", Value::Bool(allowed)) => config.allow_absolute_paths = *allowed,
            ("allowAbsolutePaths", _) => {
                return Err("'security.allowAbsolutePaths' must be true or false".into());
            }
            ("allowedDomains", list) => config.allowed_domains = Some(domains(member, list)?),
            ("trustedDomains", list) => config.trusted_domains = Some(domains(member, list)?),
            (other, _) if SECURITY_NOT_YET.contains(&other) => {
                return Err(eco_format!("'security.{other}' is not supported yet"));
            }
            // Unknown members are ignored; the validator warns about them.
            _ => {}
        }
    }
    Ok(())
}

/// A list of domains.
fn domains(member: &str, list: &Value) -> Result<Domains, EcoString> {
    let texts = list.as_array().and_then(|list| {
        let texts = list.iter().map(Value::as_str);
        texts.collect::<Option<Vec<&str>>>()
    });
    let texts =
        texts.ok_or_else(|| eco_format!("'security.{member}' must be an array of domains"))?;
    Domains::parse(texts)
        .map_err(|bad| eco_format!("'security.{member}' has an entry that is no domain: '{bad}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says() {
        let allowed =
            |text: &str| parse(text.as_bytes(), Path::new("/")).map(|c| c.allow_absolute_paths);
        assert_eq!(allowed("{}"), Ok(true));
        assert_eq!(allowed("{\"security\":{}}"), Ok(true));
        assert_eq!(
            allowed("{\"security\":{\"allowAbsolutePaths\":false}}"),
            Ok(false)
        );
        for (bad, why) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("[]", "it is not an object"),
            ("{\"policy\":{}}", "'policy' is not supported yet"),
            ("{\"scriptDir\":1}", "'scriptDir' must be a text"),
            ("{\"security\":1}", "'security' must be an object"),
            (
                "{\"security\":{\"allowAbsolutePaths\":\"no\"}}",
                "'security.allowAbsolutePaths' must be true or false",
            ),
            (
                "{\"security\":{\"allowedEnvVars\":[]}}",
                "'security.allowedEnvVars' is not supported yet",
            ),
            (
                "{\"security\":{\"allowedDomains\":\"a.example\"}}",
                "'security.allowedDomains' must be an array of domains",
            ),
            (
                "{\"security\":{\"trustedDomains\":[1]}}",
                "'security.trustedDomains' must be an array of domains",
            ),
            (
                "{\"security\":{\"trustedDomains\":[\"https://a.example\"]}}",
                "'security.trustedDomains' has an entry that is no domain: 'https://a.example'",
            ),
        ] {
            assert_eq!(allowed(bad), Err(why.into()), "{bad}");
        }
    }
}
