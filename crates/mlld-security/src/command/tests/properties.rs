//! What holds for any text.

use super::{allowed, denied, is_under};
use crate::command::{shell_targets, targets};
use crate::operation::shown_labels;
use proptest::prelude::*;

/// Pieces of shell texts.
fn piece() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "git",
        "push",
        "curl x",
        "sh -c ",
        "env ",
        "eval ",
        "find . -exec ",
        " \\;",
        "xargs ",
        "-",
        "-x",
        "-c ",
        "'",
        "\"",
        "`",
        "\\",
        "\n",
        " ",
        " ",
        ";",
        "|",
        "&",
        "(",
        ")",
        "((",
        "))",
        "{ ",
        "; }",
        "$(",
        "${",
        "}",
        "$((",
        "$x",
        "$'",
        "<<E\n",
        "\nE\n",
        "<",
        ">",
        "<(",
        "#",
        "~",
        "*",
        "[",
        "]",
        "[[ ",
        " ]]",
        "{a,b}",
        "if ",
        "; then ",
        "; fi",
        "for i in ",
        "; do ",
        "; done",
        "case x in ",
        ") ",
        ";; ",
        "esac",
        "a=",
        "a=(",
        "f() ",
        "é",
        "\0",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,40}", pieces in proptest::collection::vec(piece(), 0..30)) {
        for text in [text, pieces.concat()] {
            let found = targets(&text, &[]);
            prop_assert!(!found.is_empty());
            prop_assert!(found.iter().all(|t| is_under(&t.label, "op:cmd")));
            let block = shell_targets(&text);
            prop_assert_eq!(shown_labels(&block), ["op:sh"]);
            prop_assert!(block.iter().skip(1).all(|t| t.allowed_as.as_deref() == Some("")));
        }
    }

    #[test]
    fn a_redacted_word_is_never_shown(
        before in proptest::collection::vec(piece(), 0..12),
        after in proptest::collection::vec(piece(), 0..12),
        ranges in proptest::collection::vec((0..60_usize, 0..60_usize), 0..3),
    ) {
        let before = before.concat();
        let line = format!("{before}kestrel{}", after.concat());
        let word = (before.len(), before.len() + 7);
        let ranges = ranges.into_iter().chain([word]);
        let hidden: Vec<_> = ranges.map(|(a, b)| a..b).collect();
        let shown = shown_labels(&targets(&line, &hidden)).join(" ");
        prop_assert!(!shown.contains("kestrel"), "{}: {}", line, shown);
    }

    #[test]
    fn redaction_changes_what_is_shown_and_nothing_else(
        pieces in proptest::collection::vec(piece(), 0..20),
        at in 0..40_usize,
    ) {
        let line = pieces.concat();
        let (open, hidden) = (targets(&line, &[]), targets(&line, std::slice::from_ref(&(at..at + 5))));
        for pattern in ["op:cmd:git", "op:cmd:git:push", "op:cmd:curl:x", "op:cmd:env", "op:cmd:find:git"] {
            prop_assert_eq!(denied(&open, pattern), denied(&hidden, pattern), "{}", line);
            prop_assert_eq!(allowed(&open, pattern), allowed(&hidden, pattern), "{}", line);
        }
    }

    #[test]
    fn another_command_hides_none(a in proptest::collection::vec(piece(), 0..10)) {
        let line = format!("curl x\n{}", a.concat());
        prop_assert!(denied(&targets(&line, &[]), "op:cmd:curl:x"), "{}", line);
    }
}
