//! What a function on plain data can complain about.

use ecow::EcoString;
use std::fmt;

/// A mistake that a function on plain data found. The evaluator adds the place and makes a report of it (spec 01 §14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// Stable code of the mistake: `R0201` ….
    pub code: &'static str,
    /// Class of the error: `FieldAccess`, `MethodCall` ….
    pub kind: &'static str,
    /// One sentence.
    pub message: EcoString,
    /// What to do.
    pub hint: Option<EcoString>,
}

impl ValueError {
    /// A mistake without a hint.
    #[must_use]
    pub fn new(code: &'static str, kind: &'static str, message: impl Into<EcoString>) -> Self {
        Self {
            code,
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<EcoString>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ValueError {}

/// Runs `f` on a stack that has room for one more level of nested data.
pub(super) fn with_stack<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, f)
}
