//! Ctrl-C and its like: the run ends, its processes with it, and the program says by which signal it ended
//! (spec 09 §1.2).

use crate::codes;
use mlld_runtime::report::Report;
use mlld_runtime::{Cancel, Stop};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How long a run may take to end: its processes have two seconds, what is done in between should take none.
const PATIENCE: Duration = Duration::from_secs(5);

/// The status by the signal that came; 0 if none came.
static STATUS: AtomicU8 = AtomicU8::new(0);

/// The status with which a run ends that a signal has ended.
pub(crate) fn status() -> Option<u8> {
    match STATUS.load(Ordering::SeqCst) {
        0 => None,
        status => Some(status),
    }
}

/// A flag that signals set. A second signal, or a run that does not end, ends the program at once.
pub(crate) fn watched() -> Result<Cancel, Box<Report>> {
    let cancel = Cancel::default();
    let failed = |e: std::io::Error| {
        Box::new(Report::new(
            "RUNTIME_ERROR",
            codes::SIGNALS,
            "MlldOutput",
            format!("Signals cannot be watched: {e}"),
        ))
    };
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let flag = cancel.clone();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if tell.send(signal).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        let Ok(signal) = told.recv() else { return };
        let (status, why) = match signal {
            SIGINT => (130, Stop::Interrupted),
            SIGHUP => (129, Stop::Terminated),
            _ => (143, Stop::Terminated),
        };
        STATUS.store(status, Ordering::SeqCst);
        flag.stop(why);
        if told.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Disconnected) {
            end(status);
        }
    });
    Ok(cancel)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the run does not end by itself; this is the command line"
)]
fn end(status: u8) {
    std::process::exit(status.into());
}
