//! Special sources, prefixes, paths, needs (spec 04 §3, §7.10, §9; 06 §18).

use super::*;

#[test]
fn special_sources() {
    let main = "import { iso, unix, date, time as @t } from @now\nimport @now as @clock\nshow `@iso @unix @date @t @clock.date`\n";
    shows(
        &[],
        main,
        "2026-01-02T03:04:05.678Z 1767323045 2026-01-02 03:04:05 2026-01-02\n",
    );
    let main = "import { gone } from @payload\nimport @payload as @p\nimport { other } from \"@payload\"\nshow `[@gone] @p [@other]`\n";
    shows(&[], main, "[null] {} [null]\n");
    let main = "output 'v' to \"state://a\"\nimport { a } from @state\nshow `@a @a.mx.taint`\n";
    shows(&[], main, "v [\"src:dynamic\"]\n");
}

#[test]
fn roots_and_prefixes() {
    let config = r#"{"resolvers":{"prefixes":[
        {"prefix":"@parts/","resolver":"LOCAL","config":{"basePath":"./stock","allowedExtensions":["mld","txt"],"maxDepth":1}},
        {"prefix":"@parts/deep/","resolver":"LOCAL","config":{"basePath":"./other","followSymlinks":false}},
        {"prefix":"@hub/","resolver":"GITHUB","config":{"repository":"a/b"}},
        {"prefix":"@odd/","resolver":"ODD"}]}}"#;
    let folder = tempfile::tempdir().unwrap();
    let files: &[(&str, &str)] = &[
        ("mlld-config.json", config),
        ("stock/valve.mld", "var @v = 'brass'\n"),
        ("stock/note.txt", "noted"),
        ("stock/d.json", "{}"),
        ("stock/a/b/deep.mld", "var @v = 'deep'\n"),
        ("other/x.mld", "var @v = 'other'\n"),
        ("secret.txt", "s3"),
        ("lib/plant.mld", "var @site = 'north'\n"),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for (from, link) in [
        ("secret.txt", "stock/link.txt"),
        ("other/x.mld", "other/y.mld"),
    ] {
        let from = folder.path().join(from);
        std::os::unix::fs::symlink(from, folder.path().join(link)).unwrap();
    }
    let go = |main: &str| run_with(folder.path(), &options(), main);
    let good = "import { site } from <@root/lib/plant.mld>\nimport { site as @b } from \"@base/lib/plant.mld\"\nimport { site as @c } from @root/lib/plant\nimport { v } from @parts/valve\nimport { v as @w } from \"@parts/valve.mld\"\nimport { v as @o } from @parts/deep/x\nshow `@site @b @c @v @w @o`\nshow <@parts/note.txt>\nshow \"<@parts/note.txt>\"\n";
    assert_eq!(
        go(good).good(),
        "north north north brass brass other\nnoted\nnoted\n"
    );
    for (main, expected) in [
        (
            "show <@parts/../secret.txt>",
            "Access denied: @parts/../secret.txt is outside its prefix",
        ),
        (
            "show <@parts/link.txt>",
            "Access denied: @parts/link.txt is outside its prefix",
        ),
        (
            "import { x } from \"@parts/../lib/plant.mld\"",
            "is outside its prefix",
        ),
        (
            "import { v } from @parts/a/b/deep",
            "lies deeper than 1 folders",
        ),
        ("import { v } from @parts/deep/y.mld", "is a link"),
        (
            "import \"@parts/d.json\" as @d",
            "has an extension that its prefix does not allow",
        ),
        (
            "import { v } from @parts/gone",
            "File not found: @parts/gone",
        ),
        (
            "import { v } from @hub/x",
            "The resolver 'GITHUB' is not supported yet",
        ),
        ("import { v } from @odd/x", "Resolver 'ODD' not found"),
        ("show <@parts/*.txt>", "is not supported yet"),
        (
            "var @parts = 1",
            "Cannot create variable '@parts': this name is already reserved",
        ),
        (
            "import { site as @parts } from './lib/plant.mld'",
            "already reserved",
        ),
        ("if true [ let @parts = 1 ]", "already reserved"),
    ] {
        let ran = go(&format!("{main}\n"));
        assert!(
            ran.error().contains(expected),
            "{main}\n{}\nnot: {expected}",
            ran.error()
        );
    }
}

#[test]
fn forbidden_paths_cannot_be_imported() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            (
                "inner/mlld-config.json",
                r#"{"security":{"allowAbsolutePaths":false}}"#,
            ),
            ("outside.mld", "var @x = 1\n"),
            ("out/index.mld", "var @x = 1\n"),
        ],
    );
    let inner = folder.path().join("inner");
    std::os::unix::fs::symlink("../outside.mld", inner.join("link.mld")).unwrap();
    std::os::unix::fs::symlink("../out", inner.join("dir")).unwrap();
    for path in ["../outside.mld", "./link.mld", "./dir"] {
        let ran = run_with(
            &inner,
            &options(),
            &format!("import {{ x }} from '{path}'\n"),
        );
        let error = ran.error();
        assert!(
            error.contains("is outside the project root"),
            "{path}: {error}"
        );
    }
}

#[test]
fn needs_are_checked() {
    shows(
        &[],
        "needs { sh, cmd: [ls, cat], network, filesystem: true, ls }\nshow 'go'\n",
        "go\n",
    );
    let files = [(
        "m.mld",
        "needs { cmd: [no-such-one, ls], no-such-two }\nvar @p = 1\n",
    )];
    fails(
        &files,
        "import { p } from './m.mld'\n",
        "Module requires capabilities not available: cmd:no-such-one (command not found in PATH), cmd:no-such-two (command not found in PATH)",
    );
    let files = [
        ("node_modules/@a/b/package.json", r#"{"version":"1.2.3"}"#),
        (
            "sub/node_modules/deep/package.json",
            r#"{"version":"2.0.0"}"#,
        ),
        ("sub/m.mld", "needs { node: ['deep>=2.0.0'] }\nvar @p = 1\n"),
        (
            "m.mld",
            "needs { js: ['deep', 'x'], cmd: [no-such-one] }\nvar @p = 1\n",
        ),
    ];
    shows(
        &files,
        "needs { node: ['@a/b@^1.0.0', '@a/b'] }\nimport { p } from './sub/m.mld'\nshow @p\n",
        "1\n",
    );
    fails(
        &files,
        "needs { node: ['@a/b@^2.0.0', 'gone'] }\n",
        "NEEDS_UNMET Missing packages: gone. Version mismatch: @a/b is 1.2.3, needed is ^2.0.0",
    );
    fails(
        &files,
        "import { p } from './m.mld'\n",
        "Module requires capabilities not available: cmd:no-such-one (command not found in PATH). Missing packages: deep, x",
    );
    fails(&[], "needs { node: ['../x'] }\n", "'../x' is no package");
    fails(
        &[],
        "needs { keychain }\n",
        "/needs contains unsupported key 'keychain'",
    );
}
