//! `mlld run` and `mlld checkpoint` (spec 03 §19.1, 09 §4.1, §4.4) from outside.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use support::Place;

/// A project with some scripts.
fn project() -> Place {
    let place = Place::new();
    place.file("mlld-config.json", "{}");
    place.file("llm/run/hello.mld", "show `hello @payload.name`\n");
    place.file("llm/run/pack/index.mld", "show \"packed\"\n");
    place.file("llm/run/deep/two.mld", "show \"two\"\n");
    place.file("llm/run/notes.mld.md", "/show `never`\n");
    place.file("llm/run/other.txt", "nothing\n");
    place.file("llm/run/.hidden.mld", "show \"hidden\"\n");
    place.file("away.mld", "show \"away\"\n");
    place
}

#[test]
fn the_list_has_files_and_folders_with_an_entry() {
    let place = project();
    place.file("../home/.mlld/run/global.mld", "show \"global\"\n");
    let ended = place.mlld(&["run"]);
    assert_eq!(ended.status, 0);
    assert_eq!(
        ended.stdout,
        "Available scripts:\n\n  global\n  hello\n  pack\n\nRun a script with: mlld run <script-name>\n"
    );
    let empty = Place::new().mlld(&["run"]);
    assert_eq!(empty.status, 0);
    assert_eq!(
        empty.stdout,
        "No scripts found in llm/run/\n\nCreate a script file (e.g., hello.mld) to get started.\n"
    );
}

#[test]
fn names_find_scripts() {
    let place = project();
    place.file("../home/.mlld/run/global.mld", "show \"global\"\n");
    place.file("../home/.mlld/run/hello.mld", "show \"never\"\n");
    for (name, shown, output) in [
        ("hello", "llm/run/hello.mld", "hello null"),
        ("hello.mld", "llm/run/hello.mld", "hello null"),
        ("pack", "llm/run/pack/index.mld", "packed"),
        ("pack/index", "llm/run/pack/index.mld", "packed"),
        ("deep/two", "llm/run/deep/two.mld", "two"),
    ] {
        let ended = place.mlld(&["run", name]);
        assert_eq!(
            ended.stdout,
            format!("Running {shown}...\n\n{output}\n"),
            "{name}"
        );
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{name}");
    }
    let ended = place.mlld(&["run", "global"]);
    assert!(ended.stdout.ends_with("global\n"), "{}", ended.stdout);
}

#[test]
fn names_are_no_paths() {
    let place = project();
    place.file("../home/.mlld/run/x/index.mld", "show \"x\"\n");
    place.file("../outside.mld", "show \"outside\"\n");
    symlink(place.path("../outside.mld"), place.path("llm/run/link.mld")).unwrap();
    symlink(place.path("away.mld"), place.path("llm/run/inner.mld")).unwrap();
    symlink(
        place.path("../outside.mld"),
        place.path("../home/.mlld/run/out.mld"),
    )
    .unwrap();
    let absolute = place.path("away");
    for name in [
        "../../away",
        "./hello",
        "deep/../hello",
        "",
        "deep/",
        "link",
        "out",
        "notes",
        "other",
        "nosuch",
        absolute.to_str().unwrap(),
    ] {
        let ended = place.mlld(&["run", name]);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{name}");
        assert!(
            ended.stderr.starts_with("Error: Script \""),
            "{name}: {}",
            ended.stderr
        );
        assert!(
            ended
                .stderr
                .contains("\" not found.\n\nAvailable scripts:\n\n"),
            "{name}"
        );
    }
    // A link inside of the project is as good as a file.
    assert!(place.mlld(&["run", "inner"]).stdout.ends_with("away\n"));
}

#[test]
fn the_folder_of_scripts_is_configured() {
    let place = project();
    place.file("jobs/one.mld", "show \"one\"\n");
    place.file("mlld-config.json", "{ \"scriptDir\": \"jobs\" }");
    assert_eq!(
        place.mlld(&["run", "one"]).stdout,
        "Running jobs/one.mld...\n\none\n"
    );
    for config in ["{ \"scriptDir\": \"../x\" }", "{ \"scriptDir\": 1 }", "{"] {
        place.file("mlld-config.json", config);
        let ended = place.mlld(&["run", "one"]);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{config}");
        assert!(
            ended.stderr.contains("Failed to load mlld-config.json"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn a_script_is_checked_before_it_runs() {
    let place = project();
    place.file("llm/run/broken.mld", "show \"a\"\nvar @x = [1\n");
    let ended = place.mlld(&["run", "broken"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines[0], "Error: Pre-flight validation failed:");
    assert!(
        lines[1].starts_with("  error: llm/run/broken.mld:2:"),
        "{}",
        ended.stderr
    );
    let ended = place.mlld(&["run", "broken", "--json"]);
    assert!(
        ended
            .stderr
            .contains("\"code\":\"SCRIPT_VALIDATION_ERROR\""),
        "{}",
        ended.stderr
    );
    let ended = place.mlld(&["run", "nosuch", "--json"]);
    assert!(
        ended.stderr.contains("\"code\":\"SCRIPT_NOT_FOUND\""),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_failing_script_is_reported_with_its_place() {
    let place = project();
    place.file("llm/run/bad.mld", "show \"a\"\nshow @ghost\n");
    let ended = place.mlld(&["run", "bad"]);
    assert_eq!(ended.status, 1);
    assert_eq!(ended.stdout, "Running llm/run/bad.mld...\n\na\n");
    assert!(
        ended
            .stderr
            .starts_with("Error: Failed to run script: Variable not found: ghost\n")
    );
    assert!(
        ended.stderr.contains("./llm/run/bad.mld:2:1"),
        "{}",
        ended.stderr
    );
    let ended = place.mlld(&["run", "bad", "--json"]);
    assert_eq!(ended.stdout, "a\n");
    let lines: Vec<_> = ended.stderr.lines().filter(|l| !l.is_empty()).collect();
    assert_eq!(lines[0], "Running llm/run/bad.mld...");
    assert!(lines[1].starts_with("{\"error\":"), "{}", ended.stderr);
}

#[test]
fn machines_get_nothing_but_the_object() {
    let place = project();
    let ended = place.mlld(&["run", "hello", "--structured", "--name", "Ada"]);
    assert_eq!(ended.status, 0);
    assert!(
        ended
            .stdout
            .starts_with("{\n  \"output\": \"hello Ada\\n\""),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stderr.starts_with("Running llm/run/hello.mld..."),
        "{}",
        ended.stderr
    );
}

#[test]
fn mistakes_in_calls() {
    let place = project();
    for (words, want) in [
        (
            &["run", "--topic", "x"][..],
            "Unknown option for mlld run: --topic",
        ),
        (
            &["run", "hello", "surplus"],
            "Unknown option for mlld run: surplus",
        ),
        (
            &["run", "hello", "--timeout", "0"],
            "--timeout must be a positive duration",
        ),
        (
            &["run", "hello", "--state", "x=1"],
            "Option --state is not supported yet",
        ),
        (&["checkpoint", "list"], "Error: script name is required."),
        (&["checkpoint"], "mlld checkpoint clean <script>"),
        (
            &["checkpoint", "frob", "x"],
            "Unknown checkpoint subcommand: frob",
        ),
        (
            &["checkpoint", "list", "a", "b"],
            "Unknown option for mlld checkpoint: b",
        ),
        (
            &["checkpoint", "list", "x", "--frob"],
            "Unknown option for mlld checkpoint: --frob",
        ),
    ] {
        let ended = place.mlld(words);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{words:?}");
        assert!(ended.stderr.contains(want), "{words:?}: {}", ended.stderr);
    }
}

#[test]
fn a_time_limit_ends_the_script() {
    let place = project();
    place.file("llm/run/slow.mld", "run cmd { sleep 30 }\nshow \"late\"\n");
    let ended = place.mlld(&["run", "slow", "--timeout", "300ms"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("timed out after 300ms"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stdout.contains("late"));
}

#[test]
fn a_project_without_a_mark_is_where_its_scripts_were_found() {
    let place = Place::new();
    place.file(
        "llm/run/job.mld",
        "exe llm @f() = `x`\nvar @y = @f()\nshow @base\n",
    );
    let ended = place.mlld(&["run", "job"]);
    let here = fs::canonicalize(place.path("")).unwrap();
    assert_eq!(ended.stdout.lines().last(), here.to_str());
    assert!(place.path(".mlld/checkpoints/job/manifest.json").exists());
}

#[test]
fn recorded_calls_are_shown_and_deleted() {
    let place = project();
    place.file(
        "llm/run/job.mld",
        "exe llm @ask(q, more) = `ans @q`\nexe llm @none() = `n`\n\
         show @ask(\"a\\nb\", [1])\nshow @none()\n",
    );
    place.mlld(&["run", "job"]);
    let list = place.mlld(&["checkpoint", "list", "job"]).stdout;
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines[0], "Checkpoint entries for job:");
    assert!(lines[1].starts_with("- ask | a b, [1] | sha256:"), "{list}");
    assert!(lines[2].starts_with("- none | <empty> | sha256:"), "{list}");
    assert_eq!(lines[3], "Total: 2");

    let inspected = place
        .mlld(&["checkpoint", "inspect", "llm/run/job.mld"])
        .stdout;
    let value: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(value["script"], "job");
    assert_eq!(value["manifest"]["scriptPath"], "llm/run/job.mld");
    assert_eq!(value["manifest"]["totalCached"], 2);
    assert_eq!(value["records"][0]["invocationSite"], "llm/run/job.mld#3:1");
    assert_eq!(value["records"][1]["executionOrder"], 1);

    let elsewhere = place.path("llm");
    let from = [
        "checkpoint",
        "list",
        "job",
        "--base-path",
        elsewhere.to_str().unwrap(),
    ];
    assert_eq!(place.mlld(&from).stdout, list);

    let clean = || place.mlld(&["checkpoint", "clean", "job"]).stdout;
    assert_eq!(clean(), "Cleared checkpoint cache for \"job\".\n");
    assert_eq!(clean(), "No checkpoint cache found for \"job\".\n");
    assert_eq!(
        place.mlld(&["checkpoint", "list", "job"]).stdout,
        "No checkpoint entries found for \"job\".\n"
    );
}

#[test]
fn the_list_cannot_steer_the_terminal() {
    let place = project();
    let key = format!("sha256:{}", "0".repeat(64));
    place.file(
        ".mlld/checkpoints/job/llm-cache.jsonl",
        format!(
            "{{\"key\":\"{key}\",\"fn\":\"f\\u001b[2J\",\"argsPreview\":\"\\u001b]0;x\\u0007\"}}\n"
        ),
    );
    let ended = place.mlld(&["checkpoint", "list", "job"]);
    assert!(
        ended.stdout.contains("Total: 1") && !ended.stdout.contains('\u{1b}'),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_payload_carries_where_it_came_from() {
    let place = project();
    place.file(
        "llm/run/p.mld",
        "show @payload.k.mx.labels\nshow @payload.k.mx.taint\nshow `- @payload.k.mx.sources`\n\
         show @payload.none.mx.taint\nvar @t = `t @payload.k`\nshow @t.mx.taint\nshow @payload.mx.taint\n",
    );
    let dynamic = "[\"src:dynamic\"]\n";
    let sources = "- [\"dynamic-module\",\"dynamic://@payload\"]\n";
    let want = format!("{dynamic}{dynamic}{sources}{dynamic}{dynamic}{dynamic}");
    let ended = place.mlld(&["run", "p", "--k", "v"]);
    let output = ended.stdout.split_once("\n\n").unwrap().1;
    assert_eq!(output, want, "{}", ended.stderr);
    let denied =
        "policy @p = { labels: { \"src:dynamic\": { deny: [\"op:show\"] } } }\nshow `@payload.k`\n";
    place.file("llm/run/d.mld", denied);
    let ended = place.mlld(&["run", "d", "--k", "v"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("src:dynamic"), "{}", ended.stderr);
}
