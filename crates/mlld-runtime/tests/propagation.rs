//! Every construct of chapters 02 and 03 against the table of spec 05 §6.1: what labels its result carries.
//!
//! Each row is a script that makes `@r`; the labels of `@r` have to be exactly those of the row. `secret` and
//! `pii` stand for any two labels. A row that fails with too few labels is a leak.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test program reads its environment and ends when it cannot go on"
)]

mod support;

use std::fmt::Write;
use support::script_in;

/// What every script begins with.
const PRELUDE: &str = r#"
var secret @s = "s"
var pii @pi = "p"
var secret @sn = 1
var secret @yes = true
var secret @no = false
var secret @empty = ""
var secret @nothing = null
var secret @sl = [1, 2]
var secret @so = { "a": 1, "b": { "c": 2 } }
var @pub = ["x", "y", "z"]
var @obj = { "a": 1 }
var @word = "x-y"
var @n = 2
exe @same(v) = @v
exe @const(v) = `c`
exe @second(a, b) = `c`
exe @reads() = `r @s`
exe pii @marked(v) = `m`
exe @field(v) = [ => @v.field ]
exe @blank(v) = ``
"#;

/// Name, script, the labels of `@r`.
type Row = (&'static str, &'static str, &'static [&'static str]);

const S: &[&str] = &["secret"];
const P: &[&str] = &["pii"];
const SP: &[&str] = &["secret", "pii"];
const NONE: &[&str] = &[];

const EXPRESSIONS: &[Row] = &[
    ("variable", "var @r = @s", S),
    ("declaration", "var pii @r = @s", SP),
    ("backtick template", "var @r = `a @s`", S),
    ("quoted template", "var @r = \"a @s\"", S),
    ("double colons", "var @r = ::a @s::", S),
    ("single quotes", "var @r = 'a @s'", NONE),
    ("two in a template", "var @r = `@s @pi`", SP),
    ("optional part", "var @r = `a@s?`", S),
    ("optional part that is left out", "var @r = `a @empty?`", S),
    ("fragment", "var @r = `a@yes?\"b\"`", S),
    ("fragment that is left out", "var @r = `a@no?\"b\"`", S),
    ("fallback that is used", "var @r = `a@nothing??\"d\"`", S),
    ("fallback that is not", "var @r = `a@s??\"d\"`", S),
    ("object", "var @r = { k: @s, l: @pi }", SP),
    ("array", "var @r = [1, @s]", S),
    ("nested literals", "var @r = { a: [{ b: @s }] }", S),
    ("spread", "var @r = { ...@so, x: 1 }", S),
    ("conditional member", "var @r = [1, @empty?]", S),
    ("conditional key", "var @r = { a?: @empty }", S),
    ("field", "var @r = @so.a", S),
    ("deep field", "var @r = @so.b.c", S),
    ("element", "var @r = @sl[0]", S),
    ("slice", "var @r = @sl[0:1]", S),
    ("filter of elements", "var @r = @sl[?x]", S),
    ("missing field", "var @r = @so.zzz", S),
    ("missing element", "var @r = @sl[9]", S),
    ("labelled index", "var @r = @pub[@sn]", S),
    ("labelled bound", "var @r = @pub[@sn:3]", S),
    ("method of labelled", "var @r = @s.toUpperCase()", S),
    (
        "labelled argument of includes",
        "var @r = @word.includes(@s)",
        S,
    ),
    (
        "labelled argument of replace",
        "var @r = @word.replace(\"x\", @s)",
        S,
    ),
    ("labelled argument of split", "var @r = @word.split(@s)", S),
    ("labelled argument of join", "var @r = @pub.join(@s)", S),
    (
        "labelled argument of concat",
        "var @r = @pub.concat(@sl)",
        S,
    ),
    (
        "labelled argument of substring",
        "var @r = @word.substring(0, @sn)",
        S,
    ),
    ("literal receiver", "var @r = [@s, \"q\"].join(\"+\")", S),
    (
        "chain",
        "var @r = @word.replace(\"x\", @s).toUpperCase().length()",
        S,
    ),
    ("file in a text that is not there", "var @r = `a <@s>`", S),
    ("file in a text that is all of it", "var @r = `<@s>`", S),
    ("arithmetic", "var @r = @n + @sn", S),
    ("comparison", "var @r = @n == @sn", S),
    ("not", "var @r = !@yes", S),
    ("and, right side", "var @r = @yes && \"on\"", S),
    ("and, left side", "var @r = @no && \"on\"", S),
    ("or, right side", "var @r = @no || \"off\"", S),
    ("or, left side", "var @r = @yes || \"off\"", S),
    ("or, right side not evaluated", "var @r = @word || @s", NONE),
    ("coalesce, right side", "var @r = @nothing ?? \"d\"", S),
    ("coalesce, left side", "var @r = @s ?? \"d\"", S),
    ("condition of a ternary", "var @r = @yes ? \"a\" : \"b\"", S),
    (
        "template arm of a ternary",
        "var @r = @n ? `k @s` : \"b\"",
        S,
    ),
    ("other arm of a ternary", "var @r = @n ? \"a\" : @s", NONE),
];

const BRANCHES: &[Row] = &[
    ("when: condition", "var @r = when [ @yes => \"a\" ]", S),
    ("when: no match", "var @r = when [ @no => \"a\" ]", S),
    (
        "when: condition before the one that matched",
        "var @r = when [ @no => \"a\"\n @n => \"b\" ]",
        S,
    ),
    (
        "when: condition behind it",
        "var @r = when [ @n => \"a\"\n @yes => \"b\" ]",
        NONE,
    ),
    (
        "when: wildcard after a condition",
        "var @r = when [ @no => \"a\"\n * => \"b\" ]",
        S,
    ),
    (
        "when: none after a condition",
        "var @r = when [ @no => \"a\"\n none => \"b\" ]",
        S,
    ),
    ("when: template arm", "var @r = when [ @n => `k @s` ]", S),
    ("when: literal arm", "var @r = when [ @n => { a: @s } ]", S),
    ("when: arithmetic arm", "var @r = when [ @n => @sn + 1 ]", S),
    (
        "when: block arm",
        "var @r = when [ @n => [ let @t = @s\n => `t @t` ] ]",
        S,
    ),
    (
        "when: bound name",
        "var @r = when [ let @t = @s\n * => @t ]",
        S,
    ),
    ("when: subject", "var @r = when @s [ \"s\" => \"a\" ]", S),
    (
        "when: pattern",
        "var @r = when @word [ @s => \"a\"\n * => \"b\" ]",
        S,
    ),
    (
        "if as value",
        "var @r = [ let @z = 1\n if @yes [ => \"a\" ]\n => \"b\" ]",
        S,
    ),
    ("block value", "var @r = [ let @t = @s\n => @t ]", S),
    (
        "block value that only binds",
        "var @r = [ let @t = @s\n => \"k\" ]",
        S,
    ),
    (
        "when: block arm that only reads",
        "var @r = when [ @n => [ let @t = `@s`\n => \"k\" ] ]",
        S,
    ),
    (
        "if as value: block that only reads",
        "var @r = [ let @z = 1\n if @n [ let @t = `@s`\n => \"k\" ] ]",
        S,
    ),
    (
        "if: assigned",
        "var @r = [ let @x = 1\n if @yes [ let @x += 1 ]\n => @x ]",
        S,
    ),
    (
        "if: bound inside",
        "exe @f() = [ let @x = []\n if @yes [ let @t = 1\n let @x += @t ]\n => @x ]\nvar @r = @f()",
        S,
    ),
    (
        "if: returned",
        "exe @f() = [ if @yes [ => \"a\" ]\n => \"b\" ]\nvar @r = @f()",
        S,
    ),
    (
        "when statement: returned",
        "exe @f(v) = [ when @v => \"a\"\n => \"b\" ]\nvar @r = @f(@yes)",
        S,
    ),
    (
        "for statement: assigned",
        "exe @f(l) = [ let @x = 0\n for @i in @l [ let @x += 1 ]\n => @x ]\nvar @r = @f(@sl)",
        S,
    ),
    (
        "loop statement: assigned",
        "exe @f(n) = [ let @x = 0\n loop(@n) [ let @x += 1 ]\n => @x ]\nvar @r = @f(@sn)",
        S,
    ),
    (
        "pc: module variable",
        "var @sum = 0\nif @yes [ @sum += 1 ]\nvar @r = @sum",
        S,
    ),
    (
        "pc: module variable, other branch",
        "var @sum = 0\nif @no [ @sum += 1 ]\nvar @r = @sum",
        NONE,
    ),
    (
        "+= on text",
        "var @t = \"a\"\nif @n [ @t += @s ]\nvar @r = @t",
        S,
    ),
    (
        "+= on array",
        "var @t = [1]\nif @n [ @t += @s ]\nvar @r = @t",
        S,
    ),
    (
        "+= on object",
        "var @t = { a: 1 }\nif @n [ @t += @so ]\nvar @r = @t",
        S,
    ),
    (
        "+= keeps the old labels",
        "var pii @t = \"a\"\nif @n [ @t += @s ]\nvar @r = @t",
        SP,
    ),
    (
        "+= from a nested block",
        "exe @f() = [ let @t = \"a\"\n if @n [ if @n [ @t += @s ] ]\n => @t ]\nvar @r = @f()",
        S,
    ),
];

const LOOPS: &[Row] = &[
    ("for: collection", "var @r = for @x in @sl => 1", S),
    ("for: body", "var @r = for @x in @pub => @s", S),
    (
        "for: template body",
        "var @r = for @x in @pub => `@x @s`",
        S,
    ),
    (
        "for: object body",
        "var @r = for @x in @pub => { k: @s }",
        S,
    ),
    (
        "for: call in the body",
        "var @r = for @x in @pub => @second(@x, @s)",
        S,
    ),
    (
        "for: block body",
        "var @r = for @x in @pub [ let @t = @s\n => @t ]",
        S,
    ),
    (
        "for: block that reads",
        "var @r = for @x in @pub [ let @t = `@s`\n => @x ]",
        S,
    ),
    ("for: keys", "var @r = for @k, @v in @so => @k", S),
    (
        "for: key of one variable",
        "var @r = for @v in @so => @v_key",
        S,
    ),
    ("for: index", "var @r = for @x in @sl => @x.mx.index", S),
    ("for: @mx.for", "var @r = for @x in @sl => @mx.for.index", S),
    (
        "for: filter",
        "var @r = for @x in @pub when @x == @s => @x",
        S,
    ),
    (
        "for: filter that keeps",
        "var @r = for @x in @pub when @yes => @x",
        S,
    ),
    (
        "for: skip",
        "var @r = for @x in @pub => when [ @x == @s => skip\n * => @x ]",
        S,
    ),
    (
        "for: skip that skips",
        "var @r = for @x in @pub => when [ @yes => skip\n * => @x ]",
        S,
    ),
    (
        "for: continue",
        "var @r = for @x in @pub [ if @yes [ continue ]\n => 1 ]",
        S,
    ),
    (
        "for: done",
        "var @r = for @x in @pub [ if @yes [ done ]\n => 1 ]",
        S,
    ),
    (
        "for: early value",
        "var @r = for @x in @pub [ if @yes [ => 1 ]\n => 2 ]",
        S,
    ),
    (
        "for: empty collection",
        "var secret @none = []\nvar @r = for @x in @none => 1",
        S,
    ),
    (
        "for: nested",
        "var @r = for @x in @pub => for @y in @sl => 1",
        S,
    ),
    (
        "for: pipe on each",
        "var @r = for @x in @pub => @x | @second(@s)",
        S,
    ),
    ("for: batch", "var @r = for @x in @sl => 1 => | @const", S),
    (
        "for: batch argument",
        "var @r = for @x in @pub => 1 => | @second(@s)",
        S,
    ),
    (
        "for parallel: collection",
        "var @r = for parallel @x in @sl => 1",
        S,
    ),
    (
        "for parallel: body",
        "var @r = for parallel @x in @pub => `@x @s`",
        S,
    ),
    (
        "for parallel: filter",
        "var @r = for parallel @x in @pub when @x == @s => @x",
        S,
    ),
    (
        "for parallel: filter that keeps",
        "var @r = for parallel @x in @pub when @yes => @x",
        S,
    ),
    (
        "for parallel: skip",
        "var @r = for parallel @x in @pub => when [ @yes => skip\n * => @x ]",
        S,
    ),
    (
        "for parallel: done",
        "var @r = for parallel @x in @pub [ if @yes [ done ]\n => 1 ]",
        S,
    ),
    (
        "for parallel: what a pass read",
        "exe @f() = [ for parallel @x in @pub [ let @t = `@s` ]\n => \"k\" ]\nvar @r = @f()",
        S,
    ),
    (
        "for parallel: error marker",
        "var secret @t = \"text\"\nvar @r = for parallel @x in @pub => @field(@t)",
        S,
    ),
    (
        "for parallel: @mx.errors",
        "var secret @t = \"text\"\nvar @r = [ let @q = for parallel @x in @pub => @field(@t)\n => @mx.errors[0].message ]",
        S,
    ),
    ("foreach: arrays", "var @r = foreach @const(@sl)", S),
    (
        "foreach: two arrays",
        "var @r = foreach @second(@pub, @sl)",
        S,
    ),
    (
        "foreach: body",
        "exe @rd(x) = `@x @s`\nvar @r = foreach @rd(@pub)",
        S,
    ),
    (
        "foreach: empty",
        "var secret @none = []\nvar @r = foreach @const(@none)",
        S,
    ),
    (
        "foreach: batch",
        "var @r = foreach @const(@sl) => | @const",
        S,
    ),
    ("loop: limit", "var @r = loop(@sn) [ let @x = 1 ]", S),
    (
        "loop: no pass, told by the limit",
        "exe @f() = [ let secret @none = 0\n loop(@none) [ if true [ => 1 ] ]\n => 2 ]\nvar @r = @f()",
        S,
    ),
    ("loop: done", "var @r = loop(3) [ done @s ]", S),
    (
        "loop: bare done",
        "var @r = loop(3) [ if @yes [ done ] ]",
        S,
    ),
    (
        "loop: until",
        "var @r = loop(3) until @yes [ let @x = 1 ]",
        S,
    ),
    (
        "loop: until that never holds",
        "var @r = loop(2) until @no [ let @x = 1 ]",
        S,
    ),
    (
        "loop: continue",
        "var @r = loop(2) [ if @input [ done @input ]\n continue @s ]",
        S,
    ),
    (
        "loop: round told by a condition",
        "var @r = loop(2) [ if @mx.loop.iteration == 2 [ done \"x\" ]\n if @yes [ continue 1 ] ]",
        S,
    ),
    (
        "loop: @mx.loop",
        "var @r = loop(@sn) [ done @mx.loop.iteration ]",
        S,
    ),
    (
        "loop: body of an executable",
        "exe @f(n) = loop(@n) [ done 1 ]\nvar @r = @f(@sn)",
        S,
    ),
];

const CALLS: &[Row] = &[
    (
        "metadata of a local variable that is looked at",
        "exe @f() = [ let secret @l = \"x\"  let @len = @l.mx.length  => \"k\" ]\nvar @r = @f()",
        S,
    ),
    ("labels written on a run", "var @r = run pii @const(1)", P),
    (
        "local variable of outside that is only named",
        "exe @mk() = @s\nexe @f() = [ let @l = @mk()  if true [ let @y = @l ]  => \"k\" ]\nvar @r = @f()",
        S,
    ),
    (
        "failure that a js block catches",
        "exe @t() = [ let @x = `@s`  => @parse(\"{bad\") ]\nexe js = { t }\nexe @w() = js { try { return await t() } catch (e) { return 'c' } }\nvar @r = @w()",
        S,
    ),
    (
        "failure that a js block catches, of an argument",
        "exe @t() = [ let @x = `@s`  => @parse(\"{bad\") ]\nexe @w(q) = js { try { return await q() } catch (e) { return 'c' } }\nvar @r = @w(@t)",
        S,
    ),
    (
        "block that comes to its end",
        "var @r = [ let @x = 1\n if @no [ => 2 ] ]",
        S,
    ),
    (
        "block of an arm that comes to its end",
        "var @r = when [ true => [ let @x = 1\n if @no [ => 2 ] ] ]",
        S,
    ),
    (
        "foreach in an arm",
        "var @r = when [ true => foreach @same(@sl) ]\nif @r.length() != 2 [ @r += @pi ]",
        S,
    ),
    (
        "loop in an arm",
        "var @r = when [ @no => 1\n * => for @i in [1, 2] => @i ]\nif @r.length() != 2 [ @r += @pi ]",
        S,
    ),
    (
        "when in an arm, nothing matched",
        "var @r = when [ true => when [ @no => 1 ] ]",
        S,
    ),
    (
        "variable of a loop, bound in a branch",
        "var @r = [ let @x = []\n if @yes [ for @i in [1] [ @x += @i ] ]\n => \"\" ]",
        S,
    ),
    (
        "what a call read is on its result only",
        "exe @f() = [ let @x = @reads()\n => 1 ]\nvar @r = @f()",
        NONE,
    ),
    ("argument", "var @r = @same(@s)", S),
    ("argument that is not used", "var @r = @const(@s)", S),
    ("surplus argument", "var @r = @const(1, @s)", S),
    (
        "argument expression: object",
        "var @r = @const({ k: @s })",
        S,
    ),
    (
        "argument expression: template",
        "var @r = @const(`t @s`)",
        S,
    ),
    (
        "argument expression: arithmetic",
        "var @r = @const(@n + @sn)",
        S,
    ),
    (
        "argument expression: method",
        "var @r = @const(@s.length())",
        S,
    ),
    ("closure", "var @r = @reads()", S),
    (
        "closure in a block",
        "exe @f() = [ let @t = @s\n => \"k\" ]\nvar @r = @f()",
        S,
    ),
    (
        "closure in a called one",
        "exe @f() = @reads()\nvar @r = @f()",
        S,
    ),
    ("label of the executable", "var @r = @marked(1)", P),
    (
        "label of the executable and argument",
        "var @r = @marked(@s)",
        SP,
    ),
    ("alias", "exe secret @f = @same\nvar @r = @f(@pi)", SP),
    (
        "alias without brackets",
        "exe @f = @const\nvar @r = @f(@s)",
        S,
    ),
    (
        "executable as value",
        "var @h = { f: @marked }\nvar @r = @h.f(1)",
        P,
    ),
    (
        "executable out of a labelled object",
        "var secret @h = { f: @const }\nvar @r = @h.f(1)",
        S,
    ),
    ("body: object", "exe @f(v) = { k: 1 }\nvar @r = @f(@s)", S),
    (
        "body: when",
        "exe @f(v) = when [ @v => 1 ]\nvar @r = @f(@s)",
        S,
    ),
    (
        "body: for",
        "exe @f(v) = for @x in [1] => 1\nvar @r = @f(@s)",
        S,
    ),
    (
        "missing argument",
        "exe @f(a, b) = @a\nvar @r = @f(\"x\")",
        NONE,
    ),
    ("built-in called", "var @r = @upper(@s)", S),
    (
        "built-in called with a second argument",
        "var @r = @upper(\"x\", @s)",
        S,
    ),
    ("@typeof", "var @r = @typeof(@s)", S),
    ("@exists", "var @r = @exists(@s)", S),
    ("@fileExists", "var @r = @fileExists(@s)", S),
    ("@parse", "var secret @j = \"[1]\"\nvar @r = @parse(@j)", S),
    ("command: interpolated", "var @r = cmd { echo @s }", S),
    (
        "command: parameter",
        "exe @f(v) = cmd { echo k }\nvar @r = @f(@s)",
        S,
    ),
    (
        "command: standard input",
        "var @r = cmd { cat } with { stdin: @s }",
        S,
    ),
    (
        "command: standard input by a pipe",
        "var @r = run @s | cmd { cat }",
        S,
    ),
    (
        "command: working folder",
        "var secret @dir = \"/\"\nvar @r = cmd:@dir { pwd }",
        S,
    ),
    (
        "command: what a failed one says",
        "exe @f(v) = cmd { cat @v }\nvar @r = @f(@s)",
        S,
    ),
    (
        "command: variable of the environment",
        "output @s to env:SHELF\nvar @r = sh { echo k }",
        S,
    ),
    (
        "shell block: parameter",
        "exe @f(v) = sh { echo k }\nvar @r = @f(@s)",
        S,
    ),
    ("shell block: listed", "var @r = run sh (@s) { echo k }", S),
    (
        "js: parameter",
        "exe @f(v) = js { return 1 }\nvar @r = @f(@s)",
        S,
    ),
    (
        "js: as a stage",
        "exe @f(v) = js { return 1 }\nvar @r = @s | @f",
        S,
    ),
    (
        "js: exception",
        "exe @f(v, w) = js { throw new Error(\"e\") }\nvar @q = 1 | @same || @f(@s)\nvar @r = @q[1].message",
        S,
    ),
    (
        "js: shadow function",
        "exe @helper() = `h @s`\nexe js = { helper }\nexe @f() = js { return await helper() }\nvar @r = @f()",
        S,
    ),
    (
        "js: shadow function that is not called",
        "exe @helper() = `h @s`\nexe js = { helper }\nexe @f() = js { return 1 }\nvar @r = @f()",
        NONE,
    ),
    ("run of a call", "var @r = run @const(@s)", S),
    (
        "failed call: what it was given",
        "exe @bad(v, w) = [ => @v.field ]\nvar @r = [ let @q = for parallel @x in @pub => @bad(@x, @s)\n => @q[0].message ]",
        S,
    ),
    (
        "failed call: label of the executable",
        "exe secret @bad(v) = [ => @v.field ]\nvar @r = [ let @q = for parallel @x in @pub => @bad(@x)\n => @q[0].message ]",
        S,
    ),
    (
        "failed call: what it had read",
        "exe @bad(v) = [ let @t = `@s`\n => @v.field ]\nvar @r = [ let @q = for parallel @x in @pub => @bad(@x)\n => @q[0].message ]",
        S,
    ),
    (
        "with { pipeline }",
        "var @r = @word with { pipeline: [@second(@s)] }",
        S,
    ),
    (
        "with { pipeline } on a labelled value",
        "var @r = @s with { pipeline: [@const] }",
        S,
    ),
];

const PIPELINES: &[Row] = &[
    (
        "effect looks at what passes",
        "exe @f() = [ let @t = \"a\" | @marked | show\n => 1 ]\nvar @r = @f()",
        P,
    ),
    (
        "while: bare done",
        "exe @f(v) = [ if @yes [ done ]\n continue `@v.` ]\nvar @r = \"a\" | while(2) @f",
        S,
    ),
    (
        "while: bare continue",
        "exe @f(v) = [ if @mx.while.iteration > 1 [ done \"k\" ]\n if @yes [ continue ]\n done \"k\" ]\nvar @r = \"a\" | while(2) @f",
        S,
    ),
    ("input", "var @r = @s | @same", S),
    ("input that is ignored", "var @r = @s | @const", S),
    ("argument of a stage", "var @r = \"x\" | @second(@s)", S),
    ("label of a stage", "var @r = \"x\" | @marked", P),
    (
        "closure of a stage",
        "exe @st(v) = `@v @s`\nvar @r = \"x\" | @st",
        S,
    ),
    (
        "stage without parameters",
        "exe @st() = `@input`\nvar @r = @s | @st",
        S,
    ),
    ("transformer", "var @r = @s | @upper", S),
    (
        "argument of a transformer",
        "var @r = \"x\" | @upper(@s)",
        S,
    ),
    ("chain", "var @r = @s | @const | @const | @upper", S),
    ("inline object", "var @r = \"x\" | { k: @s }", S),
    (
        "inline object that ignores its input",
        "var @r = @s | { k: 1 }",
        S,
    ),
    ("inline command", "var @r = @s | cmd { cat }", S),
    (
        "inline command with interpolation",
        "var @r = \"x\" | cmd { echo @s }",
        S,
    ),
    ("early end", "var @r = @s | @blank | @upper", S),
    (
        "early end by a stage that reads",
        "exe @st(v) = [ let @t = `@s`\n => \"\" ]\nvar @r = \"x\" | @st | @upper",
        S,
    ),
    ("group: input", "var @r = @s | @const || @const", S),
    (
        "group: argument of one",
        "var @r = \"x\" | @const || @second(@s)",
        S,
    ),
    (
        "group: element",
        "var @q = \"x\" | @const || @second(@s)\nvar @r = @q[0]",
        S,
    ),
    ("leading group", "var @r = || @const(1) || @const(@s)", S),
    (
        "leading group with a limit",
        "var @r = || @const(1) || @const(@s) (1)",
        S,
    ),
    (
        "group: error marker",
        "var secret @t = \"text\"\nvar @r = \"x\" | @const || @field(@t) | @same",
        S,
    ),
    (
        "group: error marker of the input",
        "var secret @t = \"text\"\nvar @q = @t | @const || @field\nvar @r = @q[1].message",
        S,
    ),
    (
        "group: @mx.errors",
        "exe @look(v) = [ => @mx.errors[0].message ]\nvar secret @t = \"text\"\nvar @r = \"x\" | @const || @field(@t) | @look",
        S,
    ),
    (
        "while: input",
        "exe @w(v) = [ done 1 ]\nvar @r = @s | while(3) @w",
        S,
    ),
    (
        "while: done",
        "exe @w(v) = [ done @s ]\nvar @r = \"x\" | while(3) @w",
        S,
    ),
    (
        "while: condition",
        "exe @w(v) = [ if @yes [ done 1 ]\n continue 2 ]\nvar @r = \"x\" | while(3) @w",
        S,
    ),
    (
        "while: limit",
        "exe @w(v) = [ done 1 ]\nvar @r = \"x\" | while(@sn) @w",
        S,
    ),
    (
        "while: argument",
        "exe @w(v, a) = [ done 1 ]\nvar @r = \"x\" | while(3) @w(@s)",
        S,
    ),
    (
        "@input as an argument",
        "exe @st() = @second(\"x\", @input)\nvar @r = @s | @st",
        S,
    ),
    (
        "@mx.input",
        "exe @st(v) = [ => @mx.input ]\nvar @r = @s | @st",
        S,
    ),
    (
        "@mx.lastOutput",
        "exe @st(v) = [ => @mx.lastOutput ]\nvar @r = \"x\" | @marked | @st",
        P,
    ),
    ("history", "exe @st(v) = [ => @p[0] ]\nvar @r = @s | @st", S),
    (
        "history as a whole",
        "exe @st(v) = [ => @p.length ]\nvar @r = @s | @const | @st",
        S,
    ),
    (
        "retry: hint",
        "exe @src() = `@mx.hint`\nexe @judge(v) = when [ @mx.try < 2 => retry @s\n * => @v ]\nvar @r = @src() | @judge",
        S,
    ),
    (
        "retry: hint that is not read",
        "exe @src() = `k`\nexe @judge(v) = when [ @mx.try < 2 => retry @s\n * => @v ]\nvar @r = @src() | @judge",
        S,
    ),
    (
        "retry: condition",
        "exe @src() = `k`\nexe @judge(v) = when [ @mx.try < 2 && @yes => retry\n * => @v ]\nvar @r = @src() | @judge",
        S,
    ),
    (
        "retry: condition of an if",
        "exe @src() = `k`\nexe @judge(v) = [ if @mx.try < 2 && @yes [ retry ]\n => @v ]\nvar @r = @src() | @judge",
        S,
    ),
    (
        "retry: @mx.tries",
        "exe @src() = `k`\nexe @judge(v) = when [ @mx.try < 2 => retry @s\n * => `@mx.tries` ]\nvar @r = @src() | @judge",
        S,
    ),
    ("show passes on", "var @r = @s | show", S),
    ("log passes on", "var @r = @s | log | @const", S),
    ("output passes on", "var @r = @s | output to \"o.txt\"", S),
    ("append passes on", "var @r = @s | append \"a.txt\"", S),
    ("tight pipe in a template", "var @r = `@s|@upper`", S),
    (
        "tight pipe with an argument",
        "var @r = `@word|@second(@s)`",
        S,
    ),
    ("pipe in an array", "var @r = [ @word | @second(@s), 1 ]", S),
    (
        "pipe in an object",
        "var @r = { k: @word | @second(@s) }",
        S,
    ),
];

const HOOKS_AND_STATE: &[Row] = &[
    (
        "hook: replaced result",
        "hook after @const = [ => \"h\" ]\nvar @r = @const(@s)",
        S,
    ),
    (
        "hook: its own labels",
        "hook after @const = [ => @s ]\nvar @r = @const(1)",
        S,
    ),
    (
        "hook: what it read",
        "hook after @const = [ => `k @s` ]\nvar @r = @const(1)",
        S,
    ),
    (
        "hook: replaced argument",
        "hook before @same = [ => \"h\" ]\nvar @r = @same(@s)",
        S,
    ),
    (
        "hook: argument put in place",
        "hook before @same = [ => @s ]\nvar @r = @same(1)",
        S,
    ),
    (
        "hook: all arguments",
        "hook before @second = [ => [1, 2] ]\nvar @r = @second(@s, 1)",
        S,
    ),
    (
        "hook: variable",
        "hook after op:var = [ => \"h\" ]\nvar @r = @s",
        S,
    ),
    (
        "hook: variable, its own labels",
        "hook before op:var = [ => @s ]\nvar @r = 1",
        S,
    ),
    (
        "hook: command",
        "hook after op:run = [ => \"h\" ]\nvar @r = cmd { echo @s }",
        S,
    ),
    (
        "hook: @mx.args",
        "hook after @second = [ => @mx.args.b ]\nvar @r = @second(1, @s)",
        S,
    ),
    (
        "hook: an earlier one's error",
        "var secret @t = \"text\"\nhook before @const = [ => @t.field ]\nhook after @const = [ => @mx.hooks.errors[0].message ]\nvar @r = @const(1)",
        S,
    ),
    (
        "state",
        "output @s to \"state://k\"\nvar @r = @state.k",
        &["secret", "src:dynamic"],
    ),
    (
        "state: labelled name",
        "var secret @name = \"k\"\noutput 1 to \"state://@name\"\nvar @r = @state.k",
        &["secret", "src:dynamic"],
    ),
    (
        "state: under a condition",
        "if @yes [ output 1 to \"state://k\" ]\nvar @r = @state.k",
        &["secret", "src:dynamic"],
    ),
    (
        "state: another name",
        "output @s to \"state://k\"\noutput 1 to \"state://other\"\nvar @r = @state.other",
        &["src:dynamic"],
    ),
    (
        "state: dotted",
        "output @s to \"state://k.a\"\noutput 1 to \"state://k.b\"\nvar @r = @state.k.b",
        &["secret", "src:dynamic"],
    ),
    (
        "state: whole",
        "output @s to \"state://k\"\nvar @r = @state",
        &["secret", "src:dynamic"],
    ),
    (
        "added label",
        "exe @f(v) = [ => pii @v ]\nvar @r = @f(@s)",
        SP,
    ),
    (
        "added label in an arm",
        "var @r = when [ @n => pii @s ]",
        SP,
    ),
    (
        "untrusted takes the place of trusted",
        "var trusted @v = 1\nexe @f(v) = [ => untrusted @v ]\nvar @r = @f(@v)",
        &["untrusted"],
    ),
    (
        "trusted beside untrusted",
        "var untrusted @v = 1\nexe @f(v) = [ => trusted @v ]\nvar @r = @f(@v)",
        &["untrusted", "trusted"],
    ),
];

#[test]
fn results_carry_the_labels_of_everything_that_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = String::new();
    let tables = [
        EXPRESSIONS,
        BRANCHES,
        LOOPS,
        CALLS,
        PIPELINES,
        HOOKS_AND_STATE,
    ];
    for (name, script, expected) in tables.into_iter().flatten() {
        let text = format!("{PRELUDE}{script}\nshow `labels: @r.mx.labels.join(\",\")`\n");
        let ran = script_in(folder.path(), &text);
        if !ran.error().is_empty() {
            let _ = writeln!(wrong, "{name}: {}", ran.error());
            continue;
        }
        let labels = ran.out.lines().find_map(|l| l.strip_prefix("labels: "));
        let mut labels: Vec<&str> = labels
            .unwrap_or("?")
            .split(',')
            .filter(|l| !l.is_empty())
            .collect();
        let mut expected = expected.to_vec();
        labels.sort_unstable();
        expected.sort_unstable();
        if labels != expected {
            let _ = writeln!(wrong, "{name}: {labels:?}, not {expected:?}");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
