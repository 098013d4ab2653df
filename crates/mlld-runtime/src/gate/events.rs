//! Telling the host what happens (spec 03 §20). Nothing is made for a host that does not listen.

use super::Run;
use crate::event::{Effect, Event, Medium, Metrics, Security, StateWrite};
use ecow::EcoString;
use mlld_security::{Denial, Descriptor};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What is counted while a run goes on.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    effects: AtomicU64,
    state_writes: AtomicU64,
    pipelines: AtomicU64,
}

impl Run<'_> {
    /// Tells the host, if it listens.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.host.listens() {
            self.host.event(&event());
        }
    }

    /// Something with these labels was printed or written. What did not reach standard output is told only
    /// where it may be shown.
    pub(crate) fn tell_effect(
        &self,
        medium: Medium,
        content: impl FnOnce() -> EcoString,
        path: Option<(PathBuf, Descriptor)>,
        labels: Descriptor,
    ) {
        self.counters.effects.fetch_add(1, Ordering::Relaxed);
        self.tell(|| {
            let shown = match medium {
                Medium::Doc | Medium::Both | Medium::Stdout => true,
                Medium::Stderr | Medium::File => self.may_show(labels),
            };
            Event::Effect(Effect {
                medium,
                content: shown.then(content),
                path: path
                    .filter(|(_, named)| self.may_show(*named))
                    .map(|(path, _)| path),
                security: Security::of(self.store(), labels),
            })
        });
    }

    /// A value was handed to the caller.
    pub(crate) fn tell_state(&self, path: EcoString, value: EcoString, labels: Descriptor) {
        let index = self.counters.state_writes.fetch_add(1, Ordering::Relaxed);
        self.tell(|| {
            Event::StateWrite(StateWrite {
                path,
                value,
                security: Security::of(self.store(), labels),
                index,
            })
        });
    }

    /// An operation was refused.
    pub(crate) fn tell_denial(&self, denial: &Denial) {
        self.tell(|| Event::Denied(Box::new(denial.clone())));
    }

    /// A number for a pipeline.
    pub(crate) fn next_pipeline(&self) -> u64 {
        self.counters.pipelines.fetch_add(1, Ordering::Relaxed)
    }

    /// What the run took.
    pub(crate) fn metrics(&self, parse: Duration, evaluate: Duration) -> Metrics {
        Metrics {
            total: parse + evaluate,
            parse,
            evaluate,
            effects: self.counters.effects.load(Ordering::Relaxed),
            state_writes: self.counters.state_writes.load(Ordering::Relaxed),
        }
    }
}
