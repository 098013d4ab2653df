//! The door: an operation goes through policy, then guards, and only then there is a permit (architecture,
//! invariant 3).
//!
//! `Pending` → `PolicyPassed` → `Guarded` → `Permit`: each state is consumed by the next step, none can be
//! made or skipped from outside, and the payload (the text to show, the command line to run) is locked in
//! until the end. So what was judged is what happens.

use crate::decision::Denial;
use crate::descriptor::Descriptor;
use crate::labelled::Labelled;
use crate::operation::Operation;
use crate::policy::Layers;
use crate::store::LabelStore;

/// An operation that nobody has been asked about.
#[must_use]
pub struct Pending<P> {
    operation: Operation,
    payload: Labelled<P>,
}

/// An operation that every policy layer in force allows.
#[must_use]
pub struct PolicyPassed<P>(Pending<P>);

/// An operation that the guards have judged, too.
#[must_use]
pub struct Guarded<P>(Pending<P>);

/// What the guards said about an operation.
#[derive(Debug, Default)]
pub struct GuardOutcomes {
    denial: Option<Box<Denial>>,
}

impl GuardOutcomes {
    /// No guard matched, because none is declared.
    #[must_use]
    pub fn none_declared() -> Self {
        Self::default()
    }

    /// A guard refused.
    #[must_use]
    pub fn denied(denial: Denial) -> Self {
        Self {
            denial: Some(Box::new(denial)),
        }
    }
}

/// Permission for one operation with one payload. Effects take it by value.
///
/// ```compile_fail
/// let forged = mlld_security::Permit { operation: todo!(), payload: (), input: todo!() };
/// ```
#[must_use]
pub struct Permit<P> {
    operation: Operation,
    payload: P,
    input: Descriptor,
}

impl<P> Pending<P> {
    /// An operation on `payload`, whose labels count among the inputs.
    pub fn new(mut operation: Operation, payload: Labelled<P>) -> Self {
        operation.inputs.push(payload.descriptor());
        Self { operation, payload }
    }

    /// Asks every policy layer.
    ///
    /// # Errors
    /// The refusal of the first layer that does not allow the operation.
    pub fn policy(
        self,
        layers: &Layers,
        store: &LabelStore,
    ) -> Result<PolicyPassed<P>, Box<Denial>> {
        layers.check(store, &self.operation)?;
        Ok(PolicyPassed(self))
    }
}

impl<P> PolicyPassed<P> {
    /// Takes in what the guards said.
    ///
    /// # Errors
    /// The refusal of a guard.
    pub fn guards(self, outcomes: GuardOutcomes) -> Result<Guarded<P>, Box<Denial>> {
        match outcomes.denial {
            Some(denial) => Err(denial),
            None => Ok(Guarded(self.0)),
        }
    }
}

impl<P> Guarded<P> {
    /// The permit.
    pub fn permit(self, store: &LabelStore) -> Permit<P> {
        let Pending { operation, payload } = self.0;
        let input = store.join_all(operation.inputs.iter().copied());
        Permit {
            operation,
            payload: payload.into_permitted(),
            input,
        }
    }
}

impl<P> Permit<P> {
    /// The operation that it is for.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// The labels of everything that flows in.
    pub fn input(&self) -> Descriptor {
        self.input
    }

    /// The payload: the very thing that was judged. Consumes the permit.
    pub fn into_payload(self) -> P {
        self.payload
    }
}
