//! Waiting for a process: its output, what it asks, its end, its time, the end of the run, all at once and on the
//! thread that started it.

use super::Watch;
use super::group::{self, GRACE, Kill, Leader};
use crate::eval::Failure;
use crate::gate::Run;
use crate::gate::cancel::{self, Cancel};
use rustix::event::PollFlags;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;
/// How long output may still come after SIGKILL: whoever holds the pipe then has left the group.
const LAST: Duration = Duration::from_millis(500);
/// The longest nap while a process that has closed its output is still there.
const NAP: Duration = Duration::from_millis(20);

/// What a process is connected to.
pub(super) struct Pipes {
    /// Its standard output.
    pub(super) stdout: Box<dyn Source>,
    /// Its standard error.
    pub(super) stderr: Box<dyn Source>,
    /// Where it asks for things, and what is said there first. A message is its length in four bytes, then the text.
    pub(super) channel: Option<(UnixStream, Vec<u8>)>,
}

/// Something to read from.
pub(super) trait Source: Read + AsFd {}
impl<T: Read + AsFd> Source for T {}

/// What a process left behind.
pub(super) struct Left {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// Its exit status.
    pub(super) status: i32,
}

/// Why a process did not come to its end by itself.
pub(super) enum Cut {
    /// Its time was over.
    TimedOut,
    /// The run ends, or what it asked for failed.
    Failed(Box<Failure>),
}

/// Waits for the end of a process.
pub(super) fn run(
    run: &Run<'_>,
    leader: &mut dyn Leader,
    pipes: Pipes,
    limit: Option<Duration>,
    watch: &mut dyn Watch,
) -> Result<Left, Cut> {
    let mut pump = Pump {
        stdout: Some(pipes.stdout),
        stderr: Some(pipes.stderr),
        channel: pipes
            .channel
            .and_then(|(c, first)| Channel::new(c, &first).ok()),
        out: Vec::new(),
        err: Vec::new(),
        buffer: vec![0; CHUNK],
    };
    let deadline = limit.and_then(|l| Instant::now().checked_add(l));
    let scope = run.scope();
    let mut ending: Option<Ending> = None;
    let mut nap = Duration::from_micros(100);
    let status = loop {
        let now = Instant::now();
        match &mut ending {
            None => {
                let cut = match scope.stopped() {
                    Some(why) => Some(Cut::Failed(cancel::ended(why))),
                    None if deadline.is_some_and(|d| now >= d) => Some(Cut::TimedOut),
                    None => None,
                };
                if let Some(cut) = cut {
                    ending = Some(Ending::begin(leader, cut));
                    continue;
                }
            }
            Some(e) => {
                if e.over(leader, now) {
                    break leader.ended().unwrap_or(137);
                }
            }
        }
        if pump.closed() {
            if let Some(status) = leader.ended() {
                break status;
            }
            let limit = until(deadline, &ending, now).map_or(nap, |l| l.min(nap));
            pause(&scope, ending.is_some(), limit);
            nap = (nap * 2).min(NAP);
            continue;
        }
        let limit = until(deadline, &ending, now);
        if let Err(failure) = pump.turn(&scope, ending.is_some(), limit, watch)
            && ending.is_none()
        {
            ending = Some(Ending::begin(leader, Cut::Failed(failure)));
        }
    };
    let group = leader.group();
    match ending {
        None => {
            if let Some(group) = group.filter(|g| group::lives(*g)) {
                run.processes.left_behind(group);
            }
            Ok(Left {
                stdout: pump.out,
                stderr: pump.err,
                status,
            })
        }
        Some(ending) => {
            // The leader is gone; who stayed behind in its group has the rest of the time.
            if let Some(group) = group {
                group::end(&[group], ending.force_at);
            }
            Err(ending.cut)
        }
    }
}

/// How long may be waited: until its time is over, or until the next signal is due.
fn until(deadline: Option<Instant>, ending: &Option<Ending>, now: Instant) -> Option<Duration> {
    let at = match ending {
        Some(e) if e.forced => Some(e.force_at + LAST),
        Some(e) => Some(e.force_at),
        None => deadline,
    };
    at.map(|at| at.saturating_duration_since(now))
}

/// A pause that the end of the run ends; once it has ended, just a pause.
fn pause(scope: &Cancel, ending: bool, time: Duration) {
    if ending {
        std::thread::sleep(time);
    } else {
        scope.wait(&[], Some(time));
    }
}

/// A process that has been told to end.
struct Ending {
    cut: Cut,
    force_at: Instant,
    forced: bool,
}

impl Ending {
    fn begin(leader: &mut dyn Leader, cut: Cut) -> Self {
        leader.kill(Kill::Ask);
        Self {
            cut,
            force_at: Instant::now() + GRACE,
            forced: false,
        }
    }

    /// Whether nothing more is to be waited for. Sends SIGKILL when that is due.
    fn over(&mut self, leader: &mut dyn Leader, now: Instant) -> bool {
        if !self.forced && now >= self.force_at {
            leader.kill(Kill::Force);
            self.forced = true;
        }
        self.forced && now >= self.force_at + LAST
    }
}

struct Pump {
    stdout: Option<Box<dyn Source>>,
    stderr: Option<Box<dyn Source>>,
    channel: Option<Channel>,
    out: Vec<u8>,
    err: Vec<u8>,
    buffer: Vec<u8>,
}

impl Pump {
    /// Nothing more can come.
    fn closed(&self) -> bool {
        self.stdout.is_none() && self.stderr.is_none() && self.channel.is_none()
    }

    /// Waits for something, and takes it.
    fn turn(
        &mut self,
        scope: &Cancel,
        ending: bool,
        limit: Option<Duration>,
        watch: &mut dyn Watch,
    ) -> Result<(), Box<Failure>> {
        let (out, err, channel) = self.ready(scope, ending, limit);
        if out && let Some(n) = take(&mut self.stdout, &mut self.buffer) {
            let chunk = self.buffer.get(..n).unwrap_or_default();
            self.out.extend_from_slice(chunk);
            if !ending {
                watch.output(chunk)?;
            }
        }
        if err && let Some(n) = take(&mut self.stderr, &mut self.buffer) {
            self.err
                .extend_from_slice(self.buffer.get(..n).unwrap_or_default());
        }
        if channel && let Some(c) = &mut self.channel {
            let open = c.receive(&mut self.buffer);
            while let Some(message) = c.message() {
                if ending {
                    continue;
                }
                if let Some(answer) = watch.asked(&message)? {
                    c.answer(&answer);
                }
            }
            if !(open && c.send()) {
                self.channel = None;
            }
        }
        Ok(())
    }

    /// Which of standard output, standard error and channel are ready.
    fn ready(&self, scope: &Cancel, ending: bool, limit: Option<Duration>) -> (bool, bool, bool) {
        let mut fds: Vec<(BorrowedFd<'_>, PollFlags)> = Vec::with_capacity(3);
        for source in [&self.stdout, &self.stderr].into_iter().flatten() {
            fds.push((source.as_fd(), PollFlags::IN));
        }
        if let Some(c) = &self.channel {
            fds.push((c.stream.as_fd(), c.interest()));
        }
        let ready = if ending {
            let mut polled: Vec<_> = fds
                .iter()
                .map(|(fd, flags)| rustix::event::PollFd::from_borrowed_fd(*fd, *flags))
                .collect();
            cancel::wait(&mut polled, limit);
            polled.iter().map(rustix::event::PollFd::revents).collect()
        } else {
            scope.wait(&fds, limit)
        };
        let mut ready = ready.into_iter().map(|r| !r.is_empty());
        let mut next = |there: bool| there && ready.next().unwrap_or_default();
        (
            next(self.stdout.is_some()),
            next(self.stderr.is_some()),
            next(self.channel.is_some()),
        )
    }
}

/// Reads what is there; at its end the source is dropped.
fn take(source: &mut Option<Box<dyn Source>>, buffer: &mut [u8]) -> Option<usize> {
    let read = source.as_mut()?.read(buffer);
    match read {
        Ok(n) if n > 0 => Some(n),
        Err(e) if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => None,
        _ => {
            *source = None;
            None
        }
    }
}

/// Where a process asks for things and gets answers.
struct Channel {
    stream: UnixStream,
    received: Vec<u8>,
    to_send: Vec<u8>,
    /// How much of it has been sent.
    sent: usize,
}

impl Channel {
    fn new(stream: UnixStream, first: &[u8]) -> std::io::Result<Self> {
        stream.set_nonblocking(true)?;
        let mut channel = Self {
            stream,
            received: Vec::new(),
            to_send: Vec::new(),
            sent: 0,
        };
        if !first.is_empty() {
            channel.answer(first);
        }
        Ok(channel)
    }

    fn interest(&self) -> PollFlags {
        if self.to_send.is_empty() {
            PollFlags::IN
        } else {
            PollFlags::IN | PollFlags::OUT
        }
    }

    /// Reads what is there; false at its end.
    fn receive(&mut self, buffer: &mut [u8]) -> bool {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return false,
                Ok(n) => self
                    .received
                    .extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return e.kind() == ErrorKind::WouldBlock,
            }
        }
    }

    /// The next message that is complete.
    fn message(&mut self) -> Option<Vec<u8>> {
        let (length, rest) = self.received.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let message = rest.get(..length)?.to_vec();
        self.received.drain(..4 + length);
        Some(message)
    }

    fn answer(&mut self, text: &[u8]) {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.to_send.extend_from_slice(&length.to_be_bytes());
        self.to_send.extend_from_slice(text);
    }

    /// Writes what goes out without waiting; false if nobody reads it any more.
    fn send(&mut self) -> bool {
        while let Some(rest) = self.to_send.get(self.sent..).filter(|r| !r.is_empty()) {
            match self.stream.write(rest) {
                Ok(n) => self.sent += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return e.kind() == ErrorKind::WouldBlock,
            }
        }
        self.to_send.clear();
        self.sent = 0;
        true
    }
}
