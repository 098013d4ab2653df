//! A registry behind a static HTTP server: its documents are fetched as those of a script are, through the gate and
//! under the rules of the project for URLs (spec 04 §8.1).

use super::not_resolved;
use crate::failure::{Failure, Problem};
use crate::gate::Run;
use crate::load::config;
use crate::module::Origin;
use crate::net::{self, Purpose, Wanted};
use crate::run::{Host, RunOptions};
use ecow::eco_format;
use mlld_security::{Descriptor, OpKind, Place, Reader, Target};
use std::io;
use std::path::Path;
use url::Url;

/// Nobody is told anything: there is no script.
struct Nobody;

impl Host for Nobody {
    fn out(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn err(&self, _: &str) {}
}

/// Fetches a document of the module `name` for the project at `root`.
///
/// # Errors
/// It may not be fetched, or cannot be had.
pub(super) fn document(root: &Path, name: &str, url: &str) -> Result<Vec<u8>, Problem> {
    let options = RunOptions::default();
    let run = Run::new(&Nobody, &options, root.to_path_buf());
    run.loads.set_config(config::read(root)?);
    let url: Url = net::parse(url)?;
    let asker = Origin::main(root.to_path_buf());
    let wanted = Wanted {
        shown: url.as_str(),
        url: url.clone(),
        labels: Descriptor::EMPTY,
        purpose: Purpose::Module,
    };
    let operation = || {
        let subject = eco_format!("/import {name}");
        let targets = vec![Target::shown("op:import")].into();
        let place = Place {
            file: "mlld install".into(),
            line: 1,
            column: 1,
        };
        run.operation(OpKind::Import, subject, targets, place)
    };
    match net::document_for_command(&run, &asker, &wanted, &operation) {
        Ok(document) => Ok(document.bytes),
        Err(failure) => Err(match *failure {
            Failure::Problem(problem) | Failure::Fatal(problem) => {
                // What the registry says is what the message is about.
                let problem = problem.take(&Reader::new(run.store()));
                match problem.number {
                    "R0402" => not_resolved(name, problem.message.replace("\n", ": ")),
                    _ => problem,
                }
            }
            Failure::Denied(denial) => not_resolved(name, denial.reason),
            Failure::OutputClosed => not_resolved(name, "it was given up"),
        }),
    }
}
