//! Hooks (spec 03 §17).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use mlld_runtime::event::Event;
use support::script;

/// What a script printed, line by line: standard output, then standard error.
fn lines(text: &str) -> (Vec<String>, Vec<String>) {
    let ran = script(text);
    ran.good();
    let split = |t: &str| t.lines().map(str::to_owned).collect();
    (split(&ran.out), split(&ran.err))
}

#[test]
fn a_function_filter_fires_by_whatever_way_the_call_comes_about() {
    let (_, err) = lines(
        r#"
exe @f(v) = `f @v`
var @alias = @f
var @o = { m: @f }
hook before @f = [ log `f @input` ]
show @f("call")
run @f("run")
show "stage" | @f
var @g = "member" | @f || @upper
show foreach @f(["each"])
show `in @f("template")`
show @alias("alias")
show @o.m("method")
for @x in ["loop"] => @f(@x)
var @p = for parallel @x in ["parallel"] => @f(@x)
"#,
    );
    let want = [
        "call", "run", "stage", "member", "each", "template", "alias", "method", "loop", "parallel",
    ];
    assert_eq!(err, want.map(|w| format!("f {w}")));
}

#[test]
fn a_filter_may_name_what_the_module_calls_the_executable() {
    let (_, err) = lines(
        r#"
exe @f(v) = `f @v`
var @ns = { g: @f, other: 1 }
var @h = @f
hook before @ns.g = [ log "dotted" ]
hook before @h = [ log "renamed" ]
hook before @nobody = [ log "never" ]
hook before @ns.nobody = [ log "never" ]
show @f("x")
"#,
    );
    assert_eq!(err, ["dotted", "renamed"]);
}

#[test]
fn operation_filters_match_by_segments_and_loops_whole() {
    let (_, err) = lines(
        r#"
hook before op:cmd = [ log "cmd" ]
hook before op:cmd:echo = [ log "cmd:echo" ]
hook before op:cmd:ech = [ log "never" ]
hook before op:run = [ log "run" ]
hook before op:for = [ log "for" ]
hook after op:for:iteration = [ log `turn @output` ]
hook before op:for:batch = [ log "batch" ]
hook before op:loop = [ log "loop" ]
hook before op:show = [ log "show" ]
hook before op:output = [ log "output" ]
hook before op:append = [ log "append" ]
run cmd { echo x }
var @a = for @i in [1, 2] => @i => | @json
loop(2) [ let @z = 1 ]
show "s"
output "o" to "o.txt"
output "p" to stdout
append "a" to "a.txt"
"#,
    );
    assert_eq!(
        err,
        [
            "cmd", "cmd:echo", "run", "for", "turn 1", "turn 2", "batch", "loop", "loop", "show",
            "output", "show", "output", "append"
        ]
    );
}

#[test]
fn a_label_filter_matches_inputs_and_executables() {
    let (_, err) = lines(
        r#"
var secret:key @k = "k"
exe net:w @post(v) = `posted`
exe @f(v) = `f`
hook before secret = [ log `secret @mx.op.type @mx.op.name` ]
hook before net = [ log `net @mx.op.labels` ]
show @f("open")
show @f(@k)
show @post("open")
"#,
    );
    assert_eq!(
        err,
        [
            "secret exe f",
            "secret show null",
            r#"net ["net:w"]"#,
            r#"net ["op:show"]"#
        ]
    );
}

#[test]
fn what_a_hook_sees() {
    let (out, _) = lines(
        r#"
exe @f(first, second) = `f @first @second`
hook before @f = [
  show `before @input.length @input[1] @mx.op.name @mx.op.type @mx.args.first @mx.args.second @mx.hooks.errors.length`
]
hook after @f = [ show `after @output @input[0]` ]
hook after op:var = [ show `var @mx.op.name @input` ]
var @r = @f("a", "b")
"#,
    );
    assert_eq!(
        out,
        ["before 2 b f exe a b 0", "after f a b a", "var r f a b"]
    );
}

#[test]
fn arguments_keep_labels_of_their_own() {
    let (_, err) = lines(
        r#"
var secret @k = "k"
exe @f(open, closed) = `f`
hook before @f = [ log `@mx.args.open.mx.labels @mx.args.closed.mx.labels` ]
show @f("o", @k)
"#,
    );
    assert_eq!(err, [r#"[] ["secret"]"#]);
}

#[test]
fn bodies_may_use_let_and_when() {
    let (out, err) = lines(
        r#"
exe @f(v) = `f @v`
hook before @f = when [
  @input[0] == "a" => log "it is a"
  @input[0] == "b" => "c"
]
hook after @f = [
  let @n = @output.length()
  if @n > 2 [ => `@output (@n)` ]
]
show @f("a")
show @f("b")
show @f("")
"#,
    );
    assert_eq!(out, ["f a (3)", "f c (3)", "f "]);
    assert_eq!(err, ["it is a"]);
}

#[test]
fn hooks_count_from_their_declaration_on() {
    let (_, err) = lines(
        r#"
exe @f(v) = `f`
show @f(1)
hook before @f = [ log "now" ]
show @f(2)
"#,
    );
    assert_eq!(err, ["now"]);
}

#[test]
fn before_hooks_do_not_change_what_is_printed_or_written() {
    let (out, _) = lines(
        r#"
hook before op:show = [ => "changed" ]
hook before op:output = [ => "changed" ]
show "as it is"
output "as it is" to "o.txt"
show <o.txt>
"#,
    );
    assert_eq!(out, ["as it is", "as it is"]);
}

#[test]
fn after_hooks_print_before_the_value_and_may_replace_it() {
    let (out, _) = lines(
        r#"
hook after op:show = [
  if @output == "one" [ show "first" ]
  if @output == "two" [ => "TWO" ]
]
show "one"
show "two"
"#,
    );
    assert_eq!(out, ["first", "one", "TWO"]);
}

#[test]
fn what_an_after_hook_puts_in_place_is_judged() {
    let ran = script(
        r#"
policy @p = { labels: { secret: { deny: ["op:show"] } } }
var secret @k = "k-77"
hook after op:show = [ => @k ]
show "open"
"#,
    );
    assert_eq!(
        ran.error(),
        "POLICY_LABEL_FLOW_DENIED Label 'secret' cannot flow to 'op:show'"
    );
    assert_eq!(ran.out, "");
}

#[test]
fn policy_judges_what_before_hooks_put_in_place() {
    let ran = script(
        r#"
policy @p = { labels: { secret: { deny: ["op:exe"] } } }
var secret @k = "k-77"
exe @f(v) = `f`
hook before @f = [ => @k ]
show @f("open")
"#,
    );
    assert!(
        ran.error().contains("'secret' cannot flow"),
        "{}",
        ran.error()
    );
}

#[test]
fn errors_are_kept_for_later_hooks_and_bail_is_one() {
    let (out, err) = lines(
        r#"
var @t = "text"
exe @f(v) = `f`
hook @first before @f = [ => @t.field ]
hook before @f = [ bail "no" ]
hook after @f = [ log `@mx.hooks.errors.length @mx.hooks.errors[0].hookName @mx.hooks.errors[0].timing @mx.hooks.errors[0].filterKind @mx.hooks.errors[1].message` ]
show @f(1)
"#,
    );
    assert_eq!(out, ["f"]);
    assert_eq!(err, ["2 first before function no"]);
}

#[test]
fn a_refusal_stops_the_hook_alone_and_is_told() {
    let ran = script(
        r#"
policy @p = { labels: { secret: { deny: ["op:log"] } } }
var secret @k = "k-77"
exe @f(v) = `f`
hook before @f = [ log @k ]
hook after @f = [ log "went on" ]
show @f(1)
"#,
    );
    assert_eq!(ran.good(), "f\n");
    assert_eq!(ran.err, "went on\n");
    let refused = ran.events.iter().filter(|e| matches!(e, Event::Denied(_)));
    assert_eq!(refused.count(), 1);
}

#[test]
fn after_a_refusal_hooks_run_without_output() {
    let ran = script(
        r#"
policy @p = { labels: { secret: { deny: ["op:exe"] } } }
var secret @k = "k-77"
exe @f(v) = `f`
hook after @f = [ log `output @output` ]
show @f(@k)
"#,
    );
    assert!(ran.error().starts_with("POLICY_LABEL_FLOW_DENIED"));
    assert_eq!(ran.err, "output null\n");
}

#[test]
fn operations_of_hooks_run_no_hooks() {
    let (_, err) = lines(
        r#"
exe @inner(v) = [ log `inner @v`
 => @v ]
hook before op:exe = [ log `exe @mx.op.name` ]
hook before @inner = [ => @inner("again") ]
show @inner("once")
"#,
    );
    assert_eq!(err, ["exe inner", "inner again", "inner again"]);
}

#[test]
fn what_is_not_supported_is_no_error_of_the_hook() {
    let ran = script("exe @f() = `f`\nhook before @f = [ sign @x ]\nshow @f()");
    assert!(ran.error().starts_with("NOT_SUPPORTED"), "{}", ran.error());
}

#[test]
fn what_is_streamed_waits_for_the_hooks_behind_it() {
    let (out, err) = lines(
        r#"
exe @f() = stream sh { echo streamed }
hook after op:stream = [ log `stream @mx.op.name` ]
hook after @f = [
  show "first"
  => "replaced"
]
stream @f()
run stream @f()
show @f()
"#,
    );
    assert_eq!(
        out,
        [
            "first", "replaced", "first", "replaced", "first", "replaced"
        ]
    );
    assert_eq!(err, ["stream f", "stream f"]);
}

#[test]
fn a_replacement_cannot_make_arguments_that_there_are_no_parameters_for() {
    let (out, _) = lines(
        r#"
exe @one(a) = `@a`
exe @two(a, b) = `@a @b`
hook before @one = [ => ["x", "y"] ]
hook before @two = [ => ["x", "y"] ]
show @one("1")
show @two("1")
"#,
    );
    assert_eq!(out, ["x", "x y"]);
}
