//! `box` and `env` (spec 08 §11.1).

use super::{PResult, Parser, Place, codes};
use crate::ast::BoxEnv;

/// `box` without its block.
pub(super) const BOX_NEEDS_BLOCK: &str =
    "box requires a block. Expected: box [ ... ], box @config [ ... ], or box with { ... } [ ... ]";

impl Parser<'_> {
    /// `box …`, behind the word.
    pub(super) fn box_env(&mut self) -> PResult<BoxEnv> {
        self.skip_hws();
        let mut config = None;
        match self.peek() {
            None | Some(b'\n' | b'\r' | b'[' | b']' | b';') => {}
            Some(b'@' | b'{' | b'"' | b'\'' | b'`' | b'<' | b'0'..=b'9') => {
                config = Some(self.primary(Place {
                    no_with: true,
                    ..Place::default()
                })?);
            }
            _ if self.with_at(self.pos) => {}
            _ => return self.fail(codes::BOX_SYNTAX, BOX_NEEDS_BLOCK),
        }
        let next = self.ahead().at;
        let mut with = None;
        if self.with_at(next) {
            self.pos = next;
            with = Some(self.with_clause()?);
        }
        let next = self.ahead().at;
        if self.byte(next) != Some(b'[') {
            return self.fail(codes::BOX_SYNTAX, BOX_NEEDS_BLOCK);
        }
        self.pos = next;
        let body = self.block("box", false)?;
        Ok(BoxEnv { config, with, body })
    }
}
