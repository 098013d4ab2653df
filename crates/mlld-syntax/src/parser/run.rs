//! `run` as directive and as value (spec 02 §7.3).

use super::cursor::is_name_start;
use super::primary::code_word;
use super::{PResult, Parser, Place, stmt};
use crate::ast::{Code, CodeBody, Expr, ExprKind, Lang, Run, StmtKind};

impl Parser<'_> {
    /// `run …` as a statement, behind the word.
    pub(super) fn run_stmt(&mut self) -> PResult<StmtKind> {
        self.run(Place::default())
            .map(|r| StmtKind::Run(Box::new(r)))
    }

    /// `run …`, behind the word.
    pub(super) fn run(&mut self, place: Place) -> PResult<Run> {
        self.skip_hws();
        let mut labels = self.effect_labels()?;
        let stream = self.at_word("stream");
        if stream {
            self.pos += "stream".len();
            self.skip_hws();
        }
        let (stdin, value) = self.run_operand(place)?;
        let value = self.value_tails(value, place)?;
        self.labels_behind(&mut labels)?;
        Ok(Run {
            labels,
            stdin,
            stream,
            value,
        })
    }

    fn run_operand(&mut self, place: Place) -> PResult<(Option<Expr>, Expr)> {
        let start = self.pos;
        match self.peek() {
            Some(b'{') => Ok((None, self.run_command(place)?)),
            Some(b'"' | b'\'') => {
                let command = self.quoted_command()?;
                let span = self.span_from(start);
                let code = Code {
                    lang: Lang::Cmd,
                    dir: None,
                    params: Vec::new(),
                    body: CodeBody::Command(command),
                    span,
                };
                Ok((None, self.expr_from(start, ExprKind::Code(Box::new(code)))))
            }
            Some(b'|') if self.at("||") => {
                let value = self.leading_group(start, place)?;
                Ok((None, value))
            }
            Some(b'@') if self.name_len(start + 1) > 0 => {
                let operand = self.path_expr(place)?;
                let next = self.ahead_in(place).at;
                let command = !operand.is_call()
                    && self.byte(next) == Some(b'|')
                    && self.command_at(next + 1);
                if !command {
                    return Ok((None, operand));
                }
                self.pos = next + 1;
                self.pos = self.ahead_in(place).at;
                let value = if self.peek() == Some(b'{') {
                    self.run_command(place)?
                } else {
                    self.primary(place)?
                };
                Ok((Some(operand), value))
            }
            Some(b) if is_name_start(b) => {
                let word = self.word_from(start);
                match code_word(word) {
                    Some(_) if self.code_ahead(start + word.len()) => {
                        Ok((None, self.primary(place)?))
                    }
                    _ if word == "prose" => Ok((None, self.primary(place)?)),
                    _ => self.fail_syntax("Write: run cmd { … } or run \"…\""),
                }
            }
            _ => self.fail_syntax("Write: run cmd { … } or run \"…\""),
        }
    }

    /// `{ … }` as a command line.
    fn run_command(&mut self, place: Place) -> PResult<Expr> {
        let start = self.pos;
        let code = self.code(Lang::Cmd, 0)?;
        let code = self.expr_from(start, ExprKind::Code(Box::new(code)));
        self.call_tails(code, place)
    }

    /// Whether a command or code block stands at or behind the blanks at `at`.
    fn command_at(&self, at: usize) -> bool {
        let at = self.hws_end(at);
        if self.byte(at) == Some(b'{') {
            return true;
        }
        let word = self.word_from(at);
        code_word(word).is_some() && self.code_ahead(at + word.len())
    }

    /// Labels behind a command: `run cmd { … } pii` (spec 05 §3.1).
    fn labels_behind(&mut self, labels: &mut Vec<crate::ast::Name>) -> PResult<()> {
        let end = self.pos;
        self.skip_hws();
        let word = self.word_from(self.pos);
        let taken = matches!(
            word,
            "" | "as" | "with" | "else" | "to" | "in" | "until" | "from" | "denied" | "pipeline"
        );
        if self.pos == end
            || taken
            || stmt::is_reserved_there(word)
            || !self.peek().is_some_and(is_name_start)
        {
            self.pos = end;
            return Ok(());
        }
        for label in self.label_list()? {
            self.add_label(labels, label)?;
        }
        Ok(())
    }
}
