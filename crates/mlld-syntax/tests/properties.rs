//! Properties that hold for every text.

#![allow(clippy::panic, reason = "a test that panics has failed")]

use mlld_syntax::ast::{ArrayItem, Entry, Expr, ExprKind, Item, Quote, StmtKind};
use mlld_syntax::{Mode, Parse, Span, parse, parse_template_body};
use proptest::prelude::*;

/// Pieces of scripts, whole and broken.
const PIECES: &[&str] = &[
    "var ",
    "let ",
    "show ",
    "exe ",
    "@a",
    "@f(",
    "@o.k",
    "@x[0]",
    "@x?",
    " = ",
    "=> ",
    "+= ",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "\"",
    "'",
    "`",
    "::",
    ":::",
    "[[",
    "]]",
    "{{",
    "}}",
    "\n",
    "\n/",
    "\n  ",
    "\r\n",
    "if ",
    "else ",
    "when ",
    "for ",
    "in ",
    "loop(",
    "until ",
    "foreach ",
    "parallel",
    "run ",
    "cmd {",
    "sh {",
    "js {",
    "py {",
    "$(",
    "${",
    "|",
    "||",
    "| @upper",
    "with {",
    "using auth:a",
    "import ",
    "from ",
    "export ",
    "policy ",
    "union(",
    "guard ",
    "before ",
    "op:x",
    "hook ",
    "checkpoint ",
    "sign ",
    "verify ",
    "box ",
    "file ",
    "files ",
    "needs {",
    "stream ",
    "output ",
    "to ",
    "as ",
    "append ",
    "log ",
    "bail ",
    "done ",
    "continue ",
    "retry ",
    "skip ",
    "true",
    "null",
    "1",
    "-2.5",
    "1e3",
    "7d",
    "\\",
    "\\n",
    "\\@",
    "@@",
    "<a.txt>",
    "<",
    ">",
    ">>",
    "<<",
    " # S",
    "/for @x in @y\n",
    "/end",
    "?",
    "??",
    ":",
    ",",
    ";",
    "!",
    "!=",
    "==",
    "===",
    "~=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&&",
    "é",
    "😀",
    "\u{feff}",
    "---\n",
    "```\n",
    "```mlld-run\n",
    "resume: auto\n",
    "template ",
    "denied",
    "none",
    "* ",
    "...",
    "..@o",
    "secret ",
    "trusted! ",
    "!pii ",
    "new ",
    "mcp ",
    "data {",
    "while(",
    "a: ",
    "k?: ",
    "/re/g",
    "<<EOF\n",
    "EOF\n",
    "# ",
    "\t",
    "\r",
    "\0",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|p| p.concat())
}

fn check(source: &str) {
    for mode in [Mode::Strict, Mode::Markdown] {
        let parse = parse(source, mode);
        spans_are_sound(source, &parse);
        let holes = parse
            .module
            .items
            .iter()
            .any(|i| matches!(i, Item::Stmt(s) if s.kind == StmtKind::Error));
        assert!(
            !(holes && parse.is_ok()),
            "a hole without a finding: {source:?}"
        );
    }
    for quote in [Quote::DoubleColon, Quote::TripleColon] {
        let _ = parse_template_body(source, quote);
    }
}

fn spans_are_sound(source: &str, parse: &Parse) {
    let sound = |span: Span| {
        assert!(span.start <= span.end, "{span:?} in {source:?}");
        assert!(
            source.get(span.start as usize..span.end as usize).is_some(),
            "{span:?} in {source:?}"
        );
    };
    let mut last = 0;
    for d in &parse.diagnostics {
        sound(d.span);
        assert!(
            d.span.start >= last,
            "findings are out of order in {source:?}"
        );
        last = d.span.start;
    }
    let mut end = 0;
    for item in &parse.module.items {
        let span = match item {
            Item::Stmt(s) => s.span,
            Item::Prose(s) | Item::RunBlock(_, s) => *s,
        };
        sound(span);
        assert!(span.start >= end, "items overlap in {source:?}");
        end = span.end;
    }
    // Every span of the tree, read from its debug form: the tree has no walker of its own.
    let text = format!("{:?}", parse.module);
    for piece in text.split("Span { start: ").skip(1) {
        let start = piece
            .split(',')
            .next()
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        let stop = piece
            .split("end: ")
            .nth(1)
            .and_then(|n| n.split(' ').next())
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        sound(Span { start, end: stop });
    }
}

/// A literal value.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// A text that can be written: single quotes have no way to write a carriage return.
fn text_value(text: String) -> Value {
    Value::Text(if text.starts_with('<') {
        text.replace('\r', "")
    } else {
        text
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-1_000_000i32..1_000_000, 0u32..1000)
            .prop_map(|(n, d)| Value::Number(f64::from(n) + f64::from(d) / 1000.0)),
        ".{0,12}".prop_map(text_value),
        "[\"'`\\\\@{}\\[\\]$\\n\\r\\t:<>?!/a]{0,12}".prop_map(text_value),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::vec(("[ -~]{0,6}", inner), 0..6).prop_map(Value::Object),
        ]
    })
}

fn print(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => format!("{n}"),
        Value::Text(t) => print_text(t),
        Value::List(l) => format!(
            "[{}]",
            l.iter().map(print).collect::<Vec<_>>().join(",\n  ")
        ),
        Value::Object(o) => {
            let entries: Vec<String> = o
                .iter()
                .map(|(k, v)| format!("{}: {}", print_text(k), print(v)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// A quoted text. One that begins with `<` stands in single quotes: in double quotes a file would be read.
fn print_text(text: &str) -> String {
    let quote = if text.starts_with('<') { '\'' } else { '"' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' | '@' => {
                out.push('\\');
                out.push(c);
            }
            '\n' if quote == '"' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

fn read(expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Null => Value::Null,
        ExprKind::Bool(b) => Value::Bool(*b),
        ExprKind::Number(n) => Value::Number(*n),
        ExprKind::Text(t, _) => Value::Text(t.to_string()),
        ExprKind::Array(items) => {
            Value::List(items.iter().map(|i: &ArrayItem| read(&i.value)).collect())
        }
        ExprKind::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|e| match e {
                    Entry::Pair(p) => (p.key.text.to_string(), read(&p.value)),
                    Entry::Spread(_) => panic!("a spread"),
                })
                .collect(),
        ),
        other => panic!("no literal: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_parses_without_panic(source in "\\PC{0,200}") {
        check(&source);
    }

    #[test]
    fn any_lines_parse_without_panic(source in "([a-z@/=> \"'`\\[\\]{}()|:;,.!?<>\\\\\\n]{0,30}\n){0,10}") {
        check(&source);
    }

    #[test]
    fn any_soup_of_pieces_parses_without_panic(source in soup()) {
        check(&source);
    }

    #[test]
    fn a_broken_line_does_not_hide_the_next_directive(source in "[a-z@=\"\\[{(,:. ]{0,30}") {
        let script = format!("{source}\nshow 'last'\n");
        let parse = parse(&script, Mode::Strict);
        let found = parse.module.items.last().is_some_and(|i| matches!(i, Item::Stmt(s) if matches!(s.kind, StmtKind::Show(_))));
        let swallowed = source.contains("::") || source.contains("[[");
        prop_assert!(found || swallowed, "{script:?} {:?}", parse.diagnostics);
    }

    #[test]
    fn literals_come_back(value in value()) {
        let script = format!("var @a = {}", print(&value));
        let parse = parse(&script, Mode::Strict);
        prop_assert!(parse.is_ok(), "{script:?} {:?}", parse.diagnostics);
        let Some(Item::Stmt(stmt)) = parse.module.items.first() else { panic!("no statement") };
        let StmtKind::Var(var) = &stmt.kind else { panic!("no var: {stmt:?}") };
        prop_assert_eq!(read(&var.value), value);
    }

    #[test]
    fn a_text_without_interpolation_is_itself(text in "[a-z ,.;=+*%#^&~|-]{0,40}") {
        for (open, close) in [("`", "`"), ("'", "'"), ("::", "::"), ("\"", "\"")] {
            let script = format!("show {open}{text}{close}");
            let parse = parse(&script, Mode::Strict);
            let Some(Item::Stmt(stmt)) = parse.module.items.first() else { panic!("no statement") };
            let StmtKind::Show(show) = &stmt.kind else { panic!("no show: {:?}", parse.diagnostics) };
            let ExprKind::Text(read, _) = &show.value.kind else { panic!("no text: {:?}", show.value) };
            prop_assert_eq!(read.as_str(), text.as_str());
        }
    }
}
