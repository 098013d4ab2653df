//! `if`, `for`, `loop` (spec 02 §2, §4, §5).

use super::block::Arrow;
use super::{PResult, Parser, Place, codes};
use crate::ast::{Action, Duration, For, If, Loop, LoopLimit, Parallel, StmtKind};
use ecow::eco_format;

/// `if` without condition or block.
pub(super) const IF_SYNTAX: &str = "Invalid if syntax: expected a condition and a bracketed block. Use: if @cond \
                                    [action]  or  if @cond [ ... ] else [ ... ]";

/// What every error of `for` goes on with.
const FOR_EXPECTED: &str =
    "Expected: for @var in @collection => action  OR  for @var in @collection [...]";

impl Parser<'_> {
    /// `if …`, behind the word.
    pub(super) fn if_stmt(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        if self.at_operand_end() && self.peek() != Some(b'|') {
            return self.fail(codes::IF_SYNTAX, IF_SYNTAX);
        }
        let cond = self.expr(Place::condition())?;
        let next = self.ahead().at;
        if self.byte(next) != Some(b'[') {
            if self.text_at(next, "=>") {
                return self.fail(
                    codes::IF_SYNTAX,
                    "Invalid if syntax: 'if' uses brackets for blocks. Use: if @cond [action]  or  if @cond [ ... ] \
                     else [ ... ]",
                );
            }
            return self.fail(codes::IF_SYNTAX, IF_SYNTAX);
        }
        self.pos = next;
        let then = self.block("if", false)?;
        let next = self.ahead().at;
        let mut otherwise = None;
        if self.word_at(next, "else") {
            self.pos = next + "else".len();
            let next = self.ahead().at;
            if self.word_at(next, "if") {
                return self.fail_hint(
                    codes::IF_SYNTAX,
                    "There is no 'else if'.",
                    "Nest the second if: else [ if @cond [ ... ] ], or use when.",
                );
            }
            if self.byte(next) != Some(b'[') {
                return self.fail(codes::IF_SYNTAX, IF_SYNTAX);
            }
            self.pos = next;
            otherwise = Some(self.block("else", false)?);
        }
        Ok(StmtKind::If(Box::new(If {
            cond,
            then,
            otherwise,
        })))
    }

    /// `for …`, behind the word.
    pub(super) fn for_loop(&mut self) -> PResult<For> {
        self.skip_hws();
        let parallel = self.parallel()?;
        self.pos = self.ahead().at;
        let Some(first) = self.at_name() else {
            return self.fail_for("Invalid for syntax.");
        };
        let mut item = first;
        let mut key = None;
        self.refuse_loop_field(&item.text)?;
        self.pos = self.ahead().at;
        if self.eat(",") {
            self.pos = self.ahead().at;
            let Some(second) = self.at_name() else {
                return self.fail_for("Invalid for syntax.");
            };
            key = Some(std::mem::replace(&mut item, second));
            self.refuse_loop_field(&item.text)?;
            self.pos = self.ahead().at;
        }
        if !self.eat_word("in") {
            return self.fail_for("Missing 'in' in for directive.");
        }
        self.pos = self.ahead().at;
        if self.at_end() || self.at("=>") {
            return self.fail_for("Invalid for syntax.");
        }
        let source = self.value(Place::default())?;
        let next = self.ahead().at;
        let mut filter = None;
        if self.word_at(next, "when") {
            self.pos = next + "when".len();
            self.pos = self.ahead().at;
            filter = Some(self.expr(Place::condition())?);
        }
        let body = self.for_body()?;
        let batch = if self.batch_ahead() {
            Some(self.batch_groups()?)
        } else {
            None
        };
        Ok(For {
            parallel,
            key,
            item,
            source,
            filter,
            body,
            batch,
        })
    }

    fn for_body(&mut self) -> PResult<Action> {
        let next = self.ahead().at;
        if self.text_at(next, "=>") {
            self.pos = next + 2;
            return self.action(Arrow {
                kind: "for",
                stmt: false,
                checkpoint: false,
            });
        }
        if self.byte(next) == Some(b'[') {
            self.pos = next;
            return Ok(Action::Block(self.block("for", false)?));
        }
        self.fail_for("Missing '=>' or '[' in for directive.")
    }

    /// Eats the second `=>` of a loop if a `|` follows it (spec 01 §16.9).
    pub(super) fn batch_ahead(&mut self) -> bool {
        let at = self.ahead().at;
        if !self.text_at(at, "=>") {
            return false;
        }
        let lines = self.ahead().lines;
        let saved = std::mem::replace(&mut self.pos, at + 2);
        let bar = self.ahead().at;
        // `=> || @a() || @b()` on a line of its own returns what a group gives: that is the next statement.
        let returns = lines > 0 && self.text_at(bar, "||");
        let found = self.byte(bar) == Some(b'|') && !returns;
        self.pos = if found { bar } else { saved };
        found
    }

    fn fail_for<T>(&mut self, what: &str) -> PResult<T> {
        self.fail(codes::FOR_SYNTAX, eco_format!("{what} {FOR_EXPECTED}"))
    }

    fn refuse_loop_field(&mut self, name: &str) -> PResult<()> {
        if self.peek() == Some(b'.') && self.name_len(self.pos + 1) > 0 {
            let field = self.text(self.pos + 1, self.pos + 1 + self.name_len(self.pos + 1));
            let message = eco_format!(
                "Cannot access field \"{field}\" on loop key \"@{name}\" - keys are primitive values (strings)"
            );
            return self.fail(codes::FOR_SYNTAX, message);
        }
        Ok(())
    }

    /// `parallel`, `parallel(cap, pace)`, and the older order with a warning.
    fn parallel(&mut self) -> PResult<Option<Parallel>> {
        let start = self.pos;
        match self.peek() {
            Some(b'0'..=b'9' | b'(') => {
                let (cap, pace) = if self.peek() == Some(b'(') {
                    self.parallel_brackets()?
                } else {
                    (Some(self.number()?), None)
                };
                self.skip_hws();
                if !self.eat_word("parallel") {
                    return self.fail_for("Invalid for syntax.");
                }
                let span = self.span_from(start);
                self.warn(
                    codes::OLD_PARALLEL,
                    "The number of passes stands behind 'parallel' now.",
                    "Write: for parallel(2) @x in @list",
                    span,
                );
                Ok(Some(Parallel {
                    cap,
                    pace,
                    old_order: true,
                }))
            }
            _ if self.at_word("parallel") => {
                self.pos += "parallel".len();
                self.skip_hws();
                if self.peek().is_some_and(|b| b.is_ascii_digit()) {
                    return self.fail_hint(
                        codes::FOR_SYNTAX,
                        "Wrong order for parallel syntax. The number must come BEFORE 'parallel'.",
                        "Or put it in brackets: for parallel(2) @x in @list",
                    );
                }
                let (cap, pace) = if self.peek() == Some(b'(') {
                    self.parallel_brackets()?
                } else {
                    (None, None)
                };
                Ok(Some(Parallel {
                    cap,
                    pace,
                    old_order: false,
                }))
            }
            _ => Ok(None),
        }
    }

    /// `(cap, pace)`, both optional.
    fn parallel_brackets(&mut self) -> PResult<(Option<crate::ast::Expr>, Option<Duration>)> {
        self.pos += 1;
        self.skip_ws();
        let mut cap = None;
        let mut pace = None;
        if !matches!(self.peek(), Some(b',' | b')')) {
            cap = Some(self.nested(|p| p.expr(Place::paren()))?);
            self.skip_ws();
        }
        if self.eat(",") {
            self.skip_ws();
            if self.peek() != Some(b')') {
                pace = Some(self.duration()?);
                self.skip_ws();
            }
        }
        if self.eat(")") {
            Ok((cap, pace))
        } else {
            self.fail_unclosed_paren()
        }
    }

    /// `loop …`, behind the word.
    pub(super) fn loop_block(&mut self) -> PResult<Loop> {
        self.skip_hws();
        let (mut limit, mut pace) = (None, None);
        match self.peek() {
            Some(b'(') => (limit, pace) = self.loop_limit()?,
            Some(b'0'..=b'9' | b'@') => {
                return self.fail(codes::LOOP_SYNTAX, "Missing '(' after loop keyword.");
            }
            _ if self.at_word("endless") => {
                return self.fail(codes::LOOP_SYNTAX, "Missing '(' after loop keyword.");
            }
            _ => {}
        }
        let next = self.ahead().at;
        let mut until = None;
        if self.word_at(next, "until") {
            self.pos = next + "until".len();
            self.pos = self.ahead().at;
            if self.at_end() || self.block_follows_until() {
                return self.fail(codes::LOOP_SYNTAX, "loop until requires a condition.");
            }
            until = Some(self.expr(Place::condition())?);
        }
        let next = self.ahead().at;
        if self.byte(next) != Some(b'[') {
            return self.fail(codes::LOOP_SYNTAX, "loop requires a block.");
        }
        self.pos = next;
        let body = self.block("loop", true)?;
        Ok(Loop {
            limit,
            pace,
            until,
            body,
        })
    }

    /// Whether the `[` behind `until` is the block and no condition.
    fn block_follows_until(&self) -> bool {
        self.peek() == Some(b'[') && self.block_ahead(true)
    }

    fn loop_limit(&mut self) -> PResult<(Option<LoopLimit>, Option<Duration>)> {
        self.pos += 1;
        self.skip_ws();
        let limit = if self.eat_word("endless") {
            LoopLimit::Endless
        } else if matches!(self.peek(), None | Some(b')' | b',')) {
            return self.fail(
                codes::LOOP_SYNTAX,
                "loop() requires a limit or endless. Expected: loop(<cap>[, <rate>])",
            );
        } else {
            LoopLimit::Count(self.nested(|p| p.expr(Place::paren()))?)
        };
        self.skip_ws();
        let mut pace = None;
        if self.eat(",") {
            self.skip_ws();
            pace = Some(self.duration()?);
            self.skip_ws();
        }
        if self.eat(")") {
            Ok((Some(limit), pace))
        } else {
            self.fail_unclosed_paren()
        }
    }
}
