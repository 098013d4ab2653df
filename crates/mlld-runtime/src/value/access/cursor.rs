//! A walk along a path.

use super::super::{Value, ValueError, error::with_stack, loaded};
use super::{Operand, dynamic, field, filter, index, slice};
use ecow::EcoString;
use mlld_syntax::ast::FilterOp;

/// A place in data, reached by a path so far.
///
/// Behind `[*]` a field is asked of every element (null where there is none), and a second `[*]` goes one level down; an
/// index, a slice, a filter, `.length` or a method is asked of the list that has come of it.
#[derive(Clone, Debug)]
pub struct Cursor {
    value: Value,
    /// Levels of arrays that fields pass through.
    spread: usize,
}

impl Cursor {
    /// The start of a path.
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self { value, spread: 0 }
    }

    /// What the path leads to.
    #[must_use]
    pub fn finish(self) -> Value {
        self.value
    }

    /// What the path leads to so far.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// `.k`, `["k"]`, `[k]`.
    ///
    /// # Errors
    /// As [`field`].
    pub fn field(self, name: &str) -> Result<Self, ValueError> {
        if name == "keep"
            && !self.value.as_object().is_some_and(|o| o.contains_key(name))
            && let Some(kept) = loaded::kept(&self.value)
        {
            return Ok(Self::new(kept));
        }
        if self.spread == 0 || name == "length" {
            return field(&self.value, name).map(Self::new);
        }
        Ok(Self {
            value: each(&self.value, self.spread, name),
            spread: self.spread,
        })
    }

    /// `[0]`.
    ///
    /// # Errors
    /// As [`index`].
    pub fn index(self, at: f64) -> Result<Self, ValueError> {
        index(&self.value, at).map(Self::new)
    }

    /// `[@v]`.
    ///
    /// # Errors
    /// As [`dynamic`].
    pub fn dynamic(self, by: &Value) -> Result<Self, ValueError> {
        match by.as_text() {
            Some(name) if self.spread > 0 => self.field(name),
            _ => dynamic(&self.value, by).map(Self::new),
        }
    }

    /// `[a:b]`.
    ///
    /// # Errors
    /// As [`slice()`].
    pub fn slice(self, from: Option<&Value>, to: Option<&Value>) -> Result<Self, ValueError> {
        slice(&self.value, from, to).map(Self::new)
    }

    /// `[*]`.
    ///
    /// # Errors
    /// On anything that is no array, null excepted.
    pub fn wildcard(self) -> Result<Self, ValueError> {
        match self.value.data() {
            Value::Array(_) => Ok(Self {
                spread: self.spread + 1,
                value: self.value,
            }),
            Value::Absent | Value::Null | Value::Viewed(_) => Ok(Self::new(Value::Absent)),
            _ => Err(super::field_error(
                "R0204",
                format!("Cannot use [*] on non-array value ({})", self.value.kind()),
            )),
        }
    }

    /// `[?k op v]`; `now` is the time in milliseconds since 1970.
    ///
    /// # Errors
    /// As [`filter`].
    pub fn filter(
        self,
        path: &[EcoString],
        test: Option<(FilterOp, &Operand)>,
        now: f64,
    ) -> Result<Self, ValueError> {
        filter(&self.value, path, test, now).map(Self::new)
    }
}

/// The field of every element some levels down; null where there is none.
fn each(value: &Value, levels: usize, name: &str) -> Value {
    match value.data() {
        Value::Array(items) if levels > 0 => with_stack(|| {
            Value::array(
                items
                    .iter()
                    .map(|item| each(item, levels - 1, name))
                    .collect(),
            )
        }),
        _ if levels > 0 => Value::Null,
        _ => field(value, name).unwrap_or(Value::Null).stored(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json;

    fn rows() -> Cursor {
        Cursor::new(json::parse(r#"[{"n":"x","t":[1,2],"o":{"k":[{"z":1}]}},{"n":"y","t":[3]},{"z":1},"word",null]"#).unwrap())
    }

    fn shown(cursor: Result<Cursor, ValueError>) -> String {
        cursor.map_or_else(
            |error| error.message.into(),
            |cursor| json::text(&cursor.finish()).into(),
        )
    }

    #[test]
    fn a_field_behind_a_wildcard_is_asked_of_every_element() {
        let all = || rows().wildcard().unwrap();
        assert_eq!(shown(all().field("n")), r#"["x","y",null,null,null]"#);
        assert_eq!(shown(all().field("t")), "[[1,2],[3],null,null,null]");
        assert_eq!(
            shown(all().field("o").and_then(|c| c.field("k"))),
            r#"[[{"z":1}],null,null,null,null]"#
        );
        assert_eq!(shown(all().field("t").and_then(|c| c.index(0.0))), "[1,2]");
        assert_eq!(shown(all().field("n").and_then(|c| c.field("length"))), "5");
        assert_eq!(
            shown(
                all()
                    .dynamic(&"n".into())
                    .and_then(|c| c.slice(None, Some(&1.0.into())))
            ),
            r#"["x"]"#
        );
        let nested = all()
            .field("o")
            .and_then(|c| c.field("k"))
            .and_then(Cursor::wildcard)
            .and_then(|c| c.field("z"));
        assert_eq!(shown(nested), "[[1],null,null,null,null]");
        assert_eq!(
            shown(rows().wildcard()),
            json::text(rows().value()).as_str()
        );
    }

    #[test]
    fn a_wildcard_needs_an_array() {
        assert_eq!(
            shown(Cursor::new("x".into()).wildcard()),
            "Cannot use [*] on non-array value (string)"
        );
        assert_eq!(
            shown(
                Cursor::new(Value::Null)
                    .wildcard()
                    .and_then(|c| c.field("k"))
            ),
            "null"
        );
    }
}
