//! Values where the longest forms may stand: pipelines, loops, blocks.

use super::expr::{boxed, path, var};
use super::{Fun, Generator, record};
use crate::ast::{Base, Call, Expr, Logic, Path, Stage, Step, Stmt, Ty};

impl Generator {
    /// A value where the longest forms may stand: behind `var`, `let` and the like.
    pub(super) fn value(&mut self, ty: &Ty, secrets: bool, depth: usize) -> Expr {
        let made = match self.rng.below(18) {
            0..=2 | 13..=17 => self.pipe(ty, secrets, depth),
            3 if *ty == Ty::Text.list() => self.leading_group(secrets, depth),
            12 if *ty == Ty::Text => Some(self.template(secrets, depth, true)),
            4 => Some(Expr::Block(self.value_block(ty, secrets, depth))),
            5 if *ty == Ty::Text => {
                let fitting: Vec<_> = self
                    .files
                    .iter()
                    .filter(|f| secrets || !f.2)
                    .cloned()
                    .collect();
                self.rng
                    .pick(&fitting)
                    .cloned()
                    .map(|(space, file, secret)| {
                        self.touched |= secret;
                        Expr::WorkFile(space, file)
                    })
            }
            6 | 7 => Some(self.loop_value(ty, secrets, depth)),
            8 => match (
                ty,
                self.some_fun(
                    |f| f.ret == *ty && matches!(f.params.first(), Some((Ty::List(_), _))),
                    secrets,
                ),
            ) {
                (_, Some(fun)) => {
                    let Some((Ty::List(inner), ok)) = fun.params.first().cloned() else {
                        return self.expr(ty, secrets, depth);
                    };
                    let Expr::For(mut f) =
                        self.for_value(&inner, secrets && ok, depth.saturating_sub(1))
                    else {
                        return self.expr(ty, secrets, depth);
                    };
                    let call = self.call_of(&fun, secrets, 1, 1);
                    f.batch = vec![Stage::Call(call)];
                    Some(Expr::For(f))
                }
                _ => None,
            },
            _ => None,
        };
        match made {
            Some(made) => made,
            None => self.expr(ty, secrets, depth),
        }
    }

    pub(super) fn loop_value(&mut self, ty: &Ty, secrets: bool, d: usize) -> Expr {
        let d = d.saturating_sub(1).max(1);
        let limit = if self.rng.chance(60) {
            Expr::Num(self.rng.small(4))
        } else {
            self.loop_limit(secrets)
        };
        let until = self
            .rng
            .chance(25)
            .then(|| self.expr(&Ty::Bool, secrets, 1));
        let carries = self.rng.chance(60);
        let body = self.value_only(|g| {
            g.scoped(|g| {
                let before = g.input.clone();
                if carries {
                    g.input = Some((Ty::Text, true));
                }
                let mut block = vec![g.let_stmt(secrets, d)];
                block.extend(g.inner_stmt(secrets, d, None));
                let cond = g.expr(&Ty::Bool, secrets, d);
                let value = g.expr(ty, secrets, d);
                block.push(Stmt::If(cond, vec![Stmt::Done(Some(value))], None));
                if carries {
                    let next = g.expr(&Ty::Text, secrets, d);
                    block.push(Stmt::Continue(Some(next)));
                }
                g.input = before;
                block
            })
        });
        // Without `done` it gives nothing, so a default follows.
        let default = self.literal(ty);
        Expr::Block(vec![
            Stmt::Bind {
                labels: Vec::new(),
                name: "r0".into(),
                value: Expr::Loop(boxed(limit), until.map(boxed), body),
            },
            Stmt::Return(
                Vec::new(),
                Expr::Logic(Logic::Coalesce, boxed(var("r0")), boxed(default)),
            ),
        ])
    }

    /// How often a loop runs at most: the length of something, cut.
    pub(super) fn loop_limit(&mut self, secrets: bool) -> Expr {
        let lists: Vec<(String, bool)> = self
            .vars
            .iter()
            .filter(|v| matches!(v.ty, Ty::List(_)) && (secrets || !v.secret))
            .map(|v| (v.name.clone(), v.secret))
            .collect();
        match self.rng.pick(&lists).cloned() {
            Some((name, secret)) => {
                self.touched |= secret;
                path(Path {
                    base: Base::Var(name),
                    steps: vec![
                        Step::Method("slice".into(), vec![Expr::Num(0), Expr::Num(3)]),
                        Step::Method("length".into(), Vec::new()),
                    ],
                })
            }
            None => Expr::Num(2),
        }
    }

    /// `v | @f | @g`, ending with this type.
    pub(super) fn pipe(&mut self, ty: &Ty, secrets: bool, depth: usize) -> Option<Expr> {
        let mut current = if self.rng.chance(60) {
            Ty::Text
        } else {
            self.some_type()
        };
        let d = depth.saturating_sub(1);
        let (source, mut secret) = self.traced(|g| g.expr(&current, secrets, d));
        let mut stages = Vec::new();
        for round in 0..self.rng.within(1, 3) {
            if current == Ty::Text && self.rng.chance(35) {
                stages.push(Stage::Builtin(
                    self.rng.word(&["upper", "lower", "trim"]).into(),
                ));
                continue;
            }
            if !self.pure && round > 0 && self.rng.chance(12) && (secrets || !secret) {
                stages.push(Stage::Show(self.rng.chance(50)));
                continue;
            }
            if current == Ty::Text && self.rng.chance(30) {
                let fitting: Vec<Fun> = self
                    .funs
                    .iter()
                    .filter(|f| f.steps && (secrets || !f.secret))
                    .cloned()
                    .collect();
                if let Some(fun) = self.rng.pick(&fitting).cloned() {
                    self.touched |= fun.secret;
                    stages.push(Stage::While(9, fun.name));
                    continue;
                }
            }
            if self.beyond && secrets && current == Ty::Text && self.rng.chance(30) {
                let fitting: Vec<Fun> = self.funs.iter().filter(|f| f.asks).cloned().collect();
                if let Some(fun) = self.rng.pick(&fitting).cloned() {
                    self.touched |= fun.secret;
                    secret |= fun.secret;
                    stages.push(Stage::Call(Call {
                        name: fun.name,
                        args: Vec::new(),
                    }));
                    continue;
                }
            }
            if self.rng.chance(12) {
                let (entries, touched) = self.traced(|g| {
                    let input = Expr::Path(Box::new(Path::var("input")));
                    let a = if current == Ty::Text {
                        input
                    } else {
                        g.expr(&Ty::Text, secrets, 1)
                    };
                    vec![("a".into(), a), ("b".into(), g.expr(&Ty::Num, secrets, 1))]
                });
                secret |= touched;
                stages.push(Stage::Object(entries));
                current = record();
                continue;
            }
            let want = current.clone();
            if self.rng.chance(20) {
                let (calls, touched) = self.traced(|g| {
                    (0..2)
                        .filter_map(|_| {
                            let fits = |f: &Fun| {
                                f.params
                                    .first()
                                    .is_some_and(|(t, ok)| *t == want && (*ok || !secret))
                                    && f.ret == Ty::Text
                            };
                            let fun = g.some_fun(fits, secrets)?;
                            Some(g.call_of(&fun, secrets, 1, 1))
                        })
                        .collect::<Vec<_>>()
                });
                if calls.len() == 2 {
                    secret |= touched;
                    stages.push(Stage::Group(calls));
                    current = Ty::Text.list();
                    continue;
                }
            }
            let last = self.rng.chance(60);
            let goal = ty.clone();
            let fits = |f: &Fun| {
                f.params
                    .first()
                    .is_some_and(|(t, ok)| *t == want && (*ok || !secret))
                    && (!last || f.ret == goal)
            };
            let Some(fun) = self.some_fun(fits, secrets) else {
                break;
            };
            let (call, touched) = self.traced(|g| g.call_of(&fun, secrets, 1, 1));
            secret |= touched || fun.secret;
            stages.push(Stage::Call(call));
            current = fun.ret;
        }
        if current != *ty {
            let fits = |f: &Fun| {
                f.params
                    .first()
                    .is_some_and(|(t, ok)| *t == current && (*ok || !secret))
                    && f.ret == *ty
            };
            let fun = self.some_fun(fits, secrets)?;
            let call = self.call_of(&fun, secrets, 1, 1);
            stages.push(Stage::Call(call));
        }
        if stages.is_empty() {
            None
        } else {
            Some(Expr::Pipe(boxed(source), stages))
        }
    }

    pub(super) fn leading_group(&mut self, secrets: bool, depth: usize) -> Option<Expr> {
        let mut calls = Vec::new();
        for _ in 0..self.rng.within(2, 3) {
            let fun = self.some_fun(|f| f.ret == Ty::Text, secrets)?;
            calls.push(self.call_of(&fun, secrets, depth.min(2), 0));
        }
        Some(Expr::Group(calls, Vec::new()))
    }
}
