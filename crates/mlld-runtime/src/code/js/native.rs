//! The functions of the host that the prelude calls. They outlive every call and find the current one by
//! [`state::current`]; no block can reach them.

use super::error::Fault;
use super::from_js::Reader;
use super::into_js::to_js;
use super::state::{self, State};
use super::{Callee, Failure, Stream, text, url};
use crate::value::Value;
use ecow::EcoString;
use rquickjs::{Array, Ctx, Function, IntoJs, Object, TypedArray, Value as JsValue};
use std::hash::{BuildHasher, Hasher, RandomState};

/// The `native` object of the prelude.
pub(super) fn functions<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set("log", Function::new(ctx.clone(), log)?)?;
    native.set("env", Function::new(ctx.clone(), env)?)?;
    native.set("call", Function::new(ctx.clone(), call)?)?;
    native.set("seed", Function::new(ctx.clone(), seed)?)?;
    native.set("part", Function::new(ctx.clone(), part)?)?;
    native.set("urlParse", Function::new(ctx.clone(), url_parse)?)?;
    native.set(
        "urlSet",
        Function::new(
            ctx.clone(),
            |ctx: Ctx<'js>, href: String, part: String, value: String| {
                or_null(&ctx, url::set(&href, &part, &value))
            },
        )?,
    )?;
    native.set(
        "formParse",
        Function::new(ctx.clone(), |text: String| url::form_parse(&text))?,
    )?;
    native.set(
        "formText",
        Function::new(ctx.clone(), |flat: Vec<String>| url::form_text(&flat))?,
    )?;
    native.set("encode", Function::new(ctx.clone(), encode)?)?;
    native.set("decode", Function::new(ctx.clone(), decode)?)?;
    Ok(native)
}

fn or_null<'js>(ctx: &Ctx<'js>, value: Option<impl IntoJs<'js>>) -> rquickjs::Result<JsValue<'js>> {
    match value {
        Some(value) => value.into_js(ctx),
        None => Ok(JsValue::new_null(ctx.clone())),
    }
}

fn log(stream: i32, text: String) {
    let stream = if stream == 0 {
        Stream::Out
    } else {
        Stream::Err
    };
    let _ = state::current(|state| state.log(stream, EcoString::from(text)));
}

fn env() -> Vec<String> {
    let pairs = state::current(|state| {
        state
            .env
            .iter()
            .flat_map(|(name, value)| [name.to_string(), value.to_string()])
            .collect()
    });
    pairs.unwrap_or_default()
}

/// Four random numbers of 32 bits.
fn seed() -> Vec<i32> {
    let word = || RandomState::new().build_hasher().finish().to_le_bytes();
    let words = [word(), word()];
    let (numbers, _) = words.as_flattened().as_chunks::<4>();
    numbers
        .iter()
        .map(|number| i32::from_le_bytes(*number))
        .collect()
}

/// The text of a script that is compiled when it is needed.
fn part(name: String) -> &'static str {
    if name == "web" {
        include_str!("prelude/web.js")
    } else {
        include_str!("prelude/inspect.js")
    }
}

fn url_parse<'js>(
    ctx: Ctx<'js>,
    input: String,
    base: rquickjs::function::Opt<String>,
) -> rquickjs::Result<JsValue<'js>> {
    or_null(&ctx, url::parse(&input, base.0.as_deref()))
}

fn encode<'js>(ctx: Ctx<'js>, text: String) -> rquickjs::Result<TypedArray<'js, u8>> {
    TypedArray::new_copy(ctx, text.as_bytes())
}

fn decode<'js>(
    ctx: Ctx<'js>,
    bytes: String,
    encoding: String,
    fatal: bool,
    more: bool,
) -> rquickjs::Result<JsValue<'js>> {
    // A byte comes as the character with its number.
    let bytes: Vec<u8> = bytes
        .chars()
        .map(|c| u8::try_from(c).unwrap_or_default())
        .collect();
    let Some((text, used)) = text::decode(&bytes, encoding == "utf-16le", fatal, more) else {
        return Ok(JsValue::new_null(ctx));
    };
    let answer = Array::new(ctx)?;
    answer.set(0, text)?;
    answer.set(1, used)?;
    Ok(answer.into_value())
}

/// Calls an executable for the block: `[true, result]` or `[false, message]`. The message is thrown by the prelude,
/// because an error that it makes is one of the block's world.
fn call<'js>(
    ctx: Ctx<'js>,
    controls: Object<'js>,
    kind: i32,
    index: usize,
    args: Array<'js>,
) -> rquickjs::Result<Array<'js>> {
    let called = state::current(|state| -> Result<JsValue<'js>, Fault> {
        state.check()?;
        let mut reader = Reader::new(&ctx, &controls, state)?;
        let count: u32 = args.as_object().get("length")?;
        let count = count as usize;
        let mut given = Vec::with_capacity(count);
        for at in 0..count {
            given.push(reader.read(args.get(at)?)?.unwrap_or(Value::Absent));
        }
        let result = ask(state, kind, index, given)?;
        to_js(&ctx, &controls, state, &result)
    });
    let (done, answer) = match called {
        Some(Ok(answer)) => (true, answer),
        Some(Err(Fault::Thrown(error))) => return Err(error),
        Some(Err(Fault::Failed(error))) => (false, error.message.as_str().into_js(&ctx)?),
        None => (false, "the block has ended".into_js(&ctx)?),
    };
    let pair = Array::new(ctx)?;
    pair.set(0, done)?;
    pair.set(1, answer)?;
    Ok(pair)
}

fn ask(state: &State<'_>, kind: i32, index: usize, args: Vec<Value>) -> Result<Value, Fault> {
    let answer = if kind == 0 {
        state.host.call(Callee::Helper(index), args)
    } else {
        match state.executable(index) {
            Some(executable) => state.host.call(Callee::Value(&executable), args),
            None => Err(Failure::Exception("the executable is gone".into())),
        }
    };
    answer.map_err(|failure| match failure {
        Failure::Exception(message) => {
            Fault::Failed(super::JsError::new(super::JsErrorKind::Exception, message))
        }
        Failure::End(message) => {
            state.refuse(message.clone());
            Fault::Failed(super::JsError::new(super::JsErrorKind::Refused, message))
        }
    })
}
