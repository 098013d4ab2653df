//! Raising a concern needs no authority (spec 05 §8.2).

use crate::labelled::Labelled;
use crate::store::LabelStore;

impl<T> Labelled<T> {
    /// Not to be trusted: `untrusted` takes the place of `trusted`. A rule that looks at either becomes stricter,
    /// never laxer, so whoever likes may do it.
    pub fn distrusted(self, store: &LabelStore) -> Self {
        let without = store.without(self.descriptor(), |label| label != "trusted");
        let descriptor = store.join(without, store.declared(["untrusted"]));
        self.with_descriptor(descriptor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untrusted_takes_the_place_of_trusted_and_of_nothing_else() {
        let store = LabelStore::new();
        let value = Labelled::entering((), store.declared(["trusted", "secret"]));
        let doubted = value.distrusted(&store);
        let names = store.taint_names(doubted.descriptor()).join(",");
        assert_eq!(names, "secret,untrusted");
        let again = doubted.distrusted(&store);
        assert_eq!(store.taint_names(again.descriptor()).len(), 2);
    }
}
