//! git runs commands in many ways (spec 06 §5.3, §5.4).

use super::analyse::Analysis;
use super::unwrap::Call;
use super::word::{Dialect, Word};

impl Analysis {
    /// Configuration on the command line, and sub-commands that run commands.
    pub(super) fn git(&mut self, call: &Call<'_>) {
        let rebases = call
            .arguments
            .iter()
            .any(|w| w.constant() == Some("rebase"));
        let steers = |text: &str| {
            let name = text.split('=').next().unwrap_or_default();
            // Any abbreviation counts.
            let packs = ["--upload-pack", "--receive-pack"];
            let pack = name.len() > 3 && packs.iter().any(|p| p.starts_with(name));
            let exec = text.starts_with("--exec") && !(rebases && name == "--exec");
            pack || exec || text.starts_with("--config") || text.contains("ext::")
        };
        if call.arguments.iter().any(|w| steers(w.lead())) {
            self.blind();
        }
        let mut words = call.arguments.iter();
        let mut subcommand = None;
        while let Some(word) = words.next() {
            let lead = word.lead();
            if word.splits || (lead.is_empty() && word.unknown_at.is_some()) {
                return self.blind();
            }
            match lead {
                "-C" | "--git-dir" | "--work-tree" | "--namespace" | "--super-prefix" => {
                    if words.next().is_some_and(|w| w.splits) {
                        return self.blind();
                    }
                }
                "-c" => {
                    let key = words.next().map(Word::lead).unwrap_or_default();
                    if !harmless_setting(key) {
                        self.blind();
                    }
                }
                _ if lead.starts_with("-c")
                    && !harmless_setting(lead.get(2..).unwrap_or_default()) =>
                {
                    self.blind();
                }
                _ if lead.starts_with('-') => {}
                _ => {
                    subcommand = Some(lead);
                    break;
                }
            }
        }
        if subcommand.is_none() && call.more {
            self.blind();
        }
        let rest = words.as_slice();
        match (subcommand, rest) {
            (Some("bisect"), [run, command @ ..]) if run.constant() == Some("run") => {
                self.command(command, call.more, call.dialect, call.depth);
            }
            (Some("submodule"), rest) => {
                let mut words = rest.iter();
                if words.any(|w| w.constant() == Some("foreach")) {
                    let rest = words.as_slice();
                    let options = rest.iter().take_while(|w| w.is_option()).count();
                    let command = rest.get(options..).unwrap_or_default();
                    self.joined(command, call, Dialect::Posix);
                }
            }
            (Some("clone" | "init"), rest) => {
                let setting = |w: &Word| w.lead().starts_with("-c") || w.lead().starts_with("-u");
                if rest.iter().any(setting) {
                    self.blind();
                }
            }
            _ => {}
        }
    }
}

/// Settings of git that run nothing.
fn harmless_setting(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["user.", "color.", "advice."]
        .iter()
        .any(|p| key.starts_with(p))
}
