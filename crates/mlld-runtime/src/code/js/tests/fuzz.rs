//! Limits that are hit at any point.

use super::*;

#[test]
fn limits_that_are_hit_at_any_point_are_errors_and_no_crash() {
    let codes = [
        "const out = []; for (let i = 0; ; i++) { out.push({ i, f: () => out, m: new Map([[i, out]]), r: /x(y)/.exec('xy' + i), u: new URL('http://h/' + i), e: new Error('x' + i) }); await null; if (i > 3000) return out.length }",
        "class A { #p = [1]; get p() { return this.#p } static s = 1 }; const l = []; for (let i = 0; i < 3000; i++) { try { l.push(new A(), structuredClone({ a: [i, new Date()] }), [3,2,1].sort(), `${i}`.repeat(20), JSON.parse('{\"a\":[1,2,{\"b\":' + i + '}]}')) } catch (e) { l.length = 0; } } return l.length",
        "const gens = []; for (let i = 0; i < 5000; i++) { const g = (function* () { yield* [1, 2, [i]] })(); g.next(); gens.push(g, (async () => { await null; return i })(), new Proxy({}, { get: () => i }), Symbol('s' + i), BigInt(i) ** 30n); } await Promise.all(gens.filter(g => g instanceof Promise)); console.log({ gens: gens.length, a: [1, [2]] }); return Object.fromEntries(gens.map((g, i) => ['k' + i, i]))",
        "const f = n => n ? [f(n - 1)] : x => x; const l = []; for (let i = 0; i < 300; i++) { try { l.push(f(200)); l.push('abc'.replace(/b/g, m => m + i), [...'xyz'].map(c => c + i), new Uint16Array(50), new Set(l), Array.from({ length: 40 }, (_, i) => ({ i }))) } catch { await null } } return l",
        "const t = []; for (let i = 0; i < 400; i++) t.push(new Promise((r, j) => setTimeout(i % 2 ? r : j, 0, { i, t: t.slice() }))); return (await Promise.allSettled(t)).length",
    ];
    let mut seed = 12345_u64;
    let mut next = || {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        seed >> 33
    };
    let (mut memory_hit, mut interrupted) = (0, 0);
    for round in 0..100 {
        let code = codes[(next() % 5) as usize];
        let memory = 700_000 + (next() % 6_000_000) as usize;
        let host = Bench {
            deadline: Some(
                Instant::now()
                    + Duration::from_micros(if next() % 3 == 0 {
                        next() % 40_000
                    } else {
                        20_000_000
                    }),
            ),
            ..Bench::default()
        };
        let result = run_in(
            round % 2 == 0,
            &Call {
                memory,
                ..call(code, &[], &host)
            },
        );
        match result.map_err(|error| error.kind) {
            Err(JsErrorKind::Memory) => memory_hit += 1,
            Err(JsErrorKind::Interrupted) => interrupted += 1,
            _ => {}
        }
    }
    assert!(
        memory_hit > 5 && interrupted > 5,
        "{memory_hit} {interrupted}"
    );
    assert_eq!(value("1 + 1"), "2");
}
