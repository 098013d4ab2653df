//! Labels in declarations, before operands, and label modifications behind `=>` (spec 05 §3.1, §8.1; 01 §16).

use super::cursor::is_name_start;
use super::{PResult, Parser, codes, stmt};
use crate::ast::{LabelMod, Name};
use ecow::eco_format;

/// Words that cannot be the first part of a label, in any case.
const RESERVED: [&str; 11] = [
    "module", "static", "live", "cached", "local", "foreach", "pipeline", "with", "from", "as",
    "tools",
];

/// Bytes of a part of a label.
const MAX_PART: usize = 128;

/// Labels of a declaration.
const MAX_LABELS: usize = 64;

impl Parser<'_> {
    /// A list of labels, separated by commas or blanks; none if no name stands here.
    pub(super) fn label_list(&mut self) -> PResult<Vec<Name>> {
        let mut labels: Vec<Name> = Vec::new();
        if !self.peek().is_some_and(is_name_start) {
            return Ok(labels);
        }
        loop {
            let label = self.label()?;
            self.add_label(&mut labels, label)?;
            let end = self.pos;
            self.skip_hws();
            let comma = self.eat(",");
            if comma {
                self.skip_hws();
            }
            // Behind the labels of an import: `import secret from "…"`.
            let ends = !comma && self.at_word("from");
            if ends || !self.peek().is_some_and(is_name_start) {
                if comma {
                    return self.fail_syntax("A label is missing behind the comma.");
                }
                self.pos = end;
                return Ok(labels);
            }
        }
    }

    /// Adds a label; a second one of the same text is dropped (spec 05 §3.1).
    pub(super) fn add_label(&mut self, labels: &mut Vec<Name>, label: Name) -> PResult<()> {
        if labels.iter().any(|l| l.text == label.text) {
            return Ok(());
        }
        if labels.len() >= MAX_LABELS {
            return self.fail(codes::BAD_LABEL, "A declaration has at most 64 labels.");
        }
        labels.push(label);
        Ok(())
    }

    /// One label: parts joined by colons.
    pub(super) fn label(&mut self) -> PResult<Name> {
        let start = self.pos;
        loop {
            let len = self.name_len(self.pos);
            if len == 0 {
                return self.fail_syntax("A label is a name, or names joined by colons.");
            }
            let word = self.text(self.pos, self.pos + len);
            if self.pos == start && RESERVED.iter().any(|r| r.eq_ignore_ascii_case(word)) {
                let message = eco_format!("'{word}' is a reserved word and cannot begin a label.");
                return self.fail(codes::BAD_LABEL, message);
            }
            if len > MAX_PART {
                return self.fail(codes::BAD_LABEL, "A part of a label has at most 128 bytes.");
            }
            self.pos += len;
            if !(self.peek() == Some(b':') && self.peek_at(1).is_some_and(is_name_start)) {
                return Ok(self.name_from(start));
            }
            self.pos += 1;
        }
    }

    /// Labels before the operand of an effect: only words that begin nothing else there (spec 01 §16.1).
    pub(super) fn effect_labels(&mut self) -> PResult<Vec<Name>> {
        let mut labels: Vec<Name> = Vec::new();
        while self.peek().is_some_and(is_name_start)
            && !stmt::is_reserved_there(self.word_from(self.pos))
        {
            if self.at_word("to") || self.at_word("as") {
                break;
            }
            let label = self.label()?;
            self.add_label(&mut labels, label)?;
            self.skip_hws();
            if self.eat(",") {
                self.skip_hws();
            }
        }
        Ok(labels)
    }

    /// Whether label modifications begin here (spec 01 §16.2).
    pub(super) fn at_mods(&self) -> bool {
        match self.peek() {
            Some(b'!') => self.peek_at(1).is_some_and(is_name_start),
            Some(b) if is_name_start(b) => {
                let word = self.word_from(self.pos);
                !stmt::is_reserved_there(word) && !matches!(word, "denied" | "mcp")
            }
            _ => false,
        }
    }

    /// Label modifications; they end where no label, modifier or comma follows.
    pub(super) fn mods(&mut self) -> PResult<Vec<LabelMod>> {
        let mut mods = Vec::new();
        while self.at_mods() {
            let start = self.pos;
            if self.eat("!") {
                mods.push(LabelMod::Remove(self.label()?));
            } else {
                let label = self.label()?;
                if self.peek() == Some(b'!') {
                    self.pos += 1;
                    let span = self.span_from(start);
                    mods.push(match label.text.as_str() {
                        "trusted" => LabelMod::Bless(span),
                        "clear" => LabelMod::Clear(span),
                        other => {
                            let message = eco_format!("'{other}!' is no label modification.");
                            return self.fail_hint(
                                codes::BAD_LABEL,
                                message,
                                "There are trusted! and clear!.",
                            );
                        }
                    });
                } else {
                    mods.push(LabelMod::Add(label));
                }
            }
            let end = self.pos;
            self.skip_hws();
            let comma = self.eat(",");
            if comma {
                self.skip_hws();
            }
            if !self.at_mods() {
                if comma {
                    return self.fail_hint(
                        codes::BAD_LABEL,
                        "A label is missing behind the comma.",
                        "Write => a, b @value.",
                    );
                }
                self.pos = end;
            }
        }
        Ok(mods)
    }

    /// Reports that no value follows label modifications.
    pub(super) fn fail_mods_alone<T>(&mut self, mods: &[LabelMod]) -> PResult<T> {
        let word = match mods.last() {
            Some(LabelMod::Add(n) | LabelMod::Remove(n)) => n.text.clone(),
            _ => "trusted!".into(),
        };
        let hint = eco_format!("Put quotes around it if a text is meant: => \"{word}\".");
        self.fail_hint(
            codes::BARE_WORD,
            eco_format!("A value is missing behind '{word}'."),
            hint,
        )
    }
}
