//! The gate: the state of a run, and the one way from an operation to a permit.

pub(crate) mod cancel;
mod events;
pub(crate) mod held;
pub(crate) mod state;

use crate::checkpoint::Session;
use crate::effect::input::Input;
use crate::effect::print;
use crate::effect::process::Processes;
use crate::eval::{Helper, ModuleEnv, Running};
use crate::event::Medium;
use crate::failure::Eval;
use crate::load::Loads;
use crate::module::Graph;
use crate::module::lock::Locked;
use crate::run::{Host, RunOptions, ScriptText};
use ecow::EcoString;
use mlld_security::policy::Layers;
use mlld_security::{
    Denial, Descriptor, GuardOutcomes, LabelStore, Labelled, OpKind, Operation, Pending, Permit,
    Place, Target,
};
use mlld_syntax::Span;
use mlld_syntax::ast::Lang;
use rustc_hash::FxHashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

/// The state of a run, shared by all its threads.
pub(crate) struct Run<'r> {
    store: LabelStore,
    layers: RwLock<Layers>,
    /// Whether the layers ask for it that implicit flows are tracked.
    tracks: AtomicBool,
    pub(crate) host: &'r dyn Host,
    pub(crate) options: &'r RunOptions,
    /// The project root (spec 04 §3.1).
    pub(crate) root: PathBuf,
    printed: Mutex<Printout>,
    command_failures: Mutex<Vec<CommandFailure>>,
    /// Processes that are not bound to one block.
    pub(crate) processes: Processes,
    modules: RwLock<Vec<Arc<ModuleEnv>>>,
    /// What has been loaded for the whole run.
    pub(crate) loads: Loads,
    /// The modules that were imported.
    pub(crate) imports: Graph,
    /// The modules that the project's lock file names.
    pub(crate) locked: Locked,
    /// Shadow functions by module and language (spec 02 §8.6).
    shadows: RwLock<FxHashMap<(u32, &'static str), Vec<Helper>>>,
    /// Labels of the data that policies were made of.
    policy_labels: Mutex<Vec<Descriptor>>,
    /// Names that the bodies of executables mention.
    named: RwLock<FxHashMap<crate::value::Home, Arc<[EcoString]>>>,
    targets: FixedTargets,
    handed: state::Handed,
    /// What came on standard input.
    pub(crate) input: Input,
    counters: events::Counters,
    checkpoints: OnceLock<Session>,
}

/// What has been printed so far.
#[derive(Default)]
pub(crate) struct Printout {
    /// Whether anything went to standard output.
    pub(crate) anything: bool,
    /// The document, prose in its place, before normalising.
    pub(crate) document: String,
    /// The labels of everything in it.
    pub(crate) labels: Vec<Descriptor>,
}

impl Printout {
    /// Puts a text that is printed into the document.
    pub(crate) fn add(&mut self, text: &str, labels: Descriptor) {
        if self.labels.last() != Some(&labels) {
            self.labels.push(labels);
        }
        if !self.document.is_empty() && !self.document.ends_with('\n') {
            self.document.push('\n');
        }
        self.document.push_str(text);
        self.document.push('\n');
    }
}

/// A command that failed without ending the script; reported at the end of the run (spec 02 §7.5).
#[derive(Clone, Debug)]
pub(crate) struct CommandFailure {
    /// The report, line by line.
    pub(crate) lines: Vec<EcoString>,
    /// The labels of the data in it.
    pub(crate) labels: Descriptor,
    /// The script it stands in.
    pub(crate) script: Arc<ScriptText>,
    /// Where it stands there.
    pub(crate) span: Span,
}

/// A text that is to be printed, with its line end or, for nothing at all, without.
pub(crate) struct Printed {
    pub(crate) text: EcoString,
    pub(crate) nothing: bool,
}

impl Printed {
    /// The text and one line end.
    pub(crate) fn line(text: EcoString) -> Self {
        Self {
            text,
            nothing: false,
        }
    }

    /// Not even a line end.
    pub(crate) fn nothing() -> Self {
        Self {
            text: EcoString::new(),
            nothing: true,
        }
    }
}

/// Targets of operations whose labels do not depend on data, made once.
struct FixedTargets {
    show: Arc<[Target]>,
    log: Arc<[Target]>,
    output: Arc<[Target]>,
    append: Arc<[Target]>,
    read: Arc<[Target]>,
}

impl<'r> Run<'r> {
    /// A run with nothing in force yet.
    pub(crate) fn new(host: &'r dyn Host, options: &'r RunOptions, root: PathBuf) -> Self {
        let one = |label: &str| -> Arc<[Target]> { vec![Target::shown(label)].into() };
        Self {
            store: LabelStore::new(),
            layers: RwLock::default(),
            tracks: AtomicBool::default(),
            host,
            options,
            root,
            printed: Mutex::default(),
            command_failures: Mutex::default(),
            processes: Processes::default(),
            modules: RwLock::default(),
            loads: Loads::default(),
            imports: Graph::default(),
            locked: Locked::default(),
            shadows: RwLock::default(),
            policy_labels: Mutex::default(),
            named: RwLock::default(),
            targets: FixedTargets {
                show: one("op:show"),
                log: one("op:log"),
                output: one("op:output"),
                append: one("op:append"),
                read: one("op:read"),
            },
            handed: state::Handed::default(),
            input: Input::default(),
            counters: events::Counters::default(),
            checkpoints: OnceLock::new(),
        }
    }

    /// The checkpoints of the run; `None` before it has begun.
    pub(crate) fn checkpoints(&self) -> Option<&Session> {
        self.checkpoints.get()
    }

    /// The run begins, with these checkpoints.
    pub(crate) fn begin_checkpoints(&self, session: Session) {
        let _ = self.checkpoints.set(session);
    }

    /// The table of labels.
    pub(crate) fn store(&self) -> &LabelStore {
        &self.store
    }

    /// Changes the layers in force.
    pub(crate) fn layers_mut<T>(&self, change: impl FnOnce(&mut Layers) -> T) -> T {
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut layers);
        self.store.take_unlabelled_for(layers.unlabeled());
        self.tracks.store(layers.tracks(), Ordering::Relaxed);
        changed
    }

    /// Whether implicit flows are tracked (spec 05 §11).
    pub(crate) fn tracks(&self) -> bool {
        self.tracks.load(Ordering::Relaxed)
    }

    /// Asks the layers in force about something.
    pub(crate) fn layers<T>(&self, ask: impl FnOnce(&Layers) -> T) -> T {
        ask(&self.layers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The one way to an effect: policy, then guards, then a permit (spec 07 §6.6).
    pub(crate) fn permit<P>(&self, operation: Operation, payload: Labelled<P>) -> Eval<Permit<P>> {
        self.check()?;
        self.judge(operation, payload).map_err(Into::into)
    }

    fn judge<P>(
        &self,
        operation: Operation,
        payload: Labelled<P>,
    ) -> Result<Permit<P>, Box<Denial>> {
        let inputs = operation.inputs.iter().copied();
        let seen = self.store.join_all(inputs.chain([payload.descriptor()]));
        self.decide(operation, payload).map_err(|mut denial| {
            // Sources, and the labels that are made of them, are paths: a path may be made of the data.
            if !self.may_show(seen) {
                denial.withhold_sources(&print::withheld_text(self, seen));
                if self.tracks() {
                    // A refusal that the script survives is nothing that may be told.
                    denial.withhold_labels();
                    return denial;
                }
            }
            self.tell_denial(&denial);
            denial
        })
    }

    fn decide<P>(
        &self,
        operation: Operation,
        payload: Labelled<P>,
    ) -> Result<Permit<P>, Box<Denial>> {
        let pending = Pending::new(operation, payload);
        let passed = self.layers(|layers| pending.policy(layers, &self.store))?;
        // Guards cannot be declared yet: a script that declares one has already been refused.
        let guarded = passed.guards(GuardOutcomes::none_declared())?;
        Ok(guarded.permit(&self.store))
    }

    /// An operation whose labels are fixed by its kind.
    pub(crate) fn plain_operation(&self, kind: OpKind, subject: &str, place: Place) -> Operation {
        let targets = match kind {
            OpKind::Log => &self.targets.log,
            OpKind::Output => &self.targets.output,
            OpKind::Append => &self.targets.append,
            OpKind::Read => &self.targets.read,
            _ => &self.targets.show,
        };
        self.operation(kind, subject.into(), Arc::clone(targets), place)
    }

    /// `output … to stdout` and `to stderr` are both an output and a `show` or `log` (spec 05 §10.2).
    pub(crate) fn output_to_stream(&self, stream: OpKind, place: Place) -> Operation {
        let stream = if stream == OpKind::Log {
            "op:log"
        } else {
            "op:show"
        };
        let targets = vec![Target::shown("op:output"), Target::shown(stream)].into();
        self.operation(OpKind::Output, "/output".into(), targets, place)
    }

    /// An operation.
    pub(crate) fn operation(
        &self,
        kind: OpKind,
        subject: EcoString,
        targets: Arc<[Target]>,
        place: Place,
    ) -> Operation {
        Operation {
            kind,
            subject,
            targets,
            inputs: Vec::new(),
            place: Some(place),
        }
    }

    /// Whether data with these labels may be shown to the person at the terminal; what may not is withheld
    /// from error texts (spec 05 §10.4).
    pub(crate) fn may_show(&self, descriptor: Descriptor) -> bool {
        if descriptor.is_empty() {
            return true;
        }
        if self.store.carries(descriptor, "secret") {
            return false;
        }
        let place = Place {
            file: Arc::from(""),
            line: 0,
            column: 0,
        };
        let mut operation = self.plain_operation(OpKind::Show, "/show", place);
        operation.inputs.push(descriptor);
        self.layers(|layers| layers.check(&self.store, &operation))
            .is_ok()
    }

    /// Adds a module to the run; executables name it by its number.
    pub(crate) fn add_module(&self, make: impl FnOnce(u32) -> ModuleEnv) -> Arc<ModuleEnv> {
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        let module = Arc::new(make(u32::try_from(modules.len()).unwrap_or(u32::MAX)));
        modules.push(Arc::clone(&module));
        module
    }

    /// A module by its number.
    pub(crate) fn module(&self, number: u32) -> Option<Arc<ModuleEnv>> {
        self.modules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(number as usize)
            .cloned()
    }

    /// Blocks of a language in a module can call this from now on; of two with one name the later counts.
    pub(crate) fn add_shadow(&self, module: u32, lang: Lang, helper: Helper) {
        let mut shadows = self.shadows.write().unwrap_or_else(PoisonError::into_inner);
        let helpers = shadows.entry((module, lang.word())).or_default();
        helpers.retain(|h| h.name != helper.name);
        helpers.push(helper);
    }

    /// What blocks of a language in a module can call.
    pub(crate) fn shadows(&self, module: u32, lang: Lang) -> Vec<Helper> {
        let shadows = self.shadows.read().unwrap_or_else(PoisonError::into_inner);
        shadows
            .get(&(module, lang.word()))
            .cloned()
            .unwrap_or_default()
    }

    /// `@now` in milliseconds since 1970, for ages of dates.
    pub(crate) fn now_millis(&self) -> f64 {
        let now = self.options.now.parse::<jiff::Timestamp>();
        now.map_or(f64::NAN, |t| t.as_millisecond() as f64)
    }

    /// The most memory that a `js` block may use, in bytes (spec 02 §8.4); the variable counts megabytes.
    pub(crate) fn js_memory(&self) -> usize {
        let set = self.options.environment.get("MLLD_JS_MEMORY");
        let megabytes = set
            .and_then(|v| v.trim().parse::<usize>().ok())
            .filter(|n| *n > 0);
        megabytes.map_or(crate::code::js::DEFAULT_MEMORY, |n| {
            n.saturating_mul(1 << 20)
        })
    }

    /// The names that the body of an executable mentions, found once.
    pub(crate) fn named_by(
        &self,
        home: crate::value::Home,
        find: impl FnOnce() -> Arc<[EcoString]>,
    ) -> Arc<[EcoString]> {
        let known = self
            .named
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&home)
            .cloned();
        known.unwrap_or_else(|| {
            let found = find();
            self.named
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(home, Arc::clone(&found));
            found
        })
    }

    /// Notes the labels of the data that a policy was made of.
    pub(crate) fn policy_made_of(&self, labels: Descriptor) {
        if !labels.is_empty() {
            self.policy_labels
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(labels);
        }
    }

    /// The labels of the data that policies were made of: those of `@mx.policy`.
    pub(crate) fn policy_labels(&self) -> Descriptor {
        let all = self
            .policy_labels
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.store.join_all(all.iter().copied())
    }

    /// How deep an executable may call itself (spec 02 §6.7).
    pub(crate) fn recursion_depth(&self) -> usize {
        let set = self
            .options
            .environment
            .get("MLLD_RECURSION_DEPTH")
            .and_then(|v| v.trim().parse().ok());
        set.filter(|n| *n > 0).unwrap_or(64)
    }

    /// Passes of a parallel loop in flight where it does not say (spec 02 §4.6).
    pub(crate) fn parallel_limit(&self) -> usize {
        let set = self
            .options
            .environment
            .get("MLLD_PARALLEL_LIMIT")
            .and_then(|v| v.trim().parse().ok());
        set.filter(|n| *n > 0).unwrap_or(4)
    }

    /// Notes a command that failed without ending the script: the calls in which it ran have not been answered.
    pub(crate) fn command_failed(&self, failure: CommandFailure, running: Option<&Running<'_>>) {
        if let Some(running) = running {
            running.failed();
        }
        self.command_failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(failure);
    }

    /// The commands that failed without ending the script.
    pub(crate) fn command_failures(&self) -> Vec<CommandFailure> {
        self.command_failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The state of what has been printed.
    pub(crate) fn printed(&self) -> MutexGuard<'_, Printout> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prose of a markdown document: in the document only.
    pub(crate) fn prose(&self, text: &str) {
        self.printed().document.push_str(text);
        self.tell_effect(Medium::Doc, || text.into(), None, Descriptor::EMPTY);
    }
}
