//! Values as they are written down: plain JSON, and beside it what JSON does not tell.

use crate::value::{FileMeta, Object, Value, Viewed, json};
use ecow::EcoString;
use std::sync::Arc;

/// A value as it stands in a result file.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The data alone.
    pub(super) value: Value,
    /// Text views and files of it and its members: `[{ path, text, file? }]`; [`Value::Null`] without any.
    pub(super) views: Value,
}

/// How a value is written; `None` for one that cannot be: an executable, a number that JSON has no word for.
pub(super) fn write(value: &Value) -> Option<Written> {
    let mut writer = Writer::default();
    let value = writer.plain(value)?;
    let views = match writer.views.is_empty() {
        true => Value::Null,
        false => Value::Array(Arc::new(writer.views)),
    };
    Some(Written { value, views })
}

/// The value that was written; `None` if the views are none.
pub(super) fn read(written: &Written) -> Option<Value> {
    let mut value = written.value.clone();
    match &written.views {
        Value::Null => {}
        Value::Array(views) => {
            // Inner ones first: data with a view is not itself looked into again.
            for view in views.iter().rev() {
                value = put_view(&value, view)?;
            }
        }
        _ => return None,
    }
    Some(value)
}

#[derive(Default)]
struct Writer {
    path: Vec<Value>,
    views: Vec<Value>,
}

impl Writer {
    fn plain(&mut self, value: &Value) -> Option<Value> {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value {
            Value::Absent | Value::Null => Some(Value::Null),
            Value::Bool(_) | Value::Text(_) => Some(value.clone()),
            Value::Number(n) => n.is_finite().then(|| value.clone()),
            Value::Executable(_) => None,
            Value::Array(items) => {
                let mut plain = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    plain.push(self.member(Value::Number(index as f64), item)?);
                }
                Some(Value::Array(Arc::new(plain)))
            }
            Value::Object(entries) => {
                let mut plain = Object::default();
                for (key, item) in entries.iter() {
                    let member = self.member(Value::Text(key.clone()), item)?;
                    plain.insert(key.clone(), member);
                }
                Some(Value::Object(Arc::new(plain)))
            }
            Value::Viewed(viewed) => {
                let mut view = Object::default();
                view.insert("path".into(), Value::Array(Arc::new(self.path.clone())));
                view.insert("text".into(), Value::Text(viewed.text.clone()));
                if let Some(file) = &viewed.file {
                    view.insert("file".into(), write_file(file));
                }
                self.views.push(Value::Object(Arc::new(view)));
                self.plain(&viewed.data)
            }
        })
    }

    fn member(&mut self, step: Value, item: &Value) -> Option<Value> {
        self.path.push(step);
        let plain = self.plain(item);
        self.path.pop();
        plain
    }
}

/// The value with one view in its place.
fn put_view(value: &Value, view: &Value) -> Option<Value> {
    let Value::Object(view) = view else {
        return None;
    };
    let (Value::Array(path), Value::Text(text)) = (view.get("path")?, view.get("text")?) else {
        return None;
    };
    let file = match view.get("file") {
        Some(file) => Some(Arc::new(read_file(file)?)),
        None => None,
    };
    let make = |data: &Value| {
        Value::Viewed(Arc::new(Viewed {
            data: data.data().clone(),
            text: text.clone(),
            file: file.clone(),
        }))
    };
    at(value, path, &make)
}

/// The value with what lies at the path replaced.
fn at(value: &Value, path: &[Value], make: &dyn Fn(&Value) -> Value) -> Option<Value> {
    let Some((step, rest)) = path.split_first() else {
        return Some(make(value));
    };
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match (value, step) {
        (Value::Array(items), Value::Number(index)) => {
            let mut items = items.to_vec();
            let item = items
                .iter_mut()
                .enumerate()
                .find(|(i, _)| *i as f64 == *index)?
                .1;
            *item = at(item, rest, make)?;
            Some(Value::Array(Arc::new(items)))
        }
        (Value::Object(entries), Value::Text(key)) => {
            let mut entries = (**entries).clone();
            let item = entries.get_mut(key)?;
            *item = at(item, rest, make)?;
            Some(Value::Object(Arc::new(entries)))
        }
        _ => None,
    })
}

/// The members of a file's metadata that are texts or nothing.
const TEXTS: [&str; 8] = [
    "title",
    "description",
    "html",
    "url",
    "domain",
    "frontMatterOf",
    "parseError",
    "diff",
];

fn write_file(file: &FileMeta) -> Value {
    // Without `..`: a member that is added has to be written, too.
    let FileMeta {
        filename,
        relative,
        absolute,
        title,
        description,
        html,
        url,
        domain,
        status,
        headers,
        front_matter_of,
        parse_error,
        kept,
        // A number means nothing in another run: what is read is an object like any other.
        workspace: _,
        diff,
    } = file;
    let text = |t: &EcoString| Value::Text(t.clone());
    let mut object = Object::default();
    object.insert("filename".into(), text(filename));
    object.insert("relative".into(), text(relative));
    object.insert("absolute".into(), text(absolute));
    let optional = [
        title,
        description,
        html,
        url,
        domain,
        front_matter_of,
        parse_error,
        diff,
    ];
    for (name, member) in TEXTS.into_iter().zip(optional) {
        if let Some(member) = member {
            object.insert(name.into(), text(member));
        }
    }
    if let Some(status) = status {
        object.insert("status".into(), Value::Number(f64::from(*status)));
    }
    if *kept {
        object.insert("kept".into(), Value::Bool(true));
    }
    if !headers.is_empty() {
        let pair = |(n, v): &(EcoString, EcoString)| Value::Array(Arc::new(vec![text(n), text(v)]));
        let headers = headers.iter().map(pair).collect();
        object.insert("headers".into(), Value::Array(Arc::new(headers)));
    }
    Value::Object(Arc::new(object))
}

fn read_file(file: &Value) -> Option<FileMeta> {
    let Value::Object(file) = file else {
        return None;
    };
    let text = |name: &str| file.get(name).and_then(Value::as_text).cloned();
    let mut headers = Vec::new();
    if let Some(Value::Array(pairs)) = file.get("headers") {
        for pair in pairs.iter() {
            let Value::Array(pair) = pair else {
                return None;
            };
            let [name, value] = pair.as_slice() else {
                return None;
            };
            headers.push((name.as_text()?.clone(), value.as_text()?.clone()));
        }
    }
    let [
        title,
        description,
        html,
        url,
        domain,
        front_matter_of,
        parse_error,
        diff,
    ] = TEXTS.map(text);
    Some(FileMeta {
        filename: text("filename")?,
        relative: text("relative")?,
        absolute: text("absolute")?,
        title,
        description,
        html,
        url,
        domain,
        // A status is a whole number of three digits; the cast saturates.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it saturates"
        )]
        status: match file.get("status") {
            Some(Value::Number(n)) => Some(*n as u16),
            _ => None,
        },
        headers,
        front_matter_of,
        parse_error,
        workspace: None,
        diff,
        kept: file.get("kept").and_then(Value::as_bool) == Some(true),
    })
}

/// The text by which the order of members is told, too: [`super::hash::canonical`] does not tell it.
pub(super) fn ordered(value: &Value) -> EcoString {
    json::text(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(value: &Value) -> Value {
        let written = write(value).unwrap();
        // As it is after a file has been written and read.
        let again = |v: &Value| json::parse(&json::text(v)).unwrap();
        let written = Written {
            value: again(&written.value),
            views: again(&written.views),
        };
        read(&written).unwrap()
    }

    fn same(value: Value) {
        assert_eq!(format!("{value:?}"), format!("{:?}", back(&value)));
    }

    #[test]
    fn values_come_back_as_they_were() {
        same(Value::Null);
        same(Value::Text("a \"q\"\n\u{1}é".into()));
        same(Value::Number(0.1));
        same(json::parse(r#"{"z":[1,{"y":true}],"a":{},"b":[]}"#).unwrap());
    }

    #[test]
    fn text_views_and_files_come_back() {
        let inner = Value::viewed(json::parse("[1,2]").unwrap(), "[1, 2]");
        let file = FileMeta {
            filename: "a.md".into(),
            relative: "./a.md".into(),
            absolute: "/p/a.md".into(),
            title: Some("T".into()),
            status: Some(404),
            headers: vec![("h".into(), "v".into())],
            front_matter_of: Some("---".into()),
            ..FileMeta::default()
        };
        let mut object = Object::default();
        object.insert("k".into(), inner.clone());
        object.insert(
            "f".into(),
            Value::Viewed(Arc::new(Viewed {
                data: Value::Text("text".into()),
                text: "text".into(),
                file: Some(Arc::new(file)),
            })),
        );
        let object = Value::Object(Arc::new(object));
        same(Value::viewed(object.clone(), "the whole"));
        same(Value::Array(Arc::new(vec![inner, object])));
    }

    #[test]
    fn what_json_cannot_tell_is_not_written() {
        assert!(write(&Value::Number(f64::NAN)).is_none());
        let executable = crate::value::Executable {
            name: "f".into(),
            params: Vec::new(),
            home: crate::value::Home::default(),
        };
        let executable = Value::Executable(Arc::new(executable));
        assert!(write(&Value::Array(Arc::new(vec![executable]))).is_none());
    }

    #[test]
    fn views_that_lead_nowhere_are_refused() {
        for views in [
            "1",
            "[1]",
            r#"[{"path":[0],"text":"x"}]"#,
            r#"[{"path":[]}]"#,
        ] {
            let written = Written {
                value: Value::Null,
                views: json::parse(views).unwrap(),
            };
            assert!(read(&written).is_none(), "{views}");
        }
    }
}
