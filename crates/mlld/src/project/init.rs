//! `mlld init [NAME.mld]`.

use super::{author, here};
use crate::args::{self, CommandSpec, Opt};
use crate::environment::Environment;
use crate::terminal::Terminal;
use crate::{Status, codes};
use mlld_runtime::project::{self, Init};
use mlld_runtime::report::{Report, visible};
use std::ffi::OsString;

/// Does what the words ask for.
pub(crate) fn run(
    command: &'static CommandSpec,
    words: Vec<OsString>,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Status, Box<Report>> {
    let (names, options) = args::read(command, words, 1)?;
    let force = args::has(&options, Opt::Force);
    let scripts = args::last(&options, Opt::ScriptDir)?;
    let modules = args::last(&options, Opt::LocalPath)?;
    if let [name] = names.as_slice() {
        if scripts.is_some() || modules.is_some() {
            let message = "--script-dir and --local-path are for projects, not for a module";
            return Err(Box::new(Report::usage(codes::CONFLICT, message)));
        }
        project::script(&here()?.join(name), author(environment), force)?;
        let name = visible(name);
        terminal.print(&format!(
            "✔ Created {name}\n\nNext steps:\n  Write what it does, and say so in its front matter\n  mlld validate {name}\n"
        ));
        return Ok(Status::Good);
    }
    let init = Init {
        force,
        scripts,
        modules,
    };
    let Some(made) = project::init(&here()?, init)? else {
        terminal.print(
            "mlld-config.json already exists.\nUse --force to overwrite, or run `mlld setup` to modify.\n",
        );
        return Ok(Status::Good);
    };
    let made: String = made.iter().map(|m| format!("  {m}\n")).collect();
    terminal.print(&format!(
        "✔ Initialized mlld project\n\nCreated:\n{made}\nNext steps:\n  Put scripts into {}/ and run them: mlld run NAME\n  Put modules into {}/ and import them: import {{ x }} from @local/NAME\n  Install modules of others: mlld install @author/name\n",
        visible(scripts.unwrap_or("llm/run").trim_end_matches('/')),
        visible(modules.unwrap_or("llm/modules").trim_end_matches('/')),
    ));
    Ok(Status::Good)
}
