//! `guard` (spec 07 §1, §5).

use super::cursor::is_name_start;
use super::{PResult, Parser, Place, codes};
use crate::ast::{
    Guard, GuardAction, GuardEntry, GuardRule, Name, Quote, Stmt, StmtKind, Timing, WatchFilter,
};
use ecow::{EcoString, eco_format};

/// What `with { … }` of an `allow` says.
#[derive(Default)]
struct AllowWith {
    add: Vec<Name>,
    remove: Vec<Name>,
    warning: Option<EcoString>,
    tools: Option<crate::ast::Expr>,
}

impl Parser<'_> {
    /// `guard …`, behind the word.
    pub(super) fn guard(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let mut privileged = false;
        if self.at_word("privileged") {
            self.pos += "privileged".len();
            self.skip_hws();
            privileged = true;
        }
        let (name, timing, filter) = self.guard_head()?;
        let at = self.ahead().at;
        if self.byte(at) != Some(b'=') {
            let hint = if self.byte(at) == Some(b',') {
                "One filter a guard: write two guards."
            } else {
                ""
            };
            return self.fail_syntax(hint);
        }
        self.pos = at + 1;
        self.pos = self.ahead().at;
        if !self.eat_word("when") {
            return self.fail_syntax("The rules of a guard stand in when [ … ].");
        }
        self.skip_hws();
        if self.eat_word("first") {
            self.skip_hws();
        }
        self.pos = self.ahead().at;
        if self.peek() != Some(b'[') {
            return self.fail_syntax("The rules of a guard stand in when [ … ].");
        }
        let saved = self.block.replace("guard");
        let rules = self.guard_rules();
        self.block = saved;
        let rules = rules?;
        let next = self.ahead().at;
        if self.with_at(next) {
            self.pos = next;
            self.privilege_clause()?;
            privileged = true;
        }
        Ok(StmtKind::Guard(Box::new(Guard {
            name,
            privileged,
            timing,
            filter,
            rules,
        })))
    }

    /// `[Name] Timing Filter` or `[Timing] [Name] for Filter`.
    fn guard_head(&mut self) -> PResult<(Option<Name>, Timing, WatchFilter)> {
        let mut name = self.at_name();
        self.skip_hws();
        let timing = self.timing(true);
        self.skip_hws();
        if name.is_none() && self.peek() == Some(b'@') {
            // `before @g for secret` names the guard behind its timing.
            let start = self.pos;
            let found = self.at_name();
            self.skip_hws();
            if self.at_word("for") {
                name = found;
            } else {
                self.pos = start;
            }
        }
        if self.eat_word("for") {
            self.skip_hws();
            return Ok((
                name,
                timing.unwrap_or(Timing::Before),
                self.watch_filter(false)?,
            ));
        }
        match timing {
            Some(timing) => Ok((name, timing, self.watch_filter(false)?)),
            None => self.fail_syntax(
                "A guard says when it acts: before, after or always; or `for FILTER`.",
            ),
        }
    }

    /// Eats `before`, `after` or, for guards, `always`.
    pub(super) fn timing(&mut self, always: bool) -> Option<Timing> {
        if self.eat_word("before") {
            Some(Timing::Before)
        } else if self.eat_word("after") {
            Some(Timing::After)
        } else if always && self.eat_word("always") {
            Some(Timing::Always)
        } else {
            None
        }
    }

    /// What a guard or a hook watches; a hook may give the start of the first argument.
    pub(super) fn watch_filter(&mut self, prefix: bool) -> PResult<WatchFilter> {
        let start = self.pos;
        if self.peek() == Some(b'@') {
            self.pos += 1;
            let name = self.dotted(b".")?;
            let mut text = None;
            if prefix && self.peek() == Some(b'(') {
                self.pos += 1;
                self.skip_ws();
                text = Some(self.plain_string()?);
                self.skip_ws();
                if !self.eat(")") {
                    return self.fail_unclosed_paren();
                }
            }
            return Ok(WatchFilter::Function(name, text));
        }
        if self.eat("op:") {
            return self.dotted(b":.").map(WatchFilter::Operation);
        }
        self.pos = start;
        if !self.peek().is_some_and(is_name_start) {
            return self.fail_syntax("A filter is @executable, op:operation or a label.");
        }
        self.dotted(b":").map(WatchFilter::Label)
    }

    /// Names joined by one of `joints`.
    fn dotted(&mut self, joints: &[u8]) -> PResult<Name> {
        let start = self.pos;
        loop {
            let len = self.name_len(self.pos);
            if len == 0 {
                return self.fail_syntax("A filter is @executable, op:operation or a label.");
            }
            self.pos += len;
            let joined =
                self.peek().is_some_and(|b| joints.contains(&b)) && self.name_len(self.pos + 1) > 0;
            if !joined {
                return Ok(self.name_from(start));
            }
            self.pos += 1;
        }
    }

    /// A text in quotes, taken as it is.
    pub(super) fn plain_string(&mut self) -> PResult<EcoString> {
        match self.peek() {
            Some(b'"') => self.plain_quoted(Quote::Double),
            Some(b'\'') => self.plain_quoted(Quote::Single),
            _ => self.fail_syntax("A text in quotes is expected."),
        }
    }

    fn guard_rules(&mut self) -> PResult<Vec<GuardEntry>> {
        self.pos += 1;
        let mut rules = Vec::new();
        loop {
            self.skip_separators();
            match self.peek() {
                None => return self.fail_unclosed_block(),
                Some(b']') if rules.is_empty() => {
                    return self.fail_syntax("A guard has at least one rule.");
                }
                Some(b']') => {
                    self.pos += 1;
                    return Ok(rules);
                }
                Some(b',') => {
                    return self.fail(
                        codes::COMMA,
                        "Comma separators are not allowed in guard rules.",
                    );
                }
                _ => rules.push(self.guard_entry()?),
            }
        }
    }

    fn guard_entry(&mut self) -> PResult<GuardEntry> {
        let start = self.pos;
        if self.at_word("let") {
            let kind = self.statement()?;
            return Ok(GuardEntry::Let(Stmt {
                kind,
                span: self.span_from(start),
            }));
        }
        let cond = if self.eat("*") {
            None
        } else {
            Some(self.expr(Place::condition())?)
        };
        let next = self.ahead().at;
        if !self.text_at(next, "=>") {
            return self.fail_syntax("A rule is: condition => action");
        }
        self.pos = next + 2;
        let action = self.guard_action()?;
        Ok(GuardEntry::Rule(GuardRule {
            cond,
            action,
            span: self.span_from(start),
        }))
    }

    fn guard_action(&mut self) -> PResult<GuardAction> {
        self.pos = self.ahead().at;
        if self.peek() == Some(b'[') {
            return self.nested(Self::guard_block);
        }
        let word = self.word_from(self.pos);
        match word {
            "allow" => {
                self.pos += word.len();
                self.allow()
            }
            "deny" => {
                self.pos += word.len();
                let reason = self.reason("Guard deny actions require a quoted reason: deny \"reason\"")?;
                Ok(GuardAction::Deny(reason))
            }
            "retry" => {
                self.pos += word.len();
                let hint = self.reason("Guard retry actions require a hint: retry \"hint\"")?;
                Ok(GuardAction::Retry(hint))
            }
            "env" | "box" => {
                self.pos += word.len();
                self.skip_hws();
                if !self.at_value() {
                    return self.fail(codes::GUARD_SYNTAX, "Guard env actions require a config value: env @config");
                }
                Ok(GuardAction::Env(self.value(Place::default())?))
            }
            _ if self.at_mods() => {
                let mods = self.mods()?;
                self.skip_hws();
                if !self.at_value() {
                    let message = eco_format!("Unknown guard action '{word}'.");
                    return self.fail_hint(
                        codes::GUARD_SYNTAX,
                        message,
                        "There are allow, deny \"reason\", retry \"hint\", env @config, and labels before a value.",
                    );
                }
                Ok(GuardAction::Modify(mods, self.value(Place::default())?))
            }
            _ => self.fail_hint(
                codes::GUARD_SYNTAX,
                "A guard action is missing behind '=>'.",
                "There are allow, deny \"reason\", retry \"hint\", env @config, and labels before a value.",
            ),
        }
    }

    /// The quoted text of `deny` and `retry`, never interpolated.
    fn reason(&mut self, message: &str) -> PResult<EcoString> {
        self.skip_hws();
        match self.peek() {
            Some(b'"' | b'\'') => self.plain_string(),
            _ => self.fail(codes::GUARD_SYNTAX, message),
        }
    }

    /// `allow [VALUE] [with { … }]`, in either order, behind the word.
    fn allow(&mut self) -> PResult<GuardAction> {
        let mut with = AllowWith::default();
        let mut value = None;
        let place = Place {
            no_with: true,
            ..Place::default()
        };
        let first = self.allow_with(&mut with)?;
        self.skip_hws();
        if self.at_value() {
            value = Some(self.value(place)?);
        }
        if !first {
            self.allow_with(&mut with)?;
        }
        let AllowWith {
            add,
            remove,
            warning,
            tools,
        } = with;
        Ok(GuardAction::Allow {
            value,
            add,
            remove,
            warning,
            tools,
        })
    }

    /// `with { addLabels, removeLabels, warning, tools }`; whether it stood here.
    fn allow_with(&mut self, with: &mut AllowWith) -> PResult<bool> {
        let next = self.ahead().at;
        if !self.with_at(next) {
            return Ok(false);
        }
        self.pos = self.hws_end(next + 4) + 1;
        while self.object_goes_on()? {
            let (key, _) = self.entry_key()?;
            match key.text.as_str() {
                "addLabels" => with.add = self.label_items()?,
                "removeLabels" => with.remove = self.label_items()?,
                "warning" => with.warning = Some(self.plain_string()?),
                "tools" => with.tools = Some(self.value(Place::default())?),
                other => {
                    let message = eco_format!("Unknown option '{other}' of a guard's allow.");
                    return self.fail_hint(
                        codes::GUARD_SYNTAX,
                        message,
                        "There are addLabels, removeLabels, warning and tools.",
                    );
                }
            }
            self.object_comma()?;
        }
        Ok(true)
    }

    /// `[ effects; action ]` (spec 07 §5.7).
    fn guard_block(&mut self) -> PResult<GuardAction> {
        self.pos += 1;
        let mut stmts = Vec::new();
        loop {
            self.skip_separators();
            let start = self.pos;
            match self.word_from(start) {
                "log" | "show" | "let" | "append" | "output" => {
                    let kind = self.statement()?;
                    stmts.push(Stmt {
                        kind,
                        span: self.span_from(start),
                    });
                }
                _ if self.at_end() => return self.fail_unclosed_block(),
                _ => break,
            }
        }
        let action = self.guard_action()?;
        self.skip_separators();
        if !self.eat("]") {
            return self.fail_syntax("A guard's block ends with its action.");
        }
        Ok(GuardAction::Block(stmts, Box::new(action)))
    }

    /// `with { privileged: true }`.
    fn privilege_clause(&mut self) -> PResult<()> {
        self.pos = self.hws_end(self.pos + 4) + 1;
        self.skip_ws();
        let key = self.eat_word("privileged");
        self.skip_ws();
        let colon = self.eat(":");
        self.skip_ws();
        let yes = self.eat_word("true");
        self.skip_ws();
        if key && colon && yes && self.eat("}") {
            return Ok(());
        }
        self.fail(
            codes::GUARD_SYNTAX,
            "Guard privilege clause only supports true",
        )
    }
}
