//! Rules of a session that no script can show yet: who may be answered with what (spec 03 §18.4).

use super::hash::of_call;
use super::record::CallPlace;
use super::*;
use crate::value::{Home, Value};
use mlld_security::{LabelStore, Labelled, Reader};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// A session of `job` in a project, with a config folder beside it.
fn session(temp: &Path, options: CheckpointOptions) -> Session {
    let root = temp.join("project");
    let config = temp.join("config").to_string_lossy().into_owned();
    let environment = BTreeMap::from([("MLLD_CONFIG_DIR".to_owned(), config)]);
    let facts = ScriptFacts {
        root: &root,
        path: &root.join("job.mld"),
        resume: None,
        names: &[],
        environment: &environment,
        home: None,
    };
    let options = CheckpointOptions {
        script: Some("job".into()),
        ..options
    };
    Session::begin(&options, &facts).unwrap().0
}

/// A call of an `@ask` that is defined at a statement, with a definition of this hash.
fn call(stmt: u32, fn_hash: &str) -> Call {
    Call {
        function: "ask".into(),
        home: Home {
            stmt,
            ..Home::default()
        },
        fn_hash: fn_hash.into(),
        hash: of_call("ask", &[Value::Text("who".into())], &[], &|_| None).unwrap(),
        preview: "who".into(),
        place: CallPlace::default(),
    }
}

fn answer(session: &Session, store: &LabelStore, call: &Call) -> Option<String> {
    let reader = Reader::new(store);
    let answer = session.recall(store, call).0?;
    answer.read(&reader).as_text().map(ToString::to_string)
}

fn record(session: &Session, store: &LabelStore, call: &Call, text: &str) {
    let value = Labelled::literal(Value::Text(text.into()));
    let notes = session.record(store, call, &value, Duration::ZERO);
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn another_executable_of_the_same_name_does_not_answer() {
    let temp = tempfile::tempdir().unwrap();
    let store = LabelStore::new();
    let resumed = || CheckpointOptions {
        resume: Some(Resume::All),
        ..CheckpointOptions::default()
    };
    let (mine, others) = (call(1, "sha256:mine"), call(2, "sha256:others"));
    let first = session(temp.path(), resumed());
    record(&first, &store, &others, "planted");
    assert_eq!(answer(&first, &store, &others).as_deref(), Some("planted"));
    assert_eq!(answer(&first, &store, &mine), None);
    // Not even one that is written in the same words: it is another one.
    assert_eq!(answer(&first, &store, &call(3, "sha256:others")), None);

    // A later run knows executables by their definitions.
    let second = session(temp.path(), resumed());
    assert_eq!(answer(&second, &store, &mine), None);
    assert_eq!(
        answer(&second, &store, &call(9, "sha256:others")).as_deref(),
        Some("planted")
    );
}

#[test]
fn a_fork_is_read_under_its_own_name_and_never_written() {
    let temp = tempfile::tempdir().unwrap();
    let store = LabelStore::new();
    let ask = call(1, "sha256:f");
    record(
        &session(temp.path(), CheckpointOptions::default()),
        &store,
        &ask,
        "first",
    );
    let job = temp.path().join("project/.mlld/checkpoints/job");
    let before = crate::effect::read::own_file(&job.join("llm-cache.jsonl")).unwrap();

    let root = temp.path().join("project");
    let config = temp.path().join("config").to_string_lossy().into_owned();
    let facts = ScriptFacts {
        root: &root,
        path: &root.join("other.mld"),
        resume: None,
        names: &[],
        environment: &BTreeMap::from([("MLLD_CONFIG_DIR".to_owned(), config)]),
        home: None,
    };
    let options = CheckpointOptions {
        script: Some("other".into()),
        fork: Some("job".into()),
        ..CheckpointOptions::default()
    };
    let other = Session::begin(&options, &facts).unwrap().0;
    assert_eq!(answer(&other, &store, &ask).as_deref(), Some("first"));
    record(&other, &store, &call(2, "sha256:g"), "second");
    let after = crate::effect::read::own_file(&job.join("llm-cache.jsonl")).unwrap();
    assert_eq!(before, after);

    // A result that was only copied into another cache answers nothing there.
    let copied = temp.path().join("project/.mlld/checkpoints/copied");
    crate::effect::own::replace(&copied.join("llm-cache.jsonl"), &before).unwrap();
    let name = format!("results/{}.json", ask.hash.key.replace(":", "-"));
    let result = crate::effect::read::own_file(&job.join(&name)).unwrap();
    crate::effect::own::replace(&copied.join(&name), &result).unwrap();
    let options = CheckpointOptions {
        script: Some("copied".into()),
        resume: Some(Resume::All),
        ..CheckpointOptions::default()
    };
    let copied = Session::begin(&options, &facts).unwrap().0;
    assert_eq!(answer(&copied, &store, &ask), None);
}
