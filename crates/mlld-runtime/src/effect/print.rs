//! Printing: `show`, `log`, warnings (spec 01 §12.4, §13; 05 §10.4).

use crate::event::Medium;
use crate::failure::{Eval, Failure};
use crate::gate::held::Emission;
use crate::gate::{Printed, Run};
use crate::run::Output;
use crate::value::colour;
use ecow::EcoString;
use mlld_security::policy::PolicyWarning;
use mlld_security::{Descriptor, Permit, Target, is_under};

/// Prints on standard output, or into the document.
pub(crate) fn show(run: &Run<'_>, permit: Permit<Printed>) -> Eval<()> {
    out(run, permit, Medium::Both)
}

/// `output … to stdout`: printed as [`show`] prints.
pub(crate) fn stdout(run: &Run<'_>, permit: Permit<Printed>) -> Eval<()> {
    out(run, permit, Medium::Stdout)
}

fn out(run: &Run<'_>, permit: Permit<Printed>, medium: Medium) -> Eval<()> {
    let untrusted = run.store().carries(permit.input(), "untrusted");
    let labels = permit.input();
    let Printed { text, nothing } = permit.into_payload();
    if nothing {
        Ok(())
    } else {
        run.emit(Emission {
            text,
            medium,
            untrusted,
            labels,
        })
    }
}

/// Writes a text that has a permit to standard output and into the document, where they are wanted.
pub(crate) fn write_out(run: &Run<'_>, emission: &Emission) -> Eval<()> {
    let text = &emission.text;
    let mut printed = run.printed();
    // Nothing stands before the first printed text: neither an empty line nor leading line ends.
    let text = if printed.anything {
        text.as_str()
    } else {
        text.trim_start_matches(['\n', '\r'])
    };
    if text.is_empty() && !printed.anything {
        return Ok(());
    }
    printed.anything = true;
    // The document is kept in every run: `output` without a source writes what it holds so far.
    printed.add(&colour::strip(text), emission.labels);
    if run.options.output != Output::Document {
        let escape = run.options.terminal_out && emission.untrusted;
        let text = for_terminal(text, run.options.colour_out, escape);
        // The lock is held: what two threads print does not interleave within a line.
        if run.host.out(&with_line_end(&text)).is_err() {
            return Err(Box::new(Failure::OutputClosed));
        }
    }
    run.tell_effect(emission.medium, || told(text), None, emission.labels);
    Ok(())
}

/// Prints on standard error.
pub(crate) fn log(run: &Run<'_>, permit: Permit<Printed>) -> Eval<()> {
    let labels = permit.input();
    let untrusted = run.store().carries(labels, "untrusted");
    let Printed { text, nothing } = permit.into_payload();
    if !nothing {
        let escape = run.options.terminal_err && untrusted;
        let shown = for_terminal(&text, run.options.colour_err, escape);
        run.host.err(&with_line_end(&shown));
        run.tell_effect(Medium::Stderr, || told(&text), None, labels);
    }
    Ok(())
}

/// Prints a warning of the runtime; what it says has been permitted as a `log`.
pub(crate) fn warning(run: &Run<'_>, permit: Permit<Printed>) {
    let Printed { text, .. } = permit.into_payload();
    run.host
        .err(&with_line_end(&colour::escape_controls(&text)));
}

/// A warning about a policy: made of the policy's own text.
pub(crate) fn policy_warning(run: &Run<'_>, warning: &PolicyWarning) {
    notice(run, &warning.message);
}

/// A sentence of the runtime that holds nothing but what the author wrote.
pub(crate) fn notice(run: &Run<'_>, sentence: &str) {
    run.host
        .err(&with_line_end(&colour::escape_controls(sentence)));
}

/// Says that something was not printed because of its labels (spec 05 §10.4). Where implicit flows are tracked that it
/// would have been printed may tell as much: then nothing is said.
pub(crate) fn withheld(run: &Run<'_>, descriptor: Descriptor) {
    if run.tracks() {
        return;
    }
    run.host
        .err(&with_line_end(&withheld_text(run, descriptor)));
}

/// `[withheld: secret]`: the labels because of which a text is not shown, not those that tell where it came from
/// (spec 05 §10.4).
pub(crate) fn withheld_text(run: &Run<'_>, descriptor: Descriptor) -> EcoString {
    let store = run.store();
    let all = store.taint_names(descriptor);
    let own = all.iter().filter(|l| is_under(l, "secret"));
    let mut names: Vec<EcoString> = own.map(|l| EcoString::from(&**l)).collect();
    let show = [Target::shown("op:show")];
    let refused = run.layers(|layers| layers.refused_labels(store, descriptor, &show));
    names.extend(
        refused
            .into_iter()
            .filter(|l| !names.contains(l))
            .collect::<Vec<_>>(),
    );
    if names.is_empty() {
        let told = all.iter().filter(|l| !is_under(l, "dir"));
        names.extend(told.map(|l| EcoString::from(&**l)));
    }
    ecow::eco_format!("[withheld: {}]", names.join(", "))
}

pub(super) fn for_terminal(text: &str, colours: bool, escape: bool) -> EcoString {
    let text = if escape {
        colour::escape_controls(text)
    } else {
        text.into()
    };
    if colours {
        colour::paint(&text).as_ref().into()
    } else {
        colour::strip(&text).as_ref().into()
    }
}

/// A printed text as events have it: without colours, with its line end.
pub(super) fn told(text: &str) -> EcoString {
    with_line_end(&colour::strip(text)).into()
}

fn with_line_end(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    line.push_str(text);
    line.push('\n');
    line
}
