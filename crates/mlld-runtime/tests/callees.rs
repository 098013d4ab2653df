//! What an executable *value* is labelled with is on everything that a call of it does: what it prints while it runs, what
//! hooks see of it, what checkpoints keep, what its failures say (spec 04 §7.9, 05 §6.1, §10.4).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use std::path::Path;
use support::{Ran, script_in};

const POLICY: &str = r#"policy @pol = { labels: { secret: { deny: ["op:show", "op:log", "op:append", "op:stream", "op:output"] } } }"#;

/// What the rows call. `SEK``RIT` stands nowhere in it as one word, so that an excerpt of the source does not look like a leak.
const MODULE: &str = r#"
exe @f() = sh { printf 'SEK%s' RIT }
exe @h() = <key.txt>
exe llm @ask(q) = sh { printf 'SEK%s' "RIT $q" }
exe @nd() = node { console.log("SEK" + "RIT"); return 2 }
exe @t() = js { throw new Error("SEK" + "RIT") }
exe @blk() = [ => @f() ]
exe @say() = js { console.log("SEK" + "RIT"); return 1 }
"#;

/// Imports everything as secret.
const ALL: &str = "import secret { @f, @h, @ask, @nd, @t, @blk, @say } from \"./k.mld\"\n";
const PLAIN: &str = "import { @f, @h, @ask, @nd, @t, @blk, @say } from \"./k.mld\"\n";

fn everything_below(folder: &Path, out: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything_below(&path, out);
        } else if !path.ends_with("key.txt") {
            out.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
}

/// Runs a script, and gives all that anyone could see of it besides.
fn told(body: &str) -> (Ran, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("k.mld"), MODULE).unwrap();
    std::fs::write(folder.path().join("key.txt"), "SEKRIT").unwrap();
    let ran = script_in(folder.path(), &format!("{POLICY}\n{body}\n"));
    let mut all = format!("{}\n{}\n{:?}\n", ran.out, ran.err, ran.result);
    everything_below(folder.path(), &mut all);
    (ran, all)
}

#[test]
fn labels_of_the_value_that_is_called_are_on_all_that_it_does() {
    let rows = [
        format!("{ALL}stream @f()"),
        format!("{ALL}run stream @f()"),
        format!("{ALL}show @f() with {{ stream: true }}"),
        format!("{ALL}if true [ stream @f() ]"),
        format!("{ALL}stream @blk()"),
        "import secret \"./k.mld\" as @k\nstream @k.f()".to_owned(),
        format!("{PLAIN}var secret @g = @f\nstream @g()"),
        format!("{PLAIN}var secret @o = {{ k: @f }}\nstream @o.k()"),
        format!("{PLAIN}var secret @i = \"k\"\nvar @o = {{ k: @f }}\nvar @g = @o[@i]\nstream @g()"),
        format!("{ALL}hook @x after op:exe = [ show @output ]\nvar @z = @h()"),
        format!("{ALL}hook @x after op:exe = [ append @output to \"log.txt\" ]\nvar @z = @h()"),
        format!("{ALL}hook @x after op:run = [ show @output ]\nvar @z = @f()"),
        format!("{ALL}hook @x after op:sh = [ show @output ]\nvar @z = \"a\" | @f"),
        format!("{ALL}var @x = @ask(\"a\")"),
        format!("{PLAIN}var secret @g = @ask\nvar @x = @g(\"a\")"),
        format!("{ALL}var @z = @nd()"),
        format!("{ALL}var @z = @say()"),
        format!("{ALL}var @z = @t()"),
        format!("{ALL}var @z = \"x\" | @t"),
        format!("{ALL}var @z = for parallel @i in [1] => @t()\nshow @z"),
        format!("{ALL}var @z = for parallel @i in [1] => @t()\nshow @mx.errors"),
    ];
    for row in &rows {
        let (ran, all) = told(row);
        assert!(!all.contains("SEKRIT"), "{row}\n{}\n{}", ran.out, ran.err);
    }
    // It is there to be seen if nothing is secret.
    let (_, all) = told(&format!("{PLAIN}stream @f()"));
    assert!(all.contains("SEKRIT"));
}

#[test]
fn what_an_executable_that_is_declared_secret_fails_with_is_withheld() {
    for row in [
        "exe secret @e() = sh { cat key.txt; exit 3 }\nvar @z = @e()",
        "exe secret @e() = cmd { cat key.txt gone }\nvar @z = @e()",
        "exe secret @e() = [ bail <key.txt> ]\nvar @z = @e()",
        "exe secret @e() = sh { cat key.txt >&2 }\nvar @z = @e()",
        "exe secret @e() = js { throw new Error(\"SEK\" + \"RIT\") }\nvar @z = @e()",
        "exe secret @e() = node { throw new Error(\"SEK\" + \"RIT\") }\nvar @z = @e()",
        "exe secret @e() = py { raise Exception(\"SEK\" + \"RIT\") }\nvar @z = @e()",
        "exe secret @t() = js { throw new Error(\"SEK\" + \"RIT\") }\nexe @w(q) = js { try { await q() } catch (e) { return \"c:\" + e.message } }\nvar @z = @w(@t)\nshow @z",
        "exe secret @t() = js { throw new Error(\"SEK\" + \"RIT\") }\nexe js = { t }\nexe @w() = js { try { await t() } catch (e) { return \"c:\" + e.message } }\nvar @z = @w()\nshow @z",
    ] {
        let (ran, all) = told(row);
        assert!(!all.contains("SEKRIT"), "{row}\n{}\n{}", ran.out, ran.err);
        let (_, all) = told(&row.replace(" secret @", " @"));
        assert!(all.contains("SEKRIT"), "nothing is secret there: {row}");
    }
}

#[test]
fn the_call_is_judged_with_the_labels_of_what_is_called() {
    let deny = "policy @q = { labels: { pii: { deny: [\"op:exe\"] } } }\n";
    for row in [
        "exe @f(x) = `a @x`\nvar pii @g = @f\nvar @z = @g(\"a\")",
        "exe @f(x) = js { return 1 }\nvar pii @g = @f\nvar @z = @g(\"a\")",
        "exe @f(x) = `a @x`\nvar pii @g = @f\nvar @z = \"a\" | @g",
        "exe @f(x) = `a @x`\nvar pii @g = @f\nvar @z = foreach @g([1])",
        "exe @one() = `1`\nexe @two() = `2`\nvar pii @s = \"1\"\nvar @g = @s == \"1\" ? @one : @two\nvar @z = @g()",
    ] {
        let (ran, _) = told(&format!("{deny}{row}\nshow \"reached\""));
        assert!(
            ran.error().contains("cannot flow to 'op:exe'"),
            "{row}\n{}",
            ran.error()
        );
    }
}
