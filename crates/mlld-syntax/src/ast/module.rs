//! Imports, exports, written files (spec 04).

use super::*;

/// `import …` (spec 04 §7.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The word behind `import`.
    pub kind: ImportKind,
    /// Labels put on everything that is imported.
    pub labels: Vec<Name>,
    /// What is imported.
    pub what: ImportWhat,
    /// From where.
    pub from: ImportFrom,
    /// `with { … }`.
    pub with: Option<With>,
    /// `except { … }` of a policy import: dotted fields.
    pub except: Vec<Name>,
}

/// The type of an import (spec 04 §7.8).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ImportKind {
    /// No word.
    Plain,
    /// `module`.
    Module,
    /// `static`.
    Static,
    /// `live`.
    Live,
    /// `local`.
    Local,
    /// `cached(TTL)`, in milliseconds.
    Cached(Option<f64>),
    /// `templates`.
    Templates,
    /// `policy`.
    Policy,
    /// `tools`.
    Tools,
}

/// What an import brings in.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportWhat {
    /// `{ a, b as @c }`.
    Names(Vec<ImportItem>),
    /// `{ allow.cmd, defaults.rules }` with at least one dotted entry and no `@` (spec 06 §16).
    Fields(Vec<Name>),
    /// The whole module: `as @name`, `{ * as @name }`, with template parameters where written.
    Whole(Option<Name>, Option<Vec<Param>>),
}

/// A name in an import or export list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportItem {
    /// The name.
    pub name: Name,
    /// Whether it was written with `@`.
    pub at: bool,
    /// `as @alias`.
    pub alias: Option<Name>,
}

/// Where an import comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportFrom {
    /// `"path"`, `'path'`.
    Path(Expr),
    /// `<path>`, `<https://…>`.
    Angle(FileRef),
    /// `@author/name@1.2`, `@payload`, `@base/x.mld`: as written, with the `@`.
    Reference(Name),
    /// `node @pkg`: the package, without the `@` that marks it.
    Node(Name),
    /// `mcp "SPEC"`.
    Mcp(Expr),
}

/// `export { … }` (spec 04 §7.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// `{ * }`.
    pub all: bool,
    /// The names.
    pub items: Vec<ImportItem>,
}

/// A target of `file` or `files`.
#[derive(Clone, Debug, PartialEq)]
pub enum WriteTarget {
    /// A path.
    Path(Expr),
    /// `<@ws/path>`: workspace and path.
    Workspace(Name, Vec<Part>),
}

/// `file … = …` (spec 04 §5).
#[derive(Clone, Debug, PartialEq)]
pub struct FileWrite {
    /// Where to.
    pub target: WriteTarget,
    /// What.
    pub value: Expr,
}

/// `files … = …` (spec 04 §5).
#[derive(Clone, Debug, PartialEq)]
pub struct FilesWrite {
    /// Where to.
    pub target: WriteTarget,
    /// What.
    pub source: FilesSource,
}

/// What `files` writes.
#[derive(Clone, Debug, PartialEq)]
pub enum FilesSource {
    /// A list of entries.
    Expr(Expr),
    /// `git EXPR key:EXPR …`.
    Git(Expr, Vec<Pair>),
}
