//! JavaScript: strings, template literals, comments, regular expressions.

use super::{Broken, MAX_LEVELS, line_end};

/// The offset of the closing brace.
pub(super) fn end(source: &[u8], start: usize) -> Result<usize, Broken> {
    let mut scanner = Scanner {
        source,
        at: start,
        open: Vec::new(),
        braces: 0,
        operand: false,
        no_regex_before: 0,
    };
    scanner.run()
}

struct Scanner<'s> {
    source: &'s [u8],
    at: usize,
    /// Open `${` of template literals: how many braces were open around each.
    open: Vec<usize>,
    /// Open braces since the innermost `${`, or since the start.
    braces: usize,
    /// Whether an operand has just ended: a `/` divides.
    operand: bool,
    /// Up to here no regular expression ends.
    no_regex_before: usize,
}

impl Scanner<'_> {
    fn peek(&self, n: usize) -> Option<u8> {
        self.source.get(self.at + n).copied()
    }

    fn run(&mut self) -> Result<usize, Broken> {
        while let Some(b) = self.peek(0) {
            match b {
                b'"' | b'\'' => self.string(b),
                b'`' => {
                    self.at += 1;
                    self.template()?;
                }
                b'/' if self.peek(1) == Some(b'/') => self.at = line_end(self.source, self.at),
                b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
                b'/' if !self.operand && self.regex() => self.operand = true,
                b'{' => {
                    self.braces += 1;
                    self.operand = false;
                    self.at += 1;
                }
                b'}' if self.braces > 0 => {
                    self.braces -= 1;
                    self.operand = false;
                    self.at += 1;
                }
                b'}' => match self.open.pop() {
                    Some(braces) => {
                        self.braces = braces;
                        self.at += 1;
                        self.template()?;
                    }
                    None => return Ok(self.at),
                },
                b')' | b']' => {
                    self.operand = true;
                    self.at += 1;
                }
                b if b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80 => {
                    self.word()
                }
                b if b.is_ascii_whitespace() => self.at += 1,
                _ => {
                    self.operand = false;
                    self.at += 1;
                }
            }
        }
        Err(Broken::Unclosed)
    }

    /// A string; one that is not closed on its line ends there.
    fn string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(b) = self.peek(0) {
            match b {
                b'\\' => self.at += 2,
                b'\n' => break,
                b if b == quote => {
                    self.at += 1;
                    break;
                }
                _ => self.at += 1,
            }
        }
        self.operand = true;
    }

    /// A template literal from inside, up to its end or to the next `${`.
    fn template(&mut self) -> Result<(), Broken> {
        while let Some(b) = self.peek(0) {
            match b {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    self.operand = true;
                    return Ok(());
                }
                b'$' if self.peek(1) == Some(b'{') => {
                    if self.open.len() >= MAX_LEVELS {
                        return Err(Broken::TooDeep(self.at));
                    }
                    self.open.push(self.braces);
                    self.braces = 0;
                    self.operand = false;
                    self.at += 2;
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
        Err(Broken::Unclosed)
    }

    fn block_comment(&mut self) {
        let rest = self.source.get(self.at + 2..).unwrap_or_default();
        self.at = rest
            .windows(2)
            .position(|w| w == b"*/")
            .map_or(self.source.len(), |n| self.at + n + 4);
    }

    /// A regular expression on this line; whether there is one.
    fn regex(&mut self) -> bool {
        if self.at < self.no_regex_before {
            self.at += 1;
            return false;
        }
        let mut at = self.at + 1;
        let mut class = false;
        loop {
            match self.source.get(at).copied() {
                None | Some(b'\n') => {
                    self.no_regex_before = at;
                    self.at += 1;
                    return false;
                }
                Some(b'\\') => at += 1,
                Some(b'[') => class = true,
                Some(b']') => class = false,
                Some(b'/') if !class => break,
                Some(_) => {}
            }
            at += 1;
        }
        self.at = at + 1;
        true
    }

    /// A name, keyword or number. Behind some keywords an operand begins.
    fn word(&mut self) {
        let start = self.at;
        while self
            .peek(0)
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80)
        {
            self.at += 1;
        }
        let word = self.source.get(start..self.at).unwrap_or_default();
        self.operand = !matches!(
            word,
            b"return"
                | b"typeof"
                | b"instanceof"
                | b"in"
                | b"of"
                | b"new"
                | b"delete"
                | b"void"
                | b"throw"
                | b"case"
                | b"do"
                | b"else"
                | b"yield"
                | b"await"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(source: &str) -> Option<&str> {
        end(source.as_bytes(), 0).ok().and_then(|e| source.get(..e))
    }

    #[test]
    fn braces_in_strings_comments_and_regexes_do_not_count() {
        assert_eq!(body(r#" "}" + '}' } rest"#), Some(r#" "}" + '}' "#));
        assert_eq!(body("// }\n x } y"), Some("// }\n x "));
        assert_eq!(body("/* } */ x } y"), Some("/* } */ x "));
        assert_eq!(
            body("return /[}/]\\}/g.test(x) } y"),
            Some("return /[}/]\\}/g.test(x) ")
        );
        assert_eq!(body("a / b } c / d"), Some("a / b "));
    }

    #[test]
    fn template_literals_nest() {
        assert_eq!(
            body("`a ${ {b: `}${1}`} } }` } x"),
            Some("`a ${ {b: `}${1}`} } }` ")
        );
    }

    #[test]
    fn deep_templates_are_refused_not_followed() {
        let deep = "`${".repeat(100_000);
        assert!(matches!(end(deep.as_bytes(), 0), Err(Broken::TooDeep(_))));
    }
}
