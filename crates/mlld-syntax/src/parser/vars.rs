//! `var`, `let`, `+=`, and statements that begin with `@` (spec 01 §7, 02 §1.2).

use super::{PResult, Parser, Place, codes};
use crate::ast::{Augment, Expr, ExprKind, Let, Name, Path, StepKind, StmtKind, Var};
use ecow::eco_format;

/// Directives that cannot be meant as the value of an `=` on the line before (spec 01 §15, 15).
const NEVER_A_VALUE: [&str; 10] = [
    "show", "var", "exe", "import", "output", "log", "append", "export", "policy", "guard",
];

impl Parser<'_> {
    /// `var …`, behind the word.
    pub(super) fn var(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let tools = self.at_word("tools") && {
            let next = self.hws_end(self.pos + "tools".len());
            !matches!(self.byte(next), Some(b'=' | b',' | b':'))
        };
        if tools {
            self.pos += "tools".len();
            self.skip_hws();
        }
        let labels = self.declared_labels()?;
        let name = self.declared_name()?;
        let optional = self.eat("?");
        self.equals(&name)?;
        let value = self.value_behind_equals(&name, tools)?;
        Ok(StmtKind::Var(Box::new(Var {
            tools,
            labels,
            name,
            optional,
            value,
        })))
    }

    /// `let …`, behind the word.
    pub(super) fn let_stmt(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let labels = self.declared_labels()?;
        let name = self.declared_name()?;
        let at = self.hws_end(self.pos);
        if self.text_at(at, "+=") {
            self.pos = at + 2;
            let value = self.value_behind_equals(&name, false)?;
            return Ok(StmtKind::Augment(Box::new(Augment {
                labels,
                name,
                value,
            })));
        }
        self.refuse_field_assignment(self.pos)?;
        self.equals(&name)?;
        let value = self.value_behind_equals(&name, false)?;
        Ok(StmtKind::Let(Box::new(Let {
            labels,
            name,
            value,
        })))
    }

    /// Labels between the word and the `@` of a declaration.
    pub(super) fn declared_labels(&mut self) -> PResult<Vec<Name>> {
        let word = self.pos + self.name_len(self.pos);
        let equals = self.hws_end(word);
        let labels = if self.byte(equals) == Some(b'=') && word > self.pos {
            let name = self.name();
            name.into_iter().collect()
        } else {
            self.label_list()?
        };
        self.skip_hws();
        let next = self.ahead().at;
        match self.peek() {
            Some(b'@') => Ok(labels),
            Some(b'\n' | b'\r') if self.byte(next) == Some(b'@') => {
                self.pos = next;
                Ok(labels)
            }
            Some(b'=') if !labels.is_empty() => {
                let (subject, name) = (
                    self.subject,
                    labels.last().map(|l| l.text.clone()).unwrap_or_default(),
                );
                let message = eco_format!(
                    "Missing '@' before variable name in {subject} directive. Use: {subject} @{name} = value"
                );
                self.fail(codes::MISSING_AT, message)
            }
            _ => self.fail_syntax(""),
        }
    }

    /// The `@name` of a `var` or `let`.
    fn declared_name(&mut self) -> PResult<Name> {
        let Some(name) = self.at_name() else {
            let message = eco_format!(
                "Invalid variable name in {} directive. Variable names must start with a letter or underscore.",
                self.subject
            );
            return self.fail(codes::BAD_NAME, message);
        };
        if self.peek() == Some(b'(') {
            let message = eco_format!("Cannot define executables with {}.", self.subject);
            let hint = eco_format!("Use exe: exe @{}(…) = …", name.text);
            return self.fail_hint(codes::VAR_WITH_PARAMS, message, hint);
        }
        Ok(name)
    }

    /// The `=` behind a variable's name, on this line or the next.
    fn equals(&mut self, name: &Name) -> PResult<()> {
        let at = self.ahead().at;
        if self.byte(at) == Some(b'=') && !self.text_at(at, "=>") && !self.text_at(at, "==") {
            self.pos = at + 1;
            return Ok(());
        }
        let (subject, name) = (self.subject, &name.text);
        let message =
            eco_format!("Invalid {subject} syntax. Expected '=' after variable name '@{name}'.");
        self.fail(codes::MISSING_EQUALS, message)
    }

    /// The value behind an `=`, on this line or the next.
    fn value_behind_equals(&mut self, name: &Name, tools: bool) -> PResult<Expr> {
        self.go_to_value(&name.text)?;
        if tools && self.at_word("mcp") {
            let start = self.pos;
            self.pos += "mcp".len();
            self.skip_hws();
            let server = self.value(Place::default())?;
            return Ok(self.expr_from(start, ExprKind::Mcp(Box::new(server))));
        }
        self.value(Place::default())
    }

    /// Goes to the value behind an `=`; there has to be one.
    pub(super) fn go_to_value(&mut self, name: &str) -> PResult<()> {
        let ahead = self.ahead();
        let word_at = ahead.at + usize::from(self.text_at(ahead.at, "/"));
        let missing = match self.byte(ahead.at) {
            None => true,
            Some(b']' | b';') => true,
            _ if ahead.lines == 0 => false,
            Some(b'=') => self.text_at(ahead.at, "=>"),
            Some(b'@') if self.block.is_some() => {
                let next = self.hws_end(ahead.at + 1 + self.name_len(ahead.at + 1));
                self.text_at(next, "+=")
            }
            _ => {
                let word = self.word_from(word_at);
                NEVER_A_VALUE.contains(&word)
                    || (self.block.is_some() && super::stmt::is_only_statement(word))
            }
        };
        if missing {
            let subject = self.subject;
            let what = match subject {
                "exe" => eco_format!("a body after '=' for executable '@{name}'"),
                "file" | "files" => "content after '='".into(),
                _ => eco_format!("a value after '=' for variable '@{name}'"),
            };
            let message = eco_format!("Missing value in {subject} directive. Expected {what}.");
            return self.fail(codes::MISSING_VALUE, message);
        }
        self.pos = ahead.at;
        Ok(())
    }

    /// A statement that begins with `@`: a call, `@x += …`, or a mistake.
    pub(super) fn at_stmt(&mut self) -> PResult<StmtKind> {
        let start = if self.at_top() { self.start } else { self.pos };
        self.framed("call", start, |p| {
            let begin = p.pos;
            let Some(name) = p.at_name() else {
                return p.fail_text(begin, "");
            };
            let next = p.hws_end(p.pos);
            if p.text_at(next, "+=") && p.block_or_action() {
                p.pos = next + 2;
                p.subject = "+=";
                let value = p.value_behind_equals(&name, false)?;
                return Ok(StmtKind::Augment(Box::new(Augment {
                    labels: Vec::new(),
                    name,
                    value,
                })));
            }
            if p.block_or_action() {
                p.refuse_field_assignment(p.pos)?;
                if p.byte(next) == Some(b'=') && !p.text_at(next, "=>") && !p.text_at(next, "==") {
                    let name = &name.text;
                    let hint = eco_format!(
                        "Write let @{name} = … to bind it, or @{name} += … to add to it."
                    );
                    return p.fail_hint(
                        codes::ASSIGNMENT,
                        eco_format!("'@{name} = …' is not a statement."),
                        hint,
                    );
                }
                if let Some(op @ (b'-' | b'*' | b'/' | b'%')) = p.byte(next)
                    && p.byte(next + 1) == Some(b'=')
                {
                    let message = eco_format!("'{}=' does not exist.", op as char);
                    return p.fail_hint(codes::ASSIGNMENT, message, "Only += changes a variable.");
                }
            }
            p.pos = begin;
            let call = p.path_expr(Place::default())?;
            let call = p.value_tails(call, Place::default())?;
            if !call.is_call() {
                // `@f (1)`: the bracket is the mistake.
                let bracket = p.hws_end(p.pos);
                let at = if p.byte(bracket) == Some(b'(') {
                    bracket
                } else {
                    begin
                };
                p.pos = at;
                let hint = p.rest_hint();
                return p.fail_text(at, hint);
            }
            Ok(StmtKind::Call(Box::new(call)))
        })
    }

    /// Whether statements of a block may stand here.
    fn block_or_action(&self) -> bool {
        self.block.is_some() || self.in_action
    }

    /// `@o.a += 1`: accesses behind the name that ends at `start`, and a `+=`.
    pub(super) fn refuse_field_assignment(&mut self, start: usize) -> PResult<()> {
        let mut at = start;
        loop {
            match self.byte(at) {
                Some(b'.') if self.name_len(at + 1) > 0 => at += 1 + self.name_len(at + 1),
                Some(b'[') => match self.index_end(at) {
                    Some(end) => at = end,
                    None => break,
                },
                _ => break,
            }
        }
        if at > start && self.text_at(self.hws_end(at), "+=") {
            return self.fail(
                codes::ASSIGNMENT,
                "Augmented assignment only supports simple variables. Use: let @variable += value",
            );
        }
        Ok(())
    }
}

impl Expr {
    /// Whether a call is what this is for: the path has a call in it, pipes and options may follow.
    pub(super) fn is_call(&self) -> bool {
        match &self.kind {
            ExprKind::Path(path) => path.is_call(),
            ExprKind::Pipe(pipe) => pipe.source.as_ref().is_some_and(Expr::is_call),
            ExprKind::With(with) => with.value.is_call(),
            _ => false,
        }
    }
}

impl Path {
    /// Whether a call is among its steps.
    pub(super) fn is_call(&self) -> bool {
        self.steps
            .iter()
            .any(|s| matches!(s.kind, StepKind::Call(_) | StepKind::Method(..)))
    }
}
