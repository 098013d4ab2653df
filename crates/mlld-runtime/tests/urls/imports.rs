//! Imports from URLs.

use super::web::Web;
use super::{configured, fails, options, run_with, script, with};
use mlld_runtime::{RunOptions, UrlOptions};

const PLANT: &str = "var @site = 'north'\nexe @greet(who) = `hello @who`\nexe @low(x) = @x.toLowerCase()\nvar @inner = { a: [1] }\n";

fn site() -> Web {
    Web::pages(&[
        ("/plant.mld", "text/plain", PLANT),
        (
            "/lib/a.mld",
            "text/plain",
            "import { @b } from './b.mld'\nvar @a = `a @b`\nexe @note() = <note.txt>\nexe @there() = @exists('note.txt')\n",
        ),
        ("/lib/b.mld", "text/plain", "var @b = 'far'\n"),
        ("/lib/note.txt", "text/plain", "from there"),
        ("/moved.mld", "-> /lib/a.mld", ""),
        ("/insecure.mld", "-> http://192.0.2.1/m.mld", ""),
        ("/data.json", "text/plain", "{\"k\":{\"n\":1}}"),
        ("/list.jsonl", "text/plain", "1\n2\n"),
        ("/bad.json", "text/plain", "{"),
        ("/bad.mld", "text/plain", "var = \n"),
        (
            "/doc.md",
            "text/markdown",
            "---\nname: D\n---\nProse\n\n/var @m = 'md'\n",
        ),
        ("/t.txt", "text/plain", "x"),
        (
            "/ring.mld",
            "text/plain",
            "import { @x } from './ring.mld'\nvar @x = 1\n",
        ),
        (
            "/local.mld",
            "text/plain",
            "exe @read() = <@root/here.txt>\n",
        ),
    ])
}

#[track_caller]
fn shows(main: &str, expected: &str) {
    let web = site();
    let main = main.replace("http://H", &web.url(""));
    assert_eq!(script(&main).good(), expected, "{main}");
}

#[test]
fn modules_and_data() {
    for (main, expected) in [
        (
            "import { @site, @greet } from 'http://H/plant.mld'\nshow @greet(@site)",
            "hello north\n",
        ),
        ("import 'http://H/plant.mld'\nshow @plant.site", "north\n"),
        (
            "import 'http://H/plant.mld' as @p\nshow @p.greet('you')",
            "hello you\n",
        ),
        (
            "import { @site } from <http://H/plant.mld>\nshow @site",
            "north\n",
        ),
        (
            "import live { @site } from 'http://H/plant.mld'\nshow @site",
            "north\n",
        ),
        (
            "import cached(1h) { @site } from 'http://H/plant.mld'\nshow @site",
            "north\n",
        ),
        ("import { @k } from 'http://H/data.json'\nshow @k.n", "1\n"),
        (
            "import { @content } from 'http://H/list.jsonl'\nshow @content[1]",
            "2\n",
        ),
        ("import { @m } from 'http://H/doc.md'\nshow @m", "md\n"),
        (
            "import { @a } from 'http://H/lib/a.mld'\nshow @a",
            "a far\n",
        ),
        (
            "import { @a } from 'http://H/moved.mld'\nshow @a",
            "a far\n",
        ),
        (
            "import { @note, @there } from 'http://H/moved.mld'\nshow @note()\nshow @there()",
            "from there\nfalse\n",
        ),
    ] {
        shows(main, expected);
    }
}

#[test]
fn what_cannot_be_imported() {
    let web = site();
    for (path, expected) in [
        ("/t.txt", "cannot be imported as a module"),
        ("/gone.mld", "the server answered with status 404"),
        ("/bad.json", "Failed to parse JSON from bad.json"),
        ("/bad.mld", "Failed to parse imported file"),
        ("/ring.mld", "Circular import detected: ./ring.mld"),
    ] {
        fails(
            &script(&format!("import '{}' as @m", web.url(path))),
            expected,
        );
    }
    fails(
        &script(&format!("import static '{}' as @m", web.url("/plant.mld"))),
        "Import type 'static' supports local files",
    );
    let template = "import { @f } from 'http://H/x.mld'";
    fails(
        &script(&template.replace("http://H", "ftp://h.example")),
        "File not found",
    );
}

#[test]
fn everything_carries_where_it_is_from() {
    for (main, what) in [
        (
            "import { @site as @r } from 'http://H/plant.mld'",
            "a value",
        ),
        (
            "import { @greet } from 'http://H/plant.mld'\nvar @r = @greet('x')",
            "a result",
        ),
        (
            "import { @low } from 'http://H/plant.mld'\nvar @r = @low('X')",
            "a result of an argument",
        ),
        (
            "import 'http://H/plant.mld' as @p\nvar @r = @p.inner.a",
            "a field",
        ),
        (
            "import 'http://H/plant.mld' as @p\nvar @r = @p.greet('x')",
            "a result of a member",
        ),
        (
            "import { @k } from 'http://H/data.json'\nvar @r = @k.n",
            "data",
        ),
        (
            "import { @a as @r } from 'http://H/lib/a.mld'",
            "a value of a module of a module",
        ),
    ] {
        let web = site();
        let main = format!("{main}\nshow @r.mx.taint");
        let ran = script(&main.replace("http://H", &web.url("")));
        let out = ran.good();
        assert!(out.contains("\"src:network\""), "{what}: {out}");
        assert!(
            !out.contains("src:file") && !out.contains("dir:"),
            "{what}: {out}"
        );
    }
    let web = site();
    let main = format!(
        "import {{ @a }} from '{}'\nshow @a.mx.sources",
        web.url("/moved.mld")
    );
    let sources = script(&main);
    for path in ["/moved.mld", "/lib/a.mld", "/lib/b.mld"] {
        assert!(sources.good().contains(&web.url(path)), "{}", sources.out);
    }
    // The second import of a run carries the same.
    let main = format!(
        "import {{ @site }} from '{0}'\nimport {{ @site as @r }} from '{0}'\nshow @r.mx.sources",
        web.url("/plant.mld")
    );
    assert_eq!(
        script(&main).good(),
        format!("[\"{}\"]\n", web.url("/plant.mld"))
    );
    // What the address was made of is on all of it.
    let main = format!(
        "var secret @n = 'plant'\nimport {{ @site }} from \"{}/@n\\.mld\"\nshow @site.mx.labels",
        web.url("")
    );
    assert!(script(&main).good().contains("secret"));
}

#[test]
fn who_may_give_modules() {
    let web = site();
    let import = format!(
        "import {{ @site }} from '{}'\nshow @site",
        web.url("/plant.mld")
    );
    let data = format!(
        "import {{ @k }} from '{}'\nshow @k.n",
        web.url("/data.json")
    );
    let other = r#"{"security":{"trustedDomains":["mods.example"]}}"#;
    for main in [&import, &data] {
        fails(
            &configured(other, main),
            "Import not approved: http://127.0.0.1",
        );
    }
    assert_eq!(web.asked().len(), 0);
    // It may still be read.
    let read = format!("show <{}>", web.url("/t.txt"));
    assert_eq!(configured(other, &read).good(), "x\n");
    let own = r#"{"security":{"trustedDomains":["127.0.0.1"]}}"#;
    assert_eq!(configured(own, &import).good(), "north\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mlld-config.json"), other).unwrap();
    let approved = RunOptions {
        urls: UrlOptions {
            approve_imports: true,
            ..UrlOptions::default()
        },
        ..options()
    };
    assert_eq!(
        run_with(folder.path(), &approved, &import).good(),
        "north\n"
    );
}

#[test]
fn modules_do_not_come_over_insecure_ways() {
    let web = site();
    for main in [
        "import { @x } from 'http://192.0.2.1/m.mld'".to_owned(),
        format!("import {{ @x }} from '{}'", web.url("/insecure.mld")),
    ] {
        fails(
            &script(&main),
            "Insecure import refused: http://192.0.2.1/m.mld",
        );
    }
    // Data is no code.
    let data = format!(
        "import {{ @k }} from 'http://0.0.0.0:{}/data.json'\nshow @k.n",
        web.port
    );
    let ran = with(super::allowed(&["0.0.0.0"]), &data);
    assert_eq!(ran.good(), "1\n");
    assert!(
        ran.err.contains("Using insecure HTTP protocol"),
        "{}",
        ran.err
    );
    // Who trusts the host trusts what comes from it in any way.
    let module = format!(
        "import {{ @site }} from 'http://0.0.0.0:{}/plant.mld'\nshow @site",
        web.port
    );
    fails(
        &with(super::allowed(&["0.0.0.0"]), &module),
        "Insecure import refused",
    );
    let trusted = r#"{"security":{"trustedDomains":["0.0.0.0"]}}"#;
    assert_eq!(configured(trusted, &module).good(), "north\n");
}

#[test]
fn an_import_is_judged_by_what_its_address_was_made_of() {
    let web = site();
    let main = |policy: &str| {
        format!(
            "policy @p = {policy}\nvar secret @key = 'k1'\nimport {{ @site }} from \"{}/plant.mld?@key\"\nshow @site",
            web.url("")
        )
    };
    for policy in [
        "{ labels: { secret: { deny: ['op:import'] } } }",
        "{ labels: { secret: { deny: ['net:w'] } } }",
    ] {
        let ran = script(&main(policy));
        assert!(
            ran.error().starts_with("POLICY"),
            "{policy}: {}",
            ran.error()
        );
    }
    assert!(web.asked().is_empty());
}

#[test]
fn a_module_from_a_url_is_judged_as_any() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("here.txt"), "own").unwrap();
    std::fs::write(folder.path().join("note.txt"), "not this").unwrap();
    let web = site();
    let import = |path: &str, name: &str| {
        format!(
            "import {{ @{name} }} from '{}'\nshow @{name}()",
            web.url(path)
        )
    };
    let main = import("/local.mld", "read");
    assert_eq!(run_with(folder.path(), &options(), &main).good(), "own\n");
    // Its relative paths are not those of the project.
    let main = import("/lib/a.mld", "note");
    assert_eq!(
        run_with(folder.path(), &options(), &main).good(),
        "from there\n"
    );
}

#[test]
fn a_module_from_elsewhere_does_not_reach_this_machine() {
    let inner = site();
    let text = format!(
        "exe @peek() = <{}>\nexe @other(u) = <@u>\nexe @near() = <note.txt>\n",
        inner.url("/t.txt")
    );
    let outer = Web::pages(&[
        ("/m.mld", "text/plain", &text),
        ("/note.txt", "text/plain", "near"),
    ]);
    let import = |call: &str| {
        format!(
            "import {{ @peek, @other, @near }} from '{}'\nshow {call}",
            outer.url("/m.mld")
        )
    };
    assert_eq!(script(&import("@near()")).good(), "near\n");
    for call in ["@peek()", &format!("@other('{}')", inner.url("/t.txt"))] {
        fails(&script(&import(call)), "Address not allowed: 127.0.0.1");
    }
    assert!(inner.asked().is_empty());
    // Nor what lies there and was imported before, in this run or another.
    let module = Web::pages(&[("/m.mld", "text/plain", "var @x = 'inner'\n")]);
    let inside = module.url("/m.mld");
    let text = format!("import {{ @x }} from '{inside}'\nvar @got = @x\n");
    let evil = Web::pages(&[("/e.mld", "text/plain", &text)]);
    let main = format!(
        "import {{ @x }} from '{inside}'\nshow @x\nimport {{ @got }} from '{}'\nshow @got",
        evil.url("/e.mld")
    );
    let home = Home::new();
    for _ in 0..2 {
        let ran = home.at(NOON, &main);
        fails(&ran, "Address not allowed: 127.0.0.1");
        assert_eq!((ran.out.as_str(), module.asked().len()), ("inner\n", 1));
    }
    // It may name what is public, and what the user lists.
    assert_eq!(
        with(super::allowed(&["127.0.0.1"]), &import("@peek()")).good(),
        "x\n"
    );
}

/// A project and a home, and runs in them at a time.
struct Home {
    folder: tempfile::TempDir,
    web: Web,
}

impl Home {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            web: site(),
        }
    }

    fn at(&self, now: &str, main: &str) -> super::Ran {
        let options = RunOptions {
            home: Some(self.folder.path().join("home")),
            now: now.into(),
            ..options()
        };
        let project = self.folder.path().join("project");
        std::fs::create_dir_all(&project).unwrap();
        run_with(
            &project,
            &options,
            &main.replace("http://H", &self.web.url("")),
        )
    }

    fn times(&self) -> usize {
        self.web.asked().len()
    }
}

const NOON: &str = "2026-01-02T12:00:00.000Z";
const LATER: &str = "2026-01-02T12:04:59.000Z";
const LATE: &str = "2026-01-02T12:05:00.000Z";

#[test]
fn what_was_fetched_is_used_again_for_its_time() {
    let home = Home::new();
    let plain = "import { @site } from 'http://H/plant.mld'\nshow @site\nshow @site.mx.taint";
    let first = home.at(NOON, plain);
    assert_eq!(first.good(), "north\n[\"src:network\"]\n");
    assert_eq!(home.at(LATER, plain).good(), first.out);
    assert_eq!(home.times(), 1);
    assert_eq!(home.at(LATE, plain).good(), first.out);
    assert_eq!(home.times(), 2);
    // The clock was set back.
    assert_eq!(home.at(NOON, plain).good(), first.out);
    assert_eq!(home.times(), 3);
    let hour = "import cached(1h) { @site } from 'http://H/plant.mld'\nshow @site";
    home.at(LATE, hour).good();
    assert_eq!(home.times(), 3);
    let live = "import live { @site } from 'http://H/plant.mld'\nshow @site";
    for times in [4, 5] {
        home.at(NOON, live).good();
        assert_eq!(home.times(), times);
    }
    // Loading is not importing.
    let load = "show <http://H/plant.mld>.length";
    for times in [6, 7] {
        home.at(NOON, load).good();
        assert_eq!(home.times(), times);
    }
}

#[test]
fn a_module_is_fetched_once_a_run() {
    let web = site();
    let main = format!(
        "import {{ @site }} from '{0}'\nimport {{ @greet }} from '{0}#x'\nshow @greet(@site)",
        web.url("/plant.mld")
    );
    assert_eq!(with(UrlOptions::default(), &main).good(), "hello north\n");
    assert_eq!(web.asked(), ["/plant.mld"]);
}

#[test]
fn where_kept_redirects_led_is_judged_again() {
    let home = Home::new();
    let main = "import { @a } from 'http://H/moved.mld'\nshow @a\nshow @a.mx.sources";
    let first = home.at(NOON, main);
    first.good();
    assert_eq!(home.at(LATER, main).good(), first.out);
    assert_eq!(home.times(), 3);
    let policy = "policy @p = { labels: { 'src:network': { deny: ['op:import'] } } }\n";
    let ran = home.at(LATER, &format!("{policy}{main}"));
    assert!(ran.error().starts_with("POLICY"), "{}", ran.error());
}

#[test]
fn an_address_that_was_made_of_labelled_data_is_not_kept() {
    let home = Home::new();
    let main = "var secret @k = 'plant'\nimport { @site } from \"http://H/@k\\.mld\"\nshow @site";
    for times in [1, 2] {
        home.at(NOON, main).good();
        assert_eq!(home.times(), times);
    }
    assert!(!home.folder.path().join("home/.mlld").exists());
}

#[test]
fn what_is_kept_cannot_be_changed() {
    let home = Home::new();
    let main = "import { @site } from 'http://H/plant.mld'\nshow @site";
    home.at(NOON, main).good();
    let cache = home.folder.path().join("home/.mlld/cache");
    // Not by a script …
    let write = format!("output 'x' to '{}/urls/new.json'", cache.display());
    fails(&home.at(NOON, &write), "is protected");
    // … and what somebody else changed is not run.
    let content = walkdir(&cache, "content.mld");
    std::fs::remove_file(&content).unwrap();
    std::fs::write(&content, "var @site = 'evil'").unwrap();
    fails(
        &home.at(NOON, main),
        "Cache corruption detected: Content hash mismatch",
    );
}

/// The file of this name below a folder.
fn walkdir(folder: &std::path::Path, name: &str) -> std::path::PathBuf {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    let mut inside: Vec<_> = entries.collect();
    while let Some(path) = inside.pop() {
        if path.is_dir() {
            inside.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if path.ends_with(name) {
            return path;
        }
    }
    panic!("there is no {name}");
}
