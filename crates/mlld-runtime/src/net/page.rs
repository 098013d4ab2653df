//! What a document says: its kind, its text.

use super::Document;
use ecow::EcoString;
use encoding_rs::{Encoding, UTF_8};

/// Bytes of a page in which it may say in which characters it is written.
const HEAD: usize = 1024;

impl Document {
    /// Whether it is a page: by what the server says.
    pub(crate) fn is_page(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        ["text/html", "application/xhtml+xml"]
            .iter()
            .any(|page| kind.eq_ignore_ascii_case(page))
    }

    /// The text; what is none in it is U+FFFD.
    pub(crate) fn text(&self) -> EcoString {
        let encoding = self.encoding().unwrap_or(UTF_8);
        encoding
            .decode_without_bom_handling(&self.bytes)
            .0
            .as_ref()
            .into()
    }

    /// In which characters it is written: as the server says, else as a page says itself.
    fn encoding(&self) -> Option<&'static Encoding> {
        let told = charset(self.header("content-type").unwrap_or_default().as_bytes());
        if told.is_some() || !self.is_page() {
            return told;
        }
        charset(self.bytes.get(..HEAD).unwrap_or(&self.bytes))
    }
}

/// The encoding behind the first `charset=`.
fn charset(text: &[u8]) -> Option<&'static Encoding> {
    const KEY: &[u8] = b"charset=";
    let at = text
        .windows(KEY.len())
        .position(|w| w.eq_ignore_ascii_case(KEY))?;
    let value = text.get(at + KEY.len()..)?;
    let value = value
        .strip_prefix(b"\"")
        .or(value.strip_prefix(b"'"))
        .unwrap_or(value);
    let end = value
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || b"-_:.".contains(b)));
    Encoding::for_label(value.get(..end.unwrap_or(value.len()))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mlld_security::Descriptor;

    fn text(kind: &str, bytes: &[u8]) -> EcoString {
        let document = Document {
            hops: Vec::new(),
            status: 200,
            headers: vec![("content-type".into(), kind.into())],
            bytes: bytes.to_vec(),
            labels: Descriptor::EMPTY,
        };
        document.text()
    }

    #[test]
    fn characters_as_told() {
        for (kind, bytes, expected) in [
            ("text/plain; charset=ISO-8859-1", &b"caf\xe9"[..], "café"),
            (
                "text/plain; charset=\"utf-8\"",
                b"caf\xc3\xa9\xff",
                "café\u{fffd}",
            ),
            ("text/plain", b"\xef\xbb\xbfx", "\u{feff}x"),
            ("text/plain; charset=nonsense", b"\xe9", "\u{fffd}"),
            (
                "text/html",
                b"<meta charset=windows-1252>\x80",
                "<meta charset=windows-1252>€",
            ),
            (
                "text/plain",
                b"charset=windows-1252 \x80",
                "charset=windows-1252 \u{fffd}",
            ),
            (
                "TEXT/HTML",
                b"<meta content='text/html; CHARSET=koi8-r'>\xc1",
                "<meta content='text/html; CHARSET=koi8-r'>а",
            ),
        ] {
            assert_eq!(text(kind, bytes), expected, "{kind}");
        }
    }
}
