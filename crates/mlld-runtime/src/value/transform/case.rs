//! `@upper`, `@lower`, `@trim`, `@pretty`, `@keep`.

use super::super::{Value, json, number, render};
use super::{Input, json_input};

pub(super) fn upper(value: &Value) -> Result<Value, String> {
    Ok(render::stage(value).to_uppercase().into())
}

pub(super) fn lower(value: &Value) -> Result<Value, String> {
    Ok(render::stage(value).to_lowercase().into())
}

pub(super) fn trim(value: &Value) -> Result<Value, String> {
    Ok(number::trim(&render::stage(value)).into())
}

pub(super) fn pretty(value: &Value) -> Result<Value, String> {
    Ok(match json_input(value) {
        Input::Data(data) => json::indented(&data).into(),
        Input::Text(text) => text.into(),
    })
}

pub(super) fn keep(value: &Value) -> Result<Value, String> {
    Ok(value.clone())
}
