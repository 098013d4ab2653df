//! Loading the files of a pattern (spec 04 §1.8).

use super::super::{Cx, Eval, Problem};
use super::as_template::{self, Renamed};
use super::definitions::{self, Found};
use super::name::{Start, Written};
use super::{Asked, read_operation};
use crate::effect::read::{self, Budget, FilePath, ReadError};
use crate::effect::walk;
use crate::event::{Event, LeftOut};
use crate::load::glob::Pattern;
use crate::load::path as paths;
use crate::load::section::{SectionError, Selector};
use crate::load::{self, Content};
use crate::value::{FileMeta, Object, Value};
use ecow::eco_format;
use mlld_security::{Descriptor, Labelled, Permit};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Files beyond which reading is shared among threads.
const FEW: usize = 32;

/// A file of the pattern, read and made what was asked for, as far as no script has to be evaluated for it.
pub(super) enum Item {
    Value(Value),
    /// The content, for a template of a section.
    Content(Box<Content>),
    /// Definitions, and of each pattern whether it selects something.
    Definitions(Vec<Option<Value>>, Vec<bool>),
}

/// Loads the files of a pattern. What cannot be read is left out; a denial ends the script.
pub(super) fn load(
    cx: &Cx<'_>,
    asked: &Asked<'_>,
    written: &Written,
    pattern: Pattern,
) -> Eval<Labelled<Value>> {
    let too_much = |why: &str| {
        let message = eco_format!("Failed to load content: {} ({why})", written.shown);
        Problem::new("R0402", "MlldFile", message)
            .hint("Write a pattern that matches fewer files.")
            .about(asked.labels)
    };
    let store = cx.run.store();
    let home = match pattern.start().starts_with(&cx.module.folder) {
        true => &cx.module.folder,
        false => &cx.run.root,
    };
    let paths = if pattern.starts_left_out(home) {
        Vec::new()
    } else {
        let pattern = Labelled::entering(pattern, asked.labels);
        let permit = cx.permit(read_operation(cx, asked.span), pattern)?;
        walk::files(permit).map_err(|e| too_much(&e.text()))?
    };
    let permits = paths
        .into_iter()
        .map(|path| {
            let permit = may_read(cx, asked, written, path.clone())?;
            Ok(Candidate { path, permit })
        })
        .collect::<Eval<Vec<_>>>()?;

    let folder = match written.start {
        Start::Root => &cx.run.root,
        _ => &cx.module.folder,
    };
    let reading = Reading::new(asked, folder);
    let (read, dropped) = reading.all(permits);
    tell_dropped(cx, asked, folder, &dropped);
    if reading.budget.is_spent() {
        let limit = Budget::limit();
        return Err(too_much(&eco_format!(
            "its files have more than {limit} bytes together"
        )));
    }
    // Files that dropped out for what they hold count, too: that they are missing tells of it.
    let entered = load::provenance(store, read.iter().map(|(path, _)| path.as_path()));
    let labels = store.join(entered, asked.labels);
    let items = read.into_iter().filter_map(|(_, item)| item).collect();
    list(cx, asked, items, labels)
}

/// The list of what is made of several files.
pub(super) fn list(
    cx: &Cx<'_>,
    asked: &Asked<'_>,
    made: Vec<Item>,
    labels: Descriptor,
) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    reader.touch(labels);
    if let Some(selector) = &asked.definitions
        && !selector.lists_names()
    {
        let found = made.into_iter().filter_map(|item| match item {
            Item::Definitions(found, matched) => Some((found, matched)),
            _ => None,
        });
        let found = selector.over_files(found);
        return definitions::list(cx, found, asked.template, labels);
    }
    let mut items = Vec::with_capacity(made.len());
    for item in made {
        match (item, asked.template, &asked.section) {
            (Item::Value(value), None, _) => items.push(value),
            (Item::Value(value), Some(template), _) => {
                let text = as_template::text(cx, template, Labelled::entering(value, labels))?;
                let text = text.take(&reader);
                items.push(Value::viewed(Value::Text(text.clone()), text));
            }
            (Item::Content(content), Some(template), Some(Selector::Sections(sections))) => {
                let renamed = Renamed {
                    template,
                    sections,
                    content: *content,
                    labels,
                };
                match renamed.value(cx)? {
                    Ok(value) => items.push(value.take(&reader)),
                    Err(SectionError::Missing(_)) => {}
                    Err(error) => {
                        return cx.fail(&reader, Problem::new("R0404", "MlldFile", error.text()));
                    }
                }
            }
            (Item::Content(_) | Item::Definitions(..), ..) => {}
        }
    }
    let names = asked.definitions.is_some() || matches!(asked.section, Some(Selector::Headings(_)));
    let list = match names {
        true => Value::array(items),
        false => load::joined(items),
    };
    Ok(Labelled::entering(list, reader.seen()))
}

/// Permission to read a file that was found. It is judged under its own name: a link may lead anywhere.
fn may_read(
    cx: &Cx<'_>,
    asked: &Asked<'_>,
    written: &Written,
    path: PathBuf,
) -> Eval<Permit<FilePath>> {
    let file = FilePath::resolve(path);
    paths::may_read(cx, &file, &written.shown).map_err(|p| p.about(asked.labels))?;
    let operation = read_operation(cx, asked.span);
    cx.permit(operation, Labelled::entering(file, asked.labels))
}

/// A file of the pattern that may be read.
struct Candidate {
    path: PathBuf,
    permit: Permit<FilePath>,
}

/// A file of the pattern that cannot be read, and why.
struct Dropped {
    path: PathBuf,
    why: ReadError,
}

/// Files that were read, each with what is made of it, and those that could not be.
type AllRead = (Vec<(PathBuf, Option<Item>)>, Vec<Dropped>);

/// Tells whoever watches the run what is missing from a list (spec 04 §14, 26).
fn tell_dropped(cx: &Cx<'_>, asked: &Asked<'_>, folder: &Path, dropped: &[Dropped]) {
    for Dropped { path, why } in dropped {
        cx.run.tell(|| {
            let place = cx.place(asked.span);
            let why = match why {
                ReadError::Missing => "it is gone",
                ReadError::Other(why) => why,
            };
            // Which files the pattern names tells of what it was made of.
            let shown = cx.run.may_show(asked.labels);
            let path = shown.then(|| paths::relative(folder, path));
            Event::LeftOut(LeftOut {
                file: place.file,
                line: place.line,
                path,
                why: why.into(),
            })
        });
    }
}

/// What is wanted of every file.
pub(super) struct Reading<'r> {
    definitions: Option<&'r definitions::Selector>,
    section: Option<&'r Selector>,
    /// A template wants the whole of it.
    whole: bool,
    folder: &'r Path,
    budget: Budget,
}

impl<'r> Reading<'r> {
    /// What a reference asks for.
    /// Relative paths begin in `folder`.
    pub(super) fn new(asked: &'r Asked<'_>, folder: &'r Path) -> Self {
        Self {
            definitions: asked.definitions.as_ref(),
            section: asked.section.as_ref(),
            whole: asked.template.is_some(),
            folder,
            budget: Budget::default(),
        }
    }

    /// Reads the files, in their order.
    fn all(&self, candidates: Vec<Candidate>) -> AllRead {
        let pool = match candidates.len() {
            0..=FEW => None,
            // Without threads it takes longer, that is all.
            _ => rayon::ThreadPoolBuilder::new().build().ok(),
        };
        let all: Vec<_> = match pool {
            None => candidates.into_iter().map(|c| self.one(c)).collect(),
            Some(pool) => pool.install(|| {
                let read = candidates.into_par_iter().map(|c| self.one(c));
                read.collect()
            }),
        };
        let mut read = Vec::with_capacity(all.len());
        let mut dropped = Vec::new();
        for one in all {
            match one {
                Ok(one) => read.push(one),
                Err(one) => dropped.push(one),
            }
        }
        (read, dropped)
    }

    fn one(&self, candidate: Candidate) -> Result<(PathBuf, Option<Item>), Dropped> {
        let Candidate { path, permit } = candidate;
        let loaded =
            read::text_within(permit, &self.budget).map_err(|why| Dropped { path, why })?;
        let real = loaded.real_path.clone();
        Ok((real, self.made(load::content(loaded, self.folder))))
    }

    /// What is made of a file as far as no script has to be evaluated for it; nothing if it drops out.
    pub(super) fn made(&self, content: Content) -> Option<Item> {
        if let Some(selector) = self.definitions {
            return Some(match selector.find(&content, true).ok()? {
                Found::Names(names) => {
                    Item::Value(definitions::names_of_file(names, &content.meta)?)
                }
                Found::Definitions(found, matched) => Item::Definitions(found, matched),
            });
        }
        Some(match self.section {
            None => Item::Value(load::item(content)),
            Some(Selector::Headings(level)) => Item::Value(names(&content, *level)?),
            Some(Selector::Sections(_)) if self.whole => Item::Content(Box::new(content)),
            Some(Selector::Sections(sections)) => {
                Item::Value(load::section_of(content, sections).ok()?)
            }
        })
    }
}

/// The headings of a file, with its names; nothing if it has none.
fn names(content: &Content, level: Option<usize>) -> Option<Value> {
    let names = as_template::heading_names(content, level);
    if names.is_empty() {
        return None;
    }
    let names = names.into_iter().map(Value::Text).collect();
    Some(named(&content.meta, Value::array(names)))
}

/// Names that a file holds, with its own: an item of a list over several files.
pub(super) fn named(meta: &FileMeta, names: Value) -> Value {
    let mut object = Object::default();
    object.insert("names".into(), names);
    for (key, value) in [
        ("file", &meta.filename),
        ("relative", &meta.relative),
        ("absolute", &meta.absolute),
    ] {
        object.insert(key.into(), Value::Text(value.clone()));
    }
    Value::object(object)
}
