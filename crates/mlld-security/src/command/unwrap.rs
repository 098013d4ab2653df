//! Commands that run other commands, and those after which nothing is certain (spec 06 §5.3, §5.4).

use super::analyse::Analysis;
use super::options::{self, Options};
use super::tables::{
    BLIND, GRAMMAR, RUN_TEXT, RUN_VALUES, Rest, RunsValue, SETTERS, SHELLS, WRAPPERS, Wrapper,
    steers,
};
use super::word::{Dialect, Redacted, Word, assigned_name, is_name};

/// A call of a command.
pub(super) struct Call<'w> {
    pub(super) name: &'w str,
    pub(super) arguments: &'w [Word],
    /// Whether further arguments are not known.
    pub(super) more: bool,
    pub(super) dialect: Dialect,
    /// How deep what it runs stands.
    pub(super) depth: u32,
}

impl Analysis {
    /// What a call runs besides itself.
    pub(super) fn inner(&mut self, call: &Call<'_>) {
        if let Some(wrapper) = WRAPPERS.iter().find(|w| w.name == call.name) {
            return self.wrapped(wrapper, call);
        }
        self.values_that_run(call);
        match call.name {
            name if SHELLS.contains(&name) => self.shell(call),
            name if RUN_TEXT.contains(&name) => self.by_dash_c(call),
            name if SETTERS.contains(&name) => self.setter(call),
            name if BLIND.contains(&name) || GRAMMAR.contains(&name) => self.blind(),
            "eval" => self.eval(call),
            "trap" => self.trap(call),
            "find" => self.find(call),
            "git" => self.git(call),
            "mlld" => self.mlld(call),
            "hash" | "enable" | "wait" if call.arguments.iter().any(Word::is_option) => {
                self.blind()
            }
            _ => {}
        }
    }

    /// A text that a shell reads, if it is known.
    fn known_text(&mut self, word: &Word, dialect: Dialect, depth: u32) {
        match word.constant() {
            Some(text) => self.text(text, dialect, Redacted::Whole(word.hidden), depth),
            None => self.blind(),
        }
    }

    /// Words that are joined by blanks to one text.
    pub(super) fn joined(&mut self, words: &[Word], call: &Call<'_>, dialect: Dialect) {
        let texts: Option<Vec<&str>> = words.iter().map(Word::constant).collect();
        let Some(texts) = texts.filter(|_| !call.more) else {
            return self.blind();
        };
        let hidden = words.iter().any(|w| w.hidden);
        self.text(
            &texts.join(" "),
            dialect,
            Redacted::Whole(hidden),
            call.depth,
        );
    }

    fn eval(&mut self, call: &Call<'_>) {
        let words = match call.arguments {
            [first, rest @ ..] if first.constant() == Some("--") => rest,
            all => all,
        };
        self.joined(words, call, call.dialect);
    }

    fn wrapped(&mut self, wrapper: &Wrapper, call: &Call<'_>) {
        if wrapper.name == "env" && self.split_string(call) {
            return;
        }
        let Some(Options { values, rest }) = options::skip(wrapper, call.arguments) else {
            return self.blind();
        };
        let mut rest = rest;
        match wrapper.name {
            // Its commands may come from its input, put together in ways of its own.
            "parallel" => self.blind(),
            "ssh" => {
                let runs =
                    |(o, v): &(String, &str)| o == "o" && v.to_lowercase().contains("command");
                if values.iter().any(runs) {
                    self.blind();
                }
            }
            "flock" => {
                if let [dash_c, text, ..] = rest
                    && matches!(dash_c.constant(), Some("-c" | "--command"))
                {
                    return self.known_text(text, Dialect::Posix, call.depth);
                }
            }
            _ => {}
        }
        while wrapper.assigns
            && let [first, after @ ..] = rest
            && let Some((name, _)) = first.lead().split_once('=')
        {
            if steers(name) {
                self.blind();
            }
            rest = after;
        }
        match wrapper.rest {
            Rest::Words => self.command(rest, call.more, call.dialect, call.depth),
            Rest::Text => self.joined(rest, call, Dialect::Posix),
            Rest::WordsAndMore => {
                let replaced = values.iter().find(|(o, _)| o == "I").map(|(_, v)| *v);
                let rest = replaced.map_or_else(|| rest.to_vec(), |r| replace(rest, r));
                self.command(&rest, true, call.dialect, call.depth);
            }
        }
    }

    /// `env -S TEXT`; says whether there is such an option.
    fn split_string(&mut self, call: &Call<'_>) -> bool {
        let splits = |w: &Word| {
            let lead = w.lead();
            let short = lead.starts_with('-') && !lead.starts_with("--") && lead.contains('S');
            short || lead.starts_with("--s")
        };
        let mut words = call.arguments.iter();
        let option = loop {
            match words.next() {
                Some(w) if splits(w) => break w,
                // The value of the option.
                Some(w) if matches!(w.lead(), "-u" | "-C") => drop(words.next()),
                Some(w) if w.is_option() => {}
                _ => return false,
            }
        };
        // A text of its own grammar: only the plainest is read, and what follows belongs to it.
        self.blind();
        let text = match option.lead().split_once(['S', '=']) {
            Some((_, text)) if !text.is_empty() => option.constant().map(|_| text),
            _ => words.next().and_then(Word::constant),
        };
        if let Some(text) = text {
            let hidden = Redacted::Whole(call.arguments.iter().any(|w| w.hidden));
            self.text(text, Dialect::Posix, hidden, call.depth);
        }
        true
    }

    /// A shell runs the text behind `-c`; anything else it runs is not known.
    fn shell(&mut self, call: &Call<'_>) {
        let dialect = match call.name {
            "bash" | "rbash" => Dialect::Bash,
            _ => Dialect::Posix,
        };
        if matches!(call.name, "fish" | "csh" | "tcsh") {
            self.blind();
        }
        let mut words = call.arguments.iter();
        let mut text = None;
        let mut runs_text = false;
        while let Some(word) = words.next() {
            let Some(option) = word.constant().filter(|t| t.starts_with(['-', '+'])) else {
                text = Some(word);
                break;
            };
            if matches!(option, "-" | "--") {
                text = words.next();
                break;
            }
            let known = match option.strip_prefix("--") {
                Some(long) => ["norc", "noprofile", "posix"].contains(&long),
                None => option
                    .chars()
                    .skip(1)
                    .all(|c| "euxvfnhmaBCEHTpbktoc".contains(c)),
            };
            if !known {
                return self.blind();
            }
            if !option.starts_with("--") {
                runs_text |= option.starts_with('-') && option.contains('c');
                for _ in option.matches('o') {
                    words.next();
                }
            }
        }
        match text {
            Some(text) if runs_text && !text.splits => self.known_text(text, dialect, call.depth),
            _ => self.blind(),
        }
    }

    /// `su -c TEXT`, `script -c TEXT`; without it they start a shell.
    fn by_dash_c(&mut self, call: &Call<'_>) {
        let mut words = call.arguments.iter();
        let option = words.find(|w| w.lead() == "-c" || w.lead() == "--command");
        match option.and_then(|_| words.next()) {
            Some(text) => self.known_text(text, Dialect::Posix, call.depth),
            None => self.blind(),
        }
    }

    /// `export N=V`, `read N`, `printf -v N`: a variable that decides what runs may be set.
    fn setter(&mut self, call: &Call<'_>) {
        let prints = call.name == "printf";
        // What its first word is may not be known; alone it is no option.
        let may_set = |w: &Word| w.lead().starts_with("-v") || w.unknown_at == Some(0);
        let first = call.arguments.first().filter(|_| call.arguments.len() > 1);
        if prints && !call.more && !first.is_some_and(may_set) {
            return;
        }
        for word in call.arguments {
            let lead = word.lead();
            let name = assigned_name(lead).or(word.constant().filter(|t| is_name(t)));
            let blind = match name {
                Some(name) => steers(name) || lead.starts_with(&format!("{name}[")),
                // `declare -n`, `declare -i`, `mapfile -C`: names, arithmetic, commands.
                None if word.is_option() => lead.contains(['n', 'i', 'C']) && call.name != "read",
                None => word.unknown_at.is_some() && !prints,
            };
            // `printf -vPATH`
            let attached = lead.strip_prefix("-v").is_some_and(steers);
            if blind || attached || (prints && word.unknown_at == Some(0)) {
                self.blind();
            }
        }
        if call.more {
            self.blind();
        }
    }

    fn trap(&mut self, call: &Call<'_>) {
        let text = call.arguments.iter().find(|w| w.constant() != Some("--"));
        match text {
            Some(text) if matches!(text.constant(), Some("-" | "" | "-p" | "-l")) => {}
            Some(text) => self.known_text(text, call.dialect, call.depth),
            None => {}
        }
    }

    /// `-exec`, `-execdir`, `-ok`, `-okdir` run what follows, `-delete` removes files.
    fn find(&mut self, call: &Call<'_>) {
        let mut rest = call.arguments;
        if call.more
            || rest
                .iter()
                .any(|w| w.lead().is_empty() && w.unknown_at.is_some())
        {
            self.blind();
        }
        while let [word, after @ ..] = rest {
            rest = after;
            match word.constant() {
                Some("-delete") => {
                    let rm = Word {
                        text: "rm".to_owned(),
                        ..Word::default()
                    };
                    self.command(&[rm], true, call.dialect, call.depth);
                }
                Some("-exec" | "-execdir" | "-ok" | "-okdir") => {
                    let ends = |w: &Word| w.constant() == Some(";");
                    // `{} +` ends it, a `+` elsewhere does not.
                    let gathers = |(i, w): (usize, &Word)| {
                        let before = i.checked_sub(1).and_then(|i| after.get(i));
                        ends(w) || (w.constant() == Some("+") && before.is_some_and(holds_name))
                    };
                    let end = after.iter().enumerate().position(gathers);
                    let end = end.unwrap_or(after.len());
                    let command = replace(after.get(..end).unwrap_or_default(), "{}");
                    self.command(&command, false, call.dialect, call.depth);
                    rest = after.get(end..).unwrap_or_default();
                }
                _ => {}
            }
        }
    }

    /// A run inside a run does not stand under the policies of the outer one.
    fn mlld(&mut self, call: &Call<'_>) {
        let plain = |w: &Word| w.constant().is_some_and(|t| !t.starts_with('-'));
        let verifies = match call.arguments {
            [first, names @ ..] => first.constant() == Some("verify") && names.iter().all(plain),
            [] => false,
        };
        if !verifies || call.more {
            self.blind();
        }
    }

    /// Options whose values are command lines.
    fn values_that_run(&mut self, call: &Call<'_>) {
        for option in RUN_VALUES.iter().filter(|o| o.program == call.name) {
            let applies = |w: &Word| w.constant() == Some(option.subcommand);
            if option.subcommand.is_empty() || call.arguments.iter().any(applies) {
                self.value_that_runs(option, call);
            }
        }
        if call.name == "tar" {
            // `tar cIf …`: options without a dash.
            let bundled = |w: &Word| !w.is_option() && w.lead().contains(['I', 'F']);
            if call.arguments.first().is_some_and(bundled) {
                self.blind();
            }
            let checkpoint = |w: &&Word| w.lead().starts_with("--checkpoint-a");
            for word in call.arguments.iter().filter(checkpoint) {
                match word.lead().split_once("exec=") {
                    Some((_, text)) if word.constant().is_some() => {
                        let hidden = Redacted::Whole(word.hidden);
                        self.text(text, Dialect::Posix, hidden, call.depth);
                    }
                    _ => self.blind(),
                }
            }
        }
    }

    fn value_that_runs(&mut self, option: &RunsValue, call: &Call<'_>) {
        let mut words = call.arguments.iter().peekable();
        while let Some(word) = words.next() {
            let Some(given) = given(option, word) else {
                continue;
            };
            let value = match given {
                Given::Attached(text) => word.constant().map(|_| (text, word.hidden)),
                Given::Next => words.peek().and_then(|w| Some((w.constant()?, w.hidden))),
            };
            match value {
                Some((text, hidden)) => {
                    self.text(text, Dialect::Posix, Redacted::Whole(hidden), call.depth);
                }
                None => self.blind(),
            }
        }
    }
}

/// How an option is given.
enum Given<'w> {
    Attached(&'w str),
    Next,
}

fn given<'w>(option: &RunsValue, word: &'w Word) -> Option<Given<'w>> {
    let lead = word.lead();
    let Some(long) = lead.strip_prefix("--") else {
        let cluster = lead.strip_prefix('-')?;
        let (_, value) = cluster.split_once(option.short?)?;
        return Some(match value {
            "" if word.constant().is_some() => Given::Next,
            value => Given::Attached(value),
        });
    };
    let (name, value) = match long.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (long, None),
    };
    // Any abbreviation counts.
    let means = !name.is_empty() && option.long.iter().any(|l| l.starts_with(name));
    means.then(|| value.map_or(Given::Next, Given::Attached))
}

/// Whether the place of a file name is in the word.
fn holds_name(word: &Word) -> bool {
    word.text.contains("{}")
}

/// The words with everything behind `name` unknown: something else will stand in its place.
fn replace(words: &[Word], name: &str) -> Vec<Word> {
    let mut words = words.to_vec();
    for word in words.iter_mut() {
        if let Some(at) = word.text.find(name).filter(|_| !name.is_empty()) {
            word.unknown_at = Some(word.unknown_at.map_or(at, |u| u.min(at)));
        }
    }
    words
}
