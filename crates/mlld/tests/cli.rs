//! The command line from outside: usage, mistakes in it, streams, statuses, files.
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

use std::os::unix::fs::{PermissionsExt, symlink};
use support::Place;

/// A script that does not parse.
const BROKEN: &str = "show `a`\nvar @x = [1\n";

#[test]
fn usage_of_the_program() {
    let ended = Place::new().mlld(&["--help"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ended.stdout);
}

#[test]
fn usage_of_commands() {
    let place = Place::new();
    for name in ["validate", "completions", "man", "live"] {
        let ended = place.mlld(&[name, "--help"]);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
        insta::assert_snapshot!(format!("usage_of_{name}"), ended.stdout);
    }
}

#[test]
fn every_command_has_a_usage() {
    let place = Place::new();
    for name in
        "run validate test init verify sign status audit key keychain env policy checkpoint mcp \
                 mcp-dev live lsp alias vars howto"
            .split_whitespace()
    {
        let ended = place.mlld(&[name, "--help"]);
        assert_eq!(ended.status, 0, "{name}");
        assert!(
            ended.stdout.starts_with(&format!("Usage: mlld {name}")),
            "{name}"
        );
    }
}

#[test]
fn mistakes_in_calls() {
    let place = Place::new();
    place.file("a.mld", "");
    place.file("folder/main.mld", "");
    let calls: &[&[&str]] = &[
        &[],
        &["--topic", "x", "a.mld"],
        &["--moed", "strict", "a.mld"],
        &["a.mld", "surplus"],
        &["a.mld", "-e", "show `b`"],
        &["-e"],
        &["-e", "a", "-e", "b"],
        &["a.mld", "-o"],
        &["a.mld", "--mode", "prose"],
        &["a.mld", "--error-behavior=stop"],
        &["a.mld", "--stdout=yes"],
        &["a.mld", "--timeout"],
        &["a.mld", "--timeout", "soon"],
        &["a.mld", "--payload", "{bad"],
        &["a.mld", "--no-checkpoint", "--fresh"],
        &["a.mld", "-o", "a.mld"],
        &["a.mld", "-o", "folder"],
        &["absent.mld"],
        &["folder"],
        &["https://example.com/a.mld"],
        &["live", "--stdio"],
        &["publish"],
        &["--json", "validate", "a.mld"],
        &["validate"],
        &["validate", "a.mld", "--format", "yaml"],
        &["validate", "a.mld", "--ast"],
        &["validate", "a.mld", "--deep"],
        &["validate", "a.mld", "--frobnicate"],
        &["completions"],
        &["completions", "tcsh"],
        &["completions", "zsh", "fish"],
        &["man", "mlld"],
    ];
    let mut all = String::new();
    for words in calls {
        let ended = place.mlld(words);
        assert_eq!(ended.status, 1, "{words:?}");
        assert_eq!(ended.stdout, "", "{words:?}");
        all += &format!("$ mlld {}\n{}\n", words.join(" "), ended.stderr);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn version_is_one_line() {
    let place = Place::new();
    for word in ["--version", "-V"] {
        let ended = place.mlld(&[word]);
        assert_eq!(ended.status, 0);
        assert_eq!(
            ended.stdout,
            concat!("mlld version ", env!("CARGO_PKG_VERSION"), "\n")
        );
    }
}

#[test]
fn help_works_in_a_broken_project() {
    let place = Place::new();
    place.file("mlld-config.json", "{ this is not JSON");
    assert_eq!(place.mlld(&["run", "--help"]).status, 0);
    assert_eq!(place.mlld(&["validate", "-h"]).status, 0);
}

#[test]
fn completions_and_manual_know_the_options() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ended = place.mlld(&["completions", shell]);
        assert_eq!(ended.status, 0, "{shell}");
        assert!(ended.stdout.contains("error-behavior"), "{shell}");
        assert!(!ended.stdout.contains("watch"), "{shell}");
    }
    let man = place.mlld(&["man"]);
    assert_eq!(man.status, 0);
    assert!(man.stdout.contains("\\-\\-error\\-behavior"));
}

#[test]
fn errors_as_json_are_one_line_on_standard_error() {
    let place = Place::new();
    place.file("a.mld", "");
    for words in [
        &["absent.mld", "--json"][..],
        &["--frobnicate", "a.mld", "--show-json"],
        &["--json"],
    ] {
        let ended = place.mlld(words);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
        assert_eq!(ended.stderr.matches('\n').count(), 1, "{words:?}");
        assert!(
            ended.stderr.starts_with(r#"{"error":{"code":""#),
            "{words:?}"
        );
    }
}

#[test]
fn parse_error_as_json_has_file_and_place() {
    let place = Place::new();
    place.file("bad.mld", BROKEN);
    let ended = place.mlld(&["bad.mld", "--json"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    for part in [
        r#""code":"PARSE_ERROR""#,
        r#""kind":"MlldParse""#,
        r#""file":"bad.mld","line":2,"column":1"#,
    ] {
        assert!(ended.stderr.contains(part), "{part} in {}", ended.stderr);
    }
}

#[test]
fn colours_only_when_forced() {
    let place = Place::new();
    let plain = place.mlld(&["absent.mld"]);
    assert!(!plain.stderr.contains('\u{1b}'));
    let forced = place.mlld_with(&["absent.mld"], &[("FORCE_COLOR", "1")], b"");
    assert!(forced.stderr.contains('\u{1b}'));
}

#[test]
fn wrong_mock_time_is_an_error() {
    let place = Place::new();
    let ended = place.mlld_with(&["-e", ""], &[("MLLD_MOCK_TIME", "soon")], b"");
    assert_eq!(ended.status, 1);
    assert!(
        ended
            .stderr
            .contains("MLLD_MOCK_TIME must be seconds since 1970")
    );
}

#[test]
fn variables_that_would_switch_off_checks_are_named() {
    let place = Place::new();
    let ended = place.mlld_with(&["-e", ""], &[("MLLD_SKIP_HASH_VALIDATION", "1")], b"");
    assert_eq!(ended.status, 0);
    assert!(
        ended
            .stderr
            .contains("Warning: MLLD_SKIP_HASH_VALIDATION is ignored")
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    place.shell("(sleep 0.2; $MLLD --help 2>err; echo $? >status) | true");
    // The left side of the pipe may outlive the line.
    for _ in 0..100 {
        if place.path("status").exists() && !place.read("status").is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(place.read("status"), "0\n");
    assert_eq!(place.read("err"), "");
}

#[test]
fn a_full_disk_is_an_error() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let ended = Place::new().shell("$MLLD --help >/dev/full");
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("Cannot write standard output"));
}

#[test]
fn output_goes_to_a_file_that_is_replaced() {
    let place = Place::new();
    place.file("main.mld", "show `result`\n");
    place.file("old.txt", "old and longer than the new text");
    std::fs::set_permissions(
        place.path("old.txt"),
        std::fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    for (path, words) in [
        ("old.txt", ["-o", "old.txt"]),
        ("out/deep/r.txt", ["--output", "out/deep/r.txt"]),
    ] {
        let ended = place.mlld(&["main.mld", words[0], words[1]]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert_eq!(ended.stderr, format!("Output written to: {path}\n"));
        assert_eq!(place.read(path), "result\n");
    }
    let mode = std::fs::metadata(place.path("old.txt"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o640);
    assert_eq!(place.names(), ["main.mld", "old.txt", "out"]);
}

#[test]
fn output_goes_to_both_when_asked_for() {
    let place = Place::new();
    place.file("main.mld", "show `result`\n");
    let ended = place.mlld(&["main.mld", "-o", "r.txt", "--stdout"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "result\n"));
    assert_eq!(place.read("r.txt"), "result\n");
}

#[test]
fn whole_document_is_printed_without_streaming() {
    let place = Place::new();
    place.file("main.mld.md", "# Title\n/show `result`\nprose\n");
    let ended = place.mlld(&["main.mld.md", "--no-stream"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert_eq!(ended.stdout, "# Title\n\nresult\nprose\n");
}

#[test]
fn on_an_error_no_output_is_written() {
    let place = Place::new();
    place.file("bad.mld", BROKEN);
    place.file("old.txt", "old");
    let ended = place.mlld(&["bad.mld", "-o", "old.txt"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert_eq!(place.read("old.txt"), "old");
    assert_eq!(place.names(), ["bad.mld", "old.txt"]);
}

#[test]
fn output_onto_the_script_is_refused_by_whatever_name() {
    let place = Place::new();
    place.file("main.mld", "show `x`\n");
    symlink(place.path("main.mld"), place.path("link")).unwrap();
    for name in ["main.mld", "./main.mld", "link", "../work/main.mld"] {
        let ended = place.mlld(&["main.mld", "-o", name]);
        assert_eq!(ended.status, 1);
        assert_eq!(ended.stderr, "Input and output files cannot be the same.\n");
    }
    assert_eq!(place.read("main.mld"), "show `x`\n");
}

#[test]
fn output_through_a_link_keeps_the_link() {
    let place = Place::new();
    place.file("target.txt", "old");
    symlink("target.txt", place.path("link")).unwrap();
    assert_eq!(place.mlld(&["-e", "", "-o", "link"]).status, 0);
    assert!(place.path("link").is_symlink());
    assert_eq!(place.read("target.txt").trim(), "");
}

#[test]
fn output_to_a_pipe_does_not_replace_it() {
    let place = Place::new();
    let ended = place.shell("mkfifo p && (cat p >got & $MLLD -e '' -o p; s=$?; wait; exit $s)");
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(!place.path("p").is_file());
}

#[test]
fn modes_from_options_and_names() {
    let place = Place::new();
    place.file("s.mld", "prose\n/show `slashed`\n");
    place.file("doc.mld.md", "show `bare`\n");
    for option in [
        "--markdown",
        "--md",
        "--loose",
        "--prose",
        "--mode=MARKDOWN",
    ] {
        let ended = place.mlld(&["s.mld", option]);
        assert_eq!((ended.status, ended.stdout.as_str()), (0, "slashed\n"));
    }
    let ended = place.mlld(&["doc.mld.md", "--mode", "strict"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "bare\n"));
    assert_eq!(place.mlld(&["s.mld"]).status, 1);
}

#[test]
fn script_from_standard_input() {
    let place = Place::new();
    for name in ["-", "/dev/stdin"] {
        let ended = place.mlld_with(&[name], &[], b"show `piped`\n");
        assert_eq!((ended.status, ended.stdout.as_str()), (0, "piped\n"));
        let ended = place.mlld_with(&[name], &[], b"# Title\n\n/show `from prose`\n");
        assert_eq!((ended.status, ended.stdout.as_str()), (0, "from prose\n"));
    }
}

#[test]
fn errors_name_code_and_standard_input() {
    let place = Place::new();
    let ended = place.mlld(&["-e", "var @a = 1\nshow @b"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("<eval>.mld:2"), "{}", ended.stderr);
    let ended = place.mlld_with(&["-"], &[], b"var @a = 1\nshow @b");
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("<stdin>.mld:2"), "{}", ended.stderr);
}
