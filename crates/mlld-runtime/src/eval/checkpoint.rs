//! `checkpoint`, and asking the checkpoints of the run about calls of executables labelled `llm` (spec 03 §18).

use super::call::How;
use super::time;
use super::{Cx, Eval, ModuleEnv, Problem, expr};
use crate::checkpoint::{Call, Mode, Scope, of_call, sha256};
use crate::gate::Run;
use crate::value::{Executable, Value, render, truth};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind, Place};
use mlld_syntax::ast::{
    Action, Checkpoint, Exe, ExprKind, Item, Module, Part, Stmt, StmtKind, WhenEntry,
};
use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Characters of the arguments that are kept to be looked at (spec 03 §21).
const PREVIEW: usize = 160;

/// A call that is going on and that the checkpoints are asked about.
pub(crate) struct Question {
    call: Call,
    begun: Instant,
    /// It is made again because a stage asked for that: an answer that is there is what was not wanted.
    again: bool,
    /// A command in it failed, even if the script goes on: what came of it is no answer (spec 03 §18.1).
    failed: AtomicBool,
    /// It was answered without being executed.
    hit: AtomicBool,
}

/// What hooks are told about a call (`@mx.checkpoint`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// It was answered without being executed.
    pub(crate) hit: bool,
    /// The name of the call.
    pub(crate) key: EcoString,
}

/// Where [`call_for`](super::call::call_for) says how a call was answered.
pub(crate) type Told = OnceCell<Answered>;

impl Question {
    /// The question about a call; `None` if the checkpoints have nothing to do with it.
    pub(super) fn of(
        cx: &Cx<'_>,
        module: &ModuleEnv,
        (executable, exe): (&Executable, &Exe),
        args: &[Labelled<Value>],
        how: How<'_>,
        again: bool,
    ) -> Option<Self> {
        // What a call in a box leads to depends on the workspace, and the workspace on it: it is made again.
        if cx.boxed.is_some() {
            return None;
        }
        let session = cx.run.checkpoints()?;
        if !exe.labels.iter().any(|l| l.text == "llm") || !session.is_on() {
            return None;
        }
        let input = how.input.filter(|_| executable.params.is_empty());
        let stdin = how.extra.stdin;
        let store = cx.run.store();
        let labels = args.iter().chain(input).map(Labelled::descriptor);
        let labels = labels.chain(stdin.map(Labelled::descriptor));
        let given = store.join_all(labels.chain([how.extra.labels]));
        if !may_be_written(cx.run, given) {
            return None;
        }
        // Which call it is makes no data: the result carries the labels of all arguments in any case.
        let reader = cx.reader();
        let values: Vec<Value> = args.iter().map(|a| a.read(&reader).clone()).collect();
        let input = input.map(|i| ("input", i.read(&reader).clone()));
        let stdin = stdin.map(|s| ("stdin", Value::Text(s.read(&reader).clone())));
        let besides: Vec<(&str, Value)> = input.into_iter().chain(stdin).collect();
        let hash_of = |e: &Executable| {
            let module = cx.run.module(e.home.module)?;
            let exe = super::call::definition(&module, e.home)?;
            definition_hash(&module, exe)
        };
        let hash = of_call(&executable.name, &values, &besides, &hash_of)?;
        let fn_hash = definition_hash(module, exe)?;
        let preview = preview(values.iter().chain(besides.iter().map(|(_, v)| v)));
        let at = cx.place(how.site.unwrap_or(cx.stmt.span));
        let site = format!("{}#{}:{}", at.file, at.line, at.column);
        Some(Self {
            call: Call {
                function: executable.name.clone(),
                home: executable.home,
                fn_hash: fn_hash.into(),
                hash,
                preview,
                place: session.place(executable.home, site),
            },
            begun: Instant::now(),
            again,
            failed: AtomicBool::new(false),
            hit: AtomicBool::new(false),
        })
    }

    /// The recorded answer, if there is one that may be served. To be asked when policy and guards have let the
    /// call pass, and before anything of it is executed (spec 03 §18.4).
    pub(super) fn recall(&self, run: &Run<'_>) -> Option<Labelled<Value>> {
        if self.again {
            return None;
        }
        let (answer, notes) = run.checkpoints()?.recall(run.store(), &self.call);
        tell(run, &notes);
        self.hit.store(answer.is_some(), Ordering::Relaxed);
        answer
    }

    /// Records the answer, unless it was served, or may not be written.
    pub(super) fn record(&self, run: &Run<'_>, answer: &Labelled<Value>) {
        let known = self.hit.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed);
        if known || !may_be_written(run, answer.descriptor()) {
            return;
        }
        if let Some(session) = run.checkpoints() {
            let took = self.begun.elapsed();
            tell(run, &session.record(run.store(), &self.call, answer, took));
        }
    }

    /// A command in it failed.
    pub(super) fn failed(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// How it was answered.
    pub(super) fn answered(&self) -> Answered {
        Answered {
            hit: self.hit.load(Ordering::Relaxed),
            key: self.call.hash.key.clone(),
        }
    }
}

/// Prints what a session has to say, a line each.
pub(crate) fn tell(run: &Run<'_>, notes: &[String]) {
    for note in notes {
        run.host.err(&format!("{note}\n"));
    }
}

/// Whether data with these labels may be written to a cache: never what is secret or sensitive, nor what a layer
/// keeps out of files (spec 03 §18.4).
fn may_be_written(run: &Run<'_>, descriptor: Descriptor) -> bool {
    let store = run.store();
    if descriptor.is_empty() {
        return true;
    }
    if store.carries(descriptor, "secret") || store.carries(descriptor, "sensitive") {
        return false;
    }
    let nowhere = Place {
        file: Arc::from(""),
        line: 0,
        column: 0,
    };
    let mut operation = run.plain_operation(OpKind::Output, "/output", nowhere);
    operation.inputs.push(descriptor);
    run.layers(|layers| layers.check(store, &operation)).is_ok()
}

/// The hash of an executable: its labels, and its definition as it is written, from the parameters on. `None`
/// where what it does is written elsewhere.
fn definition_hash(module: &ModuleEnv, exe: &Exe) -> Option<String> {
    if matches!(exe.body.kind, ExprKind::TemplateFile(_)) {
        return None;
    }
    let text = &module.script.text;
    let with = exe.with.as_ref().map_or(0, |w| w.span.end);
    let end = exe.body.span.end.max(with);
    let content = text.get(exe.name.span.end as usize..end as usize)?;
    let content = content.trim().replace("\r\n", "\n").replace('\r', "\n");
    let labels = exe.labels.iter().map(|l| l.text.as_str());
    let mut all: Vec<&str> = labels.collect();
    all.push(&content);
    let all = serde_json::to_string(&all).ok()?;
    Some(sha256(all.as_bytes()))
}

/// The beginning of the arguments as text.
fn preview<'v>(args: impl Iterator<Item = &'v Value>) -> String {
    let mut out = String::new();
    for (i, arg) in args.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(&render::template(arg));
        if out.len() > 4 * PREVIEW {
            break;
        }
    }
    out.chars().take(PREVIEW).collect()
}

/// `checkpoint NAME with { … }` (spec 03 §18.5).
pub(super) fn exec(cx: &Cx<'_>, checkpoint: &Checkpoint) -> Eval<()> {
    if cx.home.module != 0 {
        return cx.unsupported("`checkpoint` in an imported module");
    }
    let Some(session) = cx.run.checkpoints() else {
        return Ok(());
    };
    end(cx)?;
    let name = expr::value(cx, &checkpoint.name)?.map(|v| render::template(&v));
    let labels = name.descriptor();
    if !may_be_written(cx.run, labels) {
        let message = "The name of a checkpoint is written to disk: data that may not be written cannot be part of it";
        return Err(Problem::new("R0804", "MlldCheckpoint", message).plain());
    }
    let reader = cx.reader();
    let name = name.take(&reader);
    if name.trim().is_empty() {
        let message = "checkpoint directive requires a non-empty name";
        return cx.fail(&reader, Problem::new("R0805", "MlldCheckpoint", message));
    }
    let mut scope = Scope {
        name: Some(name),
        ..Scope::default()
    };
    for option in &checkpoint.with {
        match option.key.text.as_str() {
            "resume" => {
                let word = expr::value(cx, &option.value)?.map(|v| render::template(&v));
                let mode = cx.compute(|r| Mode::read("checkpoint", word.read(r)))?;
                scope.mode = Some(mode.take(&reader));
            }
            "ttl" => {
                let value = expr::value(cx, &option.value)?;
                let ttl = cx.compute(|r| duration(value.read(r)))?;
                scope.ttl = Some(ttl.take(&reader));
            }
            "complete" => scope.complete = Some(Arc::new(option.value.clone())),
            other => return cx.unsupported(eco_format!("The option '{other}' of `checkpoint`")),
        }
    }
    let notes = session.enter(scope).map_err(|p| p.about(labels))?;
    tell(cx.run, &notes);
    Ok(())
}

/// A time span: a number of milliseconds, or a text.
fn duration(value: &Value) -> Result<Duration, Problem> {
    let millis = match value.data() {
        Value::Number(n) => Some(*n),
        Value::Text(text) => time::parse(text),
        _ => None,
    };
    let span = millis
        .filter(|n| *n >= 0.0)
        .and_then(|n| Duration::try_from_secs_f64(n / 1000.0).ok());
    span.ok_or_else(|| {
        let message = eco_format!("Invalid duration format: {}", render::template(value));
        Problem::new("R0806", "MlldCheckpoint", message)
            .hint("Write 500ms, 30s, 5m, 1h, 2d, or milliseconds.")
    })
}

/// Ends the scope that is open: what its `complete` says now is kept.
pub(super) fn end(cx: &Cx<'_>) -> Eval<()> {
    let Some(session) = cx.run.checkpoints() else {
        return Ok(());
    };
    let Some(complete) = session.complete() else {
        return Ok(());
    };
    let value = expr::value(cx, &complete)?;
    let labels = value.descriptor();
    let reader = cx.reader();
    let complete = truth::truthy(value.read(&reader));
    // One bit of what may not be written is too much, too.
    if may_be_written(cx.run, labels) {
        tell(cx.run, &session.leave(complete));
    }
    Ok(())
}

/// The names of the checkpoints in a script, as far as they stand there as text.
pub(crate) fn names(tree: &Module) -> Vec<EcoString> {
    let mut names = Vec::new();
    for item in &tree.items {
        match item {
            Item::Stmt(stmt) => collect(stmt, &mut names),
            Item::RunBlock(stmts, _) => stmts.iter().for_each(|s| collect(s, &mut names)),
            Item::Prose(_) => {}
        }
    }
    names
}

fn collect(stmt: &Stmt, names: &mut Vec<EcoString>) {
    match &stmt.kind {
        StmtKind::Checkpoint(checkpoint) => {
            if let Some(name) = written_name(&checkpoint.name.kind)
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        StmtKind::When(when) => {
            for entry in &when.entries {
                if let WhenEntry::Arm(arm) = entry
                    && let Action::Stmt(action) = &arm.action
                {
                    collect(action, names);
                }
            }
        }
        _ => {}
    }
}

/// A name that stands there as text.
fn written_name(name: &ExprKind) -> Option<EcoString> {
    match name {
        ExprKind::Text(text, _) => Some(text.clone()),
        ExprKind::Template(template) => match template.parts.as_slice() {
            [] => Some(EcoString::new()),
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
