//! The two streams of the process.

use crate::codes;
use mlld_runtime::Host;
use mlld_runtime::report::Report;
use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, PoisonError};

/// Standard output and standard error, and what went wrong with writing them.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    /// The first failure that is not just a reader that has gone away.
    failed: Mutex<Option<String>>,
}

impl Terminal {
    /// Prints the result of a command. Failures are seen by [`Terminal::check`].
    pub(crate) fn print(&self, text: &str) {
        let _ = self.out(text);
    }

    /// An error if standard output could not be written. A closed pipe is none (spec 09 §1.1).
    pub(crate) fn check(&self) -> Result<(), Box<Report>> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        match &*failed {
            None => Ok(()),
            Some(why) => Err(Box::new(Report::new(
                "RUNTIME_ERROR",
                codes::STDOUT,
                "MlldOutput",
                format!("Cannot write standard output: {why}"),
            ))),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place where the program writes to its streams"
)]
impl Host for Terminal {
    fn out(&self, text: &str) -> io::Result<()> {
        let mut stream = io::stdout().lock();
        // Flushed each time: whoever reads sees an effect when it happens.
        let written = stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush());
        if let Err(e) = &written
            && e.kind() != ErrorKind::BrokenPipe
        {
            self.failed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| e.to_string());
        }
        written
    }

    fn err(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}
