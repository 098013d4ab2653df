//! Implicit flows (spec 05 §11): with tracking, two runs that differ in a secret only do the same until one of them ends.
//!
//! Each row is a script that would tell what `@k` is by what it does, and is run with `@k` being "yes" and "no". Without
//! tracking the two runs have to differ, or the row tests nothing; with it they may not.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use support::{Ran, script};

/// Executables that the rows use.
const PRELUDE: &str = r#"
exe @say(t) = [
  show "said @t"
  => "x"
]
exe @same(v) = @v
exe @quits() = [
  bail "over"
]
exe @through(f) = [
  let @r = @quits()
  => @r
]
exe @counts(n) = [ show "turn"  => when [ @n > 2 => done "end"  * => continue (@n + 1) ] ]
exe @until_yes(v) = [ show "turn"  if @k == "yes" [ done "end" ]  continue @v ]
exe @again(v) = when [ @mx.try < 3 && @k == "yes" => retry "more"  * => @v ]
exe @noisy() = [ show "made"  => "v" ]
exe @blank(v) = when [ @k == "yes" => ""  * => "full" ]
exe @fails() = [ let @f = <gone.txt>  => @f ]
"#;

fn both(policy: &str, body: &str) -> (Ran, Ran) {
    let run = |secret: &str| {
        script(&format!(
            "{policy}\nvar secret @k = \"{secret}\"\nvar secret @list = [\"{secret}\", \"no\"]\n{PRELUDE}\n{body}\n"
        ))
    };
    (run("yes"), run("no"))
}

const TRACK: &str = r#"policy @p = { defaults: { implicitflows: "track" }, labels: { secret: { deny: ["op:show", "op:log", "op:output", "op:append", "op:cmd", "op:read"] } } }"#;
const OFF: &str = r#"policy @p = { labels: { secret: { deny: ["op:show", "op:log", "op:output", "op:append", "op:cmd", "op:read"] } } }"#;

/// Name, body of the script.
const ROWS: &[(&str, &str)] = &[
    ("if", r#"if @k == "yes" [ show "a" ]"#),
    ("else", r#"if @k == "yes" [ let @x = 1 ] else [ show "b" ]"#),
    ("nested if", r#"if true [ if @k == "yes" [ show "a" ] ]"#),
    ("when", "when [ @k == \"yes\" => show \"a\" ]"),
    (
        "when, arm for all others",
        "when [ @k == \"yes\" => log \"a\"  * => show \"b\" ]",
    ),
    (
        "when, later condition",
        "when [ @k == \"yes\" => 1  @say(\"c\") == \"q\" => 2  * => 3 ]",
    ),
    ("when with a subject", "when @k [ \"yes\" => show \"a\" ]"),
    (
        "when as a value",
        "var @v = when [ @k == \"yes\" => @say(\"a\")  * => \"n\" ]",
    ),
    (
        "when in an executable",
        "exe @f() = when [ @k == \"yes\" => @say(\"a\")  * => \"n\" ]\nvar @v = @f()",
    ),
    ("ternary", "var @v = @k == \"yes\" ? @say(\"a\") : \"n\""),
    (
        "ternary, the other arm",
        "var @v = @k == \"yes\" ? \"n\" : @say(\"a\")",
    ),
    (
        "ternary, second condition",
        "var @v = @k == \"yes\" ? \"n\" : @say(\"a\") == \"q\" ? 1 : 2",
    ),
    ("and", "var @v = @k == \"yes\" && @say(\"a\")"),
    ("or", "var @v = @k == \"yes\" || @say(\"a\")"),
    (
        "coalesce",
        "var @n = @k == \"yes\" ? null : 1\nvar @v = @n ?? @say(\"a\")",
    ),
    (
        "for",
        "var @l = @k == \"yes\" ? [1, 2] : [1]\nfor @i in @l [ show \"tick\" ]",
    ),
    (
        "for as a value",
        "var @l = @k == \"yes\" ? [1, 2] : []\nvar @v = for @i in @l => @say(\"t\")",
    ),
    (
        "for with a filter",
        "var @v = for @i in @list when @i == \"yes\" => @say(\"t\")",
    ),
    (
        "for that skips",
        "for @i in [1, 2] [ if @k == \"yes\" [ skip ]  show \"tick\" ]",
    ),
    (
        "for that continues",
        "for @i in [1, 2] [ if @k == \"yes\" [ continue ]  show \"tick\" ]",
    ),
    (
        "for that is done",
        "for @i in [1, 2] [ show \"tick\"  if @k == \"yes\" [ done ] ]",
    ),
    (
        "parallel for",
        "var @l = @k == \"yes\" ? [1, 2] : []\nvar @v = for parallel @i in @l => @say(\"t\")",
    ),
    (
        "parallel for that skips",
        "for parallel(1) @i in [1, 2] [ if @k == \"yes\" [ skip ]  show \"tick\" ]",
    ),
    (
        "foreach",
        "var @l = @k == \"yes\" ? [1, 2] : []\nvar @v = foreach @say(@l)",
    ),
    (
        "loop that is done",
        "exe @f() = [ let @r = loop(2) [ show \"tick\"  if @k == \"yes\" [ done 1 ] ]  => @r ]\nvar @v = @f()",
    ),
    (
        "loop until",
        "exe @f() = [ let @r = loop(2) until @k == \"yes\" [ show \"tick\" ]  => @r ]\nvar @v = @f()",
    ),
    (
        "limit of a loop",
        "var @n = @k == \"yes\" ? 3 : 1\nexe @f() = [ let @r = loop(@n) [ show \"tick\" ]  => @r ]\nvar @v = @f()",
    ),
    ("while", "var @v = 1 | while(3) @until_yes"),
    (
        "call in a branch",
        "if @k == \"yes\" [ let @r = @say(\"a\") ]",
    ),
    (
        "call in a call in a branch",
        "exe @outer() = [ let @r = @say(\"a\")  => @r ]\nif @k == \"yes\" [ let @r = @outer() ]",
    ),
    (
        "early return",
        "exe @f() = [ if @k == \"yes\" [ => 1 ]  show \"late\"  => 2 ]\nvar @v = @f()",
    ),
    (
        "early return from a loop",
        "exe @f() = [ for @i in [1, 2] [ show \"tick\"  if @k == \"yes\" [ => 1 ] ]  show \"late\"  => 2 ]\nvar @v = @f()",
    ),
    (
        "early return by a when",
        "exe @f() = [ when [ @k == \"yes\" => 1 ]  show \"late\"  => 2 ]\nvar @v = @f()",
    ),
    (
        "early return, other executable",
        "exe @f() = [ if @k == \"yes\" [ => 1 ]  let @r = @say(\"late\")  => 2 ]\nvar @v = @f()",
    ),
    (
        "assignment",
        "exe @f() = [ let @a = \"n\"  if @k == \"yes\" [ @a += \"y\" ]  show @a  => 1 ]\nvar @v = @f()",
    ),
    (
        "assignment in a for",
        "exe @f() = [ let @a = \"n\"  for @i in @list when @i == \"yes\" [ @a += \"y\" ]  show @a  => 1 ]\nvar @v = @f()",
    ),
    (
        "assignment in a when",
        "exe @f() = [ let @a = \"n\"  when [ @k == \"yes\" => @a += \"y\" ]  show @a  => 1 ]\nvar @v = @f()",
    ),
    (
        "assignment in a when value",
        "exe @f() = [ let @a = \"n\"  let @b = when [ @k == \"yes\" => [ @a += \"y\" => 1 ]  * => 2 ]  show @a  => 1 ]\nvar @v = @f()",
    ),
    (
        "value made in a branch",
        "exe @f() = [ let @a = [\"n\"]  if @k == \"yes\" [ @a += [\"y\"] ]  show @a.length()  => 1 ]\nvar @v = @f()",
    ),
    (
        "number of labels",
        "exe @f() = [ let @a = \"n\"  if @k == \"yes\" [ @a += \"y\" ]  show `@a.mx.labels`  => 1 ]\nvar @v = @f()",
    ),
    (
        "variable of the top level, changed by a call",
        "var @seen = \"n\"\nexe @mark() = [ @seen += \"y\"  => 1 ]\nif @k == \"yes\" [ let @r = @mark() ]\nshow @seen",
    ),
    (
        "variable of the top level, changed by a call of a call",
        "var @seen = \"n\"\nexe @mark() = [ @seen += \"y\"  => 1 ]\nexe @outer() = [ let @r = @mark()  => 1 ]\nif @k == \"yes\" [ let @r = @outer() ]\nshow @seen",
    ),
    (
        "output in a branch",
        "if @k == \"yes\" [ output \"x\" to stdout ]",
    ),
    (
        "command in a branch",
        "if @k == \"yes\" [ run cmd { echo hi } ]",
    ),
    ("log in a branch", "if @k == \"yes\" [ log \"x\" ]"),
    ("retry", "var @v = @noisy() | @again"),
    (
        "stage behind an empty one",
        "var @v = \"x\" | @blank | @say",
    ),
    (
        "effect behind an empty stage",
        "var @v = \"x\" | @blank | @same | show \"on\"",
    ),
    (
        "code that calls",
        "exe js @x() = js { return 1 }\nexe @helper() = [ show \"called\"  => 1 ]\nexe js = { helper }\nexe @f(v) = js { if (v == 'yes') helper(); return 1 }\nvar @v = @f(@k)",
    ),
    (
        "text of a failure",
        "if @k == \"yes\" [ let @v = @fails() ]",
    ),
];

/// Rows about the end of the script: that it ends is one bit that is not tracked, what follows is.
const ENDS: &[(&str, &str)] = &[
    (
        "bail",
        "if @k == \"yes\" [ bail \"over\" ]\nshow \"still here\"",
    ),
    (
        "bail in a call",
        "if @k == \"yes\" [ let @r = @quits() ]\nshow \"still here\"",
    ),
    (
        "bail in a call of a call",
        "if @k == \"yes\" [ let @r = @through(1) ]\nshow \"still here\"",
    ),
    (
        "bail through a parameter",
        "exe @calls(f) = [ let @r = @f()  => @r ]\nif @k == \"yes\" [ let @r = @calls(@quits) ]\nshow \"still here\"",
    ),
    (
        "bail in a pipeline",
        "exe @stop(v) = [ bail \"over\" ]\nif @k == \"yes\" [ let @r = 1 | @stop ]\nshow \"still here\"",
    ),
    (
        "bail in a parallel pass",
        "for parallel @i in [1] [ if @k == \"yes\" [ bail \"over\" ] ]\nshow \"still here\"",
    ),
];

fn effects(ran: &Ran) -> String {
    // A warning or a report that the host was told is an effect, too.
    format!("{}|{}", ran.out, ran.err)
}

fn is_denied(ran: &Ran) -> bool {
    ran.error().contains("cannot flow to")
}

#[test]
fn without_tracking_the_rows_tell() {
    for (name, body) in ROWS {
        let (yes, no) = both(OFF, body);
        let told = effects(&yes) != effects(&no) || yes.error() != no.error();
        // Values carry the labels of conditions in any case.
        let kept = is_denied(&yes) || is_denied(&no);
        assert!(told || kept, "{name}: {} / {}", yes.error(), no.error());
    }
}

#[test]
fn with_tracking_nothing_tells() {
    for (name, body) in ROWS {
        let (yes, no) = both(TRACK, body);
        let (a, b) = (&yes.out, &no.out);
        assert!(
            a.starts_with(b.as_str()) && is_ended(&no)
                || b.starts_with(a.as_str()) && is_ended(&yes)
                || a == b,
            "{name}: {a:?} / {b:?}\n{} / {}",
            yes.error(),
            no.error()
        );
        // Nothing that was refused is told by what is said about it.
        for ran in [&yes, &no] {
            assert!(!ran.err.contains("yes"), "{name}: {}", ran.err);
        }
        assert!(
            is_ended(&yes) || is_ended(&no),
            "{name}: neither run was refused anything: {a:?} / {b:?}"
        );
    }
}

fn is_ended(ran: &Ran) -> bool {
    ran.result.is_err()
}

#[test]
fn what_follows_a_possible_end_is_tracked() {
    for (name, body) in ENDS {
        let (yes, no) = both(TRACK, body);
        assert_eq!(yes.out, "", "{name}");
        assert_eq!(no.out, "", "{name}: {}", no.error());
        assert!(is_denied(&no), "{name}: {}", no.error());
    }
}

#[test]
fn what_does_not_depend_on_the_secret_goes_on() {
    for (name, body, out) in [
        (
            "after an if",
            "if @k == \"yes\" [ let @x = 1 ]\nshow \"after\"",
            "after\n",
        ),
        (
            "after an if in a call",
            "exe @f() = [ if @k == \"yes\" [ let @x = 1 ]  show \"after\"  => 1 ]\nvar @v = @f()",
            "after\n",
        ),
        (
            "after a loop that is left early",
            "exe @f() = [ let @r = loop(3) [ if @k == \"yes\" [ done 1 ] ]  show \"after\"  => 1 ]\nvar @v = @f()",
            "after\n",
        ),
        (
            "after a call that returns early",
            "exe @f() = [ if @k == \"yes\" [ => 1 ]  => 2 ]\nvar @v = @f()\nshow \"after\"",
            "after\n",
        ),
        (
            "after a when value",
            "exe @f() = [ let @v = when [ @k == \"yes\" => [ => 1 ]  * => 2 ]  show \"after\"  => 1 ]\nvar @v = @f()",
            "after\n",
        ),
        (
            "a branch on other data",
            "if 1 == 1 [ show \"here\" ]",
            "here\n",
        ),
        (
            "a variable of the same name inside",
            "exe @f() = [ let @a = 1  if @k == \"yes\" [ let @b = 1  @b += 1 ]  show @a  => 1 ]\nvar @v = @f()",
            "1\n",
        ),
        (
            "a call that cannot bail",
            "if @k == \"yes\" [ let @r = @same(1) ]\nshow \"after\"",
            "after\n",
        ),
    ] {
        let (yes, no) = both(TRACK, body);
        assert_eq!(yes.good(), out, "{name}");
        assert_eq!(no.good(), out, "{name}");
    }
}

#[test]
fn a_module_that_might_have_ended_the_script_leaves_that_behind() {
    let folder = tempfile::tempdir().unwrap();
    let module = "var secret @k = \"no\"\nif @k == \"yes\" [ bail \"over\" ]\nvar @x = 1\n";
    std::fs::write(folder.path().join("m.mld"), module).unwrap();
    let ran = support::script_in(
        folder.path(),
        &format!("{TRACK}\nimport {{ @x }} from \"./m.mld\"\nshow \"still here\"\n"),
    );
    assert!(is_denied(&ran), "{}", ran.error());
}

#[test]
fn a_module_that_is_imported_after_a_possible_end_runs_under_its_labels() {
    let folder = tempfile::tempdir().unwrap();
    let module = "var @v = run cmd { echo hi }\n";
    std::fs::write(folder.path().join("m.mld"), module).unwrap();
    // Importing itself is free; what the module does is not.
    let script = |secret: &str| {
        format!(
            "{TRACK}\nvar {secret} @k = \"no\"\nif @k == \"yes\" [ bail \"over\" ]\nimport {{ @v }} from \"./m.mld\"\n"
        )
    };
    let ran = support::script_in(folder.path(), &script("secret"));
    assert!(is_denied(&ran), "{}", ran.error());
    let ran = support::script_in(folder.path(), &script("pii"));
    assert_eq!(ran.error(), "");
}

#[test]
fn labels_at_the_top_level_are_those_of_what_decided() {
    let (ran, _) = both(
        r#"policy @p = { defaults: { implicitflows: "track" } }"#,
        "show `@mx.labels`\nif @k == \"yes\" [ show `@mx.labels` ]",
    );
    assert_eq!(ran.good(), "[]\n[\"secret\"]\n");
}

/// Two runs say the same on standard error and in their reports, whatever decided what they say.
#[test]
fn warnings_and_reports_do_not_tell_which_way_it_went() {
    let rows = [
        (
            "conflict of trust",
            "var untrusted @u = \"x\"\nvar @q = when [ @k == \"yes\" => trusted @u\n * => 1 ]\nshow \"end\"",
        ),
        (
            "failed pass",
            "var @q = for parallel(2) @i in [1] => when [ @k == \"yes\" => @parse(\"{bad\")\n * => 1 ]\nshow \"end\"",
        ),
        (
            "errors of a command",
            "exe @f(x) = sh { echo x >&2 }\nvar @z = @k == \"yes\" ? @f(1) : 1\nshow \"end\"",
        ),
        (
            "failed command",
            "exe @f(x) = sh { exit 3 }\nvar @z = @k == \"yes\" ? @f(1) : 1\nshow \"end\"",
        ),
        (
            "labels of what is refused",
            "var bit @l = \"1\"\nexe @b(x) = [\n let @v = when [ @x == \"yes\" => @l\n * => \"0\" ]\n => @v\n]\nshow @b(@k)",
        ),
        (
            "place of a variable",
            "exe @b(x) = [\n let @r = \"0\"\n if @x == \"yes\" [ @r += \"1\" ]\n => @r\n]\nshow @b(@k)",
        ),
        (
            "place of a bail",
            "when [ @k == \"yes\" => bail \"a\"\n @k == \"no\" => bail \"b\" ]",
        ),
        (
            "place of an effect",
            "when [ @k == \"yes\" => show \"a\"\n @k == \"no\" => show \"b\" ]",
        ),
    ];
    // Commands may be run: what they do is not seen.
    let policy = TRACK.replace(", \"op:cmd\"", "");
    for (name, body) in rows {
        let (yes, no) = both(&policy, body);
        let told = |ran: &Ran| {
            format!(
                "{}{}{:?}{:?}",
                ran.out,
                ran.err,
                ran.result,
                ran.events
                    .iter()
                    .filter(|e| !matches!(
                        e,
                        mlld_runtime::event::Event::Complete(_)
                            | mlld_runtime::event::Event::Directive(_)
                            | mlld_runtime::event::Event::Progress(_)
                    ))
                    .collect::<Vec<_>>()
            )
        };
        assert_eq!(told(&yes), told(&no), "{name}");
    }
}
