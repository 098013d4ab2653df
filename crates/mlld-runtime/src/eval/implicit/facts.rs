//! What a construct could do, whichever way it goes: seen in its text, not in what it does (spec 05 §11.2).

use ecow::EcoString;
use mlld_syntax::ast::visit::{self, Visit};
use mlld_syntax::ast::{
    Action, Block, Code, Exe, Expr, ExprKind, For, Foreach, If, Lang, Loop, Path, Stage, StageKind,
    StepKind, Stmt, StmtKind, When, WhenArm, WhenCond, WhenEntry,
};

/// What the arms of a construct could do.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Variables of outside that an arm could change.
    pub(super) assigned: Vec<EcoString>,
    /// An arm could leave the executable: `=>`, `retry`.
    pub(super) returns: bool,
    /// An arm could leave the pass of the loop around: `done`, `continue`, `skip`.
    pub(super) turns: bool,
    /// An arm could end the script: `bail`.
    pub(super) bails: bool,
    /// Names that are read, from which executables may be called.
    pub(super) named: Vec<EcoString>,
    /// Names that are called.
    pub(super) called: Vec<EcoString>,
    /// Languages of code that could call shadow functions.
    pub(super) languages: Vec<Lang>,
}

impl Facts {
    pub(super) fn of_if(stmt: &If, gives: bool) -> Self {
        Finder::find(gives, |f| {
            f.block(&stmt.then);
            if let Some(block) = &stmt.otherwise {
                f.block(block);
            }
        })
    }

    pub(super) fn of_when(when: &When, gives: bool) -> Self {
        Finder::find(gives, |f| f.arms(when))
    }

    /// As [`Self::of_when`], where whatever it gives is its value.
    pub(super) fn of_when_value(when: &When) -> Self {
        let facts = Self::of_when(when, true);
        Self {
            returns: false,
            turns: false,
            ..facts
        }
    }

    pub(super) fn of_for(f: &For, collects: bool) -> Self {
        let facts = Finder::find(collects, |finder| finder.passes(f));
        Self {
            returns: facts.returns && !collects,
            turns: false,
            ..facts
        }
    }

    pub(super) fn of_loop(l: &Loop, gives: bool) -> Self {
        let facts = Finder::find(gives, |f| f.block(&l.body));
        Self {
            turns: false,
            ..facts
        }
    }

    /// Of an operand that is evaluated or not.
    pub(super) fn of_operand(e: &Expr) -> Self {
        Finder::find(true, |f| f.expr(e))
    }

    pub(super) fn of_body(exe: &Exe) -> Self {
        Finder::find(true, |f| f.expr(&exe.body))
    }
}

#[derive(Default)]
struct Finder {
    facts: Facts,
    /// Names that are bound inside, block by block.
    bound: Vec<Vec<EcoString>>,
    /// The value of a `when` statement leaves the executable (spec 02 §3.5).
    gives: bool,
}

impl Finder {
    fn find(gives: bool, look: impl FnOnce(&mut Self)) -> Facts {
        let mut finder = Self {
            gives,
            bound: vec![Vec::new()],
            ..Self::default()
        };
        look(&mut finder);
        finder.facts
    }

    fn bind(&mut self, name: &EcoString) {
        if let Some(block) = self.bound.last_mut() {
            block.push(name.clone());
        }
    }

    fn within(&mut self, look: impl FnOnce(&mut Self)) {
        self.bound.push(Vec::new());
        look(self);
        self.bound.pop();
    }

    /// Looks at a value: whatever flows out of it ends there.
    fn value(&mut self, look: impl FnOnce(&mut Self)) {
        let Facts { returns, turns, .. } = self.facts;
        let gives = std::mem::replace(&mut self.gives, true);
        look(self);
        self.gives = gives;
        self.facts.returns = returns;
        self.facts.turns = turns;
    }

    /// Looks into a loop: what leaves a pass of it leaves none of a loop around it.
    fn in_loop(&mut self, look: impl FnOnce(&mut Self)) {
        let turns = self.facts.turns;
        look(self);
        self.facts.turns = turns;
    }

    fn passes(&mut self, f: &For) {
        self.in_loop(|finder| {
            finder.within(|finder| {
                finder.bind(&f.item.text);
                if let Some(key) = &f.key {
                    finder.bind(&key.text);
                }
                if let Some(filter) = &f.filter {
                    finder.expr(filter);
                }
                match &f.body {
                    // A `=>` of the block itself gives the value of the pass.
                    Action::Block(b) => finder.own_block(b, true),
                    other => visit::walk_action(finder, other),
                }
            });
        });
    }

    fn own_block(&mut self, block: &Block, keeps_return: bool) {
        self.within(|finder| {
            for stmt in &block.stmts {
                match &stmt.kind {
                    StmtKind::Return(ret) if keeps_return => {
                        if let Some(e) = &ret.value {
                            finder.expr(e);
                        }
                    }
                    _ => finder.stmt(stmt),
                }
            }
        });
    }

    fn arms(&mut self, when: &When) {
        self.within(|finder| {
            for entry in &when.entries {
                match entry {
                    WhenEntry::Binding(stmt) => finder.stmt(stmt),
                    WhenEntry::Arm(WhenArm { cond, action, .. }) => {
                        if let WhenCond::Expr(e) = cond {
                            finder.expr(e);
                        }
                        finder.arm(action);
                    }
                }
            }
        });
    }

    fn arm(&mut self, action: &Action) {
        let gives = self.gives;
        match action {
            Action::Block(b) => {
                let own = b
                    .stmts
                    .iter()
                    .any(|s| matches!(s.kind, StmtKind::Return(_)));
                self.facts.returns |= gives && own;
                self.own_block(b, gives);
            }
            Action::Modified(_, e) => {
                self.facts.returns |= gives;
                self.expr(e);
            }
            Action::Stmt(stmt) => {
                let is_value = matches!(stmt.kind, StmtKind::Value(_) | StmtKind::Call(_));
                self.facts.returns |= gives && is_value;
                self.stmt(stmt);
            }
        }
    }

    fn code(&mut self, code: &Code) {
        if !self.facts.languages.contains(&code.lang) {
            self.facts.languages.push(code.lang);
        }
    }

    fn call(&mut self, name: &EcoString) {
        if !self.facts.called.contains(name) {
            self.facts.called.push(name.clone());
        }
    }

    fn callee(&mut self, path: &Path) {
        self.call(&path.name.text);
        self.path(path);
    }
}

impl Visit for Finder {
    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Augment(a) => {
                let name = &a.name.text;
                let inside = self.bound.iter().flatten().any(|n| n == name);
                if !inside && !self.facts.assigned.contains(name) {
                    self.facts.assigned.push(name.clone());
                }
            }
            StmtKind::Return(_) | StmtKind::Retry(_) => self.facts.returns = true,
            StmtKind::Done(_) | StmtKind::Continue(_) | StmtKind::Skip => self.facts.turns = true,
            StmtKind::Bail(_) => self.facts.bails = true,
            StmtKind::Foreach(f) => self.call(&f.callee.name.text),
            StmtKind::When(w) => {
                if let Some(e) = &w.subject {
                    self.expr(e);
                }
                return self.arms(w);
            }
            StmtKind::For(f) => {
                self.expr(&f.source);
                let gives = std::mem::replace(&mut self.gives, false);
                self.passes(f);
                self.gives = gives;
                return;
            }
            StmtKind::Let(l) => {
                visit::walk_stmt(self, stmt);
                return self.bind(&l.name.text);
            }
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Block(b) => self.value(|f| f.block(b)),
            ExprKind::Loop(l) => self.value(|f| f.loop_block(l)),
            ExprKind::Box(_) => self.value(|f| visit::walk_expr(f, expr)),
            ExprKind::Code(code) => {
                self.code(code);
                visit::walk_expr(self, expr);
            }
            ExprKind::Foreach(f) => {
                let Foreach { callee, .. } = f.as_ref();
                self.call(&callee.name.text);
                visit::walk_expr(self, expr);
            }
            _ => visit::walk_expr(self, expr),
        }
    }

    fn block(&mut self, block: &Block) {
        self.own_block(block, false);
    }

    fn path(&mut self, path: &Path) {
        let name = &path.name.text;
        if !self.facts.named.contains(name) {
            self.facts.named.push(name.clone());
        }
        let called =
            |s: &mlld_syntax::ast::Step| matches!(s.kind, StepKind::Call(_) | StepKind::Method(..));
        if path.steps.iter().any(called) {
            self.call(name);
        }
        visit::walk_path(self, path);
    }

    fn stage(&mut self, stage: &Stage) {
        match &stage.kind {
            StageKind::Call(p) | StageKind::While(_, _, p) => self.callee(p),
            StageKind::Cmd(code) => self.code(code),
            _ => {}
        }
        visit::walk_stage(self, stage);
    }

    // These two are reached as values only: `stmt` deals with the statements.
    fn when(&mut self, when: &When) {
        if let Some(e) = &when.subject {
            self.expr(e);
        }
        self.value(|f| f.arms(when));
    }

    fn for_loop(&mut self, for_loop: &For) {
        self.expr(&for_loop.source);
        self.value(|f| f.passes(for_loop));
        visit::walk_batch(self, for_loop);
    }

    fn loop_block(&mut self, l: &Loop) {
        self.in_loop(|f| visit::walk_loop(f, l));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mlld_syntax::{Mode, parse};

    /// The facts of the first `if`, `when`, `for` or `loop` in the body of an executable.
    fn facts(construct: &str) -> Facts {
        let script = format!("exe @f(p) = [\n{construct}\n]\n");
        let parsed = parse(&script, Mode::Strict);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let Some(mlld_syntax::ast::Item::Stmt(stmt)) = parsed.module.items.first() else {
            panic!("no statement");
        };
        let StmtKind::Exe(exe) = &stmt.kind else {
            panic!("no executable");
        };
        let ExprKind::Block(block) = &exe.body.kind else {
            panic!("no block");
        };
        match &block.stmts.first().expect("a statement").kind {
            StmtKind::If(i) => Facts::of_if(i, true),
            StmtKind::When(w) => Facts::of_when(w, true),
            StmtKind::For(f) => Facts::of_for(f, false),
            StmtKind::Loop(l) => Facts::of_loop(l, true),
            other => panic!("{}", other.word()),
        }
    }

    fn assigned(construct: &str) -> String {
        facts(construct).assigned.join(" ")
    }

    #[test]
    fn variables_of_outside_are_assigned_and_those_of_inside_are_not() {
        assert_eq!(assigned("if @p [ @a += 1 ] else [ @b += 1 ]"), "a b");
        assert_eq!(assigned("if @p [ let @a = 1  @a += 1 ]"), "");
        assert_eq!(assigned("if @p [ @a += 1  let @a = 1 ]"), "a");
        assert_eq!(
            assigned("if @p [ for @i in [1] [ let @b = 1 @b += @i @c += 1 ] @b += 1 ]"),
            "c b"
        );
        assert_eq!(assigned("when [ @p => @a += 1 * => [ @b += 1 ] ]"), "a b");
        assert_eq!(
            assigned("if @p [ let @x = when [ @p => [ @a += 1 => 2 ] ] ]"),
            "a"
        );
        assert_eq!(assigned("loop(3) [ @a += 1 ]"), "a");
    }

    #[test]
    fn who_leaves_what() {
        let leaves = |construct: &str| {
            let f = facts(construct);
            (f.returns, f.turns, f.bails)
        };
        assert_eq!(leaves("if @p [ => 1 ]"), (true, false, false));
        assert_eq!(leaves("if @p [ show @p ]"), (false, false, false));
        assert_eq!(leaves("if @p [ bail \"x\" ]"), (false, false, true));
        assert_eq!(
            leaves("if @p [ let @x = when [ @p => [ => 1 ] ] ]"),
            (false, false, false)
        );
        assert_eq!(
            leaves("when [ @p => 1 ]"),
            (true, false, false),
            "the value is returned"
        );
        assert_eq!(
            leaves("if @p [ let @x = box [ => 1 ] ]"),
            (false, false, false)
        );
        assert_eq!(leaves("if @p [ box [ skip ] ]"), (false, true, false));
        assert_eq!(leaves("when [ @p => show @p ]"), (false, false, false));
        assert_eq!(leaves("for @i in @p [ => @i ]"), (false, false, false));
        assert_eq!(
            leaves("for @i in @p [ if @i [ => 1 ] ]"),
            (true, false, false)
        );
        assert_eq!(
            leaves("for @i in @p [ if @i [ skip ] ]"),
            (false, false, false)
        );
        assert_eq!(
            leaves("loop(2) [ if @p [ done 1 ] ]"),
            (false, false, false)
        );
        assert_eq!(leaves("loop(2) [ if @p [ => 1 ] ]"), (true, false, false));
    }

    #[test]
    fn calls_of_every_form_are_seen() {
        let called =
            facts("if @p [ @a() | @b | @c(@d) let @e = foreach @g(@h) let @i = @j.k() ]").called;
        assert_eq!(called.join(" "), "a b c g j");
    }
}
