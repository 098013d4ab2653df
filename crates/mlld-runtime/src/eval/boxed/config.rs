//! What is written behind `box` (spec 08 §11.1, §11.2).

use super::Boxed;
use super::tools::Asked;
use crate::eval::{Cx, Eval, Problem, expr, file};
use crate::load::workspace;
use crate::value::Value;
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Entry, Expr, ExprKind};

/// Fields to which a later version gives a meaning. Each is a limit or a choice: none may be passed over.
const LATER: [&str; 13] = [
    "provider",
    "mcps",
    "net",
    "limits",
    "auth",
    "taint",
    "profile",
    "profiles",
    "name",
    "from",
    "keep",
    "degrade",
    "mcpConfig",
];

/// The workspace that a box is given, and the labels of its being that one.
type Given = (u32, Descriptor);

/// What a configuration says.
struct Said {
    workspace: Option<Given>,
    tools: Asked,
}

/// The box that a configuration describes, and the labels of what it says.
pub(super) fn read(cx: &Cx<'_>, config: Option<&Expr>) -> Eval<(Boxed, Descriptor)> {
    let reader = cx.reader();
    let (said, inherits) = match config {
        None => (
            Said {
                workspace: None,
                tools: Asked::Defaults,
            },
            false,
        ),
        Some(config) => (said(cx, config, &reader)?, true),
    };
    // A box that does not say shares the workspace of the one around it.
    let outer = cx.boxed.filter(|_| inherits);
    let (workspace, chosen, fresh) = match (said.workspace, outer) {
        (Some((workspace, chosen)), _) => (workspace, chosen, false),
        (None, Some(outer)) => (outer.workspace, outer.chosen, outer.fresh),
        (None, None) => (cx.run.loads.workspaces.fresh(), Descriptor::EMPTY, true),
    };
    let parent = cx.boxed.and_then(|b| b.tools.as_ref());
    let tools = match said.tools.narrow(parent) {
        Ok(tools) => tools,
        Err(problem) => return cx.fail(&reader, problem),
    };
    let decided = reader.seen();
    cx.frame.touch(decided);
    let around = Boxed {
        workspace,
        chosen,
        fresh,
        tools,
    };
    Ok((around, decided))
}

/// What a configuration says. The labels of a workspace in it are not those of what it says: its files keep their own.
fn said(cx: &Cx<'_>, config: &Expr, reader: &mlld_security::Reader<'_>) -> Eval<Said> {
    if let Some(given) = named(cx, config) {
        return Ok(Said {
            workspace: Some(given),
            tools: Asked::Defaults,
        });
    }
    let mut fields: Vec<(EcoString, Field)> = Vec::new();
    match &config.kind {
        ExprKind::Object(entries) if entries.iter().all(is_plain) => {
            for entry in entries {
                let Entry::Pair(pair) = entry else { continue };
                let field = match named(cx, &pair.value) {
                    Some(given) => Field::Workspace(given),
                    None => Field::Value(expr::value(cx, &pair.value)?),
                };
                fields.push((pair.key.text.clone(), field));
            }
        }
        _ => {
            let value = expr::operand(cx, config)?;
            let labels = value.descriptor();
            if let Some(number) = workspace::number(value.read(reader)) {
                return Ok(Said {
                    workspace: Some((number, labels)),
                    tools: Asked::Defaults,
                });
            }
            let Value::Object(object) = value.read(reader).data() else {
                let message = "box config must be an object.";
                return cx.fail(reader, Problem::new("R0459", "MlldBox", message));
            };
            for (name, value) in object.iter() {
                let value = Labelled::entering(value.clone(), labels);
                fields.push((name.clone(), Field::Value(value)));
            }
        }
    }
    let mut workspace = None;
    let mut tools = None;
    for (name, field) in fields {
        match (name.as_str(), field) {
            ("fs", field) => workspace = Some(field.workspace(cx)?),
            ("tools", Field::Value(value)) => match Asked::read(value.read(reader)) {
                Ok(asked) => tools = Some(asked),
                Err(problem) => return cx.fail(reader, problem),
            },
            (later, _) if LATER.contains(&later) => {
                return cx.unsupported(eco_format!("The field '{later}' of `box`"));
            }
            (unknown, _) => {
                let message = eco_format!("box: unknown field '{unknown}'");
                let problem = Problem::new("R0457", "MlldBox", message);
                return cx.fail(reader, problem.hint("`tools` and `fs` are known."));
            }
        }
    }
    let default = match workspace {
        Some(_) => Asked::Defaults,
        None => Asked::Inherited,
    };
    Ok(Said {
        workspace,
        tools: tools.unwrap_or(default),
    })
}

/// One field.
enum Field {
    /// A workspace, by the name of its variable.
    Workspace(Given),
    /// Anything else.
    Value(Labelled<Value>),
}

impl Field {
    /// The workspace that it is.
    fn workspace(self, cx: &Cx<'_>) -> Eval<Given> {
        match self {
            Self::Workspace(given) => Ok(given),
            Self::Value(value) => {
                let labels = value.descriptor();
                match workspace::number(value.read(&cx.reader())) {
                    Some(number) => Ok((number, labels)),
                    None => cx.unsupported("The field 'fs' of `box` with anything but a workspace"),
                }
            }
        }
    }
}

/// The workspace that an expression names.
fn named(cx: &Cx<'_>, e: &Expr) -> Option<Given> {
    match &e.kind {
        ExprKind::Path(p) if p.steps.is_empty() => file::workspace::named(cx, &p.name.text),
        _ => None,
    }
}

fn is_plain(entry: &Entry) -> bool {
    matches!(entry, Entry::Pair(pair) if !pair.conditional)
}
