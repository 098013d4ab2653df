//! Front matter: YAML between `---` lines at the start of a script or file (spec 01 §1.3, 04 §1.5).

use super::yaml::{self, Schema};
use super::{Object, Value, ValueError};

/// Where the front matter of a text lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontMatter<'t> {
    /// The YAML between the lines.
    pub yaml: &'t str,
    /// The offset, in bytes, of what follows.
    pub body: usize,
}

/// Finds front matter: a first line `---` and a later one. A byte order mark may precede it.
#[must_use]
pub fn split(text: &str) -> Option<FrontMatter<'_>> {
    let after_mark = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = after_mark.split_inclusive('\n');
    let mut offset = text.len() - after_mark.len();
    let first = lines.next().filter(|line| is_rule(line))?;
    offset += first.len();
    let start = offset;
    for line in lines {
        if is_rule(line) {
            return Some(FrontMatter {
                yaml: text.get(start..offset)?,
                body: offset + line.len(),
            });
        }
        offset += line.len();
    }
    None
}

fn is_rule(line: &str) -> bool {
    line.trim_end_matches([' ', '\t', '\r', '\n']) == "---"
}

/// The front matter of the running script, from the YAML between the lines: all plain scalars are text, empty values
/// null, and nothing at all an empty object.
///
/// # Errors
/// `Invalid YAML frontmatter: …`, a parse error of the script.
pub fn of_script(yaml: &str) -> Result<Value, ValueError> {
    match yaml::parse(yaml, Schema::Text) {
        Ok(Value::Null) => Ok(Value::object(Object::default())),
        Ok(value) => Ok(value),
        Err(error) => Err(ValueError::new(
            "R0250",
            "MlldParse",
            format!("Invalid YAML frontmatter: {}", error.message),
        )),
    }
}

/// The front matter of a loaded file, by the core schema; null where there is none or where it is no YAML.
#[must_use]
pub fn of_file(text: &str) -> Value {
    split(text)
        .and_then(|found| yaml::parse(found.yaml, Schema::Core).ok())
        .unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json;

    #[test]
    fn where_it_lies() {
        for (text, yaml, body) in [
            ("---\na: 1\n---\nrest", Some("a: 1\n"), "rest"),
            ("---  \r\na: 1\r\n---\t\r\nrest", Some("a: 1\r\n"), "rest"),
            ("\u{feff}---\na: 1\n---", Some("a: 1\n"), ""),
            ("---\n---\n", Some(""), ""),
            ("---\na: 1\n", None, ""),
            ("\n---\na: 1\n---\n", None, ""),
            ("----\na\n----\n", None, ""),
            (" ---\na: 1\n---\n", None, ""),
            ("", None, ""),
        ] {
            let found = split(text);
            assert_eq!(found.map(|found| found.yaml), yaml, "{text:?}");
            assert_eq!(
                found.map_or("", |found| text.get(found.body..).unwrap()),
                body,
                "{text:?}"
            );
        }
    }

    #[test]
    fn of_a_script() {
        let yaml =
            "title: Harbour log\ncount: 3\nflag: true\nempty:\ntags: [a, b]\nnested:\n  k: 1.50\n";
        let expected = r#"{"title":"Harbour log","count":"3","flag":"true","empty":null,"tags":["a","b"],"nested":{"k":"1.50"}}"#;
        assert_eq!(json::text(&of_script(yaml).unwrap()), expected);
        assert_eq!(json::text(&of_script("").unwrap()), "{}");
        let error = of_script("title: [open\n").unwrap_err();
        assert!(
            error.message.starts_with("Invalid YAML frontmatter: "),
            "{}",
            error.message
        );
        assert_eq!(error.kind, "MlldParse");
    }

    #[test]
    fn of_a_file() {
        for (text, expected) in [
            ("---\na: 0x10\nb: yes\n---\n", r#"{"a":16,"b":"yes"}"#),
            ("---\na: [open\n---\n", "null"),
            ("no front matter", "null"),
        ] {
            assert_eq!(json::text(&of_file(text)), expected);
        }
    }
}
