//! The one table of commands (spec 09 §4).

use super::check::Check;
use super::options::{self, Opt, OptionSpec, Takes, later, one};
use super::{modules, project};
use crate::codes;
use mlld_runtime::report::{Report, visible};

/// Which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandId {
    /// `validate`
    Validate,
    /// `run`
    Run,
    /// `checkpoint`
    Checkpoint,
    /// `completions`
    Completions,
    /// `man`
    Man,
    /// `init`
    Init,
    /// `module`
    Module,
    /// `alias`
    Alias,
    /// `vars`
    Vars,
    /// `install`
    Install,
    /// `ls`
    Ls,
    /// `outdated`
    Outdated,
    /// `update`
    Update,
    /// `clean`
    Clean,
    /// Any command that needs a registry that answers questions.
    NeedsRegistry,
    /// Any command that is not built yet.
    Later,
}

/// What a command is called.
#[derive(Debug)]
pub(crate) struct Names {
    /// The name to use.
    pub(crate) first: &'static str,
    /// Others.
    pub(crate) others: &'static [&'static str],
}

/// A command.
#[derive(Debug)]
pub(crate) struct CommandSpec {
    /// Which.
    pub(crate) id: CommandId,
    /// Its names.
    pub(crate) names: Names,
    /// What stands behind its name.
    pub(crate) arguments: &'static str,
    /// One line for the usage.
    pub(crate) about: &'static str,
    /// What to know about it, for its own usage.
    pub(crate) more: &'static str,
    /// Its options.
    pub(crate) options: &'static [OptionSpec],
}

impl CommandSpec {
    /// An option that the command does not have, or a word too many.
    pub(crate) fn unknown_option(&self, name: &str) -> Box<Report> {
        let command = self.names.first;
        Box::new(
            Report::usage(
                codes::UNKNOWN_OPTION,
                format!("Unknown option for mlld {command}: {}", visible(name)),
            )
            .with_hint(format!("`mlld {command} --help` lists what there is.")),
        )
    }
}

impl CommandSpec {
    /// Whether it is known and refused.
    pub(crate) fn is_later(&self) -> bool {
        matches!(self.id, CommandId::Later | CommandId::NeedsRegistry)
    }
}

/// A command that is known and refused.
const fn later_command(
    first: &'static str,
    others: &'static [&'static str],
    about: &'static str,
) -> CommandSpec {
    refused(CommandId::Later, first, others, about)
}

/// As [`later_command`], for one that needs a registry that answers questions.
const fn needs_registry(
    first: &'static str,
    others: &'static [&'static str],
    about: &'static str,
) -> CommandSpec {
    refused(CommandId::NeedsRegistry, first, others, about)
}

const fn refused(
    id: CommandId,
    first: &'static str,
    others: &'static [&'static str],
    about: &'static str,
) -> CommandSpec {
    CommandSpec {
        id,
        names: Names { first, others },
        arguments: "[ARGUMENTS]",
        about,
        more: "",
        options: &[options::HELP],
    }
}

/// The commands that work.
pub(crate) static READY_COMMANDS: &[CommandSpec] = &[
    project::RUN,
    CommandSpec {
        id: CommandId::Validate,
        names: Names {
            first: "validate",
            others: &["analyze"],
        },
        arguments: "PATH…",
        about: "Check the syntax of scripts and templates without running anything",
        more: "A PATH is a script (.mld, .mld.md), a template (.att, .mtt), or a folder: all of these under it.\n\
               Status 1 if there is any error. Only syntax is checked: names, imports, guards and policies are not yet.",
        options: &[
            options::COMMAND_FORMAT,
            options::COMMAND_JSON,
            options::COMMAND_VERBOSE,
            options::ERROR_ON_WARNINGS,
            options::HELP,
            later(Opt::Later, None, &["deep"], Takes::Nothing),
            later(Opt::Later, None, &["context"], one("A,B", Check::Any)),
            later(Opt::Ast, None, &["ast"], Takes::Nothing),
            later(Opt::Later, None, &["no-check-variables"], Takes::Nothing),
        ],
    },
    project::CHECKPOINT,
    modules::INSTALL,
    modules::LS,
    modules::OUTDATED,
    modules::UPDATE,
    modules::CLEAN,
    modules::INIT,
    modules::MODULE,
    modules::ALIAS,
    modules::VARS,
    CommandSpec {
        id: CommandId::Completions,
        names: Names {
            first: "completions",
            others: &[],
        },
        arguments: "SHELL",
        about: "Print completions for a shell: bash, elvish, fish, powershell, zsh",
        more: "For bash: mlld completions bash > ~/.local/share/bash-completion/completions/mlld",
        options: &[options::HELP],
    },
    CommandSpec {
        id: CommandId::Man,
        names: Names {
            first: "man",
            others: &[],
        },
        arguments: "",
        about: "Print the manual page (roff)",
        more: "To read it: mlld man | man -l -",
        options: &[options::HELP],
    },
];

/// The commands that are known and refused.
static LATER_COMMANDS: &[CommandSpec] = &[
    later_command("test", &[], "Run the tests of the project"),
    later_command("verify", &[], "Check signatures"),
    later_command("sign", &[], "Sign files"),
    later_command("status", &[], "Show what is signed and what has changed"),
    later_command("audit", &[], "Ask the ledger"),
    later_command("key", &[], "Manage signing keys"),
    later_command("keychain", &[], "Manage credentials"),
    later_command("env", &["box"], "Manage environments"),
    later_command("policy", &[], "Show and explain policies"),
    later_command("mcp", &["serve"], "Serve functions as tools over MCP"),
    later_command("mcp-dev", &[], "Serve the language's tools over MCP"),
    later_command(
        "live",
        &[],
        "Serve client libraries over standard input and output",
    ),
    later_command("lsp", &["language-server"], "Serve editors"),
    later_command("dev", &[], "List local modules"),
    later_command("howto", &["ht"], "Explain a topic"),
    later_command("quickstart", &["qs"], "Show the first steps"),
    later_command("docs", &[], "Show the documentation of a module"),
    later_command("setup", &[], "Configure a project"),
    later_command("nvim-setup", &["nvim"], "Configure Neovim"),
    later_command("nvim-doctor", &[], "Check the configuration of Neovim"),
    later_command(
        "add-needs",
        &["needs", "deps"],
        "Declare what a module needs",
    ),
    needs_registry("info", &["show"], "Show a module of the registry"),
    needs_registry("search", &[], "Search the module registry"),
    needs_registry("registry", &[], "Manage the module registry"),
    needs_registry("publish", &[], "Publish a module"),
    needs_registry("auth", &[], "Sign in to the module registry"),
    later_command("plugin", &[], "Manage editor plugins"),
    later_command("skill", &["skills"], "Manage skills"),
];

/// All commands, those that work first.
pub(crate) fn commands() -> impl Iterator<Item = &'static CommandSpec> {
    READY_COMMANDS.iter().chain(LATER_COMMANDS)
}

/// The command of that name.
pub(super) fn find(name: &str) -> Option<&'static CommandSpec> {
    commands().find(|c| c.names.first == name || c.names.others.contains(&name))
}
