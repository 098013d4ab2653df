//! stub
use super::{Value, ValueError};
pub fn parse(_t: &str) -> Result<Value, ValueError> { Ok(Value::Null) }
