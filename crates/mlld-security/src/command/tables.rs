//! What is known about programs: which run another command, which options of theirs do, which variables
//! decide what runs (spec 06 §5.3, §5.4).

/// A program that runs the command behind its own options.
pub(super) struct Wrapper {
    pub(super) name: &'static str,
    /// Short options without a value.
    pub(super) flags: &'static str,
    /// Short options with a value.
    pub(super) valued: &'static str,
    /// Long options without a value.
    pub(super) long: &'static [&'static str],
    /// Long options with a value.
    pub(super) long_valued: &'static [&'static str],
    /// How many words stand between the options and the command.
    pub(super) operands: usize,
    /// Whether `NAME=value` words may stand in front of the command.
    pub(super) assigns: bool,
    /// How the rest is run.
    pub(super) rest: Rest,
}

/// How a wrapper runs what stands behind its options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// As a command with its words.
    Words,
    /// Joined to one text that a shell reads.
    Text,
    /// As a command with further words that are not known.
    WordsAndMore,
}

const PLAIN: Wrapper = Wrapper {
    name: "",
    flags: "",
    valued: "",
    long: &[],
    long_valued: &[],
    operands: 0,
    assigns: false,
    rest: Rest::Words,
};

/// A wrapper without options that could be accounted for.
const fn bare(name: &'static str) -> Wrapper {
    Wrapper { name, ..PLAIN }
}

pub(super) const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        name: "env",
        flags: "i0v",
        valued: "uC",
        long: &["ignore-environment", "null", "debug"],
        long_valued: &["unset", "chdir"],
        assigns: true,
        ..PLAIN
    },
    Wrapper {
        name: "command",
        flags: "pvV",
        ..PLAIN
    },
    bare("builtin"),
    Wrapper {
        name: "exec",
        flags: "cl",
        valued: "a",
        ..PLAIN
    },
    bare("nohup"),
    Wrapper {
        name: "time",
        flags: "pvaqV",
        valued: "fo",
        long: &["portability", "verbose", "append", "quiet"],
        long_valued: &["format", "output"],
        ..PLAIN
    },
    Wrapper {
        name: "setsid",
        flags: "cfw",
        long: &["ctty", "fork", "wait"],
        ..PLAIN
    },
    Wrapper {
        name: "stdbuf",
        valued: "ioe",
        long_valued: &["input", "output", "error"],
        ..PLAIN
    },
    Wrapper {
        name: "nice",
        flags: "0123456789",
        valued: "n",
        long_valued: &["adjustment"],
        ..PLAIN
    },
    Wrapper {
        name: "ionice",
        flags: "t",
        valued: "cn",
        long: &["ignore"],
        long_valued: &["class", "classdata"],
        ..PLAIN
    },
    Wrapper {
        name: "timeout",
        flags: "fpv",
        valued: "ks",
        long: &["foreground", "preserve-status", "verbose"],
        long_valued: &["kill-after", "signal"],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        name: "sudo",
        flags: "AbEHknPBSN",
        valued: "ugpChrtTUDR",
        long: &[
            "askpass",
            "background",
            "preserve-env",
            "set-home",
            "non-interactive",
            "preserve-groups",
            "stdin",
        ],
        long_valued: &[
            "user",
            "group",
            "prompt",
            "close-from",
            "host",
            "role",
            "type",
            "other-user",
            "chdir",
            "chroot",
        ],
        assigns: true,
        ..PLAIN
    },
    Wrapper {
        name: "doas",
        flags: "nL",
        valued: "uCa",
        assigns: true,
        ..PLAIN
    },
    Wrapper {
        name: "xargs",
        flags: "0oprtx",
        valued: "adEILnPRsS",
        long: &[
            "null",
            "no-run-if-empty",
            "verbose",
            "interactive",
            "exit",
            "open-tty",
        ],
        long_valued: &[
            "arg-file",
            "delimiter",
            "max-lines",
            "max-args",
            "max-procs",
            "max-chars",
        ],
        rest: Rest::WordsAndMore,
        ..PLAIN
    },
    Wrapper {
        name: "strace",
        flags: "cCdDfFhikqrtTvVwxyYzZ",
        valued: "abeEIoOpPsSuUX",
        ..PLAIN
    },
    Wrapper {
        name: "ltrace",
        flags: "bcCfhiLrStTV",
        valued: "aADeFlnopsuwx",
        ..PLAIN
    },
    Wrapper {
        name: "chroot",
        long: &["skip-chdir"],
        long_valued: &["groups", "userspec"],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        name: "chrt",
        flags: "abdfioRrv",
        valued: "TPD",
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        name: "taskset",
        flags: "ac",
        operands: 1,
        ..PLAIN
    },
    bare("unshare"),
    Wrapper {
        name: "watch",
        flags: "bcCdegprtwx",
        valued: "nq",
        rest: Rest::Text,
        ..PLAIN
    },
    bare("busybox"),
    bare("toybox"),
    Wrapper {
        name: "ssh",
        flags: "46AaCfGgKkMNnqsTtVvXxYy",
        valued: "BbcDEeFIiJLlmOopQRSWw",
        operands: 1,
        rest: Rest::Text,
        ..PLAIN
    },
    Wrapper {
        name: "flock",
        flags: "sxenouFv",
        valued: "wE",
        long: &[
            "shared",
            "exclusive",
            "nonblock",
            "close",
            "no-fork",
            "verbose",
        ],
        long_valued: &["wait", "timeout", "conflict-exit-code"],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        name: "runuser",
        valued: "u",
        long_valued: &["user"],
        ..PLAIN
    },
    bare("prlimit"),
    bare("setpriv"),
    bare("systemd-run"),
    bare("nsenter"),
    bare("pkexec"),
    bare("fakeroot"),
    bare("bwrap"),
    bare("firejail"),
    bare("parallel"),
    bare("unbuffer"),
    bare("caffeinate"),
    bare("coproc"),
];

/// Shells: what they run stands behind `-c`, or cannot be known.
pub(super) const SHELLS: [&str; 12] = [
    "sh", "bash", "rbash", "zsh", "dash", "ksh", "ash", "fish", "csh", "tcsh", "mksh", "yash",
];

/// Programs that run a shell text given by `-c`; without it, what they run cannot be known.
pub(super) const RUN_TEXT: [&str; 2] = ["su", "script"];

/// An option whose value is a command line.
pub(super) struct RunsValue {
    pub(super) program: &'static str,
    /// The sub-command it belongs to; empty: any.
    pub(super) subcommand: &'static str,
    pub(super) short: Option<char>,
    pub(super) long: &'static [&'static str],
}

const fn runs(
    program: &'static str,
    subcommand: &'static str,
    short: Option<char>,
    long: &'static [&'static str],
) -> RunsValue {
    RunsValue {
        program,
        subcommand,
        short,
        long,
    }
}

pub(super) const RUN_VALUES: &[RunsValue] = &[
    runs("git", "grep", Some('O'), &["open-files-in-pager"]),
    runs("git", "rebase", Some('x'), &["exec"]),
    runs("git", "difftool", Some('x'), &["extcmd"]),
    runs(
        "git",
        "filter-branch",
        None,
        &[
            "setup",
            "subdirectory-filter",
            "env-filter",
            "tree-filter",
            "index-filter",
            "parent-filter",
            "msg-filter",
            "commit-filter",
            "tag-name-filter",
        ],
    ),
    runs("tar", "", Some('I'), &["use-compress-program"]),
    runs("tar", "", Some('F'), &["info-script", "new-volume-script"]),
    runs(
        "tar",
        "",
        None,
        &["to-command", "rsh-command", "rmt-command"],
    ),
    runs("sort", "", None, &["compress-program"]),
    runs("rsync", "", Some('e'), &["rsh", "rsync-path"]),
];

/// Built-in commands of shells that set the variables they are given.
pub(super) const SETTERS: [&str; 11] = [
    "export",
    "declare",
    "typeset",
    "local",
    "readonly",
    "read",
    "printf",
    "unset",
    "getopts",
    "mapfile",
    "readarray",
];

/// Commands after which it cannot be known what a name stands for, or that run what nobody sees.
pub(super) const BLIND: [&str; 8] = [
    "source", ".", "alias", "let", "bind", "complete", "compgen", "fc",
];

/// Words of the grammar, which a wrapper does not run.
pub(super) const GRAMMAR: [&str; 19] = [
    "!", "{", "}", "if", "then", "elif", "else", "fi", "while", "until", "for", "select", "do",
    "done", "case", "esac", "in", "function", "[[",
];

/// Variables that decide what runs; with `*` every name that begins so.
const STEERING: [&str; 38] = [
    "PATH",
    "IFS",
    "ENV",
    "BASH_ENV",
    "BASH_FUNC_*",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "HOME",
    "XDG_*",
    "LD_*",
    "DYLD_*",
    "GCONV_PATH",
    "GIT_*",
    "SSH_ASKPASS",
    "PYTHON*",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PERL5*",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "LESSOPEN",
    "LESSCLOSE",
    "EDITOR",
    "VISUAL",
    "CURL_HOME",
    "MLLD_*",
    // Of the same kind, not in the list of spec 06.
    "CDPATH",
    "BASH_CMDS",
    "BASH_ALIASES",
    "PAGER",
    "MANPAGER",
    "ZDOTDIR",
    "FPATH",
    "BASH_LOADABLES_PATH",
    "SHELL",
];

/// Whether a variable of this name decides what runs.
pub(super) fn steers(name: &str) -> bool {
    STEERING.iter().any(|s| match s.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => *s == name,
    })
}

/// Folders whose programs are the ones that a bare name means.
pub(super) const TRUSTED_FOLDERS: [&str; 5] =
    ["/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_decide_what_runs() {
        for name in [
            "PATH",
            "LD_PRELOAD",
            "GIT_SSH_COMMAND",
            "PYTHONPATH",
            "MLLD_X",
        ] {
            assert!(steers(name), "{name}");
        }
        for name in ["path", "LEVEL", "PATHS", "X_PATH", "LANG"] {
            assert!(!steers(name), "{name}");
        }
    }

    #[test]
    fn no_wrapper_is_listed_twice() {
        for (i, w) in WRAPPERS.iter().enumerate() {
            assert!(
                WRAPPERS.iter().skip(i + 1).all(|x| x.name != w.name),
                "{}",
                w.name
            );
        }
    }
}
