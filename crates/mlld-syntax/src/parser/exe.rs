//! `exe` and shadow environments (spec 02 §6.1, §6.2, §8.6).

use super::primary::code_word;
use super::{PResult, Parser, Place, codes};
use crate::ast::{Entry, Exe, Expr, ExprKind, Lang, Name, Param, ShadowEnv, StmtKind, With};
use ecow::eco_format;
use std::collections::HashSet;

impl Parser<'_> {
    /// `exe …`, behind the word.
    pub(super) fn exe(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        if let Some(lang) = self.shadow_lang() {
            return self.shadow_env(lang);
        }
        let labels = self.declared_labels()?;
        let Some(name) = self.at_name() else {
            return self.fail(
                codes::BAD_NAME,
                "Invalid executable name in exe directive. Names must start with a letter or underscore.",
            );
        };
        if self.peek() == Some(b'.') {
            return self.fail_hint(
                codes::EXE_SYNTAX,
                "Executables cannot be defined with nested field syntax.",
                "Define it under a plain name and put it in an object: var @a = { b: @f }",
            );
        }
        let bracket = self.hws_end(self.pos);
        let mut params = None;
        if self.byte(bracket) == Some(b'(') {
            self.pos = bracket;
            params = Some(self.params(&name.text)?);
        }
        let at = self.ahead().at;
        if self.byte(at) != Some(b'=') || self.text_at(at, "=>") || self.text_at(at, "==") {
            return self.fail_syntax("");
        }
        self.pos = at + 1;
        self.go_to_value(&name.text)?;
        let body = self.exe_value()?;
        let (body, with) = split_definition(body);
        let next = self.ahead().at;
        let with = match with {
            None if self.with_at(next) => {
                self.pos = next;
                Some(self.with_clause()?)
            }
            with => with,
        };
        Ok(StmtKind::Exe(Box::new(Exe {
            labels,
            name,
            params,
            body,
            with,
        })))
    }

    /// `(a, b: string)` (spec 02 §6.1).
    pub(super) fn params(&mut self, exe: &str) -> PResult<Vec<Param>> {
        let mut params: Vec<Param> = Vec::new();
        let mut seen = HashSet::new();
        self.pos += 1;
        loop {
            self.skip_trivia();
            if self.eat(")") {
                return Ok(params);
            }
            if self.at_end() {
                return self.fail_unclosed_paren();
            }
            if self.peek() == Some(b'@') {
                return self.fail_syntax("Parameters are written without '@': exe @name(a, b) = …");
            }
            let Some(name) = self.name() else {
                return self.fail_syntax("A parameter is a name.");
            };
            self.skip_ws();
            let mut ty = None;
            if self.eat(":") {
                self.skip_ws();
                ty = self.name();
                if !ty.as_ref().is_some_and(|t| is_type(&t.text)) {
                    return self
                        .fail_syntax("The types are string, number, boolean, object and array.");
                }
                self.skip_ws();
            }
            if self.peek() == Some(b'=') {
                return self.fail_syntax(
                    "Parameters have no default values: use @a ?? \"default\" in the body.",
                );
            }
            if !seen.insert(name.text.clone()) {
                let message = eco_format!(
                    "Duplicate parameter '{}' in executable '@{exe}'.",
                    name.text
                );
                return self.fail(codes::EXE_SYNTAX, message);
            }
            params.push(Param { name, ty });
            self.skip_trivia();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b')') => {}
                _ => return self.fail_unclosed_paren(),
            }
        }
    }

    /// The body of an executable (spec 02 §6.2).
    fn exe_value(&mut self) -> PResult<Expr> {
        let start = self.pos;
        match self.peek() {
            Some(b'[') if !self.at("[[") || self.block_ahead(true) => {
                let block = self.block("exe", false)?;
                return Ok(self.expr_from(start, ExprKind::Block(Box::new(block))));
            }
            Some(b'{') if !self.object_ahead() => {
                return self.fail(
                    codes::EXE_SYNTAX,
                    "Use cmd { … } for commands or data { … } for objects.",
                );
            }
            Some(b'=') if self.at("=>") => {
                return self
                    .fail_syntax("A body that returns is a block: exe @name() = [ => @value ]");
            }
            _ => {}
        }
        if self.at_word("run") {
            let at = self.hws_end(start + 3);
            let word = self.word_from(at);
            if code_word(word).is_some_and(|l| l != Lang::Cmd) && self.code_ahead(at + word.len()) {
                let hint = eco_format!("Write the code without run: exe @name() = {word} {{ … }}");
                return self.fail_hint(
                    codes::EXE_SYNTAX,
                    "Invalid 'run' keyword in exe definition.",
                    hint,
                );
            }
        }
        self.template_at = start;
        self.value(Place::default())
    }

    /// The language of `exe js = { … }`.
    fn shadow_lang(&self) -> Option<Lang> {
        let word = self.word_from(self.pos);
        let lang = code_word(word).filter(|l| matches!(l, Lang::Js | Lang::Node | Lang::Py))?;
        let at = self.hws_end(self.pos + word.len());
        if self.byte(at) == Some(b'=') && !self.text_at(at, "=>") {
            Some(lang)
        } else {
            None
        }
    }

    /// `exe js = { a, b }`.
    fn shadow_env(&mut self, lang: Lang) -> PResult<StmtKind> {
        let word = self.word_from(self.pos);
        self.pos = self.hws_end(self.pos + word.len()) + 1;
        self.pos = self.ahead().at;
        if !self.eat("{") {
            return self.fail_syntax("Write: exe js = { name, other }");
        }
        let mut names: Vec<Name> = Vec::new();
        loop {
            self.skip_trivia();
            if self.eat("}") {
                return Ok(StmtKind::ShadowEnv(Box::new(ShadowEnv { lang, names })));
            }
            self.eat("@");
            match self.name() {
                Some(name) => names.push(name),
                None if self.at_end() => return self.fail_unclosed_object(),
                None => return self.fail_syntax("Write: exe js = { name, other }"),
            }
            self.skip_trivia();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b'}') => {}
                Some(b':') => {
                    return self.fail_syntax("A function keeps the name of its executable.");
                }
                _ => return self.fail_unclosed_object(),
            }
        }
    }
}

fn is_type(word: &str) -> bool {
    matches!(word, "string" | "number" | "boolean" | "object" | "array")
}

/// Takes what belongs to the definition (`description`) from the options behind the body; the others belong
/// to the command or call of the body (spec 01 §16.7).
fn split_definition(body: Expr) -> (Expr, Option<With>) {
    let ExprKind::With(mut node) = body.kind else {
        return (body, None);
    };
    let is_own = |e: &Entry| matches!(e, Entry::Pair(p) if p.key.text == "description");
    let (own, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut node.with.entries)
        .into_iter()
        .partition(is_own);
    let with = if own.is_empty() {
        None
    } else {
        Some(With {
            entries: own,
            pipeline: None,
            using: None,
            span: node.with.span,
        })
    };
    if with.is_some()
        && rest.is_empty()
        && node.with.pipeline.is_none()
        && node.with.using.is_none()
    {
        return (node.value, with);
    }
    node.with.entries = rest;
    (
        Expr {
            kind: ExprKind::With(node),
            span: body.span,
        },
        with,
    )
}
