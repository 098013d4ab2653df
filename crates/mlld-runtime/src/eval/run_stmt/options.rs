//! `with { … }` behind commands, blocks and calls (spec 02 §6.5).

use super::{Extra, stdin_of, value_with};
use crate::effect::stream::Format;
use crate::eval::{Cx, Eval, Problem, expr, pipe};
use crate::value::Value;
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::ast::{Entry, Pair, With, WithExpr};

/// The keys that `with` knows.
const KEYS: [&str; 15] = [
    "pipeline",
    "stdin",
    "stream",
    "streamFormat",
    "parallel",
    "delay",
    "guards",
    "policy",
    "tools",
    "profile",
    "auth",
    "using",
    "description",
    "format",
    "asSection",
];

/// What `with` says about a command, a block or a call.
#[derive(Default)]
pub(super) struct Options {
    pub(super) stdin: Option<Labelled<EcoString>>,
    pub(super) stream: bool,
    pub(super) format: Option<Format>,
}

impl Options {
    /// Takes in what is written.
    pub(super) fn read(&mut self, cx: &Cx<'_>, with: &With) -> Eval<()> {
        if with.using.is_some() {
            return cx.unsupported("`using`");
        }
        for entry in &with.entries {
            match entry {
                Entry::Pair(pair) => self.pair(cx, pair)?,
                _ => return cx.unsupported("An entry of `with { … }` that is no pair"),
            }
        }
        Ok(())
    }

    fn pair(&mut self, cx: &Cx<'_>, pair: &Pair) -> Eval<()> {
        let key = pair.key.text.as_str();
        if pair.conditional {
            return cx.unsupported("A conditional key of `with { … }`");
        }
        match key {
            "stdin" => self.stdin = Some(stdin_of(cx, &pair.value)?),
            "stream" => {
                let value = expr::operand(cx, &pair.value)?;
                let said = cx.compute(|r| match value.read(r).data() {
                    Value::Bool(b) => Ok(*b),
                    Value::Null | Value::Absent => Ok(false),
                    _ => Err(wrong("'stream' is true or false.")),
                })?;
                self.stream = said.take(&cx.reader());
            }
            "streamFormat" => {
                let value = expr::value(cx, &pair.value)?;
                let said = cx.compute(|r| match value.read(r).data() {
                    Value::Text(name) => Format::named(name).ok_or_else(|| {
                        wrong("'streamFormat' is \"text\", \"ndjson\", \"claude-code\" or \"claude-agent-sdk\".")
                    }),
                    _ => Err(Problem::unsupported("A `streamFormat` that is no name")),
                })?;
                self.format = Some(said.take(&cx.reader()));
            }
            _ if KEYS.contains(&key) => {
                return cx.unsupported(eco_format!("The option `{key}` of `with {{ … }}`"));
            }
            _ => return Err(unknown(key).plain()),
        }
        Ok(())
    }
}

fn wrong(message: &'static str) -> Problem {
    Problem::new("R0717", "MlldDirective", message)
}

/// A key that does not exist, with the nearest one that does.
fn unknown(key: &str) -> Problem {
    let message = eco_format!("Unknown option '{key}' in with {{ … }}");
    let problem = Problem::new("R0718", "MlldDirective", message);
    match KEYS.iter().find(|k| mlld_syntax::is_near(k, key)) {
        Some(near) => problem.hint(eco_format!("did you mean {near}?")),
        None => problem.hint(eco_format!("with takes {}.", KEYS.join(", "))),
    }
}

/// `value with { … }`.
pub(in crate::eval) fn value(cx: &Cx<'_>, w: &WithExpr, extra: Extra<'_>) -> Eval<Labelled<Value>> {
    let mut options = Options::default();
    options.read(cx, &w.with)?;
    let extra = Extra {
        stdin: options.stdin.as_ref().or(extra.stdin),
        stream: extra.stream || options.stream,
        format: options.format.or(extra.format),
        // What goes through stages is not printed.
        sink: extra.sink.filter(|_| w.with.pipeline.is_none()),
    };
    let source = value_with(cx, &w.value, extra)?.map(Value::stored);
    match &w.with.pipeline {
        Some(groups) => pipe::stages(cx, source, groups),
        None => Ok(source),
    }
}

/// Whether `with { … }` of an executable may stand there: its body has to be one command or block.
pub(in crate::eval) fn check(cx: &Cx<'_>, exe: &mlld_syntax::ast::Exe) -> Eval<()> {
    let Some(with) = &exe.with else { return Ok(()) };
    if super::whole(exe).is_none() || with.pipeline.is_some() || with.using.is_some() {
        return cx.unsupported("`with { … }` of an executable that is no command or code block");
    }
    for entry in &with.entries {
        if let Entry::Pair(pair) = entry {
            match pair.key.text.as_str() {
                "stdin" | "stream" | "streamFormat" => {}
                key if KEYS.contains(&key) => {
                    return cx.unsupported(eco_format!("The option `{key}` of an executable"));
                }
                key => return Err(unknown(key).plain()),
            }
        }
    }
    Ok(())
}
