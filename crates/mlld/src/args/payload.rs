//! What the caller gives a script: payload flags and `--payload` (spec 09 §3.1, §3.2). Values are data: none is
//! interpreted, except where JSON is asked for.

use super::later_option;
use super::take::{Taken, Words};
use crate::codes;
use mlld_runtime::report::{Report, visible};
use mlld_runtime::source;
use mlld_runtime::value::{Object, Value, json};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

/// The module that `@payload` is.
const PAYLOAD: &str = "@payload";
/// Characters of a text that is no JSON that its message shows.
const SHOWN: usize = 50;

/// What was given, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Payload {
    flags: Vec<(String, Flag)>,
    /// What stands behind `--`.
    rest: Option<Vec<String>>,
    /// The values of `--payload` and `--inject`, with the name that was used.
    modules: Vec<(String, String)>,
}

/// The value of a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Flag {
    /// A word.
    Text(String),
    /// None: the flag was given.
    Given,
}

impl Payload {
    /// A flag that the program does not know; without a value of its own it takes the next word, if that can be
    /// one.
    pub(super) fn flag(
        &mut self,
        written: &str,
        value: Option<OsString>,
        words: &mut Words,
    ) -> Result<(), Box<Report>> {
        let (name, value) = match written.strip_prefix("--") {
            Some(name) => (name, value),
            // Only long names have been split.
            None => {
                let short = written.trim_start_matches('-');
                match short.split_once('=') {
                    Some((name, value)) => (name, Some(value.into())),
                    None => (short, value),
                }
            }
        };
        if name.is_empty() || name.contains('\u{fffd}') {
            let message = format!("Unknown option: {}", visible(written));
            return Err(Box::new(Report::usage(codes::UNKNOWN_OPTION, message)));
        }
        let value = match value.or_else(|| words.value()) {
            Some(value) => Flag::Text(text(value, written)?),
            None => Flag::Given,
        };
        self.set(name, value);
        Ok(())
    }

    /// A flag without a value.
    pub(super) fn given(&mut self, name: &str) {
        self.set(name, Flag::Given);
    }

    fn set(&mut self, name: &str, value: Flag) {
        match self.flags.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => *old = value,
            None => self.flags.push((name.to_owned(), value)),
        }
    }

    /// `--` and what stands behind it.
    pub(super) fn rest(&mut self, words: Vec<OsString>) -> Result<(), Box<Report>> {
        let words = words.into_iter().map(|w| text(w, "--"));
        self.rest = Some(words.collect::<Result<_, _>>()?);
        Ok(())
    }

    /// `--payload VALUE`, `--inject VALUE`.
    pub(super) fn module(&mut self, taken: &Taken) -> Result<(), Box<Report>> {
        let value = taken.text()?.to_owned();
        self.modules.push((taken.name.clone(), value));
        Ok(())
    }

    /// `@payload`. `folder` is that of the script.
    pub(crate) fn object(&self, folder: &Path) -> Result<Arc<Object>, Box<Report>> {
        let mut object = Object::default();
        for (option, value) in &self.modules {
            for (name, field) in module(option, value, folder)? {
                object.insert(name, field);
            }
        }
        let value = |flag: &Flag| match flag {
            Flag::Text(text) => Value::Text(text.as_str().into()),
            Flag::Given => Value::Bool(true),
        };
        for (name, flag) in &self.flags {
            object.insert(name.as_str().into(), value(flag));
        }
        for (name, flag) in &self.flags {
            let twin = camel_case(name);
            if twin != *name && !self.flags.iter().any(|(n, _)| *n == twin) {
                object.insert(twin.into(), value(flag));
            }
        }
        if let Some(rest) = &self.rest {
            let rest = rest.iter().map(|w| Value::Text(w.as_str().into()));
            object.insert("_".into(), Value::Array(Arc::new(rest.collect())));
        }
        Ok(Arc::new(object))
    }

    /// The names of the fields, for people.
    pub(crate) fn names(&self, folder: &Path) -> Result<Vec<String>, Box<Report>> {
        Ok(self
            .object(folder)?
            .keys()
            .map(ToString::to_string)
            .collect())
    }
}

/// A word as text.
fn text(word: OsString, option: &str) -> Result<String, Box<Report>> {
    word.into_string().map_err(|_| {
        let message = format!("The value of {} is not UTF-8", visible(option));
        Box::new(Report::usage(codes::NOT_UTF8, message))
    })
}

/// `dryRun` of `dry-run`.
fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '-' && *next != '-' && !out.is_empty() => {
                out.extend(next.to_uppercase());
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// The fields of a module that the caller gives.
fn module(option: &str, value: &str, folder: &Path) -> Result<Object, Box<Report>> {
    let usage = |message: String| Box::new(Report::usage(codes::BAD_VALUE, message));
    if option != "--inject" && !value.starts_with('@') {
        // Short for `@payload=…`: an object or the name of a file.
        return if value.trim_start().starts_with('{') {
            object(PAYLOAD, value)
        } else {
            file(PAYLOAD, Path::new(value))
        };
    }
    let Some((name, content)) = value.split_once('=') else {
        return Err(usage(format!(
            "Invalid --inject format: \"{}\". Expected @name=value",
            visible(value)
        )));
    };
    if !name.starts_with('@') {
        return Err(usage(format!(
            "Invalid --inject key: \"{}\". Must start with @",
            visible(name)
        )));
    }
    let fields = if content.trim_start().starts_with(['{', '[']) {
        object(name, content)
    } else if name != PAYLOAD {
        Ok(Object::default())
    } else if let Some(path) = content.strip_prefix('@') {
        file(name, &folder.join(path))
    } else {
        Err(usage(
            "@payload must be a JSON object, or @FILE with one".into(),
        ))
    }?;
    if name != PAYLOAD {
        let report = later_option(&format!("{option} {}", visible(name)));
        return Err(Box::new(report.with_hint(
            "Data for the script: --payload '@payload={…}', or flags behind the file.",
        )));
    }
    Ok(fields)
}

/// A JSON object in a file.
fn file(name: &str, path: &Path) -> Result<Object, Box<Report>> {
    let shown: std::sync::Arc<str> = path.to_string_lossy().into();
    let text = source::read_regular(path).map_err(|e| {
        let why = Report::from_unreadable(&shown, &e).message;
        let message = format!("Cannot read the payload: {why}");
        Box::new(Report::usage(codes::BAD_VALUE, message))
    })?;
    object(name, &text)
}

/// The fields of a text that is a JSON object.
fn object(name: &str, text: &str) -> Result<Object, Box<Report>> {
    let message = match json::parse(text) {
        Ok(Value::Object(object)) => return Ok((*object).clone()),
        Ok(_) if name == PAYLOAD => "@payload must be a JSON object".to_owned(),
        Ok(_) => return Ok(Object::default()),
        Err(_) => {
            let start: String = text.chars().take(SHOWN).collect();
            format!(
                "Invalid JSON in --inject \"{}\": {}...",
                visible(name),
                visible(&start)
            )
        }
    };
    Err(Box::new(Report::usage(codes::BAD_VALUE, message)))
}

#[cfg(test)]
mod tests {
    use super::super::{Invocation, parse};
    use super::*;

    fn payload(words: &[&str]) -> Payload {
        let words = ["a.mld"].iter().chain(words).map(OsString::from).collect();
        match parse(words) {
            Ok(Invocation::Script(script)) => script.payload,
            other => panic!("{other:?}"),
        }
    }

    fn shown(words: &[&str]) -> String {
        let object = payload(words).object(Path::new("/")).unwrap();
        json::text(&Value::Object(object)).to_string()
    }

    fn message(words: &[&str]) -> String {
        let error = payload(words).object(Path::new("/nowhere")).unwrap_err();
        error.message.to_string()
    }

    #[test]
    fn flags_are_fields() {
        for (words, want) in [
            (&[][..], "{}"),
            (
                &["--topic", "reef", "--n", "5"],
                r#"{"topic":"reef","n":"5"}"#,
            ),
            (&["--loud"], r#"{"loud":true}"#),
            (&["--loud", "--dry"], r#"{"loud":true,"dry":true}"#),
            (&["-x", "1", "-abc"], r#"{"x":"1","abc":true}"#),
            (&["--n=5", "-m=6", "--e="], r#"{"n":"5","m":"6","e":""}"#),
            (&["--t=a=b"], r#"{"t":"a=b"}"#),
            (&["--n", "-3", "--m", "-0.5"], r#"{"n":"-3","m":"-0.5"}"#),
            (&["--n", "-inf"], r#"{"n":true,"inf":true}"#),
            (&["--n", "-"], r#"{"n":"-"}"#),
            (
                &["--n", "a", "--m", "b", "--n", "c"],
                r#"{"n":"c","m":"b"}"#,
            ),
            (&["--__proto__", "x"], r#"{"__proto__":"x"}"#),
            (
                &["--a", "{\"k\":1}", "--b", "true"],
                r#"{"a":"{\"k\":1}","b":"true"}"#,
            ),
            (&["--env", "x", "--stdout"], r#"{"env":"x"}"#),
            (
                &["--n", "1", "--", "a", "--b"],
                r#"{"n":"1","_":["a","--b"]}"#,
            ),
            (&["--"], r#"{"_":[]}"#),
        ] {
            assert_eq!(shown(words), want, "{words:?}");
        }
    }

    #[test]
    fn hyphens_have_a_twin_in_camel_case() {
        for (words, want) in [
            (
                &["--dry-run", "y", "--z", "1"][..],
                r#"{"dry-run":"y","z":"1","dryRun":"y"}"#,
            ),
            (&["--a-b", "1", "--aB", "2"], r#"{"a-b":"1","aB":"2"}"#),
            (&["--a-1", "x"], r#"{"a-1":"x","a1":"x"}"#),
            (&["--a-", "x"], r#"{"a-":"x"}"#),
        ] {
            assert_eq!(shown(words), want, "{words:?}");
        }
    }

    #[test]
    fn payload_gives_typed_fields_over_which_flags_are_laid() {
        let typed = [
            "--payload",
            r#"@payload={"n": 5, "who": "Ina"}"#,
            "--who",
            "Jo",
        ];
        assert_eq!(shown(&typed), r#"{"n":5,"who":"Jo"}"#);
        assert_eq!(shown(&["--payload", r#"{"n":[1]}"#]), r#"{"n":[1]}"#);
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("p.json");
        #[expect(clippy::disallowed_methods, reason = "the test makes a file")]
        std::fs::write(&path, r#"{"a":1}"#).unwrap();
        let path = path.to_string_lossy();
        assert_eq!(shown(&["--payload", &path]), r#"{"a":1}"#);
        let by_name = payload(&["--inject", "@payload=@p.json"]);
        assert_eq!(by_name.object(temp.path()).unwrap().len(), 1);
    }

    #[test]
    fn mistakes_in_payload() {
        for (words, want) in [
            (
                ["--inject", "plain"],
                "Invalid --inject format: \"plain\". Expected @name=value",
            ),
            (
                ["--inject", "style=1"],
                "Invalid --inject key: \"style\". Must start with @",
            ),
            (
                ["--inject", "@style={\"tone\""],
                "Invalid JSON in --inject \"@style\": {\"tone\"...",
            ),
            (
                ["--payload", "[1]"],
                "Cannot read the payload: Input file does not exist: [1]",
            ),
            (
                ["--payload", "@payload=[1]"],
                "@payload must be a JSON object",
            ),
            (
                ["--payload", "@payload=x"],
                "@payload must be a JSON object, or @FILE with one",
            ),
            (
                ["--inject", "@style={}"],
                "Option --inject @style is not supported yet",
            ),
            (
                ["--payload", "nosuch.json"],
                "Cannot read the payload: Input file does not exist: nosuch.json",
            ),
        ] {
            assert_eq!(message(&words), want);
        }
    }
}
