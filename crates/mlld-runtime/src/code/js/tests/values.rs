//! Values in and out.

use super::*;

#[test]
fn values_go_in_with_their_type() {
    for (given, kind) in [
        (text("s"), "string \"s\""),
        (text("[1]"), "string \"[1]\""),
        (Value::Number(1.5), "number 1.5"),
        (Value::Number(7.0), "number 7"),
        (Value::Bool(true), "boolean true"),
        (Value::Null, "object null"),
        (list(vec![Value::Number(1.0)]), "object [1]"),
        (object(vec![("a", Value::Null)]), "object {\"a\":null}"),
    ] {
        assert_eq!(
            value_of("return typeof x + ' ' + JSON.stringify(x)", given),
            format!("{kind:?}")
        );
    }
    assert_eq!(value_of("return Array.isArray(x)", list(vec![])), "true");
}

#[test]
fn an_unset_parameter_is_undefined_and_an_absent_member_null() {
    let params = [
        Param {
            name: "x",
            value: None,
        },
        Param {
            name: "y",
            value: Some(&Value::Absent),
        },
    ];
    let host = Bench::default();
    let outcome = both(&call(
        "return [typeof x, typeof y, arguments.length]",
        &params,
        &host,
    ))
    .unwrap();
    assert_eq!(json(&outcome.value), r#"["undefined","undefined",2]"#);
    assert_eq!(
        value_of(
            "return [x[0] === null, x[1].k === null]",
            list(vec![Value::Absent, object(vec![("k", Value::Absent)])])
        ),
        "[true,true]"
    );
}

#[test]
fn numbers_survive_both_ways() {
    for number in [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        1e300,
        5e-324,
        f64::MAX,
        9007199254740993.0,
        2147483648.0,
        -2147483649.0,
    ] {
        let x = Value::Number(number);
        let params = [Param {
            name: "x",
            value: Some(&x),
        }];
        let host = Bench::default();
        let Some(Value::Number(back)) = both(&call("return x", &params, &host)).unwrap().value
        else {
            panic!()
        };
        assert_eq!(back.to_bits(), number.to_bits());
    }
    assert_eq!(
        value("return [NaN, Infinity, -Infinity]"),
        r#"["<NaN>","<inf>","<-inf>"]"#
    );
    assert_eq!(
        value_of("return Object.is(x, -0)", Value::Number(-0.0)),
        "true"
    );
}

#[test]
fn texts_survive_and_lone_surrogates_become_replacement_characters() {
    let odd = "a\u{0}b\u{7f}é漢\u{1F600}\u{FEFF}\r\n";
    assert_eq!(
        value_of("return x", text(odd)),
        serde_json::Value::from(odd).to_string()
    );
    assert_eq!(value_of("return x.length", text("\u{1F600}")), "2");
    assert_eq!(value("return '\\ud800a\\udc00'"), "\"\u{FFFD}a\u{FFFD}\"");
    assert_eq!(
        value("return { ['\\ud800']: ['x\\udfff'] }"),
        "{\"\u{FFFD}\":[\"x\u{FFFD}\"]}"
    );
    assert_eq!(value("return { 'a\\0b': 1 }"), "{\"a\\u0000b\":1}");
}

#[test]
fn arguments_are_copies() {
    let x = object(vec![("list", list(vec![Value::Number(1.0)]))]);
    assert_eq!(
        value_of("x.list.push(2); x.more = 1; return x", x.clone()),
        r#"{"list":[1,2],"more":1}"#
    );
    assert_eq!(json(&Some(x)), r#"{"list":[1]}"#);
}

#[test]
fn keys_keep_their_order_except_array_indices() {
    let keys = [
        "zeta",
        "alpha",
        "__proto__",
        "constructor",
        "toString",
        "a-b",
        "",
    ];
    let x = object(keys.iter().map(|key| (*key, Value::Number(1.0))).collect());
    let same = json(&Some(x.clone()));
    assert_eq!(value_of("return x", x.clone()), same);
    assert_eq!(
        value_of(
            "return [Object.getPrototypeOf(x) === Object.getPrototypeOf({}), Object.keys(x).length]",
            x
        ),
        "[true,7]"
    );
    let mixed = object(vec![
        ("b", Value::Null),
        ("10", Value::Null),
        ("2", Value::Null),
    ]);
    assert_eq!(
        value_of("return x", mixed),
        r#"{"2":null,"10":null,"b":null}"#
    );
}

#[test]
fn a_returned_value_keeps_its_type() {
    assert_eq!(value("return 1.5"), "1.5");
    assert_eq!(value("return false"), "false");
    assert_eq!(value("return null"), "null");
    assert_eq!(value("return '[1]'"), "\"[1]\"");
    assert_eq!(value("return ''"), "\"\"");
    assert_eq!(value("return undefined"), "<none>");
    assert_eq!(value("return Symbol('s')"), "<none>");
    assert_eq!(value("return"), "<none>");
    assert_eq!(
        value("return [1, [2, { a: [] }], {}]"),
        r#"[1,[2,{"a":[]}],{}]"#
    );
}

#[test]
fn what_json_leaves_out_is_left_out() {
    assert_eq!(
        value("return { a: undefined, b: () => 1, c: Symbol(), d: 1, [Symbol('k')]: 2 }"),
        r#"{"d":1}"#
    );
    assert_eq!(
        value("return [undefined, () => 1, Symbol()]"),
        "[null,null,null]"
    );
    assert_eq!(value("return [1, , 3]"), "[1,null,3]");
    assert_eq!(
        value(
            "return Object.create({ inherited: 1 }, { hidden: { value: 1 }, seen: { value: 2, enumerable: true } })"
        ),
        r#"{"seen":2}"#
    );
}

#[test]
fn dates_functions_and_other_objects() {
    assert_eq!(value("return new Date(0)"), "\"1970-01-01T00:00:00.000Z\"");
    assert_eq!(
        value("return { at: new Date(86400000) }"),
        r#"{"at":"1970-01-02T00:00:00.000Z"}"#
    );
    assert_eq!(value("return new Date(NaN)"), "null");
    assert_eq!(value("return (a, b) => a + b"), "\"(a, b) => a + b\"");
    assert_eq!(
        value("return function named() { return 1 }"),
        "\"function named() { return 1 }\""
    );
    assert_eq!(value("return class A { m() {} }"), "\"class A { m() {} }\"");
    assert_eq!(
        value("return 12345678901234567890n"),
        "\"12345678901234567890\""
    );
    assert_eq!(value("return [1n]"), r#"["1"]"#);
    assert_eq!(value("return new Map([[1, 2]])"), "{}");
    assert_eq!(
        value("return [new Set([1]), /re/g, new Error('e'), new WeakMap()]"),
        "[{},{},{},{}]"
    );
    assert_eq!(value("return new Uint8Array([7, 8])"), r#"{"0":7,"1":8}"#);
    assert_eq!(
        value("return [new Number(1), new String('s'), new Boolean(false), Object(2n)]"),
        r#"[1,"s",false,"2"]"#
    );
    assert_eq!(value("return new Number(3)"), "3");
    assert_eq!(
        value("class P { constructor() { this.x = 1 } get y() { return 2 } }; return new P()"),
        r#"{"x":1}"#
    );
    assert_eq!(
        value("return new URL('https://a.example/b')"),
        "\"https://a.example/b\""
    );
    assert_eq!(value("return Promise.resolve(5)"), "5");
    assert_eq!(value("return { p: Promise.resolve(5) }"), r#"{"p":{}}"#);
    assert_eq!(value("return new Proxy([1, 2], {})"), "[1,2]");
    assert_eq!(value("return new Proxy({ a: 1 }, {})"), r#"{"a":1}"#);
    assert_eq!(
        value("return Object.assign(Object.create(null), { a: 1 })"),
        r#"{"a":1}"#
    );
}

#[test]
fn to_json_speaks_for_an_object() {
    assert_eq!(
        value("return { toJSON() { return { a: 1 } } }"),
        r#"{"a":1}"#
    );
    assert_eq!(
        value("return { k: { toJSON(key) { return 'for ' + key } } }"),
        r#"{"k":"for k"}"#
    );
    assert_eq!(
        value("return [{ toJSON(key) { return 'for ' + key } }]"),
        r#"["for 0"]"#
    );
    assert_eq!(value("return { toJSON() { return undefined } }"), "<none>");
    assert_eq!(
        value("return { a: { toJSON() { return undefined } }, b: 1 }"),
        r#"{"b":1}"#
    );
    assert_eq!(
        error("return { toJSON() { throw new Error('no') } }").message,
        "no"
    );
    assert_eq!(
        error("return { get a() { throw new Error('getter') } }").message,
        "getter"
    );
}

#[test]
fn a_value_cannot_contain_itself_but_may_share() {
    assert!(
        error("const a = {}; a.a = a; return a")
            .message
            .contains("contains itself")
    );
    assert!(
        error("const a = []; a.push({ a }); return a")
            .message
            .contains("contains itself")
    );
    assert!(
        error("return { toJSON() { return this } , get self() { return this } }")
            .message
            .contains("contains itself")
    );
    assert_eq!(
        value("const s = [1]; return [s, s, { s }]"),
        r#"[[1],[1],{"s":[1]}]"#
    );
}

#[test]
fn depth_is_limited_both_ways() {
    let nest =
        |levels: usize| format!("let v = 1; for (let i = 0; i < {levels}; i++) v = [v]; return v");
    assert!(value(&nest(1000)).starts_with("[[["));
    assert!(error(&nest(1001)).message.contains("nests more than 1000"));
    assert!(
        error(&nest(100_000))
            .message
            .contains("nests more than 1000")
    );
    let deep = "let v = 1; for (let i = 0; i < 1001; i++) v = { v }; return v";
    assert!(error(deep).message.contains("nests more than 1000"));
    let endless = "const f = () => ({ toJSON() { return { f: f() } } }); return f()";
    assert!(error(endless).message.contains("nests more than 1000"));
    let mut x = Value::Number(1.0);
    for _ in 0..1000 {
        x = list(vec![x]);
    }
    let params = [Param {
        name: "x",
        value: Some(&x),
    }];
    let host = Bench::default();
    assert!(both(&call("return x", &params, &host)).is_ok());
    let x = list(vec![x]);
    let params = [Param {
        name: "x",
        value: Some(&x),
    }];
    assert!(
        both(&call("return 1", &params, &host))
            .unwrap_err()
            .message
            .contains("nests more than 1000")
    );
}

#[test]
fn depth_is_safe_on_a_small_stack() {
    let deep =
        "let v = 1; for (let i = 0; i < 1000; i++) v = { toJSON: ((v) => () => [v])(v) }; return v";
    // At the end of the block's stack, too.
    let deepest =
        "const v = (() => { let v = 1; for (let i = 0; i < 999; i++) v = [v]; return v })();
        const dive = () => { try { return dive() } catch { return take(v) } }; return dive()";
    std::thread::Builder::new()
        .stack_size(512 << 10)
        .spawn(move || {
            let host = Bench {
                answer: Some(|_, mut args| Ok(args.pop().unwrap())),
                ..Bench::default()
            };
            let helpers = [Helper {
                name: "take",
                direct: true,
            }];
            for code in [deep, deepest] {
                for own in [false, true] {
                    let given = Call {
                        helpers: &helpers,
                        ..call(code, &[], &host)
                    };
                    assert!(matches!(
                        run_in(own, &given).unwrap().value,
                        Some(Value::Array(_))
                    ));
                }
            }
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn large_arrays_are_quick() {
    let x = list((0..200_000).map(|n| Value::Number(f64::from(n))).collect());
    let params = [Param {
        name: "x",
        value: Some(&x),
    }];
    let host = Bench::default();
    let start = Instant::now();
    let outcome = both(&call("return x.map(n => n + 1)", &params, &host)).unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    let Some(Value::Array(items)) = outcome.value else {
        panic!()
    };
    assert_eq!(items.len(), 200_000);
    assert!(matches!(items.last(), Some(Value::Number(last)) if *last == 200_000.0));
}

#[test]
fn a_loaded_file_is_its_data() {
    use crate::value::Viewed;
    let viewed = Value::Viewed(Arc::new(Viewed {
        data: object(vec![("a", Value::Number(1.0))]),
        text: "{\"a\": 1.0}".into(),
        file: None,
    }));
    assert_eq!(value_of("return x.a + 1", viewed), "2");
}
