//! From bytes that come to text that can be printed: what has been printed is never taken back, and all of it together
//! is what would have been printed at the end.

use super::events::{Events, Format};
use crate::value::{colour, json};

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// That of `show`, which lays JSON out anew.
    Show,
    /// That of `run` and calls, which print output as it is.
    Statement,
}

/// Output that comes in chunks.
pub(crate) struct Chunks {
    layout: Layout,
    events: Option<Events>,
    /// Bytes of a character that is not complete.
    bytes: Vec<u8>,
    /// Text that waits: white space that may be the end, a colour marker that is not complete, what may be JSON.
    waiting: String,
    /// Something has been given out, so the whole is not JSON.
    begun: bool,
}

impl Chunks {
    pub(crate) fn new(layout: Layout, format: Option<Format>) -> Self {
        let events = format.and_then(Events::new);
        Self {
            // The text of events is printed as it is.
            layout: if events.is_some() {
                Layout::Statement
            } else {
                layout
            },
            events,
            bytes: Vec::new(),
            waiting: String::new(),
            begun: false,
        }
    }

    /// Takes a chunk; what can be printed now.
    pub(crate) fn feed(&mut self, chunk: &[u8]) -> String {
        self.bytes.extend_from_slice(chunk);
        let complete = complete(&self.bytes);
        let rest = self.bytes.split_off(complete);
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        self.bytes = rest;
        self.take(&text);
        if !self.begun && self.layout == Layout::Show && may_be_data(&self.waiting) {
            return String::new();
        }
        let visible = self.waiting.trim_end().len();
        let ready = colour::settled(self.waiting.get(..visible).unwrap_or_default());
        self.give(ready)
    }

    /// Everything has come; what is left.
    pub(crate) fn end(mut self) -> String {
        let rest = String::from_utf8_lossy(&std::mem::take(&mut self.bytes)).into_owned();
        self.take(&rest);
        if let Some(events) = &mut self.events {
            let last = events.end();
            self.waiting.push_str(&last);
        }
        let visible = self.waiting.trim_end().len();
        self.give(visible)
    }

    fn take(&mut self, text: &str) {
        match &mut self.events {
            Some(events) => {
                let text = events.feed(text);
                self.waiting.push_str(&text);
            }
            None => self.waiting.push_str(text),
        }
    }

    fn give(&mut self, length: usize) -> String {
        let (ready, rest) = self
            .waiting
            .split_at_checked(length)
            .unwrap_or((self.waiting.as_str(), ""));
        let (ready, rest) = (ready.to_owned(), rest.to_owned());
        self.waiting = rest;
        self.begun |= !ready.is_empty();
        ready
    }
}

/// How many bytes hold complete characters; bytes that can be no character count as complete.
fn complete(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match std::str::from_utf8(rest) {
            Ok(_) => return bytes.len(),
            Err(e) => match e.error_len() {
                Some(n) => at += e.valid_up_to() + n,
                None => return at + e.valid_up_to(),
            },
        }
    }
}

/// Whether the whole may still turn out to be JSON that `show` lays out anew, or `null`, which it does not print.
fn may_be_data(text: &str) -> bool {
    let text = text.trim();
    if "null".starts_with(text) {
        return true;
    }
    if !text.starts_with(['{', '[']) {
        return false;
    }
    // A first line that is complete, with something behind it, is a line of many.
    match text.split_once('\n') {
        Some((first, rest)) => rest.trim().is_empty() || !json::is_json(first),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is printed for these chunks, piece by piece.
    fn pieces(layout: Layout, format: Option<Format>, chunks: &[&[u8]]) -> Vec<String> {
        let mut all = Chunks::new(layout, format);
        let mut pieces: Vec<String> = chunks.iter().map(|c| all.feed(c)).collect();
        pieces.push(all.end());
        pieces
    }

    #[test]
    fn text_comes_at_once_and_its_end_is_trimmed() {
        let got = pieces(Layout::Show, None, &[b"one\n", b"two", b"\n\n"]);
        assert_eq!(got, ["one", "\ntwo", "", ""]);
    }

    #[test]
    fn characters_and_markers_are_not_cut() {
        let got = pieces(Layout::Statement, None, &[b"\xc3", b"\xa9%re", b"d%x 5%"]);
        assert_eq!(got, ["", "é", "%red%x 5", "%"]);
        let got = pieces(Layout::Statement, None, &[b"a\xffb"]);
        assert_eq!(got.concat(), "a\u{fffd}b");
    }

    #[test]
    fn what_may_be_json_waits_for_show_only() {
        let got = pieces(Layout::Show, None, &[b"{\"a\":", b"1}\n"]);
        assert_eq!(got, ["", "", "{\"a\":1}"]);
        let got = pieces(Layout::Show, None, &[b"{\"a\":1}\n", b"{\"a\":2}\n"]);
        assert_eq!(got, ["", "{\"a\":1}\n{\"a\":2}", ""]);
        let got = pieces(Layout::Statement, None, &[b"[1]"]);
        assert_eq!(got, ["[1]", ""]);
    }

    #[test]
    fn chunks_together_are_the_whole() {
        let whole = "  α%bold%β 100% {\"a\"}\n%nope% ende \n\n";
        for size in 1..whole.len() {
            let chunks: Vec<&[u8]> = whole.as_bytes().chunks(size).collect();
            let got = pieces(Layout::Statement, None, &chunks).concat();
            assert_eq!(got, whole.trim_end(), "{size}");
        }
    }
}
