//! `with { … }` behind commands, blocks and calls (spec 02 §6.5).

use super::{Extra, stdin_of, value_with};
use crate::effect::stream::Format;
use crate::eval::{Cx, Eval, Problem, expr};
use crate::value::Value;
use ecow::EcoString;
use mlld_security::Labelled;
use mlld_syntax::ast::{Entry, Pair, With, WithExpr};

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
            // Other keys have been looked at by whoever reads all of them.
            _ => {}
        }
        Ok(())
    }
}

fn wrong(message: &'static str) -> Problem {
    Problem::new("R0717", "MlldDirective", message)
}

/// `value with { … }` without its pipeline.
pub(in crate::eval) fn value(cx: &Cx<'_>, w: &WithExpr, extra: Extra<'_>) -> Eval<Labelled<Value>> {
    let mut options = Options::default();
    options.read(cx, &w.with)?;
    let extra = Extra {
        stdin: options.stdin.as_ref().or(extra.stdin),
        stream: extra.stream || options.stream,
        format: options.format.or(extra.format),
        // What goes through stages is not printed.
        sink: extra.sink.filter(|_| w.with.pipeline.is_none()),
        labels: extra.labels,
    };
    Ok(value_with(cx, &w.value, extra)?.map(Value::stored))
}
