//! The syntax tree: one grammar for all chapters of the specification.
//!
//! The tree is typed, owns its texts (escapes already resolved) and knows the [`Span`] of everything.
//! Chains (`a + b + …`, `.a.b()…`, `!!!…`, `a ? b : c ? …`, stages) are flat lists, never nesting, so that
//! neither evaluating nor dropping them recurses on their length (spec 01 §15, 26).

mod code;
mod effect;
mod expr;
mod flow;
mod module;
mod security;
pub mod visit;

pub use code::*;
pub use effect::*;
pub use expr::*;
pub use flow::*;
pub use module::*;
pub use security::*;

use crate::span::Span;
use ecow::EcoString;

/// How a text is read (spec 01 §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every line belongs to a directive.
    Strict,
    /// Directives begin with `/`; everything else is prose.
    Markdown,
}

/// A parsed source text.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// The mode it was read in.
    pub mode: Mode,
    /// Header `resume: auto|manual|never` on the first line (spec 03 §18.1): the word, not yet checked.
    pub resume: Option<Name>,
    /// Front matter (spec 01 §1.3).
    pub front_matter: Option<FrontMatter>,
    /// Directives and prose in order.
    pub items: Vec<Item>,
}

/// The YAML between the `---` lines at the very start of a file; parsed by whoever loads the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontMatter {
    /// The text between the two lines.
    pub yaml: EcoString,
    /// The whole block, both `---` lines included.
    pub span: Span,
}

/// A piece of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A directive.
    Stmt(Stmt),
    /// Prose of a markdown document, whole lines with their ends, comment lines excluded.
    Prose(Span),
    /// The content of a ```` ```mlld-run ```` fence: strict mode, same scope (spec 01 §1.2).
    RunBlock(Vec<Stmt>, Span),
}

/// A name without its `@`, or a label, or a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text.
    pub text: EcoString,
    /// Where it stands, the `@` excluded.
    pub span: Span,
}

/// A directive or a statement of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// From its first character (in markdown mode the `/`) to its last, comments excluded.
    pub span: Span,
}

/// All directives (spec 01 §4) and block statements (spec 02 §1.1).
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// `var @x = …` (spec 01 §7).
    Var(Box<Var>),
    /// `let @x = …` (spec 02 §1.2).
    Let(Box<Let>),
    /// `@x += …`, `let @x += …`.
    Augment(Box<Augment>),
    /// `show …` (spec 01 §13).
    Show(Box<Show>),
    /// `log …` (spec 03 §15.2).
    Log(Box<Log>),
    /// `output … to …` (spec 03 §15.1).
    Output(Box<Output>),
    /// `append … to …` (spec 03 §15.3).
    Append(Box<Append>),
    /// `stream …` (spec 03 §16).
    Stream(Box<Expr>),
    /// `run …` (spec 02 §7.3).
    Run(Box<Run>),
    /// A call statement `@f(…)` with what follows it (spec 02 §6.3).
    Call(Box<Expr>),
    /// A value as an action of `when` or `for`, where it stands for itself.
    Value(Box<Expr>),
    /// `exe @f(…) = …` (spec 02 §6).
    Exe(Box<Exe>),
    /// `exe js = { a, b }` (spec 02 §8.6).
    ShadowEnv(Box<ShadowEnv>),
    /// `if …` (spec 02 §2).
    If(Box<If>),
    /// `when …` (spec 02 §3).
    When(Box<When>),
    /// `for …` (spec 02 §4).
    For(Box<For>),
    /// `foreach @f(…)` as a statement (spec 02 §4.7).
    Foreach(Box<Foreach>),
    /// `loop …` (spec 02 §5.1).
    Loop(Box<Loop>),
    /// `bail …` (spec 02 §7.2).
    Bail(Option<Box<Expr>>),
    /// `done …` (spec 02 §5.2).
    Done(Option<Box<Expr>>),
    /// `continue …` (spec 02 §5.2).
    Continue(Option<Box<Expr>>),
    /// `skip` (spec 02 §5.2).
    Skip,
    /// `retry …` (spec 03 §9).
    Retry(Option<Box<Expr>>),
    /// `=> …` (spec 02 §7.1, 05 §8.1).
    Return(Box<Return>),
    /// `import …` (spec 04 §7).
    Import(Box<Import>),
    /// `export { … }` (spec 04 §7.4).
    Export(Box<Export>),
    /// `file … = …` (spec 04 §5).
    File(Box<FileWrite>),
    /// `files … = …` (spec 04 §5).
    Files(Box<FilesWrite>),
    /// `needs { … }` (spec 06 §18.1).
    Needs(Box<DataObject>),
    /// `profiles { … }` (spec 06 §18.2).
    Profiles(Box<DataObject>),
    /// `policy @p = …` (spec 06 §1).
    Policy(Box<Policy>),
    /// `auth @a = …` (spec 06 §19.1).
    Auth(Box<Auth>),
    /// `guard …` (spec 07 §1).
    Guard(Box<Guard>),
    /// `hook …` (spec 03 §17).
    Hook(Box<Hook>),
    /// `checkpoint …` (spec 03 §18.5).
    Checkpoint(Box<Checkpoint>),
    /// `sign @v …` (spec 08 §1.1).
    Sign(Box<Sign>),
    /// `verify @v` (spec 08 §1.1).
    Verify(Name),
    /// `box … [ … ]`, `env … [ … ]` (spec 08 §11.1).
    Box(Box<BoxEnv>),
    /// A hole: text that did not parse and has a diagnostic. Never evaluated.
    Error,
}

impl StmtKind {
    /// The directive's word as an error report or a `not supported yet` message names it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Var(_) => "var",
            Self::Let(_) => "let",
            Self::Augment(_) => "+=",
            Self::Show(_) => "show",
            Self::Log(_) => "log",
            Self::Output(_) => "output",
            Self::Append(_) => "append",
            Self::Stream(_) => "stream",
            Self::Run(_) => "run",
            Self::Call(_) => "call",
            Self::Value(_) => "value",
            Self::Exe(_) | Self::ShadowEnv(_) => "exe",
            Self::If(_) => "if",
            Self::When(_) => "when",
            Self::For(_) => "for",
            Self::Foreach(_) => "foreach",
            Self::Loop(_) => "loop",
            Self::Bail(_) => "bail",
            Self::Done(_) => "done",
            Self::Continue(_) => "continue",
            Self::Skip => "skip",
            Self::Retry(_) => "retry",
            Self::Return(_) => "=>",
            Self::Import(_) => "import",
            Self::Export(_) => "export",
            Self::File(_) => "file",
            Self::Files(_) => "files",
            Self::Needs(_) => "needs",
            Self::Profiles(_) => "profiles",
            Self::Policy(_) => "policy",
            Self::Auth(_) => "auth",
            Self::Guard(_) => "guard",
            Self::Hook(_) => "hook",
            Self::Checkpoint(_) => "checkpoint",
            Self::Sign(_) => "sign",
            Self::Verify(_) => "verify",
            Self::Box(_) => "box",
            Self::Error => "error",
        }
    }
}
