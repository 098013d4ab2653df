//! Every test that can is made with a shared engine and with an engine of the block's own: a block must not be able
//! to tell them apart, save by changing what is built in.

mod carry_over;
mod console;
mod fuzz;
mod helpers;
mod limits;
mod names;
mod result;
mod values;
mod web;

use super::{
    Call, Callee, DEFAULT_MEMORY, Failure, Helper, Host, JsError, JsErrorKind, Line, Outcome,
    Param, Stream, plan, syntax, thread,
};
use crate::value::{Executable, Object, Value};
use ecow::EcoString;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Answer = fn(Callee<'_>, Vec<Value>) -> Result<Value, Failure>;

/// A host for tests.
#[derive(Default)]
struct Bench {
    /// When the block is to end.
    deadline: Option<Instant>,
    /// Lines, as they came.
    seen: RefCell<Vec<Line>>,
    /// Refuses lines with this text.
    refused: Option<&'static str>,
    /// Answers calls.
    answer: Option<Answer>,
    calls: Cell<usize>,
}

impl Host for Bench {
    fn interrupted(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn line(&self, line: &Line) -> Result<(), Failure> {
        if self.refused.is_some_and(|refused| line.text == refused) {
            return Err(Failure::End("may not be shown".into()));
        }
        self.seen.borrow_mut().push(line.clone());
        Ok(())
    }

    fn call(&self, callee: Callee<'_>, args: Vec<Value>) -> Result<Value, Failure> {
        self.calls.set(self.calls.get() + 1);
        match self.answer {
            Some(answer) => answer(callee, args),
            None => Ok(Value::Absent),
        }
    }
}

impl Bench {
    fn for_millis(millis: u64) -> Self {
        Self {
            deadline: Some(Instant::now() + Duration::from_millis(millis)),
            ..Self::default()
        }
    }
}

fn call<'a>(code: &'a str, params: &'a [Param<'a>], host: &'a Bench) -> Call<'a> {
    Call {
        code,
        params,
        env: &[],
        helpers: &[],
        memory: DEFAULT_MEMORY,
        host,
    }
}

/// Runs a call in the kind of engine that is wanted, whatever its plan says.
fn run_in(own: bool, call: &Call<'_>) -> Result<Outcome, JsError> {
    let mut plan = (*plan::of(call)?).clone();
    plan.own_engine = own;
    thread::run(call, Arc::new(plan))
}

/// Runs a block in both kinds of engine and answers what both give.
fn both(call: &Call<'_>) -> Result<Outcome, JsError> {
    let shared = run_in(false, call);
    let own = run_in(true, call);
    assert_eq!(
        shown(&shared),
        shown(&own),
        "shared and own engine differ: {}",
        call.code
    );
    shared
}

fn shown(result: &Result<Outcome, JsError>) -> String {
    format!("{result:?}")
}

fn block(code: &str) -> Result<Outcome, JsError> {
    both(&call(code, &[], &Bench::default()))
}

/// The value of a block, as compact JSON.
fn value(code: &str) -> String {
    json(
        &block(code)
            .unwrap_or_else(|error| panic!("{code}: {error}"))
            .value,
    )
}

/// The value of a block with a parameter `x`.
fn value_of(code: &str, x: Value) -> String {
    let params = [Param {
        name: "x",
        value: Some(&x),
    }];
    let host = Bench::default();
    json(
        &both(&call(code, &params, &host))
            .unwrap_or_else(|error| panic!("{code}: {error}"))
            .value,
    )
}

fn error(code: &str) -> JsError {
    match block(code) {
        Err(error) => error,
        Ok(outcome) => panic!("{code}: {outcome:?}"),
    }
}

fn json(value: &Option<Value>) -> String {
    fn write(value: &Value) -> serde_json::Value {
        match value {
            Value::Absent => serde_json::Value::String("<absent>".into()),
            Value::Null => serde_json::Value::Null,
            Value::Bool(truth) => (*truth).into(),
            #[expect(clippy::cast_possible_truncation, reason = "whole")]
            Value::Number(number)
                if number.fract() == 0.0
                    && number.abs() < 1e15
                    && !(*number == 0.0 && number.is_sign_negative()) =>
            {
                (*number as i64).into()
            }
            Value::Number(number) => serde_json::Number::from_f64(*number)
                .map_or_else(|| format!("<{number}>").into(), serde_json::Value::Number),
            Value::Text(text) => text.as_str().into(),
            Value::Array(items) => items.iter().map(write).collect(),
            Value::Object(entries) => serde_json::Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.to_string(), write(value)))
                    .collect(),
            ),
            Value::Executable(executable) => format!("<executable {}>", executable.name).into(),
            Value::Viewed(viewed) => write(&viewed.data),
        }
    }
    value
        .as_ref()
        .map_or_else(|| "<none>".into(), |value| write(value).to_string())
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn list(items: Vec<Value>) -> Value {
    Value::Array(Arc::new(items))
}

fn object(entries: Vec<(&str, Value)>) -> Value {
    Value::Object(Arc::new(
        entries
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect::<Object>(),
    ))
}

fn lines(code: &str) -> Vec<String> {
    let outcome = block(code).unwrap_or_else(|error| panic!("{code}: {error}"));
    outcome
        .lines
        .iter()
        .map(|line| match line.stream {
            Stream::Out => line.text.to_string(),
            Stream::Err => format!("! {}", line.text),
        })
        .collect()
}
