//! Statements that print what they run: as it comes if it is streamed, and exactly once (spec 02 §10, 03 §16).

use super::{Extra, value_with};
use crate::effect::stream::{Chunks, Format, Layout, Live};
use crate::eval::printing::print_value;
use crate::eval::{Cx, Eval, Problem};
use crate::gate::Printed;
use crate::run::Output;
use crate::value::{Value, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind};
use mlld_syntax::ast::{Expr, ExprKind};
use std::cell::{Cell, RefCell};

/// Where a statement that prints its value lets what runs print by itself.
pub(crate) struct Sink {
    layout: Layout,
    /// Whether chunks are printed as they come.
    live: bool,
    /// Labels that the printed value gets besides.
    labels: Cell<Descriptor>,
    state: RefCell<State>,
    printed: Cell<bool>,
}

/// How far it is.
enum State {
    /// Nothing has come.
    Fresh,
    /// Chunks come.
    Open(Chunks, Option<Live>),
}

impl Sink {
    fn new(cx: &Cx<'_>, layout: Layout, labels: Descriptor) -> Self {
        let options = cx.run.options;
        Self {
            layout,
            // What a pass prints waits for its turn; a document is printed as a whole.
            live: options.processes.stream
                && options.output != Output::Document
                && !cx.run.holds_back()
                // Hooks behind an operation run before its result is seen (spec 03 §17).
                && (cx.in_hook || !cx.module.hooks.any()),
            labels: Cell::new(labels),
            state: RefCell::new(State::Fresh),
            printed: Cell::new(false),
        }
    }

    /// The printed value gets these labels, too.
    pub(super) fn expect(&self, labels: Descriptor) {
        if self.labels.get().is_empty() {
            self.labels.set(labels);
        }
    }

    /// What stands in the value has been printed by other means.
    pub(super) fn printed_elsewhere(&self) {
        self.printed.set(true);
    }

    /// The permit to print something with these labels: policy is asked before the first of it is printed.
    fn permit<P>(
        &self,
        cx: &Cx<'_>,
        labels: Descriptor,
        payload: P,
    ) -> Eval<mlld_security::Permit<P>> {
        let subject = eco_format!("/{}", cx.stmt.kind.word());
        let operation = cx
            .run
            .plain_operation(OpKind::Show, &subject, cx.place(cx.stmt.span));
        let labels = cx
            .run
            .store()
            .join_all([labels, self.labels.get(), cx.pc()]);
        cx.permit(operation, Labelled::entering(payload, labels))
    }

    /// Some output has come.
    pub(super) fn chunk(
        &self,
        cx: &Cx<'_>,
        labels: Descriptor,
        format: Option<Format>,
        chunk: &[u8],
    ) -> Eval<()> {
        if !self.live {
            return Ok(());
        }
        let mut state = self.state.borrow_mut();
        if matches!(*state, State::Fresh) {
            *state = State::Open(Chunks::new(self.layout, format), None);
        }
        let State::Open(chunks, live) = &mut *state else {
            return Ok(());
        };
        let text = chunks.feed(chunk);
        if text.is_empty() {
            return Ok(());
        }
        if live.is_none() {
            let permit = self.permit(cx, labels, Live::default())?;
            *live = Some(Live::begin(cx.run, permit));
        }
        match live {
            Some(live) => live.write(cx.run, &text),
            None => Ok(()),
        }
    }

    /// The output is complete.
    pub(super) fn whole(
        &self,
        cx: &Cx<'_>,
        labels: Descriptor,
        format: Option<Format>,
        output: &str,
    ) -> Eval<()> {
        let state = self.state.replace(State::Fresh);
        match state {
            State::Open(chunks, Some(mut live)) => {
                let rest = chunks.end();
                live.write(cx.run, &rest)?;
                live.end(cx.run)?;
                self.printed.set(true);
            }
            // Nothing was printed yet. What a format leaves is not what the statement would print.
            _ if format.is_some_and(Format::changes) => {
                let mut chunks = Chunks::new(self.layout, format);
                let mut text = chunks.feed(output.as_bytes());
                text.push_str(&chunks.end());
                let printed = if text.is_empty() {
                    Printed::nothing()
                } else {
                    Printed::line(text.into())
                };
                let permit = self.permit(cx, labels, printed)?;
                crate::effect::print::show(cx.run, permit)?;
                self.printed.set(true);
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends a line that was begun before something went wrong.
    fn close(&self, cx: &Cx<'_>) -> Eval<()> {
        if let State::Open(chunks, Some(mut live)) = self.state.replace(State::Fresh) {
            let rest = chunks.end();
            live.write(cx.run, &rest)?;
            live.end(cx.run)?;
            self.printed.set(true);
        }
        Ok(())
    }

    /// Whether the value has been printed.
    fn has_printed(&self) -> bool {
        self.printed.get()
    }
}

/// A statement that prints what `run` gives (spec 02 §7.3).
pub(super) fn statement(
    cx: &Cx<'_>,
    run: impl FnOnce(&Sink) -> Eval<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    let sink = Sink::new(cx, Layout::Statement, Descriptor::EMPTY);
    let value = closing(cx, &sink, run(&sink))?;
    if !sink.has_printed() {
        print_value(cx, value.clone())?;
    }
    Ok(value)
}

/// A call as a statement (spec 02 §6.3).
pub(in crate::eval) fn call(cx: &Cx<'_>, e: &Expr) -> Eval<()> {
    statement(cx, |sink| {
        let extra = Extra {
            sink: Some(sink),
            ..Extra::default()
        };
        value_with(cx, e, extra)
    })
    .map(|_| ())
}

/// `stream …` (spec 03 §16).
pub(in crate::eval) fn stream(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<Value>> {
    // `stream @a() || @b()`: each member's text in one piece.
    if let ExprKind::Pipe(pipe) = &e.kind
        && pipe.source.is_none()
        && pipe.groups.len() == 1
    {
        let value = crate::eval::expr::value(cx, e)?;
        let members = cx.compute(|r| {
            Ok::<_, Problem>(match value.read(r).data() {
                Value::Array(items) => items.as_ref().clone(),
                other => vec![other.clone()],
            })
        })?;
        let labels = members.descriptor();
        for member in members.take(&cx.reader()) {
            print_value(cx, Labelled::entering(member, labels))?;
        }
        return Ok(value);
    }
    statement(cx, |sink| {
        let extra = Extra {
            stream: true,
            sink: Some(sink),
            ..Extra::default()
        };
        value_with(cx, e, extra)
    })
}

/// The operand of `show`: its text, and whether it has been printed already.
pub(in crate::eval) fn shown(
    cx: &Cx<'_>,
    e: &Expr,
    labels: Descriptor,
) -> Eval<(Labelled<EcoString>, bool)> {
    let sink = Sink::new(cx, Layout::Show, labels);
    let extra = Extra {
        sink: Some(&sink),
        ..Extra::default()
    };
    let value = closing(cx, &sink, value_with(cx, e, extra))?;
    let text = cx.compute(|r| Ok::<_, Problem>(render::show(value.read(r))))?;
    Ok((text, sink.has_printed()))
}

/// However it went, a line that was begun is ended.
fn closing<T>(cx: &Cx<'_>, sink: &Sink, result: Eval<T>) -> Eval<T> {
    let closed = sink.close(cx);
    let value = result?;
    closed.map(|()| value)
}
