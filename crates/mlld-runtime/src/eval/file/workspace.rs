//! Workspaces (spec 04 §6): `files <@ws/> = …`, `<@ws/p>`. Nothing of it touches the disk, but writing to one and
//! reading from it are operations as with any file.

use super::super::boxed::Boxed;
use super::super::scope::{Global, reserved_here};
use super::super::{Cx, Eval, Failure, Problem, path};
use super::name::Written;
use super::{Asked, glob, read_operation, single, write};
use crate::load::glob::{Pattern, is_left_out};
use crate::load::workspace::{self, WorkspaceFile};
use crate::load::{self, Content};
use crate::value::Value;
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Operation};
use mlld_syntax::ast::{Expr, ExprKind, Name, Part};
use std::path::Path;

/// A file that is to be written.
pub(super) struct Entry {
    /// Its path in the workspace.
    pub(super) path: EcoString,
    /// Its text.
    pub(super) text: EcoString,
    /// What it is described as.
    pub(super) description: Option<EcoString>,
}

/// Where files are written that are not written to disk.
#[derive(Clone, Copy)]
pub(super) enum Place<'n> {
    /// In the workspace that a variable holds.
    Named(&'n Name),
    /// In that of the box around.
    Boxed(&'n Boxed),
}

/// The workspace that a variable is, if it is one, and the labels of its being that one. The variable that was made to
/// hold it always is; what any other holds is data, which may have chosen it.
pub(in super::super) fn named(cx: &Cx<'_>, name: &EcoString) -> Option<(u32, Descriptor)> {
    let value = path::lookup(cx, name)?;
    let number = workspace::number(value.read(&cx.reader()))?;
    let workspaces = &cx.run.loads.workspaces;
    let own = cx.scope.get(name).is_none() && workspaces.is_own(cx.module.number, name, number);
    // In its own variable every file has the labels that it was written with.
    let labels = if own {
        Descriptor::EMPTY
    } else {
        value.descriptor()
    };
    Some((number, labels))
}

/// What the variable `name` is: its workspace. One that does not exist yet is made.
fn workspace_of(cx: &Cx<'_>, name: &Name) -> Eval<(u32, Descriptor)> {
    let taken = || {
        let message = eco_format!(
            "@{} already exists and is not a workspace value.",
            name.text
        );
        Problem::new("R0450", "MlldFile", message).plain()
    };
    if let Some(found) = named(cx, &name.text) {
        return Ok(found);
    }
    if path::lookup(cx, &name.text).is_some() {
        return Err(taken());
    }
    if let Some(message) = reserved_here(cx, &name.text) {
        return Err(Problem::new("R0103", "MlldDirective", message).plain());
    }
    let number = cx.run.loads.workspaces.begin(cx.module.number, &name.text);
    let value = cx.run.loads.workspaces.value(number);
    let value = Labelled::literal(value.map_or(Value::Null, |(value, _)| value));
    let defined_at = cx.place(cx.stmt.span);
    cx.module.globals.define(
        name.text.clone(),
        Global {
            value,
            defined_at,
            imported: None,
        },
    );
    Ok((number, Descriptor::EMPTY))
}

/// The folder of a target, or the path of a file: what stands behind `<@name/`.
pub(super) fn target(cx: &Cx<'_>, parts: &[Part]) -> Eval<Labelled<EcoString>> {
    let reader = cx.reader();
    let text = super::name::text_of(cx, parts, &reader)?;
    Ok(reader.finish(cx.frame, text))
}

/// Writes to a workspace: all of it or nothing. `folder` is a target with a sub-folder of its own.
pub(super) fn write(
    cx: &Cx<'_>,
    word: &'static str,
    place: Place<'_>,
    folder: Option<Labelled<EcoString>>,
    entries: Labelled<Vec<Entry>>,
) -> Eval<()> {
    let store = cx.run.store();
    let permit = cx.permit(write::operation(cx, &eco_format!("/{word}")), entries)?;
    let input = permit.input();
    let entries = permit.into_payload();
    let (number, chosen) = match place {
        Place::Named(name) => workspace_of(cx, name)?,
        Place::Boxed(around) => (around.workspace, around.chosen),
    };
    // That it is written tells of the conditions around it (spec 05 §6.1).
    let labels = store.join_all([input, cx.pc(), chosen]);
    let reader = cx.reader();
    let folder = folder.map(|f| f.take(&reader)).filter(|f| !f.is_empty());
    let workspaces = &cx.run.loads.workspaces;
    let written = workspaces.with(number, |workspace| {
        for (i, entry) in entries.iter().enumerate() {
            workspace.may_add(word, &entry.path)?;
            if entries.iter().take(i).any(|e| e.path == entry.path) {
                return Err(eco_format!(
                    "{word} cannot overwrite '{}' in the same workspace scope.",
                    entry.path
                ));
            }
        }
        if let Some(folder) = folder {
            workspace.add_folder(store, folder, labels);
        }
        for entry in entries {
            let file = WorkspaceFile::of_text(entry.text, labels);
            workspace.add(store, word, &entry.path, file)?;
            if let Some(description) = entry.description {
                workspace.describe(entry.path, description);
            }
        }
        Ok(())
    });
    changed(cx, number);
    match written {
        Some(Err(why)) => {
            // That a path is taken tells what is there.
            let listed = workspaces.with(number, |w| w.labels()).unwrap_or_default();
            let labels = store.join(labels, listed);
            Err(Problem::new("R0451", "MlldFile", why).about(labels))
        }
        Some(Ok(())) | None => Ok(()),
    }
}

/// Something was written to a workspace: the variable that holds it carries the labels of that, and calls in which it
/// happened are not answered by what they gave alone.
pub(in super::super) fn changed(cx: &Cx<'_>, number: u32) {
    let workspaces = &cx.run.loads.workspaces;
    if let Some((module, name)) = workspaces.owner(number)
        && let Some(module) = cx.run.module(module)
        && let Some(old) = module.globals.get(&name)
        && let Some(labels) = workspaces.with(number, |w| w.labels())
    {
        module.globals.replace(&name, cx.join(old, labels));
    }
    // One that was made for the box goes with it.
    let passing = cx
        .boxed
        .is_some_and(|b| b.workspace == number && !b.is_shared());
    if !passing {
        unrecorded(cx);
    }
}

/// The calls that are going on have no answer that could be recorded (spec 03 §18).
pub(in super::super) fn unrecorded(cx: &Cx<'_>) {
    if let Some(running) = cx.running {
        running.failed();
    }
}

/// A value; of a workspace, what is in it now, not what was there when the value was made.
pub(in super::super) fn as_it_is(cx: &Cx<'_>, value: Labelled<Value>) -> Labelled<Value> {
    let Some(number) = workspace::number(value.read(&cx.reader())) else {
        return value;
    };
    let Some((now, labels)) = cx.run.loads.workspaces.value(number) else {
        return value;
    };
    cx.join(value.map(|_| now), labels)
}

/// `.mx.edits` of a value, if it is a workspace.
pub(in super::super) fn edits(cx: &Cx<'_>, value: &Labelled<Value>) -> Option<Labelled<Value>> {
    let number = workspace::number(value.read(&cx.reader()))?;
    let workspaces = &cx.run.loads.workspaces;
    let (edits, labels) = workspaces.with(number, |w| (w.edits(), w.labels()))?;
    let labels = cx.run.store().join(value.descriptor(), labels);
    Some(Labelled::entering(edits, labels))
}

/// Whether a path that is written as a text names a workspace.
pub(in crate::eval) fn is_named_in(cx: &Cx<'_>, written: &Expr) -> Eval<bool> {
    let ExprKind::Template(template) = &written.kind else {
        return Ok(false);
    };
    for part in &template.parts {
        if let Part::Interp(interp) = part
            && let Some(value) = path::in_text(cx, &interp.path)?
            && load::workspace::number(value.read(&cx.reader())).is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A file as it was read from a workspace.
fn content(path: &EcoString, file: WorkspaceFile) -> Content {
    load::workspace_content(path, file)
}

/// The labels of what is read: `src:file`, for which there is no folder, and those that it was written with.
fn read_labels(cx: &Cx<'_>, written: Descriptor, asked: Descriptor) -> Descriptor {
    let store = cx.run.store();
    let entered = store.provenance(["src:file"], []);
    let entered = match store.is_labelled(written) {
        true => store.passed_on(entered),
        false => entered,
    };
    store.join_all([entered, written, asked])
}

/// Loads a file of a workspace, or those that a pattern matches.
pub(super) fn load(
    cx: &Cx<'_>,
    asked: &Asked<'_>,
    written: &Written,
    number: u32,
) -> Eval<Labelled<Value>> {
    let rest = written.rest.as_str();
    let operation = read_operation(cx, asked.span);
    let payload = Labelled::entering(EcoString::from(rest), asked.labels);
    let wanted = cx.permit(operation, payload)?.into_payload();
    if !load::glob::is_pattern(&wanted) {
        return load_one(cx, asked, written, number, &wanted);
    }
    let pattern = Pattern::parse(Path::new("/"), &wanted).map_err(|why| {
        let message = eco_format!("The file pattern '{}' is not valid: {why}", written.shown);
        Problem::new("R0406", "MlldFile", message).about(asked.labels)
    })?;
    let workspaces = &cx.run.loads.workspaces;
    let (files, listed) = workspaces
        .with(number, |workspace| {
            let matching = workspace.files().filter(|(path, _)| fits(&pattern, path));
            let files: Vec<(EcoString, WorkspaceFile)> =
                matching.map(|(p, f)| (p.clone(), f.clone())).collect();
            (files, workspace.labels())
        })
        .unwrap_or_default();
    // Which files there are is told by the list.
    let labels = read_labels(cx, listed, asked.labels);
    let reading = glob::Reading::new(asked, &cx.module.folder);
    let items = files
        .into_iter()
        .filter_map(|(path, file)| reading.made(content(&path, file)))
        .collect();
    glob::list(cx, asked, items, labels)
}

fn load_one(
    cx: &Cx<'_>,
    asked: &Asked<'_>,
    written: &Written,
    number: u32,
    wanted: &str,
) -> Eval<Labelled<Value>> {
    let inner = write::inner_path("file", wanted).map_err(|p| p.about(asked.labels))?;
    let path = EcoString::from(inner.to_string_lossy().as_ref());
    let workspaces = &cx.run.loads.workspaces;
    let found = workspaces.with(number, |w| w.file(&path).cloned().ok_or_else(|| w.labels()));
    match found {
        Some(Ok(file)) => {
            let labels = read_labels(cx, file.labels, asked.labels);
            single::value(cx, asked, content(&path, file), labels)
        }
        Some(Err(listed)) => {
            // That it is not there tells what is.
            let labels = cx.run.store().join(asked.labels, listed);
            let message = eco_format!("File not found: {}", written.shown);
            Err(Problem::new("R0401", "MlldFileNotFound", message)
                .code("FILE_NOT_FOUND")
                .about(labels))
        }
        None => cx.unsupported("A workspace of another run"),
    }
}

/// Whether a file lies at a path of a workspace, or, for a pattern, any. The answer tells what is there.
pub(super) fn exists(
    cx: &Cx<'_>,
    operation: Operation,
    number: u32,
    wanted: &str,
    patterns_too: bool,
    labels: Descriptor,
) -> Eval<Labelled<Value>> {
    let payload = Labelled::entering(EcoString::from(wanted), labels);
    let wanted = cx.permit(operation, payload)?.into_payload();
    let about = |p: Problem| -> Box<Failure> { p.about(labels) };
    let workspaces = &cx.run.loads.workspaces;
    let found = if patterns_too && load::glob::is_pattern(&wanted) {
        let pattern = Pattern::parse(Path::new("/"), &wanted)
            .map_err(|why| about(Problem::new("R0406", "MlldFile", why)))?;
        workspaces.with(number, |w| {
            let found = w.files().any(|(path, _)| fits(&pattern, path));
            (found, w.labels())
        })
    } else {
        let inner = write::inner_path("file", &wanted).map_err(about)?;
        let inner = inner.to_string_lossy();
        workspaces.with(number, |w| (w.file(&inner).is_some(), w.labels()))
    };
    let (found, listed) = found.unwrap_or_default();
    let labels = cx.run.store().join(labels, listed);
    Ok(Labelled::entering(Value::Bool(found), labels))
}

fn fits(pattern: &Pattern, path: &str) -> bool {
    let absolute = format!("/{path}");
    let Ok(inside) = Path::new(&absolute).strip_prefix(pattern.start()) else {
        return false;
    };
    let names: Vec<&str> = path.split('/').collect();
    let folders = names.split_last().map_or(&[][..], |(_, folders)| folders);
    if folders.iter().any(|f| is_left_out(f)) {
        return false;
    }
    let names = inside.iter().filter_map(|n| n.to_str());
    names
        .fold(pattern.begin(), |at, name| pattern.advance(&at, name))
        .is_match()
}
