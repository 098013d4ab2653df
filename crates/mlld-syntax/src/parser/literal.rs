//! Array and object literals (spec 01 §5).

use super::cursor::is_name_start;
use super::{PResult, Parser, Place, codes, stmt};
use crate::ast::{ArrayItem, Entry, Expr, ExprKind, Name, Pair, Quote};
use ecow::{EcoString, eco_format};

impl Parser<'_> {
    /// `[ … ]` as an array.
    pub(super) fn array(&mut self) -> PResult<Expr> {
        let start = self.pos;
        self.nested(|p| {
            p.pos += 1;
            p.array_rest(start, Vec::new())
        })
    }

    /// The items of an array from here to its `]`, behind `items`.
    pub(super) fn array_rest(&mut self, start: usize, items: Vec<ArrayItem>) -> PResult<Expr> {
        let mut items = items;
        loop {
            self.literal_gap("array")?;
            match self.peek() {
                Some(b']') => {
                    self.pos += 1;
                    return Ok(self.expr_from(start, ExprKind::Array(items)));
                }
                None => return self.fail_unclosed_array(),
                _ => {}
            }
            items.push(self.array_item()?);
            self.array_comma()?;
        }
    }

    /// The comma behind an item, or the `]` that is not eaten.
    pub(super) fn array_comma(&mut self) -> PResult<()> {
        self.literal_gap("array")?;
        match self.peek() {
            Some(b',') => {
                self.pos += 1;
                Ok(())
            }
            Some(b']') => Ok(()),
            _ => self.fail_unclosed_array(),
        }
    }

    fn fail_unclosed_array<T>(&mut self) -> PResult<T> {
        let message = eco_format!(
            "Unclosed array in {} directive. Expected ']' to close the array.",
            self.subject
        );
        self.fail(codes::UNCLOSED_ARRAY, message)
    }

    pub(super) fn array_item(&mut self) -> PResult<ArrayItem> {
        match self.peek() {
            Some(b'.') if self.at("..") => {
                return self.fail_hint(
                    codes::BAD_SPREAD,
                    "Spread (...@o) works in object literals only.",
                    "Join arrays with .concat(): @list.concat(@more)",
                );
            }
            Some(b'[') if self.block_ahead(false) => {
                return self.fail(
                    codes::BLOCK_IN_ARRAY,
                    "Block expressions are not allowed inside array literals.",
                );
            }
            Some(b',') => return self.fail_syntax("An item is missing before the comma."),
            Some(b) if is_name_start(b) && stmt::is_only_statement(self.word_from(self.pos)) => {
                // A directive on a line of its own says that the array was meant to end before it.
                if matches!(self.before(), Some(b'\n' | b'\r')) {
                    return self.fail_unclosed_array();
                }
                return self.fail_syntax("A block that gives a value begins with let or =>.");
            }
            _ => {}
        }
        let value = self.value(Place::default())?;
        Ok(item_of(value))
    }

    /// White space between the parts of a literal; a comment is refused (spec 01 §3).
    pub(super) fn literal_gap(&mut self, kind: &str) -> PResult<()> {
        self.skip_ws();
        if self.at_comment() {
            let message = eco_format!(
                "Comments (>>) are not allowed inside {kind} literals. Place comments before the {kind} or on a \
                 separate line."
            );
            return self.fail(codes::COMMENT_IN_LITERAL, message);
        }
        Ok(())
    }

    /// `{ … }` as an object.
    pub(super) fn object(&mut self) -> PResult<Expr> {
        let start = self.pos;
        let entries = self.object_entries()?;
        Ok(self.expr_from(start, ExprKind::Object(entries)))
    }

    /// `{ … }`: the entries of an object.
    pub(super) fn object_entries(&mut self) -> PResult<Vec<Entry>> {
        self.nested(|p| {
            let mut entries = Vec::new();
            p.pos += 1;
            while p.object_goes_on()? {
                let entry = p.object_entry()?;
                entries.push(entry);
                p.object_comma()?;
            }
            Ok(entries)
        })
    }

    /// Whether another entry follows; else the `}` is eaten.
    pub(super) fn object_goes_on(&mut self) -> PResult<bool> {
        self.literal_gap("object")?;
        if self.at_end() {
            return self.fail_unclosed_object();
        }
        Ok(!self.eat("}"))
    }

    /// The comma behind an entry, or the `}` that is not eaten.
    pub(super) fn object_comma(&mut self) -> PResult<()> {
        self.literal_gap("object")?;
        match self.peek() {
            Some(b',') => {
                self.pos += 1;
                Ok(())
            }
            Some(b'}') => Ok(()),
            _ => self.fail_unclosed_object(),
        }
    }

    pub(super) fn fail_unclosed_object<T>(&mut self) -> PResult<T> {
        let message = eco_format!(
            "Unclosed object in {} directive. Expected '}}' to close the object.",
            self.subject
        );
        self.fail(codes::UNCLOSED_OBJECT, message)
    }

    fn object_entry(&mut self) -> PResult<Entry> {
        if self.at("..") {
            return self.spread().map(Entry::Spread);
        }
        let (key, conditional) = self.entry_key()?;
        let value = self.value(Place::default())?;
        Ok(Entry::Pair(Pair {
            key,
            conditional,
            value,
        }))
    }

    fn spread(&mut self) -> PResult<crate::ast::Path> {
        if self.at("...") && self.peek_at(3) == Some(b'@') {
            self.pos += 3;
            return self.path(Place::default());
        }
        let dots = self
            .text(self.pos, self.end)
            .bytes()
            .take_while(|b| *b == b'.')
            .count();
        let name = self.pos + dots + 1;
        let name = self.text(name, name + self.name_len(name));
        let name = if name.is_empty() { "object" } else { name };
        let message = eco_format!("Invalid spread in object literal. Write ...@{name}");
        self.fail_hint(
            codes::BAD_SPREAD,
            message,
            "A spread is three dots and a variable.",
        )
    }

    /// `key:` or `key?:`, and the way to the value.
    pub(super) fn entry_key(&mut self) -> PResult<(Name, bool)> {
        let start = self.pos;
        let key = self.key()?;
        let conditional = self.eat("?");
        self.literal_gap("object")?;
        if !self.eat(":") || self.peek() == Some(b':') && self.peek_at(1) != Some(b':') {
            let hint = eco_format!(
                "Write {}: value",
                self.text(start, start + key.text.len().min(40))
            );
            return self.fail_hint(
                codes::SYNTAX,
                eco_format!("Missing ':' behind the key '{}'.", key.text),
                hint,
            );
        }
        self.literal_gap("object")?;
        if matches!(self.peek(), None | Some(b',' | b'}')) {
            if self.at_end() {
                return self.fail_unclosed_object();
            }
            return self.fail_syntax(eco_format!(
                "The value of the key '{}' is missing.",
                key.text
            ));
        }
        Ok((key, conditional))
    }

    /// A key: a name, or a quoted text in which nothing is interpolated.
    pub(super) fn key(&mut self) -> PResult<Name> {
        let start = self.pos;
        let text: EcoString = match self.peek() {
            Some(b'"') => self.plain_quoted(Quote::Double)?,
            Some(b'\'') => self.plain_quoted(Quote::Single)?,
            Some(b) if is_name_start(b) => match self.name() {
                Some(name) => name.text,
                None => return self.fail_syntax(""),
            },
            Some(b'0'..=b'9') => {
                return self.fail_syntax("A key that begins with a digit needs quotes.");
            }
            Some(b'@') => return self.fail_syntax("A key is a name or a text, not a variable."),
            _ => return self.fail_syntax("A key is a name or a quoted text."),
        };
        Ok(Name {
            text,
            span: self.span_from(start),
        })
    }

    /// Whether the `{` at the position begins an object: a key and a colon, a spread, or nothing at all.
    pub(super) fn object_ahead(&self) -> bool {
        let blanks = |mut at: usize| {
            while self.byte(at).is_some_and(super::cursor::is_blank) {
                at += 1;
            }
            at
        };
        let at = blanks(self.pos + 1);
        let end = match self.byte(at) {
            None | Some(b'}') => return true,
            Some(b'.') => return self.text_at(at, ".."),
            Some(quote @ (b'"' | b'\'')) => {
                let mut end = at + 1;
                loop {
                    match self.byte(end) {
                        None | Some(b'\n') => return false,
                        Some(b'\\') => end += 2,
                        Some(b) if b == quote => break end + 1,
                        Some(_) => end += 1,
                    }
                }
            }
            Some(b'>' | b'<') => return self.comment_at(at),
            _ => at + self.name_len(at),
        };
        let end = if self.byte(end) == Some(b'?') {
            end + 1
        } else {
            end
        };
        end > at && self.byte(blanks(end)) == Some(b':')
    }
}

/// An item: `@x?` alone is left out when falsy.
pub(super) fn item_of(mut value: Expr) -> ArrayItem {
    let mut conditional = false;
    if let ExprKind::Path(path) = &mut value.kind {
        conditional = std::mem::replace(&mut path.optional, false);
    }
    ArrayItem { value, conditional }
}
