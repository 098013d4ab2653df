//! Names of a script as identifiers of JavaScript (spec 02 §8.2), for the engine inside the program and for Node alike.

/// Names that can be used, by their places among those given: of two that become one identifier the one that has it as
/// its name counts, then the first. What is a word of JavaScript, or one of `also`, cannot be used.
pub(crate) fn usable<'n>(
    names: impl IntoIterator<Item = &'n str>,
    also: &[&str],
) -> Vec<(usize, String)> {
    let mut usable: Vec<(usize, String)> = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let identifier = identifier(name);
        if RESERVED.contains(&identifier.as_str()) || also.contains(&identifier.as_str()) {
            continue;
        }
        match usable.iter_mut().find(|(_, taken)| *taken == identifier) {
            None => usable.push((at, identifier)),
            Some(taken) if name == identifier => taken.0 = at,
            Some(_) => {}
        }
    }
    usable
}

/// The identifier of a script's name (spec 02 §8.2).
fn identifier(name: &str) -> String {
    let legal = |c: char| {
        c == '_' || c == '$' || c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphabetic())
    };
    let mut identifier: String = name
        .chars()
        .map(|c| if legal(c) { c } else { '_' })
        .collect();
    if identifier.starts_with(|c: char| c.is_ascii_digit()) || identifier.is_empty() {
        identifier.insert(0, '_');
    }
    identifier
}

const RESERVED: &[&str] = &[
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "new",
    "null",
    "return",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
];
