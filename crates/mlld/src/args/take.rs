//! Taking words from the left: options with their values, bare words, `--`.

use super::check::{self, Check};
use super::commands::CommandSpec;
use super::later_option;
use super::options::{self, Opt, OptionSpec, Takes};
use crate::codes;
use mlld_runtime::report::Report;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};

/// The words that are left.
pub(crate) struct Words(VecDeque<OsString>);

/// What stood at the left.
pub(crate) enum Word {
    /// An option of the table.
    Option(Taken),
    /// Something that looks like an option and is none of the table: its name, and what stands behind `=`.
    Unknown(String, Option<OsString>),
    /// A word that is no option.
    Bare(OsString),
    /// `--` and everything behind it.
    Rest(Vec<OsString>),
}

/// An option that was given.
#[derive(Debug)]
pub(crate) struct Taken {
    /// Which.
    pub(crate) spec: &'static OptionSpec,
    /// Its name as it was written: `-o`, `--payload`.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: Option<OsString>,
}

impl Taken {
    /// The value as text; empty without one.
    pub(crate) fn text(&self) -> Result<&str, Box<Report>> {
        match &self.value {
            None => Ok(""),
            Some(value) => value.to_str().ok_or_else(|| {
                Box::new(Report::usage(
                    codes::NOT_UTF8,
                    format!("The value of {} is not UTF-8", self.name),
                ))
            }),
        }
    }
}

impl Words {
    /// The words of a call or of a command.
    pub(crate) fn new(words: Vec<OsString>) -> Self {
        Self(words.into())
    }

    /// All that is left.
    pub(crate) fn rest(self) -> Vec<OsString> {
        self.0.into()
    }

    /// The word at the left, if it can be the value of something.
    pub(super) fn value(&mut self) -> Option<OsString> {
        self.0.pop_front_if(|w| is_value(w))
    }

    /// What stands at the left; `None` if there is nothing. `after_input` says whether the script is known by
    /// now: only then can a bare word be the value of an option that may go without.
    pub(crate) fn next(
        &mut self,
        table: &'static [OptionSpec],
        after_input: bool,
    ) -> Result<Option<Word>, Box<Report>> {
        let Some(word) = self.0.pop_front() else {
            return Ok(None);
        };
        if word == "--" {
            return Ok(Some(Word::Rest(self.0.drain(..).collect())));
        }
        if !looks_like_option(&word) {
            return Ok(Some(Word::Bare(word)));
        }
        let Some((name, value)) = split(&word) else {
            return Ok(Some(Word::Unknown(
                word.to_string_lossy().into_owned(),
                None,
            )));
        };
        let Some(spec) = options::find(table, name) else {
            return Ok(Some(Word::Unknown(name.to_owned(), value)));
        };
        let name = name.to_owned();
        let value = match (spec.takes, value) {
            (Takes::Nothing, None) => None,
            (Takes::Nothing, Some(_)) => {
                let message = format!("{name} takes no value");
                return Err(Box::new(Report::usage(codes::SURPLUS_VALUE, message)));
            }
            (Takes::Maybe { .. }, Some(value)) => Some(value),
            (Takes::Maybe { .. }, None) => self.0.pop_front_if(|w| after_input && is_value(w)),
            (Takes::One { check, .. }, given) => {
                let value =
                    given.or_else(|| self.0.pop_front_if(|w| check == Check::Code || is_value(w)));
                match value {
                    Some(value) if check == Check::Code || !value.is_empty() => {
                        check::check(check, &name, &value)?;
                        Some(value)
                    }
                    _ => return Err(check::missing(check, &name)),
                }
            }
        };
        Ok(Some(Word::Option(Taken { spec, name, value })))
    }
}

/// Reads the words of a command that takes at most so many bare ones. Options that are not built are refused.
pub(crate) fn read(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    most: usize,
) -> Result<(Vec<String>, Vec<Taken>), Box<Report>> {
    let (mut bare, mut options) = (Vec::new(), Vec::new());
    let mut words = Words::new(words);
    while let Some(word) = words.next(command.options, true)? {
        match word {
            Word::Bare(word) if bare.len() < most => {
                bare.push(word.into_string().map_err(|_| {
                    let message = format!(
                        "The words behind mlld {} have to be UTF-8",
                        command.names.first
                    );
                    Box::new(Report::usage(codes::NOT_UTF8, message))
                })?);
            }
            Word::Option(taken) if taken.spec.ready => options.push(taken),
            Word::Option(taken) => return Err(Box::new(later_option(&taken.name))),
            Word::Unknown(name, _) => return Err(command.unknown_option(&name)),
            Word::Bare(word) => return Err(command.unknown_option(&word.to_string_lossy())),
            Word::Rest(_) => return Err(command.unknown_option("--")),
        }
    }
    Ok((bare, options))
}

/// The last value of an option.
pub(crate) fn last(options: &[Taken], id: Opt) -> Result<Option<&str>, Box<Report>> {
    let taken = options.iter().rev().find(|t| t.spec.id == id);
    taken.map(Taken::text).transpose()
}

/// Whether an option was given.
pub(crate) fn has(options: &[Taken], id: Opt) -> bool {
    options.iter().any(|t| t.spec.id == id)
}

/// Whether the word begins as an option does. `-` alone is the name of standard input.
fn looks_like_option(word: &OsStr) -> bool {
    word.len() > 1 && word.as_encoded_bytes().starts_with(b"-")
}

/// Whether the word can be the value of an option: negative numbers can.
fn is_value(word: &OsStr) -> bool {
    let is_number = |w: &str| {
        let begins = w.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        begins && w.parse::<f64>().is_ok()
    };
    let negative = word.to_str().and_then(|w| w.strip_prefix('-'));
    !looks_like_option(word) || negative.is_some_and(is_number)
}

/// Name and value of `--name=value`; the name alone otherwise. `None` if the name is not UTF-8.
fn split(word: &OsStr) -> Option<(&str, Option<OsString>)> {
    let bytes = word.as_encoded_bytes();
    let long = bytes.starts_with(b"--");
    let Some(at) = bytes.iter().position(|b| long && *b == b'=') else {
        return Some((word.to_str()?, None));
    };
    let name = std::str::from_utf8(bytes.get(..at)?).ok()?;
    let value = split_off(word, at + 1)?;
    Some((name, Some(value)))
}

/// The word from byte `at` on, which stands behind a `=`.
fn split_off(word: &OsStr, at: usize) -> Option<OsString> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    Some(OsString::from_vec(word.as_bytes().get(at..)?.to_vec()))
}
