//! `file` and `files` (spec 04 §5).

use super::cursor::is_name_start;
use super::{PResult, Parser, Place, codes};
use crate::ast::{FileWrite, FilesSource, FilesWrite, Pair, Quote, StmtKind, WriteTarget};
use ecow::eco_format;

impl Parser<'_> {
    /// `file …`, behind the word.
    pub(super) fn file_write(&mut self) -> PResult<StmtKind> {
        let target = self.write_target()?;
        let value = self.value(Place::default())?;
        Ok(StmtKind::File(Box::new(FileWrite { target, value })))
    }

    /// `files …`, behind the word.
    pub(super) fn files_write(&mut self) -> PResult<StmtKind> {
        let target = self.write_target()?;
        let source = if self.at_word("git") {
            self.git_source()?
        } else {
            FilesSource::Expr(self.value(Place::default())?)
        };
        Ok(StmtKind::Files(Box::new(FilesWrite { target, source })))
    }

    /// The target and the `=`, up to the value.
    fn write_target(&mut self) -> PResult<WriteTarget> {
        self.skip_hws();
        let target = match self.peek() {
            Some(b'"') => WriteTarget::Path(self.quoted(Quote::Double)?),
            Some(b'\'') => WriteTarget::Path(self.quoted(Quote::Single)?),
            Some(b'`') => WriteTarget::Path(self.quoted(Quote::Backtick)?),
            Some(b'<') => self.workspace_target()?,
            _ => return self.fail_write_syntax(),
        };
        let at = self.ahead().at;
        if self.byte(at) != Some(b'=') || self.text_at(at, "=>") || self.text_at(at, "==") {
            let subject = self.subject;
            let message = eco_format!(
                "Missing \"=\" in {subject} directive. Expected: {subject} \"path\" = @content"
            );
            return self.fail(codes::FILE_SYNTAX, message);
        }
        self.pos = at + 1;
        self.go_to_value("path")?;
        Ok(target)
    }

    fn fail_write_syntax<T>(&mut self) -> PResult<T> {
        let subject = self.subject;
        let message =
            eco_format!("Invalid {subject} syntax. Expected: {subject} \"path\" = @content");
        self.fail(codes::FILE_SYNTAX, message)
    }

    /// `<@ws/path>`.
    fn workspace_target(&mut self) -> PResult<WriteTarget> {
        self.pos += 1;
        let Some(name) = self.at_name() else {
            return self.fail_hint(
                codes::FILE_SYNTAX,
                "A target in < > is a path in a workspace.",
                "Write <@workspace/path>, or the path in quotes.",
            );
        };
        let path = if self.eat("/") {
            self.ref_path(None)?
        } else {
            Vec::new()
        };
        if !self.eat(">") {
            return self.fail_write_syntax();
        }
        Ok(WriteTarget::Workspace(name, path))
    }

    /// `git EXPR key:EXPR …`.
    fn git_source(&mut self) -> PResult<FilesSource> {
        self.pos += "git".len();
        self.skip_hws();
        let place = Place {
            no_with: true,
            ..Place::default()
        };
        let url = self.primary(place)?;
        let mut options: Vec<Pair> = Vec::new();
        loop {
            let next = self.ahead();
            if !self.byte(next.at).is_some_and(is_name_start) {
                break;
            }
            let word = self.word_from(next.at);
            if self.byte(next.at + word.len()) != Some(b':') {
                break;
            }
            self.pos = next.at;
            if !matches!(word, "auth" | "branch" | "path" | "depth") {
                let message = eco_format!("'{word}' is no option of git.");
                return self.fail_hint(
                    codes::FILE_SYNTAX,
                    message,
                    "There are auth, branch, path and depth.",
                );
            }
            let Some(key) = self.name() else { break };
            self.pos += 1;
            self.skip_hws();
            let value = self.primary(place)?;
            options.push(Pair {
                key,
                conditional: false,
                value,
            });
        }
        Ok(FilesSource::Git(url, options))
    }
}
