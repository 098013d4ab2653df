//! What a script wants to do to the world, and the labels that rules match (spec 05 §10.2).

use crate::descriptor::Descriptor;
use crate::place::Place;
use ecow::{EcoString, eco_format};
use indexmap::IndexSet;
use std::sync::Arc;

/// The kind of an operation (spec 05 §10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpKind {
    /// `show`, the script's `=> value`.
    Show,
    /// `log`.
    Log,
    /// `output`.
    Output,
    /// `append`.
    Append,
    /// Loading a file.
    Read,
    /// A command line.
    Cmd,
    /// A shell block.
    Sh,
    /// A block of JavaScript, in process.
    Js,
    /// A block for node.
    Node,
    /// A block of Python.
    Py,
    /// A call of an executable.
    Exe,
    /// An import.
    Import,
    /// `file`, `files`.
    File,
    /// `stream`.
    Stream,
    /// `bail`.
    Bail,
}

impl OpKind {
    /// The word of reports and of the derived label: `show` of `op:show`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::Log => "log",
            Self::Output => "output",
            Self::Append => "append",
            Self::Read => "read",
            Self::Cmd => "cmd",
            Self::Sh => "sh",
            Self::Js => "js",
            Self::Node => "node",
            Self::Py => "py",
            Self::Exe => "exe",
            Self::Import => "import",
            Self::File => "file",
            Self::Stream => "stream",
            Self::Bail => "bail",
        }
    }
}

/// One thing that rules can match an operation by: a chain of labels of which the longest counts, a further
/// key, a label of the executable (spec 06 §11).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The label that is shown and that both allow and deny patterns match.
    pub label: EcoString,
    /// Labels that deny patterns match besides: every word of a command that may be its sub-command.
    pub also_denied: Vec<EcoString>,
    /// What allow patterns match where that is not `label`; `None`: `label` itself. Empty: nothing, the target
    /// is there for deny rules only.
    pub allowed_as: Option<EcoString>,
    /// Whether `@mx.op.labels` and reports show it. Further keys (`op:run`, `op:exe`) are not shown.
    pub shown: bool,
    /// The command cannot be analysed: it falls under every deny pattern below `label` (spec 05 §10.3).
    pub opaque: bool,
}

impl Target {
    /// A label that is shown.
    #[must_use]
    pub fn shown(label: impl Into<EcoString>) -> Self {
        Self {
            label: label.into(),
            also_denied: Vec::new(),
            allowed_as: None,
            shown: true,
            opaque: false,
        }
    }

    /// A further key: it matches but is not shown.
    #[must_use]
    pub fn hidden(label: impl Into<EcoString>) -> Self {
        Self {
            shown: false,
            ..Self::shown(label)
        }
    }
}

/// An operation that is about to happen.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its kind.
    pub kind: OpKind,
    /// How reports name it: `/show`, `/run "printf hi"`.
    pub subject: EcoString,
    /// What rules match.
    pub targets: Arc<[Target]>,
    /// The descriptor of each thing that flows in, in the order of spec 07 §2. The payload's own is joined by
    /// [`crate::Pending::new`] and need not be listed.
    pub inputs: Vec<Descriptor>,
    /// Where it stands in the script.
    pub place: Option<Place>,
}

/// The label above those of all commands.
const COMMAND: &str = "op:cmd";

/// The labels that `@mx.op.labels` and reports show, in order and each once: those of the shown targets, a
/// command's with the labels above it (`op:cmd:git:push` is `op:cmd`, `op:cmd:git`, `op:cmd:git:push`).
#[must_use]
pub fn shown_labels(targets: &[Target]) -> Vec<EcoString> {
    let mut shown: IndexSet<EcoString> = IndexSet::new();
    for target in targets.iter().filter(|t| t.shown) {
        if let Some(rest) = target.label.strip_prefix("op:cmd:") {
            shown.insert(COMMAND.into());
            let name = rest.split(':').next().unwrap_or_default();
            shown.insert(eco_format!("{COMMAND}:{name}"));
        }
        shown.insert(target.label.clone());
    }
    shown.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_shows_the_labels_above_it() {
        let targets = [
            Target::shown("op:cmd:git:push"),
            Target::hidden("op:run"),
            Target::shown("op:cmd:ls"),
            Target::shown("net:w"),
        ];
        assert_eq!(
            shown_labels(&targets),
            [
                "op:cmd",
                "op:cmd:git",
                "op:cmd:git:push",
                "op:cmd:ls",
                "net:w"
            ]
        );
    }
}
