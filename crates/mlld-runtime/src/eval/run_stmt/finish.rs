//! What came back from a process, as a value with the labels of everything that went in and of where it came from.

use super::Job;
use super::watch::Watching;
use crate::code::node::Answer;
use crate::effect::print;
use crate::effect::process::{Broken, Failed, Outcome};
use crate::eval::{Cx, Eval, Failure, Problem};
use crate::gate::{CommandFailure, Printed};
use crate::value::{Value, json};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind};

/// The value of a process whose output it is (spec 02 §7.4).
pub(super) fn output(
    cx: &Cx<'_>,
    outcome: Result<Outcome, Broken>,
    mut watch: Watching<'_, '_>,
    job: &Job<'_>,
) -> Eval<Labelled<Value>> {
    let outcome = outcome.map_err(|b| broken(b, watch.labels))?;
    watch.end()?;
    let descriptor = watch.labels;
    if let Some(failure) = outcome.failure {
        return failed(
            cx,
            &failure,
            &outcome.stdout,
            &outcome.stderr,
            descriptor,
            job,
        );
    }
    pass_errors_through(cx, &outcome.stderr, descriptor)?;
    if let Some(sink) = job.extra.sink
        && job.extra.stream
        && !job.is_stage()
    {
        let added = job.added();
        let labels = cx.run.store().join_all([cx.ambient, descriptor, added]);
        sink.whole(cx, labels, job.extra.format, &outcome.stdout)?;
    }
    let data = if job.is_stage() {
        Value::Text(outcome.stdout)
    } else {
        json::command_output(&outcome.stdout)
    };
    Ok(Labelled::entering(data, descriptor))
}

/// The value of a node block: what it returned; without that, the lines that it logged.
pub(super) fn node(
    cx: &Cx<'_>,
    outcome: Result<Outcome, Broken>,
    mut watch: Watching<'_, '_>,
    job: &Job<'_>,
) -> Eval<Labelled<Value>> {
    let outcome = outcome.map_err(|b| broken(b, watch.labels))?;
    watch.end()?;
    let descriptor = watch.labels;
    let value = match (watch.answer.take(), outcome.failure) {
        (Some(Answer::Thrown(mut problem)), _) => {
            problem.details.extend(said(&outcome.stderr));
            return Err(problem.about(descriptor));
        }
        (None, Some(failure)) => {
            let status = failure.details.first().cloned().unwrap_or_default();
            let message = eco_format!("Command execution failed: node: it ended early ({status})");
            let mut problem = Problem::new("R0701", "MlldCommand", message).code("COMMAND_FAILED");
            problem.details = failure.details;
            return Err(problem.about(descriptor));
        }
        (Some(Answer::Value(value)), _) => value,
        (None, None) => None,
    };
    pass_errors_through(cx, &outcome.stderr, descriptor)?;
    let data = match value {
        Some(value) => value,
        None if job.is_stage() => Value::Text(outcome.stdout),
        None => {
            // The lines have been printed; a statement that prints this value does not print them again.
            if let Some(sink) = job.extra.sink
                && !outcome.stdout.is_empty()
            {
                sink.printed_elsewhere();
            }
            json::command_output(&outcome.stdout)
        }
    };
    Ok(Labelled::entering(data, descriptor))
}

/// What a failed block said on standard error.
fn said(stderr: &str) -> Option<EcoString> {
    let stderr = stderr.trim_end();
    (!stderr.is_empty()).then(|| eco_format!("stderr: {}", stderr.replace('\n', "\n    ")))
}

fn broken(broken: Broken, labels: Descriptor) -> Box<Failure> {
    match broken {
        Broken::Problem(problem) => problem.about(labels),
        Broken::Failure(failure) => failure,
    }
}

/// A command that failed (spec 02 §7.5): an error, or a value and a note for the end of the run.
fn failed(
    cx: &Cx<'_>,
    failure: &Failed,
    stdout: &EcoString,
    stderr: &EcoString,
    descriptor: Descriptor,
    job: &Job<'_>,
) -> Eval<Labelled<Value>> {
    let mut problem =
        Problem::new("R0701", "MlldCommand", failure.message.clone()).code("COMMAND_FAILED");
    problem.details.extend(failure.details.iter().cloned());
    let noted = CommandFailure {
        lines: std::iter::once(problem.message.clone())
            .chain(problem.details.iter().cloned())
            .collect(),
        labels: cx.run.store().join(descriptor, cx.inherited()),
        script: std::sync::Arc::clone(&cx.module.script),
        span: job.code.span,
    };
    // A failing stage fails the pipeline, whatever the setting says (spec 03 §8).
    if job.is_stage() || cx.run.options.halt_on_command_failure {
        if cx.run.options.processes.collect_errors {
            cx.run.command_failed(noted, cx.running);
        }
        return Err(problem.about(descriptor));
    }
    cx.run.command_failed(noted, cx.running);
    // The JSON rule does not apply to what a failed command printed (spec 02 §7.5).
    let text = if stdout.is_empty() { stderr } else { stdout };
    Ok(Labelled::entering(
        Value::Text(text.trim_end().into()),
        descriptor,
    ))
}

/// Standard error of a successful command: passed through if its labels may go there, else withheld
/// (spec 02 §7.4, 05 §10.2).
fn pass_errors_through(cx: &Cx<'_>, stderr: &str, descriptor: Descriptor) -> Eval<()> {
    if stderr.is_empty() {
        return Ok(());
    }
    let operation = cx
        .run
        .plain_operation(OpKind::Log, "/log", cx.place(cx.stmt.span));
    let text = Labelled::entering(
        Printed::line(stderr.trim_end_matches('\n').into()),
        descriptor,
    );
    match cx.permit(operation, text) {
        Ok(permit) => print::log(cx.run, permit),
        Err(failure) => match *failure {
            Failure::Denied(_) => {
                print::withheld(cx.run, descriptor);
                Ok(())
            }
            other => Err(Box::new(other)),
        },
    }
}
