//! Parameters of shell blocks: which names steer the shell, and where a value would be run as code
//! (spec 02 §8.3).
//!
//! bash evaluates the content of a variable in arithmetic, command substitutions in a subscript included
//! (`a[$(id)]`), and takes it for a name in `${!v}` and some built-ins. A block that uses a parameter in such a
//! place does not start unless its value is harmless there. The scan is coarse on purpose: where it takes a text
//! for arithmetic that is none, a value that is no integer is refused that might have been harmless.

use crate::failure::Problem;
use ecow::{EcoString, eco_format};

/// Names that steer how a shell or a program that it starts behaves (spec 06 §5.4).
const STEERING: [&str; 36] = [
    "PATH",
    "IFS",
    "ENV",
    "BASH_ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "HOME",
    "GCONV_PATH",
    "SSH_ASKPASS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "LESSOPEN",
    "LESSCLOSE",
    "EDITOR",
    "VISUAL",
    "CURL_HOME",
    "SHELL",
    "PWD",
    "OLDPWD",
    "CDPATH",
    "LANG",
    "LC_ALL",
    "TERM",
    "TMPDIR",
    "POSIXLY_CORRECT",
    "GLOBIGNORE",
    "FIGNORE",
    "EXECIGNORE",
    "HISTFILE",
    "INPUTRC",
    "MAILPATH",
];

/// Prefixes of such names.
const STEERING_PREFIXES: [&str; 9] = [
    "BASH_FUNC_",
    "XDG_",
    "LD_",
    "DYLD_",
    "GIT_",
    "PYTHON",
    "PERL5",
    "MLLD_",
    "BASH_",
];

/// Whether a variable of this name must not be in the environment when the shell starts.
pub(crate) fn is_steering(name: &str) -> bool {
    STEERING.contains(&name) || STEERING_PREFIXES.iter().any(|p| name.starts_with(p))
}

/// A legal identifier: each other character becomes `_` (spec 02 §8.2).
pub(crate) fn identifier(name: &str) -> EcoString {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

/// Checks a value against the places where `code` uses the parameter `name`.
///
/// # Errors
/// When the value would be run as code there.
pub(crate) fn check(code: &str, name: &str, value: &str) -> Result<(), Problem> {
    let name = identifier(name);
    if !value.is_empty() && !is_integer(value) && arithmetic_regions(code).any(|r| names(r, &name))
    {
        let message = eco_format!("Parameter '{name}' is used in arithmetic and is not an integer");
        return Err(Problem::new("R0710", "MlldCommand", message).hint(
            "bash runs text that it meets in arithmetic: check the value, or compute in js { … }.",
        ));
    }
    if !is_name(value) && used_as_name(code, &name) {
        let message = eco_format!("Parameter '{name}' is used as a variable's name and is none");
        return Err(Problem::new("R0711", "MlldCommand", message));
    }
    Ok(())
}

/// `[+-]?[0-9]+` or `0x…`.
fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(hex) => !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Whether a value is an identifier.
fn is_name(value: &str) -> bool {
    value
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether `name` occurs in `text` as an identifier.
fn names(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

/// Texts that bash evaluates as arithmetic, as far as can be told without parsing.
fn arithmetic_regions(code: &str) -> impl Iterator<Item = &str> {
    let at = |open: &'static str, close: &'static str| {
        code.match_indices(open).filter_map(move |(start, _)| {
            let rest = code.get(start + open.len()..)?;
            Some(rest.get(..rest.rfind_balanced(close)).unwrap_or(rest))
        })
    };
    let expansions = code.match_indices("${").filter_map(|(start, _)| {
        let rest = code.get(start + 2..)?;
        let inside = rest.get(..rest.find('}')?)?;
        let (_, offset) = inside.split_once(':')?;
        (!offset.starts_with(['-', '=', '?', '+'])).then_some(offset)
    });
    let subscripts = code.match_indices('[').filter_map(|(start, _)| {
        let before = code.get(..start)?.chars().next_back()?;
        let rest = code.get(start + 1..)?;
        (before.is_ascii_alphanumeric() || before == '_' || before == ']').then(|| {
            rest.get(..rest.find(']').unwrap_or(rest.len()))
                .unwrap_or(rest)
        })
    });
    let tests = code.match_indices("[[").filter_map(|(start, _)| {
        let rest = code.get(start + 2..)?;
        let inside = rest.get(..rest.find("]]").unwrap_or(rest.len()))?;
        ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]
            .iter()
            .any(|o| inside.contains(o))
            .then_some(inside)
    });
    let commands = commands(code).filter(|c| {
        let mut words = c.split_whitespace();
        match words.next() {
            Some("let") => true,
            Some("declare" | "local" | "typeset" | "export" | "readonly") => words
                .take_while(|w| w.starts_with('-'))
                .any(|w| w.contains('i')),
            _ => false,
        }
    });
    at("((", "))")
        .chain(at("$[", "]"))
        .chain(expansions)
        .chain(subscripts)
        .chain(tests)
        .chain(commands)
}

/// Whether the block takes the value of `name` for the name of a variable.
fn used_as_name(code: &str, name: &str) -> bool {
    if names_after(code, "${!", name) {
        return true;
    }
    let expands = |word: &str| word.contains('$') && names(word, name);
    commands(code).any(|command| {
        let mut words = command.split_whitespace();
        match words.next() {
            Some(
                "read" | "declare" | "typeset" | "local" | "export" | "readonly" | "unset"
                | "mapfile" | "readarray" | "getopts",
            ) => words.any(|w| expands(w.split('=').next().unwrap_or_default())),
            Some("printf" | "test" | "[" | "[[") => {
                let words: Vec<&str> = words.collect();
                words
                    .windows(2)
                    .any(|w| matches!(w, ["-v", target] if expands(target)))
            }
            _ => false,
        }
    })
}

fn names_after(code: &str, prefix: &str, name: &str) -> bool {
    code.match_indices(prefix).any(|(at, _)| {
        code.get(at + prefix.len()..)
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| {
                !rest
                    .chars()
                    .next()
                    .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
            })
    })
}

/// The simple commands of a block, roughly: cut wherever a command may begin, keywords dropped.
fn commands(code: &str) -> impl Iterator<Item = &str> {
    const BEFORE: [&str; 12] = [
        "{ ", "if ", "then ", "else ", "elif ", "while ", "until ", "do ", "! ", "builtin ",
        "command ", "time ",
    ];
    code.split(['\n', ';', '|', '&', '(', ')', '`']).map(|c| {
        let mut command = c.trim_start();
        while let Some(rest) = BEFORE.iter().find_map(|k| command.strip_prefix(k)) {
            command = rest.trim_start();
        }
        command
    })
}

/// Finding where an arithmetic text ends.
trait Balanced {
    /// The offset of the `close` that belongs to an opening before this text; its end if there is none.
    fn rfind_balanced(&self, close: &str) -> usize;
}

impl Balanced for str {
    fn rfind_balanced(&self, close: &str) -> usize {
        let mut depth = 0usize;
        for (i, c) in self.char_indices() {
            if depth == 0 && self.get(i..).is_some_and(|rest| rest.starts_with(close)) {
                return i;
            }
            match c {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.len()
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    const ATTACK: &str = "a[$(id)]";

    #[test]
    fn arithmetic_takes_integers_only() {
        for code in [
            "echo $((n + 1))",
            "((n++))",
            "echo $(( (1 + 2) * n ))",
            "let x=n+1",
            "let \"x = n\"",
            "[[ $n -eq 1 ]]",
            "[[ n -lt 3 ]]",
            "echo ${list[n]}",
            "x[$n]=1",
            "echo ${s:n:2}",
            "echo ${s:0:$n}",
            "declare -i m=$n",
            "if ((n)); then :; fi",
            "echo $[n+1]",
            "local -ri k=n",
            "while let n; do :; done",
        ] {
            assert!(check(code, "n", ATTACK).is_err(), "{code}");
            for fine in ["", "5", "-3", "+7", "0x1f"] {
                assert!(check(code, "n", fine).is_ok(), "{code} with {fine}");
            }
        }
    }

    #[test]
    fn names_are_names() {
        for code in [
            "echo ${!v}",
            "printf -v \"$v\" x",
            "read $v",
            "declare \"$v\"=1",
            "unset ${v}",
            "test -v $v",
            "[[ -v $v ]]",
        ] {
            assert!(check(code, "v", ATTACK).is_err(), "{code}");
            assert!(check(code, "v", "name_1").is_ok(), "{code}");
        }
    }

    #[test]
    fn other_uses_are_free() {
        for code in [
            "echo \"$n\"",
            "grep -- \"$n\" f",
            "[ \"$n\" = x ]",
            "echo ${n:-none}",
            "echo $((m + 1)) \"$n\"",
            "printf '%s' \"$n\"",
        ] {
            assert!(check(code, "n", ATTACK).is_ok(), "{code}");
        }
    }
}
