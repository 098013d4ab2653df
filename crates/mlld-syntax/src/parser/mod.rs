//! The parser: hand-written recursive descent without back-tracking (spec 01).
//!
//! A file an idea: `cursor` (position, white space, names), `document` (modes, lines, markdown),
//! `stmt` (which directive a line is), one file a family of directives, `expr` (operators), `path`
//! (accesses, calls), `literal` (arrays, objects), `text` (quotes, templates), `file_ref`, `pipe`, `code`.
//!
//! A function that parses something returns [`PResult`]: `Err(Failed)` says that a diagnostic has been
//! reported and that the caller should leave a hole and go on behind the broken statement.

mod cursor;

use crate::ast::Mode;
use crate::diagnostic::Diagnostic;
use crate::{Parse, ast};

/// Levels of nesting that a script may have (spec 01 §15, 26).
pub(crate) const MAX_DEPTH: u32 = 200;

/// What is being parsed has failed, and a diagnostic says why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

/// Result of a parsing function.
pub(crate) type PResult<T> = Result<T, Failed>;

/// What an expression has to know of the place it stands in: where a line may end (spec 01 §1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// In a condition: a line may begin with a binary operator, and `[` after white space begins a block.
    pub(crate) condition: bool,
    /// Inside `( … )`, `[ … ]` or `{ … }`: line ends are white space.
    pub(crate) inside: bool,
}

/// The state of a parse.
pub(crate) struct Parser<'s> {
    /// The source text.
    pub(crate) src: &'s str,
    /// Offset of what comes next.
    pub(crate) pos: usize,
    /// Where this parser has to stop: the end of the text, or of an embedded piece.
    pub(crate) end: usize,
    /// The mode.
    pub(crate) mode: Mode,
    /// Nesting level.
    pub(crate) depth: u32,
    /// The directive that is being parsed, as messages name it: `var`, `show` …
    pub(crate) subject: &'static str,
    /// Findings so far.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Parses a whole source text. A byte order mark at its start is skipped.
#[must_use]
pub fn parse(source: &str, mode: Mode) -> Parse {
    let _ = source;
    Parse {
        module: ast::Module {
            mode,
            resume: None,
            front_matter: None,
            items: Vec::new(),
        },
        diagnostics: Vec::new(),
    }
}

/// Parses the body of a template that stands in a file of its own: `.att` with [`ast::Quote::DoubleColon`],
/// `.mtt` with [`ast::Quote::TripleColon`] (spec 04 §4).
pub fn parse_template_body(source: &str, quote: ast::Quote) -> (ast::Template, Vec<Diagnostic>) {
    let _ = source;
    (
        ast::Template {
            quote,
            parts: Vec::new(),
        },
        Vec::new(),
    )
}
