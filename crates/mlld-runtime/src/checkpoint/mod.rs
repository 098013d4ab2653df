//! Checkpoints (spec 03 §18): the answers of executables labelled `llm` are kept, so that a run that was ended
//! need not ask the model again.
//!
//! | file | what |
//! |---|---|
//! | `options` | what the caller asks for; under which name a script keeps its answers |
//! | `session` | the checkpoints of a run: what is served, what is recorded |
//! | `hash` | the names of calls and executables |
//! | `data` | values as JSON, and beside it what JSON does not tell |
//! | `result` | a result file: an answer with its labels and the proof of who wrote it |
//! | `key` | the key of that proof |
//! | `record`, `store` | the other files of a cache, and the folder |
//! | `forget` | what `--resume TARGET` forgets |
//! | `command` | `mlld checkpoint` |
//!
//! What is kept lies in the project and is believed only with a signature of this user's mlld. Trouble with
//! files is told and costs an answer, never a run.

mod command;
mod data;
mod forget;
mod hash;
mod key;
mod options;
mod record;
mod result;
mod session;
mod store;
#[cfg(test)]
mod tests;

pub use command::{clean, inspect, list};
pub use options::{CheckpointOptions, Resume, script_name};

pub(crate) use hash::{of_call, sha256};
pub(crate) use key::config_folder;
pub(crate) use options::Mode;
pub(crate) use session::{Call, Scope, ScriptFacts, Session};
