//! Modules: what they give, what they see, what they carry (spec 04 §7, §9, §10; 05 §5.1, §6.1).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests write files and end when they cannot go on"
)]

#[path = "../support/mod.rs"]
mod support;

mod evaluation;
mod forms;
mod input;
mod judged;
mod labels;
mod locked;
mod mistakes;
mod packages;
mod sources;
mod withheld;

use mlld_runtime::syntax::Mode;
use mlld_runtime::{RunOptions, Source, run};
use std::path::Path;
use support::{Ran, Recorder, options, ran};

/// A file: its path, its text.
type File = (&'static str, &'static str);

fn write(folder: &Path, files: &[File]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

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

/// Runs `main` beside `files`.
fn script(files: &[File], main: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    run_with(folder.path(), &options(), main)
}

fn shows(files: &[File], main: &str, expected: &str) {
    assert_eq!(script(files, main).good(), expected, "{main}");
}

#[track_caller]
fn fails(files: &[File], main: &str, expected: &str) {
    let ran = script(files, main);
    assert!(
        ran.error().contains(expected),
        "{}\nnot: {expected}",
        ran.error()
    );
}

/// The labels of `@r`, with provenance, folders left out.
fn taint(files: &[File], main: &str) -> Vec<String> {
    let text = format!("{main}\nfor @l in @r.mx.taint => show @l\n");
    let ran = script(files, &text);
    let lines = ran.good().lines().filter(|l| !l.starts_with("dir:"));
    lines.map(str::to_owned).collect()
}

const PLANT: File = (
    "plant.mld",
    "var @_spare = 'hidden'\nvar @site = 'north'\nvar secret @key = 'k1'\nexe @greet(who) = `@who at @site`\nexe @open(x) = `@x @key`\nexport { @site, @key, @greet, @open }\n",
);
