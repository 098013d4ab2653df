//! Commands and code blocks: values, labels, and the end of processes.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod support;

use mlld_runtime::syntax::Mode;
use mlld_runtime::{Cancel, ProcessOptions, RunOptions, Source, Stop, run};
use rustix::process::{Pid, test_kill_process};
use std::path::Path;
use std::thread;
use std::time::Duration;
use support::{Ran, Recorder, options, ran, script, script_in};

/// What a script prints that must succeed.
fn prints(text: &str) -> String {
    let ran = script(text);
    assert!(ran.result.is_ok(), "{}: {}", ran.error(), ran.err);
    ran.out
}

/// Runs a script with other options for its processes.
fn with(folder: &Path, text: &str, processes: ProcessOptions) -> Ran {
    let source = Source {
        name: "main.mld".into(),
        path: folder.join("main.mld"),
        text: text.into(),
        mode: Mode::Strict,
    };
    let host = Recorder {
        patient: true,
        ..Recorder::default()
    };
    let options = RunOptions {
        processes,
        ..options()
    };
    let result = run(&source, &host, &options);
    ran(host, result)
}

/// The processes that noted their numbers in files `pid.*` of the folder.
fn noted(folder: &Path) -> Vec<Pid> {
    let mut pids = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("pid.")
            && let Ok(number) = std::fs::read_to_string(&path).unwrap().trim().parse()
        {
            pids.push(Pid::from_raw(number).unwrap());
        }
    }
    pids
}

/// How many of them are there.
fn living(pids: &[Pid]) -> usize {
    pids.iter()
        .filter(|pid| test_kill_process(**pid).is_ok())
        .count()
}

/// A block that notes its number and stays.
const STAYS: &str = "exe @stay(i) = sh { echo $$ > pid.$i; exec sleep 1000 }\n";

#[test]
fn values_go_in_and_come_back_with_their_types() {
    let out = prints(
        r#"exe @n(v) = node { return v }
var @o = { a: [1, null, "x"], "__proto__": "p" }
show @n(@o)
var @same = @n("[1]") == "[1]"
show `@same`
show `@n(1.5) @n(true) @n("007")`
exe @nan() = node { return 0 / 0 }
show `@nan()`
exe @p(v) = py { import json; print(json.dumps(v)) }
show @p(@o)
"#,
    );
    let object = "{\n  \"a\": [\n    1,\n    null,\n    \"x\"\n  ],\n  \"__proto__\": \"p\"\n}\n";
    assert_eq!(out, format!("{object}true\n1.5 true 007\nNaN\n{object}"));
}

#[test]
fn names_with_hyphens_and_missing_arguments() {
    let out = prints(
        "exe @n(my-name, b) = node { return my_name + typeof b }\n\
         exe @p(my-name, b) = py { print(my_name, b) }\n\
         show @n(\"x\")\nshow @p(\"x\")\n",
    );
    assert_eq!(out, "xundefined\nx None\n");
}

#[test]
fn the_value_of_node_is_a_return_an_expression_or_what_it_logged() {
    let out = prints(
        "var @a = node { const x = 2; x * 21 }\n\
         var @b = node { {k: 1} }\n\
         var @c = node { console.log(\"l1\"); console.log(\"l2\") }\n\
         var @d = node { console.log(\"said\"); return 7 }\n\
         show `@a @b [@c] @d`\n\
         run node { console.log(\"once\") }\n",
    );
    assert_eq!(out, "l1\nl2\nsaid\n42 {\"k\":1} [l1\nl2] 7\nonce\n");
}

#[test]
fn exceptions_of_node_end_the_script_with_their_line() {
    let ran = script("run node {\n  const x = 1;\n  throw new Error(\"kaput\");\n}\nshow \"on\"\n");
    assert_eq!(
        ran.error(),
        "COMMAND_FAILED Command execution failed: node: kaput"
    );
    let details = ran.result.err().unwrap().details.clone();
    assert!(
        details.iter().any(|d| d == "in line 2 of the block"),
        "{details:?}"
    );
    assert_eq!(ran.out, "");
}

#[test]
fn a_failing_python_block_goes_on_and_is_reported() {
    let ran = script("run py {\nprint(\"partial\")\nraise ValueError(\"v\")\n}\nshow \"on\"\n");
    assert_eq!(ran.out, "partial\non\n");
    assert!(
        ran.err.contains("Command execution failed: python3"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("exit status: 1"));
    assert!(ran.err.contains("File \"<py>\", line 2"), "{}", ran.err);
    assert!(ran.err.contains("at main.mld:1:5"), "{}", ran.err);
}

#[test]
fn no_block_finds_what_another_left() {
    let out = prints(
        "run py {\nimport sys\nsys.left = 1\nsys.modules[\"left\"] = sys\n}\n\
         run py {\nimport sys\nprint(hasattr(sys, \"left\"), \"left\" in sys.modules)\n}\n\
         run node { globalThis.left = 1; process.env.LEFT = \"1\" }\n\
         run node { return typeof left + (process.env.LEFT ?? \"none\") }\n",
    );
    assert_eq!(out, "False False\n1\nundefinednone\n");
}

#[test]
fn modules_of_the_project_are_not_taken_for_those_of_python() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["json.py", "io.py", "linecache.py", "sitecustomize.py"] {
        std::fs::write(folder.path().join(name), "print('planted')").unwrap();
    }
    let ran = script_in(
        folder.path(),
        "run py {\nimport json, io, linecache\nprint(json.dumps(1))\n}\n",
    );
    assert_eq!(ran.out, "1\n", "{}", ran.err);
}

#[test]
fn large_values_and_outputs_pass() {
    let out = prints(
        "var @big = sh { head -c 3000000 /dev/zero | tr '\\0' a }\n\
         exe @n(v) = node { return v.length }\n\
         exe @p(v) = py { print(len(v)) }\n\
         exe @s(v) = sh { echo ${#v} }\n\
         show @n(@big)\nshow @p(@big)\nshow @s(@big)\nrun @big | py { import sys; print(len(sys.stdin.read())) }\n\
         var @much = sh { head -c 12000000 /dev/zero | tr '\\0' b; head -c 12000000 /dev/zero >&2; exit 1 }\n\
         show @much.length\n",
    );
    assert_eq!(out, "3000000\n3000000\n3000000\n3000000\n12000000\n");
}

#[test]
fn standard_input_reaches_every_kind_of_block() {
    let out = prints(
        "var @d = [\"b\", \"a\"]\n\
         run @d | sh { sort }\n\
         run @d | py { import sys; print(sys.stdin.read().split()) }\n\
         run @d | node { return require(\"fs\").readFileSync(0, \"utf8\") }\n\
         exe @f() = cmd { cat }\n\
         run @f() with { stdin: \"given\" }\n\
         exe @g(v) = sh { cat } with { stdin: @v }\n\
         run @g(\"declared\")\n",
    );
    assert_eq!(out, "a\nb\n['b', 'a']\nb\na\ngiven\ndeclared\n");
}

#[test]
fn standard_input_of_something_else_is_an_error() {
    let ran = script("exe @t() = `t`\nrun @t() with { stdin: \"x\" }\n");
    assert!(
        ran.error().contains("'stdin' is for commands"),
        "{}",
        ran.error()
    );
    let ran = script("run cmd { cat } with { stdn: \"x\" }\n");
    assert!(
        ran.error().contains("Unknown option 'stdn'"),
        "{}",
        ran.error()
    );
}

#[test]
fn results_carry_the_labels_of_everything_that_went_in() {
    let out = prints(
        "var pii @v = \"x\"\nvar pii @dir = \"/\"\n\
         exe @s(a) = sh { true }\nexe @n(a) = node { return 1 }\nexe @p(a) = py { print(1) }\n\
         var @r1 = @s(@v)\nvar @r2 = @n(@v)\nvar @r3 = @p(@v)\n\
         show `@r1.mx.labels @r2.mx.taint @r3.mx.taint`\n\
         var @i1 = run @v | sh { true }\nvar @i2 = run @v | node { return 1 }\nvar @i3 = run @v | py { print(1) }\n\
         var @i4 = cmd { true } with { stdin: @v }\n\
         show `@i1.mx.labels @i2.mx.labels @i3.mx.labels @i4.mx.labels`\n\
         var @d1 = sh:@dir { true }\nvar @d2 = node:@dir { return 1 }\nvar @d3 = py:@dir { print(1) }\n\
         show `@d1.mx.labels @d2.mx.labels @d3.mx.labels`\n",
    );
    assert_eq!(
        out,
        "[\"pii\"] [\"pii\",\"src:node\"] [\"pii\",\"src:py\"]\n\
         [\"pii\"] [\"pii\"] [\"pii\"] [\"pii\"]\n\
         [\"pii\"] [\"pii\"] [\"pii\"]\n"
    );
}

#[test]
fn standard_error_and_error_markers_carry_the_labels_too() {
    let out = prints(
        "var pii @v = \"x\"\n\
         exe @s(a) = sh { echo \"$a\" >&2; exit 1 }\n\
         var @text = @s(@v)\n\
         exe @n(a) = node { throw new Error(\"no \" + a) }\n\
         var @all = for parallel @i in [1] => @n(@v)\n\
         show `@text @text.mx.labels @all[0].message @all.mx.labels`\n",
    );
    assert_eq!(
        out,
        "x [\"pii\"] Command execution failed: node: no x [\"pii\"]\n"
    );
}

#[test]
fn calls_from_a_block_carry_what_it_had_and_label_what_it_gives() {
    let out = prints(
        "var pii @hidden = \"h\"\n\
         exe @seen(a) = [ => @a.mx.labels ]\n\
         exe @leak() = `@hidden`\n\
         exe node = { seen, leak }\n\
         exe py = { leak }\n\
         exe @n(a) = node { return await seen(\"fresh\") }\n\
         var secret @k = \"k\"\n\
         var @got = @n(@k)\n\
         show `@got`\n\
         var @given = node { return await leak() }\n\
         show `@given.mx.labels`\n\
         var @py = py { leak() }\n\
         show `@py @py.mx.labels`\n\
         exe @apply(f, x) = node { return (await f(x)) + \"!\" }\n\
         exe @twice(x) = `@x@x`\n\
         show @apply(@twice, \"ab\")\n",
    );
    assert_eq!(out, "[\"secret\"]\n[\"pii\"]\nh [\"pii\"]\nabab!\n");
}

/// Secrets may not be shown.
const STRICT: &str =
    "policy @p = { labels: { secret: { deny: [\"op:show\"] } } }\nvar secret @k = \"hidden\"\n";

#[test]
fn nothing_is_printed_that_may_not_be_shown() {
    for (name, block) in [
        (
            "lines",
            "exe @f(k) = node { console.log(k); await new Promise(() => {}) }\nvar @v = @f(@k)\n",
        ),
        (
            "stream",
            "exe @f(k) = stream sh { echo $k; exec sleep 1000 }\nshow @f(@k)\n",
        ),
        ("run", "exe @f(k) = stream py { print(k) }\nrun @f(@k)\n"),
    ] {
        let ran = script(&format!("{STRICT}{block}show \"on\"\n"));
        assert!(ran.error().contains("POLICY"), "{name}: {}", ran.error());
        assert_eq!(ran.out, "", "{name}");
    }
}

#[test]
fn streamed_output_is_printed_once_and_is_the_value() {
    let out = prints(
        "exe @b() = stream sh { echo one; echo two; echo }\n\
         show @b()\nrun @b()\n@b()\nstream @b()\nrun stream @b()\n\
         var @x = @b()\nshow `x=@x`\n\
         exe @j() = stream sh { echo '{\"a\":1}' }\nshow @j()\n\
         run sh { echo '{\"text\":\"he\"}'; echo '{\"text\":\"y\"}' } with { stream: true, streamFormat: \"ndjson\" }\n\
         stream @b() || @b()\n\
         for parallel @i in [1, 2] [ show @b() ]\n",
    );
    let one = "one\ntwo\n";
    assert_eq!(
        out,
        format!(
            "{}x=one\ntwo\n{{\"a\": 1}}\nhey\n{}",
            one.repeat(5),
            one.repeat(4)
        )
    );
}

#[test]
fn a_run_that_is_ended_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let list: Vec<String> = (0..50).map(|i| i.to_string()).collect();
    let text = format!(
        "{STAYS}for parallel(50) @i in [{}] [ run @stay(@i) ]\nshow \"on\"\n",
        list.join(", ")
    );
    let cancel = Cancel::default();
    let ran = thread::scope(|threads| {
        threads.spawn(|| {
            while noted(folder.path()).len() < 50 {
                thread::sleep(Duration::from_millis(5));
            }
            cancel.stop(Stop::Interrupted);
        });
        with(
            folder.path(),
            &text,
            ProcessOptions {
                cancel: cancel.clone(),
                ..ProcessOptions::default()
            },
        )
    });
    assert_eq!(ran.error(), "ABORTED Interrupted");
    assert_eq!(ran.out, "");
    let pids = noted(folder.path());
    assert_eq!((pids.len(), living(&pids)), (50, 0));
}

#[test]
fn bail_ends_the_siblings_in_loops_and_groups() {
    let waits = "exe @wait() = sh { until [ -s pid.1 ] && [ -s pid.2 ]; do sleep 0.01; done }\n";
    for body in [
        "for parallel(3) @i in [1, 2, 3] [\n  if @i == 3 [\n    let @w = @wait()\n    bail \"enough\"\n  ]\n  run @stay(@i)\n]\n",
        "exe @third() = [\n  let @w = @wait()\n  bail \"enough\"\n]\nvar @r = || @stay(1) || @stay(2) || @third()\n",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ran = script_in(folder.path(), &format!("{STAYS}{waits}{body}show \"on\"\n"));
        assert_eq!(ran.error(), "BAIL_EXIT enough");
        assert_eq!(ran.out, "");
        let pids = noted(folder.path());
        assert_eq!((pids.len(), living(&pids)), (2, 0));
    }
}

#[test]
fn limits_of_time_end_what_runs() {
    let brief = Some(Duration::from_millis(50));
    let commands = ProcessOptions {
        command_timeout: brief,
        ..ProcessOptions::default()
    };
    let whole = ProcessOptions {
        timeout: brief,
        ..ProcessOptions::default()
    };
    for block in [
        "sh { exec sleep 1000 }",
        "py { import time; time.sleep(1000) }",
        "node { await new Promise(r => setTimeout(r, 1000000)) }",
    ] {
        let text = format!("run {block}\nshow \"on\"\n");
        let folder = tempfile::tempdir().unwrap();
        let ran = with(folder.path(), &text, commands.clone());
        assert!(
            ran.error()
                .starts_with("TIMEOUT Command timed out after 50ms: "),
            "{}",
            ran.error()
        );
        let ran = with(
            folder.path(),
            &text,
            ProcessOptions {
                cancel: Cancel::default(),
                ..whole.clone()
            },
        );
        assert_eq!(ran.error(), "TIMEOUT Execution timed out after 50ms");
        assert_eq!(ran.out, "");
    }
    // It ends what starts no process, too, and is not collected.
    for text in [
        "loop (endless) [ let @x = 1 ]\n",
        "loop (endless, 1h) [ let @x = 1 ]\n",
        "for parallel(1, 1h) @i in [1, 2] [ let @x = 1 ]\n",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ran = with(
            folder.path(),
            text,
            ProcessOptions {
                cancel: Cancel::default(),
                ..whole.clone()
            },
        );
        assert_eq!(
            ran.error(),
            "TIMEOUT Execution timed out after 50ms",
            "{text}"
        );
    }
}

#[test]
fn what_a_block_leaves_running_ends_if_the_run_fails() {
    let folder = tempfile::tempdir().unwrap();
    let text = "run sh { sleep 1000 >/dev/null 2>&1 & echo $! > pid.1 }\n\
                run py {\nimport subprocess\nchild = subprocess.Popen([\"sleep\", \"1000\"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\nprint(child.pid, file=open(\"pid.2\", \"w\"))\n}\n\
                bail \"x\"\n";
    let ran = script_in(folder.path(), text);
    assert_eq!(ran.error(), "BAIL_EXIT x", "{}", ran.err);
    let pids = noted(folder.path());
    assert_eq!((pids.len(), living(&pids)), (2, 0));
}

#[test]
fn missing_programs_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (block, program) in [("node { 1 }", "node"), ("py { print(1) }", "python3")] {
        let source = Source {
            name: "main.mld".into(),
            path: folder.path().join("main.mld"),
            text: format!("run {block}\n").into(),
            mode: Mode::Strict,
        };
        let mut options = options();
        options.environment.insert("PATH".into(), "/nowhere".into());
        let report = run(&source, &Recorder::default(), &options).err().unwrap();
        assert_eq!(
            report.message,
            format!("{program} is not installed or not in PATH.")
        );
        assert!(report.hint.is_some());
    }
}
