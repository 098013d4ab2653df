//! Blocks for node: what its process is told, and what it answers (spec 02 §8.4).

pub(crate) mod package;
mod reading;

use super::wire::{Message, Received};
use crate::failure::Problem;
use crate::value::Value;
use ecow::{EcoString, eco_format};
use std::path::Path;

/// What a process runs that waits for its block.
pub(crate) const BOOT: &str = include_str!("boot.js");

/// A block and what it gets.
pub(crate) struct Block<'a> {
    /// The text.
    pub(crate) code: &'a str,
    /// Its parameters.
    pub(crate) params: Vec<(&'a str, &'a Value)>,
    /// The names of its shadow functions (spec 02 §8.6).
    pub(crate) helpers: Vec<&'a str>,
}

/// The request for a block.
pub(crate) fn request(block: &Block<'_>, folder: &Path) -> Message {
    let params = reading::usable(block.params.iter().map(|(name, _)| *name));
    let helpers: Vec<_> = reading::usable(block.helpers.iter().copied())
        .into_iter()
        .filter(|(_, name)| !params.iter().any(|(_, taken)| taken == name))
        .collect();
    let mut message = Message::default();
    message.texts("bodies", reading::bodies(block.code));
    message.text("dir", &folder.to_string_lossy());
    message.values(
        "values",
        params
            .iter()
            .filter_map(|(at, _)| block.params.get(*at))
            .map(|(_, value)| *value),
    );
    message.texts("names", params.into_iter().map(|(_, name)| name.into()));
    message.values(
        "places",
        &helpers
            .iter()
            .map(|(at, _)| Value::Number(*at as f64))
            .collect::<Vec<_>>(),
    );
    message.texts("helpers", helpers.into_iter().map(|(_, name)| name.into()));
    message
}

/// What a block said at its end.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Its value; `None` without one.
    Value(Option<Value>),
    /// Its exception.
    Thrown(Problem),
}

/// Reads a message that is an answer; `None` if it is something else.
pub(crate) fn answer(message: &Received) -> Option<Answer> {
    let kind = message.text("end")?;
    Some(match kind.as_str() {
        "thrown" => {
            let said = message.text("message").cloned().unwrap_or_default();
            Answer::Thrown(exception(&said, message.number("line")))
        }
        _ => match message.value("value") {
            Ok(Some(Value::Absent)) | Ok(None) => Answer::Value(None),
            Ok(Some(value)) => Answer::Value(Some(value)),
            Err(error) => Answer::Thrown(exception(&error.message, None)),
        },
    })
}

/// The exception of a block (spec 02 §7.5): its message, and the block's own line.
fn exception(message: &str, line: Option<usize>) -> Problem {
    let first = message.lines().next().unwrap_or_default();
    let mut problem = Problem::new(
        "R0715",
        "MlldCommand",
        eco_format!("Command execution failed: node: {first}"),
    )
    .code("COMMAND_FAILED");
    let mut more = message.lines().skip(1).map(EcoString::from).peekable();
    if more.peek().is_some() {
        problem.details.extend(more);
    }
    if let Some(line) = line {
        problem
            .details
            .push(eco_format!("in line {line} of the block"));
    }
    problem
}
