//! Where a block of foreign code ends (spec 02 §8.1): one small scanner a language.
//!
//! A scanner knows just enough of its language not to be misled by braces in strings, comments, regular
//! expressions and here-documents. It keeps what is open on a stack of its own and never recurses.

mod js;
mod python;
mod shell;

use crate::ast::Lang;

/// Levels of `${…}`, `$(…)` and the like that are followed.
const MAX_LEVELS: usize = 200;

/// Why no end was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The block is not closed.
    Unclosed,
    /// At this offset nesting became too deep.
    TooDeep(usize),
}

/// The offset of the `}` that closes the block whose content begins at `start`.
pub(super) fn code_end(lang: Lang, source: &[u8], start: usize) -> Result<usize, Broken> {
    match lang {
        Lang::Js | Lang::Node => js::end(source, start),
        Lang::Py => python::end(source, start),
        Lang::Sh | Lang::Cmd | Lang::Prose => shell::end(source, start),
    }
}

/// The offset of the line end at or behind `at`.
fn line_end(source: &[u8], at: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    rest.iter()
        .position(|b| *b == b'\n')
        .map_or(source.len(), |n| at + n)
}
