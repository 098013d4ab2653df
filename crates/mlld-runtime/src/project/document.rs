//! Changing a configuration file: what is not changed stays as it is, with its order and its indentation.

use crate::effect::own;
use crate::effect::read::{self, ReadError};
use crate::failure::Problem;
use ecow::{EcoString, eco_format};
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};
use std::path::Path;

/// The indentation of a file that has none.
const INDENT: &str = "  ";

/// The configuration file cannot be used, or written.
pub(super) fn failed(path: &Path, why: impl std::fmt::Display) -> Problem {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let message = eco_format!("Failed to load {name}: {why}");
    Problem::new("R0420", "MlldConfig", message).code("CONFIG_ERROR")
}

/// The members of a configuration file; none without a file.
pub(super) fn members(path: &Path) -> Result<Map<String, Value>, Problem> {
    Ok(open(path)?.1)
}

/// Changes a configuration file; one that is not there is made.
pub(super) fn change<T>(
    path: &Path,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<T, EcoString>,
) -> Result<T, Problem> {
    let (text, old) = open(path)?;
    let mut new = old.clone();
    let result = change(&mut new).map_err(|why| failed(path, why))?;
    if new != old {
        let written = written(&text, &new.into()).map_err(|e| failed(path, e))?;
        own::replace_shared(path, &written).map_err(|e| failed(path, e))?;
    }
    Ok(result)
}

/// The object behind a name, which is made if there is none.
pub(super) fn object<'m>(
    members: &'m mut Map<String, Value>,
    name: &str,
) -> Result<&'m mut Map<String, Value>, EcoString> {
    let member = members.entry(name).or_insert_with(|| Map::new().into());
    member
        .as_object_mut()
        .ok_or_else(|| eco_format!("'{name}' must be an object"))
}

/// The array behind a name, which is made if there is none.
pub(super) fn array<'m>(
    members: &'m mut Map<String, Value>,
    name: &str,
) -> Result<&'m mut Vec<Value>, EcoString> {
    let member = members
        .entry(name)
        .or_insert_with(|| Vec::<Value>::new().into());
    member
        .as_array_mut()
        .ok_or_else(|| eco_format!("'{name}' must be an array"))
}

fn open(path: &Path) -> Result<(String, Map<String, Value>), Problem> {
    let bytes = match read::own_file(path) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing) => return Ok(Default::default()),
        Err(ReadError::Other(why)) => return Err(failed(path, why)),
    };
    let text = String::from_utf8(bytes).map_err(|_| failed(path, "it is not UTF-8"))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(members)) => Ok((text, members)),
        Ok(_) => Err(failed(path, "it is not an object")),
        Err(e) => Err(failed(path, e)),
    }
}

/// A document, indented as the old text was.
fn written(old: &str, document: &Value) -> serde_json::Result<Vec<u8>> {
    let indent = old.lines().find_map(|line| {
        let rest = line.trim_start_matches([' ', '\t']);
        let space = line.strip_suffix(rest)?;
        (!space.is_empty() && !rest.is_empty()).then_some(space)
    });
    let mut out = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent.unwrap_or(INDENT).as_bytes());
    document.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    if old.is_empty() || old.ends_with('\n') {
        out.push(b'\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_stays() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("mlld-config.json");
        let text = |p: &Path| String::from_utf8(read::own_file(p).unwrap()).unwrap();
        let set = |name: &'static str| {
            change(&path, |m| {
                m.insert(name.into(), 1.into());
                Ok(())
            })
            .map_err(|p| p.message)
        };
        set("a").unwrap();
        assert_eq!(text(&path), "{\n  \"a\": 1\n}\n");
        let old = "{\n\t\"z\": {\n\t\t\"deep\": [\n\t\t\t1.50,\n\t\t\t\"ü\"\n\t\t]\n\t},\n\t\"a\": null\n}";
        own::replace(&path, old.as_bytes()).unwrap();
        set("b").unwrap();
        assert_eq!(
            text(&path),
            old.replace("null\n", "null,\n\t\"b\": 1\n")
                .replace("1.50", "1.5")
        );
        // A file whose content would not change is not written.
        let odd = "{ \"b\":1 }";
        own::replace(&path, odd.as_bytes()).unwrap();
        set("b").unwrap();
        assert_eq!(text(&path), odd);
        for bad in ["{", "[]", "\u{feff}{}"] {
            own::replace(&path, bad.as_bytes()).unwrap();
            assert!(set("c").is_err());
            assert_eq!(text(&path), bad);
        }
    }
}
