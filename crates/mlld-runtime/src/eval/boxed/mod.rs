//! `box` and `env` (spec 08 §11, 04 §6): blocks whose commands and files are those of a workspace in memory.
//!
//! What holds inside is dynamic: it holds for executables that are called there, too. Inside, code runs in a copy of the
//! workspace, `file` and `files` write into it, and relative file references read from it. A path that leads to the disk
//! (absolute, `@base/…`, a prefix) is refused: the workspace is the isolation (spec 08 §11.3). Hooks act outside: they
//! belong to the script, not to what they watch.

mod config;
mod tools;

use super::{Cx, Eval, Flow, Problem, Whens, block, file};
use crate::value::{Object, Value};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{BoxEnv, Lang};
use tools::Tools;

/// The box around.
pub(crate) struct Boxed {
    /// The number of its workspace.
    pub(crate) workspace: u32,
    /// The labels of what chose that workspace.
    pub(crate) chosen: Descriptor,
    /// The workspace was made for it, so it goes with it unless it is its value.
    fresh: bool,
    /// The tools it permits; `None` if all.
    tools: Option<Tools>,
}

impl Boxed {
    /// Whether code of this language may run.
    pub(crate) fn may_run(&self, lang: Lang) -> Eval<()> {
        let what = match lang {
            Lang::Cmd => "Command",
            Lang::Sh => "Shell",
            Lang::Node | Lang::Py => "Code",
            // It starts no programs.
            Lang::Js | Lang::Prose => return Ok(()),
        };
        if self.tools.as_ref().is_none_or(|t| t.permit("bash")) {
            return Ok(());
        }
        let message = eco_format!("{what} execution requires 'Bash' in env.tools");
        Err(Problem::new("R0456", "MlldSecurity", message)
            .code("ACCESS_DENIED")
            .fatal()
            .plain())
    }

    /// The names of the tools that it permits; `None` if it does not limit them.
    pub(super) fn allowed(&self) -> Option<Value> {
        self.tools.as_ref().map(Tools::value)
    }

    /// Whether what is written to it outlives the box by another way than its value.
    pub(crate) fn is_shared(&self) -> bool {
        !self.fresh
    }
}

/// `box` as a statement: its `=>` is its value, which nobody takes.
pub(super) fn exec(cx: &Cx<'_>, node: &BoxEnv) -> Eval<Flow> {
    Ok(match run(cx, node, cx.whens)?.0 {
        Flow::Return(_) => Flow::Next,
        flow => flow,
    })
}

/// `box` as the action of a `when`: where it leads, and what its `=>` gives; without one its workspace, if somebody
/// takes a value.
pub(super) fn action(cx: &Cx<'_>, node: &BoxEnv) -> Eval<(Flow, Option<Labelled<Value>>)> {
    let flow = match cx.whens {
        Whens::Give => body(cx, node)?,
        Whens::Print | Whens::Drop => run(cx, node, cx.whens)?.0,
    };
    Ok(match flow {
        Flow::Return(value) => (Flow::Next, value),
        flow => (flow, None),
    })
}

/// `box` as a value: what `=>` gives, else its workspace.
pub(super) fn value(cx: &Cx<'_>, node: &BoxEnv) -> Eval<Labelled<Value>> {
    match body(cx, node)? {
        Flow::Return(value) => Ok(value.unwrap_or_else(|| Labelled::literal(Value::Null))),
        other => other.stray(),
    }
}

/// As [`value`], for the body of an executable: what else ends a block goes outward.
pub(super) fn body(cx: &Cx<'_>, node: &BoxEnv) -> Eval<Flow> {
    let (flow, around) = run(cx, node, Whens::Give)?;
    if !matches!(flow, Flow::Next) {
        return Ok(flow);
    }
    let store = cx.run.store();
    let Some((value, labels)) = cx.run.loads.workspaces.value(around.workspace) else {
        return Ok(flow);
    };
    // A workspace cannot be recorded: it is one of this run (spec 03 §18.3).
    file::workspace::unrecorded(cx);
    let labels = store.join_all([labels, around.chosen, cx.pc()]);
    Ok(Flow::Return(Some(Labelled::entering(value, labels))))
}

fn run(cx: &Cx<'_>, node: &BoxEnv, whens: Whens) -> Eval<(Flow, Boxed)> {
    if node.with.is_some() {
        return cx.unsupported("`with` behind `box`");
    }
    let (around, decided) = config::read(cx, node.config.as_ref())?;
    let inner = Cx {
        boxed: Some(&around),
        whens,
        ..cx.under(decided)
    };
    let flow = block::run(&inner, &node.body)?.flow;
    Ok((flow.joined(cx, decided), around))
}

/// `@mx.env` and `@mx.box`: null outside; inside, what is known of it.
pub(super) fn ambient(cx: &Cx<'_>) -> Value {
    let Some(around) = cx.boxed else {
        return Value::Null;
    };
    let mut object = Object::default();
    object.insert("name".into(), Value::Null);
    object.insert("provider".into(), Value::text("local"));
    object.insert("tools".into(), around.allowed().unwrap_or(Value::Null));
    Value::object(object)
}

/// Fields of `@mx.env` to which a later version gives a meaning.
pub(super) const LATER: [&str; 8] = [
    "profile",
    "mcps",
    "fs",
    "net",
    "limits",
    "degraded",
    "mcpConfigPath",
    "socketPath",
];

/// Refuses a path that leads out of the workspace of the box.
pub(super) fn outside(shown: &str) -> Problem {
    let message = eco_format!("Access denied: {shown} is outside the workspace of the box");
    Problem::new("R0455", "MlldSecurity", message)
        .code("ACCESS_DENIED")
        .hint("Load it before the box, or write it into the workspace.")
}

/// The names of a list in a text: `"a, b"`.
fn listed(text: &str) -> impl Iterator<Item = EcoString> {
    text.split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(EcoString::from)
}
