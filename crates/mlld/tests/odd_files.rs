//! Files that are huge, no files, too many, or not what their names promise (spec 04 §1.3, §1.8, §3).
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use std::fs::File;
use support::Place;

/// Kilobytes of memory that a run may take: far less than a huge file has.
const MEMORY: u32 = 1_000_000;

/// Runs a script with little memory: what it prints, what it complains of.
fn run(place: &Place, script: &str) -> (String, String) {
    place.file("s.mld", script);
    let ended = place.shell(&format!("ulimit -v {MEMORY}; exec $MLLD s.mld -v"));
    (ended.stdout, ended.stderr)
}

/// A file with a hole: it takes no room on the disk.
fn huge(place: &Place, name: &str) {
    place.file(name, "");
    let file = File::options().write(true).open(place.path(name)).unwrap();
    file.set_len(1 << 30).unwrap();
}

#[test]
fn a_huge_file_is_refused_wherever_text_is_expected() {
    let place = Place::new();
    for name in ["h.txt", "h.json", "h.mld", "h.att", "t/h.att", "g/h.txt"] {
        huge(&place, name);
    }
    place.file("g/a.txt", "small");
    for script in [
        "show <h.txt>",
        "show <h.json>",
        "show <h.txt # T>",
        "import { x } from './h.mld'",
        "import { x } from './h.json'",
        "exe @t(a) = template './h.att'",
        "import templates from './t' as @t(a)",
    ] {
        let (_, complaint) = run(&place, script);
        assert!(
            complaint.contains("it has 1073741824 bytes"),
            "{script}: {complaint}"
        );
    }
    // In a list it is left out, and who watches the run is told.
    let (out, complaint) = run(&place, "var @g = <g/*.txt>\nshow @g\n");
    assert_eq!(out, "small\n");
    assert!(
        complaint.contains("Warning: s.mld:1 leaves out ./g/h.txt: it has 1073741824 bytes"),
        "{complaint}"
    );
    let ended = place.mlld(&["s.mld"]);
    assert_eq!(ended.stderr, "");
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    let place = Place::new();
    let made = place.shell("mkfifo p.txt p.mld p.att p.json; ln -s /dev/zero z.txt; ln -s l2 l1; ln -s l1 l2; mkdir g; mkfifo g/p.txt; echo a > g/a.txt");
    assert_eq!(made.stderr, "");
    for script in [
        "show <p.txt>",
        "show <z.txt>",
        "show </dev/zero>",
        "import { x } from './p.mld'",
        "import { x } from './p.json'",
        "exe @t(a) = template './p.att'",
    ] {
        let (_, complaint) = run(&place, script);
        assert!(
            complaint.contains("it is not a regular file"),
            "{script}: {complaint}"
        );
    }
    let (_, complaint) = run(&place, "show <l1>");
    assert!(
        complaint.contains("Failed to load content: l1"),
        "{complaint}"
    );
    let calm = "var @g = <g/*.txt>\nshow @g\nvar @p = <p.txt>?\nshow `[@p] @exists(\"p.txt\") @fileExists(\"p.txt\")`\n";
    assert_eq!(run(&place, calm).0, "a\n\n[null] false false\n");
}

#[test]
fn a_hundred_thousand_files() {
    let place = Place::new();
    place.file("m/000000.x", "");
    for n in 1..100_000 {
        File::create(place.path(&format!("m/{n:06}.x"))).unwrap();
    }
    place.file(
        "s.mld",
        "var @a = <m/*.x>\nshow @a.length()\nshow @a[99999].mx.relative\nshow @exists(\"m/*.x\")\n",
    );
    let ended = place.mlld(&["s.mld"]);
    assert_eq!(
        ended.stdout, "100000\n./m/099999.x\ntrue\n",
        "{}",
        ended.stderr
    );
}

#[test]
fn paths_do_not_lead_out_where_that_is_forbidden() {
    let place = Place::new();
    place.file(
        "mlld-config.json",
        r#"{"security":{"allowAbsolutePaths":false}}"#,
    );
    place.file("sub/a.txt", "inside");
    let made = place.shell("echo secret > ../out.txt; ln -s ../out.txt link.txt; ln -s .. up");
    assert_eq!(made.stderr, "");
    for path in [
        "../out.txt",
        "sub/../../out.txt",
        "link.txt",
        "up/out.txt",
        "/etc/hostname",
        "up/*.txt",
        "../*.txt",
    ] {
        let (out, complaint) = run(&place, &format!("show <{path}>?\n"));
        assert!(!out.contains("secret"), "{path}: {out}");
        assert!(
            complaint.contains("is outside the project root"),
            "{path}: {complaint}"
        );
    }
    // Nothing in a path is decoded.
    for path in [
        "%2e%2e/out.txt",
        "sub/%2e%2e%2f..%2fout.txt",
        "..%2fout.txt",
    ] {
        let (out, complaint) = run(&place, &format!("show <{path}>\n"));
        assert!(!out.contains("secret"), "{path}: {out}");
        assert!(complaint.contains("not found"), "{path}: {complaint}");
    }
    for (script, why) in [
        ("file '../x.txt' = 'a'", "traversal"),
        ("file 'sub/../../x.txt' = 'a'", "traversal"),
        ("file 'up/x.txt' = 'a'", "outside the project root"),
        ("files 'sub' = [{ '../../x.txt': 'a' }]", "traversal"),
    ] {
        let (_, complaint) = run(&place, script);
        assert!(complaint.contains(why), "{script}: {complaint}");
        assert!(!place.path("../x.txt").exists());
    }
    let (out, _) = run(&place, "show <sub/../sub/a.txt>\n");
    assert_eq!(out, "inside\n");
}

#[test]
fn nothing_waits_for_a_pipe_or_the_kernel() {
    let place = Place::new();
    place.file("m.mld", "show `1`\n");
    place.file("k.mld", "var @x = </proc/kmsg>?\n");
    for command in [
        "mkfifo f.mld; timeout 10 $MLLD validate f.mld",
        "timeout 10 $MLLD m.mld --payload f.mld",
        "timeout 10 $MLLD m.mld --mlld-env f.mld",
        "timeout 10 $MLLD k.mld",
    ] {
        let ended = place.shell(&format!("{command}; echo $? >status"));
        let status = std::fs::read_to_string(place.path("status")).unwrap();
        assert_ne!(status.trim(), "124", "{command}: {}", ended.stderr);
    }
    let ended = place.shell("$MLLD m.mld --payload f.mld");
    assert!(
        ended.stderr.contains("it is not a regular file"),
        "{}",
        ended.stderr
    );
}
