//! A whole source text: header, front matter, strict lines, and where to go on after a mistake.

use super::{PResult, Parser, stmt};
use crate::ast::{FrontMatter, Item, Mode, Module, Name, Stmt, StmtKind};
use crate::span::Span;

impl Parser<'_> {
    /// Parses the text.
    pub(super) fn document(&mut self) -> Module {
        self.eat("\u{feff}");
        let front_matter = self.front_matter();
        let resume = if front_matter.is_none() {
            self.resume_header()
        } else {
            None
        };
        let items = match self.mode {
            Mode::Strict => self.strict_lines().into_iter().map(Item::Stmt).collect(),
            Mode::Markdown => self.markdown_lines(),
        };
        Module {
            mode: self.mode,
            resume,
            front_matter,
            items,
        }
    }

    /// `---` … `---` at the very start (spec 01 §1.3). A first `---` without a second one is text.
    fn front_matter(&mut self) -> Option<FrontMatter> {
        let start = self.pos;
        let is_rule =
            |p: &Self, at: usize| p.text(at, p.line_end(at)).trim_end_matches([' ', '\t']) == "---";
        if !is_rule(self, start) {
            return None;
        }
        self.skip_line();
        self.eat_eol();
        let yaml_start = self.pos;
        while !self.at_end() {
            let line = self.pos;
            let found = is_rule(self, line);
            self.skip_line();
            self.eat_eol();
            if found {
                return Some(FrontMatter {
                    yaml: self.text(yaml_start, line).into(),
                    span: self.span_from(start),
                });
            }
        }
        self.pos = start;
        None
    }

    /// `resume: WORD` on the first line (spec 03 §18.1). Whether the word is one, the runtime says.
    fn resume_header(&mut self) -> Option<Name> {
        let start = self.pos;
        let line_end = self.line_end(start);
        let value = self.text(start, line_end).strip_prefix("resume:")?;
        let word = value.trim_matches([' ', '\t']);
        let word = [r#"""#, "'"]
            .iter()
            .find_map(|q| word.strip_prefix(q).and_then(|w| w.strip_suffix(q)))
            .unwrap_or(word);
        if word.is_empty() || word.contains([' ', '\t', '"', '\'']) {
            return None;
        }
        let at = start + self.text(start, line_end).find(word).unwrap_or(0);
        self.skip_line();
        self.eat_eol();
        Some(Name {
            text: word.into(),
            span: Span::new(at, at + word.len()),
        })
    }

    /// The lines of a strict script, up to the end (spec 01 §1).
    pub(super) fn strict_lines(&mut self) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        loop {
            let line = self.pos;
            self.skip_hws();
            if self.at_comment() {
                self.skip_line();
            }
            if self.at_end() {
                return stmts;
            }
            if self.eat_eol() {
                continue;
            }
            let begins = self.pos == line && self.directive_at(line);
            stmts.push(if begins {
                self.top_level()
            } else {
                self.text_line(line)
            });
        }
    }

    /// Text on a line of its own in a strict script.
    fn text_line(&mut self, line: usize) -> Stmt {
        let start = self.pos;
        let hint = self.text_hint(line);
        self.subject = "script";
        self.start = start;
        let _ = self.fail_text::<()>(start, hint);
        self.hole(start)
    }

    /// One directive at the top level, with the rest of its line.
    pub(super) fn top_level(&mut self) -> Stmt {
        let start = self.pos;
        self.eat("/");
        match self.framed("script", start, Self::directive) {
            Ok(stmt) => stmt,
            Err(_) => self.hole(start),
        }
    }

    fn directive(&mut self) -> PResult<Stmt> {
        let start = self.start;
        let kind = self.statement()?;
        let span = self.span_from(start);
        self.end_of_directive()?;
        Ok(Stmt { kind, span })
    }

    /// Eats the rest of a directive's line: blanks, a comment, the line end.
    fn end_of_directive(&mut self) -> PResult<()> {
        self.skip_hws();
        if self.comment_at(self.pos) {
            self.skip_line();
        }
        if self.eat_eol() || self.at_end() {
            return Ok(());
        }
        let hint = self.rest_hint();
        self.fail_text(self.pos, hint)
    }

    /// Leaves a hole for a broken directive and goes to the next line that begins one.
    fn hole(&mut self, start: usize) -> Stmt {
        self.depth = 0;
        self.block = None;
        let fresh_line = self.pos > start && matches!(self.before(), Some(b'\n' | b'\r'));
        if !fresh_line {
            self.skip_line();
        }
        let span = self.span_from(start);
        if !fresh_line {
            self.eat_eol();
        }
        while !self.at_end() && !self.line_begins_directive() {
            self.skip_line();
            self.eat_eol();
        }
        Stmt {
            kind: StmtKind::Error,
            span,
        }
    }

    fn line_begins_directive(&self) -> bool {
        match self.mode {
            Mode::Strict => self.directive_at(self.pos),
            Mode::Markdown => {
                let at = self.hws_end(self.pos);
                self.text_at(at, "/") && self.directive_at(at)
            }
        }
    }

    /// Whether a directive begins at `at`, a line start (spec 01 §1.1).
    pub(super) fn directive_at(&self, at: usize) -> bool {
        let at = if self.text_at(at, "/") { at + 1 } else { at };
        match self.byte(at) {
            Some(b'=') => self.text_at(at, "=>"),
            Some(b'@') => self.call_at(at),
            Some(b'a'..=b'z') => stmt::is_directive(self.word_from(at)),
            _ => false,
        }
    }

    /// Whether `@name(.name)* (` stands at `at`.
    pub(super) fn call_at(&self, at: usize) -> bool {
        let mut to = at + 1;
        loop {
            let len = self.name_len(to);
            if len == 0 {
                return false;
            }
            to += len;
            if self.byte(to) != Some(b'.') {
                return self.byte(self.hws_end(to)) == Some(b'(');
            }
            to += 1;
        }
    }
}
