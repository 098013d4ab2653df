//! Evaluating what is imported, once a run (spec 04 §7.2, §7.3, §7.7).

use super::super::{
    At, Cx, Eval, Failure, Globals, Hooks, ModuleEnv, Problem, expr, options, run_module,
};
use super::source::{Form, Found, INDEX, index_of};
use super::{Request, of_module, problem, url};
use crate::effect::module;
use crate::effect::read::FilePath;
use crate::load;
use crate::module::{
    Added, BadExport, Entry, Exports, Imported, Namespace, Origin, check, collect, folder,
};
use crate::net::{self, Purpose};
use crate::report::Report;
use crate::run::{ScriptText, front_matter};
use crate::source::{self, Unreadable};
use crate::value::{Value, json, render};
use ::url::Url;
use ecow::{EcoString, eco_format};
use indexmap::IndexMap;
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Entry as WithEntry, ImportKind, Module};
use mlld_syntax::{Diagnostic, Mode, Severity};
use rustc_hash::FxBuildHasher;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What something gives that was found, and what an import adds to all of it.
pub(super) fn found(
    cx: &Cx<'_>,
    request: &Request<'_>,
    found: Found,
) -> Eval<(Arc<Exports>, Added)> {
    if found.form == Form::Folder {
        let exports = folder_of_modules(cx, request, found.file)?;
        return Ok((Arc::new(exports), Added::default()));
    }
    no_options(request)?;
    file(cx, request, found)
}

/// As [`found`], for what lies in one file.
fn file(cx: &Cx<'_>, request: &Request<'_>, mut found: Found) -> Eval<(Arc<Exports>, Added)> {
    let store = cx.run.store();
    let real = found.file.real.clone().unwrap_or_default();
    let remote = found.remote.take();
    let added = match &remote {
        Some(remote) => Added::remote(store, [remote.address.as_str()]),
        None => Added::local(store, load::provenance(store, [real.as_path()])),
    };
    let permit = request.permit(cx, found.file.clone())?;
    if let Some(exports) = cx.run.imports.evaluated(&real) {
        return Ok((exports, added));
    }
    // Messages name places in it: what the path was made of is not to be read there.
    let name = match &remote {
        None if request.labels.is_empty() => name_of(cx.module, &real),
        _ => request.shown.as_str().into(),
    };
    let provenance = match &remote {
        Some(remote) => store.provenance(["src:network"], [remote.address.as_str()]),
        None => load::provenance(store, [real.as_path()]),
    };
    let is_remote = remote.is_some();
    let text = match remote {
        Some(remote) => source::read_stream(remote.bytes.as_slice()),
        None => module::text(permit),
    };
    let text = text.or_else(|e| request.fail(unreadable(request, &e)))?;
    if let Some(problem) = blocked(cx, &request.written, &text) {
        return request.fail(problem);
    }
    let exports = match found.form {
        Form::Module(mode) => {
            let folder = real.parent().unwrap_or(Path::new("/")).to_path_buf();
            let origin = match is_remote {
                true => Origin::locked(real.clone()),
                false => Origin::imported(real.clone()),
            };
            evaluate(
                cx,
                request,
                (origin, folder),
                parse(cx, request, (name, provenance), text, mode)?,
            )?
        }
        form => {
            let name = real.file_name().unwrap_or_default().to_string_lossy();
            data(cx, request, (form, &name, provenance), &text)?
        }
    };
    let exports = Arc::new(exports);
    cx.run.imports.put(real, Arc::clone(&exports));
    Ok((exports, added))
}

/// Why content may not be imported, if the configuration forbids that (spec 04 §12).
pub(super) fn blocked(cx: &Cx<'_>, written: &str, text: &str) -> Option<Problem> {
    let patterns = &cx.run.loads.config().blocked_patterns;
    let pattern = patterns.iter().find(|p| p.is_match(text))?;
    let message = eco_format!("Import refused: {written} holds what the configuration blocks");
    let mut problem = problem("R0951", "IMPORT_BLOCKED", message);
    problem
        .details
        .push(eco_format!("security.blockedPatterns: {pattern}"));
    Some(problem.fatal())
}

/// What something at a URL gives.
pub(super) fn url(
    cx: &Cx<'_>,
    request: &Request<'_>,
    mut address: Url,
    form: Form,
) -> Eval<(Arc<Exports>, Added)> {
    no_options(request)?;
    address.set_fragment(None);
    let store = cx.run.store();
    let known_as = PathBuf::from(address.as_str());
    let added = |hops: &[Url]| Added::remote(store, net::sources(hops));
    let purpose = match form {
        Form::Module(_) => Purpose::Module,
        _ => Purpose::ImportedData,
    };
    let done = cx.run.imports.evaluated(&known_as);
    if let (Some(exports), Some(hops)) = (done, cx.run.imports.hops(&known_as))
        && request.import.kind != ImportKind::Live
    {
        // Whether this import may be does not depend on who made it before.
        url::judge(cx, request, &hops, purpose)?;
        return Ok((exports, added(&hops)));
    }
    let fetched = url::fetch(cx, request, &address, purpose)?;
    let added = added(&fetched.hops);
    let text = source::read_stream(fetched.bytes.as_slice());
    let text = text.or_else(|e| request.fail(unreadable(request, &e)))?;
    if let Some(problem) = blocked(cx, &request.written, &text) {
        return request.fail(problem);
    }
    let provenance = store.provenance(["src:network"], net::sources(&fetched.hops));
    let exports = match form {
        Form::Module(mode) => {
            // Messages name places in it: what the address was made of is not to be read there.
            let name = match request.labels.is_empty() {
                true => address.as_str().into(),
                false => request.shown.as_str().into(),
            };
            // What it writes goes where the project is; what it names lies where it came from.
            let place = (
                Origin::fetched(known_as.clone(), fetched.url().unwrap_or(&address).clone()),
                cx.run.root.clone(),
            );
            let parsed = parse(cx, request, (name, provenance), text, mode)?;
            evaluate(cx, request, place, parsed)?
        }
        form => {
            let name = address.path_segments().and_then(Iterator::last);
            let name = name.unwrap_or_default();
            data(cx, request, (form, name, provenance), &text)?
        }
    };
    let exports = Arc::new(exports);
    cx.run.imports.put(known_as.clone(), Arc::clone(&exports));
    cx.run.imports.put_hops(known_as, fetched.hops.into());
    Ok((exports, added))
}

/// Only folders have options.
pub(super) fn no_options(request: &Request<'_>) -> Eval<()> {
    let Some(with) = &request.import.with else {
        return Ok(());
    };
    let first = with.entries.first();
    let Some(WithEntry::Pair(pair)) = first else {
        return Ok(());
    };
    if pair.key.text != SKIP_DIRS {
        return Err(options::unknown(&pair.key.text, [SKIP_DIRS].into_iter()));
    }
    let message = "The option 'skipDirs' is for folders of modules";
    Err(problem("R0914", "DIRECTORY_IMPORT_INVALID_OPTION", message).plain())
}

/// Why a file that is there cannot be read.
fn unreadable(request: &Request<'_>, error: &Unreadable) -> Problem {
    let file: Arc<str> = request.written.as_str().into();
    let report = Report::from_unreadable(&file, error);
    let message = eco_format!("Failed to load content: {file} ({})", report.message);
    let mut problem = Problem::new("R0402", "MlldFile", message);
    problem.hint = report.hint;
    problem
}

/// The exports of a module. It has names, hooks and a scope of its own.
fn evaluate(
    cx: &Cx<'_>,
    request: &Request<'_>,
    (origin, folder): (Origin, PathBuf),
    parsed: Parsed,
) -> Eval<Exports> {
    let written = &request.shown;
    let Parsed { script, tree } = parsed;
    let front_matter = front_matter(&script, &tree).map_err(|e| of_module(*e, written))?;
    let importer = &cx.module.origin;
    let importer = match importer.url {
        Some(_) => importer.file.clone(),
        None => load::path::resolved(&importer.file),
    };
    let place = cx.place(cx.stmt.span);
    let entered = cx
        .run
        .imports
        .enter(&importer, place, &origin.file, written);
    let _entered = entered.or_else(|p| request.fail(p))?;
    let module = cx.run.add_module(|number| ModuleEnv {
        number,
        script: Arc::clone(&script),
        tree,
        globals: Globals::default(),
        hooks: Hooks::default(),
        folder,
        front_matter,
        origin,
    });
    let left = cx
        .deeper(|| run_module(cx.run, &module, cx.inherited()))
        .map_err(|e| of_module(*e, written))?;
    cx.take_over(left);
    collect(cx.run.store(), &module).map_err(|bad| of_module(*bad_export(&module, bad), written))
}

/// Whether all that the script exports is there: as of a module, that is asked at its end (spec 04 §7.4).
pub(in crate::eval) fn check_exports(script: &ModuleEnv) -> Eval<()> {
    check(script).map_err(|bad| bad_export(script, bad))
}

fn bad_export(module: &ModuleEnv, bad: BadExport) -> Box<Failure> {
    let mut problem = bad.problem;
    problem.details.push(eco_format!("Code: {}", problem.code));
    problem.at = Some(At {
        script: Arc::clone(&module.script),
        span: bad.name.span,
        subject: "export".into(),
    });
    problem.plain()
}

/// The exports of a data file: the keys of an object, or `content` (spec 04 §7.2).
fn data(
    cx: &Cx<'_>,
    request: &Request<'_>,
    (form, name, provenance): (Form, &str, Descriptor),
    text: &str,
) -> Eval<Exports> {
    let store = cx.run.store();
    let failed = |message: EcoString| {
        let message = eco_format!("Failed to load content: {}: {message}", request.written);
        Problem::new("R0403", "MlldFile", message).about(store.join(request.inside, provenance))
    };
    let value = match form {
        Form::JsonLines => json::parse_lines(text).map_err(|e| {
            let (line, why) = (e.line, e.error.message);
            failed(eco_format!(
                "Failed to parse JSONL from {name} at line {line} ({why})"
            ))
        })?,
        _ => json::parse(text.trim()).map_err(|e| {
            failed(eco_format!(
                "Failed to parse JSON from {name} ({})",
                e.message
            ))
        })?,
    };
    let entry = |value: &Value| Entry::new(store, Labelled::literal(value.clone()), None);
    let entries = match &value {
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), entry(v))).collect(),
        other => [("content".into(), entry(other))].into_iter().collect(),
    };
    Exports::new(store, entries, None).map_err(|e| failed(e.message))
}

/// The option that says which folders are left out.
const SKIP_DIRS: &str = "skipDirs";

/// A folder: every sub-folder that has an `index.mld` is a member (spec 04 §7.7).
fn folder_of_modules(cx: &Cx<'_>, request: &Request<'_>, folder: FilePath) -> Eval<Exports> {
    let skip = skipped(cx, request)?;
    let permit = request.permit(cx, folder.clone())?;
    let names = module::listing(permit).or_else(|why| {
        let message = eco_format!("Failed to load content: {} ({why})", request.written);
        request.fail(Problem::new("R0402", "MlldFile", message))
    })?;
    let store = cx.run.store();
    let mut entries: IndexMap<EcoString, Entry, FxBuildHasher> = IndexMap::default();
    for name in names.iter().filter(|n| !skip.matches(n)) {
        let inside = FilePath::resolve(folder.path.join(name));
        let index = index_of(cx, &inside, &request.written).or_else(|p| request.fail(p))?;
        let Some(index) = index else { continue };
        let key = folder::key(name);
        if entries.contains_key(&key) {
            let message = eco_format!(
                "Duplicate directory import key '{key}' under {}",
                request.written
            );
            let provenance = load::provenance(store, folder.real.as_deref());
            let problem = problem("R0915", "DIRECTORY_IMPORT_DUPLICATE", message);
            return request.fail_inside(cx, problem, provenance);
        }
        entries.insert(key, member(cx, request, name, index)?);
    }
    if entries.is_empty() {
        let message = eco_format!("No index.mld modules found under {}", request.written);
        return request.fail(problem("R0916", "DIRECTORY_IMPORT_EMPTY", message));
    }
    Exports::new(store, entries, None).or_else(|e| request.fail(Problem::from(e)))
}

/// A sub-folder as a member: a whole module, with the labels of its own file.
fn member(cx: &Cx<'_>, request: &Request<'_>, name: &str, index: FilePath) -> Eval<Entry> {
    let below = |folder: &str| eco_format!("{}/{name}/{INDEX}", folder.trim_end_matches('/'));
    let inner = Request {
        written: below(&request.written),
        shown: below(&request.shown),
        ..*request
    };
    let index = Found {
        file: index,
        form: Form::Module(Mode::Strict),
        remote: None,
    };
    let store = cx.run.store();
    let (exports, added) = file(cx, &inner, index)?;
    let namespace = Namespace::new(exports, added, inner.shown.clone());
    let whole = namespace.whole(store);
    let imported = Imported {
        from: inner.shown,
        by_name: true,
        callable: None,
        namespace: Some(namespace),
    };
    Ok(Entry::new(store, whole, Some(Arc::new(imported))))
}

/// Which folders are left out.
fn skipped(cx: &Cx<'_>, request: &Request<'_>) -> Eval<folder::Skip> {
    let Some(with) = &request.import.with else {
        return Ok(folder::Skip::default());
    };
    let mut skip = folder::Skip::default();
    for entry in &with.entries {
        let WithEntry::Pair(pair) = entry else {
            return cx.unsupported("A spread in `with { … }`");
        };
        if pair.key.text != SKIP_DIRS {
            return Err(options::unknown(&pair.key.text, [SKIP_DIRS].into_iter()));
        }
        let value = expr::value(cx, &pair.value)?;
        let patterns = cx.compute(|r| match value.read(r).data() {
            Value::Array(items) => folder::Skip::new(items.iter().map(render::template)),
            _ => Err(problem(
                "R0914",
                "DIRECTORY_IMPORT_INVALID_OPTION",
                "Import with { skipDirs: [...] } expects an array",
            )),
        })?;
        // Which modules there are tells what the list holds.
        let labels = patterns.descriptor();
        if !labels.is_empty() {
            return cx.unsupported("A labelled list of `skipDirs`");
        }
        skip = patterns.take(cx.frame);
    }
    if with.pipeline.is_some() || with.using.is_some() {
        return cx.unsupported("A pipeline or credentials of an import");
    }
    Ok(skip)
}

/// A module that has been parsed.
struct Parsed {
    script: Arc<ScriptText>,
    tree: Arc<Module>,
}

/// Parses a module: a mistake means that nothing of it is evaluated.
fn parse(
    cx: &Cx<'_>,
    request: &Request<'_>,
    (name, provenance): (Arc<str>, Descriptor),
    text: String,
    mode: Mode,
) -> Eval<Parsed> {
    let labels = cx.run.store().join(request.inside, provenance);
    let parsed = mlld_syntax::parse(&text, mode);
    let errors = |d: &&Diagnostic| d.severity == Severity::Error;
    let first = parsed.diagnostics.iter().find(errors).map(|d| d.span);
    let report = Report::from_diagnostics(&name, &text, &parsed.diagnostics);
    let script = ScriptText::new(&name, &text.into(), &parsed.module).labelled(labels);
    let script = Arc::new(script);
    let (Some(report), Some(span)) = (report, first) else {
        return Ok(Parsed {
            script,
            tree: Arc::new(parsed.module),
        });
    };
    let message = eco_format!(
        "Failed to parse imported file '{}': {}",
        request.written,
        report.message
    );
    let mut problem = Problem::new(report.number, report.kind, message).code(report.code);
    problem.hint = report.hint;
    problem.details = report.details;
    problem.at = Some(At {
        script,
        span,
        subject: "import".into(),
    });
    request.fail_inside(cx, problem, provenance)
}

/// How messages name the file of a module: as that of its importer, from the same folder on.
fn name_of(importer: &ModuleEnv, real: &Path) -> Arc<str> {
    let folder = load::path::resolved(&importer.folder);
    let Ok(beside) = real.strip_prefix(&folder) else {
        let relative = load::path::relative(&folder, real);
        let parent = Path::new(&*importer.script.name).parent();
        return joined(
            parent.unwrap_or(Path::new("")),
            Path::new(relative.as_str()),
        );
    };
    let parent = Path::new(&*importer.script.name).parent();
    parent
        .unwrap_or(Path::new(""))
        .join(beside)
        .to_string_lossy()
        .into()
}

/// Two relative paths, one behind the other, `..` taken back where there is something to take back.
fn joined(first: &Path, second: &Path) -> Arc<str> {
    let mut out = PathBuf::new();
    for part in first.components().chain(second.components()) {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                let last = out.components().next_back();
                if matches!(last, Some(Component::Normal(_))) {
                    out.pop();
                } else {
                    out.push("..");
                }
            }
            other => out.push(other),
        }
    }
    out.to_string_lossy().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_above() {
        let join = |a: &str, b: &str| joined(Path::new(a), Path::new(b)).to_string();
        assert_eq!(join("tools", "./../lib/x.mld"), "lib/x.mld");
        assert_eq!(join("", "./../x.mld"), "../x.mld");
        assert_eq!(join("..", "./../x.mld"), "../../x.mld");
        assert_eq!(join("/p/a", "./b"), "/p/a/b");
    }
}
