//! What an imported name carries (spec 04 §7.9; 05 §5.1, §6.1).

use super::*;

#[test]
fn labels_of_what_is_imported() {
    let rows: &[(&str, &str, &[&str])] = &[
        (
            "a value",
            "import { site } from './plant.mld'\nvar @r = @site",
            &["src:file"],
        ),
        (
            "a labelled value",
            "import { key } from './plant.mld'\nvar @r = @key",
            &["secret", "src:file"],
        ),
        (
            "under another name",
            "import { key as @k } from './plant.mld'\nvar @r = @k",
            &["secret", "src:file"],
        ),
        (
            "a member has its own labels",
            "import './plant.mld' as @p\nvar @r = @p.site",
            &["src:file"],
        ),
        (
            "a member by key",
            "import './plant.mld' as @p\nvar @r = @p['key']",
            &["secret", "src:file"],
        ),
        (
            "a member by a labelled key",
            "import './plant.mld' as @p\nvar pii @k = 'site'\nvar @r = @p[@k]",
            &["secret", "src:file", "pii"],
        ),
        (
            "a whole module",
            "import './plant.mld' as @p\nvar @r = @p",
            &["secret", "src:file"],
        ),
        (
            "a whole module in a template",
            "import './plant.mld' as @p\nvar @r = `x @p`",
            &["secret", "src:file"],
        ),
        (
            "a member of a copy",
            "import './plant.mld' as @p\nvar @q = @p\nvar @r = @q.site",
            &["secret", "src:file"],
        ),
        (
            "labels of the statement",
            "import pii { site } from './plant.mld'\nvar @r = @site",
            &["pii", "src:file"],
        ),
        (
            "labels of the statement, through the module",
            "import pii './plant.mld' as @p\nvar @r = @p.site",
            &["pii", "src:file"],
        ),
        (
            "labels of the statement, on calls",
            "import pii { greet } from './plant.mld'\nvar @r = @greet('a')",
            &["pii", "src:template"],
        ),
        (
            "labels of the path",
            "var pii @dir = '.'\nimport { site } from \"@dir/plant.mld\"\nvar @r = @site",
            &["pii", "src:file"],
        ),
        (
            "labels of the path, on calls",
            "var pii @dir = '.'\nimport { greet } from \"@dir/plant.mld\"\nvar @r = @greet('a')",
            &["pii", "src:template"],
        ),
        (
            "labels of the path in brackets",
            "var pii @dir = '.'\nimport { site } from <@dir/plant.mld>\nvar @r = @site",
            &["pii", "src:file"],
        ),
        (
            "a call",
            "import { greet } from './plant.mld'\nvar @r = @greet('a')",
            &["src:template"],
        ),
        (
            "a call of what closes over a secret",
            "import { open } from './plant.mld'\nvar @r = @open('a')",
            &["secret", "src:template"],
        ),
        (
            "a call through the module",
            "import './plant.mld' as @p\nvar @r = @p.greet('a')",
            &["src:template"],
        ),
        (
            "an argument",
            "import './plant.mld' as @p\nvar pii @a = 'a'\nvar @r = @p.greet(@a)",
            &["pii", "src:template"],
        ),
        (
            "a stage",
            "import { greet } from './plant.mld'\nvar @r = 'a' | @greet",
            &["src:template"],
        ),
        (
            "a stage through the module",
            "import './plant.mld' as @p\nvar @r = 'a' | @p.greet",
            &["src:template"],
        ),
        (
            "an executable as a value",
            "import { greet } from './plant.mld'\nvar @r = @greet",
            &["src:file"],
        ),
        (
            "a call of a copy",
            "import { open } from './plant.mld'\nvar @f = @open\nvar @r = @f('a')",
            &["src:file", "secret", "src:template"],
        ),
        (
            "named in a body",
            "import { key } from './plant.mld'\nexe @f() = `x @key`\nvar @r = @f()",
            &["secret", "src:file", "src:template"],
        ),
        (
            "a member named in a body",
            "import './plant.mld' as @p\nexe @f() = `x @p.key`\nvar @r = @f()",
            &["secret", "src:file", "src:template"],
        ),
        (
            "nothing of the importer's",
            "var pii @mine = 'm'\nvar @used = `@mine`\nimport { site } from './plant.mld'\nvar @r = @site",
            &["src:file"],
        ),
        (
            "a data file",
            "import { deep } from './d.json'\nvar @r = @deep.x[0]",
            &["src:file"],
        ),
        (
            "a data file as a whole",
            "import './d.json' as @d\nvar @r = @d.deep.x",
            &["src:file"],
        ),
        (
            "a folder's member",
            "import './team' as @t\nvar @r = @t.ann.role",
            &["pii", "src:file"],
        ),
        (
            "a folder's other member",
            "import './team' as @t\nvar @r = @t.bob.role",
            &["src:file"],
        ),
        (
            "two modules deep",
            "import { note } from './middle.mld'\nvar @r = @note",
            &["secret", "src:file"],
        ),
        (
            "a module exported by a module",
            "import { p } from './middle.mld'\nvar @r = @p.site",
            &["src:file"],
        ),
        (
            "an executable exported again",
            "import { greet } from './middle.mld'\nvar @r = @greet('a')",
            &["src:template"],
        ),
        (
            "the value that a module returns",
            "import { default } from './returns.mld'\nvar @r = @default",
            &["secret", "src:file"],
        ),
        (
            "front matter",
            "import './middle.mld' as @m\nvar @r = @m.__meta__.name",
            &["src:file"],
        ),
        ("the clock", "import { iso } from @now\nvar @r = @iso", &[]),
        (
            "what the caller gives",
            "import { topic } from @payload\nvar @r = @topic",
            &["src:dynamic"],
        ),
        (
            "what the caller gives, with labels of the statement",
            "import pii { topic } from @payload\nvar @r = @topic",
            &["src:dynamic", "pii"],
        ),
        (
            "a template of a folder",
            "import templates from './mail' as @t(who)\nvar secret @w = 'w'\nvar @r = @t.hello(@w)",
            &["secret", "src:template"],
        ),
        (
            "a template of a labelled folder",
            "var pii @dir = './mail'\nimport templates from \"@dir\" as @t(who)\nvar @r = @t.hello('w')",
            &["pii", "src:template"],
        ),
    ];
    let files = [
        PLANT,
        ("d.json", r#"{"deep":{"x":[1]}}"#),
        ("team/ann/index.mld", "var pii @role = 'chief'\n"),
        ("team/bob/index.mld", "var @role = 'smith'\n"),
        (
            "middle.mld",
            "---\nname: pump\n---\nimport { key, greet } from './plant.mld'\nimport './plant.mld' as @p\nvar @note = `key @key`\nexport { note, greet, p }\n",
        ),
        (
            "returns.mld",
            "import { key } from './plant.mld'\n=> { k: @key }\n",
        ),
        ("mail/hello.att", "Hello @who"),
    ];
    let mut wrong = String::new();
    for (name, main, expected) in rows {
        let mut found = taint(&files, main);
        let mut expected: Vec<String> = expected.iter().map(|l| (*l).to_owned()).collect();
        found.sort();
        expected.sort();
        if found != expected {
            wrong.push_str(&format!("{name}: {found:?}, not {expected:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn folders_and_sources_of_the_module_are_known() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("lib/m.mld", "var @p = 1\n")]);
    let main = "import { p } from './lib/m.mld'\nshow @p.mx.sources[0]\nfor @l in @p.mx.taint => show @l\n";
    let ran = run_with(folder.path(), &options(), main);
    let real = folder.path().canonicalize().unwrap();
    let (lib, real) = (real.join("lib"), real.display().to_string());
    let out = ran.good();
    assert!(out.starts_with(&format!(
        "{}/m.mld\nsrc:file\ndir:{}\n",
        lib.display(),
        lib.display()
    )));
    assert!(out.contains(&format!("\ndir:{real}\n")));
}

#[test]
fn a_path_may_not_flow_where_a_policy_says_so() {
    let main = "policy @p = { labels: { pii: { deny: ['op:import'] } } }\nvar pii @who = 'plant'\nimport { site } from \"./@who\\.mld\"\n";
    let ran = script(&[PLANT], main);
    assert!(
        ran.error().contains("'pii' cannot flow to 'op:import'"),
        "{}",
        ran.error()
    );
    let denial = ran.result.err().unwrap().denial.unwrap();
    assert_eq!(denial.operation_labels, ["op:import"]);
}

#[test]
fn labelled_paths_are_not_told() {
    for (main, from) in [
        ("import { x } from \"./@p/gone.mld\"", "File not found"),
        ("import { x } from \"./@p/m.mld\"", "not found in module"),
        ("import { y, y } from \"./@p/m.mld\"", "collision"),
        ("import \"./@p/bad.mld\" as @m", "Failed to parse"),
        ("import \"./@p/t.txt\" as @m", "cannot be imported"),
        ("import \"./@p/fails.mld\" as @m", "Error evaluating"),
    ] {
        let files = [
            ("s3cr3t/m.mld", "var @y = 1\n"),
            ("s3cr3t/bad.mld", "var @y =\n"),
            ("s3cr3t/t.txt", "x"),
            ("s3cr3t/fails.mld", "var @y = @gone\n"),
        ];
        let ran = script(&files, &format!("var secret @p = 's3cr3t'\n{main}\n"));
        let report = ran.result.err().unwrap();
        let told = format!("{} {:?} {:?}", report.message, report.details, report.hint);
        assert!(!told.contains("s3cr3t"), "{from}: {told}");
        assert!(told.contains("withheld"), "{from}: {told}");
    }
}
