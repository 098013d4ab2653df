//! Expressions (spec 05 §6.1).

use super::methods::{call, clamp};
use super::operators::binary;
use super::render::template;
use super::statements::Flow;
use super::value::{Labelled, Labels, Value, put};
use super::{Eval, Fault, Oracle, SIZE, Scope, Stop, error};
use crate::ast::{Arm, Base, Block, Bound, Expr, ForBody, ForExpr, Item, Logic, Mx, Path, Step};

impl<'s> Oracle<'s> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, expr: &'s Expr) -> Eval<Labelled> {
        self.step()?;
        let value = stacker::maybe_grow(256 * 1024, 1024 * 1024, || self.eval_inner(expr))?;
        if value.value.size() > SIZE {
            Err(Stop::TooMuch)
        } else {
            Ok(value)
        }
    }

    /// The value of an expression whose data is looked at.
    pub(super) fn read(&mut self, expr: &'s Expr) -> Eval<Labelled> {
        let value = self.eval(expr)?;
        self.look(&value.labels);
        Ok(value)
    }

    fn eval_inner(&mut self, expr: &'s Expr) -> Eval<Labelled> {
        Ok(match expr {
            Expr::Text(text) => Labelled::plain(Value::text(text.as_str())),
            Expr::Num(n) => Labelled::plain(Value::Num(f64::from(*n))),
            Expr::Bool(b) => Labelled::plain(Value::Bool(*b)),
            Expr::Null => Labelled::plain(Value::Null),
            Expr::Path(path) => self.path(path)?,
            Expr::Template(_, parts) => self.template(parts, true)?,
            Expr::List(items) => self.list(items)?,
            Expr::Object(spread, entries) => self.object(spread.as_deref(), entries)?,
            Expr::Bin(op, a, b) => {
                let (a, b) = (self.read(a)?, self.read(b)?);
                let Some(value) = binary(*op, &a.value, &b.value) else {
                    return error("String concatenation with + is not supported");
                };
                Labelled::new(value, a.labels.with(&b.labels))
            }
            Expr::Not(a) => {
                let a = self.read(a)?;
                Labelled::new(Value::Bool(!a.value.truthy()), a.labels)
            }
            Expr::Logic(logic, a, b) => {
                let a = self.read(a)?;
                let enough = match logic {
                    Logic::And => !a.value.truthy(),
                    Logic::Or => a.value.truthy(),
                    Logic::Coalesce => a.value != Value::Null,
                };
                if enough {
                    a
                } else {
                    self.eval(b)?.with(&a.labels)
                }
            }
            Expr::Ternary(c, a, b) => {
                let c = self.read(c)?;
                let arm = self.eval(if c.value.truthy() { a } else { b })?;
                if self.has(Fault::TernaryCondition) {
                    arm
                } else {
                    arm.with(&c.labels)
                }
            }
            Expr::When(arms, other) => self.when(None, arms, other.as_deref())?,
            Expr::Match(on, arms, other) => {
                let on = self.read(on)?;
                self.when(Some(on), arms, other.as_deref())?
            }
            Expr::For(f) => self.for_value(f)?,
            Expr::Foreach(name, lists) => self.foreach(name, lists)?,
            Expr::Loop(limit, until, body) => self.loop_value(limit, until.as_deref(), body)?,
            Expr::Pipe(value, stages) => {
                let value = self.eval(value)?;
                self.stages(value, stages, false)?
            }
            Expr::Group(calls, stages) => {
                let value = self.group(None, calls)?;
                self.stages(value, stages, true)?
            }
            Expr::Block(block) => self.block_value(block)?,
            Expr::WorkFile(space, file) => {
                let Some(found) = self.files.get(&(space.clone(), file.clone())).cloned() else {
                    return error(format!("File not found: @{space}/{file}"));
                };
                // The workspace is a variable further out, and is named.
                self.look(&found.labels);
                found.with(&Labels::origin("src:file"))
            }
        })
    }

    pub(super) fn list(&mut self, items: &'s [Item]) -> Eval<Labelled> {
        let mut out = Vec::new();
        let mut labels = Labels::default();
        for item in items {
            let value = self.eval(&item.expr)?;
            labels.add(&value.labels);
            self.look(&value.labels);
            if !item.optional || value.value.truthy() {
                out.push(value.value);
            }
        }
        Ok(Labelled::new(Value::List(out), labels))
    }

    pub(super) fn object(
        &mut self,
        spread: Option<&str>,
        entries: &'s [(String, Item)],
    ) -> Eval<Labelled> {
        let mut out = Vec::new();
        let mut labels = Labels::default();
        if let Some(name) = spread {
            let Some(value) = self.var(name) else {
                return error(format!("Variable not found: {name}"));
            };
            self.look(&value.labels);
            labels.add(&value.labels);
            match value.value {
                Value::Object(entries) => out = entries,
                _ => return error("Cannot spread non-object value"),
            }
        }
        for (key, item) in entries {
            let value = self.eval(&item.expr)?;
            labels.add(&value.labels);
            self.look(&value.labels);
            if !item.optional || value.value.truthy() {
                put(&mut out, key, value.value);
            }
        }
        Ok(Labelled::new(Value::Object(out), labels))
    }

    fn when(
        &mut self,
        on: Option<Labelled>,
        arms: &'s [(Expr, Arm)],
        other: Option<&'s Arm>,
    ) -> Eval<Labelled> {
        let mut conditions = on.as_ref().map(|on| on.labels.clone()).unwrap_or_default();
        for (cond, arm) in arms {
            let cond = self.read(cond)?;
            conditions.add(&cond.labels);
            let matches = match &on {
                Some(on) => super::operators::equal(&on.value, &cond.value),
                None => cond.value.truthy(),
            };
            if matches {
                return self.arm(arm, &conditions);
            }
        }
        match other {
            Some(arm) => self.arm(arm, &conditions),
            None => Ok(Labelled::new(Value::Null, conditions)),
        }
    }

    fn arm(&mut self, arm: &'s Arm, conditions: &Labels) -> Eval<Labelled> {
        let value = match arm {
            Arm::Value(value) => self.under(conditions, |o| o.eval(value))?,
            Arm::Block(block) => self.under(conditions, |o| o.block_value(block))?,
            // Beyond the oracle: only whether a script is too much is asked of it then.
            Arm::Retry(_) => Labelled::plain(Value::Null),
        };
        Ok(value.with(conditions))
    }

    /// A block that gives a value.
    fn block_value(&mut self, block: &'s Block) -> Eval<Labelled> {
        let (flow, read) = self.frame(Scope::new(), |o| o.run(block))?;
        match flow {
            Flow::Return(value) => Ok(value.with(&read)),
            Flow::Next => Ok(Labelled::new(Value::text(""), read)),
            _ => error("this does not belong into a block that gives a value"),
        }
    }

    /// The elements of a source with their keys.
    pub(super) fn elements(source: &Value) -> Eval<Vec<(Value, Value)>> {
        match source {
            Value::List(list) => Ok(list
                .iter()
                .enumerate()
                .map(|(i, v)| (super::methods::count(i), v.clone()))
                .collect()),
            Value::Object(entries) => Ok(entries
                .iter()
                .map(|(k, v)| (Value::text(k.as_str()), v.clone()))
                .collect()),
            other => error(format!(
                "Type mismatch: for expects an array. Received: {}",
                other.kind()
            )),
        }
    }

    fn for_value(&mut self, f: &'s ForExpr) -> Eval<Labelled> {
        let source = self.read(&f.source)?;
        let mut labels = source.labels.clone();
        let mut out = Vec::new();
        for (key, element) in Self::elements(&source.value)? {
            let scope = pass_scope(f.key.as_deref(), &f.var, key, element, &source.labels);
            let pass = self.frame(scope, |o| {
                o.under(&source.labels, |o| {
                    let mut condition = Labels::default();
                    if let Some(filter) = &f.filter {
                        let c = o.read(filter)?;
                        if !o.has(Fault::Filter) {
                            condition = c.labels;
                        }
                        if !c.value.truthy() {
                            return Ok((None, condition, false));
                        }
                    }
                    let value = o.under(&condition.clone(), |o| o.pass_value(&f.body))?;
                    Ok((value, condition, true))
                })
            });
            let pass = if f.parallel {
                pass.map_err(Stop::gathered)
            } else {
                pass
            };
            let ((value, condition, taken), read) = pass?;
            labels.add(&condition);
            // Of a pass that its filter left out only the filter tells something.
            if taken && !(self.has(Fault::Filter) && f.filter.is_some()) {
                labels.add(&read);
            }
            if let Some(value) = value {
                labels.add(&value.labels);
                out.push(value.value);
            }
        }
        let gathered = Labelled::new(Value::List(out), labels);
        self.stages(gathered, &f.batch, false)
    }

    fn pass_value(&mut self, body: &'s ForBody) -> Eval<Option<Labelled>> {
        match body {
            ForBody::Value(value) => Ok(Some(self.eval(value)?)),
            ForBody::Block(block) => match self.run(block)? {
                Flow::Return(value) => Ok(Some(value)),
                Flow::Next => Ok(Some(Labelled::plain(Value::Null))),
                Flow::Skip(labels) => {
                    self.look(&labels);
                    Ok(None)
                }
                _ => error("this does not belong into a loop that collects"),
            },
        }
    }

    fn foreach(&mut self, name: &str, lists: &'s [Expr]) -> Eval<Labelled> {
        // Which executable it is has been read.
        let (_, _, mut labels) = self.find(name)?;
        self.look(&labels.clone());
        let mut rows: Vec<Vec<Labelled>> = vec![Vec::new()];
        for list in lists {
            let list = self.read(list)?;
            labels.add(&list.labels);
            let Value::List(items) = &list.value else {
                return error("Argument to foreach must be an array");
            };
            rows = rows
                .iter()
                .flat_map(|row| {
                    items.iter().map(|item| {
                        let mut row = row.clone();
                        row.push(Labelled::new(item.clone(), list.labels.clone()));
                        row
                    })
                })
                .collect();
        }
        let mut out = Vec::new();
        for row in rows {
            let value = self.call_value(name, row)?;
            labels.add(&value.labels);
            out.push(value.value);
        }
        Ok(Labelled::new(Value::List(out), labels))
    }

    /// A path.
    pub(super) fn path(&mut self, path: &'s Path) -> Eval<Labelled> {
        let mut value = match &path.base {
            Base::Var(name) if name.starts_with("mx.") => Labelled::plain(Value::text("x")),
            Base::Var(name) => match self.var(name) {
                Some(value) => value,
                None => return error(format!("Variable not found: {name}")),
            },
            Base::Call(call) => self.call(call)?,
            Base::Builtin(name, args) => self.builtin(name, args)?,
            Base::List(items) => self.list(items)?,
        };
        for step in &path.steps {
            // Asking for the labels of a value is not reading it (spec 05 §2.2).
            if !matches!(step, Step::Mx(Mx::Labels | Mx::Taint)) {
                self.look(&value.labels);
            }
            value = self.access(value, step)?;
        }
        Ok(value)
    }

    fn access(&mut self, from: Labelled, step: &'s Step) -> Eval<Labelled> {
        let Labelled { value, mut labels } = from;
        let found = match step {
            Step::Field(name) => match &value {
                Value::Null | Value::List(_) => Value::Null,
                Value::Object(_) => value.get(name).cloned().unwrap_or(Value::Null),
                other => return error(format!("Cannot access field on {}", other.kind())),
            },
            Step::Index(i) => index(&value, &Value::Num(f64::from(*i)))?,
            Step::By(name) => {
                let Some(key) = self.var(name) else {
                    return error(format!("Variable not found: {name}"));
                };
                self.look(&key.labels);
                labels.add(&key.labels);
                index(&value, &key.value)?
            }
            Step::Slice(a, b) => {
                let Value::List(list) = &value else {
                    return error("Cannot slice");
                };
                let from = self
                    .slice_bound(a.as_ref(), list.len(), &mut labels)?
                    .unwrap_or(0);
                let to = self
                    .slice_bound(b.as_ref(), list.len(), &mut labels)?
                    .unwrap_or(list.len());
                Value::List(list.iter().take(to).skip(from).cloned().collect())
            }
            Step::Method(name, args) => {
                let mut values = Vec::new();
                for arg in args {
                    let arg = self.read(arg)?;
                    if !self.has(Fault::MethodArguments) {
                        labels.add(&arg.labels);
                    }
                    values.push(arg.value);
                }
                match call(&value, name, &values) {
                    Some(value) => value,
                    None => return error(format!("Cannot call .{name}() on {}", value.kind())),
                }
            }
            Step::Mx(Mx::Labels) => {
                return Ok(Labelled::plain(Value::List(
                    labels.put.into_iter().map(Value::Text).collect(),
                )));
            }
            Step::Mx(Mx::Taint) => {
                let taint = labels.taint();
                let mut own = Labels::default();
                if taint.iter().any(|l| l.starts_with("dir:")) {
                    let kept = |l: &&String| {
                        l.starts_with("src:")
                            || l.starts_with("dir:")
                            || *l == "untrusted"
                            || *l == "influenced"
                    };
                    // Nobody has put them on the list: they are in its taint.
                    own.origin = taint.iter().filter(kept).cloned().collect();
                }
                return Ok(Labelled::new(
                    Value::List(taint.into_iter().map(Value::Text).collect()),
                    own,
                ));
            }
            Step::Mx(Mx::Keys) => match &value {
                Value::Object(entries) => Value::List(
                    entries
                        .iter()
                        .map(|(k, _)| Value::text(k.as_str()))
                        .collect(),
                ),
                _ => Value::Null,
            },
            Step::Mx(Mx::Length) => Value::Num(1.0),
            Step::Mx(Mx::Values) => match &value {
                Value::Object(entries) => {
                    Value::List(entries.iter().map(|(_, v)| v.clone()).collect())
                }
                _ => Value::Null,
            },
        };
        Ok(Labelled::new(found, labels))
    }

    fn slice_bound(
        &mut self,
        bound: Option<&Bound>,
        len: usize,
        labels: &mut Labels,
    ) -> Eval<Option<usize>> {
        match bound {
            None => Ok(None),
            Some(Bound::At(i)) => Ok(Some(clamp(f64::from(*i), len))),
            Some(Bound::Var(name)) => {
                let Some(found) = self.var(name) else {
                    return error(format!("Variable not found: {name}"));
                };
                self.look(&found.labels);
                labels.add(&found.labels);
                match found.value {
                    Value::Num(n) if !n.is_nan() => Ok(Some(clamp(n, len))),
                    _ => error("not a bound"),
                }
            }
        }
    }
}

/// The variables of a pass.
pub(super) fn pass_scope(
    key: Option<&str>,
    var: &str,
    k: Value,
    v: Value,
    labels: &Labels,
) -> Scope {
    let mut scope = Scope::new();
    if let Some(key) = key {
        scope.insert(key.into(), Labelled::new(k, labels.clone()));
    }
    scope.insert(var.into(), Labelled::new(v, labels.clone()));
    scope
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked"
)]
fn index(value: &Value, key: &Value) -> Eval<Value> {
    Ok(match (value, key) {
        (Value::Null, _) => Value::Null,
        (Value::List(list), Value::Num(n)) if *n >= 0.0 && n.fract() == 0.0 => {
            list.get(*n as usize).cloned().unwrap_or(Value::Null)
        }
        (Value::List(_), _) => Value::Null,
        (Value::Object(_), Value::Text(key)) => value.get(key).cloned().unwrap_or(Value::Null),
        (Value::Object(_), key) => value.get(&template(key)).cloned().unwrap_or(Value::Null),
        (other, _) => {
            return error(format!(
                "Cannot access index on non-array value ({})",
                other.kind()
            ));
        }
    })
}
