//! What a value is (spec 01 §5).
//!
//! Values are immutable and shared: copying one never copies its text or its elements. They hold no labels:
//! a value travels inside a [`mlld_security::Labelled`], and a container's labels cover its members (spec 05 §6.3).
//! Everything in this folder is a function from plain data to plain data; the evaluator calls it with data that
//! it read through a [`mlld_security::Reader`], which keeps the labels.

pub mod access;
pub mod arithmetic;
pub mod augment;
pub mod colour;
pub mod compare;
pub mod depth;
mod error;
pub mod format;
pub mod front_matter;
pub mod json;
mod kind;
pub mod loaded;
pub mod meta;
pub mod methods;
pub mod number;
pub mod pattern;
pub mod render;
pub mod transform;
pub mod truth;
pub mod yaml;

pub use error::ValueError;
pub use kind::Kind;

use ecow::EcoString;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// An object: keys in order of insertion.
pub type Object = IndexMap<EcoString, Value, FxBuildHasher>;

/// A value of the language.
#[derive(Clone, Debug)]
pub enum Value {
    /// An undefined name or a missing field. Stored anywhere, it becomes [`Value::Null`].
    Absent,
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A double.
    Number(f64),
    /// A text.
    Text(EcoString),
    /// An array.
    Array(Arc<Vec<Value>>),
    /// An object.
    Object(Arc<Object>),
    /// Something that can be called.
    Executable(Arc<Executable>),
    /// Data that was read from text and keeps that text (spec 01 §12.2, 04 §1.3).
    Viewed(Arc<Viewed>),
}

/// Data with its text view.
#[derive(Clone, Debug)]
pub struct Viewed {
    /// The data; never itself [`Value::Viewed`] or [`Value::Absent`].
    pub data: Value,
    /// The text, byte for byte.
    pub text: EcoString,
    /// The file that it was loaded from.
    pub file: Option<Arc<FileMeta>>,
}

/// Metadata of a loaded file (spec 04 §1.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileMeta {
    /// Base name.
    pub filename: EcoString,
    /// Path from the script's folder, with `./` in front.
    pub relative: EcoString,
    /// Full path.
    pub absolute: EcoString,
    /// `<title>` of a page.
    pub title: Option<EcoString>,
    /// Description of a page.
    pub description: Option<EcoString>,
    /// The raw HTML of a page.
    pub html: Option<EcoString>,
    /// Where a page was fetched.
    pub url: Option<EcoString>,
    /// The host of the URL.
    pub domain: Option<EcoString>,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Headers of the answer.
    pub headers: Vec<(EcoString, EcoString)>,
    /// The text of the whole file, where this is only a section of it: sections keep the front matter of their file.
    pub front_matter_of: Option<EcoString>,
    /// Why a file of a pattern that is named as JSON is text (spec 04 §1.8).
    pub parse_error: Option<EcoString>,
    /// `.keep`: code gets a wrapper with the metadata in place of the data (spec 04 §1.3).
    pub kept: bool,
    /// The number of the workspace that the value is (spec 04 §6).
    pub workspace: Option<u32>,
    /// What became of a file of a workspace since that began, as a unified diff.
    pub diff: Option<EcoString>,
}

/// An executable as a value: enough to name it; what it does, the evaluator knows.
#[derive(Clone, Debug)]
pub struct Executable {
    /// Its name, without `@`.
    pub name: EcoString,
    /// The names of its parameters.
    pub params: Vec<EcoString>,
    /// Where it is defined.
    pub home: Home,
}

/// A statement of the top level of a module of the run: where an executable is defined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Home {
    /// The module's number in the run.
    pub module: u32,
    /// The item of its tree.
    pub item: u32,
    /// The statement of the item, where that is a block.
    pub stmt: u32,
}

#[cfg(test)]
mod tests;
