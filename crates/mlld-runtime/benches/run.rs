//! Whole runs in process: parse, evaluate, print.

use mlld_runtime::syntax::Mode;
use mlld_runtime::{Host, RunOptions, Source, run};
use std::fmt::Write;
use std::io;

fn main() {
    divan::main();
}

/// A host that throws away what is printed.
struct Nowhere;

impl Host for Nowhere {
    fn out(&self, text: &str) -> io::Result<()> {
        divan::black_box(text);
        Ok(())
    }

    fn err(&self, text: &str) {
        divan::black_box(text);
    }
}

fn once(text: &str) {
    let source = Source {
        name: "bench.mld".into(),
        path: "/nowhere/bench.mld".into(),
        text: text.into(),
        mode: Mode::Strict,
    };
    let options = RunOptions::default();
    assert!(run(&source, &Nowhere, &options).is_ok());
}

#[divan::bench]
fn hello() {
    once("show \"hello\"\n");
}

/// `n` interpolating `var` lines.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn interpolating_variables(bencher: divan::Bencher, n: usize) {
    let mut text = String::from("var @v0 = \"start\"\n");
    for i in 1..n {
        let _ = writeln!(
            text,
            "var @v{i} = `{i} after @v{} and some words`",
            if i % 10 == 0 { 0 } else { i - 1 }
        );
    }
    bencher.bench(|| once(&text));
}

/// A loop over `n` labelled objects with a template body.
#[divan::bench(args = [10_000, 100_000])]
fn labelled_loop(bencher: divan::Bencher, n: usize) {
    let row = "{n: 1, name: \"x\"}";
    let rows = vec![row; n].join(", ");
    let text = format!("var pii @rows = [{rows}]\nvar @out = for @r in @rows => `row @r.name`\n");
    bencher.bench(|| once(&text));
}
