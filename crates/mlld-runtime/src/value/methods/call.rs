//! A call of a method and its arguments.

use super::super::pattern::Pattern;
use super::super::{Value, ValueError, number, render};
use super::{Method, TEXT_LIMIT};
use ecow::EcoString;
use std::sync::Arc;

/// An argument of a method.
#[derive(Clone, Debug)]
pub enum Arg {
    /// A value.
    Value(Value),
    /// A regular expression literal: its source and its flags.
    Regex(EcoString, EcoString),
}

impl<T: Into<Value>> From<T> for Arg {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// A call of a method.
pub struct Call<'a> {
    pub(super) target: &'a Value,
    pub(super) method: &'static Method,
    pub(super) args: &'a [Arg],
}

/// What a pattern parameter got.
pub(super) enum Matcher {
    Text(EcoString),
    Regex(Arc<Pattern>),
}

impl Call<'_> {
    /// The target as text; the table has seen to it that it is one.
    pub(super) fn text(&self) -> &str {
        self.target.as_text().map_or("", EcoString::as_str)
    }

    /// The target's elements; the table has seen to it that it is an array.
    pub(super) fn items(&self) -> &[Value] {
        self.target.as_array().map_or(&[], |items| items.as_slice())
    }

    /// The argument, unless it is missing or absent.
    pub(super) fn value(&self, index: usize) -> Result<Option<&Value>, ValueError> {
        match self.args.get(index) {
            Some(Arg::Value(value)) => Ok(Some(value).filter(|value| !value.is_absent())),
            Some(Arg::Regex(..)) => Err(self.error(
                "R0212",
                format!(
                    "Cannot pass a regular expression to .{}()",
                    self.method.name
                ),
            )),
            None => Ok(None),
        }
    }

    /// The argument as text: null is empty; the default where it is missing.
    pub(super) fn text_arg(&self, index: usize, default: &str) -> Result<EcoString, ValueError> {
        Ok(self.value(index)?.map_or_else(|| default.into(), text_of))
    }

    /// The argument as number, cut to an integer; what is no number is 0.
    pub(super) fn integer(&self, index: usize, default: f64) -> Result<f64, ValueError> {
        let number = self.value(index)?.map_or(default, number::of);
        Ok(if number.is_nan() { 0.0 } else { number.trunc() })
    }

    /// The argument as text or regular expression.
    pub(super) fn matcher(&self, index: usize) -> Result<Matcher, ValueError> {
        match self.args.get(index) {
            Some(Arg::Regex(source, flags)) => Pattern::literal(source, flags).map(Matcher::Regex),
            _ => self.text_arg(index, "").map(Matcher::Text),
        }
    }

    pub(super) fn error(&self, code: &'static str, message: String) -> ValueError {
        ValueError::new(code, "MethodCall", message)
    }

    /// Refuses a text that has become, or would become, too long.
    pub(super) fn check_size(&self, bytes: f64) -> Result<(), ValueError> {
        if bytes > TEXT_LIMIT as f64 {
            return Err(self.error(
                "R0213",
                format!(
                    "The result of .{}() is larger than 64 MiB",
                    self.method.name
                ),
            ));
        }
        Ok(())
    }
}

/// A value as a text argument: null is empty.
pub(super) fn text_of(value: &Value) -> EcoString {
    if value.is_nullish() {
        EcoString::new()
    } else {
        render::template(value.data())
    }
}
