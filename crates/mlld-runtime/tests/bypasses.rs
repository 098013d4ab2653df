//! Ways around the labels and the gate that were found and closed: one test each.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a failing test says so by panicking"
)]

mod support;

use support::{script, script_in};

/// A policy that lets no secret go anywhere.
const NOWHERE: &str = "policy @q = { labels: { secret: { deny: [\"*\"] } } }\n";

/// Runs a script that has to be refused, and may not have printed the secret.
fn refused(text: &str) {
    let ran = script(text);
    let error = ran.error();
    assert!(
        error.starts_with("POLICY_LABEL_FLOW_DENIED"),
        "{text}\n{error}\n{}",
        ran.out
    );
    for printed in [&ran.out, &ran.err] {
        assert!(!printed.contains("zq7"), "{text}\n{printed}");
    }
}

/// Runs a script whose last line prints the labels of a value.
fn labels(text: &str) -> String {
    let ran = script(text);
    assert!(ran.result.is_ok(), "{text}\n{}", ran.error());
    ran.out.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn an_assigned_value_is_no_command() {
    for command in [
        "FOO=@u env",
        "env FOO=@u true",
        "FOO=x@u true",
        "A=1 B+=@u true",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("var @u = \"a touch PWN\"\nrun cmd {{ {command} }}\n");
        let ran = script_in(folder.path(), &text);
        assert!(ran.result.is_ok(), "{command}: {}", ran.error());
        assert!(!folder.path().join("PWN").exists(), "{command}");
    }
}

#[test]
fn what_a_body_closes_over_is_an_input_of_the_call() {
    for body in [
        "run @u | cmd { cat }",
        "run @u | sh { cat }",
        "@u | cmd { cat }",
        "\"a\" | cmd { echo @u }",
        "`d @u`",
        "\"@u\"",
        ":::{{u}}:::",
        "{a: @u}",
        "@u",
        "@u | @upper",
        "@u == \"x\"",
        "when [ @u => 1 ]",
        "for @x in [1] => @u",
        "[ run cmd { echo @u } ]",
        "[ let @t = @u  => @t ]",
    ] {
        let policy = "policy @q = { labels: { secret: { deny: [\"net:w\"] } } }\n";
        refused(&format!(
            "var secret @u = \"zq7\"\n{policy}exe net:w @d() = {body}\nvar @r = @d()\n"
        ));
    }
    // Other variables of the module are no inputs.
    let fine = "var secret @u = \"zq7\"\nvar @p = \"p\"\nexe net:w @d() = `d @p`\nshow @d()\n";
    let policy = "policy @q = { labels: { secret: { deny: [\"net:w\"] } } }\n";
    assert_eq!(script(&format!("{policy}{fine}")).out, "d p\n");
}

#[test]
fn a_policy_is_not_made_of_secrets() {
    for literal in [
        "{ operations: { exfil: [@u] } }",
        "{ defaults: { rules: [@u] } }",
        "{ labels: { zz: { deny: [@u] } } }",
    ] {
        let ran = script(&format!(
            "var secret @u = \"zq7\"\npolicy @a = {literal}\nshow @a\n"
        ));
        assert!(
            ran.error()
                .contains("cannot be made of data that may not be shown"),
            "{}",
            ran.error()
        );
        assert!(!ran.err.contains("zq7"));
    }
    let labelled = "var pii @u = \"x\"\npolicy @a = { operations: { exfil: [@u] } }\n";
    assert_eq!(
        labels(&format!("{labelled}show @mx.policy.configs.mx.labels\n")),
        "[\"pii\"]"
    );
}

#[test]
fn warnings_about_files_do_not_show_secrets() {
    let policy = "policy @q = { labels: { secret: { deny: [\"op:show\"] } } }\n";
    let ran = script(&format!(
        "var secret @s = \"zq7\"\n{policy}var @r = `<@s>`\n"
    ));
    assert!(
        ran.err.contains("[withheld: secret]") && !ran.err.contains("zq7"),
        "{}",
        ran.err
    );
}

#[test]
fn error_markers_carry_what_the_pass_had_looked_at() {
    let secret = "var secret @s = \"hunter\"\nvar @pub = \"p\"\n";
    refused(&format!(
        "{secret}{NOWHERE}for parallel(2) @c in [\"a\",\"h\"] [ if @s.startsWith(@c) [ let @x = @pub.zz ] ]\n\
         show @mx.errors[0].value\n"
    ));
    refused(&format!(
        "{secret}{NOWHERE}exe @m(x) = @s.startsWith(@x) ? @pub.zz : 1\nexe @ok(x) = 1\n\
         var @r = \"h\" | @m || @ok\nshow @r[0].value\n"
    ));
}

#[test]
fn blocks_and_loops_carry_what_they_looked_at() {
    let secret = "var secret @s = \"hunter\"\n";
    for value in [
        "[ let @x = @s.length  => 1 ]",
        "when [ true => [ let @x = @s.length  => 1 ] ]",
        "loop(1) [ if @s == \"z\" [ done 1 ] ]",
        "loop(1) until @s.startsWith(\"h\") [ let @x = 1 ]",
        "loop(2) [ if @s.startsWith(\"h\") [ done 1 ] ]",
    ] {
        assert_eq!(
            labels(&format!("{secret}var @r = {value}\nshow @r.mx.labels\n")),
            "[\"secret\"]",
            "{value}"
        );
    }
    let body =
        "exe @f(c) = [ let @z = 1\n  loop(1) until @s.startsWith(@c) [ let @x = 1 ]\n  => @z ]\n";
    assert_eq!(
        labels(&format!(
            "{secret}{body}var @r = @f(\"h\")\nshow @r.mx.labels\n"
        )),
        "[\"secret\"]"
    );
}

#[test]
fn an_alias_hands_its_arguments_on_to_the_gate() {
    let policy = "policy @q = { labels: { secret: { deny: [\"net:w\"] } } }\n";
    refused(&format!(
        "{policy}var secret @s = \"zq7\"\nexe net:w @g(a) = `@a`\nexe @h = @g\nvar @r = @h(@s)\n"
    ));
}
