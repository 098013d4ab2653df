//! Checkpoints (spec 03 §18) from outside: real runs, real files, a real kill.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Ended, Place};

/// An executable that counts how often it is really asked.
const ASK: &str = "exe llm @ask(q) = sh { echo \"$q\" >> calls; echo \"ans $q\" }\n";

/// A place with this script as `job.mld`, behind [`ASK`].
fn job(script: &str) -> Place {
    let place = Place::new();
    write(&place, script);
    place
}

/// The header, if there is one, has to stay the first line.
fn write(place: &Place, script: &str) {
    let text = match script.split_once('\n') {
        Some((first, rest)) if first.starts_with("resume:") => format!("{first}\n{ASK}{rest}"),
        _ => format!("{ASK}{script}"),
    };
    place.file("job.mld", text);
}

/// What the executable was really asked, in order.
fn asked(place: &Place) -> Vec<String> {
    let calls = fs::read_to_string(place.path("calls")).unwrap_or_default();
    calls.lines().map(str::to_owned).collect()
}

/// Runs the script; it has to end well. What it printed.
fn run(place: &Place, words: &[&str]) -> String {
    good(place, words).stdout
}

fn good(place: &Place, words: &[&str]) -> Ended {
    let all: Vec<&str> = std::iter::once("job.mld")
        .chain(words.iter().copied())
        .collect();
    let ended = place.mlld(&all);
    assert_eq!(ended.status, 0, "{words:?}: {}", ended.stderr);
    ended
}

/// The only result file.
fn result(place: &Place) -> std::path::PathBuf {
    let folder = place.path(".mlld/checkpoints/job/results");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1);
    files.remove(0)
}

#[test]
fn a_killed_run_goes_on_without_asking_again() {
    let place = job("show @ask(\"one\")\nshow @ask(\"two\")\n\
         run sh { touch ready; while [ ! -e go ]; do sleep 0.05; done }\nshow @ask(\"three\")\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_mlld"))
        .arg("job.mld")
        .current_dir(place.path(""))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", place.path("../home"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !place.path("ready").exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it does not get that far"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    // SIGKILL: nothing can be written any more.
    child.kill().unwrap();
    child.wait().unwrap();
    place.file("go", "");
    assert_eq!(asked(&place), ["one", "two"]);
    let hint = good(&place, &["--no-checkpoint"]);
    assert!(!hint.stderr.contains("Checkpoint found"));
    fs::remove_file(place.path("calls")).unwrap();

    assert_eq!(run(&place, &["--resume"]), "ans one\nans two\nans three\n");
    assert_eq!(asked(&place), ["three"]);
}

#[test]
fn a_torn_record_costs_its_answer_only() {
    let place = job("resume: auto\nshow @ask(\"one\")\nshow @ask(\"two\")\n");
    run(&place, &[]);
    let list = place.path(".mlld/checkpoints/job/llm-cache.jsonl");
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, &text[..text.len() - 40]).unwrap();
    run(&place, &[]);
    assert_eq!(asked(&place), ["one", "two", "two"]);
    run(&place, &[]);
    assert_eq!(asked(&place).len(), 3);
}

#[test]
fn files_and_folders_are_the_users_alone() {
    let place = job("show @ask(\"one\")\n");
    run(&place, &[]);
    let mode = |path: &str| fs::metadata(place.path(path)).unwrap().permissions().mode() & 0o777;
    for folder in [
        "",
        "/checkpoints",
        "/checkpoints/job",
        "/checkpoints/job/results",
    ] {
        assert_eq!(mode(&format!(".mlld{folder}")), 0o700, "{folder}");
    }
    for file in ["manifest.json", "llm-cache.jsonl"] {
        assert_eq!(
            mode(&format!(".mlld/checkpoints/job/{file}")),
            0o600,
            "{file}"
        );
    }
    assert_eq!(
        fs::metadata(result(&place)).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(mode("../home/.config/mlld/keys/system%3Amlld.key"), 0o600);
}

#[test]
fn an_answer_comes_back_with_all_its_labels() {
    let place = job(
        "resume: auto\nvar pii @who = \"Ada\"\nvar @a = @ask(@who)\n\
         show `@a.mx.labels @a.mx.taint`\n\
         var @plain = @ask(\"x\")\nshow `- @plain.mx.taint`\n",
    );
    let first = run(&place, &[]);
    assert_eq!(
        first,
        "[\"pii\",\"llm\"] [\"pii\",\"llm\",\"src:sh\"]\n- [\"llm\",\"src:sh\"]\n"
    );
    assert_eq!(run(&place, &[]), first);
    assert_eq!(asked(&place), ["Ada", "x"]);
}

#[test]
fn an_answer_gets_the_labels_of_the_arguments_now() {
    let place =
        job("resume: auto\nvar @who = \"Ada\"\nvar @a = @ask(@who)\nshow `- @a.mx.labels`\n");
    run(&place, &[]);
    write(
        &place,
        "resume: auto\nvar pii @who = \"Ada\"\nvar @a = @ask(@who)\nshow `- @a.mx.labels`\n",
    );
    assert_eq!(run(&place, &[]), "- [\"pii\",\"llm\"]\n");
    assert_eq!(asked(&place), ["Ada"]);
}

#[test]
fn an_answer_keeps_its_form() {
    let script = |show: &str| {
        format!(
            "resume: auto\nexe llm @data() = sh {{ echo x >> calls; echo '{{\"b\": 1, \"a\":  [2]}}' }}\n\
             var @d = @data()\nshow `- @d`\nshow `- @d.mx.text`\nshow @d.a[0]\nshow `- @d.mx.keys`\n{show}"
        )
    };
    let place = job(&script(""));
    let first = run(&place, &[]);
    assert!(first.contains("- {\"b\": 1, \"a\":  [2]}\n2\n"), "{first}");
    assert_eq!(run(&place, &[]), first);
    assert_eq!(asked(&place), ["x"]);
}

#[test]
fn policy_judges_before_the_cache_is_asked() {
    let with_policy = "policy @p = { labels: { pii: { deny: [\"llm\"] } } }\n";
    for (body, denied) in [
        ("sh { echo \"$q\" >> calls; echo \"ans $q\" }", "pii"),
        (
            "[ run sh(@q) { echo \"$q\" >> calls }\n => `ans @q` ]",
            "pii",
        ),
        ("`ans @q`", "pii"),
    ] {
        let script = |policy: &str| {
            format!(
                "resume: auto\n{policy}exe llm @tell(q) = {body}\nvar pii @who = \"Ada\"\nvar @a = @tell(@who)\nshow @a\n"
            )
        };
        let place = job(&script(""));
        assert!(run(&place, &[]).contains("ans Ada"));
        write(&place, &script(with_policy));
        let ended = place.mlld(&["job.mld"]);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{body}");
        assert!(ended.stderr.contains(denied), "{body}: {}", ended.stderr);
    }
}

#[test]
fn what_may_not_be_written_is_not() {
    for (policy, label) in [
        ("", "secret"),
        ("", "sensitive"),
        (
            "policy @p = { labels: { pii: { deny: [\"op:output\"] } } }\n",
            "pii",
        ),
    ] {
        let place = job(&format!(
            "resume: auto\n{policy}var {label} @key = \"hush-4711\"\nvar @a = @ask(@key)\nvar @b = @ask(\"open\")\n"
        ));
        for _ in 0..2 {
            run(&place, &[]);
        }
        assert_eq!(asked(&place), ["hush-4711", "open", "hush-4711"], "{label}");
        let found = place.shell("grep -rl hush-4711 .mlld");
        assert_eq!(found.stdout, "", "{label}");
    }
    // The result alone carries it.
    let place = job(
        "resume: auto\nvar secret @key = \"hush-4711\"\nexe llm @leak(q) = `@q @key`\nvar @a = @leak(\"x\")\n",
    );
    run(&place, &[]);
    assert_eq!(place.shell("grep -rl hush-4711 .mlld").stdout, "");
}

#[test]
fn what_somebody_else_wrote_is_not_served() {
    type Change = (&'static str, fn(&str) -> String);
    let changes: [Change; 4] = [
        ("value", |t| t.replace("ans one", "ans two")),
        ("labels", |t| t.replace("[\"llm\"]", "[]")),
        ("code", |t| t.replace("\"mac\":\"", "\"mac\":\"A")),
        ("all", |_| String::from("{}")),
    ];
    for (what, change) in changes {
        let place = job("resume: auto\nshow @ask(\"one\")\n");
        run(&place, &[]);
        let file = result(&place);
        let text = fs::read_to_string(&file).unwrap();
        assert_ne!(change(&text), text, "{what}");
        fs::write(&file, change(&text)).unwrap();
        let ended = good(&place, &[]);
        assert_eq!(ended.stdout, "ans one\n", "{what}");
        assert!(
            ended
                .stderr
                .contains("Warning: The recorded answer of @ask is not used"),
            "{what}: {}",
            ended.stderr
        );
        assert_eq!(asked(&place).len(), 2, "{what}");
    }
    // The cache of a project that somebody else has made: his key is not ours.
    let place = job("resume: auto\nshow @ask(\"one\")\n");
    run(&place, &[]);
    let other = [("MLLD_CONFIG_DIR", place.path("../other"))];
    let other = other
        .iter()
        .map(|(n, v)| (*n, v.to_str().unwrap()))
        .collect::<Vec<_>>();
    place.mlld_with(&["job.mld"], &other, b"");
    assert_eq!(asked(&place).len(), 2);
}

#[test]
fn without_a_key_nothing_is_kept_and_the_run_goes_on() {
    let place = job("resume: auto\nshow @ask(\"one\")\nshow @ask(\"two\")\n");
    place.file("../home/blocked", "a file, no folder");
    let config = place.path("../home/blocked");
    let variables = [("MLLD_CONFIG_DIR", config.to_str().unwrap())];
    let ended = place.mlld_with(&["job.mld"], &variables, b"");
    assert_eq!(
        (ended.status, ended.stdout.as_str()),
        (0, "ans one\nans two\n")
    );
    assert_eq!(
        ended.stderr.matches("Cannot keep signing keys").count(),
        1,
        "{}",
        ended.stderr
    );
    assert!(!place.path(".mlld/checkpoints/job/results").exists());
}

#[test]
fn scripts_reach_neither_cache_nor_key() {
    let place = job("show @ask(\"one\")\n");
    run(&place, &[]);
    let config = fs::canonicalize(place.path("../home/.config/mlld")).unwrap();
    let config = config.display();
    for line in [
        "output \"x\" to \".mlld/checkpoints/job/manifest.json\"".to_owned(),
        "append \"x\" to \".mlld/checkpoints/job/llm-cache.jsonl\"".to_owned(),
        format!("output \"x\" to \"{config}/trusted.json\""),
        format!("output \"x\" to \"{config}/keys/a.pub\""),
        format!("show <{config}/keys/system%3Amlld.key>"),
    ] {
        place.file("bad.mld", &line);
        let ended = place.mlld(&["bad.mld"]);
        assert_eq!(ended.status, 1, "{line}");
        assert!(
            ended.stderr.contains("is protected"),
            "{line}: {}",
            ended.stderr
        );
    }
    assert_eq!(run(&place, &["--resume"]), "ans one\n");
    assert_eq!(asked(&place).len(), 1);
}

#[test]
fn a_changed_executable_is_asked_again() {
    let script =
        |body: &str| format!("resume: auto\nexe llm @tell(q) = {body}\nshow @tell(\"a\")\n");
    let place = job(&script("`one @q`"));
    assert_eq!(run(&place, &[]), "one a\n");
    write(&place, &script("`two @q`"));
    let ended = good(&place, &[]);
    assert_eq!(ended.stdout, "two a\n");
    // Where it stands does not matter.
    write(
        &place,
        &format!(
            "resume: auto\n>> moved\n{}",
            script("`two @q`").trim_start_matches("resume: auto\n")
        ),
    );
    let ended = good(&place, &[]);
    assert_eq!(
        (ended.stdout.as_str(), ended.stderr.as_str()),
        ("two a\n", "")
    );
}

#[test]
fn a_failed_call_is_no_answer() {
    for body in [
        "sh { echo x >> calls; echo oops; exit 3 }",
        "[ let @r = sh { echo x >> calls; echo oops; exit 3 }\n => @r ]",
        "[ let @r = for parallel(2) @i in [1] => sh { echo x >> calls; echo oops; exit 3 }\n => @r ]",
    ] {
        let place = job(&format!(
            "resume: auto\nexe llm @bad() = {body}\nvar @r = @bad()\n"
        ));
        for _ in 0..2 {
            good(&place, &[]);
        }
        assert_eq!(asked(&place).len(), 2, "{body}");
    }
}

#[test]
fn a_stage_that_is_retried_is_asked_again() {
    let place = job(
        "resume: auto\nexe llm @draft(q) = sh { echo x >> calls; wc -l < calls }\n\
         exe @wrapped(q) = [ => @draft(@q) ]\n\
         exe @check(v) = when [ @mx.try < 3 => retry\n * => `done @v` ]\n\
         show \"a\" | @draft | @check\nshow \"b\" | @wrapped | @check\n",
    );
    let first = run(&place, &[]);
    assert_eq!(
        first.split_whitespace().collect::<Vec<_>>(),
        ["done", "3", "done", "6"]
    );
    assert_eq!(asked(&place).len(), 6);
}

#[test]
fn what_a_call_is_given_beside_its_arguments_counts() {
    let place = job(
        "exe llm @cat() = cmd { cat }\nexe llm @seen() = `saw @input`\n\
         run @cat() with { stdin: \"one\" }\nrun @cat() with { stdin: \"two\" }\n\
         show \"three\" | @seen\nshow \"four\" | @seen\n",
    );
    let expected = "one\ntwo\nsaw three\nsaw four\n";
    assert_eq!(run(&place, &[]), expected);
    assert_eq!(run(&place, &["--resume"]), expected);
}

#[test]
fn calls_in_parallel_are_recorded_and_served() {
    let place = job(
        "resume: auto\nvar @all = for parallel(4) @i in [1, 2, 3, 4, 5, 6, 7, 8] => @ask(@i)\nshow @all.join(\",\")\n",
    );
    let first = run(&place, &[]);
    assert_eq!(asked(&place).len(), 8);
    assert_eq!(run(&place, &[]), first);
    assert_eq!(asked(&place).len(), 8);
}

#[test]
fn scopes_have_modes_of_their_own() {
    let place = job(
        "show @ask(\"one\")\ncheckpoint \"auto\" with { resume: auto }\nshow @ask(\"two\")\n\
         checkpoint \"never\" with { resume: never }\nshow @ask(\"three\")\nshow @ask(\"three\")\n",
    );
    run(&place, &[]);
    assert_eq!(asked(&place), ["one", "two", "three", "three"]);
    fs::remove_file(place.path("calls")).unwrap();
    run(&place, &[]);
    assert_eq!(asked(&place), ["one", "three", "three"]);
    fs::remove_file(place.path("calls")).unwrap();
    // With --resume `never` records and serves, too.
    run(&place, &["--resume"]);
    run(&place, &["--resume"]);
    assert_eq!(asked(&place), ["three"]);
}

#[test]
fn old_answers_are_not_served_by_themselves() {
    let script = |ttl: &str| {
        format!("checkpoint \"a\" with {{ resume: auto, ttl: {ttl} }}\nshow @ask(\"one\")\n")
    };
    let place = job(&script("1h"));
    run(&place, &[]);
    run(&place, &[]);
    assert_eq!(asked(&place).len(), 1);
    write(&place, &script("1"));
    std::thread::sleep(Duration::from_millis(5));
    run(&place, &["--resume"]);
    assert_eq!(asked(&place).len(), 1);
    run(&place, &[]);
    assert_eq!(asked(&place).len(), 2);
    write(&place, &script("\"soon\""));
    let ended = place.mlld(&["job.mld"]);
    assert!(
        ended.stderr.contains("Invalid duration format: soon"),
        "{}",
        ended.stderr
    );
}

#[test]
fn incomplete_scopes_are_not_served_by_themselves() {
    let place = job(
        "checkpoint \"a\" with { resume: auto, complete: @payload.done == \"yes\" }\nshow @ask(\"one\")\n",
    );
    run(&place, &[]);
    run(&place, &[]);
    assert_eq!(asked(&place).len(), 2, "it was never complete");
    run(&place, &["--done", "yes"]);
    assert_eq!(asked(&place).len(), 3);
    run(&place, &[]);
    assert_eq!(
        asked(&place).len(),
        3,
        "the run before has left it complete"
    );
    run(&place, &[]);
    assert_eq!(
        asked(&place).len(),
        4,
        "the run before has left it incomplete"
    );
    run(&place, &["--resume"]);
    assert_eq!(asked(&place).len(), 4);
    let manifest = place.read(".mlld/checkpoints/job/manifest.json");
    assert!(manifest.contains("\"complete\": false"), "{manifest}");
}

#[test]
fn call_sites_are_told_apart_in_one_statement() {
    let place = job("var @all = [@ask(\"one\"), @ask(\"two\")]\nshow @all.join(\" \")\n");
    run(&place, &[]);
    run(&place, &["--resume", "@ask:1"]);
    assert_eq!(asked(&place), ["one", "two", "two"]);
}

#[test]
fn served_calls_keep_their_place_in_the_order() {
    // After a resumed run a named checkpoint still stands where it stood.
    let place = job("show @ask(\"one\")\ncheckpoint \"half\"\nshow @ask(\"two\")\n");
    run(&place, &[]);
    run(&place, &["--resume"]);
    run(&place, &["--resume", "half"]);
    run(&place, &["--resume", "half"]);
    assert_eq!(asked(&place), ["one", "two", "two", "two"]);
    // Calls that moved in front of it are not forgotten with it.
    write(
        &place,
        "show @ask(\"one\")\nshow @ask(\"two\")\ncheckpoint \"half\"\nshow @ask(\"three\")\n",
    );
    run(&place, &["--resume"]);
    run(&place, &["--resume", "half"]);
    assert_eq!(
        asked(&place),
        ["one", "two", "two", "two", "three", "three"]
    );
}

#[test]
fn the_hint_stands_on_standard_error() {
    let place = job("show @ask(\"one\")\n");
    let first = good(&place, &[]);
    assert_eq!(first.stderr, "");
    let second = good(&place, &[]);
    assert_eq!(second.stdout, "ans one\n");
    assert_eq!(
        second.stderr,
        "Checkpoint found for this script (1 cached entry). Use --resume to continue from where you left off.\n"
    );
    assert_eq!(good(&place, &["--resume"]).stderr, "");
    assert_eq!(good(&place, &["--fresh"]).stderr, "");
    assert_eq!(good(&place, &["--no-checkpoint"]).stderr, "");
}

#[test]
fn code_without_a_file_keeps_nothing() {
    let place = job("");
    let code = format!("{ASK}show @ask(\"one\")");
    let ended = place.mlld(&["-e", &code]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "ans one\n"));
    assert!(!place.path(".mlld").exists());
    let ended = place.mlld(&["-e", &code, "--resume"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("need a script file"),
        "{}",
        ended.stderr
    );
}

#[test]
fn mistakes_are_said() {
    for (script, words, want) in [
        (
            "resume: later\nshow \"x\"\n",
            &[][..],
            "Invalid script resume mode \"later\". Expected auto, manual, or never.",
        ),
        (
            "checkpoint \"\"\n",
            &[],
            "checkpoint directive requires a non-empty name",
        ),
        (
            "show \"x\"\n",
            &["--resume", "@"],
            "Invalid --resume target",
        ),
        (
            "show \"x\"\n",
            &["--resume", "a"],
            "Unknown checkpoint \"a\". No named checkpoints are registered yet.",
        ),
        (
            "checkpoint \"ab\"\ncheckpoint \"ac\"\n",
            &["--resume", "a"],
            "Ambiguous checkpoint match \"a\" — matches: - ab - ac",
        ),
        ("show \"x\"\n", &["--fork"], "--fork requires a script name"),
        (
            "var secret @s = \"s\"\ncheckpoint `a @s`\n",
            &[],
            "The name of a checkpoint is written to disk",
        ),
    ] {
        let place = job(script);
        let words: Vec<&str> = std::iter::once("job.mld")
            .chain(words.iter().copied())
            .collect();
        let ended = place.mlld(&words);
        assert_eq!(ended.status, 1, "{script}");
        assert!(ended.stderr.contains(want), "{script}: {}", ended.stderr);
    }
}

#[test]
fn a_checkpoint_may_depend_on_a_condition() {
    let place = job("when @payload.x => checkpoint \"a\"\nshow @ask(\"one\")\n");
    run(&place, &["--x"]);
    run(&place, &["--resume", "a"]);
    assert_eq!(asked(&place).len(), 2);
}

#[test]
fn a_cache_that_leads_out_of_the_project_is_left_alone() {
    let place = job("resume: auto\nshow @ask(\"one\")\n");
    place.file("../away/results/keep", "mine");
    place.file("mlld-config.json", "{}");
    fs::create_dir_all(place.path(".mlld/checkpoints")).unwrap();
    std::os::unix::fs::symlink(place.path("../away"), place.path(".mlld/checkpoints/job")).unwrap();
    let ended = good(&place, &["--fresh"]);
    assert!(
        ended
            .stderr
            .contains("Warning: Checkpoints cannot be kept in"),
        "{}",
        ended.stderr
    );
    assert_eq!(place.read("../away/results/keep"), "mine");
    let ended = place.mlld(&["checkpoint", "clean", "job"]);
    assert_eq!(ended.status, 1);
    assert_eq!(place.read("../away/results/keep"), "mine");
}

#[test]
fn what_happens_to_a_workspace_happens_every_time() {
    // In a box a call is made again: what comes of it depends on the workspace.
    let script = "files <@ws/> = [{ \"a\": \"1\" }]\nexe llm @write(q) = sh { printf \"$q\" > made; echo \"wrote $q\" }\n\
         box @ws [ show @write(\"x\") ]\nshow <@ws/made>\n";
    let place = job(script);
    for words in [&[][..], &["--resume"]] {
        assert_eq!(run(&place, words), "wrote x\nx\n");
    }
    // So is one that writes to a workspace that outlives it.
    let script = "files <@ws/> = [{ \"a\": \"1\" }]\nexe llm @fill(q) = [\n  let @n = @ask(@q)\n  box @ws [ file \"b\" = @q ]\n  => \"done\"\n]\n\
         show @fill(\"x\")\nshow <@ws/b>\n";
    let place = job(script);
    for words in [&[][..], &["--resume"]] {
        assert_eq!(run(&place, words), "done\nx\n");
    }
    assert_eq!(asked(&place), ["x"]);
    // A workspace that goes with its box is nobody's concern; one that is the answer is of this run.
    let script = "exe llm @quiet(q) = [\n  run sh { echo a >> calls }\n  => box [\n    file \"b\" = @q\n    => <b>\n  ]\n]\n\
         exe llm @loud(q) = [\n  run sh { echo b >> calls }\n  => box [ file \"b\" = @q ]\n]\n\
         show @quiet(\"x\")\nvar @w = @loud(\"x\")\nshow <@w/b>\n";
    let place = job(script);
    for words in [&[][..], &["--resume"]] {
        assert_eq!(run(&place, words), "x\nx\n");
    }
    assert_eq!(asked(&place), ["a", "b", "b"]);
}
