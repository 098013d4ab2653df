//! From what is asked for to what is locked and lies in the cache (spec 04 §10).
//!
//! A project has one version of a module. What is asked of it is gathered from the command line, the configuration and
//! the modules themselves; where a later module asks for what the choice does not satisfy, everything is chosen again
//! with all that is known by then. A module that is locked stays as it is, unless an update is asked for. Nothing is
//! evaluated; nothing is written before all contents have been checked.

use super::cache::{self, Hash, Note};
use super::lock::{LockFile, Module};
use super::lock_write::Entry;
use super::needed;
use super::prefix::{self, Prefix};
use super::reference::Reference;
use super::registry::{Index, Registry, not_intact, not_resolved};
use super::version::Version;
use crate::failure::Problem;
use ecow::{EcoString, eco_format};
use indexmap::IndexMap;
use mlld_syntax::Mode;
use std::collections::VecDeque;
use std::path::Path;

/// How often everything is chosen again.
const MOST_ROUNDS: usize = 100;

/// Modules that one project may need.
const MOST_MODULES: usize = 2000;

/// Which locked modules may be replaced.
pub(crate) enum Free<'f> {
    /// None.
    Nothing,
    /// These, and what they need in another version than is locked.
    Named(&'f [Reference]),
    /// All.
    Everything,
}

/// What is asked of a module, and who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    reference: Reference,
    by: EcoString,
}

/// A module as it is to be.
#[derive(Clone, Debug)]
struct Chosen {
    version: EcoString,
    hash: Hash,
    bytes: Vec<u8>,
    address: Option<EcoString>,
    tags: Vec<EcoString>,
    markdown: bool,
    /// It is locked like this already.
    locked: bool,
    needs: Vec<Reference>,
}

/// What became of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// `@author/name`.
    pub(crate) name: EcoString,
    /// Its version now.
    pub(crate) version: EcoString,
    /// The hash of its content, in hex digits.
    pub(crate) hash: String,
    /// Its version before; `None` if it was not locked.
    pub(crate) before: Option<EcoString>,
}

/// What an installation works with.
pub(crate) struct Shop<'s> {
    /// The root of the project.
    pub(crate) root: &'s Path,
    /// The home folder, where the cache is.
    pub(crate) home: &'s Path,
    /// Where modules come from.
    pub(crate) registry: &'s Registry,
    /// What the configuration asks for.
    pub(crate) configured: &'s [Reference],
    /// Names that stand for folders, and so for no modules of a registry.
    pub(crate) prefixes: &'s [Prefix],
    /// The time.
    pub(crate) now: &'s str,
}

/// Everything that is asked for, by module.
type Requests = IndexMap<EcoString, Vec<Asked>>;

impl Shop<'_> {
    /// Installs what is asked for on the command line, with all that it needs, and writes cache and lock file. With
    /// `everything` also what the configuration asks for, and what is locked.
    ///
    /// # Errors
    /// Something cannot be had, or is not what it should be. Then nothing is locked.
    pub(crate) fn install(
        &self,
        asked: &[Reference],
        everything: bool,
        free: &Free<'_>,
    ) -> Result<Vec<Outcome>, Problem> {
        let mut lock = LockFile::read(self.root)?;
        let mut requests = Requests::new();
        let mut roots: Vec<EcoString> = asked.iter().map(|r| r.name.clone()).collect();
        for reference in asked {
            ask(&mut requests, reference, "the command line");
        }
        for reference in self.configured {
            ask(&mut requests, reference, "mlld-config.json");
            if everything {
                roots.push(reference.name.clone());
            }
        }
        for module in lock.modules() {
            if everything {
                roots.push(module.name.clone());
            }
            // What stays has a say in what it needs.
            if !free.has(&module.name)
                && let Some(content) = module.cached(self.home)?
            {
                for need in self.needs(&module.name, &content.bytes, module.markdown)? {
                    ask(&mut requests, &need, &by(&module.name, &module.version));
                }
            }
        }
        let chosen = self.resolve(&lock, &roots, requests, free)?;
        let outcomes = self.write(&mut lock, &chosen)?;
        if chosen.values().any(|c| !c.locked) {
            lock.write(self.root, self.now)?;
        }
        Ok(outcomes)
    }

    /// Chooses a version for every module that is needed.
    fn resolve(
        &self,
        lock: &LockFile,
        roots: &[EcoString],
        mut requests: Requests,
        free: &Free<'_>,
    ) -> Result<IndexMap<EcoString, Chosen>, Problem> {
        let mut known = Known::default();
        for _ in 0..MOST_ROUNDS {
            let mut chosen: IndexMap<EcoString, Chosen> = IndexMap::new();
            let mut queue: VecDeque<EcoString> = roots.iter().cloned().collect();
            let mut again = false;
            while let Some(name) = queue.pop_front() {
                if chosen.contains_key(&name) {
                    continue;
                }
                if chosen.len() == MOST_MODULES {
                    return Err(not_resolved(
                        &name,
                        eco_format!("more than {MOST_MODULES} modules are needed"),
                    ));
                }
                let asked = requests.get(&name).map(Vec::as_slice).unwrap_or_default();
                let module = self.choose(lock, &name, asked, free, &mut known)?;
                for need in &module.needs {
                    ask(&mut requests, need, &by(&name, &module.version));
                    again |= chosen.get(&need.name).is_some_and(|c| !c.satisfies(need));
                    queue.push_back(need.name.clone());
                }
                chosen.insert(name, module);
            }
            if !again {
                return Ok(chosen);
            }
        }
        let message = "The versions that are asked for cannot be brought together";
        Err(Problem::new("R0922", "MlldImport", message).code("IMPORT_ERROR"))
    }

    /// The version of a module that all who ask are content with.
    fn choose(
        &self,
        lock: &LockFile,
        name: &EcoString,
        asked: &[Asked],
        free: &Free<'_>,
        known: &mut Known,
    ) -> Result<Chosen, Problem> {
        let locked = lock.find(name);
        if let Some(module) = locked
            && !free.has(name)
        {
            let unmet = asked
                .iter()
                .find_map(|a| module.satisfies(&a.reference, Some(&a.by)).err());
            match (unmet, free) {
                (None, _) => return self.locked(module, known),
                (Some(unmet), Free::Nothing) => return Err(unmet),
                (Some(_), _) => {}
            }
        }
        let wanted: Vec<&Version> = asked
            .iter()
            .filter_map(|a| a.reference.version.as_ref())
            .collect();
        let index = known.index(self.registry, name)?;
        let published = index.choose(&wanted).map_err(|why| {
            let mut problem = not_resolved(name, why);
            let who = asked.iter().filter_map(|a| {
                let version = a.reference.version.as_ref()?;
                Some(eco_format!("{version} is asked for by {}", a.by))
            });
            problem.details = who.collect();
            problem
        })?;
        let version = eco_format!("{}", published.version);
        let hash = published.integrity.hash();
        // A version that is published is never changed.
        if let Some(module) = locked
            && module.version == version
            && !module.integrity.fits(&hash)
        {
            return Err(republished(module, &hash));
        }
        let bytes = match cache::content(self.home, &hash.hex())? {
            Some(content) => content.bytes,
            None => self.registry.content(name, published)?,
        };
        let markdown = published.is_markdown();
        Ok(Chosen {
            needs: self.needs(name, &bytes, markdown)?,
            locked: false,
            address: self.registry.address(name, published),
            tags: published.tags.clone(),
            version,
            hash,
            bytes,
            markdown,
        })
    }

    /// A module that stays as it is locked: from the cache, else from the registry, where it has to be the same.
    fn locked(&self, module: &Module, known: &mut Known) -> Result<Chosen, Problem> {
        let name = &module.name;
        let hash = Hash::parse(&module.resolved).unwrap_or_else(|| module.integrity.hash());
        if !module.integrity.fits(&hash) {
            return Err(not_intact(name, &module.integrity, &hash)
                .hint("The hashes in mlld-lock.json contradict each other."));
        }
        let bytes = match module.cached(self.home)? {
            Some(content) => content.bytes,
            None => {
                let index = known.index(self.registry, name)?;
                let published = index.exact(&module.version).ok_or_else(|| {
                    let registry = self.registry;
                    let version = &module.version;
                    not_resolved(
                        name,
                        eco_format!("{registry} does not have version {version}, which is locked"),
                    )
                })?;
                if !module.integrity.fits(&published.integrity.hash()) {
                    return Err(republished(module, &published.integrity.hash()));
                }
                self.registry.content(name, published)?
            }
        };
        Ok(Chosen {
            needs: self.needs(name, &bytes, module.markdown)?,
            version: module.version.clone(),
            address: None,
            tags: module.tags.clone(),
            markdown: module.markdown,
            locked: true,
            hash,
            bytes,
        })
    }

    fn needs(&self, name: &str, bytes: &[u8], markdown: bool) -> Result<Vec<Reference>, Problem> {
        let mode = match markdown {
            true => Mode::Markdown,
            false => Mode::Strict,
        };
        needed::of_text(name, bytes, mode, &|r| prefix::is_among(self.prefixes, r))
    }

    /// Writes the contents into the cache, and what is new into the lock file.
    fn write(
        &self,
        lock: &mut LockFile,
        chosen: &IndexMap<EcoString, Chosen>,
    ) -> Result<Vec<Outcome>, Problem> {
        let mut outcomes = Vec::with_capacity(chosen.len());
        for (name, module) in chosen {
            let mut dependencies: Vec<(EcoString, EcoString)> = module
                .needs
                .iter()
                .filter_map(|need| {
                    Some((need.name.clone(), chosen.get(&need.name)?.version.clone()))
                })
                .collect();
            dependencies.sort();
            dependencies.dedup();
            let note = Note {
                name,
                source: module.address.as_ref().unwrap_or(name),
                now: self.now,
                dependencies: &dependencies,
            };
            cache::put(self.home, &module.bytes, &note)?;
            let before = lock.find(name).map(|m| m.version.clone());
            if !module.locked {
                lock.put(&Entry {
                    name,
                    version: &module.version,
                    hash: &module.hash,
                    now: self.now,
                    address: module.address.as_deref(),
                    tags: &module.tags,
                    markdown: module.markdown,
                    dependencies: &dependencies,
                });
            }
            outcomes.push(Outcome {
                name: name.clone(),
                version: module.version.clone(),
                hash: module.hash.hex(),
                before,
            });
        }
        Ok(outcomes)
    }
}

impl Free<'_> {
    /// Whether a locked module may be replaced.
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Named(references) => references.iter().any(|r| r.name == name),
            Self::Everything => true,
        }
    }
}

impl Chosen {
    fn satisfies(&self, need: &Reference) -> bool {
        let accepts = |v: &Version| v.accepts(&self.version, &self.hash.hex(), &self.tags);
        need.version.as_ref().is_none_or(accepts)
    }
}

/// What the registry has been asked for: once each.
#[derive(Default)]
struct Known(IndexMap<EcoString, Index>);

impl Known {
    fn index(&mut self, registry: &Registry, name: &EcoString) -> Result<&Index, Problem> {
        if !self.0.contains_key(name) {
            let index = registry.index(name)?;
            self.0.insert(name.clone(), index);
        }
        self.0
            .get(name)
            .ok_or_else(|| not_resolved(name, "its index is gone"))
    }
}

/// Notes what is asked of a module.
fn ask(requests: &mut Requests, reference: &Reference, by: &str) {
    let asked = Asked {
        reference: reference.clone(),
        by: by.into(),
    };
    let list = requests.entry(reference.name.clone()).or_default();
    if !list.contains(&asked) {
        list.push(asked);
    }
}

/// How a module is named as one who asks.
fn by(name: &str, version: &str) -> EcoString {
    eco_format!("{name} {version}")
}

/// The registry has another content for a version that is locked.
fn republished(module: &Module, now: &Hash) -> Problem {
    not_intact(&module.name, &module.integrity, now).hint(eco_format!(
        "The registry has another content for version {} than mlld-lock.json. Nothing was installed; find out who changed it.",
        module.version
    ))
}
