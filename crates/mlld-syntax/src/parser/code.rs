//! Code blocks: language, folder, parameters, body (spec 02 §8.1, §9.4).

use super::{PResult, Parser, codes, scan};
use crate::ast::{Code, CodeBody, Lang, Name, WorkDir};
use crate::span::Span;
use ecow::EcoString;

impl Parser<'_> {
    /// A code block whose language word of `len` bytes begins here; 0 for a bare `{ … }`.
    pub(super) fn code(&mut self, lang: Lang, len: usize) -> PResult<Code> {
        let start = self.pos;
        self.pos += len;
        let dir = if self.peek() == Some(b':') {
            Some(self.work_dir()?)
        } else {
            None
        };
        self.skip_hws();
        let params = if self.peek() == Some(b'(') {
            self.code_params()?
        } else {
            Vec::new()
        };
        self.skip_hws();
        if self.peek() != Some(b'{') {
            return self.fail_syntax("The code stands in braces.");
        }
        let body = if lang == Lang::Cmd {
            CodeBody::Command(self.braced_command()?)
        } else {
            self.foreign(lang)?
        };
        Ok(Code {
            lang,
            dir,
            params,
            body,
            span: self.span_from(start),
        })
    }

    /// `:DIR` behind a language word.
    fn work_dir(&mut self) -> PResult<WorkDir> {
        self.pos += 1;
        if self.peek() == Some(b'@') {
            return self.access_path().map(WorkDir::Path);
        }
        let start = self.pos;
        while self
            .peek()
            .is_some_and(|b| !super::cursor::is_blank(b) && b != b'{' && b != b'(')
        {
            self.pos += 1;
        }
        let text = self.text(start, self.pos);
        if text.starts_with('/') || text == "~" || text.starts_with("~/") {
            return Ok(WorkDir::Text(text.into()));
        }
        self.fail(codes::WORK_DIR, "Working directory must start with \"/\".")
    }

    /// `(@a, @b)`.
    fn code_params(&mut self) -> PResult<Vec<Name>> {
        let mut names = Vec::new();
        self.pos += 1;
        loop {
            self.skip_trivia();
            if self.eat(")") {
                return Ok(names);
            }
            match self.at_name() {
                Some(name) => names.push(name),
                None if self.at_end() => return self.fail_unclosed_paren(),
                None => {
                    return self.fail_syntax(
                        "The parameters of a code block are variables: sh (@a, @b) { … }",
                    );
                }
            }
            self.skip_trivia();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b')') => {}
                _ => return self.fail_unclosed_paren(),
            }
        }
    }

    /// `{ … }` in another language.
    fn foreign(&mut self, lang: Lang) -> PResult<CodeBody> {
        let open = self.pos;
        let source = self.src.as_bytes().get(..self.end).unwrap_or_default();
        match scan::code_end(lang, source, open + 1) {
            Ok(close) => {
                self.pos = close + 1;
                let text = dedent(self.text(open + 1, close));
                Ok(CodeBody::Foreign(text, Span::new(open + 1, close)))
            }
            Err(scan::Broken::Unclosed) => self.fail_unclosed_code(open),
            Err(scan::Broken::TooDeep(at)) => {
                self.pos = at;
                self.fail_at(
                    at,
                    codes::TOO_DEEP,
                    "Nesting is deeper than 200 levels.",
                    "",
                )
            }
        }
    }

    /// Reports a `{` that is not closed, at its line, and goes on behind that line; once a text.
    pub(super) fn fail_unclosed_code<T>(&mut self, open: usize) -> PResult<T> {
        let result = self.fail_at(
            open,
            codes::UNCLOSED_CODE,
            "Unclosed code block. Expected '}' to close it.",
            "",
        );
        let again = std::mem::replace(&mut self.unclosed_code, true);
        self.pos = if again { self.end } else { self.line_end(open) };
        result
    }
}

/// The text of a code block: line ends as `\n`, common indentation and outer white space removed.
fn dedent(raw: &str) -> EcoString {
    let lines: Vec<&str> = raw
        .split('\n')
        .map(|l| l.strip_suffix('\r').unwrap_or(l))
        .collect();
    let Some((first, rest)) = lines.split_first() else {
        return EcoString::new();
    };
    let first = first.trim_start_matches([' ', '\t']);
    if rest.is_empty() {
        return first.trim_end().into();
    }
    let mut indent: Option<&str> = None;
    for line in rest {
        let body = line.trim_start_matches([' ', '\t']);
        if body.is_empty() {
            continue;
        }
        let own = line.get(..line.len() - body.len()).unwrap_or_default();
        indent = Some(match indent {
            None => own,
            Some(common) => common_prefix(common, own),
        });
    }
    let indent = indent.unwrap_or_default();
    let mut text = EcoString::with_capacity(raw.len());
    text.push_str(first);
    for line in rest {
        if !text.is_empty() {
            text.push('\n');
        }
        match line.strip_prefix(indent) {
            Some(body) if !line.trim().is_empty() => text.push_str(body),
            _ => {}
        }
    }
    let len = text.trim_end().len();
    text.truncate(len);
    text
}

fn common_prefix<'a>(a: &'a str, b: &str) -> &'a str {
    let len = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    a.get(..len).unwrap_or_default()
}
