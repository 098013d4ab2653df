//! What was found, for machines (spec 09 §6.1). Empty sections are left out.

use super::check::{Checked, Finding};
use serde_json::{Map, Value};

/// One object for one file; an array where the call could have meant several.
pub(super) fn render(checked: &[Checked], several: bool) -> String {
    let mut objects: Vec<Value> = checked.iter().map(object).collect();
    let value = match objects.pop() {
        Some(only) if !several => only,
        last => {
            objects.extend(last);
            Value::Array(objects)
        }
    };
    format!("{value:#}\n")
}

/// One file.
fn object(checked: &Checked) -> Value {
    let mut object = Map::new();
    object.insert(
        "filepath".into(),
        checked.file.absolute.to_string_lossy().into(),
    );
    object.insert("valid".into(), checked.errors.is_empty().into());
    let mut section = |name: &str, findings: &[Finding], hint: &str| {
        if !findings.is_empty() {
            let list = findings.iter().map(|f| finding(f, hint)).collect();
            object.insert(name.into(), Value::Array(list));
        }
    };
    section("errors", &checked.errors, "hint");
    section("antiPatterns", &checked.warnings, "suggestion");
    Value::Object(object)
}

/// One finding; `hint` is the name under which this section has what to do.
fn finding(found: &Finding, hint: &str) -> Value {
    let mut object = Map::new();
    object.insert("code".into(), found.code.into());
    object.insert("message".into(), found.message.as_str().into());
    if let Some((line, column)) = found.place {
        object.insert("line".into(), line.into());
        object.insert("column".into(), column.into());
    }
    if let Some(text) = &found.hint {
        object.insert(hint.into(), text.as_str().into());
    }
    Value::Object(object)
}
