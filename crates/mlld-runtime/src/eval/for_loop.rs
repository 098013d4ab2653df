//! `for` and `foreach` (spec 02 §4).

use super::hook::{self, Watch};
use super::scope::{Kind, Local, Pass, Scope};
use super::when;
use super::{
    Cx, Eval, Failure, Flow, Problem, Whens, block, call, directive, expr, literal, loop_,
    operator, options, parallel, path, pipe, printing, relabel,
};
use crate::value::{Executable, Object, Value, depth};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Action, Entry, For, Foreach, Stage, StmtKind, With};
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
fn batch(
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
        return match parallel::run(cx, f, options, elements, labels, collect)? {
            Ok((values, told)) => {
                reader.touch(told);
                Ok(Iterated::Values(gathered(cx, values, &reader)?))
            }
            Err(flow) => Ok(Iterated::Left(flow)),
        };
    }
    let total = elements.len();
    let mut values = Vec::new();
    // Which elements a filter or a `skip` left out tells what the conditions looked at.
    let mut conditions = Vec::new();
    for element in elements {
        match pass(cx, f, &element, total, collect, &mut conditions)? {
            Passed::Value(Some(value)) if collect => values.push(value),
            Passed::Value(_) => {}
            Passed::Done => break,
            Passed::Leave(flow) => return Ok(Iterated::Left(flow)),
        }
    }
    for d in conditions {
        reader.touch(d);
    }
    Ok(Iterated::Values(gathered(cx, values, &reader)?))
}

/// The array of all results, with their labels and those of the collection.
fn gathered(
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
    let labels = source.descriptor();
    // Elements, keys and positions carry the labels of the collection (spec 05 §6.1).
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
            let value = || Ok(cx.join(expr::operand(cx, e)?.map(Value::stored), cx.pc));
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
        StmtKind::Value(e) => {
            let value = expr::operand(cx, e)?.map(Value::stored);
            Ok(Ok(Some(cx.join(value, cx.pc))))
        }
        StmtKind::Call(e) => {
            let value = expr::value(cx, e)?.map(Value::stored);
            if collect {
                return Ok(Ok(Some(cx.join(value, cx.pc))));
            }
            // As a call statement: its value is printed, here and in executables alike (spec 02 §4.4).
            printing::print_value(cx, value)?;
            Ok(Ok(None))
        }
        StmtKind::When(w) if collect => match when::body(cx, w)? {
            Flow::Return(value) => {
                let value = value.unwrap_or_else(|| Labelled::literal(Value::Null));
                Ok(Ok(Some(cx.join(value, cx.pc))))
            }
            flow => Ok(Err(flow)),
        },
        StmtKind::For(f) if collect => Ok(Ok(Some(cx.join(value(cx, f)?, cx.pc)))),
        StmtKind::Foreach(f) if collect => Ok(Ok(Some(cx.join(foreach(cx, f)?, cx.pc)))),
        StmtKind::Loop(l) if collect => Ok(Ok(Some(cx.join(loop_::value(cx, l)?, cx.pc)))),
        _ => match directive::exec_with_text(cx)? {
            (Flow::Next, text) => Ok(Ok(text.or_else(|| Some(Labelled::literal(Value::Null))))),
            (flow, _) => Ok(Err(flow)),
        },
    }
}

/// `foreach @f(a, b)`: the cartesian product, the last array varying fastest (spec 02 §4.7).
pub(super) fn foreach(cx: &Cx<'_>, f: &Foreach) -> Eval<Labelled<Value>> {
    if let Some(with) = &f.with {
        shown_options(cx, with)?;
        let message = "The options of foreach count behind show only.";
        return Err(Problem::new("R0134", "MlldDirective", message)
            .hint("Write: show foreach @f(@list) with { … }, or join the results yourself.")
            .plain());
    }
    let (values, looked_at) = results(cx, f)?;
    let reader = cx.reader();
    reader.touch(looked_at);
    let values = gathered(cx, values, &reader)?;
    batch(cx, values, f.batch.as_deref())
}

/// `show foreach …`: the results as one text (spec 02 §4.7).
pub(super) fn foreach_text(cx: &Cx<'_>, f: &Foreach) -> Eval<Labelled<EcoString>> {
    let options = f
        .with
        .as_ref()
        .map(|w| shown_options(cx, w))
        .transpose()?
        .unwrap_or_default();
    let (values, looked_at) = results(cx, f)?;
    cx.compute(|r| {
        r.touch(looked_at);
        let separator = options.separator.as_ref().map(|t| t.read(r).clone());
        let template = options.template.as_ref().map(|t| t.read(r).clone());
        let texts = values.iter().enumerate().map(|(index, value)| {
            let result = crate::value::render::template(value.read(r));
            match &template {
                None => result,
                Some(template) => filled(template, index, &result),
            }
        });
        let texts: Vec<EcoString> = texts.collect();
        let separator = separator.unwrap_or_else(|| "\n".into());
        Ok::<_, Problem>(texts.join(separator.as_str()).into())
    })
}

/// A template with `{{index}}` and `{{result}}` in their places. What is put in is not searched again.
fn filled(template: &str, index: usize, result: &str) -> EcoString {
    let mut out = EcoString::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_str(before);
        if let Some(behind) = behind.strip_prefix("index}}") {
            out.push_str(&eco_format!("{index}"));
            rest = behind;
        } else if let Some(behind) = behind.strip_prefix("result}}") {
            out.push_str(result);
            rest = behind;
        } else {
            out.push_str("{{");
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

/// How the results of a shown `foreach` are laid out.
#[derive(Default)]
struct ShownOptions {
    separator: Option<Labelled<EcoString>>,
    template: Option<Labelled<EcoString>>,
}

fn shown_options(cx: &Cx<'_>, with: &With) -> Eval<ShownOptions> {
    let mut options = ShownOptions::default();
    for entry in &with.entries {
        let Entry::Pair(pair) = entry else {
            return cx.unsupported("A spread in `with { … }`");
        };
        let slot = match pair.key.text.as_str() {
            "separator" => &mut options.separator,
            "template" => &mut options.template,
            other => {
                return Err(options::unknown(
                    other,
                    ["separator", "template"].into_iter(),
                ));
            }
        };
        *slot = Some(literal::as_text(cx, &pair.value)?);
    }
    if with.pipeline.is_some() || with.using.is_some() {
        return cx.unsupported("A pipeline or credentials among the options of `foreach`");
    }
    Ok(options)
}

/// The result of each call, in order, and the labels of what decided which calls there are.
fn results(cx: &Cx<'_>, f: &Foreach) -> Eval<(Vec<Labelled<Value>>, Descriptor)> {
    let name = &f.callee.name.text;
    let Some(callee) = path::in_text(cx, &f.callee)? else {
        let message = eco_format!("Command not found: {name}");
        return Err(Problem::new("R0104", "MlldDirective", message).plain());
    };
    let reader = cx.reader();
    let Value::Executable(executable) = callee.read(&reader).clone() else {
        let message = eco_format!("Variable '{name}' cannot be used with foreach.");
        return cx.fail(&reader, Problem::new("R0115", "MlldDirective", message));
    };
    let mut arrays = Vec::with_capacity(f.args.len());
    for (i, arg) in f.args.iter().enumerate() {
        let value = path::call_argument(cx, arg, name)?;
        let labels = value.descriptor();
        match value.read(&reader).data() {
            Value::Array(items) => arrays.push((Arc::clone(items), labels)),
            other => {
                let message = eco_format!(
                    "Argument {} to foreach must be an array, got {}",
                    i + 1,
                    other.kind().name()
                );
                return cx.fail(&reader, Problem::new("R0116", "TypeMismatch", message));
            }
        }
    }
    if arrays.len() != executable.params.len() {
        let plural = if arrays.len() == 1 { "array" } else { "arrays" };
        let message = eco_format!(
            "Command '{name}' expects {} parameters, but foreach is passing {} {plural}",
            executable.params.len(),
            arrays.len()
        );
        return cx.fail(&reader, Problem::new("R0117", "MlldDirective", message));
    }
    let total: usize = if arrays.is_empty() {
        0
    } else {
        arrays.iter().map(|(a, _)| a.len()).product()
    };
    let mut values = Vec::with_capacity(total.min(1 << 20));
    for n in 0..total {
        let args = combination(&arrays, n);
        let result = call::call(cx, &executable, args.clone());
        values.push(result.map_err(|e| in_iteration(cx, e, n, &executable, &args))?);
    }
    // That there is a result, and how many, tells what the arrays hold.
    let looked_at = reader.seen();
    cx.frame.touch(looked_at);
    Ok((values, looked_at))
}

/// The `n`th tuple of the product.
fn combination(arrays: &[(Arc<Vec<Value>>, Descriptor)], mut n: usize) -> Vec<Labelled<Value>> {
    let mut args: Vec<Labelled<Value>> = Vec::with_capacity(arrays.len());
    for (array, labels) in arrays.iter().rev() {
        let item = array
            .get(n % array.len().max(1))
            .cloned()
            .unwrap_or(Value::Null);
        n /= array.len().max(1);
        args.push(Labelled::entering(item, *labels));
    }
    args.reverse();
    args
}

/// Says in which iteration a call failed; values of labelled parameters are not shown (spec 02 §4.7).
fn in_iteration(
    cx: &Cx<'_>,
    failure: Box<Failure>,
    n: usize,
    executable: &Executable,
    args: &[Labelled<Value>],
) -> Box<Failure> {
    let Failure::Problem(problem) = *failure else {
        return failure;
    };
    let shown: Vec<EcoString> = executable
        .params
        .iter()
        .zip(args)
        .map(|(name, value)| {
            if !cx.run.store().labels(value.descriptor()).is_empty() {
                return eco_format!("{name}: ***");
            }
            let reader = cx.reader();
            eco_format!(
                "{name}: {}",
                crate::value::render::template(value.read(&reader))
            )
        })
        .collect();
    let read = cx
        .run
        .store()
        .join_all(args.iter().map(Labelled::descriptor));
    let problem = problem.map(|mut p| {
        p.message = eco_format!(
            "Error in foreach iteration {} ({}): {}",
            n + 1,
            shown.join(", "),
            p.message
        );
        p
    });
    Box::new(Failure::Problem(problem.joined(cx.run.store(), read)))
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
