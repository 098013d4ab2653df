//! What a stage of a pipeline knows of its pipeline: `@input`, `@mx.try`, `@p` … (spec 03 §10).

use super::Cx;
use super::scope::{Kind, Scope};
use crate::value::{Object, Value, render};
use mlld_security::{LabelStore, Labelled};
use std::sync::Arc;

/// A finished repetition of a stage.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) attempt: u32,
    pub(crate) hint: Labelled<Value>,
    /// What the repeated stage gave.
    pub(crate) output: Labelled<Value>,
}

/// The context of a stage.
#[derive(Clone)]
pub(crate) struct PipeContext {
    /// Its number, from 1; 0 before the first.
    pub(crate) stage: usize,
    input: Labelled<Value>,
    last: Option<Labelled<Value>>,
    /// What came out of the source and of the finished stages.
    history: Arc<Vec<Labelled<Value>>>,
    attempt: u32,
    tries: Vec<Attempt>,
    hint: Labelled<Value>,
    retries: Vec<Vec<Labelled<Value>>>,
}

impl PipeContext {
    /// Before the first stage.
    pub(super) fn new(source: Labelled<Value>) -> Self {
        Self {
            stage: 0,
            input: source.clone(),
            last: None,
            history: Arc::new(vec![source]),
            attempt: 1,
            tries: Vec::new(),
            hint: Labelled::literal(Value::Null),
            retries: Vec::new(),
        }
    }

    /// In a stage.
    pub(super) fn enter(&mut self, stage: usize, input: &Labelled<Value>) {
        self.stage = stage;
        self.input = input.clone();
        self.last = (stage > 1).then(|| input.clone());
        // What came before the input is there already, and stays; what came behind it was discarded by a retry.
        let history = Arc::make_mut(&mut self.history);
        history.truncate(stage.saturating_sub(1));
        history.push(input.clone());
    }

    /// The source has run again.
    pub(super) fn source(&mut self, source: Labelled<Value>) {
        self.history = Arc::new(vec![source]);
    }

    /// No retry concerns the stage.
    pub(super) fn first_try(&mut self) {
        self.attempt = 1;
        self.tries.clear();
        self.hint = Labelled::literal(Value::Null);
    }

    /// The stage asks, or is repeated.
    pub(super) fn retrying(&mut self, attempt: u32, tries: &[Attempt], hint: Labelled<Value>) {
        self.attempt = attempt;
        self.tries = tries.to_vec();
        self.hint = hint;
    }

    /// A retry is over: its attempts are kept.
    pub(super) fn finished_retry(&mut self, outputs: Vec<Labelled<Value>>) {
        self.retries.push(outputs);
    }

    /// A scope in which `@input` is the stage's.
    pub(super) fn scope<'a>(&self, cx: &Cx<'a>) -> Scope<'a> {
        let scope = cx.scope.inner();
        scope.bind("input".into(), self.input.clone(), Kind::Loop);
        scope
    }

    /// For an effect: `@input` is the value that passes.
    pub(super) fn pass(&mut self, value: &Labelled<Value>) {
        self.input = value.clone();
    }

    /// A field of `@mx`.
    pub(super) fn ambient(&self, store: &LabelStore, field: &str) -> Option<Labelled<Value>> {
        Some(match field {
            "try" => Labelled::literal(Value::Number(f64::from(self.attempt))),
            "tries" => self.attempts(store),
            "hint" => self.hint.clone(),
            "stage" => Labelled::literal(Value::Number(self.stage as f64)),
            "input" => self.input.clone(),
            "lastOutput" => self
                .last
                .clone()
                .unwrap_or_else(|| Labelled::literal(Value::Null)),
            "isPipeline" => Labelled::literal(Value::Bool(true)),
            _ => return None,
        })
    }

    /// The repetitions so far.
    fn attempts(&self, store: &LabelStore) -> Labelled<Value> {
        let parts = self.tries.iter().map(|t| {
            t.hint.clone().zip(t.output.clone(), store, |hint, output| {
                let hint = match hint {
                    Value::Null | Value::Absent => Value::Text("Stage requested retry".into()),
                    other => other,
                };
                let mut object = Object::default();
                object.insert("attempt".into(), Value::Number(f64::from(t.attempt)));
                object.insert("result".into(), Value::Text("retry".into()));
                object.insert("hint".into(), hint);
                object.insert("output".into(), Value::Text(render::stage(&output)));
                Value::Object(Arc::new(object))
            })
        });
        Labelled::gather(store, parts).map(|v| Value::Array(Arc::new(v)))
    }

    /// `@p` (spec 03 §10): an index of it, or a field.
    pub(super) fn history(&self, index: f64) -> Labelled<Value> {
        let at = if index < 0.0 {
            self.history.len() as f64 + index
        } else {
            index
        };
        let found = (at >= 0.0 && at.fract() == 0.0)
            .then(|| self.history.get(at as usize))
            .flatten();
        found
            .cloned()
            .unwrap_or_else(|| Labelled::literal(Value::Absent))
    }

    /// A field of `@p`.
    pub(super) fn history_field(&self, store: &LabelStore, field: &str) -> Option<Labelled<Value>> {
        match field {
            "length" => Some(Labelled::literal(Value::Number(
                self.history.len().saturating_sub(1) as f64,
            ))),
            "stage" | "try" => self.ambient(store, field),
            "tries" => Some(self.attempts(store)),
            "retries" => {
                let all = self.retries.iter().map(|outputs| {
                    Labelled::gather(store, outputs.iter().cloned())
                        .map(|v| Value::Array(Arc::new(v)))
                });
                let all = Labelled::gather(store, all).map(|v| Value::Array(Arc::new(v)));
                Some(all.map(|all| {
                    let mut object = Object::default();
                    object.insert("all".into(), all);
                    Value::Object(Arc::new(object))
                }))
            }
            _ => None,
        }
    }

    /// `@p` as a whole.
    pub(super) fn whole(&self, store: &LabelStore) -> Labelled<Value> {
        Labelled::gather(store, self.history.iter().cloned()).map(|v| Value::Array(Arc::new(v)))
    }
}
