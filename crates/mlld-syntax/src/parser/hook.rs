//! `hook` and `checkpoint` (spec 03 §17, §18.5).

use super::{PResult, Parser, Place, codes};
use crate::ast::{Checkpoint, Expr, ExprKind, Hook, Pair, Quote, StmtKind};
use ecow::eco_format;

impl Parser<'_> {
    /// `hook …`, behind the word.
    pub(super) fn hook(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let name = self.at_name();
        self.skip_hws();
        let Some(timing) = self.timing(false) else {
            return self.fail_syntax("A hook acts before or after an operation.");
        };
        self.skip_hws();
        let filter = self.watch_filter(true)?;
        let at = self.ahead().at;
        if self.byte(at) != Some(b'=') {
            return self.fail_syntax("");
        }
        self.pos = at + 1;
        self.pos = self.ahead().at;
        let start = self.pos;
        let body = if self.peek() == Some(b'[') {
            let block = self.block("hook", false)?;
            self.expr_from(start, ExprKind::Block(Box::new(block)))
        } else if self.at_word("when") {
            self.primary(Place::default())?
        } else {
            return self.fail_syntax("The body of a hook is [ … ] or when [ … ].");
        };
        Ok(StmtKind::Hook(Box::new(Hook {
            name,
            timing,
            filter,
            body,
        })))
    }

    /// `checkpoint …`, behind the word.
    pub(super) fn checkpoint(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let name = match self.peek() {
            Some(b'"' | b'\'' | b'`') => self.primary(Place {
                no_with: true,
                ..Place::default()
            })?,
            Some(b':') if self.at("::") => self.primary(Place {
                no_with: true,
                ..Place::default()
            })?,
            _ => return self.fail_syntax("The name is a text or a template."),
        };
        let next = self.ahead().at;
        let mut with = Vec::new();
        if self.with_at(next) {
            self.pos = self.hws_end(next + 4) + 1;
            while self.object_goes_on()? {
                with.push(self.checkpoint_option()?);
                self.object_comma()?;
            }
        }
        Ok(StmtKind::Checkpoint(Box::new(Checkpoint { name, with })))
    }

    fn checkpoint_option(&mut self) -> PResult<Pair> {
        let (key, conditional) = self.entry_key()?;
        let value = match key.text.as_str() {
            "resume" | "ttl" => self.word_option()?,
            "complete" => self.value(Place::default())?,
            other => {
                let message = eco_format!("Unknown option '{other}' of checkpoint.");
                return self.fail_hint(
                    codes::HOOK_SYNTAX,
                    message,
                    "There are resume, ttl and complete.",
                );
            }
        };
        Ok(Pair {
            key,
            conditional,
            value,
        })
    }

    /// A value, or a bare word or time span, which is a text.
    fn word_option(&mut self) -> PResult<Expr> {
        let start = self.pos;
        let mut end = start;
        while self.byte(end).is_some_and(super::cursor::is_name_part) {
            end += 1;
        }
        let word = self.text(start, end);
        let number = word.bytes().all(|b| b.is_ascii_digit());
        if number || matches!(word, "true" | "false" | "null") {
            return self.value(Place::default());
        }
        self.pos = end;
        Ok(self.expr_from(start, ExprKind::Text(word.into(), Quote::Single)))
    }
}
