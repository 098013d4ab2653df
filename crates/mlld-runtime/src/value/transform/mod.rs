//! Built-in functions and stages (spec 01 §9, 03 §7).
//!
//! All of them stand in one table, [`BUILTINS`]. As a *stage* a built-in gets the text of what is passed on (arrays and
//! objects as compact JSON, which it reads back where it wants data); as a *call* it gets its argument as a value.

mod case;
mod csv;
mod kinds;
mod markdown;
mod parse;
mod sort;
mod xml;

pub use csv::csv;
pub use markdown::normalise;
pub use xml::xml;

use super::{Value, ValueError, json, number, render};
use ecow::EcoString;

type Work = fn(&Value) -> Result<Value, String>;

/// A built-in function and stage.
#[derive(Debug)]
pub struct Builtin {
    /// Its name, in lower or mixed case; it has another one in capitals.
    pub name: &'static str,
    /// `llm` of `@parse.llm`.
    pub variant: Option<&'static str>,
    stage: Option<Work>,
    call: Option<Work>,
}

impl Builtin {
    /// Whether its stage form needs nothing but the data.
    #[must_use]
    pub fn is_pure_stage(&self) -> bool {
        self.stage.is_some()
    }

    /// Whether its call form needs nothing but the data. What is not pure, the evaluator does: it looks at files.
    #[must_use]
    pub fn is_pure_call(&self) -> bool {
        self.call.is_some()
    }

    /// Applies it to what is passed on in a pipeline. The error lacks `Pipeline failed at stage N: `.
    ///
    /// # Errors
    /// `Transformer NAME failed: …`.
    pub fn stage(&self, input: &Value) -> Result<Value, ValueError> {
        self.run(self.stage, input)
    }

    /// Applies it to an argument; further arguments are ignored, a missing one is null.
    ///
    /// # Errors
    /// `Transformer NAME failed: …`.
    pub fn call(&self, argument: &Value) -> Result<Value, ValueError> {
        self.run(self.call, argument)
    }

    fn run(&self, work: Option<Work>, value: &Value) -> Result<Value, ValueError> {
        let Some(work) = work else {
            return Err(self.failed("it looks at files, which only the evaluator does"));
        };
        work(value).map_err(|reason| self.failed(&reason))
    }

    fn failed(&self, reason: &str) -> ValueError {
        let variant = self
            .variant
            .map_or_else(String::new, |variant| format!(".{variant}"));
        ValueError::new(
            "R0240",
            "Transformer",
            format!("Transformer {}{variant} failed: {reason}", self.name),
        )
    }
}

const fn builtin(
    name: &'static str,
    variant: Option<&'static str>,
    stage: Work,
    call: Work,
) -> Builtin {
    Builtin {
        name,
        variant,
        stage: Some(stage),
        call: Some(call),
    }
}

/// Every built-in function and stage there is.
pub static BUILTINS: &[Builtin] = &[
    builtin("upper", None, case::upper, case::upper),
    builtin("lower", None, case::lower, case::lower),
    builtin("trim", None, case::trim, case::trim),
    builtin("pretty", None, case::pretty, case::pretty),
    builtin("sort", None, sort::sort, sort::sort),
    builtin("parse", None, parse::loose, parse::loose),
    builtin("parse", Some("loose"), parse::loose, parse::loose),
    builtin("parse", Some("strict"), parse::strict, parse::strict),
    builtin("parse", Some("llm"), parse::llm, parse::llm),
    builtin(
        "parse",
        Some("fromlist"),
        parse::from_list,
        parse::from_list,
    ),
    builtin("json", None, parse::loose, parse::loose),
    builtin("json", Some("loose"), parse::loose, parse::loose),
    builtin("json", Some("strict"), parse::strict, parse::strict),
    builtin("json", Some("llm"), parse::llm, parse::llm),
    builtin("json", Some("fromlist"), parse::from_list, parse::from_list),
    builtin("csv", None, csv::run, csv::run),
    builtin("xml", None, xml::run, xml::run),
    builtin("md", None, markdown::run, markdown::run),
    builtin("typeof", None, kinds::type_of_stage, kinds::type_of),
    builtin("typeInfo", None, kinds::type_info_stage, kinds::type_info),
    Builtin {
        name: "exists",
        variant: None,
        stage: Some(kinds::exists),
        call: None,
    },
    Builtin {
        name: "fileExists",
        variant: None,
        stage: None,
        call: None,
    },
    builtin("keep", None, case::keep, case::keep),
    builtin("keepStructured", None, case::keep, case::keep),
];

/// Finds a built-in by its name, in lower case or in capitals, with the variant behind its dot, if any.
#[must_use]
pub fn find(name: &str, variant: Option<&str>) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| {
        let in_capitals = is_capitals_of(name, builtin.name);
        (name == builtin.name || in_capitals)
            && match (variant, builtin.variant) {
                (None, None) => true,
                (Some(asked), Some(known)) => {
                    asked == known || in_capitals && is_capitals_of(asked, known)
                }
                _ => false,
            }
    })
}

/// Finds a built-in as a stage: there `@parse_llm` is another spelling of `@parse.llm`.
#[must_use]
pub fn find_stage(name: &str, variant: Option<&str>) -> Option<&'static Builtin> {
    find(name, variant).or_else(|| {
        let (name, variant) = name.split_once('_').filter(|_| variant.is_none())?;
        find(name, Some(variant))
    })
}

/// The error of a variant that does not exist: `@parse.wild` (spec 03 §5).
#[must_use]
pub fn unknown_variant(name: &str, variant: &str) -> ValueError {
    let variants: Vec<&str> = BUILTINS
        .iter()
        .filter(|builtin| builtin.name == name || is_capitals_of(name, builtin.name))
        .filter_map(|builtin| builtin.variant)
        .collect();
    let error = ValueError::new(
        "R0241",
        "Pipeline",
        format!("Pipeline function '@{name}.{variant}' is not defined"),
    );
    if variants.is_empty() {
        error.with_hint(format!("@{name} has no variants"))
    } else {
        error.with_hint(format!(
            "@{name} has the variants .{}",
            variants.join(", .")
        ))
    }
}

fn is_capitals_of(name: &str, lower: &str) -> bool {
    name.bytes()
        .eq(lower.bytes().map(|byte| byte.to_ascii_uppercase()))
}

/// What a built-in sees of its input.
enum Input {
    /// An array, object or scalar that is no text.
    Data(Value),
    /// A text.
    Text(EcoString),
}

/// The input as it was handed over.
fn input(value: &Value) -> Input {
    match value.data() {
        Value::Text(_) => Input::Text(render::stage(value)),
        data => Input::Data(data.clone()),
    }
}

/// The input as data where it is data, or text that is JSON.
fn json_input(value: &Value) -> Input {
    match input(value) {
        Input::Text(text) => match json::parse(number::trim(&text)) {
            Ok(data) => Input::Data(data),
            Err(_) => Input::Text(text),
        },
        data => data,
    }
}

#[cfg(test)]
mod tests;
