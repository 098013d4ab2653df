//! Well-typed random scripts.
//!
//! The generator knows of every variable whether it may depend on a secret. Without tracking of implicit flows nothing
//! that the world sees may depend on *whether* something happens for a secret's sake, so there effects and assignments
//! stand under conditions without secrets only; within a value everything is allowed (spec 05 §1, limits).

mod exe;
mod expr;
mod list;
mod rng;
mod stmt;
mod template;
mod top;
mod value;

use crate::ast::{Expr, Script, Ty};
pub use rng::Rng;

/// What kind of script is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// No branch on a secret decides about effects: both comparisons hold.
    Explicit,
    /// Branches on secrets without tracking: only labels can be compared.
    Branching,
    /// Branches on secrets under `implicitflows: "track"`: two runs can be compared.
    Tracked,
}

impl Mode {
    /// Its word on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Branching => "branching",
            Self::Tracked => "tracked",
        }
    }

    /// The mode of a word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Explicit, Self::Branching, Self::Tracked]
            .into_iter()
            .find(|m| m.word() == word)
    }
}

/// A variable in scope.
#[derive(Clone, Debug)]
struct Var {
    name: String,
    ty: Ty,
    /// May depend on a secret: in its value, or in which labels it has.
    secret: bool,
    /// Can be changed by `+=`.
    mutable: bool,
    /// A secret itself: which labels it has is known.
    fixed: bool,
    /// Its labels can change after it was made.
    grows: bool,
}

/// An executable that can be called.
#[derive(Clone, Debug)]
struct Fun {
    name: String,
    params: Vec<(Ty, bool)>,
    ret: Ty,
    /// Does something that the world sees, or changes a variable.
    effects: bool,
    /// Reads something secret by itself.
    secret: bool,
    /// Made for `while`.
    steps: bool,
    /// Fails where its first argument is long.
    throws: bool,
    /// Asks the stage before it to run again.
    asks: bool,
}

/// Labels that are put on things that are no secrets.
const LABELS: [&str; 5] = ["pii", "sensitive", "net:w", "draft", "untrusted"];

struct Generator {
    rng: Rng,
    mode: Mode,
    vars: Vec<Var>,
    funs: Vec<Fun>,
    /// Namespaces' files of workspaces: workspace, file, whether it is secret.
    files: Vec<(String, String, bool)>,
    count: usize,
    /// Whether something secret was read since this was last cleared.
    touched: bool,
    /// Nothing here is seen by the world, whatever happens: a value.
    pure: bool,
    /// The name of `@input`'s type, where there is one.
    input: Option<(Ty, bool)>,
    /// How much may still be made of the statement at hand.
    fuel: usize,
    /// Constructs that the oracle does not know are wanted too.
    beyond: bool,
}

/// The script of a seed.
#[must_use]
pub fn generate(seed: u64, mode: Mode) -> Script {
    let mut generator = Generator {
        rng: Rng::new(seed),
        mode,
        vars: Vec::new(),
        funs: Vec::new(),
        files: Vec::new(),
        count: 0,
        touched: false,
        pure: false,
        input: None,
        fuel: 0,
        beyond: false,
    };
    generator.script(seed)
}

impl Generator {
    fn name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}{}", self.count)
    }

    /// What `make` gives, and whether it reads something secret.
    fn traced<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let before = std::mem::replace(&mut self.touched, false);
        let made = make(self);
        let secret = self.touched;
        self.touched |= before;
        (made, secret)
    }

    /// Variables that are made by `make` end with it.
    fn scoped<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let vars = self.vars.len();
        let made = make(self);
        self.vars.truncate(vars);
        made
    }

    /// A value: nothing in it is seen by the world.
    fn value_only<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.pure, true);
        // What it changes would be seen.
        let mutable: Vec<bool> = self
            .vars
            .iter_mut()
            .map(|v| std::mem::replace(&mut v.mutable, false))
            .collect();
        let made = make(self);
        for (var, mutable) in self.vars.iter_mut().zip(mutable) {
            var.mutable = mutable;
        }
        self.pure = before;
        made
    }

    /// Whether a condition here may read secrets.
    fn free(&self) -> bool {
        self.pure || self.mode != Mode::Explicit
    }

    fn burn(&mut self) -> bool {
        let left = self.fuel > 0;
        self.fuel = self.fuel.saturating_sub(1);
        left
    }

    fn some_type(&mut self) -> Ty {
        match self.rng.below(12) {
            0..=4 => Ty::Text,
            5 | 6 => Ty::Num,
            7 => Ty::Bool,
            8 | 9 => Ty::Text.list(),
            10 => Ty::Num.list(),
            _ => record(),
        }
    }

    fn label(&mut self) -> String {
        self.rng.word(&LABELS).into()
    }

    /// Perhaps some labels.
    fn labels(&mut self, percent: usize) -> Vec<String> {
        if !self.rng.chance(percent) {
            return Vec::new();
        }
        let mut labels = vec![self.label()];
        if self.rng.chance(25) {
            let more = self.label();
            if !labels.contains(&more) {
                labels.push(more);
            }
        }
        labels
    }
}

/// The type of objects.
fn record() -> Ty {
    Ty::Obj(vec![("a".into(), Ty::Text), ("b".into(), Ty::Num)])
}

/// Literals for a secret's two values.
fn secret_values(rng: &mut Rng, ty: &Ty) -> [Expr; 2] {
    let text = |rng: &mut Rng| {
        rng.word(&["alpha", "be", "gamma ray", "", "a,b,c", "4711", "x"])
            .to_owned()
    };
    let one = |rng: &mut Rng| match ty {
        Ty::Text => Expr::Text(text(rng)),
        Ty::Num => Expr::Num(rng.small(5)),
        Ty::Bool => Expr::Bool(rng.chance(50)),
        Ty::List(inner) => Expr::List(
            (0..rng.below(4))
                .map(|_| match **inner {
                    Ty::Num => Expr::Num(rng.small(9)).into(),
                    _ => Expr::Text(text(rng)).into(),
                })
                .collect(),
        ),
        Ty::Obj(_) => Expr::Object(
            None,
            vec![
                ("a".into(), Expr::Text(text(rng)).into()),
                ("b".into(), Expr::Num(rng.small(5)).into()),
            ],
        ),
    };
    let a = one(rng);
    let mut b = one(rng);
    for _ in 0..8 {
        if a != b {
            break;
        }
        b = one(rng);
    }
    [a, b]
}
