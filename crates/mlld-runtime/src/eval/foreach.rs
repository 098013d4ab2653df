//! `foreach` (spec 02 §4.7).

use super::for_loop::{batch, gathered};
use super::{Cx, Eval, Failure, Problem, call, import, literal, options, path};
use crate::value::{Executable, Value};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Entry, Foreach, With};
use std::sync::Arc;

/// `foreach @f(a, b)`: the cartesian product, the last array varying fastest (spec 02 §4.7).
pub(super) fn value(cx: &Cx<'_>, f: &Foreach) -> Eval<Labelled<Value>> {
    if let Some(with) = &f.with {
        shown_options(cx, with)?;
        let message = "The options of foreach count behind show only.";
        return Err(Problem::new("R0134", "MlldDirective", message)
            .hint("Write: show foreach @f(@list) with { … }, or join the results yourself.")
            .plain());
    }
    let (values, looked_at) = results(cx, f)?;
    let reader = cx.reader();
    reader.touch(looked_at);
    let values = gathered(cx, values, &reader)?;
    batch(cx, values, f.batch.as_deref())
}

/// `show foreach …`: the results as one text (spec 02 §4.7).
pub(super) fn text(cx: &Cx<'_>, f: &Foreach) -> Eval<Labelled<EcoString>> {
    let options = f
        .with
        .as_ref()
        .map(|w| shown_options(cx, w))
        .transpose()?
        .unwrap_or_default();
    let (values, looked_at) = results(cx, f)?;
    cx.compute(|r| {
        r.touch(looked_at);
        let separator = options.separator.as_ref().map(|t| t.read(r).clone());
        let template = options.template.as_ref().map(|t| t.read(r).clone());
        let texts = values.iter().enumerate().map(|(index, value)| {
            let result = crate::value::render::template(value.read(r));
            match &template {
                None => result,
                Some(template) => filled(template, index, &result),
            }
        });
        let texts: Vec<EcoString> = texts.collect();
        let separator = separator.unwrap_or_else(|| "\n".into());
        Ok::<_, Problem>(texts.join(separator.as_str()).into())
    })
}

/// A template with `{{index}}` and `{{result}}` in their places. What is put in is not searched again.
fn filled(template: &str, index: usize, result: &str) -> EcoString {
    let mut out = EcoString::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_str(before);
        if let Some(behind) = behind.strip_prefix("index}}") {
            out.push_str(&eco_format!("{index}"));
            rest = behind;
        } else if let Some(behind) = behind.strip_prefix("result}}") {
            out.push_str(result);
            rest = behind;
        } else {
            out.push_str("{{");
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

/// How the results of a shown `foreach` are laid out.
#[derive(Default)]
struct ShownOptions {
    separator: Option<Labelled<EcoString>>,
    template: Option<Labelled<EcoString>>,
}

fn shown_options(cx: &Cx<'_>, with: &With) -> Eval<ShownOptions> {
    let mut options = ShownOptions::default();
    for entry in &with.entries {
        let Entry::Pair(pair) = entry else {
            return cx.unsupported("A spread in `with { … }`");
        };
        let slot = match pair.key.text.as_str() {
            "separator" => &mut options.separator,
            "template" => &mut options.template,
            other => {
                return Err(options::unknown(
                    other,
                    ["separator", "template"].into_iter(),
                ));
            }
        };
        *slot = Some(literal::as_text(cx, &pair.value)?);
    }
    if with.pipeline.is_some() || with.using.is_some() {
        return cx.unsupported("A pipeline or credentials among the options of `foreach`");
    }
    Ok(options)
}

/// The result of each call, in order, and the labels of what decided which calls there are.
fn results(cx: &Cx<'_>, f: &Foreach) -> Eval<(Vec<Labelled<Value>>, Descriptor)> {
    let name = &f.callee.name.text;
    let callee = match import::callee(cx, &f.callee)? {
        None => path::in_text(cx, &f.callee)?,
        imported => imported,
    };
    let Some(callee) = callee else {
        let message = eco_format!("Command not found: {name}");
        return Err(Problem::new("R0104", "MlldDirective", message).plain());
    };
    let reader = cx.reader();
    let Value::Executable(executable) = callee.read(&reader).clone() else {
        let message = eco_format!("Variable '{name}' cannot be used with foreach.");
        return cx.fail(&reader, Problem::new("R0115", "MlldDirective", message));
    };
    let mut arrays = Vec::with_capacity(f.args.len());
    for (i, arg) in f.args.iter().enumerate() {
        let value = path::call_argument(cx, arg, name)?;
        let labels = value.descriptor();
        match value.read(&reader).data() {
            Value::Array(items) => arrays.push((Arc::clone(items), labels)),
            other => {
                let message = eco_format!(
                    "Argument {} to foreach must be an array, got {}",
                    i + 1,
                    other.kind().name()
                );
                return cx.fail(&reader, Problem::new("R0116", "TypeMismatch", message));
            }
        }
    }
    if arrays.len() != executable.params.len() {
        let plural = if arrays.len() == 1 { "array" } else { "arrays" };
        let message = eco_format!(
            "Command '{name}' expects {} parameters, but foreach is passing {} {plural}",
            executable.params.len(),
            arrays.len()
        );
        return cx.fail(&reader, Problem::new("R0117", "MlldDirective", message));
    }
    let total: usize = if arrays.is_empty() {
        0
    } else {
        arrays.iter().map(|(a, _)| a.len()).product()
    };
    let mut values = Vec::with_capacity(total.min(1 << 20));
    let inner = &cx.conditional(reader.seen());
    for n in 0..total {
        let args = combination(&arrays, n);
        let of = call::Callee::of(&executable, callee.descriptor());
        let result = call::call(inner, of, args.clone());
        values.push(result.map_err(|e| in_iteration(cx, e, n, &executable, &args))?);
    }
    // That there is a result, and how many, tells what the arrays hold.
    let looked_at = reader.seen();
    cx.frame.touch(looked_at);
    Ok((values, looked_at))
}

/// The `n`th tuple of the product.
fn combination(arrays: &[(Arc<Vec<Value>>, Descriptor)], mut n: usize) -> Vec<Labelled<Value>> {
    let mut args: Vec<Labelled<Value>> = Vec::with_capacity(arrays.len());
    for (array, labels) in arrays.iter().rev() {
        let item = array
            .get(n % array.len().max(1))
            .cloned()
            .unwrap_or(Value::Null);
        n /= array.len().max(1);
        args.push(Labelled::entering(item, *labels));
    }
    args.reverse();
    args
}

/// Says in which iteration a call failed; values of labelled parameters are not shown (spec 02 §4.7).
fn in_iteration(
    cx: &Cx<'_>,
    failure: Box<Failure>,
    n: usize,
    executable: &Executable,
    args: &[Labelled<Value>],
) -> Box<Failure> {
    let Failure::Problem(problem) = *failure else {
        return failure;
    };
    let shown: Vec<EcoString> = executable
        .params
        .iter()
        .zip(args)
        .map(|(name, value)| {
            if !cx.run.store().labels(value.descriptor()).is_empty() {
                return eco_format!("{name}: ***");
            }
            let reader = cx.reader();
            eco_format!(
                "{name}: {}",
                crate::value::render::template(value.read(&reader))
            )
        })
        .collect();
    let read = cx
        .run
        .store()
        .join_all(args.iter().map(Labelled::descriptor));
    let problem = problem.map(|mut p| {
        p.message = eco_format!(
            "Error in foreach iteration {} ({}): {}",
            n + 1,
            shown.join(", "),
            p.message
        );
        p
    });
    Box::new(Failure::Problem(problem.joined(cx.run.store(), read)))
}
