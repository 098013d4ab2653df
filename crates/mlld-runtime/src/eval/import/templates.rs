//! `import templates from "dir" as @t(p1, p2)`: a folder of templates as executables (spec 04 §4).

use super::super::file::{self, Start, Written as FileName, external};
use super::super::{Cx, Eval, Globals, Hooks, ModuleEnv, Problem};
use super::source::file_name;
use super::{Request, problem};
use crate::effect::module;
use crate::effect::read::{FilePath, ReadError};
use crate::load;
use crate::module::{Origin, folder};
use crate::run::ScriptText;
use crate::value::{Executable, Home, Object, Value, depth};
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::Mode;
use mlld_syntax::ast::{
    Expr, ExprKind, Interp, InterpTail, Param, Part, Path, Quote, Stage, StageKind, Step, StepKind,
};
use std::fmt::Write;
use std::path::Path as OsPath;
use std::sync::Arc;

/// Folders in one another.
const DEEPEST: usize = 50;
/// Templates of one import.
const MOST: usize = 10_000;

/// Names that a template may use besides its parameters.
const AMBIENT: [&str; 6] = ["mx", "pipeline", "p", "state", "payload", "input"];

/// The templates under a folder, as an object of executables.
pub(super) fn bring(
    cx: &Cx<'_>,
    request: &Request<'_>,
    params: Option<&[Param]>,
) -> Eval<Labelled<Value>> {
    let Some(params) = params.filter(|p| !p.is_empty()) else {
        let message = "Templates import requires parameters. Use: import templates from \"dir\" as @name(param1, param2)";
        return Err(problem("R0917", "TEMPLATE_IMPORT_MISSING_PARAMS", message).plain());
    };
    let folder = locate(cx, request).or_else(|p| request.fail(p))?;
    let mut found = Vec::new();
    let tree = collect(cx, request, (&folder, &request.shown), &mut found, &[])?;
    if found.is_empty() {
        let message = eco_format!("No templates found under {}", request.written);
        return request.fail(problem("R0918", "TEMPLATE_IMPORT_EMPTY", message));
    }
    let params: Vec<EcoString> = params.iter().map(|p| p.name.text.clone()).collect();
    let module = definitions(cx, request, &folder, &params, found.len());
    for (index, template) in found.iter().enumerate() {
        define(cx, request, template, &params, home(&module, index))?;
    }
    let object = objects(&tree, &module, &params);
    let object = depth::object(object).or_else(|e| request.fail(Problem::from(e)))?;
    Ok(Labelled::entering(object, request.labels))
}

/// A template file.
struct Template {
    file: FilePath,
    quote: Quote,
    /// Its name, for messages.
    name: EcoString,
    /// Its path as it might be written, for messages.
    shown: EcoString,
}

/// What lies in a folder: templates by their numbers, and folders.
enum Node {
    Template(usize),
    Folder(Vec<(EcoString, Node)>),
}

fn locate(cx: &Cx<'_>, request: &Request<'_>) -> Result<FilePath, Problem> {
    let written = request.written.as_str();
    let written = match written
        .strip_prefix("@base/")
        .or(written.strip_prefix("@root/"))
    {
        Some(rest) => FileName {
            shown: written.into(),
            start: Start::Root,
            rest: rest.into(),
        },
        None => FileName::of_text(written.into()),
    };
    let path = file::find(cx, &written)?;
    match &path.real {
        None => Err(file::cannot_read(cx, &written, &path, &ReadError::Missing)),
        Some(real) if real.is_dir() => Ok(path),
        Some(_) => {
            let message = eco_format!(
                "Templates import must target a directory: {}",
                request.written
            );
            Err(problem("R0919", "TEMPLATE_IMPORT_NOT_DIRECTORY", message))
        }
    }
}

/// The templates under a folder, and how they lie in it.
fn collect(
    cx: &Cx<'_>,
    request: &Request<'_>,
    (at, shown): (&FilePath, &str),
    found: &mut Vec<Template>,
    around: &[&OsPath],
) -> Eval<Vec<(EcoString, Node)>> {
    let shown = shown.trim_end_matches('/');
    let real = at.real.as_deref().unwrap_or(&at.path);
    // A link that leads back to where it lies holds nothing new.
    if around.contains(&real) {
        return Ok(Vec::new());
    }
    let around = &[around, &[real]].concat();
    if around.len() > DEEPEST {
        let message = eco_format!("The folders under {shown} nest deeper than {DEEPEST}");
        return request.fail(Problem::new("R0402", "MlldFile", message));
    }
    let permit = request.permit(cx, at.clone())?;
    let listing = module::listing(permit).or_else(|why| {
        let message = eco_format!("Failed to load content: {shown} ({why})");
        request.fail(Problem::new("R0402", "MlldFile", message))
    })?;
    let mut nodes: Vec<(EcoString, Node)> = Vec::new();
    for name in listing {
        let file = FilePath::resolve(at.path.join(&name));
        let Some(real) = &file.real else { continue };
        let shown = &eco_format!("{shown}/{name}");
        let (stem, node) = if real.is_dir() {
            load::path::may_read(cx, &file, shown).or_else(|p| request.fail(p))?;
            let inside = cx.deeper(|| collect(cx, request, (&file, shown), found, around))?;
            if inside.is_empty() {
                continue;
            }
            (name.as_str(), Node::Folder(inside))
        } else if let Some(quote) = external::quote_of(&name) {
            let stem = name
                .rsplit_once('.')
                .map_or(name.as_str(), |(stem, _)| stem);
            if found.len() >= MOST {
                let message = eco_format!("There are more than {MOST} templates under {shown}");
                return request.fail(Problem::new("R0402", "MlldFile", message));
            }
            found.push(Template {
                name: name.as_str().into(),
                shown: shown.clone(),
                quote,
                file,
            });
            (stem, Node::Template(found.len() - 1))
        } else {
            continue;
        };
        let key = folder::key(stem);
        if let Some((_, other)) = nodes.iter().find(|(k, _)| *k == key) {
            let code = match (&node, other) {
                (Node::Template(_), Node::Template(_)) => "TEMPLATE_IMPORT_DUPLICATE_TEMPLATE",
                _ => "TEMPLATE_IMPORT_DUPLICATE_GROUP",
            };
            let folder = request.shown.trim_end_matches('/');
            let message = eco_format!("Duplicate template name '{key}' in {folder}");
            let provenance = load::provenance(cx.run.store(), at.real.as_deref());
            return request.fail_inside(cx, problem("R0926", code, message), provenance);
        }
        nodes.push((key, node));
    }
    Ok(nodes)
}

/// A module that defines an executable for each template: what a call evaluates.
fn definitions(
    cx: &Cx<'_>,
    request: &Request<'_>,
    folder: &FilePath,
    params: &[EcoString],
    count: usize,
) -> Arc<ModuleEnv> {
    let mut text = String::new();
    let params = params.join(", ");
    for index in 0..count {
        let _ = writeln!(text, "exe @t{index}({params}) = template 'templates'");
    }
    let tree = Arc::new(mlld_syntax::parse(&text, Mode::Strict).module);
    let name = eco_format!("<{}>", file_name(&request.shown));
    let script = Arc::new(ScriptText::new(&name.as_str().into(), &text.into(), &tree));
    cx.run.add_module(|number| ModuleEnv {
        number,
        script,
        tree,
        globals: Globals::default(),
        hooks: Hooks::default(),
        folder: folder.path.clone(),
        front_matter: None,
        origin: Origin::imported(folder.path.clone()),
    })
}

fn home(module: &ModuleEnv, index: usize) -> Home {
    Home {
        module: module.number,
        item: u32::try_from(index).unwrap_or(u32::MAX),
        stmt: 0,
    }
}

/// Reads a template; it may use its parameters and nothing else.
fn define(
    cx: &Cx<'_>,
    request: &Request<'_>,
    template: &Template,
    params: &[EcoString],
    home: Home,
) -> Eval<()> {
    let found = external::TemplateFile {
        file: template.file.clone(),
        written: FileName::of_text(template.shown.clone()),
        quote: template.quote,
        labels: request.labels,
        inside: request.inside,
    };
    let read = found.read(cx, cx.stmt.span)?;
    // Names of a file, and what stands in it, are data of the file.
    let provenance = read.module.script.labels;
    if let Some(problem) = super::load::blocked(cx, &template.name, &read.module.script.text) {
        return request.fail_inside(cx, problem, provenance);
    }
    let mut used = Names {
        bound: params.to_vec(),
        free: Vec::new(),
    };
    used.parts(&read.template.parts);
    if !used.free.is_empty() {
        let message = eco_format!(
            "Template '{}' references undeclared variables: {}",
            template.name,
            used.free.join(", ")
        );
        let problem = problem("R0927", "TEMPLATE_IMPORT_PARAM_MISMATCH", message);
        return request.fail_inside(cx, problem, provenance);
    }
    cx.run.loads.add_template(home, read);
    Ok(())
}

fn objects(nodes: &[(EcoString, Node)], module: &ModuleEnv, params: &[EcoString]) -> Object {
    let value = |key: &EcoString, node: &Node| match node {
        Node::Template(index) => Value::Executable(Arc::new(Executable {
            name: key.clone(),
            params: params.to_vec(),
            home: home(module, *index),
        })),
        Node::Folder(inside) => Value::object(objects(inside, module, params)),
    };
    nodes
        .iter()
        .map(|(key, node)| (key.clone(), value(key, node)))
        .collect()
}

/// The names that a template uses and does not bind.
struct Names {
    bound: Vec<EcoString>,
    free: Vec<EcoString>,
}

impl Names {
    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Interp(interp) => self.interp(interp),
                Part::For(f) => {
                    self.expr(&f.source);
                    let outside = self.bound.len();
                    self.bound.extend(f.key.iter().map(|k| k.text.clone()));
                    self.bound.push(f.item.text.clone());
                    self.bound.push(eco_format!("{}_key", f.item.text));
                    stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.parts(&f.body));
                    self.bound.truncate(outside);
                }
                Part::File(f) => {
                    self.parts(&f.file.path);
                    self.steps(&f.steps);
                    self.stages(&f.pipes);
                }
                Part::Text(_) | Part::CurrentFile(..) => {}
            }
        }
    }

    fn interp(&mut self, interp: &Interp) {
        self.path(&interp.path);
        self.stages(&interp.pipes);
        if let InterpTail::Fragment(fragment) = &interp.tail {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.parts(&fragment.parts));
        }
    }

    fn path(&mut self, path: &Path) {
        let name = &path.name.text;
        let known = self.bound.contains(name)
            || AMBIENT.contains(&name.as_str())
            || self.free.contains(name);
        if !known {
            self.free.push(name.clone());
        }
        self.steps(&path.steps);
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Dynamic(path) => self.path(path),
                StepKind::Method(_, args) | StepKind::Call(args) => {
                    args.iter().for_each(|a| self.expr(a));
                }
                _ => {}
            }
        }
    }

    /// Transformers are named, and given values.
    fn stages(&mut self, stages: &[Stage]) {
        for stage in stages {
            if let StageKind::Call(callee) = &stage.kind {
                self.steps(&callee.steps);
            }
        }
    }

    fn expr(&mut self, e: &Expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &e.kind {
            ExprKind::Path(path) => self.path(path),
            ExprKind::Template(t) => self.parts(&t.parts),
            ExprKind::Postfix(base, steps) => {
                self.expr(base);
                self.steps(steps);
            }
            _ => {}
        });
    }
}
