//! Whole scripts.

use super::{Fun, Generator, Mode, Var, record, secret_values};
use crate::ast::{
    Base, Body, Effect, Exe, Expr, Import, ImportKind, Medium, Module, Path, Policy, Script,
    Secret, Stmt, Ty,
};

impl Generator {
    pub(super) fn script(&mut self, seed: u64) -> Script {
        self.beyond = self.mode != Mode::Branching && self.rng.chance(25);
        let label = self
            .rng
            .word(&["secret", "hush", "vault:key", "secret"])
            .to_owned();
        let mut modules = Vec::new();
        let mut imports = Vec::new();
        for number in 0..self.rng.below(3) {
            let (module, import, vars, funs) = self.module(number);
            modules.push(module);
            imports.push((import, vars, funs));
        }
        let mut body = Vec::new();
        for (import, vars, funs) in imports {
            body.push(Stmt::Import(import));
            self.vars.extend(vars);
            self.funs.extend(funs);
        }
        // Whether anything was printed decides about a first empty line: that is output that is absent, and not tracked.
        body.push(Stmt::Effect(Effect {
            medium: Medium::Show,
            labels: Vec::new(),
            value: Expr::Text("begin".into()),
        }));
        let mut secrets = Vec::new();
        for number in 0..self.rng.within(1, 2) {
            let ty = self.some_type();
            let values = secret_values(&mut self.rng, &ty);
            let name = self.name("s");
            self.vars.push(Var {
                name: name.clone(),
                ty,
                secret: true,
                mutable: false,
                fixed: true,
                grows: false,
            });
            secrets.push(Secret {
                name,
                label: label.clone(),
                values,
            });
            body.push(Stmt::Secret(number));
        }
        for ty in [Ty::Text, Ty::Num, Ty::Text.list(), record()] {
            let labels = self.labels(35);
            let value = self.literal(&ty);
            let name = self.name("v");
            let mutable = self.rng.chance(50);
            self.declare(&name, ty, false, mutable);
            body.push(Stmt::Bind {
                labels,
                name,
                value,
            });
        }
        for _ in 0..self.rng.within(6, 16) {
            self.fuel = 24;
            let stmt = self.top_stmt(&label);
            body.extend(stmt);
        }
        self.dump(&mut body);
        Script {
            seed,
            secrets,
            modules,
            body,
            branches_on_secrets: self.mode == Mode::Branching,
            tracked: self.mode == Mode::Tracked,
            for_oracle: self.mode != Mode::Tracked && !self.beyond,
        }
    }

    /// In the end everything is logged: its labels are seen, and its content.
    fn dump(&mut self, body: &mut Vec<Stmt>) {
        let names: Vec<String> = self.vars.iter().map(|v| v.name.clone()).collect();
        for name in names {
            body.push(Stmt::Effect(Effect {
                medium: Medium::Log,
                labels: Vec::new(),
                value: Expr::Path(Box::new(Path::var(name))),
            }));
        }
    }

    fn top_stmt(&mut self, secret: &str) -> Option<Stmt> {
        match self.rng.below(20) {
            0..=4 => Some(self.var_stmt()),
            5..=8 => {
                let pure = self.rng.chance(75);
                Some(Stmt::Exe(self.exe(pure)))
            }
            9..=11 => self.effect(true, 2),
            12 => match self.call_stmt(true, 2)? {
                // What a module defines by `var` cannot be left out of the dump.
                bind @ Stmt::Bind { .. } => Some(bind),
                other => Some(other),
            },
            13 => {
                // Text that is no JSON stays text where it is read (spec 04 §1.3).
                let files = (0..self.rng.within(1, 2))
                    .map(|i| {
                        let (value, touched) = self.traced(|g| g.template(true, 2, false));
                        let file = format!("f{i}.txt");
                        (file, value, touched)
                    })
                    .collect::<Vec<_>>();
                let space = self.name("ws");
                let mut out = Vec::new();
                for (file, value, touched) in files {
                    self.files.push((space.clone(), file.clone(), touched));
                    out.push((file, value));
                }
                Some(Stmt::Files(space, out))
            }
            14 if self.rng.chance(20) => {
                let label = if self.rng.chance(60) {
                    secret.to_owned()
                } else {
                    self.label()
                };
                let op = self.rng.word(&["op:show", "op:output", "op:append"]);
                Some(Stmt::Policy(Policy {
                    deny: vec![(label, op.into())],
                }))
            }
            15 => {
                let (stmt, _) = self.traced(|g| g.augment(true, 2));
                // At the top level only blocks can change a variable.
                stmt.map(|s| Stmt::If(Expr::Bool(true), vec![s], None))
            }
            _ => loop {
                if let Some(
                    stmt @ (Stmt::If(..) | Stmt::When(..) | Stmt::For { .. } | Stmt::Loop(..)),
                ) = self.scoped_stmt()
                {
                    break Some(stmt);
                }
                if self.fuel == 0 {
                    break None;
                }
            },
        }
    }

    fn scoped_stmt(&mut self) -> Option<Stmt> {
        self.scoped(|g| g.inner_stmt(true, 2, None))
    }

    fn var_stmt(&mut self) -> Stmt {
        let ty = self.some_type();
        let labels = self.labels(20);
        let (value, secret) = self.traced(|g| g.value(&ty, true, 3));
        let name = self.name("v");
        let mutable = self.rng.chance(50);
        self.declare(&name, ty, secret, mutable);
        Stmt::Bind {
            labels,
            name,
            value,
        }
    }

    /// A module, its import, and what that brings in.
    fn module(&mut self, number: usize) -> (Module, Import, Vec<Var>, Vec<Fun>) {
        let (vars, funs) = (
            std::mem::take(&mut self.vars),
            std::mem::take(&mut self.funs),
        );
        let mut body = Vec::new();
        for _ in 0..self.rng.within(1, 3) {
            self.fuel = 10;
            let ty = self.some_type();
            let labels = self.labels(40);
            let value = self.expr(&ty, false, 2);
            let name = self.name("m");
            self.declare(&name, ty, false, false);
            body.push(Stmt::Bind {
                labels,
                name,
                value,
            });
        }
        for _ in 0..self.rng.within(1, 2) {
            let exe: Exe = self.exe(true);
            if let Body::Value(Expr::Path(path)) = &exe.body
                && matches!(path.base, Base::Var(_))
            {
                self.funs.pop();
                continue;
            }
            body.push(Stmt::Exe(exe));
        }
        let mut made_vars = std::mem::replace(&mut self.vars, vars);
        let mut made_funs = std::mem::replace(&mut self.funs, funs);
        let exports = self.rng.chance(40).then(|| {
            made_vars.truncate(2);
            made_vars
                .iter()
                .map(|v| v.name.clone())
                .chain(made_funs.iter().map(|f| f.name.clone()))
                .collect()
        });
        let labels = self.labels(20);
        let kind = if self.rng.chance(50) {
            let space = self.name("n");
            for var in &mut made_vars {
                var.name = format!("{space}.{}", var.name);
            }
            for fun in &mut made_funs {
                fun.name = format!("{space}.{}", fun.name);
            }
            ImportKind::Namespace(space)
        } else {
            let mut names = Vec::new();
            for name in made_vars
                .iter_mut()
                .map(|v| &mut v.name)
                .chain(made_funs.iter_mut().map(|f| &mut f.name))
            {
                let original = name.clone();
                if self.rng.chance(30) {
                    *name = self.name("a");
                }
                names.push((original, name.clone()));
            }
            ImportKind::Names(names)
        };
        (
            Module { body, exports },
            Import {
                labels,
                module: number,
                kind,
            },
            made_vars,
            made_funs,
        )
    }
}
