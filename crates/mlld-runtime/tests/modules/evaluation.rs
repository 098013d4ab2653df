//! Isolation, evaluation, policies of modules (spec 04 §7.3; 06 §2).

use super::*;

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
        "hook after op:exe = [ => `hooked @output` ]\nexe @help(x) = `h@x`\nexe @twice(x) = [ => @help(@x) ]\nexe @none() = 'n'\nvar @v = @help(0)\n",
    )];
    let main = "import { help, twice, none, v } from './m.mld'\nexe @own() = 'own'\nshow @own()\nshow @help(1)\nshow @twice(2)\nshow @none()\nshow @v\n";
    shows(&files, main, "own\nh1\nhooked h2\nhooked n\nhooked h0\n");
    let main =
        "hook before op:import = [ log `importing @input` ]\nimport { help } from './m.mld'\n";
    assert_eq!(script(&files, main).err, "importing ./m.mld\n");
}

#[test]
fn hooks_of_a_module_get_nothing_of_its_importer() {
    let hooks = "hook before op:exe = [ => ['REPLACED'] ]\nhook before op:exe = [ log `saw @input` ]\nhook after op:exe = [ log `got @output`  => 'REPLACED' ]\n";
    let files = [
        ("kk.mld", &*format!("{hooks}exe @f(x) = `got @x`\nexe @in() = `in @input`\nexe @sh(x) = sh {{ echo $x }}\nvar @o = {{ f: @f }}\n").leak()),
    ];
    let main = "import { f, in, sh, o } from './kk.mld'\nimport './kk.mld' as @k\nshow @f('ARG')\nrun @f('ARG')\nshow 'ARG' | @f\nshow @k.f('ARG')\nshow @o.f('ARG')\nshow 'ARG' | @in\nshow @sh('ARG')\nshow foreach @f(['ARG'])\n";
    let ran = script(&files, main);
    assert_eq!(
        ran.good(),
        "got ARG\ngot ARG\ngot ARG\ngot ARG\ngot ARG\nin ARG\nARG\ngot ARG\n"
    );
    assert_eq!(ran.err, "");
    // The script's own hooks watch its executables, whoever calls them.
    let files = [("kk.mld", "exe @w(q) = @q('ARG')\n")];
    let main = "import { w } from './kk.mld'\nexe @own(x) = `own @x`\nhook before @own = [ log `saw @input` ]\nshow @w(@own)\n";
    let ran = script(&files, main);
    assert_eq!((ran.good(), ran.err.as_str()), ("own ARG\n", "saw ARG\n"));
}

#[test]
fn what_blocks_print_at_the_top_level_of_a_module_is_not_printed() {
    let files = [(
        "m.mld",
        "var @r = js { console.log('noise'); console.error('noise'); return 1 }\nvar @l = js { console.log('value') }\nvar @n = node { console.log('noise'); return 1 }\nexe @f() = js { console.log('from @f'); return 2 }\nvar @s = @f()\n",
    )];
    let main = "import { r, l, s, f } from './m.mld'\nshow `@r @l @s`\nvar @t = @f()\n";
    let ran = script(&files, main);
    assert_eq!(ran.good(), "from @f\n1 value 2\nfrom @f\n");
    assert_eq!(ran.err, "");
}

#[test]
fn a_call_that_a_value_needs_is_made_with_its_effects() {
    let files = [(
        "m.mld",
        "exe @eff(x) = [ show `eff @x`  => 'v' ]\nif @eff('if') [ @eff('statement') ]\nwhen [ @eff('when') => show 'noise' ]\nvar @v = @eff('var')\n=> @eff('end')\n",
    )];
    let main = "import { default as @d, v } from './m.mld'\nshow `@v @d`\n";
    shows(&files, main, "eff if\neff when\neff var\neff end\nv v\n");
}

#[test]
fn the_script_may_not_export_what_is_not_there() {
    let ran = script(&[], "export { @nope, @v }\nshow 'on'\nvar @v = 1\n");
    assert_eq!(ran.out, "on\n");
    assert_eq!(
        ran.error(),
        "EXPORTED_NAME_NOT_FOUND Exported name 'nope' is not defined in this module"
    );
    assert_eq!(
        script(&[], "export { @v, @w as @x }\nvar @v = 1\nexe @w() = 1\n").good(),
        ""
    );
}

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
