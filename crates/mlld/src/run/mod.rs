//! `mlld run [NAME]`: a script of the project by its name (spec 03 §19.1, 09 §4.1).
//!
//! `find` knows which scripts there are; what a run is, `script` knows: `mlld run` and `mlld FILE` run a script
//! alike.

mod find;

use crate::args::{self, CommandSpec, Input, RunCall, Script};
use crate::environment::Environment;
use crate::terminal::Terminal;
use crate::{Status, codes, script, validate};
use find::{Found, Places};
use mlld_runtime::Host;
use mlld_runtime::report::{Report, Style, visible};
use std::ffi::OsString;
use std::fmt::Write;
use std::time::Instant;

/// Runs the script that the words name, or lists what there is.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let call = args::run_call(command, words)?;
    let places = Places::of(environment)?;
    let Some(name) = &call.name else {
        terminal.print(&list(&places));
        return Ok(Status::Good);
    };
    let Some(found) = places.find(name) else {
        return not_found(&call, name, &places, terminal);
    };
    if let Some(status) = preflight(&call, &found, terminal)? {
        return Ok(status);
    }
    let line = format!("Running {}...\n\n", visible(&found.shown));
    if call.json || call.structured {
        terminal.err(&line);
    } else {
        terminal.print(&line);
    }
    let script = Script {
        root: found.root,
        structured: call.structured,
        debug: call.debug,
        directives: call.debug,
        timeout: call.timeout,
        explain_labels: call.explain_labels.clone(),
        payload: call.payload.clone(),
        variables: call.variables.clone(),
        checkpoints: call.checkpoints.clone(),
        ..Script::plain(Input::File(found.path))
    };
    match script::run(&script, environment, terminal) {
        Ok(()) => Ok(Status::Good),
        Err(report) if call.json => Err(report),
        Err(report) => {
            let style = Style {
                colour: environment.colour_err,
            };
            let message = visible(&report.message);
            terminal.err(&format!("Error: Failed to run script: {message}\n\n"));
            terminal.err(&report.render(style));
            Ok(Status::Bad)
        }
    }
}

/// What there is, for standard output.
fn list(places: &Places) -> String {
    let names = places.names();
    if names.is_empty() {
        return format!(
            "No scripts found in {}/\n\nCreate a script file (e.g., hello.mld) to get started.\n",
            visible(&places.shown)
        );
    }
    let mut out = available(&names);
    out.push_str("\nRun a script with: mlld run <script-name>\n");
    out
}

/// The list of names.
fn available(names: &[String]) -> String {
    let mut out = String::from("Available scripts:\n\n");
    for name in names {
        let _ = writeln!(out, "  {}", visible(name));
    }
    out
}

/// There is no script of that name.
fn not_found(
    call: &RunCall,
    name: &str,
    places: &Places,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let message = format!("Script \"{}\" not found.", visible(name));
    if call.json {
        let number = codes::SCRIPT_NOT_FOUND;
        return Err(Box::new(Report::new(
            "SCRIPT_NOT_FOUND",
            number,
            "MlldFileNotFound",
            message,
        )));
    }
    let names = places.names();
    if names.is_empty() {
        let shown = visible(&places.shown);
        terminal.err(&format!(
            "Error: {message}\n\nError: No scripts found. Create scripts in the {shown} directory.\n"
        ));
    } else {
        terminal.err(&format!("Error: {message}\n\n{}", available(&names)));
    }
    Ok(Status::Bad)
}

/// Checks the script before it runs; a status if it must not run.
fn preflight(
    call: &RunCall,
    found: &Found,
    terminal: &Terminal,
) -> Result<Option<Status>, Box<Report>> {
    let began = Instant::now();
    let checked = validate::preflight(&found.path);
    if call.debug {
        let took = began.elapsed().as_secs_f64() * 1000.0;
        terminal.err(&format!("Pre-flight validation: {took:.1}ms\n"));
        // Names only: values may be what nobody should read over a shoulder.
        let folder = found.path.parent().unwrap_or(&found.path);
        let names = call.payload.names(folder)?;
        let fields: Vec<String> = names
            .iter()
            .map(|n| format!("\"{}\": …", visible(n)))
            .collect();
        terminal.err(&format!("Payload: @payload={{{}}}\n", fields.join(", ")));
    }
    if !checked.errors.is_empty() {
        if call.json {
            let message = format!(
                "Pre-flight validation failed: {}",
                checked.errors.join("; ")
            );
            let number = codes::PREFLIGHT;
            return Err(Box::new(Report::new(
                "SCRIPT_VALIDATION_ERROR",
                number,
                "MlldValidation",
                message,
            )));
        }
        terminal.err("Error: Pre-flight validation failed:\n");
        for error in &checked.errors {
            terminal.err(&format!("  error: {error}\n"));
        }
        return Ok(Some(Status::Bad));
    }
    if !checked.warnings.is_empty() && !call.no_warn {
        terminal.err("Pre-flight warnings:\n");
        for warning in &checked.warnings {
            terminal.err(&format!("  warning: {warning}\n"));
        }
    }
    Ok(None)
}
