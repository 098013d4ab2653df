//! Statement blocks, and the actions of `when` and `for` (spec 02 §1.1, §3.1, §4.1; 01 §16.3).

use super::cursor::{is_blank, is_name_start};
use super::{PResult, Parser, Place, codes, stmt};
use crate::ast::{Action, Block, Expr, ExprKind, Stmt, StmtKind};
use ecow::eco_format;

/// What an action stands behind.
#[derive(Clone, Copy)]
pub(super) struct Arrow {
    /// `when`, `for`.
    pub(super) kind: &'static str,
    /// Of a `when` that is a directive or statement: a lone call in brackets is a block.
    pub(super) stmt: bool,
    /// `checkpoint` may stand there.
    pub(super) checkpoint: bool,
}

impl Parser<'_> {
    /// Whether the `[` at the position begins a block: behind `=>` also with words that begin expressions.
    pub(super) fn block_ahead(&self, behind_arrow: bool) -> bool {
        let mut at = self.pos + 1;
        loop {
            match self.byte(at) {
                Some(b) if is_blank(b) => at += 1,
                Some(b'>' | b'<') if self.text_at(at, ">>") || self.text_at(at, "<<") => {
                    at = self.line_end(at)
                }
                _ => break,
            }
        }
        match self.byte(at) {
            Some(b'=') => self.text_at(at, "=>"),
            Some(b'@') => self.augment_at(at),
            Some(b'/') => behind_arrow && stmt::is_statement(self.word_from(at + 1)),
            Some(b) if is_name_start(b) => {
                let word = self.word_from(at);
                if behind_arrow {
                    stmt::is_statement(word)
                } else {
                    word == "let"
                }
            }
            _ => false,
        }
    }

    /// `[ … ]` as a block of `kind`.
    pub(super) fn block(&mut self, kind: &'static str, no_return: bool) -> PResult<Block> {
        self.nested(|p| {
            let start = p.pos;
            p.pos += 1;
            p.block_rest(kind, no_return, start, Vec::new())
        })
    }

    /// The statements of a block from here to its `]`, behind `stmts`.
    fn block_rest(
        &mut self,
        kind: &'static str,
        no_return: bool,
        start: usize,
        stmts: Vec<Stmt>,
    ) -> PResult<Block> {
        let saved = (self.block, self.in_action, self.checkpoint);
        self.block = Some(kind);
        (self.in_action, self.checkpoint) = (false, false);
        let stmts = self.block_stmts(kind, no_return, stmts);
        (self.block, self.in_action, self.checkpoint) = saved;
        Ok(Block {
            stmts: stmts?,
            span: self.span_from(start),
        })
    }

    fn block_stmts(&mut self, kind: &str, no_return: bool, stmts: Vec<Stmt>) -> PResult<Vec<Stmt>> {
        let mut stmts = stmts;
        let mut returned = false;
        loop {
            let end = self.pos;
            self.skip_separators();
            match self.peek() {
                None => return self.fail_unclosed_block(),
                Some(b']') => {
                    self.pos += 1;
                    return Ok(stmts);
                }
                Some(b',') => {
                    return self.fail(
                        codes::COMMA,
                        "Comma separators are not allowed in block statements. Use whitespace or semicolons between \
                         statements.",
                    );
                }
                Some(b'/') if self.peek_at(1).is_some_and(is_name_start) => {
                    return self.fail_slash(kind);
                }
                _ => {}
            }
            if returned {
                return self.fail(
                    codes::RETURN_PLACE,
                    "Return must be the last statement in a block.",
                );
            }
            let separated = self.pos > end || self.before().is_some_and(is_blank);
            if !separated && !stmts.is_empty() {
                let hint = self.rest_hint();
                return self.fail_text(end, hint);
            }
            returned = self.at("=>");
            if returned && no_return {
                return self.fail(
                    codes::RETURN_PLACE,
                    "Return statements are not allowed in loop blocks. Use done or continue.",
                );
            }
            let start = self.pos;
            let kind = self.statement()?;
            stmts.push(Stmt {
                kind,
                span: self.span_from(start),
            });
        }
    }

    /// Eats white space, comments and semicolons.
    pub(super) fn skip_separators(&mut self) {
        loop {
            self.skip_trivia();
            if !self.eat(";") {
                return;
            }
        }
    }

    pub(super) fn fail_unclosed_block<T>(&mut self) -> PResult<T> {
        self.fail(
            codes::UNCLOSED_BLOCK,
            "Unterminated block. Expected ']' to close block.",
        )
    }

    /// A slash before a statement of a block.
    pub(super) fn fail_slash<T>(&mut self, kind: &str) -> PResult<T> {
        let at = self.pos;
        let word = self.word_from(at + 1);
        let message = eco_format!(
            "Unexpected '/{word}' inside {kind} block. Use '{word}' without the slash."
        );
        self.fail_at(at, codes::SLASH_IN_BLOCK, message, "")
    }

    /// What follows a `=>` of `when` or `for`.
    pub(super) fn action(&mut self, arrow: Arrow) -> PResult<Action> {
        self.pos = self.ahead().at;
        if matches!(self.peek(), None | Some(b']' | b';' | b',' | b')' | b'}')) {
            return self.fail(codes::WHEN_SYNTAX, "Missing action after '=>'.");
        }
        let saved = (self.in_action, self.checkpoint);
        (self.in_action, self.checkpoint) = (true, arrow.checkpoint);
        let action = self.action_inside(arrow);
        (self.in_action, self.checkpoint) = saved;
        action
    }

    fn action_inside(&mut self, arrow: Arrow) -> PResult<Action> {
        match self.peek() {
            Some(b'[') => return self.bracket_action(arrow),
            Some(b'/') if self.peek_at(1).is_some_and(is_name_start) => {
                return self.fail_slash(arrow.kind);
            }
            Some(b'@') if self.augment_at(self.pos) || !self.plain_value_ahead() => {
                return self.stmt_action();
            }
            Some(b'@') => {
                self.refuse_field_assignment(self.pos + 1 + self.name_len(self.pos + 1))?
            }
            Some(b'=') if self.at("=>") => {
                return self.fail(
                    codes::RETURN_PLACE,
                    "An action is a value or a statement: leave the second '=>' out.",
                );
            }
            Some(b) if is_name_start(b) => {
                let word = self.word_from(self.pos);
                let either = matches!(
                    word,
                    "for" | "foreach" | "loop" | "box" | "env" | "run" | "verify"
                ) || (word == "when" && !arrow.stmt);
                if stmt::is_statement(word) && !either {
                    return self.stmt_action();
                }
            }
            _ => {}
        }
        if self.at_mods() {
            if arrow.kind == "for" {
                return self.fail_syntax(
                    "Labels cannot be changed behind for … =>: use a block with => label @value.",
                );
            }
            let mods = self.mods()?;
            self.skip_hws();
            if !self.at_value() {
                return self.fail_mods_alone(&mods);
            }
            let value = self.value(Place::default())?;
            return Ok(Action::Modified(mods, Box::new(value)));
        }
        let value = self.value(Place::default())?;
        Ok(value_action(value))
    }

    /// Whether the `@…` at the position is no attempt at an assignment.
    fn plain_value_ahead(&self) -> bool {
        let at = self.pos + 1;
        let next = self.hws_end(at + self.name_len(at));
        !(self.byte(next) == Some(b'=') && !self.text_at(next, "==") && !self.text_at(next, "=>"))
    }

    fn stmt_action(&mut self) -> PResult<Action> {
        let start = self.pos;
        let kind = self.nested(Self::statement)?;
        Ok(Action::Stmt(Box::new(Stmt {
            kind,
            span: self.span_from(start),
        })))
    }

    /// `[ … ]` behind an arrow: a block or an array (spec 01 §16.3).
    fn bracket_action(&mut self, arrow: Arrow) -> PResult<Action> {
        if self.block_ahead(true) {
            return Ok(Action::Block(self.block(arrow.kind, false)?));
        }
        if !arrow.stmt {
            let value = self.value(Place::default())?;
            return Ok(value_action(value));
        }
        let start = self.pos;
        let array = self.nested(|p| {
            p.pos += 1;
            p.skip_trivia();
            if p.peek() != Some(b'@') {
                return p.array_rest(start, Vec::new()).map(Err);
            }
            let begin = p.pos;
            let item = p.array_item()?;
            let next = p.ahead().at;
            if !item.conditional && item.value.is_call() && p.byte(next) != Some(b',') {
                let span = p.span_from(begin);
                let call = Stmt {
                    kind: StmtKind::Call(Box::new(item.value)),
                    span,
                };
                return p.block_rest(arrow.kind, false, start, vec![call]).map(Ok);
            }
            p.array_comma()?;
            p.array_rest(start, vec![item]).map(Err)
        })?;
        match array {
            Ok(block) => Ok(Action::Block(block)),
            Err(array) => {
                let array = self.postfix(array, Place::default())?;
                let value = self.continue_value(array, Place::default())?;
                Ok(value_action(value))
            }
        }
    }
}

/// A value as an action: a construct that is a statement too is that statement.
fn value_action(value: Expr) -> Action {
    let span = value.span;
    let call = value.is_call();
    let kind = match value.kind {
        ExprKind::When(node) => StmtKind::When(node),
        ExprKind::For(node) => StmtKind::For(node),
        ExprKind::Foreach(node) => StmtKind::Foreach(node),
        ExprKind::Loop(node) => StmtKind::Loop(node),
        ExprKind::Box(node) => StmtKind::Box(node),
        ExprKind::Run(node) => StmtKind::Run(node),
        ExprKind::Stream(node) => StmtKind::Stream(node),
        ExprKind::Verify(name) => StmtKind::Verify(name),
        kind if call => StmtKind::Call(Box::new(Expr { kind, span })),
        kind => StmtKind::Value(Box::new(Expr { kind, span })),
    };
    Action::Stmt(Box::new(Stmt { kind, span }))
}
