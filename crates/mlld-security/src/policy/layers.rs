//! The layers in force and the question they are asked (spec 06 §2).

use super::defaults::{ImplicitFlows, TrustConflict, Unlabeled};
use super::flow::{Finding, Inflow, Rules};
use super::memo::{Input, Memo, Verdict};
use super::rules::Rule;
use super::settings::{Defaults, Settings};
use super::{Node, Policy, merge, normal};
use crate::decision::{Blocker, BlockerKind, Denial, DenialCode};
use crate::descriptor::Descriptor;
use crate::label::Label;
use crate::operation::{Operation, Target, shown_labels};
use crate::store::LabelStore;
use ecow::EcoString;
use std::sync::Arc;

/// The layers in force, in order of activation (spec 06 §2): an operation is allowed only if every layer, each
/// judged by itself, allows it. Cheap to clone; clones share their memory of decisions.
#[derive(Clone, Debug, Default)]
pub struct Layers(Arc<Compiled>);

#[derive(Debug, Default)]
struct Compiled {
    entries: Vec<Entry>,
    rules: Rules,
    /// `defaults` of all layers together.
    defaults: Defaults,
    memo: Memo,
}

#[derive(Clone, Debug)]
struct Entry {
    policy: Policy,
    /// Whether `@mx.policy.activePolicies` lists it.
    listed: bool,
}

impl Layers {
    /// Puts a policy in force, behind those that are.
    pub fn push(&mut self, policy: &Policy) {
        *self = self.with(policy, true);
    }

    /// These layers and those of `policy`, for one call and what it calls (`with { policy: … }`). Not listed
    /// among the [`Self::active`] policies.
    #[must_use]
    pub fn narrowed(&self, policy: &Policy) -> Self {
        self.with(policy, false)
    }

    fn with(&self, policy: &Policy, listed: bool) -> Self {
        let mut entries = self.0.entries.clone();
        entries.push(Entry {
            policy: policy.clone(),
            listed,
        });
        let rules = Rules::of(
            entries
                .iter()
                .flat_map(|e| e.policy.layers().iter().map(|l| (e.policy.name(), l))),
        );
        let layers = entries.iter().flat_map(|e| e.policy.layers());
        let defaults = merge::all(layers.map(AsRef::as_ref)).defaults;
        Self(Arc::new(Compiled {
            entries,
            rules,
            defaults,
            memo: Memo::default(),
        }))
    }

    /// Whether no policy is in force.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The names of the policies in force, in order of activation, each once: `@mx.policy.activePolicies`.
    #[must_use]
    pub fn active(&self) -> Vec<EcoString> {
        let mut names: Vec<EcoString> = Vec::new();
        for entry in self.0.entries.iter().filter(|e| e.listed) {
            if !names.contains(entry.policy.name()) {
                names.push(entry.policy.name().clone());
            }
        }
        names
    }

    /// The merged view: `@mx.policy.configs` (spec 06 §15).
    #[must_use]
    pub fn merged(&self) -> Node {
        normal::node(&merge::all(self.settings()))
    }

    fn settings(&self) -> impl Iterator<Item = &Settings> {
        let entries = self.0.entries.iter();
        entries.flat_map(|e| e.policy.layers().iter().map(AsRef::as_ref))
    }

    /// What data is taken for that enters without a label of a person (spec 05 §5.3).
    #[must_use]
    pub fn unlabeled(&self) -> Option<Unlabeled> {
        self.0.defaults.unlabeled
    }

    /// What happens when something untrusted is called trusted (spec 05 §9).
    #[must_use]
    pub fn trust_conflict(&self) -> TrustConflict {
        self.0.defaults.trust_conflict.unwrap_or_default()
    }

    /// Whether implicit flows are tracked (spec 05 §11).
    #[must_use]
    pub fn tracks(&self) -> bool {
        self.0.defaults.implicit_flows == Some(ImplicitFlows::Track)
    }

    /// Whether what a model makes of untrusted data is `influenced` (spec 05 §10.1).
    #[must_use]
    pub fn influences(&self) -> bool {
        let rules = &self.0.defaults.rules;
        rules.iter().any(|r| r.rule == Some(Rule::Influence))
    }

    /// Whether a value counts as untrusted: by its label, or because some of it entered without one while
    /// such data is not trusted (spec 05 §5.3, §9).
    #[must_use]
    pub fn is_untrusted(&self, store: &LabelStore, value: Descriptor) -> bool {
        let untrusted = Unlabeled::Untrusted;
        store.carries(value, untrusted.label())
            || (self.unlabeled() == Some(untrusted) && store.entered_unlabelled(value))
    }

    /// The labels of everything that flows in, with those that data gets which nobody has labelled: a value
    /// may be older than the policy.
    fn inflow(&self, store: &LabelStore, inputs: &[Descriptor]) -> Descriptor {
        let input = store.join_all(inputs.iter().copied());
        let gets = match self.unlabeled() {
            Some(Unlabeled::Untrusted) if store.entered_unlabelled(input) => Unlabeled::Untrusted,
            Some(Unlabeled::Trusted) if store.is_unlabelled(input) => Unlabeled::Trusted,
            _ => return input,
        };
        store.join(input, store.declared([gets.label()]))
    }

    /// Asks every layer about an operation (spec 06 §11, §12).
    ///
    /// # Errors
    /// The refusal of the first layer, in order of activation, that does not allow it.
    pub fn check(&self, store: &LabelStore, operation: &Operation) -> Result<(), Box<Denial>> {
        if self.is_empty() {
            return Ok(());
        }
        let inputs = &operation.inputs;
        let input = self.inflow(store, inputs);
        if input.is_empty() {
            return Ok(());
        }
        let unlabelled =
            self.unlabeled().is_some() && inputs.iter().any(|d| store.is_unlabelled(*d));
        match self.verdict(store, (input, unlabelled), operation) {
            None => Ok(()),
            Some(finding) => Err(Box::new(denial(store, operation, input, &finding))),
        }
    }

    /// The labels of `input` that may not flow to `targets`, each judged by itself: what stands in place of a
    /// message that may not be shown (spec 05 §10.4).
    #[must_use]
    pub fn refused_labels(
        &self,
        store: &LabelStore,
        input: Descriptor,
        targets: &[Target],
    ) -> Vec<EcoString> {
        let rules = &self.0.rules;
        let unlabelled = store.is_unlabelled(input);
        let mut labels = store.taint_names(self.inflow(store, &[input]));
        labels.retain(|l| {
            let inflow = Inflow {
                labels: std::slice::from_ref(l),
                unlabelled,
            };
            rules.refusal(inflow, targets).is_some()
        });
        texts(labels)
    }

    fn verdict(&self, store: &LabelStore, input: Input, operation: &Operation) -> Verdict {
        let Compiled { rules, memo, .. } = self.0.as_ref();
        let targets = &operation.targets;
        if let Some(known) = memo.get(store.identity(), input, targets) {
            return known;
        }
        let all = store.taint(input.0);
        let names = store.names(&all);
        let (labels, names): (Vec<Label>, Vec<Arc<str>>) = all
            .into_iter()
            .zip(names)
            .filter(|(_, name)| rules.names(name))
            .unzip();
        let inflow = Inflow {
            labels: &names,
            unlabelled: input.1,
        };
        let verdict = rules.refusal(inflow, targets).map(Arc::new);
        memo.put(store.identity(), input, labels, targets, &verdict);
        verdict
    }
}

fn denial(
    store: &LabelStore,
    operation: &Operation,
    input: Descriptor,
    finding: &Finding,
) -> Denial {
    Denial {
        code: DenialCode::LabelFlow,
        operation: operation.subject.clone(),
        place: operation.place.clone(),
        blocker: Blocker {
            kind: BlockerKind::Policy,
            name: finding.policy.clone(),
            rule: Some(finding.rule.clone()),
            place: finding.place.clone(),
        },
        label: Some(finding.label.clone()),
        trail: store.origins(input, &finding.label),
        input_labels: texts(store.taint_names(input)),
        input_sources: texts(store.sources(input)),
        operation_labels: shown_labels(&operation.targets),
        reason: finding.reason.clone(),
        suggestions: finding.suggestions.clone(),
    }
}

fn texts(all: Vec<Arc<str>>) -> Vec<EcoString> {
    all.iter().map(|t| t.as_ref().into()).collect()
}
