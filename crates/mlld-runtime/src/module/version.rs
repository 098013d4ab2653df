//! Which version a request is content with (spec 04 §10.1).

use ecow::EcoString;
use semver::{Comparator, Op};
use std::fmt;

/// Hex digits that a hash has at least.
const SHORTEST_HASH: usize = 4;

/// What version is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    written: EcoString,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// `1.2.3`, `== 1.2.3`.
    Exact(semver::Version),
    /// `!= 1.2.3`.
    Not(semver::Version),
    /// `^1.2.3`, `>= 1`.
    Comparator(Comparator),
    /// The beginning of the hash of the content; perhaps a tag.
    Hash(EcoString),
    /// `beta`.
    Tag,
}

impl Version {
    /// Reads what stands behind the `@`.
    ///
    /// # Errors
    /// One sentence, when it is no version.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        let text = written.trim();
        let exact = |text: &str| {
            semver::Version::parse(text.trim()).map_err(|e| format!("'{text}' is no version: {e}"))
        };
        let comparator = |op: Op, text: &str| {
            let mut comparator = Comparator::parse(text.trim())
                .map_err(|e| format!("'{text}' is no version: {e}"))?;
            comparator.op = op;
            Ok::<_, String>(Kind::Comparator(comparator))
        };
        // The longer operators first: `~=` begins as `~` does.
        let kind = if let Some(rest) = text.strip_prefix("==") {
            Kind::Exact(exact(rest)?)
        } else if let Some(rest) = text.strip_prefix("!=") {
            Kind::Not(exact(rest)?)
        } else if let Some(rest) = text.strip_prefix("~=") {
            comparator(Op::Tilde, rest)?
        } else if let Some(rest) = text.strip_prefix(">=") {
            comparator(Op::GreaterEq, rest)?
        } else if let Some(rest) = text.strip_prefix("<=") {
            comparator(Op::LessEq, rest)?
        } else if let Some(rest) = text.strip_prefix('>') {
            comparator(Op::Greater, rest)?
        } else if let Some(rest) = text.strip_prefix('<') {
            comparator(Op::Less, rest)?
        } else if let Some(rest) = text.strip_prefix('^') {
            comparator(Op::Caret, rest)?
        } else if let Some(rest) = text.strip_prefix('~') {
            comparator(Op::Tilde, rest)?
        } else if let Ok(version) = exact(text) {
            Kind::Exact(version)
        } else if text.len() >= SHORTEST_HASH && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            Kind::Hash(text.to_ascii_lowercase().into())
        } else if text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        {
            Kind::Tag
        } else {
            return Err(format!("'{written}' is no version"));
        };
        Ok(Self {
            written: text.into(),
            kind,
        })
    }

    /// Whether a module of this version, whose content has this hash, and to which these tags point, is what is asked
    /// for.
    pub(crate) fn accepts(&self, version: &str, hash: &str, tags: &[EcoString]) -> bool {
        let semver = || semver::Version::parse(version).ok();
        match &self.kind {
            Kind::Exact(wanted) => semver().is_some_and(|v| v == *wanted),
            Kind::Not(unwanted) => semver().is_some_and(|v| v != *unwanted),
            Kind::Comparator(c) => semver().is_some_and(|v| c.matches(&v)),
            Kind::Hash(start) => hash.starts_with(start.as_str()) || tags.contains(&self.written),
            Kind::Tag => version == self.written || tags.contains(&self.written),
        }
    }
}

impl Version {
    /// The beginning of a hash that is asked for.
    pub(crate) fn hash(&self) -> Option<&str> {
        match &self.kind {
            Kind::Hash(start) => Some(start),
            _ => None,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted() {
        let hash = "abcd0123";
        for (wanted, version, fits) in [
            ("1.2.3", "1.2.3", true),
            ("1.2.3", "1.2.4", false),
            ("==1.2.3", "1.2.3", true),
            ("!=1.2.3", "1.2.3", false),
            ("!=1.2.3", "1.2.4", true),
            ("^1.2.3", "1.9.0", true),
            ("^1.2.3", "2.0.0", false),
            ("~1.2.3", "1.2.9", true),
            ("~1.2.3", "1.3.0", false),
            ("~=1.2.3", "1.2.9", true),
            (">=1.2", "1.2.0", true),
            ("<1.2.0", "1.1.9", true),
            ("<=1.2.0", "1.2.1", false),
            (">1.2.0", "1.2.0", false),
            ("beta", "beta", true),
            ("beta", "1.0.0", false),
            ("abcd", "1.0.0", true),
            ("ABCD0", "1.0.0", true),
            ("abce", "1.0.0", false),
        ] {
            let wanted = Version::parse(wanted).unwrap();
            assert_eq!(
                wanted.accepts(version, hash, &[]),
                fits,
                "{wanted} {version}"
            );
        }
        let tags = ["beta".into(), "beef".into()];
        for tag in ["beta", "beef"] {
            let tag = Version::parse(tag).unwrap();
            assert!(tag.accepts("2.0.0", hash, &tags), "{tag}");
        }
        for bad in ["", "^", "1", "-", "a b"] {
            assert!(Version::parse(bad).is_err(), "{bad}");
        }
    }
}
