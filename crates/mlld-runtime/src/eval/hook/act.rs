//! An operation as hooks see it, and which hooks watch it (spec 03 §17).

use super::Hook;
use crate::eval::{Cx, path};
use crate::value::{Executable, Home, Value, render};
use ecow::EcoString;
use mlld_security::{Labelled, Operation, Reader, Target, is_under, shown_labels};
use mlld_syntax::ast::{Name, WatchFilter};
use std::sync::Arc;

/// Kinds that filters match whole: `op:for` is the loop, not each of its passes.
const WHOLE: [&str; 3] = ["for", "for:iteration", "for:batch"];

/// An operation as hooks see it.
#[derive(Clone)]
pub(in crate::eval) struct Act {
    /// What it is: `show`, `var`, `exe`, `for:iteration`.
    pub(in crate::eval) kind: &'static str,
    /// The executable, or the variable.
    pub(super) name: Option<EcoString>,
    /// What filters match besides the kind.
    targets: Arc<[Target]>,
    /// The executable that is called.
    pub(super) called: Option<Called>,
    /// What a before-hook returns takes the place of its inputs.
    pub(super) replaces: Replaces,
}

/// The executable that a call calls.
#[derive(Clone)]
pub(super) struct Called {
    home: Home,
    pub(super) params: Vec<EcoString>,
}

/// What a before-hook may put in place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Replaces {
    /// Nothing: what is printed, written or run stays.
    Nothing,
    /// The one value.
    Value,
    /// The first argument; with an array all, place by place.
    Arguments,
}

impl Act {
    /// An operation that only hooks know.
    pub(in crate::eval) fn named(kind: &'static str, name: Option<EcoString>) -> Self {
        Self {
            kind,
            name,
            targets: Arc::new([]),
            called: None,
            replaces: Replaces::Nothing,
        }
    }

    /// An operation of the gate.
    pub(in crate::eval) fn of(kind: &'static str, operation: &Operation) -> Self {
        Self {
            targets: Arc::clone(&operation.targets),
            ..Self::named(kind, None)
        }
    }

    /// `var`: `labels` are those of the declaration.
    pub(in crate::eval) fn variable(name: &Name, labels: &[Name]) -> Self {
        Self {
            targets: labels
                .iter()
                .map(|l| Target::shown(l.text.clone()))
                .collect(),
            replaces: Replaces::Value,
            ..Self::named("var", Some(name.text.clone()))
        }
    }

    /// A call.
    pub(super) fn call(executable: &Executable, targets: Vec<Target>) -> Self {
        Self {
            targets: targets.into(),
            called: Some(Called {
                home: executable.home,
                params: executable.params.clone(),
            }),
            replaces: Replaces::Arguments,
            ..Self::named("exe", Some(executable.name.clone()))
        }
    }

    /// `@mx.op.labels`.
    pub(super) fn labels(&self) -> Vec<EcoString> {
        shown_labels(&self.targets)
    }

    /// Whether `hook` watches this operation on these inputs. What was looked at to tell goes into `decided`.
    pub(super) fn is_watched_by(
        &self,
        cx: &Cx<'_>,
        hook: &Hook,
        inputs: &[Labelled<Value>],
        decided: &Reader<'_>,
    ) -> bool {
        match &hook.written.filter {
            WatchFilter::Operation(name) => self.is_kind(&name.text),
            WatchFilter::Label(label) => {
                let label = label.text.as_str();
                self.targets.iter().any(|t| is_under(&t.label, label))
                    || inputs
                        .iter()
                        .any(|i| cx.run.store().carries(i.descriptor(), label))
            }
            WatchFilter::Function(name, start) => {
                self.calls(cx, &name.text, decided)
                    && start.as_ref().is_none_or(|start| {
                        inputs.first().is_some_and(|first| {
                            render::stage(first.read(decided)).starts_with(start.as_str())
                        })
                    })
            }
        }
    }

    /// Whether `op:NAME` means this operation.
    fn is_kind(&self, name: &str) -> bool {
        if WHOLE.contains(&self.kind) {
            return self.kind == name;
        }
        let keys = self.targets.iter().map(|t| t.label.as_str());
        let derived = keys.filter_map(|k| k.strip_prefix("op:"));
        std::iter::once(self.kind)
            .chain(derived)
            .any(|key| is_under(key, name))
    }

    /// Whether this is a call of the executable that `name` means: by its own name, or by what the module calls
    /// it.
    fn calls(&self, cx: &Cx<'_>, name: &str, decided: &Reader<'_>) -> bool {
        let Some(called) = &self.called else {
            return false;
        };
        if self.name.as_deref() == Some(name) {
            return true;
        }
        let mut parts = name.split('.');
        let Some(mut value) = parts
            .next()
            .and_then(|first| path::lookup(cx, first))
            .map(|v| v.take(decided))
        else {
            return false;
        };
        for part in parts {
            let member = match value.data() {
                Value::Object(object) => object.get(part).cloned(),
                _ => None,
            };
            match member {
                Some(member) => value = member,
                None => return false,
            }
        }
        matches!(value.data(), Value::Executable(e) if e.home == called.home)
    }
}
