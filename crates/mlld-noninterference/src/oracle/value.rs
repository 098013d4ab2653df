//! Values and label sets.

use std::collections::BTreeSet;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Num(f64),
    /// Text.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object; keys in order.
    Object(Vec<(String, Value)>),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Spec 01 §8.1.
    pub(super) fn truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(b) => *b,
            Self::Num(n) => *n != 0.0 && !n.is_nan(),
            Self::Text(t) => !matches!(t.to_lowercase().as_str(), "" | "0" | "false" | "nan"),
            Self::List(l) => !l.is_empty(),
            Self::Object(o) => !o.is_empty(),
        }
    }

    /// How much there is of it.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(t) => t.len(),
            Self::List(l) => l.iter().map(|v| 1 + v.size()).sum(),
            Self::Object(o) => o.iter().map(|(k, v)| k.len() + v.size()).sum(),
            Self::Null | Self::Bool(_) | Self::Num(_) => 1,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Object(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }
}

/// Puts a member into an object: at its place if the key is there, else at the end.
pub(super) fn put(entries: &mut Vec<(String, Value)>, key: &str, value: Value) {
    match entries.iter_mut().find(|(k, _)| k == key) {
        Some(entry) => entry.1 = value,
        None => entries.push((key.into(), value)),
    }
}

/// Labels (spec 05 §2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Labels that a person or a rule put.
    pub put: BTreeSet<String>,
    /// Provenance that is in the taint only.
    pub origin: BTreeSet<String>,
}

impl Labels {
    pub(super) fn of(labels: &[String]) -> Self {
        Self {
            put: labels.iter().cloned().collect(),
            origin: BTreeSet::new(),
        }
    }

    pub(super) fn origin(label: &str) -> Self {
        Self {
            put: BTreeSet::new(),
            origin: BTreeSet::from([label.to_owned()]),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.put.extend(other.put.iter().cloned());
        self.origin.extend(other.origin.iter().cloned());
    }

    pub(super) fn with(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    /// Labels and provenance.
    #[must_use]
    pub fn taint(&self) -> BTreeSet<String> {
        self.put.union(&self.origin).cloned().collect()
    }
}

/// A value and its labels: one set for it and all that is in it (spec 05 §6.3).
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// The value.
    pub value: Value,
    /// Its labels.
    pub labels: Labels,
}

impl Labelled {
    pub(super) fn new(value: Value, labels: Labels) -> Self {
        Self { value, labels }
    }

    pub(super) fn plain(value: Value) -> Self {
        Self {
            value,
            labels: Labels::default(),
        }
    }

    pub(super) fn with(mut self, labels: &Labels) -> Self {
        self.labels.add(labels);
        self
    }
}
