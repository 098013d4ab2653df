//! The options of checkpoints, which `mlld FILE` and `mlld run` have in common (spec 03 §18.6).

use super::check::Check;
use super::options::{Group, Opt, OptionSpec, Takes, one, ready};
use super::take::Taken;
use crate::codes;
use mlld_runtime::checkpoint::{CheckpointOptions, Resume, script_name};
use mlld_runtime::report::Report;
use std::path::Path;

/// `--checkpoint`: what happens anyway.
pub(super) const CHECKPOINT: OptionSpec = ready(
    Opt::Checkpoint,
    None,
    &["checkpoint"],
    Takes::Nothing,
    Group::Checkpoints,
    "Accepted, without effect: answers are recorded anyway",
);
/// `--no-checkpoint`.
pub(super) const NO_CHECKPOINT: OptionSpec = ready(
    Opt::NoCheckpoint,
    None,
    &["no-checkpoint"],
    Takes::Nothing,
    Group::Checkpoints,
    "Neither read nor record answers of executables labelled llm",
);
/// `--fresh`.
pub(super) const FRESH: OptionSpec = ready(
    Opt::Fresh,
    None,
    &["fresh", "new"],
    Takes::Nothing,
    Group::Checkpoints,
    "Forget what is recorded of this script first",
);
/// `--resume`.
pub(super) const RESUME: OptionSpec = ready(
    Opt::Resume,
    None,
    &["resume"],
    Takes::Maybe { name: "TARGET" },
    Group::Checkpoints,
    "Use recorded answers; forget first those of TARGET: @fn, @fn:INDEX, @fn(\"prefix\"), or a checkpoint",
);
/// `--fork`.
pub(super) const FORK: OptionSpec = ready(
    Opt::Fork,
    None,
    &["fork"],
    one("SCRIPT", Check::Script),
    Group::Checkpoints,
    "Use the recorded answers of SCRIPT, too",
);

/// What the options ask for; `conflict` is said where they exclude each other.
pub(super) fn options(
    taken: &[Taken],
    conflict: &'static str,
) -> Result<CheckpointOptions, Box<Report>> {
    let has = |id: Opt| taken.iter().any(|t| t.spec.id == id);
    let last = |id: Opt| taken.iter().rev().find(|t| t.spec.id == id);
    let usage = |code, message: String| Box::new(Report::usage(code, message));
    let off = has(Opt::NoCheckpoint);
    if off && [Opt::Fresh, Opt::Resume, Opt::Fork].into_iter().any(has) {
        return Err(usage(codes::CONFLICT, conflict.into()));
    }
    let resume = match last(Opt::Resume) {
        None => None,
        Some(taken) => {
            let target = taken.value.is_some().then(|| taken.text()).transpose()?;
            let parsed = Resume::parse(target);
            Some(parsed.map_err(|why| usage(codes::BAD_VALUE, why))?)
        }
    };
    let fork = match last(Opt::Fork) {
        None => None,
        Some(taken) => {
            let name = script_name(Path::new(taken.text()?));
            let missing = || usage(codes::MISSING_VALUE, "--fork requires a script name".into());
            Some(name.ok_or_else(missing)?)
        }
    };
    Ok(CheckpointOptions {
        script: None,
        off,
        fresh: has(Opt::Fresh),
        resume,
        fork,
    })
}
