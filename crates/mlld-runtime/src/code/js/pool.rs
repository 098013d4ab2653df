//! The engines that wait for work. A thread that runs a block has one to itself.

use super::engine::Engine;
use super::error::{JsError, JsErrorKind};
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most engines that are kept for later.
const MOST_IDLE: usize = 8;

/// The most blocks that may run inside of each other, through shadow functions.
const MOST_NESTED: usize = 64;

static IDLE: Mutex<Vec<Engine>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<Engine>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

/// Works with an engine. A shared one is kept for later if the work says that it can be.
pub(super) fn with<R>(
    own: bool,
    memory: usize,
    work: impl FnOnce(&Engine) -> (R, bool),
) -> Result<R, JsError> {
    let _running = Running::start()?;
    let waiting = if own { None } else { idle().pop() };
    let engine = match waiting {
        Some(engine) => engine,
        None => Engine::new(!own).map_err(|_| JsError::memory(memory))?,
    };
    let (done, reusable) = work(&engine);
    if reusable {
        let mut idle = idle();
        if idle.len() < MOST_IDLE {
            idle.push(engine);
        }
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
