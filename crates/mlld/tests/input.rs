//! Standard input and variables for scripts (spec 04 §7.10, §13; 09 §1).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use support::Place;

const LISTED: &str = r#"{"security":{"allowedEnvVars":["MLLD_A","MLLD_B"]}}"#;

#[test]
fn standard_input_is_read_once_and_to_its_end() {
    let place = Place::new();
    place.file(
        "a.mld",
        "import { stdin } from @input\nshow @stdin.length()\nshow @input.stdin.length()\n",
    );
    let text = "x".repeat(3_000_000);
    let ended = place.mlld_with(&["a.mld"], &[], text.as_bytes());
    assert_eq!(ended.stdout, "3000000\n3000000\n");
    // What comes late is waited for.
    let ended = place.shell("(sleep 0.4; echo '{\"stdin\":\"late\"}') | $MLLD a.mld");
    assert_eq!(ended.stdout, "4\n4\n", "{}", ended.stderr);
    // Bytes that are no text do no harm.
    let ended = place.mlld_with(&["a.mld"], &[], b"\xff\xfe");
    assert_eq!(ended.stdout, "2\n2\n");
}

#[test]
fn who_does_not_ask_is_not_kept_waiting() {
    let place = Place::new();
    place.file("a.mld", "show 'out'\n");
    // The other end stays open far longer than a test may take.
    let ended = place.shell("mkfifo p; sleep 300 > p & $MLLD a.mld < p; kill $!");
    assert_eq!(ended.stdout, "out\n");
}

#[test]
fn waiting_ends_with_the_time_of_the_run() {
    let place = Place::new();
    place.file("a.mld", "show @input\n");
    let ended = place.shell("mkfifo p; sleep 300 > p & $MLLD a.mld --timeout 300ms < p; kill $!");
    assert!(
        ended.stderr.contains("timed out") || ended.stderr.contains("Timed out"),
        "{}",
        ended.stderr
    );
}

#[test]
fn code_on_the_command_line_has_standard_input_and_code_on_standard_input_has_none() {
    let place = Place::new();
    let ended = place.mlld_with(&["-e", "show @input.a"], &[], b"{\"a\":5}");
    assert_eq!(ended.stdout, "5\n");
    let script = b"import { a } from @input\nshow `[@a]`\n";
    for name in ["-", "/dev/stdin"] {
        let ended = place.mlld_with(&[name], &[], script);
        assert_eq!(ended.stdout, "[null]\n", "{}", ended.stderr);
    }
}

#[test]
fn too_much_is_refused() {
    let place = Place::new();
    place.file("a.mld", "show @input.stdin\n");
    let ended = place.shell("truncate -s 1G big; $MLLD a.mld < big");
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("Failed to read standard input"),
        "{}",
        ended.stderr
    );
}

#[test]
fn variables_of_the_command_line() {
    let place = Place::new();
    place.file("mlld-config.json", LISTED);
    place.file(
        "a.mld",
        "import { MLLD_A, MLLD_B, MLLD_C } from @input\nshow `[@MLLD_A] [@MLLD_B] [@MLLD_C]`\n",
    );
    place.file(
        "llm/run/b.mld",
        "import { MLLD_A } from @input\nshow @MLLD_A\n",
    );
    place.file("x.env", "MLLD_A='from file'\nMLLD_C=3\nOTHER=4\n");
    place.file("bad.env", "MLLD_A=1\nk-7731\n");
    let environment = [("MLLD_B", "outer")];
    for (words, expected) in [
        (vec!["a.mld"], "[null] [outer] [null]\n"),
        (
            vec!["a.mld", "--mlld-env", "MLLD_A=1,MLLD_B=2"],
            "[1] [2] [null]\n",
        ),
        (
            vec!["a.mld", "--mlld-env", "x.env"],
            "[from file] [outer] [null]\n",
        ),
        (
            vec!["--mlld-env=x.env", "a.mld", "--mlld-env", "MLLD_A=later"],
            "[later] [outer] [null]\n",
        ),
        (
            vec!["run", "b", "--mlld-env", "MLLD_A=run"],
            "Running llm/run/b.mld...\n\nrun\n",
        ),
    ] {
        let ended = place.mlld_with(&words, &environment, b"");
        assert_eq!(
            (ended.stdout.as_str(), ended.stderr.as_str()),
            (expected, "")
        );
    }
    for (value, message) in [
        ("PATH=/x", "whose names begin with MLLD_, not PATH"),
        ("gone.env", "Environment file not found: gone.env"),
        (
            "bad.env",
            "Line 2 of the environment file bad.env is no NAME=value",
        ),
    ] {
        let ended = place.mlld(&["a.mld", "--mlld-env", value]);
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
        assert!(!ended.stderr.contains("k-7731"));
        assert_eq!(ended.stdout, "");
    }
}
