use super::*;
use crate::value::tests::{any_text, any_value};
use crate::value::{Executable, depth};
use proptest::prelude::*;
use std::sync::Arc;

pub(super) fn parse(text: &str) -> Value {
    json::parse(text).unwrap()
}

/// What comes of a value in a stage (`name`) or call (`name()`): a text as it is, other values as compact JSON.
fn run(name: &str, value: &Value) -> String {
    let call = name.strip_suffix("()");
    let (name, variant) = match call.unwrap_or(name).split_once('.') {
        Some((name, variant)) => (name, Some(variant)),
        None => (call.unwrap_or(name), None),
    };
    let builtin = find_stage(name, variant).unwrap();
    let result = if call.is_some() {
        builtin.call(value)
    } else {
        builtin.stage(value)
    };
    match result {
        Ok(result) => match result.as_text() {
            Some(text) => text.to_string(),
            None => json::text(&result).into(),
        },
        Err(error) => error.message.into(),
    }
}

pub(super) fn check(rows: &[(&str, Value, &str)]) {
    for (name, value, expected) in rows {
        assert_eq!(run(name, value), *expected, "{name} of {value:?}");
    }
}

#[test]
fn case_and_layout() {
    let view = Value::viewed(parse("{\"a\":1}"), "{ \"a\": 1 }");
    check(&[
        ("upper", "mIx ß".into(), "MIX SS"),
        ("UPPER", "x".into(), "X"),
        ("lower", "mIx".into(), "mix"),
        ("trim", " \u{a0}mIx\n".into(), "mIx"),
        ("upper", parse("{\"k\":[true]}"), "{\"K\":[TRUE]}"),
        ("upper", Value::Null, "NULL"),
        ("upper", 1.5.into(), "1.5"),
        ("upper", view.clone(), "{\"A\":1}"),
        ("upper()", "x".into(), "X"),
        (
            "pretty",
            "{\"a\":[1,{\"b\":2}]}".into(),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}",
        ),
        ("pretty", "not json".into(), "not json"),
        ("pretty()", parse("{\"a\":1}"), "{\n  \"a\": 1\n}"),
        ("pretty", view.clone(), "{\n  \"a\": 1\n}"),
        ("keep", view, "{\"a\":1}"),
        ("keepStructured", "x".into(), "x"),
        ("KEEPSTRUCTURED", "x".into(), "x"),
    ]);
}

#[test]
fn keeping_keeps_the_view() {
    let view = Value::viewed(parse("{\"a\":1}"), "{ \"a\": 1 }");
    assert!(
        find("keep", None)
            .unwrap()
            .stage(&view)
            .unwrap()
            .view()
            .is_some()
    );
    assert!(
        find("parse", None)
            .unwrap()
            .stage(&view)
            .unwrap()
            .view()
            .is_none()
    );
}

#[test]
fn sorting() {
    check(&[
        (
            "sort",
            "[\"pear\",10,9,\"fig\",2]".into(),
            "[10,2,9,\"fig\",\"pear\"]",
        ),
        (
            "sort",
            "{\"b\":1,\"a\":2}".into(),
            "{\n  \"a\": 2,\n  \"b\": 1\n}",
        ),
        ("sort", "pear\napple\nfig".into(), "apple\nfig\npear"),
        ("sort", "b\na\n".into(), "a\nb\n"),
        ("sort", "".into(), ""),
        ("sort", "5".into(), "5"),
        ("sort", Value::Bool(true), "true"),
        ("sort()", parse("[3,1,10]"), "[1,10,3]"),
        ("sort()", parse("{\"b\":1,\"a\":2}"), "{\"a\":2,\"b\":1}"),
        ("sort()", "b\na".into(), "a\nb"),
    ]);
    // What was structured stays so; a text stays a text.
    let sort = find("sort", None).unwrap();
    assert!(sort.stage(&parse("[2,1]")).unwrap().as_array().is_some());
    assert!(sort.stage(&"[2,1]".into()).unwrap().as_text().is_some());
    assert_eq!(
        render::template(&sort.stage(&parse("{\"b\":1,\"a\":2}")).unwrap()),
        "{\n  \"a\": 2,\n  \"b\": 1\n}"
    );
}

#[test]
fn parsing() {
    let loose = "Transformer parse failed: JSON parsing failed (use @parse.llm for LLM responses with code fences)\n\n";
    let strict = "Transformer parse.strict failed: Strict JSON parsing failed (use @parse.loose for relaxed syntax)\n\n";
    let fenced = "- input appears to be wrapped in markdown code fences. Use @parse.llm to extract JSON from LLM responses.";
    check(&[
        (
            "parse",
            "{ name: 'tern', legs: [2, 2,], /* sea */ }".into(),
            "{\"name\":\"tern\",\"legs\":[2,2]}",
        ),
        ("parse", "\"word\"".into(), "word"),
        ("parse", " 12\n".into(), "12"),
        ("parse.loose", "[+1, .5, 0x10]".into(), "[1,0.5,16]"),
        ("parse_loose", "[1,]".into(), "[1]"),
        ("parse.strict", "{\"ok\": [1]}".into(), "{\"ok\":[1]}"),
        ("json", "{\"a\":1}".into(), "{\"a\":1}"),
        ("JSON", "{\"a\":1}".into(), "{\"a\":1}"),
        ("json.strict", "{\"a\":1}".into(), "{\"a\":1}"),
        ("parse", parse("{\"a\":1}"), "{\"a\":1}"),
        ("parse", Value::Null, "null"),
        ("parse()", "[1,]".into(), "[1]"),
        (
            "parse.fromlist",
            "ant \n\n  bee\r\ncicada\n".into(),
            "[\"ant\",\"  bee\",\"cicada\"]",
        ),
        ("parse_fromlist", "".into(), "[]"),
        (
            "parse",
            "```json\n{\"a\": 1}\n```".into(),
            &format!("Transformer parse failed: JSON parsing failed {fenced}"),
        ),
        (
            "parse",
            " ```\n[1]\n```".into(),
            &format!("Transformer parse failed: JSON parsing failed {fenced}"),
        ),
        (
            "parse.strict",
            "```json\n{}\n```".into(),
            &format!("Transformer parse.strict failed: Strict JSON parsing failed {fenced}"),
        ),
    ]);
    for (name, given, expected) in [
        ("parse", "feather", loose),
        ("parse", "", loose),
        ("parse", "```js\nx\n```", loose),
        ("parse", &"[".repeat(2000), loose),
        ("parse.strict", "{ name: 'tern' }", strict),
        (
            "json",
            "feather",
            &loose.replace("parse failed", "json failed"),
        ),
    ] {
        let shown = run(name, &given.into());
        assert!(
            shown.starts_with(expected) && shown.len() > expected.len(),
            "{shown}"
        );
    }
}

#[test]
fn finding_json_in_prose() {
    check(&[
        (
            "parse.llm",
            "Sure:\n```json\n{\"bird\": \"tern\"}\n```\nAnything else?".into(),
            "{\"bird\":\"tern\"}",
        ),
        (
            "parse.llm",
            "x ```\n{a: 1}\n``` y {b: 2}".into(),
            "{\"a\":1}",
        ),
        (
            "parse.llm",
            "```\n{a: 1}\n```\n```json\n{b: 2}\n```".into(),
            "{\"b\":2}",
        ),
        ("parse.llm", "```js\n{a: 1}\n```".into(), "{\"a\":1}"),
        (
            "parse.llm",
            "It is {\"legs\": 2} I think".into(),
            "{\"legs\":2}",
        ),
        ("parse.llm", "Try [4, 5, 6] first".into(), "[4,5,6]"),
        (
            "parse.llm",
            "```json\n{\"code\": \"```js```\"}\n```".into(),
            "{\"code\":\"```js```\"}",
        ),
        ("parse.llm", "no json here".into(), "null"),
        ("parse.llm", "a {broken: } b".into(), "null"),
        ("parse.llm", "an empty [] list".into(), "null"),
        ("parse.llm", "[1]".into(), "null"),
        ("parse.llm", "} {".into(), "null"),
        ("parse.llm", "{a: [1}, {b: 2}".into(), "null"),
        ("PARSE.LLM", "{\"a\":1}".into(), "{\"a\":1}"),
        ("PARSE.llm", "{\"a\":1}".into(), "{\"a\":1}"),
        ("parse.llm", parse("[1]"), "[1]"),
    ]);
}

#[test]
fn kinds() {
    let executable = Value::Executable(Arc::new(Executable {
        name: "f".into(),
        params: vec![],
        home: crate::value::Home::default(),
    }));
    for (value, stage, call, info_stage, info_call) in [
        (
            Value::text("x"),
            "string",
            "string",
            "simple-text",
            "simple-text",
        ),
        (
            "5".into(),
            "number",
            "string",
            "primitive (number)",
            "simple-text",
        ),
        (
            "[1,2]".into(),
            "array",
            "string",
            "array (2 items)",
            "simple-text",
        ),
        (
            "{}".into(),
            "object",
            "string",
            "object (0 properties)",
            "simple-text",
        ),
        (
            "true".into(),
            "boolean",
            "string",
            "primitive (boolean)",
            "simple-text",
        ),
        (
            "null".into(),
            "null",
            "string",
            "primitive (null)",
            "simple-text",
        ),
        (
            "\"q\"".into(),
            "string",
            "string",
            "simple-text",
            "simple-text",
        ),
        ("a/b".into(), "string", "string", "path", "path"),
        ("a\\b".into(), "string", "string", "path", "path"),
        (
            5.0.into(),
            "number",
            "number",
            "primitive (number)",
            "primitive (number)",
        ),
        (
            Value::Bool(true),
            "boolean",
            "boolean",
            "primitive (boolean)",
            "primitive (boolean)",
        ),
        (
            Value::Null,
            "null",
            "null",
            "primitive (null)",
            "primitive (null)",
        ),
        (
            parse("[1]"),
            "array",
            "array",
            "array (1 items)",
            "array (1 items)",
        ),
        (
            parse("{\"a\":1}"),
            "object",
            "object",
            "object (1 properties)",
            "object (1 properties)",
        ),
        (
            executable,
            "executable",
            "executable",
            "executable",
            "executable",
        ),
    ] {
        for (name, expected) in [
            ("typeof", stage),
            ("typeof()", call),
            ("typeInfo", info_stage),
            ("typeInfo()", info_call),
        ] {
            assert_eq!(run(name, &value), expected, "{name} of {value:?}");
        }
    }
    check(&[
        ("exists", " x".into(), "true"),
        ("exists", " \n".into(), "false"),
        ("EXISTS", 0.0.into(), "true"),
    ]);
}

#[test]
fn names() {
    for (name, variant) in [
        ("upper", None),
        ("TYPEINFO", None),
        ("parse", Some("llm")),
        ("PARSE", Some("STRICT")),
        ("FILEEXISTS", None),
    ] {
        assert!(find(name, variant).is_some(), "{name}");
    }
    for (name, variant) in [
        ("Upper", None),
        ("typeinfo", None),
        ("parse", Some("wild")),
        ("parse", Some("LLM")),
        ("upper", Some("llm")),
        ("parse_llm", None),
        ("frob", None),
    ] {
        assert!(find(name, variant).is_none(), "{name} {variant:?}");
    }
    assert!(find_stage("parse_llm", None).is_some() && find_stage("PARSE_LLM", None).is_some());
    assert!(
        find_stage("parse_wild", None).is_none() && find_stage("parse_llm", Some("llm")).is_none()
    );
    let error = unknown_variant("parse", "wild");
    assert_eq!(
        error.message,
        "Pipeline function '@parse.wild' is not defined"
    );
    assert_eq!(
        error.hint.as_deref(),
        Some("@parse has the variants .loose, .strict, .llm, .fromlist")
    );
    assert_eq!(
        unknown_variant("upper", "x").hint.as_deref(),
        Some("@upper has no variants")
    );
}

#[test]
fn what_looks_at_files_is_left_to_the_evaluator() {
    let impure: Vec<&str> = BUILTINS
        .iter()
        .filter(|builtin| !builtin.is_pure_call())
        .map(|builtin| builtin.name)
        .collect();
    assert_eq!(impure, ["exists", "fileExists"]);
    assert!(find("exists", None).unwrap().is_pure_stage());
    assert_eq!(
        find("fileExists", None)
            .unwrap()
            .stage(&"x".into())
            .unwrap_err()
            .code,
        "R0240"
    );
}

#[test]
fn deep_data_is_no_trouble() {
    let deep = depth::tests::nested(20_000);
    for builtin in BUILTINS {
        let _ = builtin.stage(&deep);
        let _ = builtin.call(&deep);
    }
    depth::discard(deep);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_builtin_panics_or_changes_its_input(value in any_value(), text in any_text()) {
        let before = json::text(&value);
        for builtin in BUILTINS {
            for input in [&value, &Value::from(text.as_str())] {
                for result in [builtin.stage(input), builtin.call(input)] {
                    let _ = result.map(|result| render::show(&result));
                }
            }
        }
        prop_assert_eq!(json::text(&value), before);
    }

    #[test]
    fn layout_is_done_once(text in "([#a|`~-]{1,4}[ \n]{0,3}){0,8}") {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once.clone(), "{}", once);
    }
}
