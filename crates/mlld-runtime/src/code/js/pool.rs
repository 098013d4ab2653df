//! The engines of a thread: one is kept, and one more for each block that runs inside of a block.

use super::engine::Engine;
use super::error::{JsError, JsErrorKind};
use std::cell::{Cell, RefCell};

/// The most engines that a thread keeps for later.
const MOST_IDLE: usize = 4;

/// The most blocks that may run inside of each other, through shadow functions.
const MOST_NESTED: usize = 64;

thread_local! {
    static IDLE: RefCell<Vec<Engine>> = const { RefCell::new(Vec::new()) };
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

/// Works with an engine. A shared one is kept for later if the work says that it can be.
pub(super) fn with<R>(own: bool, memory: usize, work: impl FnOnce(&mut Engine) -> (R, bool)) -> Result<R, JsError> {
    let _running = Running::start()?;
    let idle = if own { None } else { IDLE.with_borrow_mut(Vec::pop) };
    let mut engine = match idle {
        Some(engine) => engine,
        None => Engine::new(!own).map_err(|_| JsError::memory(memory))?,
    };
    let (done, reusable) = work(&mut engine);
    if reusable {
        IDLE.with_borrow_mut(|idle| {
            if idle.len() < MOST_IDLE {
                idle.push(engine);
            }
        });
    }
    Ok(done)
}

/// A block that runs.
struct Running;

impl Running {
    fn start() -> Result<Self, JsError> {
        RUNNING.with(|running| {
            if running.get() >= MOST_NESTED {
                return Err(JsError::new(
                    JsErrorKind::Exception,
                    ecow::eco_format!("more than {MOST_NESTED} js blocks run inside of each other"),
                ));
            }
            running.set(running.get() + 1);
            Ok(Self)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.with(|running| running.set(running.get().saturating_sub(1)));
    }
}
