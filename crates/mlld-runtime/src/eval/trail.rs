//! Places that values pass: what is told when somebody asks where a label came from (see [`mlld_security::Origin`]).

use super::Cx;
use crate::value::Value;
use ecow::EcoString;
use mlld_security::{Descriptor, How, Labelled, Stop, StopKey, StopKind};
use mlld_syntax::Span;

impl Cx<'_> {
    /// The value of a variable: it has passed its declaration, where labels may have been `declared`.
    pub(super) fn named(
        &self,
        value: Labelled<Value>,
        name: &EcoString,
        declared: Descriptor,
    ) -> Labelled<Value> {
        self.bound(value, StopKind::Variable, name, declared)
    }

    /// What is imported under a name.
    pub(super) fn imported(
        &self,
        value: Labelled<Value>,
        name: &EcoString,
        declared: Descriptor,
    ) -> Labelled<Value> {
        self.bound(value, StopKind::Import, name, declared)
    }

    fn bound(
        &self,
        value: Labelled<Value>,
        kind: StopKind,
        name: &EcoString,
        declared: Descriptor,
    ) -> Labelled<Value> {
        let new = [(declared, How::Declared)];
        self.pass(value, kind, self.stmt.span, name, &new)
    }

    /// The result of a call that is written at `site`: with the labels of the executable, those that a rule put, and
    /// those of where it was made.
    pub(super) fn returned(
        &self,
        value: Labelled<Value>,
        site: Span,
        name: &EcoString,
        [labels, by_rule, made]: [Descriptor; 3],
    ) -> Labelled<Value> {
        let new = [
            (labels, How::Executable),
            (by_rule, How::Rule),
            (made, How::Made),
        ];
        self.pass(value, StopKind::Call, site, name, &new)
    }

    /// A value that passes a place.
    fn pass(
        &self,
        value: Labelled<Value>,
        kind: StopKind,
        span: Span,
        name: &EcoString,
        new: &[(Descriptor, How)],
    ) -> Labelled<Value> {
        let key = StopKey {
            module: self.module.number,
            offset: span.start,
            kind,
        };
        value.passing(self.run.store(), key, new, || Stop {
            kind,
            name: name.clone(),
            place: self.place(span),
        })
    }
}
