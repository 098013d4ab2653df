//! Values of the engine as values of the script: copies, by the rules of JSON where the two differ (spec 02 §7.4).

use super::error::{Fault, JsError, JsErrorKind};
use super::into_js::too_deep;
use super::state::State;
use super::text::text;
use crate::value::{Object as ScriptObject, Value, depth};
use ecow::EcoString;
use rquickjs::{
    Array, Atom, Ctx, Filter, Function, Object, Type, Value as JsValue, function::This,
};
use std::sync::Arc;

/// Reads values; what it reads counts towards the block's memory.
pub(super) struct Reader<'a, 'js> {
    ctx: &'a Ctx<'js>,
    controls: &'a Object<'js>,
    state: &'a State<'a>,
    /// `Object.prototype`: what most objects inherit from.
    plain: Option<Object<'js>>,
    /// The arrays and objects that hold what is being read.
    path: Vec<JsValue<'js>>,
    spent: usize,
    steps: usize,
}

impl<'a, 'js> Reader<'a, 'js> {
    pub(super) fn new(
        ctx: &'a Ctx<'js>,
        controls: &'a Object<'js>,
        state: &'a State<'a>,
    ) -> Result<Self, Fault> {
        let plain = Object::new(ctx.clone())?.get_prototype();
        Ok(Self { ctx, controls, state, plain, path: Vec::new(), spent: 0, steps: 0 })
    }

    /// The value; `None` for `undefined` and what JSON leaves out. A function is its source text.
    pub(super) fn read(&mut self, value: JsValue<'js>) -> Result<Option<Value>, Fault> {
        if value.is_function() {
            return Ok(Some(Value::Text(self.said("source", value)?)));
        }
        self.member(value, "")
    }

    /// The value of a member; `None` when JSON leaves it out.
    fn member(&mut self, value: JsValue<'js>, key: &str) -> Result<Option<Value>, Fault> {
        self.count(size_of::<Value>())?;
        Ok(Some(match value.type_of() {
            Type::Null => Value::Null,
            Type::Bool => Value::Bool(value.as_bool().unwrap_or_default()),
            Type::Int | Type::Float => Value::Number(value.as_number().unwrap_or(f64::NAN)),
            Type::String => {
                let Some(string) = value.as_string() else { return Ok(None) };
                Value::Text(self.text(string)?)
            }
            Type::BigInt => Value::Text(self.said("text", value)?),
            Type::Undefined | Type::Uninitialized | Type::Symbol | Type::Module | Type::Unknown => {
                return Ok(None);
            }
            _ if value.is_function() => return Ok(None),
            _ => return self.object(value, key),
        }))
    }

    fn object(&mut self, value: JsValue<'js>, key: &str) -> Result<Option<Value>, Fault> {
        let Some(object) = value.as_object() else { return Ok(None) };
        let to_json: JsValue<'js> = object.get("toJSON")?;
        if let Some(to_json) = to_json.as_function() {
            let stands_for: JsValue<'js> = to_json.call((This(value.clone()), key))?;
            if !stands_for.is_object() || stands_for.is_function() {
                return self.member(stands_for, key);
            }
            if let Some(object) = stands_for.as_object() {
                return self.container(&stands_for, object);
            }
        }
        self.container(&value, object)
    }

    fn container(
        &mut self,
        value: &JsValue<'js>,
        object: &Object<'js>,
    ) -> Result<Option<Value>, Fault> {
        if self.path.len() >= depth::LIMIT {
            return Err(too_deep().into());
        }
        if self.path.contains(value) {
            return Err(JsError::new(
                JsErrorKind::Exception,
                "the value contains itself: a value of the script cannot",
            )
            .into());
        }
        self.path.push(value.clone());
        let read = if self.is_array(value)? {
            self.items(object)?
        } else if let Some(inner) = self.unboxed(object)? {
            self.member(inner, "")?.unwrap_or(Value::Null)
        } else {
            self.entries(object)?
        };
        self.path.pop();
        Ok(Some(read))
    }

    fn items(&mut self, object: &Object<'js>) -> Result<Value, Fault> {
        // Not `Array::len`: a length need not be an `i32`, and that of a proxy need not be a number.
        let length = object.get::<_, JsValue<'js>>("length")?.as_number().unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and the length is bounded by the memory below"
        )]
        let length = length as usize;
        let needed = length.saturating_mul(size_of::<Value>());
        if self.spent.saturating_add(needed) > self.state.memory {
            return Err(JsError::memory(self.state.memory).into());
        }
        let array = object.as_array().cloned();
        let mut items = Vec::with_capacity(length);
        for at in 0..length {
            let item: JsValue<'js> = match &array {
                Some(array) => Array::get(array, at)?,
                #[expect(clippy::cast_precision_loss, reason = "lengths are below 2^53")]
                None => object.get(Atom::from_f64(self.ctx.clone(), at as f64)?)?,
            };
            let item = if item.is_object() {
                self.member(item, itoa(at).as_str())?
            } else {
                self.member(item, "")?
            };
            items.push(item.unwrap_or(Value::Null));
        }
        Ok(Value::Array(Arc::new(items)))
    }

    fn entries(&mut self, object: &Object<'js>) -> Result<Value, Fault> {
        let mut entries = ScriptObject::default();
        for key in object.own_keys::<Atom<'js>>(Filter::default()) {
            let key = key?;
            let name = self.text(&key.to_js_string()?)?;
            let value: JsValue<'js> = object.get(key)?;
            if let Some(value) = self.member(value, &name)? {
                entries.insert(name, value);
            }
        }
        Ok(Value::Object(Arc::new(entries)))
    }

    fn is_array(&self, value: &JsValue<'js>) -> Result<bool, Fault> {
        if value.is_array() {
            return Ok(true);
        }
        if !value.is_proxy() {
            return Ok(false);
        }
        Ok(self.controls.get::<_, Function<'js>>("isArray")?.call((value.clone(),))?)
    }

    /// The primitive in a `Number`, `String`, `Boolean` or `BigInt` object.
    fn unboxed(&self, object: &Object<'js>) -> Result<Option<JsValue<'js>>, Fault> {
        if object.is_proxy() || object.get_prototype() == self.plain {
            return Ok(None);
        }
        let inner: JsValue<'js> =
            self.controls.get::<_, Function<'js>>("unbox")?.call((object.clone(),))?;
        Ok((!inner.is_undefined()).then_some(inner))
    }

    fn text(&mut self, string: &rquickjs::String<'js>) -> Result<EcoString, Fault> {
        let text = text(self.controls, string)?;
        self.spend(text.len())?;
        Ok(text)
    }

    fn said(&mut self, control: &str, value: JsValue<'js>) -> Result<EcoString, Fault> {
        let text: String = self.controls.get::<_, Function<'js>>(control)?.call((value,))?;
        self.spend(text.len())?;
        Ok(EcoString::from(text))
    }

    /// A step: what is read is counted, and now and then the host is asked whether to go on.
    fn count(&mut self, size: usize) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps.is_multiple_of(1024) && self.state.poll() {
            self.state.check()?;
        }
        self.spend(size)
    }

    fn spend(&mut self, size: usize) -> Result<(), Fault> {
        self.spent = self.spent.saturating_add(size);
        if self.spent > self.state.memory {
            return Err(JsError::memory(self.state.memory).into());
        }
        Ok(())
    }
}

fn itoa(at: usize) -> EcoString {
    ecow::eco_format!("{at}")
}
