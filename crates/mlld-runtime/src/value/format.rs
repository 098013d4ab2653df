//! Formats of `output … as FORMAT` and `log … as FORMAT` (spec 03 §15.1).

use super::{Value, ValueError, json, number, render, transform, yaml};
use ecow::EcoString;

/// A format to write in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON indented by two.
    Json,
    /// YAML in block style.
    Yaml,
    /// As without a format.
    Text,
    /// As `@csv`.
    Csv,
    /// As `@xml`.
    Xml,
    /// As `@md`.
    Markdown,
}

impl Format {
    /// The format of a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, ValueError> {
        Ok(match name {
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            "text" => Self::Text,
            "csv" => Self::Csv,
            "xml" => Self::Xml,
            "md" => Self::Markdown,
            _ => {
                return Err(ValueError::new(
                    "R0242",
                    "MlldDirective",
                    format!("Unknown output format \"{name}\""),
                )
                .with_hint("the formats are json, yaml, text, csv, xml, md"));
            }
        })
    }

    /// A value in this format. A text that is JSON is written as the data that it holds.
    #[must_use]
    pub fn write(self, value: &Value) -> EcoString {
        match self {
            Self::Json => json::indented(&data(value)),
            Self::Yaml => yaml::text(&data(value)),
            Self::Text => render::directive(value),
            Self::Csv => transform::csv(value),
            Self::Xml => transform::xml(value),
            Self::Markdown => transform::normalise(&render::stage(value)),
        }
    }
}

fn data(value: &Value) -> Value {
    match value.as_text() {
        Some(text) => json::parse(number::trim(text)).unwrap_or_else(|_| value.data().clone()),
        None => value.data().clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format() {
        let rows = json::parse(r#"[{"id":1,"tag":"x"}]"#).unwrap();
        for (name, expected) in [
            ("json", "[\n  {\n    \"id\": 1,\n    \"tag\": \"x\"\n  }\n]"),
            ("yaml", "- id: 1\n  tag: x"),
            ("text", "[\n  {\n    \"id\": 1,\n    \"tag\": \"x\"\n  }\n]"),
            ("csv", "id,tag\n1,x"),
            (
                "xml",
                "<ROOT>\n  <ITEM>\n    <ID>1</ID>\n    <TAG>x</TAG>\n  </ITEM>\n</ROOT>",
            ),
            ("md", "[{\"id\":1,\"tag\":\"x\"}]\n"),
        ] {
            assert_eq!(
                Format::named(name).unwrap().write(&rows),
                expected,
                "{name}"
            );
        }
        for (name, expected) in [("json", "\"plain\""), ("yaml", "plain"), ("text", "plain")] {
            assert_eq!(
                Format::named(name).unwrap().write(&"plain".into()),
                expected,
                "{name}"
            );
        }
        assert_eq!(Format::Json.write(&"{\"a\":1}".into()), "{\n  \"a\": 1\n}");
        assert_eq!(
            Format::Json.write(&Value::viewed(json::parse("[1]").unwrap(), "[ 1 ]")),
            "[\n  1\n]"
        );
    }

    #[test]
    fn unknown_formats_are_errors() {
        for name in ["runes", "JSON", ""] {
            assert_eq!(
                Format::named(name).unwrap_err().message,
                format!("Unknown output format \"{name}\"")
            );
        }
    }
}
