//! Usage texts, made from the tables.

use crate::args::{
    CommandSpec, Group, OptionSpec, PROGRAM_OPTIONS, READY_COMMANDS, Takes, commands,
};
use std::fmt::Write;

/// Width of the column with options and commands.
const COLUMN: usize = 26;
/// Width of a line of running text.
const LINE: usize = 100;

/// What the program is, in one line.
pub(crate) const ABOUT: &str =
    "Runs scripts for work with language models, and keeps what they may do within policy";

/// Calls to learn from.
const EXAMPLES: &[(&str, &str)] = &[
    ("mlld report.mld", "run a script"),
    ("mlld -e 'show `hello`'", "run a line"),
    (
        "cat report.mld | mlld -",
        "run what comes from standard input",
    ),
    (
        "mlld notes.mld.md -o notes.md",
        "write the document, prose included, to a file",
    ),
    (
        "mlld report.mld --json 2>error.json",
        "get an error as JSON",
    ),
    (
        "mlld validate scripts/",
        "check the syntax of a folder of scripts",
    ),
    ("mlld ./test", "run a script that is called like a command"),
];

/// `mlld --version`.
pub(crate) fn version() -> String {
    format!("mlld version {}\n", env!("CARGO_PKG_VERSION"))
}

/// `mlld --help`.
pub(crate) fn program() -> String {
    let mut out = String::from(
        "Usage: mlld [OPTIONS] FILE [OPTIONS]\n       mlld [OPTIONS] -e CODE [OPTIONS]\n       mlld [OPTIONS] - [OPTIONS]\n       mlld COMMAND [ARGUMENTS]\n",
    );
    let _ = writeln!(out, "\n{ABOUT}.");

    out.push_str("\nCommands:\n");
    for command in READY_COMMANDS {
        entry(&mut out, command.names.first, command.about);
    }
    write_options(&mut out, PROGRAM_OPTIONS);

    out.push_str("\nExamples:\n");
    for (call, about) in EXAMPLES {
        let _ = writeln!(out, "  {call:<38}  {about}");
    }

    out.push_str("\nModes: a file is read in strict mode, where every line is a directive; .mld.md and .md files in\n\
                  markdown mode, where directives begin with / and everything else is prose.\n");
    out.push_str("\nStatus: 0 when all went well, 1 for every error.\n");

    let later = commands().filter(|c| c.is_later());
    out.push_str("\nCommands that are not supported yet:\n");
    paragraph(&mut out, later.map(|c| c.names.first.to_owned()));
    write_later_options(&mut out, PROGRAM_OPTIONS);
    out
}

/// `mlld COMMAND --help`.
pub(crate) fn command(command: &CommandSpec) -> String {
    let mut out = format!("Usage: mlld {}", command.names.first);
    if command.options.len() > 1 {
        out.push_str(" [OPTIONS]");
    }
    if !command.arguments.is_empty() {
        let _ = write!(out, " {}", command.arguments);
    }
    let _ = writeln!(out, "\n\n{}.", command.about);
    if command.is_later() {
        out.push_str("\nThis command is not supported yet.\n");
    }
    if !command.more.is_empty() {
        let _ = writeln!(out, "{}", command.more);
    }
    if !command.names.others.is_empty() {
        let _ = writeln!(out, "\nAlso called: {}", command.names.others.join(", "));
    }
    write_options(&mut out, command.options);
    write_later_options(&mut out, command.options);
    out
}

/// The options that work, by heading.
fn write_options(out: &mut String, options: &[OptionSpec]) {
    for group in Group::ALL {
        let mut title = Some(group.title());
        for option in options.iter().filter(|o| o.ready && o.group == group) {
            if let Some(title) = title.take() {
                let _ = writeln!(out, "\n{title}:");
            }
            let mut about = option.about.to_owned();
            if let [_, others @ ..] = option.long
                && !others.is_empty()
            {
                let others: Vec<_> = others.iter().map(|o| format!("--{o}")).collect();
                let _ = write!(about, " (also {})", others.join(", "));
            }
            entry(out, &written(option), &about);
        }
    }
}

/// The options that are refused.
fn write_later_options(out: &mut String, options: &[OptionSpec]) {
    let mut later = options.iter().filter(|o| !o.ready).peekable();
    if later.peek().is_some() {
        out.push_str("\nOptions that are not supported yet:\n");
        paragraph(
            out,
            later
                .filter_map(|o| o.long.first())
                .map(|l| format!("--{l}")),
        );
    }
}

/// How an option is written: `-o, --output <PATH>`.
fn written(option: &OptionSpec) -> String {
    let mut out = match option.short {
        Some(short) => format!("-{short}, "),
        None => "    ".into(),
    };
    let _ = write!(out, "--{}", option.long.first().unwrap_or(&""));
    match option.takes {
        Takes::Nothing => {}
        Takes::Maybe { name } => drop(write!(out, " [{name}]")),
        Takes::One { name, .. } => drop(write!(out, " {name}")),
    }
    out
}

/// One line of a list.
fn entry(out: &mut String, name: &str, about: &str) {
    let _ = writeln!(out, "  {name:<COLUMN$}  {about}");
}

/// Words, separated by commas, in lines of running text.
fn paragraph(out: &mut String, words: impl Iterator<Item = String>) {
    let mut width = 0;
    let mut words = words.peekable();
    while let Some(mut word) = words.next() {
        if words.peek().is_some() {
            word.push(',');
        }
        if width > 0 && width + 1 + word.len() > LINE {
            out.push('\n');
            width = 0;
        }
        out.push_str(if width == 0 { "  " } else { " " });
        width += if width == 0 { 2 } else { 1 } + word.len();
        out.push_str(&word);
    }
    out.push('\n');
}
