//! Methods on values (spec 01 §11).
//!
//! All of them stand in one table, [`METHODS`], so that what must hold for every method can be tested for every method.

mod call;
mod list;
mod predicate;
mod text;

pub use call::{Arg, Call};
pub(super) use list::by_text;

use super::{Kind, Value, ValueError};

/// The most that a method may make of its target, in bytes of text.
pub const TEXT_LIMIT: usize = 64 * 1024 * 1024;
/// The most elements that a method may put into an array.
pub const ITEM_LIMIT: usize = 16 * 1024 * 1024;

/// What a method may be called on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Texts.
    Text,
    /// Arrays.
    Array,
    /// Anything, also what is absent.
    Any,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// A value as text; null is empty.
    Text,
    /// A value as number.
    Number,
    /// A text or regular expression.
    Pattern,
    /// Any value.
    Any,
    /// Any number of values.
    Rest,
}

/// A method.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// What it is called on.
    pub target: Target,
    /// Its parameters. All are optional: what is missing takes the default.
    pub params: &'static [Param],
    run: fn(&Call<'_>) -> Result<Value, ValueError>,
}

const fn method(
    name: &'static str,
    target: Target,
    params: &'static [Param],
    run: fn(&Call<'_>) -> Result<Value, ValueError>,
) -> Method {
    Method {
        name,
        target,
        params,
        run,
    }
}

/// Every method there is.
pub static METHODS: &[Method] = &[
    method("length", Target::Text, &[], text::length),
    method("includes", Target::Text, &[Param::Text], text::includes),
    method(
        "startsWith",
        Target::Text,
        &[Param::Text],
        text::starts_with,
    ),
    method("endsWith", Target::Text, &[Param::Text], text::ends_with),
    method("indexOf", Target::Text, &[Param::Text], text::index_of),
    method("toLowerCase", Target::Text, &[], text::to_lower_case),
    method("toUpperCase", Target::Text, &[], text::to_upper_case),
    method("trim", Target::Text, &[], text::trim),
    method(
        "slice",
        Target::Text,
        &[Param::Number, Param::Number],
        text::slice,
    ),
    method(
        "substring",
        Target::Text,
        &[Param::Number, Param::Number],
        text::substring,
    ),
    method(
        "substr",
        Target::Text,
        &[Param::Number, Param::Number],
        text::substr,
    ),
    method(
        "replace",
        Target::Text,
        &[Param::Pattern, Param::Text],
        text::replace,
    ),
    method(
        "replaceAll",
        Target::Text,
        &[Param::Pattern, Param::Text],
        text::replace_all,
    ),
    method(
        "match",
        Target::Text,
        &[Param::Pattern],
        text::match_pattern,
    ),
    method("split", Target::Text, &[Param::Pattern], text::split),
    method(
        "padStart",
        Target::Text,
        &[Param::Number, Param::Text],
        text::pad_start,
    ),
    method(
        "padEnd",
        Target::Text,
        &[Param::Number, Param::Text],
        text::pad_end,
    ),
    method("repeat", Target::Text, &[Param::Number], text::repeat),
    method("length", Target::Array, &[], list::length),
    method("includes", Target::Array, &[Param::Any], list::includes),
    method("indexOf", Target::Array, &[Param::Any], list::index_of),
    method("join", Target::Array, &[Param::Text], list::join),
    method(
        "slice",
        Target::Array,
        &[Param::Number, Param::Number],
        list::slice,
    ),
    method("at", Target::Array, &[Param::Number], list::at),
    method("concat", Target::Array, &[Param::Rest], list::concat),
    method("reverse", Target::Array, &[], list::reverse),
    method("flat", Target::Array, &[Param::Number], list::flat),
    method("sort", Target::Array, &[], list::sort),
    method("isString", Target::Any, &[], predicate::is_string),
    method("isNumber", Target::Any, &[], predicate::is_number),
    method("isBoolean", Target::Any, &[], predicate::is_boolean),
    method("isArray", Target::Any, &[], predicate::is_array),
    method("isObject", Target::Any, &[], predicate::is_object),
    method("isNull", Target::Any, &[], predicate::is_null),
    method("isDefined", Target::Any, &[], predicate::is_defined),
];

/// Calls a method. `subject` names the target in messages: the variable, without `@`. Nothing changes the target.
///
/// # Errors
/// An unknown method, a wrong target, and what the method itself complains about.
pub fn call(target: &Value, subject: &str, name: &str, args: &[Arg]) -> Result<Value, ValueError> {
    let kind = target.kind();
    let fits = |method: &&Method| match method.target {
        Target::Text => kind == Kind::String,
        Target::Array => kind == Kind::Array,
        Target::Any => true,
    };
    let mut named = METHODS
        .iter()
        .filter(|method| method.name == name)
        .peekable();
    if named.peek().is_none() {
        return Err(ValueError::new(
            "R0210",
            "MethodCall",
            format!("Method not found: {name} on {subject}"),
        ));
    }
    match named.find(fits) {
        Some(method) => (method.run)(&Call {
            target: target.data(),
            method,
            args,
        }),
        None => {
            // Arrays and objects are both called objects here, as scripts expect (spec 01 §11.2).
            let kind = if kind == Kind::Array {
                Kind::Object
            } else {
                kind
            };
            Err(ValueError::new(
                "R0211",
                "MethodCall",
                format!("Cannot call .{name}() on {kind}"),
            ))
        }
    }
}

/// Whether there is a method of this name for any target.
#[must_use]
pub fn exists(name: &str) -> bool {
    METHODS.iter().any(|method| method.name == name)
}

#[cfg(test)]
mod tests;
