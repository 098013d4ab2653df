//! Files: what comes of them, which labels they bring, what is refused (spec 04 §1–§5, 05 §5.1).
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
use support::{Ran, script_in};
use tempfile::TempDir;

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        put(folder.path(), name, text);
    }
    folder
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What a script prints beside these files.
fn shown(files: &[(&str, &str)], text: &str) -> String {
    let folder = folder(files);
    let ran = script_in(folder.path(), text);
    assert_eq!(ran.error(), "", "{text}");
    ran.out
}

/// The error of a script beside these files.
fn error(files: &[(&str, &str)], text: &str) -> String {
    let folder = folder(files);
    script_in(folder.path(), text).error()
}

/// Whether a value, made beside these files, has the label.
fn carries(files: &[(&str, &str)], before: &str, value: &str, label: &str) -> bool {
    let text = format!("{before}\nvar @it = {value}\nshow @it.mx.taint.includes(\"{label}\")");
    shown(files, &text) == "true\n"
}

const NOTE: &str = "---\ntitle: T\n---\n# One\nfirst\n## Sub\nsub\n# Two\nsecond\n";

fn notes() -> Vec<(&'static str, &'static str)> {
    vec![
        ("note.md", NOTE),
        ("n/a.md", "# A\nay\n"),
        ("n/b.md", "# B\nbee\n"),
        ("c.json", "{\"k\": {\"l\": [1, 2]}}"),
        ("t.att", "Dear @who: <c.json>.k.l"),
        ("a.ts", "function run() {}"),
    ]
}

#[test]
fn everything_that_comes_from_a_file_carries_its_labels() {
    for value in [
        "<note.md>",
        "<c.json>",
        "<c.json>.k",
        "<c.json>.k.l[0]",
        "<c.json>.gone",
        "<note.md # One>",
        "<note.md # One, Two; !# Sub>",
        "<note.md # \"Gone\"?>",
        "<note.md # ??>",
        "<note.md # ##??>",
        "<note.md # One> as \"Renamed\"",
        "<a.ts { run }>",
        "<a.ts { run }>[0]",
        "<a.ts { run }>[0].code",
        "<a.ts { gone }>",
        "<a.ts { ?? }>",
        "<a.ts { run } as \"constant\">",
        "<*.ts { run }>",
        "<*.ts { ?? }>",
        "<note.md as `<>.filename`>",
        "<note.md as \"constant\">",
        "<n/*.md>",
        "<n/*.md>[1]",
        "<n/*.md>.length",
        "<n/*.md # A>",
        "<n/*.md # ??>",
        "<n/*.md as \"- <>.mx.filename\">",
        "<n/*.md> as \"constant\"",
        "<note.md>.mx.fm",
        "<note.md>.mx.fm.title",
        "<note.md>.mx.filename",
        "<note.md>.mx.absolute",
        "<note.md>.mx.length",
        "<note.md>.keep",
        "<note.md>|@upper",
        "<n/*.md>|@upper",
        "`x <note.md> y`",
        "`<n/*.md>`",
        "\"<note.md> y\"",
        "`<c.json>.k|@upper`",
        "[<note.md>]",
        "{ \"a\": <c.json>.k }",
        "<c.json>.k ? 1 : 2",
        "(<note.md> == \"x\")",
        "@letter(\"Bo\")",
        "@given(<note.md>)",
        "(for @x in <n/*.md> => \"k\")",
        "(when [ <note.md> => \"y\" ])",
        "@exists(<c.json>.k)",
    ] {
        let before = "exe @letter(who) = template \"t.att\"\nexe @given(x) = \"constant\"";
        assert!(carries(&notes(), before, value, "src:file"), "{value}");
    }
}

#[test]
fn a_file_brings_its_folders_and_itself() {
    let folder = folder(&notes());
    let real = folder.path().canonicalize().unwrap();
    let ran = script_in(
        folder.path(),
        "var @x = <n/a.md>\nfor @l in @x.mx.taint => show @l\nshow @x.mx.sources[0]",
    );
    let mut lines = vec!["src:file".to_owned()];
    let n = real.join("n");
    lines.extend(
        n.ancestors()
            .filter(|a| a.parent().is_some())
            .map(|a| format!("dir:{}", a.display())),
    );
    lines.push(n.join("a.md").display().to_string());
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), lines, "{}", ran.err);
}

#[test]
fn what_chose_the_file_is_on_it() {
    let before = "var secret @f = \"note\"\nvar secret @s = \"One\"\nvar secret @k = \"fn\"\nvar secret @p = \"n/*.md\"\nvar secret @g = \"gone.md\"";
    for value in [
        "<@f\\.md>",
        "<@g>?",
        "<note.md # @s>",
        "<note.md # \"@s\">",
        "<a.ts { *@k }>",
        "<a.ts { @k?? }>",
        "<note.md # \"@g\"?>",
        "<@p>",
        "<@p as \"x\">",
        "<@p # A>",
        "`a <@f\\.md>`",
        "@exists(\"@g\")",
        "@fileExists(@f)",
        "@exists(<@g>)",
    ] {
        assert!(carries(&notes(), before, value, "secret"), "{value}");
    }
    // What does not depend on it does not carry it.
    assert!(!carries(&notes(), before, "<note.md>", "secret"));
}

#[test]
fn a_file_that_dropped_out_of_a_list_is_known_to_be_looked_at() {
    let text = "var @l = <n/*.md # A>\nshow @l.length\nshow @l.mx.sources.length";
    assert_eq!(shown(&notes(), text), "1\n2\n");
}

#[test]
fn the_error_of_a_file_shows_its_content_only_where_that_may_be_shown() {
    let files = [("bad.json", "{\"k\": tiptop}")];
    let open = error(&files, "show <bad.json>");
    assert!(
        open.contains("Failed to parse JSON from bad.json"),
        "{open}"
    );
    let text =
        "policy @p = { labels: { \"src:file\": { deny: [\"op:show\"] } } }\nvar @x = <bad.json>";
    let closed = error(&files, text);
    assert!(closed.contains("[withheld"), "{closed}");
    assert!(!closed.contains("parse JSON"), "{closed}");
}

#[test]
fn an_operation_that_policy_refuses_is_refused_everywhere() {
    let denied = "policy @p = { labels: { secret: { deny: [\"op:read\"] } } }\nvar secret @f = \"note.md\"\nvar secret @p2 = \"*.md\"\n";
    for use_ in [
        "show <@f>",
        "show <@f>?",
        "show `x <@f>`",
        "show @exists(\"@f\")",
        "show @exists(<@f>)",
        "show @fileExists(@f)",
        "show <@p2>",
        "show <@p2>?",
        "show @exists(\"@p2\")",
        "exe @t() = template \"@f\\.att\"",
    ] {
        let ran = script_in(folder(&notes()).path(), &format!("{denied}{use_}"));
        let report = ran.result.err().map(|r| r.denial.is_some());
        assert_eq!(report, Some(true), "{use_}: {}", ran.out);
    }
}

#[test]
fn metadata() {
    let files = [("in/page.tar.md", NOTE), ("plain", "x")];
    let text = "var @f = <in/page.tar.md>\n\
        show `@f.mx.filename @f.mx.relative @f.mx.relativeDir @f.mx.dirname @f.mx.ext @f.mx.type @f.mx.source`\n\
        show @f.mx.fm.title\nvar @e = @f.mx.nope == null\nshow @e\n\
        var @g = <plain>\nshow `[@g.mx.ext][@g.mx.fm]`\nvar @h = @g.mx.fm == null\nshow @h\n\
        var @k = @f.keep\nshow @k.mx.filename\nvar @i = @k == @f\nshow @i";
    assert_eq!(
        shown(&files, text),
        "page.tar.md ./in/page.tar.md ./in in md text load-content\nT\ntrue\n[][]\ntrue\npage.tar.md\ntrue\n"
    );
}

#[test]
fn literals_hold_the_data_of_files() {
    let files = [("a.json", "{\"k\":   1}"), ("n.md", "---\nt: 1\n---\nx")];
    let text = "var @o = { f: <n.md>, j: <a.json> }\nvar @l = [<a.json>]\nvar @v = <a.json>\nvar @w = { v: @v }\nshow `[@o.f.mx.filename] [@o.f.mx.fm] @o.j @l[0] [@l[0].mx.filename] @w.v @v @v.mx.filename`\nshow `@o.mx.taint.includes(\"src:file\") @w.v.mx.taint.includes(\"src:file\")`\n";
    assert_eq!(
        shown(&files, text),
        "[null] [null] {\"k\":1} {\"k\":1} [null] {\"k\":1} {\"k\":   1} a.json\ntrue true\n"
    );
    let names = shown(&files, "show <n.md>.mx\n");
    let at = |name: &str| names.find(&format!("\"{name}\":")).unwrap();
    assert!(at("filename") < at("fm") && at("fm") < at("labels") && at("labels") < at("sources"));
    assert!(!names.contains("\"tools\"") && !names.contains("\"data\""));
}

#[test]
fn sections_keep_what_is_known_of_their_file() {
    let text = "var @s = <note.md # One>\nshow `@s.mx.filename @s.mx.fm.title @s.mx.length`";
    assert_eq!(shown(&notes(), text), "note.md T 22\n");
}

#[test]
fn as_templates() {
    let files = [
        ("a.md", NOTE),
        ("b.md", "plain"),
        ("c.json", "{\"n\": {\"v\": 7}}"),
    ];
    for (text, expected) in [
        (
            "show <*.md as `<>.filename|<>.fm.title|<>.nope;`>",
            "a.md|T|;\n\nb.md||;\n",
        ),
        (
            "show <c.json> as \"<>.json.n.v <>.mx.data.n.v <>.json.gone.x.\"",
            "7 7 .\n",
        ),
        ("var @n = \"N\"\nshow <b.md as ::@n <>::>", "N plain\n"),
        (
            "show <b.md as `x <a.md> <>`>",
            "x ---\ntitle: T\n---\n# One\nfirst\n## Sub\nsub\n# Two\nsecond\n plain\n",
        ),
        (
            "var @l = <*.md> as \"<>.ext <>.tokens\"\nshow @l[1]",
            "md 2\n",
        ),
        ("show <a.md # Sub> as \"# New <>\"", "# New sub\nsub\n"),
        ("show <a.md # Sub> as \"New\"", "## New\nsub\n"),
        ("show <*.md # Two as \"<>.filename\">", "# a.md\nsecond\n"),
    ] {
        assert_eq!(shown(&files, text), expected, "{text}");
    }
    for (text, expected) in [
        (
            "show <a.md # One, Two as \"x\">",
            "Renaming multiple sections is not supported yet",
        ),
        (
            "show <a.md # ?? as \"x\">",
            "A list of headings has no `as`",
        ),
    ] {
        let got = error(&files, text);
        assert!(got.contains(expected), "{text}: {got}");
    }
}

#[test]
fn patterns() {
    let mut files = vec![
        ("a.md", "1"),
        ("é.md", "2"),
        ("A.md", "3"),
        (".h.md", "4"),
        ("x/b.md", "5"),
        ("x/.y/c.md", "6"),
        ("node_modules/d.md", "7"),
        ("x/dist/e.md", "8"),
        ("build", "9"),
        ("bad.json", "{"),
        ("good.json", "[1]"),
    ];
    files.push(("s p/f.md", "0"));
    for (text, expected) in [
        (
            "for @f in <**/*.md> => show @f.mx.relative",
            "./A.md\n./a.md\n./s p/f.md\n./x/b.md\n./é.md\n",
        ),
        ("for @f in <?.md> => show @f", "3\n1\n2\n"),
        ("for @f in <.*.md> => show @f", "4\n"),
        ("for @f in <**/.y/*> => show @f", "6\n"),
        ("for @f in <x/**> => show @f", "5\n"),
        ("for @f in <b*> => show @f.mx.filename", "bad.json\nbuild\n"),
        ("for @f in <s p/*> => show @f", "0\n"),
        ("show <node_modules/*>.length", "0\n"),
        ("show <gone/*>.length", "0\n"),
        ("show <{a,x/b}.md>.length", "2\n"),
        (
            "var @j = <*.json>\nshow `@j[0] @j[1][0]`\nshow @j[0].mx.parseError\nvar @n = @j[1].mx.parseError == null\nshow @n",
            "{ 1\nFailed to parse JSON from bad.json (EOF while parsing an object at line 1 column 1)\ntrue\n",
        ),
        ("show <g*.json>", "[1]\n"),
        ("show `<g*.json>`", "[1]\n"),
        ("show <@root/x/*.md>[0].mx.relative", "./x/b.md\n"),
        (
            "show @exists(\"x/*.md\")\nshow @exists(\"y/*.md\")\nshow @fileExists(\"x/*.md\")",
            "true\nfalse\nfalse\n",
        ),
        ("show <?.md>|@upper", "3\n\n1\n\n2\n"),
        ("var @u = <?.md>|@upper\nshow @u[0].mx.filename", "A.md\n"),
    ] {
        assert_eq!(shown(&files, text), expected, "{text}");
    }
    for bad in ["<[a>", "<*/../a>", "<{a>"] {
        let got = error(&files, &format!("show {bad}?"));
        assert!(got.contains("is not valid"), "{bad}: {got}");
    }
}

#[cfg(unix)]
#[test]
fn relative_paths_of_a_pattern_begin_where_it_begins() {
    let folder = folder(&[
        ("mlld-config.json", "{}"),
        ("data/x.md", "x"),
        ("tools/y.md", "y"),
    ]);
    let tools = folder.path().join("tools");
    for (pattern, expected) in [
        ("@root/data/*.md", "./data/x.md"),
        ("@base/data/*.md", "./data/x.md"),
        ("../data/*.md", "./../data/x.md"),
        ("*.md", "./y.md"),
    ] {
        let ran = support::script_in(
            &tools,
            &format!("var @g = <{pattern}>\nshow @g[0].mx.relative\n"),
        );
        assert_eq!(ran.good(), format!("{expected}\n"), "{pattern}");
    }
}

#[test]
fn links_are_followed_and_cycles_cut() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("deep/z.md", "z")]);
    let inside = folder(&[("in/a.md", "a")]);
    symlink(inside.path().join("in"), inside.path().join("in/loop")).unwrap();
    symlink(outside.path().join("deep"), inside.path().join("out")).unwrap();
    symlink(
        inside.path().join("gone"),
        inside.path().join("in/broken.md"),
    )
    .unwrap();
    let ran = script_in(
        inside.path(),
        "for @f in <**/*.md> => show @f.mx.relative\nvar @o = <out/*>\nshow @o.mx.sources[0]",
    );
    let real = outside.path().canonicalize().unwrap().join("deep/z.md");
    assert_eq!(
        ran.out,
        format!("./in/a.md\n./out/z.md\n{}\n", real.display())
    );
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_drops_out() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("a.md", "a"), ("b.md", "b")]);
    let b = folder.path().join("b.md");
    fs::set_permissions(&b, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read(&b).is_ok() {
        // Whoever may read everything sees no difference.
        return;
    }
    let ran = script_in(
        folder.path(),
        "show <*.md>.length\nshow <b.md>?\nshow <b.md>",
    );
    assert_eq!(ran.out, "1\n\n");
    assert!(ran.error().contains("permission denied"), "{}", ran.error());
}

/// A project that allows nothing outside of its root, beside a file that lies outside.
fn closed_project() -> TempDir {
    let outer = folder(&[
        ("outside.txt", "out"),
        (
            "p/mlld-config.json",
            "{\"security\":{\"allowAbsolutePaths\":false}}",
        ),
        ("p/s/inside.txt", "in"),
        ("p/top.txt", "top"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        outer.path().join("outside.txt"),
        outer.path().join("p/s/link.txt"),
    )
    .unwrap();
    outer
}

fn in_project(text: &str) -> Ran {
    let outer = closed_project();
    let text = text.replace("OUTER", &outer.path().display().to_string());
    script_in(&outer.path().join("p/s"), &text)
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_root_where_that_is_forbidden() {
    for use_ in [
        "show <../../outside.txt>",
        "show <../../outside.txt>?",
        "show <OUTER/outside.txt>",
        "show <@root/../outside.txt>",
        "show `x <../../outside.txt>`",
        "var @p = \"../../outside.txt\"\nshow <@p>",
        "show <link.txt>",
        "show <*.txt>",
        "show <../../*.txt>",
        "show <OUTER/*.txt>?",
        "show @exists(\"../../outside.txt\")",
        "show @exists(<../../outside.txt>)",
        "show @fileExists(\"OUTER/outside.txt\")",
        "show @exists(\"../../*.txt\")",
        "show @exists(\"../../gone.txt\")",
        "exe @t() = template \"../../outside.att\"",
        "output \"x\" to \"../../new.txt\"",
        "output \"x\" to \"link.txt\"",
    ] {
        let ran = in_project(use_);
        let got = ran.error();
        assert!(
            got.contains("ACCESS_DENIED") && got.contains("is outside the project root"),
            "{use_}: {got} {}",
            ran.out
        );
    }
    let ran = in_project(
        "show <inside.txt>\nshow <../top.txt>\nshow <OUTER/p/top.txt>\nshow <@root/top.txt>",
    );
    assert_eq!(ran.out, "in\ntop\ntop\ntop\n", "{}", ran.error());
}

#[test]
fn outside_the_root_is_allowed_where_nobody_forbids_it() {
    let outer = folder(&[
        ("outside.txt", "out"),
        ("p/mlld-config.json", "{}"),
        ("p/a", ""),
    ]);
    let ran = script_in(&outer.path().join("p"), "show <../outside.txt>");
    assert_eq!(ran.out, "out\n");
}

#[test]
fn paths_are_what_they_are_written_as() {
    let files = [("secret.txt", "s"), ("in/a.txt", "a")];
    for text in [
        "show <%2e%2e/secret.txt>",
        "show <in/%2e%2e%2fsecret.txt>",
        "show <~/secret.txt>",
        "show <$HOME/secret.txt>",
        "show <@zork/secret.txt>",
    ] {
        let got = error(&files, text);
        assert!(got.contains("File not found: "), "{text}: {got}");
    }
    assert!(error(&files, "show <a\0b>").contains("NUL character"));
    #[cfg(target_os = "linux")]
    for own in ["/proc/self/environ", "/proc/thread-self/maps"] {
        let got = error(&files, &format!("show <{own}>?"));
        assert!(got.contains("is protected"), "{own}: {got}");
    }
}

#[test]
fn missing_files_are_explained() {
    let files = [
        ("orders.txt", ""),
        ("p/mlld-config.json", "{}"),
        ("p/notes.txt", ""),
        ("p/s/order.txt", ""),
    ];
    let folder = folder(&files);
    let details = |text: &str| {
        let ran = script_in(&folder.path().join("p/s"), text);
        let report = ran.result.unwrap_err();
        let mut lines = vec![report.message.to_string()];
        lines.extend(report.details.iter().map(ToString::to_string));
        lines.join("|")
    };
    assert_eq!(
        details("show <ordr.txt>"),
        "File not found: ordr.txt|Did you mean:|  - ./order.txt|  - ./ordr.txt|  - @root/ordr.txt"
    );
    assert_eq!(
        details("show <notes.txt>"),
        "File not found: notes.txt|Did you mean:|  - @root/notes.txt"
    );
    assert_eq!(
        details("show <./x.txt>"),
        "File not found: ./x.txt|Did you mean:|  - @root/x.txt"
    );
    let root = folder.path().join("p");
    assert_eq!(
        details("show <@root/order.txt>"),
        format!(
            "File not found: @root/order.txt (resolved to {})|Did you mean:|  - ./order.txt",
            root.join("order.txt").display()
        )
    );
    assert_eq!(details("show <../x.txt>"), "File not found: ../x.txt");
    assert_eq!(details("show </x/y.txt>"), "File not found: /x/y.txt");
}

#[test]
fn bad_content_is_an_error_with_a_place() {
    let files = [
        ("bad.json", "{\"a\": }"),
        ("bad.jsonl", "{}\n\nnope\n"),
        ("empty.json", ""),
        ("bad.yaml", "a: [1\n"),
        ("bad.csv", "a,\"b\n1"),
        ("bad.md", "---\na: [1\n---\ntext"),
        ("bytes.txt", "ok"),
        ("deep.json", &"[".repeat(200_000)),
    ];
    for (text, expected) in [
        (
            "show <bad.json>",
            "Failed to load content: bad.json: Failed to parse JSON from bad.json (expected value at line 1 column 7)",
        ),
        (
            "show <bad.jsonl>",
            "Failed to parse JSONL from bad.jsonl at line 3 (",
        ),
        ("show <empty.json>", "Failed to parse JSON from empty.json"),
        ("show <deep.json>", "Failed to parse JSON from deep.json"),
        (
            "show <bad.md # Gone>",
            "Section \"Gone\" not found in content",
        ),
    ] {
        let got = error(&files, text);
        assert!(got.contains(expected), "{text}: {got}");
        let optional = text.replace('>', ">?").replace("show", "var @x =");
        assert_eq!(error(&files, &optional), "", "{optional}");
    }
    assert_eq!(
        shown(
            &files,
            "show <bad.yaml>.isString()\nshow <bad.csv>.isString()\nvar @n = <bad.md>.mx.fm == null\nshow @n"
        ),
        "true\ntrue\ntrue\n"
    );
}

#[test]
fn external_templates_see_their_parameters_only() {
    let files = [
        (
            "t/a.att",
            "@who @secret @@ <n.txt>\n/for @x in @l\n- @x\n/end\n",
        ),
        ("t/n.txt", "near"),
        ("n.txt", "far"),
        ("b.mtt", "{{who}} @who {{ secret }}"),
        ("bad.att", "/for @x in [1]\nno end"),
    ];
    let text = "var @secret = \"s\"\nexe @a(who, l) = template \"t/a.att\"\nexe @b(who) = template \"b.mtt\"\n\
        show @a(\"W\", [1, 2])\nshow @b(\"W\")";
    assert_eq!(
        shown(&files, text),
        "W @secret @ near\n- 1\n- 2\n\nW @who {{ secret }}\n"
    );
    for (text, expected) in [
        (
            "exe @t() = template \"n.txt\"",
            "Unsupported template file extension for n.txt. Use .att (@var) or .mtt ({{var}}).",
        ),
        (
            "exe @t() = template \"gone.att\"",
            "File not found: gone.att",
        ),
        (
            "exe @t() = template \"bad.att\"",
            "The template bad.att is not valid",
        ),
        ("exe @t() = template \"*.att\"", "no file pattern"),
    ] {
        let got = error(&files, text);
        assert!(got.contains(expected), "{text}: {got}");
    }
}

#[test]
fn the_text_of_an_external_template_has_its_own_labels() {
    let files = [("t.att", "@x"), ("f.txt", "f"), ("u.att", "<f.txt>")];
    let before =
        "exe @t(x) = template \"t.att\"\nexe @u() = template \"u.att\"\nvar secret @s = \"s\"";
    for (value, label, expected) in [
        ("@t(1)", "src:template", true),
        ("@t(1)", "src:file", false),
        ("@t(@s)", "secret", true),
        ("@u()", "src:file", true),
    ] {
        assert_eq!(
            carries(&files, before, value, label),
            expected,
            "{value} {label}"
        );
    }
}

#[test]
fn files_are_written_below_the_script() {
    let folder = folder(&[("a.txt", "old")]);
    let ran = script_in(
        folder.path(),
        "file \"a.txt\" = \"new\"\nfile \"./d/./o.json\" = { \"a\": [1], \"b\": 2 }\n\
         files \"e/\" = [{ \"x.txt\": \"X\", desc: \"d\" }, { \"y/z.txt\": 3 }]\nfiles \".\" = [{ \"w\": null }]",
    );
    assert_eq!(ran.error(), "");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("a.txt"), "new");
    assert_eq!(
        read("d/o.json"),
        "{\n  \"a\": [\n    1\n  ],\n  \"b\": 2\n}"
    );
    assert_eq!(read("e/x.txt"), "X");
    assert_eq!(read("e/y/z.txt"), "3");
    assert_eq!(read("w"), "");
}

#[test]
fn files_that_must_not_be_written_are_not() {
    for (text, expected) in [
        (
            "file \"/tmp/x\" = 1",
            "file only supports relative paths. Absolute paths are not allowed.",
        ),
        (
            "files \"/tmp\" = []",
            "files only supports relative paths. Absolute paths are not allowed.",
        ),
        (
            "file \"a/../b\" = 1",
            "file paths cannot contain '..' traversal.",
        ),
        (
            "files \"..\" = []",
            "files paths cannot contain '..' traversal.",
        ),
        (
            "files \"d\" = [{ \"../b\": 1 }]",
            "files paths cannot contain '..' traversal.",
        ),
        (
            "files \"d\" = [{ \"/b\": 1 }]",
            "files only supports relative paths.",
        ),
        ("file \"\" = 1", "file target path cannot be empty."),
        ("file \".\" = 1", "file target path cannot be empty."),
        (
            "files \"d\" = [{ \"\": 1 }]",
            "files target path cannot be empty.",
        ),
        (
            "files \"d\" = 1",
            "files requires an array of file entry objects.",
        ),
        ("files \"d\" = [1]", "files entries must be objects."),
        (
            "files \"d\" = [{}]",
            "Each files entry must contain exactly one file key and optional desc.",
        ),
        (
            "files \"d\" = [{ \"a\": 1, \"b\": 1 }]",
            "Each files entry must contain exactly one file key",
        ),
        (
            "files \"d\" = [{ \"a\": 1, desc: 1 }]",
            "files entry desc must be a string.",
        ),
        ("file \"mlld-config.json\" = {}", "is protected"),
        ("files \".mlld\" = [{ \"sec/x\": 1 }]", "is protected"),
        ("files \"d\" = git \"https://h/r\"", "is not supported yet"),
    ] {
        let folder = folder(&[]);
        let got = script_in(folder.path(), text).error();
        assert!(got.contains(expected), "{text}: {got}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{text}");
    }
}

#[test]
fn one_bad_entry_and_nothing_is_written() {
    let folder = folder(&[]);
    let text = "files \"d\" = [{ \"a\": 1 }, { \"../b\": 1 }]";
    assert!(script_in(folder.path(), text).error().contains("traversal"));
    assert!(!folder.path().join("d").exists());
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_writes_away() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("x.txt", "old")]);
    let inside = folder(&[]);
    symlink(outside.path(), inside.path().join("away")).unwrap();
    symlink(outside.path().join("x.txt"), inside.path().join("x.txt")).unwrap();
    for text in [
        "file \"away/x.txt\" = 1",
        "file \"away/new.txt\" = 1",
        "file \"x.txt\" = 1",
        "files \"away\" = [{ \"x.txt\": 1 }]",
        "files \".\" = [{ \"away/x.txt\": 1 }]",
    ] {
        let got = script_in(inside.path(), text).error();
        assert!(got.contains("ACCESS_DENIED"), "{text}: {got}");
    }
    assert_eq!(
        fs::read_to_string(outside.path().join("x.txt")).unwrap(),
        "old"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn writing_is_a_file_and_an_output() {
    for rule in ["op:file", "op:output"] {
        let folder = folder(&[]);
        for write in [
            "file \"a\" = @s",
            "file \"@s\" = 1",
            "files \"d\" = [{ \"a\": @s }]",
        ] {
            let text = format!(
                "policy @p = {{ labels: {{ secret: {{ deny: [\"{rule}\"] }} }} }}\nvar secret @s = \"v\"\n{write}"
            );
            let ran = script_in(folder.path(), &text);
            assert!(
                ran.result.err().is_some_and(|r| r.denial.is_some()),
                "{rule} {write}"
            );
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn many_files_are_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..500 {
        fs::write(folder.path().join(format!("{i:03}.txt")), format!("{i}")).unwrap();
    }
    let ran = script_in(
        folder.path(),
        "var @l = <*.txt>\nshow @l.length\nshow @l[0]\nshow @l[499]\nshow @l.mx.sources.length",
    );
    assert_eq!(ran.out, "500\n0\n499\n500\n", "{}", ran.error());
}

#[test]
fn pages_are_markdown() {
    let html = "<title>Pumps</title><meta name='description' content='all of them'>\
        <h1>Old</h1><p>rust<h1>New</h1><p>steel";
    let files = [
        ("p.html", html),
        ("q.HTM", "<p>[1]"),
        ("deep.html", &"<div>".repeat(5000)),
    ];
    let text = "var @p = <p.html>\nshow @p.mx.title\nshow @p.mx.description\nshow @p.mx.html.length\n\
        show <p.html # New>\nshow <q.HTM>.isString()\nshow <p.html # ??>.join(\",\")\n\
        var @d = <d*.html>\nshow @d[0].mx.parseError";
    assert_eq!(
        shown(&files, text),
        format!(
            "Pumps\nall of them\n{}\n## New\n\nsteel\ntrue\nPumps,Old,New\nFailed to read the page: its elements nest deeper than 400 levels\n",
            html.len()
        )
    );
    for text in ["show <deep.html>", "show <deep.html # x>"] {
        let got = error(&files, text);
        assert!(got.contains("its elements nest deeper"), "{got}");
    }
    assert!(carries(&files, "", "<p.html>.mx.title", "src:file"));
    assert!(carries(&files, "", "<p.html # New>", "src:file"));
}

#[test]
fn definitions() {
    let files = [
        (
            "a.ts",
            "function turn() { return 1; }\nclass B { heat() { turn(); } }\nconst k = 2;\n",
        ),
        ("b.ts", "function other() { turn(); }\n"),
        ("none.ts", "1;\n"),
    ];
    for (text, expected) in [
        (
            "show <a.ts { turn, heat }>",
            "function turn() { return 1; }\n\nheat() { turn(); }\n",
        ),
        (
            "var @d = <a.ts { nope, turn }>\nshow `@d.length @d[0] @d[1].name @d[1].mx.data.mx.type`",
            "2 null turn function\n",
        ),
        ("show <a.ts { ?? }>.join(\" \")", "B k turn\n"),
        (
            "show <a.ts { (turn) } as `<>.name:<>.mx.line:<>.type:<>.gone`>",
            "heat:2:method:\n",
        ),
        (
            "var @d = <*.ts { turn, *fn, nope }>\nfor @x in @d => show @x.relative",
            "./a.ts\n./a.ts\n./b.ts\n\n",
        ),
        (
            "var @n = <*.ts { fn?? }>\nshow @n.length\nshow @n[0].names.join(\" \")\nshow @n[1].file",
            "2\nheat turn\nb.ts\n",
        ),
        ("var @x = <gone.ts { a }>?\nshow `[@x]`", "[null]\n"),
    ] {
        assert_eq!(shown(&files, text), expected, "{text}");
    }
    for (text, expected) in [
        (
            "show <a.ts { *fn, ?? }>?",
            "Cannot mix content selectors with name-list selectors",
        ),
        ("show <a.ts { *@zork }>", "Variable not found: zork"),
        (
            "var @k = \"fun\"\nshow <a.ts { *@k }>",
            "'fun' is no kind of definition",
        ),
        ("show <a.ts { @k }>", "stands for a kind"),
        ("show <a.ts { ?? } as \"x\">", "A list of names has no `as`"),
        ("show <a.ts { a } # S>", "not both"),
        ("show <gone.ts { a }>", "File not found: gone.ts"),
    ] {
        let got = error(&files, text);
        assert!(got.contains(expected), "{text}: {got}");
    }
}

#[test]
fn workspaces() {
    for (text, expected) in [
        (
            "files <@w/> = [{ \"a.md\": \"# A\\n\\none\\n\", desc: \"first\" }, { \"d/c.json\": { \"k\": [4] } }]\nfile <@w/d/n.txt> = \"later\"\n\
             show <@w/a.md # A>\nshow <@w/d/c.json>.k[0]\nshow `n: <@w/d/n.txt>`\nshow <@w/d/*>.length\nshow <@w/**/*.md>[0].mx.relative\n\
             var @e = <@w/a.md>\nshow `@e.mx.filename @e.mx.absolute`\nshow @w\nshow @exists(<@w/gone>)\nshow @fileExists(\"a.md\")",
            "# A\n\none\n4\nn: later\n2\n./a.md\na.md /a.md\n{\n  \"type\": \"workspace\",\n  \"files\": [\n    \"a.md\",\n    \"d/c.json\",\n    \"d/n.txt\"\n  ],\n  \"descriptions\": {\n    \"a.md\": \"first\"\n  }\n}\nfalse\nfalse\n",
        ),
        (
            "files <@w/sub/in/> = [{ \"b\": \"1\" }]\nfile <@w/a> = \"x\\n\"\nfor @e in @w.mx.edits => show `@e.type @e.entity @e.path`\nshow <@w/sub/in/b>.mx.diff",
            "created file a\ncreated directory sub/in\ncreated file sub/in/b\n--- /dev/null\n+++ b/sub/in/b\n@@ -0,0 +1 @@\n+1\n\\ No newline at end of file\n\n",
        ),
        (
            "files <@w/> = []\nexe @read(ws, p) = <@ws/@p>\nfile <@w/x.txt> = \"X\"\nshow @read(@w, \"x.txt\")\nshow <@w/x.txt as `[<>]`>\nshow <@w/*.txt> as \"- <>.mx.filename\"",
            "X\n[X]\n- x.txt\n",
        ),
        (
            "files <@w/> = [{ \"a.ts\": \"function f() {}\" }]\nshow <@w/a.ts { f }>\nshow <@w/*.ts { ?? }>[0].names[0]\nshow <@w/a.ts # x>?\nshow <@w/../a.ts>.length",
            "",
        ),
    ] {
        if expected.is_empty() {
            assert!(error(&[], text).contains("cannot contain '..' traversal"));
            continue;
        }
        assert_eq!(shown(&[("b.txt", "disk")], text), expected, "{text}");
    }
    for (text, expected) in [
        (
            "var @w = \"t\"\nfile <@w/a> = 1",
            "@w already exists and is not a workspace value.",
        ),
        (
            "file <@w/a> = 1\nfile <@w/a> = 2",
            "file cannot overwrite 'a' in the same workspace scope.",
        ),
        (
            "files <@w/> = [{ \"a\": 1 }, { \"./a\": 2 }]",
            "files cannot overwrite 'a' in the same workspace scope.",
        ),
        (
            "file <@w/a> = 1\nfile <@w/a/b> = 2",
            "'a' is a file of the workspace",
        ),
        (
            "file <@w/../a> = 1",
            "file paths cannot contain '..' traversal.",
        ),
        (
            "files <@w/> = [{ \"../a\": 1 }]",
            "files paths cannot contain '..' traversal.",
        ),
        (
            "files <@w/> = [{ \"/a\": 1 }]",
            "files only supports relative paths.",
        ),
        ("file <@w/> = 1", "file target path cannot be empty."),
        (
            "files <@w/> = [{ \"a\": 1 }]\nshow <@w/disk.txt>",
            "File not found: @w/disk.txt",
        ),
        ("files <@w/> = []\nshow <@w/[>", "is not valid"),
        ("files <@now/> = []", "already"),
        ("files <@w/> = git \"https://h/r\"", "is not supported yet"),
    ] {
        let folder = folder(&[("disk.txt", "d")]);
        let got = script_in(folder.path(), text).error();
        assert!(got.contains(expected), "{text}: {got}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{text}");
    }
}

#[test]
fn files_of_a_workspace_keep_their_labels() {
    let before = "var secret @s = \"v\"\nvar pii @n = \"name\"\nfiles <@w/> = [{ \"open.txt\": \"o\" }]\n\
        file <@w/s.txt> = @s\nfile <@w/@n\\.txt> = \"o\"\nfiles <@v/> = [{ \"a\": @s }, { \"b\": \"o\" }]\n\
        exe @cond() = [ if @s [ file <@u/x> = \"1\" ] => 1 ]\nfile <@u/y> = \"2\"\nvar @c = @cond()\n\
        var @chosen = @s == \"v\" ? @w : @v\nexe @read(ws, p) = <@ws/@p>\nfiles <@t/> = []\n\
        var @alias = @s == \"v\" ? @t : @v\nfile <@t/plain> = \"p\"\nfile <@alias/from> = \"f\"";
    for (value, label, expected) in [
        ("<@w/s.txt>", "secret", true),
        ("<@w/s.txt>", "src:file", true),
        ("<@w/open.txt>", "secret", false),
        ("<@w/name.txt>", "pii", true),
        ("<@w/*.txt>", "secret", true),
        ("<@w/open*>", "secret", true),
        ("<@w/gone>?", "secret", true),
        ("`x <@w/s.txt>`", "secret", true),
        ("<@w/s.txt>.mx.diff", "secret", true),
        ("@w", "secret", true),
        ("@w.mx.edits", "pii", true),
        ("<@v/b>", "secret", true),
        ("<@u/x>", "secret", true),
        ("<@chosen/open.txt>", "secret", true),
        ("@read(@w, \"open.txt\")", "secret", true),
        ("<@t/from>", "secret", true),
        ("<@t/plain>", "secret", false),
        ("<@u/y>", "secret", false),
    ] {
        assert_eq!(
            carries(&[], before, value, label),
            expected,
            "{value} {label}"
        );
    }
    for write in [
        "file <@w/a> = @s",
        "files <@w/> = [{ \"a\": @s }]",
        "file <@w/@s> = 1",
    ] {
        let text = format!(
            "policy @p = {{ labels: {{ secret: {{ deny: [\"op:file\"] }} }} }}\nvar secret @s = \"v\"\n{write}"
        );
        let ran = script_in(folder(&[]).path(), &text);
        assert!(
            ran.result.err().is_some_and(|r| r.denial.is_some()),
            "{write}"
        );
    }
}
