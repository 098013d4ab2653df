//! Where a command or a block runs (spec 02 §9.4, 04 §6): in a folder, or in a copy of the workspace of its box.

use super::Job;
use super::watch::Watching;
use crate::effect::process::{self, Broken, Outcome};
use crate::eval::{Cx, Eval, Problem, expr, file, path};
use crate::load::workspace::Snapshot;
use crate::value::render;
use mlld_security::{Descriptor, Labelled, Reader};
use mlld_syntax::ast::{Code, WorkDir};
use std::path::{Path, PathBuf};

/// Where it runs.
pub(super) struct Place {
    folder: Labelled<(PathBuf, Option<Snapshot>)>,
    /// The number of the workspace.
    workspace: Option<u32>,
}

impl Place {
    /// Where code runs. In a box it can read all files of the workspace, so their labels are among its inputs.
    pub(super) fn of(cx: &Cx<'_>, code: &Code) -> Eval<Self> {
        let Some(around) = cx.boxed else {
            return Ok(Self {
                folder: written(cx, code)?.map(|folder| (folder, None)),
                workspace: None,
            });
        };
        if code.dir.is_some() {
            return cx.unsupported("A working directory of its own for code in a `box`");
        }
        let folder = process::new_path().map_err(Problem::plain)?;
        let workspaces = &cx.run.loads.workspaces;
        let Some((snapshot, labels)) =
            workspaces.with(around.workspace, |w| w.snapshot(folder.clone()))
        else {
            return cx.unsupported("A workspace of another run");
        };
        let labels = cx.run.store().join(labels, around.chosen);
        Ok(Self {
            folder: Labelled::entering((folder, Some(snapshot)), labels),
            workspace: Some(around.workspace),
        })
    }

    /// The labels of what it can read there.
    pub(super) fn labels(&self) -> Descriptor {
        self.folder.descriptor()
    }

    /// The folder.
    pub(super) fn folder<'s>(&'s self, reader: &Reader<'_>) -> &'s Path {
        &self.folder.read(reader).0
    }

    /// The folder, and what is to be found in it.
    pub(super) fn files(&self) -> Labelled<(PathBuf, Option<Snapshot>)> {
        self.folder.clone()
    }

    /// Takes what a process has written into the workspace, be it that it failed. It carries all that the process has
    /// received, and what the call around it and the conditions around that add.
    pub(super) fn take_over(
        &self,
        cx: &Cx<'_>,
        outcome: Result<Outcome, Broken>,
        watch: &Watching<'_, '_>,
        job: &Job<'_>,
    ) -> Result<Outcome, Broken> {
        let mut outcome = outcome?;
        if let (Some(number), Some(changes)) = (self.workspace, outcome.changes.take())
            && !changes.is_empty()
        {
            let store = cx.run.store();
            let added = job.added();
            let labels = store.join_all([watch.labels, cx.ambient, added, cx.pc()]);
            let workspaces = &cx.run.loads.workspaces;
            workspaces.with(number, |w| w.take_over(store, changes, labels));
            file::workspace::changed(cx, number);
        }
        Ok(outcome)
    }
}

/// The folder that is written with code (`cmd:DIR`), else that of the script.
pub(super) fn written(cx: &Cx<'_>, code: &Code) -> Eval<Labelled<PathBuf>> {
    let text = match &code.dir {
        None => return Ok(Labelled::literal(cx.module.folder.clone())),
        Some(WorkDir::Text(text)) => Labelled::literal(text.clone()),
        Some(WorkDir::Path(p)) => {
            let value = path::value(cx, p, expr::Undefined::Error)?;
            cx.compute(|r| Ok::<_, Problem>(render::template(value.read(r))))?
        }
    };
    cx.compute(|r| crate::load::path::work_dir(text.read(r), cx.run.options.home.as_deref()))
}
