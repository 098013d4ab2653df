//! Regular expressions.
//!
//! Scripts write ECMAScript patterns (spec 01 §11.1), and data may hold patterns too (§15 trap 25). Neither may make matching
//! take exponential time, whatever the text. So a pattern is translated to the syntax of the `regex`
//! crate, whose matching is linear. A literal that needs back-references or look-around, which that engine cannot have,
//! goes to `fancy-regex` with a bound on the steps of a search and on the length of the text; a pattern from data that
//! needs them is an error.

mod escape;
mod replace;
mod translate;

pub use replace::Replacement;

use super::ValueError;
use ecow::EcoString;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use translate::{Flags, Target, Translation};

/// The longest pattern that data may hold, in characters.
pub const DATA_PATTERN_LIMIT: usize = 2000;
/// The longest pattern that a script may write, in characters.
pub const PATTERN_LIMIT: usize = 20_000;
/// The longest text, in bytes, for a pattern with back-references or look-around.
pub const BACKTRACKING_TEXT_LIMIT: usize = 4 * 1024 * 1024;
/// The most steps back in one search of such a pattern: a few for each character of the longest text, or about two seconds.
const BACKTRACKING_STEPS: usize = 50_000_000;
/// How long all searches of such a pattern in one text may take together.
const BACKTRACKING_TIME: Duration = Duration::from_secs(10);
/// The most memory of a compiled pattern, in bytes.
const COMPILED_LIMIT: usize = 4 * 1024 * 1024;
/// How many compiled patterns a thread remembers.
const REMEMBERED: usize = 64;

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    engine: Engine,
    groups: usize,
    names: Vec<(EcoString, usize)>,
    global: bool,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

/// A hit: where the match and each of its groups lie, in bytes. The first is the whole match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The whole match.
    pub span: Range<usize>,
    /// The groups, from number 1 on.
    pub groups: Vec<Option<Range<usize>>>,
}

thread_local! {
    static COMPILED: RefCell<FxHashMap<(EcoString, EcoString, bool), Arc<Pattern>>> = RefCell::default();
}

impl Pattern {
    /// The pattern of a literal `/source/flags`.
    ///
    /// # Errors
    /// When it is no ECMAScript pattern, or uses what no engine here has.
    pub fn literal(source: &str, flags: &str) -> Result<Arc<Self>, ValueError> {
        Self::remembered(source, flags, true)
    }

    /// The pattern that a text from data holds: no flags, no back-references, no look-around.
    ///
    /// # Errors
    /// When it is no such pattern, or too long.
    pub fn from_data(source: &str) -> Result<Arc<Self>, ValueError> {
        Self::remembered(source, "", false)
    }

    /// Whether it has the flag `g`.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.global
    }

    /// How many groups it has.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The number of a named group.
    #[must_use]
    pub fn group_named(&self, name: &str) -> Option<usize> {
        self.names
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, number)| *number)
    }

    /// Whether any group has a name.
    #[must_use]
    pub fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// The first hit.
    ///
    /// # Errors
    /// When the search takes too many steps.
    pub fn first(&self, text: &str) -> Result<Option<Hit>, ValueError> {
        self.search(text, 0)
    }

    /// Hands every hit to `each`, from left to right, empty ones as ECMAScript finds them. `each` says whether to go on.
    ///
    /// # Errors
    /// When a search takes too many steps, and what `each` says.
    pub fn each(
        &self,
        text: &str,
        mut each: impl FnMut(&Hit) -> Result<bool, ValueError>,
    ) -> Result<(), ValueError> {
        let mut at = 0;
        let begin = Instant::now();
        while let Some(hit) = self.search(text, at)? {
            // Each search has its own count of steps; with a hit at every character they would add up.
            if matches!(self.engine, Engine::Backtracking(_)) && begin.elapsed() > BACKTRACKING_TIME
            {
                return Err(too_costly("the search takes too long"));
            }
            if !each(&hit)? {
                break;
            }
            at = if hit.span.is_empty() {
                match text
                    .get(hit.span.end..)
                    .and_then(|rest| rest.chars().next())
                {
                    Some(next) => hit.span.end + next.len_utf8(),
                    None => break,
                }
            } else {
                hit.span.end
            };
        }
        Ok(())
    }

    fn search(&self, text: &str, at: usize) -> Result<Option<Hit>, ValueError> {
        match &self.engine {
            Engine::Linear(regex) if self.groups == 0 => {
                Ok(regex.find_at(text, at).map(|hit| Hit {
                    span: hit.range(),
                    groups: Vec::new(),
                }))
            }
            Engine::Linear(regex) => Ok(regex.captures_at(text, at).and_then(|captures| {
                let mut spans = captures
                    .iter()
                    .map(|group| group.map(|group| group.range()));
                Some(Hit {
                    span: spans.next()??,
                    groups: spans.collect(),
                })
            })),
            Engine::Backtracking(regex) => {
                if text.len() > BACKTRACKING_TEXT_LIMIT {
                    return Err(too_costly("the text is longer than 4 MiB"));
                }
                let found = regex
                    .captures_from_pos(text, at)
                    .map_err(|_| too_costly("the search takes too many steps"))?;
                Ok(found.and_then(|captures| {
                    let mut spans = captures
                        .iter()
                        .map(|group| group.map(|group| group.range()));
                    Some(Hit {
                        span: spans.next()??,
                        groups: spans.collect(),
                    })
                }))
            }
        }
    }

    fn remembered(source: &str, flags: &str, is_literal: bool) -> Result<Arc<Self>, ValueError> {
        let key = (EcoString::from(source), EcoString::from(flags), is_literal);
        if let Some(known) = COMPILED.with_borrow(|compiled| compiled.get(&key).cloned()) {
            return Ok(known);
        }
        let pattern = Arc::new(Self::compile(source, flags, is_literal)?);
        COMPILED.with_borrow_mut(|compiled| {
            if compiled.len() >= REMEMBERED {
                compiled.clear();
            }
            compiled.insert(key, Arc::clone(&pattern));
        });
        Ok(pattern)
    }

    fn compile(source: &str, flags: &str, is_literal: bool) -> Result<Self, ValueError> {
        let fail = |reason: &str| invalid(source, flags, reason);
        let limit = if is_literal {
            PATTERN_LIMIT
        } else {
            DATA_PATTERN_LIMIT
        };
        if source.chars().nth(limit).is_some() {
            return Err(ValueError::new(
                "R0215",
                "Pattern",
                format!("The pattern is longer than {limit} characters"),
            ));
        }
        let flags = Flags::parse(flags).map_err(|reason| fail(&reason))?;
        let mut translation =
            translate::translate(source, flags, Target::Linear).map_err(|reason| fail(&reason))?;
        let engine = if !translation.needs_backtracking {
            Engine::Linear(linear(&translation, flags).map_err(|reason| fail(&reason))?)
        } else if is_literal {
            translation = translate::translate(source, flags, Target::Backtracking)
                .map_err(|reason| fail(&reason))?;
            Engine::Backtracking(backtracking(&translation, flags).map_err(|reason| fail(&reason))?)
        } else {
            return Err(ValueError::new(
                "R0215",
                "Pattern",
                "A pattern that comes from data cannot use back-references or look-around",
            )
            .with_hint("write the pattern into the script: .match(/…/)"));
        };
        Ok(Self {
            engine,
            groups: translation.groups,
            names: translation.names,
            global: flags.global,
        })
    }
}

fn linear(translation: &Translation, flags: Flags) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(&translation.pattern)
        .case_insensitive(flags.ignore_case)
        .size_limit(COMPILED_LIMIT)
        .dfa_size_limit(COMPILED_LIMIT)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            error => last_line(&error.to_string()),
        })
}

fn backtracking(translation: &Translation, flags: Flags) -> Result<fancy_regex::Regex, String> {
    fancy_regex::RegexBuilder::new(&translation.pattern)
        .case_insensitive(flags.ignore_case)
        .backtrack_limit(BACKTRACKING_STEPS)
        .delegate_size_limit(COMPILED_LIMIT)
        .delegate_dfa_size_limit(COMPILED_LIMIT)
        .build()
        .map_err(|error| last_line(&error.to_string()))
}

/// The engines show the translated pattern first; it means nothing to whoever wrote the other one.
fn last_line(message: &str) -> String {
    message
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned()
}

fn invalid(source: &str, flags: &str, reason: &str) -> ValueError {
    let shown: EcoString = source.chars().take(60).collect();
    ValueError::new(
        "R0214",
        "Pattern",
        format!("Invalid regular expression /{shown}/{flags}: {reason}"),
    )
}

fn too_costly(reason: &str) -> ValueError {
    ValueError::new(
        "R0216",
        "Pattern",
        format!("Matching was given up: {reason}"),
    )
    .with_hint("patterns without back-references and look-around have no such limit")
}

#[cfg(test)]
mod tests;
