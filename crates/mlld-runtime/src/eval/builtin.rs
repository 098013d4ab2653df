//! Built-in functions and stages (spec 01 §9, 03 §7). A definition of the same name shadows them; the caller
//! has looked for one.

use super::expr::Undefined;
use super::path::{self, call_argument};
use super::{Cx, Eval, Problem, call, file, import};
use crate::value::{Value, transform};
use ecow::{EcoString, eco_format};
use mlld_security::Labelled;
use mlld_syntax::ast::{Expr, ExprKind, Path, Step, StepKind};

/// A call `@upper(x)`, `@parse.llm(x)`, `@exists(x)`, if the path is one, and the steps behind it.
pub(super) fn call<'p>(cx: &Cx<'_>, path: &'p Path) -> Eval<Option<(Labelled<Value>, &'p [Step])>> {
    let (variant, args, rest) = match path.steps.as_slice() {
        [
            Step {
                kind: StepKind::Call(args),
                ..
            },
            rest @ ..,
        ] => (None, args, rest),
        [
            Step {
                kind: StepKind::Method(variant, args),
                ..
            },
            rest @ ..,
        ] => (Some(&variant.text), args, rest),
        _ => return Ok(None),
    };
    let name = path.name.text.as_str();
    match (name, variant) {
        ("exists" | "EXISTS", None) => return exists(cx, args).map(|v| Some((v, rest))),
        ("fileExists" | "FILEEXISTS", None) => {
            return file_exists(cx, args).map(|v| Some((v, rest)));
        }
        _ => {}
    }
    let Some(transformer) = transform::find(name, variant.map(EcoString::as_str)) else {
        return Ok(None);
    };
    let args = args
        .iter()
        .map(|a| match (&a.kind, name) {
            (ExprKind::Path(p), "typeof" | "TYPEOF") => path::value(cx, p, Undefined::Error),
            _ => call_argument(cx, a, name),
        })
        .collect::<Eval<Vec<_>>>()?;
    let result = cx.compute(|r| {
        // Every argument's labels count, also of those that the function ignores (spec 05 §6.1).
        let data: Vec<Value> = args.iter().map(|a| a.read(r).clone()).collect();
        transformer.call(data.first().unwrap_or(&Value::Null))
    })?;
    Ok(Some((result, rest)))
}

/// Whether a stage names something that can run; looked at before the first stage runs (spec 03 §5).
pub(super) fn check_stage(cx: &Cx<'_>, callee: &Path) -> Eval<()> {
    // Asking whether there is such a name is not reading what it stands for.
    let aside = cx.reader();
    let looking = Cx {
        frame: &aside,
        ..*cx
    };
    if path::lookup(&looking, &callee.name.text).is_some() {
        return Ok(());
    }
    transformer(cx, callee).map(|_| ())
}

/// The transformer that a stage names, and its arguments.
fn transformer<'p>(
    cx: &Cx<'_>,
    callee: &'p Path,
) -> Eval<(&'static transform::Builtin, &'p [Expr])> {
    let name = callee.name.text.as_str();
    let mut variant: Option<&EcoString> = None;
    let mut arguments: &[Expr] = &[];
    for step in &callee.steps {
        match &step.kind {
            StepKind::Field(field) => variant = Some(field),
            StepKind::Call(args) => arguments = args,
            StepKind::Method(field, args) => {
                variant = Some(&field.text);
                arguments = args;
            }
            _ => return cx.unsupported("An index in the name of a stage"),
        }
    }
    if let Some(found) = transform::find_stage(name, variant.map(EcoString::as_str)) {
        return Ok((found, arguments));
    }
    if let Some(variant) = variant
        && transform::find(name, None).is_some()
    {
        return Err(Problem::from(transform::unknown_variant(name, variant)).plain());
    }
    let message = eco_format!("Pipeline command {name} not found");
    Err(Problem::new("R0502", "MlldPipeline", message).plain())
}

/// A stage `|@upper` of a tight pipe.
pub(super) fn stage(cx: &Cx<'_>, input: Labelled<Value>, callee: &Path) -> Eval<Labelled<Value>> {
    let name = callee.name.text.as_str();
    if let Some(bound) = path::lookup(cx, name) {
        return own_stage(cx, input, &bound, callee);
    }
    transform_stage(cx, input, callee)
}

/// A transformer as a stage.
pub(super) fn transform_stage(
    cx: &Cx<'_>,
    input: Labelled<Value>,
    callee: &Path,
) -> Eval<Labelled<Value>> {
    let (transformer, arguments) = transformer(cx, callee)?;
    let name = callee.name.text.as_str();
    // Arguments of transformers are ignored, but their labels are not.
    let arguments = arguments
        .iter()
        .map(|a| call_argument(cx, a, name))
        .collect::<Eval<Vec<_>>>()?;
    if !transformer.is_pure_stage() {
        return file::exists(cx, input);
    }
    cx.compute(|r| {
        for a in &arguments {
            a.read(r);
        }
        transformer.stage(input.read(r))
    })
}

/// A stage that is an executable: the input is its first argument (spec 03 §4).
fn own_stage(
    cx: &Cx<'_>,
    input: Labelled<Value>,
    bound: &Labelled<Value>,
    callee: &Path,
) -> Eval<Labelled<Value>> {
    let reader = cx.reader();
    let Value::Executable(executable) = bound.read(&reader) else {
        let message = "Cannot execute non-executable variable in pipeline";
        return cx.fail(&reader, Problem::new("R0501", "MlldPipeline", message));
    };
    let mut args = vec![input];
    match callee.steps.as_slice() {
        [] => {}
        [
            Step {
                kind: StepKind::Call(more),
                ..
            },
        ] => {
            for a in more {
                args.push(call_argument(cx, a, &callee.name.text)?);
            }
        }
        _ => return cx.unsupported("A member as a stage"),
    }
    call::call(cx, call::Callee::of(executable, bound.descriptor()), args)
}

/// `@exists(x)` (spec 01 §9, 04 §1.11).
fn exists(cx: &Cx<'_>, args: &[Expr]) -> Eval<Labelled<Value>> {
    let Some(arg) = args.first() else {
        return Ok(Labelled::literal(Value::Bool(false)));
    };
    match &arg.kind {
        ExprKind::Path(p) => {
            let found = match path::in_text(cx, p) {
                Err(failure) => return import::not_exported_is_false(cx, *failure),
                Ok(found) => found,
            };
            let Some(value) = found else {
                return Ok(Labelled::literal(Value::Bool(false)));
            };
            Ok(value.map(|v| Value::Bool(!matches!(v, Value::Absent))))
        }
        ExprKind::File(f) => file::reference_exists(cx, f, &[]),
        ExprKind::Postfix(base, steps) if let ExprKind::File(f) = &base.kind => {
            file::reference_exists(cx, f, steps)
        }
        _ => file::exists(cx, call_argument(cx, arg, "exists")?),
    }
}

/// `@fileExists(x)`: whether a file lies at the text of `x`.
fn file_exists(cx: &Cx<'_>, args: &[Expr]) -> Eval<Labelled<Value>> {
    let Some(arg) = args.first() else {
        return Ok(Labelled::literal(Value::Bool(false)));
    };
    let text = call_argument(cx, arg, "fileExists")?;
    file::file_exists(cx, text)
}
