//! Decisions that were made before: the same labels into the same targets get the same answer.

use super::flow::Finding;
use crate::descriptor::Descriptor;
use crate::label::Label;
use crate::operation::Target;
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Decisions that are remembered; beyond that all are forgotten.
const ENTRIES: usize = 1 << 15;
/// Bytes of target texts that are remembered.
const BYTES: usize = 1 << 23;
/// A longer list of targets is not remembered: whole documents can be words of a command line.
const LIST_BYTES: usize = 1 << 12;

/// Allowed, or why not.
pub(super) type Verdict = Option<Arc<Finding>>;

/// What a decision is about: the labels of all that flows in, and whether some of it has no label of a person.
pub(super) type Input = (Descriptor, bool);

/// The memory of one set of layers. Its keys are handles of one store: with another store it answers nothing.
#[derive(Debug, Default)]
pub(super) struct Memo(RwLock<Tables>);

#[derive(Debug, Default)]
struct Tables {
    store: Option<Arc<()>>,
    /// The labels of a descriptor that some rule names, in their order: all that a decision depends on.
    labels: FxHashMap<Input, u32>,
    label_lists: FxHashMap<(Box<[Label]>, bool), u32>,
    target_lists: FxHashMap<Arc<[Target]>, u32>,
    decisions: FxHashMap<(u32, u32), Verdict>,
    bytes: usize,
}

impl Memo {
    pub(super) fn get(
        &self,
        store: &Arc<()>,
        input: Input,
        targets: &Arc<[Target]>,
    ) -> Option<Verdict> {
        let tables = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if !tables.store.as_ref().is_some_and(|s| Arc::ptr_eq(s, store)) {
            return None;
        }
        let labels = *tables.labels.get(&input)?;
        let targets = *tables.target_lists.get(targets)?;
        tables.decisions.get(&(labels, targets)).cloned()
    }

    /// Remembers a decision. `labels` are those of `input` that some rule names.
    pub(super) fn put(
        &self,
        store: &Arc<()>,
        input: Input,
        labels: Vec<Label>,
        targets: &Arc<[Target]>,
        verdict: &Verdict,
    ) {
        let bytes = targets.iter().map(weight).sum::<usize>();
        if bytes > LIST_BYTES {
            return;
        }
        let mut tables = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let same = tables.store.as_ref().is_some_and(|s| Arc::ptr_eq(s, store));
        if !same || tables.is_full() {
            *tables = Tables {
                store: Some(Arc::clone(store)),
                ..Tables::default()
            };
        }
        let labels = number(
            &mut tables.label_lists,
            (labels.into_boxed_slice(), input.1),
        );
        tables.labels.insert(input, labels);
        let before = tables.target_lists.len();
        let targets = number(&mut tables.target_lists, Arc::clone(targets));
        if tables.target_lists.len() > before {
            tables.bytes += bytes;
        }
        tables.decisions.insert((labels, targets), verdict.clone());
    }
}

impl Tables {
    fn is_full(&self) -> bool {
        self.decisions.len().max(self.labels.len()) >= ENTRIES || self.bytes >= BYTES
    }
}

fn number<K: std::hash::Hash + Eq>(table: &mut FxHashMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(table.len()).unwrap_or(u32::MAX);
    *table.entry(key).or_insert(next)
}

fn weight(target: &Target) -> usize {
    let also: usize = target.also_denied.iter().map(|l| l.len()).sum();
    target.label.len() + also + target.allowed_as.as_ref().map_or(0, |l| l.len()) + 64
}
