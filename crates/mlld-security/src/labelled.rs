//! Data that cannot be separated from its labels (spec 05 §1; architecture, invariant 4).

use crate::descriptor::Descriptor;
use crate::reader::Reader;
use crate::store::LabelStore;
use crate::trail::{How, Stop, StopKey};

/// Data with its descriptor.
///
/// Its parts are private. Reading goes through a [`Reader`], which joins the descriptor to what is being
/// made; there is no way to take the data out and forget the labels. It implements neither `Debug` nor
/// `Display` nor any serialisation, so that it cannot end up in a message by accident.
///
/// ```compile_fail
/// use mlld_security::Labelled;
/// let v = Labelled::literal(1);
/// println!("{:?}", v);
/// ```
///
/// ```compile_fail
/// use mlld_security::Labelled;
/// let v = Labelled::literal(1);
/// let data = v.data;
/// ```
#[derive(Clone)]
#[must_use]
pub struct Labelled<T> {
    data: T,
    descriptor: Descriptor,
}

impl<T> Labelled<T> {
    /// Data that the author of the script wrote: no labels (spec 05 §5.1, first row).
    pub fn literal(data: T) -> Self {
        Self {
            data,
            descriptor: Descriptor::EMPTY,
        }
    }

    /// Data that enters the run from outside, with the descriptor of its source.
    pub fn entering(data: T, descriptor: Descriptor) -> Self {
        Self { data, descriptor }
    }

    pub(crate) fn new(data: T, descriptor: Descriptor) -> Self {
        Self { data, descriptor }
    }

    /// Its descriptor. Looking at labels labels nothing (spec 05 §2.2).
    pub fn descriptor(&self) -> Descriptor {
        self.descriptor
    }

    /// The data; its labels are joined to `reader`.
    pub fn read<'a>(&'a self, reader: &Reader<'_>) -> &'a T {
        reader.touch(self.descriptor);
        &self.data
    }

    /// The data, taken; its labels are joined to `reader`.
    pub fn take(self, reader: &Reader<'_>) -> T {
        reader.touch(self.descriptor);
        self.data
    }

    /// Data made from this data alone; the same labels.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Labelled<U> {
        Labelled {
            data: f(self.data),
            descriptor: self.descriptor,
        }
    }

    /// As [`Self::map`] for a function that can fail. The error carries no labels of its own: whoever shows
    /// its text has to check it against this value's descriptor.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Labelled<U>, E> {
        Ok(Labelled {
            data: f(self.data)?,
            descriptor: self.descriptor,
        })
    }

    /// The same labels on a reference to the data.
    pub fn as_ref(&self) -> Labelled<&T> {
        Labelled {
            data: &self.data,
            descriptor: self.descriptor,
        }
    }

    /// Data made from both; the labels of both.
    pub fn zip<U, V>(
        self,
        other: Labelled<U>,
        store: &LabelStore,
        f: impl FnOnce(T, U) -> V,
    ) -> Labelled<V> {
        Labelled {
            data: f(self.data, other.data),
            descriptor: store.join(self.descriptor, other.descriptor),
        }
    }

    /// The data, for the permit of the operation that was judged with its labels.
    pub(crate) fn into_permitted(self) -> T {
        self.data
    }

    /// With another descriptor. Private to the crate: only [`crate::Privilege`] may take labels away.
    pub(crate) fn with_descriptor(self, descriptor: Descriptor) -> Self {
        Self { descriptor, ..self }
    }

    /// Having passed a place of the script: the same labels, see [`LabelStore::pass`].
    pub fn passing(
        self,
        store: &LabelStore,
        key: StopKey,
        new: &[(Descriptor, How)],
        stop: impl FnOnce() -> Stop,
    ) -> Self {
        let descriptor = store.pass(self.descriptor, key, new, stop);
        Self { descriptor, ..self }
    }

    /// With `descriptor` joined behind its own.
    pub fn joined(self, store: &LabelStore, descriptor: Descriptor) -> Self {
        let descriptor = store.join(self.descriptor, descriptor);
        Self { descriptor, ..self }
    }

    /// With `descriptor` joined in front of its own, as a declaration does (spec 05 §2.3).
    pub fn joined_before(self, store: &LabelStore, descriptor: Descriptor) -> Self {
        let descriptor = store.join(descriptor, self.descriptor);
        Self { descriptor, ..self }
    }
}

impl<T> Labelled<Vec<T>> {
    /// The whole of `parts`: a coarse container, labelled with all its members (spec 05 §6.3).
    pub fn gather(store: &LabelStore, parts: impl IntoIterator<Item = Labelled<T>>) -> Self {
        let mut descriptors = Vec::new();
        let data = parts
            .into_iter()
            .map(|p| {
                descriptors.push(p.descriptor);
                p.data
            })
            .collect();
        Self {
            data,
            descriptor: store.join_all(descriptors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_carries_the_labels_of_its_members() {
        let store = LabelStore::new();
        let secret = store.declared(["secret"]);
        let parts = [
            Labelled::literal(1),
            Labelled::literal(2).joined(&store, secret),
        ];
        let whole = Labelled::gather(&store, parts);
        assert_eq!(whole.descriptor(), secret);
    }

    #[test]
    fn zip_joins() {
        let store = LabelStore::new();
        let (a, b) = (store.declared(["a"]), store.declared(["b"]));
        let z = Labelled::entering(1, a).zip(Labelled::entering(2, b), &store, |x, y| x + y);
        assert_eq!(z.descriptor(), store.join(a, b));
    }

    #[test]
    fn labels_are_joined_in_front_and_behind() {
        let store = LabelStore::new();
        let (a, b) = (store.declared(["a"]), store.declared(["b"]));
        let value = Labelled::entering(1, a);
        assert_eq!(
            value.clone().joined(&store, b).descriptor(),
            store.join(a, b)
        );
        assert_eq!(
            value.joined_before(&store, b).descriptor(),
            store.join(b, a)
        );
    }
}
