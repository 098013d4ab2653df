//! Templates.

use super::Generator;
use crate::ast::{Base, Expr, Part, Path, Quote, Step, Ty};

impl Generator {
    pub(super) fn glue(&mut self) -> Part {
        Part::Text(self.rng.word(&[" ", ", ", "; x ", " and ", " = "]).into())
    }

    /// A path that may stand in a template of this kind.
    pub(super) fn spot(&mut self, quote: Quote, secrets: bool, d: usize) -> Option<Path> {
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
}
