//! Walking through a script: what the shrinker changes and what the coverage counts.

use super::{
    Arm, Base, Block, Body, Call, Exe, Expr, ForBody, ForExpr, Item, Js, Logic, Medium, Part, Path,
    Quote, Script, Stage, Step, Stmt,
};
use std::collections::BTreeMap;

/// A place of a script that can be changed.
#[derive(Debug)]
pub enum Node<'a> {
    /// Statements.
    Block(&'a mut Block),
    /// An expression.
    Expr(&'a mut Expr),
    /// Parts of a template.
    Parts(&'a mut Vec<Part>),
}

/// How often each construct occurs.
pub type Tags = BTreeMap<&'static str, usize>;

impl Script {
    /// Calls `f` for every place, outer ones first, until it answers `true`.
    pub fn walk(&mut self, f: &mut dyn FnMut(Node<'_>) -> bool) -> bool {
        self.modules.iter_mut().any(|m| block(&mut m.body, f)) || block(&mut self.body, f)
    }

    /// Counts its constructs.
    #[must_use]
    pub fn tags(&self) -> Tags {
        let mut tags = Tags::new();
        let mut copy = self.clone();
        let mut add = |tag: &'static str| *tags.entry(tag).or_insert(0) += 1;
        copy.walk(&mut |node| {
            match node {
                Node::Block(block) => block.iter().for_each(|s| stmt_tags(s, &mut add)),
                Node::Expr(expr) => expr_tags(expr, &mut add),
                Node::Parts(parts) => parts.iter().for_each(|p| add(part_tag(p))),
            }
            false
        });
        if self.tracked {
            add("tracking policy");
        }
        for module in &self.modules {
            add(if module.exports.is_some() {
                "module with exports"
            } else {
                "module"
            });
        }
        tags
    }
}

type Visit<'v> = &'v mut dyn FnMut(Node<'_>) -> bool;

fn block(b: &mut Block, f: Visit<'_>) -> bool {
    f(Node::Block(b)) || b.iter_mut().any(|s| stmt(s, f))
}

fn stmt(s: &mut Stmt, f: Visit<'_>) -> bool {
    match s {
        Stmt::Bind { value, .. }
        | Stmt::Augment(_, value)
        | Stmt::Return(_, value)
        | Stmt::Bail(value) => expr(value, f),
        Stmt::Effect(effect) => expr(&mut effect.value, f),
        Stmt::If(cond, then, other) => {
            expr(cond, f) || block(then, f) || other.as_mut().is_some_and(|b| block(b, f))
        }
        Stmt::When(arms, other) => {
            arms.iter_mut().any(|(c, b)| expr(c, f) || block(b, f))
                || other.as_mut().is_some_and(|b| block(b, f))
        }
        Stmt::For {
            source,
            filter,
            body,
            ..
        } => expr(source, f) || filter.as_mut().is_some_and(|c| expr(c, f)) || block(body, f),
        Stmt::Loop(limit, until, body) => {
            expr(limit, f) || until.as_mut().is_some_and(|c| expr(c, f)) || block(body, f)
        }
        Stmt::Done(value) | Stmt::Continue(value) => value.as_mut().is_some_and(|v| expr(v, f)),
        Stmt::Call(c) => call(c, f),
        Stmt::Run(c, stages) => call(c, f) || stages.iter_mut().any(|s| stage(s, f)),
        Stmt::Files(_, files) => files.iter_mut().any(|(_, v)| expr(v, f)),
        Stmt::Exe(e) => exe(e, f),
        Stmt::Secret(_) | Stmt::Skip | Stmt::Import(_) | Stmt::Policy(_) => false,
    }
}

fn exe(e: &mut Exe, f: Visit<'_>) -> bool {
    match &mut e.body {
        Body::Value(value) => expr(value, f),
        Body::Block(b) => block(b, f),
        Body::Js(_) => false,
        Body::File(_, p) => parts(p, f),
    }
}

fn call(c: &mut Call, f: Visit<'_>) -> bool {
    c.args.iter_mut().any(|a| expr(a, f))
}

fn items(list: &mut [Item], f: Visit<'_>) -> bool {
    list.iter_mut()
        .filter(|i| !i.optional)
        .any(|i| expr(&mut i.expr, f))
}

fn parts(p: &mut Vec<Part>, f: Visit<'_>) -> bool {
    if f(Node::Parts(p)) {
        return true;
    }
    p.iter_mut().any(|part| match part {
        Part::Path(p) | Part::Default(p, _) => path(p, f),
        Part::Fragment(_, inner) => parts(inner, f),
        Part::For(_, source, inner) => path(source, f) || parts(inner, f),
        Part::Text(_) | Part::IfTruthy(_) | Part::Piped(..) => false,
    })
}

fn path(p: &mut Path, f: Visit<'_>) -> bool {
    let base = match &mut p.base {
        Base::Var(_) => false,
        Base::Call(c) => call(c, f),
        Base::Builtin(_, args) => args.iter_mut().any(|a| expr(a, f)),
        Base::List(list) => items(list, f),
    };
    base || p.steps.iter_mut().any(|s| match s {
        Step::Method(_, args) => args.iter_mut().any(|a| expr(a, f)),
        _ => false,
    })
}

fn stage(s: &mut Stage, f: Visit<'_>) -> bool {
    match s {
        Stage::Call(c) => call(c, f),
        Stage::Group(calls) => calls.iter_mut().any(|c| call(c, f)),
        Stage::Object(entries) => entries.iter_mut().any(|(_, e)| expr(e, f)),
        Stage::Builtin(_) | Stage::Show(_) | Stage::While(..) => false,
    }
}

fn arm(a: &mut Arm, f: Visit<'_>) -> bool {
    match a {
        Arm::Value(value) => expr(value, f),
        Arm::Block(b) => block(b, f),
        Arm::Retry(hint) => hint.as_mut().is_some_and(|h| expr(h, f)),
    }
}

fn for_(l: &mut ForExpr, f: Visit<'_>) -> bool {
    expr(&mut l.source, f)
        || l.filter.as_mut().is_some_and(|c| expr(c, f))
        || match &mut l.body {
            ForBody::Value(value) => expr(value, f),
            ForBody::Block(b) => block(b, f),
        }
        || l.batch.iter_mut().any(|s| stage(s, f))
}

fn expr(e: &mut Expr, f: Visit<'_>) -> bool {
    if f(Node::Expr(e)) {
        return true;
    }
    match e {
        Expr::Text(_) | Expr::Num(_) | Expr::Bool(_) | Expr::Null | Expr::WorkFile(..) => false,
        Expr::Path(p) => path(p, f),
        Expr::Template(_, p) => parts(p, f),
        Expr::List(list) => items(list, f),
        Expr::Object(_, entries) => entries.iter_mut().any(|(_, i)| expr(&mut i.expr, f)),
        Expr::Bin(_, a, b) | Expr::Logic(_, a, b) => expr(a, f) || expr(b, f),
        Expr::Not(a) => expr(a, f),
        Expr::Ternary(c, a, b) => expr(c, f) || expr(a, f) || expr(b, f),
        Expr::When(arms, other) => {
            arms.iter_mut().any(|(c, a)| expr(c, f) || arm(a, f))
                || other.as_mut().is_some_and(|a| arm(a, f))
        }
        Expr::Match(on, arms, other) => {
            expr(on, f)
                || arms.iter_mut().any(|(c, a)| expr(c, f) || arm(a, f))
                || other.as_mut().is_some_and(|a| arm(a, f))
        }
        Expr::For(l) => for_(l, f),
        Expr::Foreach(_, lists) => lists.iter_mut().any(|l| expr(l, f)),
        Expr::Loop(limit, until, b) => {
            expr(limit, f) || until.as_mut().is_some_and(|c| expr(c, f)) || block(b, f)
        }
        Expr::Pipe(value, stages) => expr(value, f) || stages.iter_mut().any(|s| stage(s, f)),
        Expr::Group(calls, stages) => {
            calls.iter_mut().any(|c| call(c, f)) || stages.iter_mut().any(|s| stage(s, f))
        }
        Expr::Block(b) => block(b, f),
    }
}

fn part_tag(part: &Part) -> &'static str {
    match part {
        Part::Text(_) => "template text",
        Part::Path(_) => "template path",
        Part::IfTruthy(_) => "template optional",
        Part::Fragment(..) => "template fragment",
        Part::Default(..) => "template default",
        Part::Piped(..) => "template pipe",
        Part::For(..) => "template loop",
    }
}

fn stage_tag(stage: &Stage) -> &'static str {
    match stage {
        Stage::Builtin(_) => "stage transformer",
        Stage::Call(_) => "stage call",
        Stage::Group(_) => "stage group",
        Stage::Show(_) => "stage effect",
        Stage::While(..) => "stage while",
        Stage::Object(_) => "stage object",
    }
}

fn stmt_tags(stmt: &Stmt, add: &mut dyn FnMut(&'static str)) {
    match stmt {
        Stmt::Bind { labels, .. } if labels.is_empty() => add("binding"),
        Stmt::Bind { .. } => add("labelled binding"),
        Stmt::Secret(_) => add("secret"),
        Stmt::Augment(..) => add("augment"),
        Stmt::Effect(effect) => {
            add(match effect.medium {
                Medium::Show => "show",
                Medium::Log => "log",
                Medium::File(_) => "output to file",
                Medium::Stdout => "output to stdout",
                Medium::Append(_) => "append",
            });
            if !effect.labels.is_empty() {
                add("labelled effect");
            }
        }
        Stmt::If(..) => add("if"),
        Stmt::When(..) => add("when statement"),
        Stmt::For { filter, .. } => {
            add("for statement");
            if filter.is_some() {
                add("for filter");
            }
        }
        Stmt::Loop(..) => add("loop"),
        Stmt::Done(_) => add("done"),
        Stmt::Continue(_) => add("continue"),
        Stmt::Skip => add("skip"),
        Stmt::Bail(_) => add("bail"),
        Stmt::Call(_) => add("call statement"),
        Stmt::Run(_, stages) => {
            add("run");
            stages.iter().for_each(|s| add(stage_tag(s)));
        }
        Stmt::Return(labels, _) => add(if labels.is_empty() {
            "return"
        } else {
            "labelling return"
        }),
        Stmt::Files(..) => add("workspace files"),
        Stmt::Import(import) => {
            add(match import.kind {
                super::ImportKind::Names(_) => "import of names",
                super::ImportKind::Namespace(_) => "import of a namespace",
            });
            if !import.labels.is_empty() {
                add("labelled import");
            }
        }
        Stmt::Policy(_) => add("policy"),
        Stmt::Exe(exe) => {
            add(match &exe.body {
                Body::Value(Expr::Template(..) | Expr::Text(_)) => "executable: template",
                Body::Value(Expr::When(..) | Expr::Match(..)) => "executable: when",
                Body::Value(Expr::For(_) | Expr::Foreach(..) | Expr::Loop(..)) => {
                    "executable: loop"
                }
                Body::Value(Expr::Object(..)) => "executable: object",
                Body::Value(Expr::Pipe(..) | Expr::Group(..)) => "executable: pipeline",
                Body::Value(_) => "executable: expression",
                Body::Block(_) => "executable: block",
                Body::Js(Js::Throw) => "executable: js that throws",
                Body::Js(_) => "executable: js",
                Body::File(..) => "executable: template file",
            });
            if exe.labels.iter().any(|l| l == "recursive") {
                add("executable: recursive");
            } else if !exe.labels.is_empty() {
                add("executable with labels");
            }
        }
    }
}

fn expr_tags(expr: &Expr, add: &mut dyn FnMut(&'static str)) {
    let tag = match expr {
        Expr::Text(_) | Expr::Num(_) | Expr::Bool(_) | Expr::Null => "literal",
        Expr::Path(path) => {
            path_tags(path, add);
            "path"
        }
        Expr::Template(Quote::Back, _) => "template in backticks",
        Expr::Template(Quote::Double, _) => "template in quotes",
        Expr::Template(Quote::Colons, _) => "template in colons",
        Expr::Template(Quote::Triple, _) => "template in three colons",
        Expr::List(_) => "array",
        Expr::Object(None, _) => "object",
        Expr::Object(Some(_), _) => "spread",
        Expr::Bin(op, ..) => match op {
            super::Op::Add | super::Op::Sub | super::Op::Mul | super::Op::Div | super::Op::Rem => {
                "arithmetic"
            }
            _ => "comparison",
        },
        Expr::Not(_) => "not",
        Expr::Logic(Logic::Coalesce, ..) => "nullish",
        Expr::Logic(..) => "and, or",
        Expr::Ternary(..) => "ternary",
        Expr::When(arms, _) => {
            if arms.iter().any(|(_, a)| matches!(a, Arm::Retry(_))) {
                add("retry");
            }
            "when value"
        }
        Expr::Match(..) => "when match",
        Expr::For(f) => {
            if f.filter.is_some() {
                add("for filter");
            }
            if !f.batch.is_empty() {
                add("batch");
            }
            if f.key.is_some() {
                add("for with key");
            }
            if matches!(f.body, ForBody::Block(_)) {
                add("for value with block");
            }
            if f.parallel {
                "for parallel"
            } else {
                "for value"
            }
        }
        Expr::Foreach(..) => "foreach",
        Expr::Loop(..) => "loop value",
        Expr::Pipe(_, stages) => {
            stages.iter().for_each(|s| add(stage_tag(s)));
            "pipeline"
        }
        Expr::Group(_, stages) => {
            stages.iter().for_each(|s| add(stage_tag(s)));
            "leading group"
        }
        Expr::Block(_) => "block value",
        Expr::WorkFile(..) => "workspace read",
    };
    add(tag);
    if let Expr::List(items) = expr
        && items.iter().any(|i| i.optional)
    {
        add("optional member");
    }
    if let Expr::Object(_, entries) = expr
        && entries.iter().any(|(_, i)| i.optional)
    {
        add("optional member");
    }
}

fn path_tags(path: &Path, add: &mut dyn FnMut(&'static str)) {
    match &path.base {
        Base::Var(name) if name.starts_with("mx.") => add("ambient mx"),
        Base::Var(_) => {}
        Base::Call(_) => add("call"),
        Base::Builtin(..) => add("built-in call"),
        Base::List(_) => add("method on array literal"),
    }
    for step in &path.steps {
        add(match step {
            Step::Field(_) => "field",
            Step::Index(_) => "index",
            Step::By(_) => "index by variable",
            Step::Slice(..) => "slice",
            Step::Method(..) => "method",
            Step::Mx(super::Mx::Labels) => "mx.labels",
            Step::Mx(super::Mx::Taint) => "mx.taint",
            Step::Mx(_) => "mx of content",
        });
    }
}
