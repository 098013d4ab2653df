//! Loading one file (spec 04 §1.3, §1.6).

use super::super::{Cx, Eval, Problem};
use super::as_template::{self, Renamed};
use super::name::Written;
use super::{Asked, definitions, missing, read_operation};
use crate::effect::read::{self, FilePath};
use crate::load::section::Selector;
use crate::load::{self, Content, FileError};
use crate::value::Value;
use ecow::eco_format;
use mlld_security::{Descriptor, Labelled};

/// Loads one file.
pub(super) fn load(
    cx: &Cx<'_>,
    asked: &Asked<'_>,
    written: &Written,
    path: FilePath,
) -> Eval<Labelled<Value>> {
    let operation = read_operation(cx, asked.span);
    let permit = cx.permit(operation, Labelled::entering(path.clone(), asked.labels))?;
    let loaded = match read::text(permit) {
        Ok(loaded) => loaded,
        Err(error) => {
            let problem = missing::cannot_read(cx, written, &path, &error);
            return Err(problem.about(asked.labels));
        }
    };
    let store = cx.run.store();
    let entered = load::provenance(store, [loaded.real_path.as_path()]);
    let labels = store.join(entered, asked.labels);
    let content = load::content(loaded, &cx.module.folder);
    value(cx, asked, content, labels)
}

/// What is made of the content of a file.
pub(super) fn value(
    cx: &Cx<'_>,
    asked: &Asked<'_>,
    content: Content,
    labels: Descriptor,
) -> Eval<Labelled<Value>> {
    let fail = |error: FileError| not_loaded(asked, error).about(labels);
    let enter = |value| Labelled::entering(value, labels);
    if let Some(selector) = &asked.definitions {
        let found = selector.find(&content, false).map_err(|why| {
            let message = eco_format!("Failed to load content: {} ({why})", asked.shown);
            Problem::new("R0402", "MlldFile", message).about(labels)
        })?;
        return definitions::value(cx, found, asked.template, labels);
    }
    match (&asked.section, asked.template) {
        (None, None) => load::loaded(content).map(enter).map_err(fail),
        (None, Some(template)) => {
            let item = load::loaded(content).map_err(fail)?;
            let text = as_template::text(cx, template, enter(item))?;
            Ok(text.map(Value::Text))
        }
        (Some(Selector::Headings(level)), _) => {
            let names = as_template::heading_names(&content, *level).into_iter();
            let texts = names.map(|n| Value::viewed(Value::Text(n.clone()), n));
            Ok(enter(load::joined(texts.collect())))
        }
        (Some(Selector::Sections(sections)), None) => {
            load::section_of(content, sections).map(enter).map_err(fail)
        }
        (Some(Selector::Sections(sections)), Some(template)) => {
            let renamed = Renamed {
                template,
                sections,
                content,
                labels,
            };
            match renamed.value(cx)? {
                Ok(value) => Ok(value),
                Err(error) => Err(fail(FileError::Section(error))),
            }
        }
    }
}

/// The problem of a file that was read but is not what was asked for.
fn not_loaded(asked: &Asked<'_>, error: FileError) -> Problem {
    let head = |why: &str| eco_format!("Failed to load content: {}: {why}", asked.shown);
    match error {
        FileError::Data(e) => Problem::new("R0403", "MlldFile", head(&e.message)),
        FileError::Section(e) => Problem::new("R0404", "MlldFile", head(&e.text()))
            .hint("Use \"Section\"? to make missing includes optional"),
    }
}
