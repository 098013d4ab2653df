//! Values with their pipelines (spec 03 §1, §2, §5, §6).

use super::cursor::is_name_start;
use super::{PResult, Parser, Place, codes};
use crate::ast::{
    Append, Duration, Expr, ExprKind, Mode, Output, Path, Pipe, Stage, StageKind, Step, StepKind,
};
use ecow::eco_format;

impl Parser<'_> {
    /// A whole value: an expression or leading group, options, stages.
    pub(super) fn value(&mut self, place: Place) -> PResult<Expr> {
        if self.at("||") {
            let start = self.pos;
            return self.leading_group(start, place);
        }
        let value = self.expr(place)?;
        self.value_tails(value, place)
    }

    /// Options and stages behind a value (spec 01 §16.7).
    pub(super) fn value_tails(&mut self, value: Expr, place: Place) -> PResult<Expr> {
        let value = self.call_tails(value, place)?;
        if !self.pipe_ahead(place) {
            return Ok(value);
        }
        if let ExprKind::With(with) = &value.kind
            && with.with.pipeline.is_some()
        {
            return self.fail(
                codes::WITH_SYNTAX,
                "A value takes its stages from with { pipeline } or from |, not from both.",
            );
        }
        let start = value.span;
        let groups = self.pipe_groups(place)?;
        let span = start.to(self.span_from(self.pos));
        let pipe = Pipe {
            source: Some(value),
            groups,
            cap: None,
        };
        let value = Expr {
            kind: ExprKind::Pipe(Box::new(pipe)),
            span,
        };
        let value = self.call_tails(value, place)?;
        if let ExprKind::With(with) = &value.kind
            && with.with.pipeline.is_some()
        {
            return self.fail(
                codes::WITH_SYNTAX,
                "A value takes its stages from with { pipeline } or from |, not from both.",
            );
        }
        Ok(value)
    }

    /// Whether a `|` of a pipeline follows.
    pub(super) fn pipe_ahead(&mut self, place: Place) -> bool {
        let ahead = self.ahead_in(place);
        if self.byte(ahead.at) != Some(b'|') || self.byte(ahead.at + 1) == Some(b'|') {
            return false;
        }
        // In a document a line that begins with a bar may be a table (spec 01 §1).
        ahead.lines == 0 || self.mode == Mode::Strict || self.stage_at(self.hws_end(ahead.at + 1))
    }

    /// Whether a stage begins at `at`.
    fn stage_at(&self, at: usize) -> bool {
        match self.byte(at) {
            Some(b'@') => self.name_len(at + 1) > 0,
            Some(b'{') => true,
            Some(b'|') => self.text_at(at, "||"),
            _ => match self.word_from(at) {
                "show" | "log" | "output" | "append" => true,
                word @ ("cmd" | "data") => {
                    let next = self.byte(self.hws_end(at + word.len()));
                    next == Some(b'{') || self.byte(at + 3) == Some(b':')
                }
                "while" => self.byte(self.hws_end(at + 5)) == Some(b'('),
                _ => false,
            },
        }
    }

    /// `| stage || stage | …`: one group a step.
    pub(super) fn pipe_groups(&mut self, place: Place) -> PResult<Vec<Vec<Stage>>> {
        let mut groups = Vec::new();
        while self.pipe_ahead(place) {
            let bar = self.ahead_in(place).at;
            self.pos = bar + 1;
            groups.push(self.group(bar, place)?);
        }
        Ok(groups)
    }

    /// A stage and what stands beside it.
    fn group(&mut self, bar: usize, place: Place) -> PResult<Vec<Stage>> {
        let mut group = vec![self.stage(bar, place)?];
        loop {
            let at = self.ahead_in(place).at;
            if !self.text_at(at, "||") {
                return Ok(group);
            }
            self.pos = at + 2;
            group.push(self.stage(at, place)?);
        }
    }

    /// The stages of a batch: `| …` or `|| a || b …` at the position.
    pub(super) fn batch_groups(&mut self) -> PResult<Vec<Vec<Stage>>> {
        let place = Place::default();
        let mut groups = Vec::new();
        let bar = self.pos;
        if self.eat("||") {
            groups.push(self.group(bar, place)?);
        }
        groups.extend(self.pipe_groups(place)?);
        Ok(groups)
    }

    /// `|| @a() || @b() | …`, at its first bar.
    pub(super) fn leading_group(&mut self, start: usize, place: Place) -> PResult<Expr> {
        self.pos += 2;
        let first = self.leading_call(start, place)?;
        self.group_behind(start, vec![first], place)
    }

    /// `@a() || @b() …`, behind its first call.
    pub(super) fn group_from(&mut self, first: Path, place: Place) -> PResult<Expr> {
        let span = first.span;
        self.group_behind(
            span.start as usize,
            vec![Stage {
                kind: StageKind::Call(first),
                span,
            }],
            place,
        )
    }

    fn leading_call(&mut self, bar: usize, place: Place) -> PResult<Stage> {
        self.pos = self.ahead_in(place).at;
        let start = self.pos;
        if self.peek() == Some(b'@') {
            let path = self.stage_path()?;
            if path.is_call() {
                return Ok(Stage {
                    kind: StageKind::Call(path),
                    span: self.span_from(start),
                });
            }
        }
        self.fail_at(
            bar,
            codes::BAD_STAGE,
            "A parallel group at the start of a pipeline takes calls with brackets.",
            "Write: || @a() || @b()",
        )
    }

    fn group_behind(&mut self, start: usize, mut group: Vec<Stage>, place: Place) -> PResult<Expr> {
        loop {
            let at = self.ahead_in(place).at;
            if !self.text_at(at, "||") {
                break;
            }
            self.pos = at + 2;
            group.push(self.leading_call(at, place)?);
        }
        if group.len() < 2 {
            return self.fail_at(
                start,
                codes::BAD_STAGE,
                "A parallel group needs at least two calls.",
                "Write: || @a() || @b()",
            );
        }
        let mut groups = vec![group];
        groups.extend(self.pipe_groups(place)?);
        let at = self.ahead_in(place);
        let mut cap = None;
        if at.lines == 0 && self.byte(at.at) == Some(b'(') {
            self.pos = at.at;
            cap = Some(self.cap()?);
        }
        let pipe = Pipe {
            source: None,
            groups,
            cap,
        };
        let value = self.expr_from(start, ExprKind::Pipe(Box::new(pipe)));
        self.call_tails(value, place)
    }

    /// `(n)` or `(n, duration)`.
    pub(super) fn cap(&mut self) -> PResult<(Expr, Option<Duration>)> {
        self.pos += 1;
        self.skip_ws();
        let cap = self.nested(|p| p.expr(Place::paren()))?;
        self.skip_ws();
        let mut pace = None;
        if self.eat(",") {
            self.skip_ws();
            pace = Some(self.duration()?);
            self.skip_ws();
        }
        if self.eat(")") {
            Ok((cap, pace))
        } else {
            self.fail_unclosed_paren()
        }
    }

    /// One stage, behind its bar.
    pub(super) fn stage(&mut self, bar: usize, place: Place) -> PResult<Stage> {
        self.pos = self.ahead_in(place).at;
        let start = self.pos;
        let kind = match self.peek() {
            Some(b'@') => StageKind::Call(self.stage_path()?),
            Some(b'{') => StageKind::Object(self.object_entries()?),
            Some(b) if is_name_start(b) => self.word_stage(bar)?,
            _ => {
                return self.fail_at(
                    bar,
                    codes::BAD_STAGE,
                    "A stage is missing behind '|'.",
                    "Write: @value | @stage",
                );
            }
        };
        Ok(Stage {
            kind,
            span: self.span_from(start),
        })
    }

    /// `@f`, `@ns.f(a)`: fields and at most one call.
    pub(super) fn stage_path(&mut self) -> PResult<Path> {
        let start = self.pos;
        let Some(name) = self.at_name() else {
            return self.fail_syntax("");
        };
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let begin = self.pos;
            if self.peek() == Some(b'(') {
                let args = self.args(false)?;
                let kind = match steps.pop() {
                    None => StepKind::Call(args),
                    Some(Step {
                        kind: StepKind::Field(field),
                        span,
                    }) => {
                        let name = crate::ast::Name {
                            text: field,
                            span: crate::span::Span {
                                start: span.start + 1,
                                ..span
                            },
                        };
                        steps.push(Step {
                            kind: StepKind::Method(name, args),
                            span: span.to(self.span_from(begin)),
                        });
                        break;
                    }
                    Some(other) => {
                        steps.push(other);
                        break;
                    }
                };
                steps.push(Step {
                    kind,
                    span: self.span_from(begin),
                });
                break;
            }
            let named = self.peek() == Some(b'.') && self.name_len(self.pos + 1) > 0;
            match if named { self.field() } else { None } {
                Some(kind) => steps.push(Step {
                    kind,
                    span: self.span_from(begin),
                }),
                None => break,
            }
        }
        Ok(Path {
            name,
            steps,
            optional: false,
            span: self.span_from(start),
        })
    }

    /// A stage that begins with a word.
    fn word_stage(&mut self, bar: usize) -> PResult<StageKind> {
        let start = self.pos;
        let word = self.word_from(start);
        match word {
            "show" | "log" => {
                self.pos += word.len();
                let source = self.stage_source()?;
                Ok(if word == "show" {
                    StageKind::Show(source)
                } else {
                    StageKind::Log(source)
                })
            }
            "output" => self.output_stage(bar),
            "append" => self.append_stage(),
            "cmd" if self.code_ahead(start + 3) => {
                let code = self.code(crate::ast::Lang::Cmd, 3)?;
                Ok(StageKind::Cmd(code))
            }
            "data" if self.byte(self.hws_end(start + 4)) == Some(b'{') => {
                self.pos = self.hws_end(start + 4);
                Ok(StageKind::Object(self.object_entries()?))
            }
            "while" => self.while_stage(),
            "sh" | "bash" | "js" | "javascript" | "node" | "py" | "python"
                if self.code_ahead(start + word.len()) =>
            {
                let message = eco_format!("{word} {{ }} cannot stand in a pipeline.");
                let hint =
                    eco_format!("Give it a name: exe @step(x) = {word} {{ … }}, then | @step");
                self.fail_at(bar, codes::BAD_STAGE, message, hint)
            }
            _ => {
                let hint = eco_format!("Did you mean: | @{word}");
                self.fail_hint(
                    codes::BAD_STAGE,
                    "Pipeline filters require the @ prefix.",
                    hint,
                )
            }
        }
    }

    /// What `show`, `log`, `output` as stages write instead of the passing value: on the same line.
    fn stage_source(&mut self) -> PResult<Option<Expr>> {
        let at = self.hws_end(self.pos);
        let begins =
            matches!(self.byte(at), Some(b'"' | b'\'' | b'`' | b'@')) || self.text_at(at, "::");
        if !begins
            || (self.block.is_some()
                && (self.augment_at(at) || self.byte(at) == Some(b'@') && self.call_at(at)))
        {
            return Ok(None);
        }
        self.pos = at;
        self.primary(Place {
            no_with: true,
            ..Place::default()
        })
        .map(Some)
    }

    fn output_stage(&mut self, bar: usize) -> PResult<StageKind> {
        self.pos += "output".len();
        let source = self.stage_source()?;
        let at = self.ahead().at;
        if !self.word_at(at, "to") {
            return self.fail_text(
                bar,
                "The stage output needs its target: | output to \"path\"",
            );
        }
        self.pos = at + 2;
        let target = self.target()?;
        let format = self.format()?;
        Ok(StageKind::Output(Output {
            labels: Vec::new(),
            source,
            target,
            format,
        }))
    }

    fn append_stage(&mut self) -> PResult<StageKind> {
        self.pos += "append".len();
        self.skip_hws();
        let mut source = None;
        if !self.eat_word("to") {
            let first = match self.stage_source()? {
                Some(first) => first,
                None => self.append_path()?,
            };
            let at = self.hws_end(self.pos);
            if !self.word_at(at, "to") {
                if matches!(first.kind, ExprKind::Path(_)) {
                    return self.fail_syntax_of("append");
                }
                return Ok(StageKind::Append(Append {
                    labels: Vec::new(),
                    source: None,
                    path: first,
                    format: None,
                }));
            }
            self.pos = at + 2;
            source = Some(first);
        }
        let path = self.append_path()?;
        let format = self.format()?;
        Ok(StageKind::Append(Append {
            labels: Vec::new(),
            source,
            path,
            format,
        }))
    }

    /// Reports the syntax of a directive that stands inside another one.
    fn fail_syntax_of<T>(&mut self, subject: &'static str) -> PResult<T> {
        self.framed(subject, self.start, |p| p.fail_syntax(""))
    }

    /// `while(cap, pace) @f` (spec 03 §13).
    fn while_stage(&mut self) -> PResult<StageKind> {
        self.pos += "while".len();
        self.skip_hws();
        let no_cap = self.peek() != Some(b'(') || {
            let mut at = self.pos + 1;
            while self.byte(at).is_some_and(super::cursor::is_blank) {
                at += 1;
            }
            self.byte(at) == Some(b')')
        };
        if no_cap {
            return self.fail(
                codes::BAD_WHILE,
                "while() requires a maximum iteration count, e.g., while(10) @processor",
            );
        }
        let (cap, pace) = self.cap()?;
        self.skip_hws();
        if !(self.peek() == Some(b'@') && self.name_len(self.pos + 1) > 0) {
            return self.fail(
                codes::BAD_WHILE,
                "while expects an executable reference like @processor after the iteration cap.",
            );
        }
        let path = self.stage_path()?;
        Ok(StageKind::While(cap, pace, path))
    }
}
