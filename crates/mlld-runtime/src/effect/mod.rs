//! Effects: a file each. Each takes a [`mlld_security::Permit`] by value, so that none can happen without the
//! gate; only here may the functions that `clippy.toml` disallows be used (ARCHITECTURE.md, invariant 3).

pub(crate) mod document;
pub(crate) mod fetch;
pub(crate) mod handover;
pub(crate) mod input;
pub(crate) mod module;
pub(crate) mod own;
pub(crate) mod print;
pub(crate) mod process;
pub(crate) mod read;
pub(crate) mod stream;
pub(crate) mod walk;
pub(crate) mod write;
