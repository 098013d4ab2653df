//! Labels: names such as `secret`, `net:w`, `src:file`, `dir:/srv/in` (spec 05 §3, §4).

use std::fmt;

/// A label, interned in a [`crate::LabelStore`]. Equal labels of one store have equal handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(pub(crate) u32);

/// Why a declared label is refused (spec 05 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelError {
    /// `signed:*` is written by signing only.
    Signed(String),
    /// The first part is a word of the grammar.
    Reserved(String),
    /// The form is not `part(:part)*`.
    Malformed(String),
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed(l) => write!(f, "Label '{l}' can only be made by signing"),
            Self::Reserved(l) => write!(f, "Label '{l}' begins with a reserved word"),
            Self::Malformed(l) => write!(f, "'{l}' is not a label"),
        }
    }
}

impl std::error::Error for LabelError {}

/// First parts that a declared label may not have (spec 05 §3.1).
const RESERVED: [&str; 11] = [
    "module", "static", "live", "cached", "local", "foreach", "pipeline", "with", "from", "as",
    "tools",
];

/// Checks a label that a script declares.
///
/// # Errors
/// When it is malformed, reserved, or belongs to the signing machinery.
pub fn check_label(text: &str) -> Result<(), LabelError> {
    let first = text.split(':').next().unwrap_or_default();
    if first == "signed" {
        return Err(LabelError::Signed(text.to_owned()));
    }
    if RESERVED.iter().any(|r| r.eq_ignore_ascii_case(first)) {
        return Err(LabelError::Reserved(text.to_owned()));
    }
    if text.split(':').all(is_part) {
        Ok(())
    } else {
        Err(LabelError::Malformed(text.to_owned()))
    }
}

/// Whether `part` is `[A-Za-z_] ( [A-Za-z0-9_] | "-" [A-Za-z0-9_] )*`.
fn is_part(part: &str) -> bool {
    let mut previous_hyphen = false;
    for (i, b) in part.bytes().enumerate() {
        let word = b.is_ascii_alphanumeric() || b == b'_';
        let ok = match b {
            b'-' => i > 0 && !previous_hyphen,
            _ => word && (i > 0 || !b.is_ascii_digit()),
        };
        if !ok {
            return false;
        }
        previous_hyphen = b == b'-';
    }
    !part.is_empty() && !previous_hyphen
}

/// Whether `label` is `ancestor` or lies under it: `net:w` lies under `net`, `op:cmd:git` does not lie under
/// `op:cmd:gi` (spec 05 §4).
///
/// `dir:` labels are not split at `/`: each folder has a label of its own.
#[must_use]
pub fn is_under(label: &str, ancestor: &str) -> bool {
    label
        .strip_prefix(ancestor)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchy_is_by_whole_parts() {
        assert!(is_under("op:cmd:git:push", "op:cmd:git"));
        assert!(is_under("secret", "secret"));
        assert!(!is_under("op:cmd:git", "op:cmd:gi"));
        assert!(!is_under("net", "net:w"));
    }

    #[test]
    fn declared_labels_are_checked() {
        for good in [
            "secret", "net:w", "a:b:c", "pre-paid", "_x", "src:mcp", "trusted",
        ] {
            assert_eq!(check_label(good), Ok(()), "{good}");
        }
        for bad in ["", "1a", "a..b", "a:", ":a", "a--b", "a-", "-a", "a b", "é"] {
            assert!(check_label(bad).is_err(), "{bad}");
        }
        assert_eq!(
            check_label("signed:x"),
            Err(LabelError::Signed("signed:x".into()))
        );
        assert_eq!(
            check_label("Tools:x"),
            Err(LabelError::Reserved("Tools:x".into()))
        );
    }
}
