//! `@debug`: the variables, for people (spec 01 §9, §15 trap 21). Names, kinds and labels, never content.

use super::Cx;
use ecow::EcoString;
use std::fmt::Write;

/// One line a variable.
pub(super) fn text(cx: &Cx<'_>) -> EcoString {
    let mut out = String::new();
    for (name, global) in cx.module.globals.all() {
        let labels = cx.run.store().taint_names(global.value.descriptor());
        let reader = cx.reader();
        let kind = global.value.read(&reader).kind().name();
        // The kind of a value that carries `secret` is content, too.
        let kind = if cx.run.may_show(global.value.descriptor()) {
            kind
        } else {
            "[REDACTED]"
        };
        let _ = write!(out, "@{name}: {kind}");
        if !labels.is_empty() {
            let _ = write!(out, " [{}]", labels.join(", "));
        }
        out.push('\n');
    }
    out.into()
}
