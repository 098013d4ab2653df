//! Kinds of values, and short ways to make and look at values.

use super::{Object, Value, Viewed};
use ecow::EcoString;
use std::fmt;
use std::sync::Arc;

/// The kind of a value, as `@typeof` names it (spec 01 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`, and absent.
    Null,
    /// `boolean`.
    Boolean,
    /// `number`.
    Number,
    /// `string`.
    String,
    /// `array`.
    Array,
    /// `object`.
    Object,
    /// `executable`.
    Executable,
}

impl Kind {
    /// Its name in the language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
            Self::Executable => "executable",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<EcoString>) -> Self {
        Self::Text(text.into())
    }

    /// An array. For elements whose depth is not known to be small, use [`super::depth::array`].
    #[must_use]
    pub fn array(items: Vec<Value>) -> Self {
        Self::Array(Arc::new(items))
    }

    /// An object. For members whose depth is not known to be small, use [`super::depth::object`].
    #[must_use]
    pub fn object(entries: Object) -> Self {
        Self::Object(Arc::new(entries))
    }

    /// Data that keeps the text that it was read from (spec 01 §12.2).
    pub fn viewed(data: Value, text: impl Into<EcoString>) -> Self {
        Self::Viewed(Arc::new(Viewed {
            data: data.data().clone(),
            text: text.into(),
            file: None,
        }))
    }

    /// The data, without a text view.
    #[must_use]
    pub fn data(&self) -> &Value {
        let mut value = self;
        while let Self::Viewed(viewed) = value {
            value = &viewed.data;
        }
        value
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.data() {
            Self::Absent | Self::Null | Self::Viewed(_) => Kind::Null,
            Self::Bool(_) => Kind::Boolean,
            Self::Number(_) => Kind::Number,
            Self::Text(_) => Kind::String,
            Self::Array(_) => Kind::Array,
            Self::Object(_) => Kind::Object,
            Self::Executable(_) => Kind::Executable,
        }
    }

    /// Whether it is null or absent.
    #[must_use]
    pub fn is_nullish(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// Whether it is absent.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self.data(), Self::Absent)
    }

    /// What is kept of it in a variable, array or object: absent becomes null (spec 01 §10).
    #[must_use]
    pub fn stored(self) -> Value {
        if matches!(self, Self::Absent) {
            Self::Null
        } else {
            self
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&EcoString> {
        if let Self::Text(text) = self.data() {
            Some(text)
        } else {
            None
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self.data() {
            Some(*number)
        } else {
            None
        }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(bool) = self.data() {
            Some(*bool)
        } else {
            None
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&Arc<Vec<Value>>> {
        if let Self::Array(items) = self.data() {
            Some(items)
        } else {
            None
        }
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Arc<Object>> {
        if let Self::Object(entries) = self.data() {
            Some(entries)
        } else {
            None
        }
    }

    /// The text view, if it has one.
    #[must_use]
    pub fn view(&self) -> Option<&Arc<Viewed>> {
        if let Self::Viewed(viewed) = self {
            Some(viewed)
        } else {
            None
        }
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        // Counts of things in memory stay far below 2^53, where doubles are exact.
        Self::Number(count as f64)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<EcoString> for Value {
    fn from(text: EcoString) -> Self {
        Self::Text(text)
    }
}
