//! `mlld FILE`, `mlld -`, `mlld -e CODE`: from the arguments to a run and back.

use crate::args::{Input, Script};
use crate::codes;
use crate::environment::Environment;
use crate::mode;
use crate::observer::{Observer, Wants};
use crate::output_file::OutputFile;
use crate::signals;
use crate::terminal::Terminal;
use mlld_runtime::checkpoint::{self, CheckpointOptions};
use mlld_runtime::report::Report;
use mlld_runtime::source::{self, Unreadable};
use mlld_runtime::{Host, Output, ProcessOptions, RunOptions, Source, SourceError, StandardInput};
use mlld_syntax::Mode;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that a folder is started with, in the order in which they are looked for (spec 09 §4.1).
pub(crate) const ENTRIES: [&str; 4] = ["index.mld", "main.mld", "index.mld.md", "main.mld.md"];

/// Runs the script of the call.
pub(crate) fn run(
    script: &Script,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<(), Box<Report>> {
    let source = read(script)?;
    let output_file = match &script.output {
        None => None,
        Some(path) => {
            let input = match &script.input {
                Input::File(file) => Some(file.as_path()),
                Input::Stdin | Input::Code(_) => None,
            };
            Some(OutputFile::prepare(path, input)?)
        }
    };
    let to_stdout = script.stdout || output_file.is_none();
    let debug = script.debug || environment.is_true("MLLD_DEBUG");
    let wants = Wants {
        structured: script.structured,
        directives: script.directives || debug,
        debug,
        metrics: script.metrics,
        progress: script.progress && environment.terminal_err,
    };
    let observer = Observer::new(terminal, wants);
    let no_stream = script.no_stream || environment.no_stream();
    let defaults = ProcessOptions::default();
    let cancel = signals::watched()?;
    let options = RunOptions {
        output: match (to_stdout && !no_stream, &output_file) {
            (true, None) => Output::Stream,
            (true, Some(_)) => Output::Both,
            (false, _) => Output::Document,
        },
        now: environment.now()?,
        environment: script.variables.over(&environment.variables)?,
        home: environment.home.clone(),
        root: script.root.clone(),
        // What machines read has no colours.
        colour_out: environment.colour_out && !script.structured,
        colour_err: environment.colour_err,
        terminal_out: environment.terminal_out && !script.structured,
        terminal_err: environment.terminal_err,
        halt_on_command_failure: script.halt,
        payload: script
            .payload
            .object(source.path.parent().unwrap_or(&source.path))?,
        input: match script.input {
            // It is the script itself.
            Input::Stdin => StandardInput::None,
            _ if environment.terminal_in => StandardInput::None,
            _ => StandardInput::Process,
        },
        checkpoints: checkpoints(script, &source)?,
        processes: ProcessOptions {
            timeout: script.timeout,
            command_timeout: script.command_timeout,
            report_lines: script.report_lines.unwrap_or(defaults.report_lines),
            show_context: script.show_context,
            collect_errors: script.collect_errors,
            cancel,
            ..defaults
        },
        urls: script.urls.clone(),
        allow_absolute: script.allow_absolute,
        explain_labels: script.explain_labels.clone(),
    };

    let host: &dyn Host = if wants.any() { &observer } else { terminal };
    let ended = mlld_runtime::run(&source, host, &options);
    observer.finish();
    if script.structured {
        let document = match &ended {
            Ok(finished) if no_stream => finished.document.clone(),
            _ => None,
        };
        terminal.print(&observer.object(document, ended.as_ref().err().map(AsRef::as_ref)));
    }
    let finished = ended?;
    terminal.check()?;
    if finished.output_closed {
        // What is there is only a part of the document.
        return Ok(());
    }
    let document = finished.document.unwrap_or_default();
    if no_stream && to_stdout && !script.structured {
        terminal.print(&document);
    }
    if let Some(file) = output_file {
        file.write(&document)?;
        terminal.err(&file.notice());
    }
    Ok(())
}

/// What is asked of checkpoints, with the name under which the script keeps them. Code that is no file has none.
fn checkpoints(script: &Script, source: &Source) -> Result<CheckpointOptions, Box<Report>> {
    let asked = &script.checkpoints;
    let name = match &script.input {
        Input::File(_) => checkpoint::script_name(&source.path),
        Input::Stdin | Input::Code(_) => None,
    };
    if name.is_none() && (asked.fresh || asked.resume.is_some() || asked.fork.is_some()) {
        let message =
            "--resume, --fresh and --fork need a script file: other code keeps no checkpoints";
        return Err(Box::new(Report::usage(codes::NO_SCRIPT_FILE, message)));
    }
    Ok(CheckpointOptions {
        script: name,
        ..asked.clone()
    })
}

/// The text of the script, its names and its mode.
fn read(script: &Script) -> Result<Source, Box<Report>> {
    let (name, path, text, by_name): (Arc<str>, _, String, _) = match &script.input {
        Input::File(file) => {
            let path = absolute(file)?;
            let name = name_of(file, &path);
            let text = source::read_file(file).map_err(|e| unreadable(&name, file, &e))?;
            (name, path, text, mode::of_name(file))
        }
        Input::Stdin => {
            let name = Arc::from("<stdin>.mld");
            let text = read_stdin().map_err(|e| Box::new(Report::from_unreadable(&name, &e)))?;
            let by_text = mode::of_text(&text);
            (name, absolute(Path::new("<stdin>.mld"))?, text, by_text)
        }
        Input::Code(code) => (
            Arc::from("<eval>.mld"),
            absolute(Path::new("<eval>.mld"))?,
            code.clone(),
            Mode::Strict,
        ),
    };
    if let Some(at) = text.find('\0') {
        let failure = SourceError::Binary(at).into();
        return Err(Box::new(Report::from_unreadable(&name, &failure)));
    }
    Ok(Source {
        name,
        path,
        text: text.into(),
        mode: script.mode.unwrap_or(by_name),
    })
}

/// The whole standard input.
fn read_stdin() -> Result<String, Unreadable> {
    source::read_stream(std::io::stdin().lock())
}

/// The absolute path of a file.
pub(crate) fn absolute(file: &Path) -> Result<PathBuf, Box<Report>> {
    std::path::absolute(file).map_err(|e| {
        Box::new(Report::new(
            "RUNTIME_ERROR",
            codes::NO_FOLDER,
            "MlldFile",
            format!("The current folder cannot be found: {e}"),
        ))
    })
}

/// The name that messages use: relative to the current folder where the file lies under it.
pub(crate) fn name_of(file: &Path, absolute: &Path) -> Arc<str> {
    let relative = std::env::current_dir()
        .ok()
        .and_then(|folder| absolute.strip_prefix(folder).ok());
    match relative {
        Some(path) if !path.as_os_str().is_empty() => path.to_string_lossy().into(),
        _ => file.to_string_lossy().into(),
    }
}

/// Why the file cannot be run; for a folder, what of it can.
fn unreadable(name: &Arc<str>, file: &Path, failure: &Unreadable) -> Box<Report> {
    let report = Report::from_unreadable(name, failure);
    let entry = (failure.error == SourceError::Folder)
        .then(|| {
            ENTRIES
                .map(|e| file.join(e))
                .into_iter()
                .find(|e| e.is_file())
        })
        .flatten();
    Box::new(match entry {
        Some(entry) => {
            report.with_hint(format!("Its entry file is {0}: mlld {0}", entry.display()))
        }
        None => report,
    })
}
