//! The modules of a run: each is evaluated once; a ring of imports is a mistake (spec 04 §7.3, §7.6).

use super::Exports;
use crate::failure::Problem;
use ecow::{EcoString, eco_format};
use mlld_security::Place;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// Imports inside one another.
const DEEPEST: usize = 500;

/// The modules of a run, by their files, links resolved.
#[derive(Default)]
pub(crate) struct Graph {
    done: Mutex<FxHashMap<PathBuf, Arc<Exports>>>,
    /// The addresses that were asked for what was fetched, by the first of them.
    fetched: Mutex<FxHashMap<PathBuf, Arc<[Url]>>>,
    /// The imports that are going on, outermost first.
    going_on: Mutex<Vec<Link>>,
}

/// An import that is going on.
struct Link {
    /// The file of the importer.
    importer: PathBuf,
    /// Where the import stands.
    place: Place,
    /// What is imported, as it is written.
    written: EcoString,
}

/// As long as it lives, an import is going on.
pub(crate) struct Entered<'g> {
    graph: &'g Graph,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        lock(&self.graph.going_on).pop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Graph {
    /// What a file gives that has been evaluated.
    pub(crate) fn evaluated(&self, file: &Path) -> Option<Arc<Exports>> {
        lock(&self.done).get(file).cloned()
    }

    /// A file has been evaluated.
    pub(crate) fn put(&self, file: PathBuf, exports: Arc<Exports>) {
        lock(&self.done).insert(file, exports);
    }

    /// The addresses that were asked for something that was fetched and evaluated.
    pub(crate) fn hops(&self, file: &Path) -> Option<Arc<[Url]>> {
        lock(&self.fetched).get(file).cloned()
    }

    /// These addresses were asked for something.
    pub(crate) fn put_hops(&self, file: PathBuf, hops: Arc<[Url]>) {
        lock(&self.fetched).insert(file, hops);
    }

    /// The import of `file` begins in `importer`, at `place`.
    ///
    /// # Errors
    /// When `file` is being imported already, or imports nest too deeply.
    pub(crate) fn enter(
        &self,
        importer: &Path,
        place: Place,
        file: &Path,
        written: &EcoString,
    ) -> Result<Entered<'_>, Problem> {
        let mut going_on = lock(&self.going_on);
        going_on.push(Link {
            importer: importer.to_path_buf(),
            place,
            written: written.clone(),
        });
        let ring = going_on.iter().position(|link| link.importer == file);
        let problem = match ring {
            Some(first) => circular(written, going_on.get(first..).unwrap_or_default()),
            None if going_on.len() > DEEPEST => {
                let message = eco_format!("Imports nest deeper than {DEEPEST} modules");
                Problem::new("R0902", "MlldImport", message).code("IMPORT_TOO_DEEP")
            }
            None => return Ok(Entered { graph: self }),
        };
        going_on.pop();
        Err(problem)
    }
}

/// The whole ring, with the file and line of every import in it.
fn circular(written: &EcoString, ring: &[Link]) -> Problem {
    let message = eco_format!("Circular import detected: {written}");
    let mut problem = Problem::new("R0901", "MlldImport", message)
        .code("CIRCULAR_IMPORT")
        .hint("Move what both need into a module of its own.");
    let lines = ring.iter().map(|link| {
        let Place { file, line, .. } = &link.place;
        eco_format!("{file}:{line} imports {}", link.written)
    });
    problem.details.extend(lines);
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &str, line: u32) -> Place {
        Place {
            file: file.into(),
            line,
            column: 1,
        }
    }

    #[test]
    fn a_ring_is_told_from_its_beginning() {
        let graph = Graph::default();
        let step = |from: &str, to: &str| {
            graph.enter(Path::new(from), at(from, 7), Path::new(to), &to.into())
        };
        let _main = step("main", "a").ok().unwrap();
        let _a = step("a", "b").ok().unwrap();
        let problem = step("b", "a").err().unwrap();
        assert_eq!(problem.message, "Circular import detected: a");
        assert_eq!(problem.details, ["a:7 imports b", "b:7 imports a"]);
        assert_eq!(step("b", "b").err().unwrap().details, ["b:7 imports b"]);
        // A diamond is none.
        assert!(step("b", "c").is_ok());
        assert!(step("b", "c").is_ok());
    }

    #[test]
    fn depth_is_limited() {
        let graph = Graph::default();
        let mut all = Vec::new();
        for n in 0..DEEPEST {
            let (from, to) = (format!("m{n}"), format!("m{}", n + 1));
            let entered = graph.enter(
                Path::new(&from),
                at(&from, 1),
                Path::new(&to),
                &to.as_str().into(),
            );
            all.push(entered.ok().unwrap());
        }
        let deeper = graph.enter(Path::new("x"), at("x", 1), Path::new("y"), &"y".into());
        assert_eq!(deeper.err().unwrap().code, "IMPORT_TOO_DEEP");
    }
}
