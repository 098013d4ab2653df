//! Standard input, which is read when a script first asks for it, once, to its end (spec 04 §7.10, 09 §1).

use super::read::{self, ReadError};
use crate::failure::{Eval, Problem};
use crate::gate::Run;
use crate::run::StandardInput;
use crate::value::{Object, Value, json};
use ecow::{EcoString, eco_format};
use mlld_security::Permit;
use rustix::event::PollFlags;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};

/// The field that holds a text that is no object.
const TEXT: &str = "stdin";
/// Names that only the environment gives.
const ENVIRONMENT: &str = "MLLD_";

/// What came on standard input, as fields, or why it cannot be had.
type Fields = Result<Option<Arc<Object>>, EcoString>;

/// What came on standard input, once it has been read.
#[derive(Default)]
pub(crate) struct Input(Mutex<Option<Fields>>);

/// The fields of standard input; `None` if there is nothing on it. The first who asks reads it.
///
/// # Errors
/// It cannot be read, is too large, or the run ends while it is waited for.
pub(crate) fn fields(run: &Run<'_>, permit: Permit<()>) -> Eval<Option<Arc<Object>>> {
    permit.into_payload();
    let mut known = run.input.0.lock().unwrap_or_else(PoisonError::into_inner);
    let fields = match &*known {
        Some(fields) => fields.clone(),
        None => {
            let read = text(run);
            // What ends this part of the run says nothing about the input.
            run.check()?;
            let fields = read.map(|text| text.map(|t| Arc::new(split(t))));
            known.insert(fields).clone()
        }
    };
    fields.map_err(|why| {
        let message = eco_format!("Failed to read standard input: {why}");
        Problem::new("R0950", "MlldInput", message)
            .code("INPUT_ERROR")
            .hint("Hand large data over as a file: var @data = <file>")
            .plain()
    })
}

/// All of it; `None` for nothing.
fn text(run: &Run<'_>) -> Result<Option<EcoString>, EcoString> {
    let text = match &run.options.input {
        StandardInput::None => return Ok(None),
        StandardInput::Text(text) => text.as_ref().into(),
        StandardInput::Process => read::decode(Waiting(run), 0).map_err(|e| match e {
            ReadError::Missing => EcoString::from("it is closed"),
            ReadError::Other(why) => why.into(),
        })?,
    };
    Ok((!text.is_empty()).then_some(text))
}

/// The fields of a text: those of a JSON object, else the text itself.
fn split(text: EcoString) -> Object {
    let object = match json::parse(text.trim()) {
        Ok(Value::Object(object)) => Arc::unwrap_or_clone(object),
        _ => [(TEXT.into(), Value::Text(text))].into_iter().collect(),
    };
    let from_environment = |name: &str| name.starts_with(ENVIRONMENT);
    object
        .into_iter()
        .filter(|(name, _)| !from_environment(name))
        .collect()
}

/// Standard input of the process; whoever waits for it wakes up when the run ends.
struct Waiting<'r>(&'r Run<'r>);

impl Read for Waiting<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let stdin = io::stdin();
        let scope = self.0.scope();
        loop {
            if scope.stopped().is_some() {
                return Err(io::Error::other("the run ended"));
            }
            let ready = scope.wait(&[(stdin.as_fd(), PollFlags::IN)], None);
            if ready.iter().any(|flags| !flags.is_empty()) {
                return Ok(rustix::io::read(stdin.as_fd(), into)?);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        let shown = |v: &Value| json::text(v).to_string();
        let split = split(text.into());
        split
            .iter()
            .map(|(k, v)| (k.to_string(), shown(v)))
            .collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn an_object_gives_its_fields_and_any_other_text_itself() {
        assert_eq!(fields("{\"a\":1}\n"), [pair("a", "1")]);
        assert_eq!(fields("two\n"), [pair("stdin", "\"two\\n\"")]);
        assert_eq!(fields("[1]"), [pair("stdin", "\"[1]\"")]);
        assert_eq!(fields("{broken"), [pair("stdin", "\"{broken\"")]);
    }

    #[test]
    fn names_of_the_environment_are_left_out() {
        assert_eq!(
            fields("{\"MLLD_A\":1,\"b\":2,\"mlld_c\":3}"),
            [pair("b", "2"), pair("mlld_c", "3")]
        );
    }
}
