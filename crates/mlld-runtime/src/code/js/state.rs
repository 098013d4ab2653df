//! What one call knows while its block runs, and how the engine's callbacks, which outlive every call, find it.

use super::error::JsError;
use super::{Failure, Host, Line, Stream};
use crate::value::Executable;
use ecow::EcoString;
use indexmap::IndexMap;
use rquickjs::{Ctx, Persistent, Value as JsValue};
use rustc_hash::FxBuildHasher;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

scoped_tls_hkt::scoped_thread_local!(static CURRENT: for<'a> &'a State<'a>);

type Kept = Persistent<JsValue<'static>>;

/// One call.
pub(super) struct State<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) env: &'a [(EcoString, EcoString)],
    pub(super) memory: usize,
    lines: RefCell<Vec<Line>>,
    logged: Cell<usize>,
    stopped: Cell<bool>,
    stop: RefCell<Option<JsError>>,
    executables: RefCell<Vec<Arc<Executable>>>,
    rejections: RefCell<IndexMap<Kept, Kept, FxBuildHasher>>,
}

impl<'a> State<'a> {
    pub(super) fn new(
        host: &'a dyn Host,
        env: &'a [(EcoString, EcoString)],
        memory: usize,
    ) -> Self {
        Self {
            host,
            env,
            memory,
            lines: RefCell::default(),
            logged: Cell::new(0),
            stopped: Cell::new(false),
            stop: RefCell::default(),
            executables: RefCell::default(),
            rejections: RefCell::default(),
        }
    }

    /// Makes this the current call of the thread for as long as `work` takes.
    pub(super) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        CURRENT.set(self, work)
    }

    /// Ends the call with this failure; the first one counts.
    pub(super) fn end(&self, error: JsError) {
        self.stopped.set(true);
        self.stop.borrow_mut().get_or_insert(error);
    }

    /// Whether the call is to end; asks the host.
    pub(super) fn poll(&self) -> bool {
        if !self.stopped.get() && self.host.interrupted() {
            self.end(JsError::interrupted());
        }
        self.stopped.get()
    }

    /// Whether the call is to end, as far as is known.
    pub(super) fn stopped(&self) -> bool {
        self.stopped.get()
    }

    /// The failure that ends the call, if one does.
    pub(super) fn check(&self) -> Result<(), JsError> {
        match self.stop.borrow().as_ref() {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Takes a line that the block wrote.
    pub(super) fn log(&self, stream: Stream, text: EcoString) {
        // A block that does little but write comes to few of the engine's own looks.
        if self.poll() {
            return;
        }
        let logged = self
            .logged
            .get()
            .saturating_add(text.len())
            .saturating_add(size_of::<Line>());
        self.logged.set(logged);
        if logged > self.memory {
            self.end(JsError::memory(self.memory));
            return;
        }
        let line = Line { stream, text };
        match self.host.line(&line) {
            Ok(()) => self.lines.borrow_mut().push(line),
            Err(Failure::Exception(message) | Failure::End(message)) => self.refuse(message),
        }
    }

    /// Ends the call because the evaluator refused something.
    pub(super) fn refuse(&self, message: EcoString) {
        self.end(JsError::new(super::JsErrorKind::Refused, message));
    }

    /// What the block logged.
    pub(super) fn take_lines(&self) -> Vec<Line> {
        self.lines.take()
    }

    /// The number under which the block calls an executable.
    pub(super) fn keep_executable(&self, executable: &Arc<Executable>) -> usize {
        let mut executables = self.executables.borrow_mut();
        if let Some(at) = executables
            .iter()
            .position(|kept| Arc::ptr_eq(kept, executable))
        {
            return at;
        }
        executables.push(Arc::clone(executable));
        executables.len() - 1
    }

    /// The executable with a number.
    pub(super) fn executable(&self, at: usize) -> Option<Arc<Executable>> {
        self.executables.borrow().get(at).cloned()
    }

    /// Remembers a rejected promise that nobody handles, or forgets it when somebody does.
    fn rejection<'js>(
        &self,
        ctx: &Ctx<'js>,
        promise: JsValue<'js>,
        reason: JsValue<'js>,
        handled: bool,
    ) {
        let promise = Persistent::save(ctx, promise);
        let mut rejections = self.rejections.borrow_mut();
        let forgotten = if handled {
            rejections.swap_remove(&promise)
        } else {
            rejections.insert(promise, Persistent::save(ctx, reason))
        };
        drop(rejections);
        drop(forgotten);
    }

    /// The reason of a rejection that nobody handled.
    pub(super) fn unhandled(&self) -> Option<Kept> {
        self.rejections
            .borrow()
            .first()
            .map(|(_, reason)| reason.clone())
    }

    /// Lets go of what belongs to the engine.
    pub(super) fn release(&self) {
        drop(self.rejections.take());
    }
}

/// Asks the current call, if there is one.
pub(super) fn current<R>(ask: impl FnOnce(&State<'_>) -> R) -> Option<R> {
    if CURRENT.is_set() {
        Some(CURRENT.with(ask))
    } else {
        None
    }
}

/// The interrupt handler of every engine.
pub(super) fn interrupt() -> bool {
    current(|state| state.poll()).unwrap_or(false)
}

/// The rejection tracker of every engine.
pub(super) fn rejected<'js>(
    ctx: Ctx<'js>,
    promise: JsValue<'js>,
    reason: JsValue<'js>,
    handled: bool,
) {
    let _ = current(|state| state.rejection(&ctx, promise, reason, handled));
}
