//! Statements in blocks.

use super::{Generator, Mode, Var, record};
use crate::ast::{Base, Block, Effect, Expr, Medium, Path, Stage, Step, Stmt, Ty};

impl Generator {
    pub(super) fn declare(&mut self, name: &str, ty: Ty, secret: bool, mutable: bool) {
        self.vars.push(Var {
            name: name.into(),
            ty,
            secret,
            mutable,
            fixed: false,
            grows: mutable,
        });
    }

    /// `let @t = …`.
    pub(super) fn let_stmt(&mut self, secrets: bool, d: usize) -> Stmt {
        let ty = self.some_type();
        let labels = self.labels(15);
        let (value, secret) = self.traced(|g| {
            if g.rng.chance(35) {
                g.value(&ty, secrets, d)
            } else {
                g.expr(&ty, secrets, d)
            }
        });
        let name = self.name("t");
        self.declare(&name, ty, secret || (self.pure && secrets), true);
        Stmt::Bind {
            labels,
            name,
            value,
        }
    }

    /// A statement of a block; none if nothing fits. `ret` is the type that `=>` would have.
    pub(super) fn inner_stmt(&mut self, secrets: bool, d: usize, ret: Option<&Ty>) -> Option<Stmt> {
        if !self.burn() {
            return None;
        }
        if self.beyond && self.mode == Mode::Tracked && self.rng.chance(2) {
            return Some(Stmt::Bail(self.template(secrets, 1, false)));
        }
        match self.rng.below(12) {
            0..=2 => Some(self.let_stmt(secrets, d)),
            3 | 4 => self.augment(secrets, d),
            5 | 6 if !self.pure => self.effect(secrets, d),
            7 if !self.pure => self.call_stmt(secrets, d),
            8 | 9 if d > 0 => Some(self.if_stmt(secrets, d - 1, ret)),
            10 if d > 0 => Some(self.for_stmt(secrets, d - 1, ret)),
            11 if d > 0 => Some(self.when_stmt(secrets, d - 1, ret)),
            _ => Some(self.let_stmt(secrets, d)),
        }
    }

    /// `@x += …` on something that may be changed here.
    pub(super) fn augment(&mut self, secrets: bool, d: usize) -> Option<Stmt> {
        let fitting: Vec<Var> = self.vars.iter().filter(|v| v.mutable).cloned().collect();
        let var = self.rng.pick(&fitting)?.clone();
        let secrets = secrets && (var.secret || self.pure || self.free());
        let (value, secret) = self.traced(|g| match &var.ty {
            Ty::Bool => g.expr(&Ty::Text, secrets, d),
            Ty::List(inner) if g.rng.chance(40) => g.expr(inner, secrets, d),
            ty => g.expr(ty, secrets, d),
        });
        if var.ty == Ty::Bool {
            return None;
        }
        if secret {
            self.mark(&var.name);
        }
        Some(Stmt::Augment(var.name, value))
    }

    /// A variable depends on a secret from now on.
    pub(super) fn mark(&mut self, name: &str) {
        for var in self.vars.iter_mut().filter(|v| v.name == name) {
            var.secret = true;
        }
        // Whatever captures it does so too.
        self.funs.iter_mut().for_each(|f| f.secret = true);
    }

    /// Everything that can be changed depends on a secret from now on.
    pub(super) fn mark_all(&mut self) {
        for var in self.vars.iter_mut().filter(|v| v.mutable) {
            var.secret = true;
        }
        self.funs.iter_mut().for_each(|f| f.secret = true);
    }

    /// A condition; those of a block that the world sees are without secrets where nothing tracks them.
    fn condition(&mut self, secrets: bool, d: usize) -> Expr {
        let free = secrets && self.free();
        let (cond, secret) = self.traced(|g| g.expr(&Ty::Bool, free, d.max(1)));
        if secret && !self.pure {
            self.mark_all();
        }
        cond
    }

    fn body(&mut self, secrets: bool, d: usize, ret: Option<&Ty>) -> Block {
        self.scoped(|g| {
            let mut out = Vec::new();
            for _ in 0..g.rng.within(1, 2) {
                out.extend(g.inner_stmt(secrets, d, ret));
            }
            if let Some(ty) = ret
                && g.rng.chance(30)
            {
                let labels = g.labels(20);
                let value = g.expr(ty, secrets, d);
                out.push(Stmt::Return(labels, value));
            }
            out
        })
    }

    fn if_stmt(&mut self, secrets: bool, d: usize, ret: Option<&Ty>) -> Stmt {
        let cond = self.condition(secrets, d);
        let then = self.body(secrets, d, ret);
        let other = self.rng.chance(40).then(|| self.body(secrets, d, ret));
        Stmt::If(cond, then, other)
    }

    fn when_stmt(&mut self, secrets: bool, d: usize, ret: Option<&Ty>) -> Stmt {
        let arms = (0..self.rng.within(1, 2))
            .map(|_| (self.condition(secrets, d), self.body(secrets, d, ret)))
            .collect();
        let other = self.rng.chance(50).then(|| self.body(secrets, d, ret));
        Stmt::When(arms, other)
    }

    fn for_stmt(&mut self, secrets: bool, d: usize, ret: Option<&Ty>) -> Stmt {
        let free = secrets && self.free();
        if self.rng.chance(25) {
            return self.loop_stmt(secrets, d);
        }
        let element = if self.rng.chance(50) {
            Ty::Text
        } else {
            record()
        };
        let (source, secret) = self.traced(|g| g.expr(&element.clone().list(), free, d.max(1)));
        if secret && !self.pure {
            self.mark_all();
        }
        let key = self.rng.chance(30).then(|| self.name("k"));
        let var = self.name("i");
        let (filter, body) = self.scoped(|g| {
            if let Some(key) = &key {
                g.declare(key, Ty::Num, secret, false);
            }
            g.declare(&var, element, secret, false);
            let filter = g.rng.chance(30).then(|| g.condition(secrets, 1));
            let mut body = g.body(secrets, d, ret);
            if g.rng.chance(20) {
                let cond = g.condition(secrets, 1);
                let leave = match g.rng.below(3) {
                    0 => Stmt::Skip,
                    1 => Stmt::Continue(None),
                    _ => Stmt::Done(None),
                };
                body.insert(0, Stmt::If(cond, vec![leave], None));
            }
            (filter, body)
        });
        Stmt::For {
            key,
            var,
            source,
            filter,
            body,
        }
    }

    fn loop_stmt(&mut self, secrets: bool, d: usize) -> Stmt {
        let free = secrets && self.free();
        let limit = if self.rng.chance(60) {
            Expr::Num(self.rng.small(3))
        } else {
            let (limit, secret) = self.traced(|g| g.loop_limit(free));
            if secret && !self.pure {
                self.mark_all();
            }
            limit
        };
        let until = self.rng.chance(30).then(|| self.condition(secrets, 1));
        let mut body = self.body(secrets, d, None);
        if self.rng.chance(40) {
            let cond = self.condition(secrets, 1);
            let leave = if self.rng.chance(50) {
                Stmt::Done(None)
            } else {
                Stmt::Continue(None)
            };
            body.insert(0, Stmt::If(cond, vec![leave], None));
        }
        Stmt::Loop(limit, until, body)
    }

    /// What an effect may be given: a text, a path, a call.
    fn operand(&mut self, secrets: bool, d: usize) -> Option<Expr> {
        if self.rng.chance(35) {
            return Some(self.template(secrets, d, true));
        }
        let ty = self.some_type();
        let name = self.some_var(&ty, secrets)?;
        let mut steps = Vec::new();
        if matches!(ty, Ty::Obj(_)) && self.rng.chance(40) {
            steps.push(Step::Field("a".into()));
        }
        Some(Expr::Path(Box::new(Path {
            base: Base::Var(name),
            steps,
        })))
    }

    /// Something that the world sees.
    pub(super) fn effect(&mut self, secrets: bool, d: usize) -> Option<Stmt> {
        let mut value = self.operand(secrets, d)?;
        let labels = self.labels(6);
        let medium = match self.rng.below(10) {
            0..=4 => Medium::Show,
            5 => Medium::Log,
            6 => Medium::Stdout,
            7 | 8 => Medium::File(format!("o{}.txt", self.rng.below(3))),
            _ => Medium::Append(format!("o{}.txt", self.rng.below(3))),
        };
        if medium == Medium::Show && self.rng.chance(10) && matches!(value, Expr::Template(..)) {
            value = Expr::Pipe(Box::new(value), vec![Stage::Builtin("upper".into())]);
        }
        Some(Stmt::Effect(Effect {
            medium,
            labels,
            value,
        }))
    }

    /// A call of an executable that does something.
    pub(super) fn call_stmt(&mut self, secrets: bool, d: usize) -> Option<Stmt> {
        let fitting: Vec<_> = self
            .funs
            .iter()
            .filter(|f| !f.steps && !f.asks && (secrets || !f.secret))
            .cloned()
            .collect();
        let fun = self.rng.pick(&fitting)?.clone();
        let (call, touched) = self.traced(|g| g.call_of(&fun, secrets, d, 0));
        if (touched || fun.secret) && fun.effects && self.mode != Mode::Explicit {
            self.mark_all();
        }
        if self.rng.chance(40) {
            let name = self.name("t");
            let value = Expr::Path(Box::new(Path {
                base: Base::Call(call),
                steps: Vec::new(),
            }));
            self.declare(&name, fun.ret.clone(), touched || fun.secret, true);
            return Some(Stmt::Bind {
                labels: Vec::new(),
                name,
                value,
            });
        }
        Some(if self.rng.chance(60) {
            Stmt::Call(call)
        } else {
            Stmt::Run(call, Vec::new())
        })
    }
}
