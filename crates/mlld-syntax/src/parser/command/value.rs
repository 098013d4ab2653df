//! Values in a command line: which `@` is one, and where it stands (spec 02 §9.2).

use super::super::cursor::is_name_start;
use super::super::text::command_style;
use super::super::{PResult, Parser, codes};
use super::{Close, Line, ends_word};
use crate::ast::{CmdInterp, CmdPart, Path, ShellContext, Step};
use ecow::eco_format;

impl Parser<'_> {
    /// An `@`: an interpolation, or text.
    pub(super) fn shell_at(&mut self, line: &mut Line) -> PResult<()> {
        let start = self.pos;
        if self.peek_at(1) == Some(b'@') {
            line.push("@");
            self.pos += 2;
            return Ok(());
        }
        let mail = !line.after_value
            && start > line.start
            && self
                .before()
                .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80);
        if mail || !self.peek_at(1).is_some_and(is_name_start) || line.close == Close::Quote(b'\'')
        {
            self.take(1, line);
            return Ok(());
        }
        if line.closed_to_values() {
            return self.fail(
                codes::SHELL_INTERPOLATION,
                "Interpolation inside a shell expansion is not supported: use sh { … } with parameters",
            );
        }
        let begins = start == line.start || line.text.bytes().next_back().is_some_and(ends_word);
        let begins = begins && !line.after_value;
        let path = self.shell_path()?;
        let ends = self
            .peek()
            .is_none_or(|b| ends_word(b) || b == b'}' && self.ends_line(line));
        let context = if line.bare() {
            ShellContext::Bare
        } else {
            ShellContext::DoubleQuoted
        };
        let whole_word = context == ShellContext::Bare && begins && (ends || self.ends_line(line));
        if self.peek() == Some(b'\\') && matches!(self.peek_at(1), Some(b'.' | b'[' | b'(')) {
            self.pos += 1;
        }
        line.part(CmdPart::Interp(CmdInterp {
            path,
            context,
            whole_word,
        }));
        Ok(())
    }

    /// Whether the command line ends at the position.
    fn ends_line(&self, line: &Line) -> bool {
        match line.close {
            Close::Brace => self.peek() == Some(b'}') && line.open.is_empty() && line.braces == 0,
            Close::Quote(quote) => self.peek() == Some(quote),
        }
    }

    /// `@name` with fields and indexes; a call is refused.
    fn shell_path(&mut self) -> PResult<Path> {
        let start = self.pos;
        let Some(name) = self.at_name() else {
            return self.fail_syntax("");
        };
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let begin = self.pos;
            match self.peek() {
                Some(b'.') => match self.field() {
                    Some(kind) => steps.push(Step {
                        kind,
                        span: self.span_from(begin),
                    }),
                    None => break,
                },
                Some(b'[') if self.index_end(begin).is_some() => steps.push(self.bracket()?),
                _ => break,
            }
        }
        if self.peek() == Some(b'(') {
            let message = eco_format!(
                "Calls are not possible in the text of a command: @{}(…).",
                name.text
            );
            return self.fail_hint(
                codes::SHELL_INTERPOLATION,
                message,
                "Bind the result to a variable first; for a text write a backslash before the bracket.",
            );
        }
        Ok(Path {
            name,
            steps,
            optional: false,
            span: self.span_from(start),
        })
    }

    /// `<file>` inside of `"…"` (spec 04 §1.9).
    pub(super) fn shell_file(&mut self, line: &mut Line) -> PResult<()> {
        let Some(file) = self.file_in_text(&command_style())? else {
            self.take(1, line);
            return Ok(());
        };
        if line.closed_to_values() {
            return self.fail(
                codes::SHELL_INTERPOLATION,
                "Interpolation inside a shell expansion is not supported: use sh { … } with parameters",
            );
        }
        line.part(CmdPart::File(Box::new(file)));
        Ok(())
    }
}
