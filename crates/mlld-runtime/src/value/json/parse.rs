//! Text to data: strict JSON, JSON5, JSON lines.
//!
//! The parsers come from `serde_json` and `json5`; what is here builds the values and bounds their depth, so that
//! neither parsing nor anything done with the result can overflow the stack.

use super::super::{Object, Value, ValueError, depth, error::with_stack};
use ecow::EcoString;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::fmt;

/// Reads strict JSON. Keys keep their order; of duplicates the last value wins, at the first position.
///
/// # Errors
/// When the text is not JSON or nests deeper than [`depth::LIMIT`]. The message is the parser's own, with the place.
pub fn parse(text: &str) -> Result<Value, ValueError> {
    mending(text, |text| {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.disable_recursion_limit();
        let value = Build { level: 0 }.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok::<_, serde_json::Error>(value)
    })
}

/// Reads JSON5: comments, single quotes, unquoted keys, trailing commas, hexadecimal numbers, `Infinity`, `NaN`.
///
/// # Errors
/// When the text is not JSON5 or nests deeper than [`depth::LIMIT`].
pub fn parse_json5(text: &str) -> Result<Value, ValueError> {
    mending(text.trim_start_matches('\u{feff}'), |text| {
        json5::from_str::<Parsed>(text).map(|parsed| parsed.0)
    })
}

/// Reads strict JSON, or else JSON5. The error is that of the strict reading, which most texts mean.
///
/// # Errors
/// When the text is neither.
pub fn parse_relaxed(text: &str) -> Result<Value, ValueError> {
    parse(text).or_else(|error| parse_json5(text).map_err(|_| error))
}

/// Reads a text, and if that fails because of half a surrogate pair, as programs that count in UTF-16 write it when they cut
/// a text, reads it again with U+FFFD in its place.
fn mending<E: fmt::Display>(
    text: &str,
    read: impl Fn(&str) -> Result<Value, E>,
) -> Result<Value, ValueError> {
    read(text).or_else(|error| {
        let mended = mend_surrogates(text).and_then(|mended| read(&mended).ok());
        mended.ok_or_else(|| invalid(&error))
    })
}

/// The text with `\ufffd` for every escape of half a surrogate pair; nothing if there is none.
fn mend_surrogates(text: &str) -> Option<String> {
    let unit = |text: &str| u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let mut out = String::new();
    let mut mended = false;
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        let low_follows = || {
            escape
                .get(6..)
                .and_then(unit)
                .is_some_and(|unit| (0xDC00..0xE000).contains(&unit))
        };
        let length = match unit(escape) {
            Some(0xD800..0xDC00) if low_follows() => 12,
            Some(0xD800..0xE000) => {
                out.push_str(plain);
                out.push_str("\\ufffd");
                mended = true;
                rest = escape.get(6..)?;
                continue;
            }
            // A backslash and what it escapes, which may be one too.
            _ => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        out.push_str(plain);
        out.push_str(escape.get(..length)?);
        rest = escape.get(length..)?;
    }
    out.push_str(rest);
    mended.then_some(out)
}

/// Whether a text is strict JSON as a whole.
#[must_use]
pub fn is_json(text: &str) -> bool {
    // `IgnoredAny` is skipped over by serde_json without recursion and without building anything.
    serde_json::from_str::<IgnoredAny>(text.trim_matches('\u{feff}')).is_ok()
}

/// A line that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonLineError {
    /// The line, counted from 1.
    pub line: usize,
    /// What the parser says.
    pub error: ValueError,
}

/// Reads JSON lines: an array of what every non-blank line holds, strictly or loosely (spec 04 §1.3).
///
/// # Errors
/// At the first line that is not JSON.
pub fn parse_lines(text: &str) -> Result<Value, JsonLineError> {
    let mut items = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_matches('\u{feff}').trim();
        if !line.is_empty() {
            items.push(parse_relaxed(line).map_err(|error| JsonLineError {
                line: index + 1,
                error,
            })?);
        }
    }
    depth::array(items).map_err(|error| JsonLineError { line: 1, error })
}

fn invalid(error: &impl fmt::Display) -> ValueError {
    ValueError::new("R0230", "InvalidJson", error.to_string())
}

struct Parsed(Value);

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Build { level: 0 }.deserialize(deserializer).map(Parsed)
    }
}

/// Builds a value that stands at some level.
#[derive(Clone, Copy)]
struct Build {
    level: usize,
}

impl Build {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.level >= depth::LIMIT {
            return Err(E::custom(format_args!(
                "the data is nested deeper than {} levels",
                depth::LIMIT
            )));
        }
        Ok(Self {
            level: self.level + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Build {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        with_stack(|| deserializer.deserialize_any(self))
    }
}

impl<'de> Visitor<'de> for Build {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut items = Vec::new();
        while let Some(item) = elements.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Value::array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut entries = Object::default();
        while let Some(Key(key)) = pairs.next_key()? {
            let value = pairs.next_value_seed(inside)?;
            entries.insert(key, value);
        }
        Ok(Value::object(entries))
    }
}

struct Key(EcoString);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(text.into()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json::text;

    #[test]
    fn strict_json_is_read() {
        for (given, expected) in [
            ("null", "null"),
            (" true ", "true"),
            ("1.50", "1.5"),
            ("-0", "0"),
            ("1e3", "1000"),
            ("12345678901234567890", "12345678901234567000"),
            ("123456789012345678901234567890", "1.2345678901234568e+29"),
            ("0.1", "0.1"),
            ("8.41", "8.41"),
            ("2.2250738585072014e-308", "2.2250738585072014e-308"),
            ("\"a\\u0041\\n\\ud83d\\ude00\"", "\"aA\\n😀\""),
            ("[1, [ ] ,{}]", "[1,[],{}]"),
            (
                "{\"b\":1,\"10\":2,\"a\":3,\"1\":4}",
                "{\"b\":1,\"10\":2,\"a\":3,\"1\":4}",
            ),
            ("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"),
            (
                "{\"__proto__\":1,\"$serde_json::private::Number\":2}",
                "{\"__proto__\":1,\"$serde_json::private::Number\":2}",
            ),
        ] {
            assert_eq!(text(&parse(given).unwrap()), expected);
            assert!(is_json(given));
        }
        for given in [
            "", " ", "{a:1}", "[1,]", "'x'", "01", "+1", ".5", "1 2", "nul", "\"a\nb\"", "NaN",
            "[", "{\"a\"}", "// x\n1",
        ] {
            let error = parse(given).unwrap_err();
            assert!(
                error.message.contains("line"),
                "{given:?}: {}",
                error.message
            );
            assert!(!is_json(given));
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_mended() {
        for (given, expected) in [
            (r#""cut \ud83d""#, "\"cut \u{fffd}\""),
            (
                r#""\udE00 \ud83d\ude00 \ud83d\ud83d\ude00""#,
                "\"\u{fffd} 😀 \u{fffd}😀\"",
            ),
            (
                r#"{"a":"\\ud83d","b":"\uD83Dx"}"#,
                "{\"a\":\"\\\\ud83d\",\"b\":\"\u{fffd}x\"}",
            ),
        ] {
            for parse in [parse, parse_json5] {
                assert_eq!(text(&parse(given).unwrap()), expected, "{given}");
            }
        }
        assert!(parse(r#"["\ud83d", }"#).is_err());
        assert!(parse(r#""\ud8""#).is_err());
    }

    #[test]
    fn json5_is_read() {
        for (given, expected) in [
            (
                "{ name: 'tern', legs: [2, 2,], /* sea */ }",
                "{\"name\":\"tern\",\"legs\":[2,2]}",
            ),
            ("// c\n[+1, .5, 5., 0x10, -0xA]", "[1,0.5,5,16,-10]"),
            ("Infinity", "null"),
            ("[NaN, -Infinity]", "[null,null]"),
            ("'a\\\nb'", "\"ab\""),
            ("\"x\\x41\\0\"", "\"xA\\u0000\""),
            ("{\"a\":1,a:2}", "{\"a\":2}"),
            ("12", "12"),
            ("{$_a1: 1}", "{\"$_a1\":1}"),
        ] {
            assert_eq!(text(&parse_json5(given).unwrap()), expected, "{given}");
        }
        for given in ["", "feather", "{a:}", "[1 2]", "{broken: }", "'x"] {
            assert!(parse_json5(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn json_lines_are_read() {
        assert_eq!(
            text(&parse_lines("{\"a\":1}\r\n\n 2 \n").unwrap()),
            "[{\"a\":1},2]"
        );
        assert_eq!(text(&parse_lines("").unwrap()), "[]");
        assert_eq!(text(&parse_lines("{a: 1}").unwrap()), "[{\"a\":1}]");
        assert_eq!(parse_lines("1\n{bad}\n").unwrap_err().line, 2);
    }

    #[test]
    fn depth_is_an_error_not_an_overflow() {
        let run = || {
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let nested =
                    |levels: usize| format!("{}0{}", open.repeat(levels), close.repeat(levels));
                for parse in [parse, parse_json5] {
                    assert!(parse(&nested(depth::LIMIT)).is_ok());
                    for levels in [depth::LIMIT + 1, 100_000] {
                        let error = parse(&nested(levels)).unwrap_err();
                        assert!(
                            error.message.contains("nested deeper than 1000 levels"),
                            "{}",
                            error.message
                        );
                    }
                    assert!(parse(&open.repeat(100_000)).is_err());
                }
                assert!(is_json(&nested(100_000)));
            }
        };
        std::thread::Builder::new()
            .stack_size(1024 * 1024)
            .spawn(run)
            .unwrap()
            .join()
            .unwrap();
    }
}
