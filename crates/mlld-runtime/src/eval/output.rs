//! `output` and `append` (spec 03 §15).

use super::file::workspace;
use super::hook::{Act, around};
use super::printing::{self, Stream};
use super::{Cx, Eval, Problem, directive, expr, handover, path};
use crate::effect::write::{FileContent, append_file, write_file};

use crate::value::format::Format;
use crate::value::{Value, json, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind};
use mlld_syntax::ast::{Append, Expr, ExprKind, Name, Output, Target};
use std::path::PathBuf;

/// The document so far (spec 03 §15.1): what was printed, with the labels of all of it.
pub(super) fn document(cx: &Cx<'_>) -> Labelled<Value> {
    let printed = cx.run.printed();
    let text = crate::effect::document::normalise(&printed.document);
    let labels = cx.run.store().join_all(printed.labels.iter().copied());
    Labelled::entering(Value::Text(text.into()), labels)
}

/// The text of a value as `output` and `log` write it, in the format asked for (spec 03 §15.1).
pub(super) fn written(
    cx: &Cx<'_>,
    value: Labelled<Value>,
    format: Option<&Name>,
    layout: fn(&Value) -> EcoString,
) -> Eval<Labelled<EcoString>> {
    cx.compute(|r| {
        let value = value.read(r);
        match format {
            None => Ok::<_, crate::value::ValueError>(layout(value)),
            Some(name) => Format::named(&name.text).map(|f| f.write(value)),
        }
    })
}

/// `output` (spec 03 §15.1).
pub(super) fn output(cx: &Cx<'_>, output: &Output) -> Eval<Labelled<EcoString>> {
    let source = match &output.source {
        Some(e) => written_operand(cx, e)?,
        None => document(cx),
    };
    output_value(cx, output, source, render::directive)
}

/// `output` of a value; `layout` is how structured values are written without a format.
pub(super) fn output_value(
    cx: &Cx<'_>,
    output: &Output,
    source: Labelled<Value>,
    layout: fn(&Value) -> EcoString,
) -> Eval<Labelled<EcoString>> {
    let labels = directive::declared(cx, &output.labels)?;
    if let Target::Resolver(name) = &output.target {
        return Err(unquoted(&name.text));
    }
    let text = written(cx, source.clone(), output.format.as_ref(), layout)?;
    let text = cx.join(text, labels);
    match &output.target {
        Target::File(path) => to_file(cx, source, text, path),
        Target::Stdout => printing::print(cx, Stream::Stdout, source, text),
        Target::Stderr => printing::print(cx, Stream::Stderr, source, text),
        Target::Env(name) => {
            let variable = match &output.source {
                Some(Expr {
                    kind: ExprKind::Path(p),
                    ..
                }) => Some(p.name.text.as_str()),
                _ => None,
            };
            handover::to_variable(cx, source, text, name.as_ref(), variable)
        }
        Target::State(path) => {
            // Without a format the value keeps its type.
            let value = match output.format {
                Some(_) => text.clone().map(Value::Text),
                None => cx.join(source, labels).map(Value::stored),
            };
            handover::to_state(cx, value, text, path)
        }
        Target::Resolver(name) => Err(unquoted(&name.text)),
    }
}

fn to_file(
    cx: &Cx<'_>,
    source: Labelled<Value>,
    text: Labelled<EcoString>,
    path: &Expr,
) -> Eval<Labelled<EcoString>> {
    let path = target_path(cx, path)?;
    let payload = FileContent::labelled(text.clone(), path, cx.run.store());
    let operation = cx
        .run
        .plain_operation(OpKind::Output, "/output", cx.place(cx.stmt.span));
    let act = Act::of("output", &operation);
    around(
        cx,
        || act,
        vec![source],
        |_| {
            let permit = cx.permit(operation, payload)?;
            write_file(cx.run, permit).map_err(not_written)?;
            Ok(text.map(Value::Text))
        },
    )
    .map(|v| v.map(|v| render::template(&v)))
}

pub(super) fn not_written((message, labels): (EcoString, Descriptor)) -> Box<super::Failure> {
    Problem::new("R0301", "MlldOutput", message).about(labels)
}

/// The source of `output` or `append`: an undefined name has a message of its own (spec 03 §15.1).
fn written_operand(cx: &Cx<'_>, e: &Expr) -> Eval<Labelled<Value>> {
    let ExprKind::Path(p) = &e.kind else {
        return expr::value(cx, e);
    };
    match path::in_text(cx, p)? {
        Some(value) => Ok(value),
        None => {
            let message = eco_format!("Variable {} not found", p.name.text);
            Err(Problem::new("R0101", "MlldDirective", message).plain())
        }
    }
}

/// `append` (spec 03 §15.3).
pub(super) fn append(cx: &Cx<'_>, append: &Append) -> Eval<Labelled<EcoString>> {
    let Some(source) = &append.source else {
        return Err(Problem::new(
            "R0304",
            "MlldOutput",
            "append syntax error. Expected: append @source to \"path\".",
        )
        .plain());
    };
    let source = written_operand(cx, source)?;
    append_value(cx, append, source, render::directive)
}

/// `append` of a value: one line.
pub(super) fn append_value(
    cx: &Cx<'_>,
    append: &Append,
    source: Labelled<Value>,
    layout: fn(&Value) -> EcoString,
) -> Eval<Labelled<EcoString>> {
    let labels = directive::declared(cx, &append.labels)?;
    let path = target_path(cx, &append.path)?;
    let line = cx.compute(|r| {
        let path = path.read(r);
        appended(source.read(r), path, append.format.as_ref(), layout)
    })?;
    let line = cx.join(line, labels);
    let input = source.clone();
    let payload = FileContent::labelled(line.clone(), path, cx.run.store());
    let operation = cx
        .run
        .plain_operation(OpKind::Append, "/append", cx.place(cx.stmt.span));
    let act = Act::of("append", &operation);
    around(
        cx,
        || act,
        vec![input],
        |_| {
            let permit = cx.permit(operation, payload)?;
            append_file(cx.run, permit).map_err(not_written)?;
            Ok(line.map(Value::Text))
        },
    )
    .map(|v| v.map(|v| render::template(&v)))
}

/// The line that is appended (spec 03 §15.3).
fn appended(
    value: &Value,
    path: &std::path::Path,
    format: Option<&Name>,
    layout: fn(&Value) -> EcoString,
) -> Result<EcoString, Problem> {
    let fail = |message: EcoString| Err(Problem::new("R0304", "MlldOutput", message));
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let format = format.map(|f| f.text.as_str());
    match format {
        Some("jsonl") if extension != "jsonl" => {
            return fail("JSONL format requires a .jsonl file extension.".into());
        }
        None | Some("jsonl" | "text") => {}
        Some(other) => {
            return fail(eco_format!(
                "Unsupported append format \"{other}\". Allowed formats: jsonl, text."
            ));
        }
    }
    if extension == "json" {
        return fail(
            "Cannot append to .json files. Use a .jsonl extension for JSON lines output.".into(),
        );
    }
    let mut line = if extension == "jsonl" && format != Some("text") {
        json::line(value).or_else(|_| {
            fail("Content appended to .jsonl must be valid JSON. Provide a variable or template that resolves to JSON data.".into())
        })?
    } else {
        layout(value)
    };
    if !line.ends_with('\n') {
        line.push('\n');
    }
    Ok(line)
}

fn unquoted(reference: &str) -> Box<super::Failure> {
    let head = reference.split('/').next().unwrap_or_default();
    Problem::new(
        "R0302",
        "MlldOutput",
        eco_format!(
            "Unquoted variable in output target: '{head}' is interpreted as a resolver name"
        ),
    )
    .hint("Put the path in double quotes to interpolate it.")
    .plain()
}

/// The path of a written file: relative ones start at the script's folder (spec 03 §15.1).
fn target_path(cx: &Cx<'_>, written: &Expr) -> Eval<Labelled<PathBuf>> {
    if cx.boxed.is_some() {
        return cx.unsupported("`output` or `append` to a file inside a `box`");
    }
    if workspace::is_named_in(cx, written)? {
        return cx.unsupported("`output` or `append` to a file of a workspace");
    }
    let text = expr::value(cx, written)?;
    cx.compute(|r| {
        let text = render::template(text.read(r));
        crate::load::path::writable(cx, &text)
    })
}
