//! Sections of Markdown (spec 04 §1.6): which lines they are, and what selects them.

use ecow::{EcoString, eco_format};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A piece of a selector as it stands in a script: its text, or the value of a variable in it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chunk<'t> {
    /// As written: commas, quotes and semicolons mean something.
    Text(&'t str),
    /// A value inside quotes: text, whatever stands in it.
    Value(&'t str),
}

/// What stands behind the `#` of a file reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    /// `??`: the headings, all or those of one level.
    Headings(Option<usize>),
    /// Sections to take, and to leave out.
    Sections(Sections),
}

/// Sections to take, and to leave out of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sections {
    includes: Vec<Item>,
    excludes: Vec<Item>,
}

/// A section that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Item {
    name: EcoString,
    optional: bool,
}

/// Why a selector selects nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SectionError {
    /// The selector is not written as one.
    Invalid(&'static str),
    /// A section that must be there is not.
    Missing(EcoString),
}

impl SectionError {
    /// In words.
    pub(crate) fn text(&self) -> EcoString {
        match self {
            Self::Invalid(why) => (*why).into(),
            Self::Missing(name) => eco_format!("Section \"{name}\" not found in content"),
        }
    }
}

const BAD_EXCLUDE: SectionError = SectionError::Invalid(
    "Invalid section selector: use \"; !# section\" to start exclude selectors",
);
const NO_INCLUDE: SectionError =
    SectionError::Invalid("Invalid section selector: include set cannot be empty");

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// When it is not written as one.
    pub(crate) fn parse(chunks: &[Chunk<'_>]) -> Result<Self, SectionError> {
        if let [Chunk::Text(text)] = chunks
            && let Some(hashes) = text.trim().strip_suffix("??")
            && hashes.bytes().all(|b| b == b'#')
        {
            return Ok(Self::Headings((!hashes.is_empty()).then_some(hashes.len())));
        }
        let mut reading = Reading::default();
        for (i, chunk) in chunks.iter().enumerate() {
            match chunk {
                Chunk::Value(value) => reading.value(value),
                Chunk::Text(text) => {
                    let rest = chunks.get(i + 1..).unwrap_or_default();
                    reading.text(text, rest)?;
                }
            }
        }
        reading.finish().map(Self::Sections)
    }
}

/// A selector that is being read.
#[derive(Default)]
struct Reading {
    done: Sections,
    excluding: bool,
    name: String,
    /// The quote that is open.
    quote: Option<char>,
    /// The item stood in quotes, which are closed.
    quoted: bool,
    optional: bool,
}

impl Reading {
    fn value(&mut self, value: &str) {
        self.name.push_str(value);
    }

    fn text(&mut self, text: &str, later: &[Chunk<'_>]) -> Result<(), SectionError> {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let behind = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                _ if Some(c) == self.quote => {
                    self.quote = None;
                    self.quoted = true;
                }
                _ if self.quote.is_some() => self.name.push(c),
                '"' | '\'' if self.is_fresh() && (behind.contains(c) || holds(later, c)) => {
                    self.name.clear();
                    self.quote = Some(c);
                }
                ',' => self.end_item(),
                ';' => {
                    self.end_item();
                    let marked = behind.trim_start();
                    let marked = marked.strip_prefix('!').unwrap_or(marked);
                    let Some(items) = marked.strip_prefix('#').filter(|_| !self.excluding) else {
                        return Err(BAD_EXCLUDE);
                    };
                    self.excluding = true;
                    rest = items;
                    continue;
                }
                '!' if behind.starts_with('#') => return Err(BAD_EXCLUDE),
                '?' if self.quoted => self.optional = true,
                _ if self.quoted && c.is_whitespace() => {}
                _ => self.name.push(c),
            }
            rest = behind;
        }
        Ok(())
    }

    /// Whether nothing but hashes of the item has been read.
    fn is_fresh(&self) -> bool {
        !self.quoted && self.name.trim_start().bytes().all(|b| b == b'#')
    }

    fn end_item(&mut self) {
        let mut name = std::mem::take(&mut self.name);
        let mut optional = std::mem::take(&mut self.optional);
        let quoted = std::mem::take(&mut self.quoted);
        if !quoted {
            name = name.trim().to_owned();
            if let Some(required) = name.strip_suffix('?') {
                name = required.trim_end().to_owned();
                optional = true;
            }
        }
        let name = EcoString::from(name.trim_start_matches('#').trim());
        if name.is_empty() && !quoted {
            return;
        }
        let list = if self.excluding {
            &mut self.done.excludes
        } else {
            &mut self.done.includes
        };
        list.push(Item { name, optional });
    }

    fn finish(mut self) -> Result<Sections, SectionError> {
        self.end_item();
        if self.done.includes.is_empty() {
            return Err(NO_INCLUDE);
        }
        Ok(self.done)
    }
}

fn holds(chunks: &[Chunk<'_>], quote: char) -> bool {
    chunks
        .iter()
        .any(|c| matches!(c, Chunk::Text(text) if text.contains(quote)))
}

/// A heading and its section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heading<'t> {
    /// How many hashes.
    pub(crate) level: usize,
    /// Its text, without them.
    pub(crate) title: &'t str,
    /// Where its line begins.
    start: usize,
    /// Where what follows its line begins.
    body: usize,
    /// Where the section ends: at the next heading of this or a smaller level.
    end: usize,
}

/// The headings of a text, in order. Front matter and code in fences have none.
pub(crate) fn headings(text: &str) -> Vec<Heading<'_>> {
    let mut found: Vec<Heading<'_>> = Vec::new();
    // Headings whose sections are not at their end, from outer to inner.
    let mut open: Vec<usize> = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut at = crate::value::front_matter::split(text).map_or(0, |f| f.body);
    for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some((mark, length)) = fence {
            if fence_mark(line)
                .is_some_and(|(m, n, info)| m == mark && n >= length && info.trim().is_empty())
            {
                fence = None;
            }
            continue;
        }
        if let Some((mark, length, info)) = fence_mark(line)
            && (mark == '~' || !info.contains('`'))
        {
            fence = Some((mark, length));
            continue;
        }
        let Some((level, title)) = heading(line) else {
            continue;
        };
        while let Some(last) = open.last().and_then(|i| found.get_mut(*i)) {
            if last.level < level {
                break;
            }
            last.end = start;
            open.pop();
        }
        open.push(found.len());
        found.push(Heading {
            level,
            title,
            start,
            body: at,
            end: text.len(),
        });
    }
    found
}

/// A line without the up to three blanks that may stand before a mark.
fn unindented(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(' ');
    (line.len() - rest.len() <= 3).then_some(rest)
}

fn fence_mark(line: &str) -> Option<(char, usize, &str)> {
    let rest = unindented(line)?;
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = rest.trim_start_matches(mark);
    let length = rest.len() - info.len();
    (length >= 3).then_some((mark, length, info))
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let rest = unindented(line)?;
    let title = rest.trim_start_matches('#');
    let level = rest.len() - title.len();
    if !(1..=6).contains(&level) || !title.starts_with([' ', '\t']) {
        return None;
    }
    let title = title.trim();
    // Hashes may close a heading, too.
    let open = title.trim_end_matches('#');
    let title = match open {
        "" => "",
        open if open.ends_with([' ', '\t']) => open.trim_end(),
        _ => title,
    };
    (!title.is_empty()).then_some((level, title))
}

/// What is compared: letters and digits of the Latin alphabet without case and marks.
fn normal(text: &str) -> String {
    let letters = text.nfkd().filter(|c| !is_combining_mark(*c));
    letters
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        .collect()
}

/// The first heading that begins with the name.
fn first<'h, 't>(headings: &'h [(String, Heading<'t>)], name: &str) -> Option<&'h Heading<'t>> {
    let name = normal(name);
    if name.is_empty() {
        return None;
    }
    headings
        .iter()
        .find(|(normal, _)| normal.starts_with(&name))
        .map(|(_, heading)| heading)
}

/// The headings with what is compared of each.
fn compared(text: &str) -> Vec<(String, Heading<'_>)> {
    headings(text)
        .into_iter()
        .map(|h| (normal(h.title), h))
        .collect()
}

impl Sections {
    /// The sections of a text; one that is left out or not there is missing from the result.
    ///
    /// # Errors
    /// When a section that must be there is not.
    pub(crate) fn select(&self, text: &str) -> Result<EcoString, SectionError> {
        let headings = compared(text);
        let mut taken: Vec<Range<usize>> = Vec::new();
        for item in &self.includes {
            match first(&headings, &item.name) {
                Some(h) => taken.push(h.start..h.end),
                None if item.optional => {}
                None => return Err(SectionError::Missing(item.name.clone())),
            }
        }
        let mut taken = merged(taken);
        for item in &self.excludes {
            if let Some(h) = first(&headings, &item.name) {
                taken = without(&taken, &(h.start..h.end));
            }
        }
        let mut out = EcoString::new();
        for range in taken {
            let piece = text.get(range).unwrap_or_default().trim();
            if piece.is_empty() {
                continue;
            }
            if !out.is_empty() {
                out.push_str("\n\n");
            }
            out.push_str(piece);
        }
        Ok(out)
    }

    /// The one section that is asked for: the level of its heading, and what stands under it. Nothing if it is optional
    /// and not there.
    ///
    /// # Errors
    /// When several are asked for, or it must be there and is not.
    pub(crate) fn body<'t>(&self, text: &'t str) -> Result<Option<(usize, &'t str)>, SectionError> {
        let ([item], []) = (self.includes.as_slice(), self.excludes.as_slice()) else {
            return Err(SectionError::Invalid(
                "Renaming multiple sections is not supported yet",
            ));
        };
        match first(&compared(text), &item.name) {
            Some(h) => {
                let body = text.get(h.body..h.end).unwrap_or_default();
                // Blanks at the front belong to the first line: code may be indented.
                Ok(Some((h.level, body.trim_matches(['\n', '\r']).trim_end())))
            }
            None if item.optional => Ok(None),
            None => Err(SectionError::Missing(item.name.clone())),
        }
    }
}

/// Sorted, with those that overlap or touch made one.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

fn without(ranges: &[Range<usize>], cut: &Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::with_capacity(ranges.len() + 1);
    for range in ranges {
        let before = range.start..range.end.min(cut.start);
        let behind = range.start.max(cut.end)..range.end;
        out.extend([before, behind].into_iter().filter(|r| !r.is_empty()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GUIDE: &str = "intro\n# Start-up\nOpen.\n## Safety First!\nGloves.\n### Eyes\nGoggles.\n## Pressure ##\nDial.\n# Shutdown\nClose.\n";

    fn selected(selector: &str) -> String {
        match Selector::parse(&[Chunk::Text(selector)]) {
            Ok(Selector::Sections(s)) => {
                let text = s.select(GUIDE).map_err(|e| e.text());
                text.map_or_else(|e| format!("! {e}"), |t| t.to_string().replace('\n', "|"))
            }
            Ok(Selector::Headings(level)) => format!("{level:?}"),
            Err(e) => format!("! {}", e.text()),
        }
    }

    #[test]
    fn what_is_selected() {
        for (selector, expected) in [
            ("safetyfirst", "## Safety First!|Gloves.|### Eyes|Goggles."),
            ("PRESS", "## Pressure ##|Dial."),
            ("\"#shutdown\"", "# Shutdown|Close."),
            ("##Eyes", "### Eyes|Goggles."),
            ("Shutdown, 'Eyes'", "### Eyes|Goggles.||# Shutdown|Close."),
            (
                "Pressure, Safety",
                "## Safety First!|Gloves.|### Eyes|Goggles.|## Pressure ##|Dial.",
            ),
            (
                "start-up; !# eyes, pressure",
                "# Start-up|Open.|## Safety First!|Gloves.",
            ),
            ("start; # safety", "# Start-up|Open.||## Pressure ##|Dial."),
            ("eyes; !# start", ""),
            ("eyes; !# nothing", "### Eyes|Goggles."),
            ("\"Repairs\"?, Shutdown", "# Shutdown|Close."),
            ("Repairs?", ""),
            ("Shut down", "# Shutdown|Close."),
            ("??", "None"),
            ("##??", "Some(2)"),
            ("Repairs", "! Section \"Repairs\" not found in content"),
            ("!!!", "! Section \"!!!\" not found in content"),
            ("\"\"", "! Section \"\" not found in content"),
        ] {
            assert_eq!(selected(selector), expected, "{selector}");
        }
        for bad in ["Start-up !# Eyes", "a; b", "a; !# b; !# c"] {
            assert_eq!(
                selected(bad),
                "! Invalid section selector: use \"; !# section\" to start exclude selectors"
            );
        }
        for bad in ["", " , ", "; !# Eyes"] {
            assert_eq!(
                selected(bad),
                "! Invalid section selector: include set cannot be empty"
            );
        }
    }

    #[test]
    fn a_value_in_quotes_is_text_whatever_stands_in_it() {
        let chunks = [
            Chunk::Text("\"Pre"),
            Chunk::Value("ss\", Eyes; !# x"),
            Chunk::Text("\"?"),
        ];
        let Ok(Selector::Sections(s)) = Selector::parse(&chunks) else {
            panic!("no selector");
        };
        assert_eq!(s.includes.len(), 1);
        assert_eq!(s.includes[0].name, "Press\", Eyes; !# x");
        assert!(s.includes[0].optional);
    }

    #[test]
    fn what_is_a_heading() {
        let text = "---\n# no: yaml\n---\n#none\n####### seven\n    # code\n   # three\n```sh\n# no\n~~~\n# no\n```\n~~~~\n# no\n~~~\n~~~~\n## Two\t\n# \n``` a`b\n# Last #\n";
        let found: Vec<_> = headings(text).iter().map(|h| (h.level, h.title)).collect();
        assert_eq!(found, [(1, "three"), (2, "Two"), (1, "Last")]);
    }

    #[test]
    fn a_section_without_its_heading() {
        let Ok(Selector::Sections(s)) = Selector::parse(&[Chunk::Text("safety")]) else {
            panic!("no selector");
        };
        assert_eq!(s.body(GUIDE), Ok(Some((2, "Gloves.\n### Eyes\nGoggles."))));
        let Ok(Selector::Sections(two)) = Selector::parse(&[Chunk::Text("safety, eyes")]) else {
            panic!("no selector");
        };
        assert_eq!(
            two.body(GUIDE).unwrap_err().text(),
            "Renaming multiple sections is not supported yet"
        );
    }

    #[test]
    fn marks_and_width_do_not_matter() {
        assert_eq!(normal("Été ２０"), "ete20");
        assert_eq!(normal("Привет"), "");
    }

    proptest! {
        #[test]
        fn any_selector_on_any_text(
            selector in "[a-c#?!,;\"' é]{0,12}",
            text in "([ ]{0,4}[#`~a-c]{0,4} ?[a-cé]{0,2}\n){0,12}",
        ) {
            let all = headings(&text);
            for h in &all {
                prop_assert!(text.get(h.start..h.body).is_some() && text.get(h.body..h.end).is_some());
            }
            if let Ok(Selector::Sections(s)) = Selector::parse(&[Chunk::Text(&selector)]) {
                if let Ok(part) = s.select(&text) {
                    // Nothing is invented: every line stands in the text.
                    prop_assert!(part.lines().all(|l| text.contains(l.trim_end())));
                }
                let _ = s.body(&text);
            }
        }
    }
}
