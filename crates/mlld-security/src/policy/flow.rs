//! Whether labels may flow into an operation (spec 06 §11, §12, §13): the decision itself, unremembered.

use super::classes::Classes;
use super::defaults::Unlabeled;
use super::pattern::{covers, depth, folded, prefixes};
use super::rules::{self, FlowRule};
use super::settings::{LabelRule, Pattern, Settings};
use crate::decision::Place;
use crate::label::is_under;
use crate::operation::Target;
use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;
use std::cell::LazyCell;
use std::sync::Arc;

/// The layers in force, compiled.
#[derive(Debug, Default)]
pub(super) struct Rules {
    layers: Vec<Layer>,
    /// The classes by the `operations` of all layers: they count for the rules of every layer (spec 06 §17).
    classes: Classes,
}

/// One layer, compiled.
#[derive(Debug)]
struct Layer {
    /// The policy it belongs to, as reports name it.
    policy: EcoString,
    built_in: Vec<(FlowRule, Option<Place>)>,
    /// The rules of `labels` in order of writing …
    rules: Vec<Rule>,
    /// … and where the rule of a key is.
    by_key: FxHashMap<EcoString, usize>,
    /// The classes by its own `operations`: the only ones that its allow patterns see.
    own: Classes,
    /// Data without a label of a person may go only where an allow list says so (spec 06 §11, 4).
    whitelists: bool,
}

#[derive(Debug)]
struct Rule {
    key: EcoString,
    depth: usize,
    allow: Vec<Pattern>,
    deny: Vec<Deny>,
}

#[derive(Debug)]
struct Deny {
    pattern: Pattern,
    /// The pattern in lower case, where labels of commands are and it is not.
    folded: Option<EcoString>,
}

/// Why an operation is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The policy that refuses.
    pub(super) policy: EcoString,
    /// The path of the rule: `policy.labels.secret.deny`.
    pub(super) rule: EcoString,
    /// Where the rule is written.
    pub(super) place: Option<Place>,
    /// The input label that may not flow.
    pub(super) label: EcoString,
    /// The sentence of spec 06.
    pub(super) reason: EcoString,
    /// What to do about it.
    pub(super) suggestions: Vec<EcoString>,
}

/// A target with the classes that it has.
struct Seen<'a> {
    target: &'a Target,
    /// For deny rules.
    wide: Vec<&'a str>,
}

/// What flows in.
#[derive(Clone, Copy)]
pub(super) struct Inflow<'a> {
    /// The labels of everything, in order of attachment.
    pub(super) labels: &'a [Arc<str>],
    /// Some input has no label of a person (spec 05 §5.3).
    pub(super) unlabelled: bool,
}

/// How a deny pattern met a target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Itself,
    Class,
}

impl Rules {
    pub(super) fn of<'a>(
        layers: impl IntoIterator<Item = (&'a EcoString, &'a Arc<Settings>)> + Clone,
    ) -> Self {
        Self {
            classes: Classes::wide_of(layers.clone().into_iter().map(|(_, s)| s.as_ref())),
            layers: layers
                .into_iter()
                .map(|(policy, settings)| Layer::of(policy, settings))
                .collect(),
        }
    }

    /// Whether any rule can refuse an input with this label; others need not be asked about. That is so as
    /// long as there are only rules *from* a label; a rule that asks for the presence of one (`known`) has to be put
    /// into the key of the memory of decisions, as it is with [`Inflow::unlabelled`].
    pub(super) fn names(&self, label: &str) -> bool {
        self.layers.iter().any(|layer| {
            let built_in = &layer.built_in;
            built_in.iter().any(|(r, _)| is_under(label, r.label()))
                || layer
                    .rules_of(label)
                    .iter()
                    .any(|r| !r.deny.is_empty() || (layer.whitelists && !r.allow.is_empty()))
        })
    }

    /// The first refusal: layers in order of activation, in each the built-in rules before `labels`.
    pub(super) fn refusal(&self, inflow: Inflow<'_>, targets: &[Target]) -> Option<Finding> {
        let labels = inflow.labels;
        if labels.is_empty() || self.layers.is_empty() {
            return None;
        }
        let seen: Vec<Seen<'_>> = targets
            .iter()
            .map(|target| Seen {
                target,
                wide: self.classes.wide(target),
            })
            .collect();
        self.layers.iter().find_map(|layer| {
            let by_rule = layer.by_built_in(labels, &seen);
            by_rule.or_else(|| layer.by_labels(inflow, &seen))
        })
    }
}

impl Layer {
    fn of(policy: &EcoString, settings: &Settings) -> Self {
        let mut built_in: Vec<(FlowRule, Option<Place>)> = settings
            .defaults
            .rules
            .iter()
            .filter_map(|used| match used.rule? {
                rules::Rule::Flow(rule) => Some((rule, used.place.clone())),
                rules::Rule::Influence => None,
            })
            .collect();
        built_in.sort_by_key(|(rule, _)| *rule);
        let rules: Vec<Rule> = settings
            .labels
            .iter()
            .map(|(k, r)| Rule::of(k, r))
            .collect();
        Self {
            policy: policy.clone(),
            built_in,
            by_key: rules
                .iter()
                .enumerate()
                .map(|(i, r)| (r.key.clone(), i))
                .collect(),
            rules,
            own: Classes::narrow_of(settings),
            whitelists: settings.defaults.unlabeled == Some(Unlabeled::Untrusted),
        }
    }

    /// The rules whose key is the label, one above it, or `*`; in order of writing.
    fn rules_of(&self, label: &str) -> Vec<&Rule> {
        let mut found: Vec<usize> = prefixes(label)
            .chain(["*"])
            .filter_map(|key| self.by_key.get(key).copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found.iter().filter_map(|i| self.rules.get(*i)).collect()
    }

    fn by_built_in(&self, labels: &[Arc<str>], targets: &[Seen<'_>]) -> Option<Finding> {
        self.built_in.iter().find_map(|(rule, place)| {
            let label = labels.iter().find(|l| is_under(l, rule.label()))?;
            targets.iter().find_map(|t| t.met_by(rule.class()))?;
            Some(Finding {
                policy: self.policy.clone(),
                rule: eco_format!("policy.defaults.rules.{}", rule.name()),
                place: place.clone(),
                label: label.as_ref().into(),
                suggestions: suggestions(label, label),
                reason: eco_format!(
                    "Rule '{}': label '{}' cannot flow to '{}'{}",
                    rule.name(),
                    rule.label(),
                    rule.class(),
                    rule.advice()
                ),
            })
        })
    }

    fn by_labels(&self, inflow: Inflow<'_>, targets: &[Seen<'_>]) -> Option<Finding> {
        inflow.labels.iter().find_map(|label| {
            let rules = self.rules_of(label);
            let denied = self.by_denials(label, &rules, targets);
            denied.or_else(|| {
                let whitelists = self.whitelists && inflow.unlabelled && is_provenance(label);
                (whitelists && !self.is_allowed(&rules, targets)).then(|| self.not_allowed(label))
            })
        })
    }

    fn by_denials(&self, label: &str, rules: &[&Rule], targets: &[Seen<'_>]) -> Option<Finding> {
        if rules.iter().all(|r| r.deny.is_empty()) {
            return None;
        }
        targets.iter().find_map(|target| {
            let denials = rules
                .iter()
                .flat_map(|r| r.deny.iter().map(move |d| (*r, d)));
            denials
                .filter_map(|(rule, deny)| Some((rule, deny, deny.meets(target)?)))
                .find(|(rule, deny, met)| !self.lifts(rules, rule, deny, *met, target))
                .map(|(rule, deny, _)| self.denied_by(rule, deny, label))
        })
    }

    /// Whether rules without an allow list, or an allow pattern of them, let one of the targets pass.
    fn is_allowed(&self, rules: &[&Rule], targets: &[Seen<'_>]) -> bool {
        let mut patterns = rules.iter().flat_map(|r| &r.allow).peekable();
        patterns.peek().is_none()
            || patterns.any(|Pattern { text: allow, .. }| {
                targets.iter().any(|target| {
                    covers(allow, target.allowed_as())
                        || self
                            .own
                            .narrow(target.target)
                            .iter()
                            .any(|class| covers(allow, class))
                })
            })
    }

    fn not_allowed(&self, label: &str) -> Finding {
        Finding {
            policy: self.policy.clone(),
            rule: eco_format!("policy.labels.{label}.allow"),
            place: None,
            label: label.into(),
            suggestions: suggestions(label, label),
            reason: eco_format!("Label '{label}' is not explicitly allowed for this operation"),
        }
    }

    fn denied_by(&self, rule: &Rule, deny: &Deny, label: &str) -> Finding {
        Finding {
            policy: self.policy.clone(),
            rule: eco_format!("policy.labels.{}.deny", rule.key),
            place: deny.pattern.place.clone(),
            label: label.into(),
            suggestions: suggestions(label, &rule.key),
            reason: eco_format!("Label '{label}' cannot flow to '{}'", deny.pattern.text),
        }
    }

    /// Whether some allow pattern takes the force from a deny pattern that met a target: one of a rule with
    /// the same key or a longer one, that matches the same target and is strictly more specific.
    fn lifts(
        &self,
        rules: &[&Rule],
        denying: &Rule,
        deny: &Deny,
        met: Met,
        target: &Seen<'_>,
    ) -> bool {
        let label = target.allowed_as();
        let classes = LazyCell::new(|| self.own.narrow(target.target));
        rules
            .iter()
            .filter(|r| r.depth >= denying.depth)
            .flat_map(|r| &r.allow)
            .any(|Pattern { text: allow, .. }| {
                let itself = covers(allow, label);
                more_specific(allow, &deny.pattern.text, met, itself)
                    && (itself || classes.iter().any(|c| covers(allow, c)))
            })
    }
}

/// Whether an allow pattern is strictly more specific than a deny pattern (spec 06 §11, step 2); `itself`
/// tells whether it matches the target and not only a class of it. `*` is never more specific.
fn more_specific(allow: &str, deny: &str, met: Met, itself: bool) -> bool {
    allow != "*"
        && (deny == "*"
            || (allow != deny && is_under(allow, deny))
            || (met == Met::Class && itself))
}

impl Rule {
    fn of(key: &EcoString, rule: &LabelRule) -> Self {
        Self {
            key: key.clone(),
            depth: depth(key),
            allow: rule.allow.clone(),
            deny: rule
                .deny
                .iter()
                .map(|pattern| Deny {
                    folded: folded(&pattern.text),
                    pattern: pattern.clone(),
                })
                .collect(),
        }
    }
}

impl Deny {
    fn meets(&self, target: &Seen<'_>) -> Option<Met> {
        let folded = self.folded.as_deref();
        let all = [Some(self.pattern.text.as_str()), folded];
        let met = all.into_iter().flatten().filter_map(|p| target.met_by(p));
        // Whoever meets the target itself is harder to lift: that counts where both hold.
        met.min_by_key(|m| *m == Met::Class)
    }
}

impl Seen<'_> {
    /// How a deny pattern, or the class of a built-in rule, matches.
    fn met_by(&self, pattern: &str) -> Option<Met> {
        let target = self.target;
        let itself = covers(pattern, &target.label)
            || target.also_denied.iter().any(|l| covers(pattern, l))
            || (target.opaque && is_under(pattern, &target.label));
        if itself {
            return Some(Met::Itself);
        }
        let by_class = self.wide.iter().any(|c| covers(pattern, c));
        by_class.then_some(Met::Class)
    }

    /// What allow patterns match.
    fn allowed_as(&self) -> &str {
        let target = self.target;
        target.allowed_as.as_ref().unwrap_or(&target.label)
    }
}

/// Whether a label tells where data came from, or what was thought of it for that (spec 06 §11, 4).
fn is_provenance(label: &str) -> bool {
    label == Unlabeled::Untrusted.label() || ["src", "dir"].iter().any(|p| is_under(label, p))
}

/// What to do about a label that may not flow (spec 06 §23).
fn suggestions(label: &str, key: &str) -> Vec<EcoString> {
    let family = label.split(':').next().unwrap_or_default();
    let about_the_label = match family {
        "untrusted" => Some(eco_format!(
            "Remove '{label}' label if data has been validated"
        )),
        "secret" | "sensitive" | "pii" => Some(eco_format!(
            "Remove '{label}' label if data is not sensitive"
        )),
        "known" => Some(eco_format!(
            "Add the '{label}' label only to approved destinations or targets"
        )),
        "src" => None,
        _ => Some(eco_format!(
            "Remove '{label}' label if this classification no longer applies"
        )),
    };
    let mut out: Vec<EcoString> = about_the_label.into_iter().collect();
    out.push(eco_format!(
        "Review policy.labels[\"{key}\"] allow/deny rules"
    ));
    if family == "secret" {
        out.push("Use using auth:name or using @var as ENV_NAME for credential flow".into());
    }
    out
}
