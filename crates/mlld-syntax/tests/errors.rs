//! What broken scripts are told: place, code, message, hint (spec 01 §14.1 and the parse errors of 02–08).

#[macro_use]
mod support;

use mlld_syntax::{Mode, parse};
use support::{findings, table};

fn report(source: &str, mode: Mode) -> String {
    let parse = parse(source, mode);
    assert!(!parse.is_ok(), "parses: {source}");
    findings(source, &parse.diagnostics)
}

fn strict(scripts: &[&str]) -> String {
    table(scripts, Mode::Strict, report)
}

#[test]
fn text_and_trailing_text() {
    snapshot!(strict(&[
        "show \"a\"\njust some words\nmore words\nshow \"b\"",
        "Show \"a\"",
        "shwo \"a\"",
        "vra @a = 1",
        "improt \"x\"",
        "# note",
        "// note",
        "  show \"a\"",
        "show \"a\"; show \"b\"",
        "show \"a\" show \"b\"",
        "@a",
        "@a = 2",
        "@a += 2",
        "@f (1)",
        "var @a = @f (1)",
        "let @a = 1",
        "while(3) @f",
        "done",
        "show @a # x",
        "var @a = \"gull\" | output \"x.txt\"",
        "var @a = 1 ] ",
        "é",
    ]));
}

#[test]
fn variables() {
    snapshot!(strict(&[
        "var",
        "var x = 1",
        "var tools = 1",
        "var @x 1",
        "var @a--b = 1",
        "var @a.b = 1",
        "var @1a = 1",
        "var @é = 1",
        "var @x =",
        "var @x =\nshow \"a\"",
        "var @x = >> nothing\n",
        "var @n = hello",
        "var @f() = `hi`",
        "var 4ever @a = 1",
        "var a/b @x = 1",
        "var a, @x = 1",
        "var from @x = 1",
        "var Module:x @y = 1",
        "var @t = template \"./p.att\"",
        "var @t = if @a [ => 1 ]",
        "var @t = prose:@cfg { x }",
    ]));
}

#[test]
fn literals() {
    snapshot!(strict(&[
        "var @a = [1, 2\nshow \"x\"",
        "var @a = [\nshow \"x\"",
        "var @a = [1 2]",
        "var @a = [,]",
        "var @a = [1,,2]",
        "var @a = [1, word]",
        "var @a = {k: 1\nshow \"x\"",
        "var @a = {k 1}",
        "var @a = {k: }",
        "var @a = {1: 2}",
        "var @a = {@k: 2}",
        "var @a = {a: 1 b: 2}",
        "var @a = [\n  1, >> one\n  2\n]",
        "var @a = {\n  a: 1, >> one\n}",
        "var @p = { ..@o, b: 2 }",
        "var @p = { ...b }",
        "var @b = [...@a, 3]",
        "var @a = [ [ let @x = 1 => @x ] ]",
        "var @a = [ show \"x\" ]",
        "var @a = (1 + 2",
        "var @a = @f(1, 2",
        "var @a = @f(1 2)",
        "var @a = @x[",
        "var @a = @x[a b]",
        "var @a = @s.match(/ab)",
        "var @a = @s.match(/ab/q)",
    ]));
}

#[test]
fn quotes() {
    snapshot!(strict(&[
        "var @t = \"first\nsecond\"",
        "show \"never\"\nshow \"x",
        "log \"x",
        "var @a = 'x\nshow \"y\"",
        "var @a = `x\nshow \"y\"",
        "show `text",
        "var @a = ::text",
        "var @a = :::text",
        "show [[text",
        "show `/for @x in @l\n/end`",
        "show `a\n/for @x in @l\nb`",
        "show `a\n/for @x of @l\n/end`",
        "show `a @f(1`",
        "show <a.txt",
        "show <a.txt#b>",
        "show <>",
        "show <a.txt as \"x>",
        "var @a = [\"Hi @name?\", \"x]",
    ]));
}

#[test]
fn operators() {
    snapshot!(strict(&[
        "var @a = 3\nvar @b = @a+1",
        "var @b = @a -1",
        "var @b = 2*3",
        "var @b = @a/ 2",
        "var @n = 1e3",
        "var @n = 1_000",
        "var @n = .5",
        "var @n = +5",
        "var @n = 5px",
        "var @a = @b === 1",
        "var @a = @b !== 1",
        "var @a = -@b",
        "var @a = @b and @c",
        "var @a = not @b",
        "var @a = @b ? 1",
        "var @a = @b ? 1 : ",
        "var @a = true ? \"x\" | @upper : \"y\"",
        "var @a = \"x\" == ::y::",
        "var @a = 1 +",
        "var @a = @b ** 2",
        "var @a = @b? 1 : 2",
        "var @a = true? 1 : 2",
    ]));
}

#[test]
fn pipelines() {
    snapshot!(strict(&[
        "var @a = \"x\" | upper",
        "var @a = \"x\" |",
        "var @a = \"x\" | sh { x }",
        "var @a = \"x\" | 3",
        "var @a = @f(@x | @g)",
        "var @r = 0 | while() @f",
        "var @r = 0 | while(3)",
        "var @r = || @a()",
        "var @r = || @a || @b",
        "var @r = @v | @f (2)",
        "var @r = @v with { pipeline: [@a] } | @b",
        "var @r = @v | @a with { pipeline: [@a] }",
        "var @r = @f() using auth",
        "var @r = @f() using @x",
        "run @f() using auth:a using auth:b",
        "var @r = @v | append @x",
        "loop(2, fast) [ ]",
    ]));
}

#[test]
fn effects() {
    snapshot!(strict(&[
        "show",
        "show hello",
        "show \"one\" \"two\"",
        "show @a <b.txt>",
        "show { a: 1 }",
        "show cmd { ls }",
        "show run cmd { ls }",
        "show 12",
        "show [1, 2]",
        "show when @a => 1",
        "show true",
        "show @1",
        "output",
        "output @v",
        "output @v stdout",
        "output @v to",
        "output @v to \"x",
        "output \"x",
        "output @v to \"f\" as",
        "log @v as",
        "append",
        "append \"x\" \"log.txt\"",
        "append \"x\" to",
        "append to \"x\"",
        "run ls -la",
        "run",
        "run `ls`",
        "=> hello",
        "=> show \"x\"",
        "=> a, \"x\"",
        "=> foo! @x",
        "var @f = 1\n=> 1 2",
    ]));
}

#[test]
fn blocks() {
    snapshot!(strict(&[
        "exe @f() = [\n  var @a = 1\n  => @a\n]",
        "/if true [\n  /show \"x\"\n]",
        "when true => /show \"x\"",
        "exe @f(x) = [\n  let @y = 1,\n  => @y\n]",
        "exe @f() = [\n  => 1\n  show \"x\"\n]",
        "exe @f() = [\n  let @x = 1\n",
        "if true [ show \"x\"",
        "if true [\n  policy @p = { }\n]",
        "if true [\n  checkpoint \"a\"\n]",
        "if true [ exe @f() = 1 ]",
        "exe @f(o) = [\n  @o.a += 1\n  => @o\n]",
        "exe @f(o) = [\n  @o = 1\n]",
        "exe @f(o) = [\n  @o -= 1\n]",
        "exe @f(o) = [\n  @o\n]",
        "exe @f(o) = [\n  let @x =\n  show \"y\"\n]",
        "exe @f(o) = [ let @x = [ ]",
        "exe @f(o) = [ \"text\" ]",
        "exe @f(o) = [ shw @x ]",
        "if true [ let x = 1 ]",
        "if true [ let @x ]",
        "for @x in @l => @o.a += 1",
    ]));
}

#[test]
fn flow() {
    snapshot!(strict(&[
        "if true show \"x\"",
        "if true => show \"x\"",
        "if",
        "if @a = 1 [ show \"x\" ]",
        "if a and b [ show \"x\" ]",
        "if @a [ show \"x\" ] else if @b [ show \"y\" ]",
        "if @a [ ] else show \"x\"",
        "when any [ true ] => show \"a\"",
        "when all [ true ] => show \"a\"",
        "when [ true => show \"a\", false => show \"b\" ]",
        "when @c [ show \"x\" ]",
        "when @c [ @f() ]",
        "when @c show \"x\"",
        "when",
        "when @c =>",
        "when [ @c => ]",
        "when [ @c => 1; @d ]",
        "when [ * => 1; none => 2 ]",
        "when [ none => 1; @a => 2 ]",
        "when [ show \"x\" ]",
        "when @a => => 1",
        "when @a => hello",
        "for @x of [1, 2] => show @x",
        "for x in @l => @x",
        "for @x in @l",
        "for @x in",
        "for @x in @l show @x",
        "for @k.a, @v in @o => @k",
        "for parallel 2 @i in @l => @i",
        "for 2 @i in @l => @i",
        "for parallel(2, fast) @i in @l => @i",
        "for @x in @l => pii @x",
        "for secret @x in @l => @x",
        "loop() [ ]",
        "loop 3 [ ]",
        "loop endless [ ]",
        "loop",
        "loop(3)",
        "loop until [ show \"x\" ]",
        "loop(2) [\n  => 1\n]",
        "foreach",
        "foreach @f",
    ]));
}

#[test]
fn executables() {
    snapshot!(strict(&[
        "exe",
        "exe @f() = run sh { x }",
        "exe @f() = run js { x }",
        "exe @a.b() = 1",
        "exe @f(a, a) = 1",
        "exe @f(a = 1) = 1",
        "exe @f(@a) = 1",
        "exe @f(a: text) = 1",
        "exe @f() = { echo a }",
        "exe @f() =",
        "exe @f()",
        "exe f() = 1",
        "exe @f(x) = => 1",
        "exe @f() = if @a [ => 1 ]",
        "exe @f(a",
        "exe @f() = prose:@c { x }",
        "exe js = { a: b }",
        "exe 1x @f = 1",
    ]));
}

#[test]
fn code_and_commands() {
    snapshot!(strict(&[
        "exe @f() = cmd {echo a && echo b}",
        "run cmd {echo a && echo b}",
        "run cmd {a || b}",
        "run cmd {a; b}",
        "run cmd {sleep 1 &}",
        "run cmd {a > out.txt}",
        "run cmd {a >> out.txt}",
        "run cmd {a 2> out.txt}",
        "run cmd {a < in.txt}",
        "run cmd {a <<EOF}",
        "run \"a && b\"",
        "run cmd {a $(b && c)}",
        "var @x = \"b\"\nrun cmd { echo `echo @x` }",
        "run cmd { echo ${a:-@x} \"${a:-\"@x\"}\" }",
        "run cmd { echo $((@x + 1)) }",
        "run cmd { echo $(case a in a) echo @x;; esac) }",
        "run cmd { echo $'\\'' @x }",
        "run cmd { ((@x > 1)) }",
        "run cmd { echo a | let @x }",
        "run cmd { [[ @x -eq 1 ]] }",
        "run cmd { echo \"$(cat <<E\n@x\nE\n)\" }",
        "run cmd { echo @f(1) }",
        "run cmd { echo a",
        "run cmd { echo 'a }",
        "run \"echo a",
        "run cmd:rel { pwd }",
        "exe @f() = js { if (x) {\n}\nshow \"x\"",
        "exe @f() = sh {\n  echo \"a\n}\nshow \"x\"",
        "run sh (a) { x }",
    ]));
}

#[test]
fn modules_and_files() {
    snapshot!(strict(&[
        "import { @a as b } from \"x\"",
        "import \"x\" as b",
        "import { * } from \"x\"",
        "import { @a }",
        "import { @a from \"x\"",
        "import { @a, } from \"x\"",
        "import { , } from \"x\"",
        "export { @a, }",
        "import x",
        "import",
        "import { @a, allow.cmd } from \"x\"",
        "import templates from \"dir\"",
        "import tools from mcp \"srv\"",
        "import tools { @a } from \"srv\"",
        "import policy @p",
        "import node @path as @p",
        "import cached(x) \"u\"",
        "export @a",
        "file \"a\" @b",
        "file = 1",
        "files \"a\" @b",
        "file <@ws/a = 1",
        "file \"a\" =",
        "files <@ws/> = git \"u\" brunch:\"b\"",
    ]));
}

#[test]
fn policies_and_guards() {
    snapshot!(strict(&[
        "policy @c = union()",
        "policy union(@a)",
        "policy @c = @a",
        "policy @c { }",
        "policy @c = { a: 1 b }",
        "policy @c = { a: [1",
        "needs { keychain }",
        "needs { java: [\"x\"] }",
        "profiles { a: { needs: { sh } } }",
        "profiles { a: 1 }",
        "auth @hub = @x",
        "auth hub = \"X\"",
        "guard before op:show = when [ * => deny ]",
        "guard before op:show = when [ * => deny `x` ]",
        "guard before op:show = when [ * => retry ]",
        "guard before op:run = when [ * => env ]",
        "guard before secret, pii = when [ * => allow ]",
        "guard op:show = when [ * => allow ]",
        "guard before op:show = when any [ * => allow ]",
        "guard before op:show = when [ ]",
        "guard before op:show = when [ * => permit ]",
        "guard before op:show = when [ * => ]",
        "guard before op:show = when [ * => allow ] with { privileged: false }",
        "guard before op:show = when [ * => allow with { labels: [a] } ]",
        "guard before op:show = when [ @a allow ]",
        "guard before op:show = [ ]",
        "hook during @f = [ ]",
        "hook before @f = show 1",
        "hook before = [ ]",
        "checkpoint @x",
        "checkpoint \"a\" with { mode: auto }",
        "sign @t.a with sha256",
        "sign @t by otto",
        "sign @t by \"a\" by \"b\"",
        "sign t",
        "verify @t.x",
        "box\nshow \"x\"",
        "box @cfg",
        "var @r = box { a: 1 }",
    ]));
}

#[test]
fn labels() {
    let long = format!("var {} @x = 1", "a".repeat(129));
    let many = format!(
        "var {} @x = 1",
        (0..65)
            .map(|i| format!("l{i}"))
            .collect::<Vec<_>>()
            .join(" ")
    );
    let parse_long = report(&long, Mode::Strict);
    assert_eq!(
        parse_long,
        "1:1 E0140 A part of a label has at most 128 bytes.\n"
    );
    assert_eq!(
        report(&many, Mode::Strict),
        "1:1 E0140 A declaration has at most 64 labels.\n"
    );
}

#[test]
fn documents() {
    let scripts = [
        "Text first.\n/show\n",
        "/show-off\n",
        "```mlld-run\nthis is prose\n```\n/show \"x\"",
        "````mlld-run\nshow \"x\"\n````",
        "a\n```js\n/show\n",
        "/show \"a\" and more\n",
        "/let @a = 1",
        "/var @a = 1\n\n/show @a | upper\n",
    ];
    snapshot!(table(&scripts, Mode::Markdown, report));
}

/// One mistake is one finding, and the next ones are found too.
#[test]
fn several_mistakes_are_told_in_one_go() {
    let script = "var @a = [1, 2\nshow \"x\"\nvar @b = hello\nexe @f() = [\n  var @x = 1\n  => @x\n]\nshow @a @b\nshow `x\nshow \"fine\"\nif @a = 1 [ show \"y\" ]\nrun cmd { a && b }\n";
    snapshot!(strict(&[script]));
}

/// The first finding is the one that a run shows: findings stand in order of place.
#[test]
fn findings_are_sorted() {
    let parse = parse("for 2 parallel @x in @l => hello\nshow\n", Mode::Strict);
    let starts: Vec<u32> = parse.diagnostics.iter().map(|d| d.span.start).collect();
    let mut sorted = starts.clone();
    sorted.sort_unstable();
    assert_eq!(starts, sorted);
    assert!(starts.len() > 1);
}
