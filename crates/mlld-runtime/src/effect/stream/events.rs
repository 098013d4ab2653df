//! Event lines of programs that talk to models: only their text is printed (spec 02 §10).

use crate::value::{Value, json};

/// How the lines of a streamed output are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// They are text.
    Text,
    /// JSON objects with a text in them.
    Ndjson,
    /// The events of Claude Code and of its SDK.
    ClaudeCode,
}

impl Format {
    /// The format of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "ndjson" => Self::Ndjson,
            "claude-code" | "claude-agent-sdk" => Self::ClaudeCode,
            _ => return None,
        })
    }

    /// Whether what is printed differs from what came.
    pub(crate) fn changes(self) -> bool {
        self != Self::Text
    }
}

/// Reads events line by line.
pub(super) struct Events {
    format: Format,
    /// A line that is not complete.
    line: String,
    /// Parts of a message have been printed, so the message as a whole is not printed.
    in_parts: bool,
    /// Some text has been printed.
    printed: bool,
}

impl Events {
    pub(super) fn new(format: Format) -> Option<Self> {
        format.changes().then_some(Self {
            format,
            line: String::new(),
            in_parts: false,
            printed: false,
        })
    }

    /// Takes text; the text of the events in it.
    pub(super) fn feed(&mut self, text: &str) -> String {
        self.line.push_str(text);
        let mut out = String::new();
        while let Some((line, rest)) = self.line.split_once('\n') {
            let (line, rest) = (line.to_owned(), rest.to_owned());
            self.line = rest;
            self.event(&line, true, &mut out);
        }
        out
    }

    /// The text of a last line without an end.
    pub(super) fn end(&mut self) -> String {
        let line = std::mem::take(&mut self.line);
        let mut out = String::new();
        if !line.is_empty() {
            self.event(&line, false, &mut out);
        }
        out
    }

    fn event(&mut self, line: &str, ended: bool, out: &mut String) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let event = match json::parse(line.trim()) {
            Ok(event @ Value::Object(_)) => event,
            // What is no event is not lost.
            _ => {
                out.push_str(line);
                if ended {
                    out.push('\n');
                }
                return;
            }
        };
        let before = out.len();
        match self.format {
            Format::Text => {}
            Format::Ndjson => out.push_str(&ndjson(&event).unwrap_or_default()),
            Format::ClaudeCode => self.claude(&event, out),
        }
        self.printed |= out.len() > before;
    }

    fn claude(&mut self, event: &Value, out: &mut String) {
        match text(event, &["type"]).as_deref() {
            Some("stream_event") => {
                if let Some(inner) = field(event, "event") {
                    self.claude(&inner, out);
                }
            }
            Some("content_block_delta") => {
                if let Some(part) = text(event, &["delta", "text"]) {
                    self.in_parts = true;
                    out.push_str(&part);
                }
            }
            Some("assistant") if std::mem::take(&mut self.in_parts) => {}
            Some("assistant") => {
                for part in content(event) {
                    if self.printed || !out.is_empty() {
                        out.push('\n');
                    }
                    out.push_str(&part);
                }
            }
            // The whole once more.
            Some("result") if !self.printed => {
                out.push_str(&text(event, &["result"]).unwrap_or_default());
            }
            _ => {}
        }
    }
}

/// The text of an event of no known program.
fn ndjson(event: &Value) -> Option<String> {
    const PLACES: [&[&str]; 6] = [
        &["text"],
        &["delta", "text"],
        &["delta"],
        &["content"],
        &["message", "content"],
        &["message"],
    ];
    PLACES.iter().find_map(|place| text(event, place))
}

/// The texts of a message.
fn content(event: &Value) -> Vec<String> {
    match field(event, "message").and_then(|m| field(&m, "content")) {
        Some(Value::Text(text)) => vec![text.to_string()],
        Some(Value::Array(parts)) => parts
            .iter()
            .filter(|p| text(p, &["type"]).as_deref() == Some("text"))
            .filter_map(|p| text(p, &["text"]))
            .collect(),
        _ => Vec::new(),
    }
}

fn field(value: &Value, name: &str) -> Option<Value> {
    match value.data() {
        Value::Object(entries) => entries.get(name).cloned(),
        _ => None,
    }
}

/// The text at a place.
fn text(value: &Value, place: &[&str]) -> Option<String> {
    match place.split_first() {
        None => match value {
            Value::Text(text) => Some(text.to_string()),
            _ => None,
        },
        Some((name, rest)) => text(&field(value, name)?, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Format, lines: &str) -> String {
        let mut events = Events::new(format).unwrap();
        let mut out = events.feed(lines);
        out.push_str(&events.end());
        out
    }

    #[test]
    fn texts_of_lines() {
        let lines = "{\"text\":\"a\"}\n{\"other\":1}\nplain\n{\"delta\":{\"text\":\"b\"}}";
        assert_eq!(read(Format::Ndjson, lines), "aplain\nb");
    }

    #[test]
    fn texts_of_claude_code() {
        let whole = concat!(
            "{\"type\":\"system\"}\n",
            "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"hello\"},{\"type\":\"tool_use\"}]}}\n",
            "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"bye\"}]}}\n",
            "{\"type\":\"result\",\"result\":\"bye\"}\n"
        );
        assert_eq!(read(Format::ClaudeCode, whole), "hello\nbye");
        let parts = concat!(
            "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"he\"}}}\n",
            "{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"y\"}}\n",
            "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"hey\"}]}}\n",
        );
        assert_eq!(read(Format::ClaudeCode, parts), "hey");
        assert_eq!(
            read(Format::ClaudeCode, "{\"type\":\"result\",\"result\":\"r\"}"),
            "r"
        );
    }
}
