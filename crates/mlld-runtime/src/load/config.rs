//! `mlld-config.json` (spec 04 §12).
//!
//! It may hold security settings. Until each of them is enforced, a file that has one stops the run: a setting
//! that is not enforced must not be accepted.

use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use ecow::{EcoString, eco_format};
use serde_json::{Map, Value};
use std::path::Path;

/// Members whose meaning is not built yet.
const NOT_YET: [&str; 4] = ["policy", "security", "resolvers", "resolverPrefixes"];

/// Where scripts lie that are run by name, if the configuration does not say.
const SCRIPT_DIR: &str = "llm/run";

/// The configuration cannot be used.
pub(crate) fn failed(why: EcoString) -> Problem {
    let message = eco_format!("Failed to load mlld-config.json: {why}");
    Problem::new("R0420", "MlldConfig", message).code("CONFIG_ERROR")
}

/// Checks the configuration of the project at `root`, if there is one.
pub(crate) fn check(root: &Path) -> Result<(), Problem> {
    read(root).map(drop)
}

/// `scriptDir`: where `mlld run` looks for scripts, as it is written.
pub(crate) fn script_dir(root: &Path) -> Result<String, Problem> {
    let config = read(root)?;
    let dir = config.get("scriptDir").and_then(Value::as_str);
    Ok(dir.unwrap_or(SCRIPT_DIR).to_owned())
}

/// The members of the configuration; none without a file.
fn read(root: &Path) -> Result<Map<String, Value>, Problem> {
    let bytes = match read::own_file(&root.join("mlld-config.json")) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing) => return Ok(Map::new()),
        Err(ReadError::Other(why)) => return Err(failed(why.into())),
    };
    let value: Value = serde_json::from_slice(&bytes).map_err(|e| failed(eco_format!("{e}")))?;
    let Value::Object(config) = value else {
        return Err(failed("it is not an object".into()));
    };
    if let Some(member) = NOT_YET.iter().find(|m| config.contains_key(**m)) {
        return Err(failed(eco_format!("'{member}' is not supported yet")));
    }
    match config.get("scriptDir") {
        None | Some(Value::String(_)) => Ok(config),
        Some(_) => Err(failed("'scriptDir' must be a text".into())),
    }
}
