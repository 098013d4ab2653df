//! The built-in rules (spec 06 §12).

/// A built-in rule that refuses a flow from a label to a class of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum FlowRule {
    SecretExfil,
    SensitiveExfil,
    UntrustedDestructive,
    UntrustedPrivileged,
    InfluencedAdvice,
}

/// A built-in rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// It refuses a flow.
    Flow(FlowRule),
    /// It refuses nothing: what a model makes of untrusted data is `influenced` (spec 05 §10.1).
    Influence,
}

/// What a rule name means to this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Now(Rule),
    /// A rule of spec 06 §12 that is not enforced yet.
    Later,
}

/// All names, in the order of spec 06 §12, which is the order of checking.
pub(super) const NAMES: [(&str, Known); 9] = [
    (
        "no-secret-exfil",
        Known::Now(Rule::Flow(FlowRule::SecretExfil)),
    ),
    (
        "no-sensitive-exfil",
        Known::Now(Rule::Flow(FlowRule::SensitiveExfil)),
    ),
    ("no-send-to-unknown", Known::Later),
    ("no-send-to-external", Known::Later),
    ("no-destroy-unknown", Known::Later),
    (
        "no-untrusted-destructive",
        Known::Now(Rule::Flow(FlowRule::UntrustedDestructive)),
    ),
    (
        "no-untrusted-privileged",
        Known::Now(Rule::Flow(FlowRule::UntrustedPrivileged)),
    ),
    (
        "no-influenced-advice",
        Known::Now(Rule::Flow(FlowRule::InfluencedAdvice)),
    ),
    ("untrusted-llms-get-influenced", Known::Now(Rule::Influence)),
];

/// The rule of that name.
pub(super) fn by_name(name: &str) -> Option<Known> {
    NAMES.iter().find(|(n, _)| *n == name).map(|(_, k)| *k)
}

impl FlowRule {
    pub(super) fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(_, k)| *k == Known::Now(Rule::Flow(self)))
            .map_or("", |(n, _)| n)
    }

    /// Inputs with this label, or one under it, are refused …
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::SecretExfil => "secret",
            Self::SensitiveExfil => "sensitive",
            Self::UntrustedDestructive | Self::UntrustedPrivileged => "untrusted",
            Self::InfluencedAdvice => "influenced",
        }
    }

    /// … by operations of this class, or one under it.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::SecretExfil | Self::SensitiveExfil => "exfil",
            Self::UntrustedDestructive => "destructive",
            Self::UntrustedPrivileged => "privileged",
            Self::InfluencedAdvice => "advice",
        }
    }

    /// What the reason says besides what may not flow where.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::InfluencedAdvice => " — use structured extraction to debias evaluative output",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_order_is_the_order_of_the_table() {
        let mut rules: Vec<FlowRule> = Vec::new();
        for (name, known) in NAMES {
            if let Known::Now(Rule::Flow(rule)) = known {
                assert_eq!(rule.name(), name);
                rules.push(rule);
            }
        }
        assert!(rules.is_sorted());
        assert_eq!(rules.len(), 5);
    }
}
