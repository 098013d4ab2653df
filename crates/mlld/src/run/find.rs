//! Which scripts have names (spec 09 §4.1). A name is a name, not a path: it leads to nothing outside of the two
//! folders, not by `..` and not by a link.

use crate::environment::Environment;
use crate::script::ENTRIES;
use mlld_runtime::project;
use mlld_runtime::report::Report;
use std::path::{Component, Path, PathBuf};

/// The folders that are looked through.
#[derive(Debug)]
pub(super) struct Places {
    root: PathBuf,
    /// That of the project.
    local: PathBuf,
    /// The same, relative to the root, for people.
    pub(super) shown: String,
    /// That of the user.
    global: Option<PathBuf>,
}

/// A script that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its path for people: relative to the root, if it lies there.
    pub(super) shown: String,
    /// The root of the project in which it lies.
    pub(super) root: Option<PathBuf>,
}

impl Places {
    /// The folders for someone who stands in the current folder.
    pub(super) fn of(environment: &Environment) -> Result<Self, Box<Report>> {
        let here = crate::script::absolute(Path::new("."))?;
        let root = project::root(&here, environment.home.as_deref());
        let folder = project::script_folder(&root)?;
        Ok(Self {
            local: root.join(&folder),
            shown: folder.to_string_lossy().into_owned(),
            global: environment.home.as_ref().map(|h| h.join(".mlld/run")),
            root,
        })
    }

    fn folders(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.local), self.global.as_ref()]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
    }

    /// The names of all scripts, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.folders().flat_map(|f| self.names_in(f)).collect();
        names.sort();
        names.dedup();
        names
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a command of the user lists his own scripts"
    )]
    fn names_in(&self, folder: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let name_of = |path: &Path| {
            let name = path.file_name()?.to_str()?;
            let hidden = name.starts_with('.');
            let name = if path.is_dir() {
                self.entry(folder, path).map(|_| name)
            } else {
                let stem = name.strip_suffix(".mld");
                stem.filter(|_| self.is_script(folder, path))
            };
            name.filter(|n| !hidden && !n.is_empty()).map(str::to_owned)
        };
        entries
            .flatten()
            .filter_map(|e| name_of(&e.path()))
            .collect()
    }

    /// The script of that name.
    pub(super) fn find(&self, name: &str) -> Option<Found> {
        let is_name = !name.is_empty()
            && !name.contains(['\\', '\0'])
            && !name.ends_with('/')
            && Path::new(name)
                .components()
                .all(|c| matches!(c, Component::Normal(_)));
        if !is_name {
            return None;
        }
        let in_folder = |folder: &Path| {
            let file = folder.join(format!("{name}.mld"));
            let named = folder.join(name);
            let has_extension = [".mld", ".mld.md"].iter().any(|e| name.ends_with(e));
            if self.is_script(folder, &file) {
                return Some(file);
            }
            self.entry(folder, &named)
                .or_else(|| (has_extension && self.is_script(folder, &named)).then_some(named))
        };
        let path = self.folders().find_map(in_folder)?;
        let shown = path.strip_prefix(&self.root).unwrap_or(&path);
        Some(Found {
            root: path.starts_with(&self.root).then(|| self.root.clone()),
            shown: shown.to_string_lossy().into_owned(),
            path,
        })
    }

    /// The file that a folder of scripts is started with.
    fn entry(&self, folder: &Path, named: &Path) -> Option<PathBuf> {
        let mut entries = ENTRIES.iter().map(|e| named.join(e));
        entries.find(|e| self.is_script(folder, e))
    }

    /// Whether a file lies there that belongs to the folder: a link may lead on inside of the project only.
    fn is_script(&self, folder: &Path, path: &Path) -> bool {
        let Ok(real) = path.canonicalize() else {
            return false;
        };
        let inside = |f: &Path| f.canonicalize().is_ok_and(|f| real.starts_with(f));
        real.is_file() && (inside(folder) || inside(&self.root))
    }
}
