use super::*;
use crate::value::tests::{any_text, any_value};
use crate::value::{depth, json};
use proptest::prelude::*;

fn value(text: &str) -> Value {
    if text == "absent" {
        Value::Absent
    } else {
        json::parse(text).unwrap()
    }
}

/// The compact JSON of a result, or the message. Arguments are JSON, `absent` or `/source/flags`.
fn run(target: &str, name: &str, args: &[&str]) -> String {
    let args: Vec<Arg> = args
        .iter()
        .map(
            |arg| match arg.strip_prefix('/').and_then(|arg| arg.rsplit_once('/')) {
                Some((source, flags)) => Arg::Regex(source.into(), flags.into()),
                None => Arg::Value(value(arg)),
            },
        )
        .collect();
    match call(&value(target), "s", name, &args) {
        Ok(Value::Absent) => "absent".into(),
        Ok(result) => json::text(&result).into(),
        Err(error) => error.message.into(),
    }
}

fn check(rows: &[(&str, &str, &[&str], &str)]) {
    for (target, name, args, expected) in rows {
        assert_eq!(
            run(target, name, args),
            *expected,
            "{target}.{name}({args:?})"
        );
    }
}

#[test]
fn texts() {
    check(&[
        (r#""né😀x""#, "length", &[], "4"),
        (r#""Hello World""#, "includes", &[r#""World""#], "true"),
        (r#""a5""#, "includes", &["5"], "true"),
        (r#""abc""#, "includes", &[], "true"),
        (r#""abc""#, "includes", &["null"], "true"),
        (r#""abc""#, "includes", &[r#""null""#], "false"),
        (r#""abc""#, "startsWith", &[r#""ab""#], "true"),
        (r#""abc""#, "endsWith", &[r#""bc""#], "true"),
        (r#""abc""#, "endsWith", &[r#""ab""#], "false"),
        (r#""né😀x""#, "indexOf", &[r#""x""#], "3"),
        (r#""abc""#, "indexOf", &[r#""q""#], "-1"),
        (r#""abc""#, "indexOf", &[], "0"),
        (r#""ÄB ς""#, "toLowerCase", &[], r#""äb ς""#),
        (r#""straße""#, "toUpperCase", &[], r#""STRASSE""#),
        (r#""\ufeff a\u00a0\n""#, "trim", &[], r#""a""#),
        (r#""Hello World""#, "slice", &["0", "5"], r#""Hello""#),
        (r#""Hello World""#, "slice", &["-5"], r#""World""#),
        (r#""Hello World""#, "slice", &["-5", "-2"], r#""Wor""#),
        (r#""Hello World""#, "slice", &["20"], r#""""#),
        (r#""abc""#, "slice", &["2", "1"], r#""""#),
        (r#""abc""#, "slice", &[], r#""abc""#),
        (r#""abc""#, "slice", &["\"1\""], r#""bc""#),
        (r#""abc""#, "slice", &["\"x\"", "absent"], r#""abc""#),
        (r#""abc""#, "slice", &["-9", "1.9"], r#""a""#),
        (r#""né😀x""#, "slice", &["2", "3"], r#""😀""#),
        (r#""Hello World""#, "substring", &["5", "2"], r#""llo""#),
        (r#""abc""#, "substring", &["-3", "1"], r#""a""#),
        (r#""abc""#, "substring", &["1"], r#""bc""#),
        (r#""Hello World""#, "substr", &["2", "3"], r#""llo""#),
        (r#""abc""#, "substr", &["-2"], r#""bc""#),
        (r#""abc""#, "substr", &["-2", "1"], r#""b""#),
        (r#""abc""#, "substr", &["1", "-1"], r#""""#),
        (r#""abc""#, "substr", &["-9", "2"], r#""ab""#),
    ]);
}

#[test]
fn replacing() {
    check(&[
        (
            r#""Hello World""#,
            "replace",
            &[r#""o""#, r#""0""#],
            r#""Hell0 World""#,
        ),
        (
            r#""Hello World""#,
            "replaceAll",
            &[r#""o""#, r#""0""#],
            r#""Hell0 W0rld""#,
        ),
        (
            r#""a1b22""#,
            "replace",
            &["/[0-9]+/", r##""#""##],
            r##""a#b22""##,
        ),
        (
            r#""a1b22""#,
            "replaceAll",
            &["/[0-9]+/", r##""#""##],
            r##""a#b#""##,
        ),
        (r#""aAbB""#, "replace", &["/a/gi", r#""x""#], r#""xxbB""#),
        (
            r#""aAbB""#,
            "replaceAll",
            &["/(b)/i", r#""[$1]""#],
            r#""aA[b][B]""#,
        ),
        (
            r#""abc""#,
            "replace",
            &[r#""b""#, r#""[$&$$$1$`$']""#],
            r#""a[b$$1ac]c""#,
        ),
        (
            r#""abc""#,
            "replace",
            &["/(?<x>b)(c)?/", r#""<$<x>$<y>$2$3$02>""#],
            r#""a<bc$3c>""#,
        ),
        (
            r#""abc""#,
            "replace",
            &["/b/", r#""$1$<x>$""#],
            r#""a$1$<x>$c""#,
        ),
        (r#""a.c""#, "replace", &[r#"".""#, r#""""#], r#""ac""#),
        (
            r#""abc""#,
            "replaceAll",
            &[r#""""#, r#""-""#],
            r#""-a-b-c-""#,
        ),
        (r#""abc""#, "replace", &[r#""""#, r#""-""#], r#""-abc""#),
        (
            r#""abc""#,
            "replaceAll",
            &["/b*/g", r#""-""#],
            r#""-a--c-""#,
        ),
        (
            r#""cat bites dog""#,
            "replaceAll",
            &[r#"{"cat":"dog","dog":"cow"}"#],
            r#""cow bites cow""#,
        ),
        (
            r#""a b""#,
            "replaceAll",
            &[r#"{"a":1,"b":null}"#],
            r#""1 ""#,
        ),
        (r#""abc""#, "replace", &[r#""b""#], r#""ac""#),
        (r#""abc""#, "replace", &[r#""q""#, r#""x""#], r#""abc""#),
        (
            r#""abc""#,
            "replace",
            &["/(/", r#""x""#],
            "Invalid regular expression /(/: a ( without a )",
        ),
    ]);
}

#[test]
fn matching_and_splitting() {
    check(&[
        (r#""a1b22""#, "match", &[r#""[0-9]+""#], r#"["1"]"#),
        (r#""a1b22""#, "match", &["/[0-9]+/g"], r#"["1","22"]"#),
        (r#""aAbB""#, "match", &["/(a)(A)/"], r#"["aA","a","A"]"#),
        (r#""b""#, "match", &["/(a)|(b)/"], r#"["b",null,"b"]"#),
        (r#""abc""#, "match", &[r#""zz""#], "null"),
        (r#""abc""#, "match", &["/z/g"], "null"),
        (r#""aa""#, "match", &["/(a)\\1/"], r#"["aa","a"]"#),
        (
            r#""aa""#,
            "match",
            &[r#""(a)\\1""#],
            "A pattern that comes from data cannot use back-references or look-around",
        ),
        (r#""a,b,c""#, "split", &[r#"",""#], r#"["a","b","c"]"#),
        (r#""a,b,c""#, "split", &[r#"",""#, "2"], r#"["a","b","c"]"#),
        (r#""né😀""#, "split", &[r#""""#], r#"["n","é","😀"]"#),
        (r#""ab""#, "split", &[], r#"["a","b"]"#),
        (r#""""#, "split", &[r#"",""#], r#"[""]"#),
        (r#""""#, "split", &[r#""""#], "[]"),
        (r#"",a,""#, "split", &[r#"",""#], r#"["","a",""]"#),
        (r#""a1b22c""#, "split", &["/[0-9]+/"], r#"["a","b","c"]"#),
        (r#""a-b""#, "split", &["/(-)/"], r#"["a","-","b"]"#),
        (r#""ab""#, "split", &["/(?:)/"], r#"["a","b"]"#),
        (r#""""#, "split", &["/x/"], r#"[""]"#),
        (r#""""#, "split", &["/x*/"], "[]"),
    ]);
}

#[test]
fn padding_and_repeating() {
    let too_large = |name: &str| format!("The result of .{name}() is larger than 64 MiB");
    check(&[
        (r#""Hello""#, "padStart", &["7", r#""*""#], r#""**Hello""#),
        (r#""a,b,c""#, "padStart", &["2"], r#""a,b,c""#),
        (r#""a""#, "padStart", &["3"], r#""  a""#),
        (r#""é""#, "padStart", &["6", r#""😀b""#], r#""😀b😀b😀é""#),
        (r#""a,b,c""#, "padEnd", &["7", r#""*""#], r#""a,b,c**""#),
        (r#""a""#, "padEnd", &["5", r#""""#], r#""a""#),
        (r#""a""#, "padEnd", &["-5"], r#""a""#),
        (r#""a""#, "padEnd", &["1e300"], &too_large("padEnd")),
        (r#""a""#, "padStart", &["67108865"], &too_large("padStart")),
        (
            r#""a""#,
            "padStart",
            &["20000000", r#""😀""#],
            &too_large("padStart"),
        ),
        (r#""ab""#, "repeat", &["2"], r#""abab""#),
        (r#""ab""#, "repeat", &["2.9"], r#""abab""#),
        (r#""ab""#, "repeat", &["0"], r#""""#),
        (r#""ab""#, "repeat", &[], r#""""#),
        (r#""ab""#, "repeat", &["-1"], "Invalid count value: -1"),
        (r#""ab""#, "repeat", &["40000000"], &too_large("repeat")),
        (r#""ab""#, "repeat", &["1e300"], &too_large("repeat")),
        (r#""""#, "repeat", &["1e300"], r#""""#),
    ]);
    let infinite = [Arg::from(f64::INFINITY)];
    assert_eq!(
        call(&"a".into(), "s", "repeat", &infinite)
            .unwrap_err()
            .message,
        "Invalid count value: Infinity"
    );
    assert_eq!(
        call(&"a".into(), "s", "padEnd", &infinite)
            .unwrap_err()
            .message,
        too_large("padEnd")
    );
}

#[test]
fn results_are_bounded() {
    let long = Value::from("a".repeat(1 << 20));
    let wide = Value::array(vec![long.clone(); 80]);
    for (target, name, args) in [
        (
            &long,
            "replaceAll",
            vec![Arg::from("a"), Arg::from("b".repeat(80))],
        ),
        (
            &long,
            "replaceAll",
            vec![Arg::Regex("a".into(), "".into()), Arg::from("$`")],
        ),
        (&wide, "join", vec![]),
    ] {
        let error = call(target, "s", name, &args).unwrap_err();
        assert_eq!(
            error.message,
            format!("The result of .{name}() is larger than 64 MiB")
        );
    }
    let mut doubling = Value::array(vec![Value::Null; 1024]);
    for _ in 0..20 {
        doubling = Value::array(vec![doubling.clone(), doubling]);
    }
    let error = call(&doubling, "s", "flat", &[Arg::from(30.0)]).unwrap_err();
    assert_eq!(error.message, "The result of .flat() has too many elements");
}

#[test]
fn arrays() {
    check(&[
        ("[3,1,2,10]", "length", &[], "4"),
        ("[3,1,2,10]", "join", &[], r#""3,1,2,10""#),
        ("[3,1]", "join", &[r#""-""#], r#""3-1""#),
        (
            r#"[1,null,"x",[2,3],{"k":1},true]"#,
            "join",
            &[r#""|""#],
            r#""1||x|[2,3]|{\"k\":1}|true""#,
        ),
        ("[]", "join", &[], r#""""#),
        ("[3,1,2,10]", "sort", &[], "[1,10,2,3]"),
        (
            r#"["b",null,"a",[2],"😀","\uffff"]"#,
            "sort",
            &[],
            "[[2],\"a\",\"b\",null,\"😀\",\"\u{ffff}\"]",
        ),
        ("[3,1]", "reverse", &[], "[1,3]"),
        ("[3,1,2,10]", "slice", &["1", "3"], "[1,2]"),
        ("[3,1,2,10]", "slice", &["-1"], "[10]"),
        ("[3,1]", "slice", &[], "[3,1]"),
        ("[3,1]", "concat", &["[4,5]"], "[3,1,4,5]"),
        (
            "[3,1]",
            "concat",
            &["9", "[[1]]", r#"{"a":1}"#],
            r#"[3,1,9,[1],{"a":1}]"#,
        ),
        ("[3]", "concat", &[], "[3]"),
        ("[3]", "concat", &["null", "absent"], "[3,null,null]"),
        ("[3,1]", "includes", &["3"], "true"),
        ("[3,1]", "includes", &["\"3\""], "false"),
        ("[null]", "includes", &["null"], "true"),
        ("[{}]", "includes", &["{}"], "false"),
        ("[[1]]", "includes", &["[1]"], "false"),
        ("[true]", "includes", &["1"], "false"),
        ("[3,1,2]", "indexOf", &["2"], "2"),
        ("[3,1,2]", "indexOf", &["9"], "-1"),
        ("[3,1,2]", "at", &["-1"], "2"),
        ("[3,1,2]", "at", &[], "3"),
        ("[3,1,2]", "at", &["3"], "absent"),
        ("[3,1,2]", "at", &["-4"], "absent"),
        ("[[1,[2,[3]]]]", "flat", &[], "[1,[2,[3]]]"),
        ("[[1,[2,[3]]]]", "flat", &["5"], "[1,2,3]"),
        ("[[1,[2]]]", "flat", &["0"], "[[1,[2]]]"),
        ("[[1,[2]]]", "flat", &["-1"], "[[1,[2]]]"),
        (
            "[3]",
            "includes",
            &["/3/"],
            "Cannot pass a regular expression to .includes()",
        ),
    ]);
}

#[test]
fn predicates() {
    let names = [
        "isString",
        "isNumber",
        "isBoolean",
        "isArray",
        "isObject",
        "isNull",
        "isDefined",
    ];
    for (target, expected) in [
        ("\"x\"", "1000001"),
        ("5", "0100001"),
        ("false", "0010001"),
        ("[1]", "0001001"),
        ("{\"k\":1}", "0000101"),
        ("null", "0000010"),
        ("absent", "0000000"),
    ] {
        let bits: String = names
            .iter()
            .map(|name| {
                if run(target, name, &[]) == "true" {
                    '1'
                } else {
                    '0'
                }
            })
            .collect();
        assert_eq!(bits, expected, "{target}");
    }
    let view = Value::viewed(json::parse("[1]").unwrap(), "[1]");
    assert_eq!(
        call(&view, "s", "isArray", &[]).unwrap().as_bool(),
        Some(true)
    );
    assert_eq!(
        call(&view, "s", "length", &[]).unwrap().as_number(),
        Some(1.0)
    );
}

#[test]
fn unknown_methods_and_wrong_targets() {
    check(&[
        ("\"abc\"", "frob", &[], "Method not found: frob on s"),
        ("{}", "keys", &[], "Method not found: keys on s"),
        ("5", "toFixed", &[], "Method not found: toFixed on s"),
        ("5", "trim", &[], "Cannot call .trim() on number"),
        ("true", "trim", &[], "Cannot call .trim() on boolean"),
        ("null", "trim", &[], "Cannot call .trim() on null"),
        ("absent", "join", &[], "Cannot call .join() on null"),
        ("[1]", "trim", &[], "Cannot call .trim() on object"),
        (
            "[1]",
            "startsWith",
            &["1"],
            "Cannot call .startsWith() on object",
        ),
        ("{}", "join", &[], "Cannot call .join() on object"),
        ("{}", "length", &[], "Cannot call .length() on object"),
        ("\"x\"", "concat", &["1"], "Cannot call .concat() on string"),
        ("\"x\"", "sort", &[], "Cannot call .sort() on string"),
    ]);
    assert!(exists("trim") && !exists("frob"));
}

#[test]
fn the_table_has_every_method_once() {
    for (index, method) in METHODS.iter().enumerate() {
        let same = |other: &&Method| other.name == method.name && other.target == method.target;
        assert_eq!(
            METHODS.iter().position(|other| same(&other)),
            Some(index),
            "{}",
            method.name
        );
    }
    assert_eq!(METHODS.len(), 35);
}

#[test]
fn deep_arrays_have_methods_too() {
    let deep = depth::tests::nested(50_000);
    for method in METHODS
        .iter()
        .filter(|method| method.target != Target::Text && method.name != "concat")
    {
        let result = call(&deep, "s", method.name, &[]).unwrap();
        depth::discard(result);
    }
    assert!(call(&deep, "s", "concat", &[]).is_err());
    depth::discard(deep);
}

fn any_arg() -> impl Strategy<Value = Arg> {
    prop_oneof![
        4 => any_value().prop_map(Arg::from),
        2 => (-4i32..9).prop_map(|number| Arg::from(f64::from(number))),
        2 => any_text().prop_map(Arg::from),
        1 => (any_text(), "[gimsu]{0,2}").prop_map(|(source, flags)| Arg::Regex(source.into(), flags.into())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_method_panics_or_changes_its_target(target in any_value(), text in any_text(), args in prop::collection::vec(any_arg(), 0..3)) {
        let before = json::text(&target);
        for target in [&target, &Value::from(text)] {
            for method in METHODS {
                if let Ok(result) = call(target, "s", method.name, &args) {
                    let _ = json::text(&result);
                }
            }
        }
        prop_assert_eq!(json::text(&target), before);
    }

    #[test]
    fn sorting_keeps_the_order_of_equals(numbers in prop::collection::vec(0i32..4, 0..20)) {
        // Each element has the text of its number; which one it is, its type tells.
        let items: Vec<Value> = numbers
            .iter()
            .enumerate()
            .map(|(index, number)| if index % 2 == 0 { f64::from(*number).into() } else { number.to_string().into() })
            .collect();
        let sorted = call(&Value::array(items.clone()), "s", "sort", &[]).unwrap();
        let mut expected = items;
        expected.sort_by_key(crate::value::render::template);
        prop_assert_eq!(json::text(&sorted), json::text(&Value::array(expected)));
    }

    #[test]
    fn slices_agree_with_each_other(text in any_text(), from in -8i32..8, to in -8i32..8) {
        let characters: Vec<Value> = text.chars().map(|c| c.to_string().into()).collect();
        let args = [Arg::from(f64::from(from)), Arg::from(f64::from(to))];
        let of_text = call(&text.into(), "s", "slice", &args).unwrap();
        let of_list = call(&Value::array(characters), "s", "slice", &args).unwrap();
        let joined = call(&of_list, "s", "join", &[Arg::from("")]).unwrap();
        prop_assert_eq!(of_text.as_text(), joined.as_text());
    }
}
