//! Running a script: what the embedder gives, what it gets back.

use crate::checkpoint::{CheckpointOptions, ScriptFacts, Session};
use crate::effect::{document, print};
use crate::eval::{self, Globals, Hooks, ModuleEnv};
use crate::event::Event;
use crate::failure::{At, Eval, Failure, Problem};
use crate::gate::Run;
use crate::gate::cancel::Stop;
use crate::load;
use crate::module::Origin;
use crate::net::UrlOptions;
use crate::process_options::ProcessOptions;
use crate::report::{Frame, Report};
use crate::value::{Object, Value, colour, front_matter};
use mlld_security::{Descriptor, Place};
use mlld_syntax::ast::{Item, Module, Stmt, StmtKind};
use mlld_syntax::{LineIndex, Mode, Span};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// A script's text and where it came from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name that messages use: a path relative to the current folder, `<eval>.mld`, `<stdin>.mld`.
    pub name: Arc<str>,
    /// The absolute path of the script; for code without a file, a name in the current folder.
    pub path: PathBuf,
    /// The text.
    pub text: Arc<str>,
    /// How it is read.
    pub mode: Mode,
}

impl Source {
    /// The folder of the script.
    fn folder(&self) -> PathBuf {
        self.path
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default()
    }
}

/// Why a script cannot be read (spec 09 §1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// There is no such file.
    Missing,
    /// It is a folder.
    Folder,
    /// It is not UTF-8: the offset of the first bad byte.
    NotUtf8(usize),
    /// It holds a NUL byte, so it is no text: its offset.
    Binary(usize),
    /// It has more than 4 GiB.
    TooLarge,
    /// The system refuses: its words.
    Unreadable(String),
}

/// Where what a script prints goes (spec 01 §1.2, 09 §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To the host as it is produced; prose is not printed.
    Stream,
    /// Into [`Finished::document`], prose in its place, blank lines normalised.
    Document,
    /// Both.
    Both,
}

/// Where `@input` comes from, besides the environment (spec 04 §7.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StandardInput {
    /// There is none: standard input is a terminal, or the script itself came from it.
    #[default]
    None,
    /// That of the process. It is read to its end when the script first asks for it, else not at all.
    Process,
    /// This text.
    Text(Arc<str>),
}

/// The world as a run sees it.
pub trait Host: Sync {
    /// Writes to standard output. An error (a closed pipe) ends the run quietly: no new effect starts.
    ///
    /// # Errors
    /// Those of the stream.
    fn out(&self, text: &str) -> io::Result<()>;

    /// Writes to standard error. Errors are of no consequence.
    fn err(&self, text: &str);

    /// Whether [`Self::event`] is to be called. Asked often, so it has to be quick; constant for a run.
    fn listens(&self) -> bool {
        false
    }

    /// Something happened. Called from any thread of the run.
    fn event(&self, event: &Event) {
        let _ = event;
    }

    /// Time is to pass: between passes, before a stage is tried again. A host that lets it pass in its own way
    /// says so by `true`; else the run sleeps, and wakes up when it is ended.
    fn wait(&self, time: Duration) -> bool {
        let _ = time;
        false
    }
}

/// What a run may know and how it behaves.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Where output goes.
    pub output: Output,
    /// `@now`: `YYYY-MM-DDTHH:MM:SS.mmmZ` (spec 01 §9).
    pub now: Arc<str>,
    /// The environment that child processes get.
    pub environment: BTreeMap<String, String>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// The project root where no file marks one; `None`: the script's folder (spec 04 §3.1). Whoever has found
    /// the script in a project gives the root of that.
    pub root: Option<PathBuf>,
    /// Whether standard output is to have colours (spec 01 §12.4).
    pub colour_out: bool,
    /// Whether standard error is to have colours.
    pub colour_err: bool,
    /// Whether standard output is a terminal: untrusted control sequences are then shown escaped.
    pub terminal_out: bool,
    /// Whether standard error is a terminal.
    pub terminal_err: bool,
    /// Whether a failing command ends the script (`--error-behavior halt`, spec 02 §7.5).
    pub halt_on_command_failure: bool,
    /// `@payload`: what the caller gives the script (spec 03 §19.2).
    pub payload: Arc<Object>,
    /// Standard input, as the script sees it in `@input` (spec 04 §7.10).
    pub input: StandardInput,
    /// What is asked of checkpoints.
    pub checkpoints: CheckpointOptions,
    /// How processes behave, and what ends the run.
    pub processes: ProcessOptions,
    /// What may be fetched over the network.
    pub urls: UrlOptions,
    /// Paths outside the project root may be touched even where the configuration forbids that
    /// (`--allow-absolute`, spec 04 §3.2).
    pub allow_absolute: bool,
    /// Variables of the script, without `@`, whose labels are explained on standard error at the end of the run.
    pub explain_labels: Vec<String>,
}

impl Default for RunOptions {
    /// Output as it is produced, nothing in the environment, no terminal.
    fn default() -> Self {
        Self {
            output: Output::Stream,
            now: "1970-01-01T00:00:00.000Z".into(),
            environment: BTreeMap::new(),
            home: None,
            root: None,
            colour_out: false,
            colour_err: false,
            terminal_out: false,
            terminal_err: false,
            halt_on_command_failure: false,
            payload: Arc::default(),
            input: StandardInput::None,
            checkpoints: CheckpointOptions::default(),
            processes: ProcessOptions::default(),
            urls: UrlOptions::default(),
            allow_absolute: false,
            explain_labels: Vec::new(),
        }
    }
}

/// A run that came to its end.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// The document, with [`Output::Document`] and [`Output::Both`].
    pub document: Option<String>,
    /// Standard output was closed before the end.
    pub output_closed: bool,
}

/// The text of a script with what places in it need.
#[derive(Debug)]
pub(crate) struct ScriptText {
    /// The name that messages use.
    pub(crate) name: Arc<str>,
    /// The text.
    pub(crate) text: Arc<str>,
    lines: LineIndex,
    /// Statements whose source may hold a secret literal: reports do not show their lines.
    hidden: Vec<Span>,
    /// What the text itself carries, where it is not the author's own script: the labels of the file, of the import
    /// that asked for it and of the path it was found by. Nothing of a text that may not be shown stands in a report.
    pub(crate) labels: Descriptor,
}

impl ScriptText {
    /// The text of a script or module, with its tree.
    pub(crate) fn new(name: &Arc<str>, text: &Arc<str>, tree: &Module) -> Self {
        Self {
            name: Arc::clone(name),
            text: Arc::clone(text),
            lines: LineIndex::new(text),
            hidden: secret_literals(tree),
            labels: Descriptor::EMPTY,
        }
    }

    /// The same, of a text that carries these labels.
    pub(crate) fn labelled(self, labels: Descriptor) -> Self {
        Self { labels, ..self }
    }

    /// The place of a span's start.
    pub(crate) fn place(&self, span: Span) -> Place {
        let (line, column) = self.lines.line_col(&self.text, span.start);
        Place {
            file: Arc::clone(&self.name),
            line,
            column,
        }
    }

    /// The lines around a span, without those that may hold a secret.
    fn frame(&self, span: Span) -> Option<Frame> {
        let (line, _) = self.lines.line_col(&self.text, span.start);
        Some(self.frame_at(line))
    }

    /// The lines around a line.
    fn frame_at(&self, line: u32) -> Frame {
        let first = line.saturating_sub(1).max(1);
        let lines =
            (first..=line + 1).map_while(|n| self.lines.line(&self.text, n).map(|l| (n, l)));
        let lines = lines.map(|(n, text)| {
            if self.is_hidden(n) {
                Arc::from("…")
            } else {
                Arc::from(text)
            }
        });
        Frame {
            first,
            lines: lines.collect(),
        }
    }

    fn is_hidden(&self, line: u32) -> bool {
        self.hidden.iter().any(|span| {
            let (from, _) = self.lines.line_col(&self.text, span.start);
            let (to, _) = self.lines.line_col(&self.text, span.end);
            (from..=to).contains(&line)
        })
    }
}

/// Declarations that carry `secret`: their source text may be the secret itself (spec 09 §11, 5).
fn secret_literals(tree: &Module) -> Vec<Span> {
    let is_secret = |stmt: &Stmt| match &stmt.kind {
        StmtKind::Var(var) => var
            .labels
            .iter()
            .any(|l| mlld_security::is_under(&l.text, "secret")),
        _ => false,
    };
    let mut spans = Vec::new();
    for item in &tree.items {
        match item {
            Item::Stmt(stmt) if is_secret(stmt) => spans.push(stmt.span),
            Item::RunBlock(stmts, _) => {
                spans.extend(stmts.iter().filter(|s| is_secret(s)).map(|s| s.span))
            }
            _ => {}
        }
    }
    spans
}

/// Parses and runs a script. A parse error means that nothing is executed.
///
/// # Errors
/// What ended the script: a parse error (the first), a failure at run time, a denial.
pub fn run(
    source: &Source,
    host: &dyn Host,
    options: &RunOptions,
) -> Result<Finished, Box<Report>> {
    let began = Instant::now();
    let parsed = mlld_syntax::parse(&source.text, source.mode);
    if let Some(report) = Report::from_diagnostics(&source.name, &source.text, &parsed.diagnostics)
    {
        return Err(Box::new(report));
    }
    let tree = Arc::new(parsed.module);
    let script = Arc::new(ScriptText::new(&source.name, &source.text, &tree));
    let root = load::path::marked_root(&source.folder(), options.home.as_deref());
    let root = root.or_else(|| options.root.clone());
    let root = root.unwrap_or_else(|| source.folder());
    let run = Run::new(host, options, root);
    let parse = began.elapsed();
    let began = Instant::now();
    let timer = Timer::start(options);
    let result = start(&run, &script, source, &tree);
    drop(timer);
    let failed = match &result {
        Ok(()) => false,
        Err(failure) => !matches!(**failure, Failure::OutputClosed),
    };
    run.processes.end(failed);
    report_command_failures(&run);
    if !options.explain_labels.is_empty() {
        host.err(&crate::report::explain::variables(
            &run,
            &options.explain_labels,
        ));
    }
    run.tell(|| Event::Complete(run.metrics(parse, began.elapsed())));
    let closed = match result {
        Ok(()) => false,
        Err(failure) => match *failure {
            Failure::OutputClosed => true,
            failure => return Err(Box::new(to_report(&run, &script, failure))),
        },
    };
    let document = match options.output {
        Output::Stream => None,
        Output::Document | Output::Both => Some(document::normalise(&run.printed().document)),
    };
    Ok(Finished {
        document,
        output_closed: closed,
    })
}

fn start(run: &Run<'_>, script: &Arc<ScriptText>, source: &Source, tree: &Arc<Module>) -> Eval<()> {
    let mut config = load::config::read(&run.root).map_err(Problem::plain)?;
    let user =
        crate::checkpoint::config_folder(&run.options.environment, run.options.home.as_deref());
    if let Some(folder) = user {
        config.add(load::config::of_user(&folder).map_err(Problem::plain)?);
    }
    run.loads.set_config(config);
    run.locked.check(&run.root).map_err(Problem::plain)?;
    let front_matter = front_matter(script, tree)?;
    begin_checkpoints(run, &source.path, tree)?;
    let module = run.add_module(|number| ModuleEnv {
        number,
        script: Arc::clone(script),
        tree: Arc::clone(tree),
        globals: Globals::default(),
        hooks: Hooks::default(),
        folder: source.folder(),
        front_matter,
        origin: Origin::main(source.path.clone()),
    });
    eval::run_module(run, &module, Descriptor::EMPTY).map(|_| ())
}

/// The front matter of a script or module, if it has any (spec 01 §1.3).
pub(crate) fn front_matter(script: &Arc<ScriptText>, tree: &Module) -> Eval<Option<Value>> {
    let Some(written) = &tree.front_matter else {
        return Ok(None);
    };
    let value = front_matter::of_script(&written.yaml).map_err(|e| {
        let mut problem = Problem::from(e).code("PARSE_ERROR");
        problem.at = Some(At {
            script: Arc::clone(script),
            span: written.span,
            subject: "front matter".into(),
        });
        problem.plain()
    })?;
    Ok(Some(value))
}

/// Begins the checkpoints of the run (spec 03 §18).
fn begin_checkpoints(run: &Run<'_>, path: &Path, tree: &Module) -> Eval<()> {
    let facts = ScriptFacts {
        root: &run.root,
        path,
        resume: tree.resume.as_ref().map(|r| r.text.as_str()),
        names: &eval::checkpoint_names(tree),
        environment: &run.options.environment,
        home: run.options.home.as_deref(),
    };
    let begun = Session::begin(&run.options.checkpoints, &facts);
    let (session, notes) = begun.map_err(Problem::plain)?;
    eval::tell(run, &notes);
    run.begin_checkpoints(session);
    Ok(())
}

/// Ends the run when its time is over (`--timeout`), unless it is dropped before.
struct Timer {
    _running: Option<Sender<()>>,
}

impl Timer {
    fn start(options: &RunOptions) -> Self {
        let running = options.processes.timeout.map(|limit| {
            let (running, over) = channel();
            let cancel = options.processes.cancel.clone();
            std::thread::spawn(move || {
                if over.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                    cancel.stop(Stop::TimedOut(limit));
                }
            });
            running
        });
        Self { _running: running }
    }
}

/// Commands that failed without ending the script, at the end of the run (spec 02 §7.5).
fn report_command_failures(run: &Run<'_>) {
    let mut failures = run.command_failures();
    // Where implicit flows are tracked, how many there are may tell as much as what they say.
    failures.retain(|failure| !run.tracks() || run.may_show(failure.labels));
    if failures.is_empty() {
        return;
    }
    let errors = if failures.len() == 1 {
        "error"
    } else {
        "errors"
    };
    let mut text = format!("\n❌ {} {errors} occurred:\n", failures.len());
    for (i, failure) in failures.iter().enumerate() {
        // The first line is the author's text, secret values masked; what the command said is data.
        let (first, said) = failure
            .lines
            .split_first()
            .map_or(("", &[][..]), |(f, s)| (f.as_str(), s));
        // What the author of the script wrote; in a module that may not be shown, nothing.
        let open = run.may_show(failure.script.labels);
        let said = if open && run.may_show(failure.labels) {
            said.join("\n   ")
        } else {
            let labels = run.store().join(failure.labels, failure.script.labels);
            print::withheld_text(run, labels).to_string()
        };
        let first = if open {
            first
        } else {
            "Command execution failed"
        };
        let shown = colour::escape_controls(&format!("{first}\n   {said}")).into_owned();
        let place = failure.script.place(failure.span);
        text.push_str(&format!(
            "\n{}. {shown}\n   at {}:{}:{}\n",
            i + 1,
            place.file,
            place.line,
            place.column
        ));
        if open
            && run.options.processes.show_context
            && let Some(frame) = failure.script.frame(failure.span)
        {
            for (n, line) in (frame.first..).zip(&frame.lines) {
                text.push_str(&format!("   {n:>4} | {line}\n"));
            }
        }
    }
    run.host.err(&text);
}

/// A failure as a report. A text that shows data is checked against `op:show` first (spec 05 §10.4).
fn to_report(run: &Run<'_>, script: &Arc<ScriptText>, failure: Failure) -> Report {
    match failure {
        Failure::Denied(denial) => {
            let mut report = Report::new(
                denial.code.as_str(),
                "R0600",
                "MlldDenied",
                denial.reason.clone(),
            );
            report.place = denial.place.clone();
            let here = denial.place.as_ref().filter(|p| p.file == script.name);
            report.frame = here.map(|p| script.frame_at(p.line));
            report.denial = Some(denial);
            report
        }
        Failure::OutputClosed => Report::new(
            "ABORTED",
            "R0000",
            "MlldOutput",
            "Standard output was closed.",
        ),
        Failure::Problem(problem) | Failure::Fatal(problem) => {
            let descriptor = problem.descriptor();
            let reader = mlld_security::Reader::new(run.store());
            let problem = problem.take(&reader);
            let at = problem.at.as_ref();
            let text = at.map_or(script, |a| &a.script);
            // What a mistake in a module quotes of it is no more public than the module.
            let open = run.may_show(text.labels);
            let shown = open && (problem.constant || run.may_show(descriptor));
            let message = if shown {
                problem.message
            } else {
                print::withheld_text(run, run.store().join(descriptor, text.labels))
            };
            let mut report = Report::new(problem.code, problem.number, problem.kind, message);
            if shown {
                report.details = problem.details;
            }
            report.place = at.map(|a| text.place(a.span));
            if open {
                report.hint = problem.hint;
                report.subject = at.map(|a| a.subject.clone());
                report.frame = at.and_then(|a| text.frame(a.span));
            } else {
                let word = |a: &At| a.subject.split(' ').next().unwrap_or_default().into();
                report.subject = at.map(word);
            }
            report
        }
    }
}
