//! `<…>`: file references as operands and in texts (spec 01 §6.5, 04 §1).

use super::cursor::is_name_start;
use super::text::{Files, Frame, Parts, Style};
use super::{PResult, Parser, Place, codes};
use crate::ast::{
    Expr, ExprKind, FileRef, Interp, InterpTail, Part, Path, Quote, Step, TemplateFile,
};
use ecow::EcoString;

impl Parser<'_> {
    /// `<…>` as an operand.
    pub(super) fn file_expr(&mut self, place: Place) -> PResult<Expr> {
        let start = self.pos;
        if self.at("<>") {
            if !self.in_as {
                return self
                    .fail_syntax("<> is the current file: it stands in `as` templates only.");
            }
            self.pos += 2;
            let fields = self.dotted_names();
            return Ok(self.expr_from(start, ExprKind::CurrentFile(fields)));
        }
        let file = self.file_ref()?;
        let file = self.expr_from(start, ExprKind::File(Box::new(file)));
        self.postfix(file, place)
    }

    /// `<…>` with what belongs to it, up to its accesses.
    pub(super) fn file_ref(&mut self) -> PResult<FileRef> {
        let start = self.pos;
        self.pos += 1;
        self.skip_hws();
        if self.peek() == Some(b'!') {
            return self.fail_file("A file reference does not begin with '!'.");
        }
        let quoted = self.peek() == Some(b'"');
        let path = if quoted {
            let text = self.quoted_file_path()?;
            self.skip_hws();
            vec![Part::Text(text)]
        } else {
            let parts = self.ref_path(None)?;
            if parts.is_empty() {
                return self.fail_file("A path is missing in < >.");
            }
            parts
        };
        let selectors = if self.peek() == Some(b'{') {
            self.selectors()?
        } else {
            Vec::new()
        };
        self.skip_hws();
        let section = if self.peek() == Some(b'#') {
            Some(self.section()?)
        } else {
            None
        };
        self.skip_hws();
        let mut rename = self.as_template()?;
        self.skip_hws();
        if !self.eat(">") {
            return self.fail_unclosed_file();
        }
        let optional = self.optional_mark();
        let end = self.span_from(start);
        let behind = self.pos;
        self.skip_hws();
        if self.as_ahead(self.pos) {
            if rename.is_some() {
                return self.fail_file("A file reference has one `as`.");
            }
            rename = self.as_template()?;
        } else {
            self.pos = behind;
        }
        Ok(FileRef {
            path,
            quoted,
            selectors,
            section,
            rename,
            optional,
            span: end.to(self.span_from(start)),
        })
    }

    fn fail_unclosed_file<T>(&mut self) -> PResult<T> {
        let message = ecow::eco_format!(
            "Unclosed file reference in {} directive. Expected '>'.",
            self.subject
        );
        self.fail(codes::UNCLOSED_FILE_REF, message)
    }

    fn fail_file<T>(&mut self, message: &str) -> PResult<T> {
        self.fail_hint(
            codes::FILE_REF,
            message,
            "Write <path>, <path # section> or <path { name }>.",
        )
    }

    fn quoted_file_path(&mut self) -> PResult<EcoString> {
        let start = self.pos + 1;
        let line_end = self.line_end(start);
        match self.text(start, line_end).find('"') {
            Some(len) => {
                self.pos = start + len + 1;
                Ok(self.text(start, start + len).into())
            }
            None => self.fail_unclosed_file(),
        }
    }

    /// A path up to `limit`, or up to what ends it in `<…>`: `>`, a section, a selector, `as`.
    pub(super) fn ref_path(&mut self, limit: Option<usize>) -> PResult<Vec<Part>> {
        self.skip_hws();
        let url = self.at("http://") || self.at("https://");
        let mut parts = Parts::default();
        // Blanks are kept back until something of the path follows them.
        let mut blanks = self.pos;
        loop {
            let start = self.pos;
            if limit == Some(start) {
                break;
            }
            let after_blank = matches!(self.before(), Some(b' ' | b'\t'));
            match self.peek() {
                None | Some(b'\n' | b'\r') => return self.fail_unclosed_file(),
                Some(b'>') if limit.is_none() => break,
                Some(b'#' | b'{') if limit.is_none() && after_blank => break,
                Some(b'a') if limit.is_none() && after_blank && self.as_ahead(start) => break,
                Some(b'#') if limit.is_none() && !url => {
                    return self.fail_hint(
                        codes::FILE_REF,
                        "A '#' in a path needs a blank before it.",
                        "Write <file.md # Section>.",
                    );
                }
                Some(b' ' | b'\t') => {
                    self.pos += 1;
                    continue;
                }
                _ => {}
            }
            parts.text(self.text(blanks, start));
            self.ref_char(url, &mut parts)?;
            blanks = self.pos;
        }
        Ok(parts.finish())
    }

    fn ref_char(&mut self, url: bool, parts: &mut Parts) -> PResult<()> {
        let start = self.pos;
        match (self.peek(), self.peek_at(1)) {
            (Some(b'@'), Some(b'@')) if !url => {
                parts.text("@");
                self.pos += 2;
            }
            (Some(b'@'), Some(b)) if !url && is_name_start(b) => {
                let part = self.ref_variable()?;
                parts.push(part);
            }
            (Some(b'\\'), Some(b'.' | b'@' | b'>' | b'#')) if !url => {
                self.pos += 2;
                parts.text(self.text(start + 1, self.pos));
            }
            _ => {
                self.pos = self.char_end(start);
                parts.text(self.text(start, self.pos));
            }
        }
        Ok(())
    }

    /// `@name.field` in a path: fields only.
    fn ref_variable(&mut self) -> PResult<Part> {
        let start = self.pos;
        let Some(name) = self.at_name() else {
            return self.fail_syntax("");
        };
        let steps = self.field_steps();
        let span = self.span_from(start);
        let path = Path {
            name,
            steps,
            optional: false,
            span,
        };
        Ok(Part::Interp(Box::new(Interp {
            negate: false,
            path,
            pipes: Vec::new(),
            tail: InterpTail::None,
            span,
        })))
    }

    fn field_steps(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        while self.peek() == Some(b'.') {
            let start = self.pos;
            let Some(kind) = self.field() else { break };
            steps.push(Step {
                kind,
                span: self.span_from(start),
            });
        }
        steps
    }

    /// `{ name, pre*, … }` (spec 04 §2.1).
    fn selectors(&mut self) -> PResult<Vec<EcoString>> {
        self.pos += 1;
        let mut found = Vec::new();
        let mut start = self.pos;
        loop {
            match self.peek() {
                None => return self.fail_unclosed_file(),
                Some(b @ (b',' | b'}')) => {
                    let text = self.text(start, self.pos).trim();
                    self.pos += 1;
                    start = self.pos;
                    if text.is_empty() {
                        if b == b'}' && !found.is_empty() {
                            return Ok(found);
                        }
                        return self.fail_file("A definition's name is missing in { }.");
                    }
                    found.push(text.into());
                    if b == b'}' {
                        return Ok(found);
                    }
                }
                Some(b'<' | b'>') => return self.fail_unclosed_file(),
                Some(_) => self.pos += 1,
            }
        }
    }

    /// Behind the `#`: up to `as` or `>`. Items are the runtime's affair; variables are found here.
    fn section(&mut self) -> PResult<Vec<Part>> {
        self.pos += 1;
        self.skip_hws();
        let mut parts = Parts::default();
        let mut quote = None;
        let mut blanks = self.pos;
        let begin = self.pos;
        // Whether nothing of the item has been read yet: quotes stand around a whole item only.
        let mut fresh = true;
        loop {
            let start = self.pos;
            let after_blank = matches!(self.before(), Some(b' ' | b'\t'));
            let byte = self.peek();
            match byte {
                None | Some(b'\n' | b'\r') => return self.fail_unclosed_file(),
                Some(b'>') if quote.is_none() => break,
                Some(b'a') if quote.is_none() && after_blank && self.as_ahead(start) => break,
                Some(b' ' | b'\t') => {
                    self.pos += 1;
                    continue;
                }
                _ => {}
            }
            parts.text(self.text(blanks, start));
            match byte {
                Some(b @ (b'"' | b'\'')) => {
                    if quote.is_none() && fresh && self.close_on_line(start + 1, b).is_some() {
                        quote = Some(b);
                    } else if quote == Some(b) {
                        quote = None;
                    }
                    self.pos += 1;
                    parts.text(self.text(start, self.pos));
                }
                Some(b'@')
                    if (quote.is_some() || start == begin) && self.name_len(start + 1) > 0 =>
                {
                    let part = self.ref_variable()?;
                    parts.push(part);
                }
                Some(b'\\') if self.peek_at(1) == Some(b'@') => {
                    self.pos += 2;
                    parts.text("@");
                }
                _ => {
                    self.pos = self.char_end(start);
                    parts.text(self.text(start, self.pos));
                }
            }
            blanks = self.pos;
            fresh = match byte {
                Some(b',' | b';') => quote.is_none(),
                Some(b'#' | b'!') => fresh,
                _ => false,
            };
        }
        Ok(parts.finish())
    }

    /// Whether `as` and a quote stand at `at`.
    fn as_ahead(&self, at: usize) -> bool {
        if !self.word_at(at, "as") {
            return false;
        }
        let at = self.hws_end(at + 2);
        matches!(self.byte(at), Some(b'"' | b'`')) || self.text_at(at, "::")
    }

    /// `as "…"`, if it stands here.
    fn as_template(&mut self) -> PResult<Option<Box<Expr>>> {
        if !self.as_ahead(self.pos) {
            return Ok(None);
        }
        self.pos = self.hws_end(self.pos + 2);
        let in_as = std::mem::replace(&mut self.in_as, true);
        let quote = match self.peek() {
            Some(b'"') => Quote::Double,
            Some(b'`') => Quote::Backtick,
            _ if self.at(":::") => Quote::TripleColon,
            _ => Quote::DoubleColon,
        };
        let template = self.nested(|p| p.quoted(quote));
        self.in_as = in_as;
        template.map(|t| Some(Box::new(t)))
    }

    /// A `<` in a text: `<<…>>`, a file reference, or text.
    pub(super) fn angle(
        &mut self,
        style: &Style,
        frame: &mut Frame,
        parts: &mut Parts,
    ) -> PResult<()> {
        let start = self.pos;
        if style.files == Files::Anywhere && self.at("<<") {
            if let Some(close) = self.angle_end(start + 2, style)
                && self.text_at(close, ">>")
            {
                self.pos += 2;
                frame.angle = Some(close);
            } else {
                self.pos += 1;
            }
            parts.text("<");
            return Ok(());
        }
        let here = style.files == Files::Anywhere || start == frame.begin;
        match if here {
            self.file_in_text(style)?
        } else {
            None
        } {
            Some(file) => parts.push(Part::File(Box::new(file))),
            None => {
                parts.text("<");
                self.pos += 1;
            }
        }
        Ok(())
    }

    /// The `>` on this line behind `at`, if no other bracket and not the end of the text stands before it.
    fn angle_end(&self, mut at: usize, style: &Style) -> Option<usize> {
        let close = style.close.as_bytes();
        loop {
            match self.byte(at)? {
                b'>' => return Some(at),
                b'<' | b'\n' | b'\r' => return None,
                b if close.first() == Some(&b) && self.text_at(at, style.close) => return None,
                _ => at += 1,
            }
        }
    }

    /// Whether the text between the brackets is a file reference (spec 01 §6.5, 04 §1.9).
    fn is_reference(&self, from: usize, to: usize) -> bool {
        let text = self.text(from, to);
        if text.starts_with('!') || is_tag(text) {
            return false;
        }
        if text.contains(" #")
            || text.contains(" {")
            || (text.contains(" as ") && text.contains(['"', '`', ':']))
        {
            return false;
        }
        let mut bytes = text.bytes().peekable();
        while let Some(b) = bytes.next() {
            match b {
                b'\\' if matches!(bytes.peek(), Some(b'.' | b'*' | b'@')) => {
                    bytes.next();
                }
                b'@' if bytes.peek() == Some(&b'@') => {
                    bytes.next();
                }
                b'.' | b'*' | b'@' => return true,
                _ => {}
            }
        }
        false
    }

    /// The file reference at the `<` here, if it is one by the rules of a text.
    pub(super) fn file_in_text(&mut self, style: &Style) -> PResult<Option<TemplateFile>> {
        let start = self.pos;
        match self.angle_end(start + 1, style) {
            Some(end) if self.is_reference(start + 1, end) => self.text_file(start, end).map(Some),
            _ => Ok(None),
        }
    }

    fn text_file(&mut self, start: usize, end: usize) -> PResult<TemplateFile> {
        self.pos = start + 1;
        let path = self.ref_path(Some(end))?;
        self.pos = end + 1;
        let span = self.span_from(start);
        let (selectors, section, rename) = (Vec::new(), None, None);
        let file = FileRef {
            path,
            quoted: false,
            selectors,
            section,
            rename,
            optional: false,
            span,
        };
        let steps = self.field_steps();
        let mut pipes = Vec::new();
        self.tight_pipes(&mut pipes)?;
        Ok(TemplateFile {
            file,
            steps,
            pipes,
            span: self.span_from(start),
        })
    }
}

/// `tag attr="…"`.
fn is_tag(text: &str) -> bool {
    let word = |t: &str| {
        t.bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
            .count()
    };
    let len = word(text);
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    let rest = text.get(len..).unwrap_or_default();
    let attr = rest.trim_start();
    if attr.len() == rest.len() {
        return false;
    }
    let value = attr.get(word(attr)..).unwrap_or_default().trim_start();
    value
        .strip_prefix('=')
        .map(str::trim_start)
        .is_some_and(|v| v.starts_with(['"', '\'']))
}
