//! Literals in which bare words are texts: policies, `needs`, `profiles` (spec 06 §1, §18; 01 §16.6).

use super::cursor::is_name_start;
use super::{PResult, Parser, codes};
use crate::ast::{DataEntry, DataItem, DataKind, DataObject, DataValue, ExprKind, Name, Quote};
use ecow::{EcoString, eco_format};

impl Parser<'_> {
    /// `{ key: value, word, … }`.
    pub(super) fn data_object(&mut self) -> PResult<DataObject> {
        self.nested(|p| {
            let start = p.pos;
            let mut entries = Vec::new();
            p.pos += 1;
            while p.object_goes_on()? {
                entries.push(p.data_entry()?);
                p.object_comma()?;
            }
            Ok(DataObject {
                entries,
                span: p.span_from(start),
            })
        })
    }

    /// `key: value`, or `key` alone.
    fn data_entry(&mut self) -> PResult<DataEntry> {
        if self.peek() == Some(b'.') {
            return self.fail_syntax("A spread cannot stand here: name each key.");
        }
        let key = self.data_key()?;
        self.literal_gap("object")?;
        if !self.eat(":") {
            return Ok(DataEntry { key, value: None });
        }
        self.literal_gap("object")?;
        Ok(DataEntry {
            key,
            value: Some(self.data_value()?),
        })
    }

    fn data_key(&mut self) -> PResult<Name> {
        if self.peek() == Some(b'*') {
            let start = self.pos;
            self.pos += 1;
            return Ok(self.name_from(start));
        }
        self.key()
    }

    fn data_value(&mut self) -> PResult<DataValue> {
        let start = self.pos;
        let kind = match self.peek() {
            Some(b'{') => DataKind::Object(self.data_object()?),
            Some(b'[') => DataKind::List(self.data_list()?),
            Some(b'@') => DataKind::Path(Box::new(self.access_path()?)),
            Some(b'*') => {
                self.pos += 1;
                DataKind::Text("*".into())
            }
            Some(b'0'..=b'9' | b'-') => match self.data_number()? {
                ExprKind::Number(n) => DataKind::Number(n),
                _ => return self.fail_syntax(""),
            },
            Some(b'"' | b'\'' | b'`') => self.data_text()?,
            Some(b) if is_name_start(b) => return self.data_word(),
            None => return self.fail_unclosed_object(),
            _ => {
                return self
                    .fail_syntax("A value is a text, a word, a number, a list or an object.");
            }
        };
        Ok(DataValue {
            kind,
            span: self.span_from(start),
        })
    }

    fn data_number(&mut self) -> PResult<ExprKind> {
        if self.peek() == Some(b'-') && !self.peek_at(1).is_some_and(|b| b.is_ascii_digit()) {
            return self.fail_syntax("");
        }
        Ok(self.number()?.kind)
    }

    fn data_text(&mut self) -> PResult<DataKind> {
        let quote = match self.peek() {
            Some(b'"') => Quote::Double,
            Some(b'`') => Quote::Backtick,
            _ => Quote::Single,
        };
        Ok(match self.quoted(quote)?.kind {
            ExprKind::Text(text, _) => DataKind::Text(text),
            ExprKind::Template(template) => DataKind::Template(template),
            _ => DataKind::Null,
        })
    }

    /// A bare word, or `template "f.att"`.
    fn data_word(&mut self) -> PResult<DataValue> {
        let start = self.pos;
        let Some(name) = self.name() else {
            return self.fail_syntax("");
        };
        let kind = match name.text.as_str() {
            "true" => DataKind::Bool(true),
            "false" => DataKind::Bool(false),
            "null" => DataKind::Null,
            "template" if matches!(self.byte(self.hws_end(self.pos)), Some(b'"' | b'\'')) => {
                self.skip_hws();
                let quote = if self.peek() == Some(b'"') {
                    Quote::Double
                } else {
                    Quote::Single
                };
                DataKind::TemplateFile(self.plain_quoted(quote)?)
            }
            _ => DataKind::Text(name.text),
        };
        Ok(DataValue {
            kind,
            span: self.span_from(start),
        })
    }

    fn data_list(&mut self) -> PResult<Vec<DataItem>> {
        self.nested(|p| {
            let mut items = Vec::new();
            p.pos += 1;
            loop {
                p.literal_gap("array")?;
                if p.eat("]") {
                    return Ok(items);
                }
                items.push(p.data_item()?);
                p.array_comma()?;
            }
        })
    }

    /// A value, or `key: value` inside a list.
    fn data_item(&mut self) -> PResult<DataItem> {
        let start = self.pos;
        let value = self.data_value()?;
        let key: Option<EcoString> = match &value.kind {
            DataKind::Text(text) => Some(text.clone()),
            DataKind::Bool(_) | DataKind::Null => Some(value.span.slice(self.src).into()),
            _ => None,
        };
        self.literal_gap("array")?;
        if self.peek() != Some(b':') {
            return Ok(DataItem::Value(value));
        }
        let Some(text) = key else {
            return self.fail_syntax("");
        };
        let key = Name {
            text,
            span: crate::span::Span {
                start: value.span.start,
                ..value.span
            },
        };
        self.pos += 1;
        self.literal_gap("array")?;
        let _ = start;
        Ok(DataItem::Pair(DataEntry {
            key,
            value: Some(self.data_value()?),
        }))
    }

    /// `[a, "b:c"]` of labels (spec 07 §1).
    pub(super) fn label_items(&mut self) -> PResult<Vec<Name>> {
        let mut labels = Vec::new();
        if !self.eat("[") {
            return self.fail(codes::GUARD_SYNTAX, "Labels stand in a list: [a, \"b:c\"].");
        }
        loop {
            self.literal_gap("array")?;
            if self.eat("]") {
                return Ok(labels);
            }
            let start = self.pos;
            let label = match self.peek() {
                Some(b'"') => self.quoted_label(Quote::Double, start)?,
                Some(b'\'') => self.quoted_label(Quote::Single, start)?,
                _ => self.label()?,
            };
            labels.push(label);
            self.array_comma()?;
        }
    }

    fn quoted_label(&mut self, quote: Quote, start: usize) -> PResult<Name> {
        let text = self.plain_quoted(quote)?;
        let bad = |c: char| c.is_whitespace() || matches!(c, ',' | '"' | '\'');
        if text.is_empty() || text.contains(bad) {
            return self.fail(codes::BAD_LABEL, eco_format!("'{text}' is no label."));
        }
        Ok(Name {
            text,
            span: self.span_from(start),
        })
    }
}
