//! Every method and every built-in keeps the labels of its target and of each argument (spec 05 §6.1, §12.2). They are
//! taken from the tables that the evaluator uses, so a new one is tested as soon as it is there.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use mlld_runtime::value::methods::{METHODS, Method, Param, Target};
use mlld_runtime::value::transform::BUILTINS;
use support::script;

/// An argument that every method takes in this place.
fn argument(param: Param) -> &'static str {
    match param {
        Param::Text | Param::Pattern => "\"b\"",
        Param::Number | Param::Any | Param::Rest => "1",
    }
}

fn target(method: &Method) -> &'static str {
    match method.target {
        Target::Text => "\"abc\"",
        Target::Array => "[3, 1, 2]",
        Target::Any => "\"x\"",
    }
}

/// Whether `@r` of a script carries `secret`.
fn is_secret(text: &str) -> bool {
    let ran = script(&format!("{text}\nshow `= @r.mx.labels`\n"));
    let out = ran.good();
    assert!(out.starts_with("= ["), "{text}: {out}");
    out.contains("\"secret\"")
}

#[test]
fn methods_keep_the_labels_of_the_target_and_of_every_argument() {
    for method in METHODS {
        let params = method.params;
        let args = |secret: Option<usize>| {
            let one = |(i, param): (usize, &Param)| match secret == Some(i) {
                true => format!("@a{i}"),
                false => argument(*param).to_owned(),
            };
            let list: Vec<String> = params.iter().enumerate().map(one).collect();
            list.join(", ")
        };
        let (name, target) = (method.name, target(method));
        let plain = format!("var @t = {target}\nvar @r = @t.{name}({})", args(None));
        assert!(!is_secret(&plain), "{plain}");
        let labelled = format!(
            "var secret @t = {target}\nvar @r = @t.{name}({})",
            args(None)
        );
        assert!(is_secret(&labelled), "{labelled}");
        for (i, param) in params.iter().enumerate() {
            let script = format!(
                "var secret @a{i} = {}\nvar @t = {target}\nvar @r = @t.{name}({})",
                argument(*param),
                args(Some(i))
            );
            assert!(is_secret(&script), "{script}");
        }
        // One more than it takes is ignored, but not what it tells.
        let more: Vec<String> = (0..params.len())
            .map(|i| argument(params[i]).to_owned())
            .collect();
        let more = more
            .into_iter()
            .chain(["@more".to_owned()])
            .collect::<Vec<_>>();
        let script = format!(
            "var secret @more = 1\nvar @t = {target}\nvar @r = @t.{name}({})",
            more.join(", ")
        );
        assert!(is_secret(&script), "{script}");
    }
}

#[test]
fn built_ins_keep_the_labels_of_what_they_are_given() {
    for builtin in BUILTINS {
        let name = match builtin.variant {
            Some(variant) => format!("{}.{variant}", builtin.name),
            None => builtin.name.to_owned(),
        };
        for label in ["", "secret "] {
            let stage = format!("var {label}@v = '[\"b\", \"a\"]'\nvar @r = @v | @{name}");
            assert_eq!(is_secret(&stage), !label.is_empty(), "{stage}");
            if builtin.variant.is_none() {
                let call = format!("var {label}@v = '[\"b\", \"a\"]'\nvar @r = @{name}(@v)");
                assert_eq!(is_secret(&call), !label.is_empty(), "{call}");
            }
        }
    }
}
