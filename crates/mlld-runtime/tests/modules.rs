//! Modules: what they give, what they see, what they carry (spec 04 §7, §9, §10; 05 §5.1, §6.1).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests write files and end when they cannot go on"
)]

mod support;

use mlld_runtime::syntax::Mode;
use mlld_runtime::{RunOptions, Source, run};
use std::path::Path;
use support::{Ran, Recorder, options, ran};

/// A file: its path, its text.
type File = (&'static str, &'static str);

fn write(folder: &Path, files: &[File]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn run_with(folder: &Path, options: &RunOptions, main: &str) -> Ran {
    let source = Source {
        name: "main.mld".into(),
        path: folder.join("main.mld"),
        text: main.into(),
        mode: Mode::Strict,
    };
    let host = Recorder::default();
    let result = run(&source, &host, options);
    ran(host, result)
}

/// Runs `main` beside `files`.
fn script(files: &[File], main: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    run_with(folder.path(), &options(), main)
}

fn shows(files: &[File], main: &str, expected: &str) {
    assert_eq!(script(files, main).good(), expected, "{main}");
}

#[track_caller]
fn fails(files: &[File], main: &str, expected: &str) {
    let ran = script(files, main);
    assert!(
        ran.error().contains(expected),
        "{}\nnot: {expected}",
        ran.error()
    );
}

/// The labels of `@r`, with provenance, folders left out.
fn taint(files: &[File], main: &str) -> Vec<String> {
    let text = format!("{main}\nfor @l in @r.mx.taint => show @l\n");
    let ran = script(files, &text);
    let lines = ran.good().lines().filter(|l| !l.starts_with("dir:"));
    lines.map(str::to_owned).collect()
}

const PLANT: File = (
    "plant.mld",
    "var @_spare = 'hidden'\nvar @site = 'north'\nvar secret @key = 'k1'\nexe @greet(who) = `@who at @site`\nexe @open(x) = `@x @key`\nexport { @site, @key, @greet, @open }\n",
);

// --- what a name carries ---------------------------------------------------------------------------------------

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

// --- isolation, evaluation -------------------------------------------------------------------------------------

#[test]
fn a_module_sees_nothing_of_its_importer() {
    let files = [(
        "m.mld",
        "exe @peek() = `see @mine`\nvar @early = `early @mine`\nexe @calls() = [ => @typeof(@mine) ]\n",
    )];
    let main = "var secret @mine = 's'\nexe @own() = 'o'\nimport { peek, early, calls } from './m.mld'\nshow @peek()\nshow @early\n";
    shows(&files, main, "see @mine\nearly @mine\n");
    fails(
        &files,
        &format!("{main}show @calls()\n"),
        "Variable not found: mine",
    );
    // Nor of the locals of whoever calls.
    let main = "import { peek } from './m.mld'\nexe @f(mine) = @peek()\nshow @f('x')\n";
    shows(&files, main, "see @mine\n");
}

#[test]
fn effects_of_a_module_do_not_happen() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[(
            "m.mld",
            r#"
exe @touch(x) = sh { echo "$x" >> log.txt; echo done }
show "noise"
log "noise"
output "x" to "a.txt"
append "x" to "b.txt"
file "c.txt" = "x"
files "d" = [{ "e.txt": "x" }]
run sh { echo run >> log.txt }
run @touch("bare run")
@touch("bare call")
stream @touch("stream")
foreach @touch(["f"])
if true [ show "noise"
  @touch("in if")
  run @touch("run in if") ]
when true => show "noise"
when true => @touch("in when")
when [ true => [ @touch("in when block")  show "x" ] ]
when true => "printed?"
for @x in [1] => show "noise"
for @x in [1] => @touch("in for")
for @x in [1] [ @touch("in for block") ]
for parallel @x in [1, 2] [ @touch("in parallel") ]
loop(2) [ @touch("in loop") ]
var @piped = "v" | show | output to "e.txt" | @upper
var @value = @touch("value")
var @ran = run @touch("value run")
var @chosen = when [ true => @touch("value when") ]
var @each = for @x in [1] => @touch("value for")
"#,
        )],
    );
    let main = "import { piped, value, ran, chosen, each } from './m.mld'\nshow `@piped @value @ran @chosen @each`\n";
    let ran = run_with(folder.path(), &options(), main);
    assert_eq!(ran.good(), "V done done done [\"done\"]\n");
    assert_eq!(ran.err, "");
    let log = std::fs::read_to_string(folder.path().join("log.txt")).unwrap();
    assert_eq!(log, "value\nvalue run\nvalue when\nvalue for\n");
    for name in ["a.txt", "b.txt", "c.txt", "d", "e.txt"] {
        assert!(!folder.path().join(name).exists(), "{name}");
    }
}

#[test]
fn effects_in_executables_of_a_module_happen() {
    let files = [(
        "m.mld",
        "exe @say(x) = [ show `said @x`  => 'v' ]\nvar @v = @say('early')\n",
    )];
    let main = "import { say, v } from './m.mld'\nvar @w = @say('late')\nshow @v\n";
    shows(&files, main, "said early\nsaid late\nv\n");
}

#[test]
fn prose_of_a_module_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[("m.md", "Prose.\n\n/var @v = 'from prose'\n")],
    );
    let options = RunOptions {
        output: mlld_runtime::Output::Document,
        ..options()
    };
    let ran = run_with(
        folder.path(),
        &options,
        "import { v } from './m.md'\nshow @v\n",
    );
    let document = ran.result.unwrap().document.unwrap();
    assert_eq!(document, "from prose\n");
}

#[test]
fn a_module_is_evaluated_once_by_its_real_path() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            (
                "m.mld",
                "exe @tick() = sh { echo tick >> count.txt; echo ok }\nvar @v = @tick()\n",
            ),
            ("n.mld", "import { v } from './m.mld'\nvar @twice = @v\n"),
        ],
    );
    std::os::unix::fs::symlink("m.mld", folder.path().join("link.mld")).unwrap();
    let main = "import { v } from './m.mld'\nimport { v as @b } from './link.mld'\nimport { twice } from './n.mld'\nimport { } from '././m.mld'\nshow `@v @b @twice`\n";
    let ran = run_with(folder.path(), &options(), main);
    assert_eq!(ran.good(), "ok ok ok\n");
    let count = std::fs::read_to_string(folder.path().join("count.txt")).unwrap();
    assert_eq!(count, "tick\n");
}

#[test]
fn an_executable_sees_its_module_as_it_is() {
    let files = [(
        "m.mld",
        "var @n = 1\nexe @up() = [ @n += 1  => @n ]\nexe @n_now() = `@n`\n",
    )];
    let main = "import './m.mld' as @m\nvar @a = @m.up()\nshow `@m.n_now() @m.n`\n";
    shows(&files, main, "2 1\n");
}

#[test]
fn paths_start_at_the_module() {
    let files = [
        (
            "lib/m.mld",
            "var @t = <./near.txt>\nexe @read() = <near.txt>\nexe @dir() = cmd { pwd }\nimport { x } from './sub/n.mld'\n",
        ),
        ("lib/near.txt", "near"),
        ("lib/sub/n.mld", "var @x = <../near.txt>\n"),
        ("near.txt", "far"),
    ];
    let main = "import { t, read, x, dir } from './lib/m.mld'\nshow `@t @read() @x`\nshow @dir().endsWith('/lib')\n";
    shows(&files, main, "near near near\ntrue\n");
}

#[test]
fn hooks_of_a_module_act_on_its_own_code() {
    let files = [(
        "m.mld",
        "hook after op:exe = [ => `hooked @output` ]\nexe @help(x) = `h@x`\nvar @v = @help(0)\n",
    )];
    let main = "import { help, v } from './m.mld'\nexe @own() = 'own'\nshow @own()\nshow @help(1)\nshow @v\n";
    shows(&files, main, "own\nhooked h1\nhooked h0\n");
    let main =
        "hook before op:import = [ log `importing @input` ]\nimport { help } from './m.mld'\n";
    assert_eq!(script(&files, main).err, "importing ./m.mld\n");
}

// --- policies --------------------------------------------------------------------------------------------------

#[test]
fn a_policy_of_a_module_holds_for_everybody() {
    let files = [(
        "m.mld",
        "policy @quiet = { labels: { secret: { deny: ['op:show'] } } }\nvar @x = 1\nexport { @x }\n",
    )];
    let main = "var secret @s = 's3'\nshow @s\nimport { x } from './m.mld'\nshow @x\nshow @s\n";
    let ran = script(&files, main);
    assert_eq!(ran.out, "s3\n1\n");
    assert!(
        ran.error().contains("'secret' cannot flow to 'op:show'"),
        "{}",
        ran.error()
    );
    // Through an import of an import, too, and once however often it is imported.
    let files = [
        files[0],
        ("n.mld", "import { x } from './m.mld'\nvar @y = 2\n"),
    ];
    let main = "import { y } from './n.mld'\nimport { x } from './m.mld'\nshow @mx.policy.activePolicies\nvar secret @s = 's3'\nshow @s\n";
    let ran = script(&files, main);
    assert_eq!(ran.out, "[\"quiet\"]\n");
    assert!(
        ran.error().contains("'secret' cannot flow to 'op:show'"),
        "{}",
        ran.error()
    );
}

#[test]
fn a_refusal_at_the_top_level_of_a_module_fails_the_import() {
    let files = [(
        "m.mld",
        "var secret @s = 's3'\nexe @f(x) = cmd { echo @x }\nvar @v = @f(@s)\n",
    )];
    let main = "policy @p = { labels: { secret: { deny: ['op:cmd'] } } }\nshow 'start'\nimport { v } from './m.mld'\nshow 'end'\n";
    let ran = script(&files, main);
    assert_eq!(ran.out, "start\n");
    let denial = ran.result.err().unwrap().denial.unwrap();
    assert_eq!(denial.blocker.name, "p");
    assert_eq!(&*denial.place.unwrap().file, "m.mld");
    // And a function that was imported before the policy is governed when it is called after it.
    let files = [("n.mld", "exe @f(x) = cmd { echo @x }\n")];
    let main = "import { f } from './n.mld'\npolicy @p = { labels: { secret: { deny: ['op:cmd'] } } }\nvar secret @s = 's3'\nshow @f(@s)\n";
    fails(&files, main, "'secret' cannot flow to 'op:cmd'");
}

// --- mistakes --------------------------------------------------------------------------------------------------

#[test]
fn mistakes_in_imports() {
    let files = [
        PLANT,
        ("other.mld", "var @site = 1\n"),
        ("bad.mld", "var @q =\n"),
        ("fails.mld", "var @a = 1\nvar @q = @gone\n"),
        ("outer.mld", "import { q } from './fails.mld'\n"),
        ("deep.mld", "import { q } from './bad.mld'\n"),
        ("undefined.mld", "var @q = 1\nexport { q, nope }\n"),
        (
            "twice.mld",
            "var @a = 1\nvar @b = 2\nexport { a as @x, b as @x }\n",
        ),
        ("bails.mld", "bail 'not set up'\n"),
        ("t.txt", "text"),
        ("x.att", "text"),
        ("broken.json", "{\"a\": }"),
        ("rows.jsonl", "1\n{bad}\n"),
        ("matter.mld", "---\na: [\n---\nvar @a = 1\n"),
        ("2024.mld", "var @a = 1\n"),
        ("nul.mld", "var @a = '\0'\n"),
        ("empty/readme.txt", "x"),
    ];
    for (main, expected) in [
        (
            "import { _spare } from './plant.mld'",
            "IMPORT_EXPORT_MISSING Import '_spare' not found in module './plant.mld'",
        ),
        (
            "import { site } from './plant.mld'\nimport { site } from './other.mld'",
            "IMPORT_NAME_CONFLICT Import collision - 'site' already imported from ./plant.mld. Alias one of the imports.",
        ),
        (
            "import { site, site } from './plant.mld'",
            "IMPORT_NAME_CONFLICT Import collision - 'site' already imported from ./plant.mld",
        ),
        (
            "var @site = 1\nimport { site } from './plant.mld'",
            "Variable 'site' is already defined locally and cannot be imported",
        ),
        (
            "import { site } from './plant.mld'\nvar @site = 1",
            "Variable 'site' is already imported and cannot be redefined locally",
        ),
        (
            "import { site } from './plant.mld'\nexe @site() = 1",
            "Variable 'site' is already imported and cannot be redefined locally",
        ),
        (
            "import { site } from './plant.mld'\nif true [ @site += 'x' ]",
            "Variable 'site' is already imported and cannot be redefined locally",
        ),
        (
            "import { site as @now } from './plant.mld'",
            "Cannot create variable '@now': this name is already reserved",
        ),
        (
            "import './plant.mld' as @base",
            "Cannot create variable '@base': this name is already reserved",
        ),
        (
            "import './plant.mld' as @p\nshow @p._spare",
            "Namespace @p does not export \"_spare\". Available exports: site, key, greet, open. Imported from ./plant.mld.",
        ),
        (
            "import './plant.mld' as @p\nshow @p.nope()",
            "Namespace @p does not export \"nope\"",
        ),
        (
            "import './plant.mld' as @p\nvar @x = 'a' | @p.nope",
            "Namespace @p does not export \"nope\"",
        ),
        (
            "import './plant.mld' as @p\nshow @p.site()",
            "not executable",
        ),
        (
            "import { x } from './lib/gone.mld'",
            "FILE_NOT_FOUND File not found: ./lib/gone.mld",
        ),
        (
            "import { q } from './bad.mld'",
            "PARSE_ERROR Failed to parse imported file './bad.mld': Missing value in var directive.",
        ),
        (
            "import { q } from './deep.mld'",
            "Error evaluating imported file './deep.mld': Failed to parse imported file './bad.mld': Missing value",
        ),
        (
            "import { q } from './fails.mld'",
            "Error evaluating imported file './fails.mld': Variable not found: gone",
        ),
        (
            "import { q } from './outer.mld'",
            "Error evaluating imported file './outer.mld': Error evaluating imported file './fails.mld': Variable not found: gone",
        ),
        (
            "import { q } from './undefined.mld'",
            "EXPORTED_NAME_NOT_FOUND Error evaluating imported file './undefined.mld': Exported name 'nope' is not defined in this module",
        ),
        (
            "import { x } from './twice.mld'",
            "Two different things are exported as 'x'",
        ),
        ("import { x } from './bails.mld'", "BAIL_EXIT not set up"),
        (
            "import './t.txt' as @t",
            "IMPORT_NOT_A_MODULE ./t.txt cannot be imported as a module",
        ),
        ("import './x.att' as @t", "TEMPLATE_IMPORT_NOT_ALLOWED"),
        (
            "import './broken.json' as @b",
            "Failed to parse JSON from broken.json",
        ),
        (
            "import './rows.jsonl' as @b",
            "Failed to parse JSONL from rows.jsonl at line 2",
        ),
        ("import './matter.mld' as @b", "Invalid YAML frontmatter"),
        (
            "import './2024.mld'",
            "'./2024.mld' gives no name for the module",
        ),
        ("import './nul.mld' as @n", "NUL"),
        (
            "import './empty' as @e",
            "DIRECTORY_IMPORT_EMPTY No index.mld modules found under ./empty",
        ),
        (
            "import './empty' as @e with { skipDirs: 'x' }",
            "DIRECTORY_IMPORT_INVALID_OPTION Import with { skipDirs: [...] } expects an array",
        ),
        (
            "import './empty' as @e with { skipDirz: [] }",
            "Unknown option 'skipDirz'",
        ),
        (
            "import './plant.mld' as @e with { skipDirs: [] }",
            "DIRECTORY_IMPORT_INVALID_OPTION",
        ),
        (
            "import live { site } from './plant.mld'",
            "IMPORT_TYPE_MISMATCH Import type 'live' is only valid for resolvers, URLs, or @input.",
        ),
        (
            "import module { site } from './plant.mld'",
            "IMPORT_TYPE_MISMATCH Import type 'module' requires a registry module reference.",
        ),
        (
            "import cached(5m) { site } from './plant.mld'",
            "IMPORT_TYPE_MISMATCH Import type 'cached' requires an absolute URL source.",
        ),
        (
            "import static { iso } from @now",
            "IMPORT_TYPE_MISMATCH Import type 'static' supports local files",
        ),
        (
            "import { x } from @keychain",
            "KEYCHAIN_DIRECT_ACCESS_DENIED Direct keychain imports are not available. Use policy.auth with using auth:*.",
        ),
        (
            "import { x } from \"@keychain\"",
            "KEYCHAIN_DIRECT_ACCESS_DENIED",
        ),
        (
            "import { x } from @state",
            "No resolver found for reference: @state",
        ),
        (
            "import { x } from \"@style\"",
            "No resolver found for reference: @style",
        ),
        ("import { nope } from @now", "IMPORT_EXPORT_MISSING"),
        (
            "import { x } from @a/b",
            "Failed to resolve @a/b from registry",
        ),
        ("import { x } from @a/../b", "no reference to a module"),
        (
            "import { x } from <./plant.mld # S>",
            "An import takes a whole file",
        ),
    ] {
        let ran = script(&files, &format!("{main}\n"));
        assert!(
            ran.error().contains(expected),
            "{main}\n{}\nnot: {expected}",
            ran.error()
        );
    }
}

#[test]
fn what_is_not_built_says_so() {
    for main in [
        "import { x } from @input",
        "import policy @p from './plant.mld'",
        "import { allow.cmd } from './plant.mld'",
        "import tools { @x } from mcp 'server'",
        "import { x } from node @path",
        "import { x } from @py/math",
        "import policy @p from '@mlld/production'",
        "import { x } from '@mlld/production'",
        "import { x } from 'https://example.com/m.mld'",
        "import 'node:path' as @p",
        "import local { x } from @me/dev",
        "import { g } from './guards.mld'",
        "needs { node: ['left-pad'] }",
    ] {
        let files = [
            PLANT,
            (
                "guards.mld",
                "guard @g before op:log = when [ * => deny 'x' ]\n",
            ),
        ];
        let ran = script(&files, &format!("{main}\n"));
        assert!(
            ran.error().contains("is not supported yet"),
            "{main}\n{}",
            ran.error()
        );
    }
}

#[test]
fn a_ring_of_imports_is_told_whole() {
    let files = [
        ("a.mld", "var @x = 1\nimport { b } from './b.mld'\n"),
        ("b.mld", "import { c } from './sub/c.mld'\n"),
        ("sub/c.mld", "\n\nimport { x } from '../a.mld'\n"),
    ];
    let ran = script(&files, "import { x } from './a.mld'\n");
    let report = ran.result.as_ref().err().unwrap();
    assert!(
        report
            .message
            .ends_with("Circular import detected: ../a.mld"),
        "{}",
        report.message
    );
    for line in [
        "a.mld:2 imports ./b.mld",
        "b.mld:1 imports ./sub/c.mld",
        "sub/c.mld:3 imports ../a.mld",
    ] {
        assert!(
            report.details.iter().any(|d| d == line),
            "{line}: {:?}",
            report.details
        );
    }
    assert!(!report.details.iter().any(|d| d.starts_with("main.mld")));
    // A script that imports itself.
    let folder = tempfile::tempdir().unwrap();
    let main = "var @x = 1\nimport { x as @y } from './main.mld'\n";
    write(folder.path(), &[("main.mld", "")]);
    let ran = run_with(folder.path(), &options(), main);
    assert!(
        ran.error().contains("Circular import detected: ./main.mld"),
        "{}",
        ran.error()
    );
}

#[test]
fn a_mistake_in_a_module_names_its_file_and_line() {
    let files = [("lib/m.mld", "var @a = 1\nvar @q = @gone\n")];
    let ran = script(&files, "import { q } from './lib/m.mld'\n");
    let place = ran.result.err().unwrap().place.unwrap();
    assert_eq!((&*place.file, place.line), ("lib/m.mld", 2));
    let files = [(
        "lib/m.mld",
        "var @a = 1\nexe @f(x) = cmd { false }\nexe @g(x) = [\n  => @x.a.b()\n]\n",
    )];
    let ran = script(
        &files,
        "import { g } from './lib/m.mld'\n\n\nshow @g('x')\n",
    );
    let place = ran.result.err().unwrap().place.unwrap();
    assert_eq!((&*place.file, place.line), ("lib/m.mld", 4));
}

// --- names, namespaces, folders --------------------------------------------------------------------------------

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
fn special_sources() {
    let main = "import { iso, unix, date, time as @t } from @now\nimport @now as @clock\nshow `@iso @unix @date @t @clock.date`\n";
    shows(
        &[],
        main,
        "2026-01-02T03:04:05.678Z 1767323045 2026-01-02 03:04:05 2026-01-02\n",
    );
    let main = "import { gone } from @payload\nimport @payload as @p\nimport { other } from \"@payload\"\nshow `[@gone] @p [@other]`\n";
    shows(&[], main, "[null] {} [null]\n");
    let main = "output 'v' to \"state://a\"\nimport { a } from @state\nshow `@a @a.mx.taint`\n";
    shows(&[], main, "v [\"src:dynamic\"]\n");
}

#[test]
fn roots_and_prefixes() {
    let config = r#"{"resolvers":{"prefixes":[
        {"prefix":"@parts/","resolver":"LOCAL","config":{"basePath":"./stock","allowedExtensions":["mld","txt"],"maxDepth":1}},
        {"prefix":"@parts/deep/","resolver":"LOCAL","config":{"basePath":"./other","followSymlinks":false}},
        {"prefix":"@hub/","resolver":"GITHUB","config":{"repository":"a/b"}},
        {"prefix":"@odd/","resolver":"ODD"}]}}"#;
    let folder = tempfile::tempdir().unwrap();
    let files: &[(&str, &str)] = &[
        ("mlld-config.json", config),
        ("stock/valve.mld", "var @v = 'brass'\n"),
        ("stock/note.txt", "noted"),
        ("stock/d.json", "{}"),
        ("stock/a/b/deep.mld", "var @v = 'deep'\n"),
        ("other/x.mld", "var @v = 'other'\n"),
        ("secret.txt", "s3"),
        ("lib/plant.mld", "var @site = 'north'\n"),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for (from, link) in [
        ("secret.txt", "stock/link.txt"),
        ("other/x.mld", "other/y.mld"),
    ] {
        let from = folder.path().join(from);
        std::os::unix::fs::symlink(from, folder.path().join(link)).unwrap();
    }
    let go = |main: &str| run_with(folder.path(), &options(), main);
    let good = "import { site } from <@root/lib/plant.mld>\nimport { site as @b } from \"@base/lib/plant.mld\"\nimport { site as @c } from @root/lib/plant\nimport { v } from @parts/valve\nimport { v as @w } from \"@parts/valve.mld\"\nimport { v as @o } from @parts/deep/x\nshow `@site @b @c @v @w @o`\nshow <@parts/note.txt>\nshow \"<@parts/note.txt>\"\n";
    assert_eq!(
        go(good).good(),
        "north north north brass brass other\nnoted\nnoted\n"
    );
    for (main, expected) in [
        (
            "show <@parts/../secret.txt>",
            "Access denied: @parts/../secret.txt is outside its prefix",
        ),
        (
            "show <@parts/link.txt>",
            "Access denied: @parts/link.txt is outside its prefix",
        ),
        (
            "import { x } from \"@parts/../lib/plant.mld\"",
            "is outside its prefix",
        ),
        (
            "import { v } from @parts/a/b/deep",
            "lies deeper than 1 folders",
        ),
        ("import { v } from @parts/deep/y.mld", "is a link"),
        (
            "import \"@parts/d.json\" as @d",
            "has an extension that its prefix does not allow",
        ),
        (
            "import { v } from @parts/gone",
            "File not found: @parts/gone",
        ),
        (
            "import { v } from @hub/x",
            "The resolver 'GITHUB' is not supported yet",
        ),
        ("import { v } from @odd/x", "Resolver 'ODD' not found"),
        ("show <@parts/*.txt>", "is not supported yet"),
        (
            "var @parts = 1",
            "Cannot create variable '@parts': this name is already reserved",
        ),
        (
            "import { site as @parts } from './lib/plant.mld'",
            "already reserved",
        ),
        ("if true [ let @parts = 1 ]", "already reserved"),
    ] {
        let ran = go(&format!("{main}\n"));
        assert!(
            ran.error().contains(expected),
            "{main}\n{}\nnot: {expected}",
            ran.error()
        );
    }
}

#[test]
fn forbidden_paths_cannot_be_imported() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            (
                "inner/mlld-config.json",
                r#"{"security":{"allowAbsolutePaths":false}}"#,
            ),
            ("outside.mld", "var @x = 1\n"),
            ("out/index.mld", "var @x = 1\n"),
        ],
    );
    let inner = folder.path().join("inner");
    std::os::unix::fs::symlink("../outside.mld", inner.join("link.mld")).unwrap();
    std::os::unix::fs::symlink("../out", inner.join("dir")).unwrap();
    for path in ["../outside.mld", "./link.mld", "./dir"] {
        let ran = run_with(
            &inner,
            &options(),
            &format!("import {{ x }} from '{path}'\n"),
        );
        let error = ran.error();
        assert!(
            error.contains("is outside the project root"),
            "{path}: {error}"
        );
    }
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
    ];
    let main = "import templates from './mail' as @mail(who, note)\nshow @mail.hello('Ann', 'x')\nshow @mail['good-bye']('Bo', 'soon')\nshow @mail.legal.small('Cy', 'y')\nshow 'Di' | @mail.hello\n";
    shows(&files, main, "Hello Ann\nBye Bo, soon\n(Cy)\nHello Di\n");
    for (main, expected) in [
        (
            "import templates from './mail' as @m",
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

#[test]
fn needs_are_checked() {
    shows(
        &[],
        "needs { sh, cmd: [ls, cat], network, filesystem: true, ls }\nshow 'go'\n",
        "go\n",
    );
    let files = [(
        "m.mld",
        "needs { cmd: [no-such-one, ls], no-such-two }\nvar @p = 1\n",
    )];
    fails(
        &files,
        "import { p } from './m.mld'\n",
        "Module requires capabilities not available: cmd:no-such-one (command not found in PATH), cmd:no-such-two (command not found in PATH)",
    );
    fails(
        &[],
        "needs { keychain }\n",
        "/needs contains unsupported key 'keychain'",
    );
}

// --- locked modules --------------------------------------------------------------------------------------------

/// A project with one locked module, whose cached content is `cached`.
struct Project {
    home: tempfile::TempDir,
    folder: tempfile::TempDir,
}

/// The hash of `var @v = "good"` and a line end, in both spellings.
const GOOD: &str = "var @v = \"good\"\nexe @f(x) = `f @x`\n";

impl Project {
    fn new(cached: &str, lock: impl FnOnce(&str) -> String) -> Self {
        use sha2::{Digest, Sha256};
        let hash: String = Sha256::digest(GOOD.as_bytes())
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let project = Self {
            home: tempfile::tempdir().unwrap(),
            folder: tempfile::tempdir().unwrap(),
        };
        let (first, rest) = hash.split_at(2);
        let at = project
            .home
            .path()
            .join(".mlld/cache/sha256")
            .join(first)
            .join(rest);
        std::fs::create_dir_all(&at).unwrap();
        std::fs::write(at.join("content.mld"), cached).unwrap();
        std::fs::write(project.folder.path().join("mlld-lock.json"), lock(&hash)).unwrap();
        project
    }

    fn run(&self, main: &str) -> Ran {
        let options = RunOptions {
            home: Some(self.home.path().to_path_buf()),
            ..options()
        };
        run_with(self.folder.path(), &options, main)
    }
}

fn lock(hash: &str, integrity: &str) -> String {
    format!(
        r#"{{"lockfileVersion":1,"modules":{{"@acme/valve":{{"version":"1.2.0","resolved":"{hash}","integrity":"{integrity}","sourceUrl":"https://example.com/valve"}}}}}}"#
    )
}

#[test]
fn a_locked_module_comes_from_the_cache() {
    let project = Project::new(GOOD, |h| lock(h, &format!("sha256:{h}")));
    let main = "import { v, f } from @acme/valve\nimport module { v as @w } from @acme/valve@^1.0.0\nimport @acme/valve.mld as @m\nvar @r = @f('x')\nshow `@v @w @m.v @r`\nshow `@v.mx.taint @v.mx.sources @r.mx.taint @m.v.mx.taint`\n";
    let ran = project.run(main);
    assert_eq!(
        ran.good(),
        "good good good f x\n[\"src:network\"] [\"https://example.com/valve\"] [\"src:network\",\"src:template\"] [\"src:network\"]\n"
    );
    for (main, expected) in [
        (
            "import { v } from @acme/valve@2.0.0",
            "@acme/valve@2.0.0 is asked for, but mlld-lock.json has version 1.2.0",
        ),
        (
            "import { v } from @acme/other",
            "Failed to resolve @acme/other from registry",
        ),
        (
            "import static { v } from @acme/valve",
            "IMPORT_TYPE_MISMATCH",
        ),
    ] {
        let error = project.run(main).error();
        assert!(error.contains(expected), "{main}: {error}");
    }
}

#[test]
fn a_locked_module_that_was_changed_is_refused() {
    let zeros = "0".repeat(64);
    // The cached content is not what its place says.
    let project = Project::new("var @v = \"evil\"\n", |h| lock(h, &format!("sha256:{h}")));
    let ran = project.run("show 'a'\nimport { v } from @acme/valve\nshow @v\n");
    assert_eq!(ran.out, "a\n");
    assert!(
        ran.error()
            .contains("INTEGRITY_ERROR Cache corruption detected: Content hash mismatch for"),
        "{}",
        ran.error()
    );
    // The lock file contradicts itself: both hashes are named.
    let project = Project::new(GOOD, |h| lock(h, &format!("sha256:{zeros}")));
    let error = project.run("import { v } from @acme/valve\n").error();
    assert!(
        error.contains(&format!(
            "Module integrity check failed for @acme/valve: expected sha256:{zeros}, got sha256:"
        )),
        "{error}"
    );
    // A lock file that cannot be read is no lock file without entries.
    for (broken, expected) in [
        ("{", "Failed to load mlld-lock.json"),
        (
            r#"{"modules":{"@acme/valve":{"version":"1.0.0"}}}"#,
            "'resolved' is missing",
        ),
    ] {
        let project = Project::new(GOOD, |_| broken.to_owned());
        let error = project.run("import { v } from @acme/valve\n").error();
        assert!(error.contains(expected), "{error}");
    }
}
