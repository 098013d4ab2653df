//! A child process and all that it started: its process group (spec 02 §7.5, Trap 19).

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a group has between SIGTERM and SIGKILL.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// A signal for a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kill {
    /// SIGTERM.
    Ask,
    /// SIGKILL.
    Force,
}

impl Kill {
    fn signal(self) -> Signal {
        match self {
            Self::Ask => Signal::TERM,
            Self::Force => Signal::KILL,
        }
    }
}

/// What runs a block: a child, or what stands for one.
pub(super) trait Leader {
    /// Sends a signal to its whole group, if it is still there.
    fn kill(&mut self, how: Kill);

    /// Its exit status if it has ended; by a signal n it is 128 + n.
    fn ended(&mut self) -> Option<i32>;

    /// The number of its group.
    fn group(&self) -> Option<i32>;
}

/// A child of ours that leads its own group. It is not waited for before its group has got its last signal, so the
/// number of the group is never that of another one.
pub(super) struct Led {
    child: Child,
    status: Option<i32>,
}

impl Led {
    pub(super) fn new(child: Child) -> Self {
        Self {
            child,
            status: None,
        }
    }
}

impl Leader for Led {
    fn kill(&mut self, how: Kill) {
        if self.status.is_none()
            && let Some(group) = self.group()
        {
            kill(group, how);
        }
    }

    fn ended(&mut self) -> Option<i32> {
        if self.status.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            let code = status.code().or_else(|| status.signal().map(|s| 128 + s));
            self.status = Some(code.unwrap_or(1));
        }
        self.status
    }

    fn group(&self) -> Option<i32> {
        i32::try_from(self.child.id()).ok()
    }
}

/// Sends a signal to a group.
pub(super) fn kill(group: i32, how: Kill) {
    if let Some(pid) = Pid::from_raw(group) {
        // It may have ended by itself.
        let _ = kill_process_group(pid, how.signal());
    }
}

/// Whether a group has members.
pub(super) fn lives(group: i32) -> bool {
    Pid::from_raw(group).is_some_and(|pid| test_kill_process_group(pid).is_ok())
}

/// Ends groups that are still there: SIGTERM, and SIGKILL when their time is over.
pub(super) fn end(groups: &[i32], until: Instant) {
    for group in groups {
        kill(*group, Kill::Ask);
    }
    let mut nap = Duration::from_millis(1);
    while groups.iter().any(|g| lives(*g)) {
        if Instant::now() >= until {
            for group in groups {
                kill(*group, Kill::Force);
            }
            return;
        }
        sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(20));
    }
}
