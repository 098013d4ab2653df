//! The rules of the order of arguments (spec 09 §1), one test a rule.

use super::*;

fn call(words: &[&str]) -> Result<Invocation, Box<Report>> {
    parse(words.iter().map(OsString::from).collect())
}

/// The script of a call that is good.
fn script(words: &[&str]) -> Script {
    match call(words) {
        Ok(Invocation::Script(script)) => *script,
        other => panic!("{other:?}"),
    }
}

/// The message of a call that is bad.
fn message(words: &[&str]) -> String {
    match call(words) {
        Err(report) => {
            assert_eq!(report.code, "INVALID_ARGUMENTS");
            report.message.to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn first_bare_word_is_the_file() {
    assert_eq!(script(&["a.mld"]).input, Input::File("a.mld".into()));
    assert_eq!(
        script(&["--stdout", "a.mld"]).input,
        Input::File("a.mld".into())
    );
    assert_eq!(
        script(&["--mode", "strict", "a.mld"]).input,
        Input::File("a.mld".into())
    );
    assert_eq!(message(&["a.mld", "surplus"]), "Unknown option: surplus");
}

#[test]
fn first_bare_word_that_is_a_command_takes_all_behind_it() {
    match call(&["validate", "a.mld", "--frob"]) {
        Ok(Invocation::Command(command, words)) => {
            assert_eq!(command.id, CommandId::Validate);
            assert_eq!(words, ["a.mld", "--frob"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(script(&["./test"]).input, Input::File("./test".into()));
    assert_eq!(message(&["a.mld", "test"]), "Unknown option: test");
    let message = message(&["--json", "validate", "a.mld"]);
    assert!(message.starts_with("--json does not belong in front of a command"));
}

#[test]
fn standard_input_has_two_names() {
    assert_eq!(script(&["-"]).input, Input::Stdin);
    assert_eq!(script(&["/dev/stdin"]).input, Input::Stdin);
}

#[test]
fn unknown_options_are_errors_before_the_file_and_payload_after_it() {
    assert_eq!(
        message(&["--topic", "x", "a.mld"]),
        "Unknown option: --topic"
    );
    assert_eq!(message(&["--topic=x", "a.mld"]), "Unknown option: --topic");
    for words in [
        ["a.mld", "--topic", "x", ""],
        ["-e", "code", "-n", "x"],
        ["a.mld", "--", "x", "y"],
    ] {
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        script(&words);
    }
}

#[test]
fn unknown_options_bring_a_guess() {
    let hint = |words: &[&str]| call(words).unwrap_err().hint;
    assert_eq!(
        hint(&["--moed", "x"]).as_deref(),
        Some("Did you mean --mode?")
    );
    assert_eq!(
        hint(&["--stdotu", "a.mld"]).as_deref(),
        Some("Did you mean --stdout?")
    );
    assert_eq!(hint(&["--frobnicate", "x"]), None);
}

#[test]
fn short_options_are_not_bundled() {
    assert_eq!(message(&["-eo", "x"]), "Unknown option: -eo");
}

#[test]
fn code_takes_the_next_word_whatever_it_is() {
    assert_eq!(script(&["-e", "---"]).input, Input::Code("---".into()));
    assert_eq!(script(&["--eval", ""]).input, Input::Code(String::new()));
    assert_eq!(script(&["--eval=a=b"]).input, Input::Code("a=b".into()));
    assert_eq!(message(&["-e"]), "--eval requires a code string");
    assert_eq!(message(&["-e", "a", "-e", "b"]), "--eval was given twice");
}

#[test]
fn file_and_code_exclude_each_other() {
    let both = "Cannot specify both an input file and --eval";
    assert_eq!(message(&["a.mld", "-e", "x"]), both);
    assert_eq!(message(&["-e", "x", "a.mld"]), both);
    assert_eq!(message(&["-e", "x", "test"]), both);
    assert_eq!(message(&[]), "No input file specified");
    assert_eq!(message(&["--stdout"]), "No input file specified");
}

#[test]
fn values_may_stand_behind_an_equals_sign() {
    assert_eq!(
        script(&["a", "--output=x=y"]).output,
        Some(PathBuf::from("x=y"))
    );
    assert_eq!(script(&["a", "--mode=MARKDOWN"]).mode, Some(Mode::Markdown));
    assert_eq!(message(&["a", "--stdout=1"]), "--stdout takes no value");
    assert_eq!(message(&["a", "--output="]), "--output requires a value");
}

#[test]
fn an_option_is_no_value() {
    assert_eq!(
        message(&["a", "--output", "--stdout"]),
        "--output requires a value"
    );
    assert_eq!(message(&["a", "-o"]), "-o requires a value");
    assert_eq!(
        message(&["a", "--timeout"]),
        "--timeout requires a duration value (e.g., 5m, 1h, 30s)"
    );
    assert_eq!(script(&["a", "-o", "-3"]).output, Some(PathBuf::from("-3")));
}

#[test]
fn last_mode_wins() {
    assert_eq!(script(&["a"]).mode, None);
    assert_eq!(script(&["a", "--md"]).mode, Some(Mode::Markdown));
    assert_eq!(
        script(&["a", "--prose", "--mode", "strict"]).mode,
        Some(Mode::Strict)
    );
    assert_eq!(
        message(&["a", "--mode", "prose"]),
        "Invalid mode. Use 'strict' or 'markdown'."
    );
}

#[test]
fn values_are_checked_even_where_the_option_is_not_built() {
    for (words, want) in [
        (
            ["--timeout", "soon"],
            "--timeout must be a valid duration (e.g., 5m, 1h, 30s, or milliseconds)",
        ),
        (
            ["--timeout", "0s"],
            "--timeout must be a valid duration (e.g., 5m, 1h, 30s, or milliseconds)",
        ),
        (
            ["--timeout", "-3"],
            "--timeout must be a valid duration (e.g., 5m, 1h, 30s, or milliseconds)",
        ),
        (
            ["--command-timeout", "soon"],
            "--command-timeout must be a positive number (milliseconds)",
        ),
        (
            ["--max-output-lines", "x"],
            "--max-output-lines must be a positive number",
        ),
        (["--url-timeout", "x"], "--url-timeout must be a number"),
        (
            ["--error-behavior", "stop"],
            "--error-behavior must be \"halt\" or \"continue\"",
        ),
        (
            ["--stream-format", "html"],
            "--stream-format must be \"text\", \"ansi\", or \"json\"",
        ),
        (["--url-max-size", "-1"], "--url-max-size must be a number"),
        (
            ["--url-allowed-domains", "a.example,b/c"],
            "--url-allowed-domains has an entry that is no domain: 'b/c'",
        ),
        (
            ["--url-blocked-domains", "https://a.example"],
            "--url-blocked-domains has an entry that is no domain: 'https://a.example'",
        ),
        (
            ["--stream-format", "text"],
            "Option --stream-format is not supported yet",
        ),
    ] {
        assert_eq!(message(&["a", words[0], words[1]]), want);
    }
}

#[test]
fn what_is_not_built_is_refused_by_the_name_that_was_used() {
    assert_eq!(
        message(&["a", "--permissive"]),
        "Option --permissive is not supported yet"
    );
    assert_eq!(message(&["a", "-w"]), "Option -w is not supported yet");
    assert_eq!(
        message(&["https://example.com/a.mld"]),
        "Scripts at a URL are not supported yet: https://example.com/a.mld"
    );
}

#[test]
fn mistakes_come_before_what_is_not_built() {
    assert_eq!(message(&["--watch"]), "No input file specified");
    assert_eq!(
        message(&["a", "--no-checkpoint", "--new"]),
        "Cannot combine --no-checkpoint with --new/--fresh, --resume, or --fork."
    );
}

#[test]
fn help_works_everywhere() {
    for words in [
        &["--help"][..],
        &["a.mld", "-h"],
        &["a.mld", "--topic", "--help"],
        &["--watch", "-h"],
    ] {
        assert!(matches!(call(words), Ok(Invocation::Help)), "{words:?}");
    }
    assert!(asks_for_help(&["a".into(), "-h".into()]));
    assert!(!asks_for_help(&["--".into(), "-h".into()]));
}

#[test]
fn no_name_stands_twice_in_a_table() {
    let mut names: Vec<String> = Vec::new();
    for option in PROGRAM_OPTIONS {
        names.extend(option.long.iter().map(|l| format!("--{l}")));
        names.extend(option.short.map(|s| format!("-{s}")));
    }
    for command in commands() {
        names.push(command.names.first.into());
        names.extend(command.names.others.iter().map(|&o| o.into()));
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn json_is_known_even_if_the_words_are_wrong() {
    let words = |w: &[&str]| w.iter().map(OsString::from).collect::<Vec<_>>();
    assert!(wants_json(&words(&["--frob", "--json"])));
    assert!(wants_json(&words(&["a", "--show-json"])));
    assert!(!wants_json(&words(&["a", "--", "--json"])));
}
