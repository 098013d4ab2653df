//! URL, text and bytes, structuredClone.

use super::*;

#[test]
fn urls_are_parsed_and_changed() {
    for (code, want) in [
        (
            "const u = new URL('https://u:p@Example.com:8080/a/../b?q=1#f'); return [u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash]",
            r##"["https://u:p@example.com:8080/b?q=1#f","https://example.com:8080","https:","u","p","example.com:8080","example.com","8080","/b","?q=1","#f"]"##,
        ),
        (
            "return new URL('../c?x', 'https://a.example/b/d/').href",
            "\"https://a.example/b/c?x\"",
        ),
        (
            "return String(new URL('/p', new URL('https://a.example')))",
            "\"https://a.example/p\"",
        ),
        (
            "return new URL('https://münchen.example/ä?ö').href",
            "\"https://xn--mnchen-3ya.example/%C3%A4?%C3%B6\"",
        ),
        (
            "const u = new URL('https://a.example'); u.pathname = '/x y'; u.search = 'k=v'; u.hash = 'h'; u.port = '81'; u.protocol = 'http'; u.hostname = 'b.example'; return u",
            "\"http://b.example:81/x%20y?k=v#h\"",
        ),
        (
            "const u = new URL('https://a.example'); u.host = ''; u.port = 'no'; return u.href",
            "\"https://a.example/\"",
        ),
        (
            "return [URL.canParse('nope'), URL.canParse('a:b'), URL.parse('nope'), URL.parse('x', 'http://h').href]",
            r#"[false,true,null,"http://h/x"]"#,
        ),
        (
            "try { new URL('nope') } catch (e) { return [e instanceof TypeError, e.message, e.code, e.input] }",
            r#"[true,"Invalid URL","ERR_INVALID_URL","nope"]"#,
        ),
        (
            "const u = new URL('http://h/?a=1'); u.searchParams.append('b', 'x y'); u.searchParams.delete('a'); return [u.href, u.search]",
            r#"["http://h/?b=x+y","?b=x+y"]"#,
        ),
        (
            "const u = new URL('http://h/?a=1'); const p = u.searchParams; u.search = '?c=3'; return [p.get('c'), p === u.searchParams, p.get('a')]",
            r#"["3",true,null]"#,
        ),
        (
            "const u = new URL('http://h/?a=1'); u.searchParams.delete('a'); return u.href",
            "\"http://h/\"",
        ),
        (
            "const u = new URL('http://h/'); u.href = 'ftp://x/y'; try { u.href = 'bad' } catch { return u.href }",
            "\"ftp://x/y\"",
        ),
        (
            "return JSON.stringify({ u: new URL('http://h') })",
            "\"{\\\"u\\\":\\\"http://h/\\\"}\"",
        ),
        (
            "return Object.prototype.toString.call(new URL('http://h'))",
            "\"[object URL]\"",
        ),
    ] {
        assert_eq!(value(code), want, "{code}");
    }
}

#[test]
fn search_params() {
    for (code, want) in [
        (
            "return [...new URLSearchParams('?a=1&b=2&a=3')]",
            r#"[["a","1"],["b","2"],["a","3"]]"#,
        ),
        (
            "return new URLSearchParams({ a: 1, b: 'x&y' }).toString()",
            "\"a=1&b=x%26y\"",
        ),
        (
            "return String(new URLSearchParams([['a', 'b'], ['c', 'd']]))",
            "\"a=b&c=d\"",
        ),
        (
            "return String(new URLSearchParams(new Map([['m', 1]])))",
            "\"m=1\"",
        ),
        (
            "const p = new URLSearchParams('a=1&a=2&b=3'); p.set('a', 9); p.append('c', 'é'); return [p.getAll('a'), p.get('x'), p.has('b'), p.has('b', '4'), p.size, String(p)]",
            r#"[["9"],null,true,false,3,"a=9&b=3&c=%C3%A9"]"#,
        ),
        (
            "const p = new URLSearchParams('b=1&a=2&b=0'); p.sort(); return [[...p.keys()], [...p.values()], [...p.entries()].length]",
            r#"[["a","b","b"],["2","1","0"],3]"#,
        ),
        (
            "const got = []; new URLSearchParams('a=1&b=2').forEach((v, k) => got.push(k + v)); return got",
            r#"["a1","b2"]"#,
        ),
        (
            "return new URLSearchParams('a+b=c%20d').get('a b')",
            "\"c d\"",
        ),
        (
            "return Object.fromEntries(new URLSearchParams('a=1'))",
            r#"{"a":"1"}"#,
        ),
        (
            "const p = new URLSearchParams('a=1&a=2'); p.delete('a', '1'); return String(p)",
            "\"a=2\"",
        ),
    ] {
        assert_eq!(value(code), want, "{code}");
    }
    assert!(
        error("new URLSearchParams([['one']])")
            .message
            .contains("tuple")
    );
}

#[test]
fn text_and_bytes() {
    for (code, want) in [
        (
            "return [...new TextEncoder().encode('é€')]",
            "[195,169,226,130,172]",
        ),
        (
            "return [...new TextEncoder().encode('\\ud800')]",
            "[239,191,189]",
        ),
        (
            "return new TextEncoder().encode('x') instanceof Uint8Array",
            "true",
        ),
        (
            "const b = new Uint8Array(4); const r = new TextEncoder().encodeInto('a€b', b); return [r, [...b]]",
            r#"[{"read":2,"written":4},[97,226,130,172]]"#,
        ),
        (
            "const b = new Uint8Array(2); return new TextEncoder().encodeInto('a€', b)",
            r#"{"read":1,"written":1}"#,
        ),
        (
            "return new TextDecoder().decode(new TextEncoder().encode('grüße 🎈'))",
            "\"grüße 🎈\"",
        ),
        (
            "return new TextDecoder().decode(new Uint8Array([97, 255, 98, 240, 159]))",
            "\"a\u{FFFD}b\u{FFFD}\"",
        ),
        (
            "return new TextDecoder().decode(new Uint8Array([239, 187, 191, 97])).length",
            "1",
        ),
        (
            "return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([239, 187, 191, 97])).length",
            "2",
        ),
        (
            "const d = new TextDecoder(); return [d.decode(new Uint8Array([226, 130]), { stream: true }), d.decode(new Uint8Array([172]), { stream: true }), d.decode()]",
            r#"["","€",""]"#,
        ),
        (
            "try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])) } catch (e) { return e instanceof TypeError }",
            "true",
        ),
        (
            "return new TextDecoder('utf-16le').decode(new Uint8Array([97, 0, 0x3d, 0xd8, 0x88, 0xde]))",
            "\"a\u{1F688}\"",
        ),
        (
            "return new TextDecoder().decode(new DataView(new Uint8Array([97, 98, 99]).buffer, 1, 1))",
            "\"b\"",
        ),
        ("return new TextDecoder().decode()", "\"\""),
        (
            "const big = new Uint8Array(100000).fill(120); return new TextDecoder().decode(big).length",
            "100000",
        ),
        (
            "return [new TextDecoder().encoding, new TextEncoder().encoding, new TextDecoder('UTF8').fatal]",
            r#"["utf-8","utf-8",false]"#,
        ),
        (
            "return [btoa('hello'), atob('aGVsbG8='), btoa('')]",
            r#"["aGVsbG8=","hello",""]"#,
        ),
    ] {
        assert_eq!(value(code), want, "{code}");
    }
    assert!(
        error("new TextDecoder('klingon')")
            .message
            .contains("klingon")
    );
    assert_eq!(error("btoa('€')").kind, JsErrorKind::Exception);
    assert_eq!(error("atob('*')").kind, JsErrorKind::Exception);
}

#[test]
fn structured_clone() {
    for (code, want) in [
        (
            "const a = { d: new Date(0), l: [1, { x: undefined }] }; const b = structuredClone(a); return [b !== a, b.l !== a.l, b.d instanceof Date, 'x' in b.l[1]]",
            "[true,true,true,true]",
        ),
        (
            "const a = {}; a.self = a; const b = structuredClone(a); return b.self === b && b !== a",
            "true",
        ),
        (
            "const m = structuredClone(new Map([[{ k: 1 }, new Set([1])]])); return [m instanceof Map, [...m.keys()][0].k, [...m.values()][0] instanceof Set]",
            "[true,1,true]",
        ),
        ("return structuredClone(/a/gi).flags", "\"gi\""),
        (
            "const e = structuredClone(new RangeError('r')); return [e instanceof RangeError, e.message]",
            r#"[true,"r"]"#,
        ),
        (
            "const t = structuredClone(new Uint16Array([1, 2])); return [t instanceof Uint16Array, [...t]]",
            "[true,[1,2]]",
        ),
        (
            "const s = { a: 1 }; const [x, y] = structuredClone([s, s]); return x === y",
            "true",
        ),
        (
            "return [structuredClone(1n) === 1n, structuredClone(null), typeof structuredClone(undefined)]",
            r#"[true,null,"undefined"]"#,
        ),
        (
            "class P { constructor() { this.a = 1 } }; const p = structuredClone(new P()); return [p instanceof P, p.a]",
            "[false,1]",
        ),
        (
            "try { structuredClone(() => 1) } catch (e) { return e.name }",
            "\"DataCloneError\"",
        ),
        (
            "try { structuredClone({ s: Symbol() }) } catch (e) { return e.name }",
            "\"DataCloneError\"",
        ),
        (
            "return structuredClone({ ['__proto__']: 1 })",
            r#"{"__proto__":1}"#,
        ),
    ] {
        assert_eq!(value(code), want, "{code}");
    }
}
