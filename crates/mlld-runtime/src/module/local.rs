//! `import local { … } from @author/name`: modules of the project by author and name (spec 04 §7.8).

use super::reference::Reference;
use crate::effect::read::{self, FilePath};
use crate::eval::Cx;
use crate::failure::Problem;
use crate::load::path;
use crate::value::{Value, front_matter};
use ecow::eco_format;
use std::path::Path;

/// The author that stands for any.
const ANYBODY: &str = "local";

/// Extensions of modules, in the order in which they are looked for.
const EXTENSIONS: [&str; 2] = ["mld", "mld.md"];

/// The file of a local module: in the folder for these, and nowhere else.
///
/// # Errors
/// There is none, or it may not be read.
pub(crate) fn find(cx: &Cx<'_>, written: &str) -> Result<FilePath, Problem> {
    let reference = Reference::parse(written)?;
    let folder = &cx.run.loads.config().modules.local_modules;
    let base = path::lexical(&cx.run.root.join(folder.as_str()));
    let whole = reference.name.trim_start_matches('@');
    let (author, name) = whole.split_once('/').unwrap_or((whole, ""));
    let mut places = Vec::new();
    for extension in EXTENSIONS {
        places.push((eco_format!("{name}.{extension}"), author != ANYBODY));
    }
    for extension in EXTENSIONS {
        places.push((eco_format!("{whole}.{extension}"), false));
    }
    places.push((eco_format!("{name}/index.mld"), author != ANYBODY));
    places.push((eco_format!("{whole}/index.mld"), false));
    for (place, by_author) in places {
        let file = path::readable(cx, &base, &place, written)?;
        let Some(real) = file.real.as_deref().filter(|r| r.is_file()) else {
            continue;
        };
        if !real.starts_with(path::resolved(&base)) {
            let message = eco_format!("Access denied: {written} leads out of {folder}");
            return Err(Problem::new("R0931", "MlldSecurity", message).code("ACCESS_DENIED"));
        }
        if !by_author || is_by(real, author) {
            return Ok(file);
        }
    }
    let message = eco_format!("Local module not found for {}", reference.name);
    let hint = eco_format!(
        "It would be {folder}/{name}.mld with `author: {author}` in its front matter, or {folder}/{whole}.mld"
    );
    let mut problem = Problem::new("R0932", "MlldImport", message)
        .code("LOCAL_MODULE_NOT_FOUND")
        .hint(hint);
    problem.details.push("Code: LOCAL_MODULE_NOT_FOUND".into());
    Err(problem)
}

/// Whether the front matter of a file names this author. Only to find which file a reference means: policy judges the
/// path that comes of it.
fn is_by(file: &Path, author: &str) -> bool {
    let Ok(bytes) = read::own_file(file) else {
        return false;
    };
    match front_matter::of_file(&String::from_utf8_lossy(&bytes)) {
        Value::Object(matter) => matter
            .get("author")
            .is_some_and(|a| matches!(a, Value::Text(text) if text == author)),
        _ => false,
    }
}
