//! Escapes and classes of ECMAScript patterns.

use super::translate::{NEVER, Translator, push_char};
use std::fmt::Write as _;

/// White space of ECMAScript, as class items.
const SPACE: &str = r"\t\n\x0B\x0C\r\x20\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";
const WORD: &str = "0-9A-Za-z_";

/// A set that an escape stands for: its items, and whether it is what is not in them.
pub(super) struct Set {
    pub(super) items: String,
    pub(super) negated: bool,
}

/// An element of a class or an escape outside of one.
pub(super) enum Atom {
    Char(char),
    Set(Set),
    /// Half of a surrogate pair: no text here has one.
    Never,
}

impl Translator<'_> {
    /// An escape, behind its backslash, that stands for a character or a set.
    pub(super) fn atom(&mut self) -> Result<Atom, String> {
        let Some(c) = self.next() else {
            return Err("\\ at the end".to_owned());
        };
        let set = |items: &str, negated| {
            Ok(Atom::Set(Set {
                items: items.to_owned(),
                negated,
            }))
        };
        Ok(Atom::Char(match c {
            'd' => return set("0-9", false),
            'D' => return set("0-9", true),
            'w' => return set(WORD, false),
            'W' => return set(WORD, true),
            's' => return set(SPACE, false),
            'S' => return set(SPACE, true),
            'p' | 'P' if self.flags.unicode => return self.property(c),
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\u{b}',
            'f' => '\u{c}',
            '0' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => '\0',
            '0'..='7' if !self.flags.unicode => {
                self.at -= 1;
                self.octal()
            }
            'c' => match self.peek() {
                Some(letter) if letter.is_ascii_alphabetic() => {
                    self.at += 1;
                    char::from(letter.to_ascii_uppercase() as u8 & 0x1f)
                }
                _ if self.flags.unicode => return Err("\\c without a letter".to_owned()),
                _ => {
                    self.at -= 1;
                    '\\'
                }
            },
            'x' => match self.hex(2) {
                Some(code) => char::from_u32(code).unwrap_or('x'),
                None if self.flags.unicode => {
                    return Err("\\x needs two hexadecimal digits".to_owned());
                }
                None => 'x',
            },
            'u' => return self.unicode_escape(),
            c if self.flags.unicode && (c.is_ascii_alphanumeric() || c == '_') => {
                return Err(format!("\\{c} means nothing"));
            }
            c => c,
        }))
    }

    fn octal(&mut self) -> char {
        let mut code = 0;
        for _ in 0..3 {
            match self.peek().and_then(|c| c.to_digit(8)) {
                Some(digit) if code * 8 + digit < 0o400 => {
                    code = code * 8 + digit;
                    self.at += 1;
                }
                _ => break,
            }
        }
        char::from_u32(code).unwrap_or('\0')
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let text: String = self.chars.get(self.at..self.at + digits)?.iter().collect();
        if !text.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        self.at += digits;
        u32::from_str_radix(&text, 16).ok()
    }

    /// `\uXXXX`, `\u{X…}`, a surrogate pair.
    fn unicode_escape(&mut self) -> Result<Atom, String> {
        if self.eat("{") {
            let start = self.at;
            while self.peek().is_some_and(|c| c.is_ascii_hexdigit()) {
                self.at += 1;
            }
            let text: String = self
                .chars
                .get(start..self.at)
                .unwrap_or_default()
                .iter()
                .collect();
            let code = u32::from_str_radix(&text, 16)
                .ok()
                .filter(|code| *code <= 0x10_FFFF);
            return match code {
                Some(code) if self.eat("}") => {
                    Ok(char::from_u32(code).map_or(Atom::Never, Atom::Char))
                }
                _ => Err("\\u{…} needs the number of a character".to_owned()),
            };
        }
        match self.hex(4) {
            Some(high @ 0xD800..=0xDBFF) => {
                let start = self.at;
                if self.eat("\\u")
                    && let Some(low @ 0xDC00..=0xDFFF) = self.hex(4)
                {
                    let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    return Ok(char::from_u32(code).map_or(Atom::Never, Atom::Char));
                }
                self.at = start;
                Ok(Atom::Never)
            }
            Some(code) => Ok(char::from_u32(code).map_or(Atom::Never, Atom::Char)),
            None if self.flags.unicode => Err("\\u needs four hexadecimal digits".to_owned()),
            None => Ok(Atom::Char('u')),
        }
    }

    /// `\p{…}` behind the letter.
    fn property(&mut self, letter: char) -> Result<Atom, String> {
        let mut name = String::new();
        if self.eat("{") {
            while let Some(c) = self.next() {
                match c {
                    '}' if !name.is_empty() => {
                        return Ok(Atom::Set(Set {
                            items: format!("\\{letter}{{{name}}}"),
                            negated: false,
                        }));
                    }
                    c if c.is_ascii_alphanumeric() || c == '_' || c == '=' => name.push(c),
                    _ => break,
                }
            }
        }
        Err(format!("\\{letter} needs the name of a property in braces"))
    }

    /// A class, behind its opening bracket.
    pub(super) fn class(&mut self) -> Result<(), String> {
        let negated = self.eat("^");
        if self.eat("]") {
            self.out.push_str(if negated { "(?s:.)" } else { NEVER });
            return Ok(());
        }
        let mut items = String::new();
        loop {
            let first = self.class_atom()?.ok_or("a [ without a ]")?;
            // `a-z`, unless the hyphen is the last item.
            let is_range = self.peek() == Some('-')
                && !matches!(self.chars.get(self.at + 1), Some(']') | None);
            if is_range {
                self.at += 1;
                let last = self.class_atom()?.ok_or("a [ without a ]")?;
                match (first, last) {
                    (Atom::Char(from), Atom::Char(to)) if from <= to => {
                        push_char(&mut items, from);
                        items.push('-');
                        push_char(&mut items, to);
                    }
                    (Atom::Char(_), Atom::Char(_)) => {
                        return Err("a range in a class is out of order".to_owned());
                    }
                    _ if self.flags.unicode => {
                        return Err("a range in a class needs two characters".to_owned());
                    }
                    (first, last) => {
                        push_atom(&mut items, first);
                        push_char(&mut items, '-');
                        push_atom(&mut items, last);
                    }
                }
            } else {
                push_atom(&mut items, first);
            }
            if self.eat("]") {
                break;
            }
        }
        match (items.is_empty(), negated) {
            (true, true) => self.out.push_str("(?s:.)"),
            (true, false) => self.out.push_str(NEVER),
            (false, _) => {
                let _ = write!(self.out, "[{}{items}]", if negated { "^" } else { "" });
            }
        }
        Ok(())
    }

    fn class_atom(&mut self) -> Result<Option<Atom>, String> {
        match self.next() {
            None => Ok(None),
            Some('\\') => match self.peek() {
                Some('b') => {
                    self.at += 1;
                    Ok(Some(Atom::Char('\u{8}')))
                }
                Some('-') => {
                    self.at += 1;
                    Ok(Some(Atom::Char('-')))
                }
                _ => self.atom().map(Some),
            },
            Some(c) => Ok(Some(Atom::Char(c))),
        }
    }
}

/// A class item.
fn push_atom(items: &mut String, atom: Atom) {
    match atom {
        Atom::Char(c) => push_char(items, c),
        Atom::Set(Set {
            items: set,
            negated: false,
        }) => items.push_str(&set),
        Atom::Set(Set {
            items: set,
            negated: true,
        }) => {
            let _ = write!(items, "[^{set}]");
        }
        Atom::Never => {}
    }
}
