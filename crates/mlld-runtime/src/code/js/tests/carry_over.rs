//! Nothing carries over from one call to the next.

use super::*;

/// Leaves something behind in a shared engine, whatever the plan says, then looks for it.
fn left(leave: &str, look: &str) -> String {
    // Some never end by themselves. Whether leaving succeeds is of no interest.
    let _ = run_in(false, &call(leave, &[], &Bench::for_millis(1500)));
    let host = Bench::default();
    let found = json(&run_in(false, &call(look, &[], &host)).unwrap().value);
    // The same by the plan.
    let _ = super::super::run(&call(leave, &[], &Bench::for_millis(1500)));
    assert_eq!(
        json(&super::super::run(&call(look, &[], &host)).unwrap().value),
        found
    );
    found
}

fn gone(leave: &str, look: &str) {
    assert_eq!(left(leave, look), "\"undefined\"", "{leave}");
}

#[test]
fn global_variables() {
    gone("leak = 1", "typeof leak");
    gone("globalThis.leak = 1", "typeof leak");
    gone("this.leak = 1", "typeof leak");
    gone("(function () { this.leak = 1 })()", "typeof leak");
    gone("function f() { leak = 1 }; f()", "typeof leak");
    gone("var leak = 1; let other = 2", "typeof leak");
    gone("globalThis['0'] = 1", "typeof globalThis[0]");
    gone(
        "globalThis[Symbol.for('leak')] = 1",
        "typeof globalThis[Symbol.for('leak')]",
    );
    gone(
        "Object.defineProperty(globalThis, 'leak', { value: 1 })",
        "typeof leak",
    );
    gone(
        "Object.defineProperty(globalThis, 'leak', { get() { return 1 } })",
        "typeof leak",
    );
    gone(
        "Object.defineProperty(globalThis, 'leak', { get() { return 1 }, configurable: true })",
        "typeof leak",
    );
    gone(
        "Object.setPrototypeOf(globalThis, { leak: 1 })",
        "typeof leak",
    );
    gone("globalThis.__proto__ = { leak: 1 }", "typeof leak");
    gone("Reflect.set(globalThis, 'leak', 1)", "typeof leak");
    gone(
        "globalThis.__defineGetter__('leak', () => 1)",
        "typeof leak",
    );
    gone("throw (leak = 1)", "typeof leak");
    assert_eq!(
        left("Object.preventExtensions(globalThis)", "mine = 3; mine"),
        "3"
    );
    assert_eq!(left("Object.freeze(globalThis)", "mine = 3; mine"), "3");
}

#[test]
fn code_that_runs_after_the_result() {
    gone(
        "setTimeout(() => { globalThis.leak = 1 }, 0); return 1",
        "await new Promise(r => setTimeout(r, 5)); typeof leak",
    );
    gone(
        "setInterval(() => { globalThis.leak = 1 }, 1); return 1",
        "await new Promise(r => setTimeout(r, 5)); typeof leak",
    );
    gone(
        "(async () => { for (;;) { await null; globalThis.leak = 1 } })(); await null; throw 1",
        "await null; await null; typeof leak",
    );
    gone(
        "queueMicrotask(() => { globalThis.leak = 1 }); throw 1",
        "await null; typeof leak",
    );
    gone(
        "Promise.resolve().then(() => { globalThis.leak = 1 }); return 1",
        "await null; typeof leak",
    );
    gone(
        "const r = new FinalizationRegistry(() => { globalThis.leak = 1 }); (() => { const a = {}; a.a = a; r.register(a, 1) })()",
        "for (let i = 0; i < 200000; i++) { const a = {}; a.a = a }; await null; await null; typeof leak",
    );
}

#[test]
fn prototypes_and_built_ins() {
    let hidden = "const P = 'proto' + 'type', C = 'construc' + 'tor';";
    for leave in [
        "Object[P].leak = 1",
        "Object.prototype.leak = 1",
        "Array[P].leak = 1",
        "Array.prototype.leak = 1",
        "Function[P].leak = 1",
        "({})[C].leak = 1",
        "({})['__pro' + 'to__'].leak = 1",
        "Object.defineProperty(Object[P], 'leak', { value: 1 })",
        "Reflect.set(Object[P], 'leak', 1)",
        "Object.assign(Object[P], { leak: 1 })",
        "Reflect.setPrototypeOf(Object[P], { leak: 1 })",
        "Reflect.setPrototypeOf(Array[P], { leak: 1 })",
        "Reflect.setPrototypeOf(Array, { leak: 1 })",
        "Math.leak = 1; JSON.leak = 1; Reflect.leak = 1; Date.leak = 1; console.leak = 1; URL.leak = 1; performance.leak = 1",
        "Symbol.leak = 1; Symbol.iterator[C].leak = 1; (1)[C].leak = 1; ''[C].leak = 1; 1n[C].leak = 1",
        "Reflect.getPrototypeOf([][Symbol.iterator]()).leak = 1",
        "Reflect.getPrototypeOf(Reflect.getPrototypeOf([][Symbol.iterator]())).leak = 1",
        "Reflect.getPrototypeOf(async function* () {}).leak = 1",
        "Reflect.getPrototypeOf(Reflect.getPrototypeOf((async function* () {})())).leak = 1",
        "Reflect.getPrototypeOf(Uint8Array).leak = 1; Reflect.getPrototypeOf(Uint8Array[P]).leak = 1",
        "console.log.leak = 1; setTimeout.leak = 1; parseInt.leak = 1; [].map.leak = 1",
        "new Proxy(Object[P], {}).leak = 1",
        "with (Object[P]) { leak = 1 }",
        "[Object[P].leak] = [1]",
        "Object.getOwnPropertyDescriptor(Object[P], '__proto__').set.call(Object[P], { leak: 1 })",
        "Object[P].__defineGetter__('leak', () => 1)",
        "structuredClone.leak = 1; atob.leak = 1; queueMicrotask.leak = 1; Error.leak = 1; new URL('a:b').searchParams[C].leak = 1",
    ] {
        gone(
            &format!("{hidden} {leave}"),
            "const marks = [{}, [], () => 1, Math, JSON, Reflect, Date, console, URL, performance, Symbol, Number, String, BigInt, [].values(),
               Reflect.getPrototypeOf(Reflect.getPrototypeOf([].values())), async function* () {}, (async function* () {})(), Uint8Array, new Uint8Array(1),
               console.log, setTimeout, parseInt, [].map, structuredClone, atob, queueMicrotask, Error, URLSearchParams, globalThis];
             const bad = marks.filter(m => m.leak !== undefined); return bad.length ? bad.length : typeof leak",
        );
    }
}

#[test]
fn replaced_functions() {
    for leave in [
        "Math.random = () => 'leak'",
        "Date.now = () => 'leak'",
        "JSON.stringify = () => 'leak'",
        "console.log = () => 'leak'",
        "globalThis.parseInt = () => 'leak'",
        "parseInt = () => 'leak'",
        "Array.prototype.map = () => 'leak'",
        "Array['proto' + 'type'].map = () => 'leak'",
        "Promise.prototype.then = () => 'leak'",
        "String.prototype.trim = () => 'leak'",
        "Array.prototype[Symbol.iterator] = function* () { yield 'leak' }",
        "RegExp.prototype.exec = () => ['leak']",
        "Object.prototype.toString = () => 'leak'",
        "Function.prototype.call = () => 'leak'",
        "Object.defineProperty(Array.prototype, 'map', { value: () => 'leak' })",
        "Number.prototype.toString = () => 'leak'",
        "Error.prepareStackTrace = () => 'leak'",
        "Object.getPrototypeOf([].values()).next = () => ({ done: false, value: 'leak' })",
        "URL.prototype.toString = () => 'leak'",
    ] {
        let look = "console.log('x'); return [[Math.random() === 'leak', Date.now() === 'leak', JSON.stringify(1), parseInt('7'), [1].map(x => x + 1),
            ' a '.trim(), [...[5]], /a/.exec('a')[0], String({}), (() => 1).call(), (1).toString(), new Error('e').stack === 'leak', await Promise.resolve(1).then(x => x),
            String(new URL('a:b'))]]";
        assert_eq!(
            left(leave, look),
            r#"[[false,false,"1",7,[2],"a",[5],"a","[object Object]",1,"1",false,1,"a:b"]]"#,
            "{leave}"
        );
    }
}

#[test]
fn indirect_eval_and_constructed_functions() {
    for leave in [
        "(0, eval)('var leak = 1')",
        "(0, eval)('let leak = 1')",
        "(0, eval)('const leak = 1')",
        "(0, eval)('class leak {}')",
        "(0, eval)('function leak() {}')",
        "globalThis['ev' + 'al']('let leak = 1')",
        "const e = eval; e('let leak = 1')",
        "eval?.('let leak = 1')",
        "eval('var leak = 1')",
        "new Function('leak = 1')()",
        "Function('globalThis.leak = 1')()",
        "new Function('}); let leak = 1; (function () {')",
        "(() => {})['construc' + 'tor']('leak = 1')()",
        "(() => {})['construc' + 'tor']('return ev' + 'al')()('let leak = 1')",
        "(async () => {})['construc' + 'tor']('leak = 1')()",
        "(function* () {})['construc' + 'tor']('leak = 1')().next()",
        "(async function* () {})['construc' + 'tor']('leak = 1')().next()",
        "Reflect.construct(Reflect.getPrototypeOf(async () => {})['construc' + 'tor'], ['leak = 1'])()",
        "Reflect.getPrototypeOf(Reflect.getPrototypeOf(async () => {})['construc' + 'tor'])('leak = 1')()",
        "setTimeout('leak = 1', 0)",
    ] {
        gone(leave, "typeof leak");
    }
}

#[test]
fn a_text_that_closes_the_function_that_it_is_put_into() {
    for leave in [
        "}}); let leak = 1; (function(){return async function(){",
        "}}), (leak = 1), (function(){return async function(){",
        "} , leak = 1 }); (function(){return async function(){",
        "} /* */ }); var leak = 1; (function(){ { {",
        "`${1}` }}); let leak = 1; (function(){return async function(){",
        "<!-- `\n}}); let leak = 1; (function(){return async function(){ //`",
        "a\n--> `\n}}); let leak = 1; (function(){return async function(){ //`",
        "return }}); class leak {}; (function(){return async function(){",
        "// \u{2028}}}); let leak = 1; (function(){return async function(){",
        "// \u{2029}}}); let leak = 1; (function(){return async function(){",
        "// \r}}); let leak = 1; (function(){return async function(){",
    ] {
        let host = Bench::default();
        let _ = super::super::run(&call(leave, &[], &host));
        let looked = super::super::run(&call("typeof leak", &[], &host)).unwrap();
        assert_eq!(json(&looked.value), "\"undefined\"", "{leave}");
    }
}

#[test]
fn the_function_of_a_block_is_a_new_one_each_time() {
    let host = Bench::default();
    let code =
        "const self = arguments.callee; self.count = (self.count || 0) + 1; return self.count";
    for _ in 0..3 {
        assert_eq!(
            json(&run_in(false, &call(code, &[], &host)).unwrap().value),
            "1"
        );
    }
    let code = "function f() { return f.n = (f.n || 0) + 1 }; class A { static n = 0 }; A.n++; const r = /a/g; r.test('a'); return [f(), A.n, r.lastIndex]";
    for _ in 0..3 {
        assert_eq!(
            json(&run_in(false, &call(code, &[], &host)).unwrap().value),
            "[1,1,1]"
        );
    }
    let code = "const t = s => s; const first = t`a`; let r; try { 'use strict'; first.leak = 1; r = first.leak } catch {} return r";
    for _ in 0..2 {
        assert_eq!(
            json(&run_in(false, &call(code, &[], &host)).unwrap().value),
            "<none>"
        );
    }
}

#[test]
fn state_outside_of_objects() {
    gone("/(leak)/.exec('leak')", "typeof RegExp.$1");
    gone("/(leak)/.exec('leak')", "typeof RegExp.lastMatch");
    gone(
        "Error.prepareStackTrace = () => 'leak'",
        "typeof Error['prepare' + 'StackTrace']",
    );
    gone(
        "Reflect.getOwnPropertyDescriptor(Error, 'prepare' + 'StackTrace')?.set.call(Error, () => 'leak')",
        "typeof new Error('x').stack.leak",
    );
    assert_eq!(
        left(
            "Symbol.for('leak').description",
            "Symbol.keyFor(Symbol('leak')) === undefined"
        ),
        "true"
    );
    assert_eq!(
        left(
            "setTimeout(() => 1, 1e6); setTimeout(() => 1, 1e6)",
            "setTimeout(() => 1, 1e6)"
        ),
        "1"
    );
    assert_eq!(
        left(
            "console.group('g'); console.count('c')",
            "console.log('flat'); console.count('c')"
        ),
        "\"flat\\nc: 1\""
    );
    assert_eq!(
        left(
            "console.time('t')",
            "console.timeEnd('t'); console.log('no clock')"
        ),
        "\"no clock\""
    );
}

#[test]
fn random_numbers_do_not_tell_how_many_were_drawn_before() {
    let host = Bench::default();
    let three = || {
        json(
            &run_in(
                false,
                &call("[Math.random(), Math.random(), Math.random()]", &[], &host),
            )
            .unwrap()
            .value,
        )
    };
    let (first, second) = (three(), three());
    assert_ne!(first, second);
    let within = "for (let i = 0; i < 1000; i++) { const r = Math.random(); if (!(r >= 0 && r < 1)) return r }; return 'in range'";
    assert_eq!(value(within), "\"in range\"");
    assert_eq!(
        value(
            "let s = 0; for (let i = 0; i < 4000; i++) s += Math.random(); return s > 1800 && s < 2200"
        ),
        "true"
    );
}

#[test]
fn after_a_failure_the_next_block_is_undisturbed() {
    let host = Bench::default();
    for leave in [
        "throw 1",
        "await new Promise(() => {})",
        "return (",
        "(function f() { f() })()",
        "leak = 1; null.x",
    ] {
        let _ = super::super::run(&call(leave, &[], &host));
        assert_eq!(
            json(
                &run_in(false, &call("typeof leak", &[], &host))
                    .unwrap()
                    .value
            ),
            "\"undefined\""
        );
    }
}

#[test]
fn everything_a_block_can_reach_is_frozen() {
    let walk = "const seen = new Set(), bad = [];
        const generator = function* () {}, asyncGenerator = async function* () {}, asyncFunction = async () => {};
        const own = new Set([generator, asyncGenerator, asyncFunction, Reflect.get(generator, 'proto' + 'type'), Reflect.get(asyncGenerator, 'proto' + 'type'), process, process.env, Reflect.getPrototypeOf(process)]);
        const samples = [globalThis, generator, asyncGenerator, asyncFunction, generator(), asyncGenerator(), [].values(), new Map().values(), new Set().values(), ''[Symbol.iterator](),
          ''.matchAll(/a/g), Iterator.from({ next() {} }), [].values().map(x => x), [].values().flatMap(x => x), Iterator.concat([1]), /a/, new Date(), new Error('e'), Promise.resolve(), new WeakRef({}),
          new URL('a:b'), new URLSearchParams(), new URLSearchParams().entries(), new TextEncoder(), new TextDecoder(), new Proxy({}, {}), new Uint8Array(1), new DataView(new ArrayBuffer(1)), (function () { return arguments })(),
          Object(1), Object(''), Object(1n), Object(Symbol()), new AggregateError([]), new DOMException(), performance];
        for (const s of samples) if (s !== globalThis && Object(s) === s) own.add(s);
        const queue = samples.map(s => [Object(s), '?']);
        while (queue.length) {
          const [o, path] = queue.pop();
          if ((typeof o !== 'object' && typeof o !== 'function') || o === null || seen.has(o)) continue;
          seen.add(o);
          if (o !== globalThis && !own.has(o) && !Object.isFrozen(o) && !path.startsWith('?.own')) bad.push(path);
          for (const k of Reflect.ownKeys(o)) {
            const d = Reflect.getOwnPropertyDescriptor(o, k), p = path + '.' + String(k);
            if (own.has(o) || (o === globalThis && ['process'].includes(k))) { queue.push([d.get, p], [d.set, p]); if (!own.has(o)) queue.push([d.value, p]); continue }
            queue.push([d.value, p], [d.get, p + '#get'], [d.set, p + '#set']);
          }
          queue.push([Reflect.getPrototypeOf(o), path + '^']);
        }
        return [bad, seen.size > 700]";
    let host = Bench::default();
    assert_eq!(
        json(&run_in(false, &call(walk, &[], &host)).unwrap().value),
        "[[],true]"
    );
}

#[test]
fn ordinary_code_does_not_notice() {
    // What a frozen prototype would forbid without further ado.
    for (code, want) in [
        (
            "const o = {}; o.toString = () => 'mine'; return String(o)",
            "\"mine\"",
        ),
        (
            "'use strict'; const o = {}; o.toString = () => 'mine'; o.valueOf = 1; o.hasOwnProperty = 2; return [String(o), Object.keys(o)]",
            r#"["mine",["toString","valueOf","hasOwnProperty"]]"#,
        ),
        (
            "const a = [1]; a.map = () => 'mine'; return a.map()",
            "\"mine\"",
        ),
        (
            "'use strict'; const a = [1]; a.map = () => 'mine'; return [a.map(), a.length, [2].map(x => x)]",
            r#"["mine",1,[2]]"#,
        ),
        (
            "const n = {}; for (const w of ['constructor', 'toString', 'a', 'constructor']) n[w] = (Object.hasOwn(n, w) ? n[w] : 0) + 1; return n",
            r#"{"constructor":2,"toString":1,"a":1}"#,
        ),
        (
            "class A { constructor() { this.constructorRan = true } toString() { return 'A!' } get size() { return 1 } static create() { return new this() } }; return [String(new A()), A.create().constructorRan]",
            r#"["A!",true]"#,
        ),
        (
            "class E extends Error { constructor(m) { super(m); this.name = 'E'; this.message = m + '!' } }; try { throw new E('x') } catch (e) { return [e.name, e.message, e instanceof E, e instanceof Error, String(e)] }",
            r#"["E","x!",true,true,"E: x!"]"#,
        ),
        (
            "const e = new Error('a'); e.name = 'Named'; e.toString = () => 'own'; return [e.name, String(e)]",
            r#"["Named","own"]"#,
        ),
        (
            "class L extends Array { get last() { return this[this.length - 1] } map(f) { return super.map(f) } }; const l = L.from([1, 2]); return [l.last, l.map(x => x * 2).last, l instanceof L]",
            "[2,4,true]",
        ),
        (
            "class M extends Map { get(k) { return super.get(k) ?? 'none' } }; return new M([[1, 2]]).get(3)",
            "\"none\"",
        ),
        (
            "function F(x) { this.x = x } F.create = x => new F(x); return F.create(1)",
            r#"{"x":1}"#,
        ),
        (
            "const f = () => 1; f.call = 2; f.bind = 3; f.extra = 4; return [f.call, f.bind, f.extra]",
            "[2,3,4]",
        ),
        (
            "const o = Object.create({ toString() { return 'p' } }); o.toString = () => 'own'; return [String(o), Object.keys(o)]",
            r#"["own",["toString"]]"#,
        ),
        (
            "const o = Object.assign({}, { toString: 1, constructor: 2 }); return [o.toString, o.constructor]",
            "[1,2]",
        ),
        (
            "const { constructor, toString } = { constructor: 1, toString: 2 }; return [constructor, toString]",
            "[1,2]",
        ),
        (
            "const m = new Map(); m.size2 = 1; m.get = k => k; return m.get(9)",
            "9",
        ),
        (
            "const p = Promise.resolve(1); p.then = undefined; return typeof p.then",
            "\"undefined\"",
        ),
        (
            "const d = new Date(0); d.toJSON = () => 'day'; return d",
            "\"day\"",
        ),
        (
            "let name = 'n', length = 1, status = 2; return [name, length, status]",
            r#"["n",1,2]"#,
        ),
        ("name = 'n'; self = 1; return [name, self]", r#"["n",1]"#),
        (
            "const keys = []; for (const k in { a: 1, b: 2 }) keys.push(k); for (const k in [5]) keys.push(k); return keys",
            r#"["a","b","0"]"#,
        ),
        (
            "return [[3, 1, 2].sort(), [..._()], Object.entries({ a: 1 })]; function* _() { yield* [1, 2] }",
            r#"[[1,2,3],[1,2],[["a",1]]]"#,
        ),
        (
            "const o = { __proto__: { inherited: 1 } }; return o.inherited",
            "1",
        ),
        (
            "const map = {}; map['__proto__x'] = 1; return map",
            r#"{"__proto__x":1}"#,
        ),
        (
            "const o = Object.freeze({ a: 1 }); o.a = 2; return o.a",
            "1",
        ),
        (
            "return [typeof this, this === globalThis, (function () { return this === globalThis })()]",
            r#"["object",true,true]"#,
        ),
        (
            "x = 1; delete globalThis.x; return typeof x",
            "\"undefined\"",
        ),
        (
            "return Object.prototype.toString.call([]) + typeof Object.prototype.hasOwnProperty",
            "\"[object Array]function\"",
        ),
        ("with ({ a: 1 }) { return a }", "1"),
        (
            "return [1, 2, 3].includes(2) && 'abc'.replace(/b/g, m => m.toUpperCase()) + [..'xy'].join('-')",
            "<syntax>",
        ),
        (
            "return 'abc'.replace(/b/g, m => m.toUpperCase()) + [...'xy'].join('-') + 'a1b2'.match(/\\d/g) + 'x'.padStart(3, '.')",
            "\"aBcx-y1,2..x\"",
        ),
        (
            "const s = new Set([1, 2]).union(new Set([3])); return [...s]",
            "[1,2,3]",
        ),
        (
            "return Object.groupBy([1, 2, 3], n => n % 2 ? 'odd' : 'even')",
            r#"{"odd":[1,3],"even":[2]}"#,
        ),
    ] {
        if want == "<syntax>" {
            assert_eq!(error(code).kind, JsErrorKind::Syntax);
        } else {
            assert_eq!(value(code), want, "{code}");
        }
    }
}

#[test]
fn a_block_that_changes_a_built_in_sees_its_change() {
    let host = Bench::default();
    for (code, want) in [
        (
            "Array.prototype.last = function () { return this[this.length - 1] }; return [1, 2].last()",
            "2",
        ),
        (
            "String.prototype.shout = function () { return this + '!' }; 'a'.shout()",
            "\"a!\"",
        ),
        ("Math.double = n => n * 2; Math.double(4)", "8"),
        ("Date.now = () => 5; Date.now()", "5"),
        ("console.log = x => x; console.log(6)", "6"),
        ("JSON.parse = () => 7; JSON.parse('')", "7"),
        ("globalThis.parseInt = () => 8; parseInt('1')", "8"),
        ("parseInt = () => 9; parseInt('1')", "9"),
        ("Object.assign(Math, { tau: 10 }); Math.tau", "10"),
        (
            "Object.defineProperty(Number, 'eleven', { value: 11 }); Number.eleven",
            "11",
        ),
        ("delete Math.abs; typeof Math.abs", "\"undefined\""),
        ("[Math.x] = [12]; Math.x", "12"),
        ("({ a: Math.y } = { a: 13 }); Math.y", "13"),
        ("Math['z'] = 14; Math.z", "14"),
        ("Math.count ??= 15; Math.count++; Math.count", "16"),
        ("({}).__proto__.mark = 17; return [].mark", "17"),
        ("(() => {}).constructor('return 18')()", "18"),
        ("eval('var v = 19'); v", "19"),
        ("(0, eval)('var w = 20'); w", "20"),
        ("Error.stackTraceLimit = 0; 21", "21"),
        (
            "typeof new FinalizationRegistry(() => {}).register",
            "\"function\"",
        ),
    ] {
        let outcome = super::super::run(&call(code, &[], &host));
        assert_eq!(
            json(
                &outcome
                    .unwrap_or_else(|error| panic!("{code}: {error}"))
                    .value
            ),
            want,
            "{code}"
        );
    }
}

#[test]
fn a_block_that_changes_nothing_shares_an_engine() {
    let host = Bench::default();
    for code in [
        "return n * 2",
        "const o = {}; o.name = 1; o.list = []; o.list.push(2); return o",
        "class A { constructor() { this.x = 1 } }; return new A()",
        "for (const w of x.split(' ')) out[w] = w.length; return out",
        "document.body.name = 1",
        "const { a, ...rest } = x; return rest",
        "const d = new Date(); d.setDate(1); return d.toISOString()",
        "items.sort((a, b) => a - b); items[0] = 1; this.y = 2",
    ] {
        assert!(
            !plan::of(&call(code, &[], &host)).unwrap().own_engine,
            "{code}"
        );
    }
}
