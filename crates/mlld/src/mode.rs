//! Which mode a script is in when nobody says (spec 09 §1.7).

use mlld_syntax::Mode;
use std::path::Path;

/// The words that begin a directive (spec 01 §4).
const DIRECTIVES: &[&str] = &[
    "append",
    "auth",
    "bail",
    "box",
    "checkpoint",
    "env",
    "exe",
    "export",
    "file",
    "files",
    "for",
    "foreach",
    "guard",
    "hook",
    "if",
    "import",
    "let",
    "log",
    "loop",
    "needs",
    "output",
    "policy",
    "profiles",
    "run",
    "show",
    "sign",
    "stream",
    "var",
    "verify",
    "when",
    "while",
];

/// The mode that a file's name asks for.
pub(crate) fn of_name(path: &Path) -> Mode {
    let markdown = path
        .file_name()
        .is_some_and(|n| n.as_encoded_bytes().ends_with(b".md"));
    if markdown {
        Mode::Markdown
    } else {
        Mode::Strict
    }
}

/// The mode of a script without a name: its first line that says something decides.
pub(crate) fn of_text(text: &str) -> Mode {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text
        .lines()
        .map(str::trim_start)
        .find(|line| !line.is_empty() && !["---", "<!--", ">>"].iter().any(|p| line.starts_with(p)))
        .unwrap_or_default();
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let mut chars = line.chars();
    match chars.next() {
        Some('/') if is_letter(chars.next()) => Mode::Markdown,
        Some('=') | None => Mode::Strict,
        _ if begins_with_directive(line) => Mode::Strict,
        Some('#' | '*' | '-' | '[') => Mode::Markdown,
        first if is_letter(first) => Mode::Markdown,
        _ => Mode::Strict,
    }
}

/// Whether a line begins with the word of a directive, and the word ends there.
fn begins_with_directive(line: &str) -> bool {
    let end = line
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(line.len());
    line.get(..end)
        .is_some_and(|word| DIRECTIVES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide() {
        for (name, mode) in [
            ("a.mld", Mode::Strict),
            ("a.mld.md", Mode::Markdown),
            ("a.md", Mode::Markdown),
            ("a", Mode::Strict),
            ("a.txt", Mode::Strict),
            ("md", Mode::Strict),
            ("x.md/a.mld", Mode::Strict),
        ] {
            assert_eq!(of_name(Path::new(name)), mode, "{name}");
        }
    }

    #[test]
    fn first_line_that_says_something_decides() {
        for (text, mode) in [
            ("show `a`", Mode::Strict),
            ("\u{feff}show `a`", Mode::Strict),
            ("\n\n>> comment\nvar @x = 1", Mode::Strict),
            ("/show `a`", Mode::Markdown),
            ("# Title\n\n/show `a`", Mode::Markdown),
            ("Some text", Mode::Markdown),
            ("showing off", Mode::Markdown),
            ("<!-- c -->\n- item", Mode::Markdown),
            ("---\n[link]", Mode::Markdown),
            ("@f()", Mode::Strict),
            ("=> @x", Mode::Strict),
            ("/", Mode::Strict),
            ("", Mode::Strict),
        ] {
            assert_eq!(of_text(text), mode, "{text:?}");
        }
    }
}
