//! Which sub-folders of a folder are modules, and how they are called (spec 04 §7.7).

use crate::failure::Problem;
use ecow::EcoString;
use regex::Regex;

/// Folders that are left out.
pub(crate) struct Skip(Vec<Regex>);

impl Default for Skip {
    /// Names that begin with `_` or a dot.
    fn default() -> Self {
        Self::new(["_*".into(), ".*".into()].into_iter()).unwrap_or(Self(Vec::new()))
    }
}

impl Skip {
    /// Folders whose names match one of the patterns: `*` stands for anything, `?` for one character.
    ///
    /// # Errors
    /// When a pattern is too large.
    pub(crate) fn new(patterns: impl Iterator<Item = EcoString>) -> Result<Self, Problem> {
        let compiled = patterns.map(|pattern| {
            let text = regex::escape(&pattern)
                .replace(r"\*", ".*")
                .replace(r"\?", ".");
            Regex::new(&format!("(?s)^{text}$")).map_err(|e| {
                Problem::new("R0914", "MlldImport", format!("A pattern of skipDirs: {e}"))
                    .code("DIRECTORY_IMPORT_INVALID_OPTION")
            })
        });
        compiled.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a folder is left out.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|p| p.is_match(name))
    }
}

/// The name of a member: that of its folder, with `_` in place of what no name has.
pub(crate) fn key(name: &str) -> EcoString {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    name.chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_skipped() {
        let skip = Skip::default();
        assert!(skip.matches("_draft") && skip.matches(".git"));
        assert!(!skip.matches("a_b") && !skip.matches("a.b"));
        let own = Skip::new(["t?st".into(), "a.b".into()].into_iter())
            .ok()
            .unwrap();
        assert!(own.matches("test") && own.matches("a.b"));
        assert!(!own.matches("toast") && !own.matches("axb") && !own.matches("_draft"));
        assert_eq!(key("bo-b x.é"), "bo-b_x__");
    }
}
