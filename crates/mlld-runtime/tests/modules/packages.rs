//! Packages of node (spec 04 §7.11).

use super::*;

const PACKAGE: &str = r#"
exports.count = (...all) => all.length;
exports.later = async (x) => ({ got: x });
exports.conf = { a: 1, f() {} };
exports.soon = Promise.resolve(5);
exports.fail = () => { throw new Error("no luck") };
exports.where = __dirname;
exports.Box = class { constructor(a) { this.a = a } get twice() { return this.a * 2 } };
console.log("loaded");
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let quiet: &'static str = Box::leak(
        PACKAGE
            .replace("console.log(\"loaded\");", "")
            .into_boxed_str(),
    );
    write(
        folder.path(),
        &[
            (
                "node_modules/@acme/tools/package.json",
                r#"{"main":"./m.js"}"#,
            ),
            ("node_modules/@acme/tools/m.js", quiet),
            (
                "node_modules/modern/package.json",
                r#"{"exports":{"import":"./m.mjs"}}"#,
            ),
            (
                "node_modules/modern/m.mjs",
                "export const x = 3;\nexport default (n) => 'hi ' + n;\n",
            ),
            (
                "sub/node_modules/deep/index.js",
                "exports.where = __dirname;",
            ),
            ("sub/m.mld", "import { where } from node @deep\n"),
        ],
    );
    folder
}

fn go(main: &str) -> Ran {
    run_with(folder().path(), &options(), main)
}

#[test]
fn functions_values_and_classes() {
    let main = "import { count, later, conf, soon, Box } from node @acme/tools\nimport { x, default as @hi } from node @modern\nimport { basename } from node @path\nshow @later({ q: 1 })\nshow `@count() @count(1, null, 'x') @conf @soon @x`\nshow @hi(\"bo\")\nvar @up = \"/a/b.txt\" | @basename | @upper\nshow @up\nvar @box = new @Box(4)\nshow `@box @box.twice`\nexe @lazy = new @Box(7)\nshow @lazy.twice\n";
    assert_eq!(
        go(main).good(),
        "{\n  \"got\": {\n    \"q\": 1\n  }\n}\n0 3 {\"a\":1} 5 3\nhi bo\nB.TXT\n{\"a\":4,\"twice\":8} 8\n14\n"
    );
}

#[test]
fn they_are_found_from_the_importing_file() {
    let folder = folder();
    let main = "import { where } from \"./sub/m.mld\"\nshow @where\n";
    let found = run_with(folder.path(), &options(), main);
    assert!(found.good().ends_with("/sub/node_modules/deep\n"));
    let main = "import { where } from node @deep\n";
    assert_eq!(
        run_with(folder.path(), &options(), main).error(),
        "NODE_MODULE_NOT_FOUND Cannot find module 'deep'"
    );
}

#[test]
fn mistakes() {
    for (main, expected) in [
        (
            "import { cound } from node @acme/tools",
            "IMPORT_EXPORT_MISSING Import 'cound' not found in module 'node:@acme/tools'",
        ),
        (
            "import { toString } from node @path",
            "IMPORT_EXPORT_MISSING Import 'toString' not found in module 'node:path'",
        ),
        (
            "import { x } from node @acme/gone",
            "NODE_MODULE_NOT_FOUND Cannot find module '@acme/gone'",
        ),
        (
            "import static { sep } from node @path",
            "IMPORT_TYPE_MISMATCH Import type 'static' supports local files",
        ),
        (
            "import { sep } from node @path with { skipDirs: [] }",
            "DIRECTORY_IMPORT_INVALID_OPTION",
        ),
        (
            "import { fail } from node @acme/tools\nshow @fail()",
            "COMMAND_FAILED Command execution failed: node: no luck",
        ),
        (
            "import { Box } from node @acme/tools\nshow @Box(1)",
            "cannot be invoked without 'new'",
        ),
        (
            "exe @f(x) = `@x`\nvar @g = new @f(1)",
            "`new` of anything but a class of a Node package is not supported yet",
        ),
        (
            "import \"node:path\" as @p",
            "Importing a whole Node package is not supported yet",
        ),
        (
            "import { sqrt } from @py/math",
            "Importing a Python package is not supported yet",
        ),
        (
            "import { sqrt } from @python/math",
            "Importing a Python package is not supported yet",
        ),
        (
            "import { count } from node @acme/tools\nshow @count(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33)",
            "@count takes at most 32 arguments",
        ),
    ] {
        let error = go(main).error();
        assert!(error.contains(expected), "{main}: {error}");
    }
}

#[test]
fn values_carry_where_they_come_from_and_results_what_went_in() {
    let main = "import { sep, basename } from node @path\nimport secret { delimiter, dirname } from node @path\nvar untrusted @u = \"/a/b\"\nshow `@sep.mx.taint @sep.mx.labels`\nvar @b = @basename(@u)\nshow `@b.mx.labels @b.mx.taint`\nvar @c = @u | @basename\nshow @c.mx.labels\nshow `@delimiter.mx.labels`\nvar @d = @dirname(\"/a/b\")\nshow @d.mx.labels\n";
    assert_eq!(
        go(main).good(),
        "[\"src:node\"] []\n[\"untrusted\"] [\"src:node\",\"untrusted\"]\n[\"untrusted\"]\n[\"secret\"]\n[\"secret\"]\n"
    );
    let main = "import { Box } from node @acme/tools\nvar secret @s = \"x\"\nvar @b = new @Box(@s)\nshow `@b.mx.labels`\nexe @l = new @Box(@s)\nvar @t = @l.a\nshow `@t.mx.labels`\n";
    assert_eq!(go(main).good(), "[\"secret\"]\n[\"secret\"]\n");
}

#[test]
fn importing_and_calling_are_operations() {
    let main = "policy @p = { labels: { \"secret\": { deny: [\"op:node\"] } } }\nimport { basename } from node @path\nvar secret @s = \"/a/b\"\nshow @basename(\"/q/r\")\nshow @basename(@s)\n";
    let ran = go(main);
    assert_eq!(ran.out, "r\n");
    assert!(
        ran.error().contains("'secret' cannot flow to 'op:node'"),
        "{}",
        ran.error()
    );
    let place = ran.result.unwrap_err().place.unwrap();
    assert_eq!((&*place.file, place.line), ("main.mld", 5));
    let main = "policy @p = { labels: { \"secret\": { deny: [\"op:node\"] } } }\nimport { URL } from node @url\nvar secret @s = \"http://x/\"\nvar @u = new @URL(@s)\n";
    assert!(go(main).error().contains("cannot flow to 'op:node'"));
}
