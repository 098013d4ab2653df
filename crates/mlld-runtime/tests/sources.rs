//! The table of spec 05 §5.1: which labels data has because of where it enters or is made; a row a test of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use std::fs;
use std::path::Path;
use support::script_in;

/// What a row expects: labels; taint, `dir:*` aside; sources, with `DIR` for the folder; whether all parent folders are
/// in the taint.
struct Wanted {
    labels: &'static str,
    taint: &'static str,
    sources: &'static str,
    folders: bool,
}

const fn wanted(
    labels: &'static str,
    taint: &'static str,
    sources: &'static str,
    folders: bool,
) -> Wanted {
    Wanted {
        labels,
        taint,
        sources,
        folders,
    }
}

const NOTHING: Wanted = wanted("", "", "", false);

fn prepare(folder: &Path) {
    for (name, text) in [
        ("a.md", "---\ntitle: T\n---\n# One\ntext\n"),
        ("b.md", "# One\nother\n"),
        ("c.json", "{\"k\": [1, 2]}"),
        ("d.ts", "export function go() { return 1 }\n"),
        ("t.att", "hello @who"),
        (
            "m.mld",
            "var pii @x = 1\nvar @y = 2\nexe @f() = js { return 1 }\n",
        ),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}

/// Runs a script that makes `@r`, and compares what `@r.mx` says.
#[track_caller]
fn row(script: &str, wanted: &Wanted) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    prepare(&root);
    let ran = script_in(
        &root,
        &format!("{script}\nshow `= @r.mx.labels`\nshow `= @r.mx.taint`\nshow `= @r.mx.sources`\n"),
    );
    let out = ran.good();
    let mut lists = out.lines().rev().take(3).map(|line| {
        let list: Vec<String> = serde_json::from_str(line.trim_start_matches("= ")).expect(line);
        list
    });
    let (sources, taint, labels) = (
        lists.next().unwrap(),
        lists.next().unwrap(),
        lists.next().unwrap(),
    );
    assert_eq!(labels.join(" "), wanted.labels, "labels of {script}");
    let (folders, taint): (Vec<String>, Vec<String>) =
        taint.into_iter().partition(|l| l.starts_with("dir:"));
    assert_eq!(taint.join(" "), wanted.taint, "taint of {script}");
    let parents = root.ancestors().filter(|p| p.parent().is_some());
    let all: Vec<String> = parents.map(|p| format!("dir:{}", p.display())).collect();
    assert_eq!(
        folders,
        if wanted.folders { all } else { Vec::new() },
        "folders of {script}"
    );
    let root = root.to_str().unwrap();
    assert_eq!(
        sources.join(" ").replace(root, "DIR"),
        wanted.sources,
        "sources of {script}"
    );
}

#[test]
fn literals() {
    for literal in ["\"x\"", "1", "{}", "[1]", "`text`", "true", "null"] {
        row(&format!("var @r = {literal}"), &NOTHING);
    }
}

#[test]
fn reserved_variables() {
    for name in ["now", "base", "root", "debug"] {
        row(&format!("var @r = @{name}"), &NOTHING);
    }
}

#[test]
fn files() {
    let file = wanted("", "src:file", "DIR/a.md", true);
    for made in ["<a.md>", "<a.md # One>", "<@root/a.md>", "<a.md> | @upper"] {
        row(&format!("var @r = {made}"), &file);
    }
    row("var @f = <a.md>\nvar @r = @f.mx.fm.title", &file);
    row("var @f = <a.md>\nvar @r = @f.mx.filename", &file);
    row("var @f = <a.md>\nvar @r = @f.length()", &file);
    row(
        "var @r = <c.json>.k[0]",
        &wanted("", "src:file", "DIR/c.json", true),
    );
    row(
        "var @r = <d.ts { go }>",
        &wanted("", "src:file", "DIR/d.ts", true),
    );
    row(
        "var @r = <d.ts { ?? }>",
        &wanted("", "src:file", "DIR/d.ts", true),
    );
}

#[test]
fn patterns_of_files() {
    let both = wanted("", "src:file", "DIR/a.md DIR/b.md", true);
    row("var @r = <*.md>", &both);
    row("var @l = <*.md>\nvar @r = @l[0]", &both);
    row("var @r = <*.md> as \"<>.mx.filename\"", &both);
    row("var @r = <*.md # One>", &both);
}

#[test]
fn files_in_other_constructs() {
    let file = wanted("", "src:file", "DIR/a.md", true);
    for made in [
        "`x <a.md>`",
        "{ f: <a.md> }",
        "[<a.md>]",
        "when [ true => <a.md> ]",
        "true ? <a.md> : 1",
        "for @i in [1] => <a.md>",
    ] {
        row(&format!("var @r = {made}"), &file);
    }
}

#[test]
fn templates_in_files() {
    row(
        "exe @t(who) = template \"t.att\"\nvar @r = @t(\"x\")",
        &wanted("", "src:template", "", false),
    );
    row(
        "exe @t(who) = template \"t.att\"\nvar pii @p = \"x\"\nvar @r = @t(@p)",
        &wanted("pii", "pii src:template", "", false),
    );
}

#[test]
fn modules() {
    let plain = wanted("", "src:file", "DIR/m.mld", true);
    let pii = wanted("pii", "pii src:file", "DIR/m.mld", true);
    row("import { @x as @r } from \"./m.mld\"", &pii);
    row("import { @y as @r } from \"./m.mld\"", &plain);
    row("import \"./m.mld\" as @m\nvar @r = @m.y", &plain);
    row(
        "import secret { @y as @r } from \"./m.mld\"",
        &wanted("secret", "src:file secret", "DIR/m.mld", true),
    );
    row(
        "import { @k as @r } from \"./c.json\"",
        &wanted("", "src:file", "DIR/c.json", true),
    );
    // The text of a local module is its author's own: what its executables give has not lain in a file.
    row(
        "import { @f } from \"./m.mld\"\nvar @r = @f()",
        &wanted("", "src:js", "", false),
    );
}

#[test]
fn commands() {
    row(
        "var @r = cmd { echo hi }",
        &wanted("", "src:cmd", "command:echo", false),
    );
    row(
        "var @r = run cmd { echo hi }",
        &wanted("", "src:cmd", "command:echo", false),
    );
    row(
        "var @r = \"x\" | cmd { cat }",
        &wanted("", "src:cmd", "command:cat", false),
    );
}

#[test]
fn code() {
    row("var @r = sh { echo hi }", &wanted("", "src:sh", "", false));
    row("var @r = js { return 1 }", &wanted("", "src:js", "", false));
    row(
        "var @r = node { return 1 }",
        &wanted("", "src:node", "", false),
    );
    row("var @r = py { return 1 }", &wanted("", "src:py", "", false));
}

#[test]
fn calls() {
    for (exe, wanted) in [
        ("exe @f(v) = `t @v`", wanted("", "src:template", "", false)),
        ("exe @f(v) = \"t\"", wanted("", "src:template", "", false)),
        (
            "exe @f(v) = @v | @upper",
            wanted("", "src:template", "", false),
        ),
        ("exe @f(v) = [ => @v ]", wanted("", "src:exe", "", false)),
        (
            "exe @f(v) = when [ * => @v ]",
            wanted("", "src:exe", "", false),
        ),
        (
            "exe @f(v) = for @i in [@v] => @i",
            wanted("", "src:exe", "", false),
        ),
        ("exe @f(v) = { k: @v }", wanted("", "src:exe", "", false)),
        (
            "exe @f(v) = js { return v }",
            wanted("", "src:js", "", false),
        ),
        (
            "exe pii @f(v) = `t`",
            wanted("pii", "pii src:template", "", false),
        ),
    ] {
        row(&format!("{exe}\nvar @r = @f(\"x\")"), &wanted);
        row(&format!("{exe}\nvar @r = \"x\" | @f"), &wanted);
    }
    let js = wanted("pii", "pii src:js", "", false);
    row(
        "exe pii @g(v) = js { return v }\nexe @f(v) = @g(@v)\nvar @r = @f(\"x\")",
        &js,
    );
    row(
        "exe @f() = [ let @x = cmd { echo a }  => @x ]\nvar @r = @f()",
        &wanted("", "src:cmd src:exe", "command:echo", false),
    );
}

#[test]
fn workspaces() {
    row(
        "files <@w/> = [{ \"a.txt\": \"x\" }]\nvar @r = <@w/a.txt>",
        &wanted("", "src:file", "", false),
    );
    row(
        "var pii @p = \"x\"\nfiles <@w/> = [{ \"a.txt\": @p }]\nvar @r = <@w/a.txt>",
        &wanted("pii", "src:file pii", "", false),
    );
}

#[test]
fn the_payload() {
    row(
        "var @r = @payload",
        &wanted(
            "src:dynamic",
            "src:dynamic",
            "dynamic-module dynamic://@payload",
            false,
        ),
    );
    row(
        "import { a as @r } from @payload",
        &wanted(
            "src:dynamic",
            "src:dynamic",
            "dynamic-module dynamic://@payload",
            false,
        ),
    );
}

/// With the stance `untrusted`, what enters is untrusted unless a person has labelled it, and what is made is not.
#[test]
fn what_enters_is_taken_for_untrusted() {
    let script = |made: &str| {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let ran = script_in(
            folder.path(),
            &format!(
                "policy @stance = {{ defaults: {{ unlabeled: \"untrusted\" }} }}\n{made}\nshow `= @r.mx.labels`\n"
            ),
        );
        ran.good().trim_end().replace("= ", "")
    };
    for (made, labels) in [
        ("var @r = <a.md>", "[\"untrusted\"]"),
        ("var @r = <*.md>", "[\"untrusted\"]"),
        ("var @r = `x <a.md>`", "[\"untrusted\"]"),
        (
            "var @f = <a.md>\nvar @r = @f.mx.filename",
            "[\"untrusted\"]",
        ),
        ("var pii @r = <a.md>", "[\"pii\",\"untrusted\"]"),
        ("var @r = cmd { echo hi }", "[\"untrusted\"]"),
        ("var @r = sh { echo hi }", "[\"untrusted\"]"),
        ("var @r = py { return 1 }", "[\"untrusted\"]"),
        ("var @r = node { return 1 }", "[\"untrusted\"]"),
        ("var @r = js { return 1 }", "[\"untrusted\"]"),
        (
            "var pii @a = 1\nexe @f(v) = js { return v }\nvar @r = @f(@a)",
            "[\"pii\"]",
        ),
        (
            "var pii @a = 1\nexe @f(v) = sh { echo $v }\nvar @r = @f(@a)",
            "[\"pii\",\"untrusted\"]",
        ),
        (
            "var trusted @a = 1\nexe @f(v) = py { return v }\nvar @r = @f(@a)",
            "[\"trusted\",\"untrusted\"]",
        ),
        ("import { @y as @r } from \"./m.mld\"", "[\"untrusted\"]"),
        ("import { @x as @r } from \"./m.mld\"", "[\"pii\"]"),
        ("var @r = @payload", "[\"src:dynamic\",\"untrusted\"]"),
        ("var @r = \"x\"", "[]"),
        ("var @r = `x @now`", "[]"),
        ("exe @f() = [ => 1 ]\nvar @r = @f()", "[]"),
        ("exe @t(who) = template \"t.att\"\nvar @r = @t(\"x\")", "[]"),
        (
            "files <@w/> = [{ \"a.txt\": \"x\" }]\nvar @r = <@w/a.txt>",
            "[\"untrusted\"]",
        ),
        (
            "var pii @p = \"x\"\nfiles <@w/> = [{ \"a.txt\": @p }]\nvar @r = <@w/a.txt>",
            "[\"pii\"]",
        ),
    ] {
        assert_eq!(script(made), labels, "{made}");
    }
}

/// What a model makes of untrusted data is influenced, whichever way the data came to it (spec 05 §10.1).
#[test]
fn what_a_model_makes_of_untrusted_data_is_influenced() {
    let influenced = |made: &str| {
        let ran = support::script(&format!(
            "policy @p = {{ defaults: {{ rules: [\"untrusted-llms-get-influenced\"] }} }}\nvar untrusted @f = \"F\"\n{made}\nshow `= @r.mx.labels`\n"
        ));
        ran.good().contains("\"influenced\"")
    };
    for made in [
        "exe llm @a(q) = js { return 1 }\nvar @r = @a(@f)",
        "exe llm @a(q) = js { return 1 }\nvar @r = @a({ k: [@f] })",
        "exe llm @a(q) = js { return 1 }\nvar @r = @f | @a",
        "exe llm @a(q, w) = js { return 1 }\nvar @r = \"x\" | @a(@f)",
        "exe llm @a() = cmd { echo @f }\nvar @r = @a()",
        "exe llm @a() = sh { cat }\nvar @r = run @a() with { stdin: @f }",
        "exe llm @a() = cmd { cat }\nvar @r = @a() with { stdin: @f }",
        "exe llm @a() = [ let @x = `@f`  => 1 ]\nvar @r = @a()",
        "exe @g() = @f\nexe llm @a(fn) = js { return await fn() }\nvar @r = @a(@g)",
        "exe @g() = @f\nexe js = { g }\nexe llm @a() = js { return await g() }\nvar @r = @a()",
        "exe @plain(q) = js { return q }\nvar llm @a = @plain\nvar @r = @a(@f)",
        "exe @plain(q) = js { return q }\nvar llm @a = @plain\nvar @r = @f | @a",
    ] {
        assert!(influenced(made), "{made}");
    }
    for made in [
        "exe llm @a(q) = js { return 1 }\nvar @r = @a(\"x\")",
        "exe llm @a() = cmd { echo x }\nvar @r = @a()",
        "exe @a(q) = js { return 1 }\nvar @r = @a(@f)",
    ] {
        assert!(!influenced(made), "{made}");
    }
}
