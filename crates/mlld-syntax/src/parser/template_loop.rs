//! Loops in templates, and fences of `.att` files that are copied as they are (spec 01 §6.4, 04 §4).

use super::cursor::is_name_part;
use super::text::{Frame, Parts, Stop, Style};
use super::{PResult, Parser, Place, codes};
use crate::ast::{Part, TemplateFor};

impl Parser<'_> {
    /// Whether `/for @` or `/end` stands here.
    pub(super) fn loop_word(&self, word: &str) -> bool {
        let end = self.pos + 1 + word.len();
        self.text_at(self.pos + 1, word)
            && if word == "for" {
                let at = self.hws_end(end);
                at > end && self.byte(at) == Some(b'@')
            } else {
                !self.byte(end).is_some_and(|b| is_name_part(b) || b == b'-')
            }
    }

    /// Whether the position is in the first column of a line of the text that begins at `begin`.
    pub(super) fn at_line_of_text(&self, begin: usize, _style: &Style) -> bool {
        self.pos == begin || matches!(self.before(), Some(b'\n' | b'\r'))
    }

    /// `/for @x in EXPR … /end`.
    pub(super) fn template_for(
        &mut self,
        style: &Style,
        frame: &Frame,
        parts: &mut Parts,
    ) -> PResult<()> {
        let part = self.nested(|p| p.template_for_part(style, frame))?;
        parts.push(Part::For(Box::new(part)));
        Ok(())
    }

    fn template_for_part(&mut self, style: &Style, frame: &Frame) -> PResult<TemplateFor> {
        let start = self.pos;
        self.pos += "/for".len();
        self.skip_hws();
        let Some(first) = self.at_name() else {
            return self.fail_loop();
        };
        self.skip_hws();
        let mut item = first;
        let mut key = None;
        if self.eat(",") {
            self.skip_hws();
            let Some(second) = self.at_name() else {
                return self.fail_loop();
            };
            key = Some(std::mem::replace(&mut item, second));
            self.skip_hws();
        }
        if !self.eat_word("in") {
            return self.fail_loop();
        }
        self.skip_hws();
        let source = self.expr(Place {
            one_line: true,
            ..Place::default()
        })?;
        self.skip_ws();
        let mut body = Parts::default();
        let mut inner = Frame {
            begin: frame.begin,
            angle: None,
            in_loop: true,
        };
        if self.text_parts(style, &mut inner, &mut body)? != Stop::EndOfLoop {
            if style.close.is_empty() {
                return self.fail_at(
                    start,
                    codes::UNCLOSED_TEMPLATE,
                    "Missing /end of a /for in the template.",
                    "",
                );
            }
            return self.fail_loop_place(style.quote);
        }
        self.pos += "/end".len();
        let span = self.span_from(start);
        if style.close.is_empty() {
            // In a template file the lines of the loop vanish altogether (spec 04 §4).
            let line_end = self.hws_end(self.pos);
            if matches!(self.byte(line_end), Some(b'\n' | b'\r')) {
                self.pos = line_end;
                self.eat_eol();
            }
        }
        Ok(TemplateFor {
            key,
            item,
            source,
            body: body.finish(),
            span,
        })
    }

    fn fail_loop<T>(&mut self) -> PResult<T> {
        self.fail_at(
            self.pos,
            codes::FOR_SYNTAX,
            "Invalid /for in template.",
            "Write /for @item in @list in the first column, and /end in the first column behind the body.",
        )
    }

    /// A fence marked `mlld` in a template file: nothing in it is interpolated (spec 04 §4).
    pub(super) fn mlld_fence(&mut self, parts: &mut Parts) {
        let start = self.pos;
        let at_line = start == 0 || matches!(self.before(), Some(b'\n' | b'\r'));
        self.pos += 1;
        if !(at_line && self.text_at(start, "```mlld")) {
            parts.text("`");
            return;
        }
        self.pos = self.line_end(start);
        while !self.at_end() {
            self.eat_eol();
            let line = self.pos;
            self.pos = self.line_end(line);
            if self.text(line, self.pos).trim() == "```" {
                break;
            }
        }
        for (i, line) in self.text(start, self.pos).split('\n').enumerate() {
            if i > 0 {
                parts.text("\n");
            }
            parts.text(line.strip_suffix('\r').unwrap_or(line));
        }
    }
}
