//! Changing labels: `=> label @v`, and trust that contradicts itself (spec 05 §8, §9).

use super::{Cx, Eval, Flow, Problem, directive};
use crate::effect::print;
use crate::value::Value;
use ecow::{EcoString, eco_format};
use mlld_security::policy::{Layers, TrustConflict};
use mlld_security::{Descriptor, LabelStore, Labelled, is_under};
use mlld_syntax::ast::{
    ArrayItem, Entry, Exe, Expr, ExprKind, LabelMod, Name, Part, Path, Template,
};

const TRUSTED: &str = "trusted";
const UNTRUSTED: &str = "untrusted";

/// The value of `e` with its labels changed, from left to right. What needs privilege is refused before the value
/// is looked at: only guards have any (spec 05 §8.3).
pub(super) fn modified(
    cx: &Cx<'_>,
    mods: &[LabelMod],
    e: Option<&Expr>,
    value: impl FnOnce() -> Eval<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    if mods.is_empty() {
        return value();
    }
    for change in mods {
        match change {
            LabelMod::Add(label) => {
                directive::declared(cx, std::slice::from_ref(label))?;
            }
            LabelMod::Bless(_) => return Err(protected(UNTRUSTED)),
            LabelMod::Remove(label) => return Err(removal(&label.text)),
            LabelMod::Clear(_) => {}
        }
    }
    let store = cx.run.store();
    let mut value = value()?;
    for change in mods {
        value = match change {
            LabelMod::Add(label) if label.text == UNTRUSTED => value.distrusted(store),
            LabelMod::Add(label) => {
                if label.text == TRUSTED && is_untrusted(cx, value.descriptor()) {
                    conflict(cx, &subject(e))?;
                }
                value.joined(store, store.declared([label.text.as_str()]))
            }
            LabelMod::Clear(_) => return Err(clearing(cx, value.descriptor())),
            LabelMod::Bless(_) => return Err(protected(UNTRUSTED)),
            LabelMod::Remove(label) => return Err(removal(&label.text)),
        };
    }
    Ok(value)
}

/// Whether taking the label away has an error of its own.
fn is_protected(label: &str) -> bool {
    [UNTRUSTED, "secret", "src"]
        .iter()
        .any(|p| is_under(label, p))
}

fn removal(label: &str) -> Box<super::Failure> {
    if is_under(label, "signed") {
        let message = eco_format!("Label '{label}' can only be made by signing");
        return Problem::new("R0110", "MlldDirective", message)
            .fatal()
            .plain();
    }
    if is_protected(label) {
        protected(label)
    } else {
        unprivileged("remove")
    }
}

fn clearing(cx: &Cx<'_>, descriptor: Descriptor) -> Box<super::Failure> {
    let labels = cx.run.store().taint_names(descriptor);
    match labels.iter().find(|l| is_protected(l)) {
        Some(label) => protected(label),
        None => unprivileged("clear"),
    }
}

fn protected(label: &str) -> Box<super::Failure> {
    let message = eco_format!("Cannot remove protected label '{label}' without privilege");
    refused("R0141", "PROTECTED_LABEL_REMOVAL", message)
}

fn unprivileged(what: &str) -> Box<super::Failure> {
    let message = eco_format!("Label modification '{what}' requires privilege");
    refused("R0142", "LABEL_PRIVILEGE_REQUIRED", message)
}

/// A mistake about labels: nothing collects it, and its code stands in the report (spec 05 §8.3, 07 §7.3).
fn refused(number: &'static str, code: &'static str, message: EcoString) -> Box<super::Failure> {
    fatal(
        number,
        code,
        message,
        "Only a privileged guard takes labels away.",
    )
}

fn fatal(
    number: &'static str,
    code: &'static str,
    message: EcoString,
    hint: &'static str,
) -> Box<super::Failure> {
    let mut problem = Problem::new(number, "MlldSecurity", message)
        .hint(hint)
        .code(code)
        .fatal();
    problem.details.push(eco_format!("code: {code}"));
    problem.plain()
}

/// What is `untrusted` was called `trusted`: it stays both, which counts as untrusted; what else happens is for the
/// policies to say (spec 05 §9).
fn conflict(cx: &Cx<'_>, subject: &str) -> Eval<()> {
    match cx.run.layers(Layers::trust_conflict) {
        TrustConflict::Silent => Ok(()),
        // That it came to this tells what decided it.
        TrustConflict::Warn if !cx.run.may_show(cx.inherited()) => Ok(()),
        TrustConflict::Warn => {
            let message = eco_format!("Trust conflict on {subject}: both trusted and untrusted");
            print::notice(cx.run, &message);
            Ok(())
        }
        TrustConflict::Error => {
            let message =
                eco_format!("Trust conflict: Cannot add 'trusted' to already untrusted {subject}");
            let hint = "Leave the label out: untrusted data stays untrusted. Only a privileged guard can change that.";
            Err(fatal("R0143", "TRUST_CONFLICT", message, hint))
        }
    }
}

/// Whether a value counts as untrusted (spec 05 §5.3, §9).
fn is_untrusted(cx: &Cx<'_>, value: Descriptor) -> bool {
    cx.run
        .layers(|layers| layers.is_untrusted(cx.run.store(), value))
}

/// A declaration calls its value trusted, which it is not.
pub(super) fn check_declared(
    cx: &Cx<'_>,
    labels: &[Name],
    value: Descriptor,
    e: &Expr,
) -> Eval<()> {
    let trusts = labels.iter().any(|l| l.text == TRUSTED);
    if trusts && is_untrusted(cx, value) {
        conflict(cx, &subject(Some(e)))?;
    }
    Ok(())
}

/// Joins the labels of a frame to what it gives. What was returned as untrusted does not look trusted because of
/// something that was trusted on its way: a change of labels is the last to act (spec 05 §8.1).
pub(super) fn framed(
    store: &LabelStore,
    value: Labelled<Value>,
    frame: Descriptor,
    join: impl FnOnce(Labelled<Value>) -> Labelled<Value>,
) -> Labelled<Value> {
    let own = value.descriptor();
    let doubted = store.carries(frame, TRUSTED)
        && store.carries(own, UNTRUSTED)
        && !store.carries(own, TRUSTED);
    let joined = join(value);
    if doubted {
        joined.distrusted(store)
    } else {
        joined
    }
}

/// Tells of an executable that calls its result trusted, which it is not.
pub(super) fn check_result(cx: &Cx<'_>, exe: &Exe, flow: &Flow) -> Eval<()> {
    match flow {
        Flow::Return(Some(value))
            if exe.labels.iter().any(|l| l.text == TRUSTED)
                && is_untrusted(cx, value.descriptor()) =>
        {
            conflict(cx, &eco_format!("@{}", exe.name.text))
        }
        _ => Ok(()),
    }
}

/// The variables of an expression, as messages name them.
fn subject(e: Option<&Expr>) -> EcoString {
    let mut names = Vec::new();
    if let Some(e) = e {
        variables(e, &mut names);
    }
    if names.is_empty() {
        return "a value".into();
    }
    names.join(", ").into()
}

fn variables(e: &Expr, names: &mut Vec<EcoString>) {
    match &e.kind {
        ExprKind::Path(p) => variable(p, names),
        ExprKind::Template(t) => in_template(t, names),
        ExprKind::Postfix(inner, _) | ExprKind::Not(_, inner) | ExprKind::Data(inner) => {
            variables(inner, names);
        }
        ExprKind::Binary(first, rest) => {
            variables(first, names);
            rest.iter().for_each(|(_, e)| variables(e, names));
        }
        ExprKind::Ternary(arms, last) => {
            for (condition, value) in arms {
                variables(condition, names);
                variables(value, names);
            }
            variables(last, names);
        }
        ExprKind::Array(items) => {
            items
                .iter()
                .for_each(|ArrayItem { value, .. }| variables(value, names));
        }
        ExprKind::Object(entries) => entries.iter().for_each(|entry| match entry {
            Entry::Spread(p) => variable(p, names),
            Entry::Pair(pair) => variables(&pair.value, names),
        }),
        ExprKind::Pipe(pipe) => {
            if let Some(source) = &pipe.source {
                variables(source, names);
            }
        }
        ExprKind::With(with) => variables(&with.value, names),
        _ => {}
    }
}

fn in_template(template: &Template, names: &mut Vec<EcoString>) {
    for part in &template.parts {
        if let Part::Interp(interp) = part {
            variable(&interp.path, names);
        }
    }
}

fn variable(path: &Path, names: &mut Vec<EcoString>) {
    let name = eco_format!("@{}", path.name.text);
    if !names.contains(&name) {
        names.push(name);
    }
}
