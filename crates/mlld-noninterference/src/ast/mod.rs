//! What generated scripts are made of: a small tree of its own, so that a mistake of the parser cannot hide in it.

mod expr;
mod print;
mod stmt;
mod walk;

pub use expr::{
    Arm, Base, Bound, Call, Expr, ForBody, ForExpr, Item, Logic, Mx, Op, Part, Path, Quote, Stage,
    Step,
};
pub use print::{Printed, module_name};
pub use stmt::{
    Block, Body, Effect, Exe, Import, ImportKind, Js, Medium, Module, Policy, Script, Secret, Stmt,
};
pub use walk::{Node, Tags};

/// The type of a value, as far as the generator keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// Text.
    Text,
    /// A number.
    Num,
    /// `true` or `false`.
    Bool,
    /// An array of one type.
    List(Box<Ty>),
    /// An object with these fields.
    Obj(Vec<(String, Ty)>),
}

impl Ty {
    /// An array of this type.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }
}
