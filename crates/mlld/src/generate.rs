//! Completions and manual page, generated from the tables.

use crate::args::{CommandSpec, OptionSpec, PROGRAM_OPTIONS, READY_COMMANDS, Takes, Word, Words};
use crate::{codes, help};
use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::Shell;
use mlld_runtime::report::{Report, visible};
use std::ffi::OsString;

/// `mlld completions SHELL`.
pub(crate) fn completions(
    command: &'static CommandSpec,
    words: Vec<OsString>,
) -> Result<String, Box<Report>> {
    let shell = bare_word(command, words)?;
    let Some(shell) = shell else {
        let message = "The name of a shell is required: bash, elvish, fish, powershell, zsh";
        return Err(Box::new(Report::usage(codes::MISSING_ARGUMENT, message)));
    };
    let shell: Shell = shell.parse().map_err(|_| {
        Box::new(Report::usage(
            codes::BAD_VALUE,
            format!(
                "Unknown shell: {}. Use bash, elvish, fish, powershell or zsh.",
                visible(&shell)
            ),
        ))
    })?;
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut model(), "mlld", &mut out);
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// `mlld man`.
pub(crate) fn man(
    command: &'static CommandSpec,
    words: Vec<OsString>,
) -> Result<String, Box<Report>> {
    bare_word(command, words)?;
    let mut out = Vec::new();
    // Writing to memory cannot fail.
    let _ = clap_mangen::Man::new(model()).render(&mut out);
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The bare word of a command that takes at most one, and has no options but `--help`.
fn bare_word(
    command: &'static CommandSpec,
    words: Vec<OsString>,
) -> Result<Option<String>, Box<Report>> {
    let mut found = None;
    let mut words = Words::new(words);
    while let Some(word) = words.next(command.options, true)? {
        let name = match word {
            Word::Bare(word) if !command.arguments.is_empty() && found.is_none() => {
                found = Some(word.to_string_lossy().into_owned());
                continue;
            }
            Word::Option(_) => continue,
            Word::Bare(word) => word.to_string_lossy().into_owned(),
            Word::Unknown(name, _) => name,
            Word::Rest(_) => "--".into(),
        };
        return Err(command.unknown_option(&name));
    }
    Ok(found)
}

/// The tables as `clap` knows them: only what works.
fn model() -> Command {
    let subcommands = READY_COMMANDS.iter().map(|c| {
        let mut command = Command::new(c.names.first)
            .about(c.about)
            .visible_aliases(c.names.others.iter().copied())
            .disable_help_flag(true)
            .args(c.options.iter().filter(|o| o.ready).map(argument));
        if !c.arguments.is_empty() {
            let name = c.arguments.trim_end_matches('…');
            let mut arg = Arg::new("argument").value_name(name);
            if name.len() < c.arguments.len() {
                arg = arg.num_args(1..).value_hint(ValueHint::AnyPath);
            }
            command = command.arg(arg);
        }
        command
    });
    Command::new("mlld")
        .about(help::ABOUT)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .help("The script; - for standard input")
                .value_hint(ValueHint::FilePath),
        )
        .args(PROGRAM_OPTIONS.iter().filter(|o| o.ready).map(argument))
        .subcommands(subcommands)
}

/// An option as `clap` knows it.
fn argument(option: &'static OptionSpec) -> Arg {
    let mut arg = Arg::new(option.long.first().copied().unwrap_or_default()).help(option.about);
    if let [first, others @ ..] = option.long {
        arg = arg.long(*first).visible_aliases(others.iter().copied());
    }
    if let Some(short) = option.short {
        arg = arg.short(short);
    }
    match option.takes {
        Takes::Nothing => arg.action(ArgAction::SetTrue),
        Takes::Maybe { name } => arg.value_name(name).num_args(0..=1),
        Takes::One { name, .. } if name == "PATH" => {
            arg.value_name(name).value_hint(ValueHint::FilePath)
        }
        Takes::One { name, .. } => arg.value_name(name),
    }
}
