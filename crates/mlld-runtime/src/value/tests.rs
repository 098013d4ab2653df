//! Values for property tests.

use super::{Object, Value};
use proptest::prelude::*;

/// Text with the characters that usually make trouble.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c ,.:|=0-9\\n\"'{}\\[\\]\\\\$&%@#<>/*?()+^-]{0,12}",
        "[ -~]{0,8}",
        "\\PC{0,6}",
        any::<String>().prop_map(|text| text.chars().take(6).collect()),
        prop_oneof![
            Just("true"),
            Just("null"),
            Just("0"),
            Just("-1"),
            Just("é😀\u{1f1e9}"),
            Just("[1,\"a\"]"),
            Just("{\"a\":1}")
        ]
        .prop_map(str::to_owned),
    ]
}

/// Data that JSON can hold.
pub(crate) fn any_data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![
            any::<f64>(),
            (-50i32..50).prop_map(f64::from),
            Just(0.0),
            Just(1e21),
        ]
        .prop_filter("JSON has no infinity", |number| number.is_finite())
        .prop_map(|number| Value::Number(number + 0.0)),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::array),
            prop::collection::vec((any_text(), inner), 0..5).prop_map(|pairs| {
                Value::object(
                    pairs
                        .into_iter()
                        .map(|(key, value)| (key.into(), value))
                        .collect::<Object>(),
                )
            }),
        ]
    })
}

/// Any value at all, except executables.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => any_data(),
        1 => Just(Value::Absent),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(1e308), Just(-1e9)].prop_map(Value::Number),
        1 => (any_data(), any_text()).prop_map(|(data, text)| Value::viewed(data, text)),
    ]
}
