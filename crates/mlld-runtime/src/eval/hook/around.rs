//! Running hooks around an operation (spec 03 §17).
//!
//! The order is: before-hooks, then whatever the operation does (policy, guards, the thing itself), then
//! after-hooks; both in order of declaration. So policy and guards judge what before-hooks made of the arguments.

use super::Hook;
use super::act::{Act, Replaces};
use super::body::{self, error_record, labels_of};
use crate::eval::call::{self, How};
use crate::eval::checkpoint::{Answered, Told};
use crate::eval::{Cx, Eval, Failure, Flow, Problem, run_stmt};
use crate::value::{Executable, Value};
use mlld_security::{Labelled, OpKind, Operation, Target};
use mlld_syntax::ast::Timing;
use std::sync::Arc;

/// The hooks of one operation.
pub(in crate::eval) struct Watch<'c, 'a> {
    cx: &'c Cx<'a>,
    act: Act,
    hooks: Vec<Arc<Hook>>,
    inputs: Vec<Labelled<Value>>,
    errors: Vec<Labelled<Value>>,
    /// How a call was answered, as soon as it was.
    answered: Option<Answered>,
}

impl<'c, 'a> Watch<'c, 'a> {
    /// `None` where no hook is declared, and inside of hooks: the usual case costs one look.
    pub(in crate::eval) fn new(cx: &'c Cx<'a>, act: impl FnOnce() -> Act) -> Option<Self> {
        if cx.in_hook || !cx.module.hooks.any() {
            return None;
        }
        Some(Self {
            cx,
            act: act(),
            hooks: cx.module.hooks.all(),
            inputs: Vec::new(),
            errors: Vec::new(),
            answered: None,
        })
    }

    /// Runs the hooks before the operation: the inputs as they left them.
    pub(in crate::eval) fn before(
        &mut self,
        inputs: Vec<Labelled<Value>>,
    ) -> Eval<Vec<Labelled<Value>>> {
        self.inputs = inputs;
        for hook in self.of(Timing::Before) {
            if let Some(value) = self.run(&hook, None)? {
                self.replace(value);
            }
        }
        Ok(self.inputs.clone())
    }

    /// Runs the hooks after the operation: its result as they left it, and whether one of them changed it.
    pub(in crate::eval) fn after(
        &mut self,
        mut output: Labelled<Value>,
    ) -> Eval<(Labelled<Value>, bool)> {
        let mut changed = false;
        for hook in self.of(Timing::After) {
            if let Some(value) = self.run(&hook, Some(&output))? {
                output = value.joined_before(self.cx.run.store(), output.descriptor());
                changed = true;
            }
        }
        Ok((output, changed))
    }

    /// As [`Self::after`], where what hooks return is of no consequence.
    pub(in crate::eval) fn ended(&mut self, output: Labelled<Value>) -> Eval<()> {
        let _ = self.after(output)?;
        Ok(())
    }

    /// The operation did not come to its end. After a refusal the hooks behind it run all the same, without
    /// output; what they return is of no consequence.
    pub(in crate::eval) fn failed<T>(&mut self, failure: Box<Failure>) -> Eval<T> {
        if matches!(*failure, Failure::Denied(_)) {
            for hook in self.of(Timing::After) {
                let _ = self.run(&hook, None)?;
            }
        }
        Err(failure)
    }

    fn of(&self, timing: Timing) -> Vec<Arc<Hook>> {
        let of_timing = |h: &&Arc<Hook>| h.written.timing == timing;
        self.hooks.iter().filter(of_timing).cloned().collect()
    }

    /// Runs one hook, if it watches this. Its mistakes and refusals are its own (spec 03 §17).
    fn run(
        &mut self,
        hook: &Hook,
        output: Option<&Labelled<Value>>,
    ) -> Eval<Option<Labelled<Value>>> {
        let (cx, store) = (self.cx, self.cx.run.store());
        let decided = cx.reader();
        if !self.act.is_watched_by(cx, hook, &self.inputs, &decided) {
            return Ok(None);
        }
        let errors = Labelled::gather(store, self.errors.iter().cloned()).map(Value::array);
        let result = body::run(
            cx,
            hook,
            (&self.act, self.answered.as_ref()),
            &self.inputs,
            output,
            errors,
        );
        let failure = match result {
            Ok(value) => return Ok(value.map(|v| cx.join(v, decided.seen()))),
            Err(failure) => failure,
        };
        let error = match *failure {
            Failure::Denied(denial) => Labelled::literal(Problem::new("", "", denial.reason)),
            Failure::Problem(problem) | Failure::Fatal(problem) => problem,
            closed @ Failure::OutputClosed => return Err(Box::new(closed)),
        };
        let reader = cx.reader();
        let amid = error.read(&reader).amid;
        if error.read(&reader).code == Problem::NOT_SUPPORTED {
            // Not a fault of the hook: it cannot do what is written there.
            return Err(Box::new(Failure::Fatal(error)));
        }
        let record = error.map(|e| error_record(hook, e.message));
        self.errors
            .push(cx.join(cx.join(record, amid), labels_of(cx, &self.inputs)));
        Ok(None)
    }

    /// Puts what a before-hook returned in place. It carries the labels of what it replaces, too.
    fn replace(&mut self, value: Labelled<Value>) {
        let store = self.cx.run.store();
        let most = self.act.called.as_ref().map_or(1, |c| c.params.len());
        let labels = value.descriptor();
        let reader = self.cx.reader();
        let values = match (value.read(&reader).data(), self.act.replaces) {
            (_, Replaces::Nothing) => return,
            (Value::Array(items), Replaces::Arguments) => items.to_vec(),
            _ => vec![value.read(&reader).clone()],
        };
        for (i, new) in values.into_iter().take(most).enumerate() {
            let new = Labelled::entering(new, labels);
            match self.inputs.get_mut(i) {
                Some(old) => *old = new.joined_before(store, old.descriptor()),
                None => self.inputs.push(new),
            }
        }
    }
}

/// Hooks around something that makes a value of its inputs.
pub(in crate::eval) fn around(
    cx: &Cx<'_>,
    act: impl FnOnce() -> Act,
    inputs: Vec<Labelled<Value>>,
    perform: impl FnOnce(Vec<Labelled<Value>>) -> Eval<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    let Some(mut watch) = Watch::new(cx, act) else {
        return perform(inputs);
    };
    let inputs = watch.before(inputs)?;
    match perform(inputs) {
        Ok(output) => watch.after(output).map(|(output, _)| output),
        Err(failure) => watch.failed(failure),
    }
}

/// Hooks around a command or a code block that is an operation of its own; where it is the body of a call, they
/// are around the call. `shown` is what it runs, as people see it.
pub(in crate::eval) fn around_code(
    cx: &Cx<'_>,
    operation: Operation,
    shown: Labelled<Value>,
    perform: impl FnOnce(Operation) -> Eval<Labelled<Value>>,
) -> Eval<Labelled<Value>> {
    if operation.kind == OpKind::Exe {
        return perform(operation);
    }
    let act = Act::of("run", &operation);
    around(cx, || act, vec![shown], |_| perform(operation))
}

/// Hooks around a call, by whatever way it came about.
pub(in crate::eval) fn around_call(
    cx: &Cx<'_>,
    executable: &Executable,
    args: Vec<Labelled<Value>>,
    how: How<'_>,
    told: &Told,
    perform: impl FnOnce(Vec<Labelled<Value>>) -> Eval<Flow>,
) -> Eval<Flow> {
    let act = || Act::call(executable, targets(cx, executable, how.extra.stream));
    let Some(mut watch) = Watch::new(cx, act) else {
        return perform(args);
    };
    // What an executable without parameters is given is an input, too, but no argument.
    let given = args.len();
    let mut inputs = args;
    if let Some(input) = how.input
        && executable.params.is_empty()
    {
        inputs.push(input.clone());
    }
    let mut args = watch.before(inputs)?;
    if executable.params.is_empty() {
        args.truncate(given);
    }
    let performed = perform(args);
    watch.answered = told.get().cloned();
    let output = match performed {
        Ok(Flow::Return(Some(output))) => output,
        Ok(Flow::Return(None) | Flow::Next) => Labelled::literal(Value::Null),
        // The call asks for something of whoever called: it has no result yet.
        Ok(flow) => return Ok(flow),
        Err(failure) => return watch.failed(failure),
    };
    watch
        .after(output)
        .map(|(output, _)| Flow::Return(Some(output)))
}

/// What filters match a call by: the executable's labels, and the kind of its body where that is one command or
/// code block (spec 05 §10.2).
fn targets(cx: &Cx<'_>, executable: &Executable, streamed: bool) -> Vec<Target> {
    let mut targets = vec![Target::hidden("op:exe")];
    let module = cx.run.module(executable.home.module);
    let exe = module
        .as_deref()
        .and_then(|m| call::definition(m, executable.home));
    let Some(exe) = exe else { return targets };
    targets.extend(exe.labels.iter().map(|l| Target::shown(l.text.clone())));
    if streamed {
        targets.push(Target::shown("op:stream"));
    }
    let code = run_stmt::whole(exe).map(|w| w.code);
    if let Some(code) = code {
        targets.push(Target::shown(ecow::eco_format!("op:{}", code.lang.word())));
    }
    if code.is_some() || cx.by_run {
        targets.push(Target::hidden("op:run"));
    }
    targets
}
