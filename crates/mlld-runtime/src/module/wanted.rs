//! What the configuration says of modules: which ones a project needs, and where they come from (spec 04 §12).

use super::reference::Reference;
use ecow::{EcoString, eco_format};
use serde_json::{Map, Value};

/// Where local modules lie, if the configuration does not say.
const LOCAL_MODULES: &str = "llm/modules";

/// What the configuration says of modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// `dependencies` and `devDependencies`.
    pub(crate) dependencies: Vec<Reference>,
    /// `resolvers.registry`: a folder or a URL, as it is written.
    pub(crate) registry: Option<EcoString>,
    /// `dev.localModulesPath`: where `import local` looks (spec 04 §7.8).
    pub(crate) local_modules: EcoString,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            dependencies: Vec::new(),
            registry: None,
            local_modules: LOCAL_MODULES.into(),
        }
    }
}

/// Reads the members of a configuration that are about modules.
///
/// # Errors
/// One sentence, when a member is of the wrong type.
pub(crate) fn read(config: &Map<String, Value>) -> Result<Wanted, EcoString> {
    let mut wanted = Wanted::default();
    for member in ["dependencies", "devDependencies"] {
        if let Some(list) = config.get(member) {
            let list = list.as_object();
            let list = list.ok_or_else(|| eco_format!("'{member}' must be an object"))?;
            for (name, version) in list {
                let reference = dependency(name, version);
                let reference = reference.map_err(|why| eco_format!("'{member}': {why}"))?;
                wanted.dependencies.push(reference);
            }
        }
    }
    let resolvers = config.get("resolvers").and_then(Value::as_object);
    match resolvers.and_then(|r| r.get("registry")) {
        None => {}
        Some(Value::String(registry)) if !registry.is_empty() => {
            wanted.registry = Some(registry.into());
        }
        Some(_) => return Err("'resolvers.registry' must be a text: a folder or a URL".into()),
    }
    match config.get("dev") {
        None => {}
        Some(Value::Object(dev)) => read_dev(dev, &mut wanted)?,
        Some(_) => return Err("'dev' must be an object".into()),
    }
    Ok(wanted)
}

fn read_dev(dev: &Map<String, Value>, wanted: &mut Wanted) -> Result<(), EcoString> {
    match dev.get("localModulesPath") {
        None => {}
        Some(Value::String(path)) if !path.is_empty() => wanted.local_modules = path.into(),
        Some(_) => return Err("'dev.localModulesPath' must be a text".into()),
    }
    match dev.get("enabled") {
        None | Some(Value::Bool(false)) => Ok(()),
        Some(Value::Bool(true)) => Err("'dev.enabled' is not supported yet".into()),
        Some(_) => Err("'dev.enabled' must be true or false".into()),
    }
}

/// `"@acme/valve": "^1.2.0"`; any version will do for `*` and for nothing.
pub(crate) fn dependency(name: &str, version: &Value) -> Result<Reference, EcoString> {
    let version = version
        .as_str()
        .ok_or_else(|| eco_format!("the version of '{name}' must be a text"))?
        .trim();
    let at = if name.starts_with('@') { "" } else { "@" };
    let written = match version {
        "" | "*" => eco_format!("{at}{name}"),
        version => eco_format!("{at}{name}@{version}"),
    };
    Reference::parse(&written).map_err(|p| p.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Wanted, EcoString> {
        read(
            serde_json::from_str::<Value>(text)
                .unwrap()
                .as_object()
                .unwrap(),
        )
    }

    #[test]
    fn what_it_says() {
        let wanted = parse(
            r#"{"dependencies":{"@a/b":"^1.0.0","c/d":"*"},"devDependencies":{"@e/f":"beta"},
                "resolvers":{"registry":"./reg"},"dev":{"localModulesPath":"mods","enabled":false}}"#,
        )
        .unwrap();
        let names: Vec<_> = wanted
            .dependencies
            .iter()
            .map(|r| r.name.as_str())
            .collect();
        assert_eq!(names, ["@a/b", "@c/d", "@e/f"]);
        assert!(wanted.dependencies[1].version.is_none());
        assert_eq!(wanted.registry.as_deref(), Some("./reg"));
        assert_eq!(wanted.local_modules, "mods");
        assert_eq!(parse("{}"), Ok(Wanted::default()));
    }

    #[test]
    fn wrong_members_are_refused() {
        for bad in [
            r#"{"dependencies":[]}"#,
            r#"{"dependencies":{"@a/b":1}}"#,
            r#"{"dependencies":{"@a":"1.0.0"}}"#,
            r#"{"dependencies":{"@a/../b":"1.0.0"}}"#,
            r#"{"devDependencies":{"@a/b":"^x"}}"#,
            r#"{"resolvers":{"registry":1}}"#,
            r#"{"dev":1}"#,
            r#"{"dev":{"localModulesPath":1}}"#,
            r#"{"dev":{"enabled":1}}"#,
            r#"{"dev":{"enabled":true}}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
