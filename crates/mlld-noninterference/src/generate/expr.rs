//! Expressions of a wanted type.

use super::{Fun, Generator, Mode, record};
use crate::ast::{Arm, Base, Call, Expr, Item, Logic, Mx, Op, Part, Path, Quote, Step, Stmt, Ty};

pub(super) fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}

pub(super) fn path(path: Path) -> Expr {
    Expr::Path(Box::new(path))
}

pub(super) fn var(name: &str) -> Expr {
    path(Path::var(name))
}

impl Generator {
    pub(super) fn literal(&mut self, ty: &Ty) -> Expr {
        match ty {
            Ty::Text => Expr::Text(
                self.rng
                    .word(&["red", "go on", "", "x", "a,b", "Mixed Case", " pad "])
                    .into(),
            ),
            Ty::Num => Expr::Num(self.rng.small(7)),
            Ty::Bool => Expr::Bool(self.rng.chance(50)),
            Ty::List(inner) => {
                let n = self.rng.below(4);
                Expr::List((0..n).map(|_| self.literal(inner).into()).collect())
            }
            Ty::Obj(fields) => Expr::Object(
                None,
                fields
                    .iter()
                    .map(|(k, t)| (k.clone(), self.literal(t).into()))
                    .collect(),
            ),
        }
    }

    /// A variable of this type, if there is one.
    pub(super) fn some_var(&mut self, ty: &Ty, secrets: bool) -> Option<String> {
        let fitting: Vec<(String, bool)> = self
            .vars
            .iter()
            .filter(|v| v.ty == *ty && (secrets || !v.secret))
            .map(|v| (v.name.clone(), v.secret))
            .collect();
        // What was made last is of most interest.
        let from = if self.rng.chance(50) {
            fitting.len().saturating_sub(4)
        } else {
            0
        };
        let at = self.rng.within(from, fitting.len().saturating_sub(1));
        let (name, secret) = fitting.get(at)?.clone();
        self.touched |= secret;
        Some(name)
    }

    pub(super) fn var_or_literal(&mut self, ty: &Ty, secrets: bool) -> Expr {
        if self.rng.chance(80)
            && let Some(name) = self.some_var(ty, secrets)
        {
            return var(&name);
        }
        self.literal(ty)
    }

    /// A pure executable with this result.
    pub(super) fn some_fun(&mut self, fits: impl Fn(&Fun) -> bool, secrets: bool) -> Option<Fun> {
        let fitting: Vec<Fun> = self
            .funs
            .iter()
            .filter(|f| {
                !f.effects && !f.steps && !f.throws && !f.asks && (secrets || !f.secret) && fits(f)
            })
            .cloned()
            .collect();
        let fun = self.rng.pick(&fitting).cloned()?;
        self.touched |= fun.secret;
        Some(fun)
    }

    pub(super) fn call_of(&mut self, fun: &Fun, secrets: bool, depth: usize, from: usize) -> Call {
        let args = fun
            .params
            .iter()
            .skip(from)
            .map(|(ty, ok)| self.expr(ty, secrets && *ok, depth.saturating_sub(1)))
            .collect();
        Call {
            name: fun.name.clone(),
            args,
        }
    }

    pub(super) fn call_path(&mut self, ty: &Ty, secrets: bool, depth: usize) -> Option<Path> {
        let fun = self.some_fun(|f| f.ret == *ty, secrets)?;
        Some(Path {
            base: Base::Call(self.call_of(&fun, secrets, depth, 0)),
            steps: Vec::new(),
        })
    }

    /// An expression of this type.
    pub(super) fn expr(&mut self, ty: &Ty, secrets: bool, depth: usize) -> Expr {
        if depth == 0 || !self.burn() {
            return self.var_or_literal(ty, secrets);
        }
        let d = depth - 1;
        let made = match self.rng.below(20) {
            0..=3 => return self.var_or_literal(ty, secrets),
            4 => {
                let c = self.expr(&Ty::Bool, secrets, d);
                let (a, b) = (self.expr(ty, secrets, d), self.expr(ty, secrets, d));
                Some(Expr::Ternary(boxed(c), boxed(a), boxed(b)))
            }
            5 => Some(self.when(ty, secrets, d)),
            6 => Some(self.logic(ty, secrets, d)),
            7 | 8 => self.call_path(ty, secrets, depth).map(path),
            9 => {
                let missing = self.missing(ty, secrets);
                let default = self.expr(ty, secrets, d);
                missing.map(|m| Expr::Logic(Logic::Coalesce, boxed(m), boxed(default)))
            }
            _ => match ty {
                Ty::Text => self.text(secrets, d),
                Ty::Num => self.number(secrets, d),
                Ty::Bool => self.boolean(secrets, d),
                Ty::List(inner) => self.list(inner, secrets, d),
                Ty::Obj(fields) => self.object(fields, secrets, d),
            },
        };
        match made {
            Some(made) => made,
            None => self.var_or_literal(ty, secrets),
        }
    }

    /// A path that may lead to nothing.
    pub(super) fn missing(&mut self, ty: &Ty, secrets: bool) -> Option<Expr> {
        if self.rng.chance(60)
            && let Some(list) = self.some_var(&ty.clone().list(), secrets)
        {
            let step = if self.rng.chance(40) {
                match self.some_var(&Ty::Num, secrets) {
                    Some(index) => Step::By(index),
                    None => Step::Index(1),
                }
            } else if self.rng.chance(30) {
                Step::Method("at".into(), vec![Expr::Num(-1)])
            } else {
                Step::Index(self.rng.small(3))
            };
            return Some(path(Path {
                base: Base::Var(list),
                steps: vec![step],
            }));
        }
        let object = self.some_var(&record(), secrets)?;
        Some(path(Path {
            base: Base::Var(object),
            steps: vec![Step::Field("nope".into())],
        }))
    }

    pub(super) fn when(&mut self, ty: &Ty, secrets: bool, d: usize) -> Expr {
        let arms = self.rng.within(1, 2);
        if self.rng.chance(25) {
            let on = self.expr(&Ty::Num, secrets, d);
            let arms = (0..arms)
                .map(|_| (self.literal(&Ty::Num), self.arm(ty, secrets, d)))
                .collect();
            return Expr::Match(boxed(on), arms, Some(Box::new(self.arm(ty, secrets, d))));
        }
        let arms = (0..arms)
            .map(|_| (self.expr(&Ty::Bool, secrets, d), self.arm(ty, secrets, d)))
            .collect();
        Expr::When(arms, Some(Box::new(self.arm(ty, secrets, d))))
    }

    pub(super) fn arm(&mut self, ty: &Ty, secrets: bool, d: usize) -> Arm {
        if d > 0 && self.rng.chance(25) {
            Arm::Block(self.value_block(ty, secrets, d))
        } else {
            Arm::Value(self.expr(ty, secrets, d))
        }
    }

    /// Statements that give a value and that nobody sees.
    pub(super) fn value_block(&mut self, ty: &Ty, secrets: bool, d: usize) -> Vec<Stmt> {
        self.value_only(|g| {
            g.scoped(|g| {
                let mut out = vec![g.let_stmt(secrets, d)];
                // In a loop that collects, `=>` in an `if` is the value of the pass (spec 02 §1.1); here it is as well.
                let early = g.rng.chance(40).then(|| ty.clone());
                for _ in 0..g.rng.below(3) {
                    let stmt = g.inner_stmt(secrets, d, early.as_ref());
                    out.extend(stmt);
                }
                if early.is_some() && *ty == Ty::Text && g.rng.chance(40) {
                    return out;
                }
                let value = g.expr(ty, secrets, d);
                out.push(Stmt::Return(Vec::new(), value));
                out
            })
        })
    }

    pub(super) fn logic(&mut self, ty: &Ty, secrets: bool, d: usize) -> Expr {
        let a = self.expr(ty, secrets, d);
        let b = self.expr(ty, secrets, d);
        let logic = if self.rng.chance(50) {
            Logic::And
        } else {
            Logic::Or
        };
        Expr::Logic(logic, boxed(a), boxed(b))
    }

    pub(super) fn on_var(
        &mut self,
        ty: &Ty,
        secrets: bool,
        method: &str,
        args: Vec<Expr>,
    ) -> Option<Expr> {
        let base = if self.rng.chance(15) {
            self.call_path(ty, secrets, 1)?.base
        } else {
            Base::Var(self.some_var(ty, secrets)?)
        };
        Some(path(Path {
            base,
            steps: vec![Step::Method(method.into(), args)],
        }))
    }

    pub(super) fn text(&mut self, secrets: bool, d: usize) -> Option<Expr> {
        match self.rng.below(12) {
            0..=3 => Some(self.template(secrets, d, false)),
            4 => {
                let method = self.rng.word(&["toUpperCase", "toLowerCase", "trim"]);
                self.on_var(&Ty::Text, secrets, method, Vec::new())
            }
            5 => {
                let args = vec![self.expr(&Ty::Num, secrets, d)];
                self.on_var(&Ty::Text, secrets, "slice", args)
            }
            6 => {
                let args = vec![
                    self.expr(&Ty::Text, secrets, d),
                    self.expr(&Ty::Text, secrets, d),
                ];
                let method = if self.rng.chance(50) {
                    "replace"
                } else {
                    "replaceAll"
                };
                let empty = matches!(args.first(), Some(Expr::Text(t)) if t.is_empty());
                if empty {
                    None
                } else {
                    self.on_var(&Ty::Text, secrets, method, args)
                }
            }
            7 => {
                let args = vec![self.expr(&Ty::Text, secrets, d)];
                if self.rng.chance(40) {
                    let items = (0..2)
                        .map(|_| self.expr(&Ty::Text, secrets, d).into())
                        .collect();
                    return Some(path(Path {
                        base: Base::List(items),
                        steps: vec![Step::Method("join".into(), args)],
                    }));
                }
                self.on_var(&Ty::Text.list(), secrets, "join", args)
            }
            8 => {
                let object = self.some_var(&record(), secrets)?;
                Some(path(Path {
                    base: Base::Var(object),
                    steps: vec![Step::Field("a".into())],
                }))
            }
            9 => {
                let name = self.rng.word(&["upper", "lower", "trim"]);
                let arg = self.expr(&Ty::Text, secrets, d);
                Some(path(Path {
                    base: Base::Builtin(name.into(), vec![arg]),
                    steps: Vec::new(),
                }))
            }
            10 => {
                let ty = self.some_type();
                let arg = self.expr(&ty, secrets, d);
                Some(path(Path {
                    base: Base::Builtin("typeof".into(), vec![arg]),
                    steps: Vec::new(),
                }))
            }
            _ => match self.input.clone() {
                Some((Ty::Text, secret)) if secrets || !secret => {
                    self.touched |= secret;
                    Some(Expr::Template(
                        Quote::Back,
                        vec![
                            Part::Text("in ".into()),
                            Part::Path(Path::var("input")),
                            Part::Text(", ".into()),
                        ],
                    ))
                }
                _ => {
                    let n = self.rng.small(12);
                    self.on_var(
                        &Ty::Text,
                        secrets,
                        "padStart",
                        vec![Expr::Num(n), Expr::Text("-".into())],
                    )
                }
            },
        }
    }

    pub(super) fn number(&mut self, secrets: bool, d: usize) -> Option<Expr> {
        if self.beyond && secrets && self.rng.chance(20) {
            self.touched = true;
            return match self.rng.below(3) {
                0 => Some(path(Path {
                    base: Base::Var("mx.errors".into()),
                    steps: vec![Step::Method("length".into(), Vec::new())],
                })),
                1 => Some(var("mx.try")),
                _ => {
                    let text = self.some_var(&Ty::Text, secrets)?;
                    Some(path(Path {
                        base: Base::Var(text),
                        steps: vec![Step::Mx(Mx::Length)],
                    }))
                }
            };
        }
        match self.rng.below(7) {
            0..=2 => {
                let op = *self
                    .rng
                    .pick(&[Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Rem])?;
                let (a, b) = (
                    self.expr(&Ty::Num, secrets, d),
                    self.expr(&Ty::Num, secrets, d),
                );
                Some(Expr::Bin(op, boxed(a), boxed(b)))
            }
            3 => self.on_var(&Ty::Text, secrets, "length", Vec::new()),
            4 => self.on_var(&Ty::Text.list(), secrets, "length", Vec::new()),
            5 => {
                let args = vec![self.expr(&Ty::Text, secrets, d)];
                let ty = if self.rng.chance(50) {
                    Ty::Text
                } else {
                    Ty::Text.list()
                };
                self.on_var(&ty, secrets, "indexOf", args)
            }
            _ => {
                let object = self.some_var(&record(), secrets)?;
                Some(path(Path {
                    base: Base::Var(object),
                    steps: vec![Step::Field("b".into())],
                }))
            }
        }
    }

    pub(super) fn boolean(&mut self, secrets: bool, d: usize) -> Option<Expr> {
        match self.rng.below(9) {
            0 | 1 => {
                let op = *self.rng.pick(&[Op::Lt, Op::Le, Op::Gt, Op::Ge])?;
                let (a, b) = (
                    self.expr(&Ty::Num, secrets, d),
                    self.expr(&Ty::Num, secrets, d),
                );
                Some(Expr::Bin(op, boxed(a), boxed(b)))
            }
            2 | 3 => {
                let op = *self.rng.pick(&[Op::Eq, Op::Ne])?;
                let ty = self.some_type();
                let (a, b) = (self.expr(&ty, secrets, d), self.expr(&ty, secrets, d));
                Some(Expr::Bin(op, boxed(a), boxed(b)))
            }
            4 => Some(Expr::Not(boxed(self.expr(&Ty::Bool, secrets, d)))),
            5 => {
                let args = vec![self.expr(&Ty::Text, secrets, d)];
                let method = self.rng.word(&["includes", "startsWith", "endsWith"]);
                self.on_var(&Ty::Text, secrets, method, args)
            }
            6 => {
                let args = vec![self.expr(&Ty::Text, secrets, d)];
                self.on_var(&Ty::Text.list(), secrets, "includes", args)
            }
            7 => {
                let ty = self.some_type();
                let method =
                    self.rng
                        .word(&["isString", "isNumber", "isArray", "isBoolean", "isObject"]);
                self.on_var(&ty, secrets, method, Vec::new())
            }
            _ => self.about_labels(),
        }
    }

    /// A question about the labels of a value whose labels do not depend on a secret.
    pub(super) fn about_labels(&mut self) -> Option<Expr> {
        // Where implicit flows are tracked, a list of labels is data (spec 05 §2.2).
        let any = self.mode == Mode::Tracked;
        self.touched |= any;
        let fitting: Vec<String> = self
            .vars
            .iter()
            .filter(|v| any || (!v.secret && !v.grows) || v.fixed)
            .map(|v| v.name.clone())
            .collect();
        let name = self.rng.pick(&fitting)?.clone();
        let mx = if self.rng.chance(70) {
            Mx::Labels
        } else {
            Mx::Taint
        };
        let label = self
            .rng
            .word(&["pii", "secret", "net:w", "src:js", "src:exe"]);
        Some(path(Path {
            base: Base::Var(name),
            steps: vec![
                Step::Mx(mx),
                Step::Method("includes".into(), vec![Expr::Text(label.into())]),
            ],
        }))
    }

    pub(super) fn object(
        &mut self,
        fields: &[(String, Ty)],
        secrets: bool,
        d: usize,
    ) -> Option<Expr> {
        match self.rng.below(6) {
            0 => {
                let spread = self.some_var(&Ty::Obj(fields.to_vec()), secrets)?;
                let value = self.expr(&Ty::Text, secrets, d);
                Some(Expr::Object(Some(spread), vec![("a".into(), value.into())]))
            }
            1 => {
                let text = match self.some_var(&Ty::Text, secrets) {
                    Some(name) if self.rng.chance(60) => Expr::Template(
                        Quote::Back,
                        vec![
                            Part::Text("{\"a\":\"".into()),
                            Part::Path(Path::var(name)),
                            Part::Text("\",\"b\":3}".into()),
                        ],
                    ),
                    _ => Expr::Text("{\"a\":\"json\",\"b\":2}".into()),
                };
                Some(path(Path {
                    base: Base::Builtin("parse".into(), vec![text]),
                    steps: Vec::new(),
                }))
            }
            _ => {
                let mut entries: Vec<(String, Item)> = fields
                    .iter()
                    .map(|(k, t)| (k.clone(), self.expr(t, secrets, d).into()))
                    .collect();
                if self.rng.chance(15) {
                    let expr = self.expr(&Ty::Text, secrets, d);
                    entries.push((
                        "z".into(),
                        Item {
                            expr,
                            optional: true,
                        },
                    ));
                }
                Some(Expr::Object(None, entries))
            }
        }
    }
}
