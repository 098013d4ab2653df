//! The examples do what their texts promise.
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

use std::path::Path;
use support::Place;

/// Where the examples lie.
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");

/// A folder with a copy of an example.
fn copy_of(example: &str) -> Place {
    let place = Place::new();
    let entries = std::fs::read_dir(Path::new(EXAMPLES).join(example)).expect("the example exists");
    for entry in entries {
        let entry = entry.unwrap();
        std::fs::copy(
            entry.path(),
            place.path(entry.file_name().to_str().unwrap()),
        )
        .unwrap();
    }
    place
}

/// What stands before and what stands at the marked line of a script.
fn line_of(script: &str, part: &str) -> usize {
    1 + script
        .lines()
        .position(|l| l.contains(part))
        .unwrap_or_else(|| panic!("no line with {part}"))
}

#[test]
fn airlock_lets_honest_work_pass() {
    let ended = copy_of("airlock").mlld(&["honest.mld"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.contains("3 customers"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("characters to desk@example.com"),
        "{}",
        ended.stdout
    );
}

#[test]
fn airlock_stops_the_attack() {
    let place = copy_of("airlock");
    let script = place.read("airlock.mld");
    let ended = place.mlld(&["airlock.mld"]);
    assert_eq!(ended.status, 1);

    // The honest part has happened, the attack has not.
    assert!(
        ended.stdout.contains("characters to desk@example.com"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("to collector@"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("never reached"), "{}", ended.stdout);

    // The report tells the story: what, by whom, why, from where, at which line.
    let attack = line_of(&script, "collector@");
    for part in [
        "Operation denied",
        "Blocked by: Policy airlock",
        "Rule: policy.defaults.rules.no-secret-exfil",
        "secret",
        "pii",
        "op:cmd:send-mail",
        "Reason: Rule 'no-secret-exfil': label 'secret' cannot flow to 'exfil'",
        "How 'secret' came here:\n  - @customers at airlock.mld:14:1: declared there",
        &format!("airlock.mld:{attack}"),
    ] {
        assert!(ended.stderr.contains(part), "{part} in:\n{}", ended.stderr);
    }

    // And it does not itself carry off what it protects.
    for row in place.read("customers.csv").lines() {
        assert!(!ended.stderr.contains(row), "{row}");
        assert!(!ended.stdout.contains(row), "{row}");
    }
}

#[test]
fn airlock_stops_the_attack_from_any_folder() {
    let place = copy_of("airlock");
    let ended = place.shell("cd / && $MLLD \"$OLDPWD/airlock.mld\"");
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("Operation denied"),
        "{}",
        ended.stderr
    );
}

#[test]
fn examples_are_valid() {
    let ended = Place::new().mlld(&["validate", EXAMPLES]);
    assert_eq!(ended.status, 0, "{}", ended.stdout);
}
