//! How each label of a variable came onto it, as a tree for people (see [`mlld_security::Origin`]).

use crate::effect::print;
use crate::gate::Run;
use crate::value::colour::escape_controls;
use mlld_security::{Descriptor, Origin};
use std::fmt::Write;

/// What is printed for the variables of the main script that are asked about.
pub(crate) fn variables(run: &Run<'_>, names: &[String]) -> String {
    let mut out = String::new();
    let module = run.module(0);
    for name in names {
        let value = module.as_ref().and_then(|m| m.globals.get(name));
        match value {
            None => {
                let _ = writeln!(
                    out,
                    "@{name}: there is no such variable at the end of the run"
                );
            }
            Some(value) => variable(&mut out, run, name, value.descriptor()),
        }
    }
    out
}

fn variable(out: &mut String, run: &Run<'_>, name: &str, descriptor: Descriptor) {
    let store = run.store();
    let labels = store.taint_names(descriptor);
    if labels.is_empty() {
        let _ = writeln!(out, "@{name}: no labels");
        return;
    }
    // Names of files may be data that may not be shown.
    let sources = run.may_show(descriptor);
    if !sources && run.tracks() {
        // Which labels it has, and by which way, may depend on data (spec 05 §2.2).
        let withheld = print::withheld_text(run, descriptor);
        let _ = writeln!(out, "@{name}: {withheld}");
        return;
    }
    let _ = writeln!(out, "@{name}");
    let hidden = |label: &str| label.starts_with("dir:") && !sources;
    for label in labels.iter().filter(|label| !hidden(label)) {
        let _ = writeln!(out, "  {}", escape_controls(label));
        for mut origin in store.origins(descriptor, label) {
            if !sources {
                origin.withhold_sources();
            }
            tree(out, &origin, 2);
        }
    }
}

fn tree(out: &mut String, origin: &Origin, depth: usize) {
    let sentence = origin.sentence();
    let sentence = escape_controls(&sentence);
    let _ = writeln!(out, "{}└ {sentence}", "  ".repeat(depth));
    for before in &origin.from {
        tree(out, before, depth + 1);
    }
}
