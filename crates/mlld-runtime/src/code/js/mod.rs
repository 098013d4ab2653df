//! `js` blocks, in process (spec 02 §8.4): computation without authority.
//!
//! The engine is QuickJS. Engines live on threads of their own ([`thread`]), so that a run does not depend on their
//! coming back. They are kept and reused: what their blocks can reach is frozen once, and what a block adds to the global object is taken away after the call ([`engine`]). A block that needs more than a frozen
//! world (it changes a built-in, it compiles text) gets an engine of its own ([`plan`]); so nothing carries over, and
//! ordinary code meets ordinary JavaScript either way. A block's text is read once and its function compiled once;
//! each call makes a new closure.
//!
//! Values go in and come out as copies ([`into_js`], [`from_js`]). The order of an object's keys is kept, except
//! that JavaScript itself puts keys that are array indices (`"0"`, `"17"`) first, in ascending order.
//!
//! A call waits for the block's promise. Timers that nobody waits for are dropped when it settles; a rejection that
//! nobody handled by then is the block's error.

mod drive;
mod engine;
mod error;
mod from_js;
mod into_js;
pub(crate) mod names;
mod native;
mod plan;
mod state;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod thread;
mod url;

pub(crate) use error::{JsError, JsErrorKind};

use crate::value::{Executable, Value};
use ecow::EcoString;
use std::sync::Arc;

/// The memory that a block may use unless its caller says otherwise (spec 02 §8.4, `MLLD_JS_MEMORY`).
pub(crate) const DEFAULT_MEMORY: usize = 256 << 20;

/// One run of a block.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The text between the braces (spec 02 §8.1).
    pub(crate) code: &'a str,
    /// Its parameters, in order.
    pub(crate) params: &'a [Param<'a>],
    /// What `process.env` holds: what `using` granted to this call.
    pub(crate) env: &'a [(EcoString, EcoString)],
    /// The shadow functions (spec 02 §8.6).
    pub(crate) helpers: &'a [Helper<'a>],
    /// The most memory that the block may use, in bytes: that of the engine, and that of its result and its output.
    pub(crate) memory: usize,
    /// What the block asks of the evaluator while it runs.
    pub(crate) host: &'a dyn Host,
}

/// A parameter of a block.
#[derive(Clone, Copy)]
pub(crate) struct Param<'a> {
    /// Its name in the script: what is no character of a JavaScript identifier becomes `_`. A reserved word cannot
    /// be referred to, so such a parameter is left out.
    pub(crate) name: &'a str,
    /// Its value; `None` when it is unset, which the block sees as `undefined`.
    pub(crate) value: Option<&'a Value>,
}

/// A shadow function: an executable that the block can call by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Helper<'a> {
    /// Its name, turned into an identifier as a parameter's is.
    pub(crate) name: &'a str,
    /// Whether calling it gives the value itself (an executable that is a `js` block); otherwise a promise of it.
    pub(crate) direct: bool,
}

/// What a running block asks of the evaluator. All of it is called on the thread that called [`run`], and may itself
/// call [`run`].
pub(crate) trait Host {
    /// Whether the block is to end now. Asked often, also in the middle of an endless loop.
    fn interrupted(&self) -> bool;

    /// The block wrote a line. The line is in [`Outcome::lines`] as well, unless the block ends with an error.
    ///
    /// # Errors
    /// When the line may not be written; the block ends.
    fn line(&self, line: &Line) -> Result<(), Failure> {
        let _ = line;
        Ok(())
    }

    /// The block calls an executable. An argument that is `undefined` comes as [`Value::Absent`]; an absent result
    /// goes back as `undefined`.
    ///
    /// # Errors
    /// The call's failure.
    fn call(&self, callee: Callee<'_>, args: Vec<Value>) -> Result<Value, Failure>;
}

/// Whom a block calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callee<'a> {
    /// The helper at this place of [`Call::helpers`].
    Helper(usize),
    /// An executable that it got as an argument, or inside of one.
    Value(&'a Arc<Executable>),
}

/// Why the evaluator did not do what a block asked for.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The block sees an exception with this message, and may catch it.
    Exception(EcoString),
    /// The block ends, whatever it catches: a refusal (spec 02 §7.5), an interrupt.
    End(EcoString),
}

/// What a block that ran to its end gave.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// The value (spec 02 §7.4); with neither a value nor lines on standard output, nothing.
    pub(crate) value: Option<Value>,
    /// What it logged, in order.
    pub(crate) lines: Vec<Line>,
}

/// What one call of a `console` function wrote; it may hold line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where it belongs.
    pub(crate) stream: Stream,
    /// The text, without a line end behind it.
    pub(crate) text: EcoString,
}

/// Where a line belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output: `log`, `info`, `debug`.
    Out,
    /// Standard error: `error`, `warn`.
    Err,
}

/// Runs a block.
///
/// # Errors
/// The block's exception, its syntax error, a limit that it hit, an interrupt, a refusal.
pub(crate) fn run(call: &Call<'_>) -> Result<Outcome, JsError> {
    let plan = plan::of(call)?;
    thread::run(call, plan)
}
