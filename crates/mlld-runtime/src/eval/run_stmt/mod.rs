//! `run`, and commands and code blocks as values (spec 02 §7–§10).
//!
//! | file | what |
//! |---|---|
//! | `command` | command lines |
//! | `block` | blocks of `sh`, `node`, `py` |
//! | `js` | blocks of `js`, in process |
//! | `finish` | what came back, as a value; failures |
//! | `watch` | what happens while a process runs: lines that are printed, calls that it makes |
//! | `place` | where it runs: a folder, or the workspace of a box |
//! | `options` | `with { stdin, stream, … }` |
//! | `printing` | statements that print what they run, as it comes if it is streamed |

mod block;
mod command;
mod finish;
mod js;
pub(super) mod options;
mod place;
pub(super) mod printing;
mod shadow;
mod watch;

pub(crate) use shadow::Helper;
pub(super) use shadow::declare as declare_shadow;

use super::call::Callee;
use super::checkpoint::Question;
use super::{Cx, Eval, Problem, directive, expr, path};
use crate::value::{Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind, Operation, Place, Target};
use mlld_syntax::ast::{Code, CodeBody, Exe, Expr, ExprKind, Lang, Path, Run, StepKind, With};
use options::Options;
use printing::Sink;

/// What is said about a command, a block or a call beside it: `with { … }`, `stream`, where its output is printed.
#[derive(Clone, Copy, Default)]
pub(super) struct Extra<'h> {
    /// Standard input.
    pub(super) stdin: Option<&'h Labelled<EcoString>>,
    /// It is written to be streamed; whether it is, is another question.
    pub(super) stream: bool,
    /// What of its output is printed.
    pub(super) format: Option<crate::effect::stream::Format>,
    /// Where what it prints goes, if that is printed anyway.
    pub(super) sink: Option<&'h Sink>,
    /// Labels that are written in front of it: what it is given carries them.
    pub(super) labels: Descriptor,
}

/// What a call adds to the one operation that its command or code block is (spec 07 §2).
pub(super) struct Call<'h> {
    /// How reports name the operation.
    pub(super) subject: EcoString,
    /// The executable's labels and the further keys of a call.
    pub(super) targets: Vec<Target>,
    /// The arguments.
    pub(super) inputs: Vec<Descriptor>,
    /// It is a stage: its output stays text (spec 02 §7.4).
    pub(super) stage: bool,
    /// The labels that the call adds to its result.
    pub(super) labels: Descriptor,
    /// What is said at the call.
    pub(super) extra: Extra<'h>,
    /// What the checkpoints are asked, once the gate has let the call pass (spec 03 §18.4).
    pub(super) question: Option<&'h Question>,
}

/// One command or block that is to run.
struct Job<'h> {
    code: &'h Code,
    /// Labels that are written in front of it.
    labels: Descriptor,
    call: Option<Call<'h>>,
    stdin: Labelled<EcoString>,
    extra: Extra<'h>,
}

impl Job<'_> {
    /// Its output stays text (spec 02 §7.4).
    fn is_stage(&self) -> bool {
        self.call.as_ref().is_some_and(|c| c.stage)
    }

    /// The labels that the call adds to whatever it gives: those of the executable.
    fn added(&self) -> Descriptor {
        self.call.as_ref().map_or(Descriptor::EMPTY, |c| c.labels)
    }

    /// The recorded answer of the call whose body it is. Asked with a permit in hand, before anything starts.
    fn known(&self, cx: &Cx<'_>) -> Option<Labelled<Value>> {
        self.call.as_ref()?.question?.recall(cx.run)
    }
}

/// A body that is one command or code block: one operation with the keys of both (spec 07 §2).
pub(super) struct Whole<'e> {
    /// The command or block.
    pub(super) code: &'e Code,
    stdin: Option<&'e Expr>,
    stream: bool,
    with: Vec<&'e With>,
}

/// The body of an executable, if it is one command or code block and nothing else.
pub(super) fn whole(exe: &Exe) -> Option<Whole<'_>> {
    let mut whole = whole_expr(&exe.body)?;
    whole.with.extend(exe.with.as_ref());
    Some(whole)
}

fn whole_expr(body: &Expr) -> Option<Whole<'_>> {
    match &body.kind {
        ExprKind::Code(code) => Some(Whole {
            code,
            stdin: None,
            stream: false,
            with: Vec::new(),
        }),
        ExprKind::Run(run) if run.labels.is_empty() => {
            let mut whole = whole_expr(&run.value)?;
            whole.stdin = run.stdin.as_ref().or(whole.stdin);
            whole.stream |= run.stream;
            Some(whole)
        }
        ExprKind::Stream(inner) => {
            let mut whole = whole_expr(inner)?;
            whole.stream = true;
            Some(whole)
        }
        ExprKind::With(w) if w.with.pipeline.is_none() && w.with.using.is_none() => {
            let mut whole = whole_expr(&w.value)?;
            whole.with.push(&w.with);
            Some(whole)
        }
        _ => None,
    }
}

/// The body of an executable that is one command or code block.
pub(super) fn body(cx: &Cx<'_>, whole: &Whole<'_>, mut call: Call<'_>) -> Eval<Labelled<Value>> {
    let mut options = Options::default();
    for with in &whole.with {
        options.read(cx, with)?;
    }
    let stdin = match (call.extra.stdin, options.stdin.take(), whole.stdin) {
        (Some(given), _, _) => given.clone(),
        (None, Some(written), _) => written,
        (None, None, Some(e)) => stdin_of(cx, e)?,
        // Standard input of a stage without parameters is its input (spec 03 §4).
        (None, None, None) => match cx.scope.get("input") {
            Some((local, _)) if call.stage && whole.code.lang == Lang::Cmd => {
                local.value.map(|v| render::stage(&v))
            }
            _ => Labelled::literal(EcoString::new()),
        },
    };
    let extra = Extra {
        stdin: None,
        stream: call.extra.stream || whole.stream || options.stream,
        format: call.extra.format.or(options.format),
        sink: call.extra.sink,
        labels: call.extra.labels,
    };
    if extra.stream {
        call.targets.push(Target::shown("op:stream"));
    }
    let job = Job {
        code: whole.code,
        labels: Descriptor::EMPTY,
        call: Some(call),
        stdin,
        extra,
    };
    perform(cx, job)
}

/// Standard input as it is written (spec 02 §9.3).
fn stdin_of(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<EcoString>> {
    Ok(expr::value(cx, e)?.map(|v| render::stdin(&v)))
}

/// `run` as a directive: runs, then prints what came back.
pub(super) fn exec(cx: &Cx<'_>, run: &Run) -> Eval<Labelled<Value>> {
    printing::statement(cx, |sink| {
        let extra = Extra {
            sink: Some(sink),
            ..Extra::default()
        };
        with_extra(cx, run, extra)
    })
}

/// `run` as a value.
pub(super) fn value(cx: &Cx<'_>, run: &Run) -> Eval<Labelled<Value>> {
    with_extra(cx, run, Extra::default())
}

/// `run …` with what is said around it.
fn with_extra(cx: &Cx<'_>, run: &Run, extra: Extra<'_>) -> Eval<Labelled<Value>> {
    let labels = directive::declared(cx, &run.labels)?;
    let stdin = run.stdin.as_ref().map(|e| stdin_of(cx, e)).transpose()?;
    let extra = Extra {
        stdin: stdin.as_ref().or(extra.stdin),
        stream: extra.stream || run.stream,
        ..extra
    };
    // Whoever prints it must know all its labels before the first of it is printed.
    if let Some(sink) = extra.sink {
        sink.expect(labels);
    }
    let labels = cx.run.store().join(labels, extra.labels);
    let extra = Extra { labels, ..extra };
    let by_run = Cx {
        by_run: true,
        ..*cx
    };
    let value = match &run.value.kind {
        ExprKind::Path(p) => {
            let calls = p
                .steps
                .iter()
                .any(|s| matches!(s.kind, StepKind::Call(_) | StepKind::Method(..)));
            if calls {
                value_with(&by_run, &run.value, extra)?
            } else {
                bare(&by_run, p, extra)?
            }
        }
        _ => value_with(&by_run, &run.value, extra)?,
    };
    Ok(cx.join(value, labels))
}

/// `run @f`: a call without arguments (spec 02 §7.3).
fn bare(cx: &Cx<'_>, path: &Path, extra: Extra<'_>) -> Eval<Labelled<Value>> {
    let value = match path::in_text(cx, path)? {
        Some(value) => value,
        None => Labelled::literal(Value::Absent),
    };
    let reader = cx.reader();
    match value.read(&reader) {
        Value::Executable(executable) => {
            let callee = Callee::of(executable, value.descriptor());
            super::call::call_with(cx, callee, Vec::new(), extra)
        }
        _ => {
            let message = eco_format!("Executable variable not found: {}", path.name.text);
            cx.fail(&reader, Problem::new("R0107", "MlldDirective", message))
        }
    }
}

/// An expression with what is said around it.
pub(super) fn value_with(cx: &Cx<'_>, e: &Expr, extra: Extra<'_>) -> Eval<Labelled<Value>> {
    match &e.kind {
        ExprKind::Code(code) => code_labelled(cx, code, extra.labels, extra),
        ExprKind::Run(run) => with_extra(cx, run, extra),
        ExprKind::Stream(inner) => {
            let extra = Extra {
                stream: true,
                ..extra
            };
            cx.deeper(|| value_with(cx, inner, extra))
        }
        ExprKind::With(w) => cx.deeper(|| super::options::value(cx, w, extra)),
        ExprKind::Path(p) => match path::last_call(cx, p)? {
            Some((executable, args)) => {
                let labels = executable.descriptor();
                let reader = cx.reader();
                let callee = Callee::of(executable.read(&reader), labels);
                super::call::call_with(cx, callee, args, extra)
            }
            None => {
                no_stdin(extra)?;
                expr::value(cx, e)
            }
        },
        _ => {
            no_stdin(extra)?;
            expr::value(cx, e)
        }
    }
}

/// Standard input is for commands and code; anything else would drop it silently.
pub(super) fn no_stdin(extra: Extra<'_>) -> Eval<()> {
    if extra.stdin.is_none() {
        return Ok(());
    }
    let message = "'stdin' is for commands and code blocks, and for executables that are one.";
    Err(Problem::new("R0716", "MlldCommand", message).plain())
}

/// `cmd { … }`, `sh { … }` without `run`.
pub(super) fn code_value(cx: &Cx<'_>, code: &Code) -> Eval<Labelled<Value>> {
    code_labelled(cx, code, Descriptor::EMPTY, Extra::default())
}

fn code_labelled(
    cx: &Cx<'_>,
    code: &Code,
    labels: Descriptor,
    extra: Extra<'_>,
) -> Eval<Labelled<Value>> {
    let stdin = extra.stdin.cloned();
    let job = Job {
        code,
        labels,
        call: None,
        stdin: stdin.unwrap_or_else(|| Labelled::literal(EcoString::new())),
        extra,
    };
    perform(cx, job)
}

/// An inline command as a stage: the passing value is its standard input (spec 03 §4).
pub(super) fn stage(cx: &Cx<'_>, code: &Code, stdin: Labelled<EcoString>) -> Eval<Labelled<Value>> {
    let call = Call {
        subject: "/run \"cmd\"".into(),
        targets: Vec::new(),
        inputs: Vec::new(),
        stage: true,
        labels: Descriptor::EMPTY,
        extra: Extra::default(),
        question: None,
    };
    let job = Job {
        code,
        labels: Descriptor::EMPTY,
        call: Some(call),
        stdin,
        extra: Extra::default(),
    };
    perform(cx, job)
}

fn perform(cx: &Cx<'_>, job: Job<'_>) -> Eval<Labelled<Value>> {
    if let Some(around) = cx.boxed {
        around.may_run(job.code.lang)?;
    }
    match (&job.code.body, job.code.lang) {
        (CodeBody::Command(c), _) => command::run(cx, c, job),
        (CodeBody::Foreign(text, _), Lang::Sh) => block::shell(cx, text, job),
        (CodeBody::Foreign(text, _), Lang::Node) => block::node(cx, text, job),
        (CodeBody::Foreign(text, _), Lang::Py) => block::python(cx, text, job),
        (CodeBody::Foreign(text, _), Lang::Js) => js::run(cx, text, job),
        (CodeBody::Foreign(..), lang @ (Lang::Cmd | Lang::Prose)) => {
            cx.unsupported(eco_format!("A `{}` block", lang.word()))
        }
    }
}

/// The operation that a command or a block is: of its own, or as the body of a call.
fn operation(
    cx: &Cx<'_>,
    kind: OpKind,
    subject: EcoString,
    mut targets: Vec<Target>,
    job: &mut Job<'_>,
) -> Operation {
    targets.push(Target::hidden("op:run"));
    let place: Place = cx.place(job.code.span);
    match &mut job.call {
        None => {
            if job.extra.stream {
                targets.push(Target::shown("op:stream"));
            }
            cx.run.operation(kind, subject, targets.into(), place)
        }
        // An inline command among the stages is no call.
        Some(call) if call.targets.is_empty() => {
            cx.run.operation(kind, subject, targets.into(), place)
        }
        Some(call) => {
            let mut all = std::mem::take(&mut call.targets);
            all.append(&mut targets);
            let place = cx.place(cx.stmt.span);
            let mut operation =
                cx.run
                    .operation(OpKind::Exe, call.subject.clone(), all.into(), place);
            operation.inputs = std::mem::take(&mut call.inputs);
            operation
        }
    }
}
