//! How a run fails: mistakes, refusals, a closed output.

use crate::run::ScriptText;
use crate::value::ValueError;
use ecow::EcoString;
use mlld_security::{Denial, Descriptor, LabelStore, Labelled};
use mlld_syntax::Span;
use std::sync::Arc;

/// Result of evaluating something.
pub(crate) type Eval<T> = Result<T, Box<Failure>>;

/// Why evaluation stopped.
pub(crate) enum Failure {
    /// A mistake; its text may show data, so it carries the labels of what it was made from (spec 05 §6.1).
    Problem(Labelled<Problem>),
    /// A mistake that ends the script even where errors are collected (spec 02 §4.6).
    Fatal(Labelled<Problem>),
    /// A refusal.
    Denied(Box<Denial>),
    /// Standard output was closed: the run ends quietly (spec 09 §1.1).
    OutputClosed,
}

impl Failure {
    /// It happened in something that was given, or had read, data with these labels. Refusals name labels only,
    /// and carry none.
    pub(crate) fn amid(self, store: &LabelStore, descriptor: Descriptor) -> Self {
        self.map(|problem| {
            problem.map(|mut p| {
                p.amid = store.join(p.amid, descriptor);
                p
            })
        })
    }

    /// Its text may show data with these labels.
    pub(crate) fn about(self, store: &LabelStore, descriptor: Descriptor) -> Self {
        self.map(|problem| problem.joined(store, descriptor))
    }

    /// That it happened tells of data with these labels, whatever its text says.
    pub(crate) fn decided_by(self, store: &LabelStore, descriptor: Descriptor) -> Self {
        if descriptor.is_empty() {
            return self;
        }
        self.map(|problem| {
            let told = problem.map(|p| Problem {
                constant: false,
                ..p
            });
            told.joined(store, descriptor)
        })
    }

    fn map(self, change: impl FnOnce(Labelled<Problem>) -> Labelled<Problem>) -> Self {
        match self {
            Self::Problem(problem) => Self::Problem(change(problem)),
            Self::Fatal(problem) => Self::Fatal(change(problem)),
            other => other,
        }
    }
}

/// A mistake at run time.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// Stable number: `R0101` …
    pub(crate) number: &'static str,
    /// Class: `MlldDirective`, `FieldAccess` …
    pub(crate) kind: &'static str,
    /// One sentence.
    pub(crate) message: EcoString,
    /// What to do.
    pub(crate) hint: Option<EcoString>,
    /// Further lines.
    pub(crate) details: Vec<EcoString>,
    /// The statement it happened in: innermost first to set it.
    pub(crate) at: Option<At>,
    /// Machine code where it is not `RUNTIME_ERROR`.
    pub(crate) code: &'static str,
    /// Ends the script even where errors are collected: in a parallel loop (spec 02 §4.6).
    pub(crate) fatal: bool,
    /// Its text shows no data, only what the author wrote and what mlld says: it is never withheld.
    pub(crate) constant: bool,
    /// Labels of what the calls around it were given and had read: whoever catches it learns of that, so what is
    /// made of a caught mistake carries them (spec 05 §6.1). They do not keep its text from being shown: that the
    /// script ended may be seen.
    pub(crate) amid: Descriptor,
    /// The imports inside which it happened.
    pub(crate) through: Option<Box<Through>>,
}

/// The imports inside which a mistake happened.
#[derive(Clone, Debug)]
pub(crate) struct Through {
    /// What went wrong there, without them.
    message: EcoString,
    /// What was imported, innermost first.
    files: Vec<EcoString>,
}

/// Imports that a message names at its beginning, and at its end, if there are more.
const NAMED_IMPORTS: usize = 3;

impl Through {
    /// The message, nested once a level (spec 04 §7.2); of a long chain the first and the last levels.
    fn told(&self) -> EcoString {
        let mut out = EcoString::new();
        let all = self.files.len();
        for (i, file) in self.files.iter().rev().enumerate() {
            if all <= 2 * NAMED_IMPORTS || i < NAMED_IMPORTS || i >= all - NAMED_IMPORTS {
                out.push_str("Error evaluating imported file '");
                out.push_str(file);
                out.push_str("': ");
            } else if i == NAMED_IMPORTS {
                let between = all - 2 * NAMED_IMPORTS;
                out.push_str(&ecow::eco_format!("… {between} more imports …: "));
            }
        }
        out.push_str(&self.message);
        out
    }
}

/// A place in a script, with the directive that stands there.
#[derive(Clone, Debug)]
pub(crate) struct At {
    /// The script.
    pub(crate) script: Arc<ScriptText>,
    /// The directive.
    pub(crate) span: Span,
    /// Its word and subject: `show @ghost`.
    pub(crate) subject: EcoString,
}

impl Problem {
    /// A mistake with a number, a class and a sentence.
    pub(crate) fn new(
        number: &'static str,
        kind: &'static str,
        message: impl Into<EcoString>,
    ) -> Self {
        Self {
            number,
            kind,
            message: message.into(),
            hint: None,
            details: Vec::new(),
            at: None,
            code: "RUNTIME_ERROR",
            fatal: false,
            constant: false,
            amid: Descriptor::EMPTY,
            through: None,
        }
    }

    /// It happened inside the import of `file`.
    pub(crate) fn inside_import(mut self, file: &str) -> Self {
        let mut through = self.through.take().unwrap_or_else(|| {
            Box::new(Through {
                message: std::mem::take(&mut self.message),
                files: Vec::new(),
            })
        });
        through.files.push(file.into());
        self.message = through.told();
        self.through = Some(through);
        self
    }

    /// With advice.
    pub(crate) fn hint(mut self, hint: impl Into<EcoString>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With another machine code (spec 09 §2.2).
    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// Its text shows no data.
    pub(crate) fn constant(mut self) -> Self {
        self.constant = true;
        self
    }

    /// Ends the script wherever it happens.
    pub(crate) fn fatal(mut self) -> Self {
        self.fatal = true;
        self
    }

    /// The code of what a later version gives a meaning.
    pub(crate) const NOT_SUPPORTED: &'static str = "NOT_SUPPORTED";

    /// Something whose meaning a later version gives.
    pub(crate) fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::new(
            "R0001",
            "MlldDirective",
            ecow::eco_format!("{what} is not supported yet."),
        )
        .code(Self::NOT_SUPPORTED)
        .fatal()
        .constant()
    }

    /// The mistake as a failure whose text shows nothing but what the author wrote.
    pub(crate) fn plain(self) -> Box<Failure> {
        self.about(Descriptor::EMPTY)
    }

    /// The mistake as a failure whose text may show data with this descriptor.
    pub(crate) fn about(self, descriptor: Descriptor) -> Box<Failure> {
        let fatal = self.fatal;
        let problem = Labelled::entering(self, descriptor);
        Box::new(if fatal {
            Failure::Fatal(problem)
        } else {
            Failure::Problem(problem)
        })
    }
}

impl From<ValueError> for Problem {
    fn from(e: ValueError) -> Self {
        Self {
            hint: e.hint,
            ..Self::new(e.code, e.kind, e.message)
        }
    }
}

impl From<Labelled<ValueError>> for Box<Failure> {
    fn from(e: Labelled<ValueError>) -> Self {
        Box::new(Failure::Problem(e.map(Problem::from)))
    }
}

impl From<Labelled<Problem>> for Box<Failure> {
    fn from(e: Labelled<Problem>) -> Self {
        Box::new(Failure::Problem(e))
    }
}

impl From<Box<Denial>> for Box<Failure> {
    fn from(denial: Box<Denial>) -> Self {
        Box::new(Failure::Denied(denial))
    }
}
