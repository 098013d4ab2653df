//! Going through a tree: [`Visit`] says what is done where, the `walk_…` functions lead further in.

use super::*;

/// What is done with the parts of a tree. Each method by default goes through what is inside.
pub trait Visit {
    /// A statement.
    fn stmt(&mut self, stmt: &Stmt) {
        walk_stmt(self, stmt);
    }

    /// An expression.
    fn expr(&mut self, expr: &Expr) {
        walk_expr(self, expr);
    }

    /// A block: its statements.
    fn block(&mut self, block: &Block) {
        block.stmts.iter().for_each(|s| self.stmt(s));
    }

    /// A variable with the accesses behind it.
    fn path(&mut self, path: &Path) {
        walk_path(self, path);
    }

    /// A stage of a pipeline.
    fn stage(&mut self, stage: &Stage) {
        walk_stage(self, stage);
    }

    /// `when`, as a statement or as a value.
    fn when(&mut self, when: &When) {
        walk_when(self, when);
    }

    /// `for`, as a statement or as a value.
    fn for_loop(&mut self, for_loop: &For) {
        walk_for(self, for_loop);
    }

    /// `loop`, as a statement or as a value.
    fn loop_block(&mut self, loop_block: &Loop) {
        walk_loop(self, loop_block);
    }
}

/// Goes through what is inside a statement. Declarations of a module's top level (`policy`, `guard`, `hook`, `import` …)
/// have nothing of this kind inside that belongs to the code around them.
pub fn walk_stmt<V: Visit + ?Sized>(v: &mut V, stmt: &Stmt) {
    match &stmt.kind {
        StmtKind::Var(s) => v.expr(&s.value),
        StmtKind::Let(s) => v.expr(&s.value),
        StmtKind::Augment(s) => v.expr(&s.value),
        StmtKind::Show(s) => v.expr(&s.value),
        StmtKind::Log(s) => option(v, s.value.as_ref()),
        StmtKind::Output(s) => walk_output(v, s),
        StmtKind::Append(s) => walk_append(v, s),
        StmtKind::Stream(e) | StmtKind::Call(e) | StmtKind::Value(e) => v.expr(e),
        StmtKind::Run(r) => walk_run(v, r),
        StmtKind::Exe(e) => v.expr(&e.body),
        StmtKind::If(i) => {
            v.expr(&i.cond);
            v.block(&i.then);
            if let Some(block) = &i.otherwise {
                v.block(block);
            }
        }
        StmtKind::When(w) => v.when(w),
        StmtKind::For(f) => v.for_loop(f),
        StmtKind::Foreach(f) => walk_foreach(v, f),
        StmtKind::Loop(l) => v.loop_block(l),
        StmtKind::Bail(e) | StmtKind::Done(e) | StmtKind::Continue(e) | StmtKind::Retry(e) => {
            option(v, e.as_deref())
        }
        StmtKind::Return(r) => option(v, r.value.as_ref()),
        StmtKind::File(f) => {
            walk_target(v, &f.target);
            v.expr(&f.value);
        }
        StmtKind::Files(f) => {
            walk_target(v, &f.target);
            match &f.source {
                FilesSource::Expr(e) => v.expr(e),
                FilesSource::Git(e, options) => {
                    v.expr(e);
                    options.iter().for_each(|p| v.expr(&p.value));
                }
            }
        }
        StmtKind::Checkpoint(c) => {
            v.expr(&c.name);
            c.with.iter().for_each(|p| v.expr(&p.value));
        }
        StmtKind::Box(b) => walk_box(v, b),
        StmtKind::Auth(a) => v.expr(&a.value),
        StmtKind::Skip
        | StmtKind::Import(_)
        | StmtKind::Export(_)
        | StmtKind::ShadowEnv(_)
        | StmtKind::Needs(_)
        | StmtKind::Profiles(_)
        | StmtKind::Policy(_)
        | StmtKind::Guard(_)
        | StmtKind::Hook(_)
        | StmtKind::Sign(_)
        | StmtKind::Verify(_)
        | StmtKind::Error => {}
    }
}

/// Goes through what is inside an expression.
pub fn walk_expr<V: Visit + ?Sized>(v: &mut V, expr: &Expr) {
    match &expr.kind {
        ExprKind::Template(t) => walk_parts(v, &t.parts),
        ExprKind::Array(items) => items.iter().for_each(|i| v.expr(&i.value)),
        ExprKind::Object(entries) => walk_entries(v, entries),
        ExprKind::Path(p) => v.path(p),
        ExprKind::Postfix(e, steps) => {
            v.expr(e);
            walk_steps(v, steps);
        }
        ExprKind::Not(_, e)
        | ExprKind::TemplateFile(e)
        | ExprKind::Data(e)
        | ExprKind::Mcp(e)
        | ExprKind::Stream(e) => v.expr(e),
        ExprKind::Binary(first, rest) => {
            v.expr(first);
            rest.iter().for_each(|(_, e)| v.expr(e));
        }
        ExprKind::Ternary(arms, last) => {
            for (condition, value) in arms {
                v.expr(condition);
                v.expr(value);
            }
            v.expr(last);
        }
        ExprKind::File(f) => walk_file(v, f),
        ExprKind::Code(c) => walk_code(v, c),
        ExprKind::Run(r) => walk_run(v, r),
        ExprKind::Block(b) => v.block(b),
        ExprKind::When(w) => v.when(w),
        ExprKind::For(f) => v.for_loop(f),
        ExprKind::Foreach(f) => walk_foreach(v, f),
        ExprKind::Loop(l) => v.loop_block(l),
        ExprKind::Box(b) => walk_box(v, b),
        ExprKind::New(n) => v.path(&n.path),
        ExprKind::Pipe(p) => {
            option(v, p.source.as_ref());
            walk_groups(v, &p.groups);
            if let Some((cap, pace)) = &p.cap {
                v.expr(cap);
                walk_duration(v, pace.as_ref());
            }
        }
        ExprKind::With(w) => {
            v.expr(&w.value);
            walk_with(v, &w.with);
        }
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Text(..)
        | ExprKind::CurrentFile(_)
        | ExprKind::Verify(_)
        | ExprKind::Denied
        | ExprKind::Regex(..)
        | ExprKind::Error => {}
    }
}

/// Goes through what is inside a `when`.
pub fn walk_when<V: Visit + ?Sized>(v: &mut V, when: &When) {
    option(v, when.subject.as_ref());
    for entry in &when.entries {
        match entry {
            WhenEntry::Binding(stmt) => v.stmt(stmt),
            WhenEntry::Arm(arm) => {
                if let WhenCond::Expr(e) = &arm.cond {
                    v.expr(e);
                }
                walk_action(v, &arm.action);
            }
        }
    }
}

/// Goes through what is inside a `for`.
pub fn walk_for<V: Visit + ?Sized>(v: &mut V, f: &For) {
    if let Some(parallel) = &f.parallel {
        option(v, parallel.cap.as_ref());
        walk_duration(v, parallel.pace.as_ref());
    }
    v.expr(&f.source);
    option(v, f.filter.as_ref());
    walk_action(v, &f.body);
    walk_batch(v, f);
}

/// Goes through what is inside a `loop`.
pub fn walk_loop<V: Visit + ?Sized>(v: &mut V, l: &Loop) {
    if let Some(LoopLimit::Count(e)) = &l.limit {
        v.expr(e);
    }
    walk_duration(v, l.pace.as_ref());
    option(v, l.until.as_ref());
    v.block(&l.body);
}

/// Goes through what is inside a path.
pub fn walk_path<V: Visit + ?Sized>(v: &mut V, path: &Path) {
    walk_steps(v, &path.steps);
}

/// Goes through the batch pipeline behind a `for`.
pub fn walk_batch<V: Visit + ?Sized>(v: &mut V, f: &For) {
    if let Some(groups) = &f.batch {
        walk_groups(v, groups);
    }
}

/// Goes through what is inside an action.
pub fn walk_action<V: Visit + ?Sized>(v: &mut V, action: &Action) {
    match action {
        Action::Block(b) => v.block(b),
        Action::Stmt(s) => v.stmt(s),
        Action::Modified(_, e) => v.expr(e),
    }
}

/// Goes through what is inside a stage.
pub fn walk_stage<V: Visit + ?Sized>(v: &mut V, stage: &Stage) {
    match &stage.kind {
        StageKind::Call(p) => v.path(p),
        StageKind::Show(e) | StageKind::Log(e) => option(v, e.as_ref()),
        StageKind::Output(o) => walk_output(v, o),
        StageKind::Append(a) => walk_append(v, a),
        StageKind::Cmd(c) => walk_code(v, c),
        StageKind::Object(entries) => walk_entries(v, entries),
        StageKind::While(cap, pace, callee) => {
            v.expr(cap);
            walk_duration(v, pace.as_ref());
            v.path(callee);
        }
        StageKind::Error => {}
    }
}

fn option<V: Visit + ?Sized>(v: &mut V, e: Option<&Expr>) {
    if let Some(e) = e {
        v.expr(e);
    }
}

fn walk_steps<V: Visit + ?Sized>(v: &mut V, steps: &[Step]) {
    for step in steps {
        match &step.kind {
            StepKind::Dynamic(p) => v.path(p),
            StepKind::Slice(from, to) => {
                for bound in [from, to].into_iter().flatten() {
                    if let Bound::Path(p) = bound {
                        v.path(p);
                    }
                }
            }
            StepKind::Filter(f) => match &f.test {
                Some((_, FilterOperand::Literal(e))) => v.expr(e),
                Some((_, FilterOperand::Path(p))) => v.path(p),
                _ => {}
            },
            StepKind::Call(args) | StepKind::Method(_, args) => {
                args.iter().for_each(|e| v.expr(e));
            }
            StepKind::Field(_) | StepKind::Key(_) | StepKind::Index(_) | StepKind::Wildcard => {}
        }
    }
}

fn walk_parts<V: Visit + ?Sized>(v: &mut V, parts: &[Part]) {
    for part in parts {
        match part {
            Part::Interp(i) => {
                v.path(&i.path);
                i.pipes.iter().for_each(|s| v.stage(s));
                if let InterpTail::Fragment(t) = &i.tail {
                    walk_parts(v, &t.parts);
                }
            }
            Part::File(f) => walk_template_file(v, f),
            Part::For(f) => {
                v.expr(&f.source);
                walk_parts(v, &f.body);
            }
            Part::Text(_) | Part::CurrentFile(..) => {}
        }
    }
}

fn walk_template_file<V: Visit + ?Sized>(v: &mut V, f: &TemplateFile) {
    walk_file(v, &f.file);
    walk_steps(v, &f.steps);
    f.pipes.iter().for_each(|s| v.stage(s));
}

fn walk_file<V: Visit + ?Sized>(v: &mut V, f: &FileRef) {
    walk_parts(v, &f.path);
    if let Some(section) = &f.section {
        walk_parts(v, section);
    }
    option(v, f.rename.as_deref());
}

fn walk_code<V: Visit + ?Sized>(v: &mut V, c: &Code) {
    if let Some(WorkDir::Path(p)) = &c.dir {
        v.path(p);
    }
    if let CodeBody::Command(command) = &c.body {
        for part in &command.parts {
            match part {
                CmdPart::Interp(i) => v.path(&i.path),
                CmdPart::File(f) => walk_template_file(v, f),
                CmdPart::Text(_) => {}
            }
        }
    }
}

fn walk_run<V: Visit + ?Sized>(v: &mut V, r: &Run) {
    option(v, r.stdin.as_ref());
    v.expr(&r.value);
}

fn walk_output<V: Visit + ?Sized>(v: &mut V, o: &Output) {
    option(v, o.source.as_ref());
    match &o.target {
        Target::File(e) | Target::State(e) => v.expr(e),
        Target::Stdout | Target::Stderr | Target::Env(_) | Target::Resolver(_) => {}
    }
}

fn walk_append<V: Visit + ?Sized>(v: &mut V, a: &Append) {
    option(v, a.source.as_ref());
    v.expr(&a.path);
}

fn walk_target<V: Visit + ?Sized>(v: &mut V, target: &WriteTarget) {
    match target {
        WriteTarget::Path(e) => v.expr(e),
        WriteTarget::Workspace(_, parts) => walk_parts(v, parts),
    }
}

fn walk_foreach<V: Visit + ?Sized>(v: &mut V, f: &Foreach) {
    v.path(&f.callee);
    f.args.iter().for_each(|e| v.expr(e));
    if let Some(groups) = &f.batch {
        walk_groups(v, groups);
    }
    if let Some(with) = &f.with {
        walk_with(v, with);
    }
}

fn walk_box<V: Visit + ?Sized>(v: &mut V, b: &BoxEnv) {
    option(v, b.config.as_ref());
    if let Some(with) = &b.with {
        walk_with(v, with);
    }
    v.block(&b.body);
}

fn walk_with<V: Visit + ?Sized>(v: &mut V, with: &With) {
    walk_entries(v, &with.entries);
    if let Some(groups) = &with.pipeline {
        walk_groups(v, groups);
    }
    if let Some(Using::Var(p, _)) = &with.using {
        v.path(p);
    }
}

fn walk_entries<V: Visit + ?Sized>(v: &mut V, entries: &[Entry]) {
    for entry in entries {
        match entry {
            Entry::Spread(p) => v.path(p),
            Entry::Pair(p) => v.expr(&p.value),
        }
    }
}

fn walk_groups<V: Visit + ?Sized>(v: &mut V, groups: &[Vec<Stage>]) {
    groups.iter().flatten().for_each(|s| v.stage(s));
}

fn walk_duration<V: Visit + ?Sized>(v: &mut V, duration: Option<&Duration>) {
    if let Some(Duration::Path(p)) = duration {
        v.path(p);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    /// The names of all variables, in order.
    #[derive(Default)]
    struct Names(Vec<String>);

    impl Visit for Names {
        fn path(&mut self, path: &Path) {
            self.0.push(path.name.text.to_string());
            walk_steps(self, &path.steps);
        }
    }

    #[test]
    fn every_variable_is_met() {
        let script = "\
exe @f(p) = [
  let @a = `x @b <@c/f.txt> @d?`y @e`` | @g(@h) | @j
  @a += @k[@l][@m:@n].q(@o)
  if @r && !@s [ let @a = @t ? @u : @v ] else [ => when @w [ @x => { y: @y, ...@z } ] ]
  for @i in @aa when @bb [ output @cc to \"@dd\" ]
  loop(@ee) until @ff [ done @gg ]
  => foreach @hh(@ii) 
]
";
        let parsed = parse(script, Mode::Strict);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let mut names = Names::default();
        for item in &parsed.module.items {
            if let Item::Stmt(stmt) = item {
                names.stmt(stmt);
            }
        }
        let wanted = "b c d e g h j k l m n o r s t u v w x y z aa bb cc dd ee ff gg hh ii";
        assert_eq!(names.0.join(" "), wanted);
    }
}
