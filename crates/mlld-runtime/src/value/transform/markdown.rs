//! `@md`, and the layout of documents (spec 01 §1.2, 03 §7.4).

use super::super::{Value, front_matter, render};
use ecow::EcoString;

pub(super) fn run(value: &Value) -> Result<Value, String> {
    Ok(normalise(&render::stage(value)).into())
}

/// What a line of Markdown is, as far as layout goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A heading of some level.
    Heading(usize),
    /// A fence, or a line inside of one.
    Fenced,
    /// A row of a table.
    Table,
    /// An empty line.
    Blank,
    /// Any other line.
    Prose,
}

/// The lines of a text, without their ends. A fence ends at a line of at least as many of its characters.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (Line, &str)> {
    let mut fence: Option<(char, usize)> = None;
    text.lines().map(move |line| {
        let trimmed = line.trim_start();
        let mark = trimmed
            .chars()
            .next()
            .filter(|c| matches!(c, '`' | '~'))
            .unwrap_or('`');
        let length = trimmed.chars().take_while(|c| *c == mark).count();
        let kind = match fence {
            Some((open, wanted)) => {
                if mark == open && length >= wanted && trimmed.trim_end().chars().all(|c| c == mark)
                {
                    fence = None;
                }
                Line::Fenced
            }
            None if length >= 3 => {
                fence = Some((mark, length));
                Line::Fenced
            }
            None if trimmed.is_empty() => Line::Blank,
            None if trimmed.starts_with('|') => Line::Table,
            None => match line.chars().take_while(|c| *c == '#').count() {
                level @ 1..=6
                    if line
                        .chars()
                        .nth(level)
                        .is_none_or(|c| matches!(c, ' ' | '\t')) =>
                {
                    Line::Heading(level)
                }
                _ => Line::Prose,
            },
        };
        (kind, line)
    })
}

/// The layout of a document: no empty lines in front, no white space at line ends, an empty line around headings, at
/// most one empty line in a row, one line end at the end. Fences, tables and a front matter block stay as they are.
#[must_use]
pub fn normalise(text: &str) -> EcoString {
    let body_start = front_matter::split(text).map_or(0, |found| found.body);
    let (front, body) = text.split_at_checked(body_start).unwrap_or(("", text));
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(front);
    let mut written = !front.is_empty();
    let mut pending_blank = false;
    let mut after_heading = false;
    for (kind, line) in lines(body) {
        if kind == Line::Blank {
            pending_blank = written;
            continue;
        }
        let is_heading = matches!(kind, Line::Heading(_));
        // Inside a fence empty lines are lines of the fence and never arrive here as blank.
        if written && (pending_blank || is_heading || after_heading) {
            out.push('\n');
        }
        out.push_str(if matches!(kind, Line::Fenced | Line::Table) {
            line
        } else {
            line.trim_end()
        });
        out.push('\n');
        (written, pending_blank, after_heading) = (true, false, is_heading);
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::transform::tests::check;

    #[test]
    fn markdown_layout() {
        check(&[
            (
                "md",
                "\n\na  \n# H\nb\n\n\n\nc".into(),
                "a\n\n# H\n\nb\n\nc\n",
            ),
            (
                "md",
                "# A\n## B\n\ntext\n# C #\n".into(),
                "# A\n\n## B\n\ntext\n\n# C #\n",
            ),
            (
                "md",
                "```\n# x  \n\n\n\ny\n```\n\n\n\nz".into(),
                "```\n# x  \n\n\n\ny\n```\n\nz\n",
            ),
            (
                "md",
                "~~~~\n# x\n~~~\n\n\n~~~~~\n# H\n".into(),
                "~~~~\n# x\n~~~\n\n\n~~~~~\n\n# H\n",
            ),
            (
                "md",
                "| a | \n|---|  \n\n\n#tag\n####### seven".into(),
                "| a | \n|---|  \n\n#tag\n####### seven\n",
            ),
            (
                "md",
                "---\na:  1  \n\n\n---\n\n\n# H".into(),
                "---\na:  1  \n\n\n---\n\n# H\n",
            ),
            ("md", "a\r\n\r\n\r\nb\r\n".into(), "a\n\nb\n"),
            (
                "md",
                "---\na: 1\n---\ntext".into(),
                "---\na: 1\n---\ntext\n",
            ),
            ("md", "---\na: 1\n---".into(), "---\na: 1\n---\n"),
            ("md", "".into(), "\n"),
            ("md", "x".into(), "x\n"),
        ]);
        let once = normalise("\n\na\n# H\nb\n\n\nc");
        assert_eq!(normalise(&once), once);
    }
}
