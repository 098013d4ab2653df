//! `file` and `files` (spec 04 §5): content as `show` prints it, at a path below the script's folder.

use super::super::hook::{self, Act};
use super::super::{Cx, Eval, Problem, directive, expr, output};
use super::workspace::{self, Entry, Place};
use crate::effect::write::{FileContent, write_file};
use crate::load::path as paths;
use crate::value::{Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Labelled, OpKind, Operation, Permit, Target};
use mlld_syntax::ast::{Expr, FileWrite, FilesSource, FilesWrite, WriteTarget};
use std::path::{Component, Path, PathBuf};

/// `file T = X`.
pub(in super::super) fn exec_file(cx: &Cx<'_>, file: &FileWrite) -> Eval<()> {
    let text = directive::shown(cx, expr::value(cx, &file.value)?);
    let inside = match (&file.target, cx.boxed) {
        (WriteTarget::Path(_), None) => None,
        (WriteTarget::Path(target), Some(around)) => {
            Some((shown_path(cx, target)?, Place::Boxed(around)))
        }
        (WriteTarget::Workspace(name, parts), _) => {
            Some((workspace::target(cx, parts)?, Place::Named(name)))
        }
    };
    let target = match (inside, &file.target) {
        (None, WriteTarget::Path(target)) => target,
        (None, WriteTarget::Workspace(..)) => return Ok(()),
        (Some((path, place)), _) => {
            let entries = cx.compute(|r| {
                let path = inner_text("file", path.read(r))?;
                if path.is_empty() {
                    return Err(empty("file"));
                }
                let text = text.read(r).clone();
                let description = None;
                Ok(vec![Entry {
                    path,
                    text,
                    description,
                }])
            })?;
            return watched(cx, "file", vec![text.map(Value::Text)], || {
                workspace::write(cx, "file", place, None, entries)
            });
        }
    };
    let target = expr::value(cx, target)?;
    let path = cx.compute(|r| {
        let written = render::template(target.read(r));
        let inner = inner_path("file", &written)?;
        if inner.as_os_str().is_empty() {
            return Err(empty("file"));
        }
        below(cx, &cx.module.folder, &inner, &written)
    })?;
    let inputs = vec![
        text.clone().map(Value::Text),
        path.clone()
            .map(|p| Value::text(p.to_string_lossy().as_ref())),
    ];
    let payload = content(cx, text, path);
    watched(cx, "file", inputs, || {
        let permit = cx.permit(operation(cx, "/file"), payload)?;
        write_file(cx.run, permit).map_err(output::not_written)
    })
}

/// `files T = X`: every entry is judged before the first is written.
pub(in super::super) fn exec_files(cx: &Cx<'_>, files: &FilesWrite) -> Eval<()> {
    let FilesSource::Expr(source) = &files.source else {
        return cx.unsupported("`files … = git`");
    };
    let list = expr::value(cx, source)?;
    let target = match (&files.target, cx.boxed) {
        (WriteTarget::Path(target), None) => expr::value(cx, target)?,
        (WriteTarget::Path(target), Some(around)) => {
            let target = shown_path(cx, target)?;
            return workspace_files(cx, Place::Boxed(around), target, list);
        }
        (WriteTarget::Workspace(name, parts), _) => {
            let target = workspace::target(cx, parts)?;
            return workspace_files(cx, Place::Named(name), target, list);
        }
    };
    watched(cx, "files", vec![list.clone(), target.clone()], || {
        write_entries(cx, &list, &target)
    })
}

/// `files <@name/folder/> = X`.
fn workspace_files(
    cx: &Cx<'_>,
    place: Place<'_>,
    target: Labelled<EcoString>,
    list: Labelled<Value>,
) -> Eval<()> {
    let folder = cx.compute(|r| match (place, target.read(r).as_str()) {
        (Place::Named(_), "") => Ok(EcoString::new()),
        (_, written) => inner_text("files", written),
    })?;
    let entries = cx.compute(|r| {
        let folder = folder.read(r);
        let entries = entries(list.read(r))?.into_iter();
        let placed = entries.map(|(name, text, description)| {
            let mut path = inner_text("files", &name)?;
            if path.is_empty() {
                return Err(empty("files"));
            }
            if !folder.is_empty() {
                path = eco_format!("{folder}/{path}");
            }
            Ok(Entry {
                path,
                text,
                description,
            })
        });
        placed.collect::<Result<Vec<_>, Problem>>()
    })?;
    watched(cx, "files", vec![list], || {
        workspace::write(cx, "files", place, Some(folder), entries)
    })
}

/// The text of a path that is written as an expression.
fn shown_path(cx: &Cx<'_>, target: &Expr) -> Eval<Labelled<EcoString>> {
    let target = expr::value(cx, target)?;
    cx.compute(|r| Ok::<_, Problem>(render::template(target.read(r))))
}

/// Hooks around a write.
fn watched(
    cx: &Cx<'_>,
    word: &'static str,
    inputs: Vec<Labelled<Value>>,
    write: impl FnOnce() -> Eval<()>,
) -> Eval<()> {
    let act = || Act::of(word, &operation(cx, word));
    let perform = |_| write().map(|()| Labelled::literal(Value::Null));
    hook::around(cx, act, inputs, perform).map(|_| ())
}

fn write_entries(cx: &Cx<'_>, list: &Labelled<Value>, target: &Labelled<Value>) -> Eval<()> {
    let folder = cx.compute(|r| {
        let written = render::template(target.read(r));
        let inner = inner_path("files", &written)?;
        below(cx, &cx.module.folder, &inner, &written)
    })?;
    let entries = cx.compute(|r| {
        let folder = folder.read(r);
        let entries = entries(list.read(r))?.into_iter();
        let placed = entries.map(|(name, text, _)| {
            let inner = inner_path("files", &name)?;
            if inner.as_os_str().is_empty() {
                return Err(empty("files"));
            }
            Ok((below(cx, folder, &inner, &name)?, text))
        });
        placed.collect::<Result<Vec<_>, Problem>>()
    })?;
    let labels = entries.descriptor();
    let reader = cx.reader();
    let permits = entries
        .take(&reader)
        .into_iter()
        .map(|(path, text)| {
            let entered = |data| Labelled::entering(data, labels);
            let path = Labelled::entering(path, labels);
            let payload = FileContent::labelled(entered(text), path, cx.run.store());
            cx.permit(operation(cx, "/files"), payload)
        })
        .collect::<Eval<Vec<Permit<FileContent>>>>()?;
    for permit in permits {
        write_file(cx.run, permit).map_err(output::not_written)?;
    }
    Ok(())
}

fn content(
    cx: &Cx<'_>,
    text: Labelled<EcoString>,
    path: Labelled<PathBuf>,
) -> Labelled<FileContent> {
    FileContent::labelled(text, path, cx.run.store())
}

/// Both a `file` and an `output` (spec 05 §10.2).
pub(super) fn operation(cx: &Cx<'_>, subject: &str) -> Operation {
    let targets = vec![Target::shown("op:file"), Target::shown("op:output")].into();
    let place = cx.place(cx.stmt.span);
    cx.run
        .operation(OpKind::File, subject.into(), targets, place)
}

/// Name, text and description.
type Described = (EcoString, EcoString, Option<EcoString>);

/// The entries of `files`.
fn entries(list: &Value) -> Result<Vec<Described>, Problem> {
    let bad = |message: &'static str| Problem::new("R0430", "MlldFile", message);
    let Value::Array(items) = list.data() else {
        return Err(bad("files requires an array of file entry objects."));
    };
    let entry = |item: &Value| {
        let Value::Object(members) = item.data() else {
            return Err(bad("files entries must be objects."));
        };
        let mut names = members.iter().filter(|(key, _)| *key != "desc");
        let (Some((name, value)), None) = (names.next(), names.next()) else {
            return Err(bad(
                "Each files entry must contain exactly one file key and optional desc.",
            ));
        };
        match members.get("desc").map(Value::data) {
            None => Ok((name.clone(), render::show(value), None)),
            Some(Value::Text(text)) => Ok((name.clone(), render::show(value), Some(text.clone()))),
            Some(_) => Err(bad("files entry desc must be a string.")),
        }
    };
    items.iter().map(entry).collect()
}

/// A written path as one below a folder, `.` left out.
pub(super) fn inner_path(word: &str, written: &str) -> Result<PathBuf, Problem> {
    let bad = |message: EcoString| Err(Problem::new("R0431", "MlldFile", message));
    if written.trim().is_empty() {
        return Err(empty(word));
    }
    if written.contains('\0') {
        return bad("NUL character in a path".into());
    }
    let mut inner = PathBuf::new();
    for part in Path::new(written).components() {
        match part {
            Component::Normal(name) => inner.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                return bad(eco_format!("{word} paths cannot contain '..' traversal."));
            }
            Component::RootDir | Component::Prefix(_) => {
                return bad(eco_format!(
                    "{word} only supports relative paths. Absolute paths are not allowed."
                ));
            }
        }
    }
    Ok(inner)
}

/// As [`inner_path`], as a text.
fn inner_text(word: &str, written: &str) -> Result<EcoString, Problem> {
    Ok(inner_path(word, written)?.to_string_lossy().as_ref().into())
}

fn empty(word: &str) -> Problem {
    let message = eco_format!("{word} target path cannot be empty.");
    Problem::new("R0431", "MlldFile", message)
}

/// The path of a file below `folder`: no link on the way leads out of it, and it is none of mlld's own.
fn below(cx: &Cx<'_>, folder: &Path, inner: &Path, written: &str) -> Result<PathBuf, Problem> {
    let path = paths::lexical(&folder.join(inner));
    paths::may_write(cx, &path, written)?;
    if paths::resolved(&path).starts_with(paths::resolved(folder)) {
        return Ok(path);
    }
    let message =
        eco_format!("'{written}' is not written: a link on the way leads out of its folder");
    Err(Problem::new("R0432", "MlldSecurity", message).code("ACCESS_DENIED"))
}
