//! `mlld init`, `mlld module`, `mlld alias`, `mlld vars` (spec 04 §10.4, 09 §4.3, §4.4), and local modules (04 §7.8),
//! from outside.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use support::{Ended, Place};

fn good(ended: &Ended) -> &str {
    assert_eq!(
        (ended.status, ended.stderr.as_str()),
        (0, ""),
        "{}",
        ended.stdout
    );
    &ended.stdout
}

fn fails(ended: &Ended, with: &str) {
    assert_eq!(ended.status, 1, "{}", ended.stdout);
    assert!(
        ended.stderr.contains(with),
        "{with} is not in: {}",
        ended.stderr
    );
}

fn config(place: &Place) -> Value {
    serde_json::from_str(&place.read("mlld-config.json")).unwrap()
}

#[test]
fn a_project_that_works() {
    let place = Place::new();
    place.file(".gitignore", "target");
    let made = place.mlld(&["init"]);
    assert!(good(&made).starts_with(
        "✔ Initialized mlld project\n\nCreated:\n  mlld-config.json\n  mlld-lock.json\n  llm/run/\n  llm/modules/\n\nNext steps:\n"
    ));
    assert_eq!(config(&place)["projectname"], "work");
    assert_eq!(
        place.read(".gitignore"),
        "target\n.mlld/checkpoints/\n.mlld/cache/\n"
    );
    // Others may read it, as far as the user's settings allow.
    let mode = fs::metadata(place.path("mlld-config.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o400, 0o400);
    place.file("llm/modules/tools.mld", "var @t = \"tool\"\n");
    place.file("llm/run/job.mld", "import { t } from @local/tools\nimport local { t as @u } from @local/tools\nshow `@t @u`\n");
    assert!(good(&place.mlld(&["run", "job"])).ends_with("tool tool\n"));
    let text = place.read("mlld-config.json");
    assert!(
        good(&place.mlld(&["init"])).starts_with("mlld-config.json already exists.\nUse --force")
    );
    assert_eq!(place.read("mlld-config.json"), text);
    good(&place.mlld(&[
        "init",
        "--force",
        "--script-dir",
        "jobs",
        "--local-path",
        "./mods",
    ]));
    assert_eq!(config(&place)["scriptDir"], "jobs");
    assert_eq!(config(&place)["dev"]["localModulesPath"], "./mods");
    for bad in ["../x", "/x", "a/../../x", "."] {
        fails(
            &place.mlld(&["init", "--force", "--script-dir", bad]),
            "--script-dir must be a folder inside the project",
        );
    }
}

#[test]
fn modules_are_made() {
    let place = Place::new();
    place.file("mlld-config.json", "{}");
    for name in ["tool.mld", "tool2.mld.md"] {
        good(&place.mlld(&["init", name]));
        fails(&place.mlld(&["init", name]), "exists already");
        good(&place.mlld(&["init", "--force", name]));
        good(&place.mlld(&["validate", name]));
        place.file(
            "use.mld",
            format!("import {{ greet }} from \"./{name}\"\nshow @greet(\"Ada\")\n"),
        );
        assert_eq!(good(&place.mlld(&["use.mld"])), "Hello Ada\n");
    }
    fails(&place.mlld(&["init", "tool.txt"]), "must end in .mld");
    for (kind, folder) in [
        ("library", "llm/lib"),
        ("app", "llm/run"),
        ("command", ".claude/commands"),
        ("skill", ".claude/skills"),
        ("environment", "llm/env"),
    ] {
        let made = place.mlld(&["module", kind, "thing"]);
        assert!(good(&made).starts_with(&format!("✔ Created {folder}/thing/\n")));
        for file in ["index.mld", "module.yml", "README.md"] {
            assert!(place.path(&format!("{folder}/thing/{file}")).exists());
        }
        assert!(
            place
                .read(&format!("{folder}/thing/module.yml"))
                .contains(&format!("type: {kind}\n"))
        );
        fails(&place.mlld(&["module", kind, "thing"]), "exists already");
    }
    place.file(
        "use.mld",
        "import \"./llm/lib/thing\" as @thing\nshow @thing.greet(\"Ada\")\n",
    );
    assert_eq!(good(&place.mlld(&["use.mld"])), "Hello Ada from thing\n");
    good(&place.mlld(&["module", "library", "wide", "--global"]));
    assert!(place.path("../home/.mlld/lib/wide/index.mld").exists());
    good(&place.mlld(&["module", "skill", "wide", "--global"]));
    assert!(place.path("../home/.claude/skills/wide/index.mld").exists());
    for bad in ["../evil", "a/b", ".x", ""] {
        assert_eq!(place.mlld(&["module", "library", bad]).status, 1, "{bad}");
    }
    assert!(!place.path("llm/evil").exists());
    fails(
        &place.mlld(&["module", "thing", "x"]),
        "is no type of module",
    );
    fails(
        &place.mlld(&["module", "library"]),
        "needs a type and a name",
    );
}

#[test]
fn aliases() {
    let place = Place::new();
    let old = "{\n    \"z\": 1,\n    \"resolvers\": {\n        \"mine\": true\n    },\n    \"a\": [\n        null\n    ]\n}\n";
    place.file("mlld-config.json", old);
    place.file("stock/valve.mld", "var @v = \"valve\"\n");
    place.file("other/valve.mld", "var @v = \"other\"\n");
    place.file("file.txt", "");
    place.file("main.mld", "import { v } from @parts/valve\nshow @v\n");
    let made = place.mlld(&["alias", "--name", "parts", "--path", "./stock"]);
    assert!(good(&made).starts_with("✔ Created local path alias: @parts/ → stock\n"));
    assert_eq!(good(&place.mlld(&["main.mld"])), "valve\n");
    let text = place.read("mlld-config.json");
    assert!(text.starts_with(
        "{\n    \"z\": 1,\n    \"resolvers\": {\n        \"mine\": true,\n        \"prefixes\": ["
    ));
    assert!(
        text.ends_with("    \"a\": [\n        null\n    ]\n}\n"),
        "{text}"
    );
    good(&place.mlld(&["alias", "--name", "parts", "--path", "other"]));
    assert_eq!(
        config(&place)["resolvers"]["prefixes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(good(&place.mlld(&["main.mld"])), "other\n");
    for (words, said) in [
        (
            &["alias", "--name", "x"][..],
            "Both --name and --path are required",
        ),
        (
            &["alias", "--path", "x"],
            "Both --name and --path are required",
        ),
        (
            &["alias", "--name", "x", "--path", "gone"],
            "Path does not exist: gone",
        ),
        (
            &["alias", "--name", "x", "--path", "file.txt"],
            "Path is not a folder: file.txt",
        ),
        (
            &["alias", "--name", "X", "--path", "stock"],
            "is no name of an alias",
        ),
        (
            &["alias", "--name", "a/b", "--path", "stock"],
            "is no name of an alias",
        ),
        (
            &["alias", "--name", "root", "--path", "stock"],
            "has a meaning of its own",
        ),
    ] {
        let text = place.read("mlld-config.json");
        fails(&place.mlld(words), said);
        assert_eq!(place.read("mlld-config.json"), text);
    }
    place.file("mlld-config.json", "{ broken");
    fails(
        &place.mlld(&["alias", "--name", "x", "--path", "stock"]),
        "Failed to load mlld-config.json",
    );
    assert_eq!(place.read("mlld-config.json"), "{ broken");
}

#[test]
fn aliases_of_the_user() {
    let place = Place::new();
    place.file("mlld-config.json", "{}");
    place.file("stock/valve.mld", "var @v = \"valve\"\n");
    place.file("own/valve.mld", "var @v = \"own\"\n");
    place.file("main.mld", "import { v } from @parts/valve\nshow @v\n");
    good(&place.mlld(&["alias", "--name", "parts", "--path", "stock", "--global"]));
    assert_eq!(place.read("mlld-config.json"), "{}");
    assert_eq!(good(&place.mlld(&["main.mld"])), "valve\n");
    // The project comes first.
    good(&place.mlld(&["alias", "--name", "parts", "--path", "own"]));
    assert_eq!(good(&place.mlld(&["main.mld"])), "own\n");
    let user = "../home/.config/mlld/mlld-config.json";
    for (bad, said) in [
        ("{", "Failed to load mlld-config.json"),
        ("{\"security\":{}}", "'security' is not supported there yet"),
    ] {
        place.file(user, bad);
        fails(&place.mlld(&["main.mld"]), said);
    }
}

#[test]
fn variables() {
    let place = Place::new();
    place.file("mlld-config.json", "{ \"mine\": 1 }");
    assert_eq!(
        good(&place.mlld(&["vars", "list"])),
        "No environment variables are allowed in @INPUT\n"
    );
    assert_eq!(
        good(&place.mlld(&["vars", "allow", "MLLD_B", "MLLD_A", "MLLD_B"])),
        "Allowed MLLD_B\nAllowed MLLD_A\n"
    );
    assert_eq!(
        good(&place.mlld(&["vars", "allow", "MLLD_A"])),
        "Nothing to change\n"
    );
    assert_eq!(
        config(&place),
        json!({ "mine": 1, "security": { "allowedEnvVars": ["MLLD_B", "MLLD_A"] } })
    );
    let warned = place.mlld(&["vars", "allow", "PATH"]);
    assert_eq!(warned.status, 0);
    assert!(warned.stderr.contains("PATH does not begin with MLLD_"));
    assert_eq!(
        good(&place.mlld(&["vars"])),
        "Environment variables allowed in @INPUT:\n  MLLD_B\n  MLLD_A\n  PATH\n"
    );
    assert_eq!(
        good(&place.mlld(&["vars", "remove", "MLLD_B", "MLLD_X"])),
        "Removed MLLD_B\n"
    );
    assert_eq!(
        good(&place.mlld(&["vars", "clear"])),
        "Removed MLLD_A\nRemoved PATH\n"
    );
    assert_eq!(config(&place)["security"]["allowedEnvVars"], json!([]));
    for (words, said) in [
        (&["vars", "allow"][..], "needs the names of variables"),
        (&["vars", "allow", "A-B"], "is no name of a variable"),
        (&["vars", "frob"], "Unknown vars subcommand: frob"),
        (&["vars", "list", "x"], "Unknown option for mlld vars: x"),
    ] {
        fails(&place.mlld(words), said);
    }
    place.file(
        "mlld-config.json",
        r#"{"security":{"allowedEnvVars":"all"}}"#,
    );
    fails(
        &place.mlld(&["vars", "allow", "MLLD_A"]),
        "'allowedEnvVars' must be an array",
    );
}

#[test]
fn local_modules() {
    let place = Place::new();
    place.file("mlld-config.json", r#"{"dev":{"localModulesPath":"mods"}}"#);
    place.file(
        "mods/dev.mld",
        "---\nauthor: me\n---\nvar @x = \"by front matter\"\n",
    );
    place.file("mods/you/dev.mld.md", "/var @x = \"by folder\"\n");
    place.file(
        "mods/big/index.mld",
        "---\nauthor: me\n---\nvar @x = \"folder\"\n",
    );
    place.file("mods/you/big/index.mld", "var @x = \"deep folder\"\n");
    place.file("outside.mld", "var @x = \"outside\"\n");
    symlink(place.path("outside.mld"), place.path("mods/link.mld")).unwrap();
    place.file("mods/only.mld", "var @x = \"any\"\n");
    let import = |from: &str| {
        place.file(
            "main.mld",
            format!("import local {{ @x }} from {from}\nshow `@x @x.mx.taint`\n"),
        );
        place.mlld(&["main.mld"])
    };
    for (from, value) in [
        ("@me/dev", "by front matter"),
        ("@you/dev", "by folder"),
        ("@me/big", "folder"),
        ("@you/big", "deep folder"),
        ("@local/only", "any"),
        ("@local/dev", "by front matter"),
    ] {
        let ended = import(from);
        assert!(
            good(&ended).starts_with(&format!("{value} [\"src:file\",\"dir:")),
            "{from}: {}",
            ended.stdout
        );
    }
    for from in ["@me/gone", "@other/dev", "@me/only"] {
        let ended = import(from);
        fails(&ended, &format!("Local module not found for {from}"));
        fails(&ended, "LOCAL_MODULE_NOT_FOUND");
    }
    fails(&import("@local/link"), "leads out of mods");
    for from in ["\"./outside.mld\"", "@root/outside.mld"] {
        fails(
            &import(from),
            "Import type 'local' expects an @local/... module.",
        );
    }
    place.file("mlld-config.json", r#"{"dev":{"enabled":true}}"#);
    fails(&import("@me/dev"), "'dev.enabled' is not supported yet");
}
