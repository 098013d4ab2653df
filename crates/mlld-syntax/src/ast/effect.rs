//! Variables and output (spec 01 §7, §13; 03 §15).

use super::*;

/// `var …` (spec 01 §7).
#[derive(Clone, Debug, PartialEq)]
pub struct Var {
    /// `var tools @t` (spec 07 §9).
    pub tools: bool,
    /// Declared labels.
    pub labels: Vec<Name>,
    /// The variable.
    pub name: Name,
    /// `@x?`.
    pub optional: bool,
    /// Its value.
    pub value: Expr,
}

/// `let …` (spec 02 §1.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Declared labels.
    pub labels: Vec<Name>,
    /// The variable.
    pub name: Name,
    /// Its value.
    pub value: Expr,
}

/// `@x += …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Augment {
    /// Declared labels (`let secret @x += …`).
    pub labels: Vec<Name>,
    /// The variable.
    pub name: Name,
    /// What is added.
    pub value: Expr,
}

/// `show …` (spec 01 §13).
#[derive(Clone, Debug, PartialEq)]
pub struct Show {
    /// Labels before the operand.
    pub labels: Vec<Name>,
    /// The operand, with pipes and options.
    pub value: Expr,
}

/// `log …` (spec 03 §15.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// Labels before the operand.
    pub labels: Vec<Name>,
    /// The operand; `None` logs the document so far.
    pub value: Option<Expr>,
    /// `as FORMAT`.
    pub format: Option<Name>,
}

/// `output …` (spec 03 §15.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Labels before the source.
    pub labels: Vec<Name>,
    /// The source; `None`: the document so far, or in a pipeline the passing value.
    pub source: Option<Expr>,
    /// Where to.
    pub target: Target,
    /// `as FORMAT`.
    pub format: Option<Name>,
}

/// A target of `output`; what kind it is, the text as written decides (spec 03 §15.1).
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A file path: a text, a template.
    File(Expr),
    /// `stdout`.
    Stdout,
    /// `stderr`.
    Stderr,
    /// `env`, `env:NAME`.
    Env(Option<Name>),
    /// `"state://KEY"`: the part behind `state://`.
    State(Expr),
    /// `"@resolver/…"` (later) and unquoted `@name…`, which is a mistake: the path as written.
    Resolver(Name),
}

/// `append …` (spec 03 §15.3).
#[derive(Clone, Debug, PartialEq)]
pub struct Append {
    /// Labels before the source.
    pub labels: Vec<Name>,
    /// The source; `None` in a pipeline: the passing value.
    pub source: Option<Expr>,
    /// The path.
    pub path: Expr,
    /// `as FORMAT`.
    pub format: Option<Name>,
}

/// `=> …` (spec 02 §7.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    /// Label modifications (spec 05 §8.1).
    pub mods: Vec<LabelMod>,
    /// The value.
    pub value: Option<Expr>,
}

/// A modification of labels (spec 05 §8.1).
#[derive(Clone, Debug, PartialEq)]
pub enum LabelMod {
    /// `label`, `trusted`, `untrusted`: adds.
    Add(Name),
    /// `trusted!`: blesses.
    Bless(Span),
    /// `clear!`.
    Clear(Span),
    /// `!label`: removes.
    Remove(Name),
}
