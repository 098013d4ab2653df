//! `when` in its three forms (spec 02 §3, 01 §16.9).

use super::block::Arrow;
use super::cursor::is_name_start;
use super::{PResult, Parser, Place, codes, stmt};
use crate::ast::{Expr, Stmt, StmtKind, When, WhenArm, WhenCond, WhenEntry};
use crate::span::Span;
use ecow::{EcoString, eco_format};

/// What is being parsed.
struct Form {
    arrow: Arrow,
    /// The value of the match form.
    subject: Option<Expr>,
}

/// Where a condition of `when` stands.
const COND: Place = Place {
    condition: true,
    paren: false,
    one_line: false,
    denied: true,
    no_with: false,
};

impl Parser<'_> {
    /// `when …`, behind the word; as a directive or statement, or as a value.
    pub(super) fn when(&mut self, is_stmt: bool) -> PResult<When> {
        let checkpoint = is_stmt && self.block.is_none() && !self.in_action;
        let arrow = Arrow {
            kind: "when",
            stmt: is_stmt,
            checkpoint,
        };
        self.skip_hws();
        if self.at_word("first") && self.byte(self.hws_end(self.pos + 5)) == Some(b'[') {
            self.pos = self.hws_end(self.pos + 5);
        }
        for (word, operator) in [("any", "||"), ("all", "&&")] {
            if self.at_word(word) {
                let message = eco_format!(
                    "The '{word}' modifier has been removed from mlld. Use the {operator} operator instead."
                );
                return self.fail(codes::WHEN_MODIFIER, message);
            }
        }
        if self.at_operand_end() {
            return self.fail_when();
        }
        if self.peek() == Some(b'[') {
            return self.when_bracket(arrow);
        }
        let start = self.pos;
        let cond = self.expr(COND)?;
        self.when_behind(arrow, cond, start)
    }

    fn fail_when<T>(&mut self) -> PResult<T> {
        self.fail(
            codes::WHEN_SYNTAX,
            "Invalid when syntax: expected '=>' or '[' after the condition.",
        )
    }

    /// `=> action`, `[ … ]` or `: [ … ]` behind a condition or value.
    fn when_behind(&mut self, arrow: Arrow, cond: Expr, start: usize) -> PResult<When> {
        let next = self.ahead().at;
        if self.text_at(next, "=>") {
            self.pos = next + 2;
            let action = self.action(arrow)?;
            let arm = WhenArm {
                cond: WhenCond::Expr(cond),
                action,
                span: self.span_from(start),
            };
            return Ok(When {
                subject: None,
                entries: vec![WhenEntry::Arm(arm)],
                inline: true,
            });
        }
        self.pos = next;
        if self.eat(":") {
            self.pos = self.ahead().at;
        }
        if self.peek() != Some(b'[') {
            return self.fail_when();
        }
        self.pos += 1;
        self.entries(
            Form {
                arrow,
                subject: Some(cond),
            },
            Vec::new(),
        )
    }

    /// `when [ … `: the list form if a `=>` stands directly in the brackets, else an array is the condition.
    fn when_bracket(&mut self, arrow: Arrow) -> PResult<When> {
        let start = self.pos;
        let form = Form {
            arrow,
            subject: None,
        };
        self.pos += 1;
        self.skip_trivia();
        let empty = self.peek() == Some(b']');
        if (empty && !self.text_at(self.hws_end(self.pos + 1), "=>")) || self.only_entry_ahead() {
            return self.entries(form, Vec::new());
        }
        let mut items = Vec::new();
        if !empty {
            if stmt::is_only_statement(self.word_from(self.pos)) {
                return self.fail_when();
            }
            let begin = self.pos;
            let cond = self.expr(COND)?;
            let next = self.ahead().at;
            if self.text_at(next, "=>") {
                self.pos = next + 2;
                let arm = self.arm(&form, WhenCond::Expr(cond), begin)?;
                return self.entries(form, vec![arm]);
            }
            items.push(super::literal::item_of(cond));
            self.array_comma()?;
        }
        let array = self.array_rest(start, items)?;
        let array = self.postfix(array, COND)?;
        let cond = self.continue_expr(array, COND)?;
        self.when_behind(arrow, cond, start)
    }

    /// Whether something stands here that is an entry and cannot be an item of an array.
    fn only_entry_ahead(&self) -> bool {
        match self.peek() {
            Some(b'*') => true,
            Some(b'@') => self.augment_at(self.pos),
            _ => self.at_word("let") || self.at_word("none"),
        }
    }

    /// The entries from here to the `]`, behind `entries`.
    fn entries(&mut self, form: Form, entries: Vec<WhenEntry>) -> PResult<When> {
        let mut entries = entries;
        loop {
            self.skip_separators();
            match self.peek() {
                None => return self.fail_unclosed_block(),
                Some(b']') => {
                    self.pos += 1;
                    self.check_none(&entries)?;
                    return Ok(When {
                        subject: form.subject,
                        entries,
                        inline: false,
                    });
                }
                Some(b',') => {
                    return self.fail_hint(
                        codes::COMMA,
                        "Comma separators are not allowed in when conditions.",
                        "Put each entry on a line of its own, or a semicolon between them.",
                    );
                }
                Some(b'/') if self.peek_at(1).is_some_and(is_name_start) => {
                    return self.fail_slash("when");
                }
                _ => {}
            }
            let entry = self.entry(&form, entries.is_empty())?;
            entries.push(entry);
        }
    }

    fn entry(&mut self, form: &Form, first: bool) -> PResult<WhenEntry> {
        let start = self.pos;
        if self.at_word("let") || self.augment_at(start) {
            let in_action = std::mem::replace(&mut self.in_action, true);
            let kind: PResult<StmtKind> = self.statement();
            self.in_action = in_action;
            return Ok(WhenEntry::Binding(Stmt {
                kind: kind?,
                span: self.span_from(start),
            }));
        }
        let cond = if self.eat("*") {
            WhenCond::Any
        } else if self.at_word("none") && {
            self.pos += "none".len();
            let next = self.ahead().at;
            let arrow = self.text_at(next, "=>");
            self.pos = start;
            arrow
        } {
            self.pos += "none".len();
            WhenCond::None
        } else if stmt::is_only_statement(self.word_from(start)) {
            return self.fail_entry(form, first);
        } else {
            WhenCond::Expr(self.expr(COND)?)
        };
        let next = self.ahead().at;
        if !self.text_at(next, "=>") {
            return self.fail_entry(form, first);
        }
        self.pos = next + 2;
        self.arm(form, cond, start)
    }

    fn arm(&mut self, form: &Form, cond: WhenCond, start: usize) -> PResult<WhenEntry> {
        let action = self.action(form.arrow)?;
        Ok(WhenEntry::Arm(WhenArm {
            cond,
            action,
            span: self.span_from(start),
        }))
    }

    /// An entry without `=>`.
    fn fail_entry<T>(&mut self, form: &Form, first: bool) -> PResult<T> {
        match &form.subject {
            Some(subject) if first => {
                let text = self.short_text(subject.span);
                let message = eco_format!(
                    "when {text} [...] is ambiguous. Did you mean: when {text} => [block]  or  if {text} [block]"
                );
                self.fail(codes::WHEN_AMBIGUOUS, message)
            }
            _ => self.fail_when(),
        }
    }

    fn short_text(&self, span: Span) -> EcoString {
        let text = span.slice(self.src);
        if text.len() > 60 || text.contains('\n') {
            "@c".into()
        } else {
            text.into()
        }
    }

    /// `none` stands last, and not behind `*`.
    fn check_none(&mut self, entries: &[WhenEntry]) -> PResult<()> {
        let (mut none, mut any) = (false, false);
        for entry in entries {
            let WhenEntry::Arm(arm) = entry else { continue };
            match arm.cond {
                WhenCond::None if any => {
                    return self.fail(
                        codes::NONE_PLACE,
                        "The \"none\" keyword cannot appear after \"*\" (wildcard) as it would never be reached",
                    );
                }
                WhenCond::None => none = true,
                _ if none => {
                    return self.fail(
                        codes::NONE_PLACE,
                        "The \"none\" keyword can only appear as the last condition(s) in a when block",
                    );
                }
                WhenCond::Any => any = true,
                WhenCond::Expr(_) => {}
            }
        }
        Ok(())
    }
}
