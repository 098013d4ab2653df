//! Options: `with { … }`, `using …`, the older `pipeline [ … ]` (spec 02 §6.5, 03 §1, 06 §19.2).

use super::{PResult, Parser, Place, codes};
use crate::ast::{Entry, Expr, ExprKind, Name, Pair, Path, Stage, Using, With, WithExpr};

impl Parser<'_> {
    /// Options behind a call, a command or a value.
    pub(super) fn call_tails(&mut self, value: Expr, place: Place) -> PResult<Expr> {
        if !self.tail_ahead(place) {
            return Ok(value);
        }
        let start = value.span;
        let with = self.tails(place)?;
        let span = start.to(self.span_from(self.pos));
        Ok(Expr {
            kind: ExprKind::With(Box::new(WithExpr { value, with })),
            span,
        })
    }

    /// Whether options follow.
    pub(super) fn tail_ahead(&mut self, place: Place) -> bool {
        let at = self.ahead_in(place).at;
        match self.byte(at) {
            Some(b'w') => !place.no_with && self.with_at(at),
            Some(b'u') => !place.no_with && self.using_at(at),
            Some(b'p') => {
                self.word_at(at, "pipeline")
                    && self.byte(self.hws_end(at + "pipeline".len())) == Some(b'[')
            }
            _ => false,
        }
    }

    /// Whether `with {` stands at `at`.
    pub(super) fn with_at(&self, at: usize) -> bool {
        self.word_at(at, "with") && self.byte(self.hws_end(at + 4)) == Some(b'{')
    }

    fn using_at(&self, at: usize) -> bool {
        let next = self.hws_end(at + 5);
        self.word_at(at, "using") && (self.byte(next) == Some(b'@') || self.text_at(next, "auth:"))
    }

    /// All options that follow, as one.
    fn tails(&mut self, place: Place) -> PResult<With> {
        let mut with = With::default();
        let start = self.ahead_in(place).at;
        while self.tail_ahead(place) {
            self.pos = self.ahead_in(place).at;
            if self.at_word("with") {
                self.with_object(&mut with)?;
            } else if self.at_word("using") {
                let using = self.using()?;
                if with.using.replace(using).is_some() {
                    return self.fail(
                        codes::WITH_SYNTAX,
                        "'using' is given twice; with { auth: [\"a\", \"b\"] } takes several.",
                    );
                }
            } else {
                self.pos = self.hws_end(self.pos + "pipeline".len());
                let stages = self.stage_list()?;
                self.set_pipeline(&mut with, stages)?;
            }
        }
        with.span = self.span_from(start);
        Ok(with)
    }

    /// `with { … }` at the position.
    pub(super) fn with_clause(&mut self) -> PResult<With> {
        let start = self.pos;
        let mut with = With::default();
        self.with_object(&mut with)?;
        with.span = self.span_from(start);
        Ok(with)
    }

    fn set_pipeline(&mut self, with: &mut With, stages: Vec<Vec<Stage>>) -> PResult<()> {
        if with.pipeline.replace(stages).is_some() {
            return self.fail(codes::WITH_SYNTAX, "A value takes one pipeline.");
        }
        Ok(())
    }

    fn with_object(&mut self, with: &mut With) -> PResult<()> {
        self.pos = self.hws_end(self.pos + 4);
        self.nested(|p| {
            p.pos += 1;
            while p.object_goes_on()? {
                if p.at("..") {
                    return p.fail_hint(
                        codes::WITH_SYNTAX,
                        "with { … } takes no spread.",
                        "Name each option.",
                    );
                }
                let (key, conditional) = p.entry_key()?;
                if key.text == "pipeline" && p.peek() == Some(b'[') {
                    let stages = p.stage_list()?;
                    p.set_pipeline(with, stages)?;
                } else {
                    let value = p.option_value()?;
                    with.entries.push(Entry::Pair(Pair {
                        key,
                        conditional,
                        value,
                    }));
                }
                p.object_comma()?;
            }
            Ok(())
        })
    }

    /// The value of an option: a time span is its milliseconds.
    fn option_value(&mut self) -> PResult<Expr> {
        let start = self.pos;
        match self.duration_literal() {
            Some(millis) => Ok(self.expr_from(start, ExprKind::Number(millis))),
            None => self.value(Place::default()),
        }
    }

    /// `[ @a, @b || @c, [@d, @e] ]`.
    fn stage_list(&mut self) -> PResult<Vec<Vec<Stage>>> {
        self.nested(|p| {
            let mut groups = Vec::new();
            p.pos += 1;
            loop {
                p.literal_gap("array")?;
                if p.eat("]") {
                    return Ok(groups);
                }
                let group = if p.peek() == Some(b'[') {
                    p.stage_group()?
                } else {
                    p.stage_row()?
                };
                groups.push(group);
                p.array_comma()?;
            }
        })
    }

    /// `[@a, @b]`: stages side by side.
    fn stage_group(&mut self) -> PResult<Vec<Stage>> {
        let mut group = Vec::new();
        self.pos += 1;
        loop {
            self.literal_gap("array")?;
            if self.eat("]") {
                if group.is_empty() {
                    return self.fail(codes::BAD_STAGE, "A group of stages is empty.");
                }
                return Ok(group);
            }
            let at = self.pos;
            group.push(self.stage(at, Place::default())?);
            self.array_comma()?;
        }
    }

    /// `@a || @b`.
    fn stage_row(&mut self) -> PResult<Vec<Stage>> {
        let at = self.pos;
        let mut group = vec![self.stage(at, Place::default())?];
        loop {
            let at = self.ahead().at;
            if !self.text_at(at, "||") {
                return Ok(group);
            }
            self.pos = at + 2;
            group.push(self.stage(at, Place::default())?);
        }
    }

    /// `using auth:NAME` or `using @v as NAME`.
    fn using(&mut self) -> PResult<Using> {
        self.pos += "using".len();
        self.skip_hws();
        if self.eat("auth:") {
            return match self.name() {
                Some(name) => Ok(Using::Auth(name)),
                None => self.fail_using(),
            };
        }
        let path: Path = self.access_path()?;
        self.skip_hws();
        if !self.eat_word("as") {
            return self.fail_using();
        }
        self.skip_hws();
        let name: Option<Name> = self.name();
        match name {
            Some(name) => Ok(Using::Var(path, name)),
            None => self.fail_using(),
        }
    }

    fn fail_using<T>(&mut self) -> PResult<T> {
        self.fail_hint(
            codes::WITH_SYNTAX,
            "Invalid using clause.",
            "Write: using auth:name  or  using @value as NAME",
        )
    }
}
