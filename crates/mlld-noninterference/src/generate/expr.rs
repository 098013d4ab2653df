//! Expressions of a wanted type.

use super::{Fun, Generator, Mode, record};
use crate::ast::{
    Arm, Base, Bound, Call, Expr, ForBody, ForExpr, Item, Logic, Mx, Op, Part, Path, Quote, Stage,
    Step, Stmt, Ty,
};

fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}

fn path(path: Path) -> Expr {
    Expr::Path(Box::new(path))
}

fn var(name: &str) -> Expr {
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

    fn var_or_literal(&mut self, ty: &Ty, secrets: bool) -> Expr {
        if self.rng.chance(80)
            && let Some(name) = self.some_var(ty, secrets)
        {
            return var(&name);
        }
        self.literal(ty)
    }

    /// A pure executable with this result.
    fn some_fun(&mut self, fits: impl Fn(&Fun) -> bool, secrets: bool) -> Option<Fun> {
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

    fn call_path(&mut self, ty: &Ty, secrets: bool, depth: usize) -> Option<Path> {
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
    fn missing(&mut self, ty: &Ty, secrets: bool) -> Option<Expr> {
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

    fn when(&mut self, ty: &Ty, secrets: bool, d: usize) -> Expr {
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

    fn arm(&mut self, ty: &Ty, secrets: bool, d: usize) -> Arm {
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

    fn logic(&mut self, ty: &Ty, secrets: bool, d: usize) -> Expr {
        let a = self.expr(ty, secrets, d);
        let b = self.expr(ty, secrets, d);
        let logic = if self.rng.chance(50) {
            Logic::And
        } else {
            Logic::Or
        };
        Expr::Logic(logic, boxed(a), boxed(b))
    }

    fn on_var(&mut self, ty: &Ty, secrets: bool, method: &str, args: Vec<Expr>) -> Option<Expr> {
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

    fn text(&mut self, secrets: bool, d: usize) -> Option<Expr> {
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

    fn glue(&mut self) -> Part {
        Part::Text(self.rng.word(&[" ", ", ", "; x ", " and ", " = "]).into())
    }

    /// A path that may stand in a template of this kind.
    fn spot(&mut self, quote: Quote, secrets: bool, d: usize) -> Option<Path> {
        if self.beyond && secrets && quote != Quote::Triple && self.rng.chance(8) {
            self.touched = true;
            return Some(Path::var(self.rng.word(&[
                "mx.try",
                "mx.hint",
                "mx.errors",
                "mx.stage",
            ])));
        }
        let ty = self.some_type();
        if quote != Quote::Triple && d > 0 && self.rng.chance(15) {
            return self.call_path(&ty, secrets, 1);
        }
        let name = self.some_var(&ty, secrets)?;
        let mut steps = Vec::new();
        match ty {
            Ty::Obj(_) if self.rng.chance(60) => steps.push(Step::Field("a".into())),
            Ty::List(_) if self.rng.chance(30) => steps.push(Step::Index(self.rng.small(2))),
            Ty::List(_) if quote != Quote::Triple && self.rng.chance(30) => {
                let index = self.some_var(&Ty::Num, secrets)?;
                steps.push(Step::By(index));
            }
            Ty::Text if quote != Quote::Triple && self.rng.chance(20) => {
                steps.push(Step::Method("toUpperCase".into(), Vec::new()));
            }
            _ => {}
        }
        Some(Path {
            base: Base::Var(name),
            steps,
        })
    }

    /// A template; with colons only where it stands alone.
    pub(super) fn template(&mut self, secrets: bool, d: usize, alone: bool) -> Expr {
        let quote = match self.rng.below(if alone { 8 } else { 6 }) {
            0..=3 => Quote::Back,
            4 | 5 => Quote::Double,
            6 => Quote::Colons,
            _ => Quote::Triple,
        };
        let parts = self.parts(quote, secrets, d);
        Expr::Template(quote, parts)
    }

    pub(super) fn parts(&mut self, quote: Quote, secrets: bool, d: usize) -> Vec<Part> {
        let mut parts = vec![Part::Text(
            self.rng.word(&["t ", "we say ", "no 1 "]).into(),
        )];
        for _ in 0..self.rng.within(1, 3) {
            let part = match self.rng.below(10) {
                0 if quote != Quote::Triple => {
                    self.some_var(&Ty::Text, secrets).map(Part::IfTruthy)
                }
                1 if matches!(quote, Quote::Back | Quote::Double) => {
                    let ty = self.some_type();
                    match (
                        self.some_var(&ty, secrets),
                        self.some_var(&Ty::Text, secrets),
                    ) {
                        (Some(test), Some(inner)) => Some(Part::Fragment(
                            test,
                            vec![
                                Part::Text("if ".into()),
                                Part::Path(Path::var(inner)),
                                Part::Text(" ".into()),
                            ],
                        )),
                        _ => None,
                    }
                }
                2 if quote != Quote::Triple => match self.missing(&Ty::Text, secrets) {
                    Some(Expr::Path(p)) if !matches!(p.steps.first(), Some(Step::Method(..))) => {
                        Some(Part::Default(*p, "none".into()))
                    }
                    _ => None,
                },
                3 if quote != Quote::Triple => {
                    let stage = self.rng.word(&["upper", "lower"]);
                    self.some_var(&Ty::Text, secrets)
                        .map(|v| Part::Piped(v, stage.into()))
                }
                _ => self.spot(quote, secrets, d).map(Part::Path),
            };
            if let Some(part) = part {
                parts.push(part);
                let glue = self.glue();
                parts.push(glue);
            }
        }
        if matches!(quote, Quote::Back | Quote::Colons)
            && self.rng.chance(12)
            && let Some(list) = self.some_var(&Ty::Text.list(), secrets)
        {
            let name = self.name("e");
            let mut body = vec![Part::Path(Path::var(name.as_str()))];
            if self.rng.chance(50) {
                body.push(Part::Text(", ".into()));
                body.extend(
                    self.some_var(&Ty::Text, secrets)
                        .map(|v| Part::Path(Path::var(v))),
                );
                body.push(Part::Text(";".into()));
            }
            parts.push(Part::For(name, Path::var(list), body));
        }
        parts
    }

    fn number(&mut self, secrets: bool, d: usize) -> Option<Expr> {
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

    fn boolean(&mut self, secrets: bool, d: usize) -> Option<Expr> {
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
    fn about_labels(&mut self) -> Option<Expr> {
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

    fn list(&mut self, inner: &Ty, secrets: bool, d: usize) -> Option<Expr> {
        let ty = inner.clone().list();
        match self.rng.below(11) {
            0 | 1 => {
                let mut items: Vec<Item> = (0..self.rng.within(1, 3))
                    .map(|_| self.expr(inner, secrets, d).into())
                    .collect();
                if self.rng.chance(20)
                    && let Some(name) = self.some_var(inner, secrets)
                {
                    items.push(Item {
                        expr: var(&name),
                        optional: true,
                    });
                }
                Some(Expr::List(items))
            }
            2 if *inner == Ty::Text => {
                let args = vec![self.expr(&Ty::Text, secrets, d)];
                self.on_var(&Ty::Text, secrets, "split", args)
            }
            3 => {
                let from = match self.rng.below(3) {
                    0 => None,
                    1 => Some(Bound::At(self.rng.small(2))),
                    _ => self.some_var(&Ty::Num, secrets).map(Bound::Var),
                };
                let list = self.some_var(&ty, secrets)?;
                let to = if self.rng.chance(50) {
                    Some(Bound::At(self.rng.small(4)))
                } else {
                    None
                };
                Some(path(Path {
                    base: Base::Var(list),
                    steps: vec![Step::Slice(from, to)],
                }))
            }
            4 => {
                let args = vec![self.expr(&ty, secrets, d)];
                self.on_var(&ty, secrets, "concat", args)
            }
            5 => {
                let method = self.rng.word(&["reverse", "sort"]);
                self.on_var(&ty, secrets, method, Vec::new())
            }
            6 if *inner == Ty::Text => {
                let object = self.some_var(&record(), secrets)?;
                Some(path(Path {
                    base: Base::Var(object),
                    steps: vec![Step::Mx(Mx::Keys)],
                }))
            }
            7 => {
                let fun = self.some_fun(
                    |f| f.ret == *inner && !f.params.is_empty() && f.params.len() < 3,
                    secrets,
                )?;
                let lists = fun
                    .params
                    .iter()
                    .map(|(ty, ok)| {
                        let items = (0..self.rng.below(3))
                            .map(|_| self.expr(ty, secrets && *ok, 1).into())
                            .collect();
                        Expr::List(items)
                    })
                    .collect();
                Some(Expr::Foreach(fun.name, lists))
            }
            _ => Some(self.for_value(inner, secrets, d)),
        }
    }

    fn for_value(&mut self, inner: &Ty, secrets: bool, d: usize) -> Expr {
        let element = match self.rng.below(3) {
            0 => Ty::Num,
            1 => Ty::Text,
            _ => record(),
        };
        let over_object = self.rng.chance(15);
        let (source, secret) = self.traced(|g| {
            if over_object {
                g.expr(&record(), secrets, d)
            } else {
                g.expr(&element.clone().list(), secrets, d)
            }
        });
        let key = self.rng.chance(30).then(|| self.name("k"));
        let name = self.name("i");
        let parallel = self.rng.chance(25);
        let (filter, body) = self.scoped(|g| {
            if let Some(key) = &key {
                let ty = if over_object { Ty::Text } else { Ty::Num };
                g.declare(key, ty, secret, false);
            }
            if !over_object {
                g.declare(&name, element, secret, false);
            }
            let filter = g.rng.chance(30).then(|| g.expr(&Ty::Bool, secrets, d));
            let failing: Vec<Fun> = g
                .funs
                .iter()
                .filter(|f| f.throws && f.ret == *inner)
                .cloned()
                .collect();
            let failing = if g.beyond && parallel && secrets && g.rng.chance(60) {
                g.rng.pick(&failing).cloned()
            } else {
                None
            };
            let body = if let Some(fun) = failing {
                g.touched |= fun.secret;
                ForBody::Value(path(Path {
                    base: Base::Call(g.call_of(&fun, secrets, d, 0)),
                    steps: Vec::new(),
                }))
            } else if d > 0 && g.rng.chance(30) {
                let mut block = g.value_block(inner, secrets, d);
                if g.rng.chance(25) {
                    let (cond, _) = g.traced(|g| g.expr(&Ty::Bool, secrets, 1));
                    block.insert(1, Stmt::If(cond, vec![Stmt::Skip], None));
                }
                ForBody::Block(block)
            } else {
                ForBody::Value(g.expr(inner, secrets, d))
            };
            (filter, body)
        });
        Expr::For(Box::new(ForExpr {
            parallel,
            key,
            var: name,
            source,
            filter,
            body,
            batch: Vec::new(),
        }))
    }

    fn object(&mut self, fields: &[(String, Ty)], secrets: bool, d: usize) -> Option<Expr> {
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

    fn loop_value(&mut self, ty: &Ty, secrets: bool, d: usize) -> Expr {
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
    fn pipe(&mut self, ty: &Ty, secrets: bool, depth: usize) -> Option<Expr> {
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

    fn leading_group(&mut self, secrets: bool, depth: usize) -> Option<Expr> {
        let mut calls = Vec::new();
        for _ in 0..self.rng.within(2, 3) {
            let fun = self.some_fun(|f| f.ret == Ty::Text, secrets)?;
            calls.push(self.call_of(&fun, secrets, depth.min(2), 0));
        }
        Some(Expr::Group(calls, Vec::new()))
    }
}
