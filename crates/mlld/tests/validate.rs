//! `mlld validate` from outside.
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
use support::Place;

/// The value that a call prints.
fn json(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap_or_else(|e| panic!("{e}: {stdout}"))
}

#[test]
fn valid_module() {
    let place = Place::new();
    place.file("a.mld", "show `a`\n");
    let ended = place.mlld(&["validate", "a.mld"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let path = place.path("a.mld").canonicalize().unwrap();
    assert_eq!(
        ended.stdout,
        format!("\n{}\n\nValid module\n", path.display())
    );
}

#[test]
fn invalid_module() {
    let place = Place::new();
    place.file("bad.mld", "show `a`\nvar @x = [1\n");
    let ended = place.mlld(&["validate", "bad.mld"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (1, ""));
    assert!(ended.stdout.contains(
        "\nInvalid module\n  Parse error: Unclosed array in var directive. Expected ']' to close the array. \
         at line 2, column 1 in bad.mld (line 2:1)\n"
    ), "{}", ended.stdout);
}

#[test]
fn several_errors_are_all_listed() {
    let place = Place::new();
    place.file("bad.mld", "frob one\nshow `a`\nfrob two\n");
    let ended = place.mlld(&["validate", "bad.mld", "--json"]);
    let value = json(&ended.stdout);
    let lines: Vec<_> = value["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [1, 3]);
}

#[test]
fn one_file_is_one_object() {
    let place = Place::new();
    place.file("a.mld", "show `a`\n");
    let ended = place.mlld(&["validate", "a.mld", "--format", "json"]);
    let value = json(&ended.stdout);
    let path = place.path("a.mld").canonicalize().unwrap();
    assert_eq!(value["filepath"], path.to_str().unwrap());
    assert_eq!(value["valid"], true);
    assert_eq!(value.as_object().unwrap().len(), 2);
}

#[test]
fn errors_have_code_message_and_place() {
    let place = Place::new();
    place.file("bad.mld", "var @x = [1\n");
    let ended = place.mlld(&["validate", "bad.mld", "--format=json"]);
    assert_eq!(ended.status, 1);
    let value = json(&ended.stdout);
    assert_eq!(value["valid"], false);
    let error = &value["errors"][0];
    assert_eq!((&error["line"], &error["column"]), (&1.into(), &1.into()));
    assert!(error["code"].as_str().unwrap().starts_with('E'));
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("Unclosed array")
    );
}

#[test]
fn a_folder_is_everything_under_it_in_order() {
    let place = Place::new();
    place.file("p/z.mld", "show `z`\n");
    place.file("p/a.mld.md", "# A\n");
    place.file("p/sub/card.att", "Dear @name\n");
    place.file("p/sub/note.txt", "not ours");
    place.file("p/README.md", "not ours");
    let ended = place.mlld(&["validate", "p"]);
    assert_eq!(ended.status, 0);
    assert_eq!(
        ended.stdout,
        "\n  ✓ a.mld.md\n  ✓ sub/card.att\n  ✓ z.mld\n\n3 files: 3 passed\n"
    );
    let value = json(&place.mlld(&["validate", "p", "--json"]).stdout);
    assert_eq!(value.as_array().unwrap().len(), 3);
}

#[test]
fn failures_stand_below_their_file() {
    let place = Place::new();
    place.file("p/a.mld", "show `a`\n");
    place.file("p/z.mld", "var @x = [\n");
    let ended = place.mlld(&["validate", "p"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended
            .stdout
            .contains("  ✗ z.mld\n      Parse error: Unclosed array"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.ends_with("\n2 files: 1 passed, 1 failed\n"));
}

#[test]
fn several_paths_and_the_full_form() {
    let place = Place::new();
    place.file("a.mld", "");
    place.file("t.mtt", "Dear {{name}}\n");
    let ended = place.mlld(&["validate", "a.mld", "t.mtt"]);
    assert_eq!(
        ended.stdout,
        "\n  ✓ a.mld\n  ✓ t.mtt\n\n2 files: 2 passed\n"
    );
    let ended = place.mlld(&["validate", "a.mld", "t.mtt", "--verbose"]);
    assert!(ended.stdout.contains("\nValid module\n"));
    assert!(ended.stdout.contains("\nValid template (.mtt)\n"));
}

#[test]
fn a_file_that_cannot_be_read_is_a_result() {
    let place = Place::new();
    place.file("latin.mld", b"show `caf\xe9`\n");
    let ended = place.mlld(&["validate", "gone.mld", "latin.mld", "--json"]);
    assert_eq!(ended.status, 1);
    let value = json(&ended.stdout);
    assert_eq!(value[0]["valid"], false);
    assert_eq!(value[0]["errors"][0]["code"], "E0001");
    assert_eq!(value[1]["errors"][0]["code"], "E0003");
    assert_eq!(value[1]["errors"][0]["column"], 10);
}

#[test]
fn nothing_to_check_is_an_error() {
    let place = Place::new();
    place.file("p/note.txt", "x");
    let ended = place.mlld(&["validate", "p"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert_eq!(ended.stderr, "No mlld files found\n");
}

#[test]
fn nothing_is_run() {
    let place = Place::new();
    place.file(
        "a.mld",
        "run cmd { touch ran }\noutput `x` to \"made.txt\"\n",
    );
    place.mlld(&["validate", "a.mld"]);
    assert_eq!(place.names(), ["a.mld"]);
}
