//! Boxes: blocks whose commands and files are those of a workspace (spec 04 §6, 08 §11).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use mlld_runtime::syntax::Mode;
use mlld_runtime::{ProcessOptions, RunOptions, Source, run};
use std::fs;
use std::path::Path;
use std::time::Duration;
use support::{Recorder, options, ran, script, script_in};

/// What a script prints.
fn shown(text: &str) -> String {
    let ran = script(text);
    assert_eq!(ran.error(), "", "{text}\n{}", ran.err);
    ran.out
}

fn error(text: &str) -> String {
    script(text).error()
}

/// What has to be the result of each of the scripts.
fn all(rows: &[(&str, &str)]) {
    for (text, want) in rows {
        assert_eq!(shown(text), *want, "{text}");
    }
}

/// What the error of each of the scripts has to say.
fn errors(rows: &[(&str, &str)]) {
    for (text, want) in rows {
        let error = error(text);
        assert!(error.contains(want), "{text}\n{error}");
    }
}

const FILES: &str = "files <@ws/> = [{ \"a.md\": \"one\" }, { \"d/b.md\": \"two\" }]\n";

#[test]
fn commands_and_the_language_see_the_same_files() {
    let with = |text: &str| shown(&format!("{FILES}{text}"));
    for (text, want) in [
        ("box @ws [ run cmd { cat a.md d/b.md } ]", "onetwo\n"),
        (
            "box @ws [\n  run sh { printf x > new.md; mkdir e; printf y > e/f }\n]\nshow <@ws/new.md>\nshow <@ws/e/f>",
            "x\ny\n",
        ),
        (
            "box @ws [\n  file \"late.md\" = \"fresh\"\n  run cmd { cat late.md }\n  show <late.md>\n]\nshow <@ws/late.md>",
            "fresh\nfresh\nfresh\n",
        ),
        (
            "box @ws [\n  files \"sub/\" = [{ \"x\": \"1\" }]\n  run sh { cat sub/x; printf 2 > sub/y }\n  show <sub/y>\n  show <d/*.md>\n]",
            "1\n2\ntwo\n",
        ),
        // Commands may write over what is there.
        (
            "box @ws [ run sh { printf changed > a.md; rm d/b.md } ]\nshow <@ws/a.md>\nshow <@ws/d/b.md>?",
            "changed\n\n",
        ),
        (
            "box @ws [ run sh { mkdir empty } \n run sh { ls -d empty } ]\nshow @ws.mx.edits.length",
            "empty\n2\n",
        ),
        (
            "var @x = box @ws [ => py { import os; open('p.txt', 'w').write('py'); print(len(os.listdir('.'))) } ]\nshow @x\nshow <@ws/p.txt>",
            "3\npy\n",
        ),
        (
            "var @x = box @ws [ => node { require('fs').writeFileSync('n.txt', 'node'); return require('fs').readFileSync('a.md', 'utf8') } ]\nshow @x\nshow <@ws/n.txt>",
            "one\nnode\n",
        ),
        (
            "exe @c(name) = cmd { cat @name }\nbox @ws [ show @c(\"a.md\") ]",
            "one\n",
        ),
        ("exe @t() = `<a.md>`\nbox @ws [ show @t() ]", "one\n"),
        ("box { fs: @ws } [ run cmd { cat a.md } ]", "one\n"),
        (
            "var @c = { fs: @ws }\nenv @c [ run cmd { cat a.md } ]",
            "one\n",
        ),
        (
            "exe @c() = { fs: @ws }\nbox @c() [ run cmd { cat a.md } ]",
            "one\n",
        ),
        (
            "box @ws [ show @fileExists(\"a.md\")\n show @exists(\"x\")\n show @exists(\"d/*.md\")\n show @exists(<d/b.md>) ]",
            "true\nfalse\ntrue\ntrue\n",
        ),
        (
            "box @ws [ run sh { printf '#!/bin/sh\\necho ran' > tool; chmod +x tool } \n run cmd { ./tool } ]",
            "ran\n",
        ),
        (
            "box @ws [ run sh { printf '\\377\\000z' > bin } \n run sh { od -An -tx1 bin | tr -d ' ' } ]\nshow <@ws/bin>.mx.diff",
            "ff007a\nBinary files /dev/null and b/bin differ\n\n",
        ),
        ("box @ws [ show \"a\" | cmd { cat - a.md } ]", "aone\n"),
    ] {
        assert_eq!(with(text), want, "{text}");
    }
}

#[test]
fn nothing_touches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let text = "box [\n  file \"f.txt\" = \"1\"\n  run sh { echo 2 > g.txt }\n]\nshow @fileExists(\"f.txt\")";
    assert_eq!(script_in(folder.path(), text).good(), "false\n");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn values_of_boxes() {
    all(&[
        ("var @r = box [ => 1 + 1 ]\nshow @r", "2\n"),
        ("var @r = box [ file \"x\" = \"in\" ]\nshow <@r/x>", "in\n"),
        (
            "var @r = box [ run sh { echo made > y } ]\nshow @r\nshow @r.mx.edits[0].path",
            "{\n  \"type\": \"workspace\",\n  \"files\": [\n    \"y\"\n  ],\n  \"descriptions\": {}\n}\ny\n",
        ),
        (
            "exe @f() = box [ file \"x\" = \"in\" ]\nvar @r = @f()\nshow <@r/x>",
            "in\n",
        ),
        (
            "exe @f() = [ let @w = box [ file \"x\" = \"in\" ]\n => <@w/x> ]\nshow @f()",
            "in\n",
        ),
        ("exe @f() = [ => box [ => \"deep\" ] ]\nshow @f()", "deep\n"),
        (
            "exe @f() = [ box [ => \"dropped\" ]\n => \"kept\" ]\nshow @f()",
            "kept\n",
        ),
        (
            "files <@ws/> = [{ \"a\": \"1\" }]\nrun sh (@ws) { echo \"$ws\" }",
            "{\"type\":\"workspace\",\"files\":[\"a\"],\"descriptions\":{}}\n",
        ),
        // A workspace is what is in it now, not what was there when a name was given to it.
        (
            "var @r = box [ file \"x\" = \"1\" ]\nvar @s = @r\nbox @r [ run sh { printf 2 > y } ]\nshow @s.files.length\nshow <@s/y>",
            "2\n2\n",
        ),
        (
            "var @r = box [ file \"x\" = \"outer\"\n let @i = box [ file \"x\" = \"inner\" ]\n run cmd { cat x }\n show <@i/x>\n show <x> ]",
            "outer\ninner\nouter\n",
        ),
        // A box that does not say shares what is around it.
        (
            "var @r = box [ file \"x\" = \"outer\"\n box {} [ run cmd { cat x } ] ]",
            "outer\n",
        ),
        ("var @r = when [ true => box [ => \"w\" ] ]\nshow @r", "w\n"),
        (
            "when true => box [ => \"printed\" ]\nwhen true => box [ file \"x\" = \"1\" ]",
            "printed\n",
        ),
        (
            "exe @f(v) = when [ @v => box [ file \"x\" = \"in\" ] ]\nvar @r = @f(true)\nshow <@r/x>",
            "in\n",
        ),
        (
            "var @r = for @n in [1, 2] => box [ => @n + 1 ]\nshow @r.join(\",\")",
            "2,3\n",
        ),
        (
            "var @r = for parallel @n in [1, 2] => box [ file \"x\" = `@n` ]\nfor @w in @r => show <@w/x>",
            "1\n2\n",
        ),
        (
            "var @r = true ? box [ => \"yes\" ] : \"no\"\nshow @r",
            "yes\n",
        ),
        ("var @r = { k: box [ => 1 ] }\nshow @r.k", "1\n"),
        (
            "for @n in [1, 2, 3] [ box [ if @n == 2 [ skip ]\n show @n ] ]",
            "1\n3\n",
        ),
        (
            "var @e = @mx.env ? 1 : 0\nshow @e\nbox [ show @mx.box.tools.join(\" \")\n show @mx.env.provider ]",
            "0\nBash Read Write Glob Grep\nlocal\n",
        ),
    ]);
    errors(&[
        ("box [ let @x = 1 ]\nshow @x", "Variable not found: x"),
        ("var @r = box [ done ]", "'done' is only allowed"),
    ]);
}

#[test]
fn edits_and_differences() {
    all(&[
        (
            "files <@ws/sub/> = [{ \"a\": \"1\" }]\nbox @ws [ run sh { echo b > b; mkdir left; echo c > sub/c } ]\nfor @e in @ws.mx.edits => show `@e.type @e.entity @e.path`",
            "created file b\ncreated directory sub\ncreated file sub/a\ncreated file sub/c\n",
        ),
        (
            "files <@ws/sub/> = [{ \"a\": \"1\" }]\nbox @ws [ run sh { rm -r sub } ]\nshow @ws.mx.edits",
            "[]\n",
        ),
        (
            "files <@ws/> = [{ \"a\": \"1\" , desc: \"D\" }]\nbox @ws [ run sh { rm a } ]\nshow @ws.descriptions",
            "{}\n",
        ),
        (
            "var @w = box [ run sh { seq 3 > n } ]\nshow <@w/n>.mx.diff",
            "--- /dev/null\n+++ b/n\n@@ -0,0 +1,3 @@\n+1\n+2\n+3\n\n",
        ),
    ]);
}

#[test]
fn directives_write_a_path_once() {
    errors(&[
        (
            "box [ file \"a\" = \"1\"\n file \"a\" = \"2\" ]",
            "file cannot overwrite 'a' in the same workspace scope.",
        ),
        (
            "box [ run sh { echo > a }\n file \"a\" = \"2\" ]",
            "file cannot overwrite 'a' in the same workspace scope.",
        ),
        (
            "box [ run sh { mkdir a }\n file \"a\" = \"2\" ]",
            "it is a folder of the workspace",
        ),
        (
            "box [ files \"\" = [{ \"a\": \"1\" }] ]",
            "target path cannot be empty",
        ),
    ]);
}

#[test]
fn no_path_leads_out_of_a_box() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("disk.txt"), "disk").unwrap();
    for (text, want) in [
        ("show <disk.txt>", "File not found: disk.txt"),
        ("show <./disk.txt>", "File not found: ./disk.txt"),
        ("show <@root/disk.txt>", "outside the workspace of the box"),
        ("show <@base/*.txt>", "outside the workspace of the box"),
        ("show <@root/disk.txt>?", "outside the workspace of the box"),
        (
            "show `x <@root/disk.txt>`",
            "outside the workspace of the box",
        ),
        ("show </etc/passwd>", "outside the workspace of the box"),
        (
            "show @exists(\"/etc/passwd\")",
            "outside the workspace of the box",
        ),
        ("show <../disk.txt>", "'..' traversal"),
        ("file \"../x\" = \"1\"", "'..' traversal"),
        ("file \"/x\" = \"1\"", "Absolute paths are not allowed"),
        ("file \"a/../../x\" = \"1\"", "'..' traversal"),
        ("files \"d\" = [{ \"../x\": \"1\" }]", "'..' traversal"),
        ("file <@other/../x> = \"1\"", "'..' traversal"),
        ("output \"x\" to \"out.txt\"", "not supported yet"),
        ("append \"x\" to \"out.txt\"", "not supported yet"),
        ("run cmd:/ { pwd }", "not supported yet"),
    ] {
        let ran = script_in(folder.path(), &format!("box [\n  {text}\n]"));
        assert!(ran.error().contains(want), "{text}\n{}", ran.error());
    }
    // A name is a name: nothing is decoded, nothing is folded.
    let text = "box [\n file \"%2e%2e/x\" = \"1\"\n file \"a\\..\\x\" = \"2\"\n file \"\u{e9}\" = \"3\"\n file \"e\u{301}\" = \"4\"\n file \"A\" = \"5\"\n file \"a\" = \"6\"\n run cmd { find . -type f }\n]";
    let ran = script_in(folder.path(), text);
    assert_eq!(ran.good().lines().count(), 6, "{}", ran.out);
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
}

#[test]
fn only_files_and_folders_come_back() {
    errors(&[
        (
            "box [ run sh { ln -s /etc/passwd p } ]",
            "'p': it is a symbolic link",
        ),
        (
            "box [ run sh { mkdir d; ln -s / d/root } ]",
            "'d/root': it is a symbolic link",
        ),
        (
            "box [ run sh { mkfifo p } ]",
            "'p': it is not a regular file",
        ),
        (
            "box [ run sh { touch \"$(printf 'a\\377')\" } ]",
            "its name is not UTF-8",
        ),
        (
            "box [ run sh { truncate -s 300M big } ]",
            "'big': the files of a workspace may have 268435456 bytes together",
        ),
        (
            "box [ run sh { p=.; for i in $(seq 70); do p=$p/d; done; mkdir -p $p } ]",
            "folders may lie 64 deep",
        ),
    ]);
}

/// Runs a script whose commands note their folder in `note`; the folders that are still there.
fn left_behind(text: &str, options: &RunOptions) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note");
    let source = Source {
        name: "main.mld".into(),
        path: folder.path().join("main.mld"),
        text: text
            .replace("NOTE", &format!("pwd >> {}", note.display()))
            .into(),
        mode: Mode::Strict,
    };
    let host = Recorder::default();
    let result = run(&source, &host, options);
    let folders = fs::read_to_string(&note).unwrap_or_default();
    assert!(!folders.is_empty(), "{text}");
    let there = |f: &&str| Path::new(f).exists();
    let left = folders.lines().filter(there).map(str::to_owned).collect();
    (left, ran(host, result).error())
}

#[test]
fn the_folder_goes_on_every_way_out() {
    let usual = options();
    let hurried = RunOptions {
        processes: ProcessOptions {
            command_timeout: Some(Duration::from_millis(300)),
            ..ProcessOptions::default()
        },
        ..options()
    };
    for (text, options, want) in [
        ("box [ run sh { NOTE; NOTE } ]", &usual, ""),
        ("box [ run sh { NOTE; exit 3 } ]", &usual, "*"),
        ("box [ run sh { NOTE }\n bail \"stop\" ]", &usual, "stop"),
        ("box [ run sh { NOTE; sleep 20 } ]", &hurried, "timed out"),
        (
            "box [ run sh { NOTE; mkdir -p d/e; touch d/e/f; chmod 0 d/e; chmod 500 d } ]",
            &usual,
            "*",
        ),
        (
            "box [ run sh { NOTE; ln -s / l } ]",
            &usual,
            "symbolic link",
        ),
        (
            "exe @f() = [ => @missing ]\nbox [ for parallel @n in [1, 2] [ run sh { NOTE }\n bail \"out\" ] ]",
            &usual,
            "out",
        ),
    ] {
        let (left, error) = left_behind(text, options);
        assert_eq!(left, Vec::<String>::new(), "{text}");
        match want {
            "*" => {}
            "" => assert_eq!(error, "", "{text}"),
            _ => assert!(error.contains(want), "{text}\n{error}"),
        }
    }
}

#[test]
fn the_folder_is_the_users_alone() {
    assert_eq!(
        shown("box [ file \"x\" = \"1\"\n run sh { stat -c '%a' . x } ]"),
        "700\n600\n"
    );
}

/// Names of labels that stand on `@it`, of those that are asked about.
fn labels(before: &str, it: &str) -> String {
    let text = format!(
        "var secret @s = \"s1\"\nvar pii @p = \"p1\"\n{before}\nvar @it = {it}\nshow @it.mx.taint.filter"
    );
    let text = text.replace(
        "show @it.mx.taint.filter",
        "for @l in [\"secret\", \"pii\", \"src:cmd\", \"src:sh\", \"src:py\", \"src:node\", \"src:file\"] [ if @it.mx.taint.includes(@l) [ show @l ] ]",
    );
    shown(&text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn labels_of_what_commands_do() {
    let mixed = "files <@ws/> = [{ \"o.txt\": \"open\" }]\nfile <@ws/s.txt> = @s";
    for (before, it, want) in [
        // The output of a command carries those of all files, whichever it read.
        (mixed, "box @ws [ => cmd { cat o.txt } ]", "secret src:cmd"),
        (mixed, "box @ws [ => sh { cat o.txt } ]", "secret src:sh"),
        (mixed, "box @ws [ => py { print(1) } ]", "secret src:py"),
        (mixed, "box @ws [ => node { return 1 } ]", "secret src:node"),
        (
            mixed,
            "box { fs: @ws } [ => cmd { echo x } ]",
            "secret src:cmd",
        ),
        (mixed, "box @ws [ => js { return 1 } ]", ""),
        // So does what it wrote.
        (
            &format!("{mixed}\nbox @ws [ run sh {{ echo 1 > n }} ]"),
            "<@ws/n>",
            "secret src:sh src:file",
        ),
        (
            &format!("{mixed}\nbox @ws [ run cmd {{ cp o.txt n }} ]"),
            "<@ws/n>",
            "secret src:cmd src:file",
        ),
        // And what it was given.
        (
            "exe @w(v) = cmd { printf @v | tee n }\nvar @w1 = box [ let @o = @w(@p) ]",
            "<@w1/n>",
            "pii src:cmd src:file",
        ),
        (
            "exe secret @w() = sh { echo 1 > n }\nvar @w1 = box [ let @o = @w() ]",
            "<@w1/n>",
            "secret src:sh src:file",
        ),
        (
            "var @w1 = box [ if @p == \"p1\" [ run sh { echo 1 > n } ] ]",
            "<@w1/n>",
            "pii src:sh src:file",
        ),
        // Another file keeps its own.
        (
            &format!("{mixed}\nbox @ws [ run sh {{ echo 1 > n }} ]"),
            "<@ws/o.txt>",
            "src:file",
        ),
        // The same written again tells of what it was made from.
        (
            &format!("{mixed}\nbox @ws [ run sh {{ printf open > o.txt }} ]"),
            "<@ws/o.txt>",
            "secret src:sh src:file",
        ),
        (
            &format!("{mixed}\nbox @ws [ run sh {{ printf open > t; mv t o.txt }} ]"),
            "<@ws/o.txt>",
            "secret src:sh src:file",
        ),
        // A deletion is something that a command did.
        (
            "exe @d(v) = sh { rm o.txt }\nfiles <@ws/> = [{ \"o.txt\": \"1\" }]\nbox @ws [ let @o = @d(@p) ]",
            "<@ws/o.txt>?",
            "pii src:sh",
        ),
        (
            "exe @d(v) = sh { rm o.txt }\nfiles <@ws/> = [{ \"o.txt\": \"1\" }]\nbox @ws [ let @o = @d(@p) ]",
            "@ws",
            "pii src:sh",
        ),
        (
            "exe @d(v) = sh { rm o.txt }\nfiles <@ws/> = [{ \"o.txt\": \"1\" }]\nbox @ws [ let @o = @d(@p) ]",
            "@exists(<@ws/o.txt>)",
            "pii src:sh",
        ),
        // Lists tell of everything.
        (mixed, "@ws", "secret"),
        (mixed, "@ws.files", "secret"),
        (mixed, "@ws.mx.edits", "secret"),
        (mixed, "<@ws/o*>", "secret src:file"),
        (mixed, "<@ws/o.txt>.mx.diff", "src:file"),
        (mixed, "<@ws/s.txt>.mx.diff", "secret src:file"),
        (mixed, "<@ws/none>?", "secret"),
        (mixed, "box @ws [ => <o.txt> ]", "src:file"),
        (mixed, "box @ws [ => <s.txt> ]", "secret src:file"),
        (mixed, "box @ws [ => @fileExists(\"zzz\") ]", "secret"),
        (mixed, "box @ws [ => @exists(\"z*\") ]", "secret"),
        (mixed, "box @ws [ ]", "secret"),
        // Names are data.
        ("var @w1 = box [ file \"n-@p\" = \"1\" ]", "@w1", "pii"),
        (
            "var @w1 = box [ file \"n-@p\" = \"1\" ]",
            "<@w1/n-p1>",
            "pii src:file",
        ),
        (
            "var @w1 = box [ file \"n\" = @p ]",
            "<@w1/n>",
            "pii src:file",
        ),
        // Which box it is, and what it permits, was decided by something.
        (
            "files <@a/> = [{ \"x\": \"1\" }]\nfiles <@b/> = [{ \"x\": \"2\" }]\nvar @w1 = @p == \"p1\" ? @a : @b",
            "box @w1 [ => <x> ]",
            "pii src:file",
        ),
        (
            "files <@a/> = [{ \"x\": \"1\" }]\nfiles <@b/> = [{ \"x\": \"2\" }]\nvar @w1 = @p == \"p1\" ? @a : @b",
            "box @w1 [ => cmd { cat x } ]",
            "pii src:cmd",
        ),
        (
            "var pii @c = { tools: [\"Bash\"] }",
            "box @c [ => 1 ]",
            "pii",
        ),
        // Through a function, and through a box inside.
        (
            &format!("{mixed}\nexe @f() = box @ws [ => cmd {{ cat o.txt }} ]"),
            "@f()",
            "secret src:cmd",
        ),
        (
            mixed,
            "box @ws [ => box {} [ => cmd { cat o.txt } ] ]",
            "secret src:cmd",
        ),
        (mixed, "box @ws [ => box [ => cmd { pwd } ] ]", "src:cmd"),
        (
            &format!(
                "{mixed}\nvar @list = for parallel @n in [1] [ => box @ws [ => cmd {{ cat o.txt }} ] ]"
            ),
            "@list[0]",
            "secret src:cmd",
        ),
    ] {
        assert_eq!(labels(before, it), want, "{before}\n{it}");
    }
}

#[test]
fn a_command_is_judged_by_the_files_that_it_can_read() {
    let policy = "policy @q = { labels: { secret: { deny: [\"op:cmd\", \"op:sh\", \"op:py\", \"op:node\"] } } }\nvar secret @s = \"s1\"\n";
    for code in [
        "run cmd { echo x }",
        "run sh { echo x }",
        "let @x = py { print(1) }",
        "let @x = node { return 1 }",
        "show \"a\" | cmd { cat }",
        "for parallel @n in [1] [ run cmd { echo x } ]",
    ] {
        let text = format!("{policy}files <@ws/> = [{{ \"s\": @s }}]\nbox @ws [\n  {code}\n]");
        let ran = script(&text);
        assert!(ran.result.is_err(), "{code}: {}", ran.out);
        assert!(!ran.out.contains('x'), "{code}: {}", ran.out);
    }
    // One that cannot is not.
    let text = format!(
        "{policy}files <@ws/> = [{{ \"s\": @s }}]\nbox [ run cmd {{ echo x }} ]\nbox @ws [ show \"in\" ]"
    );
    assert_eq!(shown(&text), "x\nin\n");
    // What a command has left counts like what a script wrote.
    let text = format!(
        "{policy}exe @put(v) = js {{ return @v }}\nbox [\n  file \"k\" = @s\n  run cmd {{ echo x }}\n]"
    );
    assert!(script(&text).result.is_err());
}

#[test]
fn errors_do_not_tell_the_names_of_secret_files() {
    let text = "var secret @s = \"hush\"\nexe @f(v) = cmd { ln -s / @v }\nbox [ let @x = @f(@s) ]";
    let ran = script(text);
    assert!(ran.error().contains("withheld"), "{}", ran.error());
    assert!(!ran.error().contains("hush"), "{}", ran.error());
    let text = "var secret @s = \"hush\"\nbox [ file \"@s\" = \"1\"\n file \"@s\" = \"2\" ]";
    let ran = script(text);
    assert!(ran.result.is_err());
    assert!(!ran.error().contains("hush"), "{}", ran.error());
}

#[test]
fn what_a_box_may_be_told() {
    errors(&[
        (
            "box \"strict\" [ show \"1\" ]",
            "box config must be an object.",
        ),
        ("box 7 [ show \"1\" ]", "box config must be an object."),
        (
            "box @nowhere [ show \"1\" ]",
            "box config must be an object.",
        ),
        (
            "var @l = [1]\nbox @l [ show \"1\" ]",
            "box config must be an object.",
        ),
        (
            "box { tool: [] } [ show \"1\" ]",
            "box: unknown field 'tool'",
        ),
        (
            "box { tools: 7 } [ show \"1\" ]",
            "tools must be an array or object.",
        ),
        (
            "box { tools: [7] } [ show \"1\" ]",
            "tools entries must be strings.",
        ),
        (
            "box { fs: { read: [] } } [ show \"1\" ]",
            "'fs' of `box` with anything but a workspace is not supported yet",
        ),
        (
            "box with { tools: [] } [ show \"1\" ]",
            "`with` behind `box` is not supported yet",
        ),
        (
            "box [ show @mx.env.net ]",
            "`@mx.env.net` is not supported yet",
        ),
    ]);
    for field in [
        "provider",
        "mcps",
        "net",
        "limits",
        "auth",
        "taint",
        "profile",
        "profiles",
        "name",
        "from",
        "keep",
        "degrade",
        "mcpConfig",
    ] {
        for text in [
            format!("box {{ {field}: \"x\" }} [ show \"1\" ]"),
            format!("var @c = {{ {field}: \"x\" }}\nbox @c [ show \"1\" ]"),
        ] {
            let want = format!("The field '{field}' of `box` is not supported yet");
            assert!(error(&text).contains(&want), "{text}: {}", error(&text));
        }
    }
}

#[test]
fn tools_hold_for_everything_inside() {
    let needs = "execution requires 'Bash' in env.tools";
    errors(&[
        ("box { tools: [\"Read\"] } [ run cmd { echo x } ]", needs),
        ("box { tools: \"read, grep\" } [ run sh { echo x } ]", needs),
        ("box { tools: {} } [ let @x = py { print(1) } ]", needs),
        ("box { tools: [] } [ let @x = node { return 1 } ]", needs),
        (
            "exe @c() = cmd { echo x }\nbox { tools: [] } [ show @c() ]",
            needs,
        ),
        ("box { tools: [] } [ box [ run cmd { echo x } ] ]", needs),
        (
            "box { tools: [] } [ box { tools: \"*\" } [ run cmd { echo x } ] ]",
            needs,
        ),
        (
            "box { tools: [] } [ for parallel @n in [1] [ run cmd { echo x } ] ]",
            needs,
        ),
        ("box { tools: [] } [ show \"a\" | cmd { cat } ]", needs),
        (
            "box { tools: [\"Read\"] } [ box { tools: [\"Bash\"] } [ show \"1\" ] ]",
            "Tool scope cannot add tools outside parent: bash",
        ),
    ]);
    all(&[
        ("box { tools: \"BASH\" } [ run cmd { echo x } ]", "x\n"),
        (
            "box { tools: [] } [ let @x = js { return 1 }\n show @x ]\nrun cmd { echo x }",
            "1\nx\n",
        ),
    ]);
}

#[test]
fn boxes_in_parallel() {
    all(&[
        (
            "var @r = for parallel(3) @n in [1, 2, 3] [ => box [ file \"n\" = `@n`\n => sh { cat n; ls } ] ]\nshow @r",
            "[\n  \"1n\",\n  \"2n\",\n  \"3n\"\n]\n",
        ),
        (
            "files <@ws/> = [{ \"a\": \"1\" }]\nfor parallel(3) @n in [1, 2, 3] [ box @ws [ run sh (@n) { echo $n > f$n } ] ]\nshow @ws.files.join(\" \")",
            "a f1 f2 f3\n",
        ),
    ]);
    // A command sees what was there when it was judged, however long it runs.
    let text = "files <@ws/> = [{ \"a\": \"1\" }]\nvar @r = for parallel(2) @n in [1, 2] [\n  => box @ws [ => sh (@n) { if [ $n = 1 ]; then sleep 0.5; ls | wc -l; else printf x > late; echo; fi } ]\n]\nshow @r[0]\nshow <@ws/late>";
    assert_eq!(shown(text), "1\nx\n");
}

#[test]
fn hooks_act_outside() {
    let folder = tempfile::tempdir().unwrap();
    let text = "hook after op:run = [ append \"ran\" to \"log.txt\" ]\nbox [ run cmd { echo x } ]";
    let ran = script_in(folder.path(), text);
    assert_eq!(ran.good(), "x\n");
    assert_eq!(
        fs::read_to_string(folder.path().join("log.txt")).unwrap(),
        "ran\n"
    );
}

#[test]
fn nothing_is_written_outside_the_root_where_that_is_forbidden() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("p");
    fs::create_dir(&folder).unwrap();
    for text in [
        "output \"x\" to \"../y\"",
        "append \"x\" to \"../y\"",
        "output \"x\" to \"/tmp/mlld-y\"",
        "show \"x\" | output to \"../y\"",
    ] {
        fs::write(folder.join("mlld-config.json"), "{}").unwrap();
        if text.contains("..") {
            assert_eq!(script_in(&folder, text).error(), "", "{text}");
            fs::remove_file(outer.path().join("y")).unwrap();
        }
        let closed = "{\"security\": {\"allowAbsolutePaths\": false}}";
        fs::write(folder.join("mlld-config.json"), closed).unwrap();
        let error = script_in(&folder, text).error();
        assert!(
            error.contains("is outside the project root"),
            "{text}: {error}"
        );
        assert!(!outer.path().join("y").exists());
    }
}
