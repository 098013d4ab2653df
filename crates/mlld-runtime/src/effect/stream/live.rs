//! A text of which the end is not known yet.

use super::super::print;
use crate::event::Medium;
use crate::failure::{Eval, Failure};
use crate::gate::Run;
use crate::run::Output;
use crate::value::colour;
use ecow::EcoString;
use mlld_security::{Descriptor, Permit};

/// A text that is being printed on standard output. It began with a permit for everything with its labels.
#[derive(Default)]
pub(crate) struct Live {
    labels: Descriptor,
    untrusted: bool,
    text: EcoString,
}

impl Live {
    /// Begins.
    pub(crate) fn begin(run: &Run<'_>, permit: Permit<Self>) -> Self {
        let labels = permit.input();
        Self {
            labels,
            untrusted: run.store().carries(labels, "untrusted"),
            ..permit.into_payload()
        }
    }

    /// Prints more of it.
    pub(crate) fn write(&mut self, run: &Run<'_>, text: &str) -> Eval<()> {
        // Nothing stands before the first printed text (spec 01 §12.1).
        let text = if self.text.is_empty() && !run.printed().anything {
            text.trim_start_matches(['\n', '\r'])
        } else {
            text
        };
        if text.is_empty() {
            return Ok(());
        }
        self.text.push_str(text);
        run.printed().anything = true;
        let escape = run.options.terminal_out && self.untrusted;
        self.out(
            run,
            &print::for_terminal(text, run.options.colour_out, escape),
        )
    }

    /// Ends the line, and puts the whole into the document.
    pub(crate) fn end(self, run: &Run<'_>) -> Eval<()> {
        self.out(run, "\n")?;
        run.printed().add(&colour::strip(&self.text), self.labels);
        run.tell_effect(Medium::Both, || print::told(&self.text), None, self.labels);
        Ok(())
    }

    fn out(&self, run: &Run<'_>, text: &str) -> Eval<()> {
        if run.options.output == Output::Document {
            return Ok(());
        }
        run.host
            .out(text)
            .map_err(|_| Box::new(Failure::OutputClosed))
    }
}
