//! The authority to take labels away (spec 05 §8.2; architecture, invariant 4).

use crate::descriptor::Descriptor;
use crate::label::is_under;
use crate::labelled::Labelled;
use crate::store::LabelStore;

/// Proof that a privileged guard is being evaluated.
///
/// It has no public constructor: the guard algebra of this crate makes one for the time of a privileged
/// guard's action (spec 07 §5.3). Executables never have it, not even when a privileged guard calls them.
#[derive(Debug)]
pub struct Privilege {
    _private: (),
}

impl Privilege {
    /// What a privileged guard has, for tests of this crate.
    #[cfg(test)]
    pub(crate) fn for_test() -> Self {
        Self { _private: () }
    }

    /// Takes exactly `label` away, not those under it.
    pub fn remove<T>(&self, store: &LabelStore, value: Labelled<T>, label: &str) -> Labelled<T> {
        self.shrink(store, value, |l| l != label)
    }

    /// Takes every label away but provenance: `src:*`, `dir:*`, `signed:*`.
    pub fn clear<T>(&self, store: &LabelStore, value: Labelled<T>) -> Labelled<T> {
        self.shrink(store, value, |l| {
            ["src", "dir", "signed"].iter().any(|p| is_under(l, p))
        })
    }

    fn shrink<T>(
        &self,
        store: &LabelStore,
        value: Labelled<T>,
        keep: impl Fn(&str) -> bool,
    ) -> Labelled<T> {
        let descriptor: Descriptor = store.without(value.descriptor(), keep);
        value.with_descriptor(descriptor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removal_is_exact_and_clearing_keeps_provenance() {
        let store = LabelStore::new();
        let privilege = Privilege::for_test();
        let d = store.join(
            store.declared(["net", "net:w", "secret"]),
            store.provenance(["src:file"], []),
        );
        let value = Labelled::entering((), d);
        let without = privilege.remove(&store, value.clone(), "net");
        assert!(store.carries(without.descriptor(), "net:w"));
        let cleared = privilege.clear(&store, value);
        assert_eq!(
            store.taint_names(cleared.descriptor()).join(","),
            "src:file"
        );
    }
}
