//! Loading: many small files, one large one, source code.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a benchmark makes the files that it loads"
)]

use divan::counter::{BytesCount, ItemsCount};
use mlld_runtime::syntax::Mode;
use mlld_runtime::{Host, RunOptions, Source, run};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

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

fn once(folder: &Path, text: &str) {
    let source = Source {
        name: "bench.mld".into(),
        path: folder.join("bench.mld"),
        text: text.into(),
        mode: Mode::Strict,
    };
    assert!(run(&source, &Nowhere, &RunOptions::default()).is_ok());
}

/// `n` notes in folders of a hundred.
fn notes(n: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..n {
        let inner = folder.path().join(format!("{:04}", i / 100));
        if i % 100 == 0 {
            fs::create_dir(&inner).unwrap();
        }
        let text = format!("---\ntitle: Note {i}\n---\n# One\nsome words\n## Two\nmore words\n");
        fs::write(inner.join(format!("{i}.md")), text).unwrap();
    }
    folder
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 5)]
fn pattern(bencher: divan::Bencher, n: usize) {
    let folder = notes(n);
    bencher
        .counter(ItemsCount::new(n))
        .bench(|| once(folder.path(), "var @l = <**/*.md>\n"));
}

#[divan::bench(args = [10_000], sample_count = 5)]
fn pattern_of_sections(bencher: divan::Bencher, n: usize) {
    let folder = notes(n);
    bencher
        .counter(ItemsCount::new(n))
        .bench(|| once(folder.path(), "var @l = <**/*.md # Two>\n"));
}

#[divan::bench(args = [10_000], sample_count = 5)]
fn pattern_as_template(bencher: divan::Bencher, n: usize) {
    let folder = notes(n);
    let text = "var @l = <**/*.md as `- <>.fm.title (<>.relative)`>\n";
    bencher
        .counter(ItemsCount::new(n))
        .bench(|| once(folder.path(), text));
}

/// A list of objects of about so many megabytes.
#[divan::bench(args = [5, 50], sample_count = 5)]
fn large_json(bencher: divan::Bencher, megabytes: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("[");
    let mut i = 0;
    while text.len() < megabytes << 20 {
        let _ = writeln!(
            text,
            "{{\"id\": {i}, \"name\": \"item number {i}\", \"tags\": [\"a\", \"b\"], \"ok\": true}},"
        );
        i += 1;
    }
    text.push_str("null]");
    fs::write(folder.path().join("big.json"), &text).unwrap();
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| once(folder.path(), "var @b = <big.json>\nvar @n = @b.length\n"));
}

/// A text of so many megabytes, of which one section is taken.
#[divan::bench(args = [5, 50], sample_count = 5)]
fn section_of_large_text(bencher: divan::Bencher, megabytes: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    let mut i = 0;
    while text.len() < megabytes << 20 {
        let _ = write!(text, "## Part {i}\nsome words of this part\n\n");
        i += 1;
    }
    let _ = write!(text, "# Last\nthe end\n");
    fs::write(folder.path().join("big.md"), &text).unwrap();
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| once(folder.path(), "var @s = <big.md # Last>\n"));
}

/// Definitions of a source file of so many functions.
#[divan::bench(args = [1_000, 10_000], sample_count = 5)]
fn definitions(bencher: divan::Bencher, n: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for i in 0..n {
        let _ = writeln!(
            text,
            "export function f{i}(a: number): number {{\n  return g{i}(a) + 1;\n}}"
        );
    }
    fs::write(folder.path().join("big.ts"), &text).unwrap();
    bencher
        .counter(ItemsCount::new(n))
        .bench(|| once(folder.path(), "var @d = <big.ts { * }>\n"));
}
