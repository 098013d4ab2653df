//! What `.mx` says about a value that follows from its data alone (spec 01 §10, 04 §1.4, 05 §2.2).
//!
//! Labels, taint, sources, names and places are the evaluator's to add.

use super::{FileMeta, Kind, Object, Value, Viewed, front_matter, render};
use ecow::EcoString;

/// A field of `.mx`, or nothing if this value has no such field: then it is null, unless the evaluator knows better.
#[must_use]
pub fn field(value: &Value, name: &str) -> Option<Value> {
    let view = value.view().map(|view| view.as_ref());
    if let Some((view, file)) = view.and_then(|view| Some((view, view.file.as_deref()?)))
        && file.workspace.is_none()
        && let Some(found) = file_field(view, file, name)
    {
        return Some(found);
    }
    Some(match name {
        "type" => type_of(value).into(),
        "length" => length(value)?.into(),
        "size" => match value.data() {
            Value::Array(items) => items.len().into(),
            Value::Object(entries) => entries.len().into(),
            _ => text(value).len().into(),
        },
        "tokens" | "tokest" => tokens(
            text(value).chars().count(),
            view.and_then(|view| view.file.as_deref()),
        )
        .into(),
        "keys" => Value::array(
            value
                .as_object()?
                .keys()
                .map(|key| key.clone().into())
                .collect(),
        ),
        "values" => Value::array(value.as_object()?.values().cloned().collect()),
        "entries" => {
            let pair = |(key, value): (&EcoString, &Value)| {
                Value::array(vec![key.clone().into(), value.clone()])
            };
            Value::array(value.as_object()?.iter().map(pair).collect())
        }
        "text" => text(value).into(),
        "data" => value.data().clone().stored(),
        _ => return None,
    })
}

/// The fields that `show @v.mx` prints, in the order of the table of spec 04 §1.4, without text and data.
#[must_use]
pub fn fields(value: &Value) -> Object {
    const NAMES: &[&str] = &[
        "filename",
        "relative",
        "absolute",
        "path",
        "dirname",
        "relativeDir",
        "absoluteDir",
        "ext",
        "length",
        "tokens",
        "tokest",
        "type",
        "source",
        "fm",
        "size",
        "keys",
    ];
    let is_file = value.view().is_some_and(|view| view.file.is_some());
    let shown = |name: &&&str| !(is_file && matches!(**name, "size" | "keys"));
    NAMES
        .iter()
        .filter(shown)
        .filter_map(|name| Some(((*name).into(), field(value, name)?)))
        .collect()
}

/// The text of a value, as it counts for lengths and estimates.
fn text(value: &Value) -> EcoString {
    match value {
        Value::Absent | Value::Null => EcoString::new(),
        value => render::template(value),
    }
}

/// How long it is: characters of a text or text view of a file, elements, members.
fn length(value: &Value) -> Option<usize> {
    if let Some(view) = value.view()
        && view.file.is_some()
    {
        return Some(view.text.chars().count());
    }
    match value.data() {
        Value::Text(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(entries) => Some(entries.len()),
        _ => None,
    }
}

/// An estimate of the tokens that a model would count.
fn tokens(characters: usize, file: Option<&FileMeta>) -> usize {
    let extension = file
        .map(|file| extension(file).to_ascii_lowercase())
        .unwrap_or_default();
    let characters_a_token = match extension.as_str() {
        "py" | "js" | "ts" | "java" | "c" | "cpp" | "cs" | "go" | "rs" => 3,
        "json" | "yaml" | "yml" | "toml" | "xml" | "html" => 5,
        _ => 4,
    };
    characters.div_ceil(characters_a_token)
}

/// The kind; of a loaded file, by its name first.
fn type_of(value: &Value) -> &'static str {
    let kind = value.kind();
    match value.view().and_then(|view| view.file.as_deref()) {
        None => kind.name(),
        Some(file) => match extension(file).to_ascii_lowercase().as_str() {
            "json" => "json",
            "jsonl" => "jsonl",
            _ => match kind {
                Kind::Array | Kind::Object => kind.name(),
                _ => "text",
            },
        },
    }
}

fn extension(file: &FileMeta) -> &str {
    file.filename
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension)
}

fn file_field(view: &Viewed, file: &FileMeta, name: &str) -> Option<Value> {
    let optional = |text: &Option<EcoString>| text.as_ref().map(|text| text.clone().into());
    Some(match name {
        "filename" => file.filename.clone().into(),
        "relative" => file.relative.clone().into(),
        "absolute" | "path" => file.absolute.clone().into(),
        "dirname" => split_last(split_last(&file.absolute).0).1.into(),
        "relativeDir" => match split_last(&file.relative).0 {
            "" => ".",
            folder => folder,
        }
        .into(),
        "absoluteDir" => match split_last(&file.absolute) {
            ("", _) => "/",
            (folder, _) => folder,
        }
        .into(),
        "ext" => extension(file).into(),
        "source" => "load-content".into(),
        "fm" => match front_matter::of_file(file.front_matter_of.as_ref().unwrap_or(&view.text)) {
            // A file without front matter says nothing of it in a text.
            Value::Null => Value::viewed(Value::Null, ""),
            found => found,
        },
        "diff" => optional(&file.diff)?,
        "parseError" => optional(&file.parse_error)?,
        "title" => optional(&file.title)?,
        "description" => optional(&file.description)?,
        "html" => optional(&file.html)?,
        "url" => optional(&file.url)?,
        "domain" => optional(&file.domain)?,
        "status" => f64::from(file.status?).into(),
        "headers" if !file.headers.is_empty() => Value::object(
            file.headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect(),
        ),
        _ => return None,
    })
}

/// A path without its last part, and that part.
fn split_last(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json;
    use std::sync::Arc;

    fn shown(value: &Value, name: &str) -> String {
        field(value, name).map_or_else(|| "-".into(), |value| json::text(&value).into())
    }

    fn file(relative: &str, text: &str, data: Value) -> Value {
        let filename = split_last(relative).1.into();
        let absolute = ecow::eco_format!("/srv/project/{}", relative.trim_start_matches("./"));
        let file = FileMeta {
            filename,
            relative: relative.into(),
            absolute,
            ..FileMeta::default()
        };
        Value::Viewed(Arc::new(Viewed {
            data,
            text: text.into(),
            file: Some(Arc::new(file)),
        }))
    }

    #[test]
    fn of_plain_values() {
        let object = json::parse(r#"{"a":1,"b":[2]}"#).unwrap();
        let view = Value::viewed(object.clone(), "{ \"a\":1, \"b\":[2] }");
        for (value, name, expected) in [
            (Value::text("né😀x12"), "length", "6"),
            (Value::text("né😀x12"), "size", "10"),
            (Value::text("né😀x12"), "tokens", "2"),
            (Value::text("né😀x12"), "tokest", "2"),
            (Value::text("x"), "type", "\"string\""),
            (Value::text("x"), "text", "\"x\""),
            (Value::text("x"), "keys", "-"),
            (Value::text("x"), "filename", "-"),
            (Value::text("x"), "fm", "-"),
            (5.0.into(), "type", "\"number\""),
            (5.0.into(), "length", "-"),
            (5.0.into(), "text", "\"5\""),
            (Value::Null, "tokens", "0"),
            (Value::Absent, "data", "null"),
            (json::parse("[1,2]").unwrap(), "length", "2"),
            (json::parse("[1,2]").unwrap(), "keys", "-"),
            (object.clone(), "length", "2"),
            (object.clone(), "keys", "[\"a\",\"b\"]"),
            (object.clone(), "values", "[1,[2]]"),
            (object.clone(), "entries", "[[\"a\",1],[\"b\",[2]]]"),
            (object.clone(), "text", "\"{\\\"a\\\":1,\\\"b\\\":[2]}\""),
            (view.clone(), "text", "\"{ \\\"a\\\":1, \\\"b\\\":[2] }\""),
            (view.clone(), "data", "{\"a\":1,\"b\":[2]}"),
            (view, "keys", "[\"a\",\"b\"]"),
            (object, "frob", "-"),
        ] {
            assert_eq!(shown(&value, name), expected, "{value:?}.mx.{name}");
        }
    }

    #[test]
    fn of_loaded_files() {
        let note = file(
            "./store/cold/list.md",
            "---\ntags: [a]\n---\nabcd",
            "".into(),
        );
        let script = file("./run.PY", "0123456", "0123456".into());
        let data = file("./a.json", "{\"a\":1}", json::parse("{\"a\":1}").unwrap());
        let lines = file("./a.jsonl", "1\n2\n", json::parse("[1,2]").unwrap());
        let other = file("./LEDGER", "[1]", json::parse("[1]").unwrap());
        for (value, name, expected) in [
            (&note, "filename", "\"list.md\""),
            (&note, "relative", "\"./store/cold/list.md\""),
            (&note, "absolute", "\"/srv/project/store/cold/list.md\""),
            (&note, "path", "\"/srv/project/store/cold/list.md\""),
            (&note, "dirname", "\"cold\""),
            (&note, "relativeDir", "\"./store/cold\""),
            (&note, "absoluteDir", "\"/srv/project/store/cold\""),
            (&note, "ext", "\"md\""),
            (&note, "length", "22"),
            (&note, "tokens", "6"),
            (&note, "type", "\"text\""),
            (&note, "source", "\"load-content\""),
            (&note, "fm", "{\"tags\":[\"a\"]}"),
            (&note, "title", "-"),
            (&script, "tokens", "3"),
            (&script, "relativeDir", "\".\""),
            (&script, "dirname", "\"project\""),
            (&script, "fm", "null"),
            (&data, "type", "\"json\""),
            (&data, "length", "7"),
            (&data, "tokens", "2"),
            (&data, "keys", "[\"a\"]"),
            (&lines, "type", "\"jsonl\""),
            (&other, "type", "\"array\""),
            (&other, "ext", "\"\""),
        ] {
            assert_eq!(shown(value, name), expected, ".mx.{name}");
        }
        let names: Vec<_> = fields(&note).keys().map(EcoString::to_string).collect();
        assert_eq!(
            names.join(" "),
            "filename relative absolute path dirname relativeDir absoluteDir ext length tokens tokest type source fm"
        );
    }

    #[test]
    fn of_pages() {
        let page = FileMeta {
            title: Some("T".into()),
            url: Some("https://h/x".into()),
            domain: Some("h".into()),
            status: Some(200),
            headers: vec![("content-type".into(), "text/html".into())],
            front_matter_of: Some("---\nk: v\n---\n".into()),
            ..FileMeta::default()
        };
        let page = Value::Viewed(Arc::new(Viewed {
            data: "x".into(),
            text: "x".into(),
            file: Some(Arc::new(page)),
        }));
        for (name, expected) in [
            ("title", "\"T\""),
            ("url", "\"https://h/x\""),
            ("domain", "\"h\""),
            ("status", "200"),
            ("headers", "{\"content-type\":\"text/html\"}"),
            ("html", "-"),
            ("fm", "{\"k\":\"v\"}"),
        ] {
            assert_eq!(shown(&page, name), expected, ".mx.{name}");
        }
    }
}
