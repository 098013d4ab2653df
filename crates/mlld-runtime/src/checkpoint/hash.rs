//! Hashes that name calls and executables (spec 03 §18.2, §18.4).

use crate::value::{Executable, Object, Value, Viewed, json};
use ecow::EcoString;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// `sha256:` and 64 hex digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut out = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

/// Whether a text from a file is such a hash: only then may a path be built from it.
pub(super) fn is_sha256(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// JSON with keys sorted by code point and without blanks (spec 08 §3.2).
pub(super) fn canonical(value: &Value) -> EcoString {
    json::text(&sorted(value))
}

fn sorted(value: &Value) -> Value {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value.data() {
        Value::Array(items) => Value::Array(Arc::new(items.iter().map(sorted).collect())),
        Value::Object(entries) => {
            let mut entries: Object = entries
                .iter()
                .map(|(k, v)| (k.clone(), sorted(v)))
                .collect();
            entries.sort_unstable_keys();
            Value::Object(Arc::new(entries))
        }
        other => other.clone(),
    })
}

/// What names a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallHash {
    /// Of the executable's name and the arguments.
    pub(crate) key: EcoString,
    /// Of the arguments alone.
    pub(crate) args: EcoString,
}

/// Names the call of `function` with `args`, and with what it is given `besides` (name and value). `hash_of` gives the hash of an executable; `None` if it has none:
/// such a call has no name either.
///
/// Plain values are hashed as the specification says. What JSON does not tell of a value, and the executable
/// can see nevertheless, gets members of its own: executables (as hashes), texts that differ from their data,
/// and which file a value is.
pub(crate) fn of_call(
    function: &str,
    args: &[Value],
    besides: &[(&str, Value)],
    hash_of: &dyn Fn(&Executable) -> Option<String>,
) -> Option<CallHash> {
    let mut beside = Beside {
        executables: Vec::new(),
        views: Vec::new(),
        complete: true,
        hash_of,
    };
    args.iter().for_each(|a| beside.look(a));
    besides.iter().for_each(|(_, v)| beside.look(v));
    if !beside.complete {
        return None;
    }
    let args = Value::Array(Arc::new(args.to_vec()));
    let mut call = Object::default();
    call.insert("args".into(), args.clone());
    call.insert("fn".into(), Value::Text(function.into()));
    for (name, value) in besides {
        call.insert((*name).into(), value.clone());
    }
    for (name, list) in [("executables", beside.executables), ("views", beside.views)] {
        if !list.is_empty() {
            call.insert(name.into(), Value::Array(Arc::new(list)));
        }
    }
    let hash = |v: &Value| EcoString::from(sha256(canonical(v).as_bytes()));
    Some(CallHash {
        key: hash(&Value::Object(Arc::new(call))),
        args: hash(&args),
    })
}

/// What JSON does not tell, in the order in which it stands in the values.
struct Beside<'h> {
    executables: Vec<Value>,
    views: Vec<Value>,
    complete: bool,
    hash_of: &'h dyn Fn(&Executable) -> Option<String>,
}

impl Beside<'_> {
    fn look(&mut self, value: &Value) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value {
            Value::Absent | Value::Null | Value::Bool(_) | Value::Text(_) => {}
            // JSON has no word for them: they would all be null.
            Value::Number(n) => self.complete &= n.is_finite(),
            Value::Array(items) => items.iter().for_each(|v| self.look(v)),
            Value::Object(entries) => entries.values().for_each(|v| self.look(v)),
            Value::Executable(executable) => match (self.hash_of)(executable) {
                Some(hash) => self.executables.push(Value::Text(hash.into())),
                None => self.complete = false,
            },
            Value::Viewed(viewed) => {
                if let Some(view) = view(viewed) {
                    self.views.push(view);
                }
                self.look(&viewed.data);
            }
        });
    }
}

/// What the text view of a value and its file add to its data.
fn view(viewed: &Viewed) -> Option<Value> {
    let same = viewed.data.as_text() == Some(&viewed.text);
    let file = viewed.file.as_deref();
    if same && file.is_none() {
        return None;
    }
    let mut told = vec![Value::Text(viewed.text.clone())];
    if let Some(file) = file {
        told.push(Value::Text(file.relative.clone()));
        told.push(file.url.clone().map_or(Value::Null, Value::Text));
    }
    Some(Value::Array(Arc::new(told)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{FileMeta, Home};

    fn key(args: &[Value]) -> String {
        let hash_of = |e: &Executable| Some(e.name.to_string());
        of_call("ask", args, &[], &hash_of).unwrap().key.to_string()
    }

    fn text(t: &str) -> Value {
        Value::Text(t.into())
    }

    fn parsed(t: &str) -> Value {
        json::parse(t).unwrap()
    }

    #[test]
    fn a_plain_call_is_hashed_as_specified() {
        let expected = sha256(br#"{"args":["q",1,{"a":2,"b":[]}],"fn":"ask"}"#);
        let args = [text("q"), Value::Number(1.0), parsed(r#"{"b":[],"a":2}"#)];
        assert_eq!(key(&args), expected);
        let hash = of_call("ask", &args, &[], &|_| None).unwrap();
        assert_eq!(hash.args, sha256(br#"["q",1,{"a":2,"b":[]}]"#));
        let given = of_call("ask", &args, &[("stdin", text("x"))], &|_| None);
        assert_ne!(given.unwrap().key, hash.key);
    }

    #[test]
    fn what_the_executable_can_see_makes_another_call() {
        let view = |t: &str| Value::viewed(parsed(r#"{"a":1}"#), t);
        let file = |name: &str| {
            Value::Viewed(Arc::new(Viewed {
                data: text("x"),
                text: "x".into(),
                file: Some(Arc::new(FileMeta {
                    relative: name.into(),
                    ..FileMeta::default()
                })),
            }))
        };
        let executable = |name: &str| {
            Value::Executable(Arc::new(Executable {
                name: name.into(),
                params: Vec::new(),
                home: Home::default(),
            }))
        };
        let calls = [
            key(&[text("x")]),
            key(&[text("x"), text("")]),
            key(&[view(r#"{"a":1}"#)]),
            key(&[view(r#"{ "a": 1 }"#)]),
            key(&[parsed(r#"{"a":1}"#)]),
            key(&[text(r#"{"a":1}"#)]),
            key(&[file("./a.md")]),
            key(&[file("./b.md")]),
            key(&[executable("a")]),
            key(&[executable("b")]),
            key(&[text("<function()>")]),
        ];
        for (i, a) in calls.iter().enumerate() {
            for b in calls.iter().skip(i + 1) {
                assert_ne!(a, b);
            }
        }
    }

    #[test]
    fn a_call_without_a_name_is_none() {
        let infinite = [Value::Number(f64::INFINITY)];
        assert_eq!(of_call("ask", &infinite, &[], &|_| None), None);
    }

    #[test]
    fn paths_are_built_from_hashes_only() {
        assert!(is_sha256(&sha256(b"x")));
        for bad in [
            "",
            "sha256:",
            "sha256:../../x",
            &sha256(b"x").to_uppercase(),
        ] {
            assert!(!is_sha256(bad), "{bad}");
        }
        assert!(!is_sha256(&format!("{}0", sha256(b"x"))));
    }
}
