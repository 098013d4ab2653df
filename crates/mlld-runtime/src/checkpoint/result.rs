//! A result file: an answer with its labels, and the proof that this user's mlld has written it (spec 03 §18.3,
//! §18.4).
//!
//! The file lies in the project, where a child, a tool or whoever made the project can write. So it says nothing
//! unless its signature and its code hold: they bind the answer, its labels, the call that it answers, the
//! executable that was called and the script.

use super::data::{self, Written};
use super::hash::{canonical, sha256};
use super::key::{IDENTITY, Keys};
use crate::value::{Object, Value, json};
use ecow::EcoString;
use jiff::Timestamp;
use mlld_security::{Descriptor, LabelStore};
use std::fmt::Write;
use std::sync::Arc;

/// Version of the form of these files.
const VERSION: f64 = 1.0;

/// What a result is an answer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    /// The name under which the script keeps its checkpoints.
    pub(super) script: &'a str,
    /// The key of the call.
    pub(super) key: &'a str,
    /// The hash of the executable.
    pub(super) fn_hash: &'a str,
}

/// An answer that may be believed.
pub(super) struct Answer {
    /// The value.
    pub(super) value: Value,
    /// Its labels as they were recorded.
    pub(super) labels: Descriptor,
    /// When it was recorded.
    pub(super) at: Timestamp,
}

/// The text of a result file.
pub(super) fn write(
    keys: &Keys,
    about: About<'_>,
    script_path: &str,
    at: Timestamp,
    written: &Written,
    security: Value,
) -> Option<String> {
    let content = content(written, &security);
    let mut signature = Object::default();
    let mut put = |name: &str, value: Value| drop(signature.insert(name.into(), value));
    let text = |t: &str| Value::Text(t.into());
    let at = at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    put("hash", text(&sha256(content.as_bytes())));
    put("signedby", text(IDENTITY));
    put("signedat", text(&at));
    put("length", Value::Number(content.len() as f64));
    put("script", text(script_path));
    put("keyid", text(keys.id()));
    let sig = keys.sign(&signed_text(about, &signature));
    signature.insert("sig".into(), text(&sig));

    let mut file = Object::default();
    file.insert("version".into(), Value::Number(VERSION));
    file.insert("value".into(), written.value.clone());
    if !matches!(written.views, Value::Null) {
        file.insert("views".into(), written.views.clone());
    }
    file.insert("security".into(), security);
    file.insert("signature".into(), Value::Object(Arc::new(signature)));
    let code = keys.code(&coded_text(about, &file))?;
    file.insert("mac".into(), text(&code));
    Some(json::text(&Value::Object(Arc::new(file))).into())
}

/// Reads a result file.
///
/// # Errors
/// Why it is not believed, to be put behind "its result file".
pub(super) fn read(
    keys: &Keys,
    about: About<'_>,
    store: &LabelStore,
    text: &str,
) -> Result<Answer, &'static str> {
    const UNREADABLE: &str = "cannot be read";
    let Ok(Value::Object(file)) = json::parse(text) else {
        return Err(UNREADABLE);
    };
    let mut file = (*file).clone();
    if !matches!(file.get("version"), Some(Value::Number(v)) if *v == VERSION) {
        return Err("is of another version");
    }
    let Some(Value::Text(code)) = file.shift_remove("mac") else {
        return Err("is not signed");
    };
    if !keys.is_code(&coded_text(about, &file), &code) {
        return Err("was changed, or was not made by your mlld for this call");
    }
    let Some(Value::Object(signature)) = file.get("signature") else {
        return Err("is not signed");
    };
    let field = |name: &str| signature.get(name).and_then(Value::as_text);
    if field("signedby").is_none_or(|by| by != IDENTITY)
        || field("keyid").is_none_or(|id| id != keys.id())
    {
        return Err("is signed by somebody else");
    }
    let sig = field("sig").cloned().unwrap_or_default();
    let mut unsigned = (**signature).clone();
    unsigned.shift_remove("sig");
    if !keys.has_signed(&signed_text(about, &unsigned), &sig) {
        return Err("has a signature that does not hold");
    }
    let written = Written {
        value: file.get("value").cloned().ok_or(UNREADABLE)?,
        views: file.get("views").cloned().unwrap_or(Value::Null),
    };
    let security = file.get("security").ok_or("does not tell its labels")?;
    let content = content(&written, security);
    if field("hash").is_none_or(|h| *h != sha256(content.as_bytes())) {
        return Err("has a signature for another content");
    }
    let at = field("signedat").and_then(|t| t.parse().ok());
    Ok(Answer {
        value: data::read(&written).ok_or(UNREADABLE)?,
        labels: labels(store, security).ok_or("does not tell its labels")?,
        at: at.ok_or(UNREADABLE)?,
    })
}

/// What the signature is about: canonical JSON of the value and its labels.
fn content(written: &Written, security: &Value) -> EcoString {
    let mut object = Object::default();
    object.insert("value".into(), written.value.clone());
    if !matches!(written.views, Value::Null) {
        object.insert("views".into(), written.views.clone());
    }
    object.insert("security".into(), security.clone());
    canonical(&Value::Object(Arc::new(object)))
}

/// The bytes that are signed (spec 08 §3.2).
fn signed_text(about: About<'_>, signature: &Object) -> String {
    let mut meta = Object::default();
    meta.insert("fnHash".into(), Value::Text(about.fn_hash.into()));
    let meta = canonical(&Value::Object(Arc::new(meta)));
    let field = |name: &str| match signature.get(name) {
        Some(Value::Text(text)) => text.clone(),
        Some(other) => json::text(other),
        None => EcoString::new(),
    };
    let mut out = String::from("mlld-sig-v1\n");
    lengthened(&mut out, "kind ", "checkpoint");
    lengthened(&mut out, "name ", about.key);
    for name in ["hash", "length", "signedby", "signedat", "keyid", "script"] {
        lengthened(&mut out, &format!("{name} "), &field(name));
    }
    lengthened(&mut out, "meta ", &meta);
    out
}

/// What the code is made of: script, call, every field of the file, and the order in which they stand.
fn coded_text(about: About<'_>, file: &Object) -> String {
    let file = Value::Object(Arc::new(file.clone()));
    let mut out = String::from("mlld-checkpoint-v1\n");
    for part in [about.script, about.key, about.fn_hash] {
        lengthened(&mut out, "", part);
    }
    lengthened(&mut out, "", &canonical(&file));
    lengthened(&mut out, "", &data::ordered(&file));
    out
}

/// A field with its length in front, so that none can run into the next.
fn lengthened(out: &mut String, name: &str, field: &str) {
    let _ = writeln!(out, "{name}{}:{field}", field.len());
}

/// How labels are written down: `{ labels, taint, sources }`, and whether some of the value entered without a
/// label (spec 05 §5.3).
pub(super) fn security(store: &LabelStore, labels: Descriptor) -> Value {
    let texts = |names: Vec<Arc<str>>| {
        let texts = names.iter().map(|n| Value::Text(n.as_ref().into()));
        Value::Array(Arc::new(texts.collect()))
    };
    let mut object = Object::default();
    object.insert("labels".into(), texts(store.label_names(labels)));
    object.insert("taint".into(), texts(store.taint_names(labels)));
    object.insert("sources".into(), texts(store.sources(labels)));
    if store.entered_unlabelled(labels) {
        object.insert("unlabelled".into(), Value::Bool(true));
    }
    Value::Object(Arc::new(object))
}

/// The labels that were written down.
fn labels(store: &LabelStore, security: &Value) -> Option<Descriptor> {
    let Value::Object(security) = security else {
        return None;
    };
    let list = |name: &str| -> Option<Vec<&str>> {
        let Value::Array(items) = security.get(name)? else {
            return None;
        };
        items
            .iter()
            .map(|i| i.as_text().map(EcoString::as_str))
            .collect()
    };
    let unlabelled = matches!(security.get("unlabelled"), Some(Value::Bool(true)));
    Some(store.restored(
        list("labels")?,
        list("taint")?,
        list("sources")?,
        unlabelled,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About<'_> = About {
        script: "job",
        key: "sha256:00",
        fn_hash: "sha256:11",
    };

    fn keys() -> (tempfile::TempDir, Keys) {
        let temp = tempfile::tempdir().unwrap();
        let keys = Keys::open(Some(temp.path())).unwrap();
        (temp, keys)
    }

    fn file(keys: &Keys, store: &LabelStore, value: &Value, labels: Descriptor) -> String {
        let written = data::write(value).unwrap();
        let at = "2024-05-01T00:00:00Z".parse().unwrap();
        write(
            keys,
            ABOUT,
            "llm/run/job.mld",
            at,
            &written,
            security(store, labels),
        )
        .unwrap()
    }

    #[test]
    fn answers_and_all_their_labels_come_back() {
        let (_temp, keys) = keys();
        let store = LabelStore::new();
        let labels = store.join(
            store.declared(["pii", "llm"]),
            store.provenance(["src:cmd", "dir:/a"], ["command:curl"]),
        );
        let value = json::parse(r#"{"b":1,"a":[2]}"#).unwrap();
        let text = file(&keys, &store, &value, labels);
        // Another run has another store.
        let other = LabelStore::new();
        let answer = read(&keys, ABOUT, &other, &text).ok().unwrap();
        assert_eq!(json::text(&answer.value), r#"{"b":1,"a":[2]}"#);
        assert_eq!(other.label_names(answer.labels), store.label_names(labels));
        assert_eq!(other.taint_names(answer.labels), store.taint_names(labels));
        assert_eq!(other.sources(answer.labels), store.sources(labels));
        assert!(other.entered_unlabelled(answer.labels));
        assert_eq!(answer.at.to_string(), "2024-05-01T00:00:00Z");

        let made = store.made_by("src:exe");
        let text = file(&keys, &store, &value, made);
        let answer = read(&keys, ABOUT, &other, &text).ok().unwrap();
        assert!(!other.entered_unlabelled(answer.labels));
    }

    #[test]
    fn any_change_of_the_file_is_seen() {
        let (_temp, keys) = keys();
        let store = LabelStore::new();
        let value = json::parse(r#"{"a":"genuine","b":1}"#).unwrap();
        let text = file(&keys, &store, &value, store.declared(["pii"]));
        assert!(read(&keys, ABOUT, &store, &text).is_ok());
        for (from, to) in [
            ("genuine", "planted"),
            (r#""a":"genuine","b":1"#, r#""b":1,"a":"genuine""#),
            (r#"["pii"]"#, "[]"),
            (r#""security""#, r#""secrets""#),
            ("2024-05-01T", "2034-05-01T"),
            ("system:mlld", "system:mllb"),
            ("llm/run/job", "llm/run/jab"),
            (r#""version":1"#, r#""version":2"#),
            (r#""mac""#, r#""mak""#),
            (r#""signature""#, r#""signatura""#),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert!(read(&keys, ABOUT, &store, &changed).is_err(), "{from}");
        }
        for cut in 0..text.len() {
            assert!(read(&keys, ABOUT, &store, text.get(..cut).unwrap()).is_err());
        }
    }

    #[test]
    fn an_answer_is_one_to_its_own_call_only() {
        let (_temp, keys) = keys();
        let store = LabelStore::new();
        let text = file(&keys, &store, &Value::Null, Descriptor::EMPTY);
        for about in [
            About {
                script: "jab",
                ..ABOUT
            },
            About {
                key: "sha256:01",
                ..ABOUT
            },
            About {
                fn_hash: "sha256:12",
                ..ABOUT
            },
        ] {
            assert!(read(&keys, about, &store, &text).is_err());
        }
        let (_temp, other) = self::keys();
        assert!(read(&other, ABOUT, &store, &text).is_err());
    }
}
