//! Statements and directives (spec 05 §6.1, statement blocks).

use super::eval::pass_scope;
use super::render::{printed, show, template, written};
use super::value::{Labelled, Labels, Value};
use super::{Eval, Fault, Oracle, Scope, Stop, error};
use crate::ast::{Block, Effect, Expr, Import, ImportKind, Medium, Stmt};
use crate::observe::{Kind, Seen};

/// Where a statement leads to.
#[derive(Clone, Debug)]
pub(super) enum Flow {
    /// To the next one.
    Next,
    /// Out of the body, with a value.
    Return(Labelled),
    /// Out of the loop; with a value, and the labels of the conditions around.
    Done(Option<Labelled>, Labels),
    /// To the next pass.
    Continue(Option<Labelled>, Labels),
    /// To the next element.
    Skip(Labels),
}

impl Flow {
    /// What comes out of a body in which these labels were read.
    fn with(self, labels: &Labels) -> Self {
        match self {
            Self::Next => Self::Next,
            Self::Return(value) => Self::Return(value.with(labels)),
            Self::Done(value, at) => Self::Done(value.map(|v| v.with(labels)), at.with(labels)),
            Self::Continue(value, at) => {
                Self::Continue(value.map(|v| v.with(labels)), at.with(labels))
            }
            Self::Skip(at) => Self::Skip(at.with(labels)),
        }
    }
}

impl<'s> Oracle<'s> {
    /// The directives of a script or module.
    pub(super) fn top(&mut self, block: &'s Block) -> Eval<()> {
        for stmt in block {
            match self.stmt(stmt)? {
                Flow::Next => {}
                Flow::Return(value) => {
                    self.effect(Kind::Shown, None, show(&value.value), &value.labels)?;
                    return Ok(());
                }
                _ => return error("only allowed inside loop, for or while"),
            }
        }
        Ok(())
    }

    /// The statements of a block, in the scope that is there.
    pub(super) fn run(&mut self, block: &'s [Stmt]) -> Eval<Flow> {
        for stmt in block {
            match self.stmt(stmt)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    /// A block with a scope and a frame of its own.
    fn inner(&mut self, scope: Scope, conditions: &Labels, block: &'s Block) -> Eval<Flow> {
        let (flow, read) = self.frame(scope, |o| o.under(conditions, |o| o.run(block)))?;
        Ok(flow.with(&read))
    }

    fn bound(&self, value: Labelled, labels: &[String]) -> Labelled {
        value.with(&Labels::of(labels)).with(&self.conditions)
    }

    fn bind(&mut self, name: &str, value: Labelled) -> Eval<()> {
        match self.scopes.last_mut() {
            Some(scope) => scope.insert(name.into(), value),
            None => {
                let here = self.here;
                self.unit(here)?.vars.insert(name.into(), value)
            }
        };
        Ok(())
    }

    fn stmt(&mut self, stmt: &'s Stmt) -> Eval<Flow> {
        self.step()?;
        match stmt {
            Stmt::Bind {
                labels,
                name,
                value,
            } => {
                let value = self.eval(value)?;
                let value = self.bound(value, labels);
                self.bind(name, value)?;
            }
            Stmt::Secret(number) => {
                let script = self.script;
                if let Some(secret) = script.secrets.get(*number)
                    && let Some(value) = secret.values.get(self.run)
                {
                    let value = self
                        .eval(value)?
                        .with(&Labels::of(std::slice::from_ref(&secret.label)));
                    self.bind(&secret.name, value)?;
                }
            }
            Stmt::Augment(name, value) => self.augment(name, value)?,
            Stmt::Effect(effect) => self.effect_stmt(effect)?,
            Stmt::If(cond, then, other) => {
                let cond = self.read(cond)?;
                if cond.value.truthy() {
                    return self.inner(Scope::new(), &cond.labels, then);
                }
                if let Some(other) = other {
                    return self.inner(Scope::new(), &cond.labels, other);
                }
            }
            Stmt::When(arms, other) => {
                let mut conditions = Labels::default();
                for (cond, block) in arms {
                    let cond = self.read(cond)?;
                    conditions.add(&cond.labels);
                    if cond.value.truthy() {
                        return self.inner(Scope::new(), &conditions, block);
                    }
                }
                if let Some(block) = other {
                    return self.inner(Scope::new(), &conditions, block);
                }
            }
            Stmt::For {
                key,
                var,
                source,
                filter,
                body,
            } => {
                return self.for_stmt(key.as_deref(), var, source, filter.as_ref(), body);
            }
            Stmt::Loop(limit, until, body) => {
                return match self.loop_flow(limit, until.as_ref(), body)? {
                    (Flow::Return(value), _) => Ok(Flow::Return(value)),
                    _ => Ok(Flow::Next),
                };
            }
            Stmt::Done(value) => {
                let value = self.leaving(value.as_ref())?;
                return Ok(Flow::Done(value, self.conditions.clone()));
            }
            Stmt::Continue(value) => {
                let value = self.leaving(value.as_ref())?;
                return Ok(Flow::Continue(value, self.conditions.clone()));
            }
            Stmt::Bail(text) => {
                self.read(text)?;
                return error("bail");
            }
            Stmt::Skip => return Ok(Flow::Skip(self.conditions.clone())),
            Stmt::Return(labels, value) => {
                let value = self.eval(value)?;
                return Ok(Flow::Return(self.bound(value, labels)));
            }
            Stmt::Call(call) => {
                let value = self.call(call)?;
                if self.calls == 0 || self.in_loop {
                    self.print(&value)?;
                }
            }
            Stmt::Run(call, stages) => {
                let value = self.call(call)?;
                let value = self.stages(value, stages, false)?;
                self.print(&value)?;
            }
            Stmt::Files(space, files) => {
                // They are members of one array, and containers are coarse.
                let mut labels = Labels::default();
                let mut texts = Vec::new();
                for (file, value) in files {
                    let value = self.read(value)?;
                    labels.add(&value.labels);
                    texts.push((file, show(&value.value)));
                }
                if self.denied(&["op:file", "op:output"], &labels) {
                    return Err(Stop::Denied);
                }
                for (file, text) in texts {
                    let file = (space.clone(), file.clone());
                    self.files
                        .insert(file, Labelled::new(Value::Text(text), labels.clone()));
                }
            }
            Stmt::Exe(exe) => {
                let here = self.here;
                self.unit(here)?.exes.insert(exe.name.clone(), exe);
            }
            Stmt::Import(import) => self.import(import)?,
            Stmt::Policy(policy) => self.deny.extend(policy.deny.iter().cloned()),
        }
        Ok(Flow::Next)
    }

    fn leaving(&mut self, value: Option<&'s Expr>) -> Eval<Option<Labelled>> {
        let Some(value) = value else { return Ok(None) };
        let value = self.eval(value)?;
        Ok(Some(self.bound(value, &[])))
    }

    fn augment(&mut self, name: &str, value: &'s Expr) -> Eval<()> {
        let value = self.eval(value)?;
        let Some(old) = self.var(name) else {
            return error(format!("Cannot use += on undefined variable @{name}"));
        };
        let mut labels = old.labels.with(&value.labels).with(&self.conditions);
        if self.has(Fault::Augment) {
            labels = value.labels;
        }
        self.look(&labels);
        let new = match (old.value, value.value) {
            (Value::Num(a), Value::Num(b)) => Value::Num(a + b),
            (Value::Text(a), b) => Value::Text(a + &template(&b)),
            (Value::List(mut a), Value::List(b)) => {
                a.extend(b);
                Value::List(a)
            }
            (Value::List(mut a), b) => {
                a.push(b);
                Value::List(a)
            }
            (Value::Object(mut a), Value::Object(b)) => {
                for (key, value) in b {
                    super::value::put(&mut a, &key, value);
                }
                Value::Object(a)
            }
            (a, _) => return error(format!("+= on {}", a.kind())),
        };
        if new.size() > super::SIZE {
            return Err(Stop::TooMuch);
        }
        let new = Labelled::new(new, labels);
        for scope in self.scopes.iter_mut().rev() {
            if let Some(slot) = scope.get_mut(name) {
                *slot = new;
                return Ok(());
            }
        }
        let here = self.here;
        self.unit(here)?.vars.insert(name.into(), new);
        Ok(())
    }

    fn effect_stmt(&mut self, effect: &'s Effect) -> Eval<()> {
        let value = self.read(&effect.value)?;
        let value = value.with(&Labels::of(&effect.labels));
        let (kind, path, text) = match &effect.medium {
            Medium::Show => (Kind::Shown, None, show(&value.value)),
            Medium::Log => (Kind::Stderr, None, written(&value.value)),
            Medium::Stdout => (Kind::Stdout, None, written(&value.value)),
            Medium::File(path) => (Kind::Written, Some(path.clone()), written(&value.value)),
            Medium::Append(path) => (Kind::Appended, Some(path.clone()), written(&value.value)),
        };
        self.effect(kind, path, text, &value.labels)
    }

    /// What a call statement or `run` prints.
    fn print(&mut self, value: &Labelled) -> Eval<()> {
        self.look(&value.labels);
        let text = printed(&value.value);
        if text.is_empty() {
            // That it is empty is something that its labels are about.
            return if self.denied(Kind::Shown.operations(), &value.labels) {
                Err(Stop::Denied)
            } else {
                Ok(())
            };
        }
        self.effect(Kind::Shown, None, text, &value.labels)
    }

    /// An effect, if policy lets it be.
    pub(super) fn effect(
        &mut self,
        kind: Kind,
        path: Option<String>,
        text: String,
        labels: &Labels,
    ) -> Eval<()> {
        if self.denied(kind.operations(), labels) {
            return Err(Stop::Denied);
        }
        let taint = labels.taint();
        if matches!(kind, Kind::Shown | Kind::Stdout) {
            // Nothing is printed for nothing in the beginning (spec 01 §13).
            if text.is_empty() && !self.printed {
                return Ok(());
            }
            self.printed = true;
        }
        self.seen.push(Seen {
            kind: kind.told(),
            path,
            content: Some(kind.line(text)),
            labels: labels.put.clone(),
            taint,
        });
        Ok(())
    }

    /// Whether a policy refuses such an operation with such data.
    fn denied(&self, operations: &[&str], labels: &Labels) -> bool {
        let taint = labels.taint();
        self.deny.iter().any(|(label, op)| {
            operations.contains(&op.as_str())
                && taint
                    .iter()
                    .any(|l| l == label || l.starts_with(&format!("{label}:")))
        })
    }

    fn for_stmt(
        &mut self,
        key: Option<&str>,
        var: &str,
        source: &'s Expr,
        filter: Option<&'s Expr>,
        body: &'s Block,
    ) -> Eval<Flow> {
        let source = self.read(source)?;
        for (k, element) in Self::elements(&source.value)? {
            let scope = pass_scope(
                key,
                var,
                k,
                element,
                &source.labels.clone().with(&self.conditions),
            );
            let in_loop = std::mem::replace(&mut self.in_loop, true);
            let pass = self.frame(scope, |o| {
                o.under(&source.labels, |o| {
                    let mut conditions = Labels::default();
                    if let Some(filter) = filter {
                        let c = o.read(filter)?;
                        conditions = c.labels;
                        if !c.value.truthy() {
                            return Ok(Flow::Next);
                        }
                    }
                    o.under(&conditions, |o| {
                        // Its own `=>` is the value of the pass, which nobody takes (spec 02 §1.1).
                        match body.split_last() {
                            Some((last @ Stmt::Return(..), rest)) => match o.run(rest)? {
                                Flow::Next => o.stmt(last).map(|_| Flow::Next),
                                flow => Ok(flow),
                            },
                            _ => o.run(body),
                        }
                    })
                })
            });
            self.in_loop = in_loop;
            let (flow, read) = pass?;
            match flow {
                Flow::Return(value) => return Ok(Flow::Return(value.with(&read))),
                Flow::Done(..) => break,
                Flow::Next | Flow::Continue(..) | Flow::Skip(_) => {}
            }
        }
        Ok(Flow::Next)
    }

    /// A loop that gives a value.
    pub(super) fn loop_value(
        &mut self,
        limit: &'s Expr,
        until: Option<&'s Expr>,
        body: &'s Block,
    ) -> Eval<Labelled> {
        let (flow, labels) = self.loop_flow(limit, until, body)?;
        Ok(match flow {
            Flow::Done(Some(value), _) => value.with(&labels),
            Flow::Return(_) => return error("a loop takes no return"),
            _ => Labelled::new(Value::Null, labels),
        })
    }

    /// A loop: how it ended, and the labels of everything that decided about it.
    fn loop_flow(
        &mut self,
        limit: &'s Expr,
        until: Option<&'s Expr>,
        body: &'s Block,
    ) -> Eval<(Flow, Labels)> {
        let limit = self.read(limit)?;
        let mut decided = limit.labels.clone();
        let Value::Num(limit) = limit.value else {
            return error("loop limit expects a number");
        };
        self.input.push(Labelled::plain(Value::Null));
        let mut read = Labels::default();
        let mut round = 0.0;
        let result = loop {
            if round >= limit {
                break Ok(Flow::Next);
            }
            round += 1.0;
            match self.round(&mut decided, until, body) {
                Err(stop) => break Err(stop),
                Ok((flow, seen)) => {
                    read.add(&seen);
                    match flow {
                        Flow::Next | Flow::Skip(_) => {}
                        // How a pass ended tells what was read in it.
                        Flow::Continue(value, _) => {
                            decided.add(&seen);
                            if let Some(value) = value {
                                self.input.pop();
                                self.input.push(value.with(&seen));
                            }
                        }
                        Flow::Done(value, at) => {
                            decided.add(&seen);
                            break Ok(Flow::Done(value, at));
                        }
                        Flow::Return(value) => break Ok(Flow::Return(value.with(&decided))),
                    }
                }
            }
        };
        self.input.pop();
        let result = result?;
        if !matches!(result, Flow::Done(Some(_), _)) {
            // That nothing ended it tells what all passes read.
            decided.add(&read);
        }
        Ok((result, decided))
    }

    fn round(
        &mut self,
        decided: &mut Labels,
        until: Option<&'s Expr>,
        body: &'s Block,
    ) -> Eval<(Flow, Labels)> {
        let before = decided.clone();
        self.frame(Scope::new(), |o| {
            o.under(&before, |o| {
                if let Some(until) = until {
                    let c = o.read(until)?;
                    decided.add(&c.labels);
                    if c.value.truthy() {
                        return Ok(Flow::Done(None, Labels::default()));
                    }
                }
                o.under(decided, |o| o.run(body))
            })
        })
    }

    fn import(&mut self, import: &'s Import) -> Eval<()> {
        let number = import.module + 1;
        self.evaluate_module(number)?;
        let mut labels = Labels::of(&import.labels);
        let mut from_file = labels.clone();
        from_file.origin.insert("src:file".into());
        from_file.origin.extend(self.folder.iter().cloned());
        let here = self.here;
        match &import.kind {
            ImportKind::Names(names) => {
                for (name, alias) in names {
                    let unit = self.unit(number)?;
                    if let Some(value) = unit.vars.get(name).cloned() {
                        self.unit(here)?
                            .vars
                            .insert(alias.clone(), value.with(&from_file));
                    } else if unit.exes.contains_key(name) {
                        let entry = (number, name.clone(), std::mem::take(&mut labels));
                        labels = entry.2.clone();
                        self.unit(here)?.foreign.insert(alias.clone(), entry);
                    } else {
                        return error(format!("Import '{name}' not found in module"));
                    }
                }
            }
            ImportKind::Namespace(alias) => {
                self.unit(here)?
                    .spaces
                    .insert(alias.clone(), (number, labels, from_file));
            }
        }
        Ok(())
    }

    fn evaluate_module(&mut self, number: usize) -> Eval<()> {
        let script = self.script;
        let Some(module) = number.checked_sub(1).and_then(|n| script.modules.get(n)) else {
            return error("no such module");
        };
        if self.unit(number)?.evaluated {
            return Ok(());
        }
        self.unit(number)?.evaluated = true;
        let here = std::mem::replace(&mut self.here, number);
        let result = self.top(&module.body);
        self.here = here;
        result?;
        let unit = self.unit(number)?;
        let defined = |name: &String| unit.vars.contains_key(name) || unit.exes.contains_key(name);
        match module.exports.iter().flatten().find(|name| !defined(name)) {
            Some(name) => error(format!(
                "Exported name '{name}' is not defined in this module"
            )),
            None => Ok(()),
        }
    }
}
