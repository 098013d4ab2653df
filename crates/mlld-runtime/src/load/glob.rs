//! File patterns (spec 04 §1.8): what they match. Walking folders is an effect, see `effect/walk.rs`.

use ecow::{EcoString, eco_format};
use glob::MatchOptions;
use std::path::{Component, Path, PathBuf};

/// Characters that make a path a pattern.
const WILD: [char; 6] = ['*', '?', '[', ']', '{', '}'];

/// Folders that patterns never look into.
const LEFT_OUT: [&str; 4] = ["node_modules", ".git", "dist", "build"];

/// Patterns that braces may be written for.
const MAX_ALTERNATIVES: usize = 1024;

/// Whether a path is a pattern.
pub(crate) fn is_pattern(path: &str) -> bool {
    path.contains(WILD)
}

/// A pattern that files are compared with, folder by folder.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The folder in front of the first wildcard, absolute: where looking begins.
    start: PathBuf,
    alternatives: Vec<Vec<Piece>>,
}

/// What stands between two slashes.
#[derive(Debug)]
enum Piece {
    /// `**`: any number of folders.
    AnyFolders,
    /// A name, perhaps with wildcards.
    Name(glob::Pattern),
}

/// A dot at the front of a name must be written.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// How far a path into the start folder has come in each alternative: the pieces that may come next.
#[derive(Clone, Debug)]
pub(crate) struct Progress(Vec<Vec<bool>>);

impl Pattern {
    /// Reads a pattern; a relative one starts at `base`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(base: &Path, text: &str) -> Result<Self, EcoString> {
        let mut start = if text.starts_with('/') {
            PathBuf::from("/")
        } else {
            base.to_path_buf()
        };
        let mut rest = text.trim_start_matches('/');
        while let Some((name, behind)) = rest.split_once('/') {
            if name.contains(WILD) {
                break;
            }
            start.push(name);
            rest = behind.trim_start_matches('/');
        }
        let start = super::path::lexical(&start);
        let alternatives = alternatives(rest)?
            .iter()
            .map(|a| pieces(a))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            start,
            alternatives,
        })
    }

    /// Where looking begins.
    pub(crate) fn start(&self) -> &Path {
        &self.start
    }

    /// Whether looking begins in a folder that patterns leave out; `home` is what the pattern belongs to, whose own
    /// place does not matter.
    pub(crate) fn starts_left_out(&self, home: &Path) -> bool {
        self.start.strip_prefix(home).is_ok_and(|inside| {
            inside
                .components()
                .any(|c| matches!(c, Component::Normal(n) if n.to_str().is_some_and(is_left_out)))
        })
    }

    /// Before the first name.
    pub(crate) fn begin(&self) -> Progress {
        let begin = |pieces: &Vec<Piece>| {
            let mut next = vec![false; pieces.len() + 1];
            if let Some(first) = next.first_mut() {
                *first = true;
            }
            skip_folders(pieces, &mut next);
            next
        };
        Progress(self.alternatives.iter().map(begin).collect())
    }

    /// Behind one more name.
    pub(crate) fn advance(&self, at: &Progress, name: &str) -> Progress {
        let step = |(pieces, at): (&Vec<Piece>, &Vec<bool>)| {
            let mut next = vec![false; at.len()];
            for (i, piece) in pieces.iter().enumerate() {
                if at.get(i) != Some(&true) {
                    continue;
                }
                let target = match piece {
                    Piece::AnyFolders if !name.starts_with('.') => i,
                    Piece::Name(pattern) if pattern.matches_with(name, OPTIONS) => i + 1,
                    _ => continue,
                };
                if let Some(target) = next.get_mut(target) {
                    *target = true;
                }
            }
            skip_folders(pieces, &mut next);
            next
        };
        Progress(self.alternatives.iter().zip(&at.0).map(step).collect())
    }

    /// Whether a path matches.
    #[cfg(test)]
    fn matches(&self, path: &Path) -> bool {
        path.strip_prefix(&self.start).is_ok_and(|inside| {
            let names = inside.iter().filter_map(|n| n.to_str());
            names
                .fold(self.begin(), |at, name| self.advance(&at, name))
                .is_match()
        })
    }
}

impl Progress {
    /// Whether something in this folder may match.
    pub(crate) fn goes_on(&self) -> bool {
        self.0.iter().flatten().any(|b| *b)
    }

    /// Whether a file at this place matches.
    pub(crate) fn is_match(&self) -> bool {
        self.0.iter().any(|a| a.last() == Some(&true))
    }
}

/// Whether a folder of this name is left out.
pub(crate) fn is_left_out(name: &str) -> bool {
    LEFT_OUT.contains(&name)
}

/// `**` matches no folder at all, too.
fn skip_folders(pieces: &[Piece], next: &mut [bool]) {
    for (i, piece) in pieces.iter().enumerate() {
        if matches!(piece, Piece::AnyFolders)
            && next.get(i) == Some(&true)
            && let Some(behind) = next.get_mut(i + 1)
        {
            *behind = true;
        }
    }
}

fn pieces(pattern: &str) -> Result<Vec<Piece>, EcoString> {
    let mut pieces = Vec::new();
    for name in pattern.split('/').filter(|n| !matches!(*n, "" | ".")) {
        pieces.push(match name {
            ".." => return Err("'..' cannot stand behind a wildcard".into()),
            "**" => Piece::AnyFolders,
            name => {
                let mut single = String::with_capacity(name.len());
                for c in name.chars() {
                    // Two stars inside a name mean what one means.
                    if c != '*' || !single.ends_with('*') {
                        single.push(c);
                    }
                }
                let pattern = glob::Pattern::new(&single).map_err(|e| eco_format!("{}", e.msg))?;
                Piece::Name(pattern)
            }
        });
    }
    Ok(pieces)
}

/// The patterns that a pattern with braces stands for. They are written out because what stands in braces may begin
/// with a dot, or hold a slash.
fn alternatives(pattern: &str) -> Result<Vec<String>, EcoString> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(next) = open.pop() {
        let Some((before, choices, behind)) = first_braces(&next)? else {
            done.push(next);
            continue;
        };
        // Backwards, so that the first choice is taken from the stack first.
        for choice in choices.iter().rev() {
            open.push(format!("{before}{choice}{behind}"));
        }
        if open.len() + done.len() > MAX_ALTERNATIVES {
            return Err(eco_format!(
                "its braces stand for more than {MAX_ALTERNATIVES} patterns"
            ));
        }
    }
    Ok(done)
}

/// What stands in front of the first braces, what they offer, and what stands behind them.
type Braces<'p> = (&'p str, Vec<&'p str>, &'p str);

fn first_braces(pattern: &str) -> Result<Option<Braces<'_>>, EcoString> {
    let unclosed = || EcoString::from("a '{' has no '}'");
    let mut class = false;
    let mut level = 0usize;
    let (mut begin, mut choice) = (0, 0);
    let mut choices = Vec::new();
    for (at, c) in pattern.char_indices() {
        match c {
            '[' if !class => class = true,
            ']' if class => class = false,
            _ if class => {}
            '{' => {
                level += 1;
                if level == 1 {
                    begin = at;
                    choice = at + 1;
                }
            }
            ',' if level == 1 => {
                choices.push(pattern.get(choice..at).unwrap_or_default());
                choice = at + 1;
            }
            '}' if level == 1 => {
                choices.push(pattern.get(choice..at).unwrap_or_default());
                let before = pattern.get(..begin).unwrap_or_default();
                let behind = pattern.get(at + 1..).unwrap_or_default();
                return Ok(Some((before, choices, behind)));
            }
            '}' => level = level.checked_sub(1).ok_or("a '}' has no '{'")?,
            _ => {}
        }
    }
    if class {
        return Err("a '[' has no ']'".into());
    }
    if level > 0 { Err(unclosed()) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(Path::new("/p"), text).unwrap()
    }

    #[test]
    fn what_matches() {
        for (text, yes, no) in [
            ("*.md", "a.md b.c.md", "a/b.md .a.md a.mdx md"),
            ("**/*.md", "a.md a/b.md a/b/c.md", ".x/a.md a/.b.md a/b.txt"),
            ("**", "a a/b", ".a a/.b"),
            ("a/**/b", "a/b a/x/b a/x/y/b", "b a/.x/b x/a/b"),
            ("log?.txt", "log1.txt logé.txt", "log.txt log12.txt"),
            ("log[12].txt", "log1.txt log2.txt", "log3.txt"),
            ("log[!12].txt", "log3.txt", "log1.txt"),
            ("log[a-c].txt", "logb.txt", "logd.txt"),
            ("*.{txt,md}", "a.txt a.md", "a.c"),
            ("{a,b/c}/*.x", "a/1.x b/c/2.x", "b/1.x c/1.x"),
            ("{a,{b,c}}.x", "a.x b.x c.x", "d.x"),
            (".*", ".a .b.c", "a"),
            ("**/.x", ".x a/.x", ".y/.x x"),
            ("{.a,b}*", ".ax bx", "ax .bx"),
            ("./*.md", "a.md", "b/a.md"),
            ("a**b", "ab axb", "a/b"),
            ("a[*]b*", "a*bc", "axbc"),
            (
                "*a*a*a*a*a*a*a*b",
                "aaaaaaab",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            ),
            ("[{]*", "{a", "a"),
        ] {
            let pattern = pattern(text);
            for path in yes.split(' ') {
                assert!(
                    pattern.matches(&Path::new("/p").join(path)),
                    "{text} {path}"
                );
            }
            for path in no.split(' ') {
                assert!(
                    !pattern.matches(&Path::new("/p").join(path)),
                    "{text} {path}"
                );
            }
        }
    }

    #[test]
    fn where_looking_begins() {
        for (text, start) in [
            ("*.md", "/p"),
            ("a/b/*.md", "/p/a/b"),
            ("../x/*", "/x"),
            ("/srv/*/a", "/srv"),
            ("{a/b,c}/x*", "/p"),
            ("./a/./*", "/p/a"),
        ] {
            assert_eq!(pattern(text).start(), Path::new(start), "{text}");
        }
        assert!(pattern("dist/*.js").starts_left_out(Path::new("/p")));
        assert!(!pattern("src/*.js").starts_left_out(Path::new("/p")));
        let inside = Pattern::parse(Path::new("/build/p"), "*.js").unwrap();
        assert!(!inside.starts_left_out(Path::new("/build/p")));
    }

    #[test]
    fn folders_that_cannot_match_are_not_entered() {
        let pattern = pattern("{a,c}/*/c.md");
        let a = pattern.advance(&pattern.begin(), "a");
        assert!(a.goes_on());
        assert!(!pattern.advance(&pattern.begin(), "b").goes_on());
    }

    #[test]
    fn mistakes() {
        for bad in ["*/../x", "a{b", "a}", "[a", "{a,{b}"] {
            assert!(Pattern::parse(Path::new("/p"), bad).is_err(), "{bad}");
        }
        let many = "{a,b}".repeat(20);
        assert!(Pattern::parse(Path::new("/p"), &many).is_err());
    }

    proptest! {
        #[test]
        fn any_pattern_on_any_path(
            text in "[a-c*?\\[\\]{},!./-]{0,16}",
            path in "[a-c.]{1,3}(/[a-c.]{1,3}){0,3}",
        ) {
            if let Ok(pattern) = Pattern::parse(Path::new("/p"), &text) {
                let _ = pattern.matches(&Path::new("/p").join(path));
            }
        }

        #[test]
        fn a_name_matches_itself_and_stars_match_what_has_no_dot(name in "[a-cé]{1,6}") {
            for text in [name.as_str(), "*", "**", "**/*"] {
                let pattern = Pattern::parse(Path::new("/p"), text).unwrap();
                prop_assert!(pattern.matches(&Path::new("/p").join(&name)), "{}", text);
            }
        }
    }
}
