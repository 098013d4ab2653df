//! The two comparisons.

use crate::ast::{Printed, Script};
use crate::observe::{Ended, Observed, Seen};
use crate::oracle::{Fault, interpret};
use crate::run::Place;
use std::fmt::Write as _;
use std::io;

/// What is compared, and what is broken on purpose.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checks {
    /// A mistake of the oracle.
    pub fault: Option<Fault>,
    /// This label is taken off what is seen of both runs, as if the evaluator had lost it.
    pub leak: Option<&'static str>,
    /// Policies that track implicit flows are taken away.
    pub untracked: bool,
    /// Only this run is compared with the oracle, and runs are not compared.
    pub only: Option<usize>,
}

/// What is wrong with a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Something without the secret's label depends on the secret.
    Interference,
    /// Evaluator and oracle give different labels.
    Labels,
    /// Evaluator and oracle give different values or effects.
    Values,
    /// One of them ends otherwise than the other.
    Ending,
    /// The evaluator could not read the script.
    Syntax,
}

/// A failure with its story.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What is wrong.
    pub wrong: Wrong,
    /// In which run, where it is about one.
    pub run: Option<usize>,
    /// Where the two differ.
    pub story: String,
}

/// What a script did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How the first run ended.
    pub ended: Ended,
    /// Effects without the secret's label that were compared.
    pub compared: usize,
    /// Effects whose labels were compared with the oracle's.
    pub agreed: usize,
    /// The first thing that is wrong.
    pub failure: Option<Failure>,
}

/// Runs a script twice, with the oracle beside it.
///
/// # Errors
/// Those of the file system.
pub fn check(place: &Place, script: &Script, checks: Checks) -> io::Result<Outcome> {
    let mut plain;
    let script = if checks.untracked {
        plain = script.clone();
        plain.tracked = false;
        &plain
    } else {
        script
    };
    let folder = place.script_folder();
    let folder = folder.to_string_lossy();
    let mut outcome = Outcome {
        ended: Ended::Well,
        compared: 0,
        agreed: 0,
        failure: None,
    };
    let mut runs = Vec::new();
    for number in 0..2 {
        if checks.only.is_some_and(|only| only != number) {
            continue;
        }
        let naive = interpret(script, number, &folder, checks.fault);
        // What the oracle does not know it cannot find too long either: those scripts are as short as the others.
        if naive.ended == Ended::TooMuch {
            return Ok(Outcome {
                ended: Ended::TooMuch,
                compared: 0,
                agreed: 0,
                failure: None,
            });
        }
        let real = run(place, &script.print(number), checks)?;
        if script.for_oracle && outcome.failure.is_none() {
            outcome.failure = agreement(&naive, &real, &mut outcome.agreed);
            if let Some(failure) = &mut outcome.failure {
                failure.run = Some(number);
            }
        }
        outcome.ended = real.ended.clone();
        runs.push(real);
    }
    if let [one, other] = runs.as_slice()
        && !script.branches_on_secrets
        && let Some(failure) = interference(script, one, other, &mut outcome.compared)
    {
        outcome.failure = Some(failure);
    }
    Ok(outcome)
}

fn run(place: &Place, printed: &Printed, checks: Checks) -> io::Result<Observed> {
    let mut observed = place.run(printed)?;
    if let Some(label) = checks.leak {
        for seen in &mut observed.seen {
            seen.labels.remove(label);
            seen.taint.remove(label);
        }
    }
    Ok(observed)
}

/// Effects that carry no label of a secret.
fn public<'o>(script: &Script, observed: &'o Observed) -> Vec<&'o Seen> {
    let secret = |seen: &Seen| script.secrets.iter().any(|s| seen.taint.contains(&s.label));
    observed.seen.iter().filter(|s| !secret(s)).collect()
}

fn interference(
    script: &Script,
    first: &Observed,
    second: &Observed,
    compared: &mut usize,
) -> Option<Failure> {
    let (a, b) = (public(script, first), public(script, second));
    for (one, other) in a.iter().zip(&b) {
        *compared += 1;
        if one != other {
            return Some(Failure {
                wrong: Wrong::Interference,
                run: None,
                story: format!("in one run {}\nin the other {}\n", one, other),
            });
        }
    }
    // A run that ended early has done less (spec 05 §11.2: that it ended is not tracked).
    let early = |o: &Observed, n: usize, m: usize| n < m && o.ended == Ended::Well;
    if early(first, a.len(), b.len()) || early(second, b.len(), a.len()) {
        let more = if a.len() > b.len() {
            a.get(b.len())
        } else {
            b.get(a.len())
        };
        return Some(Failure {
            wrong: Wrong::Interference,
            run: None,
            story: format!(
                "only one of the runs {}\n",
                more.map(|s| s.to_string()).unwrap_or_default()
            ),
        });
    }
    None
}

fn agreement(naive: &Observed, real: &Observed, agreed: &mut usize) -> Option<Failure> {
    for (expected, found) in naive.seen.iter().zip(&real.seen) {
        *agreed += 1;
        let value = found.content.is_some() && expected.content != found.content;
        let wrong = if expected.kind != found.kind || expected.path != found.path || value {
            Wrong::Values
        } else if expected.labels != found.labels || expected.taint != found.taint {
            Wrong::Labels
        } else {
            continue;
        };
        return Some(Failure {
            wrong,
            run: None,
            story: format!("expected {}\nfound    {}\n", expected, found),
        });
    }
    if naive.ended == Ended::Unknown {
        return None;
    }
    let same = match (&naive.ended, &real.ended) {
        (Ended::Error(_), Ended::Error(_)) => true,
        (a, b) => a == b,
    };
    if same && naive.seen.len() == real.seen.len() {
        return None;
    }
    let unread = matches!(&real.ended, Ended::Error(text) if text.contains("PARSE_ERROR"));
    let wrong = if unread { Wrong::Syntax } else { Wrong::Ending };
    let mut story = format!("expected {:?}\nfound    {:?}\n", naive.ended, real.ended);
    let n = naive.seen.len().min(real.seen.len());
    for (who, seen) in [("expected", naive.seen.get(n)), ("found", real.seen.get(n))] {
        if let Some(seen) = seen {
            let _ = writeln!(story, "{who} more: {}", seen);
        }
    }
    Some(Failure {
        wrong,
        run: None,
        story,
    })
}
