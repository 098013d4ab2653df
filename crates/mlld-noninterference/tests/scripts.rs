//! Two thousand scripts from fixed seeds, and whether the harness would find what it looks for.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing test says so by panicking"
)]

use mlld_noninterference::campaign::Campaign;
use mlld_noninterference::check::{Checks, Wrong};
use mlld_noninterference::generate::Mode;
use mlld_noninterference::oracle::Fault;

/// Constructs that two thousand scripts have to contain so often at least.
const COVERED: &[(&str, usize)] = &[
    ("ambient mx", 150),
    ("and, or", 2550),
    ("append", 400),
    ("arithmetic", 1800),
    ("array", 7050),
    ("augment", 3650),
    ("bail", 20),
    ("batch", 50),
    ("binding", 19600),
    ("block value", 1500),
    ("built-in call", 1250),
    ("call", 2350),
    ("call statement", 500),
    ("comparison", 3700),
    ("continue", 1000),
    ("done", 1500),
    ("executable with labels", 800),
    ("executable: block", 2150),
    ("executable: expression", 200),
    ("executable: js", 550),
    ("executable: js that throws", 15),
    ("executable: loop", 40),
    ("executable: object", 200),
    ("executable: pipeline", 20),
    ("executable: recursive", 200),
    ("executable: template", 450),
    ("executable: template file", 200),
    ("executable: when", 350),
    ("field", 2350),
    ("for filter", 850),
    ("for parallel", 350),
    ("for statement", 1450),
    ("for value", 1100),
    ("for value with block", 200),
    ("for with key", 400),
    ("foreach", 100),
    ("if", 6300),
    ("import of a namespace", 600),
    ("import of names", 550),
    ("index", 200),
    ("index by variable", 150),
    ("labelled binding", 5200),
    ("labelled effect", 250),
    ("labelled import", 200),
    ("labelling return", 200),
    ("leading group", 40),
    ("literal", 45300),
    ("log", 12800),
    ("loop", 450),
    ("loop value", 1000),
    ("method", 8250),
    ("method on array literal", 250),
    ("module", 700),
    ("module with exports", 450),
    ("mx of content", 200),
    ("mx.labels", 500),
    ("mx.taint", 200),
    ("not", 700),
    ("nullish", 2900),
    ("object", 4650),
    ("optional member", 250),
    ("output to file", 900),
    ("output to stdout", 400),
    ("path", 63250),
    ("pipeline", 800),
    ("policy", 100),
    ("retry", 100),
    ("return", 4400),
    ("run", 350),
    ("secret", 1750),
    ("show", 3450),
    ("skip", 100),
    ("slice", 200),
    ("spread", 150),
    ("stage call", 400),
    ("stage effect", 30),
    ("stage group", 30),
    ("stage object", 60),
    ("stage transformer", 750),
    ("stage while", 40),
    ("template default", 850),
    ("template fragment", 800),
    ("template in backticks", 4250),
    ("template in colons", 200),
    ("template in quotes", 1600),
    ("template in three colons", 200),
    ("template loop", 400),
    ("template optional", 1000),
    ("template path", 8150),
    ("template pipe", 1000),
    ("template text", 19500),
    ("ternary", 2250),
    ("tracking policy", 300),
    ("when match", 600),
    ("when statement", 1900),
    ("when value", 2050),
    ("workspace files", 650),
    ("workspace read", 30),
];

#[test]
fn two_thousand_scripts_keep_their_secrets() {
    let summary = Campaign::default().run().unwrap();
    assert!(summary.failures.is_empty(), "{summary}");
    assert_eq!(summary.run, 2000);
    // Scripts that do not come far show little.
    assert!(summary.well > 1800, "{summary}");
    assert!(
        summary.compared > 12_000 && summary.agreed > 30_000,
        "{summary}"
    );
    for (tag, least) in COVERED {
        let found = summary.tags.get(tag).copied().unwrap_or_default();
        assert!(found >= *least, "'{tag}' occurs {found} times, not {least}");
    }
    for tag in summary.tags.keys() {
        assert!(
            COVERED.iter().any(|(t, _)| t == tag),
            "'{tag}' has no number to be met"
        );
    }
}

/// The kinds of failures of a campaign.
fn found(campaign: &Campaign) -> Vec<Wrong> {
    campaign
        .run()
        .unwrap()
        .failures
        .iter()
        .map(|f| f.failure.wrong)
        .collect()
}

#[test]
fn each_fault_of_the_oracle_is_found() {
    let faults = [
        Fault::MethodArguments,
        Fault::TernaryCondition,
        Fault::UnusedArguments,
        Fault::Filter,
        Fault::JsSource,
        Fault::Augment,
    ];
    for fault in faults {
        let campaign = Campaign {
            scripts: 300,
            mode: Some(Mode::Explicit),
            patience: 1,
            checks: Checks {
                fault: Some(fault),
                ..Checks::default()
            },
            ..Campaign::default()
        };
        assert!(
            found(&campaign).contains(&Wrong::Labels),
            "{fault:?} was not found"
        );
    }
}

#[test]
fn a_label_that_is_lost_is_found_by_comparing_two_runs() {
    let campaign = Campaign {
        scripts: 100,
        mode: Some(Mode::Tracked),
        patience: 1,
        checks: Checks {
            leak: Some("secret"),
            ..Checks::default()
        },
        ..Campaign::default()
    };
    assert!(found(&campaign).contains(&Wrong::Interference));
}

#[test]
fn branches_on_secrets_leak_where_nothing_tracks_them() {
    // The scripts of the tracked mode without its policy: what tracking is for.
    let campaign = Campaign {
        scripts: 200,
        mode: Some(Mode::Tracked),
        patience: 1,
        checks: Checks {
            untracked: true,
            ..Checks::default()
        },
        ..Campaign::default()
    };
    assert!(found(&campaign).contains(&Wrong::Interference));
}

#[test]
fn a_failing_script_becomes_small() {
    let campaign = Campaign {
        scripts: 50,
        mode: Some(Mode::Tracked),
        patience: 1,
        checks: Checks {
            leak: Some("secret"),
            ..Checks::default()
        },
        ..Campaign::default()
    };
    let summary = campaign.run().unwrap();
    let first = summary.failures.first().unwrap();
    let text = first.small.print(0).main;
    assert!(text.lines().count() <= 6, "{text}");
    assert!(
        first
            .to_string()
            .contains("again: cargo run -p mlld-noninterference -- --scripts 1 --seed")
    );
}

#[test]
fn a_seed_means_the_same_script_for_ever() {
    let script = mlld_noninterference::generate::generate(42, Mode::Explicit);
    let again = mlld_noninterference::generate::generate(42, Mode::Explicit);
    assert_eq!(script, again);
    assert_ne!(script.print(0), script.print(1));
}
