//! `with { … }`, limits of groups, waits for rate limits (spec 02 §6.5, 03 §8, §11).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use std::time::Duration;
use support::script;

#[test]
fn unknown_options_are_mistakes_that_name_the_nearest_known_one() {
    for (written, near) in [
        ("pipelin: [@upper]", Some("pipeline")),
        ("stdinn: 1", Some("stdin")),
        ("paralel: 2", Some("parallel")),
        ("xyzzy: 1", None),
    ] {
        let ran = script(&format!(
            "exe @f() = `x`\nvar @r = @f() with {{ {written} }}"
        ));
        let report = ran.result.as_ref().expect_err(written);
        let name = written.split(':').next().unwrap();
        assert_eq!(
            report.message,
            format!("Unknown option '{name}' in with {{ … }}.")
        );
        let hint = near.map(|n| format!("did you mean {n}?"));
        assert_eq!(report.hint.as_ref().map(ToString::to_string), hint);
    }
}

#[test]
fn options_of_later_versions_are_refused_by_name() {
    for option in [
        "guards",
        "policy",
        "tools",
        "profile",
        "auth",
        "using",
        "format",
        "asSection",
        "skipDirs",
    ] {
        let ran = script(&format!(
            "exe @f() = `x`\nvar @r = @f() with {{ {option}: 1 }}"
        ));
        let error = ran.error();
        assert!(
            error.starts_with("NOT_SUPPORTED") && error.contains(&format!("`{option}`"))
                || error.contains(&format!("option `{option}`")),
            "{option}: {error}"
        );
    }
}

#[test]
fn options_that_belong_elsewhere_are_mistakes() {
    for (script_text, name) in [
        ("var @r = \"x\" with { stdin: 1 }", "stdin"),
        ("var @r = \"x\" with { parallel: 2 }", "parallel"),
        (
            "exe @f() = `x`\nvar @r = @f() with { description: \"d\" }",
            "description",
        ),
        (
            "exe @f(x) = `x`\nvar @r = foreach @f([1]) with { separator: \"-\" }",
            "foreach",
        ),
    ] {
        let error = script(script_text).error();
        assert!(error.contains(name), "{script_text}: {error}");
    }
}

#[test]
fn a_description_belongs_to_a_definition() {
    let ran = script("exe @f() = `x` with { description: \"what it does\" }\nshow @f()");
    assert_eq!(ran.good(), "x\n");
}

#[test]
fn standard_input_and_a_pipeline_may_stand_together() {
    let ran =
        script("var @r = cmd { cat } with { stdin: [\"b\", \"a\"], pipeline: [@sort] }\nshow @r");
    assert_eq!(ran.good(), "a\nb\n");
}

#[test]
fn a_source_with_options_runs_again_with_them() {
    let ran = script(
        r#"
exe @judge(v) = when [
  @mx.try < 3 => retry
  * => `@v @mx.try`
]
var @r = cmd { cat } with { stdin: "in", pipeline: [@judge] }
show @r
"#,
    );
    assert_eq!(ran.good(), "in 3\n");
}

#[test]
fn groups_start_apart_and_within_their_limit() {
    let ran = script(
        r#"
exe @a() = "a"
var @r = || @a() || @a() || @a() (2, 40ms)
var @q = "x" | @upper || @lower with { parallel: 1, delay: 25ms }
show `@r.length @q.length`
"#,
    );
    assert_eq!(ran.good(), "3 2\n");
    // The host does not wait, so what is asked for is just under the pauses.
    let near = |ms: u64| {
        ran.waits
            .iter()
            .any(|w| *w > Duration::from_millis(ms - 20) && *w <= Duration::from_millis(2 * ms))
    };
    assert!(near(40) && near(25), "{:?}", ran.waits);
}

#[test]
fn shown_results_are_laid_out_by_options() {
    let ran = script(
        r#"
exe @tag(w) = `#@w`
var @ws = ["{{index}}", "blue"]
show foreach @tag(@ws) with { template: "{{index}}={{result}} {{other}}", separator: ", " }
"#,
    );
    assert_eq!(ran.good(), "0=#{{index}} {{other}}, 1=#blue {{other}}\n");
}

/// A stage that fails with a text as often as a file has lines, then gives `ok`.
fn failing(times: usize, text: &str) -> String {
    format!(
        r#"
exe @busy(v) = sh {{
  n=$(cat count 2>/dev/null | wc -l)
  if [ "$n" -lt {times} ]; then echo x >> count; echo "{text}" >&2; exit 1; fi
  echo ok
}}
show "x" | @busy
"#
    )
}

#[test]
fn a_rate_limit_is_waited_for_and_the_waits_double() {
    let ran = script(&failing(3, "Rate Limit exceeded"));
    assert_eq!(ran.good(), "ok\n");
    assert_eq!(ran.waits, [500, 1000, 2000].map(Duration::from_millis));
}

#[test]
fn five_waits_are_all() {
    let ran = script(&failing(9, "HTTP status: 429"));
    assert!(
        ran.error()
            .starts_with("COMMAND_FAILED Pipeline failed at stage 1")
    );
    assert_eq!(
        ran.waits,
        [500, 1000, 2000, 4000, 8000].map(Duration::from_millis)
    );
}

#[test]
fn other_failures_are_not_tried_again() {
    let ran = script(&failing(1, "out of paper"));
    assert!(ran.error().starts_with("COMMAND_FAILED"));
    assert!(ran.waits.is_empty());
}

#[test]
fn refusals_are_not_tried_again_whatever_their_text() {
    let ran = script(
        r#"
policy @p = { labels: { rate_limit: { deny: ["op:exe"] } } }
var rate_limit @v = "rate limit"
exe @f(v) = `f`
show @v | @f
"#,
    );
    assert!(ran.error().starts_with("POLICY_LABEL_FLOW_DENIED"));
    let ran = script("exe @f(v) = [ bail \"rate limit\" ]\nshow \"x\" | @f");
    assert!(ran.error().starts_with("BAIL_EXIT"));
    assert!(ran.waits.is_empty());
}

#[test]
fn a_pause_beyond_all_clocks_is_a_mistake() {
    let ran = script(&format!(
        "var @pace = {}\nloop(2, @pace) [ let @x = 1 ]",
        "9".repeat(300)
    ));
    assert!(
        ran.error().contains("pacing expects a duration"),
        "{}",
        ran.error()
    );
}

#[test]
fn shadow_functions_have_to_be_executables() {
    let ran = script("exe js = { nope }");
    assert_eq!(
        ran.error(),
        "RUNTIME_ERROR nope is not a defined exec function"
    );
    let ran = script("var @v = 1\nexe js = { v }");
    assert!(ran.error().ends_with("v is not a defined exec function"));
}
