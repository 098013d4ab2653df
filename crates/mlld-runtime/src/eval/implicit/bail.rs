//! Whether something may end the script with `bail`, by itself or by what it calls (spec 05 §11.2).

use super::super::{Cx, ModuleEnv, call};
use super::facts::Facts;
use crate::value::{Executable, Home, Value};
use mlld_security::Reader;
use mlld_syntax::ast::Lang;

/// Values inside one another that are looked at: deeper ones are taken to hold what may bail.
const DEEPEST: usize = 8;

/// Whether one of the executables that a construct reaches may bail.
pub(super) fn may_follow(cx: &Cx<'_>, facts: &Facts) -> bool {
    let mut seen = Vec::new();
    let reader = cx.reader();
    let mut names = facts.named.iter().chain(&facts.called);
    names.any(|name| {
        let local = cx.scope.get(name).map(|(local, _)| local.value);
        let value = local.or_else(|| cx.module.globals.get(name));
        value.is_some_and(|v| value_may(cx, v.read(&reader), &mut seen, DEEPEST))
    }) || shadows_may(cx, cx.module.number, &facts.languages, &mut seen)
}

fn value_may(cx: &Cx<'_>, value: &Value, seen: &mut Vec<Home>, depth: usize) -> bool {
    if depth == 0 {
        return true;
    }
    match value.data() {
        Value::Executable(executable) => executable_may(cx, executable, seen),
        Value::Array(items) => items.iter().any(|v| value_may(cx, v, seen, depth - 1)),
        Value::Object(members) => members
            .iter()
            .any(|(_, v)| value_may(cx, v, seen, depth - 1)),
        _ => false,
    }
}

fn executable_may(cx: &Cx<'_>, executable: &Executable, seen: &mut Vec<Home>) -> bool {
    let home = executable.home;
    if seen.contains(&home) {
        return false;
    }
    seen.push(home);
    let Some(module) = cx.run.module(home.module) else {
        return false;
    };
    let Some(exe) = call::definition(&module, home) else {
        return false;
    };
    let facts = Facts::of_body(exe);
    let is_parameter = |name: &ecow::EcoString| executable.params.contains(name);
    // What it is given to call is not known here.
    facts.bails
        || facts.called.iter().any(is_parameter)
        || names_may(cx, &module, &facts, &is_parameter, seen)
        || shadows_may(cx, home.module, &facts.languages, seen)
}

fn names_may(
    cx: &Cx<'_>,
    module: &ModuleEnv,
    facts: &Facts,
    is_parameter: &impl Fn(&ecow::EcoString) -> bool,
    seen: &mut Vec<Home>,
) -> bool {
    let reader = Reader::new(cx.run.store());
    let mut names = facts.named.iter().filter(|n| !is_parameter(n));
    names.any(|name| {
        let value = module.globals.get(name);
        value.is_some_and(|v| value_may(cx, v.read(&reader), seen, DEEPEST))
    })
}

/// Code may call every shadow function of its language.
fn shadows_may(cx: &Cx<'_>, module: u32, languages: &[Lang], seen: &mut Vec<Home>) -> bool {
    let reader = Reader::new(cx.run.store());
    languages.iter().any(|lang| {
        let shadows = cx.run.shadows(module, *lang);
        shadows
            .iter()
            .any(|helper| executable_may(cx, helper.executable.read(&reader), seen))
    })
}
