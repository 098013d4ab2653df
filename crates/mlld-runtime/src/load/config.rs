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
use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};
use std::path::Path;

/// Members of `security` whose meaning is not built yet.
const SECURITY_NOT_YET: [&str; 5] = [
    "allowGuardBypass",
    "identity",
    "trustedKeys",
    "trustOwnKeys",
    "audit",
];

/// Where scripts lie that are run by name, if the configuration does not say.
const SCRIPT_DIR: &str = "llm/run";

/// Bytes that a pattern may take when it is compiled, so that none takes all memory.
const PATTERN_SIZE: usize = 4 << 20;

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
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// `security.allowAbsolutePaths`: whether scripts may touch files outside the project root (spec 04 §3.2).
    pub(crate) allow_absolute_paths: bool,
    /// `security.allowedEnvVars`: the variables that scripts may see (spec 04 §13).
    pub(crate) allowed_env_vars: Vec<String>,
    /// `security.blockedPatterns`: imported content that one of them matches is refused.
    pub(crate) blocked_patterns: Vec<Regex>,
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
            allowed_env_vars: Vec::new(),
            blocked_patterns: Vec::new(),
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
    check_kinds(object)?;
    check_policy(object)?;
    let mut config = Config {
        prefixes: prefix::read(object, root)?,
        modules: wanted::read(object)?,
        ..Config::default()
    };
    if let Some(Value::String(dir)) = object.get("scriptDir") {
        config.script_dir.clone_from(dir);
    }
    if let Some(Value::Object(security)) = object.get("security") {
        read_security(security, &mut config)?;
    }
    Ok(config)
}

/// What a member has to be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Truth,
    Texts,
    Object,
    /// Names and versions.
    Versions,
    /// One of two words.
    Mode,
}

/// Members, by their paths, and what each has to be. Members that are not listed are kept and ignored.
const KINDS: [(&[&str], Kind); 20] = [
    (&["projectname"], Kind::Text),
    (&["scriptDir"], Kind::Text),
    (&["mode"], Kind::Mode),
    (&["dependencies"], Kind::Versions),
    (&["devDependencies"], Kind::Versions),
    (&["nodePackageManager"], Kind::Text),
    (&["resolvers"], Kind::Object),
    (&["security"], Kind::Object),
    (&["security", "allowedEnvVars"], Kind::Texts),
    (&["security", "blockedPatterns"], Kind::Texts),
    (&["security", "allowedDomains"], Kind::Texts),
    (&["security", "trustedDomains"], Kind::Texts),
    (&["security", "allowAbsolutePaths"], Kind::Truth),
    (&["security", "allowGuardBypass"], Kind::Truth),
    (&["policy"], Kind::Object),
    (&["validate"], Kind::Object),
    (&["validate", "suppressWarnings"], Kind::Texts),
    (&["dev"], Kind::Object),
    (&["dev", "localModulesPath"], Kind::Text),
    (&["dev", "enabled"], Kind::Truth),
];

/// Whether every member is of its kind.
fn check_kinds(object: &Map<String, Value>) -> Result<(), EcoString> {
    for (path, kind) in KINDS {
        let (first, rest) = path.split_first().unwrap_or((&"", &[]));
        let value = rest
            .iter()
            .fold(object.get(*first), |value, name| value?.get(name));
        if let Some(value) = value
            && let Err(must) = kind.check(value)
        {
            return Err(eco_format!("'{}' must be {must}", path.join(".")));
        }
    }
    Ok(())
}

impl Kind {
    /// What the value must be, if it is not.
    fn check(self, value: &Value) -> Result<(), &'static str> {
        let (fits, must) = match self {
            Self::Text => (value.is_string(), "a text"),
            Self::Truth => (value.is_boolean(), "true or false"),
            Self::Texts => (
                value
                    .as_array()
                    .is_some_and(|items| items.iter().all(Value::is_string)),
                "a list of texts",
            ),
            Self::Object => (value.is_object(), "an object"),
            Self::Versions => (
                value
                    .as_object()
                    .is_some_and(|members| members.values().all(Value::is_string)),
                "an object of names and versions",
            ),
            Self::Mode => (
                matches!(value.as_str(), Some("development" | "production")),
                "\"development\" or \"production\"",
            ),
        };
        if fits { Ok(()) } else { Err(must) }
    }
}

/// `policy`: what is wrong with it is said first, then that it does not take effect yet.
fn check_policy(object: &Map<String, Value>) -> Result<(), EcoString> {
    let Some(Value::Object(policy)) = object.get("policy") else {
        return Ok(());
    };
    for (member, value) in policy {
        match member.as_str() {
            "import" if Kind::Texts.check(value).is_err() => {
                return Err("policy.import must be an array of module references".into());
            }
            "environment" if value.as_str().is_none_or(|e| e.trim().is_empty()) => {
                return Err("policy.environment must be a non-empty string when provided".into());
            }
            "import" | "environment" => {}
            _ => {
                return Err(
                    "Inline policy configuration is not supported. Use policy.import to reference policy modules."
                        .into(),
                );
            }
        }
    }
    Err("'policy' is not supported yet".into())
}

fn read_security(security: &Map<String, Value>, config: &mut Config) -> Result<(), EcoString> {
    for (member, value) in security {
        let texts = || {
            let items = value.as_array().into_iter().flatten();
            items.filter_map(Value::as_str)
        };
        match member.as_str() {
            "allowAbsolutePaths" => config.allow_absolute_paths = value == &Value::Bool(true),
            "allowedEnvVars" => config.allowed_env_vars = texts().map(str::to_owned).collect(),
            "blockedPatterns" => {
                config.blocked_patterns = texts().map(pattern).collect::<Result<_, _>>()?;
            }
            "allowedDomains" => config.allowed_domains = Some(domains(member, texts())?),
            "trustedDomains" => config.trusted_domains = Some(domains(member, texts())?),
            other if SECURITY_NOT_YET.contains(&other) => {
                return Err(eco_format!("'security.{other}' is not supported yet"));
            }
            // Unknown members are ignored; the validator warns about them.
            _ => {}
        }
    }
    Ok(())
}

/// A pattern of `security.blockedPatterns`: matching takes time that is linear in the text.
fn pattern(text: &str) -> Result<Regex, EcoString> {
    let compiled = RegexBuilder::new(text).size_limit(PATTERN_SIZE).build();
    compiled.map_err(|e| {
        let why = match e {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            // The last line says what is wrong; those before it show where.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        };
        eco_format!("'security.blockedPatterns' must be a list of regular expressions; '{text}' is none: {why}")
    })
}

/// A list of domains.
fn domains<'a>(member: &str, texts: impl Iterator<Item = &'a str>) -> Result<Domains, EcoString> {
    Domains::parse(texts)
        .map_err(|bad| eco_format!("'security.{member}' has an entry that is no domain: '{bad}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, EcoString> {
        parse(text.as_bytes(), Path::new("/"))
    }

    #[test]
    fn what_it_says() {
        let allowed = |text: &str| read(text).unwrap().allow_absolute_paths;
        assert!(allowed("{}"));
        assert!(allowed("{\"security\":{}}"));
        assert!(!allowed("{\"security\":{\"allowAbsolutePaths\":false}}"));
        let config = read(
            r#"{"security":{"allowedEnvVars":["MLLD_A"],"blockedPatterns":["a+b"],"later":1},"other":{},"mode":"production"}"#,
        );
        let config = config.unwrap();
        assert_eq!(config.allowed_env_vars, ["MLLD_A"]);
        assert!(config.blocked_patterns[0].is_match("xaab"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (bad, why) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("[]", "it is not an object"),
            (r#"{"policy":{}}"#, "'policy' is not supported yet"),
            (
                r#"{"policy":{"import":"x"}}"#,
                "policy.import must be an array of module references",
            ),
            (
                r#"{"policy":{"environment":" "}}"#,
                "policy.environment must be a non-empty string when provided",
            ),
            (
                r#"{"policy":{"deny":{}}}"#,
                "Inline policy configuration is not supported. Use policy.import to reference policy modules.",
            ),
            (r#"{"policy":1}"#, "'policy' must be an object"),
            (r#"{"scriptDir":1}"#, "'scriptDir' must be a text"),
            (r#"{"projectname":null}"#, "'projectname' must be a text"),
            (
                r#"{"mode":"fast"}"#,
                "'mode' must be \"development\" or \"production\"",
            ),
            (
                r#"{"dependencies":{"@a/b":1}}"#,
                "'dependencies' must be an object of names and versions",
            ),
            (
                r#"{"dev":{"enabled":1}}"#,
                "'dev.enabled' must be true or false",
            ),
            (
                r#"{"validate":{"suppressWarnings":"x"}}"#,
                "'validate.suppressWarnings' must be a list of texts",
            ),
            (
                r#"{"nodePackageManager":7}"#,
                "'nodePackageManager' must be a text",
            ),
            (r#"{"security":1}"#, "'security' must be an object"),
            (
                r#"{"security":{"allowAbsolutePaths":"no"}}"#,
                "'security.allowAbsolutePaths' must be true or false",
            ),
            (
                r#"{"security":{"allowedEnvVars":"MLLD_A"}}"#,
                "'security.allowedEnvVars' must be a list of texts",
            ),
            (
                r#"{"security":{"allowedEnvVars":["MLLD_A",1]}}"#,
                "'security.allowedEnvVars' must be a list of texts",
            ),
            (
                r#"{"security":{"blockedPatterns":["("]}}"#,
                "'security.blockedPatterns' must be a list of regular expressions; '(' is none: unclosed group",
            ),
            (
                r#"{"security":{"blockedPatterns":["(a{999}){999}"]}}"#,
                "'security.blockedPatterns' must be a list of regular expressions; '(a{999}){999}' is none: it is too large",
            ),
            (
                "{\"security\":{\"allowedDomains\":\"a.example\"}}",
                "'security.allowedDomains' must be a list of texts",
            ),
            (
                "{\"security\":{\"trustedDomains\":[1]}}",
                "'security.trustedDomains' must be a list of texts",
            ),
            (
                "{\"security\":{\"trustedDomains\":[\"https://a.example\"]}}",
                "'security.trustedDomains' has an entry that is no domain: 'https://a.example'",
            ),
            (
                r#"{"security":{"allowGuardBypass":true}}"#,
                "'security.allowGuardBypass' is not supported yet",
            ),
        ] {
            assert_eq!(read(bad).err(), Some(why.into()), "{bad}");
        }
    }
}
