//! Loaded files as values (spec 04 §1.3, §1.4).

use super::section::{SectionError, Sections};
use super::workspace::WorkspaceFile;
use super::{html, path};
use crate::effect::read::Loaded;
use crate::net::Document;
use crate::value::{FileMeta, Value, ValueError, Viewed, loaded as data_of, render};
use ecow::{EcoString, eco_format};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use url::Url;

/// What was read of a file before anything is made of it.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// The text: of a page, the Markdown made of it.
    pub(crate) text: EcoString,
    /// What is known of the file.
    pub(crate) meta: FileMeta,
    /// Why a page is not Markdown but its source.
    fault: Option<EcoString>,
}

/// Why a file that was read is no value.
#[derive(Debug)]
pub(crate) enum FileError {
    /// Its text is not what its name says.
    Data(ValueError),
    /// A section is missing in it.
    Section(SectionError),
}

/// What was read of a file. `folder` is where its relative path begins.
pub(crate) fn content(loaded: Loaded, folder: &Path) -> Content {
    let name = loaded.path.file_name().unwrap_or_default();
    let meta = FileMeta {
        filename: EcoString::from(name.to_string_lossy().as_ref()),
        relative: path::relative(folder, &loaded.path),
        absolute: EcoString::from(loaded.path.to_string_lossy().as_ref()),
        ..FileMeta::default()
    };
    let mut content = Content {
        text: loaded.text,
        meta,
        fault: None,
    };
    if html::is_page(&content.meta.filename) {
        content.read_page(None);
    }
    content
}

/// What was fetched over the network.
pub(crate) fn fetched(document: &Document) -> Content {
    let url = document.url();
    let address = EcoString::from(url.map_or("", Url::as_str));
    let last = url.and_then(|u| u.path_segments()?.next_back().map(EcoString::from));
    let meta = FileMeta {
        filename: last.unwrap_or_default(),
        relative: address.clone(),
        absolute: address.clone(),
        url: Some(address),
        domain: url.and_then(Url::host_str).map(EcoString::from),
        status: Some(document.status),
        headers: document.headers.clone(),
        ..FileMeta::default()
    };
    let mut content = Content {
        text: document.text(),
        meta,
        fault: None,
    };
    if document.is_page() {
        content.read_page(url);
    }
    content
}

impl Content {
    /// The text is the source of a page: makes Markdown of it.
    fn read_page(&mut self, address: Option<&Url>) {
        match html::page(&self.text, address) {
            Ok(page) => {
                self.meta.title = page.title;
                self.meta.description = page.description;
                self.meta.html = Some(std::mem::replace(&mut self.text, page.markdown));
            }
            Err(why) => self.fault = Some(eco_format!("Failed to read the page: {why}")),
        }
    }
}

/// What is read from a file of a workspace: its paths begin in that.
pub(crate) fn workspace_content(path: &EcoString, file: WorkspaceFile) -> Content {
    let inside = PathBuf::from(format!("/{path}"));
    let diff = super::workspace::diff(path, &file);
    let loaded = Loaded {
        real_path: inside.clone(),
        path: inside,
        text: file.text,
    };
    let mut content = content(loaded, Path::new("/"));
    content.meta.diff = Some(diff);
    content
}

/// The data of a file.
fn data(content: &Content) -> Result<Value, ValueError> {
    match &content.fault {
        Some(why) => Err(ValueError::new("R0403", "MlldFile", why.clone())),
        None if content.meta.html.is_some() => Ok(Value::Text(content.text.clone())),
        // What a server gives is told by its content, not by how its address ends.
        None if content.meta.url.is_some() => data_of::data("", &content.text),
        None => data_of::data(&content.meta.filename, &content.text),
    }
}

/// The value of a file.
///
/// # Errors
/// When its text is not what its name says.
pub(crate) fn loaded(content: Content) -> Result<Value, FileError> {
    let data = data(&content).map_err(FileError::Data)?;
    Ok(viewed(data, content.text, content.meta))
}

/// The value of a file that is one of several: one that does not parse stays text and says so (spec 04 §1.8).
pub(crate) fn item(mut content: Content) -> Value {
    match data(&content) {
        Ok(data) => viewed(data, content.text, content.meta),
        Err(error) => {
            content.meta.parse_error = Some(error.message);
            viewed(
                Value::Text(content.text.clone()),
                content.text,
                content.meta,
            )
        }
    }
}

/// The value of sections of a file.
///
/// # Errors
/// When one that must be there is missing.
pub(crate) fn section_of(content: Content, sections: &Sections) -> Result<Value, FileError> {
    if content.fault.is_some() {
        data(&content).map_err(FileError::Data)?;
    }
    let text = sections.select(&content.text).map_err(FileError::Section)?;
    Ok(part(text, content))
}

/// A text that is a part of a file, or was made of one, with what is known of the file.
pub(crate) fn part(text: EcoString, content: Content) -> Value {
    let meta = FileMeta {
        front_matter_of: Some(content.text),
        ..content.meta
    };
    viewed(Value::Text(text.clone()), text, meta)
}

fn viewed(data: Value, text: EcoString, meta: FileMeta) -> Value {
    Value::Viewed(Arc::new(Viewed {
        data,
        text,
        file: Some(Arc::new(meta)),
    }))
}

/// A list whose text is the texts of its items with a blank line between: of a pattern, of `as` templates, of
/// definitions (spec 04 §1.8). The items keep what is known of them.
pub(crate) fn joined(items: Vec<Value>) -> Value {
    let mut text = EcoString::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            text.push_str("\n\n");
        }
        text.push_str(&render::template(item));
    }
    listed(items, text)
}

/// A list that prints as `text`.
pub(crate) fn listed(items: Vec<Value>, text: EcoString) -> Value {
    Value::Viewed(Arc::new(Viewed {
        data: Value::array(items),
        text,
        file: None,
    }))
}

/// The items, if the value is a list of loaded files.
pub(crate) fn is_listed(value: &Value) -> Option<&Arc<Vec<Value>>> {
    let Value::Viewed(view) = value else {
        return None;
    };
    let items = view.data.as_array()?;
    let is_file = |item: &Value| item.view().is_some_and(|v| v.file.is_some());
    (view.file.is_none() && items.iter().all(is_file)).then_some(items)
}

/// What a pipeline made of a loaded file: it keeps what is known of the file (spec 04 §1.3).
pub(crate) fn with_meta(made: Value, of: &Viewed) -> Value {
    let (Some(meta), false) = (&of.file, made.is_nullish()) else {
        return made;
    };
    if matches!(made.data(), Value::Executable(_)) || made.view().is_some_and(|v| v.file.is_some())
    {
        return made;
    }
    let front_matter_of = meta.front_matter_of.clone();
    let meta = FileMeta {
        front_matter_of: Some(front_matter_of.unwrap_or_else(|| of.text.clone())),
        ..FileMeta::clone(meta)
    };
    let text = render::template(&made);
    viewed(made.data().clone(), text, meta)
}
