//! Values, evaluator, gate and effects of mlld.
//!
//! [`run`] takes a script and a [`Host`] and evaluates it. Whatever the script wants to do to the world goes
//! through the gate; what it prints goes to the host. Nothing here writes to the terminal or ends the process.

pub mod checkpoint;
mod code;
mod effect;
mod eval;
pub mod event;
mod failure;
mod gate;
mod load;
mod module;
pub mod modules;
mod net;
mod process_options;
pub mod project;
pub mod report;
mod run;
pub mod source;
pub mod value;

pub use gate::cancel::{Cancel, Stop};
pub use mlld_security as security;
pub use mlld_syntax as syntax;
pub use net::{Domains, UrlOptions};
pub use process_options::ProcessOptions;
pub use report::Report;
pub use run::{Finished, Host, Output, RunOptions, Source, SourceError, StandardInput, run};
