//! What holds for all policies and operations, tried on random ones.

use super::oracle::{self, Layer};
use crate::operation::{OpKind, Operation, Target};
use crate::policy::{Layers, Node, NodeValue, Policy};
use crate::{Denial, LabelStore};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const LABELS: [&str; 10] = [
    "secret",
    "secret:key",
    "secret:key:x",
    "sensitive",
    "untrusted",
    "pii",
    "src",
    "src:mcp",
    "src:file",
    "b",
];
const KEYS: [&str; 9] = [
    "*",
    "secret",
    "secret:key",
    "src",
    "src:mcp",
    "pii",
    "untrusted",
    "b",
    "secret:key:x",
];
const PATTERNS: [&str; 17] = [
    "*",
    "op",
    "op:show",
    "op:cmd",
    "op:cmd:git",
    "op:cmd:git:push",
    "op:cmd:git:status",
    "op:cmd:echo",
    "net",
    "net:w",
    "net:w:x",
    "exfil",
    "exfil:send",
    "exfil:send:ok",
    "destructive",
    "privileged",
    "c",
];
const CLASSES: [&str; 7] = [
    "exfil",
    "exfil:send",
    "exfil:send:ok",
    "destructive",
    "privileged",
    "c",
    "c:d",
];
const RULES: [&str; 4] = [
    "no-untrusted-privileged",
    "no-secret-exfil",
    "no-untrusted-destructive",
    "no-sensitive-exfil",
];

fn patterns() -> impl Strategy<Value = Vec<String>> {
    vec(select(&PATTERNS[..]), 0..4).prop_map(distinct)
}

fn distinct(all: Vec<&'static str>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for text in all {
        if !out.iter().any(|o| o == text) {
            out.push(text.to_owned());
        }
    }
    out
}

fn keyed(
    keys: &'static [&'static str],
    most: usize,
) -> impl Strategy<Value = Vec<(String, Vec<String>, Vec<String>)>> {
    subsequence(keys, 0..=most)
        .prop_shuffle()
        .prop_flat_map(|keys| {
            let n = keys.len();
            (Just(keys), vec((patterns(), patterns()), n))
        })
        .prop_map(|(keys, lists)| {
            let both = keys.into_iter().zip(lists);
            both.map(|(k, (a, d))| (k.to_owned(), a, d)).collect()
        })
}

fn layer() -> impl Strategy<Value = Layer> {
    (
        subsequence(&RULES[..], 0..=2),
        keyed(&KEYS, 4),
        keyed(&CLASSES, 3),
    )
        .prop_map(|(rules, labels, operations)| Layer {
            rules,
            labels,
            operations: operations.into_iter().map(|(k, a, _)| (k, a)).collect(),
        })
}

fn target() -> impl Strategy<Value = Target> {
    let label = select(vec![
        "op:show",
        "op:cmd",
        "op:cmd:git",
        "op:cmd:git:push",
        "op:cmd:git:status:x",
        "op:cmd:echo",
        "op:run",
        "net:w",
        "net:w:x",
        "exfil",
        "exfil:send",
        "c:d",
        "privileged:x",
        "destructive",
    ]);
    let also = vec(
        select(vec![
            "op:cmd:git:push",
            "op:cmd:git:status",
            "op:cmd:echo:x",
        ]),
        0..2,
    );
    let allowed = proptest::option::weighted(
        0.3,
        select(vec!["", "op:cmd", "op:cmd:git", "op:cmd:git:status"]),
    );
    (label, also, allowed, proptest::bool::weighted(0.2)).prop_map(
        |(label, also, allowed, opaque)| Target {
            also_denied: also.into_iter().map(Into::into).collect(),
            allowed_as: allowed.map(Into::into),
            opaque,
            ..Target::shown(label)
        },
    )
}

/// Layers, labels, targets.
fn case() -> impl Strategy<Value = (Vec<Layer>, Vec<String>, Vec<Target>)> {
    (
        vec(layer(), 1..4),
        subsequence(&LABELS[..], 0..=4)
            .prop_shuffle()
            .prop_map(distinct),
        vec(target(), 0..4),
    )
}

fn node(value: NodeValue) -> Node {
    Node { value, place: None }
}

fn list<T: AsRef<str>>(items: &[T]) -> Node {
    let items = items
        .iter()
        .map(|t| node(NodeValue::Text(t.as_ref().into())));
    node(NodeValue::List(items.collect()))
}

fn object(entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(k, v)| (k.into(), None, v));
    node(NodeValue::Object(entries.collect()))
}

fn literal(layer: &Layer) -> Node {
    let labels = layer.labels.iter();
    let labels = labels.map(|(k, a, d)| {
        (
            k.as_str(),
            object(vec![("deny", list(d)), ("allow", list(a))]),
        )
    });
    let operations = layer.operations.iter().map(|(k, p)| (k.as_str(), list(p)));
    object(vec![
        ("labels", object(labels.collect())),
        ("operations", object(operations.collect())),
        ("defaults", object(vec![("rules", list(&layer.rules))])),
    ])
}

fn in_force(layers: &[Layer]) -> Layers {
    let mut out = Layers::default();
    for (i, layer) in layers.iter().enumerate() {
        let parsed = Policy::parse(&i.to_string(), &literal(layer)).unwrap();
        out.push(&parsed.policy);
    }
    out
}

fn ask(
    store: &LabelStore,
    layers: &Layers,
    labels: &[String],
    targets: &[Target],
) -> Option<Denial> {
    let operation = Operation {
        kind: OpKind::Exe,
        subject: "/exe \"f\"".into(),
        targets: targets.to_vec().into(),
        inputs: labels
            .iter()
            .map(|l| store.declared([l.as_str()]))
            .collect(),
        place: None,
    };
    layers.check(store, &operation).err().map(|d| *d)
}

fn denied(layers: &[Layer], labels: &[String], targets: &[Target]) -> bool {
    ask(&LabelStore::new(), &in_force(layers), labels, targets).is_some()
}

fn many(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(many(10_000))]

    #[test]
    fn the_plain_reading_of_the_specification_agrees((layers, labels, targets) in case()) {
        let found = ask(&LabelStore::new(), &in_force(&layers), &labels, &targets)
            .map(|d| (d.blocker.name.parse().unwrap(), d.blocker.rule.unwrap().to_string(), d.reason.to_string()));
        prop_assert_eq!(found, oracle::refusal(&layers, &labels, &targets));
    }
}

proptest! {
    #![proptest_config(many(1_500))]

    #[test]
    fn another_label_lifts_nothing((layers, labels, targets) in case(), more in select(&LABELS[..])) {
        if denied(&layers, &labels, &targets) {
            let mut labels = labels;
            labels.push(more.to_owned());
            prop_assert!(denied(&layers, &labels, &targets));
        }
    }

    #[test]
    fn another_deny_lifts_nothing(
        (mut layers, labels, targets) in case(),
        key in select(&KEYS[..]),
        pattern in select(&PATTERNS[..]),
        at in any::<prop::sample::Index>(),
    ) {
        if denied(&layers, &labels, &targets) {
            let layer = at.get(&layers).clone();
            let mut more = layer.clone();
            match more.labels.iter_mut().find(|(k, _, _)| k == key) {
                Some((_, _, deny)) if deny.iter().any(|d| d == pattern) => {}
                Some((_, _, deny)) => deny.push(pattern.to_owned()),
                None => more.labels.push((key.to_owned(), Vec::new(), vec![pattern.to_owned()])),
            }
            let index = at.index(layers.len());
            layers[index] = more;
            prop_assert!(denied(&layers, &labels, &targets));
        }
    }

    #[test]
    fn another_layer_lifts_nothing((layers, labels, targets) in case(), more in layer(), first in any::<bool>()) {
        if denied(&layers, &labels, &targets) {
            let mut layers = layers;
            layers.insert(if first { 0 } else { layers.len() }, more);
            prop_assert!(denied(&layers, &labels, &targets));
        }
    }

    #[test]
    fn another_target_lifts_nothing((layers, labels, targets) in case(), more in target()) {
        if denied(&layers, &labels, &targets) {
            let mut targets = targets;
            targets.insert(0, more);
            prop_assert!(denied(&layers, &labels, &targets));
        }
    }

    #[test]
    fn knowing_less_of_a_command_lifts_nothing((layers, labels, targets) in case()) {
        if denied(&layers, &labels, &targets) {
            let mut targets = targets;
            targets.iter_mut().for_each(|t| t.opaque = true);
            prop_assert!(denied(&layers, &labels, &targets));
        }
    }

    #[test]
    fn the_order_of_labels_and_layers_decides_the_text_only((layers, labels, targets) in case()) {
        let reversed: Vec<String> = labels.iter().rev().cloned().collect();
        let backwards: Vec<Layer> = layers.iter().rev().cloned().collect();
        let verdict = denied(&layers, &labels, &targets);
        prop_assert_eq!(denied(&layers, &reversed, &targets), verdict);
        prop_assert_eq!(denied(&backwards, &labels, &targets), verdict);
    }

    #[test]
    fn without_labels_nothing_is_refused((layers, _, targets) in case()) {
        prop_assert!(!denied(&layers, &[], &targets));
    }
}

proptest! {
    #![proptest_config(many(300))]

    #[test]
    fn what_is_remembered_is_what_would_be_decided(
        layers in vec(layer(), 1..4),
        labels in vec(subsequence(&LABELS[..], 0..=4).prop_shuffle().prop_map(distinct), 4),
        targets in vec(vec(target(), 0..4), 4),
        order in vec((0..4_usize, 0..4_usize), 30),
    ) {
        let (store, remembering) = (LabelStore::new(), in_force(&layers));
        for (l, t) in order {
            let afresh = ask(&store, &in_force(&layers), &labels[l], &targets[t]);
            prop_assert_eq!(ask(&store, &remembering, &labels[l], &targets[t]), afresh);
        }
    }

    #[test]
    fn any_literal_is_read_or_refused(keys in vec("[a-z:*\\PC]{0,8}", 0..6), items in vec("\\PC{0,12}", 0..4)) {
        let entries = || keys.iter().map(|k| (k.as_str(), list(&items))).collect::<Vec<_>>();
        for section in ["labels", "operations", "defaults", "name"] {
            let _ = Policy::parse("p", &object(vec![(section, object(entries()))]));
        }
        let _ = Policy::parse("p", &object(entries()));
    }
}
