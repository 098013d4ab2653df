//! Operands: literals, paths, brackets, and words that begin a value (spec 01 §8, level 9).

use super::cursor::{is_blank, is_name_part, is_name_start};
use super::{PResult, Parser, Place, codes, stmt};
use crate::ast::{Expr, ExprKind, Lang, New, Quote};
use ecow::eco_format;

impl Parser<'_> {
    /// One operand, with the accesses, calls and options that belong to it.
    pub(super) fn primary(&mut self, place: Place) -> PResult<Expr> {
        let start = self.pos;
        match self.peek() {
            Some(b'@') => self.path_expr(place),
            Some(b'"') => self.quoted(Quote::Double),
            Some(b'\'') => self.quoted(Quote::Single),
            Some(b'`') => self.quoted(Quote::Backtick),
            Some(b':') if self.at(":::") && !self.empty_colons() => self.quoted(Quote::TripleColon),
            Some(b':') if self.at("::") => self.quoted(Quote::DoubleColon),
            Some(b'0'..=b'9') => self.number(),
            Some(b'-') if self.peek_at(1).is_some_and(|b| b.is_ascii_digit()) => self.number(),
            Some(b'[') => self.bracket_value(place),
            Some(b'{') => self.object(),
            Some(b'(') => self.parenthesis(place),
            Some(b'<') if self.at("<<") => self.fail_value(start),
            Some(b'<') => self.file_expr(place),
            Some(b) if is_name_start(b) => self.word_value(place),
            _ => self.fail_value(start),
        }
    }

    /// Whether `::::` stands here as an empty `::` template.
    fn empty_colons(&self) -> bool {
        let end = self.pos + 4;
        let ends = self
            .byte(end)
            .is_none_or(|b| is_blank(b) || matches!(b, b',' | b')' | b']' | b'}' | b'|' | b';'));
        self.at("::::") && ends
    }

    /// No value begins here.
    fn fail_value<T>(&mut self, at: usize) -> PResult<T> {
        match self.byte(at) {
            Some(b'-') if self.byte(at + 1) == Some(b'@') => {
                let message = "There is no unary minus.";
                self.fail_at(at, codes::UNKNOWN_OPERATOR, message, "Write 0 - @a.")
            }
            Some(b'+') => self.fail_at(
                at,
                codes::BAD_NUMBER,
                "A number has no sign '+'.",
                "Leave the + out.",
            ),
            Some(b'.') if self.byte(at + 1).is_some_and(|b| b.is_ascii_digit()) => self.fail_at(
                at,
                codes::BAD_NUMBER,
                "A number begins with a digit.",
                "Write 0.5, not .5.",
            ),
            Some(b'>' | b'<') if self.comment_at(at) => {
                self.fail_syntax("A value is missing before the comment.")
            }
            _ => self.fail_syntax(""),
        }
    }

    /// A number literal (spec 01 §5).
    pub(super) fn number(&mut self) -> PResult<Expr> {
        let start = self.pos;
        self.eat("-");
        self.skip_digits();
        if self.peek() == Some(b'.') && self.peek_at(1).is_some_and(|b| b.is_ascii_digit()) {
            self.pos += 1;
            self.skip_digits();
        }
        if let Some(b) = self.peek()
            && is_name_part(b)
        {
            let hint = match b {
                b'e' | b'E' => "There are no exponents: write the digits out.",
                b'_' => "There are no digit separators.",
                _ => "Put quotes around it if a text is meant.",
            };
            let message = eco_format!(
                "Invalid number: '{}' cannot follow its digits.",
                char::from(b)
            );
            return self.fail_at(self.pos, codes::BAD_NUMBER, message, hint);
        }
        let value = self.text(start, self.pos).parse().unwrap_or(f64::NAN);
        Ok(self.expr_from(start, ExprKind::Number(value)))
    }

    pub(super) fn skip_digits(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.pos += 1;
        }
    }

    /// `[ … ]` as a value: a block, an array, or a `[[…]]` template where an array is not possible.
    fn bracket_value(&mut self, place: Place) -> PResult<Expr> {
        let start = self.pos;
        if self.block_ahead(false) {
            let block = self.block("value", false)?;
            return Ok(self.expr_from(start, ExprKind::Block(Box::new(block))));
        }
        if self.at("[[") && self.mustache_ahead() {
            return self.quoted(Quote::Brackets);
        }
        let array = self.array()?;
        self.postfix(array, place)
    }

    /// Whether the text behind `[[` cannot be the first item of an array.
    fn mustache_ahead(&self) -> bool {
        let mut at = self.pos + 2;
        while self.byte(at).is_some_and(is_blank) {
            at += 1;
        }
        match self.byte(at) {
            Some(b'{') => self.byte(at + 1) == Some(b'{'),
            Some(b) if is_name_start(b) => !stmt::is_reserved_there(self.word_from(at)),
            Some(
                b'#' | b'*' | b',' | b'.' | b';' | b'=' | b'$' | b'%' | b'&' | b'?' | b'~' | b'^',
            ) => true,
            Some(b) => !b.is_ascii(),
            None => false,
        }
    }

    fn parenthesis(&mut self, place: Place) -> PResult<Expr> {
        let inner = Place {
            denied: place.denied,
            ..Place::paren()
        };
        self.nested(|p| {
            let start = p.pos;
            p.pos += 1;
            p.skip_trivia();
            if p.at_end() {
                return p.fail_unclosed_paren();
            }
            let mut value = p.value(inner)?;
            p.skip_trivia();
            if !p.eat(")") {
                return p.fail_unclosed_paren();
            }
            value.span = p.span_from(start);
            Ok(value)
        })
    }

    pub(super) fn fail_unclosed_paren<T>(&mut self) -> PResult<T> {
        self.fail(
            codes::UNCLOSED_PAREN,
            "Unclosed parenthesis in expression. Expected ')'",
        )
    }

    /// A value that begins with a word.
    fn word_value(&mut self, place: Place) -> PResult<Expr> {
        let start = self.pos;
        let word = self.word_from(start);
        if let Some(lang) = code_word(word)
            && self.code_ahead(start + word.len())
        {
            let code = self.code(lang, word.len())?;
            let code = self.expr_from(start, ExprKind::Code(Box::new(code)));
            return self.call_tails(code, place);
        }
        match word {
            "true" => Ok(self.word_expr(4, ExprKind::Bool(true))),
            "false" => Ok(self.word_expr(5, ExprKind::Bool(false))),
            "null" => Ok(self.word_expr(4, ExprKind::Null)),
            "denied" if place.denied => Ok(self.word_expr(6, ExprKind::Denied)),
            "when" => self.word_node("when", 4, |p| {
                p.when(false).map(|w| ExprKind::When(Box::new(w)))
            }),
            "for" => self.word_node("for", 3, |p| {
                p.for_loop().map(|f| ExprKind::For(Box::new(f)))
            }),
            "foreach" => self.word_node("foreach", 7, |p| {
                p.foreach().map(|f| ExprKind::Foreach(Box::new(f)))
            }),
            "loop" => self.word_node("loop", 4, |p| {
                p.loop_block().map(|l| ExprKind::Loop(Box::new(l)))
            }),
            "box" | "env" => self.word_node("box", 3, |p| {
                p.box_env().map(|b| ExprKind::Box(Box::new(b)))
            }),
            "verify" => self.word_node("verify", 6, |p| p.verify().map(ExprKind::Verify)),
            "run" => self.word_node("run", 3, |p| {
                p.run(place).map(|r| ExprKind::Run(Box::new(r)))
            }),
            "stream" => self.word_node("stream", 6, |p| {
                p.skip_hws();
                p.stream_value(place).map(|v| ExprKind::Stream(Box::new(v)))
            }),
            "new" => self.new_value(place),
            "data" if self.byte(self.hws_end(start + 4)) == Some(b'{') => {
                self.pos = self.hws_end(start + 4);
                let object = self.object()?;
                Ok(self.expr_from(start, ExprKind::Data(Box::new(object))))
            }
            "template" => self.template_value(),
            "prose" => self.fail_at(
                start,
                codes::NOT_SUPPORTED,
                "prose bodies are not supported yet.",
                "",
            ),
            "if" => self.fail_hint(
                codes::IF_SYNTAX,
                "'if' has no value and cannot stand here.",
                "Use when: when [ @condition => @a; * => @b ]",
            ),
            _ => self.fail_bare_word(word),
        }
    }

    fn fail_bare_word<T>(&mut self, word: &str) -> PResult<T> {
        if self.subject == "if" || self.subject == "run" {
            return self.fail_syntax("");
        }
        self.fail_syntax(eco_format!(
            "'{word}' is not a value: put quotes around a text, @ before a variable."
        ))
    }

    fn word_expr(&mut self, len: usize, kind: ExprKind) -> Expr {
        let start = self.pos;
        self.pos += len;
        self.expr_from(start, kind)
    }

    /// A construct that is a statement too: errors in its head are reported under its name.
    fn word_node(
        &mut self,
        subject: &'static str,
        len: usize,
        body: impl FnOnce(&mut Self) -> PResult<ExprKind>,
    ) -> PResult<Expr> {
        let start = self.pos;
        let kind = self.framed(subject, self.start, |p| {
            p.pos += len;
            p.nested(body)
        })?;
        Ok(self.expr_from(start, kind))
    }

    /// `new @x(…)` (spec 04 §7.11, 08).
    fn new_value(&mut self, place: Place) -> PResult<Expr> {
        let start = self.pos;
        self.pos += 3;
        self.skip_hws();
        if self.peek() != Some(b'@') {
            return self.fail_syntax("Write: new @name(…)");
        }
        let path = self.path(place)?;
        let new = self.expr_from(start, ExprKind::New(Box::new(New { path })));
        self.call_tails(new, place)
    }

    /// `template "f.att"`: the body of an executable, nothing else (spec 04 §4).
    fn template_value(&mut self) -> PResult<Expr> {
        let start = self.pos;
        let path_at = self.hws_end(start + "template".len());
        if !matches!(self.byte(path_at), Some(b'"' | b'\'' | b'`')) {
            return self.fail_bare_word("template");
        }
        if start != self.template_at {
            return self.fail_hint(
                codes::TEMPLATE_KEYWORD,
                "'template' keyword can only be used in exe definitions.",
                "Write: exe @name(param) = template \"file.att\"",
            );
        }
        self.pos = path_at;
        let path = self.primary(Place::default())?;
        Ok(self.expr_from(start, ExprKind::TemplateFile(Box::new(path))))
    }

    /// Whether a code block goes on behind its language word: `:DIR`, `(…) {` or `{`.
    pub(super) fn code_ahead(&self, at: usize) -> bool {
        match self.byte(at) {
            Some(b':') => self.byte(at + 1) != Some(b':'),
            _ => matches!(self.byte(self.hws_end(at)), Some(b'{' | b'(')),
        }
    }
}

/// The language that a word names.
pub(super) fn code_word(word: &str) -> Option<Lang> {
    Some(match word {
        "cmd" => Lang::Cmd,
        "sh" | "bash" => Lang::Sh,
        "js" | "javascript" => Lang::Js,
        "node" => Lang::Node,
        "py" | "python" => Lang::Py,
        _ => return None,
    })
}
