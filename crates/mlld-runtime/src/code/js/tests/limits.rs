//! Memory, time, stack.

use super::*;

fn interrupted(code: &str) {
    for own in [false, true] {
        let host = Bench::for_millis(120);
        let start = Instant::now();
        let ended = run_in(own, &call(code, &[], &host));
        assert_eq!(
            ended
                .map_err(|error| error.kind)
                .map(|outcome| json(&outcome.value)),
            Err(JsErrorKind::Interrupted),
            "{code}"
        );
        assert!(
            start.elapsed() < Duration::from_secs(8),
            "{code}: {:?}",
            start.elapsed()
        );
    }
    // The next block is well.
    assert_eq!(value("1 + 1"), "2");
}

#[test]
fn endless_loops_are_interrupted() {
    interrupted("for (;;);");
    interrupted("while (true) {}");
    interrupted("const f = () => { for (;;) {} }; f()");
    interrupted("try { for (;;) {} } catch { return 'caught' } finally { for (;;) {} }");
    interrupted("for (;;) { try { for (;;) {} } catch {} }");
}

#[test]
fn endless_loops_in_callbacks_are_interrupted() {
    interrupted("[3, 2, 1].sort(() => { for (;;) {} })");
    interrupted(
        "const a = Array.from({ length: 1e6 }, (_, i) => -i); for (;;) a.sort((x, y) => x - y).reverse()",
    );
    interrupted("({ get a() { for (;;) {} } }).a");
    interrupted("return { get a() { for (;;) {} } }");
    interrupted("return { toJSON() { for (;;) {} } }");
    interrupted("return new Proxy({}, { ownKeys() { for (;;) {} } })");
    interrupted("return `${{ toString() { for (;;) {} } }}`");
    interrupted("throw { get message() { for (;;) {} } }");
    interrupted("console.log({ get [Symbol.toStringTag]() { for (;;) {} } })");
    interrupted("JSON.stringify({ toJSON() { for (;;) {} } })");
    interrupted(
        "for (const x of { [Symbol.iterator]() { return { next: () => ({ done: false }) } } });",
    );
    interrupted("'x'.replace(/x/, () => { for (;;) {} })");
}

#[test]
fn regular_expressions_are_interrupted() {
    interrupted("/^(a+)+$/.test('a'.repeat(50) + 'b')");
    interrupted("'a'.repeat(50).replace(/(a*)*b/g, '')");
    interrupted("'x'.repeat(40).match(/(x+x+)+y/)");
}

#[test]
fn loops_inside_of_built_in_functions_do_not_hold_up_the_run() {
    // Nothing in them asks whether they are to end; they would take seconds.
    for code in [
        "Array.prototype.reverse.call({ length: 3e7 })",
        "Array.prototype.copyWithin.call({ length: 3e7 }, 0, 1)",
        "try { Array.prototype.reverse.call({ length: 3e7 }) } finally { for (;;) {} }",
    ] {
        let host = Bench::for_millis(100);
        let start = Instant::now();
        let ended = both_kinds(&call(code, &[], &host));
        assert_eq!(ended, [JsErrorKind::Interrupted; 2], "{code}");
        assert!(start.elapsed() < Duration::from_millis(1500), "{code}");
        assert_eq!(value("1 + 1"), "2");
    }
}

/// How the block fails in both kinds of engine.
fn both_kinds(call: &Call<'_>) -> Vec<JsErrorKind> {
    [false, true]
        .into_iter()
        .filter_map(|own| Some(run_in(own, call).err()?.kind))
        .collect()
}

#[test]
fn a_block_that_does_nothing_but_write_is_interrupted() {
    interrupted("for (;;) console.log('x'.repeat(1e4))");
    let host = Bench::for_millis(100);
    let code = "const long = 'x'.repeat(1e6); for (;;) console.error(long)";
    let start = Instant::now();
    let ended = run_in(false, &call(code, &[], &host));
    assert_eq!(ended.map(drop).unwrap_err().kind, JsErrorKind::Interrupted);
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(host.seen.borrow().len() < 200);
}

#[test]
fn of_a_long_message_the_beginning_is_told() {
    let error = block("throw new Error('é'.repeat(1e5))").unwrap_err();
    assert_eq!(error.kind, JsErrorKind::Exception);
    assert!(error.message.starts_with("éé") && error.message.ends_with("é…"));
    assert_eq!(error.message.chars().count(), 32769);
    // One that would not fit into memory is not told at all.
    let code = "'\u{390}'.repeat(2e7).normalize('NFD')";
    assert_eq!(block(code).unwrap_err().kind, JsErrorKind::Memory);
}

#[test]
fn a_block_that_was_left_to_itself_reaches_nothing_any_more() {
    let host = Bench::for_millis(50);
    let code =
        "try { Array.prototype.reverse.call({ length: 1e7 }) } finally { console.log('late') }";
    let ended = run_in(false, &call(code, &[], &host));
    assert_eq!(ended.map(drop).unwrap_err().kind, JsErrorKind::Interrupted);
    std::thread::sleep(Duration::from_secs(2));
    assert!(host.seen.borrow().is_empty());
}

#[test]
fn endless_asynchrony_is_interrupted() {
    interrupted("for (;;) await null");
    interrupted("const f = () => Promise.resolve().then(f); await f()");
    interrupted("const f = () => queueMicrotask(f); f(); await null; await new Promise(() => {})");
    interrupted("(async () => { for (;;) await 1 })(); return 1");
    interrupted("setInterval(() => {}, 0); await new Promise(() => {})");
    interrupted("const f = () => setTimeout(f, 0); f(); await new Promise(() => {})");
    interrupted("await new Promise(r => setTimeout(r, 1e9))");
    interrupted("setTimeout(() => { for (;;) {} }, 0); await new Promise(() => {})");
    interrupted("for await (const x of (async function* () { for (;;) yield 1 })());");
    interrupted("return { then(r) { for (;;) {} } }");
}

#[test]
fn built_in_loops_are_interrupted() {
    interrupted("const a = []; a.length = 4294967295; a.indexOf(1)");
    interrupted("Array.prototype.forEach.call({ length: Number.MAX_SAFE_INTEGER }, () => 1)");
    interrupted("Array.prototype.every.call({ length: Number.MAX_SAFE_INTEGER }, () => true)");
}

#[test]
fn a_block_does_not_start_when_the_run_ends() {
    let host = Bench::for_millis(0);
    let ended = run_in(false, &call("console.log('started')", &[], &host));
    assert_eq!(ended.unwrap_err().kind, JsErrorKind::Interrupted);
    assert!(host.seen.borrow().is_empty());
}

fn out_of_memory(code: &str) {
    out_of(24, code);
}

fn out_of(megabytes: usize, code: &str) {
    for own in [false, true] {
        let host = Bench::for_millis(60_000);
        let limited = Call {
            memory: megabytes << 20,
            ..call(code, &[], &host)
        };
        let ended = run_in(own, &limited)
            .map(|outcome| json(&outcome.value))
            .map_err(|error| (error.kind, error.message));
        let said =
            ecow::eco_format!("the js block needs more memory than it may use: {megabytes} MB");
        assert_eq!(ended, Err((JsErrorKind::Memory, said)), "{code}");
    }
    assert_eq!(value("1 + 1"), "2");
}

#[test]
fn memory_is_limited() {
    out_of_memory("const a = []; for (;;) a.push({ a: [a.length] })");
    out_of_memory("let s = []; for (;;) s.push(('x' + s.length).repeat(1000))");
    out_of_memory("const a = []; for (;;) a.push(new Uint8Array(1 << 20))");
    out_of_memory("new ArrayBuffer(1 << 30)");
    out_of_memory("const a = []; for (;;) a.push('x'.repeat(1 << 20) + a.length)");
    out_of_memory("const m = new Map(); for (let i = 0; ; i++) m.set(i, [i])");
    out_of_memory("const f = []; for (;;) f.push(() => f)");
    out_of_memory("const o = {}; for (let i = 0; ; i++) o['k' + i] = i");
    out_of_memory("const p = []; for (;;) p.push(Promise.resolve(p))");
    out_of_memory("const p = []; for (;;) { p.push(new Array(100).fill(p)); await null }");
}

#[test]
fn the_result_counts_as_memory() {
    out_of_memory("const a = []; a.length = 4294967295; return a");
    out_of_memory("let a = 'x'.repeat(1 << 20); return Array(100).fill(a)");
    out_of_memory("let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return a");
    out_of_memory(
        "return new Proxy([], { get(t, k) { return k === 'length' ? 2 ** 53 - 1 : undefined } })",
    );
}

#[test]
fn what_is_logged_counts_as_memory() {
    out_of(3, "for (;;) console.log('x'.repeat(1 << 20))");
    out_of(3, "const l = '-'.repeat(200); for (;;) console.log(l)");
    out_of(
        3,
        "const l = '-'.repeat(200); for (;;) try { console.error(l) } catch {}",
    );
}

#[test]
fn a_small_limit_is_not_used_up_by_the_garbage_of_earlier_calls() {
    let host = Bench::default();
    for n in 0..40 {
        let memory = if n % 2 == 0 { DEFAULT_MEMORY } else { 4 << 20 };
        let code = "for (let i = 0; i < 3000; i++) { const a = {}; a.a = { a, list: [1, 2, 3] } }; return 1";
        assert_eq!(
            json(
                &run_in(
                    false,
                    &Call {
                        memory,
                        ..call(code, &[], &host)
                    }
                )
                .unwrap()
                .value
            ),
            "1"
        );
    }
}

#[test]
fn a_large_argument_counts_as_memory() {
    let x = text(&"x".repeat(40 << 20));
    let params = [Param {
        name: "x",
        value: Some(&x),
    }];
    let host = Bench::default();
    let limited = Call {
        memory: 24 << 20,
        ..call("x.length", &params, &host)
    };
    assert_eq!(
        run_in(false, &limited).unwrap_err().kind,
        JsErrorKind::Memory
    );
    assert_eq!(
        json(&both(&call("x.length", &params, &host)).unwrap().value),
        (40 << 20).to_string()
    );
}

#[test]
fn running_out_of_memory_at_any_point_is_an_error_and_no_crash() {
    let host = Bench::for_millis(300_000);
    let code = "class A { #p = [1]; get p() { return this.#p } }
        const out = [];
        for (let i = 0; i < 400; i++) {
          const a = new A();
          out.push({ i, a: a.p.map(x => [x, `${i}`]), f: () => a, m: new Map([[i, out]]), r: /x(y)/.exec('xy' + i), u: new URL('http://h/' + i + '?a=b').searchParams.get('a') });
          await null;
        }
        const e = await Promise.allSettled(out.map(async o => { await null; if (o.i % 3) throw new Error('e' + o.i); return o.f() }));
        console.log({ e: e.length }); return JSON.parse(JSON.stringify(out.map(o => o.a)))";
    let mut failed = 0;
    for kilobytes in (300..4000).step_by(67) {
        for own in [false, true] {
            let limited = Call {
                memory: kilobytes << 10,
                ..call(code, &[], &host)
            };
            failed += usize::from(run_in(own, &limited).is_err());
        }
    }
    assert!(failed > 20, "{failed}");
    assert_eq!(value("1 + 1"), "2");
}

#[test]
fn deep_recursion_is_a_range_error() {
    for code in [
        "(function f() { return f() + 1 })()",
        "const f = n => f(n + 1); f(0)",
        "class A { get a() { return this.a } }; new A().a",
        "const a = []; a[0] = a; return a.flat(Infinity)",
        "const o = { toString() { return `${o}` } }; String(o)",
        "const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x",
        "JSON.parse('['.repeat(1e6))",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; structuredClone(a)",
        "new RegExp('('.repeat(1e5))",
        "[1].sort.call([2, 1], function f() { return f() })",
    ] {
        let thrown = error(code);
        assert_eq!(thrown.kind, JsErrorKind::Exception, "{code}: {thrown}");
    }
    assert_eq!(
        value(
            "let d = 0; try { (function f() { d++; f() })() } catch (e) { return [e instanceof RangeError, d > 2000] }"
        ),
        "[true,true]"
    );
}

#[test]
fn deep_source_is_an_error() {
    for code in [
        format!("return {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        "[".repeat(100_000),
        format!("{}x{} = 1", "[".repeat(50_000), "]".repeat(50_000)),
        format!("return 1{}", " + 1".repeat(20_000)),
    ] {
        let host = Bench::default();
        let _ = super::super::run(&call(&code, &[], &host));
    }
    assert_eq!(value("1 + 1"), "2");
}

#[test]
fn what_is_compiled_late_does_not_lengthen_the_stack() {
    let code = "const depth = () => { let n = 0; const f = () => { n++; f() }; try { f() } catch {} return n };
        const before = depth();
        const dive = () => { try { dive() } finally { try { new URL('a:b'); console.log({}) } catch {} } };
        try { dive() } catch {}
        return [depth() === before, new URL('a:b').href]";
    for own in [false, true] {
        let host = Bench::default();
        assert_eq!(
            json(&run_in(own, &call(code, &[], &host)).unwrap().value),
            "[true,\"a:b\"]"
        );
    }
}

#[test]
fn stacks_of_any_size_are_enough() {
    for kilobytes in [256, 512, 2048, 8192, 64 << 10] {
        std::thread::Builder::new()
            .stack_size(kilobytes << 10)
            .spawn(|| {
                deep_recursion_is_a_range_error();
                assert_eq!(
                    value("let d = 0; const f = n => n ? f(n - 1) + 1 : 0; return f(1500)"),
                    "1500"
                );
            })
            .unwrap()
            .join()
            .unwrap();
    }
}

#[test]
fn an_engine_serves_calls_from_different_stacks() {
    fn deeper(levels: usize, work: &dyn Fn()) {
        if levels == 0 {
            return work();
        }
        stacker::maybe_grow(256 << 10, 1 << 20, || {
            let pad = std::hint::black_box([0_u8; 4096]);
            deeper(levels - 1, work);
            std::hint::black_box(&pad);
        });
    }
    let work = || {
        assert_eq!(
            value("const f = n => n ? f(n - 1) + 1 : 0; return f(1500)"),
            "1500"
        );
        assert!(
            error("(function f() { return f() + 1 })()")
                .message
                .contains("stack")
        );
    };
    work();
    deeper(2000, &work);
    work();
    deeper(300, &work);
}

#[test]
fn many_calls_in_many_threads() {
    std::thread::scope(|scope| {
        for thread in 0..6_u32 {
            scope.spawn(move || {
                for n in 0..200_u32 {
                    let x = Value::Number(f64::from(thread * 1000 + n));
                    let params = [Param {
                        name: "x",
                        value: Some(&x),
                    }];
                    let host = Bench::default();
                    let outcome = run_in(
                        false,
                        &call("leak = typeof leak; return [leak, x + 1]", &params, &host),
                    )
                    .unwrap();
                    assert_eq!(
                        json(&outcome.value),
                        format!("[\"undefined\",{}]", thread * 1000 + n + 1)
                    );
                }
            });
        }
    });
}

#[test]
fn more_texts_than_are_kept() {
    let host = Bench::default();
    for round in 0..2 {
        for n in 0..600 {
            let code = format!("return {n} + {round}");
            assert_eq!(
                json(&run_in(false, &call(&code, &[], &host)).unwrap().value),
                (n + round).to_string()
            );
        }
    }
}
