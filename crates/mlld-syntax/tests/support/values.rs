//! The notation of expressions, texts, stages and code.

use super::statements::*;
use mlld_syntax::ast::*;

pub(crate) fn expr(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.to_string(),
        ExprKind::Text(t, q) => format!("{}{t:?}", quote(*q)),
        ExprKind::Template(t) => template(t),
        ExprKind::Array(items) => list(items, |i| {
            format!("{}{}", expr(&i.value), if i.conditional { "?" } else { "" })
        }),
        ExprKind::Object(entries) => object(entries),
        ExprKind::Path(p) => path(p),
        ExprKind::Postfix(e, s) => format!("(post {}{})", expr(e), steps(s)),
        ExprKind::Not(n, e) => format!("{}{}", "!".repeat(*n as usize), expr(e)),
        ExprKind::Binary(first, rest) => {
            let rest: String = rest
                .iter()
                .map(|(op, e)| format!(" {op:?} {}", expr(e)))
                .collect();
            format!("({}{rest})", expr(first))
        }
        ExprKind::Ternary(branches, last) => {
            let branches: String = branches
                .iter()
                .map(|(c, v)| format!(" {} ? {} :", expr(c), expr(v)))
                .collect();
            format!("(if{branches} {})", expr(last))
        }
        ExprKind::File(f) => file_ref(f),
        ExprKind::CurrentFile(fields) => format!("<>.{}", fields.join(".")),
        ExprKind::Code(c) => code(c),
        ExprKind::Run(r) => format!("({})", run(r)),
        ExprKind::Stream(e) => format!("(stream {})", expr(e)),
        ExprKind::Block(b) => format!("(block {})", block(b)),
        ExprKind::When(w) => format!("({})", when(w)),
        ExprKind::For(f) => format!("({})", for_loop(f)),
        ExprKind::Foreach(f) => format!("({})", foreach(f)),
        ExprKind::Loop(l) => format!("({})", loop_block(l)),
        ExprKind::Box(b) => format!("({})", box_env(b)),
        ExprKind::New(n) => format!("(new {})", path(&n.path)),
        ExprKind::Verify(n) => format!("(verify {})", n.text),
        ExprKind::TemplateFile(e) => format!("(template {})", expr(e)),
        ExprKind::Data(e) => format!("(data {})", expr(e)),
        ExprKind::Mcp(e) => format!("(mcp {})", expr(e)),
        ExprKind::Pipe(p) => {
            let cap = p.cap.as_ref().map_or(String::new(), |(n, d)| {
                format!(" cap {}{}", expr(n), opt(d.as_ref(), duration))
            });
            format!(
                "(pipe{} {}{cap})",
                opt(p.source.as_ref(), expr),
                groups(&p.groups)
            )
        }
        ExprKind::With(w) => format!("(with {} {})", expr(&w.value), with(&w.with)),
        ExprKind::Denied => "denied".into(),
        ExprKind::Regex(p, f) => format!("/{p}/{f}"),
        ExprKind::Error => "error".into(),
    }
}

pub(crate) fn quote(q: Quote) -> &'static str {
    match q {
        Quote::Double => "d",
        Quote::Single => "s",
        Quote::Backtick => "b",
        Quote::DoubleColon => "c",
        Quote::TripleColon => "t",
        Quote::Brackets => "m",
    }
}

pub(crate) fn object(entries: &[Entry]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|e| match e {
            Entry::Spread(p) => format!("...{}", path(p)),
            Entry::Pair(p) => pair(p),
        })
        .collect();
    format!("{{{}}}", entries.join(" "))
}

pub(crate) fn pair(p: &Pair) -> String {
    format!(
        "{}{}:{}",
        p.key.text,
        if p.conditional { "?" } else { "" },
        expr(&p.value)
    )
}

pub(crate) fn template(t: &Template) -> String {
    format!("{}{}", quote(t.quote), list(&t.parts, part))
}

pub(crate) fn part(p: &Part) -> String {
    match p {
        Part::Text(t) => format!("{t:?}"),
        Part::Interp(i) => {
            let tail = match &i.tail {
                InterpTail::None => String::new(),
                InterpTail::OmitFalsy => "?".into(),
                InterpTail::Fragment(t) => format!("?{}", template(t)),
                InterpTail::Fallback(t) => format!("??{t:?}"),
            };
            let pipes: String = i.pipes.iter().map(|s| format!("|{}", stage(s))).collect();
            format!(
                "{}{}{tail}{pipes}",
                if i.negate { "!" } else { "" },
                path(&i.path)
            )
        }
        Part::File(f) => {
            let pipes: String = f.pipes.iter().map(|s| format!("|{}", stage(s))).collect();
            format!("{}{}{pipes}", file_ref(&f.file), steps(&f.steps))
        }
        Part::For(f) => format!(
            "(for{} {} in {} {})",
            opt(f.key.as_ref(), name),
            f.item.text,
            expr(&f.source),
            list(&f.body, part)
        ),
        Part::CurrentFile(fields, _) => format!("<>.{}", fields.join(".")),
    }
}

pub(crate) fn path(p: &Path) -> String {
    format!(
        "@{}{}{}",
        p.name.text,
        steps(&p.steps),
        if p.optional { "?" } else { "" }
    )
}

pub(crate) fn steps(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|s| match &s.kind {
            StepKind::Field(k) => format!(".{k}"),
            StepKind::Key(k) => format!("[{k:?}]"),
            StepKind::Index(n) => format!("[{n}]"),
            StepKind::Dynamic(p) => format!("[{}]", path(p)),
            StepKind::Slice(a, b) => {
                format!(
                    "[{}:{}]",
                    a.as_ref().map_or(String::new(), bound),
                    b.as_ref().map_or(String::new(), bound)
                )
            }
            StepKind::Wildcard => "[*]".into(),
            StepKind::Filter(f) => {
                let test = f.test.as_ref().map_or(String::new(), |(op, v)| {
                    let v = match v {
                        FilterOperand::Literal(e) => expr(e),
                        FilterOperand::Duration(n) => format!("{n}ms"),
                        FilterOperand::Path(p) => path(p),
                    };
                    format!(" {op:?} {v}")
                });
                format!("[?{}{test}]", f.field.join("."))
            }
            StepKind::Call(args) => {
                format!("({})", args.iter().map(expr).collect::<Vec<_>>().join(", "))
            }
            StepKind::Method(n, args) => {
                format!(
                    ".{}({})",
                    n.text,
                    args.iter().map(expr).collect::<Vec<_>>().join(", ")
                )
            }
        })
        .collect()
}

pub(crate) fn bound(b: &Bound) -> String {
    match b {
        Bound::Number(n) => n.to_string(),
        Bound::Path(p) => path(p),
    }
}

pub(crate) fn file_ref(f: &FileRef) -> String {
    let selectors = if f.selectors.is_empty() {
        String::new()
    } else {
        format!(" {{{}}}", f.selectors.join(","))
    };
    format!(
        "<{}{}{selectors}{}{}>{}",
        if f.quoted { "quoted " } else { "" },
        f.path.iter().map(part).collect::<Vec<_>>().join(" "),
        f.section
            .as_ref()
            .map_or(String::new(), |s| format!(" #{}", list(s, part))),
        f.rename
            .as_ref()
            .map_or(String::new(), |r| format!(" as {}", expr(r))),
        if f.optional { "?" } else { "" }
    )
}

pub(crate) fn groups(groups: &[Vec<Stage>]) -> String {
    list(groups, |g| {
        g.iter().map(stage).collect::<Vec<_>>().join("||")
    })
}

pub(crate) fn stage(s: &Stage) -> String {
    match &s.kind {
        StageKind::Call(p) => path(p),
        StageKind::Show(e) => format!("(show{})", opt(e.as_ref(), expr)),
        StageKind::Log(e) => format!("(log{})", opt(e.as_ref(), expr)),
        StageKind::Output(o) => format!("({})", output(o)),
        StageKind::Append(a) => format!("({})", append(a)),
        StageKind::Cmd(c) => code(c),
        StageKind::Object(o) => object(o),
        StageKind::While(n, d, p) => format!(
            "(while {}{} {})",
            expr(n),
            opt(d.as_ref(), duration),
            path(p)
        ),
        StageKind::Error => "error".into(),
    }
}

pub(crate) fn with(w: &With) -> String {
    let using = w.using.as_ref().map_or(String::new(), |u| match u {
        Using::Auth(n) => format!(" using auth {}", n.text),
        Using::Var(p, n) => format!(" using {} as {}", path(p), n.text),
    });
    format!(
        "{}{}{using}",
        object(&w.entries),
        w.pipeline
            .as_ref()
            .map_or(String::new(), |p| format!(" pipeline {}", groups(p)))
    )
}

pub(crate) fn code(c: &Code) -> String {
    let dir = c.dir.as_ref().map_or(String::new(), |d| match d {
        WorkDir::Text(t) => format!(":{t}"),
        WorkDir::Path(p) => format!(":{}", path(p)),
    });
    let params = if c.params.is_empty() {
        String::new()
    } else {
        list(&c.params, name)
    };
    let body = match &c.body {
        CodeBody::Foreign(t, _) => format!("{t:?}"),
        CodeBody::Command(c) => list(&c.parts, |p| match p {
            CmdPart::Text(t) => format!("{t:?}"),
            CmdPart::Interp(i) => format!(
                "{}{}{}",
                match i.context {
                    ShellContext::Bare => "",
                    ShellContext::DoubleQuoted => "q",
                },
                path(&i.path),
                if i.whole_word { "'" } else { "" }
            ),
            CmdPart::File(f) => format!("{}{}", file_ref(&f.file), steps(&f.steps)),
        }),
    };
    format!("{}{dir}{params}{{{body}}}", c.lang.word())
}
