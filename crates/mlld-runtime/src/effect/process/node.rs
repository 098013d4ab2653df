//! Blocks for node (spec 02 §8.4). Each runs in a process of its own; a spare one that has run no user code waits for
//! the next, so that a block does not wait for node to start.

use super::group::{self, Kill, Leader, Led};
use super::pump::{Left, Pipes};
use super::{Broken, Start, Watch, environment};
use crate::code::node::BOOT;
use crate::failure::Problem;
use crate::gate::Run;
use command_fds::{CommandFdExt, FdMapping};
use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Mutex, PoisonError};

/// The descriptor of the channel in the child.
const CHANNEL: i32 = 3;

/// A process that waits for its block.
struct Waiting {
    child: Child,
    /// Its standard input, which is filled when the block comes.
    stdin: File,
    channel: UnixStream,
}

/// The spare process of a run, in the environment of the run.
#[derive(Default)]
pub(super) struct Spare(Mutex<Option<Waiting>>);

impl Spare {
    fn take(&self) -> Option<Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, waiting: Waiting) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(second) = place.replace(waiting) {
            second.end();
        }
    }

    fn is_there(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// The run is over.
    pub(super) fn end(&self) {
        if let Some(waiting) = self.take() {
            waiting.end();
        }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        self.end();
    }
}

impl Waiting {
    fn end(mut self) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            group::kill(group, Kill::Force);
        }
        let _ = self.child.wait();
    }
}

/// Runs a block.
pub(super) fn run(
    run: &Run<'_>,
    start: &Start,
    request: &[u8],
    watch: &mut dyn Watch,
) -> Result<Left, Broken> {
    if !start.exported.is_empty() {
        // The process is there before it is known what the script sets.
        return Err(Problem::unsupported("A block of node or py after `output … to env`").into());
    }
    let spare = &run.processes.node;
    let waiting = match spare.take() {
        Some(waiting) => waiting,
        None => begin(run, start.lasting_folder(run))?,
    };
    // The next one starts while this block runs. If it does not, the next block says why.
    if !spare.is_there()
        && let Ok(next) = begin(run, start.lasting_folder(run))
    {
        spare.put(next);
    }
    let Waiting {
        mut child,
        stdin,
        channel,
    } = waiting;
    let pipes = match (child.stdout.take(), child.stderr.take()) {
        (Some(stdout), Some(stderr)) => (stdout, stderr),
        _ => return Err(super::not_started("node", &"no pipes").into()),
    };
    let mut leader = Led::new(child);
    if let Err(e) = environment::fill(&stdin, start.stdin.as_bytes()) {
        leader.kill(Kill::Force);
        return Err(super::not_started("node", &e).into());
    }
    drop(stdin);
    let pipes = Pipes {
        stdout: Box::new(pipes.0),
        stderr: Box::new(pipes.1),
        channel: Some((channel, request.to_vec())),
    };
    super::wait(run, start, &mut leader, pipes, watch)
}

/// Starts a process that waits for a block.
fn begin(run: &Run<'_>, folder: &Path) -> Result<Waiting, Problem> {
    let environment = environment::of_run(run, &[]);
    let program = environment::resolve("node", &environment);
    let failed = |e: std::io::Error| super::not_started("node", &e);
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    let stdin = environment::input_file(b"")?;
    let mut command = super::command(program);
    command
        .arg("-e")
        .arg(BOOT)
        .current_dir(folder)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::from(stdin.try_clone().map_err(failed)?))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
        .fd_mappings(vec![FdMapping {
            parent_fd: theirs.into(),
            child_fd: CHANNEL,
        }])
        .map_err(|e| super::not_started("node", &e))?;
    let child = command.spawn().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => super::missing(
            "node",
            "Install Node.js (https://nodejs.org), or use a js block where plain JavaScript is enough.",
        ),
        _ => failed(e),
    })?;
    Ok(Waiting {
        child,
        stdin,
        channel: ours,
    })
}
