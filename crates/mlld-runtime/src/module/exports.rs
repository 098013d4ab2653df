//! What a module gives, and what an importer sees of it (spec 04 §7.4, §7.9).

use crate::value::{Object, Value, ValueError, depth};
use ecow::EcoString;
use indexmap::IndexMap;
use mlld_security::{Descriptor, LabelStore, Labelled, Reader, is_under};
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// One thing that a module gives.
#[derive(Clone)]
pub(crate) struct Entry {
    value: Labelled<Value>,
    /// How the module came to it, if it imported it itself.
    imported: Option<Arc<Imported>>,
    /// Whether it can be called.
    executable: bool,
}

impl Entry {
    /// A value with the labels that it has in its module.
    pub(crate) fn new(
        store: &LabelStore,
        value: Labelled<Value>,
        imported: Option<Arc<Imported>>,
    ) -> Self {
        // What kind of thing a name stands for is written in the module.
        let executable = matches!(value.read(&Reader::new(store)), Value::Executable(_));
        Self {
            value,
            imported,
            executable,
        }
    }

    /// The executable, with what calls of it carry because of where it comes from.
    fn callable(&self) -> Option<Labelled<Value>> {
        let imported = self.imported.as_ref().and_then(|i| i.callable.clone());
        imported.or_else(|| self.executable.then(|| self.value.clone()))
    }
}

/// All that a module gives, made once when its evaluation has come to its end.
pub(crate) struct Exports {
    entries: IndexMap<EcoString, Entry, FxBuildHasher>,
    front_matter: Option<Value>,
    /// All of it as one object, coarse (spec 05 §6.1).
    whole: Labelled<Value>,
}

impl Exports {
    /// The exports of a module.
    ///
    /// # Errors
    /// When all of it as one object would nest too deeply.
    pub(crate) fn new(
        store: &LabelStore,
        entries: IndexMap<EcoString, Entry, FxBuildHasher>,
        front_matter: Option<Value>,
    ) -> Result<Self, ValueError> {
        let members = entries
            .iter()
            .map(|(name, entry)| entry.value.clone().map(|value| (name.clone(), value)));
        let whole = Labelled::gather(store, members)
            .try_map(|members| depth::object(members.into_iter().collect()))?;
        Ok(Self {
            entries,
            front_matter,
            whole,
        })
    }

    /// The names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &EcoString> {
        self.entries.keys()
    }
}

/// How a name of the top level came in by an import.
#[derive(Clone)]
pub(crate) struct Imported {
    /// Where from, as it is written.
    pub(crate) from: EcoString,
    /// It was named in the list of the import; else it is a whole module.
    pub(crate) by_name: bool,
    /// The executable, with what its calls carry.
    pub(crate) callable: Option<Labelled<Value>>,
    /// The module that it stands for.
    pub(crate) namespace: Option<Namespace>,
}

impl Imported {
    /// The labels of what a body reads that names it, and a member of it: of a module the member, of an executable
    /// that it calls what calls carry. `None` where it is read as any other value.
    pub(crate) fn named(
        &self,
        store: &LabelStore,
        member: Option<&str>,
        is_called: bool,
    ) -> Option<Descriptor> {
        match (&self.namespace, member) {
            (Some(namespace), Some(member)) => {
                let member = namespace.member(store, member)?;
                let callable = member.callable.filter(|_| is_called);
                Some(callable.unwrap_or(member.value).descriptor())
            }
            (Some(_), None) => None,
            (None, _) => {
                let callable = self.callable.as_ref().filter(|_| is_called);
                callable.map(Labelled::descriptor)
            }
        }
    }
}

/// What an import adds to everything that it brings in.
#[derive(Clone, Copy, Default)]
pub(crate) struct Added {
    /// To values that nobody has labelled: they enter without a label (spec 05 §5.3).
    unlabelled: Descriptor,
    /// To values that have labels of a person.
    labelled: Descriptor,
    /// To what executables give when they are called. The text of a local file is its author's own, so its
    /// provenance is not among it (spec 04 §7.9).
    called: Descriptor,
}

impl Added {
    /// By a file of the machine, whose provenance this is.
    pub(crate) fn local(store: &LabelStore, provenance: Descriptor) -> Self {
        Self {
            unlabelled: provenance,
            labelled: store.passed_on(provenance),
            called: Descriptor::EMPTY,
        }
    }

    /// By a module that was fetched: what it says is not the author's own.
    pub(crate) fn remote<'a>(
        store: &LabelStore,
        addresses: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let provenance = store.provenance(["src:network"], addresses);
        Self {
            called: provenance,
            ..Self::local(store, provenance)
        }
    }

    /// And these labels to all of it.
    pub(crate) fn and(self, store: &LabelStore, labels: Descriptor) -> Self {
        self.then(
            store,
            Self {
                unlabelled: labels,
                labelled: labels,
                called: labels,
            },
        )
    }

    /// What this adds, and then `outer`.
    fn then(self, store: &LabelStore, outer: Self) -> Self {
        Self {
            unlabelled: store.join(self.unlabelled, outer.unlabelled),
            labelled: store.join(self.labelled, outer.labelled),
            called: store.join(self.called, outer.called),
        }
    }

    /// A value with it.
    pub(crate) fn on<T>(self, store: &LabelStore, value: Labelled<T>) -> Labelled<T> {
        let of_a_person =
            |label: &str| !["src", "dir", "signed"].iter().any(|p| is_under(label, p));
        let own = store.label_names(value.descriptor());
        let added = if own.iter().any(|l| of_a_person(l)) {
            self.labelled
        } else {
            self.unlabelled
        };
        value.joined(store, added)
    }
}

/// A module as an importer sees it.
#[derive(Clone)]
pub(crate) struct Namespace {
    exports: Arc<Exports>,
    added: Added,
    from: EcoString,
}

/// What an importer gets of one name.
pub(crate) struct Member {
    /// The value.
    pub(crate) value: Labelled<Value>,
    /// The executable, with what its calls carry.
    pub(crate) callable: Option<Labelled<Value>>,
    /// The module that it stands for.
    pub(crate) namespace: Option<Namespace>,
}

impl Member {
    /// As a name that was imported from `from`.
    pub(crate) fn imported(&self, from: EcoString) -> Imported {
        Imported {
            from,
            by_name: true,
            callable: self.callable.clone(),
            namespace: self.namespace.clone(),
        }
    }
}

/// The pseudo export that holds a module's front matter (spec 04 §7.4).
const META: &str = "__meta__";

impl Namespace {
    /// A module that was imported from `from`, as it is written.
    pub(crate) fn new(exports: Arc<Exports>, added: Added, from: EcoString) -> Self {
        Self {
            exports,
            added,
            from,
        }
    }

    /// Where it was imported from.
    pub(crate) fn from(&self) -> &EcoString {
        &self.from
    }

    /// The labels of the names that it gives: they stand in its file, and values are no part of them.
    pub(crate) fn labels(&self) -> Descriptor {
        self.added.unlabelled
    }

    /// The names that it gives.
    pub(crate) fn names(&self) -> impl Iterator<Item = &EcoString> {
        self.exports.names()
    }

    /// What it gives under a name.
    pub(crate) fn member(&self, store: &LabelStore, name: &str) -> Option<Member> {
        let Some(entry) = self.exports.entries.get(name) else {
            let meta = self.exports.front_matter.clone().filter(|_| name == META)?;
            return Some(Member {
                value: self.added.on(store, Labelled::literal(meta)),
                callable: None,
                namespace: None,
            });
        };
        let inner = entry.imported.as_ref().and_then(|i| i.namespace.as_ref());
        Some(Member {
            value: self.added.on(store, entry.value.clone()),
            callable: entry
                .callable()
                .map(|callable| callable.joined(store, self.added.called)),
            namespace: inner.map(|inner| Self {
                added: inner.added.then(store, self.added),
                ..inner.clone()
            }),
        })
    }

    /// All of it as one object.
    pub(crate) fn whole(&self, store: &LabelStore) -> Labelled<Value> {
        let whole = self.exports.whole.clone();
        whole.joined(store, self.added.unlabelled)
    }

    /// What `show` prints of it (spec 04 §7.4).
    ///
    /// # Errors
    /// When that would nest too deeply.
    pub(crate) fn shown(&self, store: &LabelStore) -> Result<Labelled<Value>, ValueError> {
        let front_matter = self.exports.front_matter.clone();
        self.whole(store)
            .try_map(|whole| display(whole, front_matter))
    }
}

/// `{ "exports": { "variables": …, "executables": … } }`.
fn display(whole: Value, front_matter: Option<Value>) -> Result<Value, ValueError> {
    let mut shown = Object::default();
    if let Some(front_matter) = front_matter {
        shown.insert("frontmatter".into(), front_matter);
    }
    let Value::Object(members) = whole else {
        return Ok(whole);
    };
    if !members.is_empty() {
        let (mut variables, mut executables) = (Object::default(), Object::default());
        for (name, value) in members.iter() {
            let kind = match value {
                Value::Executable(_) => &mut executables,
                _ => &mut variables,
            };
            kind.insert(name.clone(), signatures(value));
        }
        let mut exports = Object::default();
        exports.insert("variables".into(), Value::object(variables));
        exports.insert("executables".into(), Value::object(executables));
        shown.insert("exports".into(), Value::object(exports));
    }
    depth::object(shown)
}

/// The value with the signatures of executables in their places.
fn signatures(value: &Value) -> Value {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value.data() {
        Value::Executable(e) => {
            Value::Text(ecow::eco_format!("<function({})>", e.params.join(", ")))
        }
        Value::Array(items) => Value::array(items.iter().map(signatures).collect()),
        Value::Object(members) => {
            let members = members.iter().map(|(k, v)| (k.clone(), signatures(v)));
            Value::object(members.collect())
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(store: &LabelStore, labels: Descriptor) -> Entry {
        Entry::new(store, Labelled::entering(Value::Null, labels), None)
    }

    #[test]
    fn what_has_a_label_does_not_enter_without_one() {
        let store = LabelStore::new();
        let secret = store.declared(["secret"]);
        let entries = [
            ("a".into(), entry(&store, Descriptor::EMPTY)),
            ("b".into(), entry(&store, secret)),
        ];
        let exports = Exports::new(&store, entries.into_iter().collect(), None).unwrap();
        let added = store.provenance(["src:file", "dir:/p"], ["/p/m.mld"]);
        let added = Added::local(&store, added);
        let ns = Namespace::new(Arc::new(exports), added, "./m.mld".into());
        let labels = |name: &str| ns.member(&store, name).unwrap().value.descriptor();
        for name in ["a", "b"] {
            assert!(store.carries(labels(name), "src:file"), "{name}");
            assert!(store.carries(labels(name), "dir:/p"), "{name}");
            assert_eq!(&*store.sources(labels(name))[0], "/p/m.mld");
        }
        assert!(store.entered_unlabelled(labels("a")));
        assert!(!store.entered_unlabelled(labels("b")));
        assert!(store.carries(ns.whole(&store).descriptor(), "secret"));
    }
}
