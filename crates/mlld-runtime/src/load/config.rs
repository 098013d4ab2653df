//! `mlld-config.json` (spec 04 §12).
//!
//! It may hold security settings. Until each of them is enforced, a file that has one stops the run: a setting
//! that is not enforced must not be accepted.

use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use ecow::{EcoString, eco_format};
use std::path::Path;

/// Members whose meaning is not built yet.
const NOT_YET: [&str; 4] = ["policy", "security", "resolvers", "resolverPrefixes"];

/// Checks the configuration of the project at `root`, if there is one.
pub(crate) fn check(root: &Path) -> Result<(), Problem> {
    let failed = |why: EcoString| {
        Problem::new(
            "R0420",
            "MlldConfig",
            eco_format!("Failed to load mlld-config.json: {why}"),
        )
        .code("CONFIG_ERROR")
    };
    let bytes = match read::own_file(&root.join("mlld-config.json")) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing) => return Ok(()),
        Err(ReadError::Other(why)) => return Err(failed(why.into())),
    };
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|e| failed(eco_format!("{e}")))?;
    let Some(object) = value.as_object() else {
        return Err(failed("it is not an object".into()));
    };
    match NOT_YET.iter().find(|m| object.contains_key(**m)) {
        Some(member) => Err(failed(eco_format!("'{member}' is not supported yet"))),
        None => Ok(()),
    }
}
