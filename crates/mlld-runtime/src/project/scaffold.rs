//! What `mlld init` and `mlld module` make (spec 04 §10.4, 09 §4.3).

use super::inside;
use crate::effect::own;
use crate::effect::read;
use crate::failure::Problem;
use crate::report::Report;
use ecow::{EcoString, eco_format};
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

/// Lines that `.gitignore` needs.
const IGNORED: [&str; 2] = [".mlld/checkpoints/", ".mlld/cache/"];

/// Where modules are, as `mlld init` writes it.
const LOCAL: &str = "./llm/modules";

/// Where scripts are.
const SCRIPTS: &str = "llm/run";

fn wrong(message: EcoString) -> Box<Report> {
    Problem::new("R0934", "MlldConfig", message)
        .code("INVALID_ARGUMENTS")
        .into()
}

fn not_made(path: &Path, e: &io::Error) -> Box<Report> {
    let message = eco_format!("{} cannot be written: {e}", path.display());
    Problem::new("R0935", "MlldFile", message).into()
}

/// How a project is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Init<'i> {
    /// A configuration that is there is replaced.
    pub force: bool,
    /// The folder of scripts; `llm/run` if none is named.
    pub scripts: Option<&'i str>,
    /// The folder of modules; `./llm/modules` if none is named.
    pub modules: Option<&'i str>,
}

/// Makes a project in a folder: configuration, lock file, folders. Gives the names of what was made; `None` if there is
/// a configuration already.
///
/// # Errors
/// A folder lies outside of the project, or something cannot be written.
pub fn init(root: &Path, asked: Init<'_>) -> Result<Option<Vec<String>>, Box<Report>> {
    let scripts = folder("--script-dir", asked.scripts.unwrap_or(SCRIPTS))?;
    let modules = folder("--local-path", asked.modules.unwrap_or(LOCAL))?;
    let config = root.join("mlld-config.json");
    let local = asked.modules.unwrap_or(LOCAL);
    let mut content = json!({
        "version": 1,
        "scriptDir": scripts.to_string_lossy(),
        "resolvers": { "prefixes": [
            { "prefix": "@local/", "resolver": "LOCAL", "config": { "basePath": local } },
        ] },
        "projectname": project_name(root),
    });
    if local != LOCAL
        && let Some(content) = content.as_object_mut()
    {
        content.insert("dev".into(), json!({ "localModulesPath": local }));
    }
    let text = document(&content);
    let made = match asked.force {
        true => own::replace_shared(&config, text.as_bytes()).map(|()| true),
        false => own::make_shared(&config, text.as_bytes()),
    };
    if !made.map_err(|e| not_made(&config, &e))? {
        return Ok(None);
    }
    let mut names = vec!["mlld-config.json".to_owned()];
    let lock = root.join("mlld-lock.json");
    let empty = document(&json!({ "version": 1, "modules": {} }));
    if own::make_shared(&lock, empty.as_bytes()).map_err(|e| not_made(&lock, &e))? {
        names.push("mlld-lock.json".into());
    }
    for folder in [&scripts, &modules] {
        let path = root.join(folder);
        if !path.is_dir() {
            own::make_shared_folder(&path).map_err(|e| not_made(&path, &e))?;
            names.push(format!("{}/", folder.display()));
        }
    }
    ignore(root)?;
    Ok(Some(names))
}

/// A folder inside of the project.
fn folder(option: &str, written: &str) -> Result<PathBuf, Box<Report>> {
    inside(Path::new(written))
        .filter(|f| f.components().next().is_some())
        .ok_or_else(|| {
            wrong(eco_format!(
                "{option} must be a folder inside the project, not {written}"
            ))
        })
}

/// The name of the folder, with the letters that names of projects have.
fn project_name(root: &Path) -> String {
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    match name.is_empty() {
        true => "project".into(),
        false => name,
    }
}

/// Keeps what belongs to one user alone out of the repository.
fn ignore(root: &Path) -> Result<(), Box<Report>> {
    let path = root.join(".gitignore");
    let Ok(bytes) = read::own_file(&path) else {
        return Ok(());
    };
    let Ok(mut text) = String::from_utf8(bytes) else {
        return Ok(());
    };
    let missing: Vec<_> = IGNORED
        .iter()
        .filter(|i| !text.lines().any(|l| l.trim() == **i))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for line in missing {
        text.push_str(line);
        text.push('\n');
    }
    own::replace_shared(&path, text.as_bytes()).map_err(|e| not_made(&path, &e))
}

fn document(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A name of a module or file: what can stand in `@author/name`.
fn check_name(name: &str) -> Result<(), Box<Report>> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(wrong(eco_format!(
        "'{name}' is no name of a module: letters, digits, '-' and '_'"
    )))
}

/// The author as it stands in front matter: a name, or a word to replace.
fn author_name(author: &str) -> &str {
    if check_name(author).is_ok() {
        author
    } else {
        "author"
    }
}

/// Makes a module that is one file: `NAME.mld` or `NAME.mld.md`.
///
/// # Errors
/// The name is none, there is such a file, or it cannot be written.
pub fn script(path: &Path, author: &str, force: bool) -> Result<(), Box<Report>> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let (name, is_markdown) = match (file.strip_suffix(".mld.md"), file.strip_suffix(".mld")) {
        (Some(name), _) => (name, true),
        (None, Some(name)) => (name, false),
        (None, None) => {
            return Err(wrong(eco_format!("'{file}' must end in .mld or .mld.md")));
        }
    };
    check_name(name)?;
    let author = author_name(author);
    let matter = format!(
        "---\nname: {name}\nauthor: {author}\nversion: 1.0.0\nabout: What {name} is for\nlicense: CC0\n---\n\n"
    );
    let text = match is_markdown {
        true => {
            format!("{matter}# {name}\n\n/exe @greet(who) = `Hello @who`\n/export {{ @greet }}\n")
        }
        false => format!("{matter}exe @greet(who) = `Hello @who`\n\nexport {{ @greet }}\n"),
    };
    write(path, &text, force)
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Box<Report>> {
    let made = match force {
        true => own::replace_shared(path, text.as_bytes()).map(|()| true),
        false => own::make_shared(path, text.as_bytes()),
    };
    match made {
        Ok(true) => Ok(()),
        Ok(false) => Err(wrong(eco_format!("{} exists already", path.display()))),
        Err(e) => Err(not_made(path, &e)),
    }
}

/// What a module of several files is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something to import.
    Library,
    /// Something to run.
    App,
    /// A command of an assistant.
    Command,
    /// A skill of an assistant.
    Skill,
    /// An environment.
    Environment,
}

impl Kind {
    /// All, by name.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("library", Self::Library),
        ("app", Self::App),
        ("command", Self::Command),
        ("skill", Self::Skill),
        ("environment", Self::Environment),
    ];

    /// The one with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, kind)| *kind)
    }

    fn name(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(_, kind)| *kind == self);
        named.map_or("", |(name, _)| name)
    }

    /// Where such modules are: in a project, and in the home folder.
    fn folders(self) -> (&'static str, &'static str) {
        match self {
            Self::Library => ("llm/lib", ".mlld/lib"),
            Self::App => ("llm/run", ".mlld/run"),
            Self::Command => (".claude/commands", ".claude/commands"),
            Self::Skill => (".claude/skills", ".claude/skills"),
            Self::Environment => ("llm/env", ".mlld/env"),
        }
    }
}

/// Makes a module of several files in its place: in a project at `base`, or, if it is for all projects, in the home
/// folder `base`. Gives its folder, relative to `base`.
///
/// # Errors
/// The name is none, there is such a folder, or it cannot be written.
pub fn module(
    base: &Path,
    kind: Kind,
    name: &str,
    author: &str,
    is_global: bool,
) -> Result<String, Box<Report>> {
    check_name(name)?;
    let (local, global) = kind.folders();
    let shown = format!("{}/{name}", if is_global { global } else { local });
    let folder = base.join(&shown);
    if folder.symlink_metadata().is_ok() {
        return Err(wrong(eco_format!("{shown} exists already")));
    }
    let author = author_name(author);
    let (kind, title) = (kind.name(), name);
    let files = [
        (
            "index.mld",
            format!("exe @greet(who) = `Hello @who from {name}`\n\nexport {{ @greet }}\n"),
        ),
        (
            "module.yml",
            format!(
                "name: {name}\nauthor: {author}\ntype: {kind}\nabout: What {name} is for\nversion: 1.0.0\nlicense: CC0\nentry: index.mld\n"
            ),
        ),
        (
            "README.md",
            format!(
                "# {title}\n\n## tldr\n\nWhat {name} is for.\n\n## docs\n\n`@greet(who)` greets.\n"
            ),
        ),
    ];
    for (file, text) in files {
        write(&folder.join(file), &text, false)?;
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_projects() {
        for (folder, name) in [
            ("/x/Shop", "shop"),
            ("/x/my shop_2", "my-shop-2"),
            ("/x/Läden", "l-den"),
            ("/", "project"),
        ] {
            assert_eq!(project_name(Path::new(folder)), name);
        }
    }

    #[test]
    fn names_lead_nowhere() {
        let temp = tempfile::tempdir().unwrap();
        for bad in ["", "../x", "a/b", ".x", "a b", "-x", "a.b"] {
            let made = module(temp.path(), Kind::Library, bad, "me", false);
            assert!(made.is_err(), "{bad}");
            let file = temp.path().join(format!("{bad}.mld"));
            if !bad.contains('/') {
                assert!(script(&file, "me", false).is_err(), "{bad}");
            }
        }
        assert_eq!(temp.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn only_what_is_missing_is_ignored() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(".gitignore");
        ignore(temp.path()).unwrap();
        assert!(!path.exists());
        own::replace(&path, b"target\n.mlld/cache/").unwrap();
        for _ in 0..2 {
            ignore(temp.path()).unwrap();
            assert_eq!(
                read::own_file(&path).unwrap(),
                b"target\n.mlld/cache/\n.mlld/checkpoints/\n"
            );
        }
    }
}
