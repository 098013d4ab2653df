//! `needs { … }`: what has to be there for a script to run (spec 06 §18.1). A check of dependencies, no permission.

mod packages;

use super::{Cx, Eval, Problem};
use ecow::{EcoString, eco_format};
use mlld_syntax::ast::{DataEntry, DataItem, DataKind, DataObject, DataValue};
use packages::Lacking;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Kinds that are recorded only.
const RECORDED: [&str; 4] = ["network", "net", "filesystem", "fs"];
/// Kinds that list packages of node.
const NODE: [&str; 2] = ["node", "js"];
/// Kinds that list other packages.
const PACKAGES: [&str; 6] = ["python", "py", "ruby", "rb", "go", "rust"];

/// `needs`.
pub(super) fn exec(cx: &Cx<'_>, needs: &DataObject) -> Eval<()> {
    let mut missing: Vec<EcoString> = Vec::new();
    let mut lacking = Lacking::default();
    for entry in &needs.entries {
        let found = one(cx, entry, &mut lacking)?;
        missing.extend(
            found
                .into_iter()
                .filter(|m| !missing.contains(m))
                .collect::<Vec<_>>(),
        );
    }
    let capabilities = (!missing.is_empty()).then(|| {
        eco_format!(
            "Module requires capabilities not available: {}",
            missing.join(", ")
        )
    });
    let message = match (capabilities, lacking.sentences()) {
        (None, None) => return Ok(()),
        (Some(one), Some(other)) => eco_format!("{one}. {other}"),
        (one, other) => one.or(other).unwrap_or_default(),
    };
    Err(Problem::new("R0940", "MlldNeeds", message)
        .code("NEEDS_UNMET")
        .plain())
}

/// What of one entry is missing.
fn one(cx: &Cx<'_>, entry: &DataEntry, lacking: &mut Lacking) -> Eval<Vec<EcoString>> {
    let key = entry.key.text.as_str();
    let command = |name: &str| {
        (!is_on_path(cx, name)).then(|| eco_format!("cmd:{name} (command not found in PATH)"))
    };
    match (key, &entry.value) {
        ("sh" | "bash", value) => {
            let wanted = !matches!(value, Some(v) if v.kind == DataKind::Bool(false));
            let shell = eco_format!("{key} (shell executable not available)");
            Ok((wanted && !is_on_path(cx, key))
                .then_some(shell)
                .into_iter()
                .collect())
        }
        (key, _) if RECORDED.contains(&key) => Ok(Vec::new()),
        ("cmd", Some(value)) => Ok(commands(cx, value)?
            .iter()
            .filter_map(|n| command(n))
            .collect()),
        (key, Some(value)) if NODE.contains(&key) => {
            for package in texts(cx, value)? {
                lacking
                    .look_for(&package, &cx.module.folder)
                    .map_err(|message| invalid(message).plain())?;
            }
            Ok(Vec::new())
        }
        (key, Some(value)) if PACKAGES.contains(&key) => match &value.kind {
            DataKind::List(items) if items.is_empty() => Ok(Vec::new()),
            _ => cx.unsupported(eco_format!("A need of packages (`{key}`)")),
        },
        (name, None) if name != "keychain" => Ok(command(name).into_iter().collect()),
        (key, _) => {
            let message = eco_format!("/needs contains unsupported key '{key}'");
            Err(invalid(message).plain())
        }
    }
}

fn invalid(message: EcoString) -> Problem {
    Problem::new("R0941", "MlldNeeds", message).code("NEEDS_INVALID")
}

/// A list of texts.
fn texts(cx: &Cx<'_>, value: &DataValue) -> Eval<Vec<EcoString>> {
    let DataKind::List(items) = &value.kind else {
        return cx.unsupported("This as a list of `needs`");
    };
    items
        .iter()
        .map(|item| match item {
            DataItem::Value(DataValue {
                kind: DataKind::Text(name),
                ..
            }) => Ok(name.clone()),
            _ => cx.unsupported("This in a list of `needs`"),
        })
        .collect()
}

/// The commands that `cmd:` names. What is said of their sub-commands and flags is recorded only.
fn commands(cx: &Cx<'_>, value: &DataValue) -> Eval<Vec<EcoString>> {
    match &value.kind {
        DataKind::Text(text) if text == "*" => Ok(Vec::new()),
        DataKind::Object(object) => Ok(object.entries.iter().map(|e| e.key.text.clone()).collect()),
        DataKind::List(_) => texts(cx, value),
        _ => cx.unsupported("This as the commands of `needs`"),
    }
}

/// Whether a command can be started by its name.
fn is_on_path(cx: &Cx<'_>, name: &str) -> bool {
    let path = cx.run.options.environment.get("PATH");
    if name.is_empty() || name.contains(['/', '\0']) {
        return false;
    }
    std::env::split_paths(path.map_or("", String::as_str)).any(|folder| {
        // A folder that is not written in full would be looked for in whatever folder this is started in.
        folder.is_absolute() && is_executable(&folder.join(name))
    })
}

fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}
