//! How long calls of `js` blocks take.

#![allow(
    unused,
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the module is compiled into the benchmark to reach what is private"
)]

#[path = "../src/code/js/mod.rs"]
mod js;

use divan::Bencher;
use ecow::EcoString;
use js::{Call, Callee, DEFAULT_MEMORY, Failure, Host, Param};
use mlld_runtime::value::{self, Value};
use std::sync::Arc;

fn main() {
    divan::main();
}

struct Free;

impl Host for Free {
    fn interrupted(&self) -> bool {
        false
    }

    fn call(&self, _: Callee<'_>, _: Vec<Value>) -> Result<Value, Failure> {
        Ok(Value::Null)
    }
}

fn run(code: &str, value: &Value) -> Option<Value> {
    let params = [Param {
        name: "n",
        value: Some(value),
    }];
    let call = Call {
        code,
        params: &params,
        env: &[],
        helpers: &[],
        memory: DEFAULT_MEMORY,
        host: &Free,
    };
    js::run(&call).ok().and_then(|outcome| outcome.value)
}

/// The aim: 100,000 calls in at most two seconds, so 20 µs each.
#[divan::bench]
fn small(bencher: Bencher<'_, '_>) {
    let n = Value::Number(2.0);
    bencher.bench_local(|| run("return n * 2", &n));
}

#[divan::bench]
fn statements(bencher: Bencher<'_, '_>) {
    let n = Value::Text(EcoString::from("a few words of text"));
    let code = "const words = n.split(' ').map(w => w.toUpperCase()); let out = {}; \
                for (const w of words) out[w] = w.length; return out";
    bencher.bench_local(|| run(code, &n));
}

#[divan::bench]
fn awaits(bencher: Bencher<'_, '_>) {
    let n = Value::Number(2.0);
    bencher.bench_local(|| run("const v = await Promise.resolve(n); return v + 1", &n));
}

/// A block that changes a built-in has an engine of its own.
#[divan::bench]
fn own_engine(bencher: Bencher<'_, '_>) {
    let n = Value::Number(2.0);
    bencher.bench_local(|| {
        run(
            "Array.prototype.last = function () { return this[0] }; return [n].last()",
            &n,
        )
    });
}

#[divan::bench(args = [1_000, 100_000])]
fn array_round_trip(bencher: Bencher<'_, '_>, length: u32) {
    let n = Value::Array(Arc::new(
        (0..length).map(|n| Value::Number(f64::from(n))).collect(),
    ));
    bencher.bench_local(|| run("return n", &n));
}

/// What freezing costs inside of a block: methods are found through accessors.
#[divan::bench(args = ["shared", "own"])]
fn methods(bencher: Bencher<'_, '_>, engine: &str) {
    let code = "const a = []; for (let i = 0; i < 10000; i++) a.push(String(i).padStart(8)); \
                return a.map(s => s.trim()).filter(s => s.length > 1).length";
    let code = if engine == "own" {
        format!("typeof eval; {code}")
    } else {
        code.to_owned()
    };
    bencher.bench_local(|| run(&code, &Value::Null));
}

/// A thread's first call makes its engine.
#[divan::bench]
fn first_of_a_thread(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        std::thread::spawn(|| run("return n", &Value::Null))
            .join()
            .ok()
            .flatten()
    });
}
