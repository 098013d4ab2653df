//! `js` blocks: computation in process, without authority (spec 02 §8.4).

use super::block::parameters;
use super::printing::Sink;
use super::shadow::{self, Helper};
use super::{Job, operation, place};
use crate::code::js::{self, Callee, Failure as Refusal, Host, JsError, JsErrorKind, Line, Stream};
use crate::effect::print;
use crate::eval::{Cx, Eval, Failure, Problem, call, hook, import};
use crate::gate::Printed;
use crate::value::{Executable, Value, json};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind, Permit, Reader, Target};
use mlld_syntax::ast::Lang;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// What runs: the text of the block and its parameters. The permit of the operation holds it.
struct Block {
    text: EcoString,
    params: Vec<(EcoString, Value)>,
}

/// A block of `js`.
pub(super) fn run(cx: &Cx<'_>, text: &EcoString, mut job: Job<'_>) -> Eval<Labelled<Value>> {
    let store = cx.run.store();
    let helpers = shadow::helpers(cx, Lang::Js, text);
    let given = parameters(cx, job.code, job.call.is_some())?;
    let dir = place::written(cx, job.code)?;
    let reader = cx.reader();
    if !job.stdin.read(&reader).is_empty() {
        let message = "A js block has no standard input: hand the value over as a parameter.";
        return cx.fail(&reader, Problem::new("R0716", "MlldCommand", message));
    }
    let params = given
        .into_iter()
        .map(|(name, value)| (name, value.take(&reader)))
        .collect();
    let block = reader.finish(
        cx.frame,
        Block {
            text: text.clone(),
            params,
        },
    );
    let inputs = store.join_all([block.descriptor(), dir.descriptor(), job.labels]);
    let subject = "/run \"js\"".into();
    let mut operation = operation(
        cx,
        OpKind::Js,
        subject,
        vec![Target::shown("op:js")],
        &mut job,
    );
    operation.inputs.push(inputs);
    let shown = Labelled::entering(Value::Text(text.clone()), inputs);
    hook::around_code(cx, operation, shown, |operation| {
        let permit = cx.permit(operation, block)?;
        if let Some(known) = job.known(cx) {
            return Ok(known);
        }
        let labels = store.join_all([inputs, permit.input(), job.added()]);
        perform(cx, permit, helpers, labels, &job)
    })
}

fn perform(
    cx: &Cx<'_>,
    permit: Permit<Block>,
    helpers: Vec<Helper>,
    inputs: Descriptor,
    job: &Job<'_>,
) -> Eval<Labelled<Value>> {
    let block = permit.into_payload();
    let params: Vec<js::Param<'_>> = block
        .params
        .iter()
        .map(|(name, value)| js::Param {
            name,
            value: (!value.is_absent()).then_some(value),
        })
        .collect();
    let named: Vec<js::Helper<'_>> = helpers
        .iter()
        .map(|h| js::Helper {
            name: &h.name,
            direct: is_js(cx, h),
        })
        .collect();
    let store = cx.run.store();
    let made = store.made_by("src:js");
    let host = Running {
        cx,
        helpers: &helpers,
        labels: Cell::new(store.join(inputs, made)),
        added: job.added(),
        ended: RefCell::new(None),
        printed: Cell::new(false),
    };
    let outcome = js::run(&js::Call {
        code: &block.text,
        params: &params,
        env: &[],
        helpers: &named,
        memory: cx.run.js_memory(),
        host: &host,
    });
    if let Some(failure) = host.ended.take() {
        return Err(failure);
    }
    // A block only computes: its result is judged by all that it was given (spec 05 §5.3).
    let labels = store.computed(host.labels.get(), "src:js");
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return Err(thrown(cx, error, labels)),
    };
    let data = match outcome.value {
        Some(value) => value,
        None => logged(&outcome.lines, job, &host),
    };
    Ok(Labelled::entering(data, labels))
}

/// The value of a block that returns nothing: the lines that it logged, which have been printed (spec 02 §7.4).
fn logged(lines: &[Line], job: &Job<'_>, host: &Running<'_, '_>) -> Value {
    let out: Vec<&str> = lines
        .iter()
        .filter(|l| l.stream == Stream::Out)
        .map(|l| l.text.as_str())
        .collect();
    let text: EcoString = out.join("\n").into();
    if let Some(sink) = job.extra.sink
        && host.printed.get()
    {
        Sink::printed_elsewhere(sink);
    }
    if job.is_stage() {
        Value::Text(text)
    } else {
        json::command_output(&text)
    }
}

/// An exception always ends the script, unless something collects errors (spec 02 §7.5).
fn thrown(cx: &Cx<'_>, error: JsError, labels: Descriptor) -> Box<Failure> {
    if error.kind == JsErrorKind::Interrupted
        && let Err(failure) = cx.run.check()
    {
        return failure;
    }
    let mut problem = Problem::new("R0730", "MlldCode", error.message).code("COMMAND_FAILED");
    if let Some(line) = error.line {
        problem
            .details
            .push(eco_format!("line {line} of the js block"));
    }
    problem.about(labels)
}

/// Whether calling a helper gives its value at once: it is a `js` block itself.
fn is_js(cx: &Cx<'_>, helper: &Helper) -> bool {
    let reader = cx.reader();
    call::body_language(cx, helper.executable.read(&reader)) == Some(Lang::Js)
}

/// A block that is running.
struct Running<'h, 'c> {
    cx: &'h Cx<'c>,
    helpers: &'h [Helper],
    /// The labels of everything that the block has received: those of its result.
    labels: Cell<Descriptor>,
    /// The labels that the call adds, which what is printed has, too.
    added: Descriptor,
    /// What ended it.
    ended: RefCell<Option<Box<Failure>>>,
    /// Whether a line was printed.
    printed: Cell<bool>,
}

impl Running<'_, '_> {
    fn end(&self, failure: Box<Failure>) -> Refusal {
        self.ended.borrow_mut().get_or_insert(failure);
        Refusal::End("refused".into())
    }

    fn print(&self, line: &Line) -> Eval<()> {
        let cx = self.cx;
        if import::is_quiet(cx) {
            return Ok(());
        }
        let labels = cx
            .run
            .store()
            .join_all([cx.ambient, self.labels.get(), self.added]);
        let text = Labelled::entering(Printed::line(line.text.clone()), labels);
        let place = cx.place(cx.stmt.span);
        if line.stream == Stream::Out {
            // Checked like the output of `run` (spec 05 §10.2).
            let operation = cx.run.plain_operation(OpKind::Show, "/run \"js\"", place);
            let permit = cx.permit(operation, text)?;
            self.printed.set(true);
            return print::show(cx.run, permit);
        }
        let operation = cx.run.plain_operation(OpKind::Log, "/log", place);
        match cx.permit(operation, text) {
            Ok(permit) => print::log(cx.run, permit),
            Err(failure) => match *failure {
                Failure::Denied(_) => {
                    print::withheld(cx.run, labels);
                    Ok(())
                }
                other => Err(Box::new(other)),
            },
        }
    }
}

impl Host for Running<'_, '_> {
    fn interrupted(&self) -> bool {
        self.cx.run.check().is_err()
    }

    fn line(&self, line: &Line) -> Result<(), Refusal> {
        self.print(line).map_err(|failure| self.end(failure))
    }

    /// Arguments of a call from a block carry all that the block has received (spec 05 §6.1).
    fn call(&self, callee: Callee<'_>, args: Vec<Value>) -> Result<Value, Refusal> {
        let cx = self.cx;
        let labels = self.labels.get();
        let callee: Labelled<Arc<Executable>> = match callee {
            Callee::Helper(n) => match self.helpers.get(n) {
                Some(helper) => helper.executable.clone(),
                None => return Err(Refusal::Exception("there is no such function".into())),
            },
            Callee::Value(executable) => Labelled::entering(Arc::clone(executable), labels),
        };
        let args = args
            .into_iter()
            .map(|v| Labelled::entering(v, labels))
            .collect();
        let reader = Reader::new(cx.run.store());
        // That the block calls it tells what the block has received.
        let cx = &cx.conditional(labels);
        let of = call::Callee::of(callee.read(&reader), callee.descriptor());
        let called = cx.deeper(|| call::call(cx, of, args));
        let result = match called {
            Ok(value) => Ok(value.take(&reader)),
            Err(failure) => match *failure {
                Failure::Problem(problem) => {
                    let problem = problem.read(&reader);
                    // The block may catch it, and then knows of what the call had seen.
                    reader.touch(problem.amid);
                    Err(Refusal::Exception(problem.message.clone()))
                }
                // A refusal ends the block, whatever it catches.
                other => Err(self.end(Box::new(other))),
            },
        };
        cx.frame.touch(reader.seen());
        self.labels.set(cx.run.store().join(labels, reader.seen()));
        result
    }
}
