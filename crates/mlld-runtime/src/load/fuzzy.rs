//! Names that are not spelled exactly (spec 04 §3.3).

use crate::effect::read;
use std::path::{Component, Path, PathBuf};

/// Extensions that are tried, in this order, where a name has none.
const EXTENSIONS: [&str; 4] = ["mld", "mld.md", "md", "mlld.md"];

/// Names of a folder that are compared.
const MAX_NAMES: usize = 20_000;

/// What came of looking for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is there, under this name.
    File(PathBuf),
    /// Nothing fits.
    Nothing,
    /// Several fit equally well.
    Several(Vec<PathBuf>),
}

/// Looks for the file that `written`, a relative path, means in `base`.
pub(crate) fn find(base: &Path, written: &Path) -> Found {
    let mut at = base.to_path_buf();
    let mut parts = written.components().peekable();
    while let Some(part) = parts.next() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                at.pop();
            }
            Component::Normal(name) => {
                let Some(name) = name.to_str() else {
                    return Found::Nothing;
                };
                let found = if parts.peek().is_some() {
                    entry(&at, name, Path::is_dir)
                } else {
                    last(&at, name)
                };
                match found {
                    Found::File(path) => at = path,
                    other => return other,
                }
            }
            Component::RootDir | Component::Prefix(_) => return Found::Nothing,
        }
    }
    Found::File(at)
}

/// The last name of a path: a file, perhaps without its extension.
fn last(folder: &Path, name: &str) -> Found {
    let mut found = entry(folder, name, Path::is_file);
    if Path::new(name).extension().is_none() {
        for extension in EXTENSIONS {
            if found != Found::Nothing {
                break;
            }
            found = entry(folder, &format!("{name}.{extension}"), Path::is_file);
        }
    }
    found
}

/// The entry of a folder that a name means: the one of this very name, or the only one that is best alike.
fn entry(folder: &Path, name: &str, fits: fn(&Path) -> bool) -> Found {
    let exact = folder.join(name);
    if exact.exists() {
        return Found::File(exact);
    }
    let wanted = Alike::of(name);
    let mut best: Option<(u8, Vec<PathBuf>)> = None;
    for other in read::names(folder, MAX_NAMES) {
        let Some(rank) = wanted.rank(name, &other) else {
            continue;
        };
        let path = folder.join(&other);
        if !fits(&path) {
            continue;
        }
        match &mut best {
            Some((best, paths)) if *best == rank => paths.push(path),
            Some((best, _)) if *best < rank => {}
            _ => best = Some((rank, vec![path])),
        }
    }
    match best.map(|(_, paths)| paths) {
        None => Found::Nothing,
        Some(paths) => match <[PathBuf; 1]>::try_from(paths) {
            Ok([only]) => Found::File(only),
            Err(several) => Found::Several(several),
        },
    }
}

/// A name as it is compared: without case, with one kind of separator, with both.
struct Alike {
    lower: String,
    joined: String,
    both: String,
}

impl Alike {
    fn of(name: &str) -> Self {
        let lower = name.to_lowercase();
        Self {
            joined: joined(name),
            both: joined(&lower),
            lower,
        }
    }

    /// How well another name fits; less is better.
    fn rank(&self, name: &str, other: &str) -> Option<u8> {
        if other == name {
            return Some(0);
        }
        let lower = other.to_lowercase();
        if lower == self.lower {
            Some(1)
        } else if joined(other) == self.joined {
            Some(2)
        } else if joined(&lower) == self.both {
            Some(3)
        } else {
            None
        }
    }
}

/// Blanks, `-` and `_` are one.
fn joined(name: &str) -> String {
    let one = |c| if matches!(c, ' ' | '-' | '_') { '-' } else { c };
    name.chars().map(one).collect()
}

/// Names in a folder that are close to `name`: what may have been meant.
pub(crate) fn close(folder: &Path, name: &str, limit: usize) -> Vec<String> {
    let lower = name.to_lowercase();
    let is_close = |other: &String| {
        let other = other.to_lowercase();
        other == lower || mlld_syntax::is_near(&other, &lower)
    };
    let names = read::names(folder, MAX_NAMES).into_iter();
    names
        .filter(is_close)
        .filter(|n| folder.join(n).is_file())
        .take(limit)
        .collect()
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests make the files that they read"
)]
mod tests {
    use super::*;

    #[test]
    fn the_best_candidate_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path();
        std::fs::create_dir_all(base.join("My Notes")).unwrap();
        for name in [
            "My Notes/to do.txt",
            "README.md",
            "a-b.txt",
            "A_B.txt",
            "x y.txt",
            "x_y.txt",
            "note.mld",
            "note.md",
            "Case.txt",
            "case.txt",
        ] {
            std::fs::write(base.join(name), "").unwrap();
        }
        let find = |written: &str| find(base, Path::new(written));
        let file = |name: &str| Found::File(base.join(name));
        assert_eq!(find("my-notes/TO_DO.txt"), file("My Notes/to do.txt"));
        assert_eq!(find("readme"), file("README.md"));
        assert_eq!(find("./My Notes/../readme.MD"), file("README.md"));
        assert_eq!(find("a_b.txt"), file("A_B.txt"));
        assert_eq!(find("a b.txt"), file("a-b.txt"));
        assert_eq!(find("note"), file("note.mld"));
        assert_eq!(find("case.txt"), file("case.txt"));
        assert_eq!(
            find("CASE.txt"),
            Found::Several(vec![base.join("Case.txt"), base.join("case.txt")])
        );
        assert_eq!(
            find("x-y.txt"),
            Found::Several(vec![base.join("x y.txt"), base.join("x_y.txt")])
        );
        assert_eq!(find("xy.txt"), Found::Nothing);
        // A folder is no file, a file no folder.
        assert_eq!(find("my_notes"), Found::Nothing);
        assert_eq!(find("readme.md/x"), Found::Nothing);
    }

    #[test]
    fn close_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["orders.txt", "order.txt", "border.txt", "list.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(close(folder.path(), "ordrs.txt", 3), ["orders.txt"]);
        assert_eq!(
            close(folder.path(), "oorder.txt", 1),
            ["border.txt"],
            "not more than asked for"
        );
    }
}
