//! What `console` writes.

use super::*;

#[test]
fn streams() {
    assert_eq!(
        lines(
            "console.log('l'); console.info('i'); console.debug('d'); console.warn('w'); console.error('e')"
        ),
        ["l", "i", "d", "! w", "! e"]
    );
}

#[test]
fn lines_come_to_the_host_as_they_are_written() {
    let host = Bench {
        answer: Some(|_, _| Ok(Value::Null)),
        ..Bench::default()
    };
    let helpers = [Helper {
        name: "look",
        direct: true,
    }];
    let given = Call {
        helpers: &helpers,
        ..call(
            "console.log('before'); look(); throw new Error('x')",
            &[],
            &host,
        )
    };
    assert!(run_in(false, &given).is_err());
    assert_eq!(host.seen.borrow().len(), 1);
}

#[test]
fn a_refused_line_ends_the_block() {
    for own in [false, true] {
        let host = Bench {
            refused: Some("secret"),
            ..Bench::for_millis(20_000)
        };
        let code = "console.log('fine'); try { console.log('secret') } catch {} console.log('after'); for (;;) {}";
        let error = run_in(own, &call(code, &[], &host)).unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str()),
            (JsErrorKind::Refused, "may not be shown")
        );
        assert_eq!(
            host.seen
                .borrow()
                .iter()
                .map(|line| line.text.to_string())
                .collect::<Vec<_>>(),
            ["fine"]
        );
    }
}

#[test]
fn values_are_written_as_in_node() {
    for (args, want) in [
        ("'a', 1, true, null, undefined", "a 1 true null undefined"),
        ("", ""),
        ("'a\\nb'", "a\nb"),
        ("{}", "{}"),
        ("[]", "[]"),
        (
            "{ a: 1, 'b-c': 'x', [Symbol('s')]: 2 }",
            "{ a: 1, 'b-c': 'x', [Symbol(s)]: 2 }",
        ),
        ("[1, 'two', [3]]", "[ 1, 'two', [ 3 ] ]"),
        (
            "{ a: { b: { c: { d: 1 } } } }",
            "{ a: { b: { c: [Object] } } }",
        ),
        ("[[[[1]]]]", "[ [ [ [Array] ] ] ]"),
        ("new Map([['a', 1]])", "Map(1) { 'a' => 1 }"),
        ("new Set([1, 'b'])", "Set(2) { 1, 'b' }"),
        ("new Map()", "Map(0) {}"),
        ("-0, 1n, Symbol('x')", "-0 1n Symbol(x)"),
        ("() => 1", "[Function (anonymous)]"),
        ("function f() {}", "[Function: f]"),
        ("async function f() {}", "[AsyncFunction: f]"),
        ("class A {}", "[class A]"),
        ("class B extends Error {}", "[class B extends Error]"),
        ("new (class P { x = 1 })()", "P { x: 1 }"),
        ("new (class P {})()", "P {}"),
        ("new Error('bad')", "Error: bad"),
        ("{ e: new TypeError('t') }", "{ e: [TypeError: t] }"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("/a/g", "/a/g"),
        ("new Uint8Array([1, 2])", "Uint8Array(2) [ 1, 2 ]"),
        ("[1, , 3]", "[ 1, <1 empty item>, 3 ]"),
        ("[, ,]", "[ <2 empty items> ]"),
        ("Object.create(null)", "[Object: null prototype] {}"),
        (
            "new Number(1), new String('s')",
            "[Number: 1] [String: 's']",
        ),
        ("\"it's\", [\"it's\"]", "it's [ \"it's\" ]"),
        (
            "{ get a() { return 1 }, set b(x) {} }",
            "{ a: [Getter], b: [Setter] }",
        ),
        ("'%s is %d%%', 'x', 5", "x is 5%"),
        ("'%s'", "%s"),
        (
            "'%i %f %j %o', '7.9', '1.5', { a: 1 }, [1]",
            "7 1.5 {\"a\":1} [ 1 ]",
        ),
        ("'a%sb', 'X', 'more', 1", "aXb more 1"),
        ("'100%', 1", "100% 1"),
        (
            "Array(3).fill('some rather long text that fills a line')",
            "[\n  'some rather long text that fills a line',\n  'some rather long text that fills a line',\n  'some rather long text that fills a line'\n]",
        ),
    ] {
        assert_eq!(lines(&format!("console.log({args})")), [want], "{args}");
    }
}

#[test]
fn cycles_and_long_lists() {
    assert_eq!(
        lines("const a = { n: 1 }; a.self = a; console.log(a)"),
        ["<ref *1> { n: 1, self: [Circular *1] }"]
    );
    let long = lines("console.log(Array.from({ length: 150 }, (_, i) => i))");
    assert!(
        long.first()
            .unwrap()
            .ends_with("99,\n  ... 50 more items\n]"),
        "{long:?}"
    );
}

#[test]
fn the_other_functions() {
    assert_eq!(
        lines(
            "console.group('G'); console.log('in\\nside'); console.groupEnd(); console.log('out'); console.count(); console.count(); console.countReset(); console.count(); console.assert(true, 'no'); console.assert(false, 'yes'); console.trace('t'); console.dir({ a: 1 })"
        ),
        [
            "G",
            "  in\n  side",
            "out",
            "default: 1",
            "default: 2",
            "default: 1",
            "! Assertion failed: yes",
            "! Trace: t",
            "{ a: 1 }"
        ]
    );
}

#[test]
fn console_works_without_its_object() {
    assert_eq!(
        lines("[1, 2].forEach(console.log)"),
        ["1 0 [ 1, 2 ]", "2 1 [ 1, 2 ]"]
    );
    assert_eq!(lines("const { log } = console; log('x')"), ["x"]);
}

#[test]
fn lone_surrogates_are_replaced() {
    assert_eq!(lines("console.log('\\ud800')"), ["\u{FFFD}"]);
}
