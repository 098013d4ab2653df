//! The evaluator: a file a directive or expression family.
//!
//! Everything evaluates to a [`Labelled`] value. Data is reachable only through a [`Reader`], which joins its
//! labels to what is being made (spec 05 §1, §6.2); effects need a permit, which only the gate gives.

mod builtin;
mod debug;
mod directive;
mod error;
mod expr;
mod file;
mod literal;
mod meta;
mod operator;
mod path;
mod policy;
mod reserved;
mod run_stmt;
mod scope;
mod template;

pub(crate) use error::{At, Eval, Failure, Problem};
pub(crate) use scope::Globals;

use crate::gate::Run;
use crate::run::ScriptText;
use crate::value::Value;
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Place, Reader};
use mlld_syntax::Span;
use mlld_syntax::ast::{Item, Module, Stmt, StmtKind};
use scope::Scope;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of stack that must be left before another level of evaluation begins, and how much is added.
const STACK_RED_ZONE: usize = 128 * 1024;
const STACK_GROWTH: usize = 2 * 1024 * 1024;

/// A module while it runs.
pub(crate) struct ModuleEnv {
    /// Its text.
    pub(crate) script: Arc<ScriptText>,
    /// Its top level.
    pub(crate) globals: Globals,
    /// The folder that relative paths start at (spec 04 §3.1).
    pub(crate) folder: PathBuf,
    /// Its front matter.
    pub(crate) front_matter: Option<Value>,
}

/// What evaluation happens in: the run, the module, the names in sight, the frame that reads, the statement.
#[derive(Clone, Copy)]
pub(crate) struct Cx<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) module: &'a ModuleEnv,
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) frame: &'a Reader<'a>,
    /// The statement that is being executed.
    pub(crate) stmt: &'a Stmt,
}

/// What a statement leads to.
pub(crate) enum Flow {
    /// The next statement.
    Next,
    /// The end of the script, with its value.
    Return(Option<Labelled<Value>>),
}

/// Runs a module's items from top to bottom.
pub(crate) fn run_module(run: &Run<'_>, module: &ModuleEnv, tree: &Module) -> Eval<()> {
    for item in &tree.items {
        match item {
            Item::Prose(span) => run.prose(span.slice(&module.script.text)),
            Item::Stmt(stmt) => {
                if let Flow::Return(_) = run_top_level(run, module, stmt)? {
                    return Ok(());
                }
            }
            Item::RunBlock(stmts, _) => {
                for stmt in stmts {
                    if let Flow::Return(_) = run_top_level(run, module, stmt)? {
                        return Ok(());
                    }
                }
            }
        }
    }
    Ok(())
}

/// Runs one directive. Each has an accumulator of its own: at the top level labels do not leak from one
/// directive to the next (spec 05 §6.2).
fn run_top_level(run: &Run<'_>, module: &ModuleEnv, stmt: &Stmt) -> Eval<Flow> {
    let frame = Reader::new(run.store());
    let scope = Scope::outermost();
    let cx = Cx { run, module, scope: &scope, frame: &frame, stmt };
    directive::exec(&cx).map_err(|e| cx.locate(e))
}

impl<'a> Cx<'a> {
    /// A reader for one primitive; [`Reader::finish`] ends it.
    pub(crate) fn reader(&self) -> Reader<'a> {
        Reader::new(self.run.store())
    }

    /// The source text of a span.
    pub(crate) fn text(&self, span: Span) -> &'a str {
        span.slice(&self.module.script.text)
    }

    /// The place of a span.
    pub(crate) fn place(&self, span: Span) -> Place {
        self.module.script.place(span)
    }

    /// Fails with a problem whose text may show what `reader` has read.
    pub(crate) fn fail<T>(&self, reader: &Reader<'_>, problem: impl Into<Problem>) -> Eval<T> {
        Err(problem.into().about(reader.seen()))
    }

    /// Runs a primitive over plain data: its result, and its error, carry the labels of what it reads.
    pub(crate) fn compute<T, E: Into<Problem>>(
        &self,
        body: impl FnOnce(&Reader<'a>) -> Result<T, E>,
    ) -> Eval<Labelled<T>> {
        let reader = self.reader();
        match body(&reader) {
            Ok(data) => Ok(reader.finish(self.frame, data)),
            Err(error) => self.fail(&reader, error),
        }
    }

    /// Joins labels to a value.
    pub(crate) fn join<T>(&self, value: Labelled<T>, descriptor: Descriptor) -> Labelled<T> {
        value.joined(self.run.store(), descriptor)
    }

    /// Fails because a name is not bound.
    pub(crate) fn not_found<T>(&self, name: &str) -> Eval<T> {
        let mut problem =
            Problem::new("R0101", "MlldDirective", eco_format!("Variable not found: {name}"));
        if let Some(near) = self.near_name(name) {
            problem = problem.hint(eco_format!("did you mean @{near}?"));
        }
        Err(problem.plain())
    }

    /// The defined name that is closest to `name`, if one is close.
    fn near_name(&self, name: &str) -> Option<EcoString> {
        let names = self.module.globals.all();
        names.into_iter().map(|(n, _)| n).find(|n| mlld_syntax::is_near(n, name))
    }

    /// Fails because of a feature whose meaning a later version gives.
    pub(crate) fn unsupported<T>(&self, what: impl std::fmt::Display) -> Eval<T> {
        Err(Problem::unsupported(what).plain())
    }

    /// Notes where a failure happened, if it does not know yet.
    fn locate(&self, mut failure: Box<Failure>) -> Box<Failure> {
        match failure.as_mut() {
            Failure::Problem(problem) => {
                let at = At {
                    script: Arc::clone(&self.module.script),
                    span: self.stmt.span,
                    subject: self.subject(),
                };
                let labelled = std::mem::replace(problem, Labelled::literal(Problem::new("", "", "")));
                *problem = labelled.map(|mut p| {
                    p.at.get_or_insert(at);
                    p
                });
            }
            Failure::Denied(denial) => {
                if denial.place.is_none() {
                    denial.place = Some(self.place(self.stmt.span));
                }
            }
            Failure::OutputClosed => {}
        }
        failure
    }

    /// The statement's word and subject for the first line of a report: never the text of a value.
    fn subject(&self) -> EcoString {
        let word = self.stmt.kind.word();
        let name = match &self.stmt.kind {
            StmtKind::Var(v) => Some(&v.name.text),
            StmtKind::Let(v) => Some(&v.name.text),
            StmtKind::Exe(v) => Some(&v.name.text),
            StmtKind::Policy(v) => v.name.as_ref().map(|n| &n.text),
            _ => None,
        };
        match name {
            Some(name) => eco_format!("{word} {name}"),
            None => word.into(),
        }
    }

    /// Evaluates deeper: the stack grows where it has to (spec 01 §15, 26).
    pub(crate) fn deeper<T>(&self, body: impl FnOnce() -> T) -> T {
        stacker::maybe_grow(STACK_RED_ZONE, STACK_GROWTH, body)
    }
}
