//! Packages of node (spec 04 §7.11). Looking into one runs its code, and so does each call: both are operations with
//! the labels of a `node` block, in a process of its own, in the folder of the module that imports.

use super::super::call::{self, Callee};
use super::super::run_stmt;
use super::super::{Cx, Eval, Globals, Hooks, ModuleEnv, Problem, path};
use super::{Brought, Request, problem};
use crate::code::node::package::{self, Use};
use crate::module::{Added, Entry, Exports, Namespace, Origin};
use crate::run::ScriptText;
use crate::value::{Executable, Home, Object, Value};
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::Mode;
use mlld_syntax::ast::{Code, CodeBody, ImportWhat, Lang, New, Path, StepKind};
use std::sync::Arc;

/// What the package gives of the names that are asked for.
pub(super) fn bring(cx: &Cx<'_>, request: &Request<'_>, package: &str) -> Eval<Brought> {
    let ImportWhat::Names(items) = &request.import.what else {
        return cx.unsupported("Importing a whole Node package");
    };
    request.permit(cx, ())?.into_payload();
    let names: Vec<&str> = items.iter().map(|item| item.name.text.as_str()).collect();
    let code = Code {
        lang: Lang::Node,
        dir: None,
        params: Vec::new(),
        body: CodeBody::Foreign(package::probe(package, &names), cx.stmt.span),
        span: cx.stmt.span,
    };
    let answer = run_stmt::code_value(cx, &code)?;
    let labels = answer.descriptor();
    let store = cx.run.store();
    let about = |p: Problem| p.about(store.join(request.labels, labels));
    let reader = cx.reader();
    let answer = answer.read(&reader);
    let member = |name: &str| answer.as_object().and_then(|o| o.get(name));
    if let Some(missing) = member("missing").and_then(Value::as_text) {
        let message = eco_format!("Cannot find module '{missing}'");
        let problem = problem("R0952", "NODE_MODULE_NOT_FOUND", message);
        return Err(about(problem.hint(
            "It is looked for from the folder of the importing file: install it there, or above.",
        )));
    }
    // Only node knows which names with a slash are its own, and which have a scope.
    let spelled = member("spelled").and_then(Value::as_text);
    let written = spelled.map_or_else(|| request.written.clone(), |s| eco_format!("node:{s}"));
    let nothing = Arc::<Object>::default();
    let found = member("found").and_then(Value::as_object);
    let found = found.unwrap_or(&nothing);
    let module = definitions(cx, &written, package, &names);
    let mut entries = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let Some(Value::Object(what)) = found.get(eco_format!("${name}").as_str()) else {
            let all = member("names").and_then(Value::as_array);
            let mut all = all
                .into_iter()
                .flat_map(|a| a.iter())
                .filter_map(Value::as_text);
            let mut problem = super::not_found(name, &written);
            if let Some(near) = all.find(|n| mlld_syntax::is_near(n, name)) {
                problem.details.push(eco_format!("did you mean {near}?"));
            }
            return Err(about(problem));
        };
        let value = match what.get("value") {
            Some(value) => value.clone(),
            None => Value::Executable(Arc::new(Executable {
                name: EcoString::from(*name),
                params: package::parameters(),
                home: home(&module, package::place(index, Use::Call)),
            })),
        };
        let entry = Entry::new(store, Labelled::entering(value, labels), None);
        entries.push((EcoString::from(*name), entry));
    }
    let exports = Exports::new(store, entries.into_iter().collect(), None)
        .map_err(|e| about(Problem::from(e)))?;
    let both = store.join(request.labels, request.declared);
    Ok(Brought::Module(Namespace::new(
        Arc::new(exports),
        Added::default().and(store, both),
        written,
    )))
}

/// The module whose executables call what the package gives. Paths of its blocks start where the importer lies.
fn definitions(cx: &Cx<'_>, written: &str, package: &str, names: &[&str]) -> Arc<ModuleEnv> {
    let text = package::definitions(package, names);
    let tree = Arc::new(mlld_syntax::parse(&text, Mode::Strict).module);
    let script = Arc::new(ScriptText::new(&written.into(), &text.into(), &tree));
    cx.run.add_module(|number| ModuleEnv {
        number,
        script,
        tree,
        globals: Globals::default(),
        hooks: Hooks::default(),
        folder: cx.module.folder.clone(),
        front_matter: None,
        origin: Origin::package(cx.module.folder.join(written)),
    })
}

fn home(module: &ModuleEnv, item: usize) -> Home {
    Home {
        module: module.number,
        item: u32::try_from(item).unwrap_or(u32::MAX),
        stmt: 0,
    }
}

/// `new @URL(…)`: an instance of a class of a package, as data.
pub(in crate::eval) fn construct(cx: &Cx<'_>, new: &New) -> Eval<Labelled<Value>> {
    let call = |s: &mlld_syntax::ast::Step| matches!(s.kind, StepKind::Call(_));
    let Some(at) = new.path.steps.iter().position(call) else {
        return cx.unsupported("`new` of anything but a class of a Node package");
    };
    let steps = new.path.steps.get(..=at).unwrap_or_default();
    let rest = new.path.steps.get(at + 1..).unwrap_or_default();
    let callee = Path {
        steps: steps.to_vec(),
        ..new.path.clone()
    };
    let Some((executable, args)) = path::last_call(cx, &callee)? else {
        return cx.not_found(&new.path.name.text);
    };
    let labels = executable.descriptor();
    let reader = cx.reader();
    let class = executable.read(&reader);
    let of_package = cx
        .run
        .module(class.home.module)
        .is_some_and(|module| module.origin.package);
    if !of_package {
        return cx.unsupported("`new` of anything but a class of a Node package");
    }
    let constructor = Executable {
        home: Home {
            item: class.home.item + 1,
            ..class.home
        },
        ..Executable::clone(class)
    };
    let made = call::call(cx, Callee::of(&constructor, labels), args)?;
    path::steps(cx, made, rest, path::Named::Nothing)
}
