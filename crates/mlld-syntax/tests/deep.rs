//! Deep, long and large inputs: no stack overflow, no time that grows faster than the text (spec 01 §15, 26).
//!
//! Everything runs in threads with the stack that a thread gets by default.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use mlld_syntax::{Mode, Parse, parse};

/// Parses in a thread with a stack of 2 MiB, and drops the tree there.
fn run<T: Send + 'static>(source: String, look: impl FnOnce(&Parse) -> T + Send + 'static) -> T {
    let body = move || look(&parse(&source, Mode::Strict));
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(body)
        .unwrap()
        .join()
        .unwrap()
}

fn first_code(source: String) -> Option<&'static str> {
    run(source, |p| p.diagnostics.first().map(|d| d.code))
}

const TOO_DEEP: Option<&str> = Some("E0126");

#[test]
fn two_hundred_levels_parse() {
    let nested = |open: &str, inside: &str, close: &str, n: usize| {
        format!("var @a = {}{inside}{}", open.repeat(n), close.repeat(n))
    };
    assert_eq!(first_code(nested("[", "1", "]", 200)), None);
    assert_eq!(first_code(nested("[", "1", "]", 201)), TOO_DEEP);
    assert_eq!(first_code(nested("{a: ", "1", "}", 200)), None);
    assert_eq!(first_code(nested("{a: ", "1", "}", 201)), TOO_DEEP);
    assert_eq!(first_code(nested("(", "1", ")", 200)), None);
    assert_eq!(first_code(nested("(", "1", ")", 201)), TOO_DEEP);
    assert_eq!(first_code(nested("@f(", "1", ")", 200)), None);
    assert_eq!(first_code(nested("@a[", "0", "]", 200)), None);
    assert_eq!(first_code(nested("`@f(", "1", ")`", 200)), None);
    assert_eq!(first_code(nested("[ => ", "1", "]", 200)), None);
    assert_eq!(
        first_code(format!("{}{}", "if true [ ".repeat(200), "]".repeat(200))),
        None
    );
    assert_eq!(
        first_code(format!("{}{}", "if true [ ".repeat(201), "]".repeat(201))),
        TOO_DEEP
    );
    assert_eq!(
        first_code(format!("{}1", "for @x in @l => ".repeat(200))),
        None
    );
    assert_eq!(
        first_code(format!(
            "var @a = {}1{}",
            "when [ * => ".repeat(200),
            " ]".repeat(200)
        )),
        None
    );
}

#[test]
fn a_hundred_thousand_brackets_are_refused() {
    let n = 100_000;
    for open in [
        "[",
        "(",
        "{a: ",
        "[[ ",
        "@f(",
        "@a[@a",
        "[ let @x = ",
        "[ => ",
        "when [ * => ",
        "!(",
        "{ a: [ ",
        "<a as `",
        "for @x in ",
        "for @x in @y => ",
        "when @a => ",
        "loop until ",
        "stream ",
        "box {a: ",
        "foreach @f(",
        "@x ? ",
        "`@f(",
        "\"@a?\"@f(",
        "data {a: ",
        "@a with {a: ",
        "1 | {a: ",
        "1 | @f(",
        "run ",
        "new @f(",
        "env [ let @x = ",
    ] {
        let mark = format!("var @a = {}", open.repeat(n));
        let code = first_code(mark);
        assert!(code.is_some(), "unclosed {open:?} parses");
    }
    assert_eq!(first_code(format!("var @a = {}", "[".repeat(n))), TOO_DEEP);
    assert_eq!(first_code("if true [ ".repeat(n)), TOO_DEEP);
    assert_eq!(
        first_code(format!("policy @p = {}", "{a: [".repeat(n))),
        TOO_DEEP
    );
    assert_eq!(
        first_code(format!("exe @f() = js {{ {}", "`${".repeat(n))),
        TOO_DEEP
    );
    assert_eq!(
        first_code(format!("exe @f() = sh {{ {}", "$(".repeat(n))),
        TOO_DEEP
    );
    assert_eq!(
        first_code(format!("run cmd {{ {}", "\"$(".repeat(n))),
        TOO_DEEP
    );
    assert_eq!(
        first_code(format!("show \"{}", "@a?\"".repeat(n))),
        TOO_DEEP
    );
    assert_eq!(
        first_code(format!("show `\n{}", "/for @x in @y\n".repeat(n))),
        TOO_DEEP
    );
    assert_eq!(
        first_code(format!("guard before x = when [ * => {}", "[".repeat(n))),
        TOO_DEEP
    );
}

#[test]
fn indexes_in_texts_that_never_close_are_text() {
    assert_eq!(
        first_code(format!("show `{}`", "@a[".repeat(100_000))),
        None
    );
    assert_eq!(
        first_code(format!("show `{}`", "@a[\"".repeat(100_000))),
        None
    );
    assert_eq!(
        first_code(format!("show `{}`", "@a[?k=".repeat(100_000))),
        None
    );
    assert_eq!(
        first_code(format!("show :::{}:::", "{{a[".repeat(100_000))),
        None
    );
}

#[test]
fn chains_of_any_length_are_flat() {
    let n = 20_000;
    for source in [
        format!("var @a = {}1", "1 + ".repeat(n)),
        format!("var @a = {}1", "@a && @b || ".repeat(n)),
        format!("var @a = {}1", "@a ? 1 : ".repeat(n)),
        format!("var @a = @a{}", ".m(1)".repeat(n)),
        format!("var @a = @a{}", "\n  .m(1)".repeat(n)),
        format!("var @a = @a{}", "[0].b".repeat(n)),
        format!("var @a = {}@a", "!".repeat(n)),
        format!("var @a = 1{}", " | @f(1)".repeat(n)),
        format!("var @a = 1 | @f{}", " || @g".repeat(n)),
        format!("show `{}`", "@a|@b".repeat(n)),
        format!("show `@a{}`", "|@b".repeat(n)),
        format!("var @a = [{}]", "1, ".repeat(n)),
        format!("if true [ {} ]", "show @a;".repeat(n)),
        format!("when [ {} ]", "@a => 1;".repeat(n)),
    ] {
        let start: String = source.chars().take(40).collect();
        assert_eq!(first_code(source), None, "{start}");
    }
}

#[test]
fn ten_megabytes_on_one_line() {
    let n = 10_000_000;
    assert_eq!(first_code(format!("var @a = {}", "[".repeat(n))), TOO_DEEP);
    assert_eq!(
        first_code(format!("var @a = {}", "\"@a?\"".repeat(n / 5))),
        None
    );
    assert_eq!(
        first_code(format!("show `{}`", "plain text ".repeat(n / 11))),
        None
    );
    assert_eq!(
        first_code(format!("show \"{}", "x".repeat(n))),
        Some("E0113")
    );
    assert_eq!(
        first_code(format!("var @a = '{}", "x\n".repeat(n / 2))),
        Some("E0103")
    );
    let text = format!("var @a = '{}'", "x".repeat(n));
    assert_eq!(run(text, |p| (p.is_ok(), p.module.items.len())), (true, 1));
}

#[test]
fn unclosed_quotes_are_looked_for_once() {
    for line in [
        "show 'a\n",
        "show ::a\n",
        "show `a\n",
        "show [[a\n",
        "run cmd { 'a\n",
        "exe @f() = sh { <<E\n",
    ] {
        assert!(
            first_code(format!("{}x", line.repeat(50_001))).is_some(),
            "{line:?}"
        );
    }
}

#[test]
fn many_mistakes_give_a_bounded_list() {
    assert_eq!(run("show\n".repeat(200_000), |p| p.diagnostics.len()), 100);
}
