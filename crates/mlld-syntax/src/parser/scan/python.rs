//! Python: strings, triple-quoted strings, comments.

use super::{Broken, line_end};

/// The offset of the closing brace.
pub(super) fn end(source: &[u8], start: usize) -> Result<usize, Broken> {
    let mut at = start;
    let mut braces = 0usize;
    while let Some(b) = source.get(at).copied() {
        match b {
            b'#' => at = line_end(source, at),
            b'"' | b'\'' => at = string_end(source, at, b),
            b'{' => {
                braces += 1;
                at += 1;
            }
            b'}' if braces == 0 => return Ok(at),
            b'}' => {
                braces -= 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
    Err(Broken::Unclosed)
}

/// Behind the string that begins at `at`; a plain one that is not closed on its line ends there.
fn string_end(source: &[u8], at: usize, quote: u8) -> usize {
    let is_triple = |at: usize| {
        source
            .get(at..at + 3)
            .is_some_and(|t| t.iter().all(|b| *b == quote))
    };
    let triple = is_triple(at);
    let mut at = at + if triple { 3 } else { 1 };
    while let Some(b) = source.get(at).copied() {
        match b {
            b'\\' => at += 2,
            b'\n' if !triple => return at,
            b if b == quote && !triple => return at + 1,
            b if b == quote && is_triple(at) => return at + 3,
            _ => at += 1,
        }
    }
    source.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(source: &str) -> Option<&str> {
        end(source.as_bytes(), 0).ok().and_then(|e| source.get(..e))
    }

    #[test]
    fn braces_in_strings_and_comments_do_not_count() {
        assert_eq!(body("x = '}' # }\n} y"), Some("x = '}' # }\n"));
        assert_eq!(body("\"\"\"}\n\"}\"\"\" } y"), Some("\"\"\"}\n\"}\"\"\" "));
        assert_eq!(body("f\"{a['k']}\" } y"), Some("f\"{a['k']}\" "));
        assert_eq!(body("r'\\'}' } y"), Some("r'\\'}' "));
    }
}
