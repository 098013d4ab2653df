//! Texts of the engine: UTF-16 that need not be well-formed.

use ecow::EcoString;
use rquickjs::{Function, Object, String as JsString};

/// The text, with U+FFFD for a lone surrogate.
pub(super) fn text<'js>(
    controls: &Object<'js>,
    string: &JsString<'js>,
) -> rquickjs::Result<EcoString> {
    match string.to_string() {
        Ok(text) => Ok(EcoString::from(text)),
        Err(rquickjs::Error::Utf8(_)) => {
            let well_formed: String = controls
                .get::<_, Function<'js>>("wellFormed")?
                .call((string.clone(),))?;
            Ok(EcoString::from(well_formed))
        }
        Err(error) => Err(error),
    }
}

/// What is decoded of `bytes`, and how many of them: fewer than all when `more` may follow and they end within a
/// character. `None` when they are malformed and that is `fatal`.
pub(super) fn decode(
    bytes: &[u8],
    utf16: bool,
    fatal: bool,
    more: bool,
) -> Option<(String, usize)> {
    if utf16 {
        decode_utf16(bytes, fatal, more)
    } else {
        decode_utf8(bytes, fatal, more)
    }
}

fn decode_utf8(bytes: &[u8], fatal: bool, more: bool) -> Option<(String, usize)> {
    let mut text = String::with_capacity(bytes.len());
    let mut used = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        used += chunk.valid().len();
        let invalid = chunk.invalid();
        if invalid.is_empty() {
            continue;
        }
        let ends_here = used + invalid.len() == bytes.len();
        let incomplete =
            std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if ends_here && incomplete && more {
            break;
        }
        if fatal {
            return None;
        }
        used += invalid.len();
        text.push(char::REPLACEMENT_CHARACTER);
    }
    Some((text, used))
}

fn decode_utf16(bytes: &[u8], fatal: bool, more: bool) -> Option<(String, usize)> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let mut kept = rest.len();
    if more
        && units
            .last()
            .is_some_and(|unit| (0xD800..0xDC00).contains(unit))
    {
        units.pop();
        kept += 2;
    }
    let used = if more {
        bytes.len() - kept
    } else {
        bytes.len()
    };
    let mut text = String::with_capacity(units.len());
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(c) => text.push(c),
            Err(_) if fatal => return None,
            Err(_) => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    if !more && !rest.is_empty() {
        if fatal {
            return None;
        }
        text.push(char::REPLACEMENT_CHARACTER);
    }
    Some((text, used))
}
