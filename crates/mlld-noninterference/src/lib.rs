//! Whether anything of a secret gets out without its label, tried on random scripts.
//!
//! [`generate`](mod@generate) makes a well-typed script from a seed. [`check::check`] runs it twice in the real evaluator, with two different
//! secrets: every effect that carries no label of the secret has to be the same in both runs, byte for byte (spec 05 §1,
//! §11.3). Beside it runs the [`oracle`], an interpreter that is only meant to be right: for every effect both have to
//! give the same labels and the same content. Scripts end by logging all their variables, so that every label set is
//! seen.
//!
//! Three kinds of scripts ([`generate::Mode`]):
//!
//! | mode | branches on secrets | two runs | oracle |
//! |---|---|---|---|
//! | explicit | within values only | yes | yes |
//! | branching | everywhere, untracked | no: spec 05 §1 does not promise it | yes |
//! | tracked | everywhere, under `implicitflows: "track"` | yes | no |
//!
//! A failing script is made small ([`shrink::shrink`]) before it is told of. What is not looked for: whether a run ends,
//! how long it takes, and which output is absent (spec 05 §1, limits).

pub mod ast;
pub mod campaign;
pub mod check;
pub mod generate;
pub mod observe;
pub mod oracle;
pub mod run;
pub mod shrink;
