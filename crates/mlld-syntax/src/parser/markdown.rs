//! Markdown documents: prose, fences, and the directives between them (spec 01 §1.2).

use super::{Parser, codes};
use crate::ast::{Item, Mode};
use crate::span::Span;

/// What a line of a document is.
enum Line {
    /// A directive.
    Directive,
    /// A comment.
    Comment,
    /// The start of a fence of so many backticks; whether it is to be run.
    Fence(usize, bool),
    /// Anything else.
    Prose,
}

impl Parser<'_> {
    /// The lines of a document, up to the end.
    pub(super) fn markdown_lines(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut prose = self.pos;
        while !self.at_end() {
            let line = self.pos;
            match self.line_kind() {
                Line::Directive => {
                    push_prose(&mut items, prose, line);
                    self.skip_hws();
                    items.push(Item::Stmt(self.top_level()));
                    prose = self.pos;
                }
                Line::Comment => {
                    push_prose(&mut items, prose, line);
                    self.next_line();
                    prose = self.pos;
                }
                Line::Fence(ticks, run) => {
                    self.next_line();
                    let content = self.pos;
                    let close = self.closing_fence(ticks);
                    let Some(close) = close else {
                        self.unclosed_fence(line, ticks);
                        continue;
                    };
                    if run {
                        push_prose(&mut items, prose, line);
                        items.push(self.run_block(line, ticks, content, close));
                        prose = self.pos;
                    }
                }
                Line::Prose => self.next_line(),
            }
        }
        push_prose(&mut items, prose, self.end);
        items
    }

    fn next_line(&mut self) {
        self.skip_line();
        self.eat_eol();
    }

    fn line_kind(&self) -> Line {
        let at = self.hws_end(self.pos);
        match self.byte(at) {
            Some(b'/') if self.directive_at(at) => Line::Directive,
            Some(b'>' | b'<') if self.comment_at(at) => Line::Comment,
            Some(b'`') => {
                let text = self.text(at, self.line_end(at));
                let info = text.trim_start_matches('`');
                let ticks = text.len() - info.len();
                if (3..=5).contains(&ticks) && !info.contains('`') {
                    Line::Fence(ticks, info.trim() == "mlld-run")
                } else {
                    Line::Prose
                }
            }
            _ => Line::Prose,
        }
    }

    /// Goes behind the fence that closes one of `ticks` backticks; the start of its line.
    fn closing_fence(&mut self, ticks: usize) -> Option<usize> {
        while !self.at_end() {
            let line = self.pos;
            let text = self.text(line, self.line_end(line)).trim();
            let found = text.len() == ticks && text.bytes().all(|b| b == b'`');
            self.next_line();
            if found {
                return Some(line);
            }
        }
        None
    }

    fn unclosed_fence(&mut self, line: usize, ticks: usize) {
        let at = self.hws_end(line);
        let fence = "`".repeat(ticks);
        let message = format!("Unclosed code fence. Expected a line {fence} that closes it.");
        let _ = self.fail_at::<()>(at, codes::UNCLOSED_FENCE, message, "");
        self.pos = self.end;
    }

    /// The content of an `mlld-run` fence, parsed in strict mode.
    fn run_block(&mut self, line: usize, ticks: usize, content: usize, close: usize) -> Item {
        let behind = self.pos;
        if ticks > 3 {
            let _ = self.fail_at::<()>(
                self.hws_end(line),
                codes::RUN_FENCE,
                "mlld-run blocks must use exactly 3 backticks (```). Nested backticks are not supported.",
                "",
            );
            return Item::RunBlock(Vec::new(), Span::new(line, behind));
        }
        let (end, mode) = (self.end, self.mode);
        self.pos = content;
        self.set_end(close);
        self.mode = Mode::Strict;
        let stmts = self.strict_lines();
        self.set_end(end);
        self.mode = mode;
        self.pos = behind;
        Item::RunBlock(stmts, Span::new(line, behind))
    }

    fn set_end(&mut self, end: usize) {
        self.end = end;
        self.ahead.0 = usize::MAX;
    }
}

fn push_prose(items: &mut Vec<Item>, from: usize, to: usize) {
    if from < to {
        items.push(Item::Prose(Span::new(from, to)));
    }
}
