//! `output … to env` and to `state://`, and what is told of effects (spec 03 §15.1, §19.3, §20).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use mlld_runtime::event::{Effect, Event, Medium, StateWrite};
use support::{Ran, script};

fn effects(ran: &Ran) -> Vec<&Effect> {
    let events = ran.events.iter();
    events
        .filter_map(|e| match e {
            Event::Effect(effect) => Some(effect),
            _ => None,
        })
        .collect()
}

fn writes(ran: &Ran) -> Vec<&StateWrite> {
    let events = ran.events.iter();
    events
        .filter_map(|e| match e {
            Event::StateWrite(write) => Some(write),
            _ => None,
        })
        .collect()
}

fn labels(effect: &Effect) -> String {
    effect.security.labels.join(",")
}

#[test]
fn state_keeps_types_and_makes_objects_on_its_way() {
    let ran = script(
        r#"
output { n: 1 } to "state://box"
output [2] to "state://box.deep.list"
output "t" to "state://t"
show @state.box
show `@state.t @state.none`
"#,
    );
    assert_eq!(
        ran.good().split_whitespace().collect::<String>(),
        r#"{"n":1,"deep":{"list":[2]}}tnull"#
    );
    let told: Vec<_> = writes(&ran)
        .iter()
        .map(|w| format!("{} {} {}", w.index, w.path, w.value))
        .collect();
    assert_eq!(
        told,
        ["0 box {\"n\":1}", "1 box.deep.list [2]", "2 t \"t\""]
    );
}

#[test]
fn state_is_undefined_before_there_is_any() {
    assert!(script("show @state").error().contains("state"));
    assert_eq!(script("show `@state.x`").good(), "@state.x\n");
}

#[test]
fn state_paths_are_names() {
    for path in ["state://", "state://a..b", "state://.a"] {
        let ran = script(&format!("output 1 to \"{path}\""));
        assert!(
            ran.error().contains("path of a state write"),
            "{path}: {}",
            ran.error()
        );
    }
}

#[test]
fn a_deep_state_path_is_a_mistake_and_nothing_worse() {
    let path = vec!["a"; 100_000].join(".");
    let ran = script(&format!("output 1 to \"state://{path}\""));
    assert!(ran.error().contains("nested deeper"), "{}", ran.error());
}

#[test]
fn what_may_not_flow_to_output_is_no_state() {
    let ran = script(
        r#"
policy @p = { labels: { secret: { deny: ["op:output"] } } }
var secret @k = "k-77"
output @k to "state://k"
"#,
    );
    assert!(ran.error().starts_with("POLICY_LABEL_FLOW_DENIED"));
    assert!(writes(&ran).is_empty());
}

#[test]
fn a_value_does_not_turn_a_file_name_into_another_target() {
    let folder = tempfile::tempdir().unwrap();
    let ran = support::script_in(
        folder.path(),
        "var @name = \"state://x\"\noutput \"v\" to \"@name\"",
    );
    ran.good();
    assert!(writes(&ran).is_empty());
    assert!(folder.path().join("state:").is_dir());
}

#[test]
fn variables_reach_later_commands_with_their_labels() {
    let ran = script(
        r#"
var secret @token = "t0"
output @token to env
output "shelf" to env:SHELF
var @r = sh { echo "$MLLD_TOKEN $SHELF" }
show `@r @r.mx.labels`
"#,
    );
    assert_eq!(ran.good(), "t0 shelf [\"secret\"]\n");
}

#[test]
fn rules_on_commands_cover_variables() {
    let ran = script(
        r#"
policy @p = { labels: { secret: { deny: ["op:cmd"] } } }
var secret @token = "t0"
output @token to env:TOKEN
run cmd { env }
"#,
    );
    assert!(ran.error().starts_with("POLICY_LABEL_FLOW_DENIED"));
    assert_eq!(ran.out, "");
}

#[test]
fn variables_that_steer_programs_are_refused() {
    for name in ["PATH", "LD_PRELOAD", "BASH_ENV", "MLLD_RUN", "GIT_DIR"] {
        let ran = script(&format!("output \"x\" to env:{name}"));
        assert!(
            ran.error()
                .ends_with(&format!("'{name}' cannot be set by output")),
            "{}",
            ran.error()
        );
    }
    let ran = script("var @run = 1\noutput @run to env");
    assert!(ran.error().ends_with("'MLLD_RUN' cannot be set by output"));
}

#[test]
fn each_effect_has_the_labels_of_its_own_content() {
    let ran = script(
        r#"
var secret @k = "k-77"
var pii @m = "m"
show @k
show "open"
log @m
output @m to "m.txt"
append "a" to "a.txt"
output "o" to stdout
run cmd { echo r }
exe pii @lines() = stream sh { echo one; echo two }
stream @lines()
"#,
    );
    ran.good();
    let told: Vec<_> = effects(&ran)
        .into_iter()
        .map(|e| {
            let content = e.content.as_deref().unwrap_or("-");
            format!("{} {content:?} [{}]", e.medium.word(), labels(e))
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"both "k-77\n" [secret]"#,
            r#"both "open\n" []"#,
            r#"stderr "m\n" [pii]"#,
            r#"file "m" [pii]"#,
            r#"file "a\n" []"#,
            r#"stdout "o\n" []"#,
            r#"both "r\n" []"#,
            r#"both "one\ntwo\n" [pii]"#,
        ]
    );
}

#[test]
fn what_went_elsewhere_and_may_not_be_shown_is_redacted() {
    let ran = script(
        r#"
policy @p = { labels: { pii: { deny: ["op:show"] } } }
var secret @k = "k-77"
var pii @m = "m-88"
output @k to "k.txt"
log @m
"#,
    );
    ran.good();
    let contents: Vec<_> = effects(&ran)
        .iter()
        .map(|e| (e.medium, e.content.clone()))
        .collect();
    assert_eq!(contents, [(Medium::File, None), (Medium::Stderr, None)]);
}

#[test]
fn held_back_output_is_told_in_the_order_of_the_source() {
    let ran = script(
        "for parallel(3) @x in [\"0.2\", \"0.1\", \"0\"] [ run cmd { sleep @x }\n show @x ]",
    );
    ran.good();
    let told: String = effects(&ran)
        .iter()
        .map(|e| e.content.as_deref().unwrap_or_default())
        .collect();
    assert_eq!(told, "0.2\n0.1\n0\n");
}

#[test]
fn directives_stages_progress_and_the_end_are_told() {
    let ran = script("var @a = for parallel @x in [1, 2] => @x\nshow \"x\" | @upper");
    ran.good();
    let words: Vec<_> = ran
        .events
        .iter()
        .map(|e| match e {
            Event::Effect(_) => "effect",
            Event::StateWrite(_) => "state",
            Event::Denied(_) => "denied",
            Event::Directive(d) => d.word,
            Event::LeftOut(_) => "left out",
            Event::Stage(s) if s.took.is_none() => "begin",
            Event::Stage(_) => "end",
            Event::Progress(_) => "progress",
            Event::Complete(m) if m.effects == 1 => "complete",
            Event::Complete(_) => "miscounted",
        })
        .collect();
    assert_eq!(
        words,
        [
            "progress", "progress", "var", "begin", "end", "effect", "show", "complete"
        ]
    );
}

#[test]
fn modification_of_labels_needs_privilege() {
    for (change, code) in [
        (
            "trusted! @v",
            "PROTECTED_LABEL_REMOVAL Cannot remove protected label 'untrusted'",
        ),
        (
            "!secret @v",
            "PROTECTED_LABEL_REMOVAL Cannot remove protected label 'secret'",
        ),
        (
            "!src:file @v",
            "PROTECTED_LABEL_REMOVAL Cannot remove protected label 'src:file'",
        ),
        (
            "!hr @v",
            "LABEL_PRIVILEGE_REQUIRED Label modification 'remove' requires privilege",
        ),
        (
            "clear! @v",
            "LABEL_PRIVILEGE_REQUIRED Label modification 'clear' requires privilege",
        ),
    ] {
        let ran = script(&format!(
            "exe @f(v) = [ => {change} ]\nvar @r = @f(\"plain\")"
        ));
        assert!(ran.error().starts_with(code), "{change}: {}", ran.error());
    }
    // What a value carries decides which of the two errors clearing is.
    let ran = script("exe @f(v) = [ => clear! @v ]\nvar secret @k = 1\nvar @r = @f(@k)");
    assert!(ran.error().starts_with("PROTECTED_LABEL_REMOVAL"));
    // No loop collects it.
    let ran =
        script("exe @f(v) = [ => !hr @v ]\nvar @r = for parallel @x in [1] => @f(@x)\nshow \"on\"");
    assert!(ran.error().starts_with("LABEL_PRIVILEGE_REQUIRED"));
}

#[test]
fn what_is_refused_is_refused_before_the_value_is_made() {
    let ran = script(
        "exe @loud() = [ show \"made\"\n => 1 ]\nexe @f() = [ => !hr @loud() ]\nvar @r = @f()",
    );
    assert_eq!(ran.out, "");
}

#[test]
fn contradicting_trust_is_told_once_and_stays_untrusted() {
    let ran = script(
        r#"
var untrusted @mail = "m"
var trusted @ok = `about @mail`
exe trusted @f(v) = @v
var @r = @f(@mail)
show `@ok.mx.labels @r.mx.labels`
"#,
    );
    assert_eq!(
        ran.good(),
        "[\"trusted\",\"untrusted\"] [\"untrusted\",\"trusted\"]\n"
    );
    assert_eq!(
        ran.err,
        "Trust conflict on @mail: both trusted and untrusted\nTrust conflict on @f: both trusted and untrusted\n"
    );
}
