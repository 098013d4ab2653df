//! Which modules of a registry a module needs (spec 04 §10): read off its text, nothing of it is evaluated.

use super::reference::Reference;
use super::wanted;
use crate::failure::Problem;
use crate::report::Report;
use crate::value::front_matter;
use crate::value::{Value, json};
use ecow::{EcoString, eco_format};
use mlld_syntax::ast::{ExprKind, Import, ImportFrom, ImportKind, Item, StmtKind};
use mlld_syntax::{Mode, parse};

/// First parts of references that are no authors.
const NO_AUTHORS: [&str; 7] = ["base", "root", "project", "local", "py", "python", "mlld"];

/// The modules that a module imports, and those in the `dependencies` of its front matter, with the versions that it
/// asks for. `is_prefix` says which references are none of a registry.
///
/// # Errors
/// The text is none of a module.
pub(crate) fn of_text(
    name: &str,
    bytes: &[u8],
    mode: Mode,
    is_prefix: &dyn Fn(&str) -> bool,
) -> Result<Vec<Reference>, Problem> {
    let cannot = |why: EcoString| {
        let message = eco_format!("{name} cannot be installed: {why}");
        Problem::new("R0929", "MlldImport", message).code("IMPORT_ERROR")
    };
    let text = std::str::from_utf8(bytes).map_err(|_| cannot("its content is not UTF-8".into()))?;
    let parsed = parse(text, mode);
    if let Some(report) = Report::from_diagnostics(&name.into(), text, &parsed.diagnostics) {
        return Err(cannot(report.message));
    }
    let mut found = Vec::new();
    let statements = parsed.module.items.iter().flat_map(|item| match item {
        Item::Stmt(stmt) => std::slice::from_ref(stmt),
        Item::RunBlock(stmts, _) => stmts,
        Item::Prose(_) => &[],
    });
    let mut variables: Vec<&str> = Vec::new();
    for stmt in statements {
        if let StmtKind::Var(var) = &stmt.kind {
            variables.push(&var.name.text);
        }
        if let StmtKind::Import(import) = &stmt.kind
            && let Some(written) = imported(import, text, &variables)
            && !is_prefix(&written)
        {
            found.push(Reference::parse(&written).map_err(|p| cannot(p.message))?);
        }
    }
    if let Some(matter) = &parsed.module.front_matter {
        let matter = front_matter::of_script(&matter.yaml).map_err(|e| cannot(e.message))?;
        found.extend(
            declared(&matter).map_err(|why| cannot(eco_format!("its 'dependencies': {why}")))?,
        );
    }
    Ok(found)
}

/// The reference to a module of a registry that an import holds; `None` if it is from elsewhere.
/// One that stands in double quotes could also be a path that begins with a variable; `variables` are those that are
/// defined by then.
fn imported(import: &Import, source: &str, variables: &[&str]) -> Option<EcoString> {
    if matches!(import.kind, ImportKind::Local | ImportKind::Templates) {
        return None;
    }
    let written = match &import.from {
        ImportFrom::Reference(name) => name.text.clone(),
        ImportFrom::Path(path) => match &path.kind {
            ExprKind::Text(text, _) => text.clone(),
            ExprKind::Template(_) => {
                let text = path.span.slice(source).trim_matches('"');
                let reference = Reference::parse(text).ok()?;
                let name = reference.name.trim_start_matches('@');
                let first = name.split('/').next().unwrap_or_default();
                if variables.contains(&first) {
                    return None;
                }
                text.into()
            }
            _ => return None,
        },
        ImportFrom::Angle(_) | ImportFrom::Node(_) | ImportFrom::Mcp(_) => return None,
    };
    let (author, _) = written.strip_prefix('@')?.split_once('/')?;
    (!NO_AUTHORS.contains(&author)).then_some(written)
}

/// `dependencies: { "@b/c": "^1.0.0" }` or `dependencies: ["@b/c@^1.0.0"]` of a front matter.
fn declared(matter: &Value) -> Result<Vec<Reference>, EcoString> {
    let matter: serde_json::Value =
        serde_json::from_str(&json::text(matter)).map_err(|e| eco_format!("{e}"))?;
    match matter.get("dependencies") {
        None | Some(serde_json::Value::Null) => Ok(Vec::new()),
        Some(serde_json::Value::Object(list)) => list
            .iter()
            .map(|(name, version)| wanted::dependency(name, version))
            .collect(),
        Some(serde_json::Value::Array(list)) => list
            .iter()
            .map(|entry| {
                let entry = entry.as_str().ok_or("they are texts")?;
                Reference::parse(entry).map_err(|p| p.message)
            })
            .collect(),
        Some(_) => Err("they are an object or a list".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(text: &str, mode: Mode) -> Result<Vec<String>, EcoString> {
        let found = of_text("@x/y", text.as_bytes(), mode, &|r| r.starts_with("@parts/"));
        let shown = |r: Reference| match r.version {
            Some(version) => format!("{}@{version}", r.name),
            None => r.name.to_string(),
        };
        found
            .map(|f| f.into_iter().map(shown).collect())
            .map_err(|p| p.message)
    }

    #[test]
    fn imports_and_front_matter() {
        let text = "---\ndependencies:\n  \"@f/m\": \"^2.0.0\"\n  \"@f/n\": \"\"\n---\n\
            import { a } from @a/one@^1.0.0\nimport \"@a/two.mld\" as @two\nimport policy @p from @a/three\n\
            import { b } from \"./local.mld\"\nimport { c } from @payload\nimport { d } from @root/x.mld\n\
            import { e } from @parts/x\nimport local { f } from @me/dev\nimport { g } from node @path\n\
            var @dir = \"x\"\nimport { h } from \"@dir/x.mld\"\nimport { i } from \"@a/four@~1.0.0\"\nimport { j } from '@a/five'\n\
            var @t = \"import { x } from @no/no\"\n";
        assert_eq!(
            needs(text, Mode::Strict).unwrap(),
            [
                "@a/one@^1.0.0",
                "@a/two",
                "@a/three",
                "@a/four@~1.0.0",
                "@a/five",
                "@f/m@^2.0.0",
                "@f/n"
            ]
        );
        let text = "Prose about import { x } from @no/no\n/import { a } from @a/b\n```mlld-run\nimport { c } from @c/d\n```\n";
        assert_eq!(needs(text, Mode::Markdown).unwrap(), ["@a/b", "@c/d"]);
        let list = "---\ndependencies: [\"@a/b@1.0.0\"]\n---\nvar @x = 1\n";
        assert_eq!(needs(list, Mode::Strict).unwrap(), ["@a/b@1.0.0"]);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for bad in [
            "var @ = ",
            "---\ndependencies: 1\n---\n",
            "---\ndependencies: [\"../x\"]\n---\n",
            "---\ndependencies: { \"@a/b\": \"^x\" }\n---\n",
        ] {
            assert!(needs(bad, Mode::Strict).is_err(), "{bad}");
        }
        assert!(of_text("@x/y", b"\xff", Mode::Strict, &|_| false).is_err());
    }
}
