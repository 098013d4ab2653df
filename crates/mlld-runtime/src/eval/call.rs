//! Executables and their calls (spec 02 §6; 05 §5.1, §6.1).

use super::checkpoint::{Question, Told};
use super::closure;
use super::implicit::Raised;
use super::pipe_context::PipeContext;
use super::scope::{Kind, Scope, reserved};
use super::{
    Cx, Eval, Flow, Problem, Whens, block, boxed, directive, expr, file, hook, import, options,
    relabel, run_stmt, when,
};
use crate::value::{Executable, Home, Value, json, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind, Reader, Target, is_under};
use mlld_syntax::Span;
use mlld_syntax::ast::{Exe, Expr, ExprKind, Item, Lang, Stmt, StmtKind};
use std::sync::Arc;

/// A call that is going on, and those around it.
pub(crate) struct Running<'a> {
    link: Link<'a>,
    outer: Option<&'a Running<'a>>,
}

/// What is known of a call that is going on, on every thread that works for it.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    home: Home,
    /// What the checkpoints are asked about it.
    question: Option<&'a Question>,
    /// It, or a call around it, is made again because a stage asked for that.
    again: bool,
}

/// Runs `body` inside the calls of `chain`, outermost first: the call chain of another thread.
pub(super) fn with_chain<T>(chain: &[Link<'_>], body: impl FnOnce(Option<&Running<'_>>) -> T) -> T {
    fn go<T>(
        chain: &[Link<'_>],
        outer: Option<&Running<'_>>,
        body: impl FnOnce(Option<&Running<'_>>) -> T,
    ) -> T {
        match chain.split_first() {
            None => body(outer),
            Some((link, rest)) => {
                let running = Running { link: *link, outer };
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || go(rest, Some(&running), body))
            }
        }
    }
    go(chain, None, body)
}

impl<'a> Running<'a> {
    /// The calls of the chain, outermost first.
    pub(super) fn chain(&self) -> Vec<Link<'a>> {
        let mut links: Vec<Link<'a>> = self.links().collect();
        links.reverse();
        links
    }

    /// The calls of the chain, innermost first.
    fn links(&self) -> impl Iterator<Item = Link<'a>> {
        let mut next = Some(self);
        std::iter::from_fn(move || {
            let running = next?;
            next = running.outer;
            Some(running.link)
        })
    }

    /// A command failed: no call of the chain has been answered.
    pub(crate) fn failed(&self) {
        self.links()
            .filter_map(|link| link.question)
            .for_each(Question::failed);
    }
}

/// `exe @f(…) = …`: defines an executable.
pub(super) fn define(cx: &Cx<'_>, exe: &Exe) -> Eval<()> {
    let name = &exe.name;
    if let Some(message) = reserved(&name.text) {
        return Err(Problem::new("R0103", "MlldDirective", message).plain());
    }
    let params: Vec<EcoString> = exe
        .params
        .iter()
        .flatten()
        .map(|p| p.name.text.clone())
        .collect();
    for (i, param) in params.iter().enumerate() {
        if param == "mx" {
            let message = reserved(param).unwrap_or_default();
            return Err(Problem::new("R0103", "MlldDirective", message).plain());
        }
        if params.iter().take(i).any(|p| p == param) {
            let message = eco_format!("Parameter '{param}' of @{} is named twice.", name.text);
            return Err(Problem::new("R0111", "MlldDirective", message).plain());
        }
    }
    options::check_definition(cx, exe)?;
    directive::declared(cx, &exe.labels)?;
    if let ExprKind::TemplateFile(path) = &exe.body.kind {
        file::external::define(cx, cx.home, path)?;
    }
    let executable = Executable {
        name: name.text.clone(),
        params,
        home: cx.home,
    };
    directive::bind(
        cx,
        name,
        Labelled::literal(Value::Executable(Arc::new(executable))),
    )
}

/// The definition behind an executable.
pub(super) fn definition(module: &super::ModuleEnv, home: Home) -> Option<&Exe> {
    match &statement(module, home)?.kind {
        StmtKind::Exe(exe) => Some(exe),
        _ => None,
    }
}

/// The statement of a module's top level that stands at `home`.
fn statement(module: &super::ModuleEnv, home: Home) -> Option<&Stmt> {
    match module.tree.items.get(home.item as usize)? {
        Item::Stmt(stmt) => Some(stmt),
        Item::RunBlock(stmts, _) => stmts.get(home.stmt as usize),
        Item::Prose(_) => None,
    }
}

/// How many arguments an executable takes: an alias takes those of what it stands for.
pub(super) fn parameters(cx: &Cx<'_>, executable: &Executable) -> usize {
    let mut executable = executable.clone();
    // A ring of aliases ends here, too; calling it is the mistake that is reported.
    for _ in 0..16 {
        if !executable.params.is_empty() {
            break;
        }
        let Some(module) = cx.run.module(executable.home.module) else {
            break;
        };
        let target = match definition(&module, executable.home).map(|exe| &exe.body.kind) {
            Some(ExprKind::Path(p)) if p.steps.is_empty() => module.globals.get(&p.name.text),
            _ => None,
        };
        let reader = cx.reader();
        match target.map(|t| t.take(&reader)) {
            Some(Value::Executable(target)) => executable = (*target).clone(),
            _ => break,
        }
    }
    executable.params.len()
}

/// The language of an executable whose body is one command or code block.
pub(super) fn body_language(cx: &Cx<'_>, executable: &Executable) -> Option<Lang> {
    let module = cx.run.module(executable.home.module)?;
    let exe = definition(&module, executable.home)?;
    run_stmt::whole(exe).map(|w| w.code.lang)
}

/// What an executable makes that stands for an instance: `exe @u = new @URL(…)` has its fields (spec 04 §7.11). `None`
/// for any other value.
pub(super) fn instance(cx: &Cx<'_>, value: &Labelled<Value>) -> Eval<Option<Labelled<Value>>> {
    let reader = cx.reader();
    let Value::Executable(executable) = value.read(&reader) else {
        return Ok(None);
    };
    let module = cx.run.module(executable.home.module);
    let exe = module
        .as_deref()
        .and_then(|m| definition(m, executable.home));
    match exe.map(|exe| &exe.body.kind) {
        Some(ExprKind::New(_)) if executable.params.is_empty() => {
            let callee = Callee::of(executable, value.descriptor());
            call(cx, callee, Vec::new()).map(Some)
        }
        _ => Ok(None),
    }
}

/// What is called.
#[derive(Clone, Copy)]
pub(super) struct Callee<'e> {
    pub(super) executable: &'e Executable,
    /// The labels of the value that the executable is: that it is this one that is called, they tell. They are on
    /// whatever the call does and gives, like the labels that the executable itself is declared with.
    pub(super) labels: Descriptor,
}

impl<'e> Callee<'e> {
    /// The executable that a value is.
    pub(super) fn of(executable: &'e Executable, labels: Descriptor) -> Self {
        Self { executable, labels }
    }
}

/// How a call came about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taker {
    /// An expression, a statement: takes a value.
    Value,
    /// A `while` stage: takes `done` and `continue`, too.
    While,
    /// A stage of a pipeline: takes `retry`, too.
    Stage,
}

/// How a call came about, and what it is given besides its arguments.
#[derive(Clone, Copy)]
pub(super) struct How<'h> {
    pub(super) taker: Taker,
    /// The pipeline whose stage it is.
    pub(super) pipe: Option<&'h PipeContext>,
    /// `@input` of an executable without parameters (spec 03 §4).
    pub(super) input: Option<&'h Labelled<Value>>,
    /// Where it is written, if it is more than the statement.
    pub(super) site: Option<Span>,
    /// What is said at the call about the command or block that its body is.
    pub(super) extra: run_stmt::Extra<'h>,
}

/// The input of a stage as its executable gets it (spec 03 §3).
pub(super) fn stage_input(
    cx: &Cx<'_>,
    executable: &Executable,
    input: Labelled<Value>,
) -> Labelled<Value> {
    let module = cx.run.module(executable.home.module);
    let Some(exe) = module
        .as_deref()
        .and_then(|m| definition(m, executable.home))
    else {
        return input;
    };
    let parsed = |v: Value| match &v {
        Value::Text(text) => json::for_code(text).unwrap_or(v),
        _ => v,
    };
    match (&exe.body.kind, run_stmt::whole(exe).map(|w| w.code.lang)) {
        (_, Some(Lang::Js | Lang::Node)) => input.map(parsed),
        (_, Some(Lang::Sh | Lang::Py | Lang::Cmd)) => input.map(|v| match v.data() {
            Value::Text(_) => v,
            _ => Value::Text(render::stage(&v)),
        }),
        (ExprKind::For(_) | ExprKind::Foreach(_) | ExprKind::Loop(_), _) => input.map(parsed),
        _ => input,
    }
}

/// Calls an executable for its value.
pub(super) fn call(
    cx: &Cx<'_>,
    callee: Callee<'_>,
    args: Vec<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    call_in(cx, None, callee, args, run_stmt::Extra::default())
}

/// As [`call`], for a call that is written at `site`.
pub(super) fn call_at(
    cx: &Cx<'_>,
    site: Span,
    callee: Callee<'_>,
    args: Vec<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    call_in(cx, Some(site), callee, args, run_stmt::Extra::default())
}

/// Calls an executable for its value, with what is said beside the call.
pub(super) fn call_with(
    cx: &Cx<'_>,
    callee: Callee<'_>,
    args: Vec<Labelled<Value>>,
    extra: run_stmt::Extra<'_>,
) -> Eval<Labelled<Value>> {
    call_in(cx, None, callee, args, extra)
}

fn call_in(
    cx: &Cx<'_>,
    site: Option<Span>,
    callee: Callee<'_>,
    args: Vec<Labelled<Value>>,
    extra: run_stmt::Extra<'_>,
) -> Eval<Labelled<Value>> {
    let pipe = if cx.source { cx.pipe } else { None };
    let how = How {
        taker: Taker::Value,
        pipe,
        input: None,
        site,
        extra,
    };
    match call_for(cx, callee, args, how)? {
        Flow::Return(Some(value)) => Ok(value),
        Flow::Return(None) | Flow::Next => Ok(Labelled::literal(Value::Null)),
        other => other.stray(),
    }
}

/// Calls an executable, with the hooks around it: what comes of it.
pub(super) fn call_for(
    cx: &Cx<'_>,
    callee: Callee<'_>,
    args: Vec<Labelled<Value>>,
    how: How<'_>,
) -> Eval<Flow> {
    let told = Told::new();
    let executable = callee.executable;
    let judged = |args| call_judged(cx, callee, args, how, &told);
    hook::around_call(cx, executable, args, how, &told, |args| {
        let home = executable.home;
        if home.module == cx.module.number {
            return judged(args);
        }
        let Some(module) = cx.run.module(home.module) else {
            return judged(args);
        };
        // Hooks act on the code of their own module (spec 03 §17). A call into an imported one is that module's own
        // as long as nothing of the caller's goes in: what does, and what is made of it, is the caller's.
        let given = !args.is_empty() || how.input.is_some() || how.extra.stdin.is_some();
        if given && module.origin.imported {
            return judged(args);
        }
        let there = Cx {
            module: &module,
            scope: &Scope::outermost(),
            stmt: statement(&module, home).unwrap_or(cx.stmt),
            ..*cx
        };
        hook::around_call(&there, executable, args, how, &told, judged)
    })
}

/// Calls an executable with the arguments that hooks have left.
fn call_judged(
    cx: &Cx<'_>,
    callee: Callee<'_>,
    args: Vec<Labelled<Value>>,
    how: How<'_>,
    told: &Told,
) -> Eval<Flow> {
    let executable = callee.executable;
    let module = cx.run.module(executable.home.module);
    let Some(exe) = module
        .as_deref()
        .and_then(|m| definition(m, executable.home))
    else {
        let message = eco_format!("Command not found: {}", executable.name);
        return Err(Problem::new("R0104", "MlldDirective", message).plain());
    };
    let Some(module) = module.as_deref() else {
        return Ok(Flow::Next);
    };
    check_recursion(cx, executable, exe)?;

    let store = cx.run.store();
    let frame = Reader::new(store);
    let input = how.input.map(Labelled::descriptor);
    let passed = store.join_all(args.iter().map(Labelled::descriptor).chain(input));
    frame.touch(callee.labels);
    frame.touch(passed);
    let again = is_repeated(cx, how);
    let question = Question::of(cx, (executable, exe), &args, how, again);
    let question = question.as_ref();
    let scope = Scope::outermost();
    let raised = Raised::default();
    let mut args = args.into_iter();
    for param in &executable.params {
        // A parameter that was not given is unset, and hides an outer variable of its name (spec 02 §6.3).
        match args.next() {
            Some(value) => scope.bind(param.clone(), value, Kind::Param),
            None => scope.bind(param.clone(), Labelled::literal(Value::Absent), Kind::Unset),
        }
    }
    let rest: Vec<_> = args.collect();
    if module.origin.package && !rest.is_empty() {
        let most = executable.params.len();
        let message = eco_format!("@{} takes at most {most} arguments", executable.name);
        return Err(Problem::new("R0125", "MlldDirective", message).plain());
    }
    if let Some(input) = how.input
        && executable.params.is_empty()
    {
        scope.bind("input".into(), input.clone(), Kind::Loop);
    }
    let running = Running {
        link: Link {
            home: executable.home,
            question,
            again,
        },
        outer: cx.running,
    };
    let inner = Cx {
        run: cx.run,
        module,
        scope: &scope,
        frame: &frame,
        // What happens in the code of another module happens there, where it is defined.
        stmt: match statement(module, executable.home) {
            Some(defined) if module.number != cx.module.number => defined,
            _ => cx.stmt,
        },
        // Which executable is called, its labels tell.
        pc: cx.conditional(callee.labels).inherited(),
        exits: cx.exits.in_function(&raised),
        running: Some(&running),
        whens: Whens::Give,
        home: executable.home,
        ambient: passed,
        passes: super::Passes {
            while_: cx.passes.while_.filter(|_| how.taker == Taker::While),
            ..super::Passes::default()
        },
        parallel: cx.parallel,
        errors: cx.errors,
        pipe: how.pipe,
        source: false,
        by_run: false,
        in_hook: cx.in_hook,
        seen: None,
        boxed: cx.boxed,
    };
    let labels = store.declared(
        exe.labels
            .iter()
            .map(|l| l.text.as_str())
            .filter(|l| *l != "recursive"),
    );
    let asked = Asked {
        callee: callee.labels,
        labels: store.join(callee.labels, labels),
        extra: how.extra,
        question,
    };
    let flow = inner.deeper(|| perform(&inner, cx, executable, exe, rest, asked));
    // A bare `done` or `continue` gives the state that the `while` has: that it did so tells as much as a value would.
    let flow = flow.map(|flow| match (flow, how.taker, how.input) {
        (Flow::Done(None), Taker::While, Some(state)) => Flow::Done(Some(state.clone())),
        (Flow::Continue(None), Taker::While, Some(state)) => Flow::Continue(Some(state.clone())),
        (flow, ..) => flow,
    });

    // Everything that went in and everything that was read is on the result (spec 05 §6.1), then the
    // executable's labels, then where it was made. A mistake's text tells of the same.
    // The caller sees it on the result only (spec 05 §6.2).
    let read = frame.seen();
    let made = match source_label(&exe.body) {
        "" => Descriptor::EMPTY,
        source => store.made_by(source),
    };
    // What a model makes of untrusted data (spec 05 §10.1).
    let is_model =
        exe.labels.iter().any(|l| is_under(&l.text, "llm")) || store.carries(callee.labels, "llm");
    let influenced = cx.run.layers(|layers| {
        is_model && layers.influences() && layers.is_untrusted(store, store.join(passed, read))
    });
    let influenced = match influenced {
        true => store.declared(["influenced"]),
        false => Descriptor::EMPTY,
    };
    let extra = store.join_all([labels, influenced, made]);
    let flow = flow.map_err(|e| {
        // The text tells what the result would have told (spec 05 §6.1); what was read, whoever catches it knows.
        let failure = e.about(store, store.join(callee.labels, labels));
        let mut failure = failure.amid(store, store.join_all([passed, read, extra]));
        // What stands for a package is in no file: it happens where it is called.
        if let super::Failure::Denied(denial) = &mut failure
            && module.origin.package
        {
            denial.place = Some(cx.place(cx.stmt.span));
        }
        Box::new(failure)
    })?;
    // What decided that it returned here, too (spec 05 §11.2).
    let given = [callee.labels, passed, read, inner.inherited()];
    let flow = flow.joined_first(cx, store.join_all(given));
    relabel::check_result(cx, exe, &flow)?;
    let flow = flow.declared(cx, extra);
    let flow = flow.map(|value| {
        let site = how.site.unwrap_or(cx.stmt.span);
        cx.returned(value, site, &executable.name, [labels, influenced, made])
    });
    if let Some(question) = question {
        if let Flow::Return(Some(answer)) = &flow {
            question.record(cx.run, answer);
        }
        let _ = told.set(question.answered());
    }
    match (&flow, how.taker) {
        (Flow::Return(_) | Flow::Next, _) => Ok(flow),
        (Flow::Done(_) | Flow::Continue(_), Taker::While) => Ok(flow),
        (Flow::Retry(_), Taker::Stage | Taker::While) => Ok(flow),
        _ => flow.stray().map(|v: Labelled<Value>| Flow::Return(Some(v))),
    }
}

/// What goes along with a call.
#[derive(Clone, Copy)]
struct Asked<'h> {
    /// The labels of the value that is called.
    callee: Descriptor,
    /// Those, and the labels of the executable.
    labels: Descriptor,
    /// What is said beside the call.
    extra: run_stmt::Extra<'h>,
    /// What the checkpoints are asked.
    question: Option<&'h Question>,
}

/// Asks the gate about the call, then evaluates the body.
fn perform(
    inner: &Cx<'_>,
    outer: &Cx<'_>,
    executable: &Executable,
    exe: &Exe,
    rest: Vec<Labelled<Value>>,
    asked: Asked<'_>,
) -> Eval<Flow> {
    let subject = eco_format!("/exe \"{}\"", executable.name);
    let declared = exe.labels.iter().map(|l| Target::shown(l.text.clone()));
    let mut targets: Vec<Target> = declared.filter(|t| t.label != "recursive").collect();
    // A call whose body is one command or code block is one operation, with the keys of both (spec 07 §2).
    if let Some(whole) = run_stmt::whole(exe) {
        targets.push(Target::hidden("op:exe"));
        let call = run_stmt::Call {
            subject,
            targets,
            inputs: vec![asked.callee, inner.ambient],
            stage: inner.pipe.is_some(),
            labels: asked.labels,
            extra: asked.extra,
            question: asked.question,
        };
        return run_stmt::body(inner, &whole, call).map(|v| Flow::Return(Some(v)));
    }
    run_stmt::no_stdin(asked.extra)?;
    if asked.extra.stream {
        targets.push(Target::shown("op:stream"));
    }
    targets.push(Target::hidden("op:exe"));
    if outer.by_run {
        targets.push(Target::hidden("op:run"));
    }
    let mut operation = outer.run.operation(
        OpKind::Exe,
        subject,
        targets.into(),
        outer.place(outer.stmt.span),
    );
    operation.inputs.extend([asked.callee, inner.ambient]);
    let (home, params) = (executable.home, &executable.params);
    operation.inputs.push(closure::inputs(
        inner,
        inner.module,
        home,
        exe.body.span,
        params,
    ));
    let permit = outer.permit(operation, Labelled::literal(()))?;
    permit.into_payload();
    if let Some(known) = asked.question.and_then(|q| q.recall(outer.run)) {
        return Ok(Flow::Return(Some(known)));
    }
    body(inner, &exe.body, rest)
}

/// Whether a call is made again because a stage asked for that, or stands in one that is: an answer that is
/// there is what was not wanted.
fn is_repeated(cx: &Cx<'_>, how: How<'_>) -> bool {
    let first_try = |pipe: &PipeContext| match pipe.ambient(cx.run.store(), "try") {
        Some(n) => !matches!(n.read(&cx.reader()), Value::Number(n) if *n > 1.0),
        None => true,
    };
    cx.running.is_some_and(|r| r.link.again)
        || [how.pipe, cx.pipe]
            .into_iter()
            .flatten()
            .any(|p| !first_try(p))
}

/// The value of a body; `rest` are arguments beyond the parameters. Statement blocks and `when` may end in other ways than with a value.
fn body(cx: &Cx<'_>, e: &Expr, rest: Vec<Labelled<Value>>) -> Eval<Flow> {
    match &e.kind {
        ExprKind::Block(b) => match block::run(cx, b)?.flow {
            // The end of a block without `=>` is the empty value.
            Flow::Next => Ok(Flow::Return(Some(Labelled::literal(Value::Text(
                EcoString::new(),
            ))))),
            flow => Ok(flow),
        },
        ExprKind::When(w) => when::body(cx, w),
        ExprKind::Box(b) => boxed::body(cx, b),
        ExprKind::Path(p) if p.steps.is_empty() => alias(cx, p, rest),
        _ => Ok(Flow::Return(Some(expr::operand(cx, e)?.map(Value::stored)))),
    }
}

/// `exe @f = @g`: passes all arguments on (spec 02 §6.2).
fn alias(cx: &Cx<'_>, path: &mlld_syntax::ast::Path, rest: Vec<Labelled<Value>>) -> Eval<Flow> {
    let value = match import::callee(cx, path)? {
        Some(imported) => imported,
        None => super::path::value(cx, path, expr::Undefined::Absent)?,
    };
    let reader = cx.reader();
    let Value::Executable(target) = value.read(&reader) else {
        return Ok(Flow::Return(Some(value.map(Value::stored))));
    };
    let own = cx.scope.visible().into_iter().filter(|l| !l.is_unset());
    let own = own.filter(|l| l.kind == Kind::Param).map(|l| l.value);
    let args: Vec<_> = own.chain(rest).collect();
    let target = Callee::of(target, value.descriptor());
    call(cx, target, args).map(|v| Flow::Return(Some(v)))
}

/// Where the value of a body is made (spec 05 §5.1).
fn source_label(body: &Expr) -> &'static str {
    match &body.kind {
        ExprKind::Template(_)
        | ExprKind::Text(..)
        | ExprKind::TemplateFile(_)
        | ExprKind::Pipe(_) => "src:template",
        ExprKind::Block(_)
        | ExprKind::When(_)
        | ExprKind::For(_)
        | ExprKind::Foreach(_)
        | ExprKind::Loop(_)
        | ExprKind::Box(_)
        | ExprKind::Object(_)
        | ExprKind::Data(_) => "src:exe",
        ExprKind::With(w) if w.with.pipeline.is_some() => "src:template",
        ExprKind::With(w) => source_label(&w.value),
        _ => "",
    }
}

/// Whether this call may happen inside those that are going on (spec 02 §6.7).
fn check_recursion(cx: &Cx<'_>, executable: &Executable, exe: &Exe) -> Eval<()> {
    let mut depth = 0;
    let mut running = cx.running;
    while let Some(r) = running {
        depth += usize::from(r.link.home == executable.home);
        running = r.outer;
    }
    if depth == 0 {
        return Ok(());
    }
    let name = &executable.name;
    if !exe.labels.iter().any(|l| l.text == "recursive") {
        let message = eco_format!(
            "Circular reference detected: executable '@{name}' calls itself recursively without a terminating condition"
        );
        return Err(Problem::new("R0112", "CircularReference", message)
            .hint("Label it `recursive` if it is meant to call itself.")
            .plain());
    }
    let limit = cx.run.recursion_depth();
    if depth >= limit {
        let message = eco_format!(
            "'@{name}' exceeded maximum recursion depth ({limit}). Add a base case or increase the limit with MLLD_RECURSION_DEPTH."
        );
        return Err(Problem::new("R0113", "RecursionDepth", message).plain());
    }
    Ok(())
}
