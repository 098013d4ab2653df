//! `@name`, accesses, calls and methods (spec 01 §10, §11).

use super::cursor::is_name_start;
use super::{PResult, Parser, Place, codes};
use crate::ast::{
    Bound, Expr, ExprKind, Filter, FilterOp, FilterOperand, Path, Quote, Step, StepKind,
};
use crate::span::Span;
use ecow::EcoString;

/// What accesses follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    /// A name: everything may follow.
    Name,
    /// An array literal: only `.name` follows directly, `[` begins something else.
    Array,
    /// A file reference: no call follows directly.
    File,
}

impl Parser<'_> {
    /// `@path` as an operand, with options behind a call.
    pub(super) fn path_expr(&mut self, place: Place) -> PResult<Expr> {
        let path = self.path(place)?;
        let (span, call) = (path.span, path.is_call());
        let expr = Expr {
            kind: ExprKind::Path(Box::new(path)),
            span,
        };
        if call {
            self.call_tails(expr, place)
        } else {
            Ok(expr)
        }
    }

    /// `@name` with its steps and its `?`.
    pub(super) fn path(&mut self, place: Place) -> PResult<Path> {
        let start = self.pos;
        let Some(name) = self.at_name() else {
            return self.fail_syntax("A variable's name begins with a letter or an underscore.");
        };
        let mut steps = Vec::new();
        self.steps(&mut steps, Base::Name, place)?;
        let optional = self.optional_mark();
        Ok(Path {
            name,
            steps,
            optional,
            span: self.span_from(start),
        })
    }

    /// Eats the `?` behind a value; `??` is an operator.
    pub(super) fn optional_mark(&mut self) -> bool {
        self.peek() == Some(b'?') && self.peek_at(1) != Some(b'?') && self.eat("?")
    }

    /// `@name` with accesses only: fields and indexes.
    pub(super) fn access_path(&mut self) -> PResult<Path> {
        let start = self.pos;
        let Some(name) = self.at_name() else {
            return self.fail_syntax("A variable's name begins with a letter or an underscore.");
        };
        let mut steps = Vec::new();
        while let Some(step) = self.access()? {
            steps.push(step);
        }
        Ok(Path {
            name,
            steps,
            optional: false,
            span: self.span_from(start),
        })
    }

    /// Accesses and calls behind `base`, an array literal or a file reference.
    pub(super) fn postfix(&mut self, base: Expr, place: Place) -> PResult<Expr> {
        let mut steps = Vec::new();
        let kind = if matches!(base.kind, ExprKind::Array(_)) {
            Base::Array
        } else {
            Base::File
        };
        self.steps(&mut steps, kind, place)?;
        if steps.is_empty() {
            return Ok(base);
        }
        let span = Span {
            start: base.span.start,
            end: self.span_from(self.pos).end,
        };
        Ok(Expr {
            kind: ExprKind::Postfix(Box::new(base), steps),
            span,
        })
    }

    /// The steps at the position; a call directly behind a name or an index only.
    fn steps(&mut self, steps: &mut Vec<Step>, base: Base, place: Place) -> PResult<()> {
        loop {
            let start = self.pos;
            let callable = match steps.last().map(|s: &Step| &s.kind) {
                None => base == Base::Name,
                Some(StepKind::Key(_) | StepKind::Index(_) | StepKind::Dynamic(_)) => true,
                Some(_) => false,
            };
            let kind = match self.peek() {
                Some(b'(') if callable => StepKind::Call(self.args(false)?),
                Some(b'[') if base != Base::Array || !steps.is_empty() => {
                    steps.push(self.bracket()?);
                    continue;
                }
                Some(b'.') => match self.dot()? {
                    Some(kind) => kind,
                    None => return Ok(()),
                },
                Some(b' ' | b'\t' | b'\n' | b'\r')
                    if !place.one_line && self.dot_on_next_line() =>
                {
                    self.pos = self.ahead().at;
                    continue;
                }
                _ => return Ok(()),
            };
            steps.push(Step {
                kind,
                span: self.span_from(start),
            });
        }
    }

    /// Whether the very next line begins with `.name` (spec 01 §10).
    fn dot_on_next_line(&mut self) -> bool {
        let ahead = self.ahead();
        ahead.lines > 0
            && self.byte(ahead.at) == Some(b'.')
            && self.name_len(ahead.at + 1) > 0
            && !ahead.blank
    }

    /// `.name`, `.0` or `.name(…)`; `None` if the dot belongs to something else.
    fn dot(&mut self) -> PResult<Option<StepKind>> {
        let len = self.name_len(self.pos + 1);
        if len == 0 {
            return Ok(self.number_field());
        }
        self.pos += 1;
        let start = self.pos;
        self.pos += len;
        if self.peek() == Some(b'(') {
            let name = self.name_from(start);
            return Ok(Some(StepKind::Method(name, self.args(true)?)));
        }
        Ok(Some(StepKind::Field(self.text(start, self.pos).into())))
    }

    fn number_field(&mut self) -> Option<StepKind> {
        if !self.peek_at(1).is_some_and(|b| b.is_ascii_digit()) {
            return None;
        }
        self.pos += 1;
        let start = self.pos;
        self.skip_digits();
        Some(StepKind::Field(self.text(start, self.pos).into()))
    }

    /// One access: a field or an index, no call.
    pub(super) fn access(&mut self) -> PResult<Option<Step>> {
        let start = self.pos;
        match self.peek() {
            Some(b'[') => self.bracket().map(Some),
            Some(b'.') => Ok(self.field().map(|kind| Step {
                kind,
                span: self.span_from(start),
            })),
            _ => Ok(None),
        }
    }

    /// `.name` or `.0`, never a call.
    pub(super) fn field(&mut self) -> Option<StepKind> {
        let len = self.name_len(self.pos + 1);
        if len == 0 {
            return self.number_field();
        }
        let start = self.pos + 1;
        self.pos = start + len;
        Some(StepKind::Field(self.text(start, self.pos).into()))
    }

    /// The arguments of a call, from `(` to `)`. A regex may be the argument of a method only.
    pub(super) fn args(&mut self, method: bool) -> PResult<Vec<Expr>> {
        self.nested(|p| p.arg_list(method))
    }

    fn arg_list(&mut self, method: bool) -> PResult<Vec<Expr>> {
        let mut args = Vec::new();
        self.pos += 1;
        loop {
            self.skip_trivia();
            if self.eat(")") {
                return Ok(args);
            }
            if self.at_end() {
                return self.fail_unclosed_paren();
            }
            let arg = match self.peek() {
                Some(b'/') if method => self.regex()?,
                _ => self.expr(Place::paren())?,
            };
            args.push(arg);
            self.skip_trivia();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b')') => {}
                Some(b'|') => {
                    return self.fail_hint(
                        codes::PIPE_HERE,
                        "A pipe cannot stand in the arguments of a call.",
                        "Pipe the value into a variable before the call.",
                    );
                }
                _ => return self.fail_unclosed_paren(),
            }
        }
    }

    /// `/…/flags` (spec 01 §11.1).
    fn regex(&mut self) -> PResult<Expr> {
        let start = self.pos;
        self.pos += 1;
        let mut class = false;
        loop {
            match self.peek() {
                None | Some(b'\n' | b'\r') => {
                    return self.fail(
                        codes::BAD_REGEX,
                        "Unclosed regex. Expected '/' on the same line.",
                    );
                }
                Some(b'\\') => {
                    self.pos += 1;
                    if !self.at_eol() {
                        self.pos = self.char_end(self.pos);
                    }
                    continue;
                }
                Some(b'[') => class = true,
                Some(b']') => class = false,
                Some(b'/') if !class => break,
                _ => {}
            }
            self.pos += 1;
        }
        let pattern: EcoString = self.text(start + 1, self.pos).into();
        self.pos += 1;
        let flags = self.pos;
        while self.peek().is_some_and(super::cursor::is_name_part) {
            self.pos += 1;
        }
        let flags = self.text(flags, self.pos);
        if pattern.is_empty()
            || !flags
                .bytes()
                .all(|b| matches!(b, b'g' | b'i' | b'm' | b's' | b'u'))
        {
            return self.fail_hint(
                codes::BAD_REGEX,
                "Invalid regex literal.",
                "Write /pattern/ with flags of g i m s u.",
            );
        }
        Ok(self.expr_from(start, ExprKind::Regex(pattern, flags.into())))
    }

    /// `[ … ]` behind a value: index, key, slice, wildcard or filter.
    pub(super) fn bracket(&mut self) -> PResult<Step> {
        self.nested(|p| {
            let start = p.pos;
            p.pos += 1;
            p.skip_ws();
            let kind = p.bracket_inside()?;
            p.skip_ws();
            if !p.eat("]") {
                return p.fail_access();
            }
            Ok(Step {
                kind,
                span: p.span_from(start),
            })
        })
    }

    fn fail_access<T>(&mut self) -> PResult<T> {
        self.fail_hint(
            codes::BAD_ACCESS,
            "Invalid access in [ ].",
            "Expected a number, a name, a text, @variable, *, a slice a:b or a filter ?field.",
        )
    }

    fn bracket_inside(&mut self) -> PResult<StepKind> {
        match self.peek() {
            Some(b'*') => {
                self.pos += 1;
                Ok(StepKind::Wildcard)
            }
            Some(b'?') => self.filter().map(|f| StepKind::Filter(Box::new(f))),
            Some(b':') => self.slice(None),
            Some(b'@') => {
                let path = self.access_path()?;
                self.skip_ws();
                if self.peek() == Some(b':') {
                    return self.slice(Some(Bound::Path(path)));
                }
                Ok(StepKind::Dynamic(Box::new(path)))
            }
            Some(b'0'..=b'9' | b'-') => {
                let number = self.index_number()?;
                self.skip_ws();
                if self.peek() == Some(b':') {
                    return self.slice(Some(Bound::Number(number)));
                }
                Ok(StepKind::Index(number))
            }
            Some(quote @ (b'"' | b'\'')) => {
                let quote = if quote == b'"' {
                    Quote::Double
                } else {
                    Quote::Single
                };
                Ok(StepKind::Key(self.plain_quoted(quote)?))
            }
            Some(b) if is_name_start(b) => match self.name() {
                Some(name) => Ok(StepKind::Key(name.text)),
                None => self.fail_access(),
            },
            _ => self.fail_access(),
        }
    }

    fn index_number(&mut self) -> PResult<f64> {
        match self.number()?.kind {
            ExprKind::Number(n) => Ok(n),
            _ => self.fail_access(),
        }
    }

    fn slice(&mut self, from: Option<Bound>) -> PResult<StepKind> {
        self.pos += 1;
        self.skip_ws();
        let to = match self.peek() {
            Some(b']') => None,
            Some(b'@') => Some(Bound::Path(self.access_path()?)),
            Some(b'0'..=b'9' | b'-') => Some(Bound::Number(self.index_number()?)),
            _ => return self.fail_access(),
        };
        Ok(StepKind::Slice(from, to))
    }

    fn filter(&mut self) -> PResult<Filter> {
        self.pos += 1;
        self.skip_ws();
        let mut field = Vec::new();
        loop {
            let Some(name) = self.name() else {
                return self.fail_access();
            };
            field.push(name.text);
            if !self.eat(".") {
                break;
            }
        }
        self.skip_ws();
        let op = if self.eat("==") || self.eat("=") {
            FilterOp::Equal
        } else if self.eat("!=") {
            FilterOp::NotEqual
        } else if self.eat("<=") {
            FilterOp::LessEqual
        } else if self.eat("<") {
            FilterOp::Less
        } else if self.eat(">=") {
            FilterOp::GreaterEqual
        } else if self.eat(">") {
            FilterOp::Greater
        } else if self.eat("~") {
            FilterOp::Contains
        } else {
            return Ok(Filter { field, test: None });
        };
        self.skip_ws();
        let operand = self.filter_operand()?;
        Ok(Filter {
            field,
            test: Some((op, operand)),
        })
    }

    fn filter_operand(&mut self) -> PResult<FilterOperand> {
        let literal = match self.peek() {
            Some(b'@') => return Ok(FilterOperand::Path(self.access_path()?)),
            Some(b'0'..=b'9') => {
                if let Some(millis) = self.duration_literal() {
                    return Ok(FilterOperand::Duration(millis));
                }
                self.number()?
            }
            Some(b'-') => self.number()?,
            Some(b'"') => self.quoted(Quote::Double)?,
            Some(b'\'') => self.quoted(Quote::Single)?,
            _ if self.at_word("true") || self.at_word("false") || self.at_word("null") => {
                self.primary(Place::default())?
            }
            _ => return self.fail_access(),
        };
        Ok(FilterOperand::Literal(Box::new(literal)))
    }
}
