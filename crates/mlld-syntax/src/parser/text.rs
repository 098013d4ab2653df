//! Quotes: escapes, delimiters, and the text between interpolations (spec 01 §6).
//!
//! Plain runs are found by a table of the bytes that mean something and copied at once.

use super::cursor::is_name_start;
use super::{PResult, Parser};
use crate::ast::{Expr, ExprKind, Part, Quote, Template};
use ecow::EcoString;

/// Which backslashes mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// String and punctuation escapes.
    Full,
    /// Punctuation escapes only.
    Punctuation,
    /// `\@` only.
    At,
    /// None.
    None,
}

/// What a kind of quotes lets its text have (the table of spec 01 §6.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// The quotes.
    pub(super) quote: Quote,
    /// The closing delimiter; empty in a file of its own, which ends the text.
    pub(super) close: &'static str,
    /// Backslashes.
    pub(super) escapes: Escapes,
    /// `@…` is interpolated.
    pub(super) at: bool,
    /// `@@` is an `@`.
    pub(super) double_at: bool,
    /// `{{…}}` is interpolated.
    pub(super) mustache: bool,
    /// `<…>` is a file reference: anywhere, or at the very start only.
    pub(super) files: Files,
    /// `/for … /end`.
    pub(super) loops: bool,
    /// The text may have line ends.
    pub(super) lines: bool,
    /// The bytes to stop at.
    stops: &'static [bool; 256],
}

/// Where file references are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Files {
    /// Nowhere.
    Never,
    /// At the very start of the text.
    Start,
    /// Everywhere.
    Anywhere,
}

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut found = [false; 256];
    let mut i = 0;
    while i < bytes.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated by the compiler: a wrong index is a build error"
        )]
        {
            found[bytes[i] as usize] = true;
        }
        i += 1;
    }
    found
}

static DOUBLE: [bool; 256] = table(b"\"\\@!<\n\r");
static SINGLE: [bool; 256] = table(b"'\\@\r");
static BACKTICK: [bool; 256] = table(b"`\\@!<>/\r");
static BACKTICK_LINE: [bool; 256] = table(b"`\\@!<\n\r");
static DOUBLE_COLON: [bool; 256] = table(b":\\@!<>/\r");
static MUSTACHE: [bool; 256] = table(b":]\\@{<>\r");
static ATT: [bool; 256] = table(b"\\@!<>/\r`");
static MTT: [bool; 256] = table(b"{\r");

/// The style of a kind of quotes in a script.
pub(super) fn style(quote: Quote) -> Style {
    use Escapes::{At, Full, Punctuation};
    let base = Style {
        quote,
        close: "\"",
        escapes: Full,
        at: true,
        double_at: true,
        mustache: false,
        files: Files::Start,
        loops: false,
        lines: false,
        stops: &DOUBLE,
    };
    match quote {
        Quote::Double => base,
        Quote::Single => Style {
            close: "'",
            escapes: Punctuation,
            at: false,
            files: Files::Never,
            lines: true,
            stops: &SINGLE,
            ..base
        },
        Quote::Backtick => Style {
            close: "`",
            files: Files::Anywhere,
            loops: true,
            lines: true,
            stops: &BACKTICK,
            ..base
        },
        Quote::DoubleColon => Style {
            close: "::",
            escapes: At,
            files: Files::Anywhere,
            loops: true,
            lines: true,
            stops: &DOUBLE_COLON,
            ..base
        },
        Quote::TripleColon => Style {
            close: ":::",
            at: false,
            mustache: true,
            files: Files::Never,
            lines: true,
            stops: &MUSTACHE,
            ..base
        },
        Quote::Brackets => Style {
            close: "]]",
            at: false,
            mustache: true,
            files: Files::Anywhere,
            lines: true,
            stops: &MUSTACHE,
            ..base
        },
    }
}

/// The style of a template file (spec 04 §4): `.mtt` for [`Quote::TripleColon`], else `.att`.
pub(super) fn file_style(quote: Quote) -> Style {
    if quote == Quote::TripleColon {
        let escapes = Escapes::None;
        Style {
            close: "",
            escapes,
            double_at: false,
            stops: &MTT,
            ..style(Quote::TripleColon)
        }
    } else {
        Style {
            close: "",
            stops: &ATT,
            ..style(Quote::DoubleColon)
        }
    }
}

/// The style of a fragment `?"…"`: one line, no loops, no file references.
pub(super) fn fragment_style(quote: Quote) -> Style {
    let stops = if quote == Quote::Backtick {
        &BACKTICK_LINE
    } else {
        &DOUBLE
    };
    Style {
        lines: false,
        loops: false,
        files: Files::Never,
        stops,
        ..style(quote)
    }
}

/// The style by which a file reference in the `"…"` of a command is found.
pub(super) fn command_style() -> Style {
    Style {
        close: "\"",
        ..style(Quote::Backtick)
    }
}

/// Why a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// At its closing delimiter, which is not eaten.
    Close,
    /// At `/end`, which is not eaten.
    EndOfLoop,
    /// At the end of the source, or of the line where the text may have no line ends.
    Unclosed,
}

/// The parts of a text that is being read.
#[derive(Default)]
pub(super) struct Parts {
    done: Vec<Part>,
    text: EcoString,
}

impl Parts {
    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds something that is not text.
    pub(super) fn push(&mut self, part: Part) {
        self.flush();
        self.done.push(part);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.done.push(Part::Text(std::mem::take(&mut self.text)));
        }
    }

    /// All parts; neighbouring texts are one.
    pub(super) fn finish(mut self) -> Vec<Part> {
        self.flush();
        self.done
    }

    /// Drops the line end with which the text ends.
    fn drop_last_line_end(&mut self) {
        if self.text.ends_with('\n') {
            self.text.pop();
        }
    }

    fn into_kind(mut self, quote: Quote) -> ExprKind {
        if self.done.is_empty() {
            return ExprKind::Text(self.text, quote);
        }
        self.flush();
        ExprKind::Template(Box::new(Template {
            quote,
            parts: self.done,
        }))
    }
}

/// Where the text began, and the `>>` that closes a `<<…>>`.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Offset of the first byte of the whole text.
    pub(super) begin: usize,
    /// Offset of a `>>` that prints `>`.
    pub(super) angle: Option<usize>,
    /// Whether this is the body of a `/for`.
    pub(super) in_loop: bool,
}

impl Parser<'_> {
    /// A quoted text or template with these quotes, which begins here.
    pub(super) fn quoted(&mut self, quote: Quote) -> PResult<Expr> {
        let style = style(quote);
        let start = self.pos;
        self.pos += match quote {
            Quote::Brackets => 2,
            _ => style.close.len(),
        };
        let trims = matches!(quote, Quote::DoubleColon | Quote::TripleColon);
        if trims {
            let _ = self.eat("\r\n") || self.eat("\n");
        }
        let mut parts = Parts::default();
        let mut frame = Frame {
            begin: self.pos,
            angle: None,
            in_loop: false,
        };
        match self.text_parts(&style, &mut frame, &mut parts)? {
            Stop::Close => {}
            _ => return self.unclosed_text(quote, start),
        }
        if trims && self.before() == Some(b'\n') && self.pos > frame.begin {
            parts.drop_last_line_end();
        }
        self.pos += style.close.len();
        let kind = parts.into_kind(quote);
        Ok(self.expr_from(start, kind))
    }

    /// Reports unclosed quotes and goes on behind the line of the opening one, once a kind of quotes.
    fn unclosed_text<T>(&mut self, quote: Quote, start: usize) -> PResult<T> {
        let result = self.fail_unclosed(quote);
        if quote != Quote::Double && !self.unclosed.contains(&quote) {
            self.unclosed.push(quote);
            self.pos = self.line_end(start);
        }
        result
    }

    /// A quoted text in which nothing is interpolated: keys, signers, reasons.
    pub(super) fn plain_quoted(&mut self, quote: Quote) -> PResult<EcoString> {
        let style = Style {
            at: false,
            files: Files::Never,
            loops: false,
            mustache: false,
            ..style(quote)
        };
        let start = self.pos;
        self.pos += style.close.len();
        let mut parts = Parts::default();
        let mut frame = Frame {
            begin: self.pos,
            angle: None,
            in_loop: false,
        };
        if self.text_parts(&style, &mut frame, &mut parts)? != Stop::Close {
            return self.unclosed_text(quote, start);
        }
        self.pos += style.close.len();
        Ok(parts.text)
    }

    /// The body of a template file.
    pub(super) fn template_file(&mut self, quote: Quote) -> Vec<Part> {
        self.eat("\u{feff}");
        let style = file_style(quote);
        let mut parts = Parts::default();
        let mut frame = Frame {
            begin: self.pos,
            angle: None,
            in_loop: false,
        };
        // A failure has been reported; what was read before it is kept for tools.
        let _ = self.text_parts(&style, &mut frame, &mut parts);
        parts.finish()
    }

    /// Text and interpolations up to the closing delimiter.
    pub(super) fn text_parts(
        &mut self,
        style: &Style,
        frame: &mut Frame,
        parts: &mut Parts,
    ) -> PResult<Stop> {
        loop {
            let run = self.pos;
            let rest = self.src.as_bytes().get(run..self.end).unwrap_or_default();
            let len = rest
                .iter()
                .position(|b| style.stops.get(*b as usize).copied().unwrap_or(true));
            self.pos = len.map_or(self.end.max(run), |n| run + n);
            parts.text(self.text(run, self.pos));
            let Some(byte) = self.peek() else {
                return Ok(if style.close.is_empty() && !frame.in_loop {
                    Stop::Close
                } else {
                    Stop::Unclosed
                });
            };
            if !style.close.is_empty() && self.at(style.close) {
                return Ok(Stop::Close);
            }
            match byte {
                b'\\' if style.escapes != Escapes::None => self.escape(style.escapes, parts),
                b'\n' | b'\r' if !style.lines => return Ok(Stop::Unclosed),
                b'\r' => self.carriage_return(style, parts),
                b'@' if style.double_at && self.peek_at(1) == Some(b'@') => {
                    parts.text("@");
                    self.pos += 2;
                }
                b'@' if style.at && self.peek_at(1).is_some_and(is_name_start) => {
                    self.interpolation(style, parts)?;
                }
                b'!' if style.at
                    && self.peek_at(1) == Some(b'@')
                    && self.peek_at(2).is_some_and(is_name_start) =>
                {
                    self.interpolation(style, parts)?;
                }
                b'{' if style.mustache => self.mustache(parts)?,
                b'<' if self.in_as && self.peek_at(1) == Some(b'>') => self.current_file(parts),
                b'<' if style.files != Files::Never => self.angle(style, frame, parts)?,
                b'>' if frame.angle == Some(self.pos) => {
                    parts.text(">");
                    self.pos += 2;
                    frame.angle = None;
                }
                b'/' if style.loops && self.loop_word("for") => {
                    if !self.at_line_of_text(frame.begin, style) {
                        self.text_byte(parts);
                    } else if self.pos == frame.begin
                        && !style.close.is_empty()
                        && self.before() != Some(b'\n')
                    {
                        return self.fail_loop_place(style.quote);
                    } else {
                        self.template_for(style, frame, parts)?;
                    }
                }
                b'/' if style.loops && frame.in_loop && self.loop_word("end") => {
                    if self.at_line_of_text(frame.begin, style) {
                        return Ok(Stop::EndOfLoop);
                    }
                    self.text_byte(parts);
                }
                b'`' if style.close.is_empty() => self.mlld_fence(parts),
                _ => self.text_byte(parts),
            }
        }
    }

    /// One byte that means nothing after all.
    fn text_byte(&mut self, parts: &mut Parts) {
        let at = self.pos;
        self.pos = self.char_end(at);
        parts.text(self.text(at, self.pos));
    }

    /// `\r\n` is read as `\n`; a `\r` alone ends a line in quotes that are no template (spec 01 §15, 18).
    fn carriage_return(&mut self, style: &Style, parts: &mut Parts) {
        self.pos += 1;
        if self.peek() == Some(b'\n') {
            return;
        }
        parts.text(if style.quote == Quote::Single {
            "\n"
        } else {
            "\r"
        });
    }

    fn escape(&mut self, escapes: Escapes, parts: &mut Parts) {
        match self.peek_at(1).and_then(|b| escaped(escapes, b)) {
            Some(text) => {
                parts.text(text);
                self.pos += 2;
            }
            None => {
                parts.text("\\");
                self.pos += 1;
            }
        }
    }

    /// The offset of the first unescaped `quote` on the line at or behind `at`.
    pub(super) fn close_on_line(&self, mut at: usize, quote: u8) -> Option<usize> {
        loop {
            match self.byte(at) {
                None | Some(b'\n' | b'\r') => return None,
                Some(b'\\') => at += 2,
                Some(b) if b == quote => return Some(at),
                Some(_) => at += 1,
            }
        }
    }
}

/// What a backslash before `b` stands for; `None` if the backslash is text.
pub(super) fn escaped(escapes: Escapes, b: u8) -> Option<&'static str> {
    let strings = escapes == Escapes::Full;
    let any = matches!(escapes, Escapes::Full | Escapes::Punctuation);
    Some(match b {
        b'@' if escapes != Escapes::None => "@",
        b'n' if strings => "\n",
        b't' if strings => "\t",
        b'r' if strings => "\r",
        b'0' if strings => "\0",
        b'.' if strings => ".",
        b'\\' if any => "\\",
        b'"' if any => "\"",
        b'\'' if any => "'",
        b'`' if any => "`",
        b'[' if any => "[",
        b']' if any => "]",
        b'{' if any => "{",
        b'}' if any => "}",
        b'$' if any => "$",
        _ => return None,
    })
}
