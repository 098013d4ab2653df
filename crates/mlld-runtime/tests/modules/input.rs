//! `@input`: standard input and the environment (spec 04 §7.10, §13); content that the configuration blocks (§12).

use super::*;
use mlld_runtime::StandardInput;

/// Runs with this configuration, this standard input and these variables.
fn go(config: &str, input: Option<&str>, variables: &[(&str, &str)], main: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mlld-config.json"), config).unwrap();
    std::fs::write(
        folder.path().join("m.mld"),
        "import { a } from @input\nexe @b() = `@input.a`\n",
    )
    .unwrap();
    let mut options = RunOptions {
        input: input.map_or(StandardInput::None, |t| StandardInput::Text(t.into())),
        ..options()
    };
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    options.environment.extend(variables.iter().map(own));
    run_with(folder.path(), &options, main)
}

#[test]
fn an_object_gives_its_fields_and_other_text_is_one() {
    let main = "import { a, gone } from @input\nimport live { a as @again } from \"@input\"\nimport @input as @all\nshow `@a [@gone] @again @all @input.a`\n";
    assert_eq!(
        go("{}", Some("{\"a\":{\"b\":[1]}}"), &[], main).good(),
        "{\"b\":[1]} [null] {\"b\":[1]} {\"a\":{\"b\":[1]}} {\"b\":[1]}\n"
    );
    let main = "import { stdin, a } from @input\nshow `[@stdin] [@a]`\n";
    for (text, expected) in [
        ("two\nlines\n", "[two\nlines\n] [null]\n"),
        ("[1]", "[[1]] [null]\n"),
        ("{\"a\":", "[{\"a\":] [null]\n"),
        ("", "[null] [null]\n"),
    ] {
        assert_eq!(go("{}", Some(text), &[], main).good(), expected, "{text}");
    }
    let main = "import { a, b } from \"./m.mld\"\nshow `@a @b()`\n";
    assert_eq!(go("{}", Some("{\"a\":7}"), &[], main).good(), "7 7\n");
}

#[test]
fn without_anything_it_is_undefined() {
    assert!(
        go("{}", None, &[], "show @input")
            .error()
            .contains("Variable not found: input")
    );
    let main = "import { a } from @input\nshow `[@a] @input`\n";
    assert_eq!(go("{}", None, &[], main).good(), "[null] @input\n");
}

#[test]
fn only_listed_variables_come_in() {
    let config = r#"{"security":{"allowedEnvVars":["MLLD_A","PLAIN","MLLD_KC_X","MLLD_KEYCHAIN_Y","MLLD_GONE"]}}"#;
    let variables = [
        ("MLLD_A", "1"),
        ("MLLD_B", "2"),
        ("PLAIN", "3"),
        ("MLLD_KC_X", "4"),
        ("MLLD_KEYCHAIN_Y", "5"),
    ];
    let main = "import { MLLD_A, MLLD_B, PLAIN, MLLD_KC_X, MLLD_KEYCHAIN_Y, MLLD_GONE } from @input\nshow `[@MLLD_A @MLLD_B @PLAIN @MLLD_KC_X @MLLD_KEYCHAIN_Y @MLLD_GONE]`\nshow `@input.MLLD_A`\n";
    let ran = go(config, None, &variables, main);
    assert_eq!(ran.good(), "[1 null null null null null]\n1\n");
    // Standard input neither adds nor replaces one.
    let input = "{\"MLLD_A\":\"x\",\"MLLD_B\":\"y\",\"PLAIN\":\"z\"}";
    let main = "import { MLLD_A, MLLD_B, PLAIN } from @input\nshow `[@MLLD_A @MLLD_B @PLAIN]`\n";
    let ran = go(config, Some(input), &variables, main);
    assert_eq!(ran.good(), "[1 null z]\n");
}

#[test]
fn what_comes_in_is_from_the_user() {
    let config = r#"{"security":{"allowedEnvVars":["MLLD_A"]}}"#;
    let main = "import { MLLD_A, x, gone } from @input\nimport secret { x as @s } from @input\nshow `@MLLD_A.mx.taint @x.mx.taint @x.mx.labels @x.mx.sources @s.mx.labels`\nvar @t = `<@x>`\nshow `@t.mx.taint`\nvar @u = `@input.x!`\nshow `@u.mx.taint`\nvar @n = `@gone`\nshow `@n.mx.taint`\n";
    let ran = go(config, Some("{\"x\":\"v\"}"), &[("MLLD_A", "1")], main);
    assert_eq!(
        ran.good(),
        "[\"src:user\"] [\"src:user\"] [] [\"input\"] [\"secret\"]\n[\"src:user\"]\n[\"src:user\"]\n[\"src:user\"]\n"
    );
    let main = "policy @p = { labels: { \"src:user\": { deny: [\"op:cmd\"] } } }\nrun cmd { echo @input.x }\n";
    let ran = go("{}", Some("{\"x\":\"v\"}"), &[], main);
    assert!(ran.error().contains("'src:user' cannot flow to 'op:cmd"));
}

#[test]
fn content_that_is_blocked_is_not_imported() {
    let config = r#"{"security":{"blockedPatterns":["(?i)EVIL\\(","x{3}"]}}"#;
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("m.mld", "var @a = 1\nexe @f() = js { return evil(1) }\n"),
            ("d.json", "{\"a\":\"xxx\"}"),
            ("t/a.att", "Evil(@p)"),
            ("good.mld", "var @a = 1\n"),
        ],
    );
    std::fs::write(folder.path().join("mlld-config.json"), config).unwrap();
    let go = |main: &str| run_with(folder.path(), &options(), main);
    for (main, what) in [
        ("import { a } from \"./m.mld\"", "./m.mld"),
        ("import { a } from \"./d.json\"", "./d.json"),
        ("import templates from \"./t\" as @t(p)", "a.att"),
    ] {
        assert_eq!(
            go(main).error(),
            format!("IMPORT_BLOCKED Import refused: {what} holds what the configuration blocks"),
            "{main}"
        );
    }
    let main = "import { a } from \"./good.mld\"\nshow @a\n";
    assert_eq!(go(main).good(), "1\n");
}
