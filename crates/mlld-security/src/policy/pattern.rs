//! Patterns of labels: `*`, a label, and everything under it (spec 06 §11).

use crate::label::is_under;
use ecow::EcoString;

/// Whether `pattern` matches `label`.
pub(super) fn covers(pattern: &str, label: &str) -> bool {
    pattern == "*" || is_under(label, pattern)
}

/// `net:w:x`, `net:w`, `net`: the label and those above it.
pub(super) fn prefixes(label: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(label), |l| l.rsplit_once(':').map(|(above, _)| above))
}

/// A pattern as deny rules compare it besides the way it is written. Labels of commands are in lower case
/// (spec 05 §10.3), so an upper-case letter in a pattern for them could never match.
pub(super) fn folded(pattern: &str) -> Option<EcoString> {
    let upper = is_under(pattern, "op:cmd") && pattern.chars().any(char::is_uppercase);
    upper.then(|| pattern.to_lowercase().into())
}

/// How long a key of `labels` is, in parts; `*` is shorter than any label.
pub(super) fn depth(key: &str) -> usize {
    match key {
        "*" => 0,
        _ => prefixes(key).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_itself_and_what_lies_under_it() {
        assert!(covers("*", "op:show"));
        assert!(covers("net", "net:w"));
        assert!(!covers("net:w", "net"));
        assert!(!covers("ne", "net"));
    }

    #[test]
    fn prefixes_are_by_whole_parts() {
        let all: Vec<&str> = prefixes("a:bc:d").collect();
        assert_eq!(all, ["a:bc:d", "a:bc", "a"]);
        assert_eq!((depth("*"), depth("a"), depth("a:b")), (0, 1, 2));
    }

    #[test]
    fn only_patterns_of_commands_are_folded() {
        assert_eq!(folded("op:cmd:Git").as_deref(), Some("op:cmd:git"));
        assert_eq!(folded("Net:W"), None);
        assert_eq!(folded("op:cmd:git"), None);
    }
}
