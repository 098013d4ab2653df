//! Any text as the body of a template of either kind: parsing ends and does not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mlld_syntax::ast::Quote;
use mlld_syntax::parse_template_body;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for quote in [Quote::DoubleColon, Quote::TripleColon] {
        for found in parse_template_body(text, quote).1 {
            assert!(found.span.start <= found.span.end);
            assert!(found.span.end as usize <= text.len());
        }
    }
});
