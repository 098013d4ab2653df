//! Commands and code in other languages (spec 02 §7–§9).

use super::*;

/// A language of a code block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// `cmd`: a command line with interpolation.
    Cmd,
    /// `sh`, `bash`.
    Sh,
    /// `js`, `javascript`.
    Js,
    /// `node`.
    Node,
    /// `py`, `python`.
    Py,
    /// `prose:@config` (later).
    Prose,
}

impl Lang {
    /// The word that operation labels and messages use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cmd => "cmd",
            Self::Sh => "sh",
            Self::Js => "js",
            Self::Node => "node",
            Self::Py => "py",
            Self::Prose => "prose",
        }
    }
}

/// A code block.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// Its language.
    pub lang: Lang,
    /// `cmd:DIR`: a text or a variable (spec 02 §9.4).
    pub dir: Option<WorkDir>,
    /// `sh (@a, @b) { … }`: script variables handed over under their own names.
    pub params: Vec<Name>,
    /// What runs.
    pub body: CodeBody,
    /// Where it stands.
    pub span: Span,
}

/// A working directory.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkDir {
    /// `/abs`, `~`, `~/x`, as written.
    Text(EcoString),
    /// `@dir`.
    Path(Path),
}

/// The text of a code block.
#[derive(Clone, Debug, PartialEq)]
pub enum CodeBody {
    /// Foreign code, common indentation removed, never interpolated. With its place in the source.
    Foreign(EcoString, Span),
    /// A command line (spec 02 §9).
    Command(Command),
}

/// A command line as written, cut at its interpolations.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Its parts in order.
    pub parts: Vec<CmdPart>,
    /// Where the text stands, braces excluded.
    pub span: Span,
}

/// A part of a command line.
#[derive(Clone, Debug, PartialEq)]
pub enum CmdPart {
    /// Shell text, as the shell is to see it (`\@`, `@@` resolved).
    Text(EcoString),
    /// A value (spec 02 §9.2).
    Interp(CmdInterp),
    /// `<file>` inside of `"…"` (spec 04 §1.9): its text is placed as a value would be there.
    File(Box<TemplateFile>),
}

/// A value in a command line.
#[derive(Clone, Debug, PartialEq)]
pub struct CmdInterp {
    /// What is named: fields and indexes only.
    pub path: Path,
    /// The innermost shell context it stands in.
    pub context: ShellContext,
    /// Whether it stands alone as a word: blanks or separators on both sides.
    pub whole_word: bool,
}

/// The quoting that is in force at a place of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellContext {
    /// Outside of quotes.
    Bare,
    /// Inside `"…"`.
    DoubleQuoted,
}

/// `run …` (spec 02 §7.3).
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Labels between `run` and its operand, or behind it (spec 05 §3.1).
    pub labels: Vec<Name>,
    /// `run @v | cmd { … }`: standard input (spec 02 §9.3).
    pub stdin: Option<Expr>,
    /// `run stream …`.
    pub stream: bool,
    /// The command, code or call, with its pipes and options.
    pub value: Expr,
}

/// `exe @f(…) = …` (spec 02 §6.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Exe {
    /// Its labels (spec 05 §3.2).
    pub labels: Vec<Name>,
    /// Its name.
    pub name: Name,
    /// Its parameters; `None` without brackets.
    pub params: Option<Vec<Param>>,
    /// Its body. `ExprKind::Block` for `[ … ]`.
    pub body: Expr,
    /// `with { … }` of the definition.
    pub with: Option<With>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type, for documentation.
    pub ty: Option<Name>,
}

/// `exe js = { a, b }` (spec 02 §8.6).
#[derive(Clone, Debug, PartialEq)]
pub struct ShadowEnv {
    /// The language.
    pub lang: Lang,
    /// The executables.
    pub names: Vec<Name>,
}
