//! Imports: a graph of modules on disk.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a bench writes the files that it reads"
)]

use mlld_runtime::syntax::Mode;
use mlld_runtime::{Host, RunOptions, Source, run};
use std::fmt::Write;
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

/// `width` modules a level: each defines a few things, and imports three modules of the level below.
fn graph(folder: &Path, levels: usize, width: usize) {
    for level in 0..levels {
        for n in 0..width {
            let mut text = String::new();
            if level + 1 < levels {
                for k in 0..3 {
                    let below = (n + k * 7) % width;
                    let next = level + 1;
                    let _ = writeln!(
                        text,
                        "import {{ v as @v{k}, f as @f{k} }} from \"./m{next}_{below}.mld\""
                    );
                }
                let _ = writeln!(text, "import \"./m{}_{n}.mld\" as @whole", level + 1);
                text.push_str("var @v = `@v0 @whole.v.length`\nexe @f(x) = @f0(@x)\n");
            } else {
                let _ = writeln!(text, "var secret @v = \"leaf {n}\"\nexe @f(x) = `@x @v`");
            }
            text.push_str("var @list = [1, 2, 3]\nexport { v, f, list }\n");
            std::fs::write(folder.join(format!("m{level}_{n}.mld")), text).unwrap();
        }
    }
}

/// 200 modules in a graph of 5 levels.
#[divan::bench]
fn two_hundred_modules(bencher: divan::Bencher) {
    const LEVELS: usize = 5;
    const WIDTH: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    graph(folder.path(), LEVELS, WIDTH);
    let mut text = String::new();
    for n in 0..WIDTH {
        let _ = writeln!(
            text,
            "import {{ v as @v{n}, f as @f{n} }} from \"./m0_{n}.mld\""
        );
    }
    text.push_str("show @f0(@v1)\n");
    let source = Source {
        name: "main.mld".into(),
        path: folder.path().join("main.mld"),
        text: text.into(),
        mode: Mode::Strict,
    };
    let options = RunOptions::default();
    bencher.bench(|| assert!(run(&source, &Nowhere, &options).is_ok()));
}

/// One executable of a module, called through the whole module.
#[divan::bench(args = [10_000])]
fn calls_through_a_module(bencher: divan::Bencher, n: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut module = String::from("exe @f(x) = `f @x`\n");
    for i in 0..100 {
        let _ = writeln!(module, "var @v{i} = {i}");
    }
    std::fs::write(folder.path().join("m.mld"), module).unwrap();
    let items = vec!["1"; n].join(", ");
    let text = format!("import \"./m.mld\" as @m\nvar @r = for @x in [{items}] => @m.f(@m.v7)\n");
    let source = Source {
        name: "main.mld".into(),
        path: folder.path().join("main.mld"),
        text: text.into(),
        mode: Mode::Strict,
    };
    let options = RunOptions::default();
    bencher.bench(|| assert!(run(&source, &Nowhere, &options).is_ok()));
}
