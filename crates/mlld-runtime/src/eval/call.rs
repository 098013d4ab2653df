//! Executables and their calls (spec 02 §6; 05 §5.1, §6.1).

use super::closure;
use super::pipe_context::PipeContext;
use super::scope::{Kind, Scope, reserved};
use super::{
    Cx, Eval, Flow, Problem, Whens, block, directive, expr, file, hook, options, relabel, run_stmt,
    when,
};
use crate::value::{Executable, Home, Value, json, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind, Reader, Target};
use mlld_syntax::ast::{Exe, Expr, ExprKind, Item, Lang, StmtKind};
use std::sync::Arc;

/// A call that is going on, and those around it.
pub(crate) struct Running<'a> {
    home: Home,
    outer: Option<&'a Running<'a>>,
}

/// Runs `body` inside the calls of `homes`, outermost first: the call chain of another thread.
pub(super) fn with_chain<T>(homes: &[Home], body: impl FnOnce(Option<&Running<'_>>) -> T) -> T {
    fn go<T>(
        homes: &[Home],
        outer: Option<&Running<'_>>,
        body: impl FnOnce(Option<&Running<'_>>) -> T,
    ) -> T {
        match homes.split_first() {
            None => body(outer),
            Some((home, rest)) => {
                let running = Running { home: *home, outer };
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || go(rest, Some(&running), body))
            }
        }
    }
    go(homes, None, body)
}

impl Running<'_> {
    /// The executables of the chain, outermost first.
    pub(super) fn homes(&self) -> Vec<Home> {
        let mut homes = vec![self.home];
        let mut outer = self.outer;
        while let Some(r) = outer {
            homes.push(r.home);
            outer = r.outer;
        }
        homes.reverse();
        homes
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
    if exe.labels.iter().any(|l| l.text == "llm") {
        return cx.unsupported("An executable labelled `llm`");
    }
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
    let stmt = match module.tree.items.get(home.item as usize)? {
        Item::Stmt(stmt) => stmt,
        Item::RunBlock(stmts, _) => stmts.get(home.stmt as usize)?,
        Item::Prose(_) => return None,
    };
    match &stmt.kind {
        StmtKind::Exe(exe) => Some(exe),
        _ => None,
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
    executable: &Executable,
    args: Vec<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    call_with(cx, executable, args, run_stmt::Extra::default())
}

/// Calls an executable for its value, with what is said beside the call.
pub(super) fn call_with(
    cx: &Cx<'_>,
    executable: &Executable,
    args: Vec<Labelled<Value>>,
    extra: run_stmt::Extra<'_>,
) -> Eval<Labelled<Value>> {
    let pipe = if cx.source { cx.pipe } else { None };
    let how = How {
        taker: Taker::Value,
        pipe,
        input: None,
        extra,
    };
    match call_for(cx, executable, args, how)? {
        Flow::Return(Some(value)) => Ok(value),
        Flow::Return(None) | Flow::Next => Ok(Labelled::literal(Value::Null)),
        other => other.stray(),
    }
}

/// Calls an executable, with the hooks around it: what comes of it.
pub(super) fn call_for(
    cx: &Cx<'_>,
    executable: &Executable,
    args: Vec<Labelled<Value>>,
    how: How<'_>,
) -> Eval<Flow> {
    hook::around_call(cx, executable, args, how, |args| {
        call_judged(cx, executable, args, how)
    })
}

/// Calls an executable with the arguments that hooks have left.
fn call_judged(
    cx: &Cx<'_>,
    executable: &Executable,
    args: Vec<Labelled<Value>>,
    how: How<'_>,
) -> Eval<Flow> {
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
    frame.touch(passed);
    let scope = Scope::outermost();
    let mut args = args.into_iter();
    for param in &executable.params {
        // A parameter that was not given is unset, and hides an outer variable of its name (spec 02 §6.3).
        match args.next() {
            Some(value) => scope.bind(param.clone(), value, Kind::Param),
            None => scope.bind(param.clone(), Labelled::literal(Value::Absent), Kind::Unset),
        }
    }
    let rest: Vec<_> = args.collect();
    if let Some(input) = how.input
        && executable.params.is_empty()
    {
        scope.bind("input".into(), input.clone(), Kind::Loop);
    }
    let running = Running {
        home: executable.home,
        outer: cx.running,
    };
    let inner = Cx {
        run: cx.run,
        module,
        scope: &scope,
        frame: &frame,
        stmt: cx.stmt,
        pc: Descriptor::EMPTY,
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
    };
    let labels = store.declared(
        exe.labels
            .iter()
            .map(|l| l.text.as_str())
            .filter(|l| *l != "recursive"),
    );
    let flow = inner.deeper(|| perform(&inner, cx, executable, exe, rest, labels, how.extra));

    // Everything that went in and everything that was read is on the result (spec 05 §6.1), then the
    // executable's labels, then where it was made. A mistake's text tells of the same.
    let read = frame.seen();
    cx.frame.touch(read);
    let made = source_label(&exe.body);
    let made = if made.is_empty() {
        Descriptor::EMPTY
    } else {
        store.made_by(made)
    };
    let extra = store.join_all([labels, made]);
    let flow =
        flow.map_err(|e| Box::new(e.joined(store, store.join_all([passed, read, extra]))))?;
    let flow = flow.joined_first(cx, store.join(passed, read));
    relabel::check_result(cx, exe, &flow)?;
    let flow = flow.declared(cx, extra);
    match (&flow, how.taker) {
        (Flow::Return(_) | Flow::Next, _) => Ok(flow),
        (Flow::Done(_) | Flow::Continue(_), Taker::While) => Ok(flow),
        (Flow::Retry(_), Taker::Stage | Taker::While) => Ok(flow),
        _ => flow.stray().map(|v: Labelled<Value>| Flow::Return(Some(v))),
    }
}

/// Asks the gate about the call, then evaluates the body.
fn perform(
    inner: &Cx<'_>,
    outer: &Cx<'_>,
    executable: &Executable,
    exe: &Exe,
    rest: Vec<Labelled<Value>>,
    labels: Descriptor,
    extra: run_stmt::Extra<'_>,
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
            inputs: vec![inner.ambient],
            stage: inner.pipe.is_some(),
            labels,
            extra,
        };
        return run_stmt::body(inner, &whole, call).map(|v| Flow::Return(Some(v)));
    }
    run_stmt::no_stdin(extra)?;
    if extra.stream {
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
    operation.inputs.push(inner.ambient);
    let (home, params) = (executable.home, &executable.params);
    operation.inputs.push(closure::inputs(
        inner,
        inner.module,
        home,
        exe.body.span,
        params,
    ));
    let permit = outer.run.permit(operation, Labelled::literal(()))?;
    permit.into_payload();
    body(inner, &exe.body, rest)
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
        ExprKind::Path(p) if p.steps.is_empty() => alias(cx, p, rest),
        _ => Ok(Flow::Return(Some(expr::operand(cx, e)?.map(Value::stored)))),
    }
}

/// `exe @f = @g`: passes all arguments on (spec 02 §6.2).
fn alias(cx: &Cx<'_>, path: &mlld_syntax::ast::Path, rest: Vec<Labelled<Value>>) -> Eval<Flow> {
    let value = super::path::value(cx, path, expr::Undefined::Absent)?;
    let reader = cx.reader();
    let Value::Executable(target) = value.read(&reader) else {
        return Ok(Flow::Return(Some(value.map(Value::stored))));
    };
    let own = cx.scope.visible().into_iter().filter(|l| !l.is_unset());
    let own = own.filter(|l| l.kind == Kind::Param).map(|l| l.value);
    let args: Vec<_> = own.chain(rest).collect();
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
        depth += usize::from(r.home == executable.home);
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
