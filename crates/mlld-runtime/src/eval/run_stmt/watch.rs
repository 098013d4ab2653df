//! What happens while a process runs: what it prints is shown where it is to be shown, and the executables that it
//! calls are called (spec 02 §7.4, §8.6, §10).

use super::Job;
use super::block::Helpers;
use super::printing::Sink;
use crate::code::node::{self, Answer};
use crate::code::wire::{Message, Received};
use crate::effect::print;
use crate::effect::process::Watch;
use crate::effect::stream::Format;
use crate::eval::call::{self, Callee};
use crate::eval::{Cx, Eval, Failure, import};
use crate::gate::Printed;
use crate::value::{Executable, Value, render};
use ecow::EcoString;
use mlld_security::{Descriptor, Labelled, OpKind, Reader};
use mlld_syntax::ast::Lang;
use std::sync::Arc;

/// What becomes of what a process prints.
enum Prints<'h> {
    /// It is kept.
    Nothing,
    /// It is streamed.
    Stream(&'h Sink, Option<Format>),
    /// Each line is printed (`console.log`); what follows the last line end waits here.
    Lines(Vec<u8>),
}

/// The watch over the process of one block.
pub(super) struct Watching<'h, 'c> {
    cx: &'h Cx<'c>,
    prints: Prints<'h>,
    lang: Lang,
    helpers: Helpers,
    executables: Vec<Arc<Executable>>,
    /// The labels of everything that the process has received: those of its result.
    pub(super) labels: Descriptor,
    /// The labels that the call adds, which what is printed has, too.
    added: Descriptor,
    /// What a node block said at its end.
    pub(super) answer: Option<Answer>,
}

impl<'h, 'c> Watching<'h, 'c> {
    fn new(cx: &'h Cx<'c>, job: &Job<'h>, labels: Descriptor, prints: Prints<'h>) -> Self {
        Self {
            cx,
            prints,
            lang: job.code.lang,
            helpers: Vec::new(),
            executables: Vec::new(),
            labels,
            added: job.added(),
            answer: None,
        }
    }

    /// Over a process whose output is its value.
    pub(super) fn output(cx: &'h Cx<'c>, job: &Job<'h>, labels: Descriptor) -> Self {
        let prints = match job.extra.sink {
            Some(sink) if job.extra.stream && !job.is_stage() => {
                Prints::Stream(sink, job.extra.format)
            }
            _ => Prints::Nothing,
        };
        Self::new(cx, job, labels, prints)
    }

    /// Over a process whose output is printed line by line, beside its value.
    pub(super) fn lines(cx: &'h Cx<'c>, job: &Job<'h>, labels: Descriptor) -> Self {
        Self::new(cx, job, labels, Prints::Lines(Vec::new()))
    }

    /// The process may call these.
    pub(super) fn answering(
        mut self,
        lang: Lang,
        helpers: Helpers,
        executables: Vec<Arc<Executable>>,
    ) -> Self {
        self.lang = lang;
        self.helpers = helpers;
        self.executables = executables;
        self
    }

    /// The process has ended: what is left of its output is printed.
    pub(super) fn end(&mut self) -> Eval<()> {
        if let Prints::Lines(pending) = &mut self.prints {
            let rest = std::mem::take(pending);
            if !rest.is_empty() {
                self.line(&rest)?;
            }
        }
        Ok(())
    }

    /// The labels of what is printed.
    fn printed(&self) -> Descriptor {
        self.cx
            .run
            .store()
            .join_all([self.cx.ambient, self.labels, self.added])
    }

    /// A line that the block wrote: checked like the output of `run` (spec 05 §10.2).
    fn line(&self, line: &[u8]) -> Eval<()> {
        if import::is_quiet(self.cx) {
            return Ok(());
        }
        let text: EcoString = String::from_utf8_lossy(line).into_owned().into();
        let cx = self.cx;
        let operation =
            cx.run
                .plain_operation(OpKind::Show, "/run \"node\"", cx.place(cx.stmt.span));
        let line = Labelled::entering(Printed::line(text), self.printed());
        let permit = cx.permit(operation, line)?;
        print::show(cx.run, permit)
    }

    /// Calls an executable for the process. Its arguments carry all that the process has received (spec 05 §6.1).
    fn call(&mut self, received: &Received) -> Eval<Message> {
        // What is handed out in answers can be called, too.
        let mut answer = Message::handing_out(std::mem::take(&mut self.executables));
        let answered = self.answered(received, &mut answer);
        self.executables = std::mem::take(&mut answer.executables);
        answered.map(|()| answer)
    }

    fn answered(&mut self, received: &Received, answer: &mut Message) -> Eval<()> {
        let cx = self.cx;
        let store = cx.run.store();
        if let Some(id) = received.number("id") {
            answer.value("id", &Value::Number(id as f64));
        }
        let callee = match (received.number("helper"), received.number("executable")) {
            (Some(n), _) => self.helpers.get(n).map(|h| h.executable.clone()),
            (None, Some(n)) => answer
                .executables
                .get(n)
                .map(|e| Labelled::entering(Arc::clone(e), self.labels)),
            (None, None) => None,
        };
        let Some(callee) = callee else {
            answer.text("error", "there is no such function");
            return Ok(());
        };
        let args = match received.values("args") {
            Ok(args) => args,
            Err(error) => {
                answer.text("error", &error.message);
                return Ok(());
            }
        };
        let args = args
            .into_iter()
            .map(|v| Labelled::entering(v, self.labels))
            .collect();
        let reader = Reader::new(store);
        // That the code calls it tells what the code has received.
        let cx = &cx.conditional(self.labels);
        let of = Callee::of(callee.read(&reader), callee.descriptor());
        let called = call::call(cx, of, args);
        match called {
            Ok(value) => {
                let value = value.read(&reader);
                if self.lang == Lang::Py {
                    answer.text("text", &render::statement(value));
                } else {
                    answer.value("value", value);
                }
            }
            Err(failure) => match *failure {
                Failure::Problem(problem) => {
                    let problem = problem.read(&reader);
                    // The block may catch it, and then knows of what the call had seen.
                    reader.touch(problem.amid);
                    answer.text("error", &problem.message);
                }
                // A refusal ends the block, whatever it catches.
                other => return Err(Box::new(other)),
            },
        }
        cx.frame.touch(reader.seen());
        self.labels = store.join(self.labels, reader.seen());
        Ok(())
    }
}

impl Watch for Watching<'_, '_> {
    fn output(&mut self, chunk: &[u8]) -> Eval<()> {
        match &mut self.prints {
            Prints::Nothing => Ok(()),
            Prints::Stream(sink, format) => {
                let (sink, format) = (*sink, *format);
                sink.chunk(self.cx, self.printed(), format, chunk)
            }
            Prints::Lines(pending) => {
                pending.extend_from_slice(chunk);
                let Some(last) = pending.iter().rposition(|b| *b == b'\n') else {
                    return Ok(());
                };
                let rest = pending.split_off(last + 1);
                let lines = std::mem::replace(pending, rest);
                let lines = lines.strip_suffix(b"\n").unwrap_or(&lines);
                lines
                    .split(|b| *b == b'\n')
                    .try_for_each(|line| self.line(line))
            }
        }
    }

    fn asked(&mut self, message: &[u8]) -> Eval<Option<Vec<u8>>> {
        let Some(received) = Received::read(message) else {
            return Ok(None);
        };
        if let Some(answer) = node::answer(&received) {
            self.answer = Some(answer);
            return Ok(None);
        }
        let answer = self.cx.deeper(|| self.call(&received))?;
        Ok(Some(answer.bytes()))
    }
}
