//! Ending a run, or a part of it, before its time: `--timeout`, Ctrl-C, a pass of a parallel loop that ends the script
//! (spec 02 §7.5, 09 §1.4).
//!
//! A [`Cancel`] is a flag that threads can also sleep on: whoever waits for a process, a pace or a clock waits for the
//! flag at the same time. Parallel parts have flags of their own under that of the run, so that siblings can be ended
//! without ending what stands outside.

use super::Run;
use crate::failure::{Eval, Failure, Problem};
use ecow::{EcoString, eco_format};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::cell::RefCell;
use std::io::{PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Why a run ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It took longer than `--timeout` allows.
    TimedOut(Duration),
    /// The user pressed Ctrl-C (SIGINT).
    Interrupted,
    /// The system or a supervisor ends the program (SIGTERM, SIGHUP).
    Terminated,
    /// The host does not want the result any more.
    Cancelled,
    /// Another pass of the same parallel part ends the script.
    Sibling,
}

/// A flag that ends a run. Clones are the same flag.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    why: OnceLock<Stop>,
    /// Made when somebody waits. Once the flag is set a byte lies in the pipe that nobody reads.
    wake: OnceLock<Option<PipeReader>>,
    wakes: Mutex<Option<PipeWriter>>,
    outer: Option<Cancel>,
}

impl Cancel {
    /// A flag under this one: it is set when this one is, and can be set alone.
    pub(crate) fn inner(&self) -> Self {
        Self(Arc::new(Flag {
            outer: Some(self.clone()),
            ..Flag::default()
        }))
    }

    /// Ends what the flag stands over. The first reason counts. No further effect starts; processes get SIGTERM, and
    /// SIGKILL two seconds later.
    pub fn stop(&self, why: Stop) {
        if self.0.why.set(why).is_ok()
            && let Some(writer) = &mut *self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner)
        {
            let _ = writer.write_all(b"!");
        }
    }

    /// Why it is to end, if it is.
    #[must_use]
    pub fn stopped(&self) -> Option<Stop> {
        let mut flag = Some(self);
        while let Some(Self(inner)) = flag {
            if let Some(why) = inner.why.get() {
                return Some(*why);
            }
            flag = inner.outer.as_ref();
        }
        None
    }

    /// What becomes readable when the flag is set; `None` where the system has no pipes left.
    fn wake(&self) -> Option<&PipeReader> {
        let made = self.0.wake.get_or_init(|| {
            let (reader, writer) = std::io::pipe().ok()?;
            *self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
            Some(reader)
        });
        made.as_ref()
    }

    /// The flag and those above it.
    fn chain(&self) -> Vec<&Self> {
        let mut chain = vec![self];
        while let Some(outer) = chain.last().and_then(|c| c.0.outer.as_ref()) {
            chain.push(outer);
        }
        chain
    }

    /// Waits until one of `fds` is ready, the flag is set or the time is over; which of `fds` are ready.
    pub(crate) fn wait(
        &self,
        fds: &[(BorrowedFd<'_>, PollFlags)],
        limit: Option<Duration>,
    ) -> Vec<PollFlags> {
        let chain = self.chain();
        let wakes: Vec<_> = chain.iter().filter_map(|c| c.wake()).collect();
        // Where there is nothing to wake us, we look now and then.
        let blind = wakes.len() < chain.len();
        // The flag may have been set before there was a pipe.
        let now = self.stopped().is_some();
        let mut polled: Vec<PollFd<'_>> = fds
            .iter()
            .map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags))
            .collect();
        polled.extend(
            wakes
                .iter()
                .map(|w| PollFd::from_borrowed_fd(w.as_fd(), PollFlags::IN)),
        );
        wait(
            &mut polled,
            if now {
                Some(Duration::ZERO)
            } else {
                bounded(limit, blind)
            },
        );
        polled.iter().take(fds.len()).map(PollFd::revents).collect()
    }
}

/// At most 50 ms where nothing wakes us.
fn bounded(limit: Option<Duration>, blind: bool) -> Option<Duration> {
    const LOOK: Duration = Duration::from_millis(50);
    if blind {
        Some(limit.map_or(LOOK, |l| l.min(LOOK)))
    } else {
        limit
    }
}

/// `poll` with a limit; that it was interrupted is of no consequence, since everybody looks again.
pub(crate) fn wait(fds: &mut [PollFd<'_>], limit: Option<Duration>) {
    // A limit that does not fit is as good as none.
    let limit = limit.and_then(|l| Timespec::try_from(l).ok());
    if poll(fds, limit.as_ref()).is_err() {
        for fd in fds {
            fd.clear_revents();
        }
    }
}

thread_local! {
    /// The flags of the parallel parts that this thread works for, innermost last.
    static SCOPES: RefCell<Vec<Cancel>> = const { RefCell::new(Vec::new()) };
}

/// Leaves a part, however it ends.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        SCOPES.with_borrow_mut(Vec::pop);
    }
}

impl Run<'_> {
    /// The flag that this thread's work stands under.
    pub(crate) fn scope(&self) -> Cancel {
        SCOPES
            .with_borrow(|s| s.last().cloned())
            .unwrap_or_else(|| self.options.processes.cancel.clone())
    }

    /// Runs `body` under a flag of its own.
    pub(crate) fn with_scope<T>(&self, scope: &Cancel, body: impl FnOnce() -> T) -> T {
        SCOPES.with_borrow_mut(|s| s.push(scope.clone()));
        let _guard = Guard;
        body()
    }

    /// Why this thread's work is to end, if it is.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        SCOPES.with_borrow(|s| match s.last() {
            Some(scope) => scope.stopped(),
            None => self.options.processes.cancel.stopped(),
        })
    }

    /// Fails if this thread's work is to end. Looked at before each effect and in each turn of a loop.
    pub(crate) fn check(&self) -> Eval<()> {
        match self.stopped() {
            None => Ok(()),
            Some(why) => Err(ended(why)),
        }
    }

    /// Sleeps, unless the work is to end.
    pub(crate) fn sleep(&self, time: Duration) -> Eval<()> {
        if time.is_zero() || self.host.wait(time) {
            return self.check();
        }
        // A time beyond all clocks is none: only the flag ends it.
        let until = Instant::now().checked_add(time);
        let scope = self.scope();
        loop {
            self.check()?;
            let left = until.map(|u| u.saturating_duration_since(Instant::now()));
            if left.is_some_and(|l| l.is_zero()) {
                return Ok(());
            }
            scope.wait(&[], left);
        }
    }
}

/// The failure of work that ends before its time. Nothing collects it (spec 02 §7.5).
pub(crate) fn ended(why: Stop) -> Box<Failure> {
    let (number, code, message): (_, _, EcoString) = match why {
        Stop::TimedOut(limit) => (
            "R0712",
            "TIMEOUT",
            eco_format!("Execution timed out after {}", shortest(limit)),
        ),
        Stop::Interrupted => ("R0714", "ABORTED", "Interrupted".into()),
        Stop::Terminated => ("R0714", "ABORTED", "Terminated".into()),
        Stop::Cancelled => ("R0714", "ABORTED", "The run was cancelled.".into()),
        Stop::Sibling => (
            "R0714",
            "ABORTED",
            "Ended because another pass ends the script.".into(),
        ),
    };
    Problem::new(number, "MlldTimeout", message)
        .code(code)
        .fatal()
        .plain()
}

/// A duration in its shortest form: `400ms`, `2s`, `1m 30s` (spec 09 §1.4).
pub(crate) fn shortest(duration: Duration) -> EcoString {
    const UNITS: [(u128, &str); 4] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1000, "s"),
    ];
    let mut left = duration.as_millis();
    let mut parts: Vec<String> = Vec::new();
    for (size, unit) in UNITS {
        if left >= size {
            parts.push(format!("{}{unit}", left / size));
            left %= size;
        }
    }
    if left > 0 || parts.is_empty() {
        parts.push(format!("{left}ms"));
    }
    parts.join(" ").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_their_shortest_form() {
        for (millis, text) in [
            (400, "400ms"),
            (2000, "2s"),
            (90_000, "1m 30s"),
            (1500, "1s 500ms"),
            (86_400_000, "1d"),
            (0, "0ms"),
        ] {
            assert_eq!(shortest(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn an_inner_flag_ends_with_the_outer_one_and_alone() {
        let outer = Cancel::default();
        let (a, b) = (outer.inner(), outer.inner());
        a.stop(Stop::Sibling);
        assert_eq!(
            (a.stopped(), b.stopped(), outer.stopped()),
            (Some(Stop::Sibling), None, None)
        );
        outer.stop(Stop::Interrupted);
        assert_eq!(b.stopped(), Some(Stop::Interrupted));
        outer.stop(Stop::Terminated);
        assert_eq!(outer.stopped(), Some(Stop::Interrupted));
    }

    #[test]
    fn who_waits_wakes_when_a_flag_above_is_set() {
        let outer = Cancel::default();
        let inner = outer.inner();
        std::thread::scope(|threads| {
            let waiting = threads.spawn(|| {
                while inner.stopped().is_none() {
                    inner.wait(&[], None);
                }
            });
            outer.stop(Stop::Interrupted);
            waiting.join().unwrap();
        });
    }
}
