//! Blocks for Python (spec 02 §8.5). A server that has run no user code forks a child for each block, so that a block
//! waits neither for Python to start nor for its modules to load.

use super::group::{self, Kill, Leader};
use super::pump::{Left, Pipes};
use super::{Broken, Start, Watch, environment};
use crate::code::py::SERVER;
use crate::failure::Problem;
use crate::gate::Run;
use ecow::eco_format;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::fs::File;
use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The server of a run, in the environment of the run.
#[derive(Default)]
pub(super) struct Servers(Mutex<Option<Arc<Server>>>);

/// A process that forks a child for each block.
struct Server {
    child: Mutex<Child>,
    control: UnixStream,
    /// What it wrote to standard error: nothing, unless it cannot work.
    complaints: File,
}

impl Servers {
    /// The server, started if need be.
    fn get(&self, run: &Run<'_>, folder: &Path) -> Result<Arc<Server>, Problem> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = &*place {
            return Ok(Arc::clone(server));
        }
        let server = Arc::new(Server::begin(run, folder)?);
        *place = Some(Arc::clone(&server));
        Ok(server)
    }

    /// The server does not work; the next block gets another.
    fn lose(&self, lost: &Arc<Server>) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if place.as_ref().is_some_and(|s| Arc::ptr_eq(s, lost)) {
            *place = None;
        }
    }

    /// The run is over.
    pub(super) fn end(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(group) = i32::try_from(child.id()) {
            group::kill(group, Kill::Force);
        }
        let _ = child.wait();
    }
}

impl Server {
    /// Python is isolated (`-I`): neither the folder it starts in nor variables of the environment decide what its
    /// modules are. The server adds what is safe to add.
    fn begin(run: &Run<'_>, folder: &Path) -> Result<Self, Problem> {
        let environment = environment::of_run(run, &[]);
        let program = environment::resolve("python3", &environment);
        let failed = |e: std::io::Error| super::not_started("python3", &e);
        let (control, theirs) = UnixStream::pair().map_err(failed)?;
        let complaints = environment::input_file(b"")?;
        let mut command = super::command(program);
        command
            .args(["-I", "-X", "utf8", "-c", SERVER])
            .current_dir(folder)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::from(complaints.try_clone().map_err(failed)?));
        let child = command.spawn().map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => super::missing(
                "python3",
                "Install Python 3 (https://www.python.org, or your system's packages).",
            ),
            _ => failed(e),
        })?;
        Ok(Self {
            child: Mutex::new(child),
            control,
            complaints,
        })
    }

    /// Asks for a child that is connected to these.
    fn ask(&self, fds: &[BorrowedFd<'_>]) -> std::io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(6))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !ancillary.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(std::io::Error::other("too many descriptors"));
        }
        let byte = [IoSlice::new(b"R")];
        sendmsg(&self.control, &byte, &mut ancillary, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Why it does not work.
    fn complaint(&self) -> String {
        let mut text = vec![0; 4096];
        let length = self.complaints.read_at(&mut text, 0).unwrap_or_default();
        text.truncate(length);
        let text = String::from_utf8_lossy(&text);
        match text.trim().lines().last() {
            Some(line) => line.to_owned(),
            None => "it ended before it ran the block".to_owned(),
        }
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
    let server = run.processes.py.get(run, start.lasting_folder(run))?;
    let (mut leader, pipes) =
        begin(&server, start, request).map_err(|e| super::not_started("python3", &e))?;
    let left = super::wait(run, start, &mut leader, pipes, watch)?;
    if leader.lost {
        run.processes.py.lose(&server);
        let why = eco_format!("python3 cannot run blocks: {}", server.complaint());
        return Err(Problem::new("R0707", "MlldCommand", why).into());
    }
    Ok(left)
}

fn begin(server: &Server, start: &Start, request: &[u8]) -> std::io::Result<(Forked, Pipes)> {
    let input = |bytes: &[u8]| {
        environment::input_file(bytes).map_err(|p| std::io::Error::other(p.message.to_string()))
    };
    let request = input(request)?;
    let stdin = input(start.stdin.as_bytes())?;
    let (stdout, their_stdout) = std::io::pipe()?;
    let (stderr, their_stderr) = std::io::pipe()?;
    let (status, their_status) = UnixStream::pair()?;
    let (channel, their_channel) = UnixStream::pair()?;
    status.set_nonblocking(true)?;
    let asked = server.ask(&[
        request.as_fd(),
        stdin.as_fd(),
        their_stdout.as_fd(),
        their_stderr.as_fd(),
        their_status.as_fd(),
        their_channel.as_fd(),
    ]);
    let pipes = Pipes {
        stdout: Box::new(stdout),
        stderr: Box::new(stderr),
        channel: Some((channel, Vec::new())),
    };
    let leader = Forked {
        status,
        received: Vec::new(),
        ended: None,
        // A server that is gone is noticed below, with the reason that it gave.
        lost: asked.is_err(),
    };
    Ok((leader, pipes))
}

/// A child of the server. The server, which waits for it, sends the signals, so they never reach another process.
struct Forked {
    status: UnixStream,
    /// The number of its group, then its status, four bytes each.
    received: Vec<u8>,
    ended: Option<i32>,
    /// The server ended before the child.
    lost: bool,
}

impl Forked {
    fn receive(&mut self) {
        let mut buffer = [0; 8];
        loop {
            match self.status.read(&mut buffer) {
                Ok(0) => {
                    self.lost |= self.number(4).is_none();
                    return;
                }
                Ok(n) => self
                    .received
                    .extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    fn number(&self, at: usize) -> Option<i32> {
        let bytes = self.received.get(at..)?.first_chunk::<4>()?;
        Some(i32::from_be_bytes(*bytes))
    }
}

impl Leader for Forked {
    fn kill(&mut self, how: Kill) {
        self.receive();
        let byte: &[u8] = match how {
            Kill::Ask => b"T",
            Kill::Force => b"K",
        };
        let _ = self.status.write_all(byte);
    }

    fn ended(&mut self) -> Option<i32> {
        if self.ended.is_none() {
            self.receive();
            self.ended = self.number(4).or(self.lost.then_some(1));
        }
        self.ended
    }

    fn group(&self) -> Option<i32> {
        self.number(0)
    }
}
