//! Mistakes, and what is not built (spec 04 §7.1–7.8).

use super::*;

#[test]
fn mistakes_in_imports() {
    let files = [
        PLANT,
        ("other.mld", "var @site = 1\n"),
        ("bad.mld", "var @q =\n"),
        ("fails.mld", "var @a = 1\nvar @q = @gone\n"),
        ("outer.mld", "import { q } from './fails.mld'\n"),
        ("deep.mld", "import { q } from './bad.mld'\n"),
        ("undefined.mld", "var @q = 1\nexport { q, nope }\n"),
        (
            "twice.mld",
            "var @a = 1\nvar @b = 2\nexport { a as @x, b as @x }\n",
        ),
        ("bails.mld", "bail 'not set up'\n"),
        ("t.txt", "text"),
        ("x.att", "text"),
        ("broken.json", "{\"a\": }"),
        ("rows.jsonl", "1\n{bad}\n"),
        ("matter.mld", "---\na: [\n---\nvar @a = 1\n"),
        ("2024.mld", "var @a = 1\n"),
        ("nul.mld", "var @a = '\0'\n"),
        ("empty/readme.txt", "x"),
    ];
    for (main, expected) in [
        (
            "import { _spare } from './plant.mld'",
            "IMPORT_EXPORT_MISSING Import '_spare' not found in module './plant.mld'",
        ),
        (
            "import { site } from './plant.mld'\nimport { site } from './other.mld'",
            "IMPORT_NAME_CONFLICT Import collision - 'site' already imported from ./plant.mld. Alias one of the imports.",
        ),
        (
            "import { site, site } from './plant.mld'",
            "IMPORT_NAME_CONFLICT Import collision - 'site' already imported from ./plant.mld",
        ),
        (
            "var @site = 1\nimport { site } from './plant.mld'",
            "Variable 'site' is already defined locally and cannot be imported",
        ),
        (
            "import { site } from './plant.mld'\nvar @site = 1",
            "Variable 'site' is already imported and cannot be redefined locally",
        ),
        (
            "import { site } from './plant.mld'\nexe @site() = 1",
            "Variable 'site' is already imported and cannot be redefined locally",
        ),
        (
            "import { site } from './plant.mld'\nif true [ @site += 'x' ]",
            "Variable 'site' is already imported and cannot be redefined locally",
        ),
        (
            "import { site as @now } from './plant.mld'",
            "Cannot create variable '@now': this name is already reserved",
        ),
        (
            "import './plant.mld' as @base",
            "Cannot create variable '@base': this name is already reserved",
        ),
        (
            "import './plant.mld' as @p\nshow @p._spare",
            "Namespace @p does not export \"_spare\". Available exports: site, key, greet, open. Imported from ./plant.mld.",
        ),
        (
            "import './plant.mld' as @p\nshow @p.nope()",
            "Namespace @p does not export \"nope\"",
        ),
        (
            "import './plant.mld' as @p\nvar @x = 'a' | @p.nope",
            "Namespace @p does not export \"nope\"",
        ),
        (
            "import './plant.mld' as @p\nshow @p.site()",
            "not executable",
        ),
        (
            "import { x } from './lib/gone.mld'",
            "FILE_NOT_FOUND File not found: ./lib/gone.mld",
        ),
        (
            "import { q } from './bad.mld'",
            "PARSE_ERROR Failed to parse imported file './bad.mld': Missing value in var directive.",
        ),
        (
            "import { q } from './deep.mld'",
            "Error evaluating imported file './deep.mld': Failed to parse imported file './bad.mld': Missing value",
        ),
        (
            "import { q } from './fails.mld'",
            "Error evaluating imported file './fails.mld': Variable not found: gone",
        ),
        (
            "import { q } from './outer.mld'",
            "Error evaluating imported file './outer.mld': Error evaluating imported file './fails.mld': Variable not found: gone",
        ),
        (
            "import { q } from './undefined.mld'",
            "EXPORTED_NAME_NOT_FOUND Error evaluating imported file './undefined.mld': Exported name 'nope' is not defined in this module",
        ),
        (
            "import { x } from './twice.mld'",
            "Two different things are exported as 'x'",
        ),
        ("import { x } from './bails.mld'", "BAIL_EXIT not set up"),
        (
            "import './t.txt' as @t",
            "IMPORT_NOT_A_MODULE ./t.txt cannot be imported as a module",
        ),
        ("import './x.att' as @t", "TEMPLATE_IMPORT_NOT_ALLOWED"),
        (
            "import './broken.json' as @b",
            "Failed to parse JSON from broken.json",
        ),
        (
            "import './rows.jsonl' as @b",
            "Failed to parse JSONL from rows.jsonl at line 2",
        ),
        ("import './matter.mld' as @b", "Invalid YAML frontmatter"),
        (
            "import './2024.mld'",
            "'./2024.mld' gives no name for the module",
        ),
        ("import './nul.mld' as @n", "NUL"),
        (
            "import './empty' as @e",
            "DIRECTORY_IMPORT_EMPTY No index.mld modules found under ./empty",
        ),
        (
            "import './empty' as @e with { skipDirs: 'x' }",
            "DIRECTORY_IMPORT_INVALID_OPTION Import with { skipDirs: [...] } expects an array",
        ),
        (
            "import './empty' as @e with { skipDirz: [] }",
            "Unknown option 'skipDirz'",
        ),
        (
            "import './plant.mld' as @e with { skipDirs: [] }",
            "DIRECTORY_IMPORT_INVALID_OPTION",
        ),
        (
            "import live { site } from './plant.mld'",
            "IMPORT_TYPE_MISMATCH Import type 'live' is only valid for resolvers, URLs, or @input.",
        ),
        (
            "import module { site } from './plant.mld'",
            "IMPORT_TYPE_MISMATCH Import type 'module' requires a registry module reference.",
        ),
        (
            "import cached(5m) { site } from './plant.mld'",
            "IMPORT_TYPE_MISMATCH Import type 'cached' requires an absolute URL source.",
        ),
        (
            "import static { iso } from @now",
            "IMPORT_TYPE_MISMATCH Import type 'static' supports local files",
        ),
        (
            "import { x } from @keychain",
            "KEYCHAIN_DIRECT_ACCESS_DENIED Direct keychain imports are not available. Use policy.auth with using auth:*.",
        ),
        (
            "import { x } from \"@keychain\"",
            "KEYCHAIN_DIRECT_ACCESS_DENIED",
        ),
        (
            "import { x } from @state",
            "No resolver found for reference: @state",
        ),
        (
            "import { x } from \"@style\"",
            "No resolver found for reference: @style",
        ),
        ("import { nope } from @now", "IMPORT_EXPORT_MISSING"),
        (
            "import { x } from @a/b",
            "Failed to resolve @a/b from registry",
        ),
        ("import { x } from @a/../b", "no reference to a module"),
        (
            "import { x } from <./plant.mld # S>",
            "An import takes a whole file",
        ),
    ] {
        let ran = script(&files, &format!("{main}\n"));
        assert!(
            ran.error().contains(expected),
            "{main}\n{}\nnot: {expected}",
            ran.error()
        );
    }
}

#[test]
fn what_is_not_built_says_so() {
    for main in [
        "import policy @p from './plant.mld'",
        "import { allow.cmd } from './plant.mld'",
        "import tools { @x } from mcp 'server'",
        "import { x } from @py/math",
        "import policy @p from '@mlld/production'",
        "import { x } from '@mlld/production'",
        "import 'node:path' as @p",
        "files <@ws/> = [{ 'm.mld': 'var @x = 1' }]\nimport { x } from <@ws/m.mld>",
        "import { g } from './guards.mld'",
        "needs { py: ['left_pad'] }",
    ] {
        let files = [
            PLANT,
            (
                "guards.mld",
                "guard @g before op:log = when [ * => deny 'x' ]\n",
            ),
        ];
        let ran = script(&files, &format!("{main}\n"));
        assert!(
            ran.error().contains("is not supported yet"),
            "{main}\n{}",
            ran.error()
        );
    }
}

#[test]
fn a_ring_of_imports_is_told_whole() {
    let files = [
        ("a.mld", "var @x = 1\nimport { b } from './b.mld'\n"),
        ("b.mld", "import { c } from './sub/c.mld'\n"),
        ("sub/c.mld", "\n\nimport { x } from '../a.mld'\n"),
    ];
    let ran = script(&files, "import { x } from './a.mld'\n");
    let report = ran.result.as_ref().err().unwrap();
    assert!(
        report
            .message
            .ends_with("Circular import detected: ../a.mld"),
        "{}",
        report.message
    );
    for line in [
        "a.mld:2 imports ./b.mld",
        "b.mld:1 imports ./sub/c.mld",
        "sub/c.mld:3 imports ../a.mld",
    ] {
        assert!(
            report.details.iter().any(|d| d == line),
            "{line}: {:?}",
            report.details
        );
    }
    assert!(!report.details.iter().any(|d| d.starts_with("main.mld")));
    // A script that imports itself.
    let folder = tempfile::tempdir().unwrap();
    let main = "var @x = 1\nimport { x as @y } from './main.mld'\n";
    write(folder.path(), &[("main.mld", "")]);
    let ran = run_with(folder.path(), &options(), main);
    assert!(
        ran.error().contains("Circular import detected: ./main.mld"),
        "{}",
        ran.error()
    );
}

#[test]
fn a_mistake_in_a_module_names_its_file_and_line() {
    let files = [("lib/m.mld", "var @a = 1\nvar @q = @gone\n")];
    let ran = script(&files, "import { q } from './lib/m.mld'\n");
    let place = ran.result.err().unwrap().place.unwrap();
    assert_eq!((&*place.file, place.line), ("lib/m.mld", 2));
    let files = [(
        "lib/m.mld",
        "var @a = 1\nexe @f(x) = cmd { false }\nexe @g(x) = [\n  => @x.a.b()\n]\n",
    )];
    let ran = script(
        &files,
        "import { g } from './lib/m.mld'\n\n\nshow @g('x')\n",
    );
    let place = ran.result.err().unwrap().place.unwrap();
    assert_eq!((&*place.file, place.line), ("lib/m.mld", 4));
}
