//! `<f.ts { … }>`: definitions of source code (spec 04 §2).

use super::super::{Cx, Eval, Failure, Problem, path};
use super::as_template;
use super::glob::named;
use crate::load::definitions::{self, Family, Kind, Pattern, PatternError};
use crate::load::{self, Content};
use crate::value::{FileMeta, Object, Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::Expr;

/// What a selector asks for.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    patterns: Vec<Pattern>,
    family: Family,
}

/// What a selector found in one file.
#[derive(Debug)]
pub(super) enum Found {
    /// Definitions; nothing where a pattern selects none. And of each pattern, whether it selects something.
    Definitions(Vec<Option<Value>>, Vec<bool>),
    /// Names.
    Names(Vec<EcoString>),
}

/// The selector that stands in a file reference; the variables in it are read into `reader`.
pub(super) fn selector(
    cx: &Cx<'_>,
    written: &[EcoString],
    has_template: bool,
    reader: &Reader<'_>,
) -> Eval<Option<Selector>> {
    if written.is_empty() {
        return Ok(None);
    }
    let mut variable = |name: &str| match path::lookup(cx, name) {
        Some(value) => Ok(render::template(value.read(reader))),
        None => Err(cx
            .not_found::<()>(name)
            .err()
            .map_or(Bad::Nothing, Bad::Failure)),
    };
    let mut patterns = Vec::with_capacity(written.len());
    for text in written {
        match Pattern::parse(text, &mut variable) {
            Ok(pattern) => patterns.push(pattern),
            Err(Bad::Failure(failure)) => return Err(failure),
            Err(Bad::Pattern(error)) => return cx.fail(reader, bad_pattern(text, &error)),
            Err(Bad::Nothing) => {}
        }
    }
    let Some(family) = definitions::family(&patterns) else {
        let message = "Cannot mix content selectors with name-list selectors";
        return Err(Problem::new("R0408", "MlldFile", message).plain());
    };
    if family == Family::Names && has_template {
        return Err(Problem::new("R0407", "MlldFile", "A list of names has no `as`.").plain());
    }
    Ok(Some(Selector { patterns, family }))
}

/// Why a pattern could not be read.
enum Bad {
    Failure(Box<Failure>),
    Pattern(PatternError),
    Nothing,
}

impl From<PatternError> for Bad {
    fn from(error: PatternError) -> Self {
        Self::Pattern(error)
    }
}

fn bad_pattern(text: &str, error: &PatternError) -> Problem {
    let message = match error {
        PatternError::Variable => {
            eco_format!("'{text}': a variable in {{ }} stands for a kind; write *@kind or @kind??")
        }
        PatternError::NoKind(value) => {
            eco_format!(
                "'{value}' is no kind of definition; there are {}",
                Kind::all()
            )
        }
        PatternError::Parentheses => {
            eco_format!("'{text}': parentheses in {{ }} hold one pattern")
        }
    };
    Problem::new("R0408", "MlldFile", message)
}

impl Selector {
    /// What it finds in a file. `several`: the file is one of several, and what is found says in which it stands.
    ///
    /// # Errors
    /// When the file is too large, in words.
    pub(super) fn find(&self, content: &Content, several: bool) -> Result<Found, EcoString> {
        let all = definitions::find(&content.meta.filename, &content.text)?;
        Ok(match self.family {
            Family::Names => Found::Names(definitions::names(&self.patterns, &all)),
            Family::Content => {
                let selected = definitions::select(&self.patterns, &all, &content.text);
                let meta = several.then_some(&content.meta);
                let item = |d: &definitions::Definition| definition(d, &content.text, meta);
                let items = selected.list.into_iter().map(|d| d.map(item));
                Found::Definitions(items.collect(), selected.matched)
            }
        })
    }
}

impl Selector {
    /// Whether it asks for names.
    pub(super) fn lists_names(&self) -> bool {
        self.family == Family::Names
    }

    /// What was found in several files: what each has, and nothing once for every pattern that selects nothing in any.
    pub(super) fn over_files(
        &self,
        found: impl Iterator<Item = (Vec<Option<Value>>, Vec<bool>)>,
    ) -> Vec<Option<Value>> {
        let mut all: Vec<Option<Value>> = Vec::new();
        let mut any = vec![false; self.patterns.len()];
        for (in_file, matched) in found {
            all.extend(in_file.into_iter().filter(Option::is_some));
            any.iter_mut().zip(matched).for_each(|(any, m)| *any |= m);
        }
        all.extend(any.iter().filter(|any| !**any).map(|_| None));
        all
    }
}

/// A definition as a value.
fn definition(definition: &definitions::Definition, text: &str, file: Option<&FileMeta>) -> Value {
    let code = text.get(definition.code.clone()).unwrap_or_default();
    let name = Value::Text(definition.name.clone());
    let kind = Value::text(definition.kind);
    let line = Value::from(definition.line);
    let mut object = Object::default();
    object.insert("name".into(), name.clone());
    object.insert("code".into(), Value::text(code));
    object.insert("type".into(), kind.clone());
    object.insert("line".into(), line.clone());
    if let Some(file) = file {
        object.insert("file".into(), Value::Text(file.filename.clone()));
        object.insert("relative".into(), Value::Text(file.relative.clone()));
    }
    let mut about = Object::default();
    about.insert("name".into(), name);
    about.insert("type".into(), kind);
    about.insert("line".into(), line);
    object.insert("mx".into(), Value::object(about));
    Value::object(object)
}

/// What was found in one file, as a value.
pub(super) fn value(
    cx: &Cx<'_>,
    found: Found,
    template: Option<&Expr>,
    labels: Descriptor,
) -> Eval<Labelled<Value>> {
    match found {
        Found::Names(names) => {
            let texts = names.into_iter();
            let texts = texts.map(|n| Value::viewed(Value::Text(n.clone()), n));
            Ok(Labelled::entering(load::joined(texts.collect()), labels))
        }
        Found::Definitions(found, _) => list(cx, found, template, labels),
    }
}

/// A list of definitions, or of the texts that a template makes of them.
pub(super) fn list(
    cx: &Cx<'_>,
    found: Vec<Option<Value>>,
    template: Option<&Expr>,
    labels: Descriptor,
) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    reader.touch(labels);
    let Some(template) = template else {
        let code = |item: &Value| item.as_object()?.get("code")?.as_text().cloned();
        let codes: Vec<EcoString> = found.iter().flatten().filter_map(code).collect();
        let items = found.into_iter().map(|d| d.unwrap_or(Value::Null));
        let list = load::listed(items.collect(), codes.join("\n\n").into());
        return Ok(Labelled::entering(list, labels));
    };
    let mut texts = Vec::with_capacity(found.len());
    for item in found.into_iter().flatten() {
        let text = as_template::text(cx, template, Labelled::entering(item, labels))?;
        let text = text.take(&reader);
        texts.push(Value::viewed(Value::Text(text.clone()), text));
    }
    Ok(reader.finish(cx.frame, load::joined(texts)))
}

/// The names that were found in one of several files, with the file's own; nothing if there are none.
pub(super) fn names_of_file(names: Vec<EcoString>, meta: &FileMeta) -> Option<Value> {
    if names.is_empty() {
        return None;
    }
    let names = names.into_iter().map(Value::Text).collect();
    Some(named(meta, Value::array(names)))
}
