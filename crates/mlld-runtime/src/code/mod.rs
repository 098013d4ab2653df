//! Commands and code in other languages.

pub(crate) mod command;
pub(crate) mod js;
pub(crate) mod node;
pub(crate) mod py;
pub(crate) mod shell_guard;
pub(crate) mod wire;
