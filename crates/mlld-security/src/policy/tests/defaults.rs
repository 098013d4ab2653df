//! What data without a label is taken for, and the other words of `defaults` (spec 05 §5.3, §9, §11; 06 §11, §15).

use super::{layers, literal::literal, policy};
use crate::policy::{Layers, Policy, TrustConflict, Unlabeled};
use crate::{Descriptor, LabelStore, Labelled, OpKind, Operation, Privilege, Target};

/// A store that takes unlabelled data for what the layers say.
fn store(layers: &Layers) -> LabelStore {
    let store = LabelStore::new();
    store.take_unlabelled_for(layers.unlabeled());
    store
}

fn names(store: &LabelStore, d: Descriptor) -> String {
    store.taint_names(d).join(",")
}

/// The sentence with which a flow into `target` is refused; `-` if it is not.
fn reason(layers: &Layers, store: &LabelStore, inputs: &[Descriptor], target: &str) -> String {
    let operation = Operation {
        kind: OpKind::Show,
        subject: "/show".into(),
        targets: vec![Target::shown(target)].into(),
        inputs: inputs.to_vec(),
        place: None,
    };
    match layers.check(store, &operation) {
        Ok(()) => "-".into(),
        Err(denial) => format!(
            "{} ({})",
            denial.reason,
            denial.blocker.rule.unwrap_or_default()
        ),
    }
}

const UNTRUSTED: &str =
    "{ defaults: { unlabeled: untrusted }, labels: { untrusted: { deny: [\"op:cmd\"] } } }";

#[test]
fn the_words_are_read_and_merged_to_the_strictest() {
    let one = layers(&[
        "{ defaults: { unlabeled: trusted, trustconflict: silent, implicitflows: off } }",
    ]);
    assert_eq!(one.unlabeled(), Some(Unlabeled::Trusted));
    assert_eq!(one.trust_conflict(), TrustConflict::Silent);
    assert!(!one.tracks());
    let strict =
        "{ defaults: { unlabeled: untrusted, trustconflict: error, implicitflows: track } }";
    let lax = "{ defaults: { unlabeled: trusted, trustconflict: silent, implicitflows: off } }";
    for order in [[strict, lax], [lax, strict]] {
        let both = layers(&order);
        assert_eq!(both.unlabeled(), Some(Unlabeled::Untrusted));
        assert_eq!(both.trust_conflict(), TrustConflict::Error);
        assert!(both.tracks());
    }
    let nothing = layers(&["{}"]);
    assert_eq!(nothing.unlabeled(), None);
    assert_eq!(nothing.trust_conflict(), TrustConflict::Warn);
    assert!(!nothing.tracks() && !nothing.influences());
    assert!(layers(&["{ defaults: { rules: [untrusted-llms-get-influenced] } }"]).influences());
}

#[test]
fn a_word_that_is_none_is_a_mistake() {
    for (key, words) in [
        ("unlabeled", "\"trusted\" or \"untrusted\""),
        ("trustconflict", "\"warn\", \"error\" or \"silent\""),
        ("implicitflows", "\"track\" or \"off\""),
    ] {
        for bad in ["maybe", "1", "null", "[track]", "Warn"] {
            let found = Policy::parse(
                "p",
                &literal(&format!("{{ defaults: {{ {key}: {bad} }} }}")),
            );
            let errors = found.expect_err(bad);
            let expected = format!("Policy '@p': 'defaults.{key}' must be {words}");
            assert_eq!(errors[0].message, expected);
        }
    }
}

#[test]
fn data_that_enters_gets_the_label_and_other_data_does_not() {
    let layers = layers(&[UNTRUSTED]);
    let store = store(&layers);
    let file = store.provenance(["src:file", "dir:/in"], ["/in/a"]);
    assert_eq!(names(&store, file), "src:file,dir:/in,untrusted");
    assert_eq!(store.label_names(file).join(","), "untrusted");
    assert_eq!(names(&store, store.made_by("src:exe")), "src:exe");
    assert_eq!(names(&store, store.told(["src:file"])), "src:file");
    // What only computes is judged by what went in.
    let pii = store.declared(["pii"]);
    assert_eq!(names(&store, store.computed(pii, "src:js")), "pii,src:js");
    let nothing = store.computed(Descriptor::EMPTY, "src:js");
    assert_eq!(names(&store, nothing), "src:js,untrusted");
    // What a person has labelled on its way does not enter without a label.
    assert_eq!(names(&store, store.passed_on(file)), "src:file,dir:/in");
}

#[test]
fn a_value_that_is_older_than_the_policy_is_judged_by_it() {
    let layers = layers(&[UNTRUSTED]);
    let store = LabelStore::new();
    let file = store.provenance(["src:file"], []);
    let mixed = store.join(store.declared(["pii"]), file);
    let literal = store.declared(["pii"]);
    let code = store.computed(Descriptor::EMPTY, "src:js");
    store.take_unlabelled_for(layers.unlabeled());
    let denied = "Label 'untrusted' cannot flow to 'op:cmd' (policy.labels.untrusted.deny)";
    assert_eq!(reason(&layers, &store, &[file], "op:cmd"), denied);
    assert_eq!(reason(&layers, &store, &[literal, file], "op:cmd"), denied);
    assert_eq!(reason(&layers, &store, &[mixed], "op:cmd"), denied);
    assert_eq!(reason(&layers, &store, &[code], "op:cmd"), denied);
    assert_eq!(reason(&layers, &store, &[literal], "op:cmd"), "-");
    assert!(layers.is_untrusted(&store, mixed));
    assert!(!layers.is_untrusted(&store, literal));
}

#[test]
fn trusted_is_added_only_where_nothing_else_is_known() {
    let p = "{ defaults: { unlabeled: trusted }, labels: { trusted: { deny: [\"op:cmd\"] } } }";
    let layers = layers(&[p]);
    let store = LabelStore::new();
    let file = store.provenance(["src:file"], []);
    let pii = store.declared(["pii"]);
    let mixed = store.join(pii, file);
    store.take_unlabelled_for(layers.unlabeled());
    assert_ne!(reason(&layers, &store, &[file], "op:cmd"), "-");
    assert_eq!(reason(&layers, &store, &[mixed], "op:cmd"), "-");
    assert_eq!(reason(&layers, &store, &[file, pii], "op:cmd"), "-");
}

#[test]
fn what_was_taken_away_with_privilege_does_not_come_back() {
    let layers = layers(&[UNTRUSTED]);
    let store = store(&layers);
    let privilege = Privilege::for_test();
    let file = Labelled::entering((), store.provenance(["src:file"], []));
    let blessed = privilege.remove(&store, file.clone(), "untrusted");
    assert_eq!(
        reason(&layers, &store, &[blessed.descriptor()], "op:cmd"),
        "-"
    );
    let cleared = privilege.clear(&store, file.clone());
    assert_eq!(
        reason(&layers, &store, &[cleared.descriptor()], "op:cmd"),
        "-"
    );
    // Another label is another matter.
    let other = privilege.remove(&store, file, "pii");
    assert_ne!(
        reason(&layers, &store, &[other.descriptor()], "op:cmd"),
        "-"
    );
}

#[test]
fn an_allow_list_is_a_white_list_for_data_without_a_label() {
    let p = "{ defaults: { unlabeled: untrusted }, labels: { \"src:file\": { allow: [\"op:show\", \"op:cmd:git\"] } } }";
    let strict = layers(&[p]);
    let store = store(&strict);
    let file = store.provenance(["src:file"], []);
    let pii = store.declared(["pii"]);
    assert_eq!(reason(&strict, &store, &[file], "op:show"), "-");
    assert_eq!(reason(&strict, &store, &[file], "op:cmd:git:push"), "-");
    assert_eq!(
        reason(&strict, &store, &[file], "op:log"),
        "Label 'src:file' is not explicitly allowed for this operation (policy.labels.src:file.allow)"
    );
    // One input without a label is enough.
    assert_ne!(reason(&strict, &store, &[pii, file], "op:log"), "-");
    let mixed = store.join(pii, file);
    assert_eq!(
        reason(&strict, &store, &[mixed], "op:log"),
        "-",
        "labelled by a person"
    );
    assert_ne!(
        reason(&strict, &store, &[file], "op:log"),
        "-",
        "remembered apart"
    );
    // The list of a key above, and of all, counts for what has a rule.
    let all = layers(&[
        "{ defaults: { unlabeled: untrusted }, labels: { \"*\": { allow: [\"op:show\"] } } }",
    ]);
    assert_ne!(reason(&all, &store, &[file], "op:log"), "-");
    assert_eq!(reason(&all, &store, &[file], "op:show"), "-");
    // Without the stance an allow list restricts nothing.
    let lax = layers(&["{ labels: { \"src:file\": { allow: [\"op:show\"] } } }"]);
    assert_eq!(reason(&lax, &LabelStore::new(), &[file], "op:log"), "-");
}

#[test]
fn advice_of_what_was_influenced_is_refused() {
    let p = layers(&[
        "{ defaults: { rules: [no-influenced-advice] }, operations: { advice: [\"op:show\"] } }",
    ]);
    let store = store(&p);
    let told = store.declared(["influenced"]);
    assert_eq!(
        reason(&p, &store, &[told], "op:show"),
        "Rule 'no-influenced-advice': label 'influenced' cannot flow to 'advice' — use structured extraction to debias evaluative output (policy.defaults.rules.no-influenced-advice)"
    );
    assert_eq!(
        reason(&p, &store, &[store.declared(["llm"])], "op:show"),
        "-"
    );
}

#[test]
fn the_normal_form_has_them_in_their_places() {
    let p = policy(
        "p",
        "{ defaults: { implicitflows: track, trustconflict: warn, rules: [no-secret-exfil], unlabeled: untrusted } }",
    );
    assert_eq!(
        super::literal::text(&p.to_node()),
        "{defaults: {unlabeled: untrusted, rules: [no-secret-exfil], trustconflict: warn, implicitflows: track}}"
    );
}
