//! Interpolations: `@path` with calls, fragments, fallbacks and tight pipes; `{{path}}` (spec 01 §6.2).

use super::cursor::is_name_start;
use super::text::{Frame, Parts, Stop, Style, escaped, fragment_style};
use super::{PResult, Parser, codes};
use crate::ast::{
    Interp, InterpTail, Part, Path, Quote, Stage, StageKind, Step, StepKind, Template,
};
use crate::span::Span;
use ecow::EcoString;

impl Parser<'_> {
    /// `@path…` or `!@path…` in a text.
    pub(super) fn interpolation(&mut self, style: &Style, parts: &mut Parts) -> PResult<()> {
        let start = self.pos;
        let negate = self.eat("!");
        let path = self.text_path()?;
        let tail = self.interp_tail(style)?;
        let mut pipes = Vec::new();
        if matches!(tail, InterpTail::None) {
            self.tight_pipes(&mut pipes)?;
        }
        let span = self.span_from(start);
        if matches!(tail, InterpTail::None) {
            self.boundary(style);
        }
        parts.push(Part::Interp(Box::new(Interp {
            negate,
            path,
            pipes,
            tail,
            span,
        })));
        Ok(())
    }

    /// A backslash right behind a path ends it and disappears, unless it is an escape of this text.
    fn boundary(&mut self, style: &Style) {
        if self.peek() == Some(b'\\')
            && self
                .peek_at(1)
                .and_then(|b| escaped(style.escapes, b))
                .is_none()
        {
            self.pos += 1;
        }
    }

    /// `@name` and what belongs to it in a text: dots and brackets only where an access follows.
    pub(super) fn text_path(&mut self) -> PResult<Path> {
        let start = self.pos;
        let Some(name) = self.at_name() else {
            return self.fail_syntax("");
        };
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let begin = self.pos;
            let last = steps.last().map(|s| &s.kind);
            // Behind the call of an executable only a method follows; `.name` and `[` are text.
            let called = matches!(last, Some(StepKind::Call(_)));
            let callable = matches!(
                last,
                None | Some(StepKind::Key(_) | StepKind::Index(_) | StepKind::Dynamic(_))
            );
            let kind = match self.peek() {
                Some(b'(') if callable => StepKind::Call(self.args(false)?),
                Some(b'.') if self.method_ahead() => {
                    self.pos += 1;
                    let Some(method) = self.name() else { break };
                    StepKind::Method(method, self.args(true)?)
                }
                Some(b'.') if !called => match self.field() {
                    Some(kind) => kind,
                    None => break,
                },
                Some(b'[') if !called && self.index_end(begin).is_some() => {
                    steps.push(self.bracket()?);
                    continue;
                }
                _ => break,
            };
            steps.push(Step {
                kind,
                span: self.span_from(begin),
            });
        }
        Ok(Path {
            name,
            steps,
            optional: false,
            span: self.span_from(start),
        })
    }

    fn method_ahead(&self) -> bool {
        let len = self.name_len(self.pos + 1);
        len > 0 && self.byte(self.pos + 1 + len) == Some(b'(')
    }

    /// `?"…"`, `??"…"` or `?` behind a path, in this order.
    fn interp_tail(&mut self, style: &Style) -> PResult<InterpTail> {
        if self.peek() != Some(b'?') {
            return Ok(InterpTail::None);
        }
        let next = self.peek_at(1);
        // A fragment closes on its line, and the text around it closes behind that: in double quotes there
        // have to be two more quotes on the line (spec 01 §15, 9).
        let fragment = match (style.quote, next) {
            (Quote::Double, Some(b'"')) => self
                .close_on_line(self.pos + 2, b'"')
                .is_some_and(|close| self.close_on_line(close + 1, b'"').is_some()),
            (Quote::Backtick, Some(b'`')) => self.close_on_line(self.pos + 2, b'`').is_some(),
            _ => false,
        };
        if fragment {
            self.pos += 1;
            return self.fragment(style.quote);
        }
        if next == Some(b'?')
            && let Some(quote @ (b'"' | b'\'')) = self.peek_at(2)
            && self.close_on_line(self.pos + 3, quote).is_some()
        {
            self.pos += 2;
            let quote = if quote == b'"' {
                Quote::Double
            } else {
                Quote::Single
            };
            return Ok(InterpTail::Fallback(self.plain_quoted(quote)?));
        }
        self.pos += 1;
        Ok(InterpTail::OmitFalsy)
    }

    /// `"…"` or `` `…` `` behind `@path?`.
    fn fragment(&mut self, quote: Quote) -> PResult<InterpTail> {
        self.nested(|p| {
            let start = p.pos;
            p.pos += 1;
            let content = p.pos;
            let style = fragment_style(quote);
            let mut parts = Parts::default();
            let mut frame = Frame { begin: p.pos, angle: None, in_loop: false };
            if p.text_parts(&style, &mut frame, &mut parts)? != Stop::Close {
                return p.fail_unclosed(quote);
            }
            let text = p.text(content, p.pos).trim_start();
            if quote == Quote::Double && text.starts_with([',', ']', '}', ')', '|']) {
                let span = Span::new(start - 1, p.pos + 1);
                p.warn(
                    codes::FRAGMENT_TRAP,
                    "The text behind '?\"' is read as a conditional fragment of the text before it.",
                    "If the question mark is text, escape it: @name\\?",
                    span,
                );
            }
            p.pos += 1;
            Ok(InterpTail::Fragment(Template { quote, parts: parts.finish() }))
        })
    }

    /// `|@stage|@stage(args)` without blanks.
    pub(super) fn tight_pipes(&mut self, pipes: &mut Vec<Stage>) -> PResult<()> {
        while self.peek() == Some(b'|')
            && self.peek_at(1) == Some(b'@')
            && self.peek_at(2).is_some_and(is_name_start)
        {
            self.pos += 1;
            let start = self.pos;
            let path = self.stage_path()?;
            pipes.push(Stage {
                kind: StageKind::Call(path),
                span: self.span_from(start),
            });
        }
        Ok(())
    }

    /// `{{ name.field[0] }}`; anything else in double braces is text.
    pub(super) fn mustache(&mut self, parts: &mut Parts) -> PResult<()> {
        let start = self.pos;
        let Some(end) = self.mustache_end(start) else {
            parts.text("{");
            self.pos += 1;
            return Ok(());
        };
        self.pos = start + 2;
        self.skip_ws();
        let begin = self.pos;
        let Some(name) = self.name() else {
            return self.fail_syntax("");
        };
        let mut steps = Vec::new();
        while let Some(step) = self.access()? {
            steps.push(step);
        }
        let path = Path {
            name,
            steps,
            optional: false,
            span: self.span_from(begin),
        };
        self.pos = end;
        let (pipes, tail, span) = (Vec::new(), InterpTail::None, self.span_from(start));
        parts.push(Part::Interp(Box::new(Interp {
            negate: false,
            path,
            pipes,
            tail,
            span,
        })));
        Ok(())
    }

    fn mustache_end(&mut self, start: usize) -> Option<usize> {
        if !self.text_at(start, "{{") {
            return None;
        }
        let blanks = |p: &Self, mut at: usize| {
            while p.byte(at).is_some_and(super::cursor::is_blank) {
                at += 1;
            }
            at
        };
        let at = blanks(self, start + 2);
        let len = self.name_len(at);
        let mut end = at + len;
        if len == 0 {
            return None;
        }
        loop {
            match self.byte(end) {
                Some(b'.') if self.name_len(end + 1) > 0 => end += 1 + self.name_len(end + 1),
                Some(b'.') if self.byte(end + 1).is_some_and(|b| b.is_ascii_digit()) => {
                    end += 2;
                    while self.byte(end).is_some_and(|b| b.is_ascii_digit()) {
                        end += 1;
                    }
                }
                Some(b'[') => end = self.index_end(end)?,
                _ => break,
            }
        }
        let end = blanks(self, end);
        if self.text_at(end, "}}") {
            Some(end + 2)
        } else {
            None
        }
    }

    /// `<>` and its dotted fields, in an `as` template (spec 04 §1.7).
    pub(super) fn current_file(&mut self, parts: &mut Parts) {
        let start = self.pos;
        self.pos += 2;
        let fields = self.dotted_names();
        let span = self.span_from(start);
        parts.push(Part::CurrentFile(fields, span));
    }

    /// `.a.b`.
    pub(super) fn dotted_names(&mut self) -> Vec<EcoString> {
        let mut fields = Vec::new();
        while self.peek() == Some(b'.') && self.name_len(self.pos + 1) > 0 {
            self.pos += 1;
            fields.extend(self.name().map(|n| n.text));
        }
        fields
    }
}
