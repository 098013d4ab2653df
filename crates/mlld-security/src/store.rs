//! The table that interns labels and descriptors, one a run.
//!
//! A descriptor is kept once; a handle is 32 bits. The join of two handles that met before is a look into a
//! small lock-free table; joining many (a template, a collection) is one pass without half-way descriptors.

use crate::descriptor::{Descriptor, Fields};
use crate::label::{Label, is_under};
use crate::policy::Unlabeled;
use crate::trail::{How, Origin, Stop, StopKey, Trails};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Slots of the table of remembered joins.
const SLOTS: usize = 8192;
/// Bits of a handle in a slot: two operands and a result fit into 64 bits. Joins of handles beyond that are
/// remembered in the locked map only.
const HANDLE_BITS: u32 = 21;

/// Joins of so many are remembered.
const FEW: usize = 8;
/// Remembered joins of three and more; beyond that all are forgotten.
const LISTS: usize = 1 << 14;

/// Interns labels and descriptors. Shared by all threads of a run.
#[derive(Debug)]
pub struct LabelStore {
    /// Who this store is: handles mean nothing to another one.
    identity: Arc<()>,
    tables: RwLock<Tables>,
    /// What data is taken for that enters without a label of a person.
    unlabeled: RwLock<Option<Unlabeled>>,
    joins: Box<[AtomicU64]>,
}

#[derive(Debug)]
struct Tables {
    names: Vec<Arc<str>>,
    by_name: FxHashMap<Arc<str>, Label>,
    fields: Vec<Arc<Fields>>,
    by_fields: FxHashMap<Arc<Fields>, Descriptor>,
    joins: FxHashMap<(Descriptor, Descriptor), Descriptor>,
    trails: Trails,
    /// Joins of three and more that met before.
    lists: FxHashMap<Box<[Descriptor]>, Descriptor>,
}

/// Descriptors in order, each once.
#[derive(Default)]
struct Distinct {
    few: [Descriptor; FEW],
    length: usize,
    /// All of them, when there are more than [`FEW`].
    many: Vec<Descriptor>,
    seen: FxHashSet<Descriptor>,
}

impl Distinct {
    fn as_slice(&self) -> &[Descriptor] {
        match self.many.is_empty() {
            true => self.few.get(..self.length).unwrap_or_default(),
            false => &self.many,
        }
    }

    fn add(&mut self, d: Descriptor) {
        if d.is_empty() || self.as_slice().last() == Some(&d) {
            return;
        }
        if self.many.is_empty() {
            if self.as_slice().contains(&d) {
                return;
            }
            if let Some(free) = self.few.get_mut(self.length) {
                *free = d;
                self.length += 1;
                return;
            }
            self.many = self.few.to_vec();
            self.seen.extend(self.few);
        }
        if self.seen.insert(d) {
            self.many.push(d);
        }
    }
}

impl Default for LabelStore {
    fn default() -> Self {
        Self::new()
    }
}

impl LabelStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let empty = Arc::new(Fields::default());
        let tables = Tables {
            names: Vec::new(),
            by_name: FxHashMap::default(),
            fields: vec![Arc::clone(&empty)],
            by_fields: FxHashMap::from_iter([(empty, Descriptor::EMPTY)]),
            joins: FxHashMap::default(),
            trails: Trails::default(),
            lists: FxHashMap::default(),
        };
        Self {
            identity: Arc::new(()),
            tables: RwLock::new(tables),
            unlabeled: RwLock::default(),
            joins: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    // A poisoned lock means that a thread panicked between two pushes of plain data; the tables only grow and
    // every entry is complete before its handle is given out, so they stay usable.
    fn tables(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn tables_mut(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells this store from every other: whoever keeps handles keeps it with them.
    pub(crate) fn identity(&self) -> &Arc<()> {
        &self.identity
    }

    /// The handle of a label; any text is accepted, see [`crate::check_label`] for what scripts may declare.
    pub fn label(&self, text: &str) -> Label {
        if let Some(found) = self.tables().by_name.get(text) {
            return *found;
        }
        self.tables_mut().label(text)
    }

    /// The text of a label.
    pub fn name(&self, label: Label) -> Arc<str> {
        self.tables()
            .names
            .get(label.0 as usize)
            .cloned()
            .unwrap_or_else(|| Arc::from(""))
    }

    fn fields(&self, descriptor: Descriptor) -> Arc<Fields> {
        self.tables()
            .fields
            .get(descriptor.0 as usize)
            .cloned()
            .unwrap_or_default()
    }

    /// Labels put by a person or a rule, in order of arrival.
    pub fn labels(&self, descriptor: Descriptor) -> Vec<Label> {
        self.fields(descriptor).labels.clone()
    }

    /// Labels and provenance, in order of arrival. What rules and guards look at.
    pub fn taint(&self, descriptor: Descriptor) -> Vec<Label> {
        self.fields(descriptor).taint.clone()
    }

    /// Where the value came from, for people.
    pub fn sources(&self, descriptor: Descriptor) -> Vec<Arc<str>> {
        self.fields(descriptor).sources.clone()
    }

    /// The texts of [`Self::labels`].
    pub fn label_names(&self, descriptor: Descriptor) -> Vec<Arc<str>> {
        self.names(&self.labels(descriptor))
    }

    /// The texts of [`Self::taint`].
    pub fn taint_names(&self, descriptor: Descriptor) -> Vec<Arc<str>> {
        self.names(&self.taint(descriptor))
    }

    /// The texts of labels.
    pub fn names(&self, labels: &[Label]) -> Vec<Arc<str>> {
        let tables = self.tables();
        let names = labels.iter().map(|l| tables.names.get(l.0 as usize));
        names.map(|n| n.cloned().unwrap_or_default()).collect()
    }

    /// Whether the taint holds `label` or a label under it.
    pub fn carries(&self, descriptor: Descriptor, label: &str) -> bool {
        if descriptor.is_empty() {
            return false;
        }
        let tables = self.tables();
        let names = &tables.names;
        tables.fields.get(descriptor.0 as usize).is_some_and(|f| {
            f.taint
                .iter()
                .any(|l| names.get(l.0 as usize).is_some_and(|n| is_under(n, label)))
        })
    }

    /// Whether some part of the value entered the run without a label of a person (spec 05 §5.3).
    pub fn entered_unlabelled(&self, descriptor: Descriptor) -> bool {
        self.fields(descriptor).entered_unlabelled
    }

    /// A descriptor with these labels (declared by a person or put by a rule), in this order.
    pub fn declared<'a>(&self, labels: impl IntoIterator<Item = &'a str>) -> Descriptor {
        let mut fields = Fields::default();
        for text in labels {
            let label = self.label(text);
            push_new(&mut fields.labels, label);
            push_new(&mut fields.taint, label);
        }
        self.tables_mut().intern(fields)
    }

    /// From now on data that enters without a label of a person is taken for this (spec 05 §5.3).
    pub fn take_unlabelled_for(&self, what: Option<Unlabeled>) {
        *self
            .unlabeled
            .write()
            .unwrap_or_else(PoisonError::into_inner) = what;
    }

    fn unlabeled(&self) -> Option<Unlabeled> {
        *self
            .unlabeled
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it says where the data entered, but no person has labelled it: no label stands beside `src:*`,
    /// `dir:*`, `signed:*` and what such data is taken for (spec 05 §5.3).
    pub fn is_unlabelled(&self, descriptor: Descriptor) -> bool {
        let fields = self.fields(descriptor);
        fields.entered_unlabelled && self.is_nobodys(&fields)
    }

    /// Whether a person, or a rule, has put a label that says what the data is.
    pub fn is_labelled(&self, descriptor: Descriptor) -> bool {
        !self.is_nobodys(&self.fields(descriptor))
    }

    /// Whether no person has put a label.
    fn is_nobodys(&self, fields: &Fields) -> bool {
        let taken_for = self.unlabeled().map(Unlabeled::label);
        let names = self.names(&fields.labels);
        names.iter().all(|name| {
            Some(name.as_ref()) == taken_for
                || ["src", "dir", "signed"].iter().any(|p| is_under(name, p))
        })
    }

    /// The labels of what code made that only computes, of `inputs`, in a place called `source`: it is judged
    /// by all that went in (spec 05 §5.3).
    pub fn computed(&self, inputs: Descriptor, source: &str) -> Descriptor {
        let joined = self.join(inputs, self.made_by(source));
        let mut fields = self.fields(joined).as_ref().clone();
        if !self.is_nobodys(&fields) {
            return joined;
        }
        self.entered(&mut fields);
        self.tables_mut().intern(fields)
    }

    /// Data with these fields has entered, and nobody has labelled it.
    fn entered(&self, fields: &mut Fields) {
        fields.entered_unlabelled = true;
        if let Some(taken_for) = self.unlabeled() {
            let label = self.label(taken_for.label());
            push_new(&mut fields.labels, label);
            push_new(&mut fields.taint, label);
        }
    }

    /// A descriptor of data that enters: provenance (`src:*`, `dir:*`) in its taint only, and its sources
    /// (spec 05 §5.1), and what data without a label is taken for.
    pub fn provenance<'a>(
        &self,
        taint: impl IntoIterator<Item = &'a str>,
        sources: impl IntoIterator<Item = &'a str>,
    ) -> Descriptor {
        let mut fields = Fields::default();
        // Sets: the files of one pattern may be very many.
        let mut seen = FxHashSet::default();
        for text in taint {
            let label = self.label(text);
            if seen.insert(label) {
                fields.taint.push(label);
            }
        }
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for source in sources {
            if seen.insert(source) {
                fields.sources.push(source.into());
            }
        }
        self.entered(&mut fields);
        self.tables_mut().intern(fields)
    }

    /// These labels in the taint only, of something that tells of data but has not entered.
    pub fn told<'a>(&self, taint: impl IntoIterator<Item = &'a str>) -> Descriptor {
        let mut fields = Fields::default();
        for text in taint {
            let label = self.label(text);
            push_new(&mut fields.taint, label);
        }
        self.tables_mut().intern(fields)
    }

    /// The same descriptor, for data that had a label of a person before it came this way: it does not enter
    /// without one (spec 05 §5.3).
    pub fn passed_on(&self, descriptor: Descriptor) -> Descriptor {
        let mut fields = self.fields(descriptor).as_ref().clone();
        fields.entered_unlabelled = false;
        if let Some(taken_for) = self.unlabeled() {
            let label = self.label(taken_for.label());
            fields.labels.retain(|l| *l != label);
            fields.taint.retain(|l| *l != label);
        }
        self.tables_mut().intern(fields)
    }

    /// The descriptor of where a value was made inside the run: `src:exe`, `src:template`. Nothing entered.
    pub fn made_by(&self, source: &str) -> Descriptor {
        let mut fields = Fields::default();
        let label = self.label(source);
        fields.taint.push(label);
        self.tables_mut().intern(fields)
    }

    /// A descriptor that was written down in this form, by someone whom the caller believes: nothing is added and
    /// nothing left out (spec 03 §18.4). What is no part of `taint` but of `labels` belongs to both.
    pub fn restored<'a>(
        &self,
        labels: impl IntoIterator<Item = &'a str>,
        taint: impl IntoIterator<Item = &'a str>,
        sources: impl IntoIterator<Item = &'a str>,
        entered_unlabelled: bool,
    ) -> Descriptor {
        let mut fields = Fields::default();
        for text in taint {
            let label = self.label(text);
            push_new(&mut fields.taint, label);
        }
        for text in labels {
            let label = self.label(text);
            push_new(&mut fields.labels, label);
            push_new(&mut fields.taint, label);
        }
        for source in sources {
            let source: Arc<str> = source.into();
            push_new(&mut fields.sources, source);
        }
        fields.entered_unlabelled = entered_unlabelled;
        if entered_unlabelled && self.is_nobodys(&fields) {
            // It may have been written down before anybody said what such data is taken for.
            self.entered(&mut fields);
        }
        self.tables_mut().intern(fields)
    }

    /// The descriptor of a value that passes a place of the script with these labels, of which those of `new` came
    /// onto it there: the same labels, and the place on their way.
    pub fn pass(
        &self,
        descriptor: Descriptor,
        key: StopKey,
        new: &[(Descriptor, How)],
        stop: impl FnOnce() -> Stop,
    ) -> Descriptor {
        if descriptor.is_empty() {
            return descriptor;
        }
        {
            let tables = self.tables();
            let known = tables.trails.known(key);
            if let Some(known) = known.and_then(|id| tables.trails.passed(descriptor, id)) {
                return known;
            }
        }
        let new: Vec<(Label, How)> = new
            .iter()
            .flat_map(|(d, how)| self.taint(*d).into_iter().map(move |label| (label, *how)))
            .collect();
        let mut fields = self.fields(descriptor).as_ref().clone();
        let mut tables = self.tables_mut();
        let id = tables.trails.stop(key, stop);
        let (taint, before) = (&fields.taint, &fields.passed);
        tables.trails.note(id, taint, before, &new, &fields.sources);
        fields.passed = vec![id];
        let passed = tables.intern(fields);
        tables.trails.remember(descriptor, id, passed);
        passed
    }

    /// How `label` came onto a value with this descriptor: the places that it has passed, last ones first.
    pub fn origins(&self, descriptor: Descriptor, label: &str) -> Vec<Origin> {
        let label = self.label(label);
        let fields = self.fields(descriptor);
        self.tables().trails.origins(&fields.passed, label)
    }

    /// The join: the union of each field, all of `a`, then what is new in `b` (spec 05 §2.3).
    pub fn join(&self, a: Descriptor, b: Descriptor) -> Descriptor {
        if a == b || b.is_empty() {
            return a;
        }
        if a.is_empty() {
            return b;
        }
        let slot = self.slot(a, b);
        let key = pack(a, b);
        if let (Some(slot), Some(key)) = (slot, key) {
            let entry = slot.load(Ordering::Relaxed);
            if entry >> HANDLE_BITS == key {
                return Descriptor((entry & ((1 << HANDLE_BITS) - 1)) as u32);
            }
        }
        let known = self.tables().joins.get(&(a, b)).copied();
        let joined = known.unwrap_or_else(|| self.join_slow(a, b));
        if let (Some(slot), Some(key)) = (slot, key)
            && joined.0 >> HANDLE_BITS == 0
        {
            // One word holds operands and result, so another thread sees all of it or nothing.
            slot.store(key << HANDLE_BITS | u64::from(joined.0), Ordering::Relaxed);
        }
        joined
    }

    fn join_slow(&self, a: Descriptor, b: Descriptor) -> Descriptor {
        let (left, right) = (self.fields(a), self.fields(b));
        let fields = union([left.as_ref(), right.as_ref()]);
        let mut tables = self.tables_mut();
        let joined = tables.intern(fields);
        tables.joins.insert((a, b), joined);
        joined
    }

    /// The join of many, in one pass: no half-way descriptors are interned.
    pub fn join_all(&self, descriptors: impl IntoIterator<Item = Descriptor>) -> Descriptor {
        let mut distinct = Distinct::default();
        for d in descriptors {
            distinct.add(d);
        }
        match distinct.as_slice() {
            [] => Descriptor::EMPTY,
            [one] => *one,
            [a, b] => self.join(*a, *b),
            many => self.join_list(many),
        }
    }

    fn join_list(&self, many: &[Descriptor]) -> Descriptor {
        let is_few = many.len() <= FEW;
        if is_few && let Some(known) = self.tables().lists.get(many) {
            return *known;
        }
        let fields: Vec<Arc<Fields>> = many.iter().map(|d| self.fields(*d)).collect();
        let joined = union(fields.iter().map(AsRef::as_ref));
        let mut tables = self.tables_mut();
        let joined = tables.intern(joined);
        if is_few {
            if tables.lists.len() >= LISTS {
                tables.lists.clear();
            }
            tables.lists.insert(many.into(), joined);
        }
        joined
    }

    /// The descriptor without `label`; exactly that label, not those under it. Private to the crate: only
    /// [`crate::Privilege`] shrinks descriptors.
    pub(crate) fn without(
        &self,
        descriptor: Descriptor,
        keep: impl Fn(&str) -> bool,
    ) -> Descriptor {
        let mut fields = (*self.fields(descriptor)).clone();
        fields.labels.retain(|l| keep(&self.name(*l)));
        fields.taint.retain(|l| keep(&self.name(*l)));
        // Whoever takes `untrusted` away has judged what entered.
        fields.entered_unlabelled &= keep(Unlabeled::Untrusted.label());
        self.tables_mut().intern(fields)
    }

    fn slot(&self, a: Descriptor, b: Descriptor) -> Option<&AtomicU64> {
        let hash = FxBuildHasher.hash_one((a.0, b.0));
        self.joins.get((hash >> 40) as usize % SLOTS)
    }
}

/// Both operands in 42 bits; `None` if one is too large. Never 0: the empty descriptor is not joined here.
fn pack(a: Descriptor, b: Descriptor) -> Option<u64> {
    let fits = (a.0 | b.0) >> HANDLE_BITS == 0;
    fits.then(|| u64::from(a.0) << HANDLE_BITS | u64::from(b.0))
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// The union of each field, in order.
fn union<'a>(all: impl IntoIterator<Item = &'a Fields>) -> Fields {
    let mut out = Fields::default();
    let mut labels = FxHashSet::default();
    let mut taint = FxHashSet::default();
    let mut sources: FxHashSet<Arc<str>> = FxHashSet::default();
    for f in all {
        out.labels
            .extend(f.labels.iter().copied().filter(|l| labels.insert(*l)));
        out.taint
            .extend(f.taint.iter().copied().filter(|l| taint.insert(*l)));
        out.sources.extend(
            f.sources
                .iter()
                .filter(|s| sources.insert(Arc::clone(s)))
                .cloned(),
        );
        for stop in &f.passed {
            push_new(&mut out.passed, *stop);
        }
        out.entered_unlabelled |= f.entered_unlabelled;
    }
    out
}

impl Tables {
    fn label(&mut self, text: &str) -> Label {
        if let Some(found) = self.by_name.get(text) {
            return *found;
        }
        let label = Label(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let name: Arc<str> = text.into();
        self.names.push(Arc::clone(&name));
        self.by_name.insert(name, label);
        label
    }

    fn intern(&mut self, fields: Fields) -> Descriptor {
        if let Some(found) = self.by_fields.get(&fields) {
            return *found;
        }
        let descriptor = Descriptor(u32::try_from(self.fields.len()).unwrap_or(u32::MAX));
        let fields = Arc::new(fields);
        self.fields.push(Arc::clone(&fields));
        self.by_fields.insert(fields, descriptor);
        descriptor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(store: &LabelStore, d: Descriptor) -> Vec<String> {
        store
            .taint_names(d)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn join_keeps_order_and_drops_duplicates() {
        let store = LabelStore::new();
        let a = store.declared(["secret", "pii"]);
        let b = store.declared(["pii", "net:w"]);
        let joined = store.join(a, b);
        assert_eq!(names(&store, joined), ["secret", "pii", "net:w"]);
        assert_eq!(
            store.join(a, b),
            joined,
            "the second time from the table of joins"
        );
        assert_eq!(names(&store, store.join(b, a)), ["pii", "net:w", "secret"]);
        assert_eq!(set(&store, joined), set(&store, store.join(b, a)));
    }

    #[test]
    fn provenance_is_taint_only() {
        let store = LabelStore::new();
        let d = store.provenance(["src:file", "dir:/srv"], ["/srv/a"]);
        assert!(store.labels(d).is_empty());
        assert_eq!(names(&store, d), ["src:file", "dir:/srv"]);
        assert_eq!(store.sources(d).len(), 1);
        assert!(store.entered_unlabelled(d));
        assert!(
            store.entered_unlabelled(store.join(store.declared(["x"]), d)),
            "joined by or"
        );
    }

    #[test]
    fn join_all_equals_pairwise_joins_without_half_way_sets() {
        let store = LabelStore::new();
        let many: Vec<Descriptor> = (0..50)
            .map(|i| store.declared([format!("l{i}").as_str()]))
            .collect();
        let before = store.tables().fields.len();
        let all = store.join_all(many.iter().copied());
        assert_eq!(store.tables().fields.len(), before + 1);
        let pairwise = many
            .iter()
            .fold(Descriptor::EMPTY, |a, d| store.join(a, *d));
        assert_eq!(all, pairwise);
    }

    #[test]
    fn joining_the_same_again_gives_the_same() {
        let store = LabelStore::new();
        let all: Vec<Descriptor> = (0..FEW + 4)
            .map(|i| store.declared([format!("l{i}").as_str()]))
            .collect();
        for n in 0..all.len() {
            let some: Vec<Descriptor> = all.iter().take(n).copied().collect();
            let twice = some.iter().chain(&some).copied();
            let first = store.join_all(twice.clone());
            assert_eq!(names(&store, first).len(), n);
            assert_eq!(store.join_all(twice), first);
            let reversed = store.join_all(some.iter().rev().copied());
            assert_eq!(set(&store, reversed), set(&store, first));
            assert_eq!(n < 2, reversed == first);
        }
    }

    #[test]
    fn carries_knows_the_hierarchy() {
        let store = LabelStore::new();
        let d = store.declared(["secret:key"]);
        assert!(store.carries(d, "secret"));
        assert!(!store.carries(d, "secret:k"));
        assert!(!store.carries(Descriptor::EMPTY, "secret"));
    }

    /// Labels by which a set is known, sorted.
    fn set(store: &LabelStore, d: Descriptor) -> Vec<String> {
        let mut names = names(store, d);
        names.sort();
        names
    }

    #[test]
    fn joins_are_unions_however_many_are_remembered() {
        let store = LabelStore::new();
        let single: Vec<Descriptor> = (0..60)
            .map(|i| store.declared([format!("l{i}").as_str()]))
            .collect();
        // A small generator of numbers: the same on every machine.
        let mut state = 1u64;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut all = single.clone();
        for _ in 0..3_000 {
            let (a, b) = (all[next(all.len())], single[next(single.len())]);
            let joined = store.join(a, b);
            all.push(joined);
        }
        // Each pair twice: computed, and remembered.
        for _ in 0..40_000 {
            let (a, b) = (all[next(all.len())], all[next(all.len())]);
            let mut union = set(&store, a);
            union.extend(set(&store, b));
            union.sort();
            union.dedup();
            let first = store.join(a, b);
            assert_eq!(set(&store, first), union);
            assert_eq!(store.join(a, b), first);
        }
    }

    #[test]
    fn lists_of_any_length_are_joined_however_many_are_remembered() {
        let store = LabelStore::new();
        let single: Vec<Descriptor> = (0..40)
            .map(|i| store.declared([format!("l{i}").as_str()]))
            .collect();
        for round in 0..2 {
            for from in 0..single.len() {
                for to in from..single.len() {
                    let some = &single[from..=to];
                    let joined = store.join_all(some.iter().copied());
                    assert_eq!(set(&store, joined).len(), some.len(), "round {round}");
                }
            }
        }
    }

    #[test]
    fn what_was_written_down_comes_back() {
        let store = LabelStore::new();
        let d = store.restored(["pii", "x"], ["pii", "src:cmd"], ["command:ls"], true);
        assert_eq!(names(&store, d), ["pii", "src:cmd", "x"]);
        assert_eq!(store.label_names(d).join(" "), "pii x");
        assert_eq!(store.sources(d).join(" "), "command:ls");
        assert!(store.entered_unlabelled(d));
        store.take_unlabelled_for(Some(Unlabeled::Untrusted));
        let entered = store.restored([], ["src:cmd"], [], true);
        assert_eq!(names(&store, entered), ["src:cmd", "untrusted"]);
        let other = store.restored(["pii"], ["pii"], [], false);
        assert!(!store.entered_unlabelled(other));
    }

    #[test]
    fn who_has_labelled_a_value() {
        let store = LabelStore::new();
        let file = store.provenance(["src:file", "dir:/a"], []);
        let pii = store.declared(["pii"]);
        assert!(!store.is_labelled(file) && store.is_unlabelled(file));
        assert!(store.is_labelled(pii) && !store.is_unlabelled(pii));
        let both = store.join(file, pii);
        assert!(store.is_labelled(both) && !store.is_unlabelled(both));
        assert!(!store.is_labelled(Descriptor::EMPTY));
        assert!(
            !store.is_unlabelled(Descriptor::EMPTY),
            "it has not entered"
        );
        let signed = store.join(file, store.declared(["signed:a"]));
        assert!(store.is_unlabelled(signed), "a signature is provenance");
        for stance in [Unlabeled::Trusted, Unlabeled::Untrusted] {
            let store = LabelStore::new();
            store.take_unlabelled_for(Some(stance));
            let file = store.provenance(["src:file"], []);
            assert!(
                store.is_unlabelled(file),
                "what it is taken for is no label"
            );
            let passed = store.passed_on(store.join(file, store.declared(["pii"])));
            assert_eq!(names(&store, passed), ["src:file", "pii"]);
            assert_eq!(store.label_names(passed).join(" "), "pii");
            assert!(!store.entered_unlabelled(passed));
        }
    }

    #[test]
    fn stores_are_told_apart() {
        let (a, b) = (LabelStore::new(), LabelStore::new());
        assert!(Arc::ptr_eq(a.identity(), a.identity()));
        assert!(!Arc::ptr_eq(a.identity(), b.identity()));
    }
}
