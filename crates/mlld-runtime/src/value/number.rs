//! Numbers as text, and text as numbers.

use super::Value;
use ecow::EcoString;

/// The shortest decimal form of a double, as JavaScript writes it (spec 01 §12.1).
#[must_use]
pub fn text(number: f64) -> EcoString {
    ryu_js::Buffer::new().format(number).into()
}

/// Writes a number behind other text.
pub(super) fn write(number: f64, out: &mut String) {
    out.push_str(ryu_js::Buffer::new().format(number));
}

/// A text read as a number: trimmed; empty is 0; what is no decimal number is NaN (spec 01 §8.3).
#[must_use]
pub fn read(text: &str) -> f64 {
    let text = trim(text);
    if text.is_empty() {
        return 0.0;
    }
    match text.strip_prefix(['+', '-']).unwrap_or(text) {
        "Infinity" => {
            if text.starts_with('-') {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            }
        }
        digits if is_decimal(digits) => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// Text without the white space around it, as JavaScript trims it: Unicode white space and the byte order mark.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() && c != '\u{85}' || c == '\u{feff}')
}

/// A value as operand of arithmetic and ordering (spec 01 §8.3).
#[must_use]
pub fn of(value: &Value) -> f64 {
    match value.data() {
        Value::Number(number) => *number,
        Value::Bool(bool) => f64::from(u8::from(*bool)),
        Value::Null => 0.0,
        Value::Text(text) => match text.as_str() {
            "true" => 1.0,
            "false" => 0.0,
            text => read(text),
        },
        _ => f64::NAN,
    }
}

/// `1`, `1.5`, `1.`, `.5`, each with an exponent or not.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some((whole, part)) => {
            (!whole.is_empty() || !part.is_empty()) && digits(whole) && digits(part)
        }
        None => !mantissa.is_empty() && digits(mantissa),
    };
    mantissa_ok
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_written_as_in_javascript() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (2.5, "2.5"),
            (100.0, "100"),
            (-8.0, "-8"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e24, "1e+24"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (12_345_678_901_234_567_890.0, "12345678901234567000"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(text(number), expected);
        }
    }

    #[test]
    fn texts_are_read_as_decimals() {
        for (text, expected) in [
            ("", 0.0),
            ("  ", 0.0),
            (" 12 ", 12.0),
            ("007", 7.0),
            ("-3", -3.0),
            ("+5", 5.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("1E-2", 0.01),
            ("\u{feff}4\n", 4.0),
            ("Infinity", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("1e400", f64::INFINITY),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        for text in [
            "x", "1x", "0x10", "1_000", "1 2", ".", "-", "+-1", "e5", "1e", "1e+", "nan", "NaN",
            "inf", "infinity", "1.2.3", "٣",
        ] {
            assert!(read(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn values_become_numbers() {
        for (value, expected) in [
            (Value::Number(2.5), 2.5),
            (Value::Bool(true), 1.0),
            (Value::Bool(false), 0.0),
            ("true".into(), 1.0),
            ("false".into(), 0.0),
            (Value::Null, 0.0),
            ("".into(), 0.0),
            (" 7 ".into(), 7.0),
            (Value::viewed(Value::Number(3.0), "3.0"), 3.0),
        ] {
            assert_eq!(of(&value), expected, "{value:?}");
        }
        for value in [
            Value::Absent,
            "TRUE".into(),
            Value::array(vec![]),
            Value::object(Default::default()),
        ] {
            assert!(of(&value).is_nan(), "{value:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_back(bits: u64) {
            let number = f64::from_bits(bits);
            let back = read(&text(number));
            prop_assert!(back == number || number.is_nan() && back.is_nan());
        }
    }
}
