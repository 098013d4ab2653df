//! `import` and `export` (spec 04 §7).
//!
//! | file | what |
//! |---|---|
//! | here | the statement: from what is written to names that are bound |
//! | `source` | what is imported: a file, a folder, a locked module, a special source |
//! | `load` | evaluating what is imported, once a run |
//! | `special` | `@now`, `@payload`, `@state` … |
//! | `node` | packages of node; `new` |
//! | `templates` | folders of templates |
//! | `bind` | binding names; names that are taken |
//! | `access` | names that were imported, where they are used |
//! | `url` | fetching what is imported from a URL |
//! | `quiet` | effects of the top level of an imported module, which do not happen |
//!
//! Every import is an operation, and what is evaluated for it is evaluated with the importer's policies in force.
//! A module sees nothing of its importer.

mod access;
mod bind;
mod load;
mod node;
mod quiet;
mod source;
mod special;
mod templates;
mod url;

pub(super) use access::{Reached, called, callee, not_exported_is_false, reach, shown};
pub(super) use bind::taken;
pub(super) use load::check_exports;
pub(super) use node::construct;
pub(super) use quiet::{is_idle, is_quiet, script_end, statement as quiet_statement};

use super::hook::{Act, around};
use super::{Cx, Eval, Failure, Problem, directive};
use crate::module::Namespace;
use crate::value::Value;
use ecow::{EcoString, eco_format};
use load::no_options;
use mlld_security::{Descriptor, Labelled, OpKind, Operation, Permit, Target};
use mlld_syntax::ast::{Export, Import, ImportFrom, ImportItem, ImportKind, ImportWhat, Name};

/// A mistake in an import: its code, and a sentence.
pub(super) fn problem(
    number: &'static str,
    code: &'static str,
    message: impl Into<EcoString>,
) -> Problem {
    let mut problem = Problem::new(number, "MlldImport", message).code(code);
    problem.details.push(eco_format!("Code: {code}"));
    problem
}

/// What is known of an import while it goes on.
struct Request<'i> {
    import: &'i Import,
    /// Where from, as it is written, its variables replaced.
    written: EcoString,
    /// The labels of what `written` was made of: of all that comes in, and of every message.
    labels: Descriptor,
    /// Where from, for messages that last longer than the import: as it stands in the script, where `written` was made
    /// of labelled data.
    shown: EcoString,
    /// Labels that are written in the statement.
    declared: Descriptor,
    /// What a text carries that comes in by this import, besides the labels of its file.
    inside: Descriptor,
}

/// What an import brings in.
enum Brought {
    /// Exports: a name that is not among them is a mistake.
    Module(Namespace),
    /// A value whose fields are imported: a missing one is null.
    Value(Labelled<Value>),
}

/// `import …`.
pub(super) fn exec(cx: &Cx<'_>, import: &Import) -> Eval<()> {
    check_form(cx, import)?;
    let declared = directive::declared(cx, &import.labels)?;
    let written = source::written(cx, &import.from)?;
    let labels = written.descriptor();
    let operation = operation(cx, import);
    let act = Act::of("import", &operation);
    let input = written.clone().map(Value::Text);
    let reader = cx.reader();
    let written = written.take(&reader);
    let shown = match labels.is_empty() {
        true => written.clone(),
        false => source::as_written(cx, &import.from).into(),
    };
    let importer = cx.module.script.labels;
    let request = Request {
        import,
        written,
        labels,
        shown,
        declared,
        inside: cx.run.store().join_all([labels, declared, importer]),
    };
    around(
        cx,
        || act,
        vec![input],
        |_| {
            let brought = request
                .bring(cx)
                .map_err(|e| Box::new(e.decided_by(cx.run.store(), labels)))?;
            request.bind(cx, brought)?;
            Ok(Labelled::literal(Value::Null))
        },
    )
    .map(|_| ())
}

/// `export …`: what it names need not be defined yet.
pub(super) fn exec_export(cx: &Cx<'_>, export: &Export) {
    cx.module.origin.export(export);
}

/// Refuses the forms whose meaning is not built.
fn check_form(cx: &Cx<'_>, import: &Import) -> Eval<()> {
    match import.kind {
        ImportKind::Policy => return cx.unsupported("`import policy`"),
        ImportKind::Tools => return cx.unsupported("`import tools`"),
        _ => {}
    }
    match &import.what {
        ImportWhat::Fields(_) => cx.unsupported("An import of policy fields"),
        ImportWhat::Whole(_, Some(_)) if import.kind != ImportKind::Templates => {
            let message = "Parameters behind the name of an import belong to `import templates`.";
            Err(problem("R0903", "IMPORT_SYNTAX", message).plain())
        }
        _ => Ok(()),
    }
}

/// The operation: its inputs are the labels of what the path was made of (spec 05 §10.2).
fn operation(cx: &Cx<'_>, import: &Import) -> Operation {
    let subject = eco_format!("/import \"{}\"", source::as_written(cx, &import.from));
    let targets = vec![Target::shown("op:import")].into();
    cx.run
        .operation(OpKind::Import, subject, targets, cx.place(cx.stmt.span))
}

impl Request<'_> {
    /// The permit for something that this import does.
    fn permit<P>(&self, cx: &Cx<'_>, payload: P) -> Eval<Permit<P>> {
        let payload = Labelled::entering(payload, self.labels);
        cx.permit(operation(cx, self.import), payload)
    }

    /// Asks whether the import may be, before anything is looked at: what lies where is told to nobody who may not
    /// import it (spec 05 §10.4).
    fn ask(&self, cx: &Cx<'_>) -> Eval<()> {
        self.permit(cx, ()).map(|_| ())
    }

    /// Fails; the message may show something of what is imported, which has these labels.
    fn fail_inside<T>(&self, cx: &Cx<'_>, problem: Problem, provenance: Descriptor) -> Eval<T> {
        Err(problem.about(cx.run.store().join(self.inside, provenance)))
    }

    /// Fails; the message may show the path.
    fn fail<T>(&self, problem: Problem) -> Eval<T> {
        Err(problem.about(self.labels))
    }

    /// What is imported.
    fn bring(&self, cx: &Cx<'_>) -> Eval<Brought> {
        self.ask(cx)?;
        if self.import.kind == ImportKind::Templates {
            let params = match &self.import.what {
                ImportWhat::Whole(_, params) => params.as_deref(),
                _ => None,
            };
            let templates = templates::bring(cx, self, params)?;
            return Ok(Brought::Value(cx.join(templates, self.declared)));
        }
        if let ImportFrom::Node(package) = &self.import.from {
            source::check_node(self.import.kind).map_err(|p| p.about(self.labels))?;
            no_options(self)?;
            return node::bring(cx, self, &package.text);
        }
        let source = source::locate(cx, self).map_err(|p| p.about(self.labels))?;
        let store = cx.run.store();
        let both = store.join(self.labels, self.declared);
        match source {
            source::Source::Special(name) => Ok(match special::value(cx, self, &name)? {
                Brought::Value(value) => Brought::Value(value.joined(store, both)),
                module @ Brought::Module(_) => module,
            }),
            source::Source::Found(found) => {
                let (exports, added) = load::found(cx, self, found)?;
                let from = self.shown.clone();
                Ok(Brought::Module(Namespace::new(
                    exports,
                    added.and(store, both),
                    from,
                )))
            }
            source::Source::Url(url, form) => {
                let (exports, added) = load::url(cx, self, url, form)?;
                let from = self.shown.clone();
                Ok(Brought::Module(Namespace::new(
                    exports,
                    added.and(store, both),
                    from,
                )))
            }
        }
    }

    /// Binds what the statement asks for.
    fn bind(&self, cx: &Cx<'_>, brought: Brought) -> Eval<()> {
        match (&self.import.what, brought) {
            (ImportWhat::Names(items), Brought::Module(namespace)) => {
                for item in items {
                    self.bind_export(cx, &namespace, item)?;
                }
                Ok(())
            }
            (ImportWhat::Names(items), Brought::Value(value)) => {
                for item in items {
                    let name = &item.name.text;
                    let field = value.clone().map(|v| bind::field_of(&v, name));
                    bind::value(cx, self, local(item), field)?;
                }
                Ok(())
            }
            (ImportWhat::Whole(name, _), Brought::Module(namespace)) => {
                bind::module(cx, self, &self.whole_name(name.as_ref())?, namespace)
            }
            (ImportWhat::Whole(name, _), Brought::Value(value)) => {
                bind::value(cx, self, &self.whole_name(name.as_ref())?, value)
            }
            (ImportWhat::Fields(_), _) => cx.unsupported("An import of policy fields"),
        }
    }

    fn bind_export(&self, cx: &Cx<'_>, namespace: &Namespace, item: &ImportItem) -> Eval<()> {
        let name = &item.name.text;
        match namespace.member(cx.run.store(), name) {
            Some(member) => bind::member(cx, self, local(item), member),
            None => {
                let mut problem = not_found(name, &self.shown);
                let near = namespace.names().find(|n| mlld_syntax::is_near(n, name));
                // Not as a hint, which is told in any case: names of a data file are data.
                problem.details.push(match near {
                    Some(near) => eco_format!("did you mean {near}?"),
                    None => access::available(namespace),
                });
                let labels = cx.run.store().join(self.labels, namespace.labels());
                Err(problem.about(labels))
            }
        }
    }

    /// The name of a whole module: the one that is written, or that of its file (spec 04 §7.1).
    fn whole_name(&self, name: Option<&Name>) -> Eval<Name> {
        if let Some(name) = name {
            return Ok(name.clone());
        }
        let text = source::file_name(&self.written);
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !begins {
            let message = eco_format!("'{}' gives no name for the module", self.written);
            let problem = problem("R0905", "IMPORT_NEEDS_ALIAS", message);
            return self.fail(problem.hint("Name it: import \"…\" as @name"));
        }
        Ok(Name {
            text,
            span: mlld_syntax::Span::default(),
        })
    }
}

/// A module does not give what is imported by name.
fn not_found(name: &str, written: &str) -> Problem {
    let message = eco_format!("Import '{name}' not found in module '{written}'");
    problem("R0904", "IMPORT_EXPORT_MISSING", message)
}

/// The name that an item gets here.
fn local(item: &ImportItem) -> &Name {
    item.alias.as_ref().unwrap_or(&item.name)
}

/// A failure inside a module, as its importer tells it: nested once a level (spec 04 §7.2). Refusals, and a `bail`,
/// are told as they are.
fn of_module(failure: Failure, written: &str) -> Box<Failure> {
    let wrap = |problem: Problem| match problem.code {
        "BAIL_EXIT" => problem,
        _ => problem.inside_import(written),
    };
    Box::new(match failure {
        Failure::Problem(problem) => Failure::Problem(problem.map(wrap)),
        Failure::Fatal(problem) => Failure::Fatal(problem.map(wrap)),
        other => other,
    })
}
