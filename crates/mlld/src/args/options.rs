//! The one table of the program's options (spec 09 §1.3). Reading, help, completions and man page use it, so
//! none of them can say something that does not hold.

use super::check::Check;
use super::checkpoint;
use super::urls;

/// Which option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opt {
    /// `--help`
    Help,
    /// `--version`
    Version,
    /// `--eval`
    Eval,
    /// `--mode`
    Mode,
    /// `--markdown` and its like
    Markdown,
    /// `--output`
    Output,
    /// `--stdout`
    Stdout,
    /// `--no-stream`
    NoStream,
    /// `--json`
    Json,
    /// `--error-behavior`
    ErrorBehavior,
    /// `--structured`
    Structured,
    /// `--debug`
    Debug,
    /// `--metrics`
    Metrics,
    /// `--explain-labels`
    ExplainLabels,
    /// `--show-progress`
    ShowProgress,
    /// `--no-progress`
    NoProgress,
    /// `--checkpoint`
    Checkpoint,
    /// `--no-checkpoint`
    NoCheckpoint,
    /// `--fresh`
    Fresh,
    /// `--resume`
    Resume,
    /// `--fork`
    Fork,
    /// `--payload`, `--inject`
    Payload,
    /// `--mlld-env`
    MlldEnv,
    /// `--no-warn` of `run`
    NoWarn,
    /// `--base-path` of a command
    BasePath,
    /// `--format` of a command
    Format,
    /// `--error-on-warnings` of `validate`
    ErrorOnWarnings,
    /// `--verbose`
    Verbose,
    /// `--ast` of `validate`
    Ast,
    /// `--timeout`
    Timeout,
    /// `--command-timeout`
    CommandTimeout,
    /// `--allow-absolute`
    AllowAbsolute,
    /// `--allow-urls`, which changes nothing
    AllowUrls,
    /// `--url-timeout`
    UrlTimeout,
    /// `--url-max-size`
    UrlMaxSize,
    /// `--url-allowed-domains`
    UrlAllowed,
    /// `--url-blocked-domains`
    UrlBlocked,
    /// `--yolo`
    Yolo,
    /// `--collect-errors`
    CollectErrors,
    /// `--show-command-context`
    ShowCommandContext,
    /// `--max-output-lines`
    MaxOutputLines,
    /// `--registry` of a command on modules
    Registry,
    /// `--all` of `clean`
    All,
    /// `--global`
    Global,
    /// `--force`
    Force,
    /// `--name` of `alias`
    Name,
    /// `--path` of `alias`
    Path,
    /// `--script-dir` of `init`
    ScriptDir,
    /// `--local-path` of `init`
    LocalPath,
    /// Any option that is not built yet and that nothing asks about.
    Later,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// No value.
    Nothing,
    /// A value that may be missing.
    Maybe {
        /// What it is called in the usage.
        name: &'static str,
    },
    /// A value.
    One {
        /// What it is called in the usage.
        name: &'static str,
        /// What it may be.
        check: Check,
    },
}

/// Under which heading the usage lists an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// What is run.
    Script,
    /// What may be fetched and touched.
    Access,
    /// Where output goes.
    Output,
    /// Where modules come from and go to.
    Modules,
    /// What of earlier runs is used again.
    Checkpoints,
    /// How errors are treated.
    Errors,
    /// About the program.
    Program,
}

impl Group {
    /// All, in the order of the usage.
    pub(crate) const ALL: [Self; 7] = [
        Self::Script,
        Self::Modules,
        Self::Access,
        Self::Checkpoints,
        Self::Output,
        Self::Errors,
        Self::Program,
    ];

    /// The heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Script => "Script",
            Self::Modules => "Modules",
            Self::Access => "Access",
            Self::Checkpoints => "Checkpoints",
            Self::Output => "Output",
            Self::Errors => "Errors",
            Self::Program => "Program",
        }
    }
}

/// An option.
#[derive(Debug)]
pub(crate) struct OptionSpec {
    /// Which.
    pub(crate) id: Opt,
    /// Its letter.
    pub(crate) short: Option<char>,
    /// Its names, without `--`; the first is the one to use.
    pub(crate) long: &'static [&'static str],
    /// Its value.
    pub(crate) takes: Takes,
    /// Its heading.
    pub(crate) group: Group,
    /// One line for the usage.
    pub(crate) about: &'static str,
    /// Whether it works. One that does not is refused, and named as such in the usage.
    pub(crate) ready: bool,
}

/// An option that works.
pub(super) const fn ready(
    id: Opt,
    short: Option<char>,
    long: &'static [&'static str],
    takes: Takes,
    group: Group,
    about: &'static str,
) -> OptionSpec {
    OptionSpec {
        id,
        short,
        long,
        takes,
        group,
        about,
        ready: true,
    }
}

/// An option that is known and refused.
pub(super) const fn later(
    id: Opt,
    short: Option<char>,
    long: &'static [&'static str],
    takes: Takes,
) -> OptionSpec {
    OptionSpec {
        id,
        short,
        long,
        takes,
        group: Group::Program,
        about: "",
        ready: false,
    }
}

/// A value with a name and a check.
pub(super) const fn one(name: &'static str, check: Check) -> Takes {
    Takes::One { name, check }
}

/// The option that every command has.
pub(super) const HELP: OptionSpec = ready(
    Opt::Help,
    Some('h'),
    &["help"],
    Takes::Nothing,
    Group::Program,
    "Print the usage; behind a command, that of the command",
);
/// Findings as JSON.
pub(super) const COMMAND_JSON: OptionSpec = ready(
    Opt::Json,
    None,
    &["json"],
    Takes::Nothing,
    Group::Output,
    "Short for --format json",
);
/// The form of a command's answer. Its values are checked by the command, whose words for a wrong one differ.
pub(super) const COMMAND_FORMAT: OptionSpec = ready(
    Opt::Format,
    None,
    &["format"],
    one("FORMAT", Check::Any),
    Group::Output,
    "Form of the answer: text or json [default: text]",
);
/// More text.
pub(super) const COMMAND_VERBOSE: OptionSpec = ready(
    Opt::Verbose,
    Some('v'),
    &["verbose"],
    Takes::Nothing,
    Group::Output,
    "The full text form for several files too",
);
/// Warnings count.
pub(super) const ERROR_ON_WARNINGS: OptionSpec = ready(
    Opt::ErrorOnWarnings,
    None,
    &["error-on-warnings"],
    Takes::Nothing,
    Group::Errors,
    "Status 1 if there is any warning",
);

/// Variables for `@input`.
pub(super) const MLLD_ENV: OptionSpec = ready(
    Opt::MlldEnv,
    None,
    &["mlld-env"],
    one("NAME=VALUE", Check::Any),
    Group::Script,
    "Set MLLD_ variables of @input: NAME=VALUE[,…], or the name of a file with such lines",
);

/// The run as one JSON object.
pub(super) const STRUCTURED: OptionSpec = ready(
    Opt::Structured,
    None,
    &["structured"],
    Takes::Nothing,
    Group::Output,
    "Print one JSON object instead of the output: output, effects, exports, state writes, denials",
);

/// `--explain-labels`.
pub(super) const EXPLAIN_LABELS: OptionSpec = ready(
    Opt::ExplainLabels,
    None,
    &["explain-labels"],
    one("@NAME", Check::Any),
    Group::Output,
    "At the end, print on standard error how each label of a variable came onto it",
);

/// More about the run.
pub(super) const DEBUG: OptionSpec = ready(
    Opt::Debug,
    Some('d'),
    &["debug"],
    Takes::Nothing,
    Group::Output,
    "As --verbose, with what the run took at the end",
);

/// Data for the script.
pub(super) const PAYLOAD: OptionSpec = ready(
    Opt::Payload,
    None,
    &["payload", "inject"],
    one("VALUE", Check::Any),
    Group::Script,
    "Fields of @payload: @payload={…}, {…}, or a JSON file; flags are laid over them",
);
/// Errors as JSON.
pub(super) const RUN_JSON: OptionSpec = ready(
    Opt::Json,
    None,
    &["json"],
    Takes::Nothing,
    Group::Errors,
    "Print an error as one line of JSON",
);

/// The options of `mlld FILE`.
pub(crate) static PROGRAM_OPTIONS: &[OptionSpec] = &[
    ready(
        Opt::Eval,
        Some('e'),
        &["eval"],
        one("CODE", Check::Code),
        Group::Script,
        "Run CODE, in strict mode, instead of a file",
    ),
    ready(
        Opt::Mode,
        None,
        &["mode"],
        one("MODE", Check::Mode),
        Group::Script,
        "Language mode: strict or markdown [default: by the file's name]",
    ),
    ready(
        Opt::Markdown,
        None,
        &["markdown", "md", "loose", "prose"],
        Takes::Nothing,
        Group::Script,
        "Short for --mode markdown",
    ),
    ready(
        Opt::Output,
        Some('o'),
        &["output"],
        one("PATH", Check::Any),
        Group::Output,
        "Write the document to PATH, when the run has succeeded",
    ),
    ready(
        Opt::Stdout,
        None,
        &["stdout"],
        Takes::Nothing,
        Group::Output,
        "Print on standard output: the default; with -o both",
    ),
    ready(
        Opt::NoStream,
        None,
        &["no-stream"],
        Takes::Nothing,
        Group::Output,
        "Print the whole document, prose too, at the end of the run",
    ),
    STRUCTURED,
    ready(
        Opt::Verbose,
        Some('v'),
        &["verbose"],
        Takes::Nothing,
        Group::Output,
        "Print each directive and its time on standard error",
    ),
    DEBUG,
    ready(
        Opt::Metrics,
        None,
        &["metrics"],
        Takes::Nothing,
        Group::Output,
        "Print the time of the run on standard error",
    ),
    EXPLAIN_LABELS,
    ready(
        Opt::ShowProgress,
        None,
        &["show-progress"],
        Takes::Nothing,
        Group::Output,
        "Show how far parallel work is, if standard error is a terminal",
    ),
    ready(
        Opt::NoProgress,
        None,
        &["no-progress"],
        Takes::Nothing,
        Group::Output,
        "Do not show it: the default",
    ),
    ready(
        Opt::Json,
        None,
        &["json", "show-json"],
        Takes::Nothing,
        Group::Errors,
        "Print an error as one line of JSON",
    ),
    ready(
        Opt::ErrorBehavior,
        None,
        &["error-behavior"],
        one("WHAT", Check::OneOf(&["halt", "continue"])),
        Group::Errors,
        "What a failing command does: halt or continue [default: continue]",
    ),
    ready(
        Opt::CollectErrors,
        None,
        &["collect-errors"],
        Takes::Nothing,
        Group::Errors,
        "List a command error that ends the script in the summary, too",
    ),
    ready(
        Opt::ShowCommandContext,
        None,
        &["show-command-context"],
        Takes::Nothing,
        Group::Errors,
        "Show the lines of the script around a failed command",
    ),
    ready(
        Opt::MaxOutputLines,
        None,
        &["max-output-lines"],
        one("N", Check::Positive),
        Group::Errors,
        "Lines of a command's output in its error report [default: 50]",
    ),
    ready(
        Opt::Timeout,
        None,
        &["timeout"],
        one("DURATION", Check::Duration),
        Group::Script,
        "End the script after this time: 500ms, 30s, 5m, 1h",
    ),
    ready(
        Opt::CommandTimeout,
        None,
        &["command-timeout"],
        one("MS", Check::Milliseconds),
        Group::Script,
        "End the script if one command takes longer than MS milliseconds",
    ),
    HELP,
    ready(
        Opt::Version,
        Some('V'),
        &["version"],
        Takes::Nothing,
        Group::Program,
        "Print the version",
    ),
    later(
        Opt::Later,
        Some('f'),
        &["format"],
        one("FORMAT", Check::Any),
    ),
    later(Opt::Later, None, &["strict"], Takes::Nothing),
    later(Opt::Later, None, &["permissive"], Takes::Nothing),
    PAYLOAD,
    later(Opt::Later, None, &["state"], one("VALUE", Check::Any)),
    MLLD_ENV,
    checkpoint::CHECKPOINT,
    checkpoint::NO_CHECKPOINT,
    checkpoint::FRESH,
    checkpoint::RESUME,
    checkpoint::FORK,
    urls::ALLOW_ABSOLUTE,
    urls::ALLOW_URLS,
    urls::TIMEOUT,
    urls::MAX_SIZE,
    urls::ALLOWED,
    urls::BLOCKED,
    urls::YOLO,
    later(Opt::Later, None, &["ephemeral"], Takes::Nothing),
    later(Opt::Later, None, &["show-thinking"], Takes::Nothing),
    later(Opt::Later, None, &["show-tools"], Takes::Nothing),
    later(Opt::Later, None, &["show-metadata"], Takes::Nothing),
    later(Opt::Later, None, &["show-all-streaming"], Takes::Nothing),
    later(
        Opt::Later,
        None,
        &["stream-format"],
        one("FORMAT", Check::OneOf(&["text", "ansi", "json"])),
    ),
    later(
        Opt::Later,
        None,
        &["append-json"],
        Takes::Maybe { name: "FILE" },
    ),
    later(
        Opt::Later,
        None,
        &["no-normalize-blank-lines"],
        Takes::Nothing,
    ),
    later(Opt::Later, None, &["no-format"], Takes::Nothing),
    later(Opt::Later, None, &["pretty"], Takes::Nothing),
    later(Opt::Later, None, &["home-path"], one("PATH", Check::Any)),
    later(Opt::Later, Some('w'), &["watch"], Takes::Nothing),
];

/// The option of a table that is written `name`: `-o`, `--output`.
pub(super) fn find(table: &'static [OptionSpec], name: &str) -> Option<&'static OptionSpec> {
    if let Some(long) = name.strip_prefix("--") {
        return table.iter().find(|o| o.long.contains(&long));
    }
    let mut letters = name.strip_prefix('-')?.chars();
    let (letter, more) = (letters.next()?, letters.next());
    table
        .iter()
        .find(|o| more.is_none() && o.short == Some(letter))
}

/// The name in the table that is at most two edits away, if it is long enough for that to mean something.
pub(super) fn closest(table: &'static [OptionSpec], name: &str) -> Option<String> {
    let name = name.strip_prefix("--")?;
    if name.chars().count() < 4 {
        return None;
    }
    table
        .iter()
        .flat_map(|o| o.long)
        .map(|long| (strsim::osa_distance(long, name), long))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, long)| format!("--{long}"))
}
