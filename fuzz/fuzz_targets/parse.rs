//! Any text, in both modes: parsing ends, does not panic, and every finding has a place in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mlld_syntax::ast::Mode;
use mlld_syntax::{LineIndex, parse};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let index = LineIndex::new(text);
    for mode in [Mode::Strict, Mode::Markdown] {
        for found in parse(text, mode).diagnostics {
            let span = found.span;
            assert!(span.start <= span.end && span.end as usize <= text.len());
            assert!(text.is_char_boundary(span.start as usize));
            assert!(text.is_char_boundary(span.end as usize));
            let (line, _) = index.line_col(text, span.start);
            assert!(index.line(text, line).is_some());
        }
    }
});
