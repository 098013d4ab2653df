//! `foreach @f(…)` (spec 02 §4.7).

use super::{PResult, Parser, Place};
use crate::ast::{Foreach, Path, Step};

impl Parser<'_> {
    /// `foreach …`, behind the word.
    pub(super) fn foreach(&mut self) -> PResult<Foreach> {
        self.skip_hws();
        let start = self.pos;
        let Some(name) = self.at_name() else {
            return self.fail_syntax("");
        };
        let mut steps = Vec::new();
        while self.peek() == Some(b'.') {
            let begin = self.pos;
            let Some(kind) = self.field() else { break };
            steps.push(Step {
                kind,
                span: self.span_from(begin),
            });
        }
        let callee = Path {
            name,
            steps,
            optional: false,
            span: self.span_from(start),
        };
        if self.peek() != Some(b'(') {
            return self.fail_syntax("The arrays stand in brackets directly behind the name.");
        }
        let args = self.args(false)?;
        let (mut batch, mut with) = (None, None);
        loop {
            let next = self.ahead().at;
            if batch.is_none() && (self.batch_ahead() || self.pipe_ahead(Place::default())) {
                batch = Some(self.batch_groups()?);
            } else if with.is_none() && self.with_at(next) {
                self.pos = next;
                with = Some(self.with_clause()?);
            } else {
                return Ok(Foreach {
                    callee,
                    args,
                    batch,
                    with,
                });
            }
        }
    }
}
