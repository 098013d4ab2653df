//! Why a block failed, and what is said about it: the message and the block's own line, nothing of the engine's
//! (spec 02 §7.5, Trap 21).

use super::plan::Plan;
use ecow::{EcoString, eco_format};
use rquickjs::{Array, Object, Persistent, Value as JsValue};
use std::fmt;

/// The name under which a block's text is known to the engine: it marks the block's own lines in a stack.
pub(super) const BLOCK: &str = "block";

/// The most bytes that are told of an exception's message.
const LONGEST: usize = 64 << 10;

/// The failure of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsError {
    /// What kind of failure.
    pub(crate) kind: JsErrorKind,
    /// One sentence or the exception's own message.
    pub(crate) message: EcoString,
    /// The line of the block, from 1, where that is known.
    pub(crate) line: Option<u32>,
}

/// The kinds of failure of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsErrorKind {
    /// It threw and did not catch.
    Exception,
    /// Its text is no JavaScript.
    Syntax,
    /// It used more memory than it may.
    Memory,
    /// The run ends, or a limit of time was hit.
    Interrupted,
    /// It used what only `node` blocks have.
    Unavailable,
    /// The evaluator refused a call or a line: [`super::Failure::End`].
    Refused,
}

impl JsError {
    pub(super) fn new(kind: JsErrorKind, message: impl Into<EcoString>) -> Self {
        Self {
            kind,
            message: message.into(),
            line: None,
        }
    }

    pub(super) fn interrupted() -> Self {
        Self::new(JsErrorKind::Interrupted, "the js block was interrupted")
    }

    pub(super) fn memory(limit: usize) -> Self {
        Self::new(
            JsErrorKind::Memory,
            eco_format!(
                "the js block needs more memory than it may use: {} MB",
                limit >> 20
            ),
        )
    }

    pub(super) fn unavailable(name: &str) -> Self {
        Self::new(
            JsErrorKind::Unavailable,
            eco_format!("{UNAVAILABLE}{name}': use node {{ … }}"),
        )
    }
}

impl fmt::Display for JsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

const UNAVAILABLE: &str = "js blocks cannot use '";

/// The names that `node` has and `js` has not.
const MISSING: &[&str] = &[
    "AbortController",
    "AbortSignal",
    "Blob",
    "BroadcastChannel",
    "Buffer",
    "Bun",
    "CompressionStream",
    "Crypto",
    "CustomEvent",
    "DecompressionStream",
    "Deno",
    "Event",
    "EventSource",
    "EventTarget",
    "File",
    "FormData",
    "Headers",
    "Intl",
    "MessageChannel",
    "ReadableStream",
    "Request",
    "Response",
    "TransformStream",
    "WebAssembly",
    "WebSocket",
    "Worker",
    "WritableStream",
    "XMLHttpRequest",
    "__dirname",
    "__filename",
    "clearImmediate",
    "crypto",
    "document",
    "exports",
    "fetch",
    "global",
    "import",
    "localStorage",
    "module",
    "navigator",
    "require",
    "sessionStorage",
    "setImmediate",
    "window",
];

/// What stops the work on a block.
pub(super) enum Fault {
    /// An exception is pending in the engine, or the engine's binding failed.
    Thrown(rquickjs::Error),
    /// A failure of our own.
    Failed(JsError),
}

impl From<rquickjs::Error> for Fault {
    fn from(error: rquickjs::Error) -> Self {
        Self::Thrown(error)
    }
}

impl From<JsError> for Fault {
    fn from(error: JsError) -> Self {
        Self::Failed(error)
    }
}

/// What stopped the work on a block, when the engine is not entered any more.
pub(super) enum Caught {
    /// What the block threw.
    Exception {
        thrown: Persistent<JsValue<'static>>,
        compiling: bool,
    },
    /// A failure of our own.
    Failed(JsError),
}

/// The failure that an exception is.
pub(super) fn describe<'js>(
    controls: &Object<'js>,
    thrown: JsValue<'js>,
    compiling: bool,
    plan: &Plan,
    limit: usize,
) -> rquickjs::Result<JsError> {
    // Without memory for an error the engine throws `null`, which hardly any block does by itself, or nothing at all.
    if thrown.is_null() && !plan.throws() || thrown.type_of() == rquickjs::Type::Uninitialized {
        return Ok(JsError::memory(limit));
    }
    let described: Array<'js> = controls
        .get::<_, rquickjs::Function<'js>>("describe")?
        .call((thrown,))?;
    let name: String = described.get(0)?;
    let message = bounded(described.get(1)?);
    let stack: String = described.get(2)?;
    let error = if name == "InternalError" && message.starts_with("out of memory") {
        JsError::memory(limit)
    } else if message.starts_with(UNAVAILABLE) {
        JsError::new(JsErrorKind::Unavailable, message)
    } else if let Some(missing) = missing(&name, &message) {
        JsError::unavailable(missing)
    } else if compiling && name == "SyntaxError" {
        JsError::new(JsErrorKind::Syntax, message)
    } else {
        JsError::new(JsErrorKind::Exception, message)
    };
    Ok(JsError {
        line: line_of(&stack, plan.head),
        ..error
    })
}

/// A message that is not longer than one that somebody may read.
fn bounded(mut message: String) -> String {
    if message.len() > LONGEST {
        message.truncate(message.floor_char_boundary(LONGEST));
        message.push('…');
    }
    message
}

/// The name that the block used and that only `node` has, if that is what the exception is about.
fn missing(name: &str, message: &str) -> Option<&'static str> {
    if name != "ReferenceError" {
        return None;
    }
    let used = match message.strip_suffix(" is not defined") {
        Some(used) => used,
        None if message.starts_with("could not load module") => "import",
        None => return None,
    };
    MISSING.iter().copied().find(|missing| *missing == used)
}

/// The topmost line of the block in a stack of the engine: `    at f (block:3:7)`, `    at block:3:10`. A place in the
/// `head` characters before the block is where the engine says that it knows none.
fn line_of(stack: &str, head: usize) -> Option<u32> {
    stack.lines().find_map(|frame| {
        let place = frame.trim_start().strip_prefix("at ")?;
        let place = place.rsplit_once('(').map_or(place, |(_, place)| place);
        let (line, column) = place
            .strip_prefix(BLOCK)?
            .strip_prefix(':')?
            .split_once(':')?;
        let line = line.parse().ok()?;
        let column: usize = column.trim_end_matches(')').parse().ok()?;
        (line > 1 || column > head).then_some(line)
    })
}
