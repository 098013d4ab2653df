//! `for parallel` (spec 02 §4.6): passes on threads of their own, results and output in the order of the source.

use super::for_loop::{self, Element, Passed};
use super::scope::Scope;
use super::{Cx, Eval, Failure, Flow, Problem, expr};
use crate::gate::cancel::Stop;
use crate::gate::held::Held;
use crate::value::{Object, Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Duration, For, Parallel, Stage};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration as Time, Instant};

/// What came of the passes, in source order, or what they lead to.
type Ran = Result<Vec<Labelled<Value>>, Flow>;

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
    let starts = Mutex::new(None::<Instant>);
    let done: Vec<Mutex<Option<Done>>> = (0..total).map(|_| Mutex::new(None)).collect();
    let finished = (Mutex::new(0usize), Condvar::new());
    let run = cx.run;
    let template = Shared {
        run,
        module: cx.module,
        stmt: cx.stmt,
        pc: cx.pc,
        whens: cx.whens,
        home: cx.home,
        ambient: cx.ambient,
    };
    let chain = cx.running_homes();
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
                    let result = run.with_scope(&ends.scope, || {
                        wait_for_turn(run, &starts, pace)?;
                        run.with_held(&held, || {
                            one(&template, f, element, total, collect, &locals, &chain)
                        })
                    });
                    if let Err(failure) = &result {
                        ends.failed(n, failure);
                    }
                    let fatal = match &result {
                        Err(failure) => is_fatal(failure),
                        Ok((Passed::Leave(_) | Passed::Done, _)) => true,
                        Ok(_) => false,
                    };
                    if fatal {
                        stop.store(true, Ordering::SeqCst);
                    }
                    if let Some(slot) = done.get(n) {
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) =
                            Some(Done { held, result });
                    }
                    *finished.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                    finished.1.notify_all();
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
    result: Eval<(Passed, Vec<Descriptor>)>,
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
}

impl<'a> Shared<'a> {
    /// What a pass or a member on another thread is evaluated in.
    fn cx<'c>(
        &'c self,
        scope: &'c Scope<'c>,
        frame: &'c Reader<'c>,
        errors: &'c super::Errors,
        running: Option<&'c super::Running<'c>>,
    ) -> Cx<'c> {
        Cx {
            run: self.run,
            module: self.module,
            scope,
            frame,
            stmt: self.stmt,
            pc: self.pc,
            running,
            whens: self.whens,
            home: self.home,
            ambient: self.ambient,
            passes: super::Passes::default(),
            parallel: true,
            errors,
            pipe: None,
            source: false,
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
    chain: &[crate::value::Home],
) -> Eval<(Passed, Vec<Descriptor>)> {
    let scope = Scope::sealed(locals.to_vec());
    let frame = Reader::new(shared.run.store());
    let errors = super::Errors::default();
    super::call::with_chain(chain, |running| {
        let cx = shared.cx(&scope, &frame, &errors, running);
        let mut conditions = Vec::new();
        let passed = for_loop::pass(&cx, f, element, total, collect, &mut conditions)?;
        Ok((passed, conditions))
    })
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
    for (n, (element, slot)) in elements.iter().zip(done).enumerate() {
        let Some(done) = slot.into_inner().unwrap_or_else(PoisonError::into_inner) else {
            continue;
        };
        done.held.release(cx.run)?;
        match done.result {
            Ok((Passed::Value(value), conditions)) => {
                let told = cx.run.store().join_all(conditions);
                match value {
                    Some(value) if collect => values.push(cx.join(value, told)),
                    _ => {}
                }
            }
            Ok((Passed::Done, _)) => break,
            Ok((Passed::Leave(flow), _)) => return Ok(Err(flow)),
            // The others have been ended by this one.
            Err(failure) if is_fatal(&failure) && ended_by.is_none_or(|by| by == n) => {
                return Err(failure);
            }
            Err(failure) => {
                let Failure::Problem(problem) = *failure else {
                    continue;
                };
                let marker = marker(cx, problem, element, labels);
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
    Ok(Ok(values))
}

/// An error marker (spec 02 §4.6): it carries the labels of the element and of what the pass had read.
fn marker(
    cx: &Cx<'_>,
    problem: Labelled<Problem>,
    element: &Element,
    labels: Descriptor,
) -> Labelled<Value> {
    let reader = cx.reader();
    reader.touch(labels);
    let problem = problem.read(&reader);
    let value = element.value.read(&reader).clone();
    let mut object = Object::default();
    object.insert("index".into(), Value::Number(element.pass.index as f64));
    let key = match &element.pass.key {
        Some(key) => Value::Text(key.clone()),
        None => Value::Text(eco_format!("{}", element.pass.index)),
    };
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

/// The number of passes in flight.
fn cap(cx: &Cx<'_>, options: &Parallel) -> Eval<usize> {
    let Some(cap) = &options.cap else {
        return Ok(cx.run.parallel_limit());
    };
    let value = expr::operand(cx, cap)?;
    let reader = cx.reader();
    let number = match value.read(&reader).data() {
        Value::Number(n) => Some(*n),
        Value::Text(t) => t.trim().parse::<f64>().ok(),
        _ => None,
    };
    match number {
        Some(n) if n.is_finite() => Ok((n.max(1.0)) as usize),
        _ => cx.fail(
            &reader,
            Problem::new(
                "R0118",
                "TypeMismatch",
                "for parallel cap expects a number.",
            ),
        ),
    }
}

/// The least time between two starts.
fn pace(cx: &Cx<'_>, pace: &Duration) -> Eval<Time> {
    let message = "for parallel pacing expects a duration like 1s or 500ms.";
    super::time::duration(cx, pace, message)
}

/// Waits until a pass may start.
fn wait_for_turn(
    run: &crate::gate::Run<'_>,
    starts: &Mutex<Option<Instant>>,
    pace: Option<Time>,
) -> Eval<()> {
    let Some(pace) = pace else { return Ok(()) };
    let turn = {
        let mut last = starts.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = last.map_or(now, |l| (l + pace).max(now));
        *last = Some(turn);
        turn
    };
    run.sleep(turn.saturating_duration_since(Instant::now()))
}

/// What a member of a group printed and gave.
type GroupMember = (Held, Eval<Labelled<Value>>);

/// Runs the members of a parallel group on one input (spec 03 §11): their results in the order written, and the
/// array of them.
pub(super) fn group(
    cx: &Cx<'_>,
    members: &[&Stage],
    input: &Labelled<Value>,
    run_one: impl Fn(&Cx<'_>, &Stage, &Labelled<Value>) -> Eval<Labelled<Value>> + Sync,
) -> Eval<(Vec<Labelled<Value>>, Labelled<Value>)> {
    let store = cx.run.store();
    let locals = cx.scope.visible();
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<GroupMember>>> = members.iter().map(|_| Mutex::new(None)).collect();
    let chain = cx.running_homes();
    let shared = Shared {
        run: cx.run,
        module: cx.module,
        stmt: cx.stmt,
        pc: cx.pc,
        whens: cx.whens,
        home: cx.home,
        ambient: cx.ambient,
    };
    let shared = &shared;
    let ends = Ends::under(cx);
    std::thread::scope(|threads| {
        for _ in 0..cx.run.parallel_limit().min(members.len()) {
            threads.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    let (Some(stage), Some(slot)) = (members.get(n), done.get(n)) else {
                        return;
                    };
                    let held = Held::default();
                    let result = shared.run.with_scope(&ends.scope, || {
                        shared.run.check()?;
                        shared.run.with_held(&held, || {
                            let scope = Scope::sealed(locals.clone());
                            let frame = Reader::new(shared.run.store());
                            let errors = super::Errors::default();
                            super::call::with_chain(&chain, |running| {
                                run_one(&shared.cx(&scope, &frame, &errors, running), stage, input)
                            })
                        })
                    });
                    if let Err(failure) = &result {
                        ends.failed(n, failure);
                    }
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some((held, result));
                }
            });
        }
    });
    let mut values = Vec::with_capacity(members.len());
    let mut errors = Vec::new();
    for (index, slot) in done.into_iter().enumerate() {
        let Some((held, result)) = slot.into_inner().unwrap_or_else(PoisonError::into_inner) else {
            continue;
        };
        held.release(cx.run)?;
        match result {
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
                let marker = marker(cx, problem, &element, input.descriptor());
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
    let gathered = Labelled::gather(store, parts).map(|v| Value::Array(Arc::new(v)));
    Ok((values, gathered.joined_before(store, input.descriptor())))
}
