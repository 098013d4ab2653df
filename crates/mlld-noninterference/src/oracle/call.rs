//! Executables (spec 02 §6, 05 §5.1, §6.1).

use super::methods::{js_text, transform};
use super::statements::Flow;
use super::value::{Labelled, Labels, Value};
use super::{Eval, Fault, Frame, Oracle, Scope, Stop, error};
use crate::ast::{Body, Call, Exe, Expr, Js};

/// How deep calls go: that of the evaluator (spec 02 §6.7), since generated scripts nest no other calls so deep.
const RECURSION: usize = 64;

/// What a call gave: its value, or what it told the loop that called it.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) flow: Flow,
    /// Labels of everything in it.
    pub(super) labels: Labels,
}

impl<'s> Oracle<'s> {
    /// A call as it is written.
    pub(super) fn call(&mut self, call: &'s Call) -> Eval<Labelled> {
        let args = self.args(&call.args)?;
        self.call_value(&call.name, args)
    }

    pub(super) fn args(&mut self, args: &'s [Expr]) -> Eval<Vec<Labelled>> {
        args.iter().map(|a| self.eval(a)).collect()
    }

    /// A built-in function.
    pub(super) fn builtin(&mut self, name: &str, args: &'s [Expr]) -> Eval<Labelled> {
        let mut labels = Labels::default();
        let mut first = Value::Null;
        for (i, arg) in args.iter().enumerate() {
            let arg = self.read(arg)?;
            labels.add(&arg.labels);
            if i == 0 {
                first = arg.value;
            }
        }
        let value = if name == "exists" {
            Some(Value::Bool(true))
        } else {
            transform(name, &first)
        };
        match value {
            Some(value) => Ok(Labelled::new(value, labels)),
            None => error(format!("Transformer {name} failed")),
        }
    }

    /// The value of a call with these arguments.
    pub(super) fn call_value(&mut self, name: &str, args: Vec<Labelled>) -> Eval<Labelled> {
        let called = self.call_flow(name, args)?;
        match called.flow {
            Flow::Return(value) => Ok(value.with(&called.labels)),
            Flow::Next => Ok(Labelled::new(Value::text(""), called.labels)),
            Flow::Done(..) | Flow::Continue(..) | Flow::Skip(_) => {
                error("only allowed inside loop, for or while")
            }
        }
    }

    /// Where an executable is, and the labels that its import adds.
    pub(super) fn find(&self, name: &str) -> Eval<(usize, &'s Exe, Labels)> {
        let missing = || Stop::Error(format!("Command not found: {name}"));
        let unit = self.units.get(self.here).ok_or_else(missing)?;
        if let Some((space, member)) = name.split_once('.') {
            // The labels of the import, not those of the file: they are about its values (spec 04 §7.9).
            let (module, labels, _) = unit.spaces.get(space).ok_or_else(missing)?;
            let exe = self
                .units
                .get(*module)
                .and_then(|u| u.exes.get(member))
                .ok_or_else(missing)?;
            return Ok((*module, exe, labels.clone()));
        }
        if let Some((module, original, labels)) = unit.foreign.get(name) {
            let exe = self
                .units
                .get(*module)
                .and_then(|u| u.exes.get(original))
                .ok_or_else(missing)?;
            return Ok((*module, exe, labels.clone()));
        }
        let exe = unit.exes.get(name).ok_or_else(missing)?;
        Ok((self.here, exe, Labels::default()))
    }

    /// A call that may also end with `done` or `continue`.
    pub(super) fn call_flow(&mut self, name: &str, args: Vec<Labelled>) -> Eval<Called> {
        self.step()?;
        let (module, exe, imported) = self.find(name)?;
        let mut scope = Scope::new();
        for (i, param) in exe.params.iter().enumerate() {
            let value = args
                .get(i)
                .cloned()
                .unwrap_or_else(|| Labelled::plain(Value::Null));
            scope.insert(param.clone(), value);
        }
        if self.calls >= RECURSION {
            return error("exceeded maximum recursion depth");
        }
        // An imported executable is named, with the labels of its import.
        self.look(&imported);
        let mut labels = imported;
        if !self.has(Fault::UnusedArguments) {
            args.iter().for_each(|a| labels.add(&a.labels));
        }
        let in_loop = std::mem::take(&mut self.in_loop);
        let scopes = std::mem::take(&mut self.scopes);
        let frames = std::mem::take(&mut self.frames);
        let conditions = std::mem::take(&mut self.conditions);
        let input = std::mem::take(&mut self.input);
        let here = std::mem::replace(&mut self.here, module);
        self.calls += 1;
        self.frames.push(Frame {
            read: labels,
            floor: 0,
        });
        self.scopes.push(scope);
        let result = stacker::maybe_grow(256 * 1024, 1024 * 1024, || self.body(&exe.body, &args));
        let read = self.frames.pop().map(|f| f.read).unwrap_or_default();
        self.calls -= 1;
        self.in_loop = in_loop;
        self.here = here;
        self.input = input;
        self.conditions = conditions;
        self.frames = frames;
        self.scopes = scopes;
        let mut labels = read;
        for label in exe.labels.iter().filter(|l| *l != "recursive") {
            labels.put.insert(label.clone());
        }
        if let Some(source) = source(&exe.body)
            && !(self.has(Fault::JsSource) && source == "src:js")
        {
            labels.add(&Labels::origin(source));
        }
        Ok(Called {
            flow: result?,
            labels,
        })
    }

    fn body(&mut self, body: &'s Body, args: &[Labelled]) -> Eval<Flow> {
        match body {
            Body::Value(value) => Ok(Flow::Return(self.eval(value)?)),
            Body::Block(block) => self.run(block),
            Body::File(_, parts) => Ok(Flow::Return(self.template(parts, true)?)),
            Body::Js(js) => {
                let mut labels = Labels::default();
                if !self.has(Fault::UnusedArguments) {
                    args.iter().for_each(|a| labels.add(&a.labels));
                }
                let null = Value::Null;
                let a = args.first().map_or(&null, |a| &a.value);
                let b = args.get(1).map_or(a, |b| &b.value);
                let value = match js {
                    Js::Constant => Value::Num(7.0),
                    Js::Text => Value::Text(format!("js:{}", js_text(a))),
                    Js::Pair => Value::List(vec![a.clone(), b.clone()]),
                    Js::Object => Value::Object(vec![("k".into(), a.clone())]),
                    Js::Length => match a {
                        Value::Text(t) => super::methods::count(t.encode_utf16().count()),
                        Value::List(l) => super::methods::count(l.len()),
                        Value::Null => return error("no length"),
                        // `undefined`.
                        _ => Value::text(""),
                    },
                    Js::Branch => a.clone(),
                    Js::Throw if js_text(a).len() > 3 => return error("long"),
                    Js::Throw => a.clone(),
                };
                Ok(Flow::Return(Labelled::new(value, labels)))
            }
        }
    }
}

/// The source label of a body (spec 05 §5.1).
fn source(body: &Body) -> Option<&'static str> {
    match body {
        Body::Js(_) => Some("src:js"),
        // A pipe behind `foreach` is a part of it (spec 03 §12).
        Body::Value(Expr::Pipe(first, _)) if matches!(**first, Expr::Foreach(..)) => {
            Some("src:exe")
        }
        Body::Block(_) => Some("src:exe"),
        Body::File(..) => Some("src:template"),
        Body::Value(Expr::Template(..) | Expr::Text(_) | Expr::Pipe(..) | Expr::Group(..)) => {
            Some("src:template")
        }
        Body::Value(
            Expr::When(..)
            | Expr::Match(..)
            | Expr::For(_)
            | Expr::Foreach(..)
            | Expr::Loop(..)
            | Expr::Object(..)
            | Expr::Block(_),
        ) => Some("src:exe"),
        // Just another executable, or an expression: the table names none for them.
        Body::Value(_) => None,
    }
}
