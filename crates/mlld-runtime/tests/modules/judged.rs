//! What calls of imported executables are judged by and carry (spec 05 §6.1, 06 §11).

use super::*;

#[test]
fn a_body_is_judged_by_the_members_that_it_names() {
    let policy = "policy @q = { operations: { out: ['net:w'] }, labels: { secret: { deny: ['out'] }, 'src:file': { deny: ['out'] } } }\n";
    let import = "import './plant.mld' as @p\nimport { greet, open, key } from './plant.mld'\n";
    let go = |body: &str| {
        let main =
            format!("{policy}{import}exe net:w @send(x) = [ => {body} ]\nvar @r = @send('a')\n");
        script(&[PLANT], &main).error()
    };
    for body in ["@p.greet(@x)", "@greet(@x)", "@x | @greet", "@x | @p.greet"] {
        assert_eq!(go(body), "", "{body}");
    }
    for (body, label) in [
        ("`@p.key`", "secret"),
        ("@key", "secret"),
        ("`@p`", "secret"),
        ("@p['site']", "secret"),
        ("`@p.site`", "src:file"),
        ("`@greet`", "src:file"),
        ("@p.greet", "src:file"),
    ] {
        let error = go(body);
        let refused = format!("Label '{label}' cannot flow to 'out'");
        let first = "Label 'src:file' cannot flow to 'out'";
        assert!(
            error.contains(&refused) || error.contains(first),
            "{body}: {error}"
        );
    }
}

#[test]
fn what_is_not_exported_may_be_asked_for() {
    let main = "import './plant.mld' as @p\nshow `@p.nope.isDefined() @p.site.isDefined()`\nshow @exists(@p.nope)\nshow @exists(@p.site)\n";
    shows(&[PLANT], main, "false true\nfalse\ntrue\n");
}

#[test]
fn callables_in_every_position() {
    let files = [
        PLANT,
        (
            "m.mld",
            "exe @f(a) = `f @a`\nexe @inc(n) = js { return n + 1 }\n",
        ),
    ];
    let import = "import './m.mld' as @m\nimport { f, inc } from './m.mld'\n";
    for (main, expected) in [
        ("var @r = foreach @m.f(['a', 'b'])", "[\"f a\",\"f b\"]"),
        ("var @r = foreach @f(['a', 'b'])", "[\"f a\",\"f b\"]"),
        ("exe @h = @f\nvar @r = @h('x')", "f x"),
        ("var @r = run @m.f('x')", "f x"),
        ("var @r = 'x' | @m.f | @f", "f f x"),
        (
            "exe js = { inc }\nexe @two(n) = js { return inc(inc(n)) }\nvar @r = @two(1)",
            "3",
        ),
    ] {
        let text = format!("{import}{main}\nshow `= @r`\nfor @l in @r.mx.taint => show @l\n");
        let ran = script(&files, &text);
        let out = ran.good();
        assert!(out.starts_with(&format!("= {expected}\n")), "{main}: {out}");
        assert!(!out.contains("src:file"), "{main}: {out}");
    }
}
