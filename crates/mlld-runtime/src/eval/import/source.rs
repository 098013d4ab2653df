//! What is imported (spec 04 §7.1, §7.2, §7.8).

use super::super::{Cx, Eval, Problem, expr, path};
use super::{Request, problem};
use crate::load;
use crate::module::reference::Reference;
use crate::value::render;
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::Mode;
use mlld_syntax::ast::{
    Expr, ExprKind, FileRef, ImportFrom, ImportKind, InterpTail, Part,
};
use std::path::{Path, PathBuf};

/// Extensions of modules that are read strictly.
const STRICT: [&str; 2] = [".mld", ".mlld"];
/// Extensions of markdown modules.
const MARKDOWN: [&str; 3] = [".mld.md", ".mlld.md", ".md"];
/// Extensions that are tried, in this order, where a name has none (spec 04 §3.3).
const TRIED: [&str; 4] = [".mld", ".mld.md", ".md", ".mlld.md"];
/// Sources that are no files, by their names without `@`.
const SPECIAL: [&str; 5] = ["payload", "state", "input", "now", "keychain"];

/// What is imported.
pub(super) enum Source {
    /// `@payload`, `@now` …, or a name that nobody knows, without its `@`.
    Special(EcoString),
    /// Something that lies somewhere.
    Found(Found),
}

/// Something to import that lies somewhere.
pub(super) struct Found {
    /// Where, links resolved.
    pub(super) real: PathBuf,
    /// What it is.
    pub(super) form: Form,
    /// The module was fetched from elsewhere.
    pub(super) remote: Option<Remote>,
}

/// A module that was fetched from elsewhere.
pub(super) struct Remote {
    /// From where.
    pub(super) address: EcoString,
    /// Its text, as it was checked.
    pub(super) bytes: Vec<u8>,
}

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A module.
    Module(Mode),
    /// `.json`.
    Json,
    /// `.jsonl`.
    JsonLines,
    /// A folder whose sub-folders are modules.
    Folder,
}

/// The source as it stands in the script, for reports.
pub(super) fn as_written<'c>(cx: &Cx<'c>, from: &ImportFrom) -> &'c str {
    match from {
        ImportFrom::Path(e) | ImportFrom::Mcp(e) => cx.text(e.span).trim_matches(['"', '\'']),
        ImportFrom::Angle(file) => cx.text(file.span).trim_matches(['<', '>']),
        ImportFrom::Reference(name) | ImportFrom::Node(name) => cx.text(name.span),
    }
}

/// Where the import is from, its variables replaced.
pub(super) fn written(cx: &Cx<'_>, from: &ImportFrom) -> Eval<Labelled<EcoString>> {
    match from {
        ImportFrom::Path(e) => match quoted_special(e) {
            Some(name) => Ok(Labelled::literal(eco_format!("@{name}"))),
            None => {
                let value = expr::value(cx, e)?;
                cx.compute(|r| Ok::<_, Problem>(render::template(value.read(r))))
            }
        },
        ImportFrom::Angle(file) => angle(cx, file),
        ImportFrom::Reference(name) => Ok(Labelled::literal(name.text.clone())),
        ImportFrom::Node(_) => cx.unsupported("Importing from a Node package"),
        ImportFrom::Mcp(_) => cx.unsupported("Importing tools of an MCP server"),
    }
}

/// `"@payload"`: the source, not the text of the variable.
fn quoted_special(e: &Expr) -> Option<&str> {
    let ExprKind::Template(t) = &e.kind else {
        return None;
    };
    let [Part::Interp(interp)] = t.parts.as_slice() else {
        return None;
    };
    let plain = interp.path.steps.is_empty()
        && interp.pipes.is_empty()
        && interp.tail == InterpTail::None
        && !interp.negate;
    let name = interp.path.name.text.as_str();
    (plain && SPECIAL.contains(&name)).then_some(name)
}

/// `<path>`.
fn angle(cx: &Cx<'_>, file: &FileRef) -> Eval<Labelled<EcoString>> {
    let extra = !file.selectors.is_empty()
        || file.section.is_some()
        || file.rename.is_some()
        || file.optional;
    if extra {
        let message = "An import takes a whole file, which must be there.";
        return Err(problem("R0903", "IMPORT_SYNTAX", message).plain());
    }
    let reader = cx.reader();
    let mut out = EcoString::new();
    for part in &file.path {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Interp(interp) => match path::in_text(cx, &interp.path)? {
                Some(value) => out.push_str(&render::template(value.read(&reader))),
                None => out.push_str(cx.text(interp.span)),
            },
            _ => return cx.unsupported("This in the path of an import"),
        }
    }
    Ok(reader.finish(cx.frame, out.trim().into()))
}

/// The name of the last part of a path, as a name of a script: without extension and version.
pub(super) fn file_name(written: &str) -> EcoString {
    let written = written.trim_end_matches('/');
    let last = written.rsplit('/').next().unwrap_or_default();
    let last = match last.strip_prefix('@') {
        Some(name) => name,
        // `@acme/valve@1.0`.
        None if written.starts_with('@') => last.split('@').next().unwrap_or_default(),
        None => last,
    };
    let known = MARKDOWN.iter().chain(&STRICT);
    let stem = known.fold(None, |found, e| found.or_else(|| last.strip_suffix(e)));
    let stem = stem.unwrap_or_else(|| match last.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => last,
    });
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    stem.chars().map(|c| if fits(c) { c } else { '_' }).collect()
}

/// What the text names. The type of the import must suit it.
pub(super) fn locate(cx: &Cx<'_>, request: &Request<'_>) -> Result<Source, Problem> {
    let written = request.written.as_str();
    let kind = request.import.kind;
    if written.starts_with("http://") || written.starts_with("https://") {
        check_type(kind, Origin::Url)?;
        return Err(Problem::unsupported("Importing from a URL"));
    }
    if written.starts_with("node:") {
        return Err(Problem::unsupported("Importing a whole Node package"));
    }
    let Some(reference) = written.strip_prefix('@') else {
        check_type(kind, Origin::File)?;
        return file(cx, request, &cx.module.folder, written).map(Source::Found);
    };
    match reference.split_once('/') {
        Some(("base" | "root", rest)) => {
            check_type(kind, Origin::File)?;
            file(cx, request, &cx.run.root, rest).map(Source::Found)
        }
        Some(("py" | "python", _)) => Err(Problem::unsupported("Importing a Python package")),
        Some(("mlld", _)) => Err(Problem::unsupported("Importing a standard policy")),
        Some(_) => {
            check_type(kind, Origin::Registry)?;
            registry(cx, request).map(Source::Found)
        }
        None => {
            let origin = match reference {
                "input" => Origin::Input,
                _ => Origin::Resolver,
            };
            check_type(kind, origin)?;
            Ok(Source::Special(reference.into()))
        }
    }
}

/// Kinds of sources, as import types know them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    File,
    Registry,
    Resolver,
    Input,
    Url,
}

/// Whether the type of an import suits its source (spec 04 §7.8).
fn check_type(kind: ImportKind, origin: Origin) -> Result<(), Problem> {
    let (suits, message) = match kind {
        ImportKind::Module => (
            origin == Origin::Registry,
            "Import type 'module' requires a registry module reference.",
        ),
        ImportKind::Static => (
            origin == Origin::File,
            "Import type 'static' supports local files or @root/@base/@project resolver paths.",
        ),
        ImportKind::Live => (
            matches!(origin, Origin::Resolver | Origin::Input | Origin::Url),
            "Import type 'live' is only valid for resolvers, URLs, or @input.",
        ),
        ImportKind::Cached(_) => (
            origin == Origin::Url,
            "Import type 'cached' requires an absolute URL source.",
        ),
        _ => return Ok(()),
    };
    if suits {
        return Ok(());
    }
    Err(problem("R0906", "IMPORT_TYPE_MISMATCH", message))
}

/// A file or folder; a relative path starts at `base`.
fn file(
    cx: &Cx<'_>,
    request: &Request<'_>,
    base: &Path,
    rest: &str,
) -> Result<Found, Problem> {
    if rest.is_empty() {
        return Err(Problem::new("R0412", "MlldFile", "The path is empty"));
    }
    let readable = |path: &Path| load::path::readable(cx, &path.to_string_lossy());
    let path = readable(&base.join(rest))?;
    let path = existing(&path).ok_or_else(|| not_found(&request.written))?;
    let real = path
        .canonicalize()
        .map_err(|_| not_found(&request.written))?;
    // A link may lead to what may not be read.
    let real = readable(&real)?;
    if real.is_dir() {
        return Ok(folder(real, rest.ends_with('/')));
    }
    let form = form(&real, &request.written)?;
    Ok(Found {
        real,
        form,
        remote: None,
    })
}

/// The path, or the one with an extension that it means.
fn existing(path: &Path) -> Option<PathBuf> {
    if path.exists() {
        return Some(path.to_path_buf());
    }
    if path.extension().is_some() {
        return None;
    }
    let name = path.file_name()?.to_str()?;
    let mut tried = TRIED.iter().map(|e| path.with_file_name(format!("{name}{e}")));
    tried.find(|p| p.is_file())
}

fn not_found(written: &str) -> Problem {
    let message = eco_format!("File not found: {written}");
    Problem::new("R0401", "MlldFileNotFound", message)
        .code("FILE_NOT_FOUND")
        .hint("Paths resolve relative to the current mlld file directory. Use @root/... to resolve from the project root.")
}

/// A folder: its `index.mld`, or a module for each of its sub-folders (spec 04 §7.7).
fn folder(real: PathBuf, slash: bool) -> Found {
    let index = real.join(INDEX);
    let (real, form) = match index.canonicalize() {
        Ok(index) if !slash && index.is_file() => (index, Form::Module(Mode::Strict)),
        _ => (real, Form::Folder),
    };
    Found {
        real,
        form,
        remote: None,
    }
}

/// The file that makes a folder a module.
pub(super) const INDEX: &str = "index.mld";

/// What a file is, by its name.
fn form(path: &Path, written: &str) -> Result<Form, Problem> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let ends = |list: &[&str]| list.iter().any(|e| name.ends_with(e));
    if ends(&STRICT) {
        return Ok(Form::Module(Mode::Strict));
    }
    if ends(&MARKDOWN) {
        return Ok(Form::Module(Mode::Markdown));
    }
    if ends(&[".json"]) {
        return Ok(Form::Json);
    }
    if ends(&[".jsonl"]) {
        return Ok(Form::JsonLines);
    }
    if ends(&[".att", ".mtt"]) {
        let message = eco_format!(
            "Template files cannot be imported: {written}. Use an executable template instead."
        );
        return Err(problem("R0907", "TEMPLATE_IMPORT_NOT_ALLOWED", message)
            .hint("Write: exe @name(…) = template \"file.att\""));
    }
    let message = eco_format!("{written} cannot be imported as a module");
    Err(problem("R0908", "IMPORT_NOT_A_MODULE", message)
        .hint("Modules are .mld, .mlld and .md files; .json and .jsonl files can be imported as data. Any other file is loaded: var @text = <file>"))
}

/// `@author/name`: what the lock file says of it, from the cache (spec 04 §10).
fn registry(cx: &Cx<'_>, request: &Request<'_>) -> Result<Found, Problem> {
    let reference = Reference::parse(&request.written)?;
    let module = cx.run.locked.resolve(cx.run, &reference)?;
    let mode = match reference.is_markdown() {
        true => Mode::Markdown,
        false => Mode::Strict,
    };
    Ok(Found {
        real: module.path,
        form: Form::Module(mode),
        remote: Some(Remote {
            address: module.address,
            bytes: module.bytes,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_whole_modules() {
        for (written, name) in [
            ("./lib/plant.mld", "plant"),
            ("./lib/my-plant.mld.md", "my_plant"),
            ("plant", "plant"),
            ("./a.b.json", "a_b"),
            ("./team/", "team"),
            ("@acme/valve", "valve"),
            ("@acme/valve@^1.2.0", "valve"),
            ("@acme/valve.mld@1.0.0", "valve"),
            ("@payload", "payload"),
            ("../", "__"),
        ] {
            assert_eq!(file_name(written), name, "{written}");
        }
    }
}
