//! Control flow (spec 02).

use super::*;

/// `[ … ]` of statements.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Its statements; a `=>` is the last.
    pub stmts: Vec<Stmt>,
    /// From `[` to `]`.
    pub span: Span,
}

/// `if … [ … ] else [ … ]` (spec 02 §2).
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// The condition.
    pub cond: Expr,
    /// Runs if it is truthy.
    pub then: Block,
    /// Runs otherwise.
    pub otherwise: Option<Block>,
}

/// `when …` (spec 02 §3).
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// Match form: the value that patterns are compared with.
    pub subject: Option<Expr>,
    /// The entries; the inline form has one.
    pub entries: Vec<WhenEntry>,
    /// Whether it was written `when COND => action`.
    pub inline: bool,
}

/// An entry of `when`.
#[derive(Clone, Debug, PartialEq)]
pub enum WhenEntry {
    /// `let @x = …` or `@x += …`.
    Binding(Stmt),
    /// `condition => action`.
    Arm(WhenArm),
}

/// `condition => action`.
#[derive(Clone, Debug, PartialEq)]
pub struct WhenArm {
    /// When it matches.
    pub cond: WhenCond,
    /// What it does.
    pub action: Action,
    /// Where it stands.
    pub span: Span,
}

/// A condition of `when`.
#[derive(Clone, Debug, PartialEq)]
pub enum WhenCond {
    /// An expression; `denied` occurs in it as [`ExprKind::Denied`].
    Expr(Expr),
    /// `*`.
    Any,
    /// `none`.
    None,
}

/// What an arm of `when` or the arrow of `for` does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `[ … ]`.
    Block(Block),
    /// A statement: an effect, `run`, a call, `done`, `@x += …` … A value is [`StmtKind::Value`].
    Stmt(Box<Stmt>),
    /// `label @v`: a value with label modifications (spec 05 §8.1).
    Modified(Vec<LabelMod>, Box<Expr>),
}

/// `for …` (spec 02 §4).
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// `parallel(cap, pace)`.
    pub parallel: Option<Parallel>,
    /// First of two variables: key or index.
    pub key: Option<Name>,
    /// The element.
    pub item: Name,
    /// What is iterated.
    pub source: Expr,
    /// `when COND`.
    pub filter: Option<Expr>,
    /// What each pass does.
    pub body: Action,
    /// `=> | …` behind the body: the batch pipeline (spec 03 §12).
    pub batch: Option<Vec<Vec<Stage>>>,
}

/// `parallel(cap, pace)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parallel {
    /// Passes in flight.
    pub cap: Option<Expr>,
    /// Least time between two starts.
    pub pace: Option<Duration>,
    /// Written in the older order (`for 2 parallel`).
    pub old_order: bool,
}

/// `foreach @f(a, b)` (spec 02 §4.7).
#[derive(Clone, Debug, PartialEq)]
pub struct Foreach {
    /// The executable: name and fields, without the call.
    pub callee: Path,
    /// The arrays.
    pub args: Vec<Expr>,
    /// `=> | …` or `| …` behind it.
    pub batch: Option<Vec<Vec<Stage>>>,
    /// `with { separator, template }`.
    pub with: Option<With>,
}

/// `loop …` (spec 02 §5.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// The limit.
    pub limit: Option<LoopLimit>,
    /// Time between two passes.
    pub pace: Option<Duration>,
    /// `until COND`.
    pub until: Option<Expr>,
    /// The block.
    pub body: Block,
}

/// The limit of a loop.
#[derive(Clone, Debug, PartialEq)]
pub enum LoopLimit {
    /// `endless`.
    Endless,
    /// A number or a variable.
    Count(Expr),
}
