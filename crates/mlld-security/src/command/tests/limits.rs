//! Long, deep and strange texts.

use super::{allowed, denied, is_opaque, shown};
use crate::command::{shell_targets, targets};
use crate::operation::shown_labels;

#[test]
fn unicode_and_control_characters_are_text() {
    assert_eq!(shown("echo héllo"), "op:cmd op:cmd:echo op:cmd:echo:héllo");
    assert_eq!(shown("echo \\é"), "op:cmd op:cmd:echo op:cmd:echo:é");
    assert_eq!(shown("git\u{a0}push"), "op:cmd op:cmd:git\u{a0}push");
    assert!(!allowed(&targets("git\u{200b} push", &[]), "op:cmd:git"));
}

#[test]
fn long_words_and_many_words_stay_small() {
    let word = "x".repeat(1_000_000);
    let one = targets(&format!("git {word}"), &[]);
    assert_eq!(shown_labels(&one), ["op:cmd", "op:cmd:git"]);
    assert!(
        denied(&one, "op:cmd:git:push"),
        "a long word may begin with anything"
    );
    let many = targets(&format!("git {}", "a ".repeat(500_000)), &[]);
    assert!(denied(&many, "op:cmd:git:a"));
    let lines: String = (0..100_000).map(|i| format!("c{i} a\n")).collect();
    let lines = targets(&lines, &[]);
    assert!(lines.len() < 2000 && is_opaque(&lines));
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    for (open, close) in [
        ("$(", ")"),
        ("\"$(", ")\""),
        ("(", ")"),
        ("{ ", "; }"),
        ("${a:-", "}"),
        ("$((", "))"),
        ("<(", ")"),
        ("if ", ""),
        ("env ", ""),
        ("sh -c ", ""),
        ("eval ", ""),
        ("find -exec ", ""),
        ("case x in a) ", ""),
        ("[[ ", ""),
        ("! ", ""),
        ("for x ", ""),
        ("`", ""),
    ] {
        let n = 200_000 / open.len();
        let line = format!("{}ls{}", open.repeat(n), close.repeat(n));
        for targets in [targets(&line, &[]), shell_targets(&line)] {
            assert!(denied(&targets, "op:cmd:ls"), "{open}");
        }
    }
}
