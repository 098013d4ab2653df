//! `mlld-noninterference --scripts N --seed S [--jobs 2] [--mode explicit|branching|tracked] [--implicit] [--coverage]`

use mlld_noninterference::ast::Printed;
use mlld_noninterference::campaign::Campaign;
use mlld_noninterference::generate::{Mode, generate};
use mlld_noninterference::run::Place;
use std::io::Write as _;
use std::process::ExitCode;

const USAGE: &str = "\
Runs random scripts twice with different secrets and compares what is seen, and with a naive interpreter beside them.

  --scripts N     how many (2000)
  --seed S        the first seed (1)
  --jobs N        how many at a time (2)
  --mode MODE     explicit, branching or tracked; without it all of them, by seed
  --implicit      the same as --mode tracked
  --patience N    failures after which no more scripts are begun (3)
  --coverage      count the constructs
  --print         print the scripts instead of running them
  --file FILE     run this script and print its effects with their labels
";

/// What was asked for.
#[derive(Default)]
struct Asked {
    campaign: Campaign,
    coverage: bool,
    print: bool,
    file: Option<String>,
}

fn read(args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        let number = |text: String| {
            text.parse::<u64>()
                .map_err(|_| format!("{arg}: '{text}' is not a number"))
        };
        match arg.as_str() {
            "--scripts" => asked.campaign.scripts = number(value()?)?,
            "--seed" => asked.campaign.seed = number(value()?)?,
            "--jobs" => asked.campaign.jobs = usize::try_from(number(value()?)?).unwrap_or(1),
            "--patience" => {
                asked.campaign.patience = usize::try_from(number(value()?)?).unwrap_or(1)
            }
            "--implicit" => asked.campaign.mode = Some(Mode::Tracked),
            "--mode" => {
                let word = value()?;
                let mode =
                    Mode::named(&word).ok_or_else(|| format!("there is no mode '{word}'"))?;
                asked.campaign.mode = Some(mode);
            }
            "--coverage" => asked.coverage = true,
            "--print" => asked.print = true,
            "--file" => asked.file = Some(value()?),
            _ => return Err(format!("{arg} is not known")),
        }
    }
    Ok(asked)
}

/// The script with each seed, as it is run the first time.
fn scripts(campaign: &Campaign) -> String {
    let mut out = String::new();
    for seed in campaign.seed..campaign.seed.saturating_add(campaign.scripts) {
        let mode = campaign
            .mode
            .unwrap_or_else(|| mlld_noninterference::campaign::mode_of(seed));
        let printed = generate(seed, mode).print(0);
        out.push_str(&format!(">> seed {seed}\n{}\n", printed.main));
        for (name, text) in printed.files {
            out.push_str(&format!(">> {name}\n{text}\n"));
        }
    }
    out
}

#[expect(
    clippy::disallowed_methods,
    reason = "the script was named on the command line"
)]
fn file(path: &str) -> std::io::Result<String> {
    let main = std::fs::read_to_string(path)?;
    let observed = Place::new()?.run(&Printed {
        main,
        files: Vec::new(),
    })?;
    let mut out = String::new();
    for seen in &observed.seen {
        out.push_str(&format!("{seen}\n"));
    }
    out.push_str(&format!("{:?}\n", observed.ended));
    Ok(out)
}

fn answer(asked: &Asked) -> std::io::Result<(String, bool)> {
    if let Some(path) = &asked.file {
        return Ok((file(path)?, true));
    }
    if asked.print {
        return Ok((scripts(&asked.campaign), true));
    }
    let summary = asked.campaign.run()?;
    let mut out = summary.to_string();
    if asked.coverage {
        for (tag, n) in &summary.tags {
            out.push_str(&format!("{n:8} {tag}\n"));
        }
    }
    Ok((out, summary.failures.is_empty()))
}

#[expect(clippy::disallowed_methods, reason = "a program prints")]
fn main() -> ExitCode {
    let result = match read(std::env::args().skip(1)) {
        Err(mistake) => {
            let _ = write!(std::io::stderr(), "{mistake}\n\n{USAGE}");
            return ExitCode::from(2);
        }
        Ok(asked) => answer(&asked),
    };
    match result {
        Ok((text, good)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            if good {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
