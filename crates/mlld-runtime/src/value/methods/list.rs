//! Methods on arrays (spec 01 §11.2).

use super::super::error::with_stack;
use super::super::{Value, ValueError, access, compare, depth, json, render};
use super::{Call, ITEM_LIMIT};
use ecow::EcoString;

pub(super) fn length(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(call.items().len().into())
}

pub(super) fn includes(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(position(call)?.is_some().into())
}

pub(super) fn index_of(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(position(call)?.map_or(Value::Number(-1.0), Value::from))
}

/// Where the argument stands: same kind, same value; arrays and objects never match.
fn position(call: &Call<'_>) -> Result<Option<usize>, ValueError> {
    let wanted = call.value(0)?.map_or(&Value::Null, Value::data);
    if matches!(wanted, Value::Array(_) | Value::Object(_)) {
        return Ok(None);
    }
    Ok(call
        .items()
        .iter()
        .position(|item| compare::identical(item, wanted)))
}

pub(super) fn join(call: &Call<'_>) -> Result<Value, ValueError> {
    let separator = call.text_arg(0, ",")?;
    let mut text = String::new();
    for (index, item) in call.items().iter().enumerate() {
        if index > 0 {
            text.push_str(&separator);
        }
        match item.data() {
            Value::Absent | Value::Null | Value::Viewed(_) => {}
            Value::Text(item) => text.push_str(item),
            data @ (Value::Array(_) | Value::Object(_)) => text.push_str(&json::text(data)),
            data => text.push_str(&render::template(data)),
        }
        call.check_size(text.len() as f64)?;
    }
    Ok(text.into())
}

pub(super) fn slice(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(access::slice_items(
        call.items(),
        call.integer(0, 0.0)?,
        call.integer(1, f64::INFINITY)?,
    ))
}

pub(super) fn at(call: &Call<'_>) -> Result<Value, ValueError> {
    let index = call.integer(0, 0.0)?;
    let index = if index < 0.0 {
        call.items().len() as f64 + index
    } else {
        index
    };
    access::index(call.target, index)
}

pub(super) fn concat(call: &Call<'_>) -> Result<Value, ValueError> {
    let mut items = call.items().to_vec();
    for index in 0..call.args.len() {
        let value = call.value(index)?.unwrap_or(&Value::Null);
        match value.as_array() {
            Some(more) => items.extend(more.iter().cloned()),
            None => items.push(value.clone()),
        }
        check_items(call, items.len())?;
    }
    depth::array(items)
}

pub(super) fn reverse(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(Value::array(call.items().iter().rev().cloned().collect()))
}

pub(super) fn flat(call: &Call<'_>) -> Result<Value, ValueError> {
    let mut flat = Vec::new();
    flatten(call, call.items(), call.integer(0, 1.0)?, &mut flat)?;
    Ok(Value::array(flat))
}

fn flatten(
    call: &Call<'_>,
    items: &[Value],
    levels: f64,
    flat: &mut Vec<Value>,
) -> Result<(), ValueError> {
    for item in items {
        match item.as_array() {
            Some(inner) if levels >= 1.0 => {
                with_stack(|| flatten(call, inner, levels - 1.0, flat))?
            }
            _ => flat.push(item.clone()),
        }
    }
    check_items(call, flat.len())
}

pub(super) fn sort(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(Value::array(by_text(call.items())))
}

/// Elements sorted by their text, in the order of UTF-16; equal ones keep their order.
pub(in super::super) fn by_text(items: &[Value]) -> Vec<Value> {
    let mut keyed: Vec<(EcoString, &Value)> = items
        .iter()
        .map(|item| (render::template(item.data()), item))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| compare::text_order(a, b));
    keyed.into_iter().map(|(_, item)| item.clone()).collect()
}

fn check_items(call: &Call<'_>, count: usize) -> Result<(), ValueError> {
    if count > ITEM_LIMIT {
        return Err(call.error(
            "R0213",
            format!(
                "The result of .{}() has too many elements",
                call.method.name
            ),
        ));
    }
    Ok(())
}
