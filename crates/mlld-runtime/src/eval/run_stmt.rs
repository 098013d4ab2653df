//! `run`, and commands and shell blocks as values (spec 02 §7, §9).

use super::checkpoint::Question;
use super::expr;
use super::{Cx, Eval, Failure, Problem, directive, hook, options, path, shadow, template};
use crate::code::command::{self, Built, Piece};
use crate::code::shell_guard;
use crate::effect::print;
use crate::effect::process::{self, Outcome, Program, Start, Variable};
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
    super::printing::print_value(cx, value.clone())?;
    Ok(value)
}

/// What a call adds to the one operation that its command or code block is (spec 07 §2).
pub(super) struct Call<'c> {
    /// How reports name the operation.
    pub(super) subject: EcoString,
    /// The executable's labels and the further keys of a call.
    pub(super) targets: Vec<Target>,
    /// The arguments.
    pub(super) inputs: Vec<Descriptor>,
    /// It is a stage: its output stays text (spec 02 §7.4).
    pub(super) stage: bool,
    /// What the checkpoints are asked, once the gate has let the call pass (spec 03 §18.4).
    pub(super) question: Option<&'c Question>,
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
pub(super) fn body(cx: &Cx<'_>, code: &Code, call: Call<'_>) -> Eval<Labelled<Value>> {
    // Standard input of a stage without parameters is its input (spec 03 §4).
    let stdin = match cx.scope.get("input") {
        Some((local, _)) if call.stage && code.lang == Lang::Cmd => {
            local.value.map(|v| render::stage(&v))
        }
        _ => Labelled::literal(EcoString::new()),
    };
    perform(cx, code, Descriptor::EMPTY, Some(call), stdin)
}

/// `run` as a value.
pub(super) fn value(cx: &Cx<'_>, run: &Run) -> Eval<Labelled<Value>> {
    if run.stream {
        return cx.unsupported("Streaming");
    }
    let labels = directive::declared(cx, &run.labels)?;
    if let Some(stdin) = &run.stdin {
        let ExprKind::Code(code) = &run.value.kind else {
            return cx.unsupported("Standard input of anything but a command or a code block");
        };
        let stdin = expr::value(cx, stdin)?.map(|v| render::stdin(&v));
        return perform(cx, code, labels, None, stdin);
    }
    let by_run = Cx {
        by_run: true,
        ..*cx
    };
    match &run.value.kind {
        ExprKind::Code(code) => code_labelled(cx, code, labels),
        ExprKind::Path(p) => {
            let calls = p
                .steps
                .iter()
                .any(|s| matches!(s.kind, StepKind::Call(_) | StepKind::Method(..)));
            match path::lookup(cx, &p.name.text) {
                None if !calls => {
                    let message = eco_format!("Executable variable not found: {}", p.name.text);
                    Err(Problem::new("R0107", "MlldDirective", message).plain())
                }
                Some(callee) if !calls => named(&by_run, p, callee),
                _ => expr::value(&by_run, &run.value),
            }
        }
        ExprKind::With(w) => options::value(&by_run, w, labels),
        _ => expr::value(&by_run, &run.value),
    }
}

/// `run @f`: a call without arguments (spec 02 §7.3).
fn named(
    cx: &Cx<'_>,
    p: &mlld_syntax::ast::Path,
    callee: Labelled<Value>,
) -> Eval<Labelled<Value>> {
    let callee = path::steps(cx, callee, &p.steps, path::Named::Variable(&p.name.text))?;
    let reader = cx.reader();
    match callee.read(&reader) {
        Value::Executable(executable) => {
            let result = super::call::call(cx, executable, Vec::new())?;
            Ok(result.joined_before(cx.run.store(), callee.descriptor()))
        }
        _ => {
            let message = eco_format!("Executable variable not found: {}", p.name.text);
            cx.fail(&reader, Problem::new("R0107", "MlldDirective", message))
        }
    }
}

/// A command or code block with standard input, and labels of its own.
pub(super) fn code_with(
    cx: &Cx<'_>,
    code: &Code,
    labels: Descriptor,
    stdin: Labelled<EcoString>,
) -> Eval<Labelled<Value>> {
    perform(cx, code, labels, None, stdin)
}

/// `cmd { … }`, `sh { … }` without `run`.
pub(super) fn code_value(cx: &Cx<'_>, code: &Code) -> Eval<Labelled<Value>> {
    code_labelled(cx, code, Descriptor::EMPTY)
}

fn code_labelled(cx: &Cx<'_>, code: &Code, labels: Descriptor) -> Eval<Labelled<Value>> {
    perform(cx, code, labels, None, Labelled::literal(EcoString::new()))
}

/// An inline command as a stage: the passing value is its standard input (spec 03 §4).
pub(super) fn stage(cx: &Cx<'_>, code: &Code, stdin: Labelled<EcoString>) -> Eval<Labelled<Value>> {
    let call = Call {
        subject: "/run \"cmd\"".into(),
        targets: Vec::new(),
        inputs: Vec::new(),
        stage: true,
        question: None,
    };
    perform(cx, code, Descriptor::EMPTY, Some(call), stdin)
}

fn perform(
    cx: &Cx<'_>,
    code: &Code,
    labels: Descriptor,
    call: Option<Call<'_>>,
    stdin: Labelled<EcoString>,
) -> Eval<Labelled<Value>> {
    match (&code.body, code.lang) {
        (CodeBody::Command(c), _) => run_command(cx, code, c, labels, call, stdin),
        (CodeBody::Foreign(text, _), Lang::Sh) => run_shell(cx, code, text, labels, call, stdin),
        (CodeBody::Foreign(..), lang) => shadow::check_block(cx, lang)
            .and_then(|()| cx.unsupported(eco_format!("A `{}` block", lang.word()))),
    }
}

/// The values that a block gets as variables: the parameters of the executable whose body it is, or those
/// that are listed (spec 02 §8.1).
fn parameters(cx: &Cx<'_>, code: &Code, in_call: bool) -> Eval<Vec<(EcoString, Labelled<Value>)>> {
    let listed = code.params.iter().map(|p| match path::lookup(cx, &p.text) {
        Some(value) => Ok((p.text.clone(), value)),
        None => cx.not_found(&p.text),
    });
    let mut all = listed.collect::<Eval<Vec<_>>>()?;
    if in_call {
        for local in cx.scope.visible() {
            if !all.iter().any(|(n, _)| *n == local.name) {
                all.push((local.name, local.value));
            }
        }
    }
    Ok(all)
}

/// The shell variables of a block (spec 02 §8.2, §8.3).
fn shell_variables(
    cx: &Cx<'_>,
    code: &Code,
    text: &str,
    in_call: bool,
) -> Eval<Labelled<Vec<Variable>>> {
    let reader = cx.reader();
    let mut variables = Vec::new();
    for (name, value) in parameters(cx, code, in_call)? {
        let value = render::shell(value.read(&reader));
        if let Err(problem) = shell_guard::check(text, &name, &value) {
            return cx.fail(&reader, problem);
        }
        variables.push(Variable {
            name: shell_guard::identifier(&name),
            value,
        });
    }
    Ok(reader.finish(cx.frame, variables))
}

/// A command line (spec 02 §9).
fn run_command(
    cx: &Cx<'_>,
    code: &Code,
    command: &Command,
    labels: Descriptor,
    call: Option<Call<'_>>,
    stdin: Labelled<EcoString>,
) -> Eval<Labelled<Value>> {
    let stage = call.as_ref().is_some_and(|c| c.stage);
    let question = call.as_ref().and_then(|c| c.question);
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
        (
            mlld_security::command::targets(&built.text, &built.hidden),
            built.shown.clone(),
        )
    };
    let source = eco_format!("command:{}", command::first_word(&shown));
    let subject = eco_format!("/run \"{}\"", shown.trim());
    let mut operation = operation(cx, OpKind::Cmd, subject, targets, call, place);
    operation
        .inputs
        .extend([built.descriptor(), dir.descriptor(), labels]);

    let line = built.as_ref().map(|b| Value::Text(b.shown.clone()));
    let start = built.zip(dir, store, |built, folder| Start {
        program: Program::Shell,
        text: built.text,
        folder,
        shown: built.shown,
        stdin: EcoString::new(),
        variables: Vec::new(),
        exported: Vec::new(),
    });
    let inputs = store.join(inputs, stdin.descriptor());
    let start = start.zip(stdin, store, |start, stdin| Start { stdin, ..start });
    let start = start.zip(cx.run.variables(), store, |start, exported| Start {
        exported,
        ..start
    });
    let entered = store.provenance(["src:cmd"], [source.as_str()]);
    hook::around_code(cx, operation, line, |operation| {
        let permit = cx.run.permit(operation, start)?;
        if let Some(known) = question.and_then(|q| q.recall(cx.run)) {
            return Ok(known);
        }
        let inputs = store.join(inputs, permit.input());
        finish(
            cx,
            process::run(cx.run, permit),
            store.join(inputs, entered),
            stage,
        )
    })
}

/// A shell block without parameters: its text is the author's.
fn run_shell(
    cx: &Cx<'_>,
    code: &Code,
    text: &EcoString,
    labels: Descriptor,
    call: Option<Call<'_>>,
    stdin: Labelled<EcoString>,
) -> Eval<Labelled<Value>> {
    let dir = work_dir(cx, code)?;
    let store = cx.run.store();
    let stage = call.as_ref().is_some_and(|c| c.stage);
    let question = call.as_ref().and_then(|c| c.question);
    let variables = shell_variables(cx, code, text, call.is_some())?;
    let inputs = store.join_all([
        variables.descriptor(),
        stdin.descriptor(),
        dir.descriptor(),
        labels,
    ]);
    let targets = mlld_security::command::shell_targets(text);
    let mut operation = operation(
        cx,
        OpKind::Sh,
        "/run \"sh\"".into(),
        targets,
        call,
        cx.place(code.span),
    );
    operation.inputs.push(inputs);
    let start = dir.zip(variables, store, |folder, variables| Start {
        program: Program::Bash,
        text: text.clone(),
        folder,
        shown: "bash".into(),
        stdin: EcoString::new(),
        variables,
        exported: Vec::new(),
    });
    let start = start.zip(stdin, store, |start, stdin| Start { stdin, ..start });
    let start = start.zip(cx.run.variables(), store, |start, exported| Start {
        exported,
        ..start
    });
    let entered = store.provenance(["src:sh"], []);
    let block = Labelled::entering(Value::Text(text.clone()), inputs);
    hook::around_code(cx, operation, block, |operation| {
        let permit = cx.run.permit(operation, start)?;
        if let Some(known) = question.and_then(|q| q.recall(cx.run)) {
            return Ok(known);
        }
        let inputs = store.join(inputs, permit.input());
        finish(
            cx,
            process::run(cx.run, permit),
            store.join(inputs, entered),
            stage,
        )
    })
}

/// The operation that a command or a block is: of its own, or as the body of a call.
fn operation(
    cx: &Cx<'_>,
    kind: OpKind,
    subject: EcoString,
    mut targets: Vec<Target>,
    call: Option<Call<'_>>,
    place: Place,
) -> Operation {
    targets.push(Target::hidden("op:run"));
    match call {
        None => cx.run.operation(kind, subject, targets.into(), place),
        // An inline command among the stages is no call.
        Some(call) if call.targets.is_empty() => {
            cx.run.operation(kind, subject, targets.into(), place)
        }
        Some(call) => {
            let mut all = call.targets;
            all.append(&mut targets);
            let place = cx.place(cx.stmt.span);
            let mut operation = cx
                .run
                .operation(OpKind::Exe, call.subject, all.into(), place);
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
    stage: bool,
) -> Eval<Labelled<Value>> {
    let outcome = outcome.map_err(|p| p.about(descriptor))?;
    let data = match &outcome.failure {
        None => {
            pass_errors_through(cx, &outcome, descriptor)?;
            if stage {
                Value::Text(outcome.stdout)
            } else {
                json::command_output(&outcome.stdout)
            }
        }
        Some(failure) => {
            let mut problem = Problem::new("R0701", "MlldCommand", failure.message.clone())
                .code("COMMAND_FAILED");
            problem.details.extend(failure.details.iter().cloned());
            // A failing stage fails the pipeline, whatever the setting says (spec 03 §8).
            if stage || cx.run.options.halt_on_command_failure {
                return Err(problem.about(descriptor));
            }
            let mut lines = vec![problem.message];
            lines.append(&mut problem.details);
            let failure = CommandFailure {
                lines,
                labels: descriptor,
            };
            cx.run.command_failed(failure, cx.running);
            // The JSON rule does not apply to what a failed command printed (spec 02 §7.5).
            let text = if outcome.stdout.is_empty() {
                &outcome.stderr
            } else {
                &outcome.stdout
            };
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
    let operation = cx
        .run
        .plain_operation(OpKind::Log, "/log", cx.place(cx.stmt.span));
    let text = Labelled::entering(
        Printed::line(outcome.stderr.trim_end_matches('\n').into()),
        descriptor,
    );
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
