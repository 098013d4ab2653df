//! Replacement texts with `$1`, `$&`, `$$` as in JavaScript.

use super::Hit;
use super::Pattern;

/// A replacement text, taken apart.
#[derive(Clone, Debug)]
pub struct Replacement<'t> {
    pieces: Vec<Piece<'t>>,
}

#[derive(Clone, Copy, Debug)]
enum Piece<'t> {
    Text(&'t str),
    Dollar,
    Whole,
    Before,
    After,
    Group(usize),
}

impl<'t> Replacement<'t> {
    /// Takes a replacement apart; `pattern` is `None` where a plain text is replaced, which has no groups.
    #[must_use]
    pub fn new(text: &'t str, pattern: Option<&Pattern>) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (plain, tail) = rest.split_at(at);
            let (piece, length) = Self::special(tail, pattern).unwrap_or((Piece::Text("$"), 1));
            pieces.push(Piece::Text(plain));
            pieces.push(piece);
            rest = tail.get(length..).unwrap_or_default();
        }
        pieces.push(Piece::Text(rest));
        pieces.retain(|piece| !matches!(piece, Piece::Text("")));
        Self { pieces }
    }

    /// What stands at a `$`, and how many bytes it takes.
    fn special(text: &str, pattern: Option<&Pattern>) -> Option<(Piece<'t>, usize)> {
        let mut chars = text.chars().skip(1);
        let piece = match chars.next()? {
            '$' => Piece::Dollar,
            '&' => Piece::Whole,
            '`' => Piece::Before,
            '\'' => Piece::After,
            '<' => {
                let pattern = pattern.filter(|pattern| pattern.has_names())?;
                let (name, _) = text.get(2..)?.split_once('>')?;
                // A name that does not exist stands for nothing; no pattern has a group of this number.
                return Some((
                    Piece::Group(pattern.group_named(name).unwrap_or(usize::MAX)),
                    name.len() + 3,
                ));
            }
            first => {
                let groups = pattern.map_or(0, Pattern::groups);
                let first = first.to_digit(10)? as usize;
                let two = chars
                    .next()
                    .and_then(|c| c.to_digit(10))
                    .map(|second| first * 10 + second as usize);
                let exists = |number: &usize| (1..=groups).contains(number);
                return match two.filter(exists) {
                    Some(number) => Some((Piece::Group(number), 3)),
                    None => Some(first)
                        .filter(exists)
                        .map(|number| (Piece::Group(number), 2)),
                };
            }
        };
        Some((piece, 2))
    }

    /// Writes what replaces a hit in `text`.
    pub fn write(&self, out: &mut String, text: &str, hit: &Hit) {
        for piece in &self.pieces {
            out.push_str(match piece {
                Piece::Text(plain) => plain,
                Piece::Dollar => "$",
                Piece::Whole => text.get(hit.span.clone()).unwrap_or_default(),
                Piece::Before => text.get(..hit.span.start).unwrap_or_default(),
                Piece::After => text.get(hit.span.end..).unwrap_or_default(),
                Piece::Group(number) => hit
                    .groups
                    .get(number.wrapping_sub(1))
                    .and_then(|group| text.get(group.clone()?))
                    .unwrap_or_default(),
            });
        }
    }
}
