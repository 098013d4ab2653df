//! What the value of a block is.

use super::*;

#[test]
fn a_lone_expression_is_returned() {
    for (code, want) in [
        ("1 + 1", "2"),
        ("(1)", "1"),
        ("{k: 1}", r#"{"k":1}"#),
        ("{a: 1, b: 2}", r#"{"a":1,"b":2}"#),
        ("  {k: [1]} // why\n", r#"{"k":[1]}"#),
        ("({k: 1})", r#"{"k":1}"#),
        ("{}", "{}"),
        ("[1, 2]", "[1,2]"),
        ("'use strict'", "\"use strict\""),
        ("`a${1}`", "\"a1\""),
        ("1, 2", "2"),
        ("// first\n41 + 1 /* last */", "42"),
        ("1 + 1;", "2"),
        ("1 + 1 ; // done", "2"),
        ("/[}]/.test('}')", "true"),
        ("true ? 'a' : 'b'", "\"a\""),
        ("await Promise.resolve(3)", "3"),
        ("(async () => 4)()", "4"),
        ("(function () { return 5 })()", "5"),
        ("typeof nothing", "\"undefined\""),
        ("function () { return 1 }", "\"function () { return 1 }\""),
        ("x => x", "\"x => x\""),
        ("new Date(0)", "\"1970-01-01T00:00:00.000Z\""),
        ("null", "null"),
        ("undefined", "<none>"),
    ] {
        assert_eq!(value(code), want, "{code}");
    }
}

#[test]
fn the_last_expression_statement_is_returned() {
    for (code, want) in [
        ("const a = 1; a + 1", "2"),
        ("const a = 1\na + 1\n", "2"),
        ("const a = 1; a + 1; // that", "2"),
        ("let a = 1\n++a\na", "2"),
        ("function f() { return 3 }\nf()", "3"),
        (
            "class A { constructor() { this.a = 1 } }\nnew A()",
            r#"{"a":1}"#,
        ),
        ("const f = x => {\n  return x\n}\nf(4)", "4"),
        ("if (true) { 1 }\n'after'", "\"after\""),
        ("let s = 0; for (const n of [1, 2]) s += n; s", "3"),
        ("const o = { a: 1 }\n;[o.a, 2]", "[1,2]"),
        ("const r = await Promise.resolve([1]); r[0]", "1"),
        (
            "'use strict'; (function () { return this === undefined })()",
            "true",
        ),
        ("let a, b;\na = 1, b = 2", "2"),
        ("x = 5; x", "5"),
        ("if (1 > 2) return 'early'\n'late'", "\"late\""),
        ("if (2 > 1) return 'early'\n'late'", "\"early\""),
        ("const t = `}`;\n({ t })", r#"{"t":"}"}"#),
    ] {
        assert_eq!(value(code), want, "{code}");
    }
}

#[test]
fn a_line_that_continues_the_one_before_is_no_statement_of_its_own() {
    assert_eq!(value("const f = n => n\nconst a = f\n(2)"), "<none>");
    assert_eq!(value("const a = 1\n+ 2"), "<none>");
}

#[test]
fn other_statements_give_nothing() {
    for code in [
        "",
        "   \n",
        "// nothing",
        "const a = 1",
        "if (true) { 1 }",
        "for (const a of [1]) { a }",
        "function f() { return 1 }",
        "class A {}",
        "label: for (;;) break label",
        ";",
        "{ let a = 1; a }",
        "{ f(); function f() { return 1 } }",
    ] {
        assert_eq!(value(code), "<none>", "{code}");
    }
}

#[test]
fn logged_lines_are_the_value_when_there_is_no_other() {
    assert_eq!(value("console.log('l1'); console.log('l2')"), "\"l1\\nl2\"");
    assert_eq!(value("console.log('one')"), "\"one\"");
    assert_eq!(
        value("console.log('logged'); return 'returned'"),
        "\"returned\""
    );
    assert_eq!(value("console.error('only an error')"), "<none>");
    assert_eq!(
        value("console.log('a'); console.error('e'); console.log('b'); const c = 1"),
        "\"a\\nb\""
    );
    assert_eq!(value("console.log('a'); return null"), "null");
    assert_eq!(value("console.log('[1]')"), "\"[1]\"");
}

#[test]
fn await_and_promises() {
    assert_eq!(
        value("await new Promise(r => setTimeout(r, 5)); return 8"),
        "8"
    );
    assert_eq!(
        value(
            "const order = []; setTimeout(() => order.push('t'), 0); queueMicrotask(() => order.push('m')); order.push('s'); await new Promise(r => setTimeout(r, 2)); return order"
        ),
        r#"["s","m","t"]"#
    );
    assert_eq!(
        value(
            "return Promise.all([1, Promise.resolve(2), new Promise(r => setTimeout(() => r(3), 1))])"
        ),
        "[1,2,3]"
    );
    assert_eq!(
        value(
            "let s = 0; for await (const n of (async function* () { yield 1; yield 2 })()) s += n; return s"
        ),
        "3"
    );
    assert_eq!(
        value("return { then(resolve) { resolve('thenable') } }"),
        "\"thenable\""
    );
    assert_eq!(
        value("try { await Promise.reject(new Error('caught')) } catch (e) { return e.message }"),
        "\"caught\""
    );
    assert_eq!(
        value("return (await Promise.allSettled([Promise.reject(1), 2])).map(r => r.status)"),
        r#"["rejected","fulfilled"]"#
    );
}

#[test]
fn timers() {
    assert_eq!(
        value(
            "const got = []; const id = setTimeout(() => got.push('never'), 1); clearTimeout(id); await new Promise(r => setTimeout(r, 4)); return got"
        ),
        "[]"
    );
    assert_eq!(
        value(
            "let n = 0; await new Promise(r => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); r() } }, 1) }); return n"
        ),
        "3"
    );
    assert_eq!(
        value("return new Promise(r => setTimeout((a, b) => r([a, b]), 0, 1, 2))"),
        "[1,2]"
    );
    assert_eq!(
        value(
            "const got = []; setTimeout(() => got.push(2), 6); setTimeout(() => got.push(1), 1); await new Promise(r => setTimeout(r, 12)); return got"
        ),
        "[1,2]"
    );
    assert_eq!(
        value("return typeof setTimeout(() => 1, 1e9)"),
        "\"number\""
    );
    assert!(
        error("setTimeout('1 + 1', 0)")
            .message
            .contains("setTimeout needs a function")
    );
    let start = Instant::now();
    assert_eq!(
        value("setTimeout(() => {}, 60000); setInterval(() => {}, 10); return 1"),
        "1"
    );
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn real_time_passes_while_a_timer_is_awaited() {
    let start = Instant::now();
    let host = Bench::default();
    run_in(
        false,
        &call("await new Promise(r => setTimeout(r, 60))", &[], &host),
    )
    .unwrap();
    assert!(start.elapsed() >= Duration::from_millis(55));
}

#[test]
fn exceptions_have_their_message_and_the_blocks_line() {
    let thrown = error("const a = 1\nthrow new Error('kaput')");
    assert_eq!(
        (thrown.kind, thrown.message.as_str(), thrown.line),
        (JsErrorKind::Exception, "kaput", Some(2))
    );
    let thrown = error("const o = {}\n\no.x.y");
    assert_eq!(
        (thrown.kind, thrown.line),
        (JsErrorKind::Exception, Some(3))
    );
    let thrown = error("\n\nreturn null.x");
    assert_eq!(
        (thrown.message.as_str(), thrown.line),
        ("cannot read property 'x' of null", None)
    );
    let thrown = error("function f() {\n  throw new TypeError('deep')\n}\nreturn f()");
    assert_eq!((thrown.message.as_str(), thrown.line), ("deep", Some(2)));
    let thrown = error("await 1\nthrow new Error('later')");
    assert_eq!((thrown.message.as_str(), thrown.line), ("later", Some(2)));
    let thrown = error("\nnew URL('no url')");
    assert_eq!(
        (thrown.message.as_str(), thrown.line),
        ("Invalid URL", Some(2))
    );
    let thrown = error(
        "setTimeout(() => {\n throw new Error('in a timer') }, 0); await new Promise(() => {})",
    );
    assert_eq!(
        (thrown.message.as_str(), thrown.line),
        ("in a timer", Some(2))
    );
    assert_eq!(error("throw 'text'").message, "text");
    assert_eq!(error("throw { code: 7 }").message, "{\"code\":7}");
    assert_eq!(error("throw undefined").message, "undefined");
    assert_eq!(error("throw null").message, "null");
    assert_eq!(error("throw Symbol('s')").message, "Symbol(s)");
    assert_eq!(error("throw new RangeError()").message, "RangeError");
    assert_eq!(
        error("throw { get message() { throw 1 } }").message,
        "exception"
    );
    assert_eq!(error("class Mine extends Error { constructor(m) { super(m); this.name = 'Mine' } }; throw new Mine('own')").message, "own");
    assert!(!error("throw new Error('plain')").message.contains("block:"));
}

#[test]
fn rejections_that_nobody_handles_are_errors() {
    assert_eq!(
        error("return Promise.reject(new Error('rejected'))").message,
        "rejected"
    );
    assert_eq!(
        error("Promise.reject(new Error('dropped')); return 1").message,
        "dropped"
    );
    assert_eq!(
        error("(async () => { throw new Error('not awaited') })(); return 1").message,
        "not awaited"
    );
    assert_eq!(
        error("queueMicrotask(() => { throw new Error('micro') }); await 1; await 2; return 1")
            .message,
        "micro"
    );
    assert_eq!(
        value("const p = Promise.reject(1); await null; p.catch(() => {}); return 2"),
        "2"
    );
    assert_eq!(value("Promise.reject(1).catch(() => {}); return 3"), "3");
}

#[test]
fn what_nothing_can_settle_is_an_error() {
    let stuck = error("await new Promise(() => {})");
    assert!(stuck.message.contains("nothing will settle"), "{stuck}");
}

#[test]
fn syntax_errors() {
    let wrong = error("let a = 1\nlet b = = 2");
    assert_eq!(
        (wrong.kind, wrong.line),
        (JsErrorKind::Syntax, Some(2)),
        "{wrong}"
    );
    assert_eq!(error("return (").kind, JsErrorKind::Syntax);
    assert_eq!(error("1 +").kind, JsErrorKind::Syntax);
    assert_eq!(error("let a; let a;").kind, JsErrorKind::Syntax);
    assert_eq!(error("export const a = 1").kind, JsErrorKind::Syntax);
    assert_eq!(error("return '\0'").kind, JsErrorKind::Syntax);
    assert_eq!(error("import.meta").kind, JsErrorKind::Syntax);
    let host = Bench::default();
    let params = [Param {
        name: "x",
        value: None,
    }];
    assert_eq!(
        both(&call("const x = 1", &params, &host)).unwrap_err().kind,
        JsErrorKind::Syntax
    );
    assert_eq!(error("JSON.parse('{')").kind, JsErrorKind::Exception);
}

#[test]
fn a_parameter_may_be_declared_again_with_var() {
    assert_eq!(value_of("var x = x || 7; return x", Value::Null), "7");
}

#[test]
fn names_of_parameters_become_identifiers() {
    let one = Value::Number(1.0);
    let two = Value::Number(2.0);
    let host = Bench::default();
    let params = [
        Param {
            name: "a-b",
            value: Some(&one),
        },
        Param {
            name: "größe",
            value: Some(&two),
        },
    ];
    assert_eq!(
        json(&both(&call("[a_b, größe]", &params, &host)).unwrap().value),
        "[1,2]"
    );
    let params = [
        Param {
            name: "a-b",
            value: Some(&one),
        },
        Param {
            name: "a_b",
            value: Some(&two),
        },
    ];
    assert_eq!(
        json(&both(&call("a_b", &params, &host)).unwrap().value),
        "2"
    );
    let params = [
        Param {
            name: "a_b",
            value: Some(&one),
        },
        Param {
            name: "a-b",
            value: Some(&two),
        },
    ];
    assert_eq!(
        json(&both(&call("a_b", &params, &host)).unwrap().value),
        "1"
    );
    let params = [
        Param {
            name: "class",
            value: Some(&one),
        },
        Param {
            name: "n",
            value: Some(&two),
        },
    ];
    assert_eq!(json(&both(&call("n", &params, &host)).unwrap().value), "2");
    let params = [Param {
        name: "9-lives",
        value: Some(&one),
    }];
    assert_eq!(
        json(&both(&call("_9_lives", &params, &host)).unwrap().value),
        "1"
    );
}
