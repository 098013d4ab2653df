//! The parser: hand-written recursive descent without back-tracking (spec 01).
//!
//! A file an idea: `cursor` (position, white space, names), `report` and `codes` (findings), `document` and
//! `markdown` (modes, lines), `stmt` (which directive a line is), `block`, one file a family of directives
//! (`vars`, `effect`, `flow`, `when`, `exe`, `import`, `policy`, `guard` …), `expr` (operators), `primary`
//! (operands), `path` (accesses, calls), `literal` (arrays, objects), `data` (literals with bare words), `text`,
//! `interp`, `index_ahead`, `template_loop`, `file_ref` (quotes and what is in them), `pipe`, `with`, `run`,
//! `command` (shell text), `code` and `scan` (foreign code, one scanner a language).
//!
//! A function that parses something returns [`PResult`]: `Err(Failed)` says that a diagnostic has been
//! reported and that the caller should leave a hole and go on behind the broken statement.

mod block;
mod box_env;
mod code;
mod codes;
mod command;
mod cursor;
mod data;
mod document;
mod duration;
mod effect;
mod exe;
mod expr;
mod file_ref;
mod files;
mod flow;
mod foreach;
mod guard;
mod hook;
mod import;
mod index_ahead;
mod interp;
mod labels;
mod literal;
mod markdown;
mod path;
mod pipe;
mod policy;
mod primary;
mod report;
mod run;
mod scan;
mod sign;
mod stmt;
mod template_loop;
mod text;
mod vars;
mod when;
mod with;

use crate::Parse;
use crate::ast::{self, Mode, Quote};
use crate::diagnostic::Diagnostic;
use cursor::Ahead;
use std::collections::HashSet;

/// Levels of nesting that a script may have (spec 01 §15, 26).
const MAX_DEPTH: u32 = 200;

/// What is being parsed has failed, and a diagnostic says why.
#[derive(Clone, Copy, Debug)]
struct Failed;

/// Result of a parsing function.
type PResult<T> = Result<T, Failed>;

/// What an expression has to know of the place it stands in: where a line may end, and which words mean
/// something (spec 01 §1).
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// In a condition: a line may begin with a binary operator.
    condition: bool,
    /// Inside `( … )`: a line may begin with a binary operator.
    paren: bool,
    /// The expression ends at the end of its line, whatever stands on the next one.
    one_line: bool,
    /// `denied` is an operand.
    denied: bool,
    /// `with { … }` belongs to what stands around the expression.
    no_with: bool,
}

impl Place {
    /// The head of `if`, `for`, `until`.
    fn condition() -> Self {
        Self {
            condition: true,
            ..Self::default()
        }
    }

    /// Inside `( … )`.
    fn paren() -> Self {
        Self {
            paren: true,
            ..Self::default()
        }
    }
}

/// The state of a parse.
struct Parser<'s> {
    /// The source text.
    src: &'s str,
    /// Offset of what comes next.
    pos: usize,
    /// Where this parser has to stop: the end of the text, or of an embedded piece.
    end: usize,
    /// The mode.
    mode: Mode,
    /// Nesting level.
    depth: u32,
    /// The directive that is being parsed, as messages name it: `var`, `show` …
    subject: &'static str,
    /// Where that directive begins.
    start: usize,
    /// The kind of the innermost block; `None` at the top level.
    block: Option<&'static str>,
    /// Where `template "…"` may stand: the start of the body of the `exe` that is being parsed.
    template_at: usize,
    /// Whether `<>` means the current file (spec 04 §1.7).
    in_as: bool,
    /// Whether an action of `when` or `for` is being parsed: statements of a block may stand there.
    in_action: bool,
    /// Whether `checkpoint` may stand here: the action of a `when` at the top level.
    checkpoint: bool,
    /// The last answer of [`Parser::ahead`].
    ahead: (usize, Ahead),
    /// Places of `[` in templates that begin no index.
    no_index: HashSet<usize>,
    /// Whether a code block was found to be unclosed.
    unclosed_code: bool,
    /// Quotes of which one was found to be unclosed: what looks like a second one is no second mistake.
    unclosed: Vec<Quote>,
    /// Findings so far.
    diagnostics: Vec<Diagnostic>,
}

impl<'s> Parser<'s> {
    fn new(src: &'s str, mode: Mode) -> Self {
        Self {
            src,
            pos: 0,
            end: src.len(),
            mode,
            depth: 0,
            subject: "script",
            start: 0,
            block: None,
            template_at: usize::MAX,
            in_as: false,
            in_action: false,
            checkpoint: false,
            ahead: (usize::MAX, Ahead::default()),
            no_index: HashSet::new(),
            unclosed_code: false,
            unclosed: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.diagnostics;
        found.sort_by_key(|d| d.span.start);
        found
    }
}

/// Parses a whole source text. A byte order mark at its start is skipped.
#[must_use]
pub fn parse(source: &str, mode: Mode) -> Parse {
    let mut parser = Parser::new(source, mode);
    let module = parser.document();
    Parse {
        module,
        diagnostics: parser.into_diagnostics(),
    }
}

/// Parses the body of a template that stands in a file of its own: `.att` with [`Quote::DoubleColon`],
/// `.mtt` with [`Quote::TripleColon`] (spec 04 §4).
#[must_use]
pub fn parse_template_body(source: &str, quote: Quote) -> (ast::Template, Vec<Diagnostic>) {
    let mut parser = Parser::new(source, Mode::Strict);
    parser.subject = "template";
    let parts = parser.template_file(quote);
    (ast::Template { quote, parts }, parser.into_diagnostics())
}
