//! What the executables could do that a construct may call: end the script with `bail`, change variables of their modules
//! (spec 05 §11.2).
//!
//! The specification looks at arms only where variables are concerned, since a call cannot assign local variables of its
//! caller. Variables of the top level it can, so those count here.

use super::super::{Cx, ModuleEnv, call};
use super::facts::Facts;
use crate::value::{Executable, Home, Value};
use ecow::EcoString;
use mlld_security::Reader;
use mlld_syntax::ast::Lang;

/// Values that are looked at. What is not is taken to end the script: everything that follows is then under the labels
/// of the condition, which covers whatever else it might do.
const MOST: usize = 100_000;

/// What may be done.
#[derive(Default)]
pub(super) struct Reached {
    /// The script may be ended.
    pub(super) bails: bool,
    /// Variables of the top level that may be changed, with the number of their module.
    pub(super) changed: Vec<(u32, EcoString)>,
}

/// What the executables may do that a construct with these facts reaches.
pub(super) fn by(cx: &Cx<'_>, facts: &Facts) -> Reached {
    let mut search = Search {
        cx,
        seen: Vec::new(),
        left: MOST,
        found: Reached::default(),
    };
    let reader = cx.reader();
    for name in facts.named.iter().chain(&facts.called) {
        let local = cx.scope.get(name).map(|(local, _)| local.value);
        if let Some(value) = local.or_else(|| cx.module.globals.get(name)) {
            search.value(value.read(&reader));
        }
    }
    search.shadows(cx.module.number, &facts.languages);
    search.found
}

struct Search<'s, 'c> {
    cx: &'s Cx<'c>,
    seen: Vec<Home>,
    left: usize,
    found: Reached,
}

impl Search<'_, '_> {
    fn value(&mut self, value: &Value) {
        let Some(left) = self.left.checked_sub(1) else {
            self.found.bails = true;
            return;
        };
        self.left = left;
        match value.data() {
            Value::Executable(executable) => self.executable(executable),
            Value::Array(items) => items.iter().for_each(|v| self.value(v)),
            Value::Object(members) => members.iter().for_each(|(_, v)| self.value(v)),
            _ => {}
        }
    }

    fn executable(&mut self, executable: &Executable) {
        let home = executable.home;
        if self.seen.contains(&home) {
            return;
        }
        self.seen.push(home);
        let Some(module) = self.cx.run.module(home.module) else {
            return;
        };
        let Some(exe) = call::definition(&module, home) else {
            return;
        };
        let facts = Facts::of_body(exe);
        let is_parameter = |name: &EcoString| executable.params.contains(name);
        // What it is given to call is not known here.
        self.found.bails |= facts.bails || facts.called.iter().any(is_parameter);
        let changed = facts.assigned.iter().filter(|n| !is_parameter(n));
        self.found
            .changed
            .extend(changed.map(|name| (home.module, name.clone())));
        self.names(&module, facts.named.iter().filter(|n| !is_parameter(n)));
        self.shadows(home.module, &facts.languages);
    }

    fn names<'n>(&mut self, module: &ModuleEnv, names: impl Iterator<Item = &'n EcoString>) {
        let reader = Reader::new(self.cx.run.store());
        for name in names {
            if let Some(value) = module.globals.get(name) {
                self.value(value.read(&reader));
            }
        }
    }

    /// Code may call every shadow function of its language.
    fn shadows(&mut self, module: u32, languages: &[Lang]) {
        let reader = Reader::new(self.cx.run.store());
        for lang in languages {
            for helper in self.cx.run.shadows(module, *lang) {
                self.executable(helper.executable.read(&reader));
            }
        }
    }
}
