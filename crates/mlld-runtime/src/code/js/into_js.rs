//! Values of the script as values of the engine: copies (spec 02 §8.2).

use super::error::{Fault, JsError, JsErrorKind};
use super::state::State;
use crate::value::{Value, depth};
use rquickjs::object::Property;
use rquickjs::{Array, Ctx, Function, Object, String as JsString, Value as JsValue};

/// The engine's copy of a value. An absent value is `undefined` at the top and `null` inside.
pub(super) fn to_js<'js>(
    ctx: &Ctx<'js>,
    controls: &Object<'js>,
    state: &State<'_>,
    value: &Value,
) -> Result<JsValue<'js>, Fault> {
    Writer { ctx, controls, state }.write(value, 0)
}

struct Writer<'a, 'js> {
    ctx: &'a Ctx<'js>,
    controls: &'a Object<'js>,
    state: &'a State<'a>,
}

impl<'js> Writer<'_, 'js> {
    fn write(&self, value: &Value, level: usize) -> Result<JsValue<'js>, Fault> {
        let ctx = || self.ctx.clone();
        Ok(match value {
            Value::Absent if level == 0 => JsValue::new_undefined(ctx()),
            Value::Absent | Value::Null => JsValue::new_null(ctx()),
            Value::Bool(truth) => JsValue::new_bool(ctx(), *truth),
            Value::Number(number) => self.number(*number),
            Value::Text(text) => JsString::from_str(ctx(), text)?.into_value(),
            Value::Array(items) => self.array(items, level + 1)?,
            Value::Object(entries) => {
                check(level + 1)?;
                let object = Object::new(ctx())?;
                for (key, value) in entries.iter() {
                    // Defined, not assigned: `__proto__` is an ordinary key of a script's object.
                    let value = self.write(value, level + 1)?;
                    object.prop(
                        key.as_str(),
                        Property::from(value).writable().enumerable().configurable(),
                    )?;
                }
                object.into_value()
            }
            Value::Executable(executable) => {
                let index = self.state.keep_executable(executable);
                self.controls.get::<_, Function<'js>>("deferred")?.call((1, index))?
            }
            Value::Viewed(viewed) => self.write(&viewed.data, level)?,
        })
    }

    /// The engine keeps whole numbers apart and is quicker with them.
    fn number(&self, number: f64) -> JsValue<'js> {
        #[expect(clippy::cast_possible_truncation, reason = "compared with the number below")]
        let whole = number as i32;
        if f64::from(whole).to_bits() == number.to_bits() {
            JsValue::new_int(self.ctx.clone(), whole)
        } else {
            JsValue::new_float(self.ctx.clone(), number)
        }
    }

    fn array(&self, items: &[Value], level: usize) -> Result<JsValue<'js>, Fault> {
        check(level)?;
        let array = Array::new(self.ctx.clone())?;
        for (at, item) in items.iter().enumerate() {
            if at % 1024 == 1023 && self.state.poll() {
                self.state.check()?;
            }
            array.set(at, self.write(item, level)?)?;
        }
        Ok(array.into_value())
    }
}

fn check(level: usize) -> Result<(), Fault> {
    if level > depth::LIMIT {
        return Err(too_deep().into());
    }
    Ok(())
}

/// The failure of data that nests too deeply.
pub(super) fn too_deep() -> JsError {
    let limit = depth::LIMIT;
    JsError::new(
        JsErrorKind::Exception,
        ecow::eco_format!("the value nests more than {limit} arrays and objects in one another"),
    )
}
