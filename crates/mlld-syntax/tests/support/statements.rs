//! The notation of statements: words and brackets, no spans.

use super::values::*;
use mlld_syntax::ast::*;

/// The items of a module, one a line.
pub(crate) fn shape(module: &Module, source: &str) -> String {
    let mut out = String::new();
    if let Some(word) = &module.resume {
        out.push_str(&format!("resume {}\n", word.text));
    }
    if let Some(front) = &module.front_matter {
        out.push_str(&format!("front {:?}\n", front.yaml));
    }
    for item in &module.items {
        let line = match item {
            Item::Stmt(s) => stmt(s),
            Item::Prose(span) => format!("prose {:?}", span.slice(source)),
            Item::RunBlock(stmts, _) => format!("run-block{}", list(stmts, stmt)),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

pub(crate) fn list<T>(items: &[T], each: impl Fn(&T) -> String) -> String {
    format!("[{}]", items.iter().map(each).collect::<Vec<_>>().join(" "))
}

pub(crate) fn opt<T>(item: Option<&T>, each: impl Fn(&T) -> String) -> String {
    item.map_or(String::new(), |i| format!(" {}", each(i)))
}

pub(crate) fn labels(names: &[Name]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!(
            " {{{}}}",
            names
                .iter()
                .map(|n| n.text.as_str())
                .collect::<Vec<_>>()
                .join(",")
        )
    }
}

pub(crate) fn name(n: &Name) -> String {
    n.text.to_string()
}

pub(crate) fn stmt(s: &Stmt) -> String {
    let body = match &s.kind {
        StmtKind::Var(v) => format!(
            "var{}{} {}{} {}",
            if v.tools { " tools" } else { "" },
            labels(&v.labels),
            v.name.text,
            if v.optional { "?" } else { "" },
            expr(&v.value)
        ),
        StmtKind::Let(v) => format!(
            "let{} {} {}",
            labels(&v.labels),
            v.name.text,
            expr(&v.value)
        ),
        StmtKind::Augment(v) => {
            format!("+={} {} {}", labels(&v.labels), v.name.text, expr(&v.value))
        }
        StmtKind::Show(v) => format!("show{} {}", labels(&v.labels), expr(&v.value)),
        StmtKind::Log(v) => format!(
            "log{}{}{}",
            labels(&v.labels),
            opt(v.value.as_ref(), expr),
            as_format(&v.format)
        ),
        StmtKind::Output(v) => output(v),
        StmtKind::Append(v) => append(v),
        StmtKind::Stream(v) => format!("stream {}", expr(v)),
        StmtKind::Run(v) => run(v),
        StmtKind::Call(v) => format!("call {}", expr(v)),
        StmtKind::Value(v) => format!("value {}", expr(v)),
        StmtKind::Exe(v) => exe(v),
        StmtKind::ShadowEnv(v) => format!("shadow {} {}", v.lang.word(), list(&v.names, name)),
        StmtKind::If(v) => format!(
            "if {} {}{}",
            expr(&v.cond),
            block(&v.then),
            opt(v.otherwise.as_ref(), block)
        ),
        StmtKind::When(v) => when(v),
        StmtKind::For(v) => for_loop(v),
        StmtKind::Foreach(v) => foreach(v),
        StmtKind::Loop(v) => loop_block(v),
        StmtKind::Bail(v) => format!("bail{}", opt(v.as_deref(), expr)),
        StmtKind::Done(v) => format!("done{}", opt(v.as_deref(), expr)),
        StmtKind::Continue(v) => format!("continue{}", opt(v.as_deref(), expr)),
        StmtKind::Skip => "skip".into(),
        StmtKind::Retry(v) => format!("retry{}", opt(v.as_deref(), expr)),
        StmtKind::Return(v) => format!("=>{}{}", mods(&v.mods), opt(v.value.as_ref(), expr)),
        StmtKind::Import(v) => import(v),
        StmtKind::Export(v) => format!(
            "export {}",
            if v.all {
                "*".into()
            } else {
                list(&v.items, import_item)
            }
        ),
        StmtKind::File(v) => format!("file {} {}", write_target(&v.target), expr(&v.value)),
        StmtKind::Files(v) => match &v.source {
            FilesSource::Expr(e) => format!("files {} {}", write_target(&v.target), expr(e)),
            FilesSource::Git(e, o) => format!(
                "files {} git {} {}",
                write_target(&v.target),
                expr(e),
                list(o, pair)
            ),
        },
        StmtKind::Needs(v) => format!("needs {}", data_object(v)),
        StmtKind::Profiles(v) => format!("profiles {}", data_object(v)),
        StmtKind::Policy(v) => {
            let body = match &v.body {
                PolicyBody::Object(o) => data_object(o),
                PolicyBody::Union(names) => format!("union{}", list(names, name)),
            };
            format!("policy{} {body}", opt(v.name.as_ref(), name))
        }
        StmtKind::Auth(v) => format!("auth {} {}", v.name.text, expr(&v.value)),
        StmtKind::Guard(v) => guard(v),
        StmtKind::Hook(v) => format!(
            "hook{} {:?} {} {}",
            opt(v.name.as_ref(), name),
            v.timing,
            watch(&v.filter),
            expr(&v.body)
        ),
        StmtKind::Checkpoint(v) => format!("checkpoint {} {}", expr(&v.name), list(&v.with, pair)),
        StmtKind::Sign(v) => format!(
            "sign {}{}{}",
            v.name.text,
            v.by.as_ref()
                .map_or(String::new(), |b| format!(" by {b:?}")),
            v.method
                .as_ref()
                .map_or(String::new(), |m| format!(" with {}", m.text))
        ),
        StmtKind::Verify(n) => format!("verify {}", n.text),
        StmtKind::Box(b) => box_env(b),
        StmtKind::Error => "error".into(),
    };
    format!("({body})")
}

pub(crate) fn as_format(format: &Option<Name>) -> String {
    format
        .as_ref()
        .map_or(String::new(), |f| format!(" as {}", f.text))
}

pub(crate) fn output(v: &Output) -> String {
    let target = match &v.target {
        Target::File(e) => expr(e),
        Target::Stdout => "stdout".into(),
        Target::Stderr => "stderr".into(),
        Target::Env(n) => format!("env{}", opt(n.as_ref(), name)),
        Target::State(e) => format!("state {}", expr(e)),
        Target::Resolver(n) => format!("resolver {}", n.text),
    };
    format!(
        "output{}{} to {target}{}",
        labels(&v.labels),
        opt(v.source.as_ref(), expr),
        as_format(&v.format)
    )
}

pub(crate) fn append(v: &Append) -> String {
    format!(
        "append{}{} to {}{}",
        labels(&v.labels),
        opt(v.source.as_ref(), expr),
        expr(&v.path),
        as_format(&v.format)
    )
}

pub(crate) fn run(v: &Run) -> String {
    format!(
        "run{}{}{} {}",
        labels(&v.labels),
        if v.stream { " stream" } else { "" },
        v.stdin
            .as_ref()
            .map_or(String::new(), |s| format!(" <{}", expr(s))),
        expr(&v.value)
    )
}

pub(crate) fn exe(v: &Exe) -> String {
    let params = v.params.as_ref().map_or("-".into(), |p| list(p, param));
    format!(
        "exe{} {} {params} {}{}",
        labels(&v.labels),
        v.name.text,
        expr(&v.body),
        opt(v.with.as_ref(), with)
    )
}

pub(crate) fn param(p: &Param) -> String {
    format!(
        "{}{}",
        p.name.text,
        p.ty.as_ref()
            .map_or(String::new(), |t| format!(":{}", t.text))
    )
}

pub(crate) fn block(b: &Block) -> String {
    list(&b.stmts, stmt)
}

pub(crate) fn when(w: &When) -> String {
    let entries = list(&w.entries, |e| match e {
        WhenEntry::Binding(s) => stmt(s),
        WhenEntry::Arm(a) => {
            let cond = match &a.cond {
                WhenCond::Expr(e) => expr(e),
                WhenCond::Any => "*".into(),
                WhenCond::None => "none".into(),
            };
            format!("{cond}=>{}", action(&a.action))
        }
    });
    format!(
        "when{}{} {entries}",
        if w.inline { " inline" } else { "" },
        opt(w.subject.as_ref(), expr)
    )
}

pub(crate) fn action(a: &Action) -> String {
    match a {
        Action::Block(b) => block(b),
        Action::Stmt(s) => stmt(s),
        Action::Modified(m, e) => format!("(mod{} {})", mods(m), expr(e)),
    }
}

pub(crate) fn for_loop(f: &For) -> String {
    let parallel = f.parallel.as_ref().map_or(String::new(), |p| {
        format!(
            " parallel({}{}{})",
            p.cap.as_ref().map_or(String::new(), expr),
            opt(p.pace.as_ref(), duration),
            if p.old_order { " old" } else { "" }
        )
    });
    format!(
        "for{parallel}{} {} in {}{} {}{}",
        opt(f.key.as_ref(), name),
        f.item.text,
        expr(&f.source),
        f.filter
            .as_ref()
            .map_or(String::new(), |f| format!(" when {}", expr(f))),
        action(&f.body),
        f.batch
            .as_ref()
            .map_or(String::new(), |b| format!(" batch {}", groups(b)))
    )
}

pub(crate) fn foreach(f: &Foreach) -> String {
    format!(
        "foreach {} {}{}{}",
        path(&f.callee),
        list(&f.args, expr),
        f.batch
            .as_ref()
            .map_or(String::new(), |b| format!(" batch {}", groups(b))),
        opt(f.with.as_ref(), with)
    )
}

pub(crate) fn loop_block(l: &Loop) -> String {
    let limit = l.limit.as_ref().map_or(String::new(), |l| match l {
        LoopLimit::Endless => " endless".into(),
        LoopLimit::Count(e) => format!(" {}", expr(e)),
    });
    format!(
        "loop{limit}{}{} {}",
        opt(l.pace.as_ref(), duration),
        l.until
            .as_ref()
            .map_or(String::new(), |u| format!(" until {}", expr(u))),
        block(&l.body)
    )
}

pub(crate) fn duration(d: &Duration) -> String {
    match d {
        Duration::Millis(n) => format!("{n}ms"),
        Duration::Path(p) => path(p),
    }
}

pub(crate) fn mods(mods: &[LabelMod]) -> String {
    mods.iter()
        .map(|m| match m {
            LabelMod::Add(n) => format!(" +{}", n.text),
            LabelMod::Remove(n) => format!(" -{}", n.text),
            LabelMod::Bless(_) => " trusted!".into(),
            LabelMod::Clear(_) => " clear!".into(),
        })
        .collect()
}

pub(crate) fn import(i: &Import) -> String {
    let kind = match i.kind {
        ImportKind::Plain => String::new(),
        kind => format!(" {kind:?}"),
    };
    let what = match &i.what {
        ImportWhat::Names(items) => list(items, import_item),
        ImportWhat::Fields(names) => format!("fields{}", list(names, name)),
        ImportWhat::Whole(n, params) => {
            format!(
                "whole{}{}",
                opt(n.as_ref(), name),
                params.as_ref().map_or(String::new(), |p| list(p, param))
            )
        }
    };
    let from = match &i.from {
        ImportFrom::Path(e) => expr(e),
        ImportFrom::Angle(f) => file_ref(f),
        ImportFrom::Reference(n) => format!("ref {}", n.text),
        ImportFrom::Node(n) => format!("node {}", n.text),
        ImportFrom::Mcp(e) => format!("mcp {}", expr(e)),
    };
    let except = if i.except.is_empty() {
        String::new()
    } else {
        format!(" except{}", list(&i.except, name))
    };
    format!(
        "import{kind}{} {what} from {from}{}{except}",
        labels(&i.labels),
        opt(i.with.as_ref(), with)
    )
}

pub(crate) fn import_item(i: &ImportItem) -> String {
    format!(
        "{}{}{}",
        if i.at { "@" } else { "" },
        i.name.text,
        i.alias
            .as_ref()
            .map_or(String::new(), |a| format!("->{}", a.text))
    )
}

pub(crate) fn write_target(t: &WriteTarget) -> String {
    match t {
        WriteTarget::Path(e) => expr(e),
        WriteTarget::Workspace(n, p) => format!("ws {} {}", n.text, list(p, part)),
    }
}

pub(crate) fn data_object(o: &DataObject) -> String {
    format!(
        "{{{}}}",
        o.entries
            .iter()
            .map(data_entry)
            .collect::<Vec<_>>()
            .join(" ")
    )
}

pub(crate) fn data_entry(e: &DataEntry) -> String {
    format!(
        "{}{}",
        e.key.text,
        e.value
            .as_ref()
            .map_or(String::new(), |v| format!(":{}", data(v)))
    )
}

pub(crate) fn data(v: &DataValue) -> String {
    match &v.kind {
        DataKind::Null => "null".into(),
        DataKind::Bool(b) => b.to_string(),
        DataKind::Number(n) => n.to_string(),
        DataKind::Text(t) => format!("{t:?}"),
        DataKind::Template(t) => template(t),
        DataKind::List(items) => list(items, |i| match i {
            DataItem::Value(v) => data(v),
            DataItem::Pair(e) => data_entry(e),
        }),
        DataKind::Object(o) => data_object(o),
        DataKind::Path(p) => path(p),
        DataKind::TemplateFile(t) => format!("template {t:?}"),
    }
}

pub(crate) fn guard(g: &Guard) -> String {
    let rules = list(&g.rules, |r| match r {
        GuardEntry::Let(s) => stmt(s),
        GuardEntry::Rule(r) => {
            format!(
                "{}=>{}",
                r.cond.as_ref().map_or("*".into(), expr),
                guard_action(&r.action)
            )
        }
    });
    format!(
        "guard{}{} {:?} {} {rules}",
        if g.privileged { " privileged" } else { "" },
        opt(g.name.as_ref(), name),
        g.timing,
        watch(&g.filter)
    )
}

pub(crate) fn watch(w: &WatchFilter) -> String {
    match w {
        WatchFilter::Function(n, text) => {
            format!(
                "@{}{}",
                n.text,
                text.as_ref().map_or(String::new(), |t| format!("({t:?})"))
            )
        }
        WatchFilter::Operation(n) => format!("op {}", n.text),
        WatchFilter::Label(n) => format!("label {}", n.text),
    }
}

pub(crate) fn guard_action(a: &GuardAction) -> String {
    match a {
        GuardAction::Allow {
            value,
            add,
            remove,
            warning,
            tools,
        } => format!(
            "(allow{}{}{}{}{})",
            opt(value.as_ref(), expr),
            if add.is_empty() {
                String::new()
            } else {
                format!(" add{}", list(add, name))
            },
            if remove.is_empty() {
                String::new()
            } else {
                format!(" remove{}", list(remove, name))
            },
            warning
                .as_ref()
                .map_or(String::new(), |w| format!(" warning {w:?}")),
            tools
                .as_ref()
                .map_or(String::new(), |t| format!(" tools {}", expr(t)))
        ),
        GuardAction::Deny(t) => format!("(deny {t:?})"),
        GuardAction::Retry(t) => format!("(retry {t:?})"),
        GuardAction::Env(e) => format!("(env {})", expr(e)),
        GuardAction::Modify(m, e) => format!("(mod{} {})", mods(m), expr(e)),
        GuardAction::Block(stmts, a) => format!("{}{}", list(stmts, stmt), guard_action(a)),
    }
}

pub(crate) fn box_env(b: &BoxEnv) -> String {
    format!(
        "box{}{} {}",
        opt(b.config.as_ref(), expr),
        opt(b.with.as_ref(), with),
        block(&b.body)
    )
}
