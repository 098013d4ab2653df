//! The labels of a result contain the labels of everything that was read for it (spec 05 §1, §12.1), and two runs
//! that differ in a secret only differ in nothing that is not labelled (Goguen and Meseguer 1982).

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::unreachable,
    reason = "a failing test says so by panicking"
)]

mod support;

use proptest::prelude::*;

/// A generated expression: its text, and whether `@s` is certainly read when it is evaluated.
#[derive(Clone, Debug)]
struct Expr {
    text: String,
    reads: bool,
}

fn expr(text: impl Into<String>, reads: bool) -> Expr {
    Expr {
        text: text.into(),
        reads,
    }
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        3 => Just(expr("@s", true)),
        1 => Just(expr("@o.k", true)),
        1 => Just(expr("@l[1]", true)),
        1 => Just(expr("@o.gone", true)),
        1 => Just(expr("\"t @s\"", true)),
        1 => Just(expr("`@s??\"d\"`", true)),
        1 => Just(expr("`x @s?`", true)),
        1 => Just(expr("`@s|@upper`", true)),
        3 => Just(expr("@p", false)),
        1 => Just(expr("\"plain\"", false)),
        1 => Just(expr("7", false)),
        1 => Just(expr("null", false)),
        1 => Just(expr("[1, 2, 3]", false)),
    ]
}

/// Expressions of every family of spec 05 §6.1 that needs no executable.
fn tree() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let pair = (inner.clone(), inner.clone());
        let triple = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            // Both sides are evaluated.
            (
                pair.clone(),
                prop_oneof![
                    Just("=="),
                    Just("!="),
                    Just("<"),
                    Just(">="),
                    Just("~="),
                    Just("*")
                ]
            )
                .prop_map(|((a, b), op)| expr(
                    format!("({} {op} {})", a.text, b.text),
                    a.reads || b.reads
                )),
            inner
                .clone()
                .prop_map(|a| expr(format!("!({})", a.text), a.reads)),
            // The left side is always evaluated, the right one perhaps.
            (
                pair.clone(),
                prop_oneof![Just("&&"), Just("||"), Just("??")]
            )
                .prop_map(|((a, b), op)| expr(format!("({} {op} {})", a.text, b.text), a.reads)),
            triple.prop_map(|(c, a, b)| {
                expr(
                    format!("({} ? {} : {})", c.text, a.text, b.text),
                    c.reads || (a.reads && b.reads),
                )
            }),
            pair.clone()
                .prop_map(|(a, b)| expr(format!("[{}, {}]", a.text, b.text), a.reads || b.reads)),
            pair.clone().prop_map(|(a, b)| {
                expr(
                    format!("{{x: {}, y?: {}}}", a.text, b.text),
                    a.reads || b.reads,
                )
            }),
            pair.clone().prop_map(|(a, b)| {
                expr(
                    format!("[{}].concat([{}])", a.text, b.text),
                    a.reads || b.reads,
                )
            }),
            pair.prop_map(|(a, b)| expr(
                format!("[{}, 1].includes({})", a.text, b.text),
                a.reads || b.reads
            )),
            inner
                .clone()
                .prop_map(|a| expr(format!("[{}].join(\"-\")", a.text), a.reads)),
            inner
                .clone()
                .prop_map(|a| expr(format!("@typeof({})", a.text), a.reads)),
            inner
                .clone()
                .prop_map(|a| expr(format!("[1, 2, {}][0:1]", a.text), a.reads)),
            inner
                .clone()
                .prop_map(|a| expr(format!("[{}].length", a.text), a.reads)),
            inner.clone().prop_map(|a| expr(
                format!("(when [ {} => \"y\"  * => \"n\" ])", a.text),
                a.reads
            )),
            inner
                .clone()
                .prop_map(|a| expr(format!("(for @i in [1, 2] => [@i, {}])", a.text), a.reads)),
            inner
                .clone()
                .prop_map(|a| expr(format!("(for @i in [{}] => \"k\")", a.text), a.reads)),
            inner.clone().prop_map(|a| {
                expr(format!("(for @i in [1, 2] when {} => @i)", a.text), a.reads)
            }),
            inner
                .clone()
                .prop_map(|a| expr(format!("@id({})", a.text), a.reads)),
            inner
                .clone()
                .prop_map(|a| expr(format!("@drop({})", a.text), a.reads)),
            inner.prop_map(|a| expr(format!("@block({})", a.text), a.reads)),
        ]
    })
}

/// The script around an expression.
fn script(secret: &str, e: &Expr) -> String {
    format!(
        r#"var secret @s = {secret}
var @p = "public"
var @o = {{k: @s, j: 1}}
var @l = ["a", @s]
exe @id(v) = @v
exe @drop(v) = "fixed"
exe @block(v) = [
  let @t = [@v]
  if @t.length > 0 [ let @u = 1 ]
  => "b"
]
var @r = {}
show @r.mx.labels.includes("secret")
show @r
"#,
        e.text
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_read_is_on_the_result(e in tree()) {
        let ran = support::script(&script("\"abc\"", &e));
        if ran.result.is_ok() && e.reads {
            prop_assert!(ran.out.starts_with("true"), "{} lost its label: {}", e.text, ran.out);
        }
    }

    #[test]
    fn what_is_not_labelled_does_not_depend_on_the_secret(e in tree()) {
        let runs: Vec<_> =
            ["\"abc\"", "\"\"", "7", "null"].iter().map(|s| support::script(&script(s, &e))).collect();
        for ran in &runs {
            if ran.out.starts_with("false") {
                for other in runs.iter().filter(|r| r.out.starts_with("false")) {
                    prop_assert_eq!(&ran.out, &other.out, "{} tells of the secret", e.text);
                }
            }
        }
    }
}

#[test]
fn most_generated_scripts_run_and_read_the_secret() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut ran, mut reading) = (0, 0);
    let mut failed = std::collections::BTreeMap::new();
    for _ in 0..300 {
        let e = tree().new_tree(&mut runner).unwrap().current();
        let outcome = support::script(&script("\"abc\"", &e));
        match outcome.result {
            Ok(_) => {
                ran += 1;
                reading += usize::from(e.reads);
            }
            Err(report) => {
                failed.entry(report.message.to_string()).or_insert(e.text);
            }
        }
    }
    assert!(
        ran > 200 && reading > 100,
        "{ran} ran, {reading} of them read the secret: {failed:#?}"
    );
}
