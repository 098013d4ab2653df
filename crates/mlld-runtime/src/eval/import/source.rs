//! What is imported (spec 04 §7.1, §7.2, §7.8).

use super::super::file::{self, Start, Written};
use super::super::{Cx, Eval, Problem, expr, path};
use super::{Request, problem, url};
use crate::effect::read::{FilePath, ReadError};
use crate::load;
use crate::module::reference::Reference;
use crate::module::{cache, local, prefix};
use crate::net;
use crate::value::render;
use ::url::Url;
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::Mode;
use mlld_syntax::ast::{Expr, ExprKind, FileRef, ImportFrom, ImportKind, Interp, InterpTail, Part};

/// Extensions of modules that are read strictly.
const STRICT: [&str; 2] = [".mld", ".mlld"];
/// Extensions of markdown modules.
const MARKDOWN: [&str; 3] = [".mld.md", ".mlld.md", ".md"];
/// Sources that are no files, by their names without `@`.
const SPECIAL: [&str; 5] = ["payload", "state", "input", "now", "keychain"];

/// Beginnings of paths that are no names of modules.
const SPECIAL_ROOTS: [&str; 3] = ["@base/", "@root/", "@project/"];

/// What is imported.
pub(super) enum Source {
    /// `@payload`, `@now` …, or a name that nobody knows, without its `@`.
    Special(EcoString),
    /// Something that lies somewhere.
    Found(Found),
    /// Something at a URL.
    Url(Url, Form),
}

/// Something to import that lies somewhere.
pub(super) struct Found {
    /// Where.
    pub(super) file: FilePath,
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
        ImportFrom::Path(e) => match &e.kind {
            ExprKind::Template(t) => match path_text(cx, &t.parts)? {
                Some(text) => Ok(text),
                None => text_of(cx, e),
            },
            _ => text_of(cx, e),
        },
        ImportFrom::Angle(file) => angle(cx, file),
        ImportFrom::Reference(name) => Ok(Labelled::literal(name.text.clone())),
        ImportFrom::Node(name) => Ok(Labelled::literal(node_name(&name.text))),
        ImportFrom::Mcp(_) => cx.unsupported("Importing tools of an MCP server"),
    }
}

/// How messages name a package of node.
fn node_name(package: &str) -> EcoString {
    eco_format!("node:{package}")
}

/// Whether the type of an import suits a package of node.
pub(super) fn check_node(kind: ImportKind) -> Result<(), Problem> {
    check_type(kind, Origin::Node)
}

fn text_of(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<EcoString>> {
    let value = expr::value(cx, e)?;
    cx.compute(|r| Ok::<_, Problem>(render::template(value.read(r))))
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
    match path_text(cx, &file.path)? {
        Some(text) => Ok(text),
        None => cx.unsupported("This in the path of an import"),
    }
}

/// The text of a path. `@base` and `@root` in front, and a special source, are what they are called, not their values.
/// `None` if there is more in it than texts and plain variables.
fn path_text(cx: &Cx<'_>, parts: &[Part]) -> Eval<Option<Labelled<EcoString>>> {
    let reader = cx.reader();
    let mut out = EcoString::new();
    for (i, part) in parts.iter().enumerate() {
        let interp = match part {
            Part::Text(text) => {
                out.push_str(text);
                continue;
            }
            Part::Interp(interp) if is_plain(interp) => interp,
            _ => return Ok(None),
        };
        let name = &interp.path.name.text;
        let by_name = i == 0 && file::is_root(cx, interp)
            || parts.len() == 1 && interp.path.steps.is_empty() && SPECIAL.contains(&name.as_str());
        let value = match by_name {
            true => None,
            false => path::in_text(cx, &interp.path)?,
        };
        match value {
            Some(value) => {
                let value = value.read(&reader);
                if load::workspace::number(value).is_some() {
                    return cx.unsupported("Importing from a workspace");
                }
                out.push_str(&render::template(value));
            }
            None => out.push_str(cx.text(interp.span)),
        }
    }
    Ok(Some(reader.finish(cx.frame, out.trim().into())))
}

fn is_plain(interp: &Interp) -> bool {
    interp.pipes.is_empty() && interp.tail == InterpTail::None && !interp.negate
}

/// The name of the last part of a path, as a name of a script: without extension and version.
pub(super) fn file_name(written: &str) -> EcoString {
    let written = match net::is_address(written) {
        true => written.split(['?', '#']).next().unwrap_or_default(),
        false => written,
    };
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
    stem.chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect()
}

/// What the text names. The type of the import must suit it.
pub(super) fn locate(cx: &Cx<'_>, request: &Request<'_>) -> Result<Source, Problem> {
    let written = request.written.as_str();
    let kind = request.import.kind;
    if kind == ImportKind::Local {
        return local_module(cx, written).map(Source::Found);
    }
    if let Some(url) = url::named(cx, written)? {
        check_type(kind, Origin::Url)?;
        let name = url.path_segments().and_then(Iterator::last);
        let form = form(name.unwrap_or_default(), written)?;
        return Ok(Source::Url(url, form));
    }
    if written.starts_with("node:") {
        return Err(Problem::unsupported("Importing a whole Node package"));
    }
    let Some(reference) = written.strip_prefix('@') else {
        check_type(kind, Origin::File)?;
        return file(cx, &Written::of_text(written.into())).map(Source::Found);
    };
    match reference.split_once('/') {
        Some(("base" | "root", rest)) => {
            check_type(kind, Origin::File)?;
            let written = Written {
                shown: written.into(),
                start: Start::Root,
                rest: rest.into(),
            };
            file(cx, &written).map(Source::Found)
        }
        Some(("py" | "python", _)) => Err(Problem::unsupported("Importing a Python package")),
        Some(("mlld", _)) => Err(Problem::unsupported("Importing a standard policy")),
        Some(_) if prefix::begins(cx, written) => {
            check_type(kind, Origin::Resolver)?;
            file(cx, &Written::of_text(written.into())).map(Source::Found)
        }
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
    Node,
    Resolver,
    Input,
    Url,
}

/// Whether the type of an import suits its source (spec 04 §7.8).
fn check_type(kind: ImportKind, origin: Origin) -> Result<(), Problem> {
    let (suits, message) = match kind {
        ImportKind::Module => (
            matches!(origin, Origin::Registry | Origin::Node),
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

/// A module of the folder for local modules (spec 04 §7.8).
fn local_module(cx: &Cx<'_>, written: &str) -> Result<Found, Problem> {
    let names_one = written.starts_with('@') && written.contains('/');
    if !names_one || SPECIAL_ROOTS.iter().any(|r| written.starts_with(r)) {
        let message = "Import type 'local' expects an @local/... module.";
        return Err(problem("R0906", "IMPORT_TYPE_MISMATCH", message));
    }
    let file = local::find(cx, written)?;
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let form = form(&name, written)?;
    Ok(Found {
        file,
        form,
        remote: None,
    })
}

/// A file or folder.
fn file(cx: &Cx<'_>, written: &Written) -> Result<Found, Problem> {
    let path = file::find(cx, written)?;
    let Some(real) = &path.real else {
        return Err(file::cannot_read(cx, written, &path, &ReadError::Missing));
    };
    // Nothing checks what lies beside a cached content, and what is imported by its path is not checked either.
    if let Some(home) = &cx.run.options.home
        && cache::holds(home, real)
    {
        let message = eco_format!("{} lies in the cache of modules", written.shown);
        return Err(problem("R0933", "IMPORT_ERROR", message)
            .hint("Import a module of a registry by its name: import { x } from @author/name"));
    }
    if real.is_dir() {
        return folder(cx, written, path);
    }
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    let form = form(&name, &written.shown)?;
    Ok(Found {
        file: path,
        form,
        remote: None,
    })
}

/// A folder: its `index.mld`, or a module for each of its sub-folders (spec 04 §7.7).
fn folder(cx: &Cx<'_>, written: &Written, path: FilePath) -> Result<Found, Problem> {
    let index = index_of(cx, &path, &written.shown)?;
    let (file, form) = match index {
        Some(index) if !written.rest.ends_with('/') => (index, Form::Module(Mode::Strict)),
        _ => (path, Form::Folder),
    };
    Ok(Found {
        file,
        form,
        remote: None,
    })
}

/// The `index.mld` of a folder, if it has one.
pub(super) fn index_of(
    cx: &Cx<'_>,
    folder: &FilePath,
    shown: &str,
) -> Result<Option<FilePath>, Problem> {
    let index = FilePath::resolve(folder.path.join(INDEX));
    if !index.real.as_ref().is_some_and(|real| real.is_file()) {
        return Ok(None);
    }
    // A link may lead to what may not be read.
    load::path::may_read(cx, &index, shown)?;
    Ok(Some(index))
}

/// The file that makes a folder a module.
pub(super) const INDEX: &str = "index.mld";

/// What a file is, by its name.
fn form(name: &str, written: &str) -> Result<Form, Problem> {
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
    let mode = match module.markdown {
        true => Mode::Markdown,
        false => Mode::Strict,
    };
    Ok(Found {
        file: FilePath {
            real: Some(module.path.clone()),
            path: module.path,
        },
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
            (
                "https://h.example:8080/a/my-plant.mld?v=1.2/x#y",
                "my_plant",
            ),
        ] {
            assert_eq!(file_name(written), name, "{written}");
        }
    }
}
