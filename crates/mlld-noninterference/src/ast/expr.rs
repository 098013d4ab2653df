//! Expressions.

use super::stmt::Block;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A single-quoted text.
    Text(String),
    /// A whole number.
    Num(i32),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A variable or call, and accesses.
    Path(Box<Path>),
    /// A text with values in it.
    Template(Quote, Vec<Part>),
    /// `[a, b]`.
    List(Vec<Item>),
    /// `{...@o, k: e}`.
    Object(Option<String>, Vec<(String, Item)>),
    /// A binary operator that evaluates both sides.
    Bin(Op, Box<Expr>, Box<Expr>),
    /// `!a`.
    Not(Box<Expr>),
    /// An operator that may leave its right side alone.
    Logic(Logic, Box<Expr>, Box<Expr>),
    /// `c ? a : b`.
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `when [ c => a  * => b ]`.
    When(Vec<(Expr, Arm)>, Option<Box<Arm>>),
    /// `when e [ pattern => a  * => b ]`.
    Match(Box<Expr>, Vec<(Expr, Arm)>, Option<Box<Arm>>),
    /// `for … => e`.
    For(Box<ForExpr>),
    /// `foreach @f(@a, @b)`.
    Foreach(String, Vec<Expr>),
    /// `loop(n) until c [ … ]` as a value.
    Loop(Box<Expr>, Option<Box<Expr>>, Block),
    /// `e | @f | @g`.
    Pipe(Box<Expr>, Vec<Stage>),
    /// `|| @f() || @g()` at the start of a pipeline.
    Group(Vec<Call>, Vec<Stage>),
    /// `[ let … => e ]` as a value.
    Block(Block),
    /// `<@ws/name>`: a file of a workspace.
    WorkFile(String, String),
}

/// How a text is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// `` `…` ``
    Back,
    /// `"…"`
    Double,
    /// `::…::`
    Colons,
    /// `:::{{…}}:::`
    Triple,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text, without anything special in it.
    Text(String),
    /// A path.
    Path(Path),
    /// `@v?`.
    IfTruthy(String),
    /// `` @v?`…` ``.
    Fragment(String, Vec<Part>),
    /// `@v??"d"`.
    Default(Path, String),
    /// `@v|@upper`.
    Piped(String, String),
    /// `/for @x in @l … /end`; only in backticks and `::`.
    For(String, Path, Vec<Part>),
}

/// A member of an array or object.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub expr: Expr,
    /// Left out if it is falsy; in arrays paths only.
    pub optional: bool,
}

impl From<Expr> for Item {
    fn from(expr: Expr) -> Self {
        Self {
            expr,
            optional: false,
        }
    }
}

/// An operator with two sides, both of which are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// An operator whose right side is evaluated when it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Logic {
    And,
    Or,
    Coalesce,
}

/// What an arm gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Arm {
    /// A value.
    Value(Expr),
    /// `[ let … => e ]`.
    Block(Block),
    /// `retry e`: the stage before is to run again.
    Retry(Option<Expr>),
}

/// A loop that collects.
#[derive(Clone, Debug, PartialEq)]
pub struct ForExpr {
    /// `for parallel`.
    pub parallel: bool,
    /// The variable of the key or index.
    pub key: Option<String>,
    /// The variable of the element.
    pub var: String,
    /// What it goes through.
    pub source: Expr,
    /// `when c`.
    pub filter: Option<Expr>,
    /// What each pass gives.
    pub body: ForBody,
    /// `=> | @f`: what the gathered array goes through.
    pub batch: Vec<Stage>,
}

/// What a pass does.
#[derive(Clone, Debug, PartialEq)]
pub enum ForBody {
    /// `=> e`.
    Value(Expr),
    /// `[ … => e ]`.
    Block(Block),
}

/// A call of an executable.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its name; `ns.f` through a namespace.
    pub name: String,
    /// Its arguments.
    pub args: Vec<Expr>,
}

/// A place and what is reached from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Where it begins.
    pub base: Base,
    /// What is reached from there.
    pub steps: Vec<Step>,
}

impl Path {
    /// A variable.
    #[must_use]
    pub fn var(name: impl Into<String>) -> Self {
        Self {
            base: Base::Var(name.into()),
            steps: Vec::new(),
        }
    }
}

/// Where a path begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Base {
    /// A variable; `ns.v` through a namespace.
    Var(String),
    /// A call.
    Call(Call),
    /// A built-in function.
    Builtin(String, Vec<Expr>),
    /// An array literal, followed by a method.
    List(Vec<Item>),
}

/// One access.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `.k`.
    Field(String),
    /// `[0]`.
    Index(i32),
    /// `[@v]`.
    By(String),
    /// `[a:b]`.
    Slice(Option<Bound>, Option<Bound>),
    /// `.m(a, b)`.
    Method(String, Vec<Expr>),
    /// `.mx.labels` and its like.
    Mx(Mx),
}

/// A bound of a slice.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// A number.
    At(i32),
    /// A variable.
    Var(String),
}

/// What can be asked about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mx {
    /// Its labels; the answer has none.
    Labels,
    /// Its labels and provenance; the answer has none, or the provenance where it names folders.
    Taint,
    /// Its keys: data.
    Keys,
    /// Its values: data.
    Values,
    /// Its length: data.
    Length,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// A transformer.
    Builtin(String),
    /// An executable with further arguments.
    Call(Call),
    /// `@f || @g`.
    Group(Vec<Call>),
    /// `| show`, `| log`.
    Show(bool),
    /// `| while(n) @f`.
    While(i32, String),
    /// `| { k: @input }`.
    Object(Vec<(String, Expr)>),
}
