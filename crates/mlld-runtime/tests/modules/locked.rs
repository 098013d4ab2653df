//! Locked modules (spec 04 §10).

use super::*;

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
        let metadata = format!(r#"{{"hash":"{hash}","integrity":"sha256:{hash}"}}"#);
        std::fs::write(at.join("metadata.json"), metadata).unwrap();
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

#[test]
fn a_broken_lock_file_stops_every_run() {
    let hash = "0".repeat(64);
    let entry = format!(r#""@a/b":{{"resolved":"{hash}","integrity":"sha256:{hash}"}}"#);
    let good = format!(r#"{{"modules":{{{entry}}}}}"#);
    let twice = format!(r#"{{"modules":{{"@a/b":{{}},{entry}}}}}"#);
    let cases = [
        (good.as_str(), ""),
        ("{", "EOF"),
        (
            r#"{"modules":{"@a/b":{"version":"1.0.0"}}}"#,
            "'resolved' is missing",
        ),
        (&twice, "'@a/b' stands there twice"),
    ];
    for name in ["mlld-lock.json", "mlld.lock.json", ".mlld/mlld.lock.json"] {
        for (text, why) in cases {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir(folder.path().join(".mlld")).unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
            let ran = run_with(folder.path(), &options(), "show 'on'\n");
            if why.is_empty() {
                assert_eq!(ran.good(), "on\n");
                continue;
            }
            assert_eq!(ran.out, "");
            let error = ran.error();
            assert!(
                error.contains(&format!("Failed to load {name}: ")) && error.contains(why),
                "{text}: {error}"
            );
        }
    }
}

#[test]
fn a_link_that_leads_nowhere_is_no_absent_file() {
    for name in ["mlld-config.json", "mlld-lock.json"] {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join(name)).unwrap();
        std::fs::create_dir(folder.path().join("below")).unwrap();
        for start in ["", "below"] {
            let ran = run_with(&folder.path().join(start), &options(), "show 'on'\n");
            assert_eq!(ran.out, "");
            assert_eq!(
                ran.error(),
                format!("CONFIG_ERROR Failed to load {name}: it is a link that leads nowhere")
            );
        }
    }
}

#[test]
fn a_setting_that_stands_there_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = r#"{"security":{"allowAbsolutePaths":false,"allowAbsolutePaths":true}}"#;
    std::fs::write(folder.path().join("mlld-config.json"), config).unwrap();
    let error = run_with(folder.path(), &options(), "show 'on'\n").error();
    assert!(
        error.contains("'allowAbsolutePaths' stands there twice"),
        "{error}"
    );
}
