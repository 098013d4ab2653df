use super::*;
use proptest::prelude::*;

fn hits(pattern: &Pattern, text: &str) -> Vec<String> {
    let mut all = Vec::new();
    pattern
        .each(text, |hit| {
            all.push(text.get(hit.span.clone()).unwrap().to_owned());
            Ok(true)
        })
        .unwrap();
    all
}

/// All matches, and the groups of the first, as `a|b g1,g2`.
fn run(source: &str, flags: &str, text: &str) -> String {
    let pattern = match Pattern::literal(source, flags) {
        Ok(pattern) => pattern,
        Err(error) => return error.message.into(),
    };
    let groups = pattern.first(text).unwrap().map_or_else(Vec::new, |hit| {
        hit.groups
            .iter()
            .map(|group| {
                group
                    .clone()
                    .map_or("-", |group| text.get(group).unwrap())
                    .to_owned()
            })
            .collect()
    });
    let all = hits(&pattern, text).join("|");
    if groups.is_empty() {
        all
    } else {
        format!("{all} {}", groups.join(","))
    }
}

#[test]
fn patterns_match_as_in_ecmascript() {
    for (source, flags, text, expected) in [
        ("[0-9]+", "", "a1b22", "1|22"),
        ("a.c", "", "abc a\nc", "abc"),
        ("a.c", "s", "abc a\nc", "abc|a\nc"),
        (".", "", "\u{2028}\r", ""),
        ("^b", "", "a\nb", ""),
        ("^b$", "m", "a\nb\nc", "b"),
        ("^b$", "m", "a\r\nb\r\nc", "b"),
        ("b$", "", "ab\n", ""),
        ("\\d+", "", "٣ 12", "12"),
        ("\\w+", "", "é_a1", "_a1"),
        ("\\w", "i", "\u{212a}k", "k"),
        ("\\s", "", "\u{feff}\u{a0}x", "\u{feff}|\u{a0}"),
        ("\\S+", "", "a\u{feff}b", "a|b"),
        ("\\bb", "", "ab b éb", "b|b"),
        ("\\Bb", "", "ab b", "b"),
        ("[\\d-x]+", "", "1-xy", "1-x"),
        ("[^]", "", "\n", "\n"),
        ("[]", "", "a", ""),
        ("a[]?b", "", "ab", "ab"),
        ("[&&b]+", "", "&b&a", "&b&"),
        ("[a[]+", "", "[a]", "[a"),
        ("[\\]\\-]+", "", "]-", "]-"),
        ("[\\b]", "", "\u{8}", "\u{8}"),
        ("[\\D]+", "", "1ab", "ab"),
        ("[^\\W]+", "", "-ab-", "ab"),
        ("\\x41\\u0042\\u{43}", "", "ABC", "ABC"),
        ("\\ud83d\\ude00", "", "😀", "😀"),
        ("\\ud83d", "", "😀", ""),
        ("\\cJ", "", "\n", "\n"),
        ("\\0", "", "\0", "\0"),
        ("\\101", "", "A", "A"),
        ("a{2}", "", "aaa", "aa"),
        ("a{2,}?", "", "aaaa", "aa|aa"),
        ("a{,2}", "", "a{,2}", "a{,2}"),
        ("a{", "", "a{", "a{"),
        ("}]", "", "}]", "}]"),
        ("\\/\\-\\#\\@", "", "/-#@", "/-#@"),
        ("#~ ", "", "#~ ", "#~ "),
        ("(a)(A)", "", "aA", "aA a,A"),
        ("(a)|(b)", "", "b", "b -,b"),
        (
            "(?<y>\\d{4})-(?<m>\\d\\d)",
            "",
            "2024-05",
            "2024-05 2024,05",
        ),
        ("(?:ab)+", "i", "ABab", "ABab"),
        ("b*", "", "abc", "|b||"),
        ("", "", "é", "|"),
        ("\\p{Lu}+", "u", "aÉB", "ÉB"),
        ("\\P{L}", "u", "a1", "1"),
        ("\\p", "", "p", "p"),
        ("straße", "i", "STRAßE", "STRAßE"),
        // These need the other engine.
        ("(a)\\1", "", "aba aa", "aa a"),
        ("(?:(a)|b)\\1", "", "b", "b -"),
        ("(?<q>['\"]).*?\\k<q>", "", "'a\"b'", "'a\"b' '"),
        ("a(?=b)", "", "ac ab", "a"),
        ("a(?!b)", "", "ab ac", "a"),
        ("(?<=\\$)\\d+", "", "€1 $22", "22"),
        ("(?<!\\$)\\b\\d+", "", "$1 22", "22"),
        ("^(?=.*\\d)\\w+$", "m", "abc\na1", "a1"),
        ("(a)\\1", "i", "aA", "aA a"),
    ] {
        assert_eq!(
            run(source, flags, text),
            expected,
            "/{source}/{flags} on {text:?}"
        );
    }
}

#[test]
fn mistakes_are_errors() {
    let deep = "(".repeat(101) + &")".repeat(101);
    for (source, flags, reason) in [
        ("(", "", "a ( without a )"),
        (")", "", "a ) without a ("),
        ("[a", "", "a [ without a ]"),
        ("*", "", "nothing to repeat"),
        ("a++", "", "nothing to repeat"),
        ("a|*", "", "nothing to repeat"),
        ("^*", "", "nothing to repeat"),
        ("(?=a)*", "", "nothing to repeat"),
        ("a{2,1}", "", "out of order"),
        ("[z-a]", "", "out of order"),
        ("(?>a)", "", "invalid group"),
        ("(?i)a", "", "invalid group"),
        ("(?<1>a", "", "a ( without a )"),
        ("(?<a-b>x)", "", "invalid name of a group"),
        ("(?<n>a)(?<n>b)", "", "the group name n is used twice"),
        ("\\k<x>(?<y>a)", "", "there is no group named x"),
        ("\\2(a)", "u", "there is no group 2"),
        ("\\", "", "\\ at the end"),
        ("a", "x", "unknown flag x"),
        ("a", "gg", "flag g is given twice"),
        ("\\q", "u", "\\q means nothing"),
        ("{", "u", "has to be escaped"),
        ("\\p{Nope}", "u", ""),
        ("\\u{110000}", "", "number of a character"),
        ("a{99999999999}", "", "too large"),
        ("(?:a{1000}){1000}", "", "too large"),
        (&deep, "", "nested deeper"),
    ] {
        let shown = run(source, flags, "aaa");
        assert!(
            shown.starts_with("Invalid regular expression /") && shown.contains(reason),
            "/{source}/{flags}: {shown}"
        );
    }
}

#[test]
fn patterns_from_data_are_linear_and_short() {
    assert_eq!(hits(&Pattern::from_data("a+").unwrap(), "aab"), ["aa"]);
    for source in ["(a)\\1", "(?=a)", "(?!a)", "(?<=a)b", "(?<n>a)\\k<n>"] {
        let error = Pattern::from_data(source).unwrap_err();
        assert_eq!(error.code, "R0215", "{source}");
        assert!(
            error
                .message
                .contains("cannot use back-references or look-around")
        );
    }
    assert!(Pattern::from_data(&"a".repeat(DATA_PATTERN_LIMIT)).is_ok());
    assert_eq!(
        Pattern::from_data(&"a".repeat(DATA_PATTERN_LIMIT + 1))
            .unwrap_err()
            .code,
        "R0215"
    );
}

#[test]
fn no_search_takes_exponential_time() {
    let text = "a".repeat(5000);
    let start = std::time::Instant::now();
    for source in [
        "(a+)+$b",
        "(a|a)*b",
        "(a|aa)+$b",
        "(.*)*x",
        "(a*)*(a*)*(a*)*b",
    ] {
        assert_eq!(
            Pattern::literal(source, "").unwrap().first(&text),
            Ok(None),
            "{source}"
        );
    }
    for source in ["(?=(a+)+b)a", "(a+)+\\1b", "(?:(?=a)a|a)*b"] {
        let found = Pattern::literal(source, "").unwrap().first(&text);
        assert!(
            found.as_ref().is_err_and(|error| error.code == "R0216") || found == Ok(None),
            "{source}: {found:?}"
        );
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    let long = "a".repeat(BACKTRACKING_TEXT_LIMIT + 1);
    assert_eq!(
        Pattern::literal("(?=a)", "")
            .unwrap()
            .first(&long)
            .unwrap_err()
            .code,
        "R0216"
    );
}

/// Patterns of which every second one is legal.
fn any_pattern() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[abAB1_ -]",
        1 => Just(".".to_owned()),
        1 => prop_oneof![Just("\\d"), Just("\\W"), Just("\\s"), Just("\\b"), Just("\\B"), Just("^"), Just("$"), Just("\\x41"), Just("\\n")]
            .prop_map(str::to_owned),
        1 => prop_oneof![Just("[ab]"), Just("[^a1]"), Just("[a-b_-]"), Just("[\\d\\s]"), Just("[^\\S]")].prop_map(str::to_owned),
    ];
    piece.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            // What is repeated matches at least one character: see the differences in `translate`.
            (
                "[aB1]",
                inner.clone(),
                prop_oneof![Just("*"), Just("+"), Just("?"), Just("{1,2}"), Just("*?")]
            )
                .prop_map(|(first, piece, quantifier)| format!("(?:{first}{piece}){quantifier}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            inner.clone().prop_map(|piece| format!("({piece})")),
            inner.prop_map(|piece| format!("(?={piece})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    /// `regress` is an independent implementation of ECMAScript's rules.
    #[test]
    fn matches_agree_with_an_ecmascript_engine(source in any_pattern(), flags in "i?m?s?", text in "[abAB1_ \n-]{0,8}") {
        let oracle = regress::Regex::with_flags(&source, flags.as_str()).unwrap();
        let expected: Vec<_> = oracle.find_iter(&text).map(|hit| hit.range()).collect();
        let mut found = Vec::new();
        Pattern::literal(&source, &flags).unwrap().each(&text, |hit| { found.push(hit.span.clone()); Ok(true) }).unwrap();
        prop_assert_eq!(found, expected, "/{}/{}", source, flags);
    }

    #[test]
    fn no_pattern_panics(source in "[a(){}\\[\\]|*+?.^$\\\\ <>=!:,0-9ubpkxc-]{0,20}", flags in "[gimsu]{0,3}", text in "[a0-9(){}\n]{0,9}") {
        if let Ok(pattern) = Pattern::literal(&source, &flags) {
            let _ = pattern.each(&text, |_| Ok(true));
        }
        let _ = Pattern::from_data(&source).map(|pattern| pattern.first(&text));
    }
}

#[test]
fn look_around_works_in_long_texts() {
    let text = "word 12 ".repeat(100_000);
    for (source, expected) in [
        ("(?<=\\$)\\d+", 0),
        ("(?<!\\w)\\d+(?= )", 100_000),
        ("\\b(\\w+) \\1\\b", 0),
    ] {
        assert_eq!(
            hits(&Pattern::literal(source, "").unwrap(), &text).len(),
            expected,
            "{source}"
        );
    }
}
