//! Where labels came by: the provenance of a label as a chain of places in the script.
//!
//! A value that is given a name, or that a call gives back, *passes* a place. Its descriptor remembers the last places
//! that its parts have passed, and every place remembers for each label from which places it came. Places are those of
//! the text, so there are no more of them than the script has statements, however often they are passed: what a loop
//! does is told once. That makes the answer a little wider than the truth (all passes of a place are one), and never
//! narrower.
//!
//! Why-provenance in the sense of Buneman, Khanna and Tan (2001), for labels instead of tuples. No decision depends on it.

use crate::descriptor::{Descriptor, StopId};
use crate::label::Label;
use crate::place::Place;
use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Places in an answer; a longer one is cut.
const MOST: usize = 200;
/// Sources that a place remembers.
const SOURCES: usize = 8;

/// What happens at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopKind {
    /// A variable gets a value.
    Variable,
    /// A name is imported.
    Import,
    /// A call gives its result.
    Call,
}

/// How a label came onto a value at a place, if it had not been on anything before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// It is written there.
    Declared,
    /// The executable that is called is labelled with it.
    Executable,
    /// A rule of a policy put it.
    Rule,
    /// It says that the value was made there: `src:exe`, `src:template`.
    Made,
    /// It is that of data that came in: a file, the output of a command.
    Entered,
}

impl How {
    /// A word for people and machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Executable => "executable",
            Self::Rule => "rule",
            Self::Made => "made",
            Self::Entered => "entered",
        }
    }
}

/// A place that values pass: a statement, or a call in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StopKey {
    /// The module.
    pub module: u32,
    /// Where it is in the text of the module, in bytes.
    pub offset: u32,
    /// What happens there.
    pub kind: StopKind,
}

/// What is told of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What happens there.
    pub kind: StopKind,
    /// The name of the variable or of the executable, without `@`.
    pub name: EcoString,
    /// Where it is.
    pub place: Place,
}

/// A place on the way of a label, and the places before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The place.
    pub stop: Stop,
    /// How the label came onto the value here, if it did.
    pub how: Option<How>,
    /// Where the data came from that came in here.
    pub sources: Vec<Arc<str>>,
    /// The places that it had passed before.
    pub from: Vec<Origin>,
}

impl Origin {
    /// Forgets where the data came from, here and before: names of files and commands may be data themselves
    /// (spec 05 §2.2).
    pub fn withhold_sources(&mut self) {
        self.sources.clear();
        self.from.iter_mut().for_each(Self::withhold_sources);
    }
}

/// All places of a store.
#[derive(Debug, Default)]
pub(crate) struct Trails {
    by_key: FxHashMap<StopKey, StopId>,
    stops: Vec<Notes>,
    /// Descriptors that have passed a place before, and as what they left it.
    passed: FxHashMap<(Descriptor, StopId), Descriptor>,
}

#[derive(Debug)]
struct Notes {
    stop: Stop,
    labels: FxHashMap<Label, Note>,
    sources: Vec<Arc<str>>,
}

/// What a place remembers of a label.
#[derive(Debug, Default)]
struct Note {
    how: Option<How>,
    from: Vec<StopId>,
}

impl Trails {
    pub(crate) fn known(&self, key: StopKey) -> Option<StopId> {
        self.by_key.get(&key).copied()
    }

    pub(crate) fn passed(&self, descriptor: Descriptor, stop: StopId) -> Option<Descriptor> {
        self.passed.get(&(descriptor, stop)).copied()
    }

    pub(crate) fn remember(&mut self, descriptor: Descriptor, stop: StopId, as_what: Descriptor) {
        self.passed.insert((descriptor, stop), as_what);
    }

    pub(crate) fn stop(&mut self, key: StopKey, make: impl FnOnce() -> Stop) -> StopId {
        if let Some(known) = self.known(key) {
            return known;
        }
        let id = StopId::try_from(self.stops.len()).unwrap_or(StopId::MAX);
        self.stops.push(Notes {
            stop: make(),
            labels: FxHashMap::default(),
            sources: Vec::new(),
        });
        self.by_key.insert(key, id);
        id
    }

    /// Notes that a value with these labels passes `stop`, having passed `before`; some of the labels may be `new`.
    pub(crate) fn note(
        &mut self,
        stop: StopId,
        labels: &[Label],
        before: &[StopId],
        new: &[(Label, How)],
        sources: &[Arc<str>],
    ) {
        let had: Vec<(Label, Vec<StopId>)> = labels
            .iter()
            .map(|label| {
                let from = before.iter().copied().filter(|id| self.has(*id, *label));
                (*label, from.collect())
            })
            .collect();
        let Some(notes) = self.stops.get_mut(stop as usize) else {
            return;
        };
        let mut entered = false;
        for (label, from) in had {
            let note = notes.labels.entry(label).or_default();
            let how = new.iter().find(|(l, _)| *l == label).map(|(_, how)| *how);
            let how = how.or_else(|| from.is_empty().then_some(How::Entered));
            entered |= how == Some(How::Entered);
            note.how = note.how.or(how);
            for id in from {
                if id != stop && !note.from.contains(&id) {
                    note.from.push(id);
                }
            }
        }
        if entered {
            for source in sources {
                if notes.sources.len() < SOURCES && !notes.sources.contains(source) {
                    notes.sources.push(Arc::clone(source));
                }
            }
        }
    }

    fn has(&self, stop: StopId, label: Label) -> bool {
        let notes = self.stops.get(stop as usize);
        notes.is_some_and(|n| n.labels.contains_key(&label))
    }

    /// The way of a label to a value that has passed these places last, as a tree from its end to its beginnings. A
    /// place that stands in it twice is followed once.
    pub(crate) fn origins(&self, last: &[StopId], label: Label) -> Vec<Origin> {
        let mut seen = FxHashSet::default();
        let mut left = MOST;
        self.followed(last, label, &mut seen, &mut left)
    }

    fn followed(
        &self,
        stops: &[StopId],
        label: Label,
        seen: &mut FxHashSet<StopId>,
        left: &mut usize,
    ) -> Vec<Origin> {
        let mut out = Vec::new();
        for id in stops {
            let Some(notes) = self.stops.get(*id as usize) else {
                continue;
            };
            let Some(note) = notes.labels.get(&label) else {
                continue;
            };
            if *left == 0 || !seen.insert(*id) {
                continue;
            }
            *left -= 1;
            let sources = match note.how {
                Some(How::Entered) => notes.sources.clone(),
                _ => Vec::new(),
            };
            out.push(Origin {
                stop: notes.stop.clone(),
                how: note.how,
                sources,
                // As deep as there are places at most, which `left` bounds.
                from: self.followed(&note.from, label, seen, left),
            });
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LabelStore;

    fn at(store: &LabelStore, d: Descriptor, line: u32, new: &[(Descriptor, How)]) -> Descriptor {
        let key = StopKey {
            module: 0,
            offset: line,
            kind: StopKind::Variable,
        };
        store.pass(d, key, new, || Stop {
            kind: StopKind::Variable,
            name: format!("v{line}").into(),
            place: Place {
                file: "m.mld".into(),
                line,
                column: 1,
            },
        })
    }

    /// `v3 <v1 declared> <v2>`: places with those before them.
    fn told(origins: &[Origin]) -> String {
        let one = |o: &Origin| {
            let how = o.how.map_or("", How::word);
            let sources = o.sources.join("+");
            format!("({} {how} {sources} {})", o.stop.name, told(&o.from))
        };
        origins.iter().map(one).collect()
    }

    fn way(store: &LabelStore, d: Descriptor, label: &str) -> String {
        told(&store.origins(d, label))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace(" )", ")")
    }

    #[test]
    fn a_label_is_followed_from_place_to_place() {
        let store = LabelStore::new();
        let (secret, pii) = (store.declared(["secret"]), store.declared(["pii"]));
        let file = store.provenance(["src:file"], ["/a"]);
        let a = at(&store, secret, 1, &[(secret, How::Declared)]);
        let b = at(&store, store.join(pii, file), 2, &[(pii, How::Declared)]);
        let both = at(&store, store.join(a, b), 3, &[]);
        assert_eq!(store.taint_names(both).join(" "), "secret pii src:file");
        assert_eq!(way(&store, both, "secret"), "(v3 (v1 declared))");
        assert_eq!(way(&store, both, "pii"), "(v3 (v2 declared))");
        assert_eq!(way(&store, both, "src:file"), "(v3 (v2 entered /a))");
        assert_eq!(way(&store, both, "other"), "");
        assert_eq!(way(&store, secret, "secret"), "", "it has passed no place");
        // Passing again is the same.
        assert_eq!(at(&store, store.join(a, b), 3, &[]), both);
        assert_eq!(way(&store, both, "secret"), "(v3 (v1 declared))");
    }

    #[test]
    fn nothing_is_told_of_what_has_no_labels() {
        let store = LabelStore::new();
        assert_eq!(at(&store, Descriptor::EMPTY, 1, &[]), Descriptor::EMPTY);
    }

    #[test]
    fn a_place_that_is_passed_in_different_ways_tells_all() {
        let store = LabelStore::new();
        let l = store.declared(["l"]);
        let a = at(&store, l, 1, &[(l, How::Declared)]);
        let b = at(&store, l, 2, &[(l, How::Executable)]);
        let c = at(&store, a, 3, &[]);
        let d = at(&store, b, 3, &[]);
        assert_eq!(way(&store, c, "l"), "(v3 (v1 declared)(v2 executable))");
        assert_eq!(way(&store, d, "l"), way(&store, c, "l"));
    }

    #[test]
    fn rings_end_and_long_ways_are_cut() {
        let store = LabelStore::new();
        let l = store.declared(["l"]);
        let mut value = at(&store, l, 1, &[(l, How::Declared)]);
        for _ in 0..3 {
            value = at(&store, value, 2, &[]);
            value = at(&store, value, 3, &[]);
        }
        let ring = way(&store, value, "l");
        assert_eq!(ring.matches("v2").count(), 1, "{ring}");
        assert_eq!(ring.matches("v1").count(), 1, "{ring}");
        for line in 10..10 + 2 * MOST as u32 {
            value = at(&store, value, line, &[]);
        }
        assert_eq!(way(&store, value, "l").matches('v').count(), MOST);
    }

    #[test]
    fn few_sources_are_kept_and_can_be_withheld() {
        let store = LabelStore::new();
        let mut value = Descriptor::EMPTY;
        for n in 0..2 * SOURCES {
            let file = store.provenance(["src:file"], [format!("/{n}").as_str()]);
            value = at(&store, file, 1, &[]);
        }
        let mut origins = store.origins(value, "src:file");
        assert_eq!(origins[0].sources.len(), SOURCES);
        let declared = store.declared(["pii"]);
        let value = at(
            &store,
            store.join(value, declared),
            2,
            &[(declared, How::Declared)],
        );
        assert!(store.origins(value, "pii")[0].sources.is_empty());
        origins[0].from = store.origins(value, "src:file");
        origins[0].withhold_sources();
        assert!(!told(&origins).contains('/'), "{}", told(&origins));
    }
}
