//! What policies may say, and what is told to those that say something else (spec 06 §3, §4, §15).

use super::literal::{literal, text};
use super::{layers, policy};
use crate::policy::{Policy, PolicyErrorCode};

/// `code line:column message` of every error.
fn errors(source: &str) -> Vec<String> {
    let errors = Policy::parse("p", &literal(source)).expect_err(source);
    errors
        .iter()
        .map(|e| {
            let place = e.place.as_ref().expect("a place");
            format!("{} {}:{} {e}", e.code.as_str(), place.line, place.column)
        })
        .collect()
}

#[track_caller]
fn error(source: &str, expected: &str) {
    assert_eq!(errors(source), [expected], "{source}");
}

fn normal(source: &str) -> String {
    text(&policy("p", source).to_node())
}

#[test]
fn unknown_keys_are_errors_with_a_suggestion() {
    error(
        "{ lables: {} }",
        "POLICY_UNKNOWN_KEY 1:3 Policy '@p': unknown key 'lables' — did you mean 'labels'?",
    );
    error(
        "{ foo: 1 }",
        "POLICY_UNKNOWN_KEY 1:3 Policy '@p': unknown key 'foo'",
    );
    error(
        "{ labels: { secret: { dney: [\"op:show\"] } } }",
        "POLICY_UNKNOWN_KEY 1:23 Policy '@p': unknown key 'dney' in labels.secret — did you mean 'deny'?",
    );
    error(
        "{ defaults: { rule: [] } }",
        "POLICY_UNKNOWN_KEY 1:15 Policy '@p': unknown key 'rule' in defaults — did you mean 'rules'?",
    );
}

#[test]
fn wrong_types_name_path_and_type() {
    for (source, message) in [
        (
            "{ defaults: { rules: 5 } }",
            "1:22 Policy '@p': 'defaults.rules' must be a list of strings",
        ),
        (
            "{ defaults: { rules: [5] } }",
            "1:23 Policy '@p': 'defaults.rules' must be a list of strings",
        ),
        (
            "{ defaults: [] }",
            "1:13 Policy '@p': 'defaults' must be an object",
        ),
        (
            "{ labels: \"x\" }",
            "1:11 Policy '@p': 'labels' must be an object",
        ),
        (
            "{ labels: { a: \"x\" } }",
            "1:16 Policy '@p': 'labels.a' must be an object",
        ),
        (
            "{ labels: { a: { deny: true } } }",
            "1:24 Policy '@p': 'labels.a.deny' must be a list of strings",
        ),
        (
            "{ operations: null }",
            "1:15 Policy '@p': 'operations' must be an object",
        ),
        (
            "{ operations: { a: { b: c } } }",
            "1:20 Policy '@p': 'operations.a' must be a list of strings",
        ),
        ("{ name: 5 }", "1:9 Policy '@p': 'name' must be a string"),
        (
            "{ locked: \"yes\" }",
            "1:11 Policy '@p': 'locked' must be true or false",
        ),
    ] {
        error(source, &format!("POLICY_WRONG_TYPE {message}"));
    }
    error(
        "[ ]",
        "POLICY_NOT_A_POLICY 1:1 Policy '@p' must be an object",
    );
}

#[test]
fn what_is_not_enforced_is_refused_by_name() {
    for key in [
        "verify_all_instructions",
        "allow",
        "deny",
        "deny_cmd",
        "danger",
        "capabilities",
        "sources",
        "data",
        "signers",
        "filesystem_integrity",
        "auth",
        "keychain",
        "env",
        "limits",
        "authorizations",
        "default",
    ] {
        error(
            &format!("{{ {key}: {{}} }}"),
            &format!(
                "POLICY_NOT_SUPPORTED 1:{} Policy '@p': '{key}' is not supported yet",
                key.len() + 5
            ),
        );
    }
    for (key, value) in [("autosign", "templates"), ("autoverify", "true")] {
        let found = errors(&format!("{{ defaults: {{ {key}: {value} }} }}"));
        assert_eq!(found.len(), 1);
        let expected = format!("Policy '@p': 'defaults.{key}' is not supported yet");
        assert!(found[0].ends_with(&expected), "{found:?}");
    }
    error(
        "{ defaults: { rules: [no-send-to-unknown] } }",
        "POLICY_NOT_SUPPORTED 1:23 Policy '@p': rule 'no-send-to-unknown' is not supported yet",
    );
    error(
        "{ locked: true }",
        "POLICY_NOT_SUPPORTED 1:11 Policy '@p': 'locked' is not supported yet",
    );
    assert_eq!(normal("{ locked: false }"), "{}");
}

#[test]
fn bad_words_name_the_good_ones() {
    for (key, words) in [
        ("unlabeled", "\"trusted\" or \"untrusted\""),
        ("trustconflict", "\"warn\", \"error\" or \"silent\""),
        ("implicitflows", "\"track\" or \"off\""),
    ] {
        let found = errors(&format!("{{ defaults: {{ {key}: maybe }} }}"));
        assert_eq!(found.len(), 1);
        let expected = format!("Policy '@p': 'defaults.{key}' must be {words}");
        assert!(found[0].starts_with("POLICY_BAD_VALUE"));
        assert!(found[0].ends_with(&expected), "{found:?}");
    }
}

#[test]
fn every_mistake_is_reported_in_order() {
    let found =
        errors("{\n  foo: 1,\n  deny: [sh],\n  labels: { a: { deny: 1, alow: [] } },\n  bar: 2 }");
    let places = ["2:3", "3:9", "4:24", "4:27", "5:3"];
    assert_eq!(found.len(), places.len(), "{found:?}");
    for (found, place) in found.iter().zip(places) {
        assert!(found.contains(&format!(" {place} ")), "{found} at {place}");
    }
}

#[test]
fn unknown_rules_are_warned_about() {
    for (name, message, suggestion) in [
        (
            "no-secret-exfill",
            "Unknown built-in rule \"no-secret-exfill\" — did you mean \"no-secret-exfil\"?",
            "Replace \"no-secret-exfill\" with \"no-secret-exfil\" if that was the intended built-in policy rule.",
        ),
        (
            "zzz",
            "Unknown built-in rule \"zzz\".",
            "Use one of: no-secret-exfil, no-sensitive-exfil, no-send-to-unknown, no-send-to-external, \
             no-destroy-unknown, no-untrusted-destructive, no-untrusted-privileged, no-influenced-advice, \
             untrusted-llms-get-influenced",
        ),
    ] {
        let source = format!("{{ defaults: {{ rules: [{name}] }} }}");
        let parsed = Policy::parse("p", &literal(&source)).unwrap();
        let [warning] = parsed.warnings.as_slice() else {
            panic!("{:?}", parsed.warnings)
        };
        assert_eq!(warning.message, message);
        assert_eq!(warning.suggestion, suggestion);
        assert_eq!(warning.code, "unknown-policy-rule");
        assert!(warning.place.is_some());
        assert_eq!(
            text(&parsed.policy.to_node()),
            format!("{{defaults: {{rules: [{name}]}}}}")
        );
    }
}

#[test]
fn a_locked_policy_does_not_take_unknown_rules() {
    let found = errors("{ defaults: { rules: [zzz] }, locked: true }");
    assert_eq!(
        found[0],
        "POLICY_UNKNOWN_RULE 1:23 Policy '@p': unknown built-in rule \"zzz\""
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn a_rule_that_could_never_apply_is_refused() {
    for (source, message) in [
        (
            "{ labels: { a: { deny: [\"op:cmd:git push\"] } } }",
            "Policy '@p': 'op:cmd:git push' in labels.a.deny is not a label",
        ),
        (
            "{ labels: { \"a b\": { deny: [x] } } }",
            "Policy '@p': 'a b' in labels is not a label",
        ),
        (
            "{ labels: { \"\": { deny: [x] } } }",
            "Policy '@p': '' in labels is not a label",
        ),
        (
            "{ labels: { \"a:\": { deny: [x] } } }",
            "Policy '@p': 'a:' in labels is not a label",
        ),
        (
            "{ labels: { a: { deny: [\"net:*\"] } } }",
            "Policy '@p': 'net:*' in labels.a.deny uses a wildcard: a label covers everything under it, so \
             leave out the '*'",
        ),
        (
            "{ operations: { \"*\": [x] } }",
            "Policy '@p': '*' in operations uses a wildcard: a label covers \
             everything under it, so leave out the '*'",
        ),
        (
            "{ operations: { a: [\"b,c\"] } }",
            "Policy '@p': 'b,c' in operations.a is not a label",
        ),
    ] {
        let found = errors(source);
        assert_eq!(found.len(), 1, "{source}");
        assert!(
            found[0].starts_with("POLICY_BAD_LABEL") && found[0].ends_with(message),
            "{found:?}"
        );
    }
    assert_eq!(
        normal(
            "{ labels: { \"*\": { deny: [\"*\", \"dir:/a.b/c\"] } }, operations: { a: \"*\" } }"
        ),
        "{labels: {*: {deny: [*, dir:/a.b/c]}}, operations: {a: [*]}}"
    );
}

#[test]
fn a_key_twice_is_an_error() {
    for source in [
        "{ labels: {}, labels: {} }",
        "{ labels: { a: { deny: x }, a: { deny: y } } }",
        "{ labels: { a: { deny: x, deny: y } } }",
        "{ operations: { a: x, a: y } }",
    ] {
        let found = errors(source);
        assert_eq!(found.len(), 1, "{source}");
        assert!(
            found[0].starts_with("POLICY_DUPLICATE_KEY") && found[0].ends_with("is given twice")
        );
    }
}

#[test]
fn names_in_messages_cannot_steer_the_terminal() {
    let found = errors("{ \"a\u{1b}[2J\nb\": 1 }");
    assert!(found[0].contains("'a\\x1b[2J\\nb'"), "{found:?}");
}

#[test]
fn lists_are_trimmed_and_without_duplicates() {
    assert_eq!(
        normal(
            "{ defaults: { rules: \"no-secret-exfil\" }, labels: { a: { deny: \"op:show\" } } }"
        ),
        "{defaults: {rules: [no-secret-exfil]}, labels: {a: {deny: [op:show]}}}"
    );
    assert_eq!(
        normal("{ labels: { a: { deny: [\" x \", \"\", \"x\", \"  \", \"y\"] } } }"),
        "{labels: {a: {deny: [x, y]}}}"
    );
}

#[test]
fn the_normal_form_has_its_order_and_no_empty_sections() {
    assert_eq!(
        normal(
            "{ operations: { exfil: [\"net:w\"], none: [] }, labels: { b: { deny: [x], allow: [y] }, a: { deny: [] } }, \
             version: \"1\", defaults: { rules: [no-sensitive-exfil, no-secret-exfil] }, name: n }"
        ),
        "{name: n, version: 1, defaults: {rules: [no-sensitive-exfil, no-secret-exfil]}, \
         labels: {b: {allow: [y], deny: [x]}}, operations: {exfil: [net:w]}}"
    );
    assert_eq!(normal("{ labels: {}, defaults: { rules: [] } }"), "{}");
}

#[test]
fn the_normal_form_read_again_is_the_same() {
    let source = "{ operations: { exfil: \"net:w\" }, labels: { b: { deny: x, allow: [y] } }, description: d }";
    let once = policy("p", source).to_node();
    let twice = Policy::parse("p", &once).unwrap().policy.to_node();
    assert_eq!(once, twice);
}

#[test]
fn a_union_shows_the_merged_view() {
    let of = |members: &[&str]| {
        let members = members.iter().map(|m| policy("m", m));
        text(&Policy::union("u", members).unwrap().to_node())
    };
    let deny_x = "{ labels: { a: { deny: [x] } } }";
    let deny_y = "{ labels: { a: { deny: [y] } } }";
    let allow_xy = "{ labels: { a: { allow: [x, y] } } }";
    let allow_yz = "{ labels: { a: { allow: [y, z] } } }";
    assert_eq!(of(&[deny_x, deny_y]), "{labels: {a: {deny: [x, y]}}}");
    assert_eq!(of(&[allow_xy, allow_yz]), "{labels: {a: {allow: [y]}}}");
    assert_eq!(of(&[allow_xy, deny_x]), "{labels: {a: {deny: [x]}}}");
    assert_eq!(of(&[allow_xy, "{}"]), "{labels: {a: {allow: [x, y]}}}");
    assert_eq!(
        of(&[allow_xy, allow_yz, "{ labels: { a: { allow: [x] } } }"]),
        "{}",
        "nothing is common to all"
    );
    assert_eq!(
        of(&[
            "{ name: n, defaults: { rules: [no-secret-exfil] }, operations: { exfil: [a] } }",
            "{ defaults: { rules: [no-sensitive-exfil, no-secret-exfil] }, operations: { exfil: [b, a], c: d } }",
        ]),
        "{defaults: {rules: [no-secret-exfil, no-sensitive-exfil]}, operations: {exfil: [a, b], c: [d]}}"
    );
    assert_eq!(of(&["{ name: n, labels: {} }"]), "{name: n}");
}

#[test]
fn a_union_needs_a_member() {
    let error = Policy::union("u", []).unwrap_err();
    assert_eq!(error.code, PolicyErrorCode::EmptyUnion);
    assert_eq!(
        error.to_string(),
        "Policy union requires at least one reference"
    );
}

#[test]
fn active_policies_are_listed_once_and_in_order() {
    let mut all = layers(&["{}", "{}"]);
    all.push(&policy("q", "{}").renamed("p"));
    assert_eq!(all.active(), ["p", "q"]);
    let narrowed = all.narrowed(&policy("call", "{ labels: { a: { deny: x } } }"));
    assert_eq!(narrowed.active(), ["p", "q"]);
    assert_eq!(text(&narrowed.merged()), "{labels: {a: {deny: [x]}}}");
    assert_eq!(text(&all.merged()), "{}", "narrowing changes the call only");
    assert!(!all.is_empty());
}
