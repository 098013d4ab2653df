//! YAML events to values.

use super::super::{Object, Value, ValueError, depth, json};
use super::scalar;
use ecow::EcoString;
use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

/// How plain scalars are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// As text; an empty value is null.
    Text,
    /// By the core schema of YAML 1.2, with the dates and merge keys of js-yaml.
    Core,
}

/// The most values that aliases may make of a document: a few short lines can name each other billions of times.
const EXPANDED_LIMIT: usize = 1_000_000;

/// Reads one YAML document; an empty one is null.
///
/// # Errors
/// When the text is not YAML, holds more than one document, uses a key twice in a mapping, nests deeper than
/// [`depth::LIMIT`] or grows without bounds by its aliases.
pub fn parse(text: &str, schema: Schema) -> Result<Value, ValueError> {
    let mut builder = Builder {
        schema,
        stack: Vec::new(),
        anchors: FxHashMap::default(),
        result: None,
        expanded: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| invalid(&error.to_string()))?;
        builder.event(event, span)?;
    }
    Ok(builder.result.unwrap_or(Value::Null))
}

fn invalid(message: &str) -> ValueError {
    ValueError::new("R0250", "InvalidYaml", message)
}

fn invalid_at(message: &str, span: Span) -> ValueError {
    invalid(&format!(
        "{message} at line {} column {}",
        span.start.line(),
        span.start.col() + 1
    ))
}

/// A container that is not closed yet.
enum Open {
    Sequence(Vec<Value>),
    /// The entries, the key that waits for its value, and what `<<` brings in.
    Mapping(Object, Option<Key>, Vec<Value>),
}

enum Key {
    Name(EcoString),
    Merge,
}

/// A value and how many values it consists of.
#[derive(Clone)]
struct Sized {
    value: Value,
    size: usize,
}

struct Builder {
    schema: Schema,
    /// Open containers, each with its anchor and what was expanded when it began.
    stack: Vec<(Open, usize, usize)>,
    anchors: FxHashMap<usize, Sized>,
    result: Option<Value>,
    expanded: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), ValueError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_merge =
                    self.schema == Schema::Core && style == ScalarStyle::Plain && text == "<<";
                let before = self.expanded;
                self.count(1, span)?;
                let value = self.scalar(&text, style, tag.as_deref());
                self.keep(anchor, &value, before);
                self.put(value, is_merge, span)
            }
            Event::SequenceStart(anchor, _) => self.open(Open::Sequence(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => self.open(
                Open::Mapping(Object::default(), None, Vec::new()),
                anchor,
                span,
            ),
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => {
                let Some(found) = self.anchors.get(&anchor).cloned() else {
                    return Err(invalid_at("an alias stands inside of what it names", span));
                };
                self.count(found.size, span)?;
                self.put(found.value, false, span)
            }
            Event::DocumentStart(_) if self.result.is_some() => {
                Err(invalid_at("there is more than one document", span))
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, more: usize, span: Span) -> Result<(), ValueError> {
        self.expanded = self.expanded.saturating_add(more);
        if self.expanded > EXPANDED_LIMIT {
            return Err(invalid_at("the document is too large", span));
        }
        Ok(())
    }

    fn keep(&mut self, anchor: usize, value: &Value, before: usize) {
        if anchor > 0 {
            self.anchors.insert(
                anchor,
                Sized {
                    value: value.clone(),
                    size: self.expanded - before,
                },
            );
        }
    }

    fn open(&mut self, open: Open, anchor: usize, span: Span) -> Result<(), ValueError> {
        if self.stack.len() >= depth::LIMIT {
            return Err(invalid_at(
                &format!("the data is nested deeper than {} levels", depth::LIMIT),
                span,
            ));
        }
        self.stack.push((open, anchor, self.expanded));
        self.count(1, span)
    }

    fn close(&mut self, span: Span) -> Result<(), ValueError> {
        let Some((open, anchor, before)) = self.stack.pop() else {
            return Ok(());
        };
        // Aliases put whole structures into others; what has come together may be too deep.
        let value = match open {
            Open::Sequence(items) => depth::array(items)?,
            Open::Mapping(mut entries, _, merged) => {
                for source in merged {
                    merge(&mut entries, &source, span)?;
                }
                depth::object(entries)?
            }
        };
        self.keep(anchor, &value, before);
        self.put(value, false, span)
    }

    fn put(&mut self, value: Value, is_merge: bool, span: Span) -> Result<(), ValueError> {
        match self.stack.last_mut() {
            None => self.result = Some(value),
            Some((Open::Sequence(items), ..)) => items.push(value),
            Some((Open::Mapping(entries, waiting, merged), ..)) => match waiting.take() {
                None if is_merge => *waiting = Some(Key::Merge),
                None => {
                    let name = match value.data() {
                        Value::Text(text) => text.clone(),
                        data => json::text(data),
                    };
                    if entries.contains_key(&name) {
                        return Err(invalid_at(&format!("the key {name:?} is used twice"), span));
                    }
                    *waiting = Some(Key::Name(name));
                }
                Some(Key::Merge) => merged.push(value),
                Some(Key::Name(name)) => {
                    entries.insert(name, value);
                }
            },
        }
        Ok(())
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
        let is_text_tag = tag
            .is_some_and(|tag| tag.suffix == "str" || tag.handle.is_empty() && tag.suffix == "!");
        if style != ScalarStyle::Plain || is_text_tag {
            return text.into();
        }
        match self.schema {
            // A plain scalar without any character is a value that was left out.
            Schema::Text if text.is_empty() => Value::Null,
            Schema::Text => text.into(),
            Schema::Core => scalar::core(text),
        }
    }
}

/// Brings the entries of a mapping, or of several, into another: what is there stays.
fn merge(entries: &mut Object, source: &Value, span: Span) -> Result<(), ValueError> {
    match source.data() {
        Value::Object(more) => {
            for (key, value) in more.iter() {
                entries.entry(key.clone()).or_insert_with(|| value.clone());
            }
            Ok(())
        }
        Value::Array(items) if items.iter().all(|item| item.as_object().is_some()) => {
            items.iter().try_for_each(|item| merge(entries, item, span))
        }
        _ => Err(invalid_at("<< needs a mapping", span)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, schema: Schema) -> String {
        parse(text, schema).map_or_else(
            |error| error.message.into(),
            |value| json::text(&value).into(),
        )
    }

    #[test]
    fn plain_scalars_are_text() {
        for (yaml, expected) in [
            ("title: Harbour log", r#"{"title":"Harbour log"}"#),
            (
                "a: 3\nb: true\nc: null\nd: ~\ne: 2024-01-05",
                r#"{"a":"3","b":"true","c":"null","d":"~","e":"2024-01-05"}"#,
            ),
            ("empty:\nnext: ''", r#"{"empty":null,"next":""}"#),
            (
                "tags: [a, b]\nnested:\n  k: 1.50",
                r#"{"tags":["a","b"],"nested":{"k":"1.50"}}"#,
            ),
            ("- a\n-\n- [1, {x: y}]", r#"["a",null,["1",{"x":"y"}]]"#),
            (
                "t: |\n  one\n  two\nf: >\n  a\n  b\n",
                r#"{"t":"one\ntwo\n","f":"a b\n"}"#,
            ),
            ("q: \"a\\tb\"\ns: 'it''s'", r#"{"q":"a\tb","s":"it's"}"#),
            ("1: a\ntrue: b", r#"{"1":"a","true":"b"}"#),
            ("a: &x [1]\nb: *x", r#"{"a":["1"],"b":["1"]}"#),
            ("<<: x", r#"{"<<":"x"}"#),
            ("# only a comment", "null"),
            ("", "null"),
            ("plain", "\"plain\""),
            ("a: b # c", r#"{"a":"b"}"#),
        ] {
            assert_eq!(shown(yaml, Schema::Text), expected, "{yaml}");
        }
    }

    #[test]
    fn the_core_schema() {
        for (yaml, expected) in [
            ("a: yes\nb: true\nc: No", r#"{"a":"yes","b":true,"c":"No"}"#),
            (
                "a: 0x10\nb: 0o17\nc: 007\nd: -3\ne: +4",
                r#"{"a":16,"b":15,"c":7,"d":-3,"e":4}"#,
            ),
            (
                "a: 1.50\nb: 1e3\nc: .5\nd: 1.2.3",
                r#"{"a":1.5,"b":1000,"c":0.5,"d":"1.2.3"}"#,
            ),
            (
                "a: null\nb: ~\nc:\nd: Null\ne: nil",
                r#"{"a":null,"b":null,"c":null,"d":null,"e":"nil"}"#,
            ),
            ("d: 2024-01-05", r#"{"d":"2024-01-05T00:00:00.000Z"}"#),
            (
                "a: '3'\nb: \"true\"\nc: !!str 5",
                r#"{"a":"3","b":"true","c":"5"}"#,
            ),
            (
                "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3",
                r#"{"base":{"x":1,"y":2},"use":{"y":3,"x":1}}"#,
            ),
            ("? [1, 2]\n: x", r#"{"[1,2]":"x"}"#),
        ] {
            assert_eq!(shown(yaml, Schema::Core), expected, "{yaml}");
        }
    }

    #[test]
    fn bad_yaml_is_an_error() {
        for yaml in [
            "title: [open",
            "a: b: c",
            "a: 1\na: 2",
            "a: *nope",
            "a: &x [*x]",
            "\"open",
            "a\n---\nb",
            "a: {b",
        ] {
            let error = parse(yaml, Schema::Text).unwrap_err();
            assert_eq!(error.code, "R0250", "{yaml}: {}", error.message);
            assert!(error.message.contains("line"), "{yaml}: {}", error.message);
        }
    }

    #[test]
    fn aliases_cannot_blow_up() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..30 {
            let of = format!("*a{} ", n - 1);
            bomb += &format!("a{n}: &a{n} [{}]\n", [of.as_str(); 9].join(", "));
        }
        assert!(shown(&bomb, Schema::Core).starts_with("the document is too large"));
        let mut deep = String::from("a0: &a0 [x]\n");
        for n in 1..1100 {
            deep += &format!("a{n}: &a{n} [*a{} ]\n", n - 1);
        }
        let error = parse(&deep, Schema::Core).unwrap_err();
        assert_eq!(error.code, "R0231");
    }

    #[test]
    fn deep_yaml_is_an_error() {
        let run = || {
            assert!(parse(&("[".repeat(100) + &"]".repeat(100)), Schema::Text).is_ok());
            for text in [
                "[".repeat(50_000),
                "- ".repeat(50_000),
                "{a: ".repeat(50_000),
                "? ".repeat(50_000),
            ] {
                assert!(parse(&text, Schema::Text).is_err());
            }
        };
        std::thread::Builder::new()
            .stack_size(1024 * 1024)
            .spawn(run)
            .unwrap()
            .join()
            .unwrap();
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_panics(text in "[ab:,{}\\[\\]\"'|>&*!?#%@ \n\t<~.0-9-]{0,24}") {
            for schema in [Schema::Text, Schema::Core] {
                let _ = parse(&text, schema);
            }
        }
    }
}
