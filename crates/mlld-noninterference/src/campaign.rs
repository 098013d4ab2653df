//! Many scripts.

use crate::ast::{Script, Tags};
use crate::check::{Checks, Failure, Wrong, check};
use crate::generate::{Mode, generate};
use crate::observe::Ended;
use crate::run::Place;
use crate::shrink::shrink;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How often a failing script is changed to make it smaller.
const SHRINKING: usize = 1500;

/// What to run.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// How many scripts.
    pub scripts: u64,
    /// The first seed; the others follow it.
    pub seed: u64,
    /// How many at a time.
    pub jobs: usize,
    /// The kind of all scripts; `None`: mixed by seed.
    pub mode: Option<Mode>,
    /// After so many failures no more scripts are begun.
    pub patience: usize,
    /// What is compared.
    pub checks: Checks,
}

impl Default for Campaign {
    fn default() -> Self {
        Self {
            scripts: 2000,
            seed: 1,
            jobs: 2,
            mode: None,
            patience: 3,
            checks: Checks::default(),
        }
    }
}

/// A script that failed.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its seed.
    pub seed: u64,
    /// Its kind.
    pub mode: Mode,
    /// What is wrong with the small one.
    pub failure: Failure,
    /// The small one.
    pub small: Script,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Scripts that ran.
    pub run: usize,
    /// Scripts that came to their end.
    pub well: usize,
    /// Scripts in which policy refused something.
    pub denied: usize,
    /// Scripts that ended with a mistake.
    pub errors: usize,
    /// Scripts that were too long or made too much.
    pub skipped: usize,
    /// Unlabelled effects compared between two runs.
    pub compared: usize,
    /// Effects compared with the oracle.
    pub agreed: usize,
    /// How often each construct occurred.
    pub tags: Tags,
    /// Failures, smallest seed first.
    pub failures: Vec<Found>,
}

impl Summary {
    fn add(&mut self, other: Self) {
        self.run += other.run;
        self.well += other.well;
        self.denied += other.denied;
        self.errors += other.errors;
        self.skipped += other.skipped;
        self.compared += other.compared;
        self.agreed += other.agreed;
        for (tag, n) in other.tags {
            *self.tags.entry(tag).or_insert(0) += n;
        }
        self.failures.extend(other.failures);
    }
}

/// The kind of the script with this seed where all kinds are wanted.
#[must_use]
pub fn mode_of(seed: u64) -> Mode {
    match seed % 4 {
        0 | 1 => Mode::Explicit,
        2 => Mode::Branching,
        _ => Mode::Tracked,
    }
}

impl Campaign {
    /// Runs it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn run(&self) -> io::Result<Summary> {
        let next = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let parts: Vec<io::Result<Summary>> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.jobs.max(1))
                .map(|_| scope.spawn(|| self.work(&next, &stop)))
                .collect();
            workers
                .into_iter()
                .map(|w| {
                    w.join()
                        .unwrap_or_else(|_| Err(io::Error::other("the evaluator panicked")))
                })
                .collect()
        });
        let mut summary = Summary::default();
        for part in parts {
            summary.add(part?);
        }
        summary.failures.sort_by_key(|f| f.seed);
        Ok(summary)
    }

    fn work(&self, next: &AtomicU64, stop: &AtomicBool) -> io::Result<Summary> {
        let place = Place::new()?;
        let mut summary = Summary::default();
        while !stop.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.scripts {
                break;
            }
            let seed = self.seed.wrapping_add(number);
            let mode = self.mode.unwrap_or_else(|| mode_of(seed));
            let script = generate(seed, mode);
            let outcome = check(&place, &script, self.checks)?;
            summary.run += 1;
            match outcome.ended {
                Ended::Well => summary.well += 1,
                Ended::Denied => summary.denied += 1,
                Ended::Error(_) => summary.errors += 1,
                Ended::TooMuch | Ended::Unknown => summary.skipped += 1,
            }
            summary.compared += outcome.compared;
            summary.agreed += outcome.agreed;
            for (tag, n) in script.tags() {
                *summary.tags.entry(tag).or_insert(0) += n;
            }
            if let Some(failure) = outcome.failure {
                summary
                    .failures
                    .push(self.reduced(&place, seed, mode, &script, failure));
                if summary.failures.len() >= self.patience {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        }
        Ok(summary)
    }

    /// The failure of the smallest script that fails in the same way.
    fn reduced(
        &self,
        place: &Place,
        seed: u64,
        mode: Mode,
        script: &Script,
        failure: Failure,
    ) -> Found {
        let checks = Checks {
            only: failure.run,
            ..self.checks
        };
        let mut failure = failure;
        let small = shrink(script, SHRINKING, &mut |smaller| {
            let found = check(place, smaller, checks).ok().and_then(|o| o.failure);
            match found {
                Some(found) if alike(&failure, &found) => {
                    failure = found;
                    true
                }
                _ => false,
            }
        });
        Found {
            seed,
            mode,
            failure,
            small,
        }
    }
}

/// Whether a failure may stand for another: making a script smaller makes new mistakes too.
fn alike(before: &Failure, now: &Failure) -> bool {
    let message = |f: &Failure| {
        f.story
            .lines()
            .nth(1)
            .map(|l| l.chars().take(70).collect::<String>())
    };
    before.wrong == now.wrong
        && !now.story.contains("not found")
        && !now.story.contains("ndefined")
        && (now.wrong != Wrong::Syntax || message(before) == message(now))
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.failure.wrong {
            Wrong::Interference => "a secret changes what does not carry its label",
            Wrong::Labels => "evaluator and oracle disagree about labels",
            Wrong::Values => "evaluator and oracle disagree about a value or effect",
            Wrong::Ending => "evaluator and oracle end differently",
            Wrong::Syntax => "the evaluator cannot read the script",
        };
        writeln!(f, "seed {}: {what}", self.seed)?;
        let run = self.failure.run.unwrap_or(0);
        let printed = self.small.print(run);
        writeln!(f, "--- main.mld\n{}", printed.main)?;
        for (name, text) in &printed.files {
            writeln!(f, "--- {name}\n{text}")?;
        }
        if self.failure.run.is_none() {
            for secret in &self.small.secrets {
                writeln!(
                    f,
                    "--- @{}: {:?} in one run, {:?} in the other",
                    secret.name, secret.values[0], secret.values[1]
                )?;
            }
        }
        writeln!(f, "---\n{}", self.failure.story)?;
        writeln!(
            f,
            "again: cargo run -p mlld-noninterference -- --scripts 1 --seed {} --mode {}",
            self.seed,
            self.mode.word()
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for found in &self.failures {
            writeln!(f, "{found}")?;
        }
        writeln!(
            f,
            "{} scripts: {} ended well, {} refused, {} with a mistake, {} left out as too much",
            self.run, self.well, self.denied, self.errors, self.skipped
        )?;
        writeln!(
            f,
            "{} unlabelled effects compared between two runs, {} effects compared with the oracle",
            self.compared, self.agreed
        )?;
        writeln!(f, "{} failures", self.failures.len())
    }
}
