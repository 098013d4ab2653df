//! Templates (spec 01 §6): the parts from left to right, each once; the text carries the labels of all of them.

use super::expr::{self, Undefined};
use super::path;
use super::scope::{Kind, Scope};
use super::{Cx, Eval, Failure, builtin, file};
use crate::value::{Value, render, truth};
use ecow::{EcoString, eco_format};
use mlld_security::{Labelled, Reader};
use mlld_syntax::ast::{
    Interp, InterpTail, Part, Stage, StageKind, Template, TemplateFile, TemplateFor,
};

/// The value of a template: of exactly one interpolation and nothing else the value itself (spec 01 §6.3).
pub(super) fn value(cx: &Cx<'_>, template: &Template) -> Eval<Labelled<Value>> {
    if let [Part::Interp(interp)] = template.parts.as_slice() {
        let reader = cx.reader();
        if let Some(value) = interpolated(cx, interp, &reader)? {
            return Ok(value
                .joined_before(cx.run.store(), reader.seen())
                .map(Value::stored));
        }
        let text = match &interp.tail {
            InterpTail::None => cx.text(interp.span).into(),
            _ => EcoString::new(),
        };
        return Ok(reader.finish(cx.frame, Value::Text(text)));
    }
    if let [Part::File(f)] = template.parts.as_slice() {
        return file_part(cx, f);
    }
    Ok(text(cx, template)?.map(Value::Text))
}

/// The text of a template, whatever it consists of.
pub(super) fn text(cx: &Cx<'_>, template: &Template) -> Eval<Labelled<EcoString>> {
    let reader = cx.reader();
    let mut out = EcoString::new();
    parts(cx, &template.parts, &reader, &mut out)?;
    Ok(reader.finish(cx.frame, out))
}

fn parts(cx: &Cx<'_>, parts: &[Part], reader: &Reader<'_>, out: &mut EcoString) -> Eval<()> {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Interp(interp) => match interpolated(cx, interp, reader)? {
                Some(value) => out.push_str(&render::template(value.read(reader))),
                None if interp.tail == InterpTail::None => out.push_str(cx.text(interp.span)),
                None => {}
            },
            Part::File(f) => {
                out.push_str(&render::template(file_part(cx, f)?.read(reader)));
            }
            Part::For(for_) => template_for(cx, for_, reader, out)?,
            Part::CurrentFile(fields, _) => {
                out.push_str(&render::template(file::current(cx, fields)?.read(reader)));
            }
        }
    }
    Ok(())
}

/// The value of an interpolation; `None` if the name is undefined, or if its tail says that nothing is
/// printed. What was looked at to decide is read into `reader`.
fn interpolated(
    cx: &Cx<'_>,
    interp: &Interp,
    reader: &Reader<'_>,
) -> Eval<Option<Labelled<Value>>> {
    let Some(value) = path::in_text(cx, &interp.path)? else {
        return Ok(match &interp.tail {
            InterpTail::Fallback(text) => Some(Labelled::literal(Value::Text(text.clone()))),
            _ if interp.negate => Some(Labelled::literal(Value::Bool(true))),
            _ => None,
        });
    };
    let value = piped(cx, value, &interp.pipes)?;
    if interp.negate {
        return cx
            .compute(|r| truth::condition(value.read(r), "operator !").map(|t| Value::Bool(!t)))
            .map(Some);
    }
    match &interp.tail {
        InterpTail::None => Ok(Some(value)),
        InterpTail::OmitFalsy => {
            let truthy = truthy(cx, &value, reader)?;
            Ok(truthy.then_some(value))
        }
        InterpTail::Fragment(fragment) => {
            if !truthy(cx, &value, reader)? {
                return Ok(None);
            }
            Ok(Some(text(cx, fragment)?.map(Value::Text)))
        }
        InterpTail::Fallback(fallback) => {
            let missing = matches!(value.read(reader).data(), Value::Null | Value::Absent);
            Ok(Some(if missing {
                Labelled::literal(Value::Text(fallback.clone()))
            } else {
                value
            }))
        }
    }
}

fn truthy(cx: &Cx<'_>, value: &Labelled<Value>, reader: &Reader<'_>) -> Eval<bool> {
    match truth::condition(value.read(reader), "`?` of an interpolation") {
        Ok(truthy) => Ok(truthy),
        Err(error) => cx.fail(reader, error),
    }
}

/// Tight pipes `|@a|@b` (spec 01 §6.2). Only built-in transformers can be named so far.
fn piped(cx: &Cx<'_>, mut value: Labelled<Value>, stages: &[Stage]) -> Eval<Labelled<Value>> {
    for stage in stages {
        let StageKind::Call(callee) = &stage.kind else {
            return cx.unsupported("A stage of this kind");
        };
        value = builtin::stage(cx, value, callee)?;
    }
    Ok(value)
}

/// A file in a template. One that cannot be read inserts nothing and warns; a denial is an error
/// (spec 01 §6.5, §15 trap 22).
pub(super) fn file_part(cx: &Cx<'_>, part: &TemplateFile) -> Eval<Labelled<Value>> {
    let loaded = match file::load(cx, &part.file) {
        Ok(loaded) => loaded,
        Err(failure) => return unreadable(cx, part, *failure),
    };
    let value = path::steps(cx, loaded, &part.steps, path::Named::Nothing)?;
    file::piped(cx, value, |v| piped(cx, v, &part.pipes))
}

fn unreadable(cx: &Cx<'_>, part: &TemplateFile, failure: Failure) -> Eval<Labelled<Value>> {
    match failure {
        Failure::Problem(problem) if file::is_unreadable(&problem, cx) => {
            let name = cx
                .text(part.file.span)
                .trim_start_matches('<')
                .trim_end_matches('>');
            // That nothing is there is something that the path's labels tell.
            let nothing = Labelled::entering(Value::Text(EcoString::new()), problem.descriptor());
            file::warn_unreadable(cx, name, problem);
            Ok(nothing)
        }
        other => Err(Box::new(other)),
    }
}

/// `/for … /end` (spec 01 §6.4).
fn template_for(
    cx: &Cx<'_>,
    f: &TemplateFor,
    reader: &Reader<'_>,
    out: &mut EcoString,
) -> Eval<()> {
    let source = expr::eval(cx, &f.source, Undefined::Absent)?;
    let labels = source.descriptor();
    // The elements carry the labels of the collection (spec 05 §6.3).
    let element = |value: Value| Labelled::entering(value, labels);
    match source.read(reader).data() {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let scope = cx.scope.inner();
                if let Some(key) = &f.key {
                    scope.bind(
                        key.text.clone(),
                        element(Value::Number(index as f64)),
                        Kind::Loop,
                    );
                }
                scope.bind(f.item.text.clone(), element(item.clone()), Kind::Loop);
                template_pass(cx, &scope, &f.body, reader, out)?;
            }
        }
        Value::Object(object) => {
            for (key, item) in object.iter() {
                let scope = cx.scope.inner();
                match &f.key {
                    Some(name) => {
                        scope.bind(
                            name.text.clone(),
                            element(Value::Text(key.clone())),
                            Kind::Loop,
                        );
                    }
                    None => {
                        let name = eco_format!("{}_key", f.item.text);
                        scope.bind(name, element(Value::Text(key.clone())), Kind::Loop);
                    }
                }
                scope.bind(f.item.text.clone(), element(item.clone()), Kind::Loop);
                template_pass(cx, &scope, &f.body, reader, out)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn template_pass(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    body: &[Part],
    reader: &Reader<'_>,
    out: &mut EcoString,
) -> Eval<()> {
    let inner = Cx { scope, ..*cx };
    inner.deeper(|| parts(&inner, body, reader, out))
}
