//! Running one command with a limit of time, so that a case that hangs fails instead of stopping all.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// What came of a command that ended.
pub(crate) struct Ended {
    /// The exit status; `-N` if signal N ended it.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Runs the command with `stdin` and takes what it prints, until it has ended *and* both streams are closed.
/// `None` if that takes longer than `limit`: the command and all that it started are then killed.
pub(crate) fn run(mut command: Command, stdin: Vec<u8>, limit: Duration) -> Option<Ended> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start {command:?}: {e}"));
    let deadline = Instant::now() + limit;

    let mut input = child.stdin.take().expect("standard input is a pipe");
    // Whoever does not read its input closes the pipe: that is no failure of the case.
    thread::spawn(move || drop(input.write_all(&stdin)));
    let stdout = collect(child.stdout.take().expect("standard output is a pipe"));
    let stderr = collect(child.stderr.take().expect("standard error is a pipe"));

    let ended = (|| {
        let stdout = text_before(deadline, &stdout)?;
        let stderr = text_before(deadline, &stderr)?;
        let status = status_before(deadline, &mut child)?;
        Some(Ended {
            status,
            stdout,
            stderr,
        })
    })();
    if ended.is_none() {
        kill_group(&mut child);
    }
    ended
}

/// Reads a stream to its end in a thread of its own: two full pipes would block each other otherwise.
fn collect(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// What a stream held, if it ends in time.
fn text_before(deadline: Instant, stream: &mpsc::Receiver<Vec<u8>>) -> Option<String> {
    let left = deadline.saturating_duration_since(Instant::now());
    match stream.recv_timeout(left) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => panic!("a reading thread died"),
    }
}

/// The exit status, if the process ends in time. Both streams are closed by now, so this hardly ever waits.
fn status_before(deadline: Instant, child: &mut Child) -> Option<i32> {
    loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return Some(
                status
                    .code()
                    .unwrap_or_else(|| -status.signal().unwrap_or(1)),
            );
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Ends the command and everything in its process group.
fn kill_group(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
