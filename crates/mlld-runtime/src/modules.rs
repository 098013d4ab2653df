//! What the commands on modules do: `install`, `update`, `outdated`, `ls`, `clean` (spec 04 §10.4).

use crate::failure::Problem;
use crate::load::config;
use crate::module::cache;
use crate::module::install::{Free, Outcome, Shop};
use crate::module::lock::LockFile;
use crate::module::reference::Reference;
use crate::module::registry::{Registry, not_intact};
use crate::report::Report;
use ecow::EcoString;
use std::path::Path;

/// Where a command works.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The root of the project.
    pub root: &'p Path,
    /// The home folder: there is the cache.
    pub home: Option<&'p Path>,
    /// The registry that was named for this call: a folder, from the current one on, or a URL.
    pub registry: Option<&'p str>,
    /// The current folder.
    pub folder: &'p Path,
    /// The time, in ISO form.
    pub now: &'p str,
}

/// A module of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// `@author/name`.
    pub name: EcoString,
    /// Its version.
    pub version: EcoString,
    /// The hash of its content, in hex digits.
    pub hash: String,
    /// Its version before; `None` if it is new.
    pub before: Option<EcoString>,
}

/// A module that the lock file names.
#[derive(Debug)]
pub struct Listed {
    /// `@author/name`.
    pub name: EcoString,
    /// Its version.
    pub version: EcoString,
    /// The hash of its content, in hex digits.
    pub hash: String,
    /// Whether the cache has it.
    pub cached: bool,
    /// What is wrong with it in the cache.
    pub problem: Option<Box<Report>>,
}

/// A locked module, compared with the registry.
#[derive(Debug)]
pub struct Compared {
    /// `@author/name`.
    pub name: EcoString,
    /// Its version.
    pub version: EcoString,
    /// What the registry has, or why that is not known.
    pub newest: Result<Newest, Box<Report>>,
}

/// The newest versions of a module in the registry.
#[derive(Debug)]
pub struct Newest {
    /// The one that the configuration allows; `None` if it allows none.
    pub allowed: Option<EcoString>,
    /// The newest of all.
    pub latest: EcoString,
}

/// Installs modules with all that they need; without references, what the configuration asks for and what is locked.
///
/// Nothing of a module is evaluated. A locked module stays in its version, and has to have its hash.
///
/// # Errors
/// A module cannot be had, or is not what it should be. Then nothing is locked.
pub fn install(place: Place<'_>, references: &[String]) -> Result<Vec<Installed>, Box<Report>> {
    let asked = parsed(references)?;
    let everything = asked.is_empty();
    with_shop(place, |shop| {
        shop.install(&asked, everything, &Free::Nothing)
    })
}

/// Replaces locked modules by the newest that is allowed; without references, all of them.
///
/// # Errors
/// As [`install`], or a reference names a module that is not locked.
pub fn update(place: Place<'_>, references: &[String]) -> Result<Vec<Installed>, Box<Report>> {
    let asked = parsed(references)?;
    let lock = LockFile::read(place.root)?;
    if lock.modules().is_empty() {
        return Ok(Vec::new());
    }
    for reference in &asked {
        locked(&lock, reference)?;
    }
    match asked.as_slice() {
        [] => with_shop(place, |shop| shop.install(&[], true, &Free::Everything)),
        some => with_shop(place, |shop| shop.install(some, false, &Free::Named(some))),
    }
}

/// Compares what is locked with the registry.
///
/// # Errors
/// Lock file or configuration cannot be used. What the registry does not know is said of each module.
pub fn outdated(place: Place<'_>) -> Result<Vec<Compared>, Box<Report>> {
    let lock = LockFile::read(place.root)?;
    let (wanted, _) = config::of_modules(place.root)?;
    if lock.modules().is_empty() {
        return Ok(Vec::new());
    }
    let registry = registry(place, wanted.registry.as_deref())?;
    let compare = |module: &crate::module::lock::Module| {
        let name = &module.name;
        let index = registry.index(name)?;
        if let Some(same) = index.exact(&module.version)
            && !module.integrity.fits(&same.integrity.hash())
        {
            return Err(not_intact(name, &module.integrity, &same.integrity.hash())
                .hint("The registry has another content for this version than mlld-lock.json."));
        }
        let latest = index
            .choose(&[])
            .map_err(|why| crate::module::registry::not_resolved(name, why))?;
        let configured = wanted.dependencies.iter().filter(|d| d.name == *name);
        let versions: Vec<_> = configured.filter_map(|d| d.version.as_ref()).collect();
        let allowed = index.choose(&versions).ok();
        Ok::<_, Problem>(Newest {
            allowed: allowed.map(|p| p.version.to_string().into()),
            latest: latest.version.to_string().into(),
        })
    };
    Ok(lock
        .modules()
        .iter()
        .map(|module| Compared {
            name: module.name.clone(),
            version: module.version.clone(),
            newest: compare(module).map_err(Into::into),
        })
        .collect())
}

/// What is locked.
///
/// # Errors
/// The lock file cannot be used.
pub fn list(place: Place<'_>) -> Result<Vec<Listed>, Box<Report>> {
    let lock = LockFile::read(place.root)?;
    Ok(lock
        .modules()
        .iter()
        .map(|module| {
            let content = place.home.map(|home| module.cached(home));
            let (cached, problem) = match content {
                None | Some(Ok(None)) => (false, None),
                Some(Ok(Some(_))) => (true, None),
                Some(Err(problem)) => (true, Some(problem.into())),
            };
            Listed {
                name: module.name.clone(),
                version: module.version.clone(),
                hash: module.resolved.to_string(),
                cached,
                problem,
            }
        })
        .collect())
}

/// Takes modules out of lock file and cache; without references, all that are locked. Gives their names.
///
/// A content that another locked module has, too, stays in the cache.
///
/// # Errors
/// A reference names a module that is not locked, or something cannot be written.
pub fn clean(place: Place<'_>, references: &[String]) -> Result<Vec<EcoString>, Box<Report>> {
    let asked = parsed(references)?;
    let mut lock = LockFile::read(place.root)?;
    let modules = lock.modules().to_vec();
    let (gone, kept): (Vec<_>, Vec<_>) = modules
        .into_iter()
        .partition(|m| asked.is_empty() || asked.iter().any(|r| r.name == m.name));
    for reference in &asked {
        locked(&lock, reference)?;
    }
    for module in &gone {
        lock.remove(&module.name);
        if let Some(home) = place.home
            && kept.iter().all(|k| k.resolved != module.resolved)
        {
            cache::remove(home, &module.resolved)?;
        }
    }
    if !gone.is_empty() {
        lock.write(place.root, place.now)?;
    }
    Ok(gone.into_iter().map(|m| m.name).collect())
}

fn parsed(references: &[String]) -> Result<Vec<Reference>, Problem> {
    references.iter().map(|r| Reference::parse(r)).collect()
}

fn locked(lock: &LockFile, reference: &Reference) -> Result<(), Problem> {
    if lock.find(&reference.name).is_some() {
        return Ok(());
    }
    let message = ecow::eco_format!("{} is not in mlld-lock.json", reference.name);
    Err(Problem::new("R0922", "MlldImport", message)
        .code("IMPORT_ERROR")
        .hint("`mlld ls` lists what is there."))
}

/// Does something with what an installation needs.
fn with_shop(
    place: Place<'_>,
    act: impl FnOnce(&Shop<'_>) -> Result<Vec<Outcome>, Problem>,
) -> Result<Vec<Installed>, Box<Report>> {
    let (wanted, prefixes) = config::of_modules(place.root)?;
    let home = place.home.ok_or_else(no_home)?;
    let registry = registry(place, wanted.registry.as_deref())?;
    let shop = Shop {
        root: place.root,
        home,
        registry: &registry,
        configured: &wanted.dependencies,
        prefixes: &prefixes,
        now: place.now,
    };
    let outcomes = act(&shop)?;
    Ok(outcomes
        .into_iter()
        .map(|o| Installed {
            name: o.name,
            version: o.version,
            hash: o.hash,
            before: o.before,
        })
        .collect())
}

/// The registry: the one that was named for this call, that of the configuration, or the folder in the home folder.
fn registry(place: Place<'_>, configured: Option<&str>) -> Result<Registry, Problem> {
    if let Some(written) = place.registry {
        return Ok(Registry::at(written, place.folder, place.home, place.root));
    }
    match configured {
        Some(written) => Ok(Registry::at(written, place.root, place.home, place.root)),
        None => place
            .home
            .map(|home| Registry::of_home(home, place.root))
            .ok_or_else(no_home),
    }
}

fn no_home() -> Problem {
    let message = "There is no home folder, where the cache of modules would be";
    Problem::new("R0922", "MlldImport", message)
        .code("IMPORT_ERROR")
        .hint("Set HOME.")
}
