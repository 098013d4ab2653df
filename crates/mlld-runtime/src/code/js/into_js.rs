//! Values of the script as values of the engine: copies (spec 02 §8.2).

use super::error::{Fault, JsError, JsErrorKind};
use super::state::State;
use crate::value::{Object as ScriptObject, Value, depth, loaded};
use ecow::EcoString;
use rquickjs::object::Property;
use rquickjs::{Array, Ctx, Function, Object, String as JsString, Value as JsValue};
use std::iter::Enumerate;
use std::slice;

/// How many members are written before the host is asked whether to go on.
const STEPS: usize = 1024;

/// The engine's copy of a value. An absent value is `undefined` at the top and `null` inside.
pub(super) fn to_js<'js>(
    ctx: &Ctx<'js>,
    controls: &Object<'js>,
    state: &State<'_>,
    value: &Value,
) -> Result<JsValue<'js>, Fault> {
    if matches!(value, Value::Absent) {
        return Ok(JsValue::new_undefined(ctx.clone()));
    }
    let wrapper = loaded::wrapper(value);
    let value = wrapper.as_ref().unwrap_or(value);
    // Not recursive: it may start at the end of the native stack.
    let writer = Writer {
        ctx,
        controls,
        state,
    };
    let mut open: Vec<Open<'_, 'js>> = Vec::new();
    let mut steps = 0_usize;
    let mut made = writer.begin(value, &mut open)?;
    loop {
        let Some(container) = open.last_mut() else {
            return Ok(made.unwrap_or_else(|| JsValue::new_undefined(ctx.clone())));
        };
        if let Some(member) = made.take() {
            container.put(member)?;
        }
        made = match container.next() {
            Some(member) => writer.begin(member, &mut open)?,
            None => open.pop().map(Open::finish),
        };
        steps += 1;
        if steps.is_multiple_of(STEPS) && state.poll() {
            state.check()?;
        }
    }
}

struct Writer<'a, 'js> {
    ctx: &'a Ctx<'js>,
    controls: &'a Object<'js>,
    state: &'a State<'a>,
}

impl<'js> Writer<'_, 'js> {
    /// The copy of a value without members; a container is opened instead.
    fn begin<'v>(
        &self,
        value: &'v Value,
        open: &mut Vec<Open<'v, 'js>>,
    ) -> Result<Option<JsValue<'js>>, Fault> {
        let ctx = || self.ctx.clone();
        Ok(Some(match value {
            Value::Absent | Value::Null => JsValue::new_null(ctx()),
            Value::Bool(truth) => JsValue::new_bool(ctx(), *truth),
            Value::Number(number) => self.number(*number),
            Value::Text(text) => JsString::from_str(ctx(), text)?.into_value(),
            Value::Executable(executable) => {
                let index = self.state.keep_executable(executable);
                self.controls
                    .get::<_, Function<'js>>("deferred")?
                    .call((1, index))?
            }
            // The data of a view is never a view.
            Value::Viewed(viewed) => return self.begin(&viewed.data, open),
            Value::Array(_) | Value::Object(_) if open.len() >= depth::LIMIT => {
                return Err(too_deep().into());
            }
            Value::Array(items) => {
                open.push(Open::Array(Array::new(ctx())?, items.iter().enumerate(), 0));
                return Ok(None);
            }
            Value::Object(entries) => {
                open.push(Open::Object(Object::new(ctx())?, entries.iter(), None));
                return Ok(None);
            }
        }))
    }

    /// The engine keeps whole numbers apart and is quicker with them.
    fn number(&self, number: f64) -> JsValue<'js> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "compared with the number below"
        )]
        let whole = number as i32;
        if f64::from(whole).to_bits() == number.to_bits() {
            JsValue::new_int(self.ctx.clone(), whole)
        } else {
            JsValue::new_float(self.ctx.clone(), number)
        }
    }
}

type Entries<'v> = <&'v ScriptObject as IntoIterator>::IntoIter;

/// A container that is being filled, what is still to come, and the place of what comes now.
enum Open<'v, 'js> {
    Array(Array<'js>, Enumerate<slice::Iter<'v, Value>>, usize),
    Object(Object<'js>, Entries<'v>, Option<&'v EcoString>),
}

impl<'v, 'js> Open<'v, 'js> {
    fn next(&mut self) -> Option<&'v Value> {
        match self {
            Self::Array(_, items, place) => {
                let (at, item) = items.next()?;
                *place = at;
                Some(item)
            }
            Self::Object(_, entries, place) => {
                let (key, value) = entries.next()?;
                *place = Some(key);
                Some(value)
            }
        }
    }

    fn put(&self, member: JsValue<'js>) -> rquickjs::Result<()> {
        match self {
            Self::Array(array, _, at) => array.set(*at, member),
            // Defined, not assigned: `__proto__` is an ordinary key of a script's object.
            Self::Object(object, _, Some(key)) => object.prop(
                key.as_str(),
                Property::from(member)
                    .writable()
                    .enumerable()
                    .configurable(),
            ),
            Self::Object(_, _, None) => Ok(()),
        }
    }

    fn finish(self) -> JsValue<'js> {
        match self {
            Self::Array(array, ..) => array.into_value(),
            Self::Object(object, ..) => object.into_value(),
        }
    }
}

/// The failure of data that nests too deeply.
pub(super) fn too_deep() -> JsError {
    let limit = depth::LIMIT;
    JsError::new(
        JsErrorKind::Exception,
        ecow::eco_format!("the value nests more than {limit} arrays and objects in one another"),
    )
}
