//! An interpreter that is only meant to be right: everything is copied, nothing is shared, nothing is remembered. It
//! follows spec 05 word by word, so that the labels of the real evaluator can be compared with something that was
//! written apart from it.

mod call;
mod eval;
mod methods;
mod operators;
mod pipe;
mod render;
mod statements;
mod template;
mod value;

use crate::ast::{Exe, Script};
use crate::observe::{Ended, Observed, Seen};
use std::collections::BTreeMap;
pub use value::{Labelled, Labels, Value};

/// A mistake that is put into the oracle, to show that the comparison finds such mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Labels of a method's arguments are lost.
    MethodArguments,
    /// Labels of the condition of a ternary are lost.
    TernaryCondition,
    /// Labels of arguments that a body does not use are lost.
    UnusedArguments,
    /// Labels of a filter are lost.
    Filter,
    /// The provenance of JavaScript is lost.
    JsSource,
    /// Declared labels are lost where a value is appended.
    Augment,
}

/// Why evaluation does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A mistake of the script.
    Error(String),
    /// A refusal by policy.
    Denied,
    /// It takes too long or makes too much: not a script to be run.
    TooMuch,
    /// Something that is not written here: what follows is not known.
    Unknown,
}

impl Stop {
    /// In a parallel part: a mistake would become a record, with a text that only the evaluator knows.
    fn gathered(self) -> Self {
        match self {
            Self::Error(_) => Self::Unknown,
            other => other,
        }
    }
}

type Eval<T> = Result<T, Stop>;

fn error<T>(text: impl Into<String>) -> Eval<T> {
    Err(Stop::Error(text.into()))
}

type Scope = BTreeMap<String, Labelled>;

/// What has been read in a body (spec 05 §6.2).
#[derive(Clone, Debug, Default)]
struct Frame {
    read: Labels,
    /// Scopes before this one belong to what is around the body.
    floor: usize,
}

/// A module that has been evaluated, or the script.
#[derive(Debug, Default)]
struct Unit<'s> {
    vars: Scope,
    exes: BTreeMap<String, &'s Exe>,
    /// Imported executables: where they are, the name there, labels of the import.
    foreign: BTreeMap<String, (usize, String, Labels)>,
    /// Namespaces: the module, the labels of the import, those and the file's.
    spaces: BTreeMap<String, (usize, Labels, Labels)>,
    evaluated: bool,
}

/// How much a script may do.
const STEPS: usize = 20_000;

/// How large a value may get.
const SIZE: usize = 50_000;

struct Oracle<'s> {
    script: &'s Script,
    run: usize,
    fault: Option<Fault>,
    /// The script's folder as labels have it.
    folder: Vec<String>,
    /// The script first, then its modules.
    units: Vec<Unit<'s>>,
    here: usize,
    scopes: Vec<Scope>,
    frames: Vec<Frame>,
    /// Labels of the conditions of the constructs around, in this body (spec 05 §6.1, statement blocks).
    conditions: Labels,
    input: Vec<Labelled>,
    deny: Vec<(String, String)>,
    files: BTreeMap<(String, String), Labelled>,
    seen: Vec<Seen>,
    steps: usize,
    /// How many calls deep.
    calls: usize,
    /// In the block of a `for`: calls print what they give.
    in_loop: bool,
    /// What the members of the last group gave, each with its own labels.
    members: Vec<Labelled>,
    /// Something has been printed.
    printed: bool,
}

/// Runs a script: what it does, with which labels, in the order in which it does it.
///
/// `folder` is the folder that the script is taken to lie in, an absolute path without links.
#[must_use]
pub fn interpret(script: &Script, run: usize, folder: &str, fault: Option<Fault>) -> Observed {
    let mut labels = Vec::new();
    let mut path = folder.trim_end_matches('/');
    while !path.is_empty() {
        labels.push(format!("dir:{path}"));
        path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    let mut units = vec![Unit::default()];
    units.resize_with(script.modules.len() + 1, Unit::default);
    let mut oracle = Oracle {
        script,
        run,
        fault,
        folder: labels,
        units,
        here: 0,
        scopes: Vec::new(),
        frames: Vec::new(),
        conditions: Labels::default(),
        input: Vec::new(),
        deny: Vec::new(),
        files: BTreeMap::new(),
        seen: Vec::new(),
        steps: 0,
        calls: 0,
        in_loop: false,
        members: Vec::new(),
        printed: false,
    };
    let ended = match oracle.top(&script.body) {
        Ok(()) => Ended::Well,
        Err(Stop::Denied) => Ended::Denied,
        Err(Stop::TooMuch) => Ended::TooMuch,
        Err(Stop::Unknown) => Ended::Unknown,
        Err(Stop::Error(text)) => Ended::Error(text),
    };
    Observed {
        seen: oracle.seen,
        ended,
    }
}

impl<'s> Oracle<'s> {
    /// Somebody looks at data with these labels.
    fn look(&mut self, labels: &Labels) {
        if let Some(frame) = self.frames.last_mut() {
            frame.read.add(labels);
        }
    }

    fn step(&mut self) -> Eval<()> {
        self.steps += 1;
        if self.steps > STEPS {
            Err(Stop::TooMuch)
        } else {
            Ok(())
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn unit(&mut self, number: usize) -> Eval<&mut Unit<'s>> {
        self.units
            .get_mut(number)
            .ok_or_else(|| Stop::Error("no such module".into()))
    }

    /// A variable as it is seen from here; naming one of outside is reading it.
    fn var(&mut self, name: &str) -> Option<Labelled> {
        if let Some((space, member)) = name.split_once('.') {
            return self.member(space, member);
        }
        if name == "input"
            && let Some(input) = self.input.last()
        {
            return Some(input.clone());
        }
        let floor = self.frames.last().map_or(0, |f| f.floor);
        for (depth, scope) in self.scopes.iter().enumerate().rev() {
            if let Some(found) = scope.get(name) {
                let found = found.clone();
                if depth < floor {
                    self.look(&found.labels);
                }
                return Some(found);
            }
        }
        let found = self.units.get(self.here)?.vars.get(name)?.clone();
        self.look(&found.labels);
        Some(found)
    }

    fn member(&mut self, space: &str, member: &str) -> Option<Labelled> {
        let (module, _, labels) = self.units.get(self.here)?.spaces.get(space)?.clone();
        let mut found = self.units.get(module)?.vars.get(member)?.clone();
        found.labels.add(&labels);
        // A namespace is one value with the labels of all its members (spec 05 §6.1).
        self.look(&found.labels);
        Some(found)
    }

    /// A body with a frame and a scope of its own: what it gave, and all that was read in it.
    fn frame<T>(
        &mut self,
        scope: Scope,
        body: impl FnOnce(&mut Self) -> Eval<T>,
    ) -> Eval<(T, Labels)> {
        self.scopes.push(scope);
        self.frames.push(Frame {
            read: Labels::default(),
            floor: self.scopes.len() - 1,
        });
        let result = stacker::maybe_grow(256 * 1024, 1024 * 1024, || body(self));
        self.scopes.pop();
        let read = self.frames.pop().map(|f| f.read).unwrap_or_default();
        self.look(&read);
        Ok((result?, read))
    }

    /// The same under conditions with these labels.
    fn under<T>(
        &mut self,
        conditions: &Labels,
        body: impl FnOnce(&mut Self) -> Eval<T>,
    ) -> Eval<T> {
        let before = self.conditions.clone();
        self.conditions.add(conditions);
        let result = body(self);
        self.conditions = before;
        result
    }
}
