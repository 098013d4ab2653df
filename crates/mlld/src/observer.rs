//! Who watches a run: `--structured`, `--debug`, `--verbose`, `--metrics`, `--show-progress` (spec 09 §5).
//!
//! Lines about the run go to standard error and name things; none shows a value.

use crate::terminal::Terminal;
use jiff::Timestamp;
use mlld_runtime::event::{self, Effect, Event, Metrics, Progress, Security, Stage};
use mlld_runtime::report::{Report, visible};
use mlld_runtime::{Host, security::Denial};
use serde_json::{Map, Value, json};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is to be told about the run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wants {
    /// One JSON object in place of the output.
    pub(crate) structured: bool,
    /// A line a directive.
    pub(crate) directives: bool,
    /// What the run took, in parts.
    pub(crate) debug: bool,
    /// What the run took.
    pub(crate) metrics: bool,
    /// How far parallel work is, on a terminal.
    pub(crate) progress: bool,
}

impl Wants {
    /// Whether anything is.
    pub(crate) fn any(self) -> bool {
        self.structured || self.directives || self.metrics || self.progress
    }
}

/// The host of a run that is watched.
#[derive(Debug)]
pub(crate) struct Observer<'t> {
    terminal: &'t Terminal,
    wants: Wants,
    record: Mutex<Record>,
    /// Whether a progress line stands on the terminal.
    line: Mutex<bool>,
}

/// What a structured run has done.
#[derive(Debug, Default)]
struct Record {
    output: String,
    effects: Vec<Value>,
    state_writes: Vec<Value>,
    denials: Vec<Value>,
    metrics: Metrics,
}

/// Erases the line that the cursor stands in.
const ERASE: &str = "\r\x1b[K";
/// Progress is shown for work that takes so long.
const LONG: Duration = Duration::from_secs(1);

impl<'t> Observer<'t> {
    /// Watches a run whose streams are those of the terminal.
    pub(crate) fn new(terminal: &'t Terminal, wants: Wants) -> Self {
        Self {
            terminal,
            wants,
            record: Mutex::default(),
            line: Mutex::default(),
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be told when the run has ended.
    pub(crate) fn finish(&self) {
        self.show_progress(None);
        let metrics = self.record().metrics;
        if self.wants.debug {
            self.terminal.err(&detailed(metrics));
        } else if self.wants.metrics {
            self.terminal
                .err(&format!("\nTotal: {}\n", millis(metrics.total)));
        }
    }

    /// The object of a structured run. `document` is the output where it was not printed piece by piece.
    pub(crate) fn object(&self, document: Option<String>, error: Option<&Report>) -> String {
        let mut record = self.record();
        let record = std::mem::take(&mut *record);
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
        put("output", document.unwrap_or(record.output).into());
        put("effects", record.effects.into());
        // No script can export yet: the directive is refused.
        put("exports", json!([]));
        put("stateWrites", record.state_writes.into());
        put("denials", record.denials.into());
        if let Some(report) = error {
            put("error", report.to_json());
        }
        let mut text = serde_json::to_string_pretty(&Value::Object(object)).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Puts the progress line there, or takes it away.
    fn show_progress(&self, text: Option<&str>) {
        let mut stands = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if *stands || text.is_some() {
            self.terminal
                .err(&format!("{ERASE}{}", text.unwrap_or_default()));
        }
        *stands = text.is_some();
    }

    fn structured(&self, event: &Event) {
        let mut record = self.record();
        let line = match event {
            Event::Effect(effect) => {
                record.effects.push(effect.to_json());
                effect_line(effect)
            }
            Event::StateWrite(write) => {
                record
                    .state_writes
                    .push(write.to_json(&Timestamp::now().to_string()));
                return;
            }
            Event::Denied(denial) => {
                record.denials.push(event::denial_json(denial));
                denial_line(denial)
            }
            Event::Stage(stage) => stage_line(stage),
            Event::Complete(_) => "[execution:complete]".to_owned(),
            Event::Directive(_) | Event::LeftOut(_) | Event::Progress(_) => return,
        };
        drop(record);
        self.terminal.err(&(line + "\n"));
    }
}

impl Host for Observer<'_> {
    fn out(&self, text: &str) -> io::Result<()> {
        if self.wants.structured {
            self.record().output.push_str(text);
            return Ok(());
        }
        self.show_progress(None);
        self.terminal.out(text)
    }

    fn err(&self, text: &str) {
        self.show_progress(None);
        self.terminal.err(text);
    }

    fn listens(&self) -> bool {
        true
    }

    fn event(&self, event: &Event) {
        match event {
            Event::Complete(metrics) => self.record().metrics = *metrics,
            Event::Directive(d) if self.wants.directives => {
                let line = format!(
                    "[debug] {}:{} {} {}\n",
                    visible(&d.file),
                    d.line,
                    d.word,
                    millis(d.took)
                );
                self.err(&line);
            }
            Event::LeftOut(left) if self.wants.directives => {
                let path = left.path.as_deref().unwrap_or("a file");
                let line = format!(
                    "Warning: {}:{} leaves out {}: {}\n",
                    visible(&left.file),
                    left.line,
                    visible(path),
                    visible(&left.why)
                );
                self.err(&line);
            }
            Event::Progress(progress) if self.wants.progress => {
                if progress.done < progress.total && progress.elapsed >= LONG {
                    self.show_progress(Some(&progress_line(*progress)));
                } else {
                    self.show_progress(None);
                }
            }
            _ => {}
        }
        if self.wants.structured {
            self.structured(event);
        }
    }
}

/// `12.3ms`.
fn millis(time: Duration) -> String {
    format!("{:.1}ms", time.as_secs_f64() * 1000.0)
}

fn detailed(metrics: Metrics) -> String {
    format!(
        "\nMetrics:\n  Total: {}\n  Parse: {}\n  Evaluate: {}\n  Effects: {}\n  State writes: {}\n",
        millis(metrics.total),
        millis(metrics.parse),
        millis(metrics.evaluate),
        metrics.effects,
        metrics.state_writes
    )
}

/// `3/20 · 1.5/s · 12s left`.
fn progress_line(progress: Progress) -> String {
    let seconds = progress.elapsed.as_secs_f64().max(0.001);
    let rate = progress.done as f64 / seconds;
    let left = (progress.total - progress.done) as f64 / rate.max(0.001);
    format!(
        "{}/{} · {rate:.1}/s · {}s left",
        progress.done,
        progress.total,
        left.ceil()
    )
}

fn names(names: &[Arc<str>]) -> String {
    let names: Vec<_> = names.iter().map(|n| visible(n)).collect();
    names.join(",")
}

fn effect_line(effect: &Effect) -> String {
    let Security { labels, taint, .. } = &effect.security;
    format!(
        "[effect] {} taint=[{}] labels=[{}]",
        effect.medium.word(),
        names(taint),
        names(labels)
    )
}

fn denial_line(denial: &Denial) -> String {
    let json = event::denial_json(denial);
    let field = |name: &str| {
        let text = json.get(name).and_then(Value::as_str).unwrap_or_default();
        visible(text).into_owned()
    };
    format!(
        "[guard_denial] operation={} guard={} rule={} reason={}",
        field("operation"),
        field("guard"),
        field("rule"),
        field("reason")
    )
}

fn stage_line(stage: &Stage) -> String {
    let (word, took) = match stage.took {
        None => ("start", String::new()),
        Some(took) => ("complete", format!(" duration={}", took.as_millis())),
    };
    let member = stage.member.map(|m| m.to_string()).unwrap_or_default();
    format!(
        "[command:{word}] stage={} parallel={member} pipeline=p{}{took}",
        stage.stage,
        stage.pipeline + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_has_count_rate_and_time_left() {
        let progress = Progress {
            done: 4,
            total: 10,
            elapsed: Duration::from_secs(2),
        };
        assert_eq!(progress_line(progress), "4/10 · 2.0/s · 3s left");
    }

    #[test]
    fn stages_are_named_by_pipeline_and_place() {
        let mut stage = Stage {
            pipeline: 0,
            stage: 1,
            member: None,
            took: None,
        };
        assert_eq!(
            stage_line(&stage),
            "[command:start] stage=1 parallel= pipeline=p1"
        );
        stage.member = Some(2);
        stage.took = Some(Duration::from_millis(12));
        assert_eq!(
            stage_line(&stage),
            "[command:complete] stage=1 parallel=2 pipeline=p1 duration=12"
        );
    }
}
