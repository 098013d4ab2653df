//! Equality, order and the tolerant match (spec 01 §8.2–§8.4).

use super::{Value, error::with_stack, number};
use ecow::EcoString;
use mlld_syntax::ast::BinaryOp;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;
use std::sync::Arc;

/// The result of a comparing operator; `None` for other operators.
#[must_use]
pub fn apply(op: BinaryOp, left: &Value, right: &Value) -> Option<bool> {
    let order = |test: fn(&f64, &f64) -> bool| test(&number::of(left), &number::of(right));
    Some(match op {
        BinaryOp::Equal => equal(left, right),
        BinaryOp::NotEqual => !equal(left, right),
        BinaryOp::Tolerant => tolerant(left, right),
        BinaryOp::NotTolerant => !tolerant(left, right),
        BinaryOp::Less => order(f64::lt),
        BinaryOp::LessEqual => order(f64::le),
        BinaryOp::Greater => order(f64::gt),
        BinaryOp::GreaterEqual => order(f64::ge),
        _ => return None,
    })
}

/// `==` (spec 01 §8.2).
#[must_use]
pub fn equal(left: &Value, right: &Value) -> bool {
    Comparison {
        converts: true,
        settled: FxHashSet::default(),
    }
    .holds(left, right)
}

/// Same kind and same value, without any conversion; containers by their members. NaN is not itself.
#[must_use]
pub fn identical(left: &Value, right: &Value) -> bool {
    Comparison {
        converts: false,
        settled: FxHashSet::default(),
    }
    .holds(left, right)
}

struct Comparison {
    /// Whether texts may equal numbers and booleans.
    converts: bool,
    /// Pairs of shared containers, by address, that are the same: data that holds one container many times over would
    /// otherwise take exponential time.
    settled: FxHashSet<(usize, usize)>,
}

impl Comparison {
    fn holds(&mut self, left: &Value, right: &Value) -> bool {
        match (left.data(), right.data()) {
            (Value::Absent | Value::Null, Value::Absent | Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Text(text), Value::Bool(bool)) | (Value::Bool(bool), Value::Text(text)) => {
                self.converts && text == if *bool { "true" } else { "false" }
            }
            (Value::Text(text), Value::Number(number))
            | (Value::Number(number), Value::Text(text)) => {
                self.converts && number::read(text) == *number
            }
            // No look at whether both are one and the same container: one that holds a NaN is not equal to itself, and
            // what is shared is nothing that a script can know.
            (Value::Array(a), Value::Array(b)) => {
                let members =
                    |this: &mut Self| a.iter().zip(b.iter()).all(|(a, b)| this.holds(a, b));
                a.len() == b.len() && self.once(a, b, members)
            }
            (Value::Object(a), Value::Object(b)) => {
                let members = |this: &mut Self| {
                    a.iter()
                        .all(|(key, a)| b.get(key).is_some_and(|b| this.holds(a, b)))
                };
                a.len() == b.len() && self.once(a, b, members)
            }
            (Value::Executable(a), Value::Executable(b)) => a.home == b.home,
            _ => false,
        }
    }

    fn once<T>(&mut self, a: &Arc<T>, b: &Arc<T>, members: impl FnOnce(&mut Self) -> bool) -> bool {
        let pair = (Arc::as_ptr(a).addr(), Arc::as_ptr(b).addr());
        let is_shared = Arc::strong_count(a) > 1 && Arc::strong_count(b) > 1;
        if is_shared && self.settled.contains(&pair) {
            return true;
        }
        let same = with_stack(|| members(self));
        if same && is_shared {
            self.settled.insert(pair);
        }
        same
    }
}

/// Whether one text comes before another in the order of UTF-16, as JavaScript sorts.
#[must_use]
pub fn text_order(a: &str, b: &str) -> Ordering {
    // Above U+FFFF a character begins with a surrogate, which comes before U+E000.
    let rank = |c: char| {
        if c > '\u{ffff}' {
            (0xD800, u32::from(c))
        } else {
            (u32::from(c), 0)
        }
    };
    a.chars().map(rank).cmp(b.chars().map(rank))
}

/// `actual ~= expected` (spec 01 §8.4).
#[must_use]
pub fn tolerant(actual: &Value, expected: &Value) -> bool {
    if is_null_like(expected) {
        return is_null_like(actual);
    }
    if is_null_like(actual) {
        return false;
    }
    match (list(actual), list(expected)) {
        (Some(actual), Some(expected)) => is_sub_list(&actual, &expected),
        (Some(actual), None) => actual.iter().any(|item| same_loosely(item, expected)),
        (None, Some(expected)) => expected.iter().any(|item| same_loosely(actual, item)),
        (None, None) => same_loosely(actual, expected),
    }
}

fn is_null_like(value: &Value) -> bool {
    match value.data() {
        Value::Absent | Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Text(text) => text.eq_ignore_ascii_case("null"),
        _ => false,
    }
}

fn list(value: &Value) -> Option<Vec<Value>> {
    match value.data() {
        Value::Array(items) => Some(items.as_ref().clone()),
        Value::Text(text) if text.contains(',') => Some(
            text.split(',')
                .map(number::trim)
                .filter(|part| !part.is_empty())
                .map(Value::from)
                .collect(),
        ),
        Value::Text(text) => Some(vec![number::trim(text).into()]),
        _ => None,
    }
}

/// What scalars compare by in a tolerant match: numeric texts as numbers.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Null,
    Bool(bool),
    Number(u64),
    Text(EcoString),
}

fn key(value: &Value) -> Option<Key> {
    // Adding zero makes -0 and 0 one key.
    let numeric = |number: f64| (!number.is_nan()).then(|| Key::Number((number + 0.0).to_bits()));
    match value.data() {
        Value::Absent | Value::Null => Some(Key::Null),
        Value::Bool(bool) => Some(Key::Bool(*bool)),
        Value::Number(number) => numeric(*number),
        Value::Text(text) => {
            let read = if number::trim(text).is_empty() {
                f64::NAN
            } else {
                number::read(text)
            };
            numeric(read).or_else(|| Some(Key::Text(text.clone())))
        }
        _ => None,
    }
}

fn same_loosely(a: &Value, b: &Value) -> bool {
    match (key(a), key(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => equal(a, b),
        _ => false,
    }
}

/// Whether every element of `actual` matches a different element of `expected`.
fn is_sub_list(actual: &[Value], expected: &[Value]) -> bool {
    let mut scalars: FxHashMap<Key, usize> = FxHashMap::default();
    let mut others: Vec<&Value> = Vec::new();
    for item in expected {
        match key(item) {
            Some(key) => *scalars.entry(key).or_default() += 1,
            None => others.push(item),
        }
    }
    actual.iter().all(|item| match key(item) {
        Some(key) => scalars.get_mut(&key).is_some_and(|left| {
            let any = *left > 0;
            *left = left.saturating_sub(1);
            any
        }),
        None => match others.iter().position(|other| equal(item, other)) {
            Some(index) => {
                others.swap_remove(index);
                true
            }
            None => false,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Executable, depth, json};

    /// JSON, or `absent`, `NaN`, `f`.
    fn value(text: &str) -> Value {
        match text {
            "absent" => Value::Absent,
            "NaN" => Value::Number(f64::NAN),
            "f" => Value::Executable(Arc::new(Executable {
                name: "f".into(),
                params: vec![],
                home: crate::value::Home::default(),
            })),
            text => json::parse(text).unwrap(),
        }
    }

    #[test]
    fn the_table_of_equality() {
        for (left, right, expected) in [
            ("null", "null", true),
            ("null", "absent", true),
            ("absent", "absent", true),
            ("null", "\"\"", false),
            ("null", "0", false),
            ("null", "false", false),
            ("null", "[]", false),
            ("absent", "\"null\"", false),
            ("[1,\"2\"]", "[1,2]", true),
            ("[1]", "[1,2]", false),
            ("[]", "[]", true),
            ("[[1]]", "[[\"1\"]]", true),
            ("[1]", "1", false),
            ("[1]", "\"1\"", false),
            ("[]", "{}", false),
            ("\"true\"", "true", true),
            ("\"TRUE\"", "true", false),
            ("\"false\"", "false", true),
            ("\"\"", "false", false),
            ("\"1\"", "true", false),
            ("\"\"", "0", true),
            ("\" \"", "0", true),
            ("\"1.0\"", "1", true),
            ("\" 5 \"", "5", true),
            ("\"x\"", "0", false),
            ("\"true\"", "1", false),
            ("{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}", true),
            ("{\"a\":1}", "{\"a\":\"1\"}", true),
            ("{\"a\":1}", "{\"b\":1}", false),
            ("{\"a\":1}", "{\"a\":1,\"b\":2}", false),
            ("{\"a\":null}", "{\"b\":null}", false),
            ("1", "1", true),
            ("NaN", "NaN", false),
            ("0", "-0", true),
            ("\"1\"", "\"1.0\"", false),
            ("true", "true", true),
            ("0", "false", false),
            ("1", "true", false),
            ("f", "f", true),
            ("f", "\"[executable: f]\"", false),
            ("{}", "\"{}\"", false),
        ] {
            let (a, b) = (value(left), value(right));
            assert_eq!(equal(&a, &b), expected, "{left} == {right}");
            assert_eq!(equal(&b, &a), expected, "{right} == {left}");
            assert_eq!(apply(BinaryOp::NotEqual, &a, &b), Some(!expected));
        }
        let f = value("f");
        assert!(equal(&f, &f.clone()));
    }

    #[test]
    fn a_text_view_is_compared_by_its_data() {
        assert!(equal(
            &Value::viewed(value("{\"a\":1}"), "{ \"a\": 1 }"),
            &value("{\"a\":1}")
        ));
    }

    #[test]
    fn order_compares_numbers_only() {
        use BinaryOp::{Greater, GreaterEqual, Less, LessEqual};
        for (left, op, right, expected) in [
            ("\"10\"", Greater, "\"9\"", true),
            ("\"abc\"", Less, "\"abd\"", false),
            ("\"abc\"", GreaterEqual, "\"abc\"", false),
            ("null", Less, "1", true),
            ("absent", Less, "1", false),
            ("absent", GreaterEqual, "0", false),
            ("3", GreaterEqual, "3", true),
            ("2", LessEqual, "1", false),
            ("true", Greater, "false", true),
            ("\"true\"", LessEqual, "1", true),
            ("\"\"", Less, "1", true),
            ("[1]", Less, "2", false),
            ("{}", GreaterEqual, "0", false),
            ("NaN", LessEqual, "NaN", false),
        ] {
            assert_eq!(
                apply(op, &value(left), &value(right)),
                Some(expected),
                "{left} {op:?} {right}"
            );
        }
        assert_eq!(apply(BinaryOp::Add, &Value::Null, &Value::Null), None);
    }

    #[test]
    fn the_tolerant_match() {
        for (actual, expected, result) in [
            ("\"b, a\"", "[\"a\",\"b\"]", true),
            ("[\"b\"]", "[\"a\",\"b\"]", true),
            ("[\"a\",\"c\"]", "[\"a\",\"b\"]", false),
            ("\"5\"", "5", true),
            ("\"null\"", "null", true),
            ("\"NULL\"", "absent", true),
            ("[]", "null", true),
            ("null", "\"null\"", true),
            ("0", "null", false),
            ("null", "\"x\"", false),
            ("[]", "[1]", false),
            ("\"x\"", "[\"x\"]", true),
            ("\"abc\"", "\"b\"", false),
            ("\" abc \"", "\"abc\"", true),
            ("[\"a\",\"a\"]", "[\"a\"]", false),
            ("[\"a\",\"a\"]", "[\"a\",\"a\",\"b\"]", true),
            ("\"a,,b,\"", "\"b,a\"", true),
            ("[1,\"2\"]", "[\"1.0\",2]", true),
            ("5", "[5]", true),
            ("5", "[5,6]", true),
            ("7", "[5,6]", false),
            ("\"5, 6\"", "5", true),
            ("[5]", "5", true),
            ("true", "true", true),
            ("true", "\"true\"", false),
            ("1", "true", false),
            ("{\"a\":1}", "{\"a\":1}", true),
            ("{\"a\":1}", "[{\"a\":1}]", true),
            ("[[1]]", "[[\"1\"]]", true),
            ("[[1],[1]]", "[[1]]", false),
            ("[null]", "[null]", true),
            ("\"\"", "\"\"", true),
            ("\"\"", "0", false),
            ("NaN", "NaN", false),
        ] {
            let (a, b) = (value(actual), value(expected));
            assert_eq!(tolerant(&a, &b), result, "{actual} ~= {expected}");
            assert_eq!(apply(BinaryOp::NotTolerant, &a, &b), Some(!result));
        }
    }

    #[test]
    fn texts_are_ordered_as_utf16() {
        let mut texts = ["b", "a", "\u{ffff}", "😀", "\u{e000}", "", "ab", "B", "é"];
        texts.sort_by(|a, b| text_order(a, b));
        assert_eq!(
            texts,
            ["", "B", "a", "ab", "b", "é", "😀", "\u{e000}", "\u{ffff}"]
        );
    }

    #[test]
    fn shared_data_is_compared_once() {
        // Walked as trees, these have 2^60 elements.
        let doubled = || {
            (0..60).fold(Value::array(vec![Value::Null]), |inner, _| {
                Value::array(vec![inner.clone(), inner])
            })
        };
        assert!(equal(&doubled(), &doubled()));
        assert!(identical(&doubled(), &doubled()));
    }

    #[test]
    fn deep_data_is_compared_on_a_small_stack() {
        let run = || {
            let (a, b) = (depth::tests::nested(100_000), depth::tests::nested(100_000));
            assert!(equal(&a, &b));
            assert!(tolerant(&a, &b));
            depth::discard(a);
            depth::discard(b);
        };
        std::thread::Builder::new()
            .stack_size(2 * 1024 * 1024)
            .spawn(run)
            .unwrap()
            .join()
            .unwrap();
    }
}
