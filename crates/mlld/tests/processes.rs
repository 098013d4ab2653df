//! Signals, limits of time and streaming, seen from outside.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use support::Place;

/// Starts `mlld` in the folder.
fn start(place: &Place, words: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mlld"))
        .args(words)
        .current_dir(place.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The processes that noted their numbers in `pid.*`.
fn noted(place: &Place) -> Vec<Pid> {
    let names = place.names().into_iter().filter(|n| n.starts_with("pid."));
    names
        .filter_map(|n| fs::read_to_string(place.path(&n)).ok()?.trim().parse().ok())
        .filter_map(Pid::from_raw)
        .collect()
}

#[test]
fn signals_end_the_run_and_all_its_processes() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let place = Place::new();
        let list: Vec<String> = (0..50).map(|i| i.to_string()).collect();
        place.file(
            "a.mld",
            format!(
                "exe @stay(i) = sh {{ echo $$ > pid.$i; exec sleep 1000 }}\n\
                 show \"before\"\n\
                 for parallel(50) @i in [{}] [ run @stay(@i) ]\nshow \"after\"\n",
                list.join(", ")
            ),
        );
        let mut child = start(&place, &["a.mld"]);
        while noted(&place).len() < 50 {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            sleep(Duration::from_millis(10));
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(status));
        assert_eq!(ended.stdout, b"before\n");
        let living = noted(&place)
            .into_iter()
            .filter(|pid| test_kill_process(*pid).is_ok())
            .count();
        assert_eq!(living, 0);
    }
}

#[test]
fn a_signal_leaves_no_folder_of_a_box_behind() {
    let place = Place::new();
    let ready = place.path("ready");
    fs::create_dir(place.path("tmp")).unwrap();
    place.file(
        "a.mld",
        format!(
            "box [\n  file \"x\" = \"1\"\n  run sh {{ touch {}; exec sleep 1000 }}\n]\n",
            ready.display()
        ),
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_mlld"))
        .arg("a.mld")
        .current_dir(place.path(""))
        .env("TMPDIR", place.path("tmp"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let left = || fs::read_dir(place.path("tmp")).unwrap().count();
    while !ready.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        sleep(Duration::from_millis(10));
    }
    assert_eq!(left(), 1);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(left(), 0);
}

#[test]
fn a_streamed_line_can_be_read_before_the_next_is_written() {
    let place = Place::new();
    place.file(
        "a.mld",
        "exe @f() = stream sh { echo first; until [ -e go ]; do sleep 0.01; done; echo second }\nshow @f()\n",
    );
    let mut child = start(&place, &["a.mld"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    // The line end behind what may be the last line waits for more.
    let mut first = [0; 5];
    out.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"first");
    place.file("go", "");
    let mut rest = String::new();
    out.read_line(&mut rest).unwrap();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "\nsecond\n");
    assert!(child.wait().unwrap().success());
}

#[test]
fn without_streaming_everything_comes_once_at_the_end() {
    let place = Place::new();
    place.file(
        "a.mld",
        "exe @f() = stream sh { echo one; echo two }\nshow @f()\nrun stream @f()\n",
    );
    let want = "one\ntwo\none\ntwo\n";
    assert_eq!(place.mlld(&["a.mld"]).stdout, want);
    assert_eq!(place.mlld(&["--no-stream", "a.mld"]).stdout, want);
    let quiet = [("MLLD_NO_STREAMING", "true")];
    assert_eq!(place.mlld_with(&["a.mld"], &quiet, b"").stdout, want);
}

#[test]
fn limits_of_time_are_options() {
    let place = Place::new();
    place.file(
        "a.mld",
        "show \"before\"\nrun sh { exec sleep 1000 }\nshow \"after\"\n",
    );
    for (option, value, message) in [
        ("--timeout", "150ms", "Execution timed out after 150ms"),
        (
            "--command-timeout",
            "150",
            "Command timed out after 150ms: bash",
        ),
    ] {
        let ended = place.mlld(&[option, value, "a.mld"]);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, "before\n"));
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
}

#[test]
fn reports_about_commands_follow_the_options() {
    let place = Place::new();
    place.file(
        "a.mld",
        "run sh { printf 'l1\\nl2\\nl3\\n' >&2; exit 3 }\nshow \"on\"\n",
    );
    let plain = place.mlld(&["a.mld"]);
    assert_eq!(
        (plain.status, plain.stdout.as_str()),
        (0, "l1\nl2\nl3\non\n")
    );
    for text in [
        "1 error occurred",
        "1. Code execution failed: bash",
        "exit status: 3",
        "stderr: l1",
        "at a.mld:1:5",
    ] {
        assert!(plain.stderr.contains(text), "{text}: {}", plain.stderr);
    }
    assert!(!plain.stderr.contains("show \"on\""));

    let short = place.mlld(&["--max-output-lines", "1", "--show-command-context", "a.mld"]);
    assert!(!short.stderr.contains("stderr: l1"), "{}", short.stderr);
    assert!(short.stderr.contains("    l3"), "{}", short.stderr);
    assert!(short.stderr.contains("2 | show \"on\""), "{}", short.stderr);

    let halt = ["--error-behavior", "halt", "a.mld"];
    assert!(!place.mlld(&halt).stderr.contains("error occurred"));
    let ended = place.mlld(&["--collect-errors", "--error-behavior", "halt", "a.mld"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(
        ended.stderr.contains("1 error occurred"),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_command_in_a_report_hides_secrets() {
    let place = Place::new();
    place.file(
        "a.mld",
        "var secret @k = \"hunter22\"\nvar @x = cmd { false \"@k\" }\n",
    );
    let ended = place.mlld(&["a.mld"]);
    assert!(
        ended
            .stderr
            .contains("Command execution failed: false \"@k\""),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("hunter22"), "{}", ended.stderr);
}
