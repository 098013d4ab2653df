//! Which operations policies refuse, and how they say it (spec 06 §11–§13, §23).

use super::{layers, policy};
use crate::policy::{Layers, Policy};
use crate::{Denial, LabelStore, OpKind, Operation, Place, Target, command};

fn operation(store: &LabelStore, inputs: &[&[&str]], targets: Vec<Target>) -> Operation {
    let labels = inputs.iter();
    Operation {
        kind: OpKind::Show,
        subject: "/show".into(),
        targets: targets.into(),
        inputs: labels.map(|l| store.declared(l.iter().copied())).collect(),
        place: None,
    }
}

fn denial_of(layers: &Layers, labels: &[&str], targets: Vec<Target>) -> Option<Denial> {
    let store = LabelStore::new();
    let operation = operation(&store, &[labels], targets);
    layers.check(&store, &operation).err().map(|d| *d)
}

fn labelled(labels: &[&str]) -> Vec<Target> {
    labels.iter().map(|l| Target::shown(*l)).collect()
}

/// The sentence with which an operation is refused; `-` if it is not.
fn reason(policies: &[&str], labels: &[&str], targets: &[&str]) -> String {
    denial_of(&layers(policies), labels, labelled(targets))
        .map_or_else(|| "-".to_owned(), |d| d.reason.to_string())
}

/// The same for a command line.
fn line(policies: &[&str], labels: &[&str], line: &str) -> String {
    denial_of(&layers(policies), labels, command::targets(line, &[]))
        .map_or_else(|| "-".to_owned(), |d| d.reason.to_string())
}

fn flow(label: &str, to: &str) -> String {
    format!("Label '{label}' cannot flow to '{to}'")
}

#[test]
fn a_label_without_a_rule_is_free() {
    let p = "{ labels: { secret: { deny: [\"op:show\"] } } }";
    assert_eq!(reason(&[p], &["vip"], &["op:show"]), "-");
    assert_eq!(reason(&[p], &[], &["op:show"]), "-");
    assert_eq!(reason(&[p], &["secret"], &["op:log"]), "-");
    assert_eq!(reason(&[], &["secret"], &["op:show"]), "-");
    assert_eq!(
        reason(&[p], &["secret"], &["op:show"]),
        flow("secret", "op:show")
    );
}

#[test]
fn keys_and_patterns_are_prefixes() {
    let p = "{ labels: { src: { deny: [net] }, \"pii:email\": { deny: [\"op:show\"] } } }";
    assert_eq!(
        reason(&[p], &["src:cmd"], &["net:w"]),
        flow("src:cmd", "net")
    );
    assert_eq!(reason(&[p], &["pii"], &["op:show"]), "-");
    assert_eq!(
        reason(&[p], &["pii:email:x"], &["op:show"]),
        flow("pii:email:x", "op:show")
    );
    assert_eq!(reason(&[p], &["srcs"], &["net:w"]), "-");
    assert_eq!(reason(&[p], &["src:cmd"], &["network"]), "-");
}

#[test]
fn a_star_key_and_a_star_pattern_cover_everything() {
    let p = "{ labels: { \"*\": { deny: [\"op:show\"] }, secret: { deny: [\"*\"] } } }";
    assert_eq!(reason(&[p], &["any"], &["op:show"]), flow("any", "op:show"));
    assert_eq!(reason(&[p], &["secret"], &["op:log"]), flow("secret", "*"));
    assert_eq!(reason(&[p], &["any"], &["op:log"]), "-");
    assert_eq!(reason(&[p], &[], &["op:show"]), "-");
    assert_eq!(
        reason(&[p], &["secret"], &[]),
        "-",
        "no target, nothing denied"
    );
}

#[test]
fn a_more_specific_allow_lifts_a_deny_on_the_same_target() {
    let p = "{ labels: { pii: { deny: [\"op:cmd\"], allow: [\"op:cmd:echo\"] } } }";
    assert_eq!(line(&[p], &["pii"], "echo x"), "-");
    assert_eq!(line(&[p], &["pii"], "printf x"), flow("pii", "op:cmd"));
    assert_eq!(
        line(&[p], &["pii"], "echo x; printf x"),
        flow("pii", "op:cmd")
    );
    assert_eq!(line(&[p], &["pii"], "./echo x"), flow("pii", "op:cmd"));
    assert_eq!(
        line(&[p], &["pii"], "echo $(printf x)"),
        flow("pii", "op:cmd")
    );
    assert_eq!(line(&[p], &["pii"], "PATH=. echo x"), flow("pii", "op:cmd"));
}

#[test]
fn a_tie_denies() {
    let p =
        "{ labels: { pii: { deny: [\"op:cmd:echo\", \"*\"], allow: [\"op:cmd:echo\", \"*\"] } } }";
    assert_eq!(line(&[p], &["pii"], "echo x"), flow("pii", "op:cmd:echo"));
    assert_eq!(reason(&[p], &["pii"], &["op:show"]), flow("pii", "*"));
}

#[test]
fn an_allow_lifts_nothing_of_another_label_target_or_layer() {
    let other_target = "{ labels: { secret: { deny: [\"net:w\"], allow: [\"op:cmd:echo\"] } } }";
    assert_eq!(
        reason(&[other_target], &["secret"], &["op:cmd:echo", "net:w"]),
        flow("secret", "net:w")
    );
    let other_label =
        "{ labels: { secret: { deny: [\"op:cmd\"] }, pii: { allow: [\"op:cmd:echo\"] } } }";
    assert_eq!(
        line(&[other_label], &["secret", "pii"], "echo x"),
        flow("secret", "op:cmd")
    );
    let deny = "{ labels: { secret: { deny: [\"op:cmd\"] } } }";
    let allow = "{ labels: { secret: { allow: [\"op:cmd:echo\"] } } }";
    assert_eq!(
        line(&[deny, allow], &["secret"], "echo x"),
        flow("secret", "op:cmd")
    );
    assert_eq!(
        line(&[allow, deny], &["secret"], "echo x"),
        flow("secret", "op:cmd")
    );
}

#[test]
fn an_allow_of_a_shorter_key_lifts_nothing() {
    let short =
        "{ labels: { src: { allow: [\"op:cmd:echo\"] }, \"src:mcp\": { deny: [\"op:cmd\"] } } }";
    assert_eq!(
        line(&[short], &["src:mcp"], "echo x"),
        flow("src:mcp", "op:cmd")
    );
    let long =
        "{ labels: { src: { deny: [\"op:cmd\"] }, \"src:mcp\": { allow: [\"op:cmd:echo\"] } } }";
    assert_eq!(line(&[long], &["src:mcp"], "echo x"), "-");
    assert_eq!(
        line(&[long], &["src:file"], "echo x"),
        flow("src:file", "op:cmd")
    );
    let star = "{ labels: { \"*\": { allow: [\"op:cmd:echo\"] }, a: { deny: [\"op:cmd\"] } } }";
    assert_eq!(
        line(&[star], &["a"], "echo x"),
        flow("a", "op:cmd"),
        "`*` is shorter than any key"
    );
    let of_star = "{ labels: { \"*\": { deny: [\"op:cmd\"] }, a: { allow: [\"op:cmd:echo\"] } } }";
    assert_eq!(line(&[of_star], &["a"], "echo x"), "-");
    assert_eq!(line(&[of_star], &["b"], "echo x"), flow("b", "op:cmd"));
}

#[test]
fn a_class_is_denied_and_an_allow_of_the_target_or_a_narrower_class_lifts_it() {
    let with = |allow: &str| {
        format!(
            "{{ operations: {{ exfil: [\"net:w\"], \"exfil:ok\": [\"net:w:safe\"] }}, \
             labels: {{ secret: {{ deny: [exfil], allow: [\"{allow}\"] }} }} }}"
        )
    };
    let to = |allow: &str, target: &str| reason(&[&with(allow)], &["secret"], &[target]);
    assert_eq!(to("op:show", "net:w"), flow("secret", "exfil"));
    assert_eq!(to("net:w", "net:w"), "-", "the target itself");
    assert_eq!(to("net", "net:w"), "-");
    assert_eq!(
        to("exfil:ok", "net:w:safe"),
        "-",
        "a class under the denied one"
    );
    assert_eq!(to("exfil:ok", "net:w"), flow("secret", "exfil"));
    assert_eq!(to("exfil", "net:w"), flow("secret", "exfil"), "a tie");
    assert_eq!(
        to("*", "net:w"),
        flow("secret", "exfil"),
        "`*` is more specific than nothing"
    );
}

#[test]
fn a_pattern_that_meets_the_target_itself_is_lifted_by_narrower_ones_only() {
    // `exfil:send` is the target and has the class `exfil`, too.
    let p = "{ operations: { exfil: [\"exfil:send\"] }, labels: { s: { deny: [exfil], allow: [\"exfil\"] } } }";
    assert_eq!(reason(&[p], &["s"], &["exfil:send"]), flow("s", "exfil"));
}

#[test]
fn classes_chain_and_cycles_are_harmless() {
    let chain = "{ defaults: { rules: [no-secret-exfil] }, operations: { outward: [\"net:w\"], exfil: [outward] } }";
    let refused = "Rule 'no-secret-exfil': label 'secret' cannot flow to 'exfil'";
    assert_eq!(reason(&[chain], &["secret"], &["net:w"]), refused);
    assert_eq!(reason(&[chain], &["secret"], &["net:r"]), "-");
    let cycle = "{ defaults: { rules: [no-secret-exfil] }, operations: { a: [b, x], b: [a], exfil: [\"b\"] } }";
    assert_eq!(reason(&[cycle], &["secret"], &["x"]), refused);
    let below = "{ defaults: { rules: [no-secret-exfil] }, operations: { \"a:b\": [x], \"exfil:c\": [a] } }";
    assert_eq!(reason(&[below], &["secret"], &["x:y"]), refused);
}

#[test]
fn classes_of_any_layer_count_for_all_rules_but_lift_nothing() {
    let rules = "{ defaults: { rules: [no-secret-exfil] } }";
    let classes = "{ operations: { exfil: [\"net:w\"] } }";
    for policies in [[rules, classes], [classes, rules]] {
        assert_ne!(reason(&policies, &["secret"], &["net:w"]), "-");
    }
    let denies = "{ operations: { exfil: [\"net:w\"] }, labels: { secret: { deny: [exfil], allow: [\"exfil:ok\"] } } }";
    let lifts = "{ operations: { \"exfil:ok\": [\"net:w\"] } }";
    assert_eq!(
        reason(&[denies, lifts], &["secret"], &["net:w"]),
        flow("secret", "exfil")
    );
}

#[test]
fn every_built_in_rule_refuses_its_flow() {
    for (rule, label, class) in [
        ("no-secret-exfil", "secret", "exfil"),
        ("no-sensitive-exfil", "sensitive", "exfil"),
        ("no-untrusted-destructive", "untrusted", "destructive"),
        ("no-untrusted-privileged", "untrusted", "privileged"),
    ] {
        let p = format!("{{ defaults: {{ rules: [{rule}] }} }}");
        let expected = format!("Rule '{rule}': label '{label}' cannot flow to '{class}'");
        for input in [label.to_owned(), format!("{label}:x")] {
            for target in [class.to_owned(), format!("{class}:y")] {
                assert_eq!(
                    reason(&[&p], &["z", &input], &["op:exe", &target]),
                    expected
                );
            }
        }
        assert_eq!(reason(&[&p], &["other"], &[class]), "-");
        assert_eq!(reason(&[&p], &[label], &["op:show"]), "-");
    }
    let p = "{ defaults: { rules: [no-untrusted-destructive] } }";
    assert_ne!(
        reason(&[p], &["trusted", "untrusted"], &["destructive"]),
        "-",
        "untrusted wins"
    );
    assert_eq!(reason(&[p], &["trusted"], &["destructive"]), "-");
}

#[test]
fn built_in_rules_come_in_table_order_before_labels_and_layers_in_theirs() {
    let p = "{ defaults: { rules: [no-untrusted-privileged, no-secret-exfil] }, labels: { secret: { deny: [\"*\"] } } }";
    let denial = denial_of(
        &layers(&[p]),
        &["untrusted", "secret"],
        labelled(&["privileged", "exfil"]),
    );
    assert_eq!(
        denial.unwrap().blocker.rule.as_deref(),
        Some("policy.defaults.rules.no-secret-exfil")
    );
    let labels = "{ labels: { secret: { deny: [exfil] } } }";
    let denial = denial_of(&layers(&[labels, p]), &["secret"], labelled(&["exfil"])).unwrap();
    assert_eq!(denial.blocker.name, "p");
    assert_eq!(
        denial.blocker.rule.as_deref(),
        Some("policy.labels.secret.deny")
    );
}

#[test]
fn the_first_label_in_order_of_attachment_is_named() {
    let p = "{ labels: { a: { deny: [\"op:show\"] }, b: { deny: [\"op:show\"] } } }";
    assert_eq!(
        reason(&[p], &["b", "a"], &["op:show"]),
        flow("b", "op:show")
    );
    assert_eq!(
        reason(&[p], &["a", "b"], &["op:show"]),
        flow("a", "op:show")
    );
}

#[test]
fn deny_sees_words_that_allow_does_not() {
    let p = "{ labels: { s: { deny: [\"op:cmd:git\"], allow: [\"op:cmd:git:push\"] } } }";
    assert_eq!(line(&[p], &["s"], "git push"), "-");
    assert_eq!(line(&[p], &["s"], "git -C x push"), flow("s", "op:cmd:git"));
    let p = "{ labels: { s: { deny: [\"op:cmd:git:push\"] } } }";
    assert_eq!(
        line(&[p], &["s"], "git -C x push"),
        flow("s", "op:cmd:git:push")
    );
    assert_eq!(
        line(&[p], &["s"], "$tool push"),
        flow("s", "op:cmd:git:push")
    );
    assert_eq!(line(&[p], &["s"], "svn push"), "-");
    let p = "{ labels: { s: { deny: [\"op:cmd:Git:PUSH\"] } } }";
    assert_eq!(
        line(&[p], &["s"], "git push"),
        flow("s", "op:cmd:Git:PUSH"),
        "labels are in lower case"
    );
}

#[test]
fn classes_see_hidden_words_and_opaque_lines() {
    let p =
        "{ defaults: { rules: [no-secret-exfil] }, operations: { exfil: [\"op:cmd:git:push\"] } }";
    for text in [
        "git push",
        "git -C x push",
        "$tool",
        "git $x",
        "sh -c 'git push'",
    ] {
        assert_ne!(line(&[p], &["secret"], text), "-", "{text}");
    }
    assert_eq!(line(&[p], &["secret"], "git pull"), "-");
}

#[test]
fn all_inputs_count() {
    let p = layers(&["{ labels: { secret: { deny: [\"op:show\"] } } }"]);
    let store = LabelStore::new();
    let inputs: [&[&str]; 3] = [&["a"], &[], &["b", "secret"]];
    let operation = operation(&store, &inputs, labelled(&["op:show"]));
    assert!(p.check(&store, &operation).is_err());
}

#[test]
fn a_refusal_is_complete() {
    let source = "{\n  labels: { pii: { deny: [\"op:log\",\n    \"net:w\"] } }\n}";
    let store = LabelStore::new();
    let mut operation = operation(&store, &[&["pii"]], {
        let mut targets = command::targets("printf hi", &[]);
        targets.push(Target::hidden("op:run"));
        targets.push(Target::shown("net:w"));
        targets
    });
    operation.subject = "/run \"printf hi\"".into();
    operation
        .inputs
        .push(store.provenance(["src:file"], ["/in/\u{1b}a"]));
    let place = |line, column| Place {
        file: "p.mld".into(),
        line,
        column,
    };
    operation.place = Some(place(9, 1));
    let denial = layers(&[source]).check(&store, &operation).unwrap_err();
    assert_eq!(denial.blocker.place, Some(place(3, 5)));
    assert_eq!(denial.place, Some(place(9, 1)));
    assert_eq!(denial.label.as_deref(), Some("pii"));
    assert_eq!(denial.code.as_str(), "POLICY_LABEL_FLOW_DENIED");
    assert_eq!(
        denial.render(),
        "Operation denied
  Operation: /run \"printf hi\"
  Blocked by: Policy p
  Rule: policy.labels.pii.deny
  Declared at: p.mld:3:5
  Input labels: [pii, src:file]
  Input sources: [/in/\\x1ba]
  Operation labels: [op:cmd, op:cmd:printf, op:cmd:printf:hi, net:w]
  Reason: Label 'pii' cannot flow to 'net:w'
  Suggestions:
  - Remove 'pii' label if data is not sensitive
  - Review policy.labels[\"pii\"] allow/deny rules"
    );
    assert_eq!(
        super::literal::text(&denial.to_node()),
        "{code: POLICY_LABEL_FLOW_DENIED, \
         operation: {type: run, description: /run \"printf hi\", place: p.mld:9:1}, \
         blocker: {type: policy, name: p, rule: policy.labels.pii.deny, place: p.mld:3:5}, \
         labels: {input: [pii, src:file], operation: [op:cmd, op:cmd:printf, op:cmd:printf:hi, net:w]}, \
         sources: [/in/\u{1b}a], trail: [], reason: Label 'pii' cannot flow to 'net:w', \
         suggestions: [Remove 'pii' label if data is not sensitive, \
         Review policy.labels[\"pii\"] allow/deny rules]}"
    );
}

#[test]
fn suggestions_fit_the_label() {
    let of = |label: &str| {
        let p = format!("{{ labels: {{ \"{label}\": {{ deny: [x] }} }} }}");
        let denial = denial_of(&layers(&[&p]), &[label], labelled(&["x"])).unwrap();
        denial.suggestions.join("; ")
    };
    let review = |l: &str| format!("Review policy.labels[\"{l}\"] allow/deny rules");
    assert_eq!(
        of("untrusted"),
        format!(
            "Remove 'untrusted' label if data has been validated; {}",
            review("untrusted")
        )
    );
    assert_eq!(
        of("secret:key"),
        format!(
            "Remove 'secret:key' label if data is not sensitive; {}; Use using auth:name or using @var as \
             ENV_NAME for credential flow",
            review("secret:key")
        )
    );
    assert_eq!(
        of("known"),
        format!(
            "Add the 'known' label only to approved destinations or targets; {}",
            review("known")
        )
    );
    assert_eq!(
        of("vip"),
        format!(
            "Remove 'vip' label if this classification no longer applies; {}",
            review("vip")
        )
    );
    assert_eq!(of("src:mcp"), review("src:mcp"));
}

#[test]
fn members_of_a_union_judge_each_by_itself() {
    let deny = policy("a", "{ labels: { s: { deny: [\"op:cmd\"] } } }");
    let allow = policy("b", "{ labels: { s: { allow: [\"op:cmd:echo\"] } } }");
    let mut layers = Layers::default();
    layers.push(&Policy::union("both", [deny, allow]).unwrap());
    let denial = denial_of(&layers, &["s"], command::targets("echo x", &[])).unwrap();
    assert_eq!(denial.blocker.name, "both");
    assert_eq!(layers.active(), ["both"]);
}

#[test]
fn a_narrowed_call_is_refused_and_the_rest_is_not() {
    let base = layers(&["{}"]);
    let narrowed = base.narrowed(&policy("w", "{ labels: { s: { deny: [\"op:show\"] } } }"));
    assert!(denial_of(&narrowed, &["s"], labelled(&["op:show"])).is_some());
    assert!(denial_of(&base, &["s"], labelled(&["op:show"])).is_none());
}

#[test]
fn the_labels_that_withhold_a_message_are_named() {
    let p = layers(&["{ labels: { secret: { deny: [\"op:show\"] }, src: { deny: [\"*\"] } } }"]);
    let store = LabelStore::new();
    let input = store.declared(["a", "src:cmd", "secret"]);
    let show = labelled(&["op:show"]);
    assert_eq!(
        p.refused_labels(&store, input, &show),
        ["src:cmd", "secret"]
    );
    assert_eq!(
        p.refused_labels(&store, input, &labelled(&["op:log"])),
        ["src:cmd"]
    );
    assert!(
        Layers::default()
            .refused_labels(&store, input, &show)
            .is_empty()
    );
}

#[test]
fn threads_share_layers_and_their_memory() {
    let p = layers(&["{ labels: { secret: { deny: [\"op:show\"] } } }"]);
    let store = LabelStore::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for i in 0..200 {
                    let label = format!("l{i}");
                    let free = operation(&store, &[&[&label]], labelled(&["op:show"]));
                    let secret = operation(&store, &[&[&label, "secret"]], labelled(&["op:show"]));
                    assert!(p.check(&store, &free).is_ok());
                    assert!(p.check(&store, &secret).is_err());
                }
            });
        }
    });
}

#[test]
fn handles_of_another_store_are_not_mixed_up() {
    let p = layers(&["{ labels: { secret: { deny: [\"op:show\"] } } }"]);
    let (one, two) = (LabelStore::new(), LabelStore::new());
    let free = operation(&one, &[&["vip"]], labelled(&["op:show"]));
    assert!(p.check(&one, &free).is_ok());
    // The same handle means another label there.
    let secret = operation(&two, &[&["secret"]], labelled(&["op:show"]));
    assert_eq!(free.inputs, secret.inputs);
    assert!(p.check(&two, &secret).is_err());
    assert!(p.check(&one, &free).is_ok());
}

#[test]
fn a_redacted_word_is_in_no_report() {
    let store = LabelStore::new();
    let targets = command::targets("echo kestrel", std::slice::from_ref(&(5..12)));
    let operation = operation(&store, &[&["secret"]], targets);
    let p = layers(&["{ labels: { secret: { deny: [\"op:cmd:echo:kestrel\", \"op:cmd\"] } } }"]);
    let denial = p.check(&store, &operation).unwrap_err();
    assert_eq!(
        denial.operation_labels,
        ["op:cmd", "op:cmd:echo", "op:cmd:echo:*"]
    );
}
