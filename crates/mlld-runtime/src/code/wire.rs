//! What goes to a process that runs a block, and what comes back: JSON, with the few things that JSON has no words for
//! as marked texts.

use crate::value::{Executable, Object, Value, ValueError, depth, json, loaded};
use ecow::EcoString;
use std::sync::Arc;

/// In front of a text that stands for something else: a character that no text of people holds.
const MARK: char = '\u{1}';

/// A request or an answer that is being written: JSON.
#[derive(Default)]
pub(crate) struct Message {
    fields: Object,
    /// The executables that stand in it, by their numbers.
    pub(crate) executables: Vec<Arc<Executable>>,
}

impl Message {
    /// A message that may hand out executables beside those that have been handed out before.
    pub(crate) fn handing_out(executables: Vec<Arc<Executable>>) -> Self {
        Self {
            fields: Object::default(),
            executables,
        }
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.fields.insert(name.into(), Value::Text(text.into()));
    }

    /// A truth.
    pub(crate) fn flag(&mut self, name: &str, flag: bool) {
        self.fields.insert(name.into(), Value::Bool(flag));
    }

    /// Texts.
    pub(crate) fn texts(&mut self, name: &str, texts: impl IntoIterator<Item = EcoString>) {
        let texts = texts.into_iter().map(Value::Text).collect();
        self.fields
            .insert(name.into(), Value::Array(Arc::new(texts)));
    }

    /// A value of the script, as code gets it (spec 02 §8.2).
    pub(crate) fn value(&mut self, name: &str, value: &Value) {
        let value = self.encoded(value);
        self.fields.insert(name.into(), value);
    }

    /// Values of the script.
    pub(crate) fn values<'v>(&mut self, name: &str, values: impl IntoIterator<Item = &'v Value>) {
        let values = values.into_iter().map(|v| self.encoded(v)).collect();
        self.fields
            .insert(name.into(), Value::Array(Arc::new(values)));
    }

    /// The message as it is sent.
    pub(crate) fn bytes(self) -> Vec<u8> {
        json::text(&Value::Object(Arc::new(self.fields)))
            .as_bytes()
            .to_vec()
    }

    fn encoded(&mut self, value: &Value) -> Value {
        let wrapper = loaded::wrapper(value);
        let value = wrapper.as_ref().unwrap_or(value);
        match value.data() {
            Value::Absent => marked("unset"),
            Value::Number(n) if !n.is_finite() => marked(if n.is_nan() {
                "NaN"
            } else if *n > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            }),
            Value::Number(n) if *n == 0.0 && n.is_sign_negative() => marked("-0"),
            Value::Text(text) if text.starts_with(MARK) => marked(&format!("text:{text}")),
            Value::Executable(executable) => {
                self.executables.push(Arc::clone(executable));
                marked(&format!("call:{}", self.executables.len() - 1))
            }
            // What is plain JSON is shared, not copied.
            data if is_plain(data) => data.clone(),
            Value::Array(items) => {
                Value::Array(Arc::new(items.iter().map(|v| self.encoded(v)).collect()))
            }
            Value::Object(entries) => Value::Object(Arc::new(
                entries
                    .iter()
                    .map(|(k, v)| (k.clone(), self.encoded(v)))
                    .collect(),
            )),
            data => data.clone(),
        }
    }
}

fn marked(text: &str) -> Value {
    Value::Text(ecow::eco_format!("{MARK}{text}"))
}

/// Whether JSON has words for all of it.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Absent | Value::Executable(_) => false,
        Value::Null | Value::Bool(_) => true,
        Value::Number(n) => n.is_finite() && (*n != 0.0 || n.is_sign_positive()),
        Value::Text(text) => !text.starts_with(MARK),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(entries) => entries.values().all(is_plain),
        Value::Viewed(viewed) => is_plain(&viewed.data),
    }
}

/// A message that came.
pub(crate) struct Received(Object);

impl Received {
    /// Reads a message; `None` if it is none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        match json::parse(std::str::from_utf8(bytes).ok()?).ok()? {
            Value::Object(fields) => Some(Self(Arc::unwrap_or_clone(fields))),
            _ => None,
        }
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Option<&EcoString> {
        match self.0.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        match self.0.get(name)? {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the cast saturates, and numbers are looked up"
            )]
            Value::Number(n) => Some(*n as usize),
            _ => None,
        }
    }

    /// A value for the script; `None` for what is not there.
    ///
    /// # Errors
    /// When it is nested too deep.
    pub(crate) fn value(&self, name: &str) -> Result<Option<Value>, ValueError> {
        self.0.get(name).map(decoded).transpose()
    }

    /// Values for the script.
    ///
    /// # Errors
    /// When they are nested too deep.
    pub(crate) fn values(&self, name: &str) -> Result<Vec<Value>, ValueError> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().map(decoded).collect(),
            _ => Ok(Vec::new()),
        }
    }
}

fn decoded(value: &Value) -> Result<Value, ValueError> {
    Ok(match value {
        Value::Text(text) => match text.strip_prefix(MARK) {
            None => Value::Text(text.clone()),
            Some("NaN") => Value::Number(f64::NAN),
            Some("Infinity") => Value::Number(f64::INFINITY),
            Some("-Infinity") => Value::Number(f64::NEG_INFINITY),
            Some("-0") => Value::Number(-0.0),
            Some("unset") => Value::Absent,
            Some(other) => Value::Text(other.strip_prefix("text:").unwrap_or(other).into()),
        },
        other if is_plain(other) => other.clone(),
        Value::Array(items) => depth::array(items.iter().map(decoded).collect::<Result<_, _>>()?)?,
        Value::Object(entries) => depth::object(
            entries
                .iter()
                .map(|(k, v)| Ok((k.clone(), decoded(v)?)))
                .collect::<Result<_, ValueError>>()?,
        )?,
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(value: &Value) -> Value {
        let mut message = Message::default();
        message.value("v", value);
        let received = Received::read(&message.bytes()).unwrap();
        received.value("v").unwrap().unwrap()
    }

    #[test]
    fn what_json_has_no_words_for_survives() {
        let odd = Value::Array(Arc::new(vec![
            Value::Number(f64::NAN),
            Value::Number(f64::NEG_INFINITY),
            Value::Number(-0.0),
            Value::Text("\u{1}NaN".into()),
            Value::Text("plain".into()),
            Value::Number(1.5),
        ]));
        let Value::Array(back) = there_and_back(&odd) else {
            panic!("an array")
        };
        assert!(matches!(&back[0], Value::Number(n) if n.is_nan()));
        assert!(matches!(&back[1], Value::Number(n) if *n == f64::NEG_INFINITY));
        assert!(matches!(&back[2], Value::Number(n) if n.is_sign_negative()));
        assert!(matches!(&back[3], Value::Text(t) if t == "\u{1}NaN"));
        assert!(matches!(&back[4], Value::Text(t) if t == "plain"));
        assert!(matches!(&back[5], Value::Number(n) if *n == 1.5));
        assert!(matches!(there_and_back(&Value::Absent), Value::Absent));
    }
}
