//! Predicates, on anything (spec 01 §11.3).

use super::super::{Kind, Value, ValueError};
use super::Call;

fn is(call: &Call<'_>, kind: Kind) -> Result<Value, ValueError> {
    Ok((call.target.kind() == kind).into())
}

pub(super) fn is_string(call: &Call<'_>) -> Result<Value, ValueError> {
    is(call, Kind::String)
}

pub(super) fn is_number(call: &Call<'_>) -> Result<Value, ValueError> {
    is(call, Kind::Number)
}

pub(super) fn is_boolean(call: &Call<'_>) -> Result<Value, ValueError> {
    is(call, Kind::Boolean)
}

pub(super) fn is_array(call: &Call<'_>) -> Result<Value, ValueError> {
    is(call, Kind::Array)
}

pub(super) fn is_object(call: &Call<'_>) -> Result<Value, ValueError> {
    is(call, Kind::Object)
}

pub(super) fn is_null(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(matches!(call.target, Value::Null).into())
}

pub(super) fn is_defined(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok((!call.target.is_nullish()).into())
}
