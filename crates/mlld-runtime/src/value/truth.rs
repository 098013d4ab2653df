//! What counts as true (spec 01 §8.1).

use super::{Object, Value, ValueError, error::with_stack, render};
use ecow::EcoString;
use rustc_hash::FxHashSet;
use std::fmt::Write as _;
use std::sync::Arc;

/// Whether a value counts as true.
#[must_use]
pub fn truthy(value: &Value) -> bool {
    match value.data() {
        Value::Absent | Value::Null | Value::Viewed(_) => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => *number != 0.0 && !number.is_nan(),
        Value::Text(text) => {
            !(text.is_empty()
                || text == "0"
                || text.eq_ignore_ascii_case("false")
                || text.eq_ignore_ascii_case("nan"))
        }
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        Value::Executable(_) => true,
    }
}

/// Whether a value counts as true, in a boolean position: there an error that nobody has handled is not taken
/// for a truth. `what` names the position: `if condition`, `operator &&`.
///
/// # Errors
/// When the value is or holds an error marker.
pub fn condition(value: &Value, what: &str) -> Result<bool, ValueError> {
    let mut search = Search::default();
    if let Some(message) = search.run(value) {
        let mut place = String::from("value");
        for step in &search.path {
            let _ = match step {
                Step::Index(index) => write!(place, "[{index}]"),
                Step::Key(key) => write!(place, ".{key}"),
            };
        }
        return Err(ValueError::new(
            "R0225",
            "ErrorValue",
            format!(
                "{what} received an error-like value at {place}: {message}. \
                 Handle the error explicitly before using it as a boolean."
            ),
        ));
    }
    Ok(truthy(value))
}

/// Whether an object stands for an error: it says so, or it is the marker that a parallel loop leaves in place of a
/// failed pass (spec 02 §4.6).
#[must_use]
pub fn is_error_marker(object: &Object) -> bool {
    let says_so = object
        .get("__error")
        .is_some_and(|flag| flag.as_bool() == Some(true));
    let is_marker = || {
        object.len() == 5
            && ["index", "key", "message", "error", "value"]
                .iter()
                .all(|key| object.contains_key(*key))
            && object
                .get("index")
                .is_some_and(|index| index.as_number().is_some())
            && match (
                object.get("message").and_then(Value::as_text),
                object.get("error").and_then(Value::as_text),
            ) {
                (Some(message), Some(error)) => message == error,
                _ => false,
            }
    };
    says_so || is_marker()
}

enum Step<'v> {
    Index(usize),
    Key(&'v str),
}

/// A search for an error in data.
#[derive(Default)]
struct Search<'v> {
    path: Vec<Step<'v>>,
    /// Shared containers, by address, that hold no error: each is looked through once.
    clean: FxHashSet<usize>,
}

impl<'v> Search<'v> {
    /// The message of the first error; the path then leads to it.
    fn run(&mut self, value: &'v Value) -> Option<EcoString> {
        match value.data() {
            Value::Array(items) => self.once(items, |search| {
                items
                    .iter()
                    .enumerate()
                    .find_map(|(index, item)| search.member(Step::Index(index), item))
            }),
            Value::Object(object) if is_error_marker(object) => {
                let message = object.get("message").or_else(|| object.get("error"));
                Some(message.map_or_else(|| "unknown error".into(), render::template))
            }
            Value::Object(object) => self.once(object, |search| {
                object
                    .iter()
                    .find_map(|(key, item)| search.member(Step::Key(key), item))
            }),
            _ => None,
        }
    }

    fn member(&mut self, step: Step<'v>, item: &'v Value) -> Option<EcoString> {
        if !matches!(item.data(), Value::Array(_) | Value::Object(_)) {
            return None;
        }
        self.path.push(step);
        let found = with_stack(|| self.run(item));
        if found.is_none() {
            self.path.pop();
        }
        found
    }

    fn once<T>(
        &mut self,
        container: &Arc<T>,
        look: impl FnOnce(&mut Self) -> Option<EcoString>,
    ) -> Option<EcoString> {
        let is_shared = Arc::strong_count(container) > 1;
        if is_shared && self.clean.contains(&Arc::as_ptr(container).addr()) {
            return None;
        }
        let found = look(self);
        if found.is_none() && is_shared {
            self.clean.insert(Arc::as_ptr(container).addr());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{depth, json};

    fn parse(text: &str) -> Value {
        json::parse(text).unwrap()
    }

    #[test]
    fn the_table_of_truth() {
        for falsy in [
            Value::Absent,
            Value::Null,
            Value::Bool(false),
            Value::Number(0.0),
            Value::Number(-0.0),
            Value::Number(f64::NAN),
            "".into(),
            "0".into(),
            "false".into(),
            "FALSE".into(),
            "False".into(),
            "nan".into(),
            "NaN".into(),
            parse("[]"),
            parse("{}"),
            Value::viewed(parse("[]"), " [] "),
        ] {
            assert!(!truthy(&falsy), "{falsy:?}");
            assert_eq!(condition(&falsy, "if"), Ok(false));
        }
        for yes in [
            Value::Bool(true),
            Value::Number(1.0),
            Value::Number(-1.0),
            Value::Number(f64::INFINITY),
            " ".into(),
            "no".into(),
            "null".into(),
            "00".into(),
            "0.0".into(),
            "true".into(),
            parse("[0]"),
            parse("[null]"),
            parse(r#"{"a":null}"#),
            Value::viewed(Value::text("x"), "x"),
        ] {
            assert!(truthy(&yes), "{yes:?}");
            assert_eq!(condition(&yes, "if"), Ok(true));
        }
    }

    #[test]
    fn errors_are_no_truths() {
        for (value, place, message) in [
            (r#"{"__error":true,"message":"boom"}"#, "value", "boom"),
            (r#"{"__error":true}"#, "value", "unknown error"),
            (
                r#"[1,{"a":{"__error":true,"error":"x"}}]"#,
                "value[1].a",
                "x",
            ),
            (
                r#"[[],[{"index":0,"key":null,"message":"m","error":"m","value":1}]]"#,
                "value[1][0]",
                "m",
            ),
        ] {
            let error = condition(&parse(value), "if condition").unwrap_err();
            assert_eq!(
                error.message,
                format!(
                    "if condition received an error-like value at {place}: {message}. \
                     Handle the error explicitly before using it as a boolean."
                )
            );
        }
    }

    #[test]
    fn what_only_looks_like_an_error_is_data() {
        for value in [
            r#"{"__error":false,"message":"boom"}"#,
            r#"{"__error":"true"}"#,
            r#"{"error":"x"}"#,
            r#"{"index":0,"key":null,"message":"m","error":"other","value":1}"#,
            r#"{"index":0,"key":null,"message":"m","error":"m","value":1,"more":2}"#,
        ] {
            assert_eq!(condition(&parse(value), "if"), Ok(true), "{value}");
        }
    }

    #[test]
    fn shared_data_is_searched_once() {
        let doubled = (0..60).fold(parse("[null]"), |inner, _| {
            Value::array(vec![inner.clone(), inner])
        });
        assert_eq!(condition(&doubled, "if"), Ok(true));
    }

    #[test]
    fn deep_data_is_searched() {
        let deep = depth::tests::nested(100_000);
        assert_eq!(condition(&deep, "if"), Ok(true));
        depth::discard(deep);
    }
}
