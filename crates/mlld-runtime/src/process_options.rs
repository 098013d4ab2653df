//! How processes of a run behave, and what ends them (spec 09 §1.3).

use crate::gate::cancel::Cancel;
use std::time::Duration;

/// How processes of a run behave, and what ends them.
#[derive(Clone, Debug)]
pub struct ProcessOptions {
    /// How long the run may take (`--timeout`).
    pub timeout: Option<Duration>,
    /// How long each command may take (`--command-timeout`).
    pub command_timeout: Option<Duration>,
    /// Lines of a command's output in a report about it (`--max-output-lines`); the output itself is never cut.
    pub report_lines: usize,
    /// Whether reports about commands show the lines of the script around them (`--show-command-context`).
    pub show_context: bool,
    /// Whether a failure that ends the script stands in the summary, too (`--collect-errors`).
    pub collect_errors: bool,
    /// Whether streamed output is printed as it comes (spec 02 §10).
    pub stream: bool,
    /// Ends the run from outside.
    pub cancel: Cancel,
}

impl Default for ProcessOptions {
    fn default() -> Self {
        Self {
            timeout: None,
            command_timeout: None,
            report_lines: 50,
            show_context: false,
            collect_errors: false,
            stream: true,
            cancel: Cancel::default(),
        }
    }
}
