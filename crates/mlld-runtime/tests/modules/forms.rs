//! Exports, whole modules, folders, data, templates (spec 04 §4, §7.2, §7.4, §7.7).

use super::*;

#[test]
fn what_a_module_gives() {
    let files = [
        (
            "m.mld",
            "import { site } from './plant.mld'\nimport './plant.mld' as @whole\nvar @_a = 1\nexe @f(x, y) = `@x`\n",
        ),
        ("star.mld", "export { * }\nvar @z = 6\n"),
        (
            "list.mld",
            "export { @x }\nvar @x = 4\nvar @y = 5\nexport { y as @why }\n",
        ),
        (
            "all.mld",
            "export { y as @why }\nvar @y = 5\nexport { * }\n",
        ),
        ("empty.mld", ""),
        (
            "meta.mld",
            "---\nname: pump\n---\nvar @o = { f: 1 }\nexe @go() = 1\nvar @l = [@go]\n",
        ),
        PLANT,
    ];
    shows(
        &files,
        "import './m.mld' as @m\nfor @k, @v in @m => show @k\n",
        "site\n_a\nf\n",
    );
    shows(&files, "import { z } from './star.mld'\nshow @z\n", "6\n");
    shows(
        &files,
        "import './list.mld' as @m\nfor @k, @v in @m => show `@k @v`\n",
        "x 4\nwhy 5\n",
    );
    shows(
        &files,
        "import './all.mld' as @m\nfor @k, @v in @m => show `@k @v`\n",
        "y 5\nwhy 5\n",
    );
    shows(
        &files,
        "import './empty.mld' as @m\nshow @m\nshow @m.isObject()\n",
        "{}\ntrue\n",
    );
    shows(
        &files,
        "import './meta.mld' as @m\nshow @m\nshow @m.__meta__.name\n",
        r#"{
  "frontmatter": {
    "name": "pump"
  },
  "exports": {
    "variables": {
      "o": {
        "f": 1
      },
      "l": [
        "<function()>"
      ]
    },
    "executables": {
      "go": "<function()>"
    }
  }
}
pump
"#,
    );
    shows(
        &files,
        "import './m.mld'\nimport { * as @n } from './m.mld'\nshow @m.f(1)\nshow @n.site\nshow @m.mx.keys\n",
        "1\nnorth\n[\n  \"site\",\n  \"_a\",\n  \"f\"\n]\n",
    );
}

#[test]
fn show_prints_no_hidden_member_of_a_module() {
    let main = "import './plant.mld' as @p\nshow @p\n";
    let ran = script(&[PLANT], main);
    assert!(!ran.good().contains("hidden"), "{}", ran.out);
    assert!(
        ran.out.contains("\"greet\": \"<function(who)>\""),
        "{}",
        ran.out
    );
    let main = "policy @q = { labels: { secret: { deny: ['op:show'] } } }\nimport './plant.mld' as @p\nshow @p.site\nshow @p\n";
    let ran = script(&[PLANT], main);
    assert_eq!(ran.out, "north\n");
    assert!(
        ran.error().contains("'secret' cannot flow to 'op:show'"),
        "{}",
        ran.error()
    );
}

#[test]
fn folders_of_modules() {
    let files = [
        ("team/_draft/index.mld", "var @role = 'draft'\n"),
        (
            "team/ann/index.mld",
            "var @role = 'chief'\nexe @hi(x) = `hi @x`\n",
        ),
        ("team/bo-b/index.mld", "var @role = 'smith'\n"),
        ("team/none/readme.txt", "x"),
        ("tools/index.mld", "var @u = 'indexed'\n"),
        ("tools/x/index.mld", "var @u = 'inner'\n"),
        ("same/a b/index.mld", "var @u = 1\n"),
        ("same/a.b/index.mld", "var @u = 1\n"),
    ];
    let main = "import './team' as @team\nimport { ann } from './team'\nimport './team' as @full with { skipDirs: ['b*'] }\nimport './tools/' as @inner\nimport { u } from './tools'\nshow @team.ann.role\nshow @team['bo-b'].role\nshow @ann.hi('Cy')\nshow 'x' | @team.ann.hi\nfor @k, @v in @full => show @k\nshow @inner.x.u\nshow @u\n";
    shows(
        &files,
        main,
        "chief\nsmith\nhi Cy\nhi x\n_draft\nann\ninner\nindexed\n",
    );
    fails(
        &files,
        "import './same' as @s\n",
        "Duplicate directory import key 'a_b' under ./same",
    );
    fails(
        &files,
        "import './team' as @t\nshow @t._draft\n",
        "does not export \"_draft\"",
    );
    fails(
        &files,
        "import './team' as @t\nshow @t.ann.nope\n",
        "does not export \"nope\"",
    );
}

#[test]
fn data_files() {
    let files = [
        ("d.json", r#"{"host":"h","port":8,"deep":{"x":[1,2]}}"#),
        ("a.json", "[5,6]"),
        ("r.jsonl", "{\"n\":1}\n\n{\"n\":2}\n"),
        ("strict.json", "{a: 1}"),
    ];
    let main = "import { host, deep } from './d.json'\nimport './d.json' as @d\nimport { content } from './a.json'\nimport './r.jsonl' as @r\nshow `@host @deep.x[1] @d.port @content[1] @r.content[1].n`\n";
    shows(&files, main, "h 2 8 6 2\n");
    fails(
        &files,
        "import './strict.json' as @s\n",
        "Failed to parse JSON from strict.json",
    );
}

#[test]
fn template_folders() {
    let files = [
        ("mail/good-bye.att", "Bye @who, @note"),
        ("mail/hello.att", "Hello @who"),
        ("mail/legal/small.mtt", "({{who}})"),
        (
            "mail/legal/rows.att",
            "/for @r in @note\n@r @r_key @mx.labels\n/end\n",
        ),
        ("mail/readme.txt", "not one"),
        ("bad/x.att", "@who @other @third.x"),
        ("double/a.att", "1"),
        ("double/a.mtt", "2"),
        ("none/x.txt", "1"),
        ("plain/x.att", "no placeholder"),
    ];
    let main = "import templates from './mail' as @mail(who, note)\nshow @mail.hello('Ann', 'x')\nshow @mail['good-bye']('Bo', 'soon')\nshow @mail.legal.small('Cy', 'y')\nshow 'Di' | @mail.hello\n";
    shows(&files, main, "Hello Ann\nBye Bo, soon\n(Cy)\nHello Di\n");
    for (main, expected) in [
        (
            "import templates from './mail' as @m",
            "TEMPLATE_IMPORT_MISSING_PARAMS",
        ),
        (
            "import templates from './plain' as @m()",
            "TEMPLATE_IMPORT_MISSING_PARAMS",
        ),
        (
            "import templates from './mail/hello.att' as @m(who)",
            "TEMPLATE_IMPORT_NOT_DIRECTORY",
        ),
        (
            "import templates from './none' as @m(who)",
            "TEMPLATE_IMPORT_EMPTY No templates found under ./none",
        ),
        (
            "import templates from './bad' as @m(who)",
            "TEMPLATE_IMPORT_PARAM_MISMATCH Template 'x.att' references undeclared variables: other, third",
        ),
        (
            "import templates from './double' as @m(who)",
            "TEMPLATE_IMPORT_DUPLICATE_TEMPLATE Duplicate template name 'a' in ./double",
        ),
        (
            "import templates from './gone' as @m(who)",
            "File not found: ./gone",
        ),
    ] {
        fails(&files, &format!("{main}\n"), expected);
    }
}
