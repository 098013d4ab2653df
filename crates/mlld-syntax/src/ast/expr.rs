//! Expressions, paths, literals, templates (spec 01 §5, §6, §8, §10).

use super::*;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// All expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number literal.
    Number(f64),
    /// A quoted text without anything to interpolate, escapes resolved.
    Text(EcoString, Quote),
    /// A text with interpolations.
    Template(Box<Template>),
    /// `[ … ]` as an array.
    Array(Vec<ArrayItem>),
    /// `{ … }` as an object.
    Object(Vec<Entry>),
    /// `@name` with its accesses and calls.
    Path(Box<Path>),
    /// Accesses and calls on something that is not a name: `[1,2].join("-")`, `<f>.mx.fm`.
    Postfix(Box<Expr>, Vec<Step>),
    /// `!` repeated `0` … times before an operand; the number is at least 1.
    Not(u32, Box<Expr>),
    /// A left-associative chain of operators of one level.
    Binary(Box<Expr>, Vec<(BinaryOp, Expr)>),
    /// `c1 ? v1 : c2 ? v2 : … : last`.
    Ternary(Vec<(Expr, Expr)>, Box<Expr>),
    /// `<path>` (spec 04 §1).
    File(Box<FileRef>),
    /// `<>` inside an `as` template (spec 04 §1.7), with its dotted fields.
    CurrentFile(Vec<EcoString>),
    /// `cmd { … }`, `sh { … }`, `js { … }` … without `run` (spec 02 §8).
    Code(Box<Code>),
    /// `run …` as a value (spec 02 §7.3).
    Run(Box<Run>),
    /// `stream cmd { … }` and the like as a body (spec 02 §10).
    Stream(Box<Expr>),
    /// `[ let … => … ]` (spec 01 §5).
    Block(Box<Block>),
    /// `when …` as a value.
    When(Box<When>),
    /// `for …` as a value.
    For(Box<For>),
    /// `foreach @f(…)`.
    Foreach(Box<Foreach>),
    /// `loop …` as a value.
    Loop(Box<Loop>),
    /// `box … [ … ]` as a value (spec 08 §11).
    Box(Box<BoxEnv>),
    /// `new @x(…)`, `new @x with { … }` (spec 04 §7.11, 08).
    New(Box<New>),
    /// `verify @v` as a value (spec 08 §1.1).
    Verify(Name),
    /// `template "f.att"` as an executable's body (spec 04 §4).
    TemplateFile(Box<Expr>),
    /// `data { … }` as an executable's body.
    Data(Box<Expr>),
    /// `mcp EXPR`, only as the value of `var tools` (spec 07 §9.1).
    Mcp(Box<Expr>),
    /// `value | @stage | …` (spec 03).
    Pipe(Box<Pipe>),
    /// `value with { … }`, `value using …` (spec 02 §6.5, 06 §19.2).
    With(Box<WithExpr>),
    /// `denied` in a condition of `when` (spec 07 §7.3).
    Denied,
    /// `/…/flags`, only as a method's argument (spec 01 §11.1).
    Regex(EcoString, EcoString),
    /// A hole with a diagnostic. Never evaluated.
    Error,
}

/// The quotes of a text (spec 01 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// `"…"`.
    Double,
    /// `'…'`.
    Single,
    /// `` `…` ``.
    Backtick,
    /// `::…::`.
    DoubleColon,
    /// `:::…:::`.
    TripleColon,
    /// `[[…]]`.
    Brackets,
}

/// A text with interpolations.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its quotes.
    pub quote: Quote,
    /// Its parts, in order. Neighbouring texts are one part.
    pub parts: Vec<Part>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text, escapes resolved.
    Text(EcoString),
    /// `@…` or `{{…}}` (spec 01 §6.2).
    Interp(Box<Interp>),
    /// `<file>` with accesses and pipes (spec 01 §6.5).
    File(Box<TemplateFile>),
    /// `/for … /end` (spec 01 §6.4).
    For(Box<TemplateFor>),
    /// `<>` in an `as` template, with its dotted fields.
    CurrentFile(Vec<EcoString>, Span),
}

/// An interpolation.
#[derive(Clone, Debug, PartialEq)]
pub struct Interp {
    /// `!@path`.
    pub negate: bool,
    /// What is named. Calls and methods are steps of it.
    pub path: Path,
    /// Tight pipes `|@a|@b(…)`.
    pub pipes: Vec<Stage>,
    /// What follows the path.
    pub tail: InterpTail,
    /// Its text in the source, printed as it is where the name is undefined.
    pub span: Span,
}

/// What follows an interpolated path.
#[derive(Clone, Debug, PartialEq)]
pub enum InterpTail {
    /// Nothing.
    None,
    /// `?`: nothing if falsy.
    OmitFalsy,
    /// `?"…"`: the fragment if truthy.
    Fragment(Template),
    /// `??"…"`: the text where the value is null, missing or undefined.
    Fallback(EcoString),
}

/// A file reference in a template.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateFile {
    /// The reference.
    pub file: FileRef,
    /// `.field` accesses behind it.
    pub steps: Vec<Step>,
    /// Tight pipes.
    pub pipes: Vec<Stage>,
    /// Its text in the source.
    pub span: Span,
}

/// A loop in a template.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateFor {
    /// First of two variables: key or index.
    pub key: Option<Name>,
    /// The element.
    pub item: Name,
    /// What is iterated.
    pub source: Expr,
    /// The body.
    pub body: Vec<Part>,
    /// From `/for` to `/end`.
    pub span: Span,
}

/// `@name` and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The variable.
    pub name: Name,
    /// Accesses and calls.
    pub steps: Vec<Step>,
    /// A trailing `?` (spec 01 §10): no effect on the value.
    pub optional: bool,
    /// From the `@` to the end.
    pub span: Span,
}

/// An access or a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is.
    pub kind: StepKind,
    /// Where it stands, its `.` or bracket included.
    pub span: Span,
}

/// All accesses and calls (spec 01 §10, §11).
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `.k` or `.0`; a number-like name is an index on arrays, a key on objects.
    Field(EcoString),
    /// `["k"]`, `['k']`, `[k]`.
    Key(EcoString),
    /// `[0]`, `[-1]`.
    Index(f64),
    /// `[@v]`, `[@o.k]`.
    Dynamic(Box<Path>),
    /// `[a:b]`.
    Slice(Option<Bound>, Option<Bound>),
    /// `[*]`.
    Wildcard,
    /// `[?k>1]`.
    Filter(Box<Filter>),
    /// `(…)` directly behind a name or an index: a call.
    Call(Vec<Expr>),
    /// `.name(…)`: a method, or a call of an executable that is a member.
    Method(Name, Vec<Expr>),
}

/// A bound of a slice.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// A number literal.
    Number(f64),
    /// A variable.
    Path(Path),
}

/// `[?field op operand]` (spec 01 §10).
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Dotted field.
    pub field: Vec<EcoString>,
    /// Operator and operand; without them the field has to be truthy.
    pub test: Option<(FilterOp, FilterOperand)>,
}

/// Operators of filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterOp {
    /// `=`, `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `~`: contains the text.
    Contains,
}

/// Operands of filters.
#[derive(Clone, Debug, PartialEq)]
pub enum FilterOperand {
    /// Text, number, boolean, null.
    Literal(Box<Expr>),
    /// `7d`: milliseconds, compared with dates as an age.
    Duration(f64),
    /// A variable.
    Path(Path),
}

/// An element of an array literal.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayItem {
    /// The value.
    pub value: Expr,
    /// `@x?`: left out when falsy.
    pub conditional: bool,
}

/// An entry of an object literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// `...@o`.
    Spread(Path),
    /// `key: value`, `key?: value`.
    Pair(Pair),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The key.
    pub key: Name,
    /// `key?:`: left out when the value is falsy.
    pub conditional: bool,
    /// The value.
    pub value: Expr,
}

/// Binary operators (spec 01 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `??`.
    Coalesce,
    /// `||`.
    Or,
    /// `&&`.
    And,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `~=`.
    Tolerant,
    /// `!~=`.
    NotTolerant,
    /// `<=`.
    LessEqual,
    /// `>=`.
    GreaterEqual,
    /// `<`.
    Less,
    /// `>`.
    Greater,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Remainder,
}

impl BinaryOp {
    /// How tightly it binds: 2 (`??`) … 7 (`*`), the levels of spec 01 §8.
    #[must_use]
    pub fn level(self) -> u8 {
        match self {
            Self::Coalesce => 2,
            Self::Or => 3,
            Self::And => 4,
            Self::Equal | Self::NotEqual | Self::Tolerant | Self::NotTolerant => 5,
            Self::LessEqual | Self::GreaterEqual | Self::Less | Self::Greater => 5,
            Self::Add | Self::Subtract => 6,
            Self::Multiply | Self::Divide | Self::Remainder => 7,
        }
    }
}

/// `<…>` (spec 04 §1).
#[derive(Clone, Debug, PartialEq)]
pub struct FileRef {
    /// The path, as text and interpolated names (`Part::Text`, `Part::Interp`).
    pub path: Vec<Part>,
    /// Whether it was quoted: no interpolation, blanks kept.
    pub quoted: bool,
    /// `{ … }` selectors (spec 04 §2.1), as written, trimmed.
    pub selectors: Vec<EcoString>,
    /// ` # …` (spec 04 §1.6): text and interpolated names behind the `#`.
    pub section: Option<Vec<Part>>,
    /// `as "…"`, inside the brackets or behind them.
    pub rename: Option<Box<Expr>>,
    /// `<f>?`.
    pub optional: bool,
    /// From `<` to the end.
    pub span: Span,
}

/// `value | …` (spec 03 §1).
#[derive(Clone, Debug, PartialEq)]
pub struct Pipe {
    /// The source; `None` for a leading group `|| @a() || @b()`.
    pub source: Option<Expr>,
    /// One group a step; a group of one is a plain stage.
    pub groups: Vec<Vec<Stage>>,
    /// `(n, delay)` behind a leading group.
    pub cap: Option<(Expr, Option<Duration>)>,
}

/// A stage of a pipeline (spec 03 §5).
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What it is.
    pub kind: StageKind,
    /// Where it stands.
    pub span: Span,
}

/// All stages.
#[derive(Clone, Debug, PartialEq)]
pub enum StageKind {
    /// `@f`, `@ns.f(a)`: steps hold fields and at most one call, the last.
    Call(Path),
    /// `show`, `show SRC`.
    Show(Option<Expr>),
    /// `log`, `log SRC`.
    Log(Option<Expr>),
    /// `output [SRC] to TARGET [as FORMAT]`.
    Output(Output),
    /// `append [SRC] [to] PATH`.
    Append(Append),
    /// `cmd { … }`.
    Cmd(Code),
    /// `{ … }`, `data { … }`.
    Object(Vec<Entry>),
    /// `while(cap, pace) @f`.
    While(Expr, Option<Duration>, Path),
    /// A hole.
    Error,
}

/// `value with { … } using …`.
#[derive(Clone, Debug, PartialEq)]
pub struct WithExpr {
    /// What it applies to.
    pub value: Expr,
    /// The options.
    pub with: With,
}

/// Options of a call, command or directive (spec 02 §6.5).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct With {
    /// Entries of `with { … }`, except `pipeline`.
    pub entries: Vec<Entry>,
    /// `pipeline: [ … ]`, and the older `pipeline [ … ]` tail.
    pub pipeline: Option<Vec<Vec<Stage>>>,
    /// `using …`.
    pub using: Option<Using>,
    /// Where it stands.
    pub span: Span,
}

/// `using …` (spec 06 §19.2).
#[derive(Clone, Debug, PartialEq)]
pub enum Using {
    /// `using auth:name`.
    Auth(Name),
    /// `using @v as NAME`.
    Var(Path, Name),
}

/// `new @x …`.
#[derive(Clone, Debug, PartialEq)]
pub struct New {
    /// What is constructed, a call included.
    pub path: Path,
}

/// A time span (spec 02 §4.1).
#[derive(Clone, Debug, PartialEq)]
pub enum Duration {
    /// A literal, in milliseconds.
    Millis(f64),
    /// A variable.
    Path(Path),
}
