//! What stands between `{` and `}` in a file reference (spec 04 §2.1).

use super::Definition;
use ecow::EcoString;

/// A kind of definitions, as patterns name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(&'static str);

const KINDS: [&str; 9] = [
    "fn",
    "var",
    "class",
    "interface",
    "type",
    "enum",
    "struct",
    "trait",
    "module",
];

impl Kind {
    /// The kind of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|k| **k == name).map(|k| Self(k))
    }

    /// All kinds, for messages.
    pub(crate) fn all() -> String {
        KINDS.join(", ")
    }

    fn holds(self, definition: &Definition) -> bool {
        match self.0 {
            "fn" => matches!(definition.kind, "function" | "method"),
            "var" => matches!(definition.kind, "variable" | "constant"),
            "type" => matches!(definition.kind, "type" | "type-alias"),
            kind => kind == definition.kind,
        }
    }
}

/// One pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// The first definition of a name.
    Name(EcoString),
    /// Definitions whose names fit: `*` is any run, `?` one character.
    Wild(EcoString),
    /// Definitions of a kind.
    Of(Kind),
    /// All definitions.
    All,
    /// Definitions whose body mentions one that the inner pattern selects.
    Uses(Box<Self>),
    /// The names of the outermost definitions, or of all of a kind.
    Names(Option<Kind>),
}

/// Why a pattern is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PatternError {
    /// A variable stands where none may.
    Variable,
    /// The value of a variable is no kind.
    NoKind(EcoString),
    /// Parentheses nest too deep, or hold nothing.
    Parentheses,
}

/// How deep parentheses may nest.
const MAX_NESTING: usize = 16;

impl Pattern {
    /// Reads a pattern; `variable` gives the text of a variable.
    ///
    /// # Errors
    /// When it is none, or those of `variable`.
    pub(crate) fn parse<E: From<PatternError>>(
        text: &str,
        variable: &mut impl FnMut(&str) -> Result<EcoString, E>,
    ) -> Result<Self, E> {
        Self::read(text, variable, 0)
    }

    fn read<E: From<PatternError>>(
        text: &str,
        variable: &mut impl FnMut(&str) -> Result<EcoString, E>,
        level: usize,
    ) -> Result<Self, E> {
        let text = text.trim();
        if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            if level >= MAX_NESTING || inner.trim().is_empty() {
                return Err(PatternError::Parentheses.into());
            }
            return Self::read(inner, variable, level + 1).map(|p| Self::Uses(Box::new(p)));
        }
        let mut kind_of = |name: &str| -> Result<Option<Kind>, E> {
            let Some(variable_name) = name.strip_prefix('@') else {
                return Ok(Kind::named(name));
            };
            let value = variable(variable_name)?;
            let kind = Kind::named(value.trim());
            kind.map(Some)
                .ok_or_else(|| PatternError::NoKind(value).into())
        };
        if text == "??" {
            return Ok(Self::Names(None));
        }
        if let Some(kind) = text.strip_suffix("??")
            && let Some(kind) = kind_of(kind)?
        {
            return Ok(Self::Names(Some(kind)));
        }
        if text == "*" {
            return Ok(Self::All);
        }
        if let Some(kind) = text.strip_prefix('*')
            && let Some(kind) = kind_of(kind)?
        {
            return Ok(Self::Of(kind));
        }
        if text.contains('@') {
            return Err(PatternError::Variable.into());
        }
        Ok(match text.contains(['*', '?']) {
            true => Self::Wild(text.into()),
            false => Self::Name(text.into()),
        })
    }

    /// The definitions that it selects, in order.
    pub(super) fn matching<'d>(
        &self,
        definitions: &'d [Definition],
        text: &str,
    ) -> Vec<&'d Definition> {
        match self {
            Self::Name(name) => definitions
                .iter()
                .find(|d| d.name == *name)
                .into_iter()
                .collect(),
            Self::Wild(pattern) => definitions
                .iter()
                .filter(|d| fits(pattern, &d.name))
                .collect(),
            Self::Of(kind) => definitions.iter().filter(|d| kind.holds(d)).collect(),
            Self::All => definitions.iter().collect(),
            Self::Uses(inner) => {
                let used = inner.matching(definitions, text);
                let mut names: Vec<&str> = used.iter().map(|d| d.name.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                let uses = |(i, d): (usize, &'d Definition)| {
                    let behind = definitions.get(i + 1..).unwrap_or_default();
                    (d.kind != "variable" && mentions(d, behind, text, &names)).then_some(d)
                };
                definitions.iter().enumerate().filter_map(uses).collect()
            }
            Self::Names(_) => Vec::new(),
        }
    }

    /// The definitions whose names it lists.
    pub(super) fn listed<'d>(
        &self,
        definitions: &'d [Definition],
    ) -> impl Iterator<Item = &'d Definition> {
        let kind = match self {
            Self::Names(kind) => *kind,
            _ => None,
        };
        let mut outer = 0..0;
        definitions.iter().filter(move |d| match kind {
            Some(kind) => kind.holds(d),
            None => {
                // Outer ones stand in front of what they hold.
                let outermost = d.extent.end > outer.end || d.extent == outer;
                if outermost {
                    outer = d.extent.clone();
                }
                outermost
            }
        })
    }
}

/// What patterns ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Definitions.
    Content,
    /// Names.
    Names,
}

/// What these patterns ask for; nothing if they ask for both.
pub(crate) fn family(patterns: &[Pattern]) -> Option<Family> {
    let is_names = |p: &Pattern| matches!(p, Pattern::Names(_));
    match patterns.iter().filter(|p| is_names(p)).count() {
        0 => Some(Family::Content),
        n if n == patterns.len() => Some(Family::Names),
        _ => None,
    }
}

/// Whether the body of a definition, without those of the definitions in it, mentions one of the names as a word.
/// `behind` are the definitions behind it, the inner ones first.
fn mentions(definition: &Definition, behind: &[Definition], text: &str, names: &[&str]) -> bool {
    let mut at = definition.body.start;
    let inner = behind
        .iter()
        .take_while(|d| d.extent.start < definition.extent.end)
        .filter(|d| definition.holds(d));
    for inner in inner {
        let piece = text.get(at..inner.extent.start.max(at)).unwrap_or_default();
        if has_word(piece, names) {
            return true;
        }
        at = at.max(inner.extent.end);
    }
    has_word(text.get(at..definition.body.end).unwrap_or_default(), names)
}

fn has_word(text: &str, names: &[&str]) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    text.split(|c| !is_part(c))
        .any(|word| names.binary_search(&word).is_ok())
}

/// Whether a name fits a pattern with `*` and `?`.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last star stands, and how much it has taken.
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = name.get(n) {
        match (pattern.get(p), star) {
            (Some('*'), _) => {
                star = Some((p, n));
                p += 1;
            }
            (Some(q), _) if *q == '?' || q == c => {
                p += 1;
                n += 1;
            }
            (_, Some((at, taken))) => {
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
            _ => return false,
        }
    }
    pattern
        .get(p..)
        .unwrap_or_default()
        .iter()
        .all(|c| *c == '*')
}
