//! Comparing text the way the cases mean it: white space at line ends and runs of blank lines do not count.

use regress::Regex;
use std::path::Path;

/// White space in the sense of the cases: Unicode's, and the four separators of ASCII.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Text without white space at line ends, blank lines, and white space at both ends.
pub(crate) fn normalise(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::new();
    for line in text.split('\n') {
        let line = line.trim_end_matches(is_space);
        if !line.is_empty() {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_matches(is_space).to_owned()
}

/// Text in which every run of white space is one space.
pub(crate) fn flatten(text: &str) -> String {
    let mut out = String::new();
    let mut in_space = false;
    for c in text.chars() {
        if is_space(c) {
            if !in_space {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
        in_space = is_space(c);
    }
    out
}

/// The lines of a case's file.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text
        .split([
            '\n', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}',
        ])
        .collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    lines
}

/// The lines of `fragments` that do not occur in `text`; white space counts as one space.
pub(crate) fn missing_fragments<'a>(fragments: &'a str, text: &str) -> Vec<&'a str> {
    let flat = flatten(text);
    lines(fragments)
        .into_iter()
        .map(|line| line.trim_matches(is_space))
        .filter(|line| !line.is_empty() && !flat.contains(&flatten(line)))
        .collect()
}

/// Why `got` is not what the file in `after/` wants; a line `~ PATTERN` there is a regular expression.
pub(crate) fn file_mismatch(want: &str, got: Option<&str>) -> Option<String> {
    let Some(got) = got else {
        return Some("missing".into());
    };
    let (want, got) = (normalise(want), normalise(got));
    let (want, got): (Vec<_>, Vec<_>) = (want.split('\n').collect(), got.split('\n').collect());
    if want.len() != got.len() {
        return Some(format!("{} lines, not {}", got.len(), want.len()));
    }
    want.iter().zip(&got).find_map(|(want, got)| {
        let same = match want.strip_prefix("~ ") {
            Some(pattern) => Regex::new(&format!("^(?:{pattern})$"))
                .unwrap_or_else(|e| panic!("`{pattern}` is no regular expression: {e}"))
                .find(got)
                .is_some(),
            None => want == got,
        };
        (!same).then(|| format!("line {got:?} is not {want:?}"))
    })
}

/// A file of a case as text with `\n` line ends; `None` if there is none.
///
/// A file that is not UTF-8 ends the test: the comparison has no meaning then.
pub(crate) fn read_text(path: &Path) -> Option<String> {
    if !path.is_file() {
        return None;
    }
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let text =
        String::from_utf8(bytes).unwrap_or_else(|_| panic!("{} is not UTF-8", path.display()));
    Some(text.replace("\r\n", "\n").replace('\r', "\n"))
}
