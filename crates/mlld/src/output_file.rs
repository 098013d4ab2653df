//! `-o PATH`: the document goes to a file, whole or not at all (spec 09 §1.3, §11.11).

use crate::codes;
use mlld_runtime::report::Report;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Permissions of a new file, before the user's mask.
const NEW_FILE: u32 = 0o666;

/// A file that is to be written when the run has succeeded.
#[derive(Debug)]
pub(crate) struct OutputFile {
    /// As the user wrote it.
    shown: String,
    /// Where it lies; symbolic links are followed, so that the link itself stays.
    path: PathBuf,
    /// What lies there now.
    present: Present,
}

/// What lies at a path.
#[derive(Debug)]
enum Present {
    /// Nothing.
    Nothing,
    /// A file, with its permissions.
    File(Permissions),
    /// A device, a pipe: nothing that may be replaced by a file.
    Special,
}

impl OutputFile {
    /// Looks at the path before anything runs: it must be neither the script nor a folder.
    pub(crate) fn prepare(output: &Path, script: Option<&Path>) -> Result<Self, Box<Report>> {
        let shown = output.display().to_string();
        let mut file = Self {
            shown,
            path: output.to_owned(),
            present: Present::Nothing,
        };
        let Ok(resolved) = output.canonicalize() else {
            return Ok(file);
        };
        if script
            .and_then(|s| s.canonicalize().ok())
            .is_some_and(|s| s == resolved)
        {
            return Err(Box::new(Report::usage(
                codes::OUTPUT_FILE,
                "Input and output files cannot be the same.",
            )));
        }
        let about = resolved.metadata().map_err(|e| file.failed(&e))?;
        file.present = if about.is_dir() {
            let message = format!("Output is a folder: {}", file.shown);
            return Err(Box::new(Report::usage(codes::OUTPUT_FILE, message)));
        } else if about.is_file() {
            Present::File(about.permissions())
        } else {
            Present::Special
        };
        file.path = resolved;
        Ok(file)
    }

    /// Writes the document: beside the file first, then in its place.
    #[expect(
        clippy::disallowed_methods,
        reason = "what the user asked for on the command line is no operation of the script"
    )]
    pub(crate) fn write(&self, text: &str) -> Result<(), Box<Report>> {
        let write = || -> io::Result<()> {
            let permissions = match &self.present {
                Present::Special => {
                    let mut file = fs::OpenOptions::new().write(true).open(&self.path)?;
                    return file.write_all(text.as_bytes());
                }
                Present::File(permissions) => Some(permissions.clone()),
                Present::Nothing => None,
            };
            let folder = match self.path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            fs::create_dir_all(folder)?;
            let mut beside = tempfile::Builder::new()
                .prefix(".mlld-output-")
                .permissions(Permissions::from_mode(NEW_FILE))
                .tempfile_in(folder)?;
            beside.write_all(text.as_bytes())?;
            if let Some(permissions) = permissions {
                beside.as_file().set_permissions(permissions)?;
            }
            beside.as_file().sync_all()?;
            beside.persist(&self.path).map_err(|e| e.error)?;
            Ok(())
        };
        write().map_err(|e| self.failed(&e))
    }

    /// The line that tells where the document is.
    pub(crate) fn notice(&self) -> String {
        format!("Output written to: {}\n", self.shown)
    }

    /// The file cannot be written.
    fn failed(&self, why: &io::Error) -> Box<Report> {
        Box::new(Report::new(
            "RUNTIME_ERROR",
            codes::OUTPUT_FILE,
            "MlldOutput",
            format!("Cannot write {}: {why}", self.shown),
        ))
    }
}
