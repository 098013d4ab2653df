//! What belongs to a project as a whole (spec 04 §3.1, §12).
//!
//! | file | what |
//! |---|---|
//! | here | where a project is, and what its configuration says of it |
//! | `document` | changing a configuration file without losing anything |
//! | `settings` | what `mlld alias` and `mlld vars` change |
//! | `scaffold` | what `mlld init` and `mlld module` make |

mod document;
mod scaffold;
mod settings;

pub use scaffold::{Init, Kind, init, module, script};
pub use settings::{Alias, Variables, alias, global_config};

use crate::load::{config, path};
use crate::report::Report;
use std::path::{Component, Path, PathBuf};

/// The project root of a script, or of a command that is started, in `folder`.
#[must_use]
pub fn root(folder: &Path, home: Option<&Path>) -> PathBuf {
    path::marked_root(folder, home).unwrap_or_else(|| folder.to_path_buf())
}

/// Where `mlld run` looks for the scripts of the project at `root`: relative to it.
///
/// # Errors
/// The configuration cannot be used, or names a folder outside of the project.
pub fn script_folder(root: &Path) -> Result<PathBuf, Box<Report>> {
    let folder = PathBuf::from(config::read(root)?.script_dir);
    inside(&folder).ok_or_else(|| {
        let why = ecow::eco_format!(
            "'scriptDir' must be a folder inside the project, not {}",
            folder.display()
        );
        config::failed(why).into()
    })
}

/// A relative path that stays in the folder where it starts, without `.`; `None` for another one.
fn inside(path: &Path) -> Option<PathBuf> {
    let plain = |c: &Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
    path.components().all(|c| plain(&c)).then(|| {
        let parts = path.components().filter(|c| *c != Component::CurDir);
        parts.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::own;

    #[test]
    fn the_script_folder_lies_in_the_project() {
        let temp = tempfile::tempdir().unwrap();
        let with = |config: &str| {
            own::replace(&temp.path().join("mlld-config.json"), config.as_bytes()).unwrap();
            script_folder(temp.path())
        };
        assert_eq!(script_folder(temp.path()).unwrap(), Path::new("llm/run"));
        assert_eq!(with("{}").unwrap(), Path::new("llm/run"));
        assert_eq!(
            with(r#"{"scriptDir":"./jobs/"}"#).unwrap(),
            Path::new("jobs")
        );
        for bad in [r#""../x""#, r#""/x""#, r#""a/../../x""#, "1"] {
            assert!(with(&format!(r#"{{"scriptDir":{bad}}}"#)).is_err(), "{bad}");
        }
        assert!(with("{").is_err());
    }
}
