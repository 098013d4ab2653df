//! Values as text: what is shown, interpolated, written and handed on (spec 01 §12, 02 §8.2 and §9, 03 §3 and §15).
//!
//! | function | used by |
//! |---|---|
//! | [`show`] | `show`, a top-level `=>`, `file` and `files` |
//! | [`template`] | interpolation, `bail`, messages |
//! | [`statement`] | `run`, call statements |
//! | [`directive`] | `output`, `log`, `append` as directives |
//! | [`stage`] | what travels between stages as text, and the side effects among the stages |
//! | [`command`] | a value in a command line |
//! | [`shell`] | a variable of a shell block |
//! | [`stdin`] | standard input of a command |

use super::{Value, Viewed, json, number};
use ecow::EcoString;

/// What `show` prints, without the line end (spec 01 §12.1).
#[must_use]
pub fn show(value: &Value) -> EcoString {
    if let Value::Viewed(viewed) = value
        && !is_json_view(viewed)
    {
        return viewed.text.clone();
    }
    match value.data() {
        Value::Absent | Value::Null => EcoString::new(),
        Value::Array(items) => match items.as_slice() {
            [only] if is_scalar(only) || only.is_nullish() => {
                let compact = json::text(value.data());
                if compact.chars().count() <= 60 {
                    compact
                } else {
                    json::indented(value.data())
                }
            }
            _ => json::indented(value.data()),
        },
        Value::Object(entries) => match entries.iter().next() {
            Some((key, only)) if entries.len() == 1 && (is_scalar(only) || only.is_nullish()) => {
                json::spaced_pair(key, only)
            }
            _ => json::indented(value.data()),
        },
        other => template(other),
    }
}

/// A value in a template as a whole or beside other text (spec 01 §12.2).
#[must_use]
pub fn template(value: &Value) -> EcoString {
    match value {
        Value::Absent | Value::Null => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Number(number) => number::text(*number),
        Value::Text(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => json::text(value),
        Value::Executable(executable) => ecow::eco_format!("[executable: {}]", executable.name),
        Value::Viewed(viewed) => viewed.text.clone(),
    }
}

/// What `run` and call statements print; empty results print nothing (spec 01 §12.1, 02 §7.3).
#[must_use]
pub fn statement(value: &Value) -> EcoString {
    if matches!(value, Value::Absent | Value::Null) {
        EcoString::new()
    } else {
        template(value)
    }
}

/// What the directives `output`, `log` and `append` write: text as it is, a text view byte for byte, other arrays and
/// objects indented by two, `null` and the like as words (spec 01 §12.2, 03 §15).
#[must_use]
pub fn directive(value: &Value) -> EcoString {
    if matches!(value, Value::Array(_) | Value::Object(_)) {
        json::indented(value)
    } else {
        template(value)
    }
}

/// The text of a value between stages, which is also what effects among the stages write: arrays and objects as compact
/// JSON, whatever text they were read from (spec 03 §3, §6).
#[must_use]
pub fn stage(value: &Value) -> EcoString {
    match value.data() {
        data @ (Value::Array(_) | Value::Object(_)) => json::text(data),
        _ => template(value),
    }
}

/// The text form in a command: scalars as written, an array of scalars joined with one blank, everything else as
/// compact JSON (spec 02 §9.2, 04 §1.3).
#[must_use]
pub fn command(value: &Value) -> EcoString {
    match value.data() {
        Value::Array(items)
            if items
                .iter()
                .all(|item| is_scalar(item) || item.is_nullish()) =>
        {
            join(items, " ", template)
        }
        data @ (Value::Array(_) | Value::Object(_)) => json::text(data),
        _ => template(value),
    }
}

/// The value of a variable in a shell block: null and unset are empty, an array is one element a line (spec 02 §8.2). A
/// loaded file is its text.
#[must_use]
pub fn shell(value: &Value) -> EcoString {
    match value {
        Value::Viewed(viewed) if viewed.file.is_some() => viewed.text.clone(),
        _ => lines(value),
    }
}

/// Standard input of a command: text as it is, an array one element a line, an object as compact JSON (spec 02 §9.3).
#[must_use]
pub fn stdin(value: &Value) -> EcoString {
    lines(value)
}

fn lines(value: &Value) -> EcoString {
    let element = |value: &Value| {
        if value.is_nullish() {
            EcoString::new()
        } else {
            stage(value.data())
        }
    };
    match value.data() {
        Value::Array(items) => join(items, "\n", element),
        Value::Absent | Value::Null => EcoString::new(),
        Value::Object(_) => json::text(value.data()),
        _ => template(value),
    }
}

/// Joins the texts of elements.
pub(super) fn join(
    items: &[Value],
    separator: &str,
    element: impl Fn(&Value) -> EcoString,
) -> EcoString {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(&element(item));
    }
    text.into()
}

/// Whether a value has no members and is not null.
fn is_scalar(value: &Value) -> bool {
    matches!(
        value.data(),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Executable(_)
    )
}

/// Whether a text view is, as a whole, strict JSON of the data: then `show` lays the data out anew. JSON5 and `.jsonl`
/// stand as they are (spec 04 §1.3, §14).
fn is_json_view(viewed: &Viewed) -> bool {
    let is_lines = viewed.file.as_ref().is_some_and(|file| {
        file.filename
            .rsplit_once('.')
            .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("jsonl"))
    });
    let first = number::trim(&viewed.text).chars().next();
    let fits = match &viewed.data {
        // A list of files or texts is no JSON of its own, whatever its only item says.
        Value::Array(items) if items.iter().any(|item| item.view().is_some()) => false,
        Value::Array(_) => first == Some('['),
        Value::Object(_) => first == Some('{'),
        Value::Text(text) => first == Some('"') && *text != viewed.text,
        _ => true,
    };
    fits && !is_lines && json::is_json(&viewed.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Executable, FileMeta, depth};
    use std::sync::Arc;

    fn parse(text: &str) -> Value {
        json::parse(text).unwrap()
    }

    fn executable() -> Value {
        Value::Executable(Arc::new(Executable {
            name: "f".into(),
            params: vec![],
            home: crate::value::Home::default(),
        }))
    }

    fn file(name: &str, text: &str, data: Value) -> Value {
        let file = FileMeta {
            filename: name.into(),
            ..FileMeta::default()
        };
        Value::Viewed(Arc::new(Viewed {
            data,
            text: text.into(),
            file: Some(Arc::new(file)),
        }))
    }

    #[test]
    fn the_table_of_show() {
        let long = format!("[\"{}\"]", "x".repeat(57));
        let fits = format!("[\"{}\"]", "é".repeat(56));
        for (value, expected) in [
            (Value::text("a\n b "), "a\n b "),
            (Value::Number(2.5), "2.5"),
            (Value::Number(-0.0), "0"),
            (Value::Bool(true), "true"),
            (Value::Null, ""),
            (Value::Absent, ""),
            (parse("[]"), "[]"),
            (parse("{}"), "{}"),
            (parse("[\"x\"]"), "[\"x\"]"),
            (parse("[1]"), "[1]"),
            (parse("[null]"), "[null]"),
            (parse("[[]]"), "[\n  []\n]"),
            (parse(&fits), fits.as_str()),
            (parse(&long), &format!("[\n  \"{}\"\n]", "x".repeat(57))),
            (parse("{\"k\":\"v\"}"), "{\"k\": \"v\"}"),
            (parse("{\"k\":null}"), "{\"k\": null}"),
            (parse("{\"k\":[]}"), "{\n  \"k\": []\n}"),
            (
                parse("{\"a\":1,\"b\":{\"c\":[1,{}]}}"),
                "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      1,\n      {}\n    ]\n  }\n}",
            ),
            (executable(), "[executable: f]"),
            (Value::array(vec![executable()]), "[\"<function()>\"]"),
        ] {
            assert_eq!(show(&value), expected, "{value:?}");
        }
        let pair = format!("{{\"k\": \"{}\"}}", "y".repeat(200));
        assert_eq!(show(&parse(&pair)), pair);
    }

    #[test]
    fn the_table_of_interpolation() {
        for (value, expected) in [
            (Value::text(""), ""),
            (Value::Null, "null"),
            (Value::Absent, "null"),
            (Value::Bool(false), "false"),
            (Value::Number(1e21), "1e+21"),
            (parse("[1,\"a\",true,null]"), "[1,\"a\",true,null]"),
            (parse("{\"a\":1,\"b\":[2]}"), "{\"a\":1,\"b\":[2]}"),
            (executable(), "[executable: f]"),
            (
                Value::object([("k".into(), executable())].into_iter().collect()),
                "{\"k\":\"<function()>\"}",
            ),
            (
                Value::viewed(parse("{\"a\":1}"), "{\"a\":   1}"),
                "{\"a\":   1}",
            ),
        ] {
            assert_eq!(template(&value), expected, "{value:?}");
        }
    }

    #[test]
    fn a_text_view_is_what_most_readers_get() {
        let output = Value::viewed(parse("{\"a\":1,\"b\":2}"), " {\"a\":1, \"b\":2}");
        assert_eq!(show(&output), "{\n  \"a\": 1,\n  \"b\": 2\n}");
        for render in [template, statement, directive] {
            assert_eq!(render(&output), " {\"a\":1, \"b\":2}");
        }
        for render in [stage, command, shell, stdin] {
            assert_eq!(render(&output), "{\"a\":1,\"b\":2}");
        }
        // As a member it is its data.
        assert_eq!(template(&Value::array(vec![output])), "[{\"a\":1,\"b\":2}]");
    }

    #[test]
    fn files_are_shown_as_text_unless_they_are_json() {
        for (name, text, data, expected) in [
            ("a.txt", "hello\n", Value::text("hello\n"), "hello\n"),
            ("a.json", "{\"a\":   1}", parse("{\"a\":1}"), "{\"a\": 1}"),
            ("a.txt", " [1, 2]\n", parse("[1,2]"), "[\n  1,\n  2\n]"),
            ("a.json", "{a: 1}", parse("{\"a\":1}"), "{a: 1}"),
            (
                "a.jsonl",
                "{\"a\":1}\n{\"a\":2}\n",
                parse("[{\"a\":1},{\"a\":2}]"),
                "{\"a\":1}\n{\"a\":2}\n",
            ),
            ("a.jsonl", "{\"a\":1}", parse("[{\"a\":1}]"), "{\"a\":1}"),
            ("a.jsonl", "[1]", parse("[[1]]"), "[1]"),
            ("a.txt", "42\n", Value::Number(42.0), "42"),
            ("a.txt", "null", Value::Null, ""),
            ("a.txt", "\"x\"", Value::text("x"), "x"),
            (
                "a.ts",
                "fn a\n\nfn b",
                parse("[{\"code\":\"fn a\"}]"),
                "fn a\n\nfn b",
            ),
        ] {
            assert_eq!(show(&file(name, text, data)), expected, "{name} {text}");
        }
        let loaded = file("a.json", "{\"a\":   1}", parse("{\"a\":1}"));
        assert_eq!(shell(&loaded), "{\"a\":   1}");
        assert_eq!(command(&loaded), "{\"a\":1}");
        assert_eq!(directive(&loaded), "{\"a\":   1}");
    }

    #[test]
    fn statements_print_compactly_and_no_null() {
        for (value, expected) in [
            (Value::Null, ""),
            (Value::Absent, ""),
            (parse("{\"a\": 1}"), "{\"a\":1}"),
            (Value::Bool(false), "false"),
        ] {
            assert_eq!(statement(&value), expected);
        }
    }

    #[test]
    fn directives_indent_everything() {
        for (value, expected) in [
            (parse("{\"a\":1}"), "{\n  \"a\": 1\n}"),
            (parse("[2]"), "[\n  2\n]"),
            (parse("[]"), "[]"),
            (Value::Null, "null"),
            (Value::Bool(true), "true"),
            (Value::text("x"), "x"),
        ] {
            assert_eq!(directive(&value), expected);
        }
    }

    #[test]
    fn commands_and_shells_get_words_and_lines() {
        for (value, in_command, in_shell) in [
            (Value::text(" a b"), " a b", " a b"),
            (Value::Null, "null", ""),
            (Value::Bool(true), "true", "true"),
            (Value::Number(1.5), "1.5", "1.5"),
            (parse("[1,\"a b\",null]"), "1 a b null", "1\na b\n"),
            (
                parse("[1,[2,3],{\"k\":\"v\"}]"),
                "[1,[2,3],{\"k\":\"v\"}]",
                "1\n[2,3]\n{\"k\":\"v\"}",
            ),
            (parse("{\"k\":\"v\"}"), "{\"k\":\"v\"}", "{\"k\":\"v\"}"),
            (parse("[]"), "", ""),
        ] {
            assert_eq!(command(&value), in_command, "{value:?}");
            assert_eq!(shell(&value), in_shell, "{value:?}");
            assert_eq!(stdin(&value), in_shell, "{value:?}");
        }
    }

    #[test]
    fn deep_data_does_not_overflow_a_small_stack() {
        let small = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let run = move || {
            let deep = depth::tests::nested(100_000);
            assert_eq!(template(&deep).len(), 200_000);
            assert!(directive(&deep).starts_with("[\n  [\n"));
            for render in [show, statement, stage, command, shell, stdin] {
                assert!(render(&deep).starts_with('['));
            }
            depth::discard(deep);
        };
        small.spawn(run).unwrap().join().unwrap();
    }
}
