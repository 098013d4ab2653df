//! Reports as text and as JSON, one test an idea.

use super::*;
use ecow::eco_vec;
use mlld_security::{Blocker, BlockerKind, DenialCode};
use mlld_syntax::{Diagnostic, Severity, Span};

/// A finding at a byte offset.
fn found(at: usize, message: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: "E0106",
        message: message.into(),
        hint: None,
        span: Span::new(at, at + 1),
    }
}

/// The text of a report, without colours.
fn text(report: &Report) -> String {
    report.render(Style::default())
}

fn file() -> Arc<str> {
    "bad.mld".into()
}

#[test]
fn parse_error_has_the_layout_of_the_specification() {
    let source = "show `a`\nvar @x = [1\nshow `b`\nshow `c`\n";
    let report = Report::from_diagnostic(&file(), source, &found(9, "Unclosed array."));
    assert_eq!(
        text(&report),
        "  MlldParse: Parse error: Unclosed array. at line 2, column 1 in bad.mld\n\
         \n    ./bad.mld:2:1\n    1 | show `a`\n    2 | var @x = [1\n        ^\n    3 | show `b`\n\
         \n  Code: E0106\n"
    );
}

#[test]
fn caret_stands_under_the_column() {
    let source = "ab\tc";
    let report = Report::from_diagnostic(&file(), source, &found(3, "M"));
    assert!(text(&report).contains("    1 | ab\tc\n          \t^\n"));
    let wide = "日本x";
    let report = Report::from_diagnostic(&file(), wide, &found(6, "M"));
    assert!(text(&report).contains("    1 | 日本x\n            ^\n"));
}

#[test]
fn line_numbers_are_aligned() {
    let source = "x\n".repeat(12);
    let report = Report::from_diagnostic(&file(), &source, &found(18, "M"));
    assert!(text(&report).contains("     9 | x\n    10 | x\n         ^\n    11 | x\n"));
}

#[test]
fn end_of_the_text_has_a_frame() {
    let report = Report::from_diagnostic(&file(), "a", &found(1, "M"));
    assert!(text(&report).contains("    1 | a\n         ^\n"));
    let report = Report::from_diagnostic(&file(), "", &found(0, "M"));
    assert!(text(&report).contains("    1 | \n        ^\n"));
}

#[test]
fn long_lines_are_cut_and_still_show_the_place() {
    let source = "x".repeat(500);
    let first = text(&Report::from_diagnostic(&file(), &source, &found(0, "M")));
    assert!(first.contains(&format!("    1 | {}...\n", "x".repeat(120))));

    let source = format!("{}Y{}", "x".repeat(300), "z".repeat(300));
    let later = text(&Report::from_diagnostic(&file(), &source, &found(300, "M")));
    let lines: Vec<_> = later.lines().collect();
    let line = lines.iter().position(|l| l.contains('Y')).unwrap();
    assert_eq!(lines[line].find('Y'), lines[line + 1].find('^'));
    assert!(lines[line].starts_with("    1 | ...x") && lines[line].ends_with("z..."));
}

#[test]
fn control_characters_of_the_source_do_not_reach_the_terminal() {
    let source = "a\u{1b}[31m\u{202e}b";
    let shown = text(&Report::from_diagnostic(
        &file(),
        source,
        &found(source.len() - 1, "M"),
    ));
    assert!(shown.contains("    1 | a\\x1b[31m\\u{202e}b\n"));
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
}

#[test]
fn further_errors_are_listed_shortly() {
    let source = "a\nb\nc\n";
    let all = [found(0, "First."), found(2, "Second."), found(4, "Third.")];
    let report = Report::from_diagnostics(&file(), source, &all).unwrap();
    assert!(
        text(&report).contains(
            "\n  … and 2 more errors:\n    bad.mld:2:1 Second.\n    bad.mld:3:1 Third.\n"
        )
    );
    assert_eq!(Report::from_diagnostics(&file(), source, &[]), None);
    let mut warning = found(0, "W");
    warning.severity = Severity::Warning;
    assert_eq!(Report::from_diagnostics(&file(), source, &[warning]), None);
}

#[test]
fn long_lists_of_further_errors_are_cut() {
    let all: Vec<_> = (0..30).map(|_| found(0, "M")).collect();
    let report = Report::from_diagnostics(&file(), "a", &all).unwrap();
    assert_eq!(report.details[0], "… and 29 more errors:");
    assert_eq!(report.details.len(), 12);
}

/// A run-time error as the evaluator makes it.
fn runtime_error() -> Report {
    let mut report = Report::new(
        "RUNTIME_ERROR",
        "R0101",
        "MlldDirective",
        "Variable not found: ghost",
    );
    report.subject = Some("show @ghost".into());
    report.place = Some(Place {
        file: "main.mld".into(),
        line: 2,
        column: 6,
    });
    report
}

#[test]
fn runtime_error_begins_with_the_directive_and_its_place() {
    let report = runtime_error().with_hint("Did you mean @host?");
    assert_eq!(
        text(&report),
        "  show @ghost …… main.mld:2\n\
         \n  MlldDirective: Directive error (show): Variable not found: ghost\n\
         \n    ./main.mld:2:6\n\
         \n  💡 Did you mean @host?\n\
         \n  Code: R0101\n"
    );
}

#[test]
fn class_stands_in_front_of_the_message() {
    let mut report = runtime_error();
    report.kind = "FieldAccess";
    report.details = vec!["field: x".into()];
    let shown = text(&report);
    assert!(shown.contains("\n  FieldAccess: Variable not found: ghost\n"));
    assert!(shown.contains("\n  Details:\n    field: x\n"));
}

#[test]
fn error_without_a_place_is_one_sentence() {
    let report = Report::usage("C0001", "Unknown option: --x");
    assert_eq!(text(&report), "Unknown option: --x\n");
    assert_eq!(
        text(&report.with_hint("Did you mean --y?")),
        "Unknown option: --x\nDid you mean --y?\n"
    );
}

#[test]
fn names_of_inline_code_are_no_paths() {
    let mut report = runtime_error();
    report.place = Some(Place {
        file: "<eval>.mld".into(),
        line: 2,
        column: 1,
    });
    let shown = text(&report);
    assert!(shown.contains("<eval>.mld:2\n") && shown.contains("    <eval>.mld:2:1\n"));
}

#[test]
fn colours_only_when_asked_for() {
    let report = runtime_error();
    assert!(!text(&report).contains('\u{1b}'));
    assert!(report.render(Style { colour: true }).contains("\u{1b}["));
}

/// A refusal as policy makes it.
fn denial() -> Denial {
    Denial {
        code: DenialCode::LabelFlow,
        operation: "/run \"./send.sh @customers\"".into(),
        place: Some(Place {
            file: "airlock.mld".into(),
            line: 20,
            column: 1,
        }),
        blocker: Blocker {
            kind: BlockerKind::Policy,
            name: "airlock".into(),
            rule: Some("policy.defaults.rules.no-secret-exfil".into()),
            place: Some(Place {
                file: "airlock.mld".into(),
                line: 3,
                column: 5,
            }),
        },
        label: Some("secret".into()),
        trail: Vec::new(),
        input_labels: eco_vec!["secret".into(), "pii".into()]
            .into_iter()
            .collect(),
        input_sources: vec!["customers.csv".into()],
        operation_labels: vec!["op:cmd".into()],
        reason: "Rule 'no-secret-exfil': label 'secret' cannot flow to 'exfil'".into(),
        suggestions: vec!["Review it".into()],
    }
}

#[test]
fn denial_names_label_origin_rule_and_lines() {
    let mut report = Report::new("POLICY_LABEL_FLOW_DENIED", "P0101", "MlldPolicy", "no");
    let denial = denial();
    report.place.clone_from(&denial.place);
    report.denial = Some(Box::new(denial));
    assert_eq!(
        text(&report),
        "Operation denied\n\
         \x20 Operation: /run \"./send.sh @customers\"\n\
         \x20 Blocked by: Policy airlock\n\
         \x20 Rule: policy.defaults.rules.no-secret-exfil\n\
         \x20 Declared at: airlock.mld:3:5\n\
         \x20 Input labels: [secret, pii]\n\
         \x20 Input sources: [customers.csv]\n\
         \x20 Operation labels: [op:cmd]\n\
         \x20 Reason: Rule 'no-secret-exfil': label 'secret' cannot flow to 'exfil'\n\
         \x20 Suggestions:\n\
         \x20 - Review it\n\
         \n    ./airlock.mld:20:1\n\
         \n  Code: P0101\n"
    );
}

#[test]
fn data_cannot_write_lines_of_a_denial() {
    let mut denial = denial();
    denial.operation = "/run \"x\n  Reason: none\"".into();
    let mut report = Report::new("POLICY_LABEL_FLOW_DENIED", "P0101", "MlldPolicy", "no");
    report.denial = Some(Box::new(denial));
    assert!(text(&report).contains("  Operation: /run \"x\\n  Reason: none\"\n"));
}

#[test]
fn json_is_one_line_and_leaves_out_what_is_unknown() {
    let line = runtime_error().to_json_line();
    assert_eq!(
        line,
        r#"{"error":{"code":"RUNTIME_ERROR","number":"R0101","kind":"MlldDirective","message":"Variable not found: ghost","file":"main.mld","line":2,"column":6}}"#
    );
    let line = Report::usage("C0001", "a\nb").to_json_line();
    assert!(!line.contains('\n') && !line.contains("line\":"));
}

#[test]
fn json_of_a_denial_has_the_fields_of_the_specification() {
    let mut report = Report::new("POLICY_LABEL_FLOW_DENIED", "P0101", "MlldPolicy", "no");
    report.denial = Some(Box::new(denial()));
    let json = report.to_json();
    let denial = &json["denial"];
    assert_eq!(denial["code"], "POLICY_LABEL_FLOW_DENIED");
    assert_eq!(denial["operation"]["type"], "run");
    assert_eq!(
        denial["operation"]["description"],
        "/run \"./send.sh @customers\""
    );
    assert_eq!(denial["blocker"]["type"], "policy");
    assert_eq!(denial["blocker"]["name"], "airlock");
    assert_eq!(
        denial["blocker"]["rule"],
        "policy.defaults.rules.no-secret-exfil"
    );
    assert_eq!(denial["blocker"]["line"], 3);
    assert_eq!(denial["labels"]["input"][1], "pii");
    assert_eq!(denial["labels"]["operation"][0], "op:cmd");
    assert_eq!(denial["suggestions"][0], "Review it");
}
