//! From a simple command to targets (spec 05 §10.3).

use super::COMMAND;
use super::tables::TRUSTED_FOLDERS;
use super::word::Word;
use crate::operation::Target;
use ecow::{EcoString, eco_format};
use indexmap::IndexSet;

/// A longer word is no label: no part of a label is as long (spec 05 §3.1).
const LONGEST: usize = 128;
/// More words are not listed one by one.
const WORDS: usize = 256;

/// The last part of the path that a command is called by, as its label has it.
pub(super) fn name_of(word: &Word) -> Option<String> {
    let last = word.constant()?.rsplit('/').next()?;
    (!last.is_empty() && last.len() <= LONGEST).then(|| last.to_lowercase())
}

/// The targets of the command `name`, which `word` calls, with `arguments`; `more`: and others that are not
/// known. `shown` is false for the commands of shell blocks, which deny rules only see.
pub(super) fn targets(
    name: &str,
    word: &Word,
    arguments: &[Word],
    more: bool,
    shown: bool,
) -> Vec<Target> {
    let base = eco_format!("{COMMAND}:{name}");
    let words = Words::of(&base, arguments, more);
    let allowed = match shown {
        true => allowed_as(&base, name, word, arguments),
        false => EcoString::new(),
    };
    let label = shown_label(name, word, &words, shown);
    let mut also_denied = words.labels;
    if word.hidden && shown {
        also_denied.insert(base.clone());
    }
    also_denied.shift_remove(&label);
    // Where there is a sub-command, what may stand in its place is a target of its own.
    let unknown = (words.unknown && label != base).then(|| Target {
        label: base.clone(),
        also_denied: Vec::new(),
        allowed_as: different(&allowed, &base),
        shown: false,
        opaque: true,
    });
    let target = Target {
        also_denied: also_denied.into_iter().collect(),
        allowed_as: different(&allowed, &label),
        opaque: words.unknown && label == base,
        label,
        shown,
    };
    std::iter::once(target).chain(unknown).collect()
}

/// The label of name and sub-command, with `*` for what may not be shown.
fn shown_label(name: &str, word: &Word, words: &Words, shown: bool) -> EcoString {
    let name = match word.hidden && shown {
        true => "*",
        false => name,
    };
    match &words.subcommand {
        None => eco_format!("{COMMAND}:{name}"),
        Some((_, true)) if shown => eco_format!("{COMMAND}:{name}:*"),
        Some((sub, _)) => eco_format!("{COMMAND}:{name}:{sub}"),
    }
}

fn different(allowed: &EcoString, label: &EcoString) -> Option<EcoString> {
    (allowed != label).then(|| allowed.clone())
}

/// The words of a command that may be its sub-command.
struct Words {
    /// The first that is no option, path or assignment, and whether it may not be shown.
    subcommand: Option<(String, bool)>,
    /// Labels for deny patterns, of every word that is no option.
    labels: IndexSet<EcoString>,
    /// Whether there are words that are not known.
    unknown: bool,
}

impl Words {
    fn of(base: &str, arguments: &[Word], more: bool) -> Self {
        let mut out = Self {
            subcommand: None,
            labels: IndexSet::new(),
            unknown: more,
        };
        for word in arguments {
            if word.is_option() || word.constant() == Some("") {
                continue;
            }
            let Some(text) = word.constant().filter(|t| t.len() <= LONGEST) else {
                out.unknown = true;
                continue;
            };
            if out.labels.len() >= WORDS {
                out.unknown = true;
                break;
            }
            let lower = text.to_lowercase();
            let label = eco_format!("{base}:{lower}");
            if out.subcommand.is_none() && !text.contains('/') && word.assigned().is_none() {
                out.subcommand = Some((lower, word.hidden));
            }
            out.labels.insert(label);
        }
        out
    }
}

/// What allow patterns match: the name if it is surely that of the program found by it, and the word right
/// behind it.
fn allowed_as(base: &EcoString, name: &str, word: &Word, arguments: &[Word]) -> EcoString {
    let text = word.constant().unwrap_or_default();
    let (folder, last) = text.rsplit_once('/').unwrap_or(("", text));
    let known_folder = !text.contains('/') || TRUSTED_FOLDERS.contains(&folder);
    if !(known_folder && last == name && is_plain(name)) {
        return COMMAND.into();
    }
    let first = arguments.first().and_then(Word::constant);
    match first.filter(|f| is_plain(f) && f.len() <= LONGEST && *f == f.to_lowercase()) {
        Some(first) => eco_format!("{base}:{first}"),
        None => base.clone(),
    }
}

/// Whether a word can stand in a label and is what it seems to be.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b":/=*".contains(&b))
}
