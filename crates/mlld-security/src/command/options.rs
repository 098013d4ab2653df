//! Options of wrappers: where the inner command begins.

use super::tables::Wrapper;
use super::word::Word;

/// The options of a wrapper, all accounted for.
pub(super) struct Options<'w> {
    /// The values of short options and the names of long ones, as far as they are looked at.
    pub(super) values: Vec<(String, &'w str)>,
    /// What stands behind options and operands.
    pub(super) rest: &'w [Word],
}

/// Skips the options and operands of a wrapper; `None` if something is not accounted for.
pub(super) fn skip<'w>(wrapper: &Wrapper, words: &'w [Word]) -> Option<Options<'w>> {
    let mut values = Vec::new();
    let mut rest = words;
    while let [word, after @ ..] = rest {
        let lead = word.lead();
        if lead == "--" && word.constant().is_some() {
            rest = after;
            break;
        }
        if !lead.starts_with('-') {
            break;
        }
        if word.splits {
            return None;
        }
        rest = after;
        if lead == "-" && word.constant().is_some() {
            // `env -`; for others it is no option.
            (wrapper.name == "env").then_some(())?;
            continue;
        }
        let takes_next = match lead.strip_prefix("--") {
            Some(long) => long_option(wrapper, word, long, &mut values)?,
            None => short_options(wrapper, word, &mut values)?,
        };
        if let Some(name) = takes_next {
            match rest {
                [value, after @ ..] if !value.splits => {
                    values.push((name, value.lead()));
                    rest = after;
                }
                [] => break,
                _ => return None,
            }
        }
    }
    for _ in 0..wrapper.operands {
        match rest {
            [operand, after @ ..] if !operand.splits => rest = after,
            [] => break,
            _ => return None,
        }
    }
    Some(Options { values, rest })
}

/// Reads a long option; says whose value the next word is.
fn long_option<'w>(
    wrapper: &Wrapper,
    word: &'w Word,
    long: &'w str,
    values: &mut Vec<(String, &'w str)>,
) -> Option<Option<String>> {
    if let Some((name, value)) = long.split_once('=') {
        wrapper.long_valued.contains(&name).then_some(())?;
        values.push((name.to_owned(), value));
        return Some(None);
    }
    let name = word.constant().map(|_| long)?;
    if wrapper.long.contains(&name) {
        return Some(None);
    }
    let valued = wrapper.long_valued.contains(&name);
    valued.then(|| Some(name.to_owned()))
}

/// Reads a cluster of short options; says whose value the next word is.
fn short_options<'w>(
    wrapper: &Wrapper,
    word: &'w Word,
    values: &mut Vec<(String, &'w str)>,
) -> Option<Option<String>> {
    let lead = word.lead();
    for (i, letter) in lead.char_indices().skip(1) {
        if wrapper.flags.contains(letter) {
            continue;
        }
        if !wrapper.valued.contains(letter) {
            return None;
        }
        let value = lead.get(i + letter.len_utf8()..).unwrap_or_default();
        if value.is_empty() && word.constant().is_some() {
            return Some(Some(letter.to_string()));
        }
        values.push((letter.to_string(), value));
        return Some(None);
    }
    // What is not known yet could be more options.
    word.constant().map(|_| None)
}
