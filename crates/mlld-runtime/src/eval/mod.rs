//! The evaluator: a file a directive or expression family.
//!
//! Everything evaluates to a [`Labelled`] value. Data is reachable only through a [`Reader`], which joins its
//! labels to what is being made (spec 05 §1, §6.2); effects need a permit, which only the gate gives.

mod block;
mod boxed;
mod builtin;
mod call;
mod checkpoint;
mod closure;
mod debug;
mod directive;

mod expr;
mod file;
mod fingerprint;
mod for_loop;
mod foreach;
mod handover;
mod hook;
mod implicit;
mod import;
mod literal;
mod loop_;
mod meta;
mod needs;
mod operator;
mod options;
mod output;
mod parallel;
mod path;
mod pipe;
mod pipe_context;
mod pipe_effect;
mod pipe_stage;
mod policy;
mod printing;
mod relabel;
mod reserved;
mod run_stmt;
mod scope;
mod template;
mod time;
mod trail;
mod when;
mod while_stage;

pub(crate) use crate::failure::{At, Eval, Failure, Problem};
pub(crate) use call::Running;
pub(crate) use checkpoint::{names as checkpoint_names, tell};
pub(crate) use run_stmt::Helper;

pub(crate) use hook::Hooks;
pub(crate) use implicit::{Exits, Left};
pub(crate) use scope::{Global, Globals};

use crate::event::{self, Event};
use crate::gate::Run;
use crate::module::Origin;
use crate::run::ScriptText;
use crate::value::{Home, Value};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Place, Reader};
use mlld_syntax::Span;
use mlld_syntax::ast::{Item, Module, Stmt, StmtKind};
use pipe_context::PipeContext;
use scope::Scope;
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Bytes of stack that must be left before another level of evaluation begins, and how much is added.
const STACK_RED_ZONE: usize = 128 * 1024;
const STACK_GROWTH: usize = 2 * 1024 * 1024;

/// A module while it runs.
pub(crate) struct ModuleEnv {
    /// Its number in the run.
    pub(crate) number: u32,
    /// Its text.
    pub(crate) script: Arc<ScriptText>,
    /// Its tree.
    pub(crate) tree: Arc<Module>,
    /// Its top level.
    pub(crate) globals: Globals,
    /// The hooks it has declared so far (spec 03 §17).
    pub(crate) hooks: Hooks,
    /// The folder that relative paths start at (spec 04 §3.1).
    pub(crate) folder: PathBuf,
    /// Its front matter.
    pub(crate) front_matter: Option<Value>,
    /// Where it comes from, and what it gives.
    pub(crate) origin: Origin,
}

/// What becomes of the value of a `when` that stands as a statement (spec 02 §3.3, §3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whens {
    /// It is printed: at the top level of the script.
    Print,
    /// It is given to the construct around: an executable, a block value, a pass of a `for` that collects.
    Give,
    /// It is dropped: in the block of a `for` statement.
    Drop,
}

/// Where the loops around stand.
#[derive(Clone, Copy, Default)]
pub(crate) struct Passes<'a> {
    for_: Option<for_loop::ForPass<'a>>,
    loop_: Option<loop_::LoopPass>,
    while_: Option<while_stage::WhilePass>,
}

/// The error markers of the last parallel loop of this thread of execution (`@mx.errors`).
pub(crate) type Errors = RefCell<Option<Labelled<Value>>>;

/// What is kept from one directive of a module to the next.
#[derive(Default)]
struct Thread {
    /// The labels of what decided that the module runs (spec 05 §11.1).
    pc: Descriptor,
    errors: Errors,
    left: implicit::Apart,
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
    /// Labels of the conditions of the blocks around, in this body (spec 05 §6.1, §11.1).
    pub(crate) pc: Descriptor,
    /// What early exits have left behind.
    pub(crate) exits: Exits<'a>,
    /// The calls that are going on.
    pub(crate) running: Option<&'a Running<'a>>,
    /// What becomes of the value of a `when` statement.
    pub(crate) whens: Whens,
    /// Where the statement of the top level that is being executed stands.
    pub(crate) home: Home,
    /// `@mx.labels`: the labels of what the body was given.
    pub(crate) ambient: Descriptor,
    /// Where the loops around stand.
    pub(crate) passes: Passes<'a>,
    /// In a pass of a parallel loop.
    pub(crate) parallel: bool,
    /// The error markers of the last parallel loop.
    pub(crate) errors: &'a Errors,
    /// The pipeline whose stage is being evaluated.
    pub(crate) pipe: Option<&'a PipeContext>,
    /// What is evaluated is the source of the pipeline, again: what it calls knows of the retry.
    pub(crate) source: bool,
    /// The value is asked for by `run @f(…)`: what it calls is a `run`, too (spec 05 §10.2).
    pub(crate) by_run: bool,
    /// In the body of a hook, and in what it calls: operations run no hooks.
    pub(crate) in_hook: bool,
    /// What the body of a hook sees of its operation.
    pub(crate) seen: Option<&'a hook::Seen>,
    /// The box around (spec 08 §11).
    pub(crate) boxed: Option<&'a boxed::Boxed>,
}

/// What a statement leads to.
pub(crate) enum Flow {
    /// The next statement.
    Next,
    /// `=>`: to whoever takes a value (spec 02 §1.1).
    Return(Option<Labelled<Value>>),
    /// `done`.
    Done(Option<Labelled<Value>>),
    /// `continue`.
    Continue(Option<Labelled<Value>>),
    /// `skip`.
    Skip,
    /// `retry`.
    Retry(Option<Labelled<Value>>),
}

impl Flow {
    /// Nobody takes it: a mistake (spec 02 §5.2).
    pub(crate) fn stray<T>(self) -> Eval<T> {
        let message = match self {
            Self::Done(_) => "'done' is only allowed inside loop, for or while",
            Self::Continue(_) => "'continue' is only allowed inside loop, for or while",
            Self::Skip => "'skip' is only allowed inside for",
            Self::Retry(_) => "'retry' is only allowed in a stage of a pipeline",
            Self::Next | Self::Return(_) => "'=>' is not allowed here",
        };
        Err(Problem::new("R0122", "MlldDirective", message).plain())
    }

    /// With labels joined behind those of its value.
    pub(crate) fn joined(self, cx: &Cx<'_>, descriptor: Descriptor) -> Self {
        let store = cx.run.store();
        self.map(|v| relabel::framed(store, v, descriptor, |v| v.joined(store, descriptor)))
    }

    /// With labels joined in front of those of its value.
    pub(crate) fn joined_first(self, cx: &Cx<'_>, descriptor: Descriptor) -> Self {
        let store = cx.run.store();
        self.map(|v| relabel::framed(store, v, descriptor, |v| v.joined_before(store, descriptor)))
    }

    /// With labels that a declaration puts on its value, whatever they are.
    pub(crate) fn declared(self, cx: &Cx<'_>, labels: Descriptor) -> Self {
        self.map(|v| v.joined(cx.run.store(), labels))
    }

    /// With its value changed. A missing value is null, so that labels have something to ride on.
    fn map(self, change: impl FnOnce(Labelled<Value>) -> Labelled<Value>) -> Self {
        let apply = |v: Option<Labelled<Value>>| {
            Some(change(v.unwrap_or_else(|| Labelled::literal(Value::Null))))
        };
        match self {
            Self::Return(v) => Self::Return(apply(v)),
            Self::Done(Some(v)) => Self::Done(apply(Some(v))),
            Self::Continue(Some(v)) => Self::Continue(apply(Some(v))),
            // A bare `retry` is one with a hint that is null.
            Self::Retry(v) => Self::Retry(apply(v)),
            other => other,
        }
    }
}

/// Runs a module's items from top to bottom, which was decided by data with the labels `pc`: what early exits have left
/// behind.
pub(crate) fn run_module(run: &Run<'_>, module: &ModuleEnv, pc: Descriptor) -> Eval<Left> {
    let thread = Thread {
        pc,
        ..Thread::default()
    };
    let last = items(run, module, &thread)?;
    // The script is what checkpoints are about; its last scope ends here.
    if module.number == 0 {
        if let Some((stmt, home)) = last {
            at_top_level(run, module, stmt, home, &thread, checkpoint::end)?;
        }
        import::check_exports(module)?;
    }
    Ok(thread.left.left())
}

/// Runs the items; gives the statement that was the last.
fn items<'m>(
    run: &Run<'_>,
    module: &'m ModuleEnv,
    thread: &Thread,
) -> Eval<Option<(&'m Stmt, Home)>> {
    let mut last = None;
    for (i, item) in module.tree.items.iter().enumerate() {
        let home = |n: usize| Home {
            module: module.number,
            item: u32::try_from(i).unwrap_or(u32::MAX),
            stmt: u32::try_from(n).unwrap_or(u32::MAX),
        };
        match item {
            Item::Prose(_) if module.origin.imported => {}
            Item::Prose(span) => run.prose(span.slice(&module.script.text)),
            Item::Stmt(stmt) => {
                last = Some((stmt, home(0)));
                if top_level(run, module, stmt, home(0), thread)? {
                    return Ok(last);
                }
            }
            Item::RunBlock(stmts, _) => {
                for (n, stmt) in stmts.iter().enumerate() {
                    last = Some((stmt, home(n)));
                    if top_level(run, module, stmt, home(n), thread)? {
                        return Ok(last);
                    }
                }
            }
        }
    }
    Ok(last)
}

/// Runs one directive; true if it ends the script. Each has an accumulator of its own: at the top level labels
/// do not leak from one directive to the next (spec 05 §6.2).
fn top_level(
    run: &Run<'_>,
    module: &ModuleEnv,
    stmt: &Stmt,
    home: Home,
    thread: &Thread,
) -> Eval<bool> {
    at_top_level(run, module, stmt, home, thread, |cx| {
        let end = |flow| match flow {
            Flow::Next => Ok(false),
            Flow::Return(value) => import::script_end(cx, value).map(|()| true),
            other => other.stray(),
        };
        let began = Instant::now();
        let ended = directive::exec(cx).and_then(end);
        run.tell(|| {
            let place = cx.place(stmt.span);
            Event::Directive(event::Directive {
                file: place.file,
                line: place.line,
                word: stmt.kind.word(),
                took: began.elapsed(),
            })
        });
        ended
    })
}

/// Does something as the directive `stmt` of the top level.
fn at_top_level<T>(
    run: &Run<'_>,
    module: &ModuleEnv,
    stmt: &Stmt,
    home: Home,
    thread: &Thread,
    body: impl FnOnce(&Cx<'_>) -> Eval<T>,
) -> Eval<T> {
    let frame = Reader::new(run.store());
    let scope = Scope::outermost();
    let cx = Cx {
        run,
        module,
        scope: &scope,
        frame: &frame,
        stmt,
        pc: thread.pc,
        exits: thread.left.exits(),
        running: None,
        whens: Whens::Print,
        home,
        ambient: Descriptor::EMPTY,
        passes: Passes::default(),
        parallel: false,
        errors: &thread.errors,
        pipe: None,
        source: false,
        by_run: false,
        in_hook: false,
        seen: None,
        boxed: None,
    };
    body(&cx).map_err(|e| cx.locate(e))
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
        let mut problem = Problem::new(
            "R0101",
            "MlldDirective",
            eco_format!("Variable not found: {name}"),
        );
        if let Some(near) = self.near_name(name) {
            problem = problem.hint(eco_format!("did you mean @{near}?"));
        }
        Err(problem.plain())
    }

    /// The defined name that is closest to `name`, if one is close.
    fn near_name(&self, name: &str) -> Option<EcoString> {
        let names = self.module.globals.all();
        names
            .into_iter()
            .map(|(n, _)| n)
            .find(|n| mlld_syntax::is_near(n, name))
    }

    /// Fails because of a feature whose meaning a later version gives.
    pub(crate) fn unsupported<T>(&self, what: impl std::fmt::Display) -> Eval<T> {
        Err(Problem::unsupported(what).plain())
    }

    /// Notes where a failure happened, if it does not know yet.
    #[expect(clippy::boxed_local, reason = "failures are boxed wherever they are")]
    pub(crate) fn locate(&self, failure: Box<Failure>) -> Box<Failure> {
        let mut failure = Box::new(self.decided(*failure));
        if self.is_concealed() {
            return failure;
        }
        match failure.as_mut() {
            Failure::Problem(problem) | Failure::Fatal(problem) => {
                let at = At {
                    script: Arc::clone(&self.module.script),
                    span: self.stmt.span,
                    subject: self.subject(),
                };
                let labelled =
                    std::mem::replace(problem, Labelled::literal(Problem::new("", "", "")));
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

    /// Inside a block that runs because of something with these labels.
    pub(crate) fn under(&self, descriptor: Descriptor) -> Self {
        Self {
            pc: self.run.store().join(self.pc, descriptor),
            ..*self
        }
    }

    /// The calls that are going on, outermost first.
    pub(crate) fn chain(&self) -> Vec<call::Link<'a>> {
        self.running.map(Running::chain).unwrap_or_default()
    }

    /// Evaluates deeper: the stack grows where it has to (spec 01 §15, 26).
    pub(crate) fn deeper<T>(&self, body: impl FnOnce() -> T) -> T {
        stacker::maybe_grow(STACK_RED_ZONE, STACK_GROWTH, body)
    }
}
