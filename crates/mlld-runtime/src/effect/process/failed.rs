//! What is said about a command that failed (spec 02 §7.5).

use super::{Start, What};
use crate::gate::Run;
use ecow::{EcoString, eco_format};

/// A failed command.
pub(crate) struct Failed {
    /// One sentence.
    pub(crate) message: EcoString,
    /// Exit status, what it said, its folder.
    pub(crate) details: Vec<EcoString>,
}

impl Failed {
    pub(super) fn new(
        run: &Run<'_>,
        start: &Start,
        status: i32,
        stdout: &str,
        stderr: &str,
    ) -> Self {
        let message = match start.what {
            What::Bash { .. } => "Code execution failed: bash".into(),
            _ => eco_format!("Command execution failed: {}", start.shown.trim()),
        };
        let mut details = vec![eco_format!("exit status: {status}")];
        for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
            if let Some(end) = last_lines(text, run.options.processes.report_lines) {
                details.push(eco_format!("{name}: {end}"));
            }
        }
        details.push(eco_format!("folder: {}", start.folder.display()));
        Self { message, details }
    }
}

/// The last lines of a text, if it has any; how many are left out is said.
fn last_lines(text: &str, most: usize) -> Option<EcoString> {
    let text = text.trim_end();
    if text.is_empty() {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let cut = lines.len().saturating_sub(most);
    let end = lines.get(cut..).unwrap_or_default().join("\n    ");
    Some(match cut {
        0 => end.into(),
        n => eco_format!("({n} lines before are left out)\n    {end}"),
    })
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn only_the_end_of_long_output_is_reported() {
        assert_eq!(last_lines(" \n", 3), None);
        assert_eq!(last_lines("a\nb\n\n", 3).as_deref(), Some("a\n    b"));
        assert_eq!(
            last_lines("a\nb\nc", 2).as_deref(),
            Some("(1 lines before are left out)\n    b\n    c")
        );
    }
}
