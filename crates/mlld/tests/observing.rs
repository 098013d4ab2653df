//! Watching a run from outside: `--structured`, `--verbose`, `--debug`, `--metrics` (spec 09 §5).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use regress::Regex;
use serde_json::Value;
use support::{Ended, Place};

/// The one object that a structured run prints.
fn object(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {}", ended.stdout))
}

/// Whether a text is what an expression says, as a whole.
fn is(text: &str, expression: &str) -> bool {
    Regex::new(&format!("^(?:{expression})$"))
        .unwrap()
        .find(text)
        .is_some()
}

#[test]
fn a_structured_run_prints_one_object_and_nothing_else() {
    let place = Place::new();
    place.file(
        "a.mld",
        "var pii @m = \"m\"\nshow @m\nlog \"to stderr\"\noutput { n: 1 } to \"state://box\"\n",
    );
    let ended = place.mlld(&["a.mld", "--structured"]);
    assert_eq!(ended.status, 0);
    let object = object(&ended);
    let keys: Vec<_> = object.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["output", "effects", "exports", "stateWrites", "denials"]
    );
    assert_eq!(object["output"], "m\n");
    assert_eq!(object["effects"][0]["type"], "both");
    assert_eq!(object["effects"][0]["security"]["labels"][0], "pii");
    assert_eq!(object["effects"][1]["type"], "stderr");
    let write = &object["stateWrites"][0];
    assert_eq!(write["path"], "box");
    assert_eq!(write["value"]["n"], 1);
    assert!(is(write["timestamp"].as_str().unwrap(), r"\d{4}-.*Z"));
    for line in [
        "to stderr",
        "[effect] both taint=[pii] labels=[pii]",
        "[execution:complete]",
    ] {
        assert!(ended.stderr.lines().any(|l| l == line), "{}", ended.stderr);
    }
}

#[test]
fn a_structured_run_that_fails_says_what_happened_before() {
    let place = Place::new();
    place.file(
        "a.mld",
        "policy @p = { labels: { secret: { deny: [\"op:show\"] } } }\nvar secret @k = \"k-7731\"\nshow \"before\"\noutput @k to \"k.txt\"\nshow @k\n",
    );
    let ended = place.mlld(&["a.mld", "--structured"]);
    assert_eq!(ended.status, 1);
    let object = object(&ended);
    assert_eq!(object["output"], "before\n");
    assert_eq!(object["error"]["code"], "POLICY_LABEL_FLOW_DENIED");
    assert_eq!(object["denials"][0]["operation"], "show");
    assert_eq!(object["denials"][0]["rule"], "policy.labels.secret.deny");
    assert_eq!(object["denials"][0]["guard"], Value::Null);
    assert_eq!(object["effects"][1]["content"], "[REDACTED]");
    let all = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!all.contains("k-7731"), "{all}");
}

#[test]
fn a_script_that_does_not_parse_is_an_object_too() {
    let place = Place::new();
    place.file("a.mld", "show\n");
    let ended = place.mlld(&["a.mld", "--structured"]);
    assert_eq!(ended.status, 1);
    assert_eq!(object(&ended)["error"]["code"], "PARSE_ERROR");
}

#[test]
fn stages_have_lines() {
    let place = Place::new();
    place.file("a.mld", "exe @f(v) = `@v`\nvar @r = \"x\" | @f || @upper\n");
    let ended = place.mlld(&["a.mld", "--structured"]);
    let lines: Vec<_> = ended
        .stderr
        .lines()
        .filter(|l| l.starts_with("[command:"))
        .collect();
    assert_eq!(lines.len(), 4, "{}", ended.stderr);
    for expression in [
        r"\[command:start\] stage=0 parallel=0 pipeline=p1",
        r"\[command:start\] stage=0 parallel=1 pipeline=p1",
        r"\[command:complete\] stage=0 parallel=1 pipeline=p1 duration=\d+",
    ] {
        assert!(lines.iter().any(|l| is(l, expression)), "{lines:?}");
    }
}

#[test]
fn directives_have_lines_without_values() {
    let place = Place::new();
    place.file("a.mld", "var secret @k = \"k-7731\"\nshow \"out\"\n");
    for option in ["-v", "--verbose", "-d", "--debug"] {
        let ended = place.mlld(&["a.mld", option]);
        assert_eq!(ended.stdout, "out\n");
        let lines: Vec<_> = ended.stderr.lines().collect();
        assert!(
            is(lines[0], r"\[debug\] a\.mld:1 var \d+\.\dms"),
            "{lines:?}"
        );
        assert!(is(lines[1], r"\[debug\] a\.mld:2 show \d+\.\dms"));
        assert!(!ended.stderr.contains("k-7731"));
        let detailed = option.starts_with("-d") || option == "--debug";
        assert_eq!(ended.stderr.contains("Metrics:"), detailed, "{option}");
    }
    let ended = place.mlld_with(&["a.mld"], &[("MLLD_DEBUG", "true")], b"");
    assert!(ended.stderr.starts_with("[debug] a.mld:1 var "));
    let ended = place.mlld(&["a.mld"]);
    assert_eq!(ended.stderr, "");
}

#[test]
fn metrics_stand_at_the_end() {
    let place = Place::new();
    place.file("a.mld", "show \"out\"\n");
    let ended = place.mlld(&["a.mld", "--metrics"]);
    assert_eq!(ended.stdout, "out\n");
    assert!(
        is(&ended.stderr, "\nTotal: \\d+\\.\\dms\n"),
        "{}",
        ended.stderr
    );
    place.file("b.mld", "show @none\n");
    let ended = place.mlld(&["b.mld", "--metrics"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("\nTotal: "));
}

#[test]
fn progress_is_for_terminals() {
    let place = Place::new();
    place.file(
        "a.mld",
        "var @r = for parallel @x in [1, 2] => @x\nshow \"out\"\n",
    );
    let ended = place.mlld(&["a.mld", "--show-progress"]);
    assert_eq!(
        (ended.stdout.as_str(), ended.stderr.as_str()),
        ("out\n", "")
    );
}

#[test]
fn the_debug_object_is_refused() {
    let place = Place::new();
    place.file("a.mld", "show \"out\"\n");
    let ended = place.mlld(&["a.mld", "--debug", "--json"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended
            .stderr
            .contains("--debug with --json is not supported yet")
    );
    assert_eq!(ended.stdout, "");
}
