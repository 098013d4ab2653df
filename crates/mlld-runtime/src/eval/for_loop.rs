//! `for` (spec 02 §4).

use super::hook::{self, Watch};
use super::implicit::Raised;
use super::scope::{Kind, Local, Pass, Scope};
use super::when;
use super::{
    Cx, Eval, Flow, Problem, Whens, block, boxed, directive, expr, foreach, import, loop_,
    operator, parallel, pipe, printing, relabel,
};
use crate::value::{Object, Value, depth};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Action, For, Stage, StmtKind};
use std::sync::Arc;

/// An element that is to be visited.
pub(super) struct Element {
    pub(super) pass: Pass,
    pub(super) key: Labelled<Value>,
    pub(super) value: Labelled<Value>,
}

/// What a loop hands to the names of `@mx.for` (spec 02 §4.3).
#[derive(Clone, Copy)]
pub(crate) struct ForPass<'a> {
    pub(crate) pass: &'a Pass,
    pub(crate) total: usize,
    pub(crate) parallel: bool,
    pub(crate) labels: Descriptor,
}

/// What came of one pass.
pub(super) enum Passed {
    /// Its value; `None` for a pass that is left out.
    Value(Option<Labelled<Value>>),
    /// The loop is over.
    Done,
    /// The construct around the loop is left, too.
    Leave(Flow),
}

/// `for` as a statement.
pub(super) fn exec(cx: &Cx<'_>, f: &For) -> Eval<Flow> {
    // A bare value of a `when` in the block of a `for` statement is dropped (spec 02 §3.5).
    let inner = Cx {
        whens: Whens::Drop,
        ..*cx
    };
    match iterate(&inner, f, false)? {
        Iterated::Values(_) => Ok(Flow::Next),
        Iterated::Left(flow) => Ok(flow),
    }
}

/// `for` as a value: always an array.
pub(super) fn value(cx: &Cx<'_>, f: &For) -> Eval<Labelled<Value>> {
    let inner = Cx {
        whens: Whens::Give,
        ..*cx
    };
    match iterate(&inner, f, true)? {
        Iterated::Values(values) => batch(cx, values, f.batch.as_deref()),
        Iterated::Left(flow) => flow.stray(),
    }
}

/// The batch pipeline behind a loop (spec 03 §12).
pub(super) fn batch(
    cx: &Cx<'_>,
    values: Labelled<Value>,
    groups: Option<&[Vec<Stage>]>,
) -> Eval<Labelled<Value>> {
    let Some(groups) = groups else {
        return Ok(values);
    };
    let act = || hook::Act::named("for:batch", None);
    let inputs = vec![values.clone()];
    hook::around(cx, act, inputs, |_| pipe::stages(cx, values, groups))
}

enum Iterated {
    Values(Labelled<Value>),
    Left(Flow),
}

/// The loop, with the hooks around it.
fn iterate(cx: &Cx<'_>, f: &For, collect: bool) -> Eval<Iterated> {
    let source = source(cx, f)?;
    let Some(mut watch) = Watch::new(cx, || hook::Act::named("for", None)) else {
        return passes(cx, f, source, collect);
    };
    watch.before(vec![source.clone()])?;
    match passes(cx, f, source, collect) {
        Ok(Iterated::Values(values)) => {
            let output = if collect {
                values
            } else {
                Labelled::literal(Value::Null)
            };
            watch
                .after(output)
                .map(|(values, _)| Iterated::Values(values))
        }
        Ok(left @ Iterated::Left(_)) => {
            watch.ended(Labelled::literal(Value::Null))?;
            Ok(left)
        }
        Err(failure) => watch.failed(failure),
    }
}

fn passes(cx: &Cx<'_>, f: &For, source: Labelled<Value>, collect: bool) -> Eval<Iterated> {
    // How often the body runs tells what the collection holds.
    cx.frame.touch(source.descriptor());
    let reader = cx.reader();
    let labels = source.descriptor();
    let elements = elements(cx, &source, &reader)?;
    if let Some(options) = &f.parallel {
        let (ran, told) = parallel::run(cx, f, options, elements, labels, collect)?;
        cx.after_for(cx.run.store().join(labels, told), f, collect)?;
        return match ran {
            Ok(values) => {
                reader.touch(told);
                Ok(Iterated::Values(gathered(cx, values, &reader)?))
            }
            Err(flow) => Ok(Iterated::Left(flow)),
        };
    }
    let (raised, given) = (Raised::default(), Raised::default());
    let exits = cx.exits.in_loop(&raised);
    let inner = Cx {
        // A pass that is collected takes the value of each `=>` in it.
        exits: if collect {
            exits.in_value(&given)
        } else {
            exits
        },
        ..*cx
    };
    let total = elements.len();
    let mut values = Vec::new();
    // Which elements a filter or a `skip` left out tells what the conditions looked at.
    let mut conditions = Vec::new();
    let mut left = None;
    for element in elements {
        match pass(&inner, f, &element, total, collect, &mut conditions)? {
            Passed::Value(Some(value)) if collect => values.push(value),
            Passed::Value(_) => {}
            Passed::Done => break,
            Passed::Leave(flow) => {
                left = Some(flow);
                break;
            }
        }
    }
    let told = cx.run.store().join_all(conditions.iter().copied());
    let decided = [labels, told, raised.get()];
    cx.after_for(cx.run.store().join_all(decided), f, collect)?;
    if let Some(flow) = left {
        return Ok(Iterated::Left(flow));
    }
    for d in conditions {
        reader.touch(d);
    }
    Ok(Iterated::Values(gathered(cx, values, &reader)?))
}

/// The array of all results, with their labels and those of the collection.
pub(super) fn gathered(
    cx: &Cx<'_>,
    values: Vec<Labelled<Value>>,
    reader: &Reader<'_>,
) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let gathered = Labelled::gather(store, values).joined_before(store, reader.seen());
    let labels = gathered.descriptor();
    gathered
        .try_map(depth::array)
        .map_err(|e| Problem::from(e).about(labels))
}

/// What is iterated (spec 02 §4.2).
fn source(cx: &Cx<'_>, f: &For) -> Eval<Labelled<Value>> {
    expr::value(cx, &f.source)
}

fn elements(cx: &Cx<'_>, source: &Labelled<Value>, reader: &Reader<'_>) -> Eval<Vec<Element>> {
    // Elements, keys and positions carry the labels of the collection, and of the conditions under which they are
    // bound (spec 05 §6.1).
    let labels = cx.run.store().join(source.descriptor(), cx.pc);
    let of_source = |v: Value| Labelled::entering(v, labels);
    let data = source.read(reader);
    match data.data() {
        Value::Array(items) => Ok(items
            .iter()
            .enumerate()
            .map(|(index, item)| Element {
                pass: Pass { index, key: None },
                key: of_source(Value::Number(index as f64)),
                value: of_source(item.clone()),
            })
            .collect()),
        Value::Object(object) => Ok(object
            .iter()
            .enumerate()
            .map(|(index, (key, item))| Element {
                pass: Pass {
                    index,
                    key: Some(key.clone()),
                },
                key: of_source(Value::Text(key.clone())),
                value: of_source(item.clone()),
            })
            .collect()),
        other => {
            let received = match other {
                Value::Null | Value::Absent => EcoString::from("object (null)"),
                _ => eco_format!(
                    "{} ({})",
                    other.kind().name(),
                    crate::value::render::template(other)
                ),
            };
            let message = eco_format!("Type mismatch: for expects an array. Received: {received}");
            cx.fail(reader, Problem::new("R0114", "TypeMismatch", message))
        }
    }
}

/// Runs one pass, with the hooks around it.
pub(super) fn pass(
    cx: &Cx<'_>,
    f: &For,
    element: &Element,
    total: usize,
    collect: bool,
    conditions: &mut Vec<Descriptor>,
) -> Eval<Passed> {
    let act = || hook::Act::named("for:iteration", Some(f.item.text.clone()));
    let Some(mut watch) = Watch::new(cx, act) else {
        return one_pass(cx, f, element, total, collect, conditions);
    };
    watch.before(vec![element.value.clone()])?;
    match one_pass(cx, f, element, total, collect, conditions) {
        Ok(Passed::Value(Some(value))) => watch
            .after(value)
            .map(|(value, _)| Passed::Value(Some(value))),
        Ok(other) => {
            watch.ended(Labelled::literal(Value::Null))?;
            Ok(other)
        }
        Err(failure) => watch.failed(failure),
    }
}

fn one_pass(
    cx: &Cx<'_>,
    f: &For,
    element: &Element,
    total: usize,
    collect: bool,
    conditions: &mut Vec<Descriptor>,
) -> Eval<Passed> {
    let scope = cx.scope.inner_frame();
    bind_variables(f, element, &scope);
    let frame = Reader::new(cx.run.store());
    let labels = element.value.descriptor();
    let here = ForPass {
        pass: &element.pass,
        total,
        parallel: cx.parallel,
        labels,
    };
    let inner = Cx {
        scope: &scope,
        frame: &frame,
        ..cx.under(labels)
    };
    let inner = Cx {
        passes: super::Passes {
            for_: Some(here),
            ..cx.passes
        },
        ..inner
    };
    let result = filtered_pass(&inner, f, collect, conditions);
    cx.frame.touch(frame.seen());
    // What the pass read is on its value.
    Ok(match result? {
        Passed::Value(Some(value)) => Passed::Value(Some(cx.join(value, frame.seen()))),
        other => other,
    })
}

fn bind_variables(f: &For, element: &Element, scope: &Scope<'_>) {
    let pass = Some(element.pass.clone());
    if let Some(key) = &f.key {
        let local = Local {
            name: key.text.clone(),
            value: element.key.clone(),
            kind: Kind::Loop,
            pass: pass.clone(),
        };
        scope.bind_local(local);
    } else if element.pass.key.is_some() {
        scope.bind(
            eco_format!("{}_key", f.item.text),
            element.key.clone(),
            Kind::Loop,
        );
    }
    let local = Local {
        name: f.item.text.clone(),
        value: element.value.clone(),
        kind: Kind::Loop,
        pass,
    };
    scope.bind_local(local);
}

fn filtered_pass(
    cx: &Cx<'_>,
    f: &For,
    collect: bool,
    conditions: &mut Vec<Descriptor>,
) -> Eval<Passed> {
    if let Some(filter) = &f.filter {
        let condition = operator::condition(cx, filter)?;
        conditions.push(condition.descriptor());
        let inner = cx.under(condition.descriptor());
        let reader = cx.reader();
        if !condition.take(&reader) {
            return Ok(Passed::Value(None));
        }
        return body(&inner, f, collect, conditions);
    }
    body(cx, f, collect, conditions)
}

fn body(cx: &Cx<'_>, f: &For, collect: bool, conditions: &mut Vec<Descriptor>) -> Eval<Passed> {
    let (flow, own) = match &f.body {
        Action::Block(b) => {
            let exit = block::run_in(cx, b)?;
            (exit.flow, exit.own)
        }
        Action::Modified(mods, e) => {
            let value = || Ok(cx.join(expr::operand(cx, e)?.map(Value::stored), cx.pc()));
            let value = relabel::modified(cx, mods, Some(e), value)?;
            return Ok(Passed::Value(Some(value)));
        }
        Action::Stmt(stmt) => {
            let cx = Cx { stmt, ..*cx };
            match arrow(&cx, &stmt.kind, collect).map_err(|e| cx.locate(e))? {
                Ok(value) => return Ok(Passed::Value(value)),
                Err(flow) => (flow, false),
            }
        }
    };
    // That a pass was left in the middle tells what the conditions around it looked at.
    match flow {
        Flow::Next if collect => Ok(Passed::Value(Some(Labelled::literal(Value::Null)))),
        Flow::Next => Ok(Passed::Value(None)),
        Flow::Skip | Flow::Continue(_) => {
            conditions.push(cx.frame.seen());
            Ok(Passed::Value(None))
        }
        Flow::Done(_) => {
            conditions.push(cx.frame.seen());
            Ok(Passed::Done)
        }
        Flow::Return(value) if collect || own => Ok(Passed::Value(Some(
            value.unwrap_or_else(|| Labelled::literal(Value::Null)),
        ))),
        flow => Ok(Passed::Leave(flow)),
    }
}

/// The action of an arrow: its value, or what it leads to.
fn arrow(
    cx: &Cx<'_>,
    kind: &StmtKind,
    collect: bool,
) -> Eval<Result<Option<Labelled<Value>>, Flow>> {
    match kind {
        StmtKind::Value(_) | StmtKind::Call(_) if !collect && import::is_quiet(cx) => Ok(Ok(None)),
        StmtKind::Value(e) => {
            let value = expr::operand(cx, e)?.map(Value::stored);
            Ok(Ok(Some(cx.join(value, cx.pc()))))
        }
        StmtKind::Call(e) => {
            let value = expr::value(cx, e)?.map(Value::stored);
            if collect {
                return Ok(Ok(Some(cx.join(value, cx.pc()))));
            }
            // As a call statement: its value is printed, here and in executables alike (spec 02 §4.4).
            printing::print_value(cx, value)?;
            Ok(Ok(None))
        }
        StmtKind::When(w) if collect => match when::body(cx, w)? {
            Flow::Return(value) => {
                let value = value.unwrap_or_else(|| Labelled::literal(Value::Null));
                Ok(Ok(Some(cx.join(value, cx.pc()))))
            }
            flow => Ok(Err(flow)),
        },
        StmtKind::Box(b) if collect => match boxed::body(cx, b)? {
            Flow::Return(value) => {
                let value = value.unwrap_or_else(|| Labelled::literal(Value::Null));
                Ok(Ok(Some(cx.join(value, cx.pc()))))
            }
            flow => Ok(Err(flow)),
        },
        StmtKind::For(f) if collect => Ok(Ok(Some(cx.join(value(cx, f)?, cx.pc())))),
        StmtKind::Foreach(f) if collect => Ok(Ok(Some(cx.join(foreach::value(cx, f)?, cx.pc())))),
        StmtKind::Loop(l) if collect => Ok(Ok(Some(cx.join(loop_::value(cx, l)?, cx.pc())))),
        _ => match directive::exec_with_text(cx)? {
            (Flow::Next, text) => Ok(Ok(text.or_else(|| Some(Labelled::literal(Value::Null))))),
            (flow, _) => Ok(Err(flow)),
        },
    }
}

/// `@mx.for` (spec 02 §4.3).
pub(super) fn ambient(cx: &Cx<'_>) -> Labelled<Value> {
    let Some(here) = cx.passes.for_ else {
        return Labelled::literal(Value::Null);
    };
    let key = here
        .pass
        .key
        .clone()
        .unwrap_or_else(|| eco_format!("{}", here.pass.index));
    let mut object = Object::default();
    object.insert("index".into(), Value::Number(here.pass.index as f64));
    object.insert("total".into(), Value::Number(here.total as f64));
    object.insert("key".into(), Value::Text(key));
    object.insert("parallel".into(), Value::Bool(here.parallel));
    Labelled::entering(Value::Object(Arc::new(object)), here.labels)
}
