//! The document of a run: prose in its place, blank lines normalised (spec 01 §1.2).

/// Normalises a document: no leading line ends, no white space at line ends, a blank line around headings, at
/// most one blank line in a row, one line end at the end. Fences are left as they are.
pub(crate) fn normalise(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut fence: Option<usize> = None;
    let mut after_heading = false;
    for line in text.lines() {
        let ticks = fence_length(line);
        if let Some(open) = fence {
            out.push(line);
            if ticks == Some(open) {
                fence = None;
            }
            continue;
        }
        let line = line.trim_end();
        if line.is_empty() {
            if out.last().is_some_and(|l| !l.is_empty()) {
                out.push("");
            }
            after_heading = false;
            continue;
        }
        let heading = is_heading(line);
        if (heading || after_heading) && out.last().is_some_and(|l| !l.is_empty()) {
            out.push("");
        }
        out.push(line);
        after_heading = heading;
        fence = ticks;
    }
    while out.last().is_some_and(|l| l.is_empty()) {
        out.pop();
    }
    let mut text = out.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The number of backticks that a line opens or closes a fence with.
fn fence_length(line: &str) -> Option<usize> {
    let line = line.trim_start();
    let ticks = line.bytes().take_while(|b| *b == b'`').count();
    (3..=5).contains(&ticks).then_some(ticks)
}

fn is_heading(line: &str) -> bool {
    let hashes = line.bytes().take_while(|b| *b == b'#').count();
    (1..=6).contains(&hashes) && line.as_bytes().get(hashes) == Some(&b' ')
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn blank_lines_and_headings() {
        assert_eq!(
            normalise("\n\n# T\ntext  \n\n\n\nmore\n## U\n\n"),
            "# T\n\ntext\n\nmore\n\n## U\n"
        );
        assert_eq!(normalise(""), "");
    }

    #[test]
    fn fences_stay() {
        assert_eq!(
            normalise("```\na  \n\n\n# b\n```\nx\n"),
            "```\na  \n\n\n# b\n```\nx\n"
        );
    }
}
