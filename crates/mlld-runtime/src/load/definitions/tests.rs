use super::*;
use proptest::prelude::*;

/// `kind name line` of what the patterns select.
fn selected(file: &str, text: &str, patterns: &str) -> Vec<String> {
    let definitions = find(file, text).unwrap();
    select(&parsed(patterns), &definitions, text)
        .list
        .iter()
        .map(|d| {
            d.map_or("null".into(), |d| {
                format!("{} {} {}", d.kind, d.name, d.line)
            })
        })
        .collect()
}

#[derive(Debug)]
struct Bad(PatternError);

impl From<PatternError> for Bad {
    fn from(e: PatternError) -> Self {
        Self(e)
    }
}

fn parse(text: &str) -> Result<Pattern, Bad> {
    Pattern::parse(text, &mut |name| Ok(EcoString::from(name)))
}

fn parsed(patterns: &str) -> Vec<Pattern> {
    patterns.split(", ").map(|p| parse(p).unwrap()).collect()
}

fn code(file: &str, text: &str, pattern: &str) -> String {
    let definitions = find(file, text).unwrap();
    let selected = select(&parsed(pattern), &definitions, text).list;
    let code = |d: &Selected<'_>| text.get(d.unwrap().code.clone()).unwrap().to_owned();
    selected.iter().map(code).collect::<Vec<_>>().join("\n--\n")
}

/// All definitions, nested ones too.
fn all(file: &str, text: &str) -> Vec<String> {
    let found = find(file, text).unwrap();
    found
        .iter()
        .map(|d| format!("{} {} {}", d.kind, d.name, d.line))
        .collect()
}

#[test]
fn patterns() {
    for (text, expected) in [
        ("turn", Pattern::Name("turn".into())),
        (" tu*n ", Pattern::Wild("tu*n".into())),
        ("turn??", Pattern::Wild("turn??".into())),
        ("*", Pattern::All),
        ("*fn", Pattern::Of(Kind::named("fn").unwrap())),
        ("*Fn", Pattern::Wild("*Fn".into())),
        ("*@class", Pattern::Of(Kind::named("class").unwrap())),
        ("??", Pattern::Names(None)),
        ("enum??", Pattern::Names(Kind::named("enum"))),
        ("@var??", Pattern::Names(Kind::named("var"))),
        (
            "(*fn)",
            Pattern::Uses(Box::new(Pattern::Of(Kind::named("fn").unwrap()))),
        ),
    ] {
        assert_eq!(parse(text).unwrap(), expected, "{text}");
    }
    for (text, expected) in [
        ("@x", PatternError::Variable),
        ("*@x", PatternError::NoKind("x".into())),
        ("()", PatternError::Parentheses),
        (
            &format!("{}a{}", "(".repeat(50), ")".repeat(50)),
            PatternError::Parentheses,
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().0, expected, "{text}");
    }
    assert_eq!(family(&parsed("a, *fn")), Some(Family::Content));
    assert_eq!(family(&parsed("??, fn??")), Some(Family::Names));
    assert_eq!(family(&parsed("??, a")), None);
}

const TS: &str = "import x from 'x';
/** doc */
export default class Boiler<T> extends Base {
  private n = 1;
  constructor(a) { super(); }
  static async heat(by: number) { return turn(by); }
  get size() { return 1; }
}
export const a = 1, { b, c: [d], ...e } = turn(2);
let f;
declare function amb(): void;
export async function* gen() { yield 1 }
export type Id = string;
enum Mode { On }
abstract class Base { abstract run(): void; }
function turn(n) { return n * a; }
if (x) { function hidden() {} }
";

#[test]
fn typescript() {
    assert_eq!(
        all("x.ts", TS),
        [
            "class Boiler 3",
            "method constructor 5",
            "method heat 6",
            "method size 7",
            "variable a 9",
            "variable b 9",
            "variable d 9",
            "variable e 9",
            "variable f 10",
            "function amb 11",
            "function gen 12",
            "type-alias Id 13",
            "enum Mode 14",
            "class Base 15",
            "function turn 16",
        ]
    );
    assert_eq!(code("x.ts", TS, "size"), "get size() { return 1; }");
    assert_eq!(
        code("x.ts", TS, "d"),
        "export const a = 1, { b, c: [d], ...e } = turn(2);"
    );
    assert_eq!(
        selected("x.ts", TS, "heat, Boiler, nope, heat"),
        ["class Boiler 3", "null"]
    );
    assert_eq!(
        selected("x.ts", TS, "turn, heat, gen, size, Boiler, b, a, heat"),
        [
            "function turn 16",
            "class Boiler 3",
            "function gen 12",
            "variable b 9",
            "variable a 9",
        ]
    );
    assert_eq!(selected("x.ts", TS, "(turn)"), ["method heat 6"]);
    assert_eq!(selected("x.ts", TS, "(a)"), ["function turn 16"]);
    assert_eq!(
        selected("x.ts", TS, "*type, ge?"),
        ["type-alias Id 13", "function gen 12"]
    );
    let names = |p| names(&parsed(p), &find("x.ts", TS).unwrap()).join(" ");
    assert_eq!(names("??"), "Base Boiler Id Mode a amb b d e f gen turn");
    assert_eq!(
        names("fn??, enum??"),
        "Mode amb constructor gen heat size turn"
    );
}

#[test]
fn javascript_and_elements() {
    let text = "module.exports = 1\nexport const A = () => <b>x</b>;\nclass B { #p() {} }\nasync function c() {}\n";
    assert_eq!(
        all("x.jsx", text),
        ["variable A 2", "class B 3", "method #p 3", "function c 4"]
    );
    // What is not known is TypeScript.
    assert_eq!(all("LEDGER", "const q: number = 1"), ["variable q 1"]);
}

#[test]
fn python() {
    let text = "import os\nRATE: int = 2\na, b = 1, 2\n\n@dec\nasync def flow(x):\n    return x\n\n\nclass Pump(Base):\n    n = 1\n\n    @property\n    def start(self):\n        def inner(): pass\n        return flow(1)\n\n    def stop(self): pass\nif x:\n    def hidden(): pass\n";
    assert_eq!(
        all("p.py", text),
        [
            "variable RATE 2",
            "variable a 3",
            "variable b 3",
            "function flow 6",
            "class Pump 10",
            "method start 14",
            "method stop 18",
        ]
    );
    assert_eq!(
        code("p.py", text, "flow"),
        "async def flow(x):\n    return x\n\n"
    );
    assert_eq!(
        code("p.py", text, "start"),
        "    def start(self):\n        def inner(): pass\n        return flow(1)\n"
    );
    assert_eq!(selected("p.py", text, "(flow)"), ["method start 14"]);
}

#[test]
fn go() {
    let text = "package p\n\nconst Max = 5\nvar (\n\tA, B = 1, 2\n\tC int\n)\ntype (\n\tD struct{ n int }\n\tE = string\n)\ntype F interface {\n\tRun() error\n}\nfunc (p *D) Start() int { return flow(1) }\nfunc flow[T any](n T) T { return n }\n";
    assert_eq!(
        all("p.go", text),
        [
            "variable Max 3",
            "variable A 5",
            "variable B 5",
            "variable C 6",
            "struct D 9",
            "type E 10",
            "interface F 12",
            "method Start 15",
            "function flow 16",
        ]
    );
    assert_eq!(code("p.go", text, "C"), "\tC int");
    assert_eq!(code("p.go", text, "Max"), "const Max = 5");
}

#[test]
fn rust() {
    let text = "#[derive(Debug)]\nstruct Unit;\npub(crate) fn open(x: u8) -> u8 { x }\npub static S: u8 = 1;\ntype T = u8;\nmod inner {\n    pub const fn deep() {}\n}\nimpl<T> Trait for Unit {\n    const K: u8 = 1;\n    unsafe fn m(&self) { open(1) }\n}\ntrait Trait { fn sig(&self); fn with(&self) { } }\nenum E { A }\n";
    assert_eq!(
        all("p.rs", text),
        [
            "struct Unit 2",
            "function open 3",
            "variable S 4",
            "type T 5",
            "module inner 6",
            "function deep 7",
            "method m 11",
            "trait Trait 13",
            "method with 13",
            "enum E 14",
        ]
    );
    assert_eq!(selected("p.rs", text, "with, Trait"), ["trait Trait 13"]);
    assert_eq!(code("p.rs", text, "Unit"), "struct Unit;");
    assert_eq!(
        code("p.rs", text, "m"),
        "    unsafe fn m(&self) { open(1) }"
    );
}

#[test]
fn java() {
    let text = "package p;\npublic class A<T> {\n  int n = 1;\n  public A() {}\n  @Override\n  public <X> void run(int a) { go(); }\n  static class B { void go() {} }\n}\ninterface I { void sig(); }\nenum E { X; void e() {} }\nrecord R(int a) {}\n";
    assert_eq!(
        all("A.java", text),
        [
            "class A 2",
            "method A 4",
            "method run 5",
            "class B 7",
            "method go 7",
            "interface I 9",
            "method sig 9",
            "enum E 10",
            "method e 10",
            "class R 11",
        ]
    );
}

#[test]
fn ruby() {
    let text = "K = 1\nmodule A\n  class B < Base\n    def x(a)\n      y\n    end\n    def self.z; end\n    class << self\n      def w; end\n    end\n  end\n  def helper; end\nend\nclass A::C; end\ndef top; end\n";
    assert_eq!(
        all("a.rb", text),
        [
            "variable K 1",
            "module A 2",
            "class A::B 3",
            "method x 4",
            "method z 7",
            "method w 9",
            "function helper 12",
            "class A::C 14",
            "function top 15",
        ]
    );
    assert_eq!(code("a.rb", text, "x"), "    def x(a)\n      y\n    end");
}

#[test]
fn c_and_cpp() {
    let c = "#include <a.h>\nint g = 1, *h;\nextern int proto(int);\nstruct S { int a; };\ntypedef struct { int b; } T;\nenum E { A };\nunion U { int u; };\nstatic char *run(int a)\n{\n  return 0;\n}\n#ifdef X\nint cond;\n#endif\n";
    assert_eq!(
        all("a.c", c),
        [
            "variable g 2",
            "variable h 2",
            "struct S 4",
            "struct T 5",
            "enum E 6",
            "union U 7",
            "function run 8",
            "variable cond 13",
        ]
    );
    assert_eq!(
        code("a.c", c, "run"),
        "static char *run(int a)\n{\n  return 0;\n}"
    );
    let cpp = "namespace n {\ntemplate <class T>\nclass A : B {\n public:\n  A() {}\n  ~A();\n  int f() const { return 1; }\n  int decl();\n};\nint A::decl() { return 2; }\ntemplate <class T> T id(T t) { return t; }\nconst int k = 1;\n}\nint& ref() { static int x; return x; }\n";
    assert_eq!(
        all("a.cpp", cpp),
        [
            "class A 2",
            "method A 5",
            "method f 7",
            "method decl 10",
            "function id 11",
            "variable k 12",
            "function ref 14",
        ]
    );
}

#[test]
fn csharp() {
    let text = "namespace N {\npublic class A {\n  const int K = 1;\n  static int s, t;\n  int field;\n  public A() {}\n  public void Run() {}\n  struct In { }\n}\ninterface I { void M(); }\nenum E { X }\nrecord R(int a);\n}\n";
    assert_eq!(
        all("a.cs", text),
        [
            "class A 2",
            "variable K 3",
            "variable s 4",
            "variable t 4",
            "method A 6",
            "method Run 7",
            "struct In 8",
            "interface I 10",
            "method M 10",
            "enum E 11",
            "record R 12",
        ]
    );
    assert_eq!(all("b.cs", "namespace N;\nclass A { }\n"), ["class A 2"]);
}

#[test]
fn solidity() {
    let text = "pragma solidity ^0.8.0;\ncontract C is D {\n  struct S { uint a; }\n  enum E { A }\n  event Ev(uint a);\n  error Er(uint a);\n  modifier only() { _; }\n  constructor() { }\n  function run(uint a) public returns (uint) { return a; }\n}\ninterface I { function f() external; }\nlibrary L { }\n";
    assert_eq!(
        all("c.sol", text),
        [
            "contract C 2",
            "struct S 3",
            "enum E 4",
            "event Ev 5",
            "error Er 6",
            "modifier only 7",
            "constructor constructor 8",
            "function run 9",
            "interface I 11",
            "function f 11",
            "library L 12",
        ]
    );
}

#[test]
fn what_does_not_parse_has_few() {
    for file in [
        "a.ts", "a.tsx", "a.py", "a.go", "a.rs", "a.java", "a.rb", "a.c", "a.cpp", "a.cs", "a.sol",
    ] {
        for text in [
            "",
            "\0",
            "}}}} ((( '\"",
            "\u{feff}\r\né 😀",
            &"{".repeat(5000),
            &"(".repeat(5000),
        ] {
            let found = find(file, text).unwrap();
            assert!(found.len() < 3, "{file}");
        }
    }
    assert!(find("a.ts", &" ".repeat(MAX_SOURCE + 1)).is_err());
}

proptest! {
    #[test]
    fn no_definition_lies_in_another_selected_one(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("class A { f() { g(); } h() {} }"),
                Just("function g() {}"),
                Just("const a = 1, b = 2;"),
                Just("}{ ("),
                Just("interface I {}"),
            ],
            0..8,
        ),
        patterns in proptest::collection::vec(
            prop_oneof![
                Just("*"), Just("*fn"), Just("*var"), Just("f"), Just("A"), Just("?"), Just("(g)"), Just("nope"),
            ],
            1..5,
        ),
    ) {
        let text = lines.join("\n");
        let definitions = find("a.ts", &text).unwrap();
        let selection = select(&parsed(&patterns.join(", ")), &definitions, &text);
        prop_assert_eq!(selection.matched.len(), patterns.len());
        let chosen: Vec<_> = selection.list.iter().flatten().collect();
        for (i, a) in chosen.iter().enumerate() {
            for (j, b) in chosen.iter().enumerate() {
                prop_assert!(i == j || (!a.holds(b) && a != b));
            }
        }
    }
}
