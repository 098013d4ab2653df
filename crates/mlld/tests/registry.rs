//! Modules of a registry (spec 04 §10) from outside: `install`, `ls`, `outdated`, `update`, `clean`, and loading what
//! was installed.
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

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use support::{Ended, Place};

/// Hashes as the shell sees them.
fn hash(place: &Place, content: &str) -> String {
    place.file("../hashed", content);
    let ended = place.shell("sha256sum ../hashed | cut -c1-64");
    ended.stdout.trim().to_owned()
}

/// Puts a version into the registry in the home folder.
fn publish(place: &Place, name: &str, version: &str, content: &str) {
    publish_in(place, "../home/.mlld/registry", name, version, content);
}

fn publish_in(place: &Place, registry: &str, name: &str, version: &str, content: &str) {
    let last = name.rsplit('/').next().unwrap();
    let folder = format!("{registry}/{}", name.trim_start_matches('@'));
    place.file(&format!("{folder}/{version}/{last}.mld"), content);
    let integrity = format!("sha256:{}", hash(place, content));
    let path = format!("{folder}/index.json");
    let mut index: Value = match fs::read_to_string(place.path(&path)) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => json!({ "name": name, "versions": {} }),
    };
    index["versions"][version] = json!({ "integrity": integrity });
    place.file(&path, index.to_string());
}

/// Changes the index of a module.
fn change_index(place: &Place, name: &str, change: impl FnOnce(&mut Value)) {
    let path = format!(
        "../home/.mlld/registry/{}/index.json",
        name.trim_start_matches('@')
    );
    let mut index: Value = serde_json::from_str(&place.read(&path)).unwrap();
    change(&mut index);
    place.file(&path, index.to_string());
}

fn lock(place: &Place) -> Value {
    serde_json::from_str(&place.read("mlld-lock.json")).unwrap()
}

/// The version that is locked.
fn version(place: &Place, name: &str) -> String {
    lock(place)["modules"][name]["version"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn good(ended: &Ended) -> &str {
    assert_eq!(
        (ended.status, ended.stderr.as_str()),
        (0, ""),
        "{}",
        ended.stdout
    );
    &ended.stdout
}

/// The call fails, and says this.
fn fails(ended: &Ended, with: &[&str]) {
    assert_eq!(ended.status, 1, "{}", ended.stdout);
    for text in with {
        assert!(
            ended.stderr.contains(text),
            "{text} is not in: {}",
            ended.stderr
        );
    }
}

const ONE: &str = "var @v = \"one\"\nexe @f(x) = `f @x`\n";

/// A project, and a registry with some modules.
fn project() -> Place {
    let place = Place::new();
    place.file("mlld-config.json", "{}");
    publish(&place, "@acme/valve", "1.0.0", ONE);
    place.file(
        "main.mld",
        "import { v, f } from @acme/valve\nvar @r = @f(\"x\")\nshow `@v @r @v.mx.taint @r.mx.taint`\n",
    );
    place
}

#[test]
fn installed_and_used() {
    let place = project();
    let before = place.mlld(&["main.mld"]);
    fails(
        &before,
        &[
            "Failed to resolve @acme/valve from registry: mlld-lock.json does not name it",
            "mlld install @acme/valve",
        ],
    );
    let hash = hash(&place, ONE);
    let installed = place.mlld(&["install", "@acme/valve"]);
    assert_eq!(
        good(&installed),
        format!("✅ Installed @acme/valve 1.0.0 ({})\n", &hash[..8])
    );
    let entry = &lock(&place)["modules"]["@acme/valve"];
    assert_eq!(entry["version"], "1.0.0");
    assert_eq!(entry["resolved"], hash.as_str());
    assert_eq!(entry["integrity"], format!("sha256:{hash}"));
    assert_eq!(entry["source"], "@acme/valve");
    assert_eq!(entry["registryVersion"], "1.0.0");
    assert_eq!(entry["fetchedAt"].as_str().unwrap().len(), 24);
    assert_eq!(lock(&place)["lockfileVersion"], 1);
    assert_eq!(
        good(&place.mlld(&["ls"])),
        format!("@acme/valve  1.0.0  {}\n", &hash[..8])
    );
    // Neither the registry nor the lock file is written to when the module is used.
    fs::remove_dir_all(place.path("../home/.mlld/registry")).unwrap();
    let text = place.read("mlld-lock.json");
    assert_eq!(
        good(&place.mlld(&["main.mld"])),
        "one f x [\"src:network\"] [\"src:network\",\"src:template\"]\n"
    );
    // What is there needs no registry.
    let again = place.mlld(&["install", "@acme/valve"]);
    assert_eq!(good(&again), "✅ @acme/valve 1.0.0 is installed\n");
    assert_eq!(place.read("mlld-lock.json"), text);
}

#[test]
fn nothing_to_do() {
    let place = Place::new();
    place.file("mlld-config.json", "{}");
    for (command, said) in [
        ("install", "✅ No modules to install\n"),
        ("update", "No modules found to update\n"),
        ("outdated", "No modules found in lock file.\n"),
        (
            "ls",
            "No modules in lock file\nRun 'mlld install @username/module' to install modules\n",
        ),
    ] {
        assert_eq!(good(&place.mlld(&[command])), said);
    }
    assert_eq!(place.names(), ["mlld-config.json"]);
    for command in ["publish", "info", "search", "registry"] {
        let said = format!("mlld {command} needs the module registry, which is not supported yet");
        fails(&place.mlld(&[command]), &[&said]);
    }
    fails(
        &place.mlld(&["clean"]),
        &["needs the names of modules, or --all"],
    );
    fails(
        &place.mlld(&["clean", "--all", "@a/b"]),
        &["--all cannot be combined with names"],
    );
    assert_eq!(
        good(&place.mlld(&["clean", "--all"])),
        "No modules to remove\n"
    );
}

#[test]
fn dependencies_are_installed_too() {
    let place = project();
    publish(
        &place,
        "@acme/valve",
        "1.1.0",
        "import { b } from @b/base@^1.0.0\nvar @v = @b\nexe @f(x) = `@x`\n",
    );
    publish(&place, "@b/base", "1.0.0", "var @b = \"base 1.0\"\n");
    publish(
        &place,
        "@b/base",
        "1.4.0",
        "---\ndependencies: { \"@c/deep\": \"<2.0.0\" }\n---\nvar @b = \"base 1.4\"\n",
    );
    publish(&place, "@b/base", "2.0.0", "var @b = \"base 2\"\n");
    publish(
        &place,
        "@c/deep",
        "1.0.0",
        "import { v } from @acme/valve\nvar @c = 1\n",
    );
    place.file(
        "mlld-config.json",
        r#"{"dependencies":{"@acme/valve":"^1.0.0"},"policy":{"import":[]}}"#,
    );
    good(&place.mlld(&["install"]));
    let lock = lock(&place);
    let names: Vec<_> = lock["modules"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["@acme/valve", "@b/base", "@c/deep"]);
    assert_eq!(version(&place, "@b/base"), "1.4.0");
    assert_eq!(
        lock["modules"]["@acme/valve"]["dependencies"],
        json!({ "@b/base": "1.4.0" })
    );
    assert_eq!(
        lock["modules"]["@b/base"]["dependencies"],
        json!({ "@c/deep": "1.0.0" })
    );
    place.file("mlld-config.json", "{}");
    place.file(
        "main.mld",
        "import { v } from @acme/valve@^1.1.0\nshow @v\n",
    );
    // A ring is found when it is run, and does not keep an installation from its end.
    fs::remove_file(place.path("mlld-lock.json")).unwrap();
    publish(&place, "@c/deep", "1.0.1", "var @c = 1\n");
    good(&place.mlld(&["install", "@acme/valve"]));
    assert_eq!(version(&place, "@c/deep"), "1.0.1");
    assert_eq!(good(&place.mlld(&["main.mld"])), "base 1.4\n");
}

#[test]
fn who_asks_later_is_heard() {
    let place = project();
    publish(&place, "@x/one", "1.0.0", "import { s } from @x/shared\n");
    publish(
        &place,
        "@x/two",
        "1.0.0",
        "import { s } from @x/shared@~1.0.0\n",
    );
    publish(
        &place,
        "@x/three",
        "1.0.0",
        "import { s } from @x/shared@^2.0.0\n",
    );
    for version in ["1.0.0", "1.0.5", "1.3.0", "2.0.0"] {
        publish(
            &place,
            "@x/shared",
            version,
            &format!("var @s = \"{version}\"\n"),
        );
    }
    good(&place.mlld(&["install", "@x/one", "@x/two"]));
    assert_eq!(version(&place, "@x/shared"), "1.0.5");
    fails(
        &place.mlld(&["install", "@x/three"]),
        &[
            "@x/shared@^2.0.0 is asked for by @x/three 1.0.0, but mlld-lock.json has version 1.0.5",
            "mlld update @x/shared@^2.0.0",
        ],
    );
    assert_eq!(version(&place, "@x/three"), "");
    // Nor can an update do what a module that stays does not allow.
    fails(
        &place.mlld(&["update", "@x/shared@^2.0.0"]),
        &[
            "no version satisfies",
            "~1.0.0 is asked for by @x/two 1.0.0",
            "^2.0.0 is asked for by the command line",
        ],
    );
    let place = project();
    fails(
        &place.mlld(&["install", "@acme/valve", "@acme/valve@^3.0.0"]),
        &["no version satisfies ^3.0.0; there are 1.0.0"],
    );
}

#[test]
fn versions_in_every_form() {
    let place = project();
    for (version, content) in [
        ("1.1.0", "var @v = 1\n"),
        ("1.2.0", "var @v = 2\n"),
        ("2.0.0", "var @v = 3\n"),
        ("3.0.0-rc.1", "var @v = 4\n"),
    ] {
        publish(&place, "@acme/valve", version, content);
    }
    change_index(&place, "@acme/valve", |index| {
        index["tags"] = json!({ "beta": "3.0.0-rc.1", "latest": "1.2.0" });
    });
    let beginning = &hash(&place, "var @v = 3\n")[..6];
    for (asked, got) in [
        ("", "1.2.0"),
        ("@1.0.0", "1.0.0"),
        ("@==1.1.0", "1.1.0"),
        ("@^1.0.0", "1.2.0"),
        ("@~1.1.0", "1.1.0"),
        ("@~=1.1.0", "1.1.0"),
        ("@>=1.1.0", "2.0.0"),
        ("@>1.2.0", "2.0.0"),
        ("@<1.2.0", "1.1.0"),
        ("@<=1.2.0", "1.2.0"),
        ("@!=2.0.0", "1.2.0"),
        ("@beta", "3.0.0-rc.1"),
        (&format!("@{beginning}"), "2.0.0"),
    ] {
        let _ = fs::remove_file(place.path("mlld-lock.json"));
        let reference = format!("@acme/valve{asked}");
        good(&place.mlld(&["install", &reference]));
        assert_eq!(version(&place, "@acme/valve"), got, "{asked}");
        // What was asked for is what an import can ask for.
        place.file(
            "use.mld",
            format!("import {{ v }} from {reference}\nshow @v\n"),
        );
        good(&place.mlld(&["use.mld"]));
    }
    for bad in [
        "@acme/valve@9.0.0",
        "@acme/valve@",
        "@acme/valve@abc",
        "@acme",
        "acme/valve",
        "@acme/../valve",
        "@acme/nothing",
        "@../../etc/passwd",
    ] {
        let _ = fs::remove_file(place.path("mlld-lock.json"));
        assert_eq!(place.mlld(&["install", bad]).status, 1, "{bad}");
        assert!(!place.path("mlld-lock.json").exists(), "{bad}");
    }
}

#[test]
fn a_content_that_the_index_does_not_expect_is_refused() {
    let place = project();
    place.file(
        "../home/.mlld/registry/acme/valve/1.0.0/valve.mld",
        "var @v = \"evil\"\n",
    );
    let (expected, found) = (hash(&place, ONE), hash(&place, "var @v = \"evil\"\n"));
    let ended = place.mlld(&["install", "@acme/valve"]);
    fails(
        &ended,
        &[&format!(
            "Module integrity check failed for @acme/valve: expected sha256:{expected}, got sha256:{found}"
        )],
    );
    assert!(!place.path("mlld-lock.json").exists());
    assert!(!place.path("../home/.mlld/cache").exists());
}

#[test]
fn a_version_that_is_locked_never_changes() {
    let place = project();
    good(&place.mlld(&["install", "@acme/valve"]));
    let text = place.read("mlld-lock.json");
    let other = "var @v = \"other\"\n";
    publish(&place, "@acme/valve", "1.0.0", other);
    let both = format!(
        "expected sha256:{}, got sha256:{}",
        hash(&place, ONE),
        hash(&place, other)
    );
    fails(&place.mlld(&["update"]), &[&both]);
    let outdated = place.mlld(&["outdated"]);
    assert_eq!(outdated.status, 1);
    assert!(outdated.stdout.contains(&both), "{}", outdated.stdout);
    // Nor when the cache is gone and the module has to be fetched again.
    fs::remove_dir_all(place.path("../home/.mlld/cache")).unwrap();
    fails(&place.mlld(&["install"]), &[&both]);
    fails(
        &place.mlld(&["main.mld"]),
        &["it is not in the cache", "mlld install"],
    );
    publish(&place, "@acme/valve", "1.0.0", ONE);
    good(&place.mlld(&["install"]));
    good(&place.mlld(&["main.mld"]));
    assert_eq!(place.read("mlld-lock.json"), text);
}

#[test]
fn what_was_changed_is_refused_on_every_load() {
    let entry = |place: &Place| {
        let hash = hash(place, ONE);
        format!("../home/.mlld/cache/sha256/{}/{}", &hash[..2], &hash[2..])
    };
    type Tamper = Box<dyn Fn(&Place)>;
    let change_lock = |member: &'static str, value: String| -> Tamper {
        Box::new(move |place: &Place| {
            let mut lock = lock(place);
            lock["modules"]["@acme/valve"][member] = value.as_str().into();
            place.file("mlld-lock.json", lock.to_string());
        })
    };
    let zeros = "0".repeat(64);
    let cases: Vec<(&str, Tamper, &str)> = vec![
        (
            "changed content",
            Box::new(move |p| p.file(&format!("{}/content.mld", entry(p)), "show `evil`\n")),
            "Cache corruption detected: Content hash mismatch for",
        ),
        (
            "truncated content",
            Box::new(move |p| p.file(&format!("{}/content.mld", entry(p)), &ONE[..14])),
            "Cache corruption detected: Content hash mismatch for",
        ),
        (
            "changed metadata",
            Box::new(move |p| {
                let path = format!("{}/metadata.json", entry(p));
                let mut data: Value = serde_json::from_str(&p.read(&path)).unwrap();
                data["integrity"] = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into();
                p.file(&path, data.to_string());
            }),
            "Cache corruption detected: Integrity check failed for",
        ),
        (
            "truncated metadata",
            Box::new(move |p| p.file(&format!("{}/metadata.json", entry(p)), "{\"integrity\":")),
            "Cache corruption detected: Integrity check failed for",
        ),
        (
            "a link in place of the content",
            Box::new(move |p| {
                p.file("away/content.mld", ONE);
                fs::remove_file(p.path(&format!("{}/content.mld", entry(p)))).unwrap();
                symlink(
                    p.path("away/content.mld"),
                    p.path(&format!("{}/content.mld", entry(p))),
                )
                .unwrap();
            }),
            "Cache corruption detected: The entry is a link",
        ),
        (
            "another hash in the lock file",
            change_lock("resolved", zeros.clone()),
            "it is not in the cache",
        ),
        (
            "another integrity in the lock file",
            change_lock("integrity", format!("sha256:{zeros}")),
            "Module integrity check failed for @acme/valve: expected sha256:0000",
        ),
        (
            "another integrity in Base64",
            change_lock("integrity", format!("sha256-{}=", "A".repeat(43))),
            "Module integrity check failed for @acme/valve: expected sha256-AAAA",
        ),
        (
            "no integrity",
            change_lock("integrity", String::new()),
            "'integrity' must be",
        ),
        (
            "a truncated lock file",
            Box::new(|p| {
                let text = p.read("mlld-lock.json");
                p.file("mlld-lock.json", &text[..text.len() / 2]);
            }),
            "Failed to load mlld-lock.json",
        ),
    ];
    for (what, tamper, said) in cases {
        let place = project();
        place.file(
            "main.mld",
            "import { v } from @acme/valve\nshow `loaded @v`\n",
        );
        good(&place.mlld(&["install", "@acme/valve"]));
        assert_eq!(good(&place.mlld(&["main.mld"])), "loaded one\n");
        tamper(&place);
        let ended = place.mlld(&["main.mld"]);
        assert_eq!((ended.stdout.as_str(), ended.status), ("", 1), "{what}");
        assert!(ended.stderr.contains(said), "{what}: {}", ended.stderr);
        // Installing does not paper over it.
        assert_eq!(place.mlld(&["install"]).status, 1, "{what}");
    }
}

#[test]
fn other_spellings_of_a_hash_are_good() {
    let place = project();
    good(&place.mlld(&["install", "@acme/valve"]));
    let base64 = place.shell("python3 -c \"import base64,hashlib;print(base64.b64encode(hashlib.sha256(open('../home/.mlld/registry/acme/valve/1.0.0/valve.mld','rb').read()).digest()).decode())\"");
    let integrity = format!("sha256-{}", base64.stdout.trim());
    let mut changed = lock(&place);
    changed["modules"]["@acme/valve"]["integrity"] = integrity.as_str().into();
    place.file("mlld-lock.json", changed.to_string());
    good(&place.mlld(&["main.mld"]));
    // In an index, too.
    change_index(&place, "@acme/valve", |index| {
        index["versions"]["1.0.0"]["integrity"] = integrity.as_str().into();
    });
    fs::remove_file(place.path("mlld-lock.json")).unwrap();
    good(&place.mlld(&["install", "@acme/valve"]));
}

#[test]
fn the_list_of_the_cache_leads_nowhere() {
    let place = project();
    good(&place.mlld(&["install", "@acme/valve"]));
    let path = "../home/.mlld/cache/sha256/index.json";
    assert!(place.read(path).contains("@acme/valve"));
    for content in ["{}", "{\"@acme/valve\":\"../../../../etc\"}", "x"] {
        place.file(path, content);
        good(&place.mlld(&["main.mld"]));
    }
    // Nothing but a name leads into the cache: what lies beside a content is checked by nobody.
    let hash = hash(&place, ONE);
    let folder = format!("../home/.mlld/cache/sha256/{}/{}", &hash[..2], &hash[2..]);
    place.file(
        "by_path.mld",
        format!("import {{ v }} from \"{folder}/content.mld\"\nshow @v\n"),
    );
    fails(
        &place.mlld(&["by_path.mld"]),
        &["lies in the cache of modules"],
    );
    let beside = "import { h } from \"./helper.mld\"\nvar @v = @h\nexe @f(x) = `@x`\n";
    publish(&place, "@acme/beside", "1.0.0", beside);
    good(&place.mlld(&["install", "@acme/beside"]));
    let hash = self::hash(&place, beside);
    place.file(
        &format!(
            "../home/.mlld/cache/sha256/{}/{}/helper.mld",
            &hash[..2],
            &hash[2..]
        ),
        "var @h = \"evil\"\n",
    );
    place.file("beside.mld", "import { v } from @acme/beside\nshow @v\n");
    let ended = place.mlld(&["beside.mld"]);
    fails(&ended, &["lies in the cache of modules"]);
    assert_eq!(ended.stdout, "");
}

#[test]
fn outdated_and_update() {
    let place = project();
    place.file(
        "mlld-config.json",
        r#"{"dependencies":{"@acme/valve":"^1.0.0"}}"#,
    );
    good(&place.mlld(&["install"]));
    assert_eq!(
        good(&place.mlld(&["outdated"])),
        "All modules are up to date\n"
    );
    assert_eq!(
        good(&place.mlld(&["update"])),
        "All modules are up to date\n"
    );
    let text = place.read("mlld-lock.json");
    publish(
        &place,
        "@acme/valve",
        "1.3.0",
        "var @v = \"new\"\nexe @f(x) = `@x`\n",
    );
    publish(&place, "@acme/valve", "2.0.0", "var @v = \"newer\"\n");
    assert_eq!(
        good(&place.mlld(&["outdated"])),
        "@acme/valve  1.0.0 → 1.3.0  (latest 2.0.0)\n"
    );
    // What is locked stays.
    assert_eq!(
        good(&place.mlld(&["install"])),
        "✅ @acme/valve 1.0.0 is installed\n"
    );
    assert_eq!(place.read("mlld-lock.json"), text);
    fails(
        &place.mlld(&["install", "@acme/valve@1.3.0"]),
        &[
            "@acme/valve@1.3.0 is asked for by the command line, but mlld-lock.json has version 1.0.0",
        ],
    );
    let updated = place.mlld(&["update"]);
    assert!(good(&updated).starts_with("✅ Updated @acme/valve 1.0.0 → 1.3.0 ("));
    assert_eq!(
        good(&place.mlld(&["outdated"])),
        "@acme/valve  1.3.0  (latest 2.0.0, which mlld-config.json does not allow)\n"
    );
    fails(
        &place.mlld(&["update", "@acme/valve@2.0.0"]),
        &["no version satisfies 2.0.0 and ^1.0.0"],
    );
    place.file("mlld-config.json", "{}");
    good(&place.mlld(&["update", "@acme/valve"]));
    assert_eq!(version(&place, "@acme/valve"), "2.0.0");
    fails(
        &place.mlld(&["update", "@acme/other"]),
        &["@acme/other is not in mlld-lock.json"],
    );
    let gone = place.mlld_with(&["outdated", "--registry", "nowhere"], &[], b"");
    assert_eq!(gone.status, 1);
    assert!(
        gone.stdout.contains("has no such module"),
        "{}",
        gone.stdout
    );
}

#[test]
fn cleaned() {
    let place = project();
    publish(&place, "@acme/same", "1.0.0", ONE);
    publish(&place, "@acme/other", "1.0.0", "var @o = 1\n");
    good(&place.mlld(&["install", "@acme/valve", "@acme/same", "@acme/other"]));
    let folder = |content: &str| {
        let hash = hash(&place, content);
        place.path(&format!(
            "../home/.mlld/cache/sha256/{}/{}",
            &hash[..2],
            &hash[2..]
        ))
    };
    assert_eq!(
        good(&place.mlld(&["clean", "@acme/same"])),
        "✅ Removed @acme/same\n"
    );
    // Another locked module has the same content.
    assert!(folder(ONE).exists());
    good(&place.mlld(&["main.mld"]));
    fails(
        &place.mlld(&["clean", "@acme/same"]),
        &["@acme/same is not in mlld-lock.json"],
    );
    // What was changed can be removed, and installed again.
    fs::write(folder(ONE).join("content.mld"), "evil").unwrap();
    let listed = place.mlld(&["ls"]);
    assert_eq!(listed.status, 1);
    assert!(
        listed.stdout.contains("Cache corruption detected"),
        "{}",
        listed.stdout
    );
    good(&place.mlld(&["clean", "@acme/valve"]));
    assert!(!folder(ONE).exists());
    good(&place.mlld(&["install", "@acme/valve"]));
    good(&place.mlld(&["main.mld"]));
    good(&place.mlld(&["clean", "--all"]));
    assert!(!folder(ONE).exists() && !folder("var @o = 1\n").exists());
    assert_eq!(lock(&place)["modules"], json!({}));
    assert!(
        place
            .mlld(&["ls"])
            .stdout
            .starts_with("No modules in lock file")
    );
}

#[test]
fn where_the_registry_is() {
    let place = project();
    for (folder, content) in [
        ("conf", "var @v = \"conf\"\n"),
        ("flag", "var @v = \"flag\"\n"),
        ("vari", "var @v = \"vari\"\n"),
    ] {
        publish_in(&place, folder, "@acme/valve", "1.0.0", content);
    }
    place.file("mlld-config.json", r#"{"resolvers":{"registry":"./conf"}}"#);
    place.file("sub/x.txt", "");
    place.file("main.mld", "import { v } from @acme/valve\nshow @v\n");
    let variable = [("MLLD_REGISTRY", "vari")];
    for (words, variables, value) in [
        (vec!["install", "@acme/valve"], &[][..], "conf"),
        (vec!["install", "@acme/valve"], &variable[..], "vari"),
        (
            vec!["install", "@acme/valve", "--registry", "flag"],
            &variable[..],
            "flag",
        ),
    ] {
        let _ = fs::remove_file(place.path("mlld-lock.json"));
        good(&place.mlld_with(&words, variables, b""));
        assert_eq!(good(&place.mlld(&["main.mld"])), format!("{value}\n"));
    }
    place.file("mlld-config.json", r#"{"resolvers":{"registry":1}}"#);
    fails(
        &place.mlld(&["install"]),
        &["'resolvers.registry' must be a text"],
    );
    fails(
        &place.mlld(&["main.mld"]),
        &["'resolvers.registry' must be a text"],
    );
}

#[test]
fn the_lock_file_keeps_what_nobody_knows() {
    let place = project();
    let old =
        json!({ "note": "ours", "modules": {}, "metadata": { "createdAt": "then", "by": "hand" } });
    place.file(".mlld/mlld.lock.json", old.to_string());
    good(&place.mlld(&["install", "@acme/valve"]));
    let mut text = lock(&place);
    assert_eq!(text["note"], "ours");
    assert_eq!(text["metadata"]["by"], "hand");
    assert_eq!(text["metadata"]["createdAt"], "then");
    text["modules"]["@acme/valve"]["pinned"] = "by us".into();
    place.file("mlld-lock.json", text.to_string());
    publish(&place, "@acme/valve", "1.1.0", "var @v = 1\n");
    publish(&place, "@a/first", "1.0.0", "var @v = 1\n");
    good(&place.mlld(&["update"]));
    good(&place.mlld(&["install", "@a/first"]));
    let text = lock(&place);
    assert_eq!(text["modules"]["@acme/valve"]["pinned"], "by us");
    assert_eq!(text["modules"]["@acme/valve"]["version"], "1.1.0");
    let names: Vec<_> = text["modules"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["@a/first", "@acme/valve"]);
}

#[test]
fn nothing_is_evaluated_while_installing() {
    let place = project();
    publish(
        &place,
        "@acme/loud",
        "1.0.0",
        "var @x = run cmd { touch made }\nvar @y = run sh { touch made }\nshow `loud`\n",
    );
    let ended = place.mlld(&["install", "@acme/loud"]);
    assert!(good(&ended).starts_with("✅ Installed @acme/loud"));
    assert!(!place.path("made").exists());
    publish(&place, "@acme/broken", "1.0.0", "var @x = \n");
    fails(
        &place.mlld(&["install", "@acme/broken"]),
        &["@acme/broken cannot be installed"],
    );
}

#[test]
fn markdown_modules() {
    let place = project();
    let content = "# Guide\n\n/var @g = \"guide\"\n";
    place.file(
        "../home/.mlld/registry/acme/guide/1.0.0/guide.mld.md",
        content,
    );
    let integrity = format!("sha256:{}", hash(&place, content));
    let index = json!({ "name": "@acme/guide", "versions": { "1.0.0": { "file": "1.0.0/guide.mld.md", "integrity": integrity } } });
    place.file(
        "../home/.mlld/registry/acme/guide/index.json",
        index.to_string(),
    );
    good(&place.mlld(&["install", "@acme/guide"]));
    place.file("main.mld", "import { g } from @acme/guide\nshow @g\n");
    assert_eq!(good(&place.mlld(&["main.mld"])), "guide\n");
}

/// Serves the files of a folder on this machine, to whoever asks, as long as the test runs.
fn serve(folder: std::path::PathBuf) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(&stream).lines();
            let first = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|l| !l.unwrap().is_empty()) {}
            let path = first.split(' ').nth(1).unwrap();
            let answer = match path.strip_prefix("/moved/") {
                Some(rest) => format!("HTTP/1.1 302 Found\r\nLocation: /{rest}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes(),
                None => match fs::read(folder.join(path.trim_start_matches('/'))) {
                    Ok(bytes) => {
                        let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len()).into_bytes();
                        answer.extend(bytes);
                        answer
                    }
                    Err(_) => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
                },
            };
            stream.write_all(&answer).unwrap();
        }
    });
    address
}

#[test]
fn a_registry_behind_a_server() {
    let place = Place::new();
    place.file("mlld-config.json", "{}");
    publish_in(
        &place,
        "served",
        "@acme/valve",
        "1.0.0",
        "import { b } from @b/base\nvar @v = @b\n",
    );
    publish_in(&place, "served", "@b/base", "1.0.0", "var @b = \"base\"\n");
    let address = serve(place.path("served"));
    place.file(
        "main.mld",
        "import { v } from @acme/valve\nshow `@v @v.mx.sources`\n",
    );
    let install = ["install", "@acme/valve", "--registry", &address];
    let installed = place.mlld(&install);
    assert!(good(&installed).starts_with("✅ Installed @acme/valve 1.0.0 ("));
    let url = format!("{address}/acme/valve/1.0.0/valve.mld");
    assert_eq!(
        lock(&place)["modules"]["@acme/valve"]["sourceUrl"],
        url.as_str()
    );
    let shown = place.mlld(&["main.mld"]);
    let base = format!("{address}/b/base/1.0.0/base.mld");
    assert_eq!(good(&shown), format!("base [\"{base}\",\"{url}\"]\n"));
    publish_in(&place, "served", "@b/base", "1.1.0", "var @b = \"newer\"\n");
    let configured = json!({ "resolvers": { "registry": format!("{address}/moved") } });
    place.file("mlld-config.json", configured.to_string());
    assert_eq!(good(&place.mlld(&["outdated"])), "@b/base  1.0.0 → 1.1.0\n");
    good(&place.mlld(&["update"]));
    assert_eq!(version(&place, "@b/base"), "1.1.0");
    // A changed content is refused as one in a folder is.
    place.file("served/b/base/1.1.0/base.mld", "var @b = \"evil\"\n");
    good(&place.mlld(&["clean", "--all"]));
    fails(
        &place.mlld(&["install", "@b/base"]),
        &["Module integrity check failed for @b/base: expected sha256:"],
    );
    fails(
        &place.mlld(&["install", "@acme/gone"]),
        &["Failed to resolve @acme/gone from registry", "status 404"],
    );
    // The rules of the project for URLs hold.
    let refused = json!({ "security": { "trustedDomains": ["example.com"] }, "resolvers": { "registry": address } });
    place.file("mlld-config.json", refused.to_string());
    fails(
        &place.mlld(&["install", "@b/base"]),
        &["Import not approved"],
    );
    let insecure = [
        "install",
        "@b/base",
        "--registry",
        "http://registry.invalid/x",
    ];
    place.file("mlld-config.json", "{}");
    fails(
        &place.mlld(&insecure),
        &["Insecure import refused: http://registry.invalid/x/b/base/index.json"],
    );
    fails(
        &place.mlld(&["install", "@b/base", "--registry", "http://127.0.0.1:1"]),
        &["Failed to resolve @b/base from registry"],
    );
}

#[test]
fn what_its_executables_give_is_from_the_network() {
    let place = Place::new();
    place.file("mlld-config.json", "{}");
    publish(
        &place,
        "@acme/tools",
        "1.0.0",
        "exe @constant() = \"c\"\nexe @block() = [\n  let @x = \"b\"\n  => @x\n]\n\
         exe @chosen(x) = when [ @x == 1 => \"one\"; * => \"other\" ]\nexe @object() = { a: 1 }\n\
         exe @code() = js { return 1 }\nexe @shell() = sh { echo s }\nexe @given(x) = `@x`\nexe @calls(f) = @f()\n",
    );
    good(&place.mlld(&["install", "@acme/tools"]));
    place.file(
        "mid.mld",
        "import { constant } from @acme/tools\nexe @mine() = @constant()\nexport { @constant, @mine }\n",
    );
    let values = [
        "@constant()",
        "@block()",
        "@chosen(1)",
        "@object()",
        "@object().a",
        "@code()",
        "@shell()",
        "\"x\" | @given",
        "foreach @given([\"a\"])",
        "for @x in [\"a\"] => @given(@x)",
        "@calls(@own)",
        "@ns.constant()",
        "@again()",
        "@mine()",
        "`in @constant()`",
    ];
    let mut main = String::from(
        "import { constant, block, chosen, object, code, shell, given, calls } from @acme/tools\n\
         import @acme/tools as @ns\nimport { constant as @again, mine } from \"./mid.mld\"\nexe @own() = \"own\"\n",
    );
    for (n, value) in values.iter().enumerate() {
        main.push_str(&format!(
            "var @v{n} = {value}\nshow @v{n}.mx.taint.includes(\"src:network\")\n"
        ));
    }
    place.file("main.mld", main);
    let shown = place.mlld(&["main.mld"]);
    let lines: Vec<_> = good(&shown).lines().collect();
    assert_eq!(lines.len(), values.len());
    for (value, line) in values.iter().zip(lines) {
        assert_eq!(line, "true", "{value}");
    }
}
