//! `--mlld-env`: variables for `@input` (spec 04 §13). Nothing is ever printed of their values.

use crate::codes;
use mlld_runtime::SourceError;
use mlld_runtime::report::{Report, visible};
use mlld_runtime::source;
use std::collections::BTreeMap;
use std::path::Path;

/// Only these come in.
const PREFIX: &str = "MLLD_";

/// What was given, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variables(Vec<Given>);

/// The value of one `--mlld-env`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Given {
    /// Assignments.
    Pairs(Vec<(String, String)>),
    /// A file of assignments.
    File(String),
}

impl Variables {
    /// `--mlld-env VALUE`.
    pub(super) fn add(&mut self, value: &str) -> Result<(), Box<Report>> {
        if assignment(value).is_none() {
            self.0.push(Given::File(value.to_owned()));
            return Ok(());
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in value.split(',') {
            match (assignment(part), pairs.last_mut()) {
                (Some((name, value)), _) => {
                    if !name.starts_with(PREFIX) {
                        let message = format!(
                            "--mlld-env sets variables whose names begin with {PREFIX}, not {}",
                            visible(name)
                        );
                        return Err(Box::new(Report::usage(codes::BAD_VALUE, message)));
                    }
                    pairs.push((name.to_owned(), value.to_owned()));
                }
                // A comma that does not begin an assignment belongs to the value.
                (None, Some((_, last))) => {
                    last.push(',');
                    last.push_str(part);
                }
                (None, None) => {}
            }
        }
        self.0.push(Given::Pairs(pairs));
        Ok(())
    }

    /// The variables of the environment with these over them; of several the last counts.
    pub(crate) fn over(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Box<Report>> {
        let mut all = environment.clone();
        for given in &self.0 {
            match given {
                Given::Pairs(pairs) => all.extend(pairs.iter().cloned()),
                Given::File(path) => all.extend(file(path)?),
            }
        }
        Ok(all)
    }
}

/// A name and what is assigned to it.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (begins && fits).then_some((name, value))
}

/// The variables that a file sets, without those of other names.
fn file(path: &str) -> Result<Vec<(String, String)>, Box<Report>> {
    let failed = |message: String| Box::new(Report::usage(codes::BAD_VALUE, message));
    let shown = visible(path);
    let text = source::read_regular(Path::new(path)).map_err(|e| match e.error {
        SourceError::Missing => failed(format!("Environment file not found: {shown}")),
        _ => {
            let why = Report::from_unreadable(&path.into(), &e).message;
            failed(format!("Cannot read the environment file: {why}"))
        }
    })?;
    lines(&text).map_err(|line| {
        failed(format!(
            "Line {line} of the environment file {shown} is no NAME=value"
        ))
    })
}

/// The assignments in the lines of a file, or the number of a line that is none.
fn lines(text: &str) -> Result<Vec<(String, String)>, usize> {
    let mut variables = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // Never the line itself: it may hold what must not be seen.
        let (name, value) = line.split_once('=').ok_or(i + 1)?;
        let name = name.trim();
        if name.starts_with(PREFIX) {
            variables.push((name.to_owned(), unquoted(value.trim()).to_owned()));
        }
    }
    Ok(variables)
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(values: &[&str]) -> Result<Vec<(String, String)>, String> {
        let mut variables = Variables::default();
        for value in values {
            variables.add(value).map_err(|r| r.message.to_string())?;
        }
        let environment = [("MLLD_A".to_owned(), "old".to_owned())].into();
        variables
            .over(&environment)
            .map(|all| all.into_iter().collect())
            .map_err(|r| r.message.to_string())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(n, v): &(&str, &str)| ((*n).to_owned(), (*v).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn assignments_win_over_the_environment_and_later_over_earlier() {
        assert_eq!(over(&[]).unwrap(), pairs(&[("MLLD_A", "old")]));
        assert_eq!(
            over(&["MLLD_A=1,MLLD_B=2", "MLLD_B=3=4"]).unwrap(),
            pairs(&[("MLLD_A", "1"), ("MLLD_B", "3=4")])
        );
        assert_eq!(
            over(&["MLLD_A=x,y,MLLD_B="]).unwrap(),
            pairs(&[("MLLD_A", "x,y"), ("MLLD_B", "")])
        );
    }

    #[test]
    fn other_names_are_refused() {
        assert_eq!(
            over(&["MLLD_A=1,PATH=/x"]).unwrap_err(),
            "--mlld-env sets variables whose names begin with MLLD_, not PATH"
        );
    }

    #[test]
    fn a_file_has_a_line_a_variable() {
        assert_eq!(
            lines("\u{feff}# note\n\nMLLD_A=\"two words\"\r\nOTHER=no\nMLLD_B = 'x'\nMLLD_C=a#b"),
            Ok(pairs(&[
                ("MLLD_A", "two words"),
                ("MLLD_B", "x"),
                ("MLLD_C", "a#b")
            ]))
        );
        assert_eq!(lines("MLLD_A=1\nsecret words"), Err(2));
        assert_eq!(
            over(&["no/such.env"]).unwrap_err(),
            "Environment file not found: no/such.env"
        );
    }
}
