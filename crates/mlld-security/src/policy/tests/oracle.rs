//! The decision of spec 06 §11–§13 once more, as plainly as it can be written: to compare with.

use crate::operation::Target;
use std::collections::BTreeSet;

/// One layer as lists of texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    pub(super) rules: Vec<&'static str>,
    /// Key, allow, deny.
    pub(super) labels: Vec<(String, Vec<String>, Vec<String>)>,
    pub(super) operations: Vec<(String, Vec<String>)>,
}

/// The layer (counted from 0), the rule's path and the reason of the first refusal.
pub(super) fn refusal(
    layers: &[Layer],
    labels: &[String],
    targets: &[Target],
) -> Option<(usize, String, String)> {
    let all: Vec<(String, Vec<String>)> =
        layers.iter().flat_map(|l| l.operations.clone()).collect();
    for (number, layer) in layers.iter().enumerate() {
        for (rule, label, class) in [
            ("no-secret-exfil", "secret", "exfil"),
            ("no-sensitive-exfil", "sensitive", "exfil"),
            ("no-untrusted-destructive", "untrusted", "destructive"),
            ("no-untrusted-privileged", "untrusted", "privileged"),
        ] {
            let carries = labels.iter().any(|l| matches(label, l));
            let flows = targets.iter().any(|t| {
                deny_matches_itself(class, t)
                    || wide_classes(&all, t).iter().any(|c| matches(class, c))
            });
            if layer.rules.contains(&rule) && carries && flows {
                let reason = format!("Rule '{rule}': label '{label}' cannot flow to '{class}'");
                return Some((number, format!("policy.defaults.rules.{rule}"), reason));
            }
        }
        for label in labels {
            let rules: Vec<_> = layer
                .labels
                .iter()
                .filter(|(key, _, _)| matches(key, label))
                .collect();
            for target in targets {
                for (key, _, denies) in &rules {
                    for d in denies {
                        if stands(&all, layer, &rules, key, d, target) {
                            let reason = format!("Label '{label}' cannot flow to '{d}'");
                            return Some((number, format!("policy.labels.{key}.deny"), reason));
                        }
                    }
                }
            }
        }
    }
    None
}

/// `p` is `*`, or `t`, or `t` starts with `p:`.
fn matches(p: &str, t: &str) -> bool {
    p == "*" || p == t || t.starts_with(&format!("{p}:"))
}

fn deny_matches_itself(p: &str, t: &Target) -> bool {
    let labels = std::iter::once(&t.label).chain(&t.also_denied);
    labels.into_iter().any(|l| matches(p, l))
        || (t.opaque && p.starts_with(&format!("{}:", t.label)))
}

fn classes(
    operations: &[(String, Vec<String>)],
    itself: impl Fn(&str) -> bool,
) -> BTreeSet<String> {
    let mut has = BTreeSet::new();
    loop {
        let before = has.len();
        for (class, patterns) in operations {
            if patterns
                .iter()
                .any(|p| itself(p) || has.iter().any(|c: &String| matches(p, c)))
            {
                has.insert(class.clone());
            }
        }
        if has.len() == before {
            return has;
        }
    }
}

fn wide_classes(operations: &[(String, Vec<String>)], t: &Target) -> BTreeSet<String> {
    classes(operations, |p| deny_matches_itself(p, t))
}

type Rule = (String, Vec<String>, Vec<String>);

fn stands(
    all: &[(String, Vec<String>)],
    layer: &Layer,
    rules: &[&Rule],
    key: &str,
    d: &str,
    t: &Target,
) -> bool {
    let d_itself = deny_matches_itself(d, t);
    let d_class = wide_classes(all, t).iter().any(|c| matches(d, c));
    if !d_itself && !d_class {
        return false;
    }
    let seen = t.allowed_as.as_ref().unwrap_or(&t.label);
    let own = classes(&layer.operations, |p| matches(p, seen));
    let length = |k: &str| if k == "*" { 0 } else { k.split(':').count() };
    let lifted = rules.iter().any(|(other, allows, _)| {
        length(other) >= length(key)
            && allows.iter().any(|a| {
                let a_itself = matches(a, seen);
                let a_matches = a_itself || own.iter().any(|c| matches(a, c));
                let more = a != "*"
                    && (d == "*" || a.starts_with(&format!("{d}:")) || (!d_itself && a_itself));
                a_matches && more
            })
    });
    !lifted
}
