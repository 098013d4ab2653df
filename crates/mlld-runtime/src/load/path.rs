//! Paths of scripts (spec 04 §3, 08 §2).

use crate::checkpoint;
use crate::effect::read::FilePath;
use crate::eval::Cx;
use crate::failure::Problem;
use ecow::{EcoString, eco_format};
use std::path::{Component, Path, PathBuf};

/// Files that make a folder the project root where no `mlld-config.json` does (spec 04 §3.1).
const ROOT_MARKS: [&str; 6] = [
    "mlld-lock.json",
    "mlld.lock.json",
    "package.json",
    ".git",
    "pyproject.toml",
    "Cargo.toml",
];

/// The project root of a script in `folder`, if a file marks one.
pub(crate) fn marked_root(folder: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let below_home: Vec<&Path> = folder
        .ancestors()
        .take_while(|f| Some(*f) != home)
        .collect();
    let holds = |names: &[&str]| {
        below_home
            .iter()
            .find(|f| names.iter().any(|n| f.join(n).exists()))
            .map(|f| f.to_path_buf())
    };
    holds(&["mlld-config.json"]).or_else(|| holds(&ROOT_MARKS))
}

/// A file to read. A relative path starts at `base`; `shown` is how messages name it.
pub(crate) fn readable(
    cx: &Cx<'_>,
    base: &Path,
    written: &str,
    shown: &str,
) -> Result<FilePath, Problem> {
    let file = FilePath::resolve(absolute(base, written)?);
    may_read(cx, &file, shown)?;
    Ok(file)
}

/// Refuses what no script may read, and what the project's configuration forbids to.
pub(crate) fn may_read(cx: &Cx<'_>, file: &FilePath, shown: &str) -> Result<(), Problem> {
    let keys = config_folder(cx).map(|c| c.join("keys"));
    let is_key = |p: &Path, keys: &Path| {
        p.starts_with(keys) && p.extension().is_some_and(|e| e.eq_ignore_ascii_case("key"))
    };
    // Who has the keys can sign in the name of mlld and of the user (spec 08 §2).
    if keys.is_some_and(|k| is_key(&file.path, &k) || is_key(&resolved(&file.path), &resolved(&k)))
    {
        return Err(protected(shown, "read"));
    }
    // The interpreter's own memory and environment hold what scripts must not see (spec 08 §2).
    if is_own_process(&file.path) || file.real.as_deref().is_some_and(is_own_process) {
        return Err(protected(shown, "read"));
    }
    inside_root(cx, &file.path, shown)
}

fn is_own_process(path: &Path) -> bool {
    let mut parts = path
        .components()
        .skip(1)
        .filter_map(|c| c.as_os_str().to_str());
    let own = std::process::id().to_string();
    parts.next() == Some("proc")
        && parts
            .next()
            .is_some_and(|second| second == "self" || second == "thread-self" || second == own)
}

/// With `security.allowAbsolutePaths: false`, nothing outside the project root is touched (spec 04 §3.2).
fn inside_root(cx: &Cx<'_>, path: &Path, shown: &str) -> Result<(), Problem> {
    let root = &cx.run.root;
    let allowed = cx.run.loads.config().allow_absolute_paths || cx.run.options.allow_absolute;
    if allowed || resolved(path).starts_with(resolved(root)) {
        return Ok(());
    }
    let message = eco_format!("Access denied: {shown} is outside the project root");
    Err(Problem::new("R0413", "MlldSecurity", message)
        .code("ACCESS_DENIED")
        .hint("`security.allowAbsolutePaths` is false in mlld-config.json; --allow-absolute lifts that for a run."))
}

/// A path to write: relative ones start at the script's folder.
pub(crate) fn writable(cx: &Cx<'_>, written: &str) -> Result<PathBuf, Problem> {
    let path = absolute(&cx.module.folder, written)?;
    may_write(cx, &path, written)?;
    Ok(path)
}

/// Refuses to write the files of mlld itself (what is fetched and kept would be run again), and what the project's configuration forbids to touch; `shown` is how
/// messages name the path.
pub(crate) fn may_write(cx: &Cx<'_>, path: &Path, shown: &str) -> Result<(), Problem> {
    let root = &cx.run.root;
    let cache = cx
        .run
        .options
        .home
        .as_deref()
        .map(crate::module::cache::folder);
    let in_config = [config_folder(cx), cache]
        .iter()
        .flatten()
        .any(|c| path.starts_with(c) || resolved(path).starts_with(resolved(c)));
    if in_config || is_protected(path, root) || is_protected(&resolved(path), &resolved(root)) {
        return Err(protected(shown, "write"));
    }
    inside_root(cx, path, shown)
}

/// The user's config folder, where the keys lie: no script writes there.
fn config_folder(cx: &Cx<'_>) -> Option<PathBuf> {
    let options = cx.run.options;
    checkpoint::config_folder(&options.environment, options.home.as_deref())
}

/// Paths of a project that no script may write (spec 08 §2).
fn is_protected(path: &Path, root: &Path) -> bool {
    let config = path.file_name().is_some_and(|n| {
        ["mlld-config.json", "mlld-lock.json", "mlld.lock.json"]
            .iter()
            .any(|f| n.eq_ignore_ascii_case(f))
    });
    config
        || [".mlld/sec", ".mlld/checkpoints"]
            .iter()
            .any(|f| path.starts_with(root.join(f)))
}

fn protected(written: &str, what: &str) -> Problem {
    let message = eco_format!("Path '{written}' is protected: scripts cannot {what} it");
    Problem::new("R0410", "MlldSecurity", message).code("PROTECTED_PATH")
}

/// The working directory of a command (spec 02 §9.4).
pub(crate) fn work_dir(text: &str, home: Option<&Path>) -> Result<PathBuf, Problem> {
    let path = match (text.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(text),
    };
    if !path.is_absolute() {
        return Err(Problem::new(
            "R0708",
            "MlldCommand",
            "Working directory must start with \"/\".",
        ));
    }
    if text.contains('\0') {
        return Err(nul());
    }
    if !path.is_dir() {
        return Err(Problem::new(
            "R0705",
            "MlldCommand",
            "Working directory does not exist.",
        ));
    }
    Ok(path)
}

fn nul() -> Problem {
    Problem::new("R0411", "MlldFile", "NUL character in a path")
}

fn absolute(folder: &Path, written: &str) -> Result<PathBuf, Problem> {
    if written.contains('\0') {
        return Err(nul());
    }
    if written.is_empty() {
        return Err(Problem::new("R0412", "MlldFile", "The path is empty"));
    }
    Ok(lexical(&folder.join(written)))
}

/// Without `.` and `..`, looked at as text.
pub(crate) fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// With links resolved: of a path that does not exist, those of its longest existing ancestor.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            let rest = path.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            };
        }
    }
    path.to_path_buf()
}

/// The path from `folder`, with `./` in front (spec 04 §1.4).
pub(crate) fn relative(folder: &Path, path: &Path) -> EcoString {
    let mut base = folder.components().peekable();
    let mut rest = path.components().peekable();
    while base.peek().is_some() && base.peek() == rest.peek() {
        base.next();
        rest.next();
    }
    let mut out = String::from(".");
    for _ in base {
        out.push_str("/..");
    }
    for part in rest {
        out.push('/');
        out.push_str(&part.as_os_str().to_string_lossy());
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_begin_with_a_dot() {
        let rel = |a: &str, b: &str| relative(Path::new(a), Path::new(b)).to_string();
        assert_eq!(rel("/p/s", "/p/s/a.md"), "./a.md");
        assert_eq!(rel("/p/s", "/p/x.md"), "./../x.md");
        assert_eq!(rel("/p", "/p/n/a"), "./n/a");
    }

    #[test]
    fn own_files_are_protected() {
        let root = Path::new("/p");
        for bad in [
            "/p/.mlld/sec/audit.jsonl",
            "/p/.mlld/checkpoints/x",
            "/p/.mlld/mlld.lock.json",
            "/q/mlld-config.json",
            "/p/MLLD-LOCK.json",
        ] {
            assert!(is_protected(Path::new(bad), root), "{bad}");
        }
        assert!(!is_protected(Path::new("/p/.mlld/other"), root));
        assert!(!is_protected(Path::new("/p/config.json"), root));
    }

    #[test]
    fn dots_go() {
        assert_eq!(lexical(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(lexical(Path::new("/../a")), Path::new("/a"));
    }
}
