//! What labels and decisions cost: `cargo bench -p mlld-security`.

use divan::{Bencher, black_box};
use mlld_security::policy::{Layers, Node, NodeValue, Policy};
use mlld_security::{Descriptor, LabelStore, OpKind, Operation, Target, command};

fn main() {
    divan::main();
}

fn node(value: NodeValue) -> Node {
    Node { value, place: None }
}

fn object(entries: impl IntoIterator<Item = (String, Node)>) -> Node {
    let entries = entries.into_iter().map(|(k, v)| (k.into(), None, v));
    node(NodeValue::Object(entries.collect()))
}

fn list(items: &[&str]) -> Node {
    let items = items.iter().map(|t| node(NodeValue::Text((*t).into())));
    node(NodeValue::List(items.collect()))
}

/// A hundred rules for labels, and classes.
fn hundred_rules() -> Layers {
    let rules = (0..100).map(|i| {
        let deny = ["op:log", "net", "op:cmd:git:push", "exfil"];
        let rule = [
            ("deny", list(&deny)),
            ("allow", list(&["op:cmd:git:status"])),
        ];
        let rule = object(rule.map(|(k, v)| (k.to_owned(), v)));
        (format!("l{i}"), rule)
    });
    let sections = [
        ("labels", object(rules)),
        (
            "operations",
            object([("exfil".to_owned(), list(&["op:cmd:curl"]))]),
        ),
        (
            "defaults",
            object([("rules".to_owned(), list(&["no-secret-exfil"]))]),
        ),
    ];
    let literal = object(sections.map(|(k, v)| (k.to_owned(), v)));
    let mut layers = Layers::default();
    if let Ok(parsed) = Policy::parse("p", &literal) {
        layers.push(&parsed.policy);
    }
    layers
}

fn operation(inputs: Vec<Descriptor>, targets: Vec<Target>) -> Operation {
    Operation {
        kind: OpKind::Cmd,
        subject: "/run".into(),
        targets: targets.into(),
        inputs,
        place: None,
    }
}

fn command_with(store: &LabelStore, line: &str) -> Operation {
    let mut targets = command::targets(line, &[]);
    targets.push(Target::hidden("op:run"));
    targets.push(Target::hidden("op:exe"));
    let inputs = vec![
        store.declared(["l7", "secret"]),
        store.provenance(["src:file", "dir:/srv/in", "dir:/srv"], ["/srv/in/a"]),
        store.declared(["l3"]),
    ];
    operation(inputs, targets)
}

/// Asks about an operation that was asked about before; its targets are equal, not the same.
fn known(bencher: Bencher<'_, '_>, operation: impl Fn(&LabelStore) -> Operation) {
    let (store, layers) = (LabelStore::new(), hundred_rules());
    let first = operation(&store);
    drop(black_box(layers.check(&store, &first)));
    let again = operation(&store);
    bencher.bench_local(|| black_box(layers.check(black_box(&store), black_box(&again))));
}

#[divan::bench]
fn known_decision_allowed_command(bencher: Bencher<'_, '_>) {
    known(bencher, |store| command_with(store, "git status --short"));
}

#[divan::bench]
fn known_decision_allowed_show(bencher: Bencher<'_, '_>) {
    known(bencher, |store| {
        operation(
            vec![store.declared(["l7", "secret"])],
            vec![Target::shown("op:show")],
        )
    });
}

#[divan::bench]
fn known_decision_denied_with_report(bencher: Bencher<'_, '_>) {
    known(bencher, |store| command_with(store, "git push origin"));
}

#[divan::bench]
fn first_decision(bencher: Bencher<'_, '_>) {
    let store = LabelStore::new();
    let operation = command_with(&store, "git status --short");
    bencher
        .with_inputs(hundred_rules)
        .bench_local_values(|layers| layers.check(&store, &operation).is_ok());
}

#[divan::bench]
fn known_join_of_two(bencher: Bencher<'_, '_>) {
    let store = LabelStore::new();
    let (a, b) = (store.declared(["secret", "pii"]), store.declared(["net:w"]));
    store.join(a, b);
    bencher.bench_local(|| store.join(black_box(a), black_box(b)));
}

#[divan::bench]
fn command_line(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        command::targets(
            black_box("git -C repo commit -m 'a message' | tee log"),
            &[],
        )
    });
}
