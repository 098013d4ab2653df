//! Command lines (spec 02 §9).

use super::place::Place;
use super::watch::Watching;
use super::{Job, finish, operation};
use crate::code::command::{self, Built, Piece};
use crate::effect::process::{self, Start, What};
use crate::eval::{Cx, Eval, hook, path, template};
use crate::value::Value;
use ecow::{EcoString, eco_format};
use mlld_security::{Labelled, OpKind};
use mlld_syntax::ast::{CmdPart, Command, ShellContext};

/// Runs a command line.
pub(super) fn run(cx: &Cx<'_>, command: &Command, mut job: Job<'_>) -> Eval<Labelled<Value>> {
    let built = build(cx, command)?;
    let place = Place::of(cx, job.code)?;
    let store = cx.run.store();

    // What is judged is the text that the shell gets; what is shown of it hides words from secret values.
    let inputs = store.join_all([built.descriptor(), place.labels(), job.labels]);
    let reader = cx.reader();
    let (targets, shown) = {
        let built = built.read(&reader);
        if built.text.trim().is_empty() {
            let nothing = Labelled::literal(Value::Text(EcoString::new()));
            return Ok(cx.join(nothing, inputs));
        }
        (
            mlld_security::command::targets(&built.text, &built.hidden),
            built.shown.clone(),
        )
    };
    let source = eco_format!("command:{}", command::first_word(&shown));
    let subject = eco_format!("/run \"{}\"", shown.trim());
    let mut operation = operation(cx, OpKind::Cmd, subject, targets, &mut job);
    operation
        .inputs
        .extend([built.descriptor(), place.labels(), job.labels]);

    let line = built.as_ref().map(|b| Value::Text(b.shown.clone()));
    let start = built.zip(place.files(), store, |built, (folder, workspace)| Start {
        what: What::Line(built.text),
        folder,
        workspace,
        shown: built.shown,
        stdin: EcoString::new(),
        exported: Vec::new(),
    });
    let stdin = std::mem::replace(&mut job.stdin, Labelled::literal(EcoString::new()));
    cx.frame.touch(stdin.descriptor());
    let inputs = store.join(inputs, stdin.descriptor());
    let start = start.zip(stdin, store, |start, stdin| Start { stdin, ..start });
    let start = start.zip(cx.run.variables(), store, |start, exported| Start {
        exported,
        ..start
    });
    hook::around_code(cx, operation, line, |operation| {
        let permit = cx.permit(operation, start)?;
        if let Some(known) = job.known(cx) {
            return Ok(known);
        }
        let inputs = store.join_all([inputs, permit.input(), job.added()]);
        let entered = store.provenance(["src:cmd"], [source.as_str()]);
        let mut watch = Watching::output(cx, &job, store.join(inputs, entered));
        let outcome = process::run(cx.run, permit, &mut watch);
        let outcome = place.take_over(cx, outcome, &watch, &job);
        finish::output(cx, outcome, watch, &job)
    })
}

/// Evaluates the values of a command line and puts them in their places, quoted.
fn build(cx: &Cx<'_>, command: &Command) -> Eval<Labelled<Built>> {
    let reader = cx.reader();
    let mut pieces = Vec::with_capacity(command.parts.len());
    for part in &command.parts {
        pieces.push(match part {
            CmdPart::Text(text) => Piece::Text(text.clone()),
            CmdPart::File(f) => {
                let value = template::file_part(cx, f)?;
                Piece::Value {
                    hidden: !cx.run.may_show(value.descriptor()),
                    value: value.take(&reader),
                    context: ShellContext::DoubleQuoted,
                    whole_word: false,
                    written: cx.text(f.span).into(),
                }
            }
            CmdPart::Interp(interp) => match path::in_text(cx, &interp.path)? {
                None => Piece::Text(cx.text(interp.path.span).into()),
                Some(value) => {
                    let hidden = !cx.run.may_show(value.descriptor());
                    Piece::Value {
                        value: value.take(&reader),
                        context: interp.context,
                        whole_word: interp.whole_word,
                        hidden,
                        written: cx.text(interp.path.span).into(),
                    }
                }
            },
        });
    }
    match command::build(&pieces) {
        Ok(built) => Ok(reader.finish(cx.frame, built)),
        Err(problem) => cx.fail(&reader, problem),
    }
}
