//! The commands on modules and on the configuration (spec 04 §10.4, 09 §4.3, §4.4).

use super::check::Check;
use super::commands::{CommandId, CommandSpec, Names};
use super::options::{self, Group, Opt, OptionSpec, Takes, later, one, ready};

/// Where modules come from.
const REGISTRY: OptionSpec = ready(
    Opt::Registry,
    None,
    &["registry"],
    one("WHERE", Check::Any),
    Group::Modules,
    "The registry: a folder or a URL [default: ~/.mlld/registry]",
);

/// For all projects.
const GLOBAL: OptionSpec = ready(
    Opt::Global,
    None,
    &["global"],
    Takes::Nothing,
    Group::Modules,
    "For all projects of the user, not for this one",
);

/// Replace what is there.
const FORCE: OptionSpec = ready(
    Opt::Force,
    None,
    &["force"],
    Takes::Nothing,
    Group::Modules,
    "Replace a file that is there",
);

const fn names(first: &'static str, others: &'static [&'static str]) -> Names {
    Names { first, others }
}

/// `mlld install`.
pub(super) const INSTALL: CommandSpec = CommandSpec {
    id: CommandId::Install,
    names: names("install", &["i"]),
    arguments: "[@author/name[@version]…]",
    about: "Install modules, with all that they need",
    more: "Without names: the dependencies of mlld-config.json, and what mlld-lock.json names.\n\
           A module that is locked stays in its version, and has to have its hash. Nothing of a module is run.",
    options: &[REGISTRY, options::HELP],
};

/// `mlld ls`.
pub(super) const LS: CommandSpec = CommandSpec {
    id: CommandId::Ls,
    names: names("ls", &["list"]),
    arguments: "",
    about: "List installed modules",
    more: "A line for each: name, version, the beginning of its hash.",
    options: &[options::HELP],
};

/// `mlld outdated`.
pub(super) const OUTDATED: CommandSpec = CommandSpec {
    id: CommandId::Outdated,
    names: names("outdated", &[]),
    arguments: "",
    about: "List modules of which the registry has a newer version",
    more: "",
    options: &[REGISTRY, options::HELP],
};

/// `mlld update`.
pub(super) const UPDATE: CommandSpec = CommandSpec {
    id: CommandId::Update,
    names: names("update", &[]),
    arguments: "[@author/name[@version]…]",
    about: "Replace installed modules by newer versions",
    more: "Without names: all of them. mlld-config.json says what versions are allowed.",
    options: &[REGISTRY, options::HELP],
};

/// `mlld clean`.
pub(super) const CLEAN: CommandSpec = CommandSpec {
    id: CommandId::Clean,
    names: names("clean", &[]),
    arguments: "@author/name… | --all",
    about: "Take modules out of the lock file and the cache",
    more: "",
    options: &[
        ready(
            Opt::All,
            None,
            &["all"],
            Takes::Nothing,
            Group::Modules,
            "All modules that mlld-lock.json names",
        ),
        options::HELP,
    ],
};

/// `mlld init`.
pub(super) const INIT: CommandSpec = CommandSpec {
    id: CommandId::Init,
    names: names("init", &[]),
    arguments: "[NAME.mld]",
    about: "Make a project here, or a module NAME.mld",
    more: "A project: mlld-config.json, mlld-lock.json, a folder of scripts and one of modules.",
    options: &[
        FORCE,
        ready(
            Opt::ScriptDir,
            None,
            &["script-dir"],
            one("DIR", Check::Any),
            Group::Modules,
            "The folder of scripts [default: llm/run]",
        ),
        ready(
            Opt::LocalPath,
            None,
            &["local-path"],
            one("DIR", Check::Any),
            Group::Modules,
            "The folder of modules [default: ./llm/modules]",
        ),
        options::HELP,
        later(Opt::Later, None, &["policy"], one("NAME", Check::Any)),
    ],
};

/// `mlld module`.
pub(super) const MODULE: CommandSpec = CommandSpec {
    id: CommandId::Module,
    names: names("module", &["mod"]),
    arguments: "TYPE NAME",
    about: "Make a module that is a folder, in its place",
    more: "TYPE is library (llm/lib), app (llm/run), command (.claude/commands), skill (.claude/skills) or environment (llm/env).",
    options: &[GLOBAL, options::HELP],
};

/// `mlld alias`.
pub(super) const ALIAS: CommandSpec = CommandSpec {
    id: CommandId::Alias,
    names: names("alias", &[]),
    arguments: "--name NAME --path DIR",
    about: "Make a name for a folder of modules: @NAME/…",
    more: "",
    options: &[
        ready(
            Opt::Name,
            None,
            &["name"],
            one("NAME", Check::Any),
            Group::Modules,
            "The name: lower-case letters, digits, '-'",
        ),
        ready(
            Opt::Path,
            None,
            &["path"],
            one("DIR", Check::Any),
            Group::Modules,
            "The folder, which has to be there",
        ),
        GLOBAL,
        options::HELP,
    ],
};

/// `mlld vars`.
pub(super) const VARS: CommandSpec = CommandSpec {
    id: CommandId::Vars,
    names: names("vars", &[]),
    arguments: "list | allow NAME… | remove NAME… | clear",
    about: "Choose the variables of the environment that scripts may see",
    more: "",
    options: &[options::HELP],
};
