//! Modules (spec 04 §7, §9, §10): what they give, where they come from, which of them there are in a run.
//!
//! | file | what |
//! |---|---|
//! | `exports` | what a module gives, and what an importer sees of it |
//! | `origin` | what a module says about itself: its file, its `export` lines |
//! | `graph` | the modules of a run: each is evaluated once; rings of imports |
//! | `reference` | `@author/name@version` and its relatives, taken apart |
//! | `version` | which version a request is content with |
//! | `lock` | `mlld-lock.json` |
//! | `lock_write` | changes of it |
//! | `cache` | the folder of fetched modules; what lies there is checked on every read |
//! | `registry` | what modules there are, in which versions |
//! | `wanted` | what the configuration says of modules |
//! | `needed` | which modules a module needs, read off its text |
//! | `install` | from what is asked for to what is locked and cached |
//! | `local` | `import local`: modules of the project by author and name |
//! | `prefix` | `@parts/…`: prefixes of the configuration |
//! | `folder` | which sub-folders of a folder are modules |
//!
//! Statements that use this stand in `eval/import`.

pub(crate) mod cache;
mod exports;
pub(crate) mod folder;
mod graph;
pub(crate) mod install;
pub(crate) mod local;
pub(crate) mod lock;
mod lock_write;
mod needed;
mod origin;
pub(crate) mod prefix;
pub(crate) mod reference;
pub(crate) mod registry;
pub(crate) mod version;
pub(crate) mod wanted;

pub(crate) use exports::{Added, Entry, Exports, Imported, Member, Namespace};
pub(crate) use graph::Graph;
pub(crate) use origin::{Origin, collect};
