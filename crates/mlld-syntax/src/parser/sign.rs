//! `sign` and `verify` (spec 08 §1.1).

use super::{PResult, Parser, codes};
use crate::ast::{Name, Quote, Sign, StmtKind};
use ecow::{EcoString, eco_format};

impl Parser<'_> {
    /// `sign …`, behind the word.
    pub(super) fn sign(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let name = self.plain_name()?;
        let (mut by, mut method) = (None, None);
        loop {
            let next = self.hws_end(self.pos);
            if self.word_at(next, "by") {
                self.pos = self.hws_end(next + 2);
                let signer = self.signer()?;
                if by.replace(signer).is_some() {
                    return self.fail_twice("by");
                }
            } else if self.word_at(next, "with") {
                self.pos = self.hws_end(next + 4);
                let Some(found) = self.name() else {
                    return self.fail_syntax("");
                };
                if method.replace(found).is_some() {
                    return self.fail_twice("with");
                }
            } else {
                return Ok(StmtKind::Sign(Box::new(Sign { name, by, method })));
            }
        }
    }

    fn fail_twice<T>(&mut self, clause: &str) -> PResult<T> {
        self.fail(
            codes::SIGN_SYNTAX,
            eco_format!("sign: '{clause}' is given twice"),
        )
    }

    /// A quoted text of any kind, taken as it is.
    fn signer(&mut self) -> PResult<EcoString> {
        match self.peek() {
            Some(b'"') => self.plain_quoted(Quote::Double),
            Some(b'\'') => self.plain_quoted(Quote::Single),
            Some(b'`') => self.plain_quoted(Quote::Backtick),
            _ if self.at("::") && !self.at(":::") => self.plain_quoted(Quote::DoubleColon),
            _ => self.fail_syntax("The signer's name stands in quotes: by \"name\""),
        }
    }

    /// `verify …`, behind the word.
    pub(super) fn verify(&mut self) -> PResult<Name> {
        self.skip_hws();
        self.plain_name()
    }

    /// `@name` without fields, indexes or calls.
    fn plain_name(&mut self) -> PResult<Name> {
        let Some(name) = self.at_name() else {
            return self.fail_syntax("");
        };
        let access = match self.peek() {
            Some(b'.') => self.name_len(self.pos + 1) > 0,
            Some(b'[' | b'(') => true,
            _ => false,
        };
        if access {
            return self.fail_syntax(
                "A plain variable is signed and verified: no fields, indexes or calls.",
            );
        }
        Ok(name)
    }
}
