//! `run`, and commands and shell blocks as values (spec 02 §7, §9).

use super::expr;
use super::{Cx, Eval, Failure, Problem, directive, path, template};
use crate::code::command::{self, Built, Piece};
use crate::effect::process::{self, Outcome, Program, Start};
use crate::effect::print;
use crate::gate::{CommandFailure, Printed};
use crate::value::{Value, json, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind, Operation, Place, Target};
use mlld_syntax::ast::{
    CmdPart, Code, CodeBody, Command, Expr, ExprKind, Lang, Run, ShellContext, StepKind, WorkDir,
};
use std::path::PathBuf;

/// `run` as a directive: runs, then prints what came back.
pub(super) fn exec(cx: &Cx<'_>, run: &Run) -> Eval<Labelled<Value>> {
    let value = value(cx, run)?;
    directive::print_value(cx, value.clone())?;
    Ok(value)
}

/// What a call adds to the one operation that its command or code block is (spec 07 §2).
pub(super) struct Call {
    /// How reports name the operation.
    pub(super) subject: EcoString,
    /// The executable's labels and the further keys of a call.
    pub(super) targets: Vec<Target>,
    /// The arguments.
    pub(super) inputs: Vec<Descriptor>,
}

/// The code of a body that is one command or code block.
pub(super) fn only_code(body: &Expr) -> Option<&Code> {
    match &body.kind {
        ExprKind::Code(code) => Some(code),
        ExprKind::Run(run) if run.stdin.is_none() && !run.stream && run.labels.is_empty() => {
            only_code(&run.value)
        }
        _ => None,
    }
}

/// The body of an executable that is one command or code block: one operation with the keys of both.
pub(super) fn body(cx: &Cx<'_>, code: &Code, call: Call) -> Eval<Labelled<Value>> {
    perform(cx, code, Descriptor::EMPTY, Some(call))
}

/// `run` as a value.
pub(super) fn value(cx: &Cx<'_>, run: &Run) -> Eval<Labelled<Value>> {
    if run.stdin.is_some() {
        return cx.unsupported("`run @v | …` (standard input of a command)");
    }
    if run.stream {
        return cx.unsupported("Streaming");
    }
    let labels = directive::declared(cx, &run.labels)?;
    match &run.value.kind {
        ExprKind::Code(code) => code_labelled(cx, code, labels),
        ExprKind::Path(p) => {
            let calls = p.steps.iter().any(|s| matches!(s.kind, StepKind::Call(_) | StepKind::Method(..)));
            match path::lookup(cx, &p.name.text) {
                None if !calls => {
                    let message = eco_format!("Executable variable not found: {}", p.name.text);
                    Err(Problem::new("R0107", "MlldDirective", message).plain())
                }
                _ => expr::value(cx, &run.value),
            }
        }
        _ => expr::value(cx, &run.value),
    }
}

/// `cmd { … }`, `sh { … }` without `run`.
pub(super) fn code_value(cx: &Cx<'_>, code: &Code) -> Eval<Labelled<Value>> {
    code_labelled(cx, code, Descriptor::EMPTY)
}

fn code_labelled(cx: &Cx<'_>, code: &Code, labels: Descriptor) -> Eval<Labelled<Value>> {
    perform(cx, code, labels, None)
}

fn perform(cx: &Cx<'_>, code: &Code, labels: Descriptor, call: Option<Call>) -> Eval<Labelled<Value>> {
    let in_call = call.is_some() && !cx.scope.visible().is_empty();
    match (&code.body, code.lang) {
        (CodeBody::Command(c), _) => run_command(cx, code, c, labels, call),
        _ if !code.params.is_empty() || in_call => cx.unsupported("Parameters of a code block"),
        (CodeBody::Foreign(text, _), Lang::Sh) => run_shell(cx, code, text, labels, call),
        (CodeBody::Foreign(..), lang) => cx.unsupported(eco_format!("A `{}` block", lang.word())),
    }
}

/// A command line (spec 02 §9).
fn run_command(
    cx: &Cx<'_>,
    code: &Code,
    command: &Command,
    labels: Descriptor,
    call: Option<Call>,
) -> Eval<Labelled<Value>> {
    let built = build(cx, command)?;
    let dir = work_dir(cx, code)?;
    let place = cx.place(code.span);
    let store = cx.run.store();

    // What is judged is the text that the shell gets; what is shown of it hides words from secret values.
    let inputs = store.join_all([built.descriptor(), dir.descriptor(), labels]);
    let reader = cx.reader();
    let (targets, shown) = {
        let built = built.read(&reader);
        if built.text.trim().is_empty() {
            let nothing = Labelled::literal(Value::Text(EcoString::new()));
            return Ok(cx.join(nothing, inputs));
        }
        (mlld_security::command::targets(&built.text, &built.hidden), built.shown.clone())
    };
    let source = eco_format!("command:{}", command::first_word(&shown));
    let subject = eco_format!("/run \"{}\"", shown.trim());
    let mut operation = operation(cx, OpKind::Cmd, subject, targets, call, place);
    operation.inputs.extend([built.descriptor(), dir.descriptor(), labels]);

    let start = built.zip(dir, store, |built, folder| Start {
        program: Program::Shell,
        text: built.text,
        folder,
        shown: built.shown,
    });
    let permit = cx.run.permit(operation, start)?;
    let entered = store.provenance(["src:cmd"], [source.as_str()]);
    finish(cx, process::run(cx.run, permit), store.join(inputs, entered))
}

/// A shell block without parameters: its text is the author's.
fn run_shell(
    cx: &Cx<'_>,
    code: &Code,
    text: &EcoString,
    labels: Descriptor,
    call: Option<Call>,
) -> Eval<Labelled<Value>> {
    let dir = work_dir(cx, code)?;
    let store = cx.run.store();
    let inputs = store.join(dir.descriptor(), labels);
    let targets = mlld_security::command::shell_targets(text);
    let mut operation = operation(cx, OpKind::Sh, "/run \"sh\"".into(), targets, call, cx.place(code.span));
    operation.inputs.push(labels);
    let start = dir.map(|folder| Start {
        program: Program::Bash,
        text: text.clone(),
        folder,
        shown: "bash".into(),
    });
    let permit = cx.run.permit(operation, start)?;
    let entered = store.provenance(["src:sh"], []);
    finish(cx, process::run(cx.run, permit), store.join(inputs, entered))
}

/// The operation that a command or a block is: of its own, or as the body of a call.
fn operation(
    cx: &Cx<'_>,
    kind: OpKind,
    subject: EcoString,
    mut targets: Vec<Target>,
    call: Option<Call>,
    place: Place,
) -> Operation {
    targets.push(Target::hidden("op:run"));
    match call {
        None => cx.run.operation(kind, subject, targets.into(), place),
        Some(call) => {
            let mut all = call.targets;
            all.append(&mut targets);
            let place = cx.place(cx.stmt.span);
            let mut operation = cx.run.operation(OpKind::Exe, call.subject, all.into(), place);
            operation.inputs = call.inputs;
            operation
        }
    }
}

/// What came back, as a value with the labels of everything that went in and of where it came from.
fn finish(
    cx: &Cx<'_>,
    outcome: Result<Outcome, Problem>,
    descriptor: Descriptor,
) -> Eval<Labelled<Value>> {
    let outcome = outcome.map_err(|p| p.about(descriptor))?;
    let data = match &outcome.failure {
        None => {
            pass_errors_through(cx, &outcome, descriptor)?;
            json::command_output(&outcome.stdout)
        }
        Some(failure) => {
            let mut problem = Problem::new("R0701", "MlldCommand", failure.message.clone())
                .code("COMMAND_FAILED");
            problem.details.extend(failure.details.iter().cloned());
            if cx.run.options.halt_on_command_failure {
                return Err(problem.about(descriptor));
            }
            let mut lines = vec![problem.message];
            lines.append(&mut problem.details);
            let failure = CommandFailure { lines, labels: descriptor };
            cx.run.command_failed(failure);
            // The JSON rule does not apply to what a failed command printed (spec 02 §7.5).
            let text = if outcome.stdout.is_empty() { &outcome.stderr } else { &outcome.stdout };
            Value::Text(text.trim_end().into())
        }
    };
    Ok(Labelled::entering(data, descriptor))
}

/// Standard error of a successful command: passed through if its labels may go there, else withheld
/// (spec 02 §7.4, 05 §10.2).
fn pass_errors_through(cx: &Cx<'_>, outcome: &Outcome, descriptor: Descriptor) -> Eval<()> {
    if outcome.stderr.is_empty() {
        return Ok(());
    }
    let operation = cx.run.plain_operation(OpKind::Log, "/log", cx.place(cx.stmt.span));
    let text = Labelled::entering(Printed::line(outcome.stderr.trim_end_matches('\n').into()), descriptor);
    match cx.run.permit(operation, text) {
        Ok(permit) => print::log(cx.run, permit),
        Err(failure) => match *failure {
            Failure::Denied(_) => {
                print::withheld(cx.run, descriptor);
                Ok(())
            }
            other => Err(Box::new(other)),
        },
    }
}

/// Evaluates the values of a command line and puts them in their places, quoted.
fn build(cx: &Cx<'_>, command: &Command) -> Eval<Labelled<Built>> {
    let reader = cx.reader();
    let mut pieces = Vec::with_capacity(command.parts.len());
    for part in &command.parts {
        pieces.push(match part {
            CmdPart::Text(text) => Piece::Text(text.clone()),
            CmdPart::File(f) => match template::file_part(cx, f)? {
                None => Piece::Text(EcoString::new()),
                Some(value) => Piece::Value {
                    hidden: !cx.run.may_show(value.descriptor()),
                    value: value.take(&reader),
                    context: ShellContext::DoubleQuoted,
                    whole_word: false,
                    written: cx.text(f.span).into(),
                },
            },
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

/// The working directory (spec 02 §9.4): the script's folder, or what `cmd:DIR` says.
fn work_dir(cx: &Cx<'_>, code: &Code) -> Eval<Labelled<PathBuf>> {
    let text = match &code.dir {
        None => return Ok(Labelled::literal(cx.module.folder.clone())),
        Some(WorkDir::Text(text)) => Labelled::literal(text.clone()),
        Some(WorkDir::Path(p)) => {
            let value = path::value(cx, p, expr::Undefined::Error)?;
            cx.compute(|r| Ok::<_, Problem>(render::template(value.read(r))))?
        }
    };
    cx.compute(|r| crate::load::path::work_dir(text.read(r), cx.run.options.home.as_deref()))
}
