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
const COVERED: &[(&str, usize)] = &[];

#[test]
fn two_thousand_scripts_keep_their_secrets() {
    let summary = Campaign::default().run().unwrap();
    assert!(summary.failures.is_empty(), "{summary}");
    assert_eq!(summary.run, 2000);
    // Scripts that do not come far show little.
    assert!(summary.well > 1800, "{summary}");
    assert!(
        summary.compared > 15_000 && summary.agreed > 40_000,
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
