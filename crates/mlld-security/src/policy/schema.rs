//! The keys of a policy (spec 06 §3.1): which exist, and which of them this version enforces.
//!
//! A key that exists but cannot be enforced is refused by name, never ignored.

use ecow::EcoString;

/// Whether a key or rule is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Support {
    /// It is.
    Now,
    /// It belongs to the schema but is refused for the time being.
    Later,
}

use Support::{Later, Now};

/// The keys of a policy.
pub(super) const TOP: &[(&str, Support)] = &[
    ("defaults", Now),
    ("verify_all_instructions", Later),
    ("allow", Later),
    ("deny", Later),
    ("deny_cmd", Later),
    ("danger", Later),
    ("capabilities", Later),
    ("operations", Now),
    ("labels", Now),
    ("sources", Later),
    ("data", Later),
    ("signers", Later),
    ("filesystem_integrity", Later),
    ("auth", Later),
    ("keychain", Later),
    ("env", Later),
    ("limits", Later),
    ("locked", Now),
    ("authorizations", Later),
    ("name", Now),
    ("description", Now),
    ("version", Now),
    ("default", Later),
];

/// The keys of `defaults`.
pub(super) const DEFAULTS: &[(&str, Support)] = &[
    ("unlabeled", Now),
    ("rules", Now),
    ("autosign", Later),
    ("autoverify", Later),
    ("trustconflict", Now),
    ("implicitflows", Now),
];

/// The keys of a rule in `labels`.
pub(super) const LABEL_RULE: &[(&str, Support)] = &[("allow", Now), ("deny", Now)];

/// How far from a known word a misspelt one may be (spec 06 §4).
const NEAR: usize = 2;
/// Longer words are not compared: the distance takes time in the product of the lengths.
const LONGEST: usize = 64;

/// The nearest of `known` within edit distance 2; the first among equals.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    known
        .into_iter()
        .map(|k| (strsim::levenshtein(word, k), k))
        .filter(|(distance, _)| *distance <= NEAR)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

/// `"a" or "b"`, `"a", "b" or "c"`.
pub(super) fn alternatives(words: &[&str]) -> EcoString {
    let mut out = EcoString::new();
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            out.push_str(if i + 1 == words.len() { " or " } else { ", " });
        }
        out.push('"');
        out.push_str(word);
        out.push('"');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_wins() {
        let top = || TOP.iter().map(|(k, _)| *k);
        assert_eq!(nearest("lables", top()), Some("labels"));
        assert_eq!(nearest("dney", top()), Some("deny"));
        assert_eq!(nearest("foo", top()), None);
        assert_eq!(
            nearest("default", top()),
            Some("default"),
            "exact before near"
        );
        assert_eq!(nearest(&"x".repeat(100_000), top()), None);
    }

    #[test]
    fn alternatives_read_as_a_sentence() {
        assert_eq!(alternatives(&["a", "b"]), "\"a\" or \"b\"");
        assert_eq!(alternatives(&["a", "b", "c"]), "\"a\", \"b\" or \"c\"");
    }
}
