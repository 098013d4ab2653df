//! The checkpoints of a run: which answers are served, which calls are recorded (spec 03 §18).

use super::hash::CallHash;
use super::key::{self, Keys};
use super::options::{CheckpointOptions, Mode, Resume};
use super::record::{CallPlace, CheckpointState, Manifest, Record};
use super::result::{self, About, Answer};
use super::store::{Folder, Records};
use super::{data, forget};
use crate::eval::Problem;
use crate::value::{Home, Value};
use ecow::{EcoString, eco_format};
use jiff::{SignedDuration, Timestamp};
use mlld_security::{LabelStore, Labelled, Reader};
use mlld_syntax::ast::Expr;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// What is known of the script before it runs.
pub(crate) struct ScriptFacts<'s> {
    /// The project root.
    pub(crate) root: &'s Path,
    /// The script.
    pub(crate) path: &'s Path,
    /// The header `resume: …`.
    pub(crate) resume: Option<&'s str>,
    /// The names of its checkpoints, as far as they stand in the source.
    pub(crate) names: &'s [EcoString],
    /// The environment, where the user's config folder is named.
    pub(crate) environment: &'s BTreeMap<String, String>,
    /// The home folder.
    pub(crate) home: Option<&'s Path>,
}

/// A call of an executable labelled `llm`.
pub(crate) struct Call {
    /// The executable's name.
    pub(crate) function: EcoString,
    /// Where it is defined.
    pub(crate) home: Home,
    /// The hash of its definition.
    pub(crate) fn_hash: EcoString,
    /// The call's name.
    pub(crate) hash: CallHash,
    /// The first arguments as text.
    pub(crate) preview: String,
    /// Where and when it was made.
    pub(crate) place: CallPlace,
}

/// From a `checkpoint` directive to the next (spec 03 §18.5).
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Its name; `None` before the first directive.
    pub(crate) name: Option<EcoString>,
    /// Its mode, where it has one of its own.
    pub(crate) mode: Option<Mode>,
    /// How old answers may be that are served by themselves.
    pub(crate) ttl: Option<Duration>,
    /// Answers are served by themselves only if an earlier run has left this true.
    pub(crate) complete: Option<Arc<Expr>>,
}

/// The checkpoints of a run.
pub(crate) struct Session {
    /// Where answers are kept; `None` if nothing is read or written.
    kept: Option<Kept>,
    /// The mode outside of scopes with one of their own.
    mode: Mode,
    resume: bool,
    state: Mutex<State>,
}

/// Where the answers of a script lie.
struct Kept {
    script: EcoString,
    script_path: String,
    folder: Folder,
    fork: Option<Fork>,
    config: Option<PathBuf>,
    /// Opened when first needed; `None` if that failed.
    keys: OnceLock<Option<Keys>>,
}

/// The cache of another script, which is only read.
struct Fork {
    script: EcoString,
    folder: Folder,
    manifest: Manifest,
    records: Records,
}

#[derive(Default)]
struct State {
    manifest: Manifest,
    records: Records,
    /// The folder holds what a later mlld wrote; it goes when something is written.
    newer: bool,
    scope: Scope,
    /// Whether an earlier run has left the scope complete.
    was_complete: bool,
    names: FxHashSet<EcoString>,
    /// Answers that this run has recorded, by call and executable: another executable of the same name must not
    /// be answered with them (spec 03 §18.4).
    made: FxHashMap<(EcoString, Home), Labelled<Value>>,
    made_keys: FxHashSet<EcoString>,
    calls: u64,
    /// By executable: its call sites in the order in which they were reached, and how often.
    sites: FxHashMap<Home, Vec<(String, u64)>>,
}

impl Session {
    /// A run that neither reads nor writes checkpoints.
    pub(crate) fn off(mode: Mode) -> Self {
        Self {
            kept: None,
            mode,
            resume: false,
            state: Mutex::default(),
        }
    }

    /// Begins a run; gives what is to be told on standard error, line by line.
    ///
    /// # Errors
    /// A header or a target that is none. That files cannot be read or written is no error.
    pub(crate) fn begin(
        options: &CheckpointOptions,
        facts: &ScriptFacts<'_>,
    ) -> Result<(Self, Vec<String>), Problem> {
        let mode = match facts.resume {
            Some(word) => Mode::read("script", word)?,
            None => Mode::default(),
        };
        let Some(script) = options.script.as_ref().filter(|_| !options.off) else {
            return Ok((Self::off(mode), Vec::new()));
        };
        let mut notes = Vec::new();
        let opened = Folder::of(facts.root, script).and_then(|f| Ok((f.load()?, f)));
        let (mut loaded, folder) = match opened {
            Ok(opened) => opened,
            Err(why) => return Ok((Self::off(mode), vec![warning(&why)])),
        };
        if options.fresh {
            loaded = super::store::Loaded::default();
            if let Err(e) = folder.clear() {
                notes.push(warning(&format!("Checkpoints cannot be deleted: {e}")));
                return Ok((Self::off(mode), notes));
            }
        }
        let script_path = relative(facts.root, facts.path);
        let mut manifest = loaded
            .manifest
            .unwrap_or_else(|| Manifest::new(script, &script_path, &now()));
        manifest.script_name = script.to_string();
        manifest.script_path.clone_from(&script_path);
        let mut records = loaded.records;
        if loaded.stale {
            // Only to save space: that it failed is of no consequence.
            let _ = folder.write_records(&records);
        }
        if let Some(target) = &options.resume {
            let found = resolve(target, facts.names, &manifest)?;
            let keys = forget::keys(&found, &records, &manifest);
            if keys.is_empty() && names_calls(&found) {
                notes.push(warning(
                    "Nothing is recorded of the calls that --resume names",
                ));
            }
            if let Err(e) = remove(&folder, &mut records, &keys) {
                notes.push(warning(&format!("Checkpoints cannot be written: {e}")));
            }
        } else if mode == Mode::Manual && options.fork.is_none() && !records.is_empty() {
            let entries = if records.len() == 1 {
                "entry"
            } else {
                "entries"
            };
            notes.push(format!(
                "Checkpoint found for this script ({} cached {entries}). Use --resume to continue from where you left off.",
                records.len()
            ));
        }
        let fork = match &options.fork {
            None => None,
            Some(script) => {
                let opened = Folder::of(facts.root, script).and_then(|f| Ok((f.load()?, f)));
                let (loaded, folder) = match opened {
                    Ok(opened) => opened,
                    Err(why) => return Ok((Self::off(mode), vec![warning(&why)])),
                };
                manifest.forked_from = Some(script.to_string());
                Some(Fork {
                    script: script.clone(),
                    folder,
                    manifest: loaded.manifest.unwrap_or_default(),
                    records: loaded.records,
                })
            }
        };
        let session = Self {
            kept: Some(Kept {
                script: script.clone(),
                script_path,
                folder,
                fork,
                config: key::config_folder(facts.environment, facts.home),
                keys: OnceLock::new(),
            }),
            mode,
            resume: options.resume.is_some(),
            state: Mutex::new(State {
                manifest,
                records,
                newer: loaded.newer,
                ..State::default()
            }),
        };
        Ok((session, notes))
    }

    // A poisoned lock means that a thread panicked; what is recorded is complete before it is visible.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether calls are asked about and recorded where the script stands.
    pub(crate) fn is_on(&self) -> bool {
        self.kept.is_some() && (self.resume || self.mode_of(&self.state().scope) != Mode::Never)
    }

    fn mode_of(&self, scope: &Scope) -> Mode {
        scope.mode.unwrap_or(self.mode)
    }

    /// Numbers a call at `site` of the executable at `home`.
    pub(crate) fn place(&self, home: Home, site: String) -> CallPlace {
        let mut state = self.state();
        let execution_order = state.calls;
        state.calls += 1;
        let sites = state.sites.entry(home).or_default();
        let index = match sites.iter().position(|(s, _)| *s == site) {
            Some(index) => index,
            None => {
                sites.push((site.clone(), 0));
                sites.len() - 1
            }
        };
        let mut ordinal = 0;
        if let Some((_, times)) = sites.get_mut(index) {
            ordinal = *times;
            *times += 1;
        }
        CallPlace {
            invocation_site: site,
            invocation_index: index as u64,
            invocation_ordinal: ordinal,
            execution_order,
        }
    }

    /// The answer that is served to a call, and what is to be told on standard error. It has the labels with
    /// which it was recorded; those of the call now are for the caller to join.
    pub(crate) fn recall(
        &self,
        store: &LabelStore,
        call: &Call,
    ) -> (Option<Labelled<Value>>, Vec<String>) {
        let mut notes = Vec::new();
        let Some(kept) = &self.kept else {
            return (None, notes);
        };
        let key = &call.hash.key;
        let state = self.state();
        if let Some(made) = state.made.get(&(key.clone(), call.home)) {
            return (Some(made.clone()), notes);
        }
        if state.made_keys.contains(key) {
            // Another executable of this name has just made it.
            return (None, notes);
        }
        let mode = self.mode_of(&state.scope);
        let ttl = state.scope.ttl.filter(|_| !self.resume);
        let by_itself = |complete: bool| state.scope.complete.is_none() || complete;
        let from_own = self.resume || (mode == Mode::Auto && by_itself(state.was_complete));
        let own = from_own && state.records.contains_key(key.as_str());
        let from_fork = |fork: &Fork| {
            let name = state.scope.name.as_deref().unwrap_or_default();
            let complete = by_itself(fork.manifest.is_complete(name));
            fork.records.contains_key(key.as_str())
                && (self.resume || (mode != Mode::Never && complete))
        };
        let fork = kept.fork.as_ref().filter(|f| from_fork(f));
        drop(state);
        let own = own.then_some((&kept.script, &kept.folder));
        let fork = fork.map(|f| (&f.script, &f.folder));
        for (is_own, (script, folder)) in [(true, own), (false, fork)]
            .into_iter()
            .filter_map(|(is_own, place)| Some((is_own, place?)))
        {
            let Some(keys) = kept.keys(&mut notes) else {
                break;
            };
            let about = About {
                script,
                key,
                fn_hash: &call.fn_hash,
            };
            match read(keys, folder, about, store) {
                Ok(answer) if is_fresh(&answer, ttl) => {
                    if is_own {
                        self.moved(kept, call, &mut notes);
                    }
                    return (Some(Labelled::entering(answer.value, answer.labels)), notes);
                }
                Ok(_) => {}
                Err(why) => notes.push(warning(&format!(
                    "The recorded answer of @{} is not used: its result file {why}",
                    call.function
                ))),
            }
        }
        (None, notes)
    }

    /// A recorded call was made again: the record says where, so that later targets mean what ran last.
    fn moved(&self, kept: &Kept, call: &Call, notes: &mut Vec<String>) {
        let mut state = self.state();
        let Some(record) = state.records.get_mut(call.hash.key.as_str()) else {
            return;
        };
        if record.place == call.place {
            return;
        }
        record.place.clone_from(&call.place);
        if let Err(e) = kept.folder.append(record) {
            notes.push(not_written(&e));
        }
    }

    /// Records the answer of a call. Whether it may be written at all, the caller has asked.
    pub(crate) fn record(
        &self,
        store: &LabelStore,
        call: &Call,
        answer: &Labelled<Value>,
        took: Duration,
    ) -> Vec<String> {
        let mut notes = Vec::new();
        let Some(kept) = &self.kept else {
            return notes;
        };
        // Whoever reads it later gets the labels back: this reader's are written beside it.
        let reader = Reader::new(store);
        let Some(written) = data::write(answer.read(&reader)) else {
            return notes;
        };
        let Some(keys) = kept.keys(&mut notes) else {
            return notes;
        };
        let about = About {
            script: &kept.script,
            key: &call.hash.key,
            fn_hash: &call.fn_hash,
        };
        let security = result::security(store, answer.descriptor());
        let size = data::ordered(&written.value).len() as u64;
        let at = Timestamp::now();
        let Some(text) = result::write(keys, about, &kept.script_path, at, &written, security)
        else {
            return notes;
        };
        let record = Record {
            key: call.hash.key.to_string(),
            function: call.function.to_string(),
            args_hash: call.hash.args.to_string(),
            args_preview: call.preview.clone(),
            result_size: size,
            ts: shown(at),
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            place: call.place.clone(),
            fn_hash: call.fn_hash.to_string(),
        };
        let mut state = self.state();
        if let Err(e) = state.write(kept, record, &text) {
            notes.push(not_written(&e));
            return notes;
        }
        let key = call.hash.key.clone();
        state.made_keys.insert(key.clone());
        state.made.insert((key, call.home), answer.clone());
        notes
    }

    /// A `checkpoint` directive: the scope of that name begins.
    ///
    /// # Errors
    /// The name was passed before in this run.
    pub(crate) fn enter(&self, scope: Scope) -> Result<Vec<String>, Problem> {
        let mut notes = Vec::new();
        let mut state = self.state();
        let Some(name) = scope.name.clone() else {
            return Ok(notes);
        };
        if !state.names.insert(name.clone()) {
            let message = eco_format!("Duplicate checkpoint \"{name}\" encountered at runtime");
            return Err(Problem::new("R0803", "MlldCheckpoint", message)
                .hint("Each checkpoint of a run needs a name of its own."));
        }
        state.was_complete = state.manifest.is_complete(&name);
        let on = self.resume || self.mode_of(&scope) != Mode::Never;
        state.scope = scope;
        if let Some(kept) = self.kept.as_ref().filter(|_| on) {
            let order = state.calls;
            state.manifest.named_checkpoints.insert(name.into(), order);
            if let Err(e) = state.write_manifest(kept) {
                notes.push(not_written(&e));
            }
        }
        Ok(notes)
    }

    /// What the scope that is open wants to know when it ends.
    pub(crate) fn complete(&self) -> Option<Arc<Expr>> {
        self.state().scope.complete.clone()
    }

    /// The scope ends, with what `complete` said.
    pub(crate) fn leave(&self, complete: bool) -> Vec<String> {
        let mut state = self.state();
        let (Some(kept), Some(name)) = (&self.kept, state.scope.name.clone()) else {
            return Vec::new();
        };
        let told = CheckpointState {
            complete,
            updated_at: now(),
        };
        state.manifest.checkpoint_states.insert(name.into(), told);
        match state.write_manifest(kept) {
            Ok(()) => Vec::new(),
            Err(e) => vec![not_written(&e)],
        }
    }
}

impl Kept {
    /// The keys; the first failure is told.
    fn keys(&self, notes: &mut Vec<String>) -> Option<&Keys> {
        let mut failed = None;
        let keys = self.keys.get_or_init(|| {
            let opened = Keys::open(self.config.as_deref());
            opened.map_err(|why| failed = Some(why)).ok()
        });
        notes.extend(failed.map(|why| warning(&format!("Checkpoints are off: {why}"))));
        keys.as_ref()
    }
}

impl State {
    /// The answer first, then the record that leads to it, then the sums: whatever is interrupted, what is there
    /// is true.
    fn write(&mut self, kept: &Kept, record: Record, answer: &str) -> std::io::Result<()> {
        if std::mem::take(&mut self.newer) {
            kept.folder.clear()?;
        }
        kept.folder.write_result(&record.key, answer)?;
        kept.folder.append(&record)?;
        self.records.insert(record.key.clone(), record);
        self.write_manifest(kept)
    }

    fn write_manifest(&mut self, kept: &Kept) -> std::io::Result<()> {
        if std::mem::take(&mut self.newer) {
            kept.folder.clear()?;
        }
        self.manifest.total_cached = self.records.len();
        let sizes = self.records.values().map(|r| r.result_size);
        self.manifest.total_size_bytes = sizes.fold(0, u64::saturating_add);
        self.manifest.last_updated = now();
        kept.folder.write_manifest(&self.manifest)
    }
}

/// Reads an answer.
fn read(
    keys: &Keys,
    folder: &Folder,
    about: About<'_>,
    store: &LabelStore,
) -> Result<Answer, String> {
    match folder.read_result(about.key) {
        Ok(Some(text)) => result::read(keys, about, store, &text).map_err(Into::into),
        Ok(None) => Err("is gone".into()),
        Err(why) => Err(format!("cannot be read: {why}")),
    }
}

/// Whether an answer is young enough.
fn is_fresh(answer: &Answer, ttl: Option<Duration>) -> bool {
    let Some(ttl) = ttl.and_then(|t| SignedDuration::try_from(t).ok()) else {
        return true;
    };
    Timestamp::now().duration_since(answer.at) <= ttl
}

/// The target with the full name of its checkpoint.
fn resolve(target: &Resume, names: &[EcoString], manifest: &Manifest) -> Result<Resume, Problem> {
    match target {
        Resume::Named(wanted) => forget::named(wanted, names, manifest).map(Resume::Named),
        other => Ok(other.clone()),
    }
}

/// Whether a target names calls: that none is there may be a slip.
fn names_calls(target: &Resume) -> bool {
    matches!(
        target,
        Resume::Function(_) | Resume::Site(..) | Resume::Prefix(..)
    )
}

/// Removes calls and their answers; the list first, so that nothing leads to an answer that is gone.
fn remove(folder: &Folder, records: &mut Records, keys: &[String]) -> std::io::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    for key in keys {
        records.shift_remove(key);
    }
    folder.write_records(records)?;
    keys.iter().try_for_each(|k| folder.remove_result(k))
}

/// A warning as it is told.
fn warning(text: &str) -> String {
    format!("Warning: {text}")
}

fn not_written(e: &std::io::Error) -> String {
    warning(&format!("A checkpoint cannot be written: {e}"))
}

/// The time as it is written down. That of the clock: what is signed does not follow `MLLD_MOCK_TIME`.
fn now() -> String {
    shown(Timestamp::now())
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The path from the root, with `/`.
fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().into_owned()
}
