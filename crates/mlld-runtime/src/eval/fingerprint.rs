//! What the answers of an executable depend on, as a hash (spec 03 §18.4).
//!
//! A recorded answer may stand for a call only of the very executable that gave it. Its own text does not tell which
//! that is: two modules may hold the same text, and mean different things by the names in it. So the hash covers the
//! module, the labels, the text, and all that the text names: values with their labels, and executables as far as
//! *their* hash would go. A body names no less than it reads, so no change that matters is missed.

use super::{Cx, ModuleEnv, call, closure, reserved};
use crate::checkpoint::{of_call, sha256};
use crate::gate::Run;
use crate::module::Imported;
use crate::value::{Executable, Home, Value};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Exe, ExprKind, Lang};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::Arc;

/// Executables that one may lead to; one that leads to more has no hash.
const MOST: usize = 10_000;

/// Hashes executables, and keeps the labels of what that looked at.
pub(super) struct Fingerprints<'c, 'a> {
    cx: &'c Cx<'a>,
    reader: Reader<'a>,
}

impl<'c, 'a> Fingerprints<'c, 'a> {
    pub(super) fn new(cx: &'c Cx<'a>) -> Self {
        Self {
            cx,
            reader: cx.reader(),
        }
    }

    /// The hash of an executable; `None` if something that it depends on cannot be told.
    pub(super) fn of(&self, executable: &Executable) -> Option<String> {
        let met = RefCell::new(Met::default());
        met.borrow_mut().number(executable.home);
        let mut told = Vec::new();
        for next in 0.. {
            let home = met.borrow().homes.get(next).copied();
            let Some(home) = home.filter(|_| next < MOST) else {
                break;
            };
            told.push(self.definition(home, &met)?);
        }
        if told.len() >= MOST {
            return None;
        }
        let told: Vec<Vec<&str>> = told
            .iter()
            .map(|part| part.iter().map(EcoString::as_str).collect())
            .collect();
        Some(sha256(serde_json::to_string(&told).ok()?.as_bytes()))
    }

    /// The labels of all that was looked at.
    pub(super) fn labels(&self) -> Descriptor {
        self.reader.seen()
    }

    /// What is to be told of the executable that is defined at `home`.
    fn definition(&self, home: Home, met: &RefCell<Met>) -> Option<Vec<EcoString>> {
        let run = self.cx.run;
        let module = run.module(home.module)?;
        let exe = call::definition(&module, home)?;
        let text = written(&module, exe)?;
        let mut told = identity(&module);
        told.push("labels".into());
        told.extend(exe.labels.iter().map(|l| l.text.clone()));
        told.push("text".into());
        told.push(text.replace("\r\n", "\n").replace('\r', "\n").into());
        if matches!(exe.body.kind, ExprKind::TemplateFile(_)) {
            let template = run.loads.template(home)?;
            self.reader.touch(template.labels);
            told.push("template".into());
            told.extend(labels(run, template.labels));
            told.push((*template.module.script.text).into());
        }
        let params = exe.params.iter().flatten();
        let params: Vec<&str> = params.map(|p| p.name.text.as_str()).collect();
        for name in closure::names(text).iter() {
            let (path, is_called) = closure::called(name);
            let (name, member) = closure::parts(path);
            if !params.contains(&name) {
                self.named(&module, name, member, is_called, met, &mut told)?;
            }
        }
        for lang in [Lang::Js, Lang::Node, Lang::Py] {
            for helper in run.shadows(module.number, lang) {
                if text.contains(helper.name.replace("-", "_").as_str()) {
                    told.push(eco_format!("{} {}", lang.word(), helper.name));
                    self.value(&helper.executable.map(Value::Executable), met, &mut told)?;
                }
            }
        }
        Some(told)
    }

    /// What a name means that an executable of `module` mentions, and of a module that it names the member.
    fn named(
        &self,
        module: &ModuleEnv,
        name: &str,
        member: Option<&str>,
        is_called: bool,
        met: &RefCell<Met>,
        told: &mut Vec<EcoString>,
    ) -> Option<()> {
        let store = self.cx.run.store();
        let found = module.globals.value(name);
        let Some((value, imported)) = found else {
            // Not there, or the runtime's own.
            if name == "payload" {
                told.push("payload".into());
                self.value(&reserved::payload(self.cx), met, told)?;
            }
            return Some(());
        };
        told.push(eco_format!("{name}.{}", member.unwrap_or_default()));
        let of_member = imported.as_deref().and_then(|i| i.part(store, member?));
        let added = imported
            .as_deref()
            .and_then(|i: &Imported| i.named(store, member, is_called));
        if let Some(added) = added {
            self.reader.touch(added);
            told.extend(labels(self.cx.run, added));
        }
        self.value(&of_member.unwrap_or(value), met, told)
    }

    /// Tells a value with its labels; executables in it by the numbers under which they are told.
    fn value(
        &self,
        value: &Labelled<Value>,
        met: &RefCell<Met>,
        told: &mut Vec<EcoString>,
    ) -> Option<()> {
        told.extend(labels(self.cx.run, value.descriptor()));
        let number = |e: &Executable| Some(met.borrow_mut().number(e.home).to_string());
        let value = std::slice::from_ref(value.read(&self.reader));
        told.push(of_call("", value, &[], &number)?.key);
        Some(())
    }
}

/// The executables that were met, numbered in the order in which they were.
#[derive(Default)]
struct Met {
    homes: Vec<Home>,
    numbers: FxHashMap<Home, usize>,
}

impl Met {
    fn number(&mut self, home: Home) -> usize {
        *self.numbers.entry(home).or_insert_with(|| {
            self.homes.push(home);
            self.homes.len() - 1
        })
    }
}

/// The executable as it is written, from its parameters on.
fn written<'m>(module: &'m ModuleEnv, exe: &Exe) -> Option<&'m str> {
    let with = exe.with.as_ref().map_or(0, |w| w.span.end);
    let end = exe.body.span.end.max(with);
    let text = module
        .script
        .text
        .get(exe.name.span.end as usize..end as usize)?;
    Some(text.trim())
}

/// Which module it is. The script itself has no name, so that scripts can share answers (`--fork`).
fn identity(module: &ModuleEnv) -> Vec<EcoString> {
    let origin = &module.origin;
    let file = |imported: bool| match imported {
        true => origin.file.to_string_lossy().as_ref().into(),
        false => EcoString::new(),
    };
    vec![
        "module".into(),
        file(origin.imported),
        origin.url.as_ref().map_or("", |u| u.as_str()).into(),
        if origin.foreign { "foreign" } else { "own" }.into(),
    ]
}

/// The labels of a descriptor, in a form that does not depend on the order in which they came.
fn labels(run: &Run<'_>, descriptor: Descriptor) -> Vec<EcoString> {
    let store = run.store();
    let mut names: Vec<Arc<str>> = store.taint_names(descriptor);
    names.extend(store.label_names(descriptor));
    names.sort_unstable();
    names.dedup();
    let names = names.iter().map(|n| EcoString::from(&**n));
    std::iter::once("labels".into()).chain(names).collect()
}
