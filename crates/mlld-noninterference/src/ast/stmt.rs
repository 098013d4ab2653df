//! Statements, executables, modules, scripts.

use super::expr::{Call, Expr, Stage};

/// Statements in brackets.
pub type Block = Vec<Stmt>;

/// A statement or directive.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// `var L @x = e`, in blocks `let`.
    Bind {
        /// Declared labels.
        labels: Vec<String>,
        /// The name.
        name: String,
        /// The value.
        value: Expr,
    },
    /// The declaration of the secret with this number: its value is different in each run.
    Secret(usize),
    /// `@x += e`.
    Augment(String, Expr),
    /// An effect.
    Effect(Effect),
    /// `if c [ … ] else [ … ]`.
    If(Expr, Block, Option<Block>),
    /// `when [ c => [ … ]  * => [ … ] ]`.
    When(Vec<(Expr, Block)>, Option<Block>),
    /// `for @k, @v in e when c [ … ]`.
    For {
        /// The variable of the key.
        key: Option<String>,
        /// The variable of the element.
        var: String,
        /// What it goes through.
        source: Expr,
        /// `when c`.
        filter: Option<Expr>,
        /// What each pass does.
        body: Block,
    },
    /// `loop(n) until c [ … ]`.
    Loop(Expr, Option<Expr>, Block),
    /// `done e`.
    Done(Option<Expr>),
    /// `continue e`.
    Continue(Option<Expr>),
    /// `skip`.
    Skip,
    /// `bail e`.
    Bail(Expr),
    /// `@f(a)`: in scripts its value is printed.
    Call(Call),
    /// `run @f(a) | @g`.
    Run(Call, Vec<Stage>),
    /// `=> L e`.
    Return(Vec<String>, Expr),
    /// `files <@ws/> = [ { "name": e } ]`.
    Files(String, Vec<(String, Expr)>),
    /// An executable.
    Exe(Exe),
    /// An import.
    Import(Import),
    /// A policy.
    Policy(Policy),
}

/// Something that the world sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Where it goes.
    pub medium: Medium,
    /// Labels written at it.
    pub labels: Vec<String>,
    /// What it gives out.
    pub value: Expr,
}

/// Where an effect goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Medium {
    /// `show`.
    Show,
    /// `log`.
    Log,
    /// `output … to "f"`.
    File(String),
    /// `output … to stdout`.
    Stdout,
    /// `append … to "f"`.
    Append(String),
}

/// An executable.
#[derive(Clone, Debug, PartialEq)]
pub struct Exe {
    /// Labels.
    pub labels: Vec<String>,
    /// The name.
    pub name: String,
    /// Parameters.
    pub params: Vec<String>,
    /// What it does.
    pub body: Body,
}

/// What an executable does.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A template, a reference, a `when`, a `for`, an object, …
    Value(Expr),
    /// Statements.
    Block(Block),
    /// JavaScript.
    Js(Js),
    /// A template in a file with this text: `@name` stands for parameters only.
    File(String, Vec<super::Part>),
}

/// JavaScript whose meaning is known without an engine; `a` and `b` are its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Js {
    /// `return 7`.
    Constant,
    /// `return "js:" + String(a)` on texts, numbers and booleans.
    Text,
    /// `return [a, b]`.
    Pair,
    /// `return {k: a}`.
    Object,
    /// `return a.length` on texts and arrays.
    Length,
    /// `return b ? a : a` through a branch: `if (b) { return a } return a`.
    Branch,
    /// `throw` if `a` is longer than three characters, else `return a`.
    Throw,
}

/// What is imported how.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Labels that everything gets.
    pub labels: Vec<String>,
    /// Which module.
    pub module: usize,
    /// The names.
    pub kind: ImportKind,
}

/// Names of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// `{ a, b as c }`.
    Names(Vec<(String, String)>),
    /// `as @ns`.
    Namespace(String),
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Label and operation that do not go together.
    pub deny: Vec<(String, String)>,
}

/// A module: a file of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Its directives.
    pub body: Block,
    /// `export { … }`, if there is one.
    pub exports: Option<Vec<String>>,
}

/// A value that differs between the two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    /// The variable.
    pub name: String,
    /// The label that has to be on everything that depends on it.
    pub label: String,
    /// Its value in each run, as literals.
    pub values: [Expr; 2],
}

/// A script with its modules.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Where it came from.
    pub seed: u64,
    /// What differs between the runs.
    pub secrets: Vec<Secret>,
    /// Its modules.
    pub modules: Vec<Module>,
    /// Its directives.
    pub body: Block,
    /// Its branches depend on secrets, and nothing tracks that: only labels can be compared.
    pub branches_on_secrets: bool,
    /// It is run under `implicitflows: "track"`.
    pub tracked: bool,
    /// The oracle knows everything that is in it.
    pub for_oracle: bool,
}
