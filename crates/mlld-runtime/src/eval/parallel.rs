//! `for parallel` (spec 02 §4.6): passes on threads of their own, results and output in the order of the source.

use super::for_loop::{self, Element, Passed};
use super::implicit::{Apart, Left};
use super::scope::Scope;
use super::{Cx, Eval, Failure, Flow, Problem, expr};
use crate::event::{self, Event};
use crate::gate::cancel::Stop;
use crate::gate::held::Held;
use crate::value::{Object, Value, depth, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Duration, Expr, For, Parallel, Stage};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration as Time, Instant};

/// What came of the passes, in source order, or what they lead to; and the labels of what decided which are left out.
type Ran = (Result<Vec<Labelled<Value>>, Flow>, Descriptor);

/// Runs the passes of a parallel loop.
pub(super) fn run(
    cx: &Cx<'_>,
    f: &For,
    options: &Parallel,
    elements: Vec<Element>,
    labels: Descriptor,
    collect: bool,
) -> Eval<Ran> {
    let cap = cap(cx, options)?;
    let pace = options.pace.as_ref().map(|p| pace(cx, p)).transpose()?;
    let total = elements.len();
    let locals = cx.scope.visible();
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let starts = Starts::new(pace);
    let progress = Progress::new(total);
    let done: Vec<Mutex<Option<Done>>> = (0..total).map(|_| Mutex::new(None)).collect();
    let run = cx.run;
    let template = Shared::of(cx);
    let chain = cx.chain();
    let ends = Ends::under(cx);

    std::thread::scope(|threads| {
        for _ in 0..cap.min(total) {
            threads.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    let Some(element) = elements.get(n) else {
                        return;
                    };
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let held = Held::default();
                    let ended = run.with_scope(&ends.scope, || {
                        starts.wait_for_turn(run)?;
                        Ok(run.with_held(&held, || {
                            one(&template, f, element, total, collect, &locals, &chain)
                        }))
                    });
                    let ended = match ended {
                        Ok(ended) => Done { held, ..ended },
                        Err(failure) => Done {
                            held,
                            result: Err(failure),
                            told: Descriptor::EMPTY,
                            read: Descriptor::EMPTY,
                            left: Left::default(),
                        },
                    };
                    if let Err(failure) = &ended.result {
                        ends.failed(n, failure);
                    }
                    let fatal = match &ended.result {
                        Err(failure) => is_fatal(failure),
                        Ok(Passed::Leave(_) | Passed::Done) => true,
                        Ok(_) => false,
                    };
                    if fatal {
                        stop.store(true, Ordering::SeqCst);
                    }
                    if let Some(slot) = done.get(n) {
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
                    }
                    progress.one_more(run);
                }
            });
        }
    });
    gather(cx, &elements, done, labels, collect, ends.by())
}

/// What ends the passes that are still running when one ends the script (spec 02 §7.2, Trap 19).
struct Ends {
    scope: crate::gate::cancel::Cancel,
    by: std::sync::OnceLock<usize>,
}

impl Ends {
    fn under(cx: &Cx<'_>) -> Self {
        Self {
            scope: cx.run.scope().inner(),
            by: std::sync::OnceLock::new(),
        }
    }

    /// A pass failed; if that ends the script, its siblings end, too. The failures that they then report are not
    /// the reason.
    fn failed(&self, n: usize, failure: &Failure) {
        if is_fatal(failure) && self.by.set(n).is_ok() {
            self.scope.stop(Stop::Sibling);
        }
    }

    /// The pass that ended the others.
    fn by(&self) -> Option<usize> {
        self.by.get().copied()
    }
}

/// One pass that has ended.
struct Done {
    held: Held,
    result: Eval<Passed>,
    /// Labels of its filter, and of the conditions it was left by.
    told: Descriptor,
    /// Labels of what it has read.
    read: Descriptor,
    /// What early exits have left behind.
    left: Left,
}

/// What every pass shares.
struct Shared<'a> {
    run: &'a crate::gate::Run<'a>,
    module: &'a super::ModuleEnv,
    stmt: &'a mlld_syntax::ast::Stmt,
    pc: Descriptor,
    whens: super::Whens,
    home: crate::value::Home,
    ambient: Descriptor,
    passes: super::Passes<'a>,
    pipe: Option<&'a super::PipeContext>,
    in_hook: bool,
    seen: Option<&'a super::hook::Seen>,
    boxed: Option<&'a super::boxed::Boxed>,
}

impl<'a> Shared<'a> {
    /// What of `cx` does not belong to one thread.
    fn of(cx: &Cx<'a>) -> Self {
        Self {
            run: cx.run,
            module: cx.module,
            stmt: cx.stmt,
            pc: cx.pc(),
            whens: cx.whens,
            home: cx.home,
            ambient: cx.ambient,
            passes: cx.passes,
            pipe: cx.pipe,
            in_hook: cx.in_hook,
            seen: cx.seen,
            boxed: cx.boxed,
        }
    }

    /// What a pass or a member on another thread is evaluated in.
    fn cx<'c>(
        &'c self,
        scope: &'c Scope<'c>,
        frame: &'c Reader<'c>,
        errors: &'c super::Errors,
        left: &'c Apart,
        running: Option<&'c super::Running<'c>>,
    ) -> Cx<'c> {
        Cx {
            run: self.run,
            module: self.module,
            scope,
            frame,
            stmt: self.stmt,
            pc: self.pc,
            exits: left.exits(),
            running,
            whens: self.whens,
            home: self.home,
            ambient: self.ambient,
            passes: self.passes,
            parallel: true,
            errors,
            pipe: self.pipe,
            source: false,
            by_run: false,
            in_hook: self.in_hook,
            seen: self.seen,
            boxed: self.boxed,
        }
    }
}

/// Runs one pass on this thread.
fn one(
    shared: &Shared<'_>,
    f: &For,
    element: &Element,
    total: usize,
    collect: bool,
    locals: &[super::scope::Local],
    chain: &[super::call::Link<'_>],
) -> Done {
    let scope = Scope::sealed(locals.to_vec());
    let frame = Reader::new(shared.run.store());
    let errors = super::Errors::default();
    let left = Apart::default();
    let mut conditions = Vec::new();
    let result = super::call::with_chain(chain, |running| {
        let cx = shared.cx(&scope, &frame, &errors, &left, running);
        for_loop::pass(&cx, f, element, total, collect, &mut conditions)
    });
    Done {
        held: Held::default(),
        result,
        told: shared.run.store().join_all(conditions),
        read: frame.seen(),
        left: left.left(),
    }
}

/// Puts results and held-back output in the order of the source.
fn gather(
    cx: &Cx<'_>,
    elements: &[Element],
    done: Vec<Mutex<Option<Done>>>,
    labels: Descriptor,
    collect: bool,
    ended_by: Option<usize>,
) -> Eval<Ran> {
    let mut values = Vec::new();
    let mut errors: Vec<Labelled<Value>> = Vec::new();
    let told = cx.reader();
    for (n, (element, slot)) in elements.iter().zip(done).enumerate() {
        let Some(done) = slot.into_inner().unwrap_or_else(PoisonError::into_inner) else {
            continue;
        };
        done.held.release(cx.run)?;
        told.touch(done.told);
        cx.frame.touch(done.read);
        let (turns, given) = done.left.of_pass();
        told.touch(turns);
        if collect {
            told.touch(given);
            cx.take_over(done.left.beyond_value());
        } else {
            cx.take_over(done.left);
        }
        match done.result {
            Ok(Passed::Value(Some(value))) if collect => values.push(value),
            Ok(Passed::Value(_)) => {}
            Ok(Passed::Done) => break,
            Ok(Passed::Leave(flow)) => {
                let told = told.seen();
                return Ok((Err(flow), told));
            }
            // The others have been ended by this one.
            Err(failure) if is_fatal(&failure) && ended_by.is_none_or(|by| by == n) => {
                return Err(failure);
            }
            Err(failure) => {
                let Failure::Problem(problem) = *failure else {
                    continue;
                };
                let key = match &element.pass.key {
                    Some(key) => key.clone(),
                    None => eco_format!("{}", element.pass.index),
                };
                let marker = marker(cx, problem, element, Value::Text(key), labels);
                // Which pass failed tells what it had looked at.
                let marker = cx.join(marker, done.read);
                if collect {
                    let reader = cx.reader();
                    warn(cx, element.pass.index, &marker, &reader);
                    values.push(marker.clone());
                }
                errors.push(marker);
            }
        }
    }
    let errors = Labelled::gather(cx.run.store(), errors).map(|e| Value::Array(Arc::new(e)));
    cx.errors.replace(Some(errors));
    Ok((Ok(values), told.seen()))
}

/// An error marker (spec 02 §4.6, 03 §11): it carries the labels of the element and of what the pass had read.
fn marker(
    cx: &Cx<'_>,
    problem: Labelled<Problem>,
    element: &Element,
    key: Value,
    labels: Descriptor,
) -> Labelled<Value> {
    let reader = cx.reader();
    reader.touch(labels);
    let problem = problem.read(&reader);
    reader.touch(problem.amid);
    let value = element.value.read(&reader).clone();
    let mut object = Object::default();
    object.insert("index".into(), Value::Number(element.pass.index as f64));
    object.insert("key".into(), key);
    object.insert("message".into(), Value::Text(problem.message.clone()));
    object.insert("error".into(), Value::Text(problem.message.clone()));
    object.insert("value".into(), value);
    reader.finish(cx.frame, Value::Object(Arc::new(object)))
}

/// Says on standard error that a pass failed, if its message may be shown.
fn warn(cx: &Cx<'_>, index: usize, marker: &Labelled<Value>, reader: &Reader<'_>) {
    let message = match marker.read(reader) {
        Value::Object(o) => o.get("message").map(render::template).unwrap_or_default(),
        _ => EcoString::new(),
    };
    let shown = if cx.run.may_show(marker.descriptor()) {
        crate::value::colour::escape_controls(&message).into_owned()
    } else if cx.run.tracks() {
        // That it failed may tell as much as its message.
        return;
    } else {
        crate::effect::print::withheld_text(cx.run, marker.descriptor()).to_string()
    };
    cx.run
        .host
        .err(&format!("  ⚠ for iteration {index} error: {shown}\n"));
}

/// Whether a failure ends loop and script: refusals, `bail` and their like are not collected.
pub(super) fn is_fatal(failure: &Failure) -> bool {
    match failure {
        Failure::Denied(_) | Failure::Fatal(_) | Failure::OutputClosed => true,
        Failure::Problem(_) => false,
    }
}

/// What holds for groups where nothing else is said.
pub(super) fn default_limits(cx: &Cx<'_>) -> Limits {
    Limits {
        cap: cx.run.parallel_limit(),
        pace: None,
    }
}

/// `(n, 100ms)` behind a leading group (spec 03 §1).
pub(super) fn limits(cx: &Cx<'_>, n: &Expr, pause: Option<&Duration>) -> Eval<Limits> {
    Ok(Limits {
        cap: number(cx, n, "The limit of a parallel group expects a number.")?,
        pace: pause.map(|p| pace(cx, p)).transpose()?,
    })
}

/// The number of passes in flight.
fn cap(cx: &Cx<'_>, options: &Parallel) -> Eval<usize> {
    match &options.cap {
        None => Ok(cx.run.parallel_limit()),
        Some(cap) => number(cx, cap, "for parallel cap expects a number."),
    }
}

/// A number of things at a time: text that is a number is taken as one, less than 1 counts as 1.
pub(super) fn number(cx: &Cx<'_>, e: &Expr, message: &'static str) -> Eval<usize> {
    let value = expr::operand(cx, e)?;
    let reader = cx.reader();
    let number = match value.read(&reader).data() {
        Value::Number(n) => Some(*n),
        Value::Text(t) => t.trim().parse::<f64>().ok(),
        _ => None,
    };
    match number {
        Some(n) if n.is_finite() => Ok((n.max(1.0)) as usize),
        _ => cx.fail(&reader, Problem::new("R0118", "TypeMismatch", message)),
    }
}

/// The least time between two starts.
fn pace(cx: &Cx<'_>, pace: &Duration) -> Eval<Time> {
    let message = "for parallel pacing expects a duration like 1s or 500ms.";
    super::time::duration(cx, pace, message)
}

/// When passes or members may start.
struct Starts {
    last: Mutex<Option<Instant>>,
    pace: Option<Time>,
}

impl Starts {
    fn new(pace: Option<Time>) -> Self {
        Self {
            last: Mutex::new(None),
            pace,
        }
    }

    /// Waits until the next may start.
    fn wait_for_turn(&self, run: &crate::gate::Run<'_>) -> Eval<()> {
        let Some(pace) = self.pace else { return Ok(()) };
        let turn = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let turn = last.map_or(now, |l| (l + pace).max(now));
            *last = Some(turn);
            turn
        };
        run.sleep(turn.saturating_duration_since(Instant::now()))
    }
}

/// How far the work is, for whoever listens.
struct Progress {
    total: usize,
    done: AtomicUsize,
    began: Instant,
}

impl Progress {
    fn new(total: usize) -> Self {
        Self {
            total,
            done: AtomicUsize::new(0),
            began: Instant::now(),
        }
    }

    fn one_more(&self, run: &crate::gate::Run<'_>) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        run.tell(|| {
            Event::Progress(event::Progress {
                done,
                total: self.total,
                elapsed: self.began.elapsed(),
            })
        });
    }
}

/// A member of a group that has ended.
struct Ended {
    held: Held,
    result: Eval<Labelled<Value>>,
    /// Labels of what it has read.
    read: Descriptor,
    /// What early exits have left behind.
    left: Left,
}

/// How many members of the groups of a pipeline run at a time, and how far apart they start (spec 03 §11).
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) cap: usize,
    pub(super) pace: Option<Time>,
}

/// Runs the members of a parallel group on one input (spec 03 §11): their results in the order written, and the
/// array of them.
pub(super) fn group(
    cx: &Cx<'_>,
    members: &[&Stage],
    input: &Labelled<Value>,
    limits: Limits,
    run_one: impl Fn(&Cx<'_>, usize, &Stage, &Labelled<Value>) -> Eval<Labelled<Value>> + Sync,
) -> Eval<(Vec<Labelled<Value>>, Labelled<Value>)> {
    let store = cx.run.store();
    let locals = cx.scope.visible();
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<Ended>>> = members.iter().map(|_| Mutex::new(None)).collect();
    let stop = AtomicBool::new(false);
    let chain = cx.chain();
    let shared = &Shared::of(cx);
    let starts = Starts::new(limits.pace);
    let progress = Progress::new(members.len());
    let ends = Ends::under(cx);
    std::thread::scope(|threads| {
        for _ in 0..limits.cap.min(members.len()) {
            threads.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    let (Some(stage), Some(slot)) = (members.get(n), done.get(n)) else {
                        return;
                    };
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let held = Held::default();
                    let frame = Reader::new(shared.run.store());
                    let left = Apart::default();
                    let result = shared.run.with_scope(&ends.scope, || {
                        starts.wait_for_turn(shared.run)?;
                        shared.run.check()?;
                        shared.run.with_held(&held, || {
                            let scope = Scope::sealed(locals.clone());
                            let errors = super::Errors::default();
                            super::call::with_chain(&chain, |running| {
                                run_one(
                                    &shared.cx(&scope, &frame, &errors, &left, running),
                                    n,
                                    stage,
                                    input,
                                )
                            })
                        })
                    });
                    if let Err(failure) = &result {
                        ends.failed(n, failure);
                        if is_fatal(failure) {
                            stop.store(true, Ordering::SeqCst);
                        }
                    }
                    let ended = Ended {
                        held,
                        result,
                        read: frame.seen(),
                        left: left.left(),
                    };
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
                    progress.one_more(shared.run);
                }
            });
        }
    });
    let mut values = Vec::with_capacity(members.len());
    let mut errors = Vec::new();
    for (index, slot) in done.into_iter().enumerate() {
        let Some(ended) = slot.into_inner().unwrap_or_else(PoisonError::into_inner) else {
            continue;
        };
        ended.held.release(cx.run)?;
        cx.frame.touch(ended.read);
        cx.take_over(ended.left);
        match ended.result {
            Ok(value) => values.push(value),
            Err(failure) if is_fatal(&failure) && ends.by().is_none_or(|by| by == index) => {
                return Err(failure);
            }
            Err(failure) => {
                let Failure::Problem(problem) = *failure else {
                    continue;
                };
                let element = Element {
                    pass: super::scope::Pass { index, key: None },
                    key: Labelled::literal(Value::Null),
                    value: input.clone(),
                };
                let key = Value::Number(index as f64);
                let marker = marker(cx, problem, &element, key, input.descriptor());
                let marker = cx.join(marker, ended.read);
                errors.push(marker.clone());
                values.push(marker);
            }
        }
    }
    let errors = Labelled::gather(store, errors).map(|e| Value::Array(Arc::new(e)));
    cx.errors.replace(Some(errors));
    // Scalars are text in the array, nothing is the empty text (spec 03 §11).
    let parts = values.iter().cloned().map(|v| {
        v.map(|v| match v.data() {
            Value::Array(_) | Value::Object(_) => v.data().clone(),
            Value::Null | Value::Absent => Value::Text(EcoString::new()),
            _ => Value::Text(render::stage(&v)),
        })
    });
    let gathered = Labelled::gather(store, parts);
    let labels = gathered.descriptor();
    let gathered = gathered
        .try_map(depth::array)
        .map_err(|e| Problem::from(e).about(labels))?;
    Ok((values, gathered.joined_before(store, input.descriptor())))
}
