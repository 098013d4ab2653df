//! The conformance cases under `tests/conformance/`, one test a case, named `area/case`.
//!
//! `cargo test -p mlld --test conformance` runs all of them; a word behind `--` selects by name, so
//! `cargo test -p mlld --test conformance -- syntax/ternary --exact` runs one. What a case folder holds stands
//! in `tests/conformance/README.md`; which cases wait for a feature stands in `tests/conformance/pending.txt`.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test harness starts processes and reads files itself, and ends when it cannot"
)]

mod harness;

use harness::{Case, Pending};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::process::ExitCode;

/// Where the cases lie.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance");

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let root = Path::new(ROOT);
    let cases = Case::find(root);
    let pending = Pending::read(&root.join("pending.txt"));

    let problems = pending.problems(cases.iter().map(|c| c.name.as_str()));
    let mut trials = vec![Trial::test("pending.txt", move || match problems {
        p if p.is_empty() => Ok(()),
        p => Err(Failed::from(p.join("\n"))),
    })];
    trials.extend(cases.into_iter().map(|case| {
        let waits_for = pending.feature(&case.name).map(str::to_owned);
        let name = case.name.clone();
        match waits_for {
            None => Trial::test(name, move || verdict(&case.run())),
            Some(feature) => {
                Trial::test(name, move || still_pending(&feature, &case.run())).with_kind("pending")
            }
        }
    }));
    libtest_mimic::run(&args, trials).exit_code()
}

/// A case passes if nothing about it was wrong.
fn verdict(wrong: &[String]) -> Result<(), Failed> {
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// A pending case has to fail: one that passes must be taken off the list, or the list lies.
fn still_pending(feature: &str, wrong: &[String]) -> Result<(), Failed> {
    if wrong.is_empty() {
        Err(format!(
            "passes, though it is listed as waiting for `{feature}`: take it off tests/conformance/pending.txt"
        )
        .into())
    } else {
        Ok(())
    }
}
