//! A report for the person at the terminal (spec 01 §14, 09 §2.1).

use super::{Report, denial, visible};
use mlld_security::Place;
use std::fmt::Write;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// With colours. Without them there is no escape code in the text.
    pub colour: bool,
}

/// What a piece of a report is.
#[derive(Clone, Copy)]
enum Tone {
    /// What went wrong.
    Bad,
    /// What stands out.
    Strong,
    /// What stays in the background.
    Faint,
}

impl Style {
    /// The text in its tone.
    fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Bad => "31;1",
            Tone::Strong => "1",
            Tone::Faint => "2",
        };
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

impl Report {
    /// The report as text; ends with a line end.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let mut out = String::new();
        if let Some(denial) = &self.denial {
            out.push_str(&painted_first_line(style, &denial::render(denial)));
            self.write_place(&mut out);
        } else if self.code == "PARSE_ERROR" {
            let _ = writeln!(
                out,
                "  {}",
                style.paint(Tone::Bad, &self.parse_error_line())
            );
            self.write_place(&mut out);
        } else if self.place.is_none() && self.subject.is_none() {
            let _ = writeln!(out, "{}", style.paint(Tone::Bad, &visible(&self.message)));
        } else {
            self.write_runtime_error(&mut out, style);
        }
        self.write_details(&mut out);
        self.write_hint(&mut out, style);
        out
    }

    /// `MESSAGE` with class and place, as an error of the parser is quoted: `Parse error: … at line 1, column 2 in x.mld`.
    #[must_use]
    pub fn parse_error_message(&self) -> String {
        let message = visible(&self.message);
        match &self.place {
            None => format!("Parse error: {message}"),
            Some(Place { file, line, column }) => {
                let file = visible(file);
                format!("Parse error: {message} at line {line}, column {column} in {file}")
            }
        }
    }

    /// The first line of a parse error.
    fn parse_error_line(&self) -> String {
        format!("{}: {}", self.kind, self.parse_error_message())
    }

    /// Directive word, subject and place on the first line; then the message with its class.
    fn write_runtime_error(&self, out: &mut String, style: Style) {
        let mut first = String::new();
        if let Some(subject) = &self.subject {
            first.push_str(&visible(subject));
        }
        if let Some(place) = &self.place {
            if !first.is_empty() {
                first.push_str(" …… ");
            }
            let _ = write!(first, "{}:{}", visible(&place.file), place.line);
        }
        let _ = writeln!(out, "  {}\n", style.paint(Tone::Strong, &first));
        let _ = writeln!(
            out,
            "  {}",
            style.paint(Tone::Bad, &self.message_with_class())
        );
        self.write_place(out);
    }

    /// The message with the class of the error in front, where it has one.
    fn message_with_class(&self) -> String {
        let message = visible(&self.message);
        match self.kind {
            "" => message.into_owned(),
            "MlldDirective" => {
                let word = self
                    .subject
                    .as_deref()
                    .and_then(|s| s.split_whitespace().next());
                match word {
                    Some(word) if !message.starts_with("Directive error") => {
                        format!("{}: Directive error ({word}): {message}", self.kind)
                    }
                    _ => format!("{}: {message}", self.kind),
                }
            }
            kind => format!("{kind}: {message}"),
        }
    }

    /// `./FILE:L:C` and the source lines.
    fn write_place(&self, out: &mut String) {
        let Some(place) = &self.place else { return };
        let file = visible(&place.file);
        let relative = if file.starts_with(['/', '<', '.']) || file.contains("://") {
            ""
        } else {
            "./"
        };
        let _ = writeln!(
            out,
            "\n    {relative}{file}:{}:{}",
            place.line, place.column
        );
        if let Some(frame) = &self.frame {
            frame.write(out, place.line, place.column);
        }
    }

    /// What else is known. Further parse errors bring their own heading.
    fn write_details(&self, out: &mut String) {
        let Some((first, rest)) = self.details.split_first() else {
            return;
        };
        out.push('\n');
        if self.code == "PARSE_ERROR" {
            let _ = writeln!(out, "  {}", visible(first));
            for line in rest {
                let _ = writeln!(out, "    {}", visible(line));
            }
        } else {
            out.push_str("  Details:\n");
            for line in &self.details {
                let _ = writeln!(out, "    {}", visible(line));
            }
        }
    }

    /// What to do, and where to read more.
    fn write_hint(&self, out: &mut String, style: Style) {
        if let Some(hint) = &self.hint {
            let bulb = if self.place.is_some() {
                "\n  💡 "
            } else {
                ""
            };
            let _ = writeln!(out, "{bulb}{}", visible(hint));
        }
        if self.place.is_some() && !self.number.is_empty() {
            let _ = writeln!(
                out,
                "\n  {}",
                style.paint(Tone::Faint, &format!("Code: {}", self.number))
            );
        }
    }
}

/// A text whose first line is in the tone of an error.
fn painted_first_line(style: Style, text: &str) -> String {
    match text.split_once('\n') {
        Some((first, rest)) => format!("{}\n{rest}", style.paint(Tone::Bad, first)),
        None => style.paint(Tone::Bad, text),
    }
}
