//! URLs: what comes of them, what is refused, what they carry (spec 04 §7.8, §7.9, §8).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests make servers and files, and end when they cannot go on"
)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/web.rs"]
mod web;

mod imports;
mod limits;
mod loading;
mod refused;

use mlld_runtime::syntax::Mode;
use mlld_runtime::{Domains, RunOptions, Source, UrlOptions, run};
use std::path::Path;
use support::{Ran, Recorder, options, ran};

/// Runs a script in `folder`.
fn run_with(folder: &Path, options: &RunOptions, main: &str) -> Ran {
    let source = Source {
        name: "main.mld".into(),
        path: folder.join("main.mld"),
        text: main.into(),
        mode: Mode::Strict,
    };
    let host = Recorder::default();
    let result = run(&source, &host, options);
    ran(host, result)
}

/// Runs a script in a fresh folder, with what is said about URLs.
fn with(urls: UrlOptions, main: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { urls, ..options() };
    run_with(folder.path(), &options, main)
}

/// Runs a script in a fresh folder that has this configuration.
fn configured(config: &str, main: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mlld-config.json"), config).unwrap();
    run_with(folder.path(), &options(), main)
}

fn script(main: &str) -> Ran {
    with(UrlOptions::default(), main)
}

fn allowed(domains: &[&str]) -> UrlOptions {
    UrlOptions {
        allowed: Some(Domains::parse(domains.iter().copied()).unwrap()),
        ..UrlOptions::default()
    }
}

#[track_caller]
fn fails(ran: &Ran, expected: &str) {
    assert!(
        ran.error().contains(expected),
        "{}\nnot: {expected}",
        ran.error()
    );
}
