//! `show`, `log`, `output`, `append`, `stream`, `=>`, and operands that may be missing (spec 01 §13; 03 §15–16).

use super::cursor::is_name_start;
use super::{PResult, Parser, Place, codes, stmt};
use crate::ast::{
    Append, Expr, ExprKind, Log, Name, Output, Quote, Return, Show, StmtKind, Target,
};
use crate::span::Span;
use ecow::EcoString;

impl Parser<'_> {
    /// `show …`, behind the word (spec 01 §13).
    pub(super) fn show(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let labels = self.effect_labels()?;
        let value = self.show_operand()?;
        if !self.in_action && self.second_operand() {
            return self.fail(
                codes::SHOW_TWO,
                "show accepts only a single argument. To display multiple values, use a template: show `@var1 @var2`",
            );
        }
        Ok(StmtKind::Show(Box::new(Show { labels, value })))
    }

    /// Whether something stands behind the operand that looks like another one.
    fn second_operand(&self) -> bool {
        let at = self.hws_end(self.pos);
        match self.byte(at) {
            Some(b'"' | b'\'' | b'`') => true,
            Some(b'<') => !self.comment_at(at),
            Some(b':') => self.text_at(at, "::"),
            Some(b'@') => self.block.is_none() || !(self.call_at(at) || self.augment_at(at)),
            _ => false,
        }
    }

    /// Whether `@name +=` stands at `at`.
    pub(super) fn augment_at(&self, at: usize) -> bool {
        let len = if self.byte(at) == Some(b'@') {
            self.name_len(at + 1)
        } else {
            0
        };
        len > 0 && self.text_at(self.hws_end(at + 1 + len), "+=")
    }

    fn show_operand(&mut self) -> PResult<Expr> {
        let start = self.pos;
        let operand = match self.peek() {
            Some(b'"') => match self.close_on_line(start + 1, b'"').is_some() {
                true => self.primary(Place::default())?,
                false => return self.fail_syntax(""),
            },
            Some(b'\'' | b'`' | b'@' | b'<') => self.primary(Place::default())?,
            Some(b':') if self.at("::") => self.primary(Place::default())?,
            Some(b'[') if self.at("[[") => self.quoted(Quote::Brackets)?,
            Some(b'|') if self.at("||") => return self.value(Place::default()),
            Some(b'{') => return self.show_command(),
            None | Some(b'\n' | b'\r' | b']' | b';') => return self.show_missing(),
            Some(b) if is_name_start(b) => return self.show_word(),
            _ if self.comment_at(start) => return self.show_missing(),
            _ => return self.fail_syntax("Bind the value to a variable, or put it in a template."),
        };
        self.value_tails(operand, Place::default())
    }

    fn show_word(&mut self) -> PResult<Expr> {
        let word = self.word_from(self.pos);
        match word {
            "foreach" | "verify" => {
                let operand = self.primary(Place::default())?;
                self.value_tails(operand, Place::default())
            }
            "cmd" | "sh" | "bash" | "js" | "javascript" | "node" | "py" | "python" | "run" => {
                self.show_command()
            }
            "true" | "false" | "null" | "when" | "for" | "loop" | "new" | "box" | "env" => {
                self.fail_syntax("Bind the value to a variable, or put it in a template.")
            }
            _ => self.show_missing(),
        }
    }

    fn show_missing<T>(&mut self) -> PResult<T> {
        self.fail(
            codes::SHOW_MISSING,
            "Missing content in show directive. Expected template, variable, or path to show.",
        )
    }

    fn show_command<T>(&mut self) -> PResult<T> {
        self.fail(
            codes::SHOW_COMMAND,
            "show does not execute commands. Use run cmd { ... } (or run sh { ... }) instead.",
        )
    }

    /// `log …`, behind the word (spec 03 §15.2).
    pub(super) fn log(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let labels = self.effect_labels()?;
        let value = if labels.is_empty() {
            self.optional_operand()?.map(|v| *v)
        } else {
            Some(self.effect_value()?)
        };
        let format = self.format()?;
        Ok(StmtKind::Log(Box::new(Log {
            labels,
            value,
            format,
        })))
    }

    /// The operand of `log`, `output`, `append`: a value.
    fn effect_value(&mut self) -> PResult<Expr> {
        self.value(Place::default())
    }

    /// `output …`, behind the word (spec 03 §15.1).
    pub(super) fn output_stmt(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        if self.at_operand_end() || self.comment_at(self.pos) {
            return self.fail(
                codes::OUTPUT_SYNTAX,
                "Missing content in output directive. Expected source or target specification.",
            );
        }
        let labels = self.effect_labels()?;
        if self.eat_word("to") {
            let target = self.target()?;
            let format = self.format()?;
            return Ok(StmtKind::Output(Box::new(Output {
                labels,
                source: None,
                target,
                format,
            })));
        }
        self.quoted_path_closed()?;
        let start = self.pos;
        let source = self.effect_value()?;
        let next = self.ahead();
        if self.word_at(next.at, "to") {
            self.pos = next.at + 2;
            let target = self.target()?;
            let format = self.format()?;
            return Ok(StmtKind::Output(Box::new(Output {
                labels,
                source: Some(source),
                target,
                format,
            })));
        }
        self.skip_hws();
        if matches!(self.peek(), Some(b'"' | b'\'' | b'`')) || self.at("::") {
            let target = self.target()?;
            let format = self.format()?;
            return Ok(StmtKind::Output(Box::new(Output {
                labels,
                source: Some(source),
                target,
                format,
            })));
        }
        let is_path = matches!(source.kind, ExprKind::Text(..) | ExprKind::Template(_));
        if is_path
            && labels.is_empty()
            && (self.at_operand_end() || self.comment_at(self.pos) || self.at_word("as"))
        {
            let target = self.path_target(start, source);
            let format = self.format()?;
            return Ok(StmtKind::Output(Box::new(Output {
                labels,
                source: None,
                target,
                format,
            })));
        }
        self.fail_hint(
            codes::OUTPUT_SYNTAX,
            "Invalid output syntax: missing 'to' keyword.",
            "Write: output @value to \"path\"",
        )
    }

    /// Whether a statement's operands end here.
    pub(super) fn at_operand_end(&self) -> bool {
        self.at_eol() || matches!(self.peek(), Some(b']' | b';' | b'|'))
    }

    /// An unclosed quote in `output` has a text of its own.
    fn quoted_path_closed(&mut self) -> PResult<()> {
        let open = match self.peek() {
            Some(b'"') => self.close_on_line(self.pos + 1, b'"').is_some(),
            Some(b'\'') => self.text(self.pos + 1, self.end).contains('\''),
            _ => true,
        };
        if open {
            Ok(())
        } else {
            self.fail(
                codes::OUTPUT_SYNTAX,
                "Unclosed quoted path in output directive.",
            )
        }
    }

    /// The target of `output`, behind `to` (spec 03 §15.1). What it is, the text as written decides.
    pub(super) fn target(&mut self) -> PResult<Target> {
        self.skip_hws();
        let start = self.pos;
        if self.at_operand_end() || self.comment_at(start) {
            return self.fail(
                codes::OUTPUT_SYNTAX,
                "Missing target in output directive. Expected path, stdout, stderr, or env after 'to'.",
            );
        }
        self.quoted_path_closed()?;
        match self.peek() {
            Some(b'"' | b'\'' | b'`' | b':') => {
                let path = self.path_text()?;
                return Ok(self.path_target(start, path));
            }
            Some(b'@') => {
                let (text, span) = self.bare_path();
                return Ok(Target::Resolver(Name { text, span }));
            }
            _ => {}
        }
        let (text, span) = self.bare_path();
        Ok(match text.as_str() {
            "stdout" => Target::Stdout,
            "stderr" => Target::Stderr,
            "env" => Target::Env(None),
            _ => match text.strip_prefix("env:") {
                Some(name) if self.is_whole_name(name) => {
                    let span = Span {
                        start: span.start + 4,
                        end: span.end,
                    };
                    Target::Env(Some(Name {
                        text: name.into(),
                        span,
                    }))
                }
                _ => Target::File(Expr {
                    kind: ExprKind::Text(text, Quote::Single),
                    span,
                }),
            },
        })
    }

    /// The target that a quoted text at `start` is.
    fn path_target(&self, start: usize, path: Expr) -> Target {
        if self.text_at(start + 1, "state://") {
            Target::State(without_scheme(path))
        } else {
            Target::File(path)
        }
    }

    fn is_whole_name(&self, name: &str) -> bool {
        name.bytes().next().is_some_and(is_name_start)
            && name
                .bytes()
                .all(|b| super::cursor::is_name_part(b) || b == b'-')
    }

    /// A quoted text or template that is a path.
    fn path_text(&mut self) -> PResult<Expr> {
        match self.peek() {
            Some(b'"') => self.quoted(Quote::Double),
            Some(b'\'') => self.quoted(Quote::Single),
            Some(b'`') => self.quoted(Quote::Backtick),
            _ if self.at(":::") => self.quoted(Quote::TripleColon),
            _ => self.quoted(Quote::DoubleColon),
        }
    }

    /// A path without quotes: up to white space or what ends a statement.
    fn bare_path(&mut self) -> (EcoString, Span) {
        let start = self.pos;
        while let Some(b) = self.peek() {
            if super::cursor::is_blank(b) || matches!(b, b']' | b';' | b'|') {
                break;
            }
            self.pos += 1;
        }
        (self.text(start, self.pos).into(), self.span_from(start))
    }

    /// `as FORMAT`, if it follows.
    pub(super) fn format(&mut self) -> PResult<Option<Name>> {
        let at = self.hws_end(self.pos);
        if !self.word_at(at, "as") {
            return Ok(None);
        }
        self.pos = at + 2;
        self.skip_hws();
        match self.name() {
            Some(format) => Ok(Some(format)),
            None => {
                let message = ecow::eco_format!("Missing format in {} directive.", self.subject);
                self.fail(codes::OUTPUT_SYNTAX, message)
            }
        }
    }

    /// `append …`, behind the word (spec 03 §15.3).
    pub(super) fn append_stmt(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        if self.at_operand_end() || self.at_word("to") {
            return self.fail_syntax("");
        }
        let labels = self.effect_labels()?;
        let source = self.effect_value()?;
        let next = self.ahead();
        if !self.word_at(next.at, "to") {
            return self.fail_syntax("");
        }
        self.pos = next.at + 2;
        let path = self.append_path()?;
        let format = self.format()?;
        Ok(StmtKind::Append(Box::new(Append {
            labels,
            source: Some(source),
            path,
            format,
        })))
    }

    /// The path of `append`.
    pub(super) fn append_path(&mut self) -> PResult<Expr> {
        self.skip_hws();
        if self.at_operand_end() {
            return self.fail_syntax("");
        }
        if matches!(self.peek(), Some(b'"' | b'\'' | b'`')) || self.at("::") {
            return self.path_text();
        }
        if self.peek() == Some(b'@') {
            return self.fail_syntax("Put the path in quotes.");
        }
        let (text, span) = self.bare_path();
        Ok(Expr {
            kind: ExprKind::Text(text, Quote::Single),
            span,
        })
    }

    /// `stream …`, behind the word (spec 03 §16).
    pub(super) fn stream_stmt(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let value = self.stream_value(Place::default())?;
        Ok(StmtKind::Stream(Box::new(value)))
    }

    /// What `stream` runs: a call, code, or calls at the same time.
    pub(super) fn stream_value(&mut self, place: Place) -> PResult<Expr> {
        if self.peek() == Some(b'@') {
            let first = self.primary(place)?;
            let next = self.ahead_in(place);
            return match first {
                Expr {
                    kind: ExprKind::Path(path),
                    ..
                } if path.is_call() && self.text_at(next.at, "||") => self.group_from(*path, place),
                first => self.value_tails(first, place),
            };
        }
        if self.at_operand_end() && !self.at("||") {
            return self.fail_syntax("Write: stream @f() or stream sh { … }");
        }
        self.value(place)
    }

    /// `=> …`, behind the arrow (spec 02 §7.1, 05 §8.1).
    pub(super) fn return_stmt(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        // What asks for something of the loop or the pipeline is that, also as the result of a block.
        if matches!(
            self.word_from(self.pos),
            "retry" | "done" | "continue" | "skip" | "bail"
        ) {
            self.subject = "=>";
            return self.statement();
        }
        if self.at_mods() {
            let mods = self.mods()?;
            self.skip_hws();
            if self.at_operand_end() || self.at_comment() {
                return self.fail_mods_alone(&mods);
            }
            let value = self.return_value()?;
            return Ok(StmtKind::Return(Box::new(Return {
                mods,
                value: Some(value),
            })));
        }
        if stmt::is_only_statement(self.word_from(self.pos)) {
            return self.fail_text(
                self.pos,
                "=> gives a value: leave it out before a statement.",
            );
        }
        let value = if self.at_value() {
            Some(self.return_value()?)
        } else {
            None
        };
        Ok(StmtKind::Return(Box::new(Return {
            mods: Vec::new(),
            value,
        })))
    }

    fn return_value(&mut self) -> PResult<Expr> {
        if self.peek() == Some(b'[') {
            let start = self.pos;
            let operand = if self.block_ahead(true) {
                let block = self.block("value", false)?;
                self.expr_from(start, ExprKind::Block(Box::new(block)))
            } else {
                self.primary(Place::default())?
            };
            let value = self.continue_value(operand, Place::default())?;
            return Ok(value);
        }
        self.value(Place::default())
    }

    /// An operand that may be missing: on the same line or there is none (spec 01 §1).
    pub(super) fn optional_operand(&mut self) -> PResult<Option<Box<Expr>>> {
        self.skip_hws();
        if self.at_value() {
            self.value(Place::default()).map(|v| Some(Box::new(v)))
        } else {
            Ok(None)
        }
    }

    /// Whether a value begins here, and not the end of the statement or the next one.
    pub(super) fn at_value(&self) -> bool {
        match self.peek() {
            None | Some(b'\n' | b'\r' | b']' | b';' | b',' | b')' | b'}') => false,
            Some(b'|') => self.at("||"),
            Some(b'=') => !self.at("=>"),
            Some(b'>' | b'<') if self.at_comment() => false,
            Some(b'@') if self.block.is_some() => !self.augment_at(self.pos),
            Some(b'*') => false,
            Some(b) if is_name_start(b) => {
                let word = self.word_from(self.pos);
                !stmt::is_only_statement(word)
                    && !matches!(word, "as" | "none" | "with" | "else" | "to")
            }
            _ => true,
        }
    }
}

/// A path without its `state://`.
fn without_scheme(mut path: Expr) -> Expr {
    use crate::ast::Part;
    let strip = |t: &EcoString| t.strip_prefix("state://").map(EcoString::from);
    match &mut path.kind {
        ExprKind::Text(text, _) => {
            if let Some(rest) = strip(text) {
                *text = rest;
            }
        }
        ExprKind::Template(template) => {
            if let Some(Part::Text(text)) = template.parts.first_mut()
                && let Some(rest) = strip(text)
            {
                *text = rest;
            }
            if matches!(template.parts.first(), Some(Part::Text(t)) if t.is_empty()) {
                template.parts.remove(0);
            }
        }
        _ => {}
    }
    path
}
