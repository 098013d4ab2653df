//! What exists in a block and what does not.

use super::*;

#[test]
fn what_exists() {
    assert_eq!(
        value(
            "return [setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, console.log, URL, URLSearchParams, TextEncoder, TextDecoder, atob, btoa, structuredClone].every(f => typeof f === 'function')"
        ),
        "true"
    );
    assert_eq!(
        value(
            "return [typeof Promise, typeof Map, typeof Symbol, typeof BigInt, typeof Proxy, typeof Reflect, typeof WeakRef]"
        ),
        r#"["function","function","function","function","function","object","function"]"#
    );
    assert_eq!(value("return typeof performance.now()"), "\"number\"");
    assert_eq!(value("return Date.now() > 1.7e12"), "true");
    let host = Bench::default();
    let compiles = call(
        "return [typeof eval, typeof Function, eval('1 + 1'), new Function('a', 'return a')(3)]",
        &[],
        &host,
    );
    assert_eq!(
        json(&super::super::run(&compiles).unwrap().value),
        r#"["function","function",2,3]"#
    );
}

#[test]
fn what_does_not_exist_is_undefined_when_only_asked_for() {
    for name in [
        "require",
        "module",
        "exports",
        "fetch",
        "Buffer",
        "XMLHttpRequest",
        "WebSocket",
        "__dirname",
        "Deno",
        "window",
        "Worker",
        "std",
        "os",
        "print",
        "scriptArgs",
    ] {
        assert_eq!(
            value(&format!("return typeof {name}")),
            "\"undefined\"",
            "{name}"
        );
    }
}

#[test]
fn use_of_what_only_node_has_says_so() {
    for (code, name) in [
        ("require('fs')", "require"),
        (
            "const fs = require('fs'); fs.readFileSync('/etc/passwd')",
            "require",
        ),
        ("await fetch('https://example.com')", "fetch"),
        ("fetch('https://example.com'); return 1", "fetch"),
        ("Buffer.from('x')", "Buffer"),
        ("new XMLHttpRequest()", "XMLHttpRequest"),
        ("new WebSocket('ws://x')", "WebSocket"),
        ("module.exports = 1", "module"),
        ("crypto.randomUUID()", "crypto"),
        ("new Intl.NumberFormat()", "Intl"),
        ("process.exit(0)", "process.exit"),
        ("process.cwd()", "process.cwd"),
        ("process.argv[2]", "process.argv"),
        ("process.platform", "process.platform"),
        ("const fs = await import('fs'); return fs", "import"),
        ("import('fs'); return 1", "import"),
        ("import fs from 'fs'\nreturn fs", "import"),
        ("1;\nimport 'x'", "import"),
    ] {
        let error = error(code);
        assert_eq!(error.kind, JsErrorKind::Unavailable, "{code}: {error}");
        assert_eq!(
            error.message,
            format!("js blocks cannot use '{name}': use node {{ … }}"),
            "{code}"
        );
        assert_eq!(error.line.is_some(), !code.contains("import("), "{code}");
    }
}

#[test]
fn an_unknown_name_is_an_ordinary_exception() {
    let error = error("return nothingOfTheKind");
    assert_eq!(
        (error.kind, error.message.as_str()),
        (JsErrorKind::Exception, "nothingOfTheKind is not defined")
    );
}

#[test]
fn other_variables_of_the_script_are_invisible() {
    assert_eq!(value("return typeof secret"), "\"undefined\"");
}

#[test]
fn process_env_holds_what_was_granted() {
    let env = [
        ("KEY".into(), "v=1".into()),
        ("__proto__".into(), "p".into()),
        ("EMPTY".into(), EcoString::new()),
    ];
    let host = Bench::default();
    let given = Call {
        env: &env,
        ..call(
            "return [process.env.KEY, process.env.PATH, process.env.EMPTY, Object.keys(process.env)]",
            &[],
            &host,
        )
    };
    assert_eq!(
        json(&both(&given).unwrap().value),
        r#"["v=1",null,"",["KEY","__proto__","EMPTY"]]"#
    );
    let none = call("return process.env", &[], &host);
    assert_eq!(json(&run_in(false, &none).unwrap().value), "{}");
}

#[test]
fn process_is_the_calls_own() {
    let env = [("KEY".into(), "v".into())];
    let host = Bench::default();
    let changes = Call {
        env: &env,
        ..call(
            "process.env.KEY = 'changed'; process.env.NEW = 1; process.mark = 1; process = { env: 1 }; return 1",
            &[],
            &host,
        )
    };
    run_in(false, &changes).unwrap();
    let reads = Call {
        env: &env,
        ..call("return [process.env, process.mark]", &[], &host)
    };
    assert_eq!(
        json(&run_in(false, &reads).unwrap().value),
        r#"[{"KEY":"v"},null]"#
    );
}

#[test]
fn the_list_of_built_ins_is_complete() {
    let host = Bench::default();
    let names = run_in(
        true,
        &call(
            "return Object.getOwnPropertyNames(globalThis).sort()",
            &[],
            &host,
        ),
    )
    .unwrap();
    let want: Vec<Value> = syntax::BUILT_INS.iter().map(|name| text(name)).collect();
    assert_eq!(json(&names.value), json(&Some(list(want))));
}

#[test]
fn no_host_function_can_be_reached() {
    // Whatever a block can walk to, nothing of the host's is among it.
    let walk = "const seen = new Set(), queue = [globalThis, console.log, setTimeout, new URL('a:b'), process];
        const found = [];
        while (queue.length) {
          const o = queue.pop();
          if ((typeof o !== 'object' && typeof o !== 'function') || o === null || seen.has(o)) continue;
          seen.add(o);
          for (const k of Reflect.ownKeys(o)) {
            if (['urlParse', 'formParse', 'controls', 'native', 'describe', 'kept', 'wellFormed'].includes(k)) found.push(k);
            const d = Reflect.getOwnPropertyDescriptor(o, k);
            queue.push(d.value, d.get, d.set);
          }
          queue.push(Reflect.getPrototypeOf(o));
        }
        return [found, seen.size > 500]";
    assert_eq!(value(walk), "[[],true]");
}
