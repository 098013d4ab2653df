//! Executables.

use super::{Fun, Generator, Mode, record};
use crate::ast::{
    Arm, Base, Body, Call, Exe, Expr, Item, Js, Logic, Op, Part, Path, Quote, Step, Stmt, Ty,
};

fn var(name: &str) -> Expr {
    Expr::Path(Box::new(Path::var(name)))
}

impl Generator {
    /// A new executable; `pure` ones do nothing that the world sees.
    pub(super) fn exe(&mut self, pure: bool) -> Exe {
        let kind = self.rng.below(20);
        if kind == 0 {
            return self.stepper();
        }
        if kind == 1 {
            return self.recursive();
        }
        if self.beyond && pure && kind < 5 {
            return self.asker();
        }
        let labels = self.labels(20);
        let name = self.name("f");
        let params: Vec<(String, Ty, bool)> = (0..self.rng.below(3)
            + usize::from(self.rng.chance(60)))
            .map(|_| {
                let ty = self.some_type();
                let ok = pure || self.mode != Mode::Explicit || self.rng.chance(50);
                (self.name("p"), ty, ok)
            })
            .collect();
        let mut ret = self.some_type();
        let outer = std::mem::replace(&mut self.pure, pure);
        let input = self.input.take();
        let before: Vec<(bool, bool)> = self.vars.iter().map(|v| (v.mutable, v.secret)).collect();
        for v in &mut self.vars {
            // A call that changes a variable of the module leaves no trace where it does not happen, and spec 05 §11.2
            // does not see it in the syntax of a branch: not promised, so not tried.
            if pure || self.mode == Mode::Tracked {
                v.mutable = false;
            }
            if !pure {
                // It may depend on a secret by the time of the call.
                v.secret |= v.mutable;
            }
        }
        let (body, captures) = self.scoped(|g| {
            for (param, ty, ok) in &params {
                g.vars.push(super::Var {
                    name: param.clone(),
                    ty: ty.clone(),
                    secret: *ok,
                    mutable: false,
                    fixed: false,
                    grows: false,
                });
            }
            // Reading a parameter says nothing about what the executable captures.
            let known = g.vars.len() - params.len();
            let outside: Vec<bool> = g.vars.iter().take(known).map(|v| v.secret).collect();
            let captures_allowed = g.rng.chance(50);
            if !captures_allowed {
                g.vars.iter_mut().take(known).for_each(|v| v.secret = false);
            }
            let hidden: Vec<super::Var> = if captures_allowed {
                Vec::new()
            } else {
                // What is secret outside is out of sight.
                let mut hidden = Vec::new();
                let kept: Vec<super::Var> = g
                    .vars
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| !outside.get(*i).copied().unwrap_or(false))
                    .map(|(_, v)| v.clone())
                    .collect();
                std::mem::swap(&mut hidden, &mut g.vars);
                g.vars = kept;
                hidden
            };
            let body = if pure {
                g.pure_body(&params, &mut ret)
            } else {
                g.effect_body(&ret)
            };
            let body = match body {
                // A bracket begins a block here.
                Body::Value(value) if begins_with_bracket(&value) => {
                    Body::Block(vec![Stmt::Return(Vec::new(), value)])
                }
                body => body,
            };
            if !captures_allowed {
                g.vars = hidden;
                for (v, secret) in g.vars.iter_mut().zip(outside) {
                    v.secret |= secret;
                }
            }
            (body, captures_allowed)
        });
        let marked = self.touched;
        for (v, (mutable, secret)) in self.vars.iter_mut().zip(before) {
            v.mutable = mutable;
            v.secret = if pure || !v.mutable {
                secret
            } else {
                secret || marked
            };
        }
        self.pure = outer;
        self.input = input;
        let throws = matches!(body, Body::Js(Js::Throw));
        let secret = captures && self.vars.iter().any(|v| v.secret);
        self.funs.push(Fun {
            name: name.clone(),
            params: params.iter().map(|(_, t, ok)| (t.clone(), *ok)).collect(),
            ret,
            effects: !pure,
            secret,
            steps: false,
            throws,
            asks: false,
        });
        Exe {
            labels,
            name,
            params: params.into_iter().map(|(n, ..)| n).collect(),
            body,
        }
    }

    fn pure_body(&mut self, params: &[(String, Ty, bool)], ret: &mut Ty) -> Body {
        self.fuel = 12;
        match self.rng.below(16) {
            0 | 1 => {
                *ret = Ty::Text;
                let parts = self.parts(Quote::Back, true, 1);
                Body::Value(Expr::Template(Quote::Back, parts))
            }
            2 => {
                *ret = Ty::Text;
                let texts: Vec<&(String, Ty, bool)> = params.iter().collect();
                let mut parts = vec![Part::Text("file ".into())];
                for (name, ..) in texts {
                    parts.push(Part::Path(Path::var(name.as_str())));
                    parts.push(Part::Text(", ".into()));
                }
                let file = format!("t{}.att", self.count);
                Body::File(file, parts)
            }
            3..=5 => self.js(params, ret),
            6 => {
                if let Some(call) = self.call_of_some(ret) {
                    return Body::Value(Expr::Path(Box::new(Path {
                        base: Base::Call(call),
                        steps: Vec::new(),
                    })));
                }
                Body::Value(self.value(ret, true, 2))
            }
            7 => {
                *ret = record();
                let entries = vec![
                    ("a".into(), Item::from(self.expr(&Ty::Text, true, 2))),
                    ("b".into(), Item::from(self.expr(&Ty::Num, true, 2))),
                ];
                Body::Value(Expr::Object(None, entries))
            }
            8 | 9 => {
                let mut value = self.expr(ret, true, 3);
                for _ in 0..4 {
                    if matches!(
                        value,
                        Expr::When(..) | Expr::Match(..) | Expr::For(_) | Expr::Foreach(..)
                    ) {
                        break;
                    }
                    self.fuel = 8;
                    value = self.expr(ret, true, 3);
                }
                if matches!(value, Expr::Path(_) | Expr::List(_)) {
                    return Body::Block(self.exe_block(ret));
                }
                Body::Value(value)
            }
            10 => match self.value(ret, true, 2) {
                value @ Expr::Pipe(..) => Body::Value(value),
                _ => Body::Block(self.exe_block(ret)),
            },
            _ => Body::Block(self.exe_block(ret)),
        }
    }

    fn call_of_some(&mut self, ret: &Ty) -> Option<Call> {
        let fitting: Vec<Fun> = self
            .funs
            .iter()
            .filter(|f| f.ret == *ret && !f.effects && !f.steps && !f.throws && !f.asks)
            .cloned()
            .collect();
        let fun = self.rng.pick(&fitting)?.clone();
        self.touched |= fun.secret;
        Some(self.call_of(&fun, true, 1, 0))
    }

    /// A block that may return early and returns in the end.
    fn exe_block(&mut self, ret: &Ty) -> Vec<Stmt> {
        self.fuel = 14;
        let mut out = vec![self.let_stmt(true, 2)];
        for _ in 0..self.rng.below(4) {
            let ty = ret.clone();
            out.extend(self.inner_stmt(true, 2, Some(&ty)));
        }
        let labels = self.labels(10);
        // Labels do not stand in front of a leading group.
        let value = if labels.is_empty() {
            self.value(ret, true, 2)
        } else {
            self.expr(ret, true, 2)
        };
        out.push(Stmt::Return(labels, value));
        out
    }

    fn effect_body(&mut self, ret: &Ty) -> Body {
        self.fuel = 14;
        let free = true;
        let mut out = Vec::new();
        for _ in 0..self.rng.within(1, 4) {
            out.extend(self.inner_stmt(free, 2, None));
        }
        out.extend(self.effect(free, 1));
        let value = self.expr(ret, free, 2);
        out.push(Stmt::Return(Vec::new(), value));
        Body::Block(out)
    }

    fn js(&mut self, params: &[(String, Ty, bool)], ret: &mut Ty) -> Body {
        let first = params.first().map(|(_, t, _)| t.clone());
        let second = params.get(1).map(|(_, t, _)| t.clone());
        let which = if self.beyond {
            self.rng.within(2, 5)
        } else {
            self.rng.below(7)
        };
        let js = match (first, which) {
            (Some(Ty::Text | Ty::List(_)), 0 | 1) => {
                *ret = Ty::Num;
                Js::Length
            }
            (Some(Ty::Text), 2) => {
                *ret = Ty::Obj(vec![("k".into(), Ty::Text)]);
                Js::Object
            }
            (Some(Ty::Text), 3) if second == Some(Ty::Text) => {
                *ret = Ty::Text.list();
                Js::Pair
            }
            (Some(ty @ Ty::Text), 4 | 5) => {
                *ret = ty;
                if self.rng.chance(25) {
                    Js::Throw
                } else {
                    Js::Branch
                }
            }
            (Some(Ty::Text | Ty::Num | Ty::Bool), _) => {
                *ret = Ty::Text;
                Js::Text
            }
            _ => {
                *ret = Ty::Num;
                Js::Constant
            }
        };
        Body::Js(js)
    }

    /// An executable for `while`: it makes its text longer until it is long enough.
    fn stepper(&mut self) -> Exe {
        let (name, param) = (self.name("w"), self.name("p"));
        let length = Expr::Path(Box::new(Path {
            base: Base::Var(param.clone()),
            steps: vec![Step::Method("length".into(), Vec::new())],
        }));
        let n = self.rng.small(8) + 3;
        let (extra, _) = self.traced(|g| {
            let text = if g.rng.chance(50) {
                g.some_var(&Ty::Text, true)
            } else {
                None
            };
            text.map_or_else(|| Part::Text("+ ".into()), |v| Part::Path(Path::var(v)))
        });
        let next = Expr::Template(
            Quote::Back,
            vec![
                Part::Path(Path::var(param.as_str())),
                Part::Text(" + ".into()),
                extra,
                Part::Text(" ".into()),
            ],
        );
        let mut body = Vec::new();
        if self.rng.chance(40) {
            let cond = self.expr(&Ty::Bool, true, 1);
            let value = self.rng.chance(50).then(|| Expr::Text("early".into()));
            body.push(Stmt::If(cond, vec![Stmt::Done(value)], None));
        }
        body.extend([
            Stmt::If(
                Expr::Bin(Op::Gt, Box::new(length), Box::new(Expr::Num(n))),
                vec![Stmt::Done(Some(var(&param)))],
                None,
            ),
            Stmt::Continue(Some(next)),
        ]);
        let labels = self.labels(20);
        self.funs.push(Fun {
            name: name.clone(),
            params: vec![(Ty::Text, true)],
            ret: Ty::Text,
            effects: false,
            secret: self.vars.iter().any(|v| v.secret),
            steps: true,
            throws: false,
            asks: false,
        });
        Exe {
            labels,
            name,
            params: vec![param],
            body: Body::Block(body),
        }
    }

    /// An executable that, as a stage, wants the one before it to run again, perhaps for a secret's sake.
    fn asker(&mut self) -> Exe {
        let (name, param) = (self.name("q"), self.name("p"));
        self.fuel = 6;
        let tries = Expr::Bin(
            Op::Lt,
            Box::new(var("mx.try")),
            Box::new(Expr::Num(2 + self.rng.small(2))),
        );
        let cond = self.expr(&Ty::Bool, true, 2);
        let both = if self.rng.chance(50) {
            (tries, cond)
        } else {
            (cond, tries)
        };
        let cond = Expr::Logic(Logic::And, Box::new(both.0), Box::new(both.1));
        let hint = self.rng.chance(50).then(|| self.template(true, 1, false));
        let last = if self.rng.chance(50) {
            var(&param)
        } else {
            Expr::Template(
                Quote::Back,
                vec![
                    Part::Text("after ".into()),
                    Part::Path(Path::var("mx.try")),
                    Part::Text(", ".into()),
                    Part::Path(Path::var(param.as_str())),
                    Part::Text(" ".into()),
                ],
            )
        };
        let body = Expr::When(
            vec![(cond, Arm::Retry(hint))],
            Some(Box::new(Arm::Value(last))),
        );
        let labels = self.labels(20);
        self.funs.push(Fun {
            name: name.clone(),
            params: vec![(Ty::Text, true)],
            ret: Ty::Text,
            effects: false,
            secret: self.vars.iter().any(|v| v.secret),
            steps: false,
            throws: false,
            asks: true,
        });
        Exe {
            labels,
            name,
            params: vec![param],
            body: Body::Value(body),
        }
    }

    /// An executable that calls itself a few times.
    fn recursive(&mut self) -> Exe {
        let (name, n, text) = (self.name("f"), self.name("p"), self.name("p"));
        let (extra, secret) = self.traced(|g| {
            let text = if g.rng.chance(50) {
                g.some_var(&Ty::Text, true)
            } else {
                None
            };
            text.map_or_else(|| Part::Text("- ".into()), |v| Part::Path(Path::var(v)))
        });
        let again = Call {
            name: name.clone(),
            args: vec![
                Expr::Bin(Op::Sub, Box::new(var(&n)), Box::new(Expr::Num(1))),
                Expr::Template(
                    Quote::Back,
                    vec![
                        Part::Text("r ".into()),
                        Part::Path(Path::var(text.as_str())),
                        Part::Text(", ".into()),
                        extra,
                        Part::Text(" ".into()),
                    ],
                ),
            ],
        };
        // Not every number is a whole and small one.
        let few = Expr::Logic(
            crate::ast::Logic::And,
            Box::new(Expr::Bin(Op::Gt, Box::new(var(&n)), Box::new(Expr::Num(0)))),
            Box::new(Expr::Bin(Op::Lt, Box::new(var(&n)), Box::new(Expr::Num(9)))),
        );
        let body = Expr::When(
            vec![(
                few,
                crate::ast::Arm::Value(Expr::Path(Box::new(Path {
                    base: Base::Call(again),
                    steps: Vec::new(),
                }))),
            )],
            Some(Box::new(crate::ast::Arm::Value(var(&text)))),
        );
        let mut labels = vec!["recursive".to_owned()];
        labels.extend(self.labels(20));
        self.funs.push(Fun {
            name: name.clone(),
            params: vec![(Ty::Num, true), (Ty::Text, true)],
            ret: Ty::Text,
            effects: false,
            secret,
            steps: false,
            throws: false,
            asks: false,
        });
        Exe {
            labels,
            name,
            params: vec![n, text],
            body: Body::Value(body),
        }
    }
}

/// Whether the text of an expression begins with `[` and it is no block.
fn begins_with_bracket(expr: &Expr) -> bool {
    match expr {
        Expr::List(_) => true,
        Expr::Path(path) => matches!(path.base, Base::List(_)),
        Expr::Pipe(first, _)
        | Expr::Bin(_, first, _)
        | Expr::Logic(_, first, _)
        | Expr::Ternary(first, ..) => begins_with_bracket(first),
        _ => false,
    }
}
