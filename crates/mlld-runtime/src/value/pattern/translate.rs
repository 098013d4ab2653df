//! ECMAScript patterns in the syntax of the engines.
//!
//! The two languages look alike and differ in the small: `\d`, `\w`, `\b` are ASCII and `\s` is not quite Unicode's; `.`
//! stops at four line terminators; `[]`, `[^]`, `\cX`, `\uXXXX`, stray brackets and identity escapes; `a++` is a mistake
//! and not possessive; a back-reference to a group that took no part matches the empty text. So every character that is
//! not a letter or digit is written as an escape by number, and everything else is written out.
//!
//! Two differences stay: a group inside a repetition keeps what it matched last, where ECMAScript forgets it at the
//! beginning of each round (`/(?:(a)|b)*/` on `ab`); and a round that matched nothing ends a repetition, where
//! ECMAScript first looks for a round that matches something (`/(?:a*?)*/` on `a`).

use super::escape::Atom;
use ecow::EcoString;
use std::fmt::Write as _;

/// The deepest nesting of groups.
const NESTING: usize = 100;

/// The engine that is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// `regex`.
    Linear,
    /// `fancy-regex`.
    Backtracking,
}

/// The flags of a literal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) global: bool,
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) unicode: bool,
}

impl Flags {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut flags = Self::default();
        for flag in text.chars() {
            let field = match flag {
                'g' => &mut flags.global,
                'i' => &mut flags.ignore_case,
                'm' => &mut flags.multi_line,
                's' => &mut flags.dot_all,
                'u' => &mut flags.unicode,
                other => return Err(format!("unknown flag {other}; the flags are g i m s u")),
            };
            if std::mem::replace(field, true) {
                return Err(format!("flag {flag} is given twice"));
            }
        }
        Ok(flags)
    }
}

/// A translated pattern.
pub(super) struct Translation {
    pub(super) pattern: String,
    pub(super) groups: usize,
    pub(super) names: Vec<(EcoString, usize)>,
    /// Whether it has back-references or look-around.
    pub(super) needs_backtracking: bool,
}

pub(super) fn translate(source: &str, flags: Flags, target: Target) -> Result<Translation, String> {
    let chars: Vec<char> = source.chars().collect();
    let (groups, names) = count_groups(&chars)?;
    let mut translator = Translator {
        chars: &chars,
        at: 0,
        out: String::with_capacity(source.len() * 2),
        flags,
        target,
        groups,
        names: &names,
        open: Vec::new(),
        needs_backtracking: false,
    };
    translator.pattern()?;
    let Translator {
        out: pattern,
        needs_backtracking,
        ..
    } = translator;
    Ok(Translation {
        pattern,
        groups,
        names,
        needs_backtracking,
    })
}

/// How many capturing groups there are, and which have names.
fn count_groups(chars: &[char]) -> Result<(usize, Vec<(EcoString, usize)>), String> {
    let (mut count, mut names, mut in_class, mut at) =
        (0, Vec::<(EcoString, usize)>::new(), false, 0);
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            '\\' => at += 1,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => {
                let rest = chars.get(at..).unwrap_or_default();
                match rest {
                    ['?', '<', '=' | '!', ..] => {}
                    ['?', '<', tail @ ..] => {
                        count += 1;
                        let name: EcoString =
                            tail.iter().take_while(|c| **c != '>').copied().collect();
                        if names.iter().any(|(known, _)| *known == name) {
                            return Err(format!("the group name {name} is used twice"));
                        }
                        names.push((name, count));
                    }
                    ['?', ..] => {}
                    _ => count += 1,
                }
            }
            _ => {}
        }
    }
    Ok((count, names))
}

const NOT_LINE_END: &str = r"[^\n\r\x{2028}\x{2029}]";
/// Matches nothing. (A look-ahead would do for one engine only.)
pub(super) const NEVER: &str = r"[^\s\S]";

pub(super) struct Translator<'a> {
    pub(super) chars: &'a [char],
    pub(super) at: usize,
    pub(super) out: String,
    pub(super) flags: Flags,
    target: Target,
    groups: usize,
    names: &'a [(EcoString, usize)],
    /// For each open group, whether a quantifier may follow it.
    open: Vec<bool>,
    needs_backtracking: bool,
}

impl Translator<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let fits = rest.len() >= text.chars().count()
            && rest.iter().zip(text.chars()).all(|(a, b)| *a == b);
        if fits {
            self.at += text.chars().count();
        }
        fits
    }

    fn pattern(&mut self) -> Result<(), String> {
        // Whether a quantifier may stand here.
        let mut repeatable = false;
        while let Some(c) = self.next() {
            repeatable = match c {
                '^' => {
                    self.line_start();
                    false
                }
                '$' => {
                    self.line_end();
                    false
                }
                '|' => {
                    self.out.push('|');
                    false
                }
                '(' => {
                    self.group()?;
                    false
                }
                ')' => {
                    self.out.push(')');
                    self.open.pop().ok_or("a ) without a (")?
                }
                '.' => {
                    self.out.push_str(if self.flags.dot_all {
                        "(?s:.)"
                    } else {
                        NOT_LINE_END
                    });
                    true
                }
                '[' => {
                    self.class()?;
                    true
                }
                '\\' => self.escape()?,
                '*' | '+' | '?' => {
                    self.quantifier(repeatable, &c.to_string())?;
                    false
                }
                '{' => match self.braces()? {
                    Some(bounds) => {
                        self.quantifier(repeatable, &bounds)?;
                        false
                    }
                    None => self.stray(c)?,
                },
                '}' | ']' => self.stray(c)?,
                c => {
                    push_char(&mut self.out, c);
                    true
                }
            };
        }
        if self.open.is_empty() {
            Ok(())
        } else {
            Err("a ( without a )".to_owned())
        }
    }

    /// A bracket that means itself, as browsers read it.
    fn stray(&mut self, c: char) -> Result<bool, String> {
        if self.flags.unicode {
            return Err(format!("a {c} on its own has to be escaped"));
        }
        push_char(&mut self.out, c);
        Ok(true)
    }

    fn line_start(&mut self) {
        self.out
            .push_str(match (self.flags.multi_line, self.target) {
                (false, _) => r"\A",
                (true, Target::Linear) => "(?mR:^)",
                (true, Target::Backtracking) => r"(?:\A|(?<=[\n\r\x{2028}\x{2029}]))",
            });
    }

    fn line_end(&mut self) {
        self.out
            .push_str(match (self.flags.multi_line, self.target) {
                (false, _) => r"\z",
                (true, Target::Linear) => "(?mR:$)",
                (true, Target::Backtracking) => r"(?=\z|[\n\r\x{2028}\x{2029}])",
            });
    }

    fn group(&mut self) -> Result<(), String> {
        if self.open.len() >= NESTING {
            return Err(format!("groups are nested deeper than {NESTING} levels"));
        }
        let look = ["?=", "?!", "?<=", "?<!"]
            .into_iter()
            .find(|mark| self.eat(mark));
        if let Some(mark) = look {
            self.needs_backtracking = true;
            self.out.push('(');
            self.out.push_str(mark);
        } else if self.eat("?:") {
            self.out.push_str("(?:");
        } else if self.eat("?<") {
            let mut name = EcoString::new();
            loop {
                match self.next() {
                    Some('>') if !name.is_empty() => break,
                    Some(c) if c == '_' || c == '$' || c.is_alphanumeric() => name.push(c),
                    _ => return Err("invalid name of a group".to_owned()),
                }
            }
            self.out.push('(');
        } else if self.peek() == Some('?') {
            return Err("invalid group".to_owned());
        } else {
            self.out.push('(');
        }
        self.open.push(look.is_none());
        Ok(())
    }

    fn quantifier(&mut self, repeatable: bool, quantifier: &str) -> Result<(), String> {
        if !repeatable {
            return Err("nothing to repeat".to_owned());
        }
        self.out.push_str(quantifier);
        if self.eat("?") {
            self.out.push('?');
        }
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}` behind the opening brace, or nothing if it is none of these.
    fn braces(&mut self) -> Result<Option<String>, String> {
        let start = self.at;
        let lower = self.digits();
        let upper = if self.eat(",") {
            Some(self.digits())
        } else {
            None
        };
        if lower.is_empty() || !self.eat("}") {
            self.at = start;
            return Ok(None);
        }
        let number = |digits: &str| {
            digits
                .parse::<u32>()
                .map_err(|_| "a repetition is too large".to_owned())
        };
        let low = number(&lower)?;
        Ok(Some(match upper.as_deref() {
            None => format!("{{{low}}}"),
            Some("") => format!("{{{low},}}"),
            Some(high) => {
                let high = number(high)?;
                if high < low {
                    return Err("the numbers of a repetition are out of order".to_owned());
                }
                format!("{{{low},{high}}}")
            }
        }))
    }

    fn digits(&mut self) -> String {
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            digits.push(c);
            self.at += 1;
        }
        digits
    }

    /// An escape outside of a class; says whether a quantifier may follow.
    fn escape(&mut self) -> Result<bool, String> {
        match self.peek() {
            None => return Err("\\ at the end".to_owned()),
            Some('b') => {
                self.at += 1;
                self.boundary(true);
                return Ok(false);
            }
            Some('B') => {
                self.at += 1;
                self.boundary(false);
                return Ok(false);
            }
            Some('k') if !self.names.is_empty() || self.flags.unicode => {
                self.at += 1;
                let rest = self.chars.get(self.at..).unwrap_or_default();
                let name: EcoString = match rest {
                    ['<', tail @ ..] => tail.iter().take_while(|c| **c != '>').copied().collect(),
                    _ => return Err("\\k without a name".to_owned()),
                };
                let group = self
                    .names
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, number)| *number);
                let group = group.ok_or_else(|| format!("there is no group named {name}"))?;
                self.at += name.chars().count() + 2;
                if self.at > self.chars.len() {
                    return Err("\\k without a name".to_owned());
                }
                self.back_reference(group);
                return Ok(true);
            }
            Some('1'..='9') => {
                let start = self.at;
                let number = self.digits().parse::<usize>().unwrap_or(usize::MAX);
                if number <= self.groups {
                    self.back_reference(number);
                    return Ok(true);
                }
                if self.flags.unicode {
                    return Err(format!("there is no group {number}"));
                }
                self.at = start;
            }
            Some(_) => {}
        }
        match self.atom()? {
            Atom::Char(c) => push_char(&mut self.out, c),
            Atom::Never => self.out.push_str(NEVER),
            Atom::Set(set) => {
                // Ignoring case must not let \w match what only folds to a letter.
                let open = if self.flags.ignore_case {
                    "(?-i:["
                } else {
                    "["
                };
                let close = if self.flags.ignore_case { "])" } else { "]" };
                let not = if set.negated { "^" } else { "" };
                let _ = write!(self.out, "{open}{not}{}{close}", set.items);
            }
        }
        Ok(true)
    }

    fn boundary(&mut self, is: bool) {
        self.out.push_str(match (is, self.target) {
            (true, Target::Linear) => r"(?-u:\b)",
            (false, Target::Linear) => r"(?-u:\B)",
            (true, Target::Backtracking) => {
                "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))"
            }
            (false, Target::Backtracking) => {
                "(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))"
            }
        });
    }

    fn back_reference(&mut self, group: usize) {
        self.needs_backtracking = true;
        let _ = write!(self.out, "(?({group})\\{group}|)");
    }
}

/// A character that means itself: by number, unless it is a letter or digit.
pub(super) fn push_char(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || !c.is_ascii() && c.is_alphanumeric() {
        out.push(c);
    } else {
        let _ = write!(out, "\\x{{{:X}}}", u32::from(c));
    }
}
