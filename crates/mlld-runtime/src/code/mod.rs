//! Commands and code in other languages.

pub(crate) mod command;
pub(crate) mod js;
