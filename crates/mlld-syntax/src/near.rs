//! Names that are easily taken for each other.

/// Whether one edit (a letter more, less, another, or two swapped) makes `b` of `a`.
#[must_use]
pub fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let common = |x: &[char], y: &[char]| x.iter().zip(y).take_while(|(p, q)| p == q).count();
    let start = common(&a, &b);
    let (a, b) = (
        a.get(start..).unwrap_or_default(),
        b.get(start..).unwrap_or_default(),
    );
    let back = |x: &[char]| x.iter().rev().copied().collect::<Vec<_>>();
    let end = common(&back(a), &back(b));
    let a = a.get(..a.len() - end).unwrap_or_default();
    let b = b.get(..b.len() - end).unwrap_or_default();
    match (a, b) {
        ([], []) => false,
        ([_], [] | [_]) | ([], [_]) => true,
        ([p, q], [r, s]) => p == s && q == r,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn one_edit() {
        for near in ["shw", "show1", "sohw", "snow", "hshow"] {
            assert!(is_near("show", near), "{near}");
        }
        for far in ["show", "sw", "woh", "shower"] {
            assert!(!is_near("show", far), "{far}");
        }
    }
}
