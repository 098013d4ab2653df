//! Which directive or statement it is, and what to say about text that is none.

use super::{PResult, Parser, codes};
use crate::ast::{Mode, StmtKind};
use ecow::{EcoString, eco_format};

/// The words that begin a directive (spec 01 §4).
const DIRECTIVES: [&str; 33] = [
    "append",
    "auth",
    "bail",
    "box",
    "checkpoint",
    "env",
    "exe",
    "export",
    "file",
    "files",
    "for",
    "foreach",
    "guard",
    "hook",
    "if",
    "import",
    "let",
    "log",
    "loop",
    "needs",
    "output",
    "policy",
    "profiles",
    "run",
    "show",
    "sign",
    "stream",
    "var",
    "verify",
    "when",
    "while",
    "done",
    "continue",
];

/// Whether `word` begins a directive at the top level.
pub(super) fn is_directive(word: &str) -> bool {
    !matches!(word, "done" | "continue") && DIRECTIVES.contains(&word)
}

/// Whether `word` begins a statement in a block, or looks like it and is an error there.
pub(super) fn is_statement(word: &str) -> bool {
    DIRECTIVES.contains(&word) || matches!(word, "skip" | "retry")
}

/// Words that begin statements only: never an operand of an expression.
pub(super) fn is_only_statement(word: &str) -> bool {
    is_statement(word)
        && !matches!(
            word,
            "box" | "env" | "for" | "foreach" | "loop" | "run" | "stream" | "verify" | "when"
        )
}

/// Words that begin a statement, an action, a body or an expression: never labels there (spec 01 §16.1).
pub(super) fn is_reserved_there(word: &str) -> bool {
    is_statement(word)
        || matches!(
            word,
            "allow"
                | "bash"
                | "cmd"
                | "data"
                | "deny"
                | "js"
                | "javascript"
                | "new"
                | "node"
                | "none"
                | "prose"
                | "py"
                | "python"
                | "sh"
                | "template"
                | "union"
                | "using"
                | "true"
                | "false"
                | "null"
        )
}

/// Directives that stand at the top level only (spec 02 §1.1).
fn is_top_level_only(word: &str) -> bool {
    matches!(
        word,
        "exe"
            | "import"
            | "export"
            | "policy"
            | "auth"
            | "guard"
            | "hook"
            | "checkpoint"
            | "needs"
            | "profiles"
    )
}

impl Parser<'_> {
    /// Runs `body` as the directive `subject` that begins at `start`: errors are reported there.
    pub(super) fn framed<T>(
        &mut self,
        subject: &'static str,
        start: usize,
        body: impl FnOnce(&mut Self) -> PResult<T>,
    ) -> PResult<T> {
        let saved = (self.subject, self.start);
        self.subject = subject;
        self.start = start;
        let result = body(self);
        (self.subject, self.start) = saved;
        result
    }

    /// A directive or statement, at its first character behind a slash. Its end is the caller's affair.
    pub(super) fn statement(&mut self) -> PResult<StmtKind> {
        if self.at("=>") {
            return self.named("=>", 2, Self::return_stmt);
        }
        if self.peek() == Some(b'@') {
            return self.at_stmt();
        }
        let word = self.word_from(self.pos);
        self.check_place(word)?;
        self.check_word_end(word)?;
        match word {
            "var" => self.named("var", 3, Self::var),
            "let" => self.named("let", 3, Self::let_stmt),
            "show" => self.named("show", 4, Self::show),
            "log" => self.named("log", 3, Self::log),
            "output" => self.named("output", 6, Self::output_stmt),
            "append" => self.named("append", 6, Self::append_stmt),
            "stream" => self.named("stream", 6, Self::stream_stmt),
            "run" => self.named("run", 3, Self::run_stmt),
            "exe" => self.named("exe", 3, Self::exe),
            "if" => self.named("if", 2, Self::if_stmt),
            "when" => self.named("when", 4, |p| {
                p.when(true).map(|w| StmtKind::When(Box::new(w)))
            }),
            "for" => self.named("for", 3, |p| {
                p.for_loop().map(|f| StmtKind::For(Box::new(f)))
            }),
            "foreach" => self.named("foreach", 7, |p| {
                p.foreach().map(|f| StmtKind::Foreach(Box::new(f)))
            }),
            "loop" => self.named("loop", 4, |p| {
                p.loop_block().map(|l| StmtKind::Loop(Box::new(l)))
            }),
            "bail" => self.named("bail", 4, |p| p.optional_operand().map(StmtKind::Bail)),
            "done" => self.named("done", 4, |p| p.optional_operand().map(StmtKind::Done)),
            "continue" => self.named("continue", 8, |p| {
                p.optional_operand().map(StmtKind::Continue)
            }),
            "retry" => self.named("retry", 5, |p| p.optional_operand().map(StmtKind::Retry)),
            "skip" => self.named("skip", 4, |_| Ok(StmtKind::Skip)),
            "import" => self.named("import", 6, Self::import),
            "export" => self.named("export", 6, Self::export),
            "file" => self.named("file", 4, Self::file_write),
            "files" => self.named("files", 5, Self::files_write),
            "needs" => self.named("needs", 5, Self::needs),
            "profiles" => self.named("profiles", 8, Self::profiles),
            "policy" => self.named("policy", 6, Self::policy),
            "auth" => self.named("auth", 4, Self::auth),
            "guard" => self.named("guard", 5, Self::guard),
            "hook" => self.named("hook", 4, Self::hook),
            "checkpoint" => self.named("checkpoint", 10, Self::checkpoint),
            "sign" => self.named("sign", 4, Self::sign),
            "verify" => self.named("verify", 6, |p| p.verify().map(StmtKind::Verify)),
            "box" | "env" => self.named("box", 3, |p| {
                p.box_env().map(|b| StmtKind::Box(Box::new(b)))
            }),
            "while" => self.fail_hint(
                codes::BAD_WHILE,
                "while is a stage of a pipeline, not a directive.",
                "Write: @value | while(10) @processor",
            ),
            _ => {
                let hint = self.rest_hint();
                self.fail_text(self.pos, hint)
            }
        }
    }

    /// Eats a directive's word of `len` bytes and parses the rest of it.
    fn named(
        &mut self,
        subject: &'static str,
        len: usize,
        body: impl FnOnce(&mut Self) -> PResult<StmtKind>,
    ) -> PResult<StmtKind> {
        // A slash before the word belongs to the directive; the frame of the top level knows of it.
        let start = if self.at_top() { self.start } else { self.pos };
        self.framed(subject, start, |p| {
            p.pos += len;
            body(p)
        })
    }

    /// Whether a directive of the top level is about to be parsed, not a statement in a block or an action.
    pub(super) fn at_top(&self) -> bool {
        self.subject == "script"
    }

    /// In a document `/show-off` is taken for a directive (spec 01 §15, 27): the message says how to escape it.
    fn check_word_end(&mut self, word: &str) -> PResult<()> {
        let next = self.byte(self.pos + word.len());
        let prose = matches!(next, Some(b'-' | b'.' | b',' | b'!' | b'?' | b'/' | b'\''));
        if !(prose && self.at_top() && self.mode == Mode::Markdown) {
            return Ok(());
        }
        let message = eco_format!("White space is missing behind the directive '/{word}'.");
        self.fail_hint(
            codes::SYNTAX,
            message,
            "If this line is prose, put a character in front of the slash.",
        )
    }

    /// Refuses what may not stand in a block, and `let` outside of one.
    fn check_place(&mut self, word: &str) -> PResult<()> {
        if self.at_top() {
            if word == "let" {
                return self.fail_hint(
                    codes::LET_AT_TOP,
                    "'let' is for block-scoped variables -- temporary, mutable.",
                    "At the top level use var: var @name = value",
                );
            }
            return Ok(());
        }
        if word == "var" {
            let at = self.pos;
            return self.fail_at(
                at,
                codes::VAR_IN_BLOCK,
                "Use 'let' inside blocks: `var` cannot be used inside blocks — use `let` for block-scoped bindings",
                "let @name = value",
            );
        }
        if is_top_level_only(word) && !(word == "checkpoint" && self.checkpoint) {
            let message = eco_format!(
                "'{word}' is not a statement of a block: it stands at the top level only."
            );
            return self.fail_at(self.pos, codes::TOP_LEVEL_ONLY, message, "");
        }
        Ok(())
    }

    /// What to do about a line of text in a strict script.
    pub(super) fn text_hint(&self, line: usize) -> EcoString {
        if self.pos > line && self.directive_at(self.pos) {
            return "A directive begins in the first column: remove the white space before it."
                .into();
        }
        self.rest_hint()
    }

    /// What to do about the text at the position, which belongs to no directive.
    pub(super) fn rest_hint(&self) -> EcoString {
        let at = self.pos;
        let behind = self
            .text(self.start.min(at), at)
            .trim_end_matches([' ', '\t']);
        let hint = match self.byte(at) {
            Some(b'?') => "A ternary needs white space before its '?'.",
            _ if behind.ends_with('?') => "A ternary needs white space before its '?'.",
            Some(b'#') => "Comments are >> to the end of the line.",
            Some(b'/') if self.text_at(at, "//") => "Comments are >> to the end of the line.",
            Some(b';') if self.block.is_none() => {
                "There is no separator: write one directive a line."
            }
            Some(b'(') if self.before().is_some_and(|b| b == b' ' || b == b'\t') => {
                "The bracket of a call stands directly behind the name: @name(…)."
            }
            Some(b'@') => return self.variable_hint(at + 1),
            _ => "",
        };
        if !hint.is_empty() {
            return hint.into();
        }
        match self.word_from(at) {
            "and" => return "Use && for 'and'.".into(),
            "or" => return "Use || for 'or'.".into(),
            _ => {}
        }
        let slash = usize::from(self.text_at(at, "/"));
        match near_directive(self.word_from(at + slash)) {
            Some(word) => eco_format!("Did you mean '{word}'?"),
            None if self.mode == Mode::Markdown
                && slash == 0
                && self.block.is_none()
                && at == self.pos =>
            {
                "If this line is prose, put a character in front of the slash.".into()
            }
            None => EcoString::new(),
        }
    }

    fn variable_hint(&self, name: usize) -> EcoString {
        let len = self.name_len(name);
        let word = self.text(name, name + len);
        let next = self.hws_end(name + len);
        if len == 0 {
            EcoString::new()
        } else if self.text_at(next, "+=") {
            eco_format!(
                "Variables change only inside blocks; at the top level a variable is defined once: var @{word} = …"
            )
        } else if self.byte(next) == Some(b'=') && self.byte(next + 1) != Some(b'=') {
            eco_format!("To define a variable write: var @{word} = …")
        } else {
            eco_format!("To print the value write: show @{word}")
        }
    }
}

/// The directive's word that is one edit away from `word`, or that it is in another case.
fn near_directive(word: &str) -> Option<&'static str> {
    if word.len() > 12 {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let known = || DIRECTIVES.iter().copied().filter(|d| is_directive(d));
    known().find(|d| *d == lower && *d != word).or_else(|| {
        if lower.len() < 3 {
            None
        } else {
            known().find(|d| d.len() >= 3 && one_edit(d.as_bytes(), lower.as_bytes()))
        }
    })
}

/// Whether one insertion, deletion, replacement or exchange of neighbours makes `a` of `b`.
fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let same_start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (
        a.get(same_start..).unwrap_or_default(),
        b.get(same_start..).unwrap_or_default(),
    );
    let same_end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (
        a.get(..a.len() - same_end).unwrap_or_default(),
        b.get(..b.len() - same_end).unwrap_or_default(),
    );
    match (a, b) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([x, y], [v, w]) => x == w && y == v,
        _ => false,
    }
}
