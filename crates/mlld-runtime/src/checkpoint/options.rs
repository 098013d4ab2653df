//! What a caller asks of checkpoints (spec 03 §18.6), and under which name a script keeps them.

use crate::eval::Problem;
use ecow::{EcoString, eco_format};
use std::path::Path;

/// What the caller asks for. By default a script keeps nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckpointOptions {
    /// The name under which the script keeps its checkpoints: [`script_name`]. `None` for code without a file:
    /// nothing is read or written.
    pub script: Option<EcoString>,
    /// `--no-checkpoint`: nothing is read or written.
    pub off: bool,
    /// `--fresh`, `--new`: what is there is deleted first.
    pub fresh: bool,
    /// `--resume`: recorded answers are served.
    pub resume: Option<Resume>,
    /// `--fork NAME`: the answers of that script are served too.
    pub fork: Option<EcoString>,
}

/// What is forgotten before answers are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Nothing.
    All,
    /// `@fn`: every answer of an executable.
    Function(EcoString),
    /// `@fn:2`: the answers at one of its call sites, counted from 0.
    Site(EcoString, u64),
    /// `@fn("text")`: its answers from the first call on whose arguments begin with the text.
    Prefix(EcoString, EcoString),
    /// `NAME`: whatever ran at or after that checkpoint.
    Named(EcoString),
}

impl Resume {
    /// Reads the value of `--resume`.
    ///
    /// # Errors
    /// One sentence, for a target that begins with `@` and is none.
    pub fn parse(target: Option<&str>) -> Result<Self, String> {
        let Some(target) = target.map(str::trim).filter(|t| !t.is_empty()) else {
            return Ok(Self::All);
        };
        let Some(call) = target.strip_prefix('@') else {
            return Ok(Self::Named(target.into()));
        };
        let end = call
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-' && c != '.')
            .unwrap_or(call.len());
        let parsed = call.split_at_checked(end).and_then(|(name, rest)| {
            let name = EcoString::from(name);
            if name.is_empty() {
                None
            } else if rest.is_empty() {
                Some(Self::Function(name))
            } else if let Some(index) = rest.strip_prefix(':') {
                Some(Self::Site(name, index.parse().ok()?))
            } else {
                let text = rest.strip_prefix('(')?.strip_suffix(')')?;
                let text = ['"', '\'']
                    .iter()
                    .find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q))?;
                Some(Self::Prefix(name, text.into()))
            }
        });
        parsed.ok_or_else(|| {
            format!(
                "Invalid --resume target \"{target}\". Expected @fn, @fn:INDEX, @fn(\"prefix\"), or the name of a checkpoint."
            )
        })
    }
}

/// When recorded answers are served and new ones recorded (spec 03 §18.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Recorded; served when that is asked for.
    #[default]
    Manual,
    /// Recorded and served.
    Auto,
    /// Neither, unless that is asked for.
    Never,
}

impl Mode {
    /// The mode of that name.
    fn named(word: &str) -> Option<Self> {
        match word {
            "manual" => Some(Self::Manual),
            "auto" => Some(Self::Auto),
            "never" => Some(Self::Never),
            _ => None,
        }
    }

    /// The mode that a `what` (`script`, `checkpoint`) asks for.
    pub(crate) fn read(what: &str, word: &str) -> Result<Self, Problem> {
        Self::named(word).ok_or_else(|| {
            let message = eco_format!(
                "Invalid {what} resume mode \"{word}\". Expected auto, manual, or never."
            );
            Problem::new("R0801", "MlldCheckpoint", message)
        })
    }
}

/// Files that a folder is started with: the folder's name is that of the script.
const ENTRIES: [&str; 2] = ["index", "main"];

/// The name under which the script at this path keeps its checkpoints (spec 03 §18.3); `None` for a path that
/// names no file.
#[must_use]
pub fn script_name(path: &Path) -> Option<EcoString> {
    let file = path.file_name()?.to_string_lossy();
    let name = [".mld.md", ".mld"]
        .iter()
        .find_map(|e| file.strip_suffix(e))
        .filter(|n| !n.is_empty());
    if let Some(entry) = name
        && ENTRIES.contains(&entry)
        && let Some(folder) = path.parent().and_then(Path::file_name)
    {
        return Some(folder.to_string_lossy().as_ref().into());
    }
    Some(name.unwrap_or(&file).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_named_by_their_files() {
        for (path, name) in [
            ("/p/llm/run/job.mld", Some("job")),
            ("job.mld.md", Some("job")),
            ("/p/pack/index.mld", Some("pack")),
            ("/p/pack/main.mld", Some("pack")),
            ("main.mld", Some("main")),
            ("/main.mld", Some("main")),
            ("/p/notes.txt", Some("notes.txt")),
            ("/p/.mld", Some(".mld")),
            ("deep/two", Some("two")),
            ("..", None),
            ("/", None),
        ] {
            assert_eq!(script_name(Path::new(path)).as_deref(), name, "{path}");
        }
    }

    #[test]
    fn targets_of_resume() {
        let parse = |t| Resume::parse(Some(t));
        assert_eq!(Resume::parse(None), Ok(Resume::All));
        assert_eq!(parse("@ask"), Ok(Resume::Function("ask".into())));
        assert_eq!(parse("@ask:2"), Ok(Resume::Site("ask".into(), 2)));
        assert_eq!(
            parse("@ask(\"one (1)\")"),
            Ok(Resume::Prefix("ask".into(), "one (1)".into()))
        );
        assert_eq!(
            parse("@ask('one')"),
            Ok(Resume::Prefix("ask".into(), "one".into()))
        );
        assert_eq!(parse("half way"), Ok(Resume::Named("half way".into())));
        for bad in [
            "@",
            "@ask:",
            "@ask:x",
            "@ask:-1",
            "@ask(",
            "@ask(\"x')",
            "@ask x",
            "@:1",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn modes_are_words() {
        assert_eq!(Mode::read("script", "auto").ok(), Some(Mode::Auto));
        let error = Mode::read("script", "Auto").unwrap_err();
        assert_eq!(
            error.message,
            "Invalid script resume mode \"Auto\". Expected auto, manual, or never."
        );
    }
}
