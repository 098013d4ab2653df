//! `@typeof`, `@typeInfo` and the stage `@exists`.

use super::super::{Kind, Value, number, render};
use super::{Input, json_input};

pub(super) fn type_of(value: &Value) -> Result<Value, String> {
    Ok(value.kind().name().into())
}

/// A text that is JSON is judged by what it would parse to.
pub(super) fn type_of_stage(value: &Value) -> Result<Value, String> {
    match json_input(value) {
        Input::Data(data) => type_of(&data),
        Input::Text(_) => Ok(Kind::String.name().into()),
    }
}

pub(super) fn type_info(value: &Value) -> Result<Value, String> {
    Ok(match value.data() {
        Value::Array(items) => format!("array ({} items)", items.len()),
        Value::Object(entries) => format!("object ({} properties)", entries.len()),
        Value::Executable(_) => "executable".to_owned(),
        Value::Text(text) if text.contains(['/', '\\']) => "path".to_owned(),
        Value::Text(_) => "simple-text".to_owned(),
        _ => format!("primitive ({})", value.kind()),
    }
    .into())
}

pub(super) fn type_info_stage(value: &Value) -> Result<Value, String> {
    match json_input(value) {
        Input::Data(data) if data.kind() != Kind::String => type_info(&data),
        _ => type_info(&render::stage(value).into()),
    }
}

/// Whether anything but white space is passed on.
pub(super) fn exists(value: &Value) -> Result<Value, String> {
    Ok((!number::trim(&render::stage(value)).is_empty()).into())
}
