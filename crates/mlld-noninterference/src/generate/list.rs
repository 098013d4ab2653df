//! Arrays, and loops that make them.

use super::expr::{path, var};
use super::{Fun, Generator, record};
use crate::ast::{Base, Bound, Expr, ForBody, ForExpr, Item, Mx, Path, Step, Stmt, Ty};

impl Generator {
    pub(super) fn list(&mut self, inner: &Ty, secrets: bool, d: usize) -> Option<Expr> {
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

    pub(super) fn for_value(&mut self, inner: &Ty, secrets: bool, d: usize) -> Expr {
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
}
