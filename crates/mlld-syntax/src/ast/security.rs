//! Policy, guards, hooks, checkpoints, signatures, environments (spec 03 §17–18, 06, 07, 08).

use super::*;

/// A value of a literal in which bare words are texts: policies, `needs`, `profiles` (spec 06 §1).
#[derive(Clone, Debug, PartialEq)]
pub struct DataValue {
    /// What it is.
    pub kind: DataKind,
    /// Where it stands.
    pub span: Span,
}

/// All such values.
#[derive(Clone, Debug, PartialEq)]
pub enum DataKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A quoted text or a bare word, `*` included.
    Text(EcoString),
    /// A template with interpolations (in a double-quoted text).
    Template(Box<Template>),
    /// `[ … ]`.
    List(Vec<DataItem>),
    /// `{ … }`.
    Object(DataObject),
    /// `@names`, `@o.k`.
    Path(Box<Path>),
    /// `template "f.att"` (autoverify).
    TemplateFile(EcoString),
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq)]
pub enum DataItem {
    /// A value.
    Value(DataValue),
    /// `key: value` inside a list (spec 06 §3.2).
    Pair(DataEntry),
}

/// `{ … }` with bare words.
#[derive(Clone, Debug, PartialEq)]
pub struct DataObject {
    /// The entries in order, duplicates included.
    pub entries: Vec<DataEntry>,
    /// From `{` to `}`.
    pub span: Span,
}

/// `key: value`, or `key` alone, which means `key: true`.
#[derive(Clone, Debug, PartialEq)]
pub struct DataEntry {
    /// The key.
    pub key: Name,
    /// The value.
    pub value: Option<DataValue>,
}

/// `policy …` (spec 06 §1).
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `@name`; only an object may do without.
    pub name: Option<Name>,
    /// The policy.
    pub body: PolicyBody,
}

/// What a policy is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyBody {
    /// `{ … }`.
    Object(DataObject),
    /// `union(@a, @b)`.
    Union(Vec<Name>),
}

/// `auth @a = …` (spec 06 §19.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Auth {
    /// The name.
    pub name: Name,
    /// `"ENV"` or `{ from, as }`.
    pub value: Expr,
}

/// When a guard or a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Before the operation.
    Before,
    /// After it.
    After,
    /// Both (guards only).
    Always,
}

/// What a guard or a hook watches (spec 07 §1, 03 §17).
#[derive(Clone, Debug, PartialEq)]
pub enum WatchFilter {
    /// `@f`, `@ns.f`: dotted name without `@`; a hook may give the start of the first argument.
    Function(Name, Option<EcoString>),
    /// `op:x:y`: without `op:`.
    Operation(Name),
    /// `secret`, `net:w`.
    Label(Name),
}

/// `guard …` (spec 07 §1).
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// Its name.
    pub name: Option<Name>,
    /// `privileged`, or `with { privileged: true }`.
    pub privileged: bool,
    /// When.
    pub timing: Timing,
    /// On what.
    pub filter: WatchFilter,
    /// Its entries.
    pub rules: Vec<GuardEntry>,
}

/// An entry of a guard.
#[derive(Clone, Debug, PartialEq)]
pub enum GuardEntry {
    /// `let @x = …`.
    Let(Stmt),
    /// `condition => action`.
    Rule(GuardRule),
}

/// `condition => action`.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardRule {
    /// `None` for `*`.
    pub cond: Option<Expr>,
    /// What it decides.
    pub action: GuardAction,
    /// Where it stands.
    pub span: Span,
}

/// What a guard decides (spec 07 §5).
#[derive(Clone, Debug, PartialEq)]
pub enum GuardAction {
    /// `allow [VALUE] [with { … }]`.
    Allow {
        /// The replacement.
        value: Option<Expr>,
        /// `addLabels`.
        add: Vec<Name>,
        /// `removeLabels`.
        remove: Vec<Name>,
        /// `warning`.
        warning: Option<EcoString>,
        /// `tools`.
        tools: Option<Expr>,
    },
    /// `deny "reason"`.
    Deny(EcoString),
    /// `retry "hint"`.
    Retry(EcoString),
    /// `env VALUE`, `box VALUE`.
    Env(Expr),
    /// `LABELS VALUE`, `trusted! VALUE`, `!label VALUE`.
    Modify(Vec<LabelMod>, Expr),
    /// `[ effects; action ]`.
    Block(Vec<Stmt>, Box<GuardAction>),
}

/// `hook …` (spec 03 §17).
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// Its name.
    pub name: Option<Name>,
    /// When: before or after.
    pub timing: Timing,
    /// On what.
    pub filter: WatchFilter,
    /// `[ … ]` or `when [ … ]`.
    pub body: Expr,
}

/// `checkpoint …` (spec 03 §18.5).
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Its name.
    pub name: Expr,
    /// `with { … }`; a bare word there is a text.
    pub with: Vec<Pair>,
}

/// `sign @v …` (spec 08 §1.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// What is signed.
    pub name: Name,
    /// `by "…"`.
    pub by: Option<EcoString>,
    /// `with METHOD`.
    pub method: Option<Name>,
}

/// `box …` (spec 08 §11.1).
#[derive(Clone, Debug, PartialEq)]
pub struct BoxEnv {
    /// The configuration: a path, a call, an object.
    pub config: Option<Expr>,
    /// `with { … }`.
    pub with: Option<With>,
    /// The block.
    pub body: Block,
}
