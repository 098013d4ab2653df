//! Findings: where they are put, and the texts that several directives share.

use super::{Failed, PResult, Parser, codes};
use crate::ast::{Mode, Quote};
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Span;
use ecow::{EcoString, eco_format};

/// Errors of one text that are reported; further ones would help nobody.
const MAX_ERRORS: usize = 100;

/// What is to be done about text in a strict script (spec 01 §1).
pub(super) const STRICT_TEXT: &str =
    "Text content not allowed in strict mode (.mld). Use .mld.md for prose.";

impl Parser<'_> {
    /// Reports an error at the start of the directive (spec 01 §14); what is being parsed has failed.
    pub(super) fn fail<T>(
        &mut self,
        code: &'static str,
        message: impl Into<EcoString>,
    ) -> PResult<T> {
        let span = self.span_from(self.start);
        self.report(Severity::Error, code, message.into(), span, None);
        Err(Failed)
    }

    /// [`Parser::fail`] with a hint.
    pub(super) fn fail_hint<T>(
        &mut self,
        code: &'static str,
        message: impl Into<EcoString>,
        hint: impl Into<EcoString>,
    ) -> PResult<T> {
        let span = self.span_from(self.start);
        self.report(
            Severity::Error,
            code,
            message.into(),
            span,
            Some(hint.into()),
        );
        Err(Failed)
    }

    /// Reports an error at `at`, the place where the parser could not go on. An empty hint is none.
    pub(super) fn fail_at<T>(
        &mut self,
        at: usize,
        code: &'static str,
        message: impl Into<EcoString>,
        hint: impl Into<EcoString>,
    ) -> PResult<T> {
        let hint = Some(hint.into()).filter(|h: &EcoString| !h.is_empty());
        let span = Span::new(at, self.char_end(at));
        self.report(Severity::Error, code, message.into(), span, hint);
        self.pos = self.pos.max(at);
        Err(Failed)
    }

    /// Reports a warning about `span`.
    pub(super) fn warn(
        &mut self,
        code: &'static str,
        message: &str,
        hint: impl Into<EcoString>,
        span: Span,
    ) {
        self.report(
            Severity::Warning,
            code,
            message.into(),
            span,
            Some(hint.into()),
        );
    }

    fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        message: EcoString,
        span: Span,
        hint: Option<EcoString>,
    ) {
        if self.diagnostics.len() < MAX_ERRORS {
            self.diagnostics.push(Diagnostic {
                severity,
                code,
                message,
                hint,
                span,
            });
        }
    }

    /// The offset behind the character at `at`.
    pub(super) fn char_end(&self, at: usize) -> usize {
        let rest = self.src.get(at..self.end).unwrap_or_default();
        at + rest.chars().next().map_or(0, char::len_utf8)
    }

    /// Reports text that belongs to no directive: the strict-mode text error and its relatives.
    pub(super) fn fail_text<T>(&mut self, at: usize, hint: impl Into<EcoString>) -> PResult<T> {
        let message = match (self.block, self.mode) {
            (None, Mode::Strict) => STRICT_TEXT.into(),
            (None, Mode::Markdown) => "Unexpected text after the directive.".into(),
            (Some(kind), _) => eco_format!("Unexpected text in {kind} block."),
        };
        self.fail_at(at, codes::TEXT, message, hint)
    }

    /// Reports a loop of a template that is misplaced or has no end, as the template's mistake (spec 01 §6.4).
    pub(super) fn fail_loop_place<T>(&mut self, quote: Quote) -> PResult<T> {
        let (code, message) = self.unclosed(quote);
        let hint = "A /for stands in the first column of a later line, and so does its /end.";
        self.fail_hint(code, message, hint)
    }

    /// Reports that the quotes `quote` are not closed.
    pub(super) fn fail_unclosed<T>(&mut self, quote: Quote) -> PResult<T> {
        let (code, message) = self.unclosed(quote);
        self.fail(code, message)
    }

    fn unclosed(&self, quote: Quote) -> (&'static str, EcoString) {
        let subject = self.subject;
        match quote {
            Quote::Double => {
                let text = eco_format!(
                    "Unclosed string in {subject} directive. Expected closing double quote (\")."
                );
                (codes::UNCLOSED_DOUBLE, text)
            }
            Quote::Single => {
                let text = eco_format!(
                    "Unclosed string in {subject} directive. Expected closing single quote."
                );
                (codes::UNCLOSED_SINGLE, text)
            }
            Quote::Backtick => {
                let text = eco_format!(
                    "Unclosed backtick template in {subject} directive. Expected closing backtick (`)."
                );
                (codes::UNCLOSED_BACKTICK, text)
            }
            Quote::DoubleColon | Quote::TripleColon | Quote::Brackets => {
                let end = match quote {
                    Quote::DoubleColon => "::",
                    Quote::TripleColon => ":::",
                    _ => "]]",
                };
                let text = eco_format!(
                    "Unclosed template in {subject} directive. Expected closing '{end}' delimiter."
                );
                (codes::UNCLOSED_TEMPLATE, text)
            }
        }
    }

    /// Reports that a value is expected and something else stands there: the directive's own text.
    pub(super) fn fail_syntax<T>(&mut self, hint: impl Into<EcoString>) -> PResult<T> {
        let (code, message) = syntax_text(self.subject);
        let hint = hint.into();
        if hint.is_empty() {
            self.fail(code, message)
        } else {
            self.fail_hint(code, message, hint)
        }
    }
}

/// What a directive that is broken in no particular way is told.
fn syntax_text(subject: &str) -> (&'static str, EcoString) {
    let (code, text) = match subject {
        "var" => (
            codes::SYNTAX,
            "Invalid var syntax. Expected: var @name = value",
        ),
        "let" => (
            codes::SYNTAX,
            "Invalid let syntax. Expected: let @name = value",
        ),
        "show" => (
            codes::SYNTAX,
            "Invalid show syntax. Expected: show `template`, show @variable, show <path>, or show <path # section>",
        ),
        "exe" => (
            codes::EXE_SYNTAX,
            "Invalid exe syntax. Expected: exe @name(params) = body",
        ),
        "if" => (codes::IF_SYNTAX, super::flow::IF_SYNTAX),
        "when" => (
            codes::WHEN_SYNTAX,
            "Invalid when syntax: expected '=>' or '[' after the condition.",
        ),
        "for" => (
            codes::FOR_SYNTAX,
            "Invalid for syntax. Expected: for @var in @collection => action  OR  for @var in @collection [...]",
        ),
        "foreach" => (
            codes::FOR_SYNTAX,
            "Invalid foreach syntax. Expected: foreach @exe(@array)",
        ),
        "loop" => (
            codes::LOOP_SYNTAX,
            "Invalid loop syntax. Expected: loop(<cap>[, <rate>]) until @condition [ ... ]",
        ),
        "run" => (
            codes::RUN_BRACES,
            "Commands in run must be wrapped in braces or quotes",
        ),
        "output" => (
            codes::OUTPUT_SYNTAX,
            "Invalid output syntax. Expected: output @source to \"path\"",
        ),
        "append" => (
            codes::APPEND_SYNTAX,
            "append syntax error. Expected: append @source to \"path\".",
        ),
        "import" => (
            codes::IMPORT_SYNTAX,
            "Invalid import syntax. Expected: import \"path\", import @module, or import { items } from \"path\"",
        ),
        "export" => (
            codes::IMPORT_SYNTAX,
            "Invalid export syntax. Expected: export { @name, @other as @alias }",
        ),
        "policy" => (
            codes::POLICY_SYNTAX,
            "Invalid policy syntax. Expected: policy @name = { ... } or union(@a, @b)",
        ),
        "auth" => (
            codes::POLICY_SYNTAX,
            "Invalid auth syntax. Expected: auth @name = \"ENV_VAR\" or { from, as }",
        ),
        "needs" => (
            codes::POLICY_SYNTAX,
            "Invalid needs syntax. Expected: needs { cmd: [name], sh }",
        ),
        "profiles" => (
            codes::POLICY_SYNTAX,
            "Invalid profiles syntax. Expected: profiles { name: { requires: { ... } } }",
        ),
        "guard" => (
            codes::GUARD_SYNTAX,
            "Invalid guard syntax. Expected: guard @name before FILTER = when [ condition => action ]",
        ),
        "hook" => (
            codes::HOOK_SYNTAX,
            "Invalid hook syntax. Expected: hook @name before FILTER = [ ... ]",
        ),
        "checkpoint" => (
            codes::HOOK_SYNTAX,
            "Invalid checkpoint syntax. Expected: checkpoint \"name\"",
        ),
        "sign" => (
            codes::SIGN_SYNTAX,
            "Invalid sign syntax. Expected: sign @name by \"signer\" with sha256",
        ),
        "verify" => (
            codes::SIGN_SYNTAX,
            "Invalid verify syntax. Expected: verify @name",
        ),
        "box" => (codes::BOX_SYNTAX, super::box_env::BOX_NEEDS_BLOCK),
        other => return (codes::SYNTAX, eco_format!("Invalid {other} syntax.")),
    };
    (code, text.into())
}
