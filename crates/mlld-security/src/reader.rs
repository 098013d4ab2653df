//! Reading labelled data: what is read leaves its labels behind (spec 05 §1, §6.2).

use crate::descriptor::Descriptor;
use crate::labelled::Labelled;
use crate::store::LabelStore;
use rustc_hash::FxHashSet;
use std::cell::RefCell;

/// Descriptors that are remembered in a list before a set is made.
const FEW: usize = 16;

/// The accumulator of a frame: whoever reads data through it has its labels joined to what it makes.
///
/// A construct whose author forgets labels thus gets too many labels, never too few.
#[derive(Debug)]
pub struct Reader<'s> {
    store: &'s LabelStore,
    seen: RefCell<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    order: Vec<Descriptor>,
    /// Made when `order` grows beyond [`FEW`].
    set: FxHashSet<Descriptor>,
}

impl Seen {
    fn add(&mut self, d: Descriptor) {
        if d.is_empty() || self.order.last() == Some(&d) {
            return;
        }
        if self.order.len() < FEW {
            if !self.order.contains(&d) {
                self.order.push(d);
            }
            return;
        }
        if self.set.is_empty() {
            self.set.extend(self.order.iter().copied());
        }
        if self.set.insert(d) {
            self.order.push(d);
        }
    }
}

impl<'s> Reader<'s> {
    /// An empty accumulator.
    #[must_use]
    pub fn new(store: &'s LabelStore) -> Self {
        Self {
            store,
            seen: RefCell::default(),
        }
    }

    /// The store of the run.
    pub fn store(&self) -> &'s LabelStore {
        self.store
    }

    /// Notes that something with this descriptor was looked at.
    pub fn touch(&self, descriptor: Descriptor) {
        self.seen.borrow_mut().add(descriptor);
    }

    /// The join of everything that was read.
    pub fn seen(&self) -> Descriptor {
        self.store
            .join_all(self.seen.borrow().order.iter().copied())
    }

    /// Ends the accumulator: `data` was made from what it has read, and carries all of it. `frame` has read
    /// that too.
    pub fn finish<T>(self, frame: &Reader<'_>, data: T) -> Labelled<T> {
        let descriptor = self.seen();
        frame.touch(descriptor);
        Labelled::new(data, descriptor)
    }

    /// Runs a primitive: its result carries the labels of everything that `body` reads through the reader it
    /// is given, and this reader has read that too.
    ///
    /// # Errors
    /// Those of `body`, labelled in the same way: an error's text may show what was read (spec 05 §6.1).
    pub fn compute<T, E>(
        &self,
        body: impl FnOnce(&Reader<'s>) -> Result<T, E>,
    ) -> Result<Labelled<T>, Labelled<E>> {
        let inner = Reader::new(self.store);
        match body(&inner) {
            Ok(data) => Ok(inner.finish(self, data)),
            Err(error) => Err(inner.finish(self, error)),
        }
    }

    /// As [`Self::compute`], for bodies that cannot fail.
    pub fn derive<T>(&self, body: impl FnOnce(&Reader<'s>) -> T) -> Labelled<T> {
        let inner = Reader::new(self.store);
        let data = body(&inner);
        inner.finish(self, data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_carries_what_was_read() {
        let store = LabelStore::new();
        let frame = Reader::new(&store);
        let a = Labelled::literal(1).joined(&store, store.declared(["secret"]));
        let b = Labelled::literal(2).joined(&store, store.declared(["pii"]));
        let sum = frame.derive(|r| a.read(r) + b.read(r));
        let names = store.label_names(sum.descriptor());
        assert_eq!(
            names.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            ["secret", "pii"]
        );
        assert_eq!(frame.seen(), sum.descriptor());
    }

    #[test]
    fn many_distinct_descriptors_are_all_kept() {
        let store = LabelStore::new();
        let frame = Reader::new(&store);
        for i in 0..100 {
            frame.touch(store.declared([format!("l{i}").as_str()]));
            frame.touch(store.declared(["l0"]));
        }
        assert_eq!(store.taint(frame.seen()).len(), 100);
    }

    #[test]
    fn the_store_of_a_reader_is_the_one_it_was_made_with() {
        let store = LabelStore::new();
        assert!(std::ptr::eq(Reader::new(&store).store(), &store));
    }

    #[test]
    fn what_is_read_twice_counts_once_however_much_is_read() {
        let store = LabelStore::new();
        let all: Vec<_> = (0..3 * FEW)
            .map(|i| store.declared([format!("l{i}").as_str()]))
            .collect();
        for n in 0..all.len() {
            let frame = Reader::new(&store);
            for d in all.iter().take(n).chain(all.iter().take(n)) {
                frame.touch(*d);
            }
            assert_eq!(frame.seen.borrow().order.len(), n);
            assert_eq!(store.taint(frame.seen()).len(), n);
        }
    }
}
