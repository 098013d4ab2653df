//! What becomes of files: paths, provenance, data.

pub(crate) mod config;
mod data;
pub(crate) mod path;

use crate::effect::read::Loaded;
use crate::value::{FileMeta, Value, ValueError, Viewed};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, LabelStore};
use std::path::Path;
use std::sync::Arc;

/// The descriptor of what is read from a file: `src:file`, and `dir:` of every folder above it, most specific
/// first (spec 05 §5.1, §5.2). `real` has its links resolved.
pub(crate) fn provenance(store: &LabelStore, real: &Path) -> Descriptor {
    let mut taint = vec!["src:file".to_owned()];
    for folder in real.ancestors().skip(1) {
        if folder.parent().is_some() {
            taint.push(format!("dir:{}", folder.display()));
        }
    }
    let source = real.to_string_lossy();
    store.provenance(taint.iter().map(String::as_str), [source.as_ref()])
}

/// The value of a loaded file: its text, its data, its metadata (spec 04 §1.3, §1.4).
pub(crate) fn file_value(loaded: Loaded, folder: &Path) -> Result<Value, ValueError> {
    let name = loaded
        .path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let written = path::relative(folder, &loaded.path);
    let data = data::of_file(&name, &loaded.text).map_err(|e| ValueError {
        message: eco_format!("Failed to load content: {written}\n{}", e.message),
        ..e
    })?;
    let meta = FileMeta {
        filename: name.into(),
        relative: written,
        absolute: EcoString::from(loaded.path.to_string_lossy().as_ref()),
        ..FileMeta::default()
    };
    Ok(Value::Viewed(Arc::new(Viewed {
        data,
        text: loaded.text,
        file: Some(Arc::new(meta)),
    })))
}
