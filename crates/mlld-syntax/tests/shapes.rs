//! What scripts become: one snapshot a family of constructs, each a list of scripts and their shapes.

#[macro_use]
mod support;

use mlld_syntax::{Mode, ast::Quote, parse_template_body};
use support::{findings, shapes, table};

fn strict(scripts: &[&str]) -> String {
    table(scripts, Mode::Strict, shapes)
}

#[test]
fn literals() {
    snapshot!(strict(&[
        "var @a = -3",
        "var @a = 007",
        "var @a = 2.50",
        "var @a = null",
        "var @a = [1, \"x\", 'y', `z`, true, null, [], {}, ]",
        "var @a = [\n  @off?,\n  @o.k? ?? 1,\n  -2\n]",
        "var @a = {a: 1, \"b c\": 2, 'd': 3, with-hyphen: 4, }",
        "var @a = { ...@base.net, \"off\"?: @x, zero?: @y }",
        "var @a = { k: @s | @trim, l: [ @s | @trim, 1 ] }",
        "var @a = {text: \"@n\", raw: '@n'}",
        "var @a = { k: when [ @n > 3 => \"x\"; * => \"y\" ] }",
        "var @a = [for @x in @l => @x, when @a => 1, cmd { ls }, <f.txt>, <c.json>.n]",
        "var @a = [[1, 2], [3]]",
        "var @a = [[\nx {{who}}\n]]",
        "var @a = [ [[1]], [[2]] ]",
        "var @a = [\n  let @w = 3\n  => @w * 2\n]",
        "var @a = [ => 1 ]",
        "var @a = { k: [ let @x = 1; => @x ] }",
        "var @a = (\"abc\")",
    ]));
}

#[test]
fn operators() {
    snapshot!(strict(&[
        "var @a = 1 + 2 * 3",
        "var @a = (1 + 2) * 3 - 4 % 5 / 6",
        "var @a = 10 - 2 - 3",
        "var @a = @a ?? false ? \"t\" : \"f\"",
        "var @a = @a ?? @b || @c && @d == @e < @f + 1",
        "var @a = 1 < 2 == 3 >= 4 != 5",
        "var @a = @a||@b&&@c??@d==1",
        "var @a = !!@x == !1",
        "var @a = !(3 > 5) && !@f().x",
        "var @a = 2 * -3",
        "var @a = \"b, a\" ~= [\"a\"] && @a !~= 1",
        "var @a = @n > 10 ? \"huge\" : @n > 3 ? \"mid\" : \"small\"",
        "var @a = @n ? @m ? 1 : 2 : 3",
        "var @a = @n < 3\n  ? \"low\"\n  : \"high\"",
        "var @a = @n >\n  3 &&\n  @m",
        "var @a = (@a\n  + @b\n  * 2)",
        "var @a = @n ? `n is @n` : ::none::",
        "var @a = @f() + @g(1, @h(2)) == 3",
        "var @a = @x? ?? 1",
        "var @a = @x > 1 >> comment",
        "var @a = @b >> c\n  ? 1 >> d\n>> e\n  : 2",
        "if @a\n  && @b\n  || !@c [ show \"x\" ]",
        "if @a > 1 && (@b || @c) [ => ]",
    ]));
}

#[test]
fn paths() {
    snapshot!(strict(&[
        "var @a = @rec.a.b[0].c[-1].1",
        "var @a = @rec[\"k y\"]['z'][word][@key][@o.k[0]]",
        "var @a = @l[1:3] == @l[:2]",
        "var @a = [@l[ 3 : ], @l[-2:], @l[:], @l[@i:@j]]",
        "var @a = @l[*].n",
        "var @a = @l[?v>2][?n=\"b\"][?v==9][?v!=5][?n~'a'][?ok][?a.b<=@min][?age<7d][?t=true]",
        "var @a = @s.trim().slice(1, 2).length",
        "var @r = @s\n  .trim()\n  >> note\n  .split(\",\")",
        "var @r = @s\n\n  .trim()",
        "var @a = @fs[1](9)",
        "var @a = @ns.f(1).g",
        "var @a = @f().items[0]",
        "var @a = @s.replace(/a[/]b/gi, \"x\").match(/\\//)",
        "var @a = [1, 2, 3].join(\"-\")",
        "var @a = @o.nope?",
        "var @a = @f(\n  1, >> one\n  2,\n)",
        "var @a-b = @a-b.c-d",
        "var @a = @list[\n 0\n]",
        "var @a = new @URL(\"x\")",
        "var @a = new @base with { tools: [\"Read\"] }",
    ]));
}

#[test]
fn texts() {
    snapshot!(strict(&[
        r#"show "a\tb\\c\"d\'e\@f\[\]\{\}\`\$\.\q\u0041""#,
        r"show 'a\tb\nc\\d\'e\@f\[\]\$\q @@ @x'",
        r#"show `a\tb\\c\`d\"e\@f\[\]\{\}\$\.\q`"#,
        r#"show ::a\tb\nc\\d\"e\@f\[\]\q @@::"#,
        r"show :::a\tb\\c \@d @e {x} {{nope}} {{ a.b[0].c }} {{a b}}:::",
        "show [[brackets {{city}} @city <b.md>]]",
        "show ``",
        "show ::\nx\n::",
        "show ::\r\nx\r\n::",
        "show :::\nx\n\n:::",
        "show ::a\n@x\n::",
        "show `\nx\n`",
        "show `two\r\nthree\rfour`",
        "show 'two\r\nthree\rfour'",
        "show `end@` ",
        "show ::a@::",
        "show ::total:::: >> stray",
        "show \"@ @: @1 a@b @@c\"",
    ]));
}

#[test]
fn interpolations() {
    snapshot!(strict(&[
        "show `@who's, (@who) @who: @who/x @who-else @who_x @who.`",
        "show `@rec.team.lead; @rec[\"key one\"]; @rec.list[0].n; @rec.list[@i].n; @rec.0 @x.y.`",
        "show `@a[b @a[] @a[1 @a[@b @a[\"x\\\"]`",
        r"show `@file\.txt @file\\b @who\(s) @who\[x] @who\n@who\q`",
        r"show ::@file\.txt @file\\b @who\n::",
        "show \"a @on?\"+@on\" b @off?\"+@off\" c\"",
        "show `a @on?`+@on` b @off?`",
        "show \"Hi @name?\"",
        "var @a = [\"Hi @name?\", \"x\"]",
        "show `@rec.a??\"d\" @rec.nope??'q' [@x??\"\"] @n ?? \"b\" @y??z`",
        "show \"@rec.n??'d' @x? end\"",
        "show \"@a??\"b\" c\"",
        "show `!@flag !@tags.includes(\"y\") wow! !@f() !x`",
        "show `q @f(\"a\", `b @c`) z @f().a @f()[0] @f().m().n[1] @o.m(1).x[2]`",
        "show \"q @f(\"a\") z\"",
        "show `a @name|@upper b @name|@lower|@tag(1) c @name|x d|@e @p|@parse.strict`",
        "show `@a @b.trim() @c .x`",
        "show `@x?|@upper`",
    ]));
}

#[test]
fn files_in_texts() {
    snapshot!(strict(&[
        "show `<b>bold</b> <div class=\"x.y\"> 1 < 2 > 0 <br/> <!-- a.b --> <LEDGER>`",
        "show `a <note.txt> <docs/*.md> <@path> <@d/list.md> <c.json>.name! <a.txt>|@upper.`",
        "show `<<note.txt>> <<@x>> << >> <<a`",
        "show `<f.md # Sec> <a\\.b> <a@@b> <a.ts { x }>`",
        "show \"<note.txt> and <b.txt>\"",
        "show \"a <note.txt>\"",
        "show `<https://h.x/y@z#f>`",
        "show <p.md as `Page <>.fm.title (<>.filename): <>`>",
        "show <p.txt as ::[<>.nope]::>",
    ]));
}

#[test]
fn file_references() {
    snapshot!(strict(&[
        "show <a.txt>",
        "show < a b.txt >?",
        "show <\"a @b.txt\" # S>",
        "show <@dir/x/@n\\.md>",
        "show <@o.path>.mx.fm",
        "var @a = <gone.txt>? ?? \"x\"",
        "var @a = <a.txt>?.port",
        "var @a = <n/*.{md,txt}>.length",
        "var @a = <n/*.md>[0].mx.filename",
        "show <guide.md # start-up; !# eyes, pressure>",
        "show <guide.md # \"@want\", Don't panic>",
        "show <guide.md # @cfg.s>",
        "show <guide.md # \"a > b\"?, c>",
        "show <guide.md # ##??>",
        "show <f.ts { turn, *fn, (x), a?c, @k?? }>",
        "show <f.ts { turn } as `### <>.name`>",
        "show <f.md # Known as X as \"Y <>\">",
        "show <pages/*.md> as \"- [<>.mx.fm.title](<>.mx.relative)\"",
        "var @t = <pages/*.md> as `* <>.filename` | @upper",
        "show <https://h:8080/x?y=1#frag>",
        "var @u = <here.txt>|@upper",
        "if <here.txt> [ show \"one\" ]",
        "when <blank.txt>? => show \"two\"",
        "var @a = @exists(<*.txt>)",
    ]));
}

#[test]
fn template_loops() {
    snapshot!(strict(&[
        "show `List:\n/for @f in @fruits\n- @f\n/end\ntotal @n`",
        "show ::\n/for @k, @v in @o.p\n@k=@v\n/end::",
        "show `a\n/for @r in @g\n/for @c in @r\n@c\n/end\n/end\n/forty /end @x /for`",
        "show `a\n /for @x in @y\n/fortune`",
        "show `a\n/for @x in @l.filter(1)\n  - @x?`!`\n/end`",
        "show `a\n/for @x in @l\n- @f\n/end`",
    ]));
}

#[test]
fn template_files() {
    let mut out = String::new();
    for (text, quote) in [
        (
            "Dear @who,\n/for @g in @goods\n- @g\n/end\nYours",
            Quote::DoubleColon,
        ),
        ("/for @k, @v in @o\n@k -> @v\n/end\n", Quote::DoubleColon),
        (
            "v @o.a.b up @o.a|@upper\nmail me@@here.x \\@lit :: \" ' ` @a?\"x\"\n<./sig.txt>",
            Quote::DoubleColon,
        ),
        ("a\n```mlld\nshow @x\n```\nb @x ```mlld", Quote::DoubleColon),
        ("/for @x in @l\n", Quote::DoubleColon),
        (
            "{{x}} and {{ x.y }}, not @x, not <t.txt> \\n @@\r\n/for @i in @x",
            Quote::TripleColon,
        ),
    ] {
        let (template, diagnostics) = parse_template_body(text, quote);
        out.push_str(&format!(
            "{text:?}\n{}\n{}\n",
            support::template(&template),
            findings(text, &diagnostics)
        ));
    }
    snapshot!(out);
}

#[test]
fn pipelines() {
    snapshot!(strict(&[
        "var @a = @v | @trim | @upper",
        "var @a = @v|@a|@b(1, \"x\")",
        "var @a = @word\n  | @upper\n\n  | @lower",
        "var @a = @v | @a || @b | @c",
        "var @a = || @a() || @b(1) | @join",
        "var @a =\n  || @a() || @b()",
        "var @a = || @a() || @b() || @c() (2, 10ms)",
        "exe @both() = || @a() || @b()",
        "run || @a() || @b()",
        "show || @a() || @b()",
        "var @a = @v | @parse.strict | @ns.f(1) | @ns.g",
        "var @a = 1 + 2 | @f",
        "var @a = @c ? \"a\" : \"b\" | @up",
        "var @a = @a || \"b\" | @up",
        "var @r = \"go\" | show | @upper | log \"x\" | show `t` | @lower",
        "var @r = \"x\" | @a || log || @b | @c || log \"y\" || @d",
        "var @r = \"g\" | output to \"main.txt\" | @lower | output @e to \"s.txt\" as json",
        "var @r = \"g\" | append \"log.txt\" | append to \"l.txt\" | append \"three\" to \"log.txt\"",
        "var @r = \"g\" | output to \"state://lamp\"",
        "var @r = \"z\" | cmd { tr a-z A-Z } || { raw: @input } || data { a: 1 }",
        "var @r = 3 | while(10) @climb | while(5, 1s) @ns.f",
        "var @g = \"1\" with { pipeline: [ [@l, @r], @upper, @a || @b ] }",
        "var @g = @v pipeline [@upper, @trim]",
        "show @v with { pipeline: [@lower] }",
        "run cmd { echo x } with { pipeline: [@upper] }",
        "var @a = @f() with { stream: true, delay: 100ms } | @g",
        "var @a = @v | @f with { guards: false }",
        "var @n = for @w in [\"b\"] => @w | @upper => | @sort | @x",
        "var @n = for @n in @l => @n => || @count || @total",
        "var @n = for @n in @l [ => @n ]\n  => | @f",
        "var @n = foreach @f(@in) => | @flat",
        "var @n = foreach @f(@in) | @flat",
    ]));
}

#[test]
fn variables() {
    snapshot!(strict(&[
        "var secret, pii net:w @k = 1",
        "var a a,b @x? = @y?",
        "var @x\n  = 3",
        "var @x =\n  \"value\"",
        "var tools @t = { go: { mlld: @f, expose: [\"a\"] } }",
        "var tools secret @t = mcp \"srv\"",
        "var tools = 1",
        "var @show = 1\nvar @if = 2\nvar @true = 3",
        "exe @f() = [ let @x = 1; let secret @y = 2 let @z += 3\n @x += [1] ]",
        "exe @f() = [ let @x = when @a => 1\n let @y = @x | @f ]",
    ]));
}

#[test]
fn effects() {
    snapshot!(strict(&[
        "show pii @x",
        "show secret, pii `x`",
        "show foreach @tag(@ws) with { separator: \" / \", template: \"{{index}}={{result}}\" }",
        "show verify @t",
        "show @f(1) with { guards: { except: [\"@a\"] } }",
        "log",
        "log @o as json",
        "log pii @o",
        "log 5",
        "log @v | @f",
        "output \"so-far.txt\"",
        "output to \"so-far.txt\"",
        "output @o to \"o.json\" as yaml",
        "output @o.b to stdout",
        "output \"w\" to stderr >> note",
        "output @t to env",
        "output @t to env:SHELF",
        "output @t to \"state://a.@b\"",
        "output @t to 'state://a'",
        "output @o \"short.txt\"",
        "output @v to out/a-b.txt",
        "output @v to @root/x.txt",
        "output \"kept\" to \"@name\"",
        "output [1, 2] to `f@n\\.txt`",
        "output @v | @upper to \"f\"",
        "output @v\n  to \"f\"",
        "output secret @v to \"f\"",
        "append @rec.tags to \"log.jsonl\" as jsonl",
        "append \"one\" to d/log.txt",
        "stream @f() | @g",
        "stream @a() || @b()",
        "=> pii,seen @s",
        "=> { a: 1 }",
        "=>",
        "/=> \"x\"",
        "bail",
        "bail `bad @x`",
        "bail { a: 1 }",
        "@hello(\"you\").x | @f",
        "@ns.hello (\"you\")",
    ]));
}

#[test]
fn runs() {
    snapshot!(strict(&[
        "run cmd {echo one} | @upper",
        "run {echo two}",
        "run \"echo \\\"@x\\\" three\"",
        "run 'echo @x'",
        "run 'echo \\'a; b\\' c'",
        "run \"echo 'it \\\"s' @x\"",
        "run sh {echo four && echo five}",
        "run sh (@a, @b) { echo \"$a\" }",
        "run cmd:/ {pwd}",
        "run cmd:@d.x {pwd}",
        "run sh:~/x {pwd}",
        "run @f(1)",
        "run @f",
        "run stream @f()",
        "run @d | sh {sort}",
        "run @d | {cat} | @upper",
        "run @d | @upper",
        "run @f() | cmd {sort}",
        "run cmd {sort} with { stdin: @lines } using auth:hub",
        "run @f() using @v as TOKEN",
        "run secret @f()",
        "run cmd { x } pii",
        "var @r = run @d | cmd {sort}",
        "var @r = run cmd { x } using auth:a | @f",
        "exe @f() = [ run cmd { a } show \"x\" ]",
    ]));
}

#[test]
fn commands() {
    snapshot!(strict(&[
        "run cmd { echo @x @x.y[0] \"a @x b\" '@x' me@host \\@x @@x @1 }",
        "run cmd { @x }",
        "run cmd {@x}",
        "run cmd { ls @dir/@file|@y (@z) --a=@b pre-@x-post }",
        "run cmd { echo @x\\.txt \"@x\\.md\" @x. }",
        "run cmd { echo {a} x{c}y \"{\" '}' \\} }",
        "run cmd { echo \"$(grep @x f)\" \"$(echo \"@y\")\" $HOME ${A:-b} $((1 + 2)) `date` }",
        "run cmd {\n  echo first\n  echo second \\\n    third\r\n}",
        "run cmd { echo \"a && b; c > d\" 'e | f; $(c)' }",
        "run cmd { echo a # it's @x }",
        "run cmd { printf \"<%s> <b>\" \"@q\" \"<f.txt>.x\" }",
        "run cmd { }",
        "run cmd { echo \"$(a; b)\" }",
    ]));
}

#[test]
fn code_blocks() {
    snapshot!(strict(&[
        "exe @f(x) = js { return x }",
        "exe @f(x) = js {\n    const a = {b: 1};\n      if (a) { return `}${ {c: \"}\"}.c }`; } // }\n    return /[}]/.test(x)\n  }",
        "exe @p() = py {\n  import json\n  for i in [1]:\n    print({i: \"}\"}) # }\n}",
        "exe @s() = sh { echo '}' \"${x}\" # it's\n  cat <<EOF\n  }\n  EOF\n}",
        "exe @s() = bash:/tmp { pwd }",
        "exe @n() = node { return 1 }\nexe @j() = javascript { 1 }\nexe @q() = python { 1 }",
        "exe js = { double, label }",
        "exe py = {\n  square,\n}",
        "var @x = js { 1 } + 2",
    ]));
}

#[test]
fn executables() {
    snapshot!(strict(&[
        "exe @f = @g",
        "exe @f() = @g | @h",
        "exe net:w, secret @f(x, y: string,) = `v @x`",
        "exe llm @f(\n  a,\n  b: object\n) = 'x'",
        "exe @f(x) = template \"./mail/letter.att\"",
        "exe @f(x) = data { a: @x }",
        "exe @f(x) = { a: @x }",
        "exe @f(x) = {}",
        "exe @f() = [ ]",
        "exe @f() = []",
        "exe @f(x) = [\n  >> first\n  let @y = @x + 1 >> add\n  => @y << give\n]",
        "exe @f(x) = when @x [ \"a\" => 1; * => 0 ]",
        "exe @f(l) = for @x in @l [ => @x ]",
        "exe @f(l) = foreach @g(@l)",
        "exe @f() = loop(3) [ done 1 ]",
        "exe @f(v) = run @v | cmd {sort}",
        "exe @f(v) = run {sort @v} with { stdin: @v, description: \"d\" }",
        "exe @f(v) = `x` with { description: \"d\" }",
        "exe @f(v) = [ => 1 ] with { description: \"d\" }",
        "exe @f() = stream sh { echo one }",
        "exe @f() = box @c [ => 1 ]",
        "exe @u = new @URL(\"x\")",
        "exe @f() =\n  @x * 2 + 1",
        "exe @f() = <x.txt>",
        "exe @f() = :::D {{n}}:::",
        "exe @f() = sh { x } using auth:hub",
    ]));
}

#[test]
fn flow() {
    snapshot!(strict(&[
        "if @a [ show \"x\"; show \"y\" show @z ] else [ bail ]",
        "when @c [ \"r\" => show \"s\" \"g\" => show @t @u => show @v ]",
        "if @a [\n  show \"x\"\n]\nelse [\n  => 1\n]",
        "if [0] [ show \"a\" ]\nif {} [ ] else [ show \"e\" ]",
        "if [\"a\"].includes(\"b\") [ show \"f\" ]",
        "when [\n  @a > 65 => show \"s\"\n  * => show \"c\"\n]",
        "when first [ none => 1 ]",
        "when @c [ \"r\" => show \"s\"; let @l = 1; @l += 2; none => @l ]",
        "when @c: [ \"b\" => 1 ]",
        "when [\"a\",\"b\"].includes(@x) => show \"y\"",
        "when [] => 1",
        "when [ @a ] => 1",
        "when !@a && @b => [\n  show \"1\"\n  => 2\n]",
        "when [ @a => \"x\" * => \"y\" ]",
        "when true => [ @f(1) ]",
        "when true => [ @f(1) | @g\n @h(2) ]",
        "when true => [ @f(1), 2 ]",
        "var @x = when true => [ @f(1) ]",
        "when @x => pii,!b @d",
        "when @x => !@d",
        "when @x => @n += 1",
        "when [ @x => retry \"h\"; @y => done @z; * => continue (@n - 1) ]",
        "when [ @x => done\n @y => continue; * => skip ]",
        "when [ denied && @x => 1; !denied => 2 ]",
        "when @a => checkpoint \"c\"",
        "when [ @a => run cmd {x}; @b => cmd {y}; @c => show @d; @e => output @f to \"g\" ]",
        "when @a =>\n  \"next line\"",
        "when @a\n  => 1",
    ]));
}

#[test]
fn loops() {
    snapshot!(strict(&[
        "for @x in [1, 2] => show @x",
        "for @k, @v in @o [\n  show @k\n]",
        "for @n in @ns when @n > 2 => @n",
        "for @n in @ns when @n > 3 [ show @n ]",
        "for parallel @x in @l => @f(@x)",
        "for parallel(@cap, @pace) @x in @l => @x",
        "for parallel(2, 1s) @x in @l => @x",
        "for parallel(, 500ms) @x in @l => @x",
        "for 2 parallel @x in @l => @x",
        "for (2, 1s) parallel @x in @l => @x",
        "for @x in @l => if @x [ show @x ]",
        "for @x in @l => @n += @x",
        "for @x in @l => for @y in @x => `@y`",
        "for @x in @l => when [ @x == 2 => skip; * => @x ]",
        "for @x in <n/*.md> => show @x",
        "for @x in @rows() => [ \"a\" ]",
        "for @x in @l => [ show @x ]",
        "for @x in @l => cmd { echo @x }",
        "for @x in @l => append @x to \"l.txt\"",
        "loop(20) [ done ]",
        "loop(endless, 5ms) [ continue ]",
        "loop until @input >= 2 [ continue @n ]",
        "loop(@n) until @x [ skip ]",
        "loop [ loop(2) [ done 1 ] ]",
        "foreach @pair([\"x\"], [1, 2])",
        "exe @f() = [\n  for @x in @l => @x\n  => @r\n]",
    ]));
}

#[test]
fn imports_and_exports() {
    snapshot!(strict(&[
        "import { @a, b as @c } from \"./m.mld\"",
        "import { * as @q } from './m.mld'",
        "import \"./@lang/x.mld\"",
        "import \"./m.mld\" as @m",
        "import from \"./m.mld\" as @m",
        "import { } from \"./m.mld\"",
        "import {\n  @a,\n  @b\n} from @a/b@^1.2",
        "import @payload as @p",
        "import { x } from <@root/lib/p.mld>",
        "import { x } from @root/lib/p.mld",
        "import { basename } from node @path",
        "import secret, pii { @p } from \"m\"",
        "import static { @p } from \"m\"",
        "import live secret \"m\" as @m",
        "import cached(5m) \"https://x.y/z\" as @m",
        "import cached { a } from \"https://x.y/z\"",
        "import local { @x } from @me/dev",
        "import module @a/b as @m",
        "import templates from \"dir\" as @t(p1, p2)",
        "import policy @q from \"./h.mld\"",
        "import policy from \"@mlld/production\"",
        "import policy @p from @mlld/production except { capabilities, limits, allow.cmd }",
        "import { allow.cmd, defaults.rules, labels.\"x y\" } from \"p.mld\"",
        "import { allow, deny } from \"p.mld\"",
        "import tools { @a as @b, @c } from mcp \"srv\"",
        "import tools from mcp \"srv @x\" as @ns",
        "import \"./t\" as @f with { skipDirs: [] }",
        "export { @a, b, @c as @d }",
        "export { * }",
    ]));
}

#[test]
fn files_and_boxes() {
    snapshot!(strict(&[
        "file \"out/n.txt\" = \"hello\"",
        "file <@ws/a/@n\\.md> = @x | @f",
        "files \"src/\" = [ { \"a.txt\": \"A\", desc: \"d\" } ]",
        "files <@ws/> = [ ]",
        "files <@ws> = git \"url\" branch:\"b\" path:\"docs/\" depth:1 auth:\"n\"",
        "box [ show \"x\" ]",
        "env { tools: [\"Read\"] } [ run cmd { echo x } ]",
        "box @cfg.a with { profile: \"full\" } [ => 1 ]",
        "box @make(\"x\") [ ]",
        "box with { tools: @kit } [\n]",
        "box \"strict\" [ ]",
        "var @r = box @ws [ => sh { cat *.txt } ]",
        "sign @t by \"desk\" with sha256",
        "sign @t with sha256 by `x @y`",
        "sign @t >> note",
        "verify @t",
        "exe @f() = [ sign @t; verify @t; file \"a\" = 1 ]",
    ]));
}

#[test]
fn policies() {
    snapshot!(strict(&[
        "policy @p = { deny: [sh, py], allow: { js, cmd: [echo, \"git:*\"] }, locked }",
        "policy { defaults: { unlabeled: untrusted, rules: @names.x }, allow: [\"sh\", cmd: [\"rm\"], *] }",
        "policy @p = { defaults: { autoverify: template \"./f.att\" }, limits: { timeout: 30000 } }",
        "policy @p = union(@a, @b,)",
        "policy @p = { labels: { \"src:x\": { deny: [op:show] } } }",
        "policy @p = {\n  deny: true,\n  x: null,\n}",
        "auth @hub = \"HUB_KEY\"",
        "auth @hub = { from: \"env:HUB\", as: \"K\" }",
        "needs { sh, cmd: [ls, cat], network: true, node: [\"a@1\"] }",
        "needs { cmd: { git: { flags: [\"-a\"] }, ls: * }, jq }",
        "profiles { full: { requires: { sh }, description: \"d\" }, lite: {} }",
    ]));
}

#[test]
fn guards_and_hooks() {
    snapshot!(strict(&[
        "guard @g before op:cmd:git = when [ * => deny \"no @x\" ]",
        "guard privileged after @ns.f = when first [ @x > 1 => allow; * => retry 'h' ]",
        "guard before @nope for op:log = when [ * => allow ]",
        "guard for net:w = when [ * => env @config ]",
        "guard @g always secret = when [ * => box { tools: [] } ] with { privileged: true }",
        "guard before x = when [\n  >> c\n  let @y = 1\n  !@opIs(\"exe\") => deny \"1\"\n  * => allow with { addLabels: [a, \"b:c\", d:e], warning: \"w\", tools: @t } \"v\"\n]",
        "guard after x = when [ * => allow @mask(@input) with { removeLabels: [pii] } ]",
        "guard after x = when [ @a => !pii,trusted! @output; @b => clear! @output; * => seen, b `x` ]",
        "guard before x = when [ @a => [ log `q`; let @z = 1\n deny \"d\" ] ]",
        "hook before @f.g(\"src/\") = [ log `in @input` ]",
        "hook @h after op:for:iteration = [ => \"x\" ]",
        "hook before secret = when [ @a => log \"x\" ]",
        "checkpoint \"one\"",
        "checkpoint `n @x` with { resume: auto, ttl: 1h, complete: @done == 3 }",
        "checkpoint \"x\" with { ttl: 500, resume: \"never\" }",
    ]));
}

#[test]
fn documents() {
    let scripts = [
        "# Title\n\nProse with @name.\n/var @name = \"Ada\"\n>> hidden\n  /show `Hi @name` >> note\n- /show \"x\"\nEnd.",
        "---\ntitle: Doc\n---\n# @fm.title\n/show @fm.title\n",
        "```\n/show \"in\"\n```\n/show \"between\"\n~~~\n/show \"tildes\"\n~~~\n",
        "```mlld-run\n>> c\nvar @x = 1\nshow `b @x`\n```\n/show `d @x`",
        "````js\n```\n/show 1\n````\n/=> 1",
        "/frobnicate this\n/varnish too\n/usr/bin\n/@f(1)\n",
        "/show \"a\"\n| Name | Qty |\n|---|---|\n/show \"b\"\n| @upper\n| cmd { x }\n",
        "/if true [\n  show \"in\"\n\n  >> c\n  show \"y\"\n]\n\n- item\n",
        "/exe @f() = @a => @b\n",
        "/show @a\n- @item\n<f>\n.name\n",
        "  ```\n  x\n  ```\ninline ``` code\n",
        "resume: auto\n/show 'x'\n",
        "resume: we go on\n",
    ];
    snapshot!(table(&scripts, Mode::Markdown, shapes));
}

#[test]
fn strict_headers() {
    snapshot!(strict(&[
        "resume: auto\nshow \"x\"",
        "resume: \"never\"  \nshow \"x\"",
        "\u{feff}show \"bom\"",
        "---\r\na: 1\r\n---\r\nshow \"x\"\r\n",
        "---\na: 1\n",
        "\n---\na\n---\n",
        ">> c\n  << d\nshow \"x\" >> e\n  >> f\n",
        "/var @a = 1\n/show @a",
        "",
    ]));
}
