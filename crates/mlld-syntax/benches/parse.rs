//! Throughput of the parser, and whether it is linear in the size of the script.

use divan::Bencher;
use divan::counter::BytesCount;
use mlld_syntax::{Mode, parse};

const SCRIPT: &str = r#"var @config = { name: "svc", port: 8080, tags: ["a", "b"], nested: { deep: true } }
exe @greet(who, how) = `Hello @who, you are @how and the port is @config.port`
if @config.port > 80 && @config.name != "x" [
  let @n = @config.port + 1
  show `port @n of @config.name in <b>bold</b>`
]
for @t in @config.tags => show @greet(@t, "fine") | @upper
run cmd { echo "hello @config.name" | tr a-z A-Z }
exe @calc(a, b) = js { const x = a + b; return { sum: x, text: `${a}/${b}` } }
show "done @config.name with escapes \n and \"quotes\""
when [
  @config.port == 8080 => show "default"
  * => show "other"
]
"#;

fn repeated(text: &str, size: usize) -> String {
    text.repeat(size / text.len() + 1)
}

fn main() {
    divan::main();
}

/// An ordinary script; the figures of all sizes should be alike.
#[divan::bench(args = [10_000, 100_000, 1_000_000, 10_000_000])]
fn script(bencher: Bencher<'_, '_>, size: usize) {
    let source = repeated(SCRIPT, size);
    bencher
        .counter(BytesCount::new(source.len()))
        .bench(|| parse(&source, Mode::Strict));
}

/// A document that is mostly prose.
#[divan::bench(args = [1_000_000])]
fn document(bencher: Bencher<'_, '_>, size: usize) {
    let source = repeated(
        "# Title\n\nSome prose with `code` and more of it.\n/show `x @y`\n| a | b |\n",
        size,
    );
    bencher
        .counter(BytesCount::new(source.len()))
        .bench(|| parse(&source, Mode::Markdown));
}

/// One large template.
#[divan::bench(args = [1_000_000])]
fn template(bencher: Bencher<'_, '_>, size: usize) {
    let source = format!(
        "show `{}`",
        repeated(
            "Plain text of a prompt, line by line, with @one.name in it.\n",
            size
        )
    );
    bencher
        .counter(BytesCount::new(source.len()))
        .bench(|| parse(&source, Mode::Strict));
}

/// Brackets that are never closed.
#[divan::bench(args = [1_000_000])]
fn unclosed(bencher: Bencher<'_, '_>, size: usize) {
    let source = format!("var @a = {}", "[".repeat(size));
    bencher
        .counter(BytesCount::new(source.len()))
        .bench(|| parse(&source, Mode::Strict));
}
