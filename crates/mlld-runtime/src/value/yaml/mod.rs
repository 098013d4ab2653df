//! YAML: reading it by one of two schemas, and writing it.
//!
//! The front matter of a script keeps plain scalars as text (spec 01 §1.3); that of a loaded file reads them by the
//! core schema (spec 04 §1.5).

mod read;
mod scalar;
mod write;

pub use read::{Schema, parse};
pub use write::text;
