//! What passes of a parallel loop print is held back until all earlier passes are done (spec 02 §4.6).

use super::Run;
use crate::effect::print;
use crate::event::Medium;
use crate::failure::Eval;
use ecow::EcoString;
use mlld_security::Descriptor;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

/// A text for standard output that has a permit.
pub(crate) struct Emission {
    /// The text, without its line end.
    pub(crate) text: EcoString,
    /// What prints it: `show` and its like, or `output … to stdout`.
    pub(crate) medium: Medium,
    /// Whether it carries `untrusted`: control sequences do not reach a terminal.
    pub(crate) untrusted: bool,
    /// Its labels: the document carries them.
    pub(crate) labels: Descriptor,
}

/// What one pass has printed so far.
#[derive(Clone, Default)]
pub(crate) struct Held {
    texts: Arc<Mutex<Vec<Emission>>>,
}

thread_local! {
    /// Who holds back what this thread prints, innermost last.
    static HOLDING: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

impl Held {
    /// Prints what was held back; inside another pass it is held back there.
    pub(crate) fn release(&self, run: &Run<'_>) -> Eval<()> {
        let texts = std::mem::take(&mut *self.texts.lock().unwrap_or_else(PoisonError::into_inner));
        texts.into_iter().try_for_each(|t| run.emit(t))
    }
}

/// Stops holding back when a pass ends, however it ends.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        HOLDING.with_borrow_mut(Vec::pop);
    }
}

impl Run<'_> {
    /// Runs `body` with its output held back in `held`.
    pub(crate) fn with_held<T>(&self, held: &Held, body: impl FnOnce() -> T) -> T {
        HOLDING.with_borrow_mut(|h| h.push(held.clone()));
        let _guard = Guard;
        body()
    }

    /// Whether what this thread prints is held back.
    pub(crate) fn holds_back(&self) -> bool {
        HOLDING.with_borrow(|h| !h.is_empty())
    }

    /// Writes to standard output, or holds back.
    pub(crate) fn emit(&self, emission: Emission) -> Eval<()> {
        let held = HOLDING.with_borrow(|h| h.last().cloned());
        match held {
            Some(held) => {
                held.texts
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(emission);
                Ok(())
            }
            None => print::write_out(self, &emission),
        }
    }
}
