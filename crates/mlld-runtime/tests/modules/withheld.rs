//! What reports show of modules, templates and paths that may not be shown (spec 05 §2.2, §10.4).

use super::*;

/// Nothing secret is shown.
const SECRET: &str = "policy @p = { labels: { secret: { deny: ['op:show', 'op:log'] } } }\n";
/// Nothing of a file is shown.
const FILES: &str = "policy @p = { labels: { 'src:file': { deny: ['op:show', 'op:log'] } } }\n";

/// What a path is made of, so that no report shows it with the line it stands in.
const PARTS: &str = "var @a = 'SEK'\nvar @b = 'RIT'\n";

/// All that is said of a run: its report as text and as JSON, standard error, what hosts are told.
fn said(ran: &Ran) -> String {
    let report = match &ran.result {
        Ok(_) => String::new(),
        Err(report) => format!(
            "{}\n{}",
            report.render(mlld_runtime::report::Style::default()),
            report.to_json_line()
        ),
    };
    format!("{report}\n{}\n{}\n{:?}", ran.out, ran.err, ran.events)
}

/// The run says `told`, and nothing that is called SEKRIT.
fn withheld(files: &[File], main: &str, told: &str) {
    let said = said(&script(files, main));
    assert!(!said.contains("SEKRIT"), "{main}\n{said}");
    assert!(said.contains(told), "{main}\n{said}");
}

#[test]
fn sources_of_what_may_not_be_shown() {
    let main = format!("{SECRET}{PARTS}var secret @n = \"@a@b\"\nvar @x = <@n>\nshow @x\n");
    withheld(&[("SEKRIT", "x")], &main, "[withheld: secret]");
    // What may be shown is.
    let main =
        "policy @p = { labels: { pii: { deny: ['op:log'] } } }\nvar pii @x = <open.txt>\nlog @x\n";
    let said = said(&script(&[("open.txt", "x")], main));
    assert!(said.contains("/open.txt]"), "{said}");
}

#[test]
fn names_of_modules_whose_paths_are_data() {
    let begin = format!("{SECRET}{PARTS}var secret @n = \"@a@b\"\n");
    let import = "import { @t } from \"./@n/a.mld\"\n";
    for (module, rest, told) in [
        ("var @q = \n", import, "./@n/a.mld"),
        ("var @t = @nope\n", import, "./@n/a.mld"),
        (
            "var @t = 1\n",
            "import { @t } from \"./@n/a.mld\"\nimport { @t } from './b.mld'\n",
            "already imported from ./@n/a.mld",
        ),
        (
            "var @t = 1\n",
            "import { @t } from \"./@n/a.mld\"\nvar @t = 1\n",
            "from ./@n/a.mld",
        ),
        (
            "policy @z = { labels: { pii: { deny: ['op:show'] } } }\nvar @t = 1\n",
            "import { @t } from \"./@n/a.mld\"\nvar pii @x = 1\nshow @x\n",
            "Declared at: ./@n/a.mld",
        ),
        (
            "exe @t() = sh { exit 3 }\n",
            "import { @t } from \"./@n/a.mld\"\nvar @x = @t()\n",
            "at ./@n/a.mld",
        ),
        (
            "import './c.mld' as @c\nvar @t = 1\n",
            import,
            "[withheld: secret]",
        ),
    ] {
        let files = [
            ("SEKRIT/a.mld", module),
            ("SEKRIT/c.mld", "var @x = @nope\n"),
            ("b.mld", "var @t = 2\n"),
        ];
        withheld(&files, &format!("{begin}{rest}"), told);
    }
}

#[test]
fn paths_of_written_files() {
    let main = format!("{SECRET}{PARTS}var secret @n = \"@a@b\"\nfile \"@n\" = 'x'\n");
    withheld(&[], &main, "");
}

#[test]
fn texts_of_modules_and_templates() {
    for (policy, files, import, told) in [
        (
            FILES,
            [("d.mld", "SEKRIT SEKRIT\n")],
            "import './d.mld' as @q",
            "[withheld: src:file]",
        ),
        (
            FILES,
            [("d.mld", "var @q = @SEKRIT\n")],
            "import './d.mld' as @q",
            "[withheld: src:file]",
        ),
        (
            FILES,
            [("d/SEKRIT.att", "@SEKRITVAR")],
            "import templates from 'd' as @t(x)",
            "[withheld: src:file]",
        ),
        (
            FILES,
            [(
                "d.mld",
                "policy @z = { labels: { pii: { deny: ['sh'] } } }\nvar pii @x = 1\nexe @f(x) = sh { echo SEKRIT }\nvar @y = @f(@x)\n",
            )],
            "import './d.mld' as @q",
            "",
        ),
        (
            SECRET,
            [("d.mld", "var @key = \"SEKRIT\" +\n")],
            "import secret './d.mld' as @q",
            "[withheld: secret]",
        ),
        (
            SECRET,
            [("d.mld", "var @key = 'SEKRIT'\nvar @y = @nope\n")],
            "import secret './d.mld' as @q",
            "[withheld: secret]",
        ),
        (
            SECRET,
            [("d.json", "SEKRIT")],
            "import secret './d.json' as @q",
            "[withheld: secret]",
        ),
        (
            SECRET,
            [("d/a.att", "@SEKRIT")],
            "import templates secret from 'd' as @t(x)",
            "[withheld: secret]",
        ),
    ] {
        withheld(&files, &format!("{policy}{import}\n"), told);
    }
    let twice = [
        ("t/SEK RIT/index.mld", "var @a = 1"),
        ("t/SEK_RIT/index.mld", "var @a = 1"),
    ];
    let said = said(&script(&twice, &format!("{FILES}import './t' as @t\n")));
    assert!(
        said.contains("[withheld: src:file]") && !said.contains("SEK_RIT"),
        "{said}"
    );
}

#[test]
fn policy_is_asked_before_anything_is_looked_for() {
    let begin = "policy @p = { labels: { pii: { deny: ['op:import'] } } }\nvar pii @d = 'gd'\n";
    for import in [
        "import \"./@d/k.mld\" as @q",
        "import \"./@d/k.xyz\" as @q",
        "import templates from \"@d\" as @t(x)",
        "import templates from \"@d/k.mld\" as @t(x)",
    ] {
        let main = format!("{begin}{import}\n");
        for files in [&[][..], &[("gd/k.mld", "var @x = 1"), ("gd/k.xyz", "")][..]] {
            let error = script(files, &main).error();
            assert!(
                error.contains("Label 'pii' cannot flow to 'op:import'"),
                "{import}: {error}"
            );
        }
    }
}

#[test]
fn labels_stand_before_from() {
    let files = [("k.mld", "var @x = 1"), ("d/q.att", "a @x")];
    for (import, used) in [
        ("import secret from './k.mld' as @m", "@m.x"),
        ("import static secret, pii from './k.mld' as @m", "@m.x"),
        ("import templates secret from 'd' as @m(x)", "@m.q('a')"),
    ] {
        let main = format!("{import}\nvar @v = {used}\nshow @v.mx.labels.includes('secret')\n");
        shows(&files, &main, "true\n");
    }
}

#[test]
fn long_chains_of_imports_keep_the_message_in_sight() {
    let folder = tempfile::tempdir().unwrap();
    for n in 1..30 {
        let text = format!("import './k{}.mld' as @q\n", n + 1);
        std::fs::write(folder.path().join(format!("k{n}.mld")), text).unwrap();
    }
    std::fs::write(folder.path().join("k30.mld"), "var @x = @nope\n").unwrap();
    let error = run_with(folder.path(), &options(), "import './k1.mld' as @q\n").error();
    assert_eq!(error.matches("Error evaluating").count(), 6, "{error}");
    assert!(
        error.contains("'./k3.mld': … 24 more imports …: Error"),
        "{error}"
    );
    assert!(
        error.ends_with("'./k30.mld': Variable not found: nope"),
        "{error}"
    );
}

#[test]
fn odd_names_of_templates_and_links_to_themselves() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("d/x[12].att", "a @x"),
            ("d/e[1]/{y}*.att", "b @x"),
            ("d/.att", "c"),
        ],
    );
    std::os::unix::fs::symlink(".", folder.path().join("d/self")).unwrap();
    let main = "import templates from 'd' as @t(x)\nshow @t.x_12_('q')\nshow @t.e_1_._y__('r')\nshow @exists(@t.self)\n";
    assert_eq!(
        run_with(folder.path(), &options(), main).good(),
        "a q\nb r\nfalse\n"
    );
}

#[test]
fn what_exists_can_be_loaded() {
    let config = r#"{"resolverPrefixes":[{"prefix":"@parts/","resolver":"LOCAL","config":{"basePath":"stock"}}]}"#;
    let files = [
        ("mlld-config.json", config),
        ("stock/note.txt", "a"),
        ("secret.txt", "b"),
        ("bad.json", "{bad"),
        ("bad.jsonl", "{bad"),
        ("ok.json", "{}"),
    ];
    for (call, expected) in [
        ("@exists('bad.json')", "false\n"),
        ("@exists('bad.jsonl')", "false\n"),
        ("@exists('ok.json')", "true\n"),
        ("@fileExists('bad.json')", "true\n"),
        ("@exists('@parts/note.txt')", "true\n"),
        ("@fileExists('@parts/note.txt')", "true\n"),
        ("@exists('@parts/gone.txt')", "false\n"),
    ] {
        shows(&files, &format!("show {call}\n"), expected);
    }
    for call in [
        "@exists('@parts/../secret.txt')",
        "@fileExists('@parts/../secret.txt')",
    ] {
        let error = script(&files, &format!("show {call}\n")).error();
        assert!(error.starts_with("ACCESS_DENIED"), "{call}: {error}");
    }
    // Whether it parses tells of what is in it.
    let main = "var @x = @exists('ok.json')\nshow @x.mx.taint.includes('src:file')\n";
    shows(&files, main, "true\n");
}

#[test]
fn paths_are_texts() {
    for value in ["{ a: 1 }", "['a.txt']", "@f"] {
        for reference in ["<@n>", "<d/@n>"] {
            let main = format!("exe @f() = `x`\nvar @n = {value}\nshow {reference}\n");
            let error = script(&[("a.txt", "x")], &main).error();
            assert!(
                error.contains("A path is a text; @n is an"),
                "{main}{error}"
            );
        }
    }
    for (statement, what) in [
        (
            "output 'x' to \"@ws/o\"",
            "`output` or `append` to a file of a workspace",
        ),
        ("exe @t() = template \"@ws/t.att\"", "not supported yet"),
    ] {
        let main = format!("file <@ws/t.att> = 'x'\n{statement}\n");
        let error = script(&[], &main).error();
        assert!(error.contains(what), "{error}");
    }
}
