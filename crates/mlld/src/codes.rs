//! Stable codes of what can be wrong with a call of the program. A code never changes its meaning.

/// An option that does not exist, or a word too many.
pub(crate) const UNKNOWN_OPTION: &str = "C0001";
/// An option that needs a value has none.
pub(crate) const MISSING_VALUE: &str = "C0002";
/// The value of an option is not one that it takes.
pub(crate) const BAD_VALUE: &str = "C0003";
/// Neither a file nor code to run.
pub(crate) const NO_INPUT: &str = "C0004";
/// Options that exclude each other.
pub(crate) const CONFLICT: &str = "C0005";
/// An option that is not built yet.
pub(crate) const OPTION_LATER: &str = "C0006";
/// A command that is not built yet.
pub(crate) const COMMAND_LATER: &str = "C0007";
/// A value for an option that takes none.
pub(crate) const SURPLUS_VALUE: &str = "C0009";
/// An option in front of a command.
pub(crate) const OPTION_PLACE: &str = "C0010";
/// A word that is not UTF-8 where text is due.
pub(crate) const NOT_UTF8: &str = "C0011";
/// The file to write is the script, or cannot be written.
pub(crate) const OUTPUT_FILE: &str = "C0012";
/// What a command needs to work on is missing.
pub(crate) const MISSING_ARGUMENT: &str = "C0013";
/// There is nothing to check.
pub(crate) const NO_FILES: &str = "C0014";
/// A variable of the environment has a value that it cannot have.
pub(crate) const ENVIRONMENT: &str = "C0015";
/// Standard output cannot be written.
pub(crate) const STDOUT: &str = "C0016";
/// A script at a URL.
pub(crate) const URL_LATER: &str = "C0017";
/// The current folder is gone.
pub(crate) const NO_FOLDER: &str = "C0018";
/// Signals cannot be watched.
pub(crate) const SIGNALS: &str = "C0019";
/// No script has that name.
pub(crate) const SCRIPT_NOT_FOUND: &str = "C0020";
/// A script that is run by name is wrong in itself.
pub(crate) const PREFLIGHT: &str = "C0021";
/// The checkpoints of a script cannot be read or deleted.
pub(crate) const CHECKPOINTS: &str = "C0022";
/// Checkpoints of a script that is no file.
pub(crate) const NO_SCRIPT_FILE: &str = "C0023";
