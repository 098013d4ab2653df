//! Command lines: a value never becomes syntax (spec 02 §9.2).
//!
//! Every value goes into the line in single quotes, which no shell looks into. A small lexer follows the
//! author's text beside it and checks that each value stands where the parser said it stands: outside of
//! quotes or inside `"…"`, never in a comment, behind a `$` or behind a backslash. If the two do not agree,
//! the command is not run.

use crate::failure::Problem;
use crate::value::{Value, render};
use ecow::{EcoString, eco_format};
use mlld_syntax::ast::ShellContext;
use std::ops::Range;

/// Bytes that a command line may have (spec 02 §9.5).
const MAX_COMMAND: usize = 128 * 1024;

/// A piece of a command line.
pub(crate) enum Piece {
    /// The author's shell text.
    Text(EcoString),
    /// A value.
    Value {
        /// The data.
        value: Value,
        /// Where it stands.
        context: ShellContext,
        /// Whether it is a word of its own.
        whole_word: bool,
        /// Whether reports must not show it.
        hidden: bool,
        /// The reference as it is written: `@name`.
        written: EcoString,
    },
}

/// A command line that is ready to run.
#[derive(Debug)]
pub(crate) struct Built {
    /// The text for the shell.
    pub(crate) text: EcoString,
    /// The text for reports: hidden values as `@name`.
    pub(crate) shown: EcoString,
    /// Ranges of `text` that reports must not show.
    pub(crate) hidden: Vec<Range<usize>>,
}

/// Puts the pieces together.
///
/// # Errors
/// When a value stands where it cannot be quoted, holds a NUL character, or the line gets too long.
pub(crate) fn build(pieces: &[Piece]) -> Result<Built, Problem> {
    let mut out = Built {
        text: EcoString::new(),
        shown: EcoString::new(),
        hidden: Vec::new(),
    };
    let mut lexer = Lexer::default();
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                lexer.feed(text);
                out.text.push_str(text);
                out.shown.push_str(text);
            }
            Piece::Value {
                value,
                context,
                whole_word,
                hidden,
                written,
            } => {
                lexer.check(*context, written)?;
                // A shell does not split what is assigned: to it, a second word would be a command.
                let quoted = if *context == ShellContext::Bare && lexer.assigns() {
                    quote(&plain(value))
                } else {
                    quoted(value, *context, *whole_word)
                };
                if quoted.contains('\0') {
                    let name = first_word(&out.text);
                    let message = eco_format!("NUL character in argument of '{name}'");
                    return Err(Problem::new("R0703", "MlldCommand", message));
                }
                let start = out.text.len();
                out.text.push_str(&quoted);
                if *hidden {
                    out.hidden.push(start..out.text.len());
                    out.shown.push_str(written);
                } else {
                    out.shown.push_str(&plain(value));
                }
                lexer.value();
            }
        }
        if out.text.len() > MAX_COMMAND {
            return Err(too_large(out.text.len()));
        }
    }
    if out.text.contains('\0') {
        let message = eco_format!("NUL character in argument of '{}'", first_word(&out.text));
        return Err(Problem::new("R0703", "MlldCommand", message));
    }
    Ok(out)
}

/// The first word of a command line, for its source and for messages.
pub(crate) fn first_word(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or_default()
}

/// More than the operating system may accept (spec 02 §9.5).
pub(crate) fn too_large(bytes: usize) -> Problem {
    Problem::new(
        "R0704",
        "MlldCommand",
        eco_format!("Command payload too large for /run execution (may exceed OS args+env limits). It has {bytes} bytes."),
    )
    .hint("Hand large values to a shell block as parameters, or to the command on standard input.")
}

/// The text form of a value in a command (spec 02 §9.2).
fn plain(value: &Value) -> EcoString {
    render::command(value)
}

/// The value as the shell gets it.
fn quoted(value: &Value, context: ShellContext, whole_word: bool) -> EcoString {
    if context == ShellContext::DoubleQuoted {
        // The double quotes are left for the value and taken up again behind it.
        return eco_format!("\"{}\"", quote(&plain(value)));
    }
    match value.data() {
        Value::Array(items) if whole_word => {
            let words: Vec<EcoString> = items.iter().map(|i| quote(&render::template(i))).collect();
            words.join(" ").into()
        }
        Value::Object(_) => quote(&plain(value)),
        _ => split(&plain(value)),
    }
}

/// Splits at blanks, tabs and line breaks; each piece literal. Blanks at the ends separate from what stands
/// beside the value.
fn split(text: &str) -> EcoString {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let mut out = EcoString::new();
    if text.starts_with(is_blank) {
        out.push(' ');
    }
    for (i, word) in text.split(is_blank).filter(|w| !w.is_empty()).enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(&quote(word));
    }
    if text.ends_with(is_blank) {
        out.push(' ');
    }
    out
}

/// One word that every POSIX shell reads as exactly `text`.
pub(crate) fn quote(text: &str) -> EcoString {
    eco_format!("'{}'", text.replace('\'', "'\\''"))
}

/// Follows the quoting of the author's text.
#[derive(Default)]
struct Lexer {
    /// What is open around the position, innermost last.
    open: Vec<Open>,
    /// The last character was a backslash that quotes the next one.
    escaped: bool,
    /// The last character was an unquoted `$`.
    dollar: bool,
    /// In a comment.
    comment: bool,
    /// A word has begun, so that `#` is no comment.
    in_word: bool,
    /// What the word consists of so far, outside of quotes.
    word: String,
}

/// Something that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Single,
    Double,
    /// `$(`, `(`.
    Paren,
    /// `` ` ``, `${`, `$((`: nothing may be interpolated.
    Sealed(char),
}

impl Lexer {
    fn feed(&mut self, text: &str) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                ' ' | '\t' | '\n' | '\r' | '|' | '&' | ';' | '(' | ')' => self.word.clear(),
                _ => self.word.push(c),
            }
            let dollar = std::mem::take(&mut self.dollar);
            if self.escaped {
                self.escaped = false;
                self.in_word = true;
                continue;
            }
            if self.comment {
                self.comment = c != '\n';
                continue;
            }
            match self.open.last() {
                Some(Open::Single) => {
                    if c == '\'' {
                        self.open.pop();
                    }
                    continue;
                }
                Some(Open::Sealed(end)) if c == *end => {
                    self.open.pop();
                    self.in_word = true;
                    continue;
                }
                Some(Open::Double) if c == '"' => {
                    self.open.pop();
                    continue;
                }
                _ => {}
            }
            let double = self.open.last() == Some(&Open::Double);
            match c {
                '\\' => self.escaped = true,
                '\'' if !double => self.open.push(Open::Single),
                '"' => self.open.push(Open::Double),
                '`' => self.open.push(Open::Sealed('`')),
                '$' => self.dollar = true,
                '{' if dollar => self.open.push(Open::Sealed('}')),
                '(' if dollar && chars.peek() == Some(&'(') => self.open.push(Open::Sealed(')')),
                '(' if dollar || !double => {
                    self.open.push(Open::Paren);
                    self.in_word = false;
                    continue;
                }
                ')' if self.open.last() == Some(&Open::Paren) => {
                    self.open.pop();
                    self.in_word = true;
                    continue;
                }
                '#' if !double && !self.in_word => {
                    self.comment = true;
                    continue;
                }
                _ => {}
            }
            if !double {
                self.in_word = !matches!(c, ' ' | '\t' | '\n' | '\r' | '|' | '&' | ';');
            }
        }
    }

    /// A value has been put here.
    fn value(&mut self) {
        self.in_word = true;
        self.word.push('@');
    }

    /// Whether the word at the position begins with `NAME=`. In an argument that is none, but one word is never
    /// more than the author wrote: `env NAME=@value` would start what the value says.
    fn assigns(&self) -> bool {
        let name = self
            .word
            .split_once('=')
            .map_or("", |(name, _)| name.trim_end_matches('+'));
        let mut bytes = name.bytes();
        bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
    }

    /// Whether a value can stand here, and stands where the parser said.
    fn check(&self, context: ShellContext, written: &str) -> Result<(), Problem> {
        let sealed = self.open.iter().any(|o| matches!(o, Open::Sealed(_)));
        let here = match self.open.last() {
            _ if sealed => None,
            None | Some(Open::Paren) => Some(ShellContext::Bare),
            Some(Open::Double) => Some(ShellContext::DoubleQuoted),
            Some(Open::Single | Open::Sealed(_)) => None,
        };
        if here == Some(context) && !self.comment && !self.escaped && !self.dollar {
            return Ok(());
        }
        Err(Problem::new(
            "R0702",
            "MlldCommand",
            eco_format!("'{written}' cannot be interpolated at this place of a command."),
        )
        .hint("Put it into an argument of its own, or use sh { … } with parameters."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Piece {
        Piece::Text(s.into())
    }

    fn bare(s: &str) -> Piece {
        value(Value::Text(s.into()), ShellContext::Bare)
    }

    fn double(s: &str) -> Piece {
        value(Value::Text(s.into()), ShellContext::DoubleQuoted)
    }

    fn value(value: Value, context: ShellContext) -> Piece {
        Piece::Value {
            value,
            context,
            whole_word: true,
            hidden: false,
            written: "@x".into(),
        }
    }

    fn built(pieces: &[Piece]) -> String {
        build(pieces).map_or_else(|p| format!("error: {}", p.message), |b| b.text.to_string())
    }

    #[test]
    fn bare_text_is_split_and_quoted() {
        assert_eq!(
            built(&[text("echo "), bare("a b"), text(" c")]),
            "echo 'a' 'b' c"
        );
        assert_eq!(
            built(&[text("echo "), bare("; rm -rf $HOME | `x` > f")]),
            "echo ';' 'rm' '-rf' '$HOME' '|' '`x`' '>' 'f'"
        );
        assert_eq!(built(&[text("echo "), bare("it's")]), "echo 'it'\\''s'");
        assert_eq!(built(&[text("echo "), bare("")]), "echo ");
        assert_eq!(
            built(&[text("pre"), bare(" x "), text("post")]),
            "pre 'x' post"
        );
    }

    #[test]
    fn quoted_text_stays_one_word() {
        assert_eq!(
            built(&[text("echo \""), double("a\nb \" $x `id` \\"), text("\"")]),
            "echo \"\"'a\nb \" $x `id` \\'\"\""
        );
    }

    #[test]
    fn arrays_and_objects() {
        let list = Value::Array(std::sync::Arc::new(vec![
            Value::Text("a b".into()),
            Value::Number(2.0),
        ]));
        assert_eq!(
            built(&[text("ls "), value(list.clone(), ShellContext::Bare)]),
            "ls 'a b' '2'"
        );
        assert_eq!(
            built(&[
                text("ls \""),
                value(list, ShellContext::DoubleQuoted),
                text("\"")
            ]),
            "ls \"\"'a b 2'\"\""
        );
    }

    #[test]
    fn what_is_assigned_stays_one_word() {
        let attack = "a touch PWN";
        assert_eq!(
            built(&[text("FOO="), bare(attack), text(" env")]),
            "FOO='a touch PWN' env"
        );
        assert_eq!(
            built(&[text("env FOO=x"), bare(attack)]),
            "env FOO=x'a touch PWN'"
        );
        assert_eq!(
            built(&[text("A=1\nB+="), bare(attack)]),
            "A=1\nB+='a touch PWN'"
        );
        assert_eq!(built(&[text("x --o="), bare("a b")]), "x --o='a' 'b'");
        let list = Value::Array(std::sync::Arc::new(vec![
            Value::Text("a".into()),
            Value::Text("b".into()),
        ]));
        assert_eq!(
            built(&[text("F="), value(list, ShellContext::Bare)]),
            "F='a b'"
        );
    }

    #[test]
    fn refused_places() {
        for pieces in [
            [text("echo hi # "), bare("x\nrm")],
            [text("echo `cat "), bare("x")],
            [text("echo ${"), bare("x")],
            [text("echo $(( "), bare("x")],
            [text("echo $"), bare("x")],
            [text("echo '"), bare("x")],
            [text("echo \\"), bare("x")],
            [text("echo \"# "), bare("x")],
        ] {
            assert!(built(&pieces).starts_with("error: "), "{}", built(&pieces));
        }
        assert_eq!(built(&[text("echo a#"), bare("x")]), "echo a#'x'");
        assert_eq!(
            built(&[text("echo \"$(grep "), bare("x"), text(" f)\"")]),
            "echo \"$(grep 'x' f)\""
        );
        assert!(
            built(&[text("echo "), bare("a\0b")]).contains("NUL character in argument of 'echo'")
        );
    }

    #[test]
    fn hidden_values_are_not_shown() {
        let secret = Piece::Value {
            value: Value::Text("s3cret".into()),
            context: ShellContext::Bare,
            whole_word: true,
            hidden: true,
            written: "@key".into(),
        };
        let built = build(&[text("curl "), secret])
            .map_err(|p| p.message)
            .expect("built");
        assert_eq!(built.shown, "curl @key");
        assert_eq!(built.hidden, vec![5..13]);
    }
}
