//! stub
use super::Value;
pub const FIELDS: &[&str] = &[];
pub fn field(_v: &Value, _n: &str) -> Option<Value> { None }
