//! Implicit flows: what a branch tells by having run or not (spec 05 §11).
//!
//! [`Cx::pc`] is the state: the labels of everything that decided that evaluation has come here. It is lexical, but for
//! what early exits leave behind ([`Exits`]): who gets past a branch that might have returned knows how its condition
//! came out.
//!
//! Without `defaults.implicitflows: "track"` the labels of conditions are on values that are made and assigned in a
//! branch, and on nothing else.

mod facts;
mod reach;

use super::scope::Change;
use super::{Cx, Eval, Failure, ModuleEnv};
use ecow::EcoString;
use facts::Facts;
use mlld_security::{Descriptor, Labelled, Operation, Permit};
use mlld_syntax::ast::{Expr, For, If, Loop, When};
use std::cell::Cell;

/// Labels that an early exit, taken or not, has left behind.
pub(crate) type Raised = Cell<Descriptor>;

/// What early exits have left behind, in everything that they leave.
#[derive(Clone, Copy)]
pub(crate) struct Exits<'a> {
    /// To the end of the script, in this thread of it: `bail`.
    pub(crate) script: &'a Raised,
    /// To the end of the executable: `=>`, `retry`.
    pub(crate) function: &'a Raised,
    /// To the end of the loop: `done`, `continue`, `skip`.
    pub(crate) turns: &'a Raised,
}

impl<'a> Exits<'a> {
    /// In an executable that has just begun. What its caller has behind it is in the labels that it starts with.
    pub(super) fn in_function(self, raised: &'a Raised) -> Self {
        Self {
            function: raised,
            turns: raised,
            ..self
        }
    }

    /// In a block, arm or pass that takes the value of each `=>` in it. What was left behind before counts inside, too;
    /// what is left behind inside does not count outside: the value carries it.
    pub(super) fn in_value(self, raised: &'a Raised) -> Self {
        raised.set(self.function.get());
        Self {
            function: raised,
            ..self
        }
    }

    /// In a loop. What was left behind before counts inside, too; what is left behind inside does not count outside.
    pub(super) fn in_loop(self, raised: &'a Raised) -> Self {
        raised.set(self.turns.get());
        Self {
            turns: raised,
            ..self
        }
    }
}

/// What a thread of its own has left behind when it ends.
#[derive(Clone, Copy, Default)]
pub(crate) struct Left {
    script: Descriptor,
    function: Descriptor,
    turns: Descriptor,
}

impl Left {
    /// What it tells that the value of a pass is what it is, and that there is one; nothing of that is left behind
    /// outside of a loop that collects.
    pub(super) fn of_pass(self) -> (Descriptor, Descriptor) {
        (self.turns, self.function)
    }

    /// Without what ends with the value of the pass.
    pub(super) fn beyond_value(self) -> Self {
        Self {
            function: Descriptor::EMPTY,
            ..self
        }
    }
}

/// The exits of a thread of its own: it starts with nothing behind it.
#[derive(Default)]
pub(super) struct Apart {
    script: Raised,
    function: Raised,
    turns: Raised,
}

impl Apart {
    pub(super) fn exits(&self) -> Exits<'_> {
        Exits {
            script: &self.script,
            function: &self.function,
            turns: &self.turns,
        }
    }

    pub(super) fn left(&self) -> Left {
        Left {
            script: self.script.get(),
            function: self.function.get(),
            turns: self.turns.get(),
        }
    }
}

impl<'a> Cx<'a> {
    /// The labels of everything that decided that evaluation has come here (spec 05 §11.1).
    pub(crate) fn pc(&self) -> Descriptor {
        if !self.run.tracks() {
            return self.pc;
        }
        let Exits {
            script,
            function,
            turns,
        } = self.exits;
        let raised = [self.pc, script.get(), function.get(), turns.get()];
        self.run.store().join_all(raised)
    }

    /// The labels that a call starts with: those of the caller if implicit flows are tracked.
    pub(super) fn inherited(&self) -> Descriptor {
        match self.run.tracks() {
            true => self.pc(),
            false => Descriptor::EMPTY,
        }
    }

    /// The one way to an effect (spec 07 §6.6): that it happens tells what decided it.
    pub(crate) fn permit<P>(
        &self,
        mut operation: Operation,
        payload: Labelled<P>,
    ) -> Eval<Permit<P>> {
        operation.inputs.push(self.inherited());
        if self.module.origin.foreign {
            // Whatever the code of a module from elsewhere does, it does with text that is not the author's own
            // (spec 04 §7.9).
            let from_elsewhere = self.run.store().told(["src:network"]);
            operation.inputs.push(from_elsewhere);
        }
        // A refusal names the operation in the words of the script: not where those may not be shown.
        if !self.run.may_show(self.module.script.labels) {
            let word = operation.subject.split(' ').next().unwrap_or_default();
            operation.subject = word.into();
        }
        let permit = self.run.permit(operation, payload);
        permit.map_err(|mut failure| {
            if let Failure::Denied(denial) = failure.as_mut()
                && self.is_concealed()
            {
                denial.withhold_operation();
            }
            failure
        })
    }

    /// Whether that evaluation has come here may not be told: reports name a statement further out.
    pub(super) fn is_concealed(&self) -> bool {
        !self.run.may_show(self.inherited())
    }

    /// Inside something that is evaluated because of data with these labels, if implicit flows are tracked: its value
    /// carries them in any case.
    pub(super) fn conditional(&self, descriptor: Descriptor) -> Self {
        match self.run.tracks() {
            true => self.under(descriptor),
            false => *self,
        }
    }

    /// A failure here: that it happened tells what decided that evaluation has come here.
    pub(super) fn decided(&self, failure: Failure) -> Failure {
        failure.decided_by(self.run.store(), self.inherited())
    }

    /// After an `if` whose condition has these labels.
    pub(super) fn after_if(&self, conditions: Descriptor, stmt: &If) -> Eval<()> {
        self.after(conditions, || Facts::of_if(stmt, self.gives()))
    }

    /// After a `when` statement.
    pub(super) fn after_when(&self, conditions: Descriptor, when: &When) -> Eval<()> {
        self.after(conditions, || Facts::of_when(when, self.gives()))
    }

    /// After a `when` as a value.
    pub(super) fn after_when_value(&self, conditions: Descriptor, when: &When) -> Eval<()> {
        self.after(conditions, || Facts::of_when_value(when))
    }

    /// After a `for`; `conditions` are those of the collection, the filter and whatever left a pass.
    pub(super) fn after_for(&self, conditions: Descriptor, f: &For, collects: bool) -> Eval<()> {
        self.after(conditions, || Facts::of_for(f, collects))
    }

    /// After a `loop`.
    pub(super) fn after_loop(&self, conditions: Descriptor, l: &Loop) -> Eval<()> {
        self.after(conditions, || Facts::of_loop(l, self.gives()))
    }

    /// After an operand that was evaluated or not.
    pub(super) fn after_operand(&self, conditions: Descriptor, e: &Expr) -> Eval<()> {
        self.after(conditions, || Facts::of_operand(e))
    }

    /// What threads of their own have left behind, behind this one, too.
    pub(super) fn take_over(&self, left: Left) {
        self.raise(self.exits.script, left.script);
        self.raise(self.exits.function, left.function);
    }

    fn gives(&self) -> bool {
        self.whens == super::Whens::Give
    }

    fn raise(&self, raised: &Raised, by: Descriptor) {
        raised.set(self.run.store().join(raised.get(), by));
    }

    /// What follows a construct that went one way or another because of data with these labels.
    fn after(&self, conditions: Descriptor, facts: impl FnOnce() -> Facts) -> Eval<()> {
        if conditions.is_empty() || !self.run.tracks() {
            return Ok(());
        }
        let facts = facts();
        for name in &facts.assigned {
            self.could_have_changed(name, conditions)?;
        }
        if facts.returns {
            self.raise(self.exits.function, conditions);
        }
        if facts.turns {
            self.raise(self.exits.turns, conditions);
        }
        let reached = reach::by(self, &facts);
        if facts.bails || reached.bails {
            self.raise(self.exits.script, conditions);
        }
        for (module, name) in &reached.changed {
            if let Some(module) = self.run.module(*module) {
                self.global_could_have_changed(&module, name, conditions);
            }
        }
        Ok(())
    }

    /// A variable tells whether it was changed, by having changed and by not having changed.
    fn could_have_changed(&self, name: &EcoString, conditions: Descriptor) -> Eval<()> {
        let join = |old| Ok::<_, Box<Failure>>(self.join(old, conditions));
        match self.scope.change(name, join)? {
            Change::Done | Change::Fixed | Change::Sealed => {}
            Change::NotLocal => self.global_could_have_changed(self.module, name, conditions),
        }
        Ok(())
    }

    fn global_could_have_changed(
        &self,
        module: &ModuleEnv,
        name: &EcoString,
        conditions: Descriptor,
    ) {
        if let Some(old) = module.globals.get(name)
            && module.globals.imported(name).is_none()
        {
            module.globals.replace(name, self.join(old, conditions));
        }
    }
}
