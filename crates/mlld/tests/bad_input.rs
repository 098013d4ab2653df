//! Whatever a script holds: an error with a code and a place, status 1, nothing run, and never a crash.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use support::Place;

/// A line that leaves a trace if any of a script is run before the whole of it is known to be good.
const TRACE: &str = "output `ran` to \"made.txt\"\n";

/// Runs a script that has to be refused. What is returned is code, line and column of the error.
fn refused(name: &str, script: impl AsRef<[u8]>) -> (String, u64, u64) {
    let place = Place::new();
    place.file(name, script);
    let text = place.mlld(&[name]);
    let json = place.mlld(&[name, "--json"]);
    for ended in [&text, &json] {
        // A panic ends with 101, an overflow with a signal.
        assert_eq!(ended.status, 1, "{}", cut(&ended.stderr));
        assert_eq!(ended.stdout, "");
    }
    assert_eq!(place.names(), [name], "nothing may be written");
    assert!(
        text.stderr.len() < 10_000,
        "the report is not flooded by the input"
    );

    let value: Value =
        serde_json::from_str(&json.stderr).unwrap_or_else(|e| panic!("{e}: {}", cut(&json.stderr)));
    let error = &value["error"];
    assert_eq!(error["code"], "PARSE_ERROR");
    let number = error["number"].as_str().expect("a code").to_owned();
    let line = error["line"].as_u64().expect("a line");
    let column = error["column"].as_u64().expect("a column");
    let place = format!("{name}:{line}:{column}");
    assert!(
        text.stderr.contains(&place),
        "{place} in {}",
        cut(&text.stderr)
    );
    assert!(text.stderr.contains(&format!("Code: {number}")));
    (number, line, column)
}

/// Runs a script that has to succeed and returns what it prints.
fn accepted(name: &str, script: impl AsRef<[u8]>) -> String {
    let place = Place::new();
    place.file(name, script);
    let ended = place.mlld(&[name]);
    assert_eq!(ended.status, 0, "{}", cut(&ended.stderr));
    assert_eq!(ended.stderr, "");
    ended.stdout
}

/// The beginning of a text, for messages.
fn cut(text: &str) -> String {
    text.chars().take(500).collect()
}

#[test]
fn not_utf8() {
    let script = [TRACE.as_bytes(), b"show `caf\xe9`\n"].concat();
    assert_eq!(refused("a.mld", script), ("E0003".into(), 2, 10));
}

#[test]
fn utf16() {
    let script: Vec<u8> = "show `a`\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(refused("a.mld", script).0, "E0004");
}

#[test]
fn binary() {
    let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 64]].concat();
    assert_eq!(refused("a.mld", elf), ("E0004".into(), 1, 8));
    let late = [TRACE.as_bytes(), b"show `a\0b`\n"].concat();
    assert_eq!(refused("a.mld.md", late), ("E0004".into(), 2, 8));
}

#[test]
fn nul_in_code() {
    // Arguments cannot hold one, but standard input can.
    let ended = Place::new().mlld_with(&["-"], &[], b"show `a\0b`\n");
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.contains("<stdin>.mld:1:8"));
}

#[test]
fn empty_and_blank() {
    for script in ["", "\n", "\r\n\r\n", " \t\n\n", "\u{feff}", "\u{feff}\n"] {
        assert_eq!(accepted("a.mld", script), "", "{script:?}");
        assert_eq!(accepted("a.mld.md", script), "", "{script:?}");
    }
}

#[test]
fn byte_order_mark_and_line_ends() {
    assert_eq!(accepted("a.mld", "\u{feff}show `a`\n"), "a\n");
    assert_eq!(accepted("a.mld", "show `a`\r\nshow `b`\r\n"), "a\nb\n");
    assert_eq!(accepted("a.mld", "show `a`\rshow `b`"), "a\nb\n");
}

#[test]
fn ten_megabytes_in_one_line() {
    let script = format!("{TRACE}{}\n", "x".repeat(10_000_000));
    let (_, line, column) = refused("a.mld", script);
    assert_eq!((line, column), (2, 1));

    let long = "x".repeat(10_000_000);
    assert_eq!(accepted("a.mld", format!("show `{long}`\n")), long + "\n");
}

#[test]
fn nesting_without_end() {
    let deep = 100_000;
    for open in [
        "[", "(", "{", "{a: ", "`@f(", "!", "@f(", "[[", "<", "@a[", "-",
    ] {
        let nested = open.repeat(deep);
        for script in [
            format!("{TRACE}var @x = {nested}\n"),
            format!("{TRACE}show {nested}\n"),
            format!("{TRACE}if {nested}\n"),
        ] {
            refused("a.mld", script);
        }
    }
}

#[test]
fn closed_nesting_without_end() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{a: ", "}")] {
        let deep = 100_000;
        let script = format!(
            "{TRACE}var @x = {}1{}\n",
            open.repeat(deep),
            close.repeat(deep)
        );
        refused("a.mld", script);
    }
}

#[test]
fn chains_without_end() {
    // No nesting is written, but the tree of a chain is as deep as the chain is long: either is a decent end.
    let place = Place::new();
    for (chain, links) in [
        (" + 1", 100_000),
        (" && 1", 100_000),
        (" ? 1 : 1", 100_000),
        (".a", 100_000),
        ("[0]", 100_000),
        (".trim()", 100_000),
        (" | @trim", 2_000),
    ] {
        place.file(
            "a.mld",
            format!("var @a = 1\nvar @x = @a{}\n", chain.repeat(links)),
        );
        let ended = place.mlld(&["a.mld"]);
        assert!([0, 1].contains(&ended.status), "{chain}: {}", ended.status);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn nested_blocks_without_end() {
    let deep = 100_000;
    refused("a.mld", format!("{TRACE}{}", "if @a [\n".repeat(deep)));
    refused(
        "a.mld.md",
        format!("/{TRACE}/if @a [\n{}", "if @a [\n".repeat(deep)),
    );
}

#[test]
fn words_that_are_no_directive() {
    assert_eq!(refused("a.mld", format!("{TRACE}frobnicate @x\n")).1, 2);
    assert_eq!(refused("a.mld", format!("{TRACE}Show `a`\n")).1, 2);
    assert_eq!(refused("a.mld", format!("{TRACE}# Title\n")).1, 2);
    // In a document it is prose.
    assert_eq!(accepted("a.mld.md", "/frobnicate @x\n"), "");
}

#[test]
fn what_is_no_file() {
    let place = Place::new();
    place.file("folder/other.mld", "");
    for (name, message) in [
        ("absent.mld", "Input file does not exist: absent.mld"),
        (
            "folder/other.mld/x",
            "Input file does not exist: folder/other.mld/x",
        ),
        ("folder", "Input is a folder: folder"),
        (".", "Input is a folder: ."),
    ] {
        let ended = place.mlld(&[name]);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
        assert_eq!(ended.stderr, format!("{message}\n"));
    }
}

#[test]
fn names_that_steer_a_terminal_are_shown_harmless() {
    let ended = Place::new().mlld(&["a\u{1b}[2J.mld"]);
    assert_eq!(ended.status, 1);
    assert_eq!(ended.stderr, "Input file does not exist: a\\x1b[2J.mld\n");
}

#[test]
fn a_file_that_may_not_be_read() {
    let place = Place::new();
    place.file("a.mld", TRACE);
    let closed = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(place.path("a.mld"), closed).unwrap();
    if std::fs::read(place.path("a.mld")).is_ok() {
        // Whoever runs the tests may read everything.
        return;
    }
    let ended = place.mlld(&["a.mld"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert_eq!(ended.stderr, "Cannot read a.mld: Permission denied\n");
}
